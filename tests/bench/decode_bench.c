/* decode_bench.c - bodies of PutRecords as the front door reads them: decoded, then validated, one
 * core, no I/O. Prints microseconds a body and megabytes a second, beside memchr over the same
 * bytes. */
#include "src/api/kinesis_shapes.h"
#include "src/aws/decode.h"
#include "src/aws/validate.h"
#include "src/aws/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RECORDS    500
#define DATA_BYTES 100
#define ROUNDS     4000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* 500 records of 100 bytes: "1/31/06 8:07,2418 RIVER BEND WAY,3,..." */
static mr_strbuf make_body(mr_aws_format format, bool with_hash_keys)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(format, &body);
    mr_aws_object_open(&writer);
    mr_aws_field_text(&writer, "StreamName", "crimes");
    mr_aws_key(&writer, "Records");
    mr_aws_array_open(&writer);
    for (int i = 0; i < RECORDS; i++) {
        char data[DATA_BYTES + 1], key[16];
        int len = snprintf(data, sizeof(data), "1/%d/06 8:%02d,%d RIVER BEND WAY,%d,%dC        ,",
                           1 + i * 31 / RECORDS, i % 60, i * 7, i % 6, i % 6);
        memset(data + len, 'x', sizeof(data) - (size_t)len);
        (void)snprintf(key, sizeof(key), "%d", i * 7919);
        mr_aws_object_open(&writer);
        mr_aws_field_blob(&writer, "Data", mr_bytes_make(data, DATA_BYTES));
        mr_aws_field_text(&writer, "PartitionKey", key);
        if (with_hash_keys) {
            mr_aws_field_text(&writer, "ExplicitHashKey",
                              "340282366920938463463374607431768211455");
        }
        mr_aws_object_close(&writer);
    }
    mr_aws_array_close(&writer);
    mr_aws_object_close(&writer);
    return body;
}

static double bench_memchr(const mr_strbuf *body)
{
    size_t quotes = 0;
    double best = 1;
    for (int round = 0; round < ROUNDS; round++) {
        double began = now_s();
        const char *at = body->at, *end = body->at + body->len;
        while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
            at++;
            quotes++;
        }
        best = least(best, now_s() - began);
    }
    return quotes == SIZE_MAX ? 0 : best * 1e6; /* keeps the count alive */
}

static void bench(const char *label, mr_aws_format format, bool with_hash_keys)
{
    mr_strbuf body = make_body(format, with_hash_keys);
    const mr_aws_shape *shape = mr_kinesis_inputs[MR_KINESIS_PUT_RECORDS].shape;
    double decoding = 1, validating = 1; /* the best of the rounds: others share the machine */
    for (int round = 0; round < ROUNDS; round++) {
        mr_kinesis_put_records_in in;
        mr_aws_fault fault;
        double began = now_s();
        mr_arena *arena = mr_arena_new();
        mr_aws_decoded decoded =
            mr_aws_decode(format, shape, mr_strbuf_bytes(&body), arena, &in, &fault);
        double decoded_at = now_s();
        bool valid = decoded == MR_AWS_DECODED && mr_aws_validate(shape, &in, arena, &fault);
        validating = least(validating, now_s() - decoded_at);
        if (!valid || in.records.count != RECORDS) {
            fprintf(stderr, "%s: not decoded\n", label);
            exit(1);
        }
        mr_arena_free(arena);
        decoding = least(decoding, decoded_at - began);
    }
    double us = decoding * 1e6;
    printf("%-24s %7zu bytes  decode %6.1f us %6.0f MB/s  validate %5.1f us  memchr %5.1f us\n",
           label, body.len, us, (double)body.len / us, validating * 1e6, bench_memchr(&body));
    mr_strbuf_deinit(&body);
}

int main(void)
{
    bench("JSON", MR_AWS_JSON, false);
    bench("JSON, explicit hash keys", MR_AWS_JSON, true);
    bench("CBOR", MR_AWS_CBOR, false);
    return 0;
}
