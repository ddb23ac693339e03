/* control_client.c - see control_client.h. One curl handle for all requests, so that they share a
 * connection. */
#include "src/net/control_client.h"

#include "sim/base/alloc.h"
#include "src/net/curl_library.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_MS        10000
#define ERROR_BYTES_MAX   (64 * MR_KIB)
#define MESSAGE_BYTES_MAX 400 /* so that the URL has room beside it in an mr_error */

struct mr_control_client {
    mr_endpoint endpoint;
    char *base; /* the URL without a last slash */
    char *user_agent, *ca_bundle;
    int64_t answer_ms;
    bool (*stop)(void *context);
    void *stop_context;
    mr_curl_library curl;
    CURL *handle;
    mr_strbuf answer; /* the last whole one */
};

/* One request under way. */
typedef struct exchange {
    mr_control_client *client;
    mr_strbuf answer; /* whole; of one that is read in pieces: what is said instead of it */
    mr_control_piece_fn fn;
    void *context;
    bool has_enough;
} exchange;

/* ---- callbacks of libcurl ---- */

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    exchange *e = context;
    size_t len = size * count;
    long status = 0;
    e->client->curl.easy_getinfo(e->client->handle, CURLINFO_RESPONSE_CODE, &status);
    if (e->fn != NULL && status == 200) {
        e->has_enough = !e->fn(e->context, mr_bytes_make(bytes, len));
        return e->has_enough ? 0 : len;
    }
    mr_strbuf_append(&e->answer, bytes, len);
    return e->answer.overflowed ? 0 : len; /* 0 breaks off: CURLE_WRITE_ERROR */
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const mr_control_client *client = context;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    return client->stop != NULL && client->stop(client->stop_context) ? 1 : 0; /* 1: break off */
}

/* ---- what came of it ---- */

static mr_code failed_on_the_way(const exchange *e, CURLcode result, mr_error *err)
{
    const mr_control_client *client = e->client;
    const char *why = client->curl.easy_strerror(result);
    switch (result) {
    case CURLE_ABORTED_BY_CALLBACK:
        return mr_error_set(err, MR_INTERRUPTED, "interrupted");
    case CURLE_WRITE_ERROR:
        return e->has_enough
                   ? MR_OK
                   : mr_error_set(err, MR_TOO_LARGE, "%s: an answer of more than %zu bytes",
                                  client->base, e->answer.limit);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "%s: %s; AWS_CA_BUNDLE names the certificates to trust", client->base,
                            why);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s: %s; what answers there is no millrace",
                            client->base, why);
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return mr_error_set(
            err, MR_IO,
            "no server at %s (%s): start one with `millrace serve`, or name it with "
            "--endpoint-url or AWS_ENDPOINT_URL",
            client->base, why);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return mr_error_set(err, MR_IO,
                            "the server at %s has ended, or the connection to it: it broke off "
                            "before the end of the answer",
                            client->base);
    default:
        return mr_error_set(err, MR_IO, "%s: %s", client->base, why);
    }
}

static mr_code code_of(long status)
{
    switch (status) {
    case 404:
        return MR_NOT_FOUND;
    case 409:
        return MR_ALREADY_EXISTS;
    default:
        return status >= 500 ? MR_IO : MR_INVALID_ARGUMENT;
    }
}

/* What the server says of its refusal: `message`, or else that it is none of ours. */
static mr_code refused(const exchange *e, long status, mr_error *err)
{
    mr_bytes answer = mr_strbuf_bytes(&e->answer);
    cJSON *json = cJSON_ParseWithLength(answer.at, answer.len);
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "message"));
    mr_code code =
        message != NULL && cJSON_HasObjectItem(json, "error")
            ? mr_error_set(err, code_of(status), "%.*s", MESSAGE_BYTES_MAX, message)
            : mr_error_set(err, MR_INVALID_ARGUMENT,
                           "what answers at %s (status %ld) is no millrace, or one of another "
                           "version",
                           e->client->base, status);
    cJSON_Delete(json);
    return code;
}

/* ---- one request ---- */

static struct curl_slist *make_headers(const mr_curl_library *curl, bool has_body)
{
    struct curl_slist *list = curl->slist_append(NULL, "Expect:"); /* not sent */
    MR_ASSERT(list != NULL);
    if (has_body) {
        list = curl->slist_append(list, "Content-Type: application/json");
        MR_ASSERT(list != NULL);
    }
    return list;
}

