/*
 * kinesis_bench.c - a light load generator for `millrace serve`, which tests/bench/serving.py
 * starts:
 *
 *     bench.kinesis PORT PID DIRECTORY RECORDS
 *
 * PORT, PID: of a server with --limits off --state-delay 0 and a state directory of its own.
 * DIRECTORY: on the same disk as that. RECORDS: are put, and read again, in JSON and in CBOR.
 *
 * Requests are made once and sent again and again over kept connections; of an answer no more is
 * read than where it ends and what the next request needs. Every figure is of the server's own
 * CPU time (user and system, of /proc/PID's clock), because client and server share the machine;
 * what the wall clock says stands beside it, and what no such server can do without, measured in
 * the same run: a bare listener that reads and writes as many bytes in as many exchanges and does
 * nothing with them, the work on the bytes, and a file into which they are mapped.
 */
#include "tests/bench/kinesis_peers.h"

#define SHARDS         4
#define LATENCY_ROUNDS 5000

/* ---- figures ---- */

static void line(const char *name, const char *figure, const char *beside)
{
    printf("%-44s %24s  %s\n", name, figure, beside);
    fflush(stdout);
}

/* CPU seconds that no such server can do without. */
typedef struct peers {
    double sockets_s, work_s, file_s;
} peers;

/* The rate of CPU time, what the wall clock says, and the ratio to what cannot be less. */
static void report(const char *name, mr_aws_format format, size_t records, measure m,
                   const char *limit, peers least)
{
    const double least_s = least.sockets_s + least.work_s + least.file_s;
    const double ns = 1e9 / (double)records;
    char label[64], figure[32], beside[160];
    snprintf(label, sizeof(label), "%s, %s", name, format_name(format));
    snprintf(figure, sizeof(figure), "%.2f million records/s", (double)records / m.cpu_s / 1e6);
    snprintf(beside, sizeof(beside), "of server CPU; limit %s; %.2f million by the wall clock",
             limit, (double)records / m.wall_s / 1e6);
    line(label, figure, beside);
    snprintf(figure, sizeof(figure), "%.1f x", m.cpu_s / least_s);
    snprintf(beside, sizeof(beside),
             "%.0f ns a record; sockets %.0f, work on the bytes %.0f, file %.0f", m.cpu_s * ns,
             least.sockets_s * ns, least.work_s * ns, least.file_s * ns);
    line("  against what it cannot do without", figure, beside);
}

/* ---- putting ---- */

typedef struct target {
    uint16_t port;
    pid_t pid;
    const char *directory;
    size_t records;
    mr_aws_format format;
    const char *stream;
    const batch *batches;
} target;

static void check_put(const lane *l, mr_aws_format format)
{
    const mr_bytes start = mr_bytes_make(l->body.at, mr_min_size(l->body.len, 64));
    const char *none = format == MR_AWS_JSON ? "\"FailedRecordCount\":0,"
                                             : "\x71"
                                               "FailedRecordCount"
                                               "\x00";
    if (memmem(start.at, start.len, none, format == MR_AWS_JSON ? strlen(none) : 19) == NULL) {
        die("records were refused");
    }
}

static void bench_put(const target *t)
{
    const size_t requests = t->records / BATCH;
    mr_strbuf *made = mr_calloc(BATCHES, sizeof(*made));
    for (size_t i = 0; i < BATCHES; i++) {
        made[i] = put_request(t->format, t->stream, &t->batches[i]);
    }
    lane lanes[LANES];
    for (size_t i = 0; i < LANES; i++) {
        lanes[i] = lane_open(t->port);
    }
    measure m = measure_begin(t->pid);
    for (size_t sent = 0; sent < requests + LANES; sent++) {
        lane *l = &lanes[sent % LANES];
        if (sent >= LANES) {
            lane_receive(l);
            check_put(l, t->format);
        }
        if (sent < requests) {
            write_all(l->fd, mr_strbuf_bytes(&made[sent % BATCHES]));
        }
    }
    measure_end(&m, t->pid);
    const peers least = {bench_bare(mr_strbuf_bytes(&made[0]), lanes[0].answer_len, requests),
                         bench_put_work(t->format, t->batches, t->records),
                         bench_file(t->directory, t->records)};
    report("PutRecords of 500 x 100 bytes", t->format, t->records, m, "600,000", least);
    for (size_t i = 0; i < LANES; i++) {
        lane_close(&lanes[i]);
    }
    for (size_t i = 0; i < BATCHES; i++) {
        mr_strbuf_deinit(&made[i]);
    }
    mr_free(made);
}

/* ---- draining ---- */

/* out: the request for the first records of a shard, for mr_strbuf_deinit(). */
static mr_strbuf first_get(const target *t, lane *l, size_t shard, const char *type)
{
    char json[256];
    snprintf(json, sizeof(json),
             "{\"StreamName\":\"%s\",\"ShardId\":\"shardId-%012zu\",\"ShardIteratorType\":\"%s\"}",
             t->stream, shard, type);
    call(l, "GetShardIterator", json);
    return get_request(t->format, text_after(l->body, "ShardIterator", MR_AWS_JSON));
}

/* What a connection drains: shards lane, lane + LANES, ... */
typedef struct drain {
    lane lane;
    size_t shard;
    mr_strbuf request;
    bool done;
} drain;

/* Takes the answer, and asks for what comes next. Returns how many records it brought. */
static size_t drain_on(const target *t, drain *d)
{
    lane_receive(&d->lane);
    const size_t count = count_of(d->lane.body, "PartitionKey");
    mr_strbuf_deinit(&d->request);
    if (count > 0) {
        d->request = get_request(t->format, next_iterator(d->lane.body, t->format));
    } else {
        d->shard += LANES;
        d->done = d->shard >= SHARDS;
        d->request = d->done ? mr_strbuf_make(0) : first_get(t, &d->lane, d->shard, "TRIM_HORIZON");
    }
    if (!d->done) {
        write_all(d->lane.fd, mr_strbuf_bytes(&d->request));
    }
    return count;
}

