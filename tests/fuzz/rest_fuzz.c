/*
 * rest_fuzz.c - a line with path and query, and a body behind it, as a request of every operation
 * of Lambda. What a route takes keeps the promises of its decoder: valid UTF-8, the label's bytes.
 */
#include "src/api/api.h"
#include "src/aws/rest.h"
#include "src/aws/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every header is the query: it is as wild as any. */
static mr_bytes header_of(const void *context, const char *name)
{
    (void)name;
    const mr_rest_request *request = context;
    return request->query.len > 0 ? request->query : (mr_bytes){NULL, 0};
}

static void try_route(const mr_api_route *route, const mr_rest_request *request)
{
    const mr_aws_shape *shape = route->operation.input->shape;
    mr_arena *arena = mr_arena_new();
    void *in = mr_arena_alloc(arena, shape->size);
    mr_aws_fault fault = {0};
    mr_aws_decoded decoded = mr_rest_decode(route->path, shape, request, arena, in, &fault);
    bool valid = decoded == MR_AWS_DECODED && mr_aws_validate(shape, in, arena, &fault);
    MR_ASSERT(valid || fault.type != NULL);
    MR_ASSERT(mr_bytes_is_utf8(fault.message));
    for (size_t i = 0; valid && i < shape->member_count; i++) {
        const mr_aws_member *member = &shape->members[i];
        const mr_bytes *text = (const mr_bytes *)((const char *)in + member->offset);
        MR_ASSERT(member->type != MR_AWS_STRING || mr_bytes_is_utf8(*text));
        MR_ASSERT(member->from != MR_AWS_FROM_PATH || text->at != NULL);
    }
    mr_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes whole = mr_bytes_make(data, size);
    size_t line_end = mr_bytes_find(whole, '\n');
    size_t body = mr_min_size(line_end + 1, size);
    size_t mark = mr_bytes_find(mr_bytes_make(whole.at, line_end), '?');
    size_t query = mr_min_size(mark + 1, line_end);
    mr_rest_request request = {.path = mr_bytes_make(whole.at, mark),
                               .query = mr_bytes_make(whole.at + query, line_end - query),
                               .body = mr_bytes_make(whole.at + body, size - body),
                               .header = header_of};
    request.context = &request;
    const mr_api_service *service = mr_api_lambda();
    for (size_t i = 0; i < service->route_count; i++) {
        const mr_api_route *route = &service->routes[i];
        if (mr_rest_matches(route->path, request.path)) {
            try_route(route, &request);
        }
    }
    return 0;
}
