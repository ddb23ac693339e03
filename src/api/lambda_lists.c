/* lambda_lists.c - ListFunctions, ListVersionsByFunction and PublishVersion. See
 * lambda_private.h.
 *
 * A Marker is base64 of the ARN that the page before ended with: it means the same after a restart,
 * and when that function has gone. */
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "src/api/lambda_private.h"

#define PAGE_DEFAULT    50
#define MARKER_SIZE_MAX 1024

/* A page that is being written. */
typedef struct page {
    mr_aws_writer *out;
    mr_bytes after; /* the ARN behind which it begins; at NULL: at the start */
    bool has_begun;
    size_t most, count;
    char *last; /* ARN of the last one written; owned */
    bool more;
} page;

static mr_code page_begin(const mr_api_call *call, mr_bytes marker, mr_aws_number most, page *p,
                          mr_error *err)
{
    *p = (page){.out = call->out, .most = most.has ? (size_t)most.value : PAGE_DEFAULT};
    p->has_begun = marker.len == 0;
    if (marker.len > 0) {
        size_t len = 0;
        char *text = mr_arena_alloc(call->arena, mr_base64_decoded_size_max(marker.len) + 1);
        if (marker.len > MARKER_SIZE_MAX || !mr_base64_decode_to(text, marker, &len) ||
            !mr_bytes_starts_with(mr_bytes_make(text, len), MR_BYTES_LITERAL("arn:"))) {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "Invalid Marker");
        }
        p->after = mr_bytes_make(text, len);
    }
    return MR_OK;
}

static void page_end(page *p)
{
    mr_aws_array_close(p->out);
    if (p->more) {
        mr_strbuf marker = mr_strbuf_make(MARKER_SIZE_MAX);
        mr_base64_encode(&marker, mr_bytes_of(p->last));
        mr_aws_field_string(p->out, "NextMarker", mr_strbuf_bytes(&marker));
        mr_strbuf_deinit(&marker);
    }
    mr_free(p->last);
}

/* In the order of the whole list. */
static void page_add(page *p, mr_lambda_version *version)
{
    const mr_lambda_view view = mr_lambda_version_view(version);
    if (p->count == p->most) {
        p->more = true;
        return;
    }
    mr_aws_object_open(p->out);
    mr_lambda_write_configuration(p->out, &view, false);
    mr_aws_object_close(p->out);
    mr_free(p->last);
    p->last = mr_strdup(view.arn);
    p->count++;
}

/* The unqualified ARN of a marker, and its version: 0 for $LATEST. */
static mr_bytes split_marker(mr_bytes arn, const char *prefix, int64_t *number)
{
    size_t start = mr_min_size(strlen(prefix), arn.len);
    mr_bytes name = mr_bytes_make(arn.at + start, arn.len - start);
    size_t colon = mr_bytes_find(name, ':');
    *number = 0;
    if (colon < name.len &&
        !mr_bytes_to_int64(mr_bytes_make(name.at + colon + 1, name.len - colon - 1), number)) {
        *number = 0;
    }
    return mr_bytes_make(name.at, colon);
}

/* Adds what of a function is behind the marker. */
static void add_versions(page *p, mr_lambda_function *function, bool all, int64_t after)
{
    if (after < 0) {
        page_add(p, mr_lambda_latest(function));
    }
    size_t count;
    mr_lambda_version *const *versions = mr_lambda_versions(function, &count);
    for (size_t i = 0; all && i < count && !p->more; i++) {
        int64_t number = 0;
        bool is_number =
            mr_bytes_to_int64(mr_bytes_of(mr_lambda_version_view(versions[i]).number), &number);
        MR_ASSERT(is_number);
        if (number > after) {
            page_add(p, versions[i]);
        }
    }
}

mr_code mr_lambda_op_list_functions(mr_api_call *call, mr_error *err)
{
    const mr_lambda_list_in *in = call->in;
    page p;
    mr_code code = page_begin(call, in->marker, in->max_items, &p, err);
    if (code != MR_OK) {
        return code;
    }
    bool all = in->function_version.at != NULL;
    const char *prefix = mr_arena_format(
        call->arena, "arn:aws:lambda:%s:%s:function:", mr_streams_region(call->streams),
        mr_streams_account(call->streams));
    int64_t after_number = -1;
    const mr_bytes after =
        p.has_begun ? (mr_bytes){NULL, 0} : split_marker(p.after, prefix, &after_number);
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Functions");
    mr_aws_array_open(call->out);
    size_t count;
    mr_lambda_function **functions = mr_lambda_list(mr_sim_lambda(call->sim), &count);
    for (size_t i = 0; i < count && !p.more; i++) {
        int order = mr_bytes_compare(mr_bytes_of(mr_lambda_function_name(functions[i])), after);
        if (p.has_begun || order > 0) {
            add_versions(&p, functions[i], all, -1);
        } else if (order == 0) {
            add_versions(&p, functions[i], all, after_number);
        }
    }
    mr_free(functions);
    page_end(&p);
    mr_aws_object_close(call->out);
    return MR_OK;
}

mr_code mr_lambda_op_list_versions(mr_api_call *call, mr_error *err)
{
    const mr_lambda_list_versions_in *in = call->in;
    mr_lambda_function *function = NULL;
    page p = {.last = NULL};
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code == MR_OK) {
        code = page_begin(call, in->marker, in->max_items, &p, err);
    }
    if (code != MR_OK) {
        return code;
    }
    int64_t after = -1;
    if (!p.has_begun) {
        const char *prefix = mr_lambda_function_arn(function);
        size_t name = strlen(prefix) - strlen(mr_lambda_function_name(function));
        (void)split_marker(p.after, mr_arena_format(call->arena, "%.*s", (int)name, prefix),
                           &after);
    }
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Versions");
    mr_aws_array_open(call->out);
    add_versions(&p, function, true, after);
    page_end(&p);
    mr_aws_object_close(call->out);
    return MR_OK;
}

mr_code mr_lambda_op_publish_version(mr_api_call *call, mr_error *err)
{
    const mr_lambda_publish_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_lambda_version *version = NULL;
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code == MR_OK) {
        mr_lambda_publish_options options = {.description = mr_lambda_text(call, in->description),
                                             .code_sha256 = mr_lambda_text(call, in->code_sha256),
                                             .revision = mr_lambda_text(call, in->revision_id)};
        code = mr_lambda_publish(function, &options, &version, err);
    }
    if (code == MR_OK) {
        mr_lambda_write_version(call, version);
    }
    return code;
}
