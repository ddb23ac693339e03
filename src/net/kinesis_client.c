/* kinesis_client.c - see kinesis_client.h. One curl handle for all requests, so that they share a
 * connection. */
#include "src/net/kinesis_client.h"

#include "sim/base/alloc.h"
#include "src/aws/sigv4.h"
#include "src/net/curl_library.h"
#include "src/net/put_records.h"

#include <errno.h>
#include <unistd.h>

#define CONNECT_MS_DEFAULT 10000
#define ANSWER_MS_DEFAULT  60000
#define CONTENT_TYPE       "application/x-amz-json-1.1"

struct mr_kinesis_client {
    mr_kinesis_options options; /* its texts are the copies below */
    char *stream, *user_agent;
    mr_curl_library curl;
    CURL *handle;
    mr_strbuf body, answer;
    size_t body_sent;
    bool has_answered; /* the endpoint, with anything: the address is right */
    bool last_lost;
    uint64_t lost, in_doubt;
};

/* ---- one request ---- */

/* Bytes of the body. It is given to libcurl in this way, and without a way to go back in it,
 * because libcurl would otherwise send a request once more by itself when a connection that it used
 * again breaks, and nobody would learn that the records may be there twice. */
static size_t on_body(char *into, size_t size, size_t count, void *context)
{
    mr_kinesis_client *client = context;
    size_t len = mr_min_size(size * count, client->body.len - client->body_sent);
    memcpy(into, client->body.at + client->body_sent, len);
    client->body_sent += len;
    return len;
}

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    mr_kinesis_client *client = context;
    mr_strbuf_append(&client->answer, bytes, size * count);
    return client->answer.overflowed ? 0 : size * count; /* 0 breaks off: CURLE_WRITE_ERROR */
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    mr_kinesis_client *client = context;
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    bool stop = client->options.stop != NULL && client->options.stop(client->options.context);
    return stop ? 1 : 0; /* 1: CURLE_ABORTED_BY_CALLBACK */
}

static struct curl_slist *add_header(mr_kinesis_client *client, struct curl_slist *list,
                                     const char *name, const char *value)
{
    char *line = mr_format("%s: %s", name, value);
    struct curl_slist *longer = client->curl.slist_append(list, line);
    MR_ASSERT(longer != NULL);
    mr_free(line);
    return longer;
}

/* The headers of a request with the body that stands in client->body, signed. Owned. */
static struct curl_slist *make_headers(mr_kinesis_client *client)
{
    const mr_aws_settings *settings = client->options.settings;
    const struct {
        const char *name, *value;
    } own[] = {
        {"Host", settings->endpoint.host},
        {"Content-Type", CONTENT_TYPE},
        {"X-Amz-Target", MR_PUT_RECORDS_TARGET},
    };
    mr_sigv4_field fields[MR_COUNT(own)];
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < MR_COUNT(own); i++) {
        fields[i] = (mr_sigv4_field){mr_bytes_of(own[i].name), mr_bytes_of(own[i].value)};
        list = add_header(client, list, own[i].name, own[i].value);
    }
    mr_sigv4_request request = {.method = MR_BYTES_LITERAL("POST"),
                                .path = mr_bytes_of(settings->endpoint.path),
                                .headers = fields,
                                .header_count = MR_COUNT(fields),
                                .body = mr_strbuf_bytes(&client->body)};
    mr_time_source time = client->options.time;
    mr_sigv4_signing signing = {.access_key = mr_bytes_of(settings->access_key),
                                .secret = mr_bytes_of(settings->secret),
                                .session_token = mr_bytes_of(settings->session_token),
                                .region = mr_bytes_of(settings->region),
                                .service = MR_BYTES_LITERAL("kinesis"),
                                .time_us = time.now_us(time.context)};
    mr_sigv4_signed with;
    mr_sigv4_sign(&request, &signing, &with);
    list = add_header(client, list, "X-Amz-Date", with.date);
    if (settings->session_token != NULL) {
        list = add_header(client, list, "X-Amz-Security-Token", settings->session_token);
    }
    list = add_header(client, list, "Authorization", mr_strbuf_text(&with.authorization));
    list = client->curl.slist_append(list, "Expect:"); /* not sent: nobody says 100 Continue */
    MR_ASSERT(list != NULL);
    mr_sigv4_signed_deinit(&with);
    return list;
}

static CURLcode perform(mr_kinesis_client *client, long *status)
{
    mr_curl_library *curl = &client->curl;
    struct curl_slist *headers = make_headers(client);
    mr_strbuf_reset(&client->answer);
    curl->easy_setopt(client->handle, CURLOPT_HTTPHEADER, headers);
    client->body_sent = 0;
    curl->easy_setopt(client->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)client->body.len);
    CURLcode result = curl->easy_perform(client->handle);
    curl->easy_getinfo(client->handle, CURLINFO_RESPONSE_CODE, status);
    curl->easy_setopt(client->handle, CURLOPT_HTTPHEADER, NULL);
    curl->slist_free_all(headers);
    return result;
}

