/*
 * kinesis_requests.h - requests of Kinesis as bytes, and the little that a load generator reads of
 * their answers.
 */
#ifndef MR_TESTS_BENCH_KINESIS_REQUESTS_H
#define MR_TESTS_BENCH_KINESIS_REQUESTS_H

#include "sim/time/rng.h"
#include "src/aws/write.h"
#include "tests/bench/lane.h"

#define BATCH      500 /* records of a PutRecords */
#define BATCHES    64  /* different ones */
#define DATA_BYTES 100
#define KEY_BYTES  36 /* of a UUID */

/* ---- requests ---- */

static const char *format_name(mr_aws_format format)
{
    return format == MR_AWS_JSON ? "JSON" : "CBOR";
}

/* Without --auth the form of a signature is checked alone. */
#define SIGNED                                                                                     \
    "X-Amz-Date: 20261125T000000Z\r\n"                                                             \
    "Authorization: AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/kinesis/aws4_request, "    \
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "                                    \
    "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd\r\n"

/* out: a buffer of its own, for mr_strbuf_deinit(). */
static inline mr_strbuf request_of(mr_aws_format format, const char *operation, mr_bytes body)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&out,
                      "POST / HTTP/1.1\r\nHost: localhost\r\n" SIGNED
                      "X-Amz-Target: Kinesis_20131202.%s\r\n"
                      "Content-Type: application/x-amz-%s-1.1\r\nContent-Length: %zu\r\n\r\n",
                      operation, format == MR_AWS_JSON ? "json" : "cbor", body.len);
    mr_strbuf_append_bytes(&out, body);
    return out;
}

/* Asks for something in JSON: its answer is in l->body. */
static inline void call(lane *l, const char *operation, const char *json)
{
    mr_strbuf request = request_of(MR_AWS_JSON, operation, mr_bytes_of(json));
    write_all(l->fd, mr_strbuf_bytes(&request));
    lane_receive(l);
    mr_strbuf_deinit(&request);
}

/* A batch as it is before it is written, so that the work on it can be measured alone. */
typedef struct batch {
    char data[BATCH][DATA_BYTES];
    char keys[BATCH][KEY_BYTES + 1];
} batch;

static inline batch *make_batches(void)
{
    mr_prng prng = mr_prng_named(11, "batches");
    batch *batches = mr_calloc(BATCHES, sizeof(*batches));
    for (size_t i = 0; i < (size_t)BATCHES * BATCH; i++) {
        batch *b = &batches[i / BATCH];
        mr_prng_uuid(&prng, b->keys[i % BATCH]);
        for (size_t k = 0; k < DATA_BYTES; k++) {
            b->data[i % BATCH][k] = (char)(' ' + mr_prng_next(&prng) % 95);
        }
    }
    return batches;
}

static inline mr_strbuf put_request(mr_aws_format format, const char *stream, const batch *b)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(format, &body);
    mr_aws_object_open(&writer);
    mr_aws_key(&writer, "Records");
    mr_aws_array_open(&writer);
    for (size_t i = 0; i < BATCH; i++) {
        mr_aws_object_open(&writer);
        mr_aws_field_blob(&writer, "Data", mr_bytes_make(b->data[i], DATA_BYTES));
        mr_aws_field_text(&writer, "PartitionKey", b->keys[i]);
        mr_aws_object_close(&writer);
    }
    mr_aws_array_close(&writer);
    mr_aws_field_text(&writer, "StreamName", stream);
    mr_aws_object_close(&writer);
    mr_strbuf request = request_of(format, "PutRecords", mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
    return request;
}

static inline mr_strbuf get_request(mr_aws_format format, mr_bytes iterator)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(format, &body);
    mr_aws_object_open(&writer);
    mr_aws_field_string(&writer, "ShardIterator", iterator);
    mr_aws_object_close(&writer);
    mr_strbuf request = request_of(format, "GetRecords", mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
    return request;
}

/* ---- reading answers ---- */

static inline size_t count_of(mr_bytes body, const char *word)
{
    size_t count = 0, len = strlen(word);
    const char *at = body.at, *end = body.at + body.len;
    while ((at = memmem(at, (size_t)(end - at), word, len)) != NULL) {
        count++;
        at += len;
    }
    return count;
}

/* The text that follows a key, in either format. */
static inline mr_bytes text_after(mr_bytes body, const char *key, mr_aws_format format)
{
    const char *end = body.at + body.len;
    const char *at = memmem(body.at, body.len, key, strlen(key));
    if (at == NULL) {
        die("an answer without what comes next");
    }
    at += strlen(key);
    if (format == MR_AWS_JSON) {
        at += 3; /* ":" in its quotes */
        return mr_bytes_make(at, (size_t)((const char *)memchr(at, '"', (size_t)(end - at)) - at));
    }
    const uint8_t *head = (const uint8_t *)at;
    if (head[0] == 0x78) { /* RFC 8949, 3: a length of one byte, or of two */
        return mr_bytes_make(at + 2, head[1]);
    }
    return mr_bytes_make(at + 3, (size_t)head[1] << 8 | head[2]);
}

static inline mr_bytes next_iterator(mr_bytes body, mr_aws_format format)
{
    const size_t tail = mr_min_size(body.len, 1024); /* it stands at the end */
    return text_after(mr_bytes_make(body.at + body.len - tail, tail), "NextShardIterator", format);
}

#endif
