/*
 * deaggregate_bench.c - how fast user records come out of one record, one core, no I/O: an
 * aggregated record of the producer library, JSON objects one a line, and the same lines by their
 * delimiter. Each in nanoseconds a user record, beside memcpy of the same bytes (from cache to
 * cache: the record fits), or their MD5, which an aggregated record cannot be read without.
 *
 *   bench.deaggregate
 */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/strbuf.h"
#include "sim/firehose/deaggregate.h"
#include "sim/stream/kpl_record.h"

#include <stdio.h>
#include <time.h>

#define USER_RECORDS 400 /* of about 100 bytes: the 50 KiB that the producer library packs */
#define KEYS         50
#define ROUNDS       5000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other work on the machine does not count */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What the work is measured against: the least that has to be done with the same bytes. */
typedef enum bench_peer { PEER_MEMCPY, PEER_MD5 } bench_peer;

static double measure_peer(bench_peer peer, mr_bytes record)
{
    char *to = mr_alloc(record.len);
    uint8_t digest[16];
    double start = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        if (peer == PEER_MD5) {
            mr_md5(record.at, record.len, digest);
        } else {
            memcpy(to, record.at, record.len);
        }
        __asm__ volatile("" : : "r"(to), "r"(digest) : "memory");
    }
    double took_s = now_s() - start;
    mr_free(to);
    return took_s;
}

/* count: of the user records that came out. */
static void report(const char *what, mr_bytes record, size_t count, double took_s, bench_peer peer)
{
    double peer_s = measure_peer(peer, record);
    double mib = (double)record.len * ROUNDS / (double)MR_MIB;
    printf("de-aggregate, %-9s  %6.1f ns a user record  %6.2f million/s  %6.0f MiB/s  "
           "%-6s %6.0f MiB/s  ratio %.3f\n",
           what, took_s * 1e9 / (double)count, (double)count / took_s / 1e6, mib / took_s,
           peer == PEER_MD5 ? "MD5" : "memcpy", mib / peer_s, peer_s / took_s);
}

static void run_kpl(mr_bytes carrier)
{
    mr_kpl_reader *reader = mr_kpl_reader_new();
    mr_record_view record = {.number = 1, .data = carrier};
    mr_kpl_user_record user;
    size_t count = 0;
    double start = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        (void)mr_kpl_reader_open(reader, &record);
        while (mr_kpl_reader_next(reader, &user)) {
            count += user.data.len > 0;
        }
    }
    report("KPL", carrier, count, now_s() - start, PEER_MD5);
    mr_kpl_reader_free(reader);
}

static void run_deaggregator(const char *what, const mr_deaggregation *settings, mr_bytes data)
{
    mr_deaggregator *deaggregator = mr_deaggregator_new(settings);
    mr_bytes sub;
    size_t count = 0;
    double start = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        (void)mr_deaggregator_open(deaggregator, data);
        while (mr_deaggregator_next(deaggregator, &sub)) {
            count += sub.len > 0;
        }
    }
    report(what, data, count, now_s() - start, PEER_MEMCPY);
    mr_deaggregator_free(deaggregator);
}

int main(void)
{
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    mr_strbuf lines = mr_strbuf_make(MR_MIB), carrier = mr_strbuf_make(MR_MIB);
    for (int i = 0; i < USER_RECORDS; i++) {
        char text[160], key[16];
        int len = snprintf(text, sizeof(text),
                           "{\"time\":\"2025-01-01T00:%02d:%02dZ\",\"device\":\"device-%04d\","
                           "\"celsius\":%d.%d,\"ok\":true,\"note\":\"\"}",
                           i / 60, i % 60, i % KEYS, 15 + i % 10, i % 10);
        (void)snprintf(key, sizeof(key), "device-%04d", i % KEYS);
        mr_record record = {.data = mr_bytes_make(text, (size_t)len),
                            .partition_key = mr_bytes_of(key)};
        if (!mr_kpl_writer_add(writer, &record)) {
            fprintf(stderr, "deaggregate_bench: the aggregated record is full\n");
            return 3;
        }
        mr_strbuf_append_bytes(&lines, record.data);
        mr_strbuf_append_char(&lines, '\n');
    }
    mr_kpl_writer_take(writer, &carrier);

    mr_deaggregation objects = {.type = MR_SUB_RECORD_JSON};
    mr_deaggregation delimited = {
        .type = MR_SUB_RECORD_DELIMITED, .delimiter_len = 1, .delimiter = "\n"};
    run_kpl(mr_strbuf_bytes(&carrier));
    run_deaggregator("JSON", &objects, mr_strbuf_bytes(&lines));
    run_deaggregator("DELIMITED", &delimited, mr_strbuf_bytes(&lines));

    mr_kpl_writer_free(writer);
    mr_strbuf_deinit(&lines);
    mr_strbuf_deinit(&carrier);
    return 0;
}