/* ---- what came of it ---- */

static bool was_connected(mr_kinesis_client *client)
{
    curl_off_t connect_us = 0;
    client->curl.easy_getinfo(client->handle, CURLINFO_CONNECT_TIME_T, &connect_us);
    return connect_us > 0;
}

/* The producer takes an MR_IO without an errno for a lost answer, and puts the batch again. */
static mr_code answer_lost(mr_kinesis_client *client, CURLcode result, mr_error *err)
{
    const char *why = client->curl.easy_strerror(result);
    if (!client->last_lost && client->options.lost != NULL) {
        client->options.lost(client->options.context, why);
    }
    client->last_lost = true;
    client->lost++;
    return mr_error_set(err, MR_IO, "%s: %s", client->options.settings->endpoint.url, why);
}

static mr_code no_connection(mr_kinesis_client *client, CURLcode result, mr_error *err)
{
    const mr_endpoint *endpoint = &client->options.settings->endpoint;
    mr_code code = mr_error_set(
        err, MR_IO, "cannot reach %s: %s; %s", endpoint->url, client->curl.easy_strerror(result),
        endpoint->loopback ? "is `millrace serve` running there?"
                           : "is the address right, and is there a network?");
    if (err != NULL) {
        err->os_error = ECONNREFUSED; /* so that it is not taken for a lost answer */
    }
    return code;
}

static mr_code not_trusted(mr_kinesis_client *client, CURLcode result, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "%s: %s; --ca-bundle FILE names the certificates to trust",
                        client->options.settings->endpoint.url, client->curl.easy_strerror(result));
}

/* No answer, or not a whole one. */
static mr_code failed_on_the_way(mr_kinesis_client *client, CURLcode result, size_t count,
                                 mr_error *err)
{
    const char *url = client->options.settings->endpoint.url;
    switch (result) {
    case CURLE_ABORTED_BY_CALLBACK:
        client->in_doubt += count;
        return mr_error_set(err, MR_INTERRUPTED, "interrupted");
    case CURLE_WRITE_ERROR:
        return mr_error_set(err, MR_TOO_LARGE, "%s: an answer of more than %zu bytes", url,
                            (size_t)MR_PUT_ANSWER_BYTES_MAX);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return not_trusted(client, result, err);
    case CURLE_SSL_CONNECT_ERROR:
        if (!client->has_answered) {
            return not_trusted(client, result, err);
        }
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "%s: %s; what answers there is no HTTP server", url,
                            client->curl.easy_strerror(result));
    default:
        break;
    }
    if (!client->has_answered && !was_connected(client)) {
        return no_connection(client, result, err);
    }
    return answer_lost(client, result, err);
}

/* What helps, by the error's type. */
static const char *advice_for(const char *type)
{
    static const struct {
        const char *type, *advice;
    } table[] = {
        {"ResourceNotFoundException", "are the stream's name, the region and the endpoint right?"},
        {"UnrecognizedClientException", "the access key is not known there"},
        {"InvalidClientTokenId", "the access key is not known there"},
        {"InvalidSignatureException", "are the secret key and this machine's clock right?"},
        {"ExpiredTokenException", "the session has expired: fetch new credentials"},
        {"AccessDeniedException", "the credentials need the permission kinesis:PutRecords"},
        {"ResourceInUseException", "wait until the stream is ACTIVE"},
        {"ValidationException", "--batch-records and --batch-bytes make smaller requests"},
        {"InvalidArgumentException", "--batch-records and --batch-bytes make smaller requests"},
        {"UnknownOperationException", "is the endpoint one of Kinesis?"},
    };
    for (size_t i = 0; i < MR_COUNT(table); i++) {
        if (strcmp(type, table[i].type) == 0) {
            return table[i].advice;
        }
    }
    return NULL;
}

static mr_code service_error(const mr_kinesis_client *client, const mr_aws_error *error,
                             mr_error *err)
{
    const mr_aws_settings *settings = client->options.settings;
    const char *advice = advice_for(error->type);
    mr_code code = strcmp(error->type, "ResourceNotFoundException") == 0 ? MR_STREAM_NOT_FOUND
                                                                         : MR_INVALID_ARGUMENT;
    return mr_error_set(err, code, "%s%s%s (%s, %s, credentials of %s)%s%s", error->type,
                        error->message[0] == '\0' ? "" : ": ", error->message,
                        settings->endpoint.url, settings->region, settings->credentials_from,
                        advice == NULL ? "" : "; ", advice == NULL ? "" : advice);
}

static mr_code refuse_all(mr_code code, size_t count, mr_put_result *results, size_t *failed)
{
    for (size_t i = 0; i < count; i++) {
        results[i] = (mr_put_result){.code = code};
    }
    *failed = count;
    return MR_OK;
}

