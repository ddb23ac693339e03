/*
 * owns.c - which requests are for src/web: see web.h.
 *
 * What lies under /_millrace/ and /_localstack/ always is. The few paths beside them could also be
 * AWS's: "/" is where JSON services are asked and S3 lists its buckets, "/curl" could be a bucket,
 * "/prod/streams/x/record" an object. Those who mean AWS say so: they sign, or name a target.
 */
#include "src/web/web_private.h"

static bool contains_nocase(mr_bytes text, const char *part)
{
    const mr_bytes wanted = mr_bytes_of(part);
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (mr_bytes_equal_nocase(mr_bytes_make(text.at + i, wanted.len), wanted)) {
            return true;
        }
    }
    return false;
}

static bool has_header(const mr_http_request *request, const char *name)
{
    return mr_http_header(request, name).at != NULL;
}

static bool is_for_aws(const mr_http_request *request)
{
    return has_header(request, "authorization") || has_header(request, "x-amz-target") ||
           contains_nocase(mr_http_query(request), "x-amz-");
}

static bool is_form(const mr_http_request *request)
{
    const mr_bytes type = mr_http_header(request, "content-type");
    const mr_bytes name = mr_bytes_trim(mr_bytes_make(type.at, mr_bytes_find(type, ';')));
    return mr_bytes_equal_nocase(name, mr_bytes_of("application/x-www-form-urlencoded"));
}

/* "Action=..." is how AWS's query services are asked; some of their operations are not signed. */
static bool owns_home(const mr_http_request *request)
{
    const mr_bytes method = mr_http_method(request);
    if (is_for_aws(request)) {
        return false;
    }
    return mr_bytes_is(method, "GET") || mr_bytes_is(method, "HEAD") ||
           (mr_bytes_is(method, "POST") && is_form(request) &&
            !mr_bytes_starts_with(mr_http_body(request), mr_bytes_of("Action=")));
}

/* Signed for S3, in a header or in a query. */
static bool is_for_s3(const mr_http_request *request)
{
    return contains_nocase(mr_http_header(request, "authorization"), "/s3/aws4_request") ||
           contains_nocase(mr_http_query(request), "%2Fs3%2Faws4_request") ||
           contains_nocase(mr_http_query(request), "/s3/aws4_request");
}

/* "/{stage}/streams/{stream}/record" or "/records". */
static bool is_ingest_path(mr_bytes path)
{
    mr_bytes segments[5];
    for (size_t i = 0; i < MR_COUNT(segments); i++) {
        const size_t n = mr_bytes_find(path, '/');
        const bool is_last = i + 1 == MR_COUNT(segments);
        if ((n == path.len) != is_last) {
            return false; /* fewer segments, or more */
        }
        segments[i] = mr_bytes_make(path.at, n);
        path = is_last ? path : mr_bytes_make(path.at + n + 1, path.len - n - 1);
    }
    return segments[0].len == 0 && segments[1].len > 0 && mr_bytes_is(segments[2], "streams") &&
           segments[3].len > 0 &&
           (mr_bytes_is(segments[4], "record") || mr_bytes_is(segments[4], "records"));
}

bool mr_web_owns(const mr_http_request *request)
{
    const mr_bytes path = mr_http_path(request);
    if (mr_bytes_starts_with(path, mr_bytes_of("/_millrace/")) ||
        mr_bytes_starts_with(path, mr_bytes_of("/_localstack/"))) {
        return true;
    }
    if (mr_bytes_is(path, "/")) {
        return owns_home(request);
    }
    if (mr_bytes_is(path, "/curl")) {
        return !is_for_aws(request);
    }
    if (mr_bytes_is(path, "/favicon.ico") || mr_bytes_is(path, "/_millrace")) {
        return !is_for_aws(request);
    }
    const mr_bytes method = mr_http_method(request);
    if (!is_ingest_path(path) || mr_bytes_is(method, "GET") || mr_bytes_is(method, "HEAD")) {
        return false; /* what is read without a signature may be an object of a public bucket */
    }
    return mr_bytes_is(method, "PUT") ? !is_for_s3(request) : !is_for_aws(request);
}
