/* authenticate.c - step 8: what the request was signed with, and with --auth whether it is right.
 * See api_private.h. */
#include "src/api/api_private.h"
#include "src/aws/sigv4.h"

static mr_sigv4_request signed_request(const mr_http_request *request, mr_arena *arena)
{
    mr_sigv4_field *fields = NULL;
    size_t count = 0;
    mr_bytes name, value;
    while (mr_http_header_at(request, count, &name, &value)) {
        MR_ARENA_PUSH(arena, fields, count, ((mr_sigv4_field){name, value}));
    }
    return (mr_sigv4_request){.method = mr_http_method(request),
                              .path = mr_http_path(request),
                              .query = mr_http_query(request),
                              .headers = fields,
                              .header_count = count,
                              .body = mr_http_body(request)};
}

static bool refuse(mr_arena *arena, const char *type, mr_bytes message, mr_aws_fault *fault)
{
    *fault = (mr_aws_fault){.type = type, .message = {mr_arena_copy(arena, message), message.len}};
    return false;
}

/* What the time of a signature is compared with: clients go by the wall, wherever the world's time
 * has been driven to. */
static int64_t client_time_us(const mr_api *api)
{
    return api->client_time.now_us == NULL ? mr_clock_wall_us(mr_sim_clock(api->sim))
                                           : api->client_time.now_us(api->client_time.context);
}

static bool verify(const mr_api *api, const mr_api_service *service,
                   const mr_sigv4_request *request, const mr_sigv4_auth *auth, mr_arena *arena,
                   mr_aws_fault *fault)
{
    if (!mr_bytes_is(auth->access_key, api->access_key)) {
        return refuse(arena, "UnrecognizedClientException",
                      MR_BYTES_LITERAL("The security token included in the request is invalid."),
                      fault);
    }
    mr_sigv4_check check = {.secret = mr_bytes_of(api->secret),
                            .service = mr_bytes_of(service->name),
                            .expiry = true,
                            .skew = true,
                            .now_us = client_time_us(api)};
    mr_strbuf message = mr_strbuf_make(MR_SIGV4_CANONICAL_MAX);
    mr_sigv4_outcome outcome = mr_sigv4_verify(request, auth, &check, &message);
    bool ok = outcome == MR_SIGV4_OK ||
              refuse(arena, mr_sigv4_error_type(outcome), mr_strbuf_bytes(&message), fault);
    mr_strbuf_deinit(&message);
    return ok;
}

mr_bytes mr_api_signed_service(const mr_http_request *request, mr_arena *arena)
{
    mr_sigv4_request asked = signed_request(request, arena);
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(MR_SIGV4_CANONICAL_MAX);
    const mr_sigv4_outcome outcome = mr_sigv4_read(&asked, &auth, &message);
    const mr_bytes service = outcome == MR_SIGV4_OK ? auth.service : (mr_bytes){NULL, 0};
    const mr_bytes copy = {mr_arena_copy(arena, service), service.len};
    mr_strbuf_deinit(&message);
    mr_sigv4_auth_deinit(&auth);
    return copy;
}

bool mr_api_authenticate(const mr_api *api, const mr_api_service *service,
                         const mr_http_request *request, mr_arena *arena, mr_aws_fault *fault)
{
    mr_sigv4_request asked = signed_request(request, arena);
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(MR_SIGV4_CANONICAL_MAX);
    mr_sigv4_outcome outcome = mr_sigv4_read(&asked, &auth, &message);
    bool ok = outcome == MR_SIGV4_OK
                  ? !api->auth || verify(api, service, &asked, &auth, arena, fault)
                  : refuse(arena, mr_sigv4_error_type(outcome), mr_strbuf_bytes(&message), fault);
    mr_strbuf_deinit(&message);
    mr_sigv4_auth_deinit(&auth);
    return ok;
}
