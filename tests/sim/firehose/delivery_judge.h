/*
 * delivery_judge.h - judges a delivery stream from outside: by the records that were put and the
 * bytes of the objects alone.
 *
 * Test records are "<kind>#<number>#<filler>|<number>": kind 'x' is delivered, 'd' is dropped by
 * the handler of delivery_world.h, 'f' is failed by it and, by "|bad <number>", by the builtin.
 */
#ifndef MR_TESTS_DELIVERY_JUDGE_H
#define MR_TESTS_DELIVERY_JUDGE_H

#include "tests/sim/firehose/delivery_world.h"

#define JUDGED_MAX 20000

typedef struct tally {
    uint8_t main[JUDGED_MAX], error[JUDGED_MAX], backup[JUDGED_MAX]; /* how often each was found */
} tally;

static inline size_t judged_record(char *out, size_t size, char kind, size_t number, size_t filler)
{
    int len = snprintf(out, size, "%c#%05zu#", kind, number);
    size_t at = (size_t)len;
    memset(out + at, '.', filler);
    at += filler;
    at += (size_t)snprintf(out + at, size - at, kind == 'f' ? "|bad %zu" : "|%zu", number);
    return at;
}

/* Counts every "#<number>#" in text. */
static inline void count_numbers(mr_bytes text, uint8_t *counts)
{
    for (size_t i = 0; i + 7 <= text.len; i++) {
        uint64_t number;
        if (text.at[i] == '#' && text.at[i + 6] == '#' &&
            mr_bytes_to_uint64(mr_bytes_make(text.at + i + 1, 5), &number)) {
            MR_ASSERT(number < JUDGED_MAX);
            counts[number]++;
            i += 6;
        }
    }
}

/* The same in the rawData of error records, one JSON object a line. */
static inline void count_errors(mr_bytes text, uint8_t *counts)
{
    while (text.len > 0) {
        size_t end = mr_bytes_find(text, '\n');
        CHECK_TRUE("error records end in a line end", end < text.len);
        cJSON *line = cJSON_ParseWithLength(text.at, end);
        mr_strbuf raw = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        const char *data = cJSON_GetStringValue(cJSON_GetObjectItem(line, "rawData"));
        CHECK_TRUE("rawData", data != NULL && mr_base64_decode(&raw, mr_bytes_of(data)));
        count_numbers(mr_strbuf_bytes(&raw), counts);
        mr_strbuf_deinit(&raw);
        cJSON_Delete(line);
        text = mr_bytes_make(text.at + end + 1, text.len - end - 1);
    }
}

/* Bodies of all objects below a prefix, gzip expanded. */
static inline mr_strbuf plain_bodies(world *w, const char *bucket, const char *prefix, bool is_gzip)
{
    mr_error err;
    found_objects *found = world_objects(w, bucket, prefix);
    mr_strbuf plain = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (!is_gzip) {
        plain = found->bodies;
        found->bodies = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    } else if (found->bodies.len > 0) {
        CHECK_OK("gunzip", mr_gunzip(mr_strbuf_bytes(&found->bodies), &plain, &err), &err);
    }
    found_free(found);
    return plain;
}

/* Objects are expected below "ok/" and "err/" of bucket main, and in bucket backup. Owned. */
static inline tally *judge_count(world *w, bool is_gzip)
{
    tally *t = mr_calloc(1, sizeof(*t));
    mr_strbuf text = plain_bodies(w, "main", "ok/", is_gzip);
    count_numbers(mr_strbuf_bytes(&text), t->main);
    mr_strbuf_deinit(&text);
    text = plain_bodies(w, "main", "err/", false);
    count_errors(mr_strbuf_bytes(&text), t->error);
    mr_strbuf_deinit(&text);
    text = plain_bodies(w, "backup", "", false);
    count_numbers(mr_strbuf_bytes(&text), t->backup);
    mr_strbuf_deinit(&text);
    return t;
}

#endif