/* Everything of the request before is set anew here. */
static void set_request(exchange *e, const char *method, const char *url, const char *body)
{
    const mr_curl_library *curl = &e->client->curl;
    CURL *handle = e->client->handle;
    bool is_get = strcmp(method, "GET") == 0;
    curl->easy_setopt(handle, CURLOPT_HTTPGET, 1L); /* forgets a body from before */
    curl->easy_setopt(handle, CURLOPT_CUSTOMREQUEST, is_get ? NULL : method);
    if (body != NULL || strcmp(method, "POST") == 0) {
        const char *bytes = body == NULL ? "" : body;
        curl->easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(bytes));
        curl->easy_setopt(handle, CURLOPT_POSTFIELDS, bytes);
    }
    curl->easy_setopt(handle, CURLOPT_URL, url);
    curl->easy_setopt(handle, CURLOPT_WRITEDATA, e);
    curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)(e->fn == NULL ? e->client->answer_ms : 0));
}

/* On MR_OK the answer is one of success. */
static mr_code perform(exchange *e, const char *method, const char *path, const char *body,
                       mr_error *err)
{
    MR_ASSERT(path[0] == '/');
    const mr_curl_library *curl = &e->client->curl;
    CURL *handle = e->client->handle;
    struct curl_slist *headers = make_headers(curl, body != NULL);
    char *url = mr_format("%s%s", e->client->base, path);
    long status = 0;
    set_request(e, method, url, body);
    curl->easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    CURLcode result = curl->easy_perform(handle);
    curl->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl->easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl->slist_free_all(headers);
    mr_free(url);
    if (result != CURLE_OK) {
        return failed_on_the_way(e, result, err);
    }
    return status >= 200 && status < 300 ? MR_OK : refused(e, status, err);
}

mr_code mr_control_client_ask(mr_control_client *client, const char *method, const char *path,
                              const char *body, cJSON **answer, mr_error *err)
{
    exchange e = {.client = client, .answer = mr_strbuf_make(MR_CONTROL_ANSWER_BYTES_MAX)};
    *answer = NULL;
    mr_strbuf_reset(&client->answer);
    mr_code code = perform(&e, method, path, body, err);
    if (code == MR_OK && e.answer.len > 0) {
        *answer = cJSON_ParseWithLength(e.answer.at, e.answer.len);
        if (*answer == NULL) {
            code = mr_error_set(err, MR_INVALID_ARGUMENT,
                                "what answers at %s is no millrace: its answer is no JSON",
                                client->base);
        } else {
            mr_strbuf_append_bytes(&client->answer, mr_strbuf_bytes(&e.answer));
        }
    }
    mr_strbuf_deinit(&e.answer);
    return code;
}

mr_bytes mr_control_client_answer(const mr_control_client *client)
{
    return mr_strbuf_bytes(&client->answer);
}

mr_code mr_control_client_read(mr_control_client *client, const char *path, mr_control_piece_fn fn,
                               void *context, mr_error *err)
{
    exchange e = {
        .client = client, .answer = mr_strbuf_make(ERROR_BYTES_MAX), .fn = fn, .context = context};
    mr_code code = perform(&e, "GET", path, NULL, err);
    mr_strbuf_deinit(&e.answer);
    return code;
}

/* ---- lines ---- */

typedef struct line_reader {
    mr_strbuf rest; /* of a line whose end has not come */
    mr_control_piece_fn fn;
    void *context;
} line_reader;

static mr_bytes without_return(mr_bytes line)
{
    MR_ASSERT(line.len == 0 || line.at != NULL);
    const bool has_return = line.len > 0 && line.at[line.len - 1] == '\r';
    return mr_bytes_make(line.at, has_return ? line.len - 1 : line.len);
}

static bool take_line(line_reader *reader, mr_bytes end)
{
    if (reader->rest.len == 0) {
        return reader->fn(reader->context, without_return(end));
    }
    mr_strbuf_append_bytes(&reader->rest, end);
    bool goes_on = !reader->rest.overflowed &&
                   reader->fn(reader->context, without_return(mr_strbuf_bytes(&reader->rest)));
    if (!reader->rest.overflowed) {
        mr_strbuf_reset(&reader->rest);
    }
    return goes_on;
}

