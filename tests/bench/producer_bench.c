/* producer_bench.c - reading rows, and the whole of a producer up to the put, one core, no I/O.
 * Prints megabytes a second beside memchr over the same bytes, and nanoseconds a row. */
#include "sim/producer/producer.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/time/rng.h"

#include <stdio.h>
#include <time.h>

#define ROWS        150000
#define ROUNDS      10
#define PIECE_BYTES (256 * MR_KIB)

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rows shaped like data/crimes. quoted: the address is in quotes, with a comma. */
static mr_strbuf make_rows(bool quoted)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_prng chance = mr_prng_named(1, "bench");
    mr_strbuf_append_text(&text, "cdatetime,address,district,beat,grid,crimedescr,ucr_ncic_code,"
                                 "latitude,longitude\n");
    for (int i = 0; i < ROWS; i++) {
        unsigned n = (unsigned)mr_prng_below(&chance, 8400);
        mr_strbuf_appendf(&text,
                          quoted ? "1/%d/06 8:%02u,\"%u RIVER, BEND WAY\","
                                 : "1/%d/06 8:%02u,%u "
                                   "RIVER BEND WAY,",
                          1 + i * 31 / ROWS, n % 60, n);
        mr_strbuf_appendf(&text, "%u,%uC        ,%u,10851(A)VC TAKE VEH W/O OWNER,2404,", n % 6,
                          n % 6, n % 1600);
        mr_strbuf_appendf(&text, "38.%08u,-121.%07u\n", n * 9431, n * 907);
    }
    return text;
}

static bool count_row(void *context, const mr_row *row)
{
    *(size_t *)context += row->field_count;
    return true;
}

static void bench_reader(const char *label, const mr_strbuf *text)
{
    size_t fields = 0;
    double began = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        mr_row_reader *reader = mr_row_reader_new(&(mr_row_format){0}, NULL, count_row, &fields);
        for (size_t at = 0; at < text->len;) {
            size_t len = mr_min_size(PIECE_BYTES, text->len - at);
            at += mr_row_reader_feed(reader, mr_bytes_make(text->at + at, len));
        }
        mr_row_reader_finish(reader);
        mr_row_reader_free(reader);
    }
    double took = now_s() - began;
    printf("%-28s %7.0f MB/s %6.1f ns/row  (%zu fields)\n", label,
           (double)text->len * ROUNDS / took / 1e6, took / ROUNDS / ROWS * 1e9, fields / ROUNDS);
}

static void bench_memchr(const mr_strbuf *text)
{
    size_t lines = 0;
    double began = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        const char *at = text->at, *end = text->at + text->len;
        while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
            at++;
            lines++;
        }
    }
    double took = now_s() - began;
    printf("%-28s %7.0f MB/s %6.1f ns/row  (%zu lines)\n", "memchr for line ends",
           (double)text->len * ROUNDS / took / 1e6, took / ROUNDS / ROWS * 1e9, lines / ROUNDS);
}

/* ---- a producer to nowhere ---- */

typedef struct nowhere {
    mr_producer *producer;
    const mr_strbuf *text;
    size_t at;
    uint64_t bytes;
} nowhere;

static mr_code put(void *context, const mr_record *records, size_t count, mr_put_result *results,
                   size_t *failed, mr_error *err)
{
    nowhere *n = context;
    for (size_t i = 0; i < count; i++) {
        n->bytes += records[i].data.len;
        results[i].code = MR_OK;
    }
    *failed = 0;
    (void)err;
    return MR_OK;
}

static void on_want(void *context)
{
    nowhere *n = context;
    size_t len = mr_min_size(PIECE_BYTES, n->text->len - n->at);
    mr_bytes piece = mr_bytes_make(n->text->at + n->at, len);
    n->at += len;
    if (len == 0) {
        mr_producer_end(n->producer);
    } else {
        mr_producer_feed(n->producer, piece);
    }
}

static void on_ended(void *context, const mr_error *error)
{
    (void)context;
    if (error != NULL) {
        fprintf(stderr, "%s\n", error->message);
    }
}

static void bench_producer(const char *label, const mr_strbuf *text, mr_encode_kind encode)
{
    double began = now_s();
    nowhere n = {.text = text};
    for (int round = 0; round < ROUNDS; round++) {
        mr_clock *clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL});
        mr_trace *trace = mr_trace_new(clock);
        mr_error err;
        n.at = 0;
        mr_producer_options options = {
            .clock = clock,
            .trace = trace,
            .input = 1,
            .key = MR_KEY_COLUMN,
            .key_column = "district",
            .encode = {.kind = encode, .load_time = encode == MR_ENCODE_DELIMITED},
            .target = {put, &n, "nowhere", MR_MIB, MR_MIB}};
        mr_producer_handlers handlers = {.want = on_want, .ended = on_ended, .context = &n};
        if (mr_producer_new(&options, &handlers, &n.producer, &err) != MR_OK) {
            fprintf(stderr, "%s\n", err.message);
            return;
        }
        mr_producer_start(n.producer);
        while (mr_clock_step(clock, NULL) == MR_STEP_RAN) {
        }
        mr_producer_free(n.producer);
        mr_trace_free(trace);
        mr_clock_free(clock);
    }
    double took = now_s() - began;
    printf("%-28s %7.0f MB/s %6.1f ns/row  (%.0f bytes of data)\n", label,
           (double)text->len * ROUNDS / took / 1e6, took / ROUNDS / ROWS * 1e9,
           (double)n.bytes / ROUNDS);
}

int main(void)
{
    mr_strbuf plain = make_rows(false), quoted = make_rows(true);
    bench_memchr(&plain);
    bench_reader("read rows, no quotes", &plain);
    bench_reader("read rows, quotes", &quoted);
    bench_producer("producer, delimited", &plain, MR_ENCODE_DELIMITED);
    bench_producer("producer, JSON", &plain, MR_ENCODE_JSON);
    mr_strbuf_deinit(&plain);
    mr_strbuf_deinit(&quoted);
    return 0;
}