static void bench_get(const target *t)
{
    drain drains[LANES];
    for (size_t i = 0; i < LANES; i++) {
        drains[i] = (drain){.lane = lane_open(t->port), .shard = i};
        drains[i].request = first_get(t, &drains[i].lane, i, "TRIM_HORIZON");
    }
    mr_strbuf sample = first_get(t, &drains[0].lane, 0, "TRIM_HORIZON");
    size_t records = 0, largest = 0;
    measure m = measure_begin(t->pid);
    for (size_t i = 0; i < LANES; i++) {
        write_all(drains[i].lane.fd, mr_strbuf_bytes(&drains[i].request));
    }
    for (size_t left = LANES; left > 0;) {
        for (size_t i = 0; i < LANES; i++) {
            if (!drains[i].done) {
                records += drain_on(t, &drains[i]);
                largest = drains[i].lane.answer_len > largest ? drains[i].lane.answer_len : largest;
                left -= drains[i].done;
            }
        }
    }
    measure_end(&m, t->pid);
    if (records != t->records) {
        die("other records came out than went in");
    }
    const size_t full = records / 10000; /* what a GetRecords brings, at most */
    const peers least = {bench_bare(mr_strbuf_bytes(&sample), largest, full),
                         bench_get_work(t->format, t->batches, records), 0};
    report("GetRecords, draining", t->format, records, m, "1,000,000", least);
    for (size_t i = 0; i < LANES; i++) {
        lane_close(&drains[i].lane);
        mr_strbuf_deinit(&drains[i].request);
    }
    mr_strbuf_deinit(&sample);
}

/* ---- latency ---- */

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double quantile(double *sorted, double of)
{
    return 1e6 * sorted[(size_t)(of * (LATENCY_ROUNDS - 1))];
}

static void report_latency(const char *name, double *seconds, const char *limit)
{
    char figure[32], beside[160];
    qsort(seconds, LATENCY_ROUNDS, sizeof(seconds[0]), by_value);
    snprintf(figure, sizeof(figure), "%.0f us at p99", quantile(seconds, 0.99));
    snprintf(beside, sizeof(beside), "%s%.0f us at p50, %.0f us at p99.9", limit,
             quantile(seconds, 0.5), quantile(seconds, 0.999));
    line(name, figure, beside);
}

/* The least that an answer takes, in seconds. */
static double ping_of(lane *l)
{
    double began = read_clock(CLOCK_MONOTONIC);
    write_all(l->fd, MR_BYTES_LITERAL("GET /_millrace/health HTTP/1.1\r\nHost: a\r\n\r\n"));
    lane_receive(l);
    return read_clock(CLOCK_MONOTONIC) - began;
}

/* One record is put, then read: on a server that does nothing else. What else the machine does is
 * seen by the health check that follows each. */
static void bench_latency(const target *t)
{
    static double put_get[LATENCY_ROUNDS], get[LATENCY_ROUNDS], ping[LATENCY_ROUNDS];
    lane l = lane_open(t->port);
    mr_strbuf request = first_get(t, &l, 0, "LATEST");
    char json[256];
    snprintf(json, sizeof(json),
             "{\"StreamName\":\"%s\",\"PartitionKey\":\"a\",\"ExplicitHashKey\":\"0\","
             "\"Data\":\"aGVsbG8=\"}",
             t->stream);
    for (size_t i = 0; i < LATENCY_ROUNDS; i++) {
        double began = read_clock(CLOCK_MONOTONIC);
        call(&l, "PutRecord", json);
        double put_at = read_clock(CLOCK_MONOTONIC);
        write_all(l.fd, mr_strbuf_bytes(&request));
        lane_receive(&l);
        double ended = read_clock(CLOCK_MONOTONIC);
        put_get[i] = ended - began;
        get[i] = ended - put_at;
        if (count_of(l.body, "PartitionKey") != 1) {
            die("a record that was put was not read at once");
        }
        mr_strbuf_deinit(&request);
        request = get_request(t->format, next_iterator(l.body, t->format));
        ping[i] = ping_of(&l);
    }
    report_latency("GetRecords after a PutRecord", get, "limit 1,000 us; ");
    report_latency("  with the PutRecord", put_get, "");
    report_latency("  against a health check of the same server", ping, "");
    mr_strbuf_deinit(&request);
    lane_close(&l);
}

int main(int argc, char **argv)
{
    static const struct {
        mr_aws_format format;
        const char *stream;
    } runs[] = {{MR_AWS_JSON, "json"}, {MR_AWS_CBOR, "cbor"}};
    if (argc != 5) {
        die("usage: bench.kinesis PORT PID DIRECTORY RECORDS");
    }
    batch *batches = make_batches();
    target t = {.port = (uint16_t)strtoul(argv[1], NULL, 10),
                .pid = (pid_t)strtol(argv[2], NULL, 10),
                .directory = argv[3],
                .records = strtoull(argv[4], NULL, 10) / BATCH * BATCH,
                .batches = batches};
    for (size_t i = 0; i < MR_COUNT(runs); i++) {
        char json[128];
        lane l = lane_open(t.port);
        t.format = runs[i].format;
        t.stream = runs[i].stream;
        snprintf(json, sizeof(json), "{\"StreamName\":\"%s\",\"ShardCount\":%d}", t.stream, SHARDS);
        call(&l, "CreateStream", json);
        lane_close(&l);
        bench_put(&t);
        bench_get(&t);
    }
    bench_latency(&t);
    mr_free(batches);
    return 0;
}