static bool on_piece(void *context, mr_bytes piece)
{
    line_reader *reader = context;
    while (piece.len > 0) {
        size_t end = mr_bytes_find(piece, '\n');
        if (end >= piece.len) {
            mr_strbuf_append_bytes(&reader->rest, piece);
            return !reader->rest.overflowed;
        }
        if (!take_line(reader, mr_bytes_make(piece.at, end))) {
            return false;
        }
        piece = mr_bytes_make(piece.at + end + 1, piece.len - end - 1);
    }
    return true;
}

mr_code mr_control_client_read_lines(mr_control_client *client, const char *path,
                                     mr_control_piece_fn fn, void *context, mr_error *err)
{
    line_reader reader = {
        .rest = mr_strbuf_make(MR_CONTROL_LINE_BYTES_MAX), .fn = fn, .context = context};
    mr_code code = mr_control_client_read(client, path, on_piece, &reader, err);
    if (code == MR_OK && reader.rest.overflowed) {
        code = mr_error_set(err, MR_TOO_LARGE, "%s: a line of more than %zu bytes", client->base,
                            (size_t)MR_CONTROL_LINE_BYTES_MAX);
    } else if (code == MR_OK && reader.rest.len > 0) {
        (void)take_line(&reader, MR_BYTES_LITERAL(""));
    }
    mr_strbuf_deinit(&reader.rest);
    return code;
}

/* ---- making and releasing ---- */

static const char *read_environment(const mr_control_options *options, const char *name)
{
    const char *value =
        options->getenv == NULL ? getenv(name) : options->getenv(options->getenv_context, name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static mr_code find_endpoint(mr_control_client *client, const mr_control_options *options,
                             mr_error *err)
{
    const char *url = options->endpoint_url;
    url = url == NULL ? read_environment(options, "AWS_ENDPOINT_URL") : url;
    url = url == NULL ? MR_CONTROL_URL_DEFAULT : url;
    mr_code code = mr_endpoint_parse(url, &client->endpoint, err);
    if (code == MR_OK) {
        size_t len = strlen(client->endpoint.url);
        while (len > 0 && client->endpoint.url[len - 1] == '/') {
            len--;
        }
        client->base = mr_strndup(client->endpoint.url, len);
    }
    return code;
}

static void set_options(mr_control_client *client)
{
    const mr_curl_library *curl = &client->curl;
    CURL *handle = client->handle;
    curl->easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl->easy_setopt(handle, CURLOPT_USERAGENT, client->user_agent);
    curl->easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_bytes);
    curl->easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl->easy_setopt(handle, CURLOPT_XFERINFODATA, client);
    curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    if (client->endpoint.loopback) {
        curl->easy_setopt(handle, CURLOPT_NOPROXY, "*");
    }
    if (client->ca_bundle != NULL) {
        curl->easy_setopt(handle, CURLOPT_CAINFO, client->ca_bundle);
    }
}

mr_code mr_control_client_new(const mr_control_options *options, mr_control_client **out,
                              mr_error *err)
{
    mr_control_client *client = mr_calloc(1, sizeof(*client));
    const char *ca_bundle = options->ca_bundle;
    ca_bundle = ca_bundle == NULL ? read_environment(options, "AWS_CA_BUNDLE") : ca_bundle;
    client->ca_bundle = mr_strdup(ca_bundle);
    client->user_agent = mr_strdup(options->user_agent);
    client->answer = mr_strbuf_make(MR_CONTROL_ANSWER_BYTES_MAX);
    client->answer_ms = options->answer_ms;
    client->stop = options->stop;
    client->stop_context = options->stop_context;
    *out = NULL;
    mr_code code = find_endpoint(client, options, err);
    if (code == MR_OK) {
        code = mr_curl_library_open(&client->curl, err);
    }
    if (code != MR_OK) {
        mr_control_client_free(client);
        return code;
    }
    client->handle = client->curl.easy_init();
    MR_ASSERT(client->handle != NULL);
    set_options(client);
    *out = client;
    return MR_OK;
}

void mr_control_client_free(mr_control_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->handle != NULL) {
        client->curl.easy_cleanup(client->handle);
    }
    mr_curl_library_close(&client->curl);
    mr_endpoint_deinit(&client->endpoint);
    mr_strbuf_deinit(&client->answer);
    mr_free(client->base);
    mr_free(client->user_agent);
    mr_free(client->ca_bundle);
    mr_free(client);
}

const char *mr_control_client_url(const mr_control_client *client)
{
    return client->base;
}
