/* lambda_code.c - where the zip of a request comes from, and where a client gets it back. See
 * lambda_private.h. */
#include "sim/base/alloc.h"
#include "src/api/api_private.h"
#include "src/api/lambda_private.h"
#include "src/aws/uri.h"
#include "src/platform/platform.h"

/* ---- in ---- */

static mr_code not_in_store(const char *type, const char *what, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: The "
                        "specified %s does not exist.",
                        type, what);
}

static mr_code read_object(const mr_api_call *call, const mr_lambda_code_in *in, mr_strbuf *owned,
                           mr_error *err)
{
    mr_store *store = mr_sim_store(call->sim);
    const char *bucket = mr_lambda_text(call, in->s3_bucket);
    const char *key = mr_lambda_text(call, in->s3_key);
    mr_object object;
    mr_code code = mr_store_head(store, bucket, key, &object, err);
    if (code == MR_BUCKET_NOT_FOUND) {
        return not_in_store("NoSuchBucket", "bucket", err);
    }
    if (code == MR_OBJECT_NOT_FOUND || (code == MR_OK && in->s3_object_version.at != NULL)) {
        return code == MR_OK ? not_in_store("NoSuchVersion", "version", err)
                             : not_in_store("NoSuchKey", "key", err);
    }
    if (code != MR_OK) {
        return code;
    }
    char *bytes = NULL;
    size_t len = 0;
    char *path = mr_store_path(store, bucket, key);
    code = mr_fs_read_file(mr_platform_fs(), path, MR_CODE_BYTES_MAX, &bytes, &len, err);
    if (code == MR_OK) {
        mr_strbuf_append(owned, bytes, len);
    } else if (code == MR_TOO_LARGE) {
        code = mr_error_set(err, code, "Unzipped size must be smaller than %d bytes",
                            MR_CODE_BYTES_MAX);
    }
    mr_free(bytes);
    mr_free(path);
    return code;
}

mr_code mr_lambda_read_zip(const mr_api_call *call, const mr_lambda_code_in *in, mr_strbuf *owned,
                           mr_bytes *out, mr_error *err)
{
    bool has_zip = in->zip_file.at != NULL;
    bool has_object = in->s3_bucket.at != NULL || in->s3_key.at != NULL;
    if (in->image_uri.at != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Container images do not run here; give the code as a zip");
    }
    if (has_zip == has_object ||
        (has_object && (in->s3_bucket.at == NULL || in->s3_key.at == NULL))) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Please provide a source for function code.");
    }
    if (has_object) {
        mr_code code = read_object(call, in, owned, err);
        *out = mr_strbuf_bytes(owned);
        return code;
    }
    if (in->zip_file.len > MR_LAMBDA_ZIP_BYTES_MAX) {
        return mr_error_set(err, MR_PAYLOAD_TOO_LARGE, "Zipped size must be smaller than %d bytes",
                            MR_LAMBDA_ZIP_BYTES_MAX);
    }
    *out = in->zip_file;
    return MR_OK;
}

/* ---- out ---- */

const char *mr_lambda_code_url(const mr_api_call *call, const mr_lambda_view *view)
{
    const mr_bytes authority = mr_http_authority(call->request);
    mr_strbuf url = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&url, "%s://", mr_http_scheme(call->request));
    mr_strbuf_append_bytes(&url, authority.len > 0 ? authority : MR_BYTES_LITERAL("localhost"));
    mr_strbuf_append_text(&url, "/2015-03-31/functions/");
    mr_uri_encode(&url, mr_bytes_of(view->name), false);
    mr_strbuf_appendf(&url, "/code/%s", view->revision);
    const char *text = mr_arena_copy(call->arena, mr_strbuf_bytes(&url));
    mr_strbuf_deinit(&url);
    return text;
}

/* The version that has this revision, which a URL knows and nobody guesses. */
static mr_lambda_version *version_of_revision(mr_lambda_function *function, mr_bytes revision)
{
    size_t count;
    mr_lambda_version *const *versions = mr_lambda_versions(function, &count);
    for (size_t i = 0; i <= count; i++) {
        mr_lambda_version *version = i == 0 ? mr_lambda_latest(function) : versions[i - 1];
        if (mr_bytes_is(revision, mr_lambda_version_view(version).revision)) {
            return version;
        }
    }
    return NULL;
}

mr_code mr_lambda_op_download(mr_api_call *call, mr_error *err)
{
    const mr_lambda_download_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code != MR_OK) {
        return code;
    }
    mr_lambda_version *version = version_of_revision(function, in->revision);
    if (version == NULL) {
        return mr_error_set(err, MR_NOT_FOUND,
                            "The code that this URL was for is not there any "
                            "more: ask GetFunction for a new one");
    }
    mr_strbuf zip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    code = mr_lambda_version_zip(version, &zip, err);
    if (code == MR_OK) {
        mr_api_answer(call->api, call->request, 200, "application/zip", mr_strbuf_bytes(&zip));
        call->taken = true;
    }
    mr_strbuf_deinit(&zip);
    return code;
}