static mr_code answered(mr_kinesis_client *client, long status, size_t count,
                        mr_put_result *results, size_t *failed, mr_error *err)
{
    mr_bytes answer = mr_strbuf_bytes(&client->answer);
    client->has_answered = true;
    client->last_lost = false;
    if (status == 200) {
        mr_code code = mr_put_records_read(answer, count, results, failed, err);
        if (code != MR_OK) {
            mr_error_prefix(err, "%s: ", client->options.settings->endpoint.url);
        }
        return code;
    }
    mr_aws_error error;
    bool is_aws = mr_aws_error_read(answer, &error);
    if (status == 429 || (is_aws && mr_aws_error_is_throttling(&error))) {
        return refuse_all(MR_THROTTLED, count, results, failed);
    }
    if (status >= 500) {
        return refuse_all(MR_INTERNAL_FAILURE, count, results, failed);
    }
    if (is_aws) {
        return service_error(client, &error, err);
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "%s answers with status %ld, and not as Kinesis does: is it the address of "
                        "its endpoint?",
                        client->options.settings->endpoint.url, status);
}

static mr_code put(void *context, const mr_record *records, size_t count, mr_put_result *results,
                   size_t *failed, mr_error *err)
{
    mr_kinesis_client *client = context;
    mr_strbuf_reset(&client->body);
    mr_put_records_write(&client->body, client->stream, records, count);
    long status = 0;
    CURLcode result = perform(client, &status);
    return result == CURLE_OK ? answered(client, status, count, results, failed, err)
                              : failed_on_the_way(client, result, count, err);
}

/* ---- making and releasing ---- */

static void set_options(mr_kinesis_client *client)
{
    const mr_kinesis_options *options = &client->options;
    const mr_endpoint *endpoint = &options->settings->endpoint;
    mr_curl_library *curl = &client->curl;
    CURL *handle = client->handle;
    curl->easy_setopt(handle, CURLOPT_URL, endpoint->url);
    curl->easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L); /* as it is signed */
    curl->easy_setopt(handle, CURLOPT_POST, 1L);
    curl->easy_setopt(handle, CURLOPT_USERAGENT, client->user_agent);
    curl->easy_setopt(handle, CURLOPT_READFUNCTION, on_body);
    curl->easy_setopt(handle, CURLOPT_READDATA, client);
    curl->easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_answer);
    curl->easy_setopt(handle, CURLOPT_WRITEDATA, client);
    curl->easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl->easy_setopt(handle, CURLOPT_XFERINFODATA, client);
    curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                      (long)(options->connect_ms == 0 ? CONNECT_MS_DEFAULT : options->connect_ms));
    curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                      (long)(options->answer_ms == 0 ? ANSWER_MS_DEFAULT : options->answer_ms));
    if (endpoint->loopback) {
        curl->easy_setopt(handle, CURLOPT_NOPROXY, "*");
    }
    if (options->settings->ca_bundle != NULL) {
        curl->easy_setopt(handle, CURLOPT_CAINFO, options->settings->ca_bundle);
    }
}

mr_code mr_kinesis_client_new(const mr_kinesis_options *options, mr_kinesis_client **out,
                              mr_error *err)
{
    MR_ASSERT(options->stream != NULL);
    const char *ca_bundle = options->settings->ca_bundle;
    if (ca_bundle != NULL && access(ca_bundle, R_OK) != 0) {
        return mr_error_os(err, errno, "cannot read the CA bundle %s", ca_bundle);
    }
    mr_kinesis_client *client = mr_calloc(1, sizeof(*client));
    client->options = *options;
    client->stream = mr_strdup(options->stream);
    client->user_agent = mr_strdup(options->user_agent);
    client->body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    client->answer = mr_strbuf_make(MR_PUT_ANSWER_BYTES_MAX);
    mr_code code = mr_curl_library_open(&client->curl, err);
    if (code != MR_OK) {
        mr_kinesis_client_free(client);
        return code;
    }
    client->handle = client->curl.easy_init();
    MR_ASSERT(client->handle != NULL);
    set_options(client);
    *out = client;
    return MR_OK;
}

void mr_kinesis_client_free(mr_kinesis_client *client)
{
    if (client == NULL) {
        return;
    }
    if (client->handle != NULL) {
        client->curl.easy_cleanup(client->handle);
    }
    mr_curl_library_close(&client->curl);
    mr_strbuf_deinit(&client->body);
    mr_strbuf_deinit(&client->answer);
    mr_free(client->stream);
    mr_free(client->user_agent);
    mr_free(client);
}

mr_producer_target mr_kinesis_client_target(mr_kinesis_client *client)
{
    return (mr_producer_target){.put = put,
                                .context = client,
                                .name = client->stream,
                                .data_bytes_max = MR_RECORD_KIB_MAX * MR_KIB,
                                .record_bytes_max = MR_RECORD_KIB_MAX * MR_KIB};
}

uint64_t mr_kinesis_client_lost(const mr_kinesis_client *client)
{
    return client->lost;
}

uint64_t mr_kinesis_client_in_doubt(const mr_kinesis_client *client)
{
    return client->in_doubt;
}
