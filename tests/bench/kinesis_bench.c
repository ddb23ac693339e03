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
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/stream/segment.h"
#include "sim/time/rng.h"
#include "src/aws/write.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LANES          2   /* connections: one is answered while the other's request is made */
#define BATCH          500 /* records of a PutRecords */
#define BATCHES        64  /* different ones */
#define DATA_BYTES     100
#define KEY_BYTES      36                                                /* of a UUID */
#define RECORD_BYTES   (MR_RECORD_HEADER_BYTES + KEY_BYTES + DATA_BYTES) /* on disk */
#define SHARDS         4
#define READ_BYTES     ((size_t)16 * MR_MIB) /* the longest answer */
#define LATENCY_ROUNDS 5000
#define WORK_ROUNDS    64

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench.kinesis: %s\n", what);
    exit(1);
}

static double read_clock(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) {
        die("the process that is measured has gone");
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* User and system time of a process, in seconds: what /proc/PID/stat says, but exactly. */
static double cpu_of(pid_t pid)
{
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0) {
        die("no such process");
    }
    return read_clock(clock);
}

/* ---- connections ---- */

typedef struct lane {
    int fd;
    char *answer; /* headers and body of the last one */
    size_t answer_len;
    mr_bytes body; /* in answer */
} lane;

static lane lane_open(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    lane l = {.fd = socket(AF_INET, SOCK_STREAM, 0), .answer = mr_alloc(READ_BYTES)};
    if (l.fd < 0 || connect(l.fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        die("cannot connect");
    }
    setsockopt(l.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return l;
}

static void lane_close(lane *l)
{
    close(l->fd);
    mr_free(l->answer);
}

static void write_all(int fd, mr_bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.at, bytes.len);
        if (written <= 0) {
            die("the connection broke while a request was sent");
        }
        bytes = mr_bytes_make(bytes.at + written, bytes.len - (size_t)written);
    }
}

/* The whole length of the answer that begins like this; 0: its headers are not all there. */
static size_t answer_size(lane *l)
{
    static const char name[] = "Content-Length: ";
    const char *end = memmem(l->answer, l->answer_len, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    const char *length = memmem(l->answer, (size_t)(end - l->answer), name, sizeof(name) - 1);
    if (length == NULL || strncmp(l->answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "%.*s\n", (int)mr_min_size(l->answer_len, 1024), l->answer);
        die("not answered with 200 and a length");
    }
    const size_t head = (size_t)(end - l->answer) + 4;
    l->body =
        mr_bytes_make(l->answer + head, (size_t)strtoull(length + sizeof(name) - 1, NULL, 10));
    return head + l->body.len;
}

/* Waits for the answer: it is in l->body. */
static void lane_receive(lane *l)
{
    size_t size = 0;
    l->answer_len = 0;
    while (size == 0 || l->answer_len < size) {
        ssize_t got = read(l->fd, l->answer + l->answer_len, READ_BYTES - l->answer_len);
        if (got <= 0) {
            die("the connection broke before an answer was whole");
        }
        l->answer_len += (size_t)got;
        size = size == 0 ? answer_size(l) : size;
    }
}

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
static mr_strbuf request_of(mr_aws_format format, const char *operation, mr_bytes body)
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
static void call(lane *l, const char *operation, const char *json)
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

static batch *make_batches(void)
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

static mr_strbuf put_request(mr_aws_format format, const char *stream, const batch *b)
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

static mr_strbuf get_request(mr_aws_format format, mr_bytes iterator)
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

static size_t count_of(mr_bytes body, const char *word)
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
static mr_bytes text_after(mr_bytes body, const char *key, mr_aws_format format)
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

static mr_bytes next_iterator(mr_bytes body, mr_aws_format format)
{
    const size_t tail = mr_min_size(body.len, 1024); /* it stands at the end */
    return text_after(mr_bytes_make(body.at + body.len - tail, tail), "NextShardIterator", format);
}

/* ---- figures ---- */

typedef struct measure {
    double cpu_s, wall_s;
} measure;

static measure measure_begin(pid_t pid)
{
    return (measure){-cpu_of(pid), -read_clock(CLOCK_MONOTONIC)};
}

static void measure_end(measure *m, pid_t pid)
{
    m->cpu_s += cpu_of(pid);
    m->wall_s += read_clock(CLOCK_MONOTONIC);
}

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
    snprintf(figure, sizeof(figure), "%.0f records/s", (double)records / m.cpu_s);
    snprintf(beside, sizeof(beside), "of server CPU; limit %s; %.0f records/s by the wall clock",
             limit, (double)records / m.wall_s);
    line(label, figure, beside);
    snprintf(figure, sizeof(figure), "%.1f x", m.cpu_s / least_s);
    snprintf(beside, sizeof(beside),
             "%.0f ns a record; sockets %.0f, work on the bytes %.0f, file %.0f", m.cpu_s * ns,
             least.sockets_s * ns, least.work_s * ns, least.file_s * ns);
    line("  against what it cannot do without", figure, beside);
}

/* ---- the peers ---- */

/* Exchanges of one size on two connections, in one process, with nothing done between. */
static _Noreturn void serve_bare(int listener, size_t request_len, size_t answer_len)
{
    static char scratch[65536];
    struct pollfd fds[LANES];
    size_t got[LANES] = {0};
    char *answer = mr_calloc(1, answer_len);
    const int head = snprintf(answer, answer_len, "HTTP/1.1 200 OK\r\nContent-Length: ");
    /* The body's length depends on how long the header is: the number is padded to ten digits. */
    snprintf(answer + head, answer_len - (size_t)head, "%010zu\r\n\r\n",
             answer_len - (size_t)head - 14);
    answer[head + 14] = 'x';
    for (size_t i = 0; i < LANES; i++) {
        fds[i] = (struct pollfd){.fd = accept(listener, NULL, NULL), .events = POLLIN};
    }
    for (;;) { /* until it is killed */
        (void)poll(fds, LANES, -1);
        for (size_t i = 0; i < LANES; i++) {
            ssize_t read_now =
                (fds[i].revents & POLLIN) == 0 ? 0 : read(fds[i].fd, scratch, sizeof(scratch));
            got[i] += read_now > 0 ? (size_t)read_now : 0;
            if (got[i] >= request_len) {
                got[i] -= request_len;
                write_all(fds[i].fd, mr_bytes_make(answer, answer_len));
            }
            fds[i].events = read_now == 0 && (fds[i].revents & POLLIN) != 0 ? 0 : POLLIN;
        }
    }
}

/* CPU seconds of a bare listener for so many exchanges. */
static double bench_bare(mr_bytes request, size_t answer_len, size_t exchanges)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, LANES) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        die("no bare listener");
    }
    pid_t pid = fork();
    if (pid == 0) {
        serve_bare(listener, request.len, answer_len);
    }
    lane lanes[LANES];
    for (size_t i = 0; i < LANES; i++) {
        lanes[i] = lane_open(ntohs(address.sin_port));
    }
    measure m = measure_begin(pid);
    for (size_t sent = 0; sent < exchanges + LANES; sent++) {
        lane *l = &lanes[sent % LANES];
        if (sent >= LANES) {
            lane_receive(l);
        }
        if (sent < exchanges) {
            write_all(l->fd, request);
        }
    }
    measure_end(&m, pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (size_t i = 0; i < LANES; i++) {
        lane_close(&lanes[i]);
    }
    close(listener);
    return m.cpu_s;
}

/* CPU seconds of MD5 over each key, base64 (JSON alone), a checksum and a copy of each record. */
static double bench_put_work(mr_aws_format format, const batch *batches, size_t records)
{
    static char copies[BATCH][DATA_BYTES + KEY_BYTES + 8], text[BATCH][DATA_BYTES * 2];
    static uint8_t md5s[BATCH][16];
    unsigned sum = 0;
    double best = 1;
    mr_strbuf encoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int round = 0; round < WORK_ROUNDS; round++) {
        const batch *b = &batches[round % BATCHES];
        for (size_t i = 0; i < BATCH; i++) {
            mr_strbuf_reset(&encoded);
            mr_base64_encode(&encoded, mr_bytes_make(b->data[i], DATA_BYTES));
            memcpy(text[i], encoded.at, encoded.len);
        }
        double began = read_clock(CLOCK_PROCESS_CPUTIME_ID);
        for (size_t i = 0; i + MR_MD5_LANES <= BATCH; i += MR_MD5_LANES) {
            mr_bytes keys[MR_MD5_LANES];
            for (size_t k = 0; k < MR_MD5_LANES; k++) {
                keys[k] = mr_bytes_make(b->keys[i + k], KEY_BYTES);
            }
            mr_md5_lanes(keys, &md5s[i]);
        }
        for (size_t i = 0; i < BATCH; i++) {
            size_t written = DATA_BYTES;
            if (format != MR_AWS_JSON) {
                memcpy(copies[i], b->data[i], DATA_BYTES);
            } else if (!mr_base64_decode_to(copies[i], mr_bytes_make(text[i], encoded.len),
                                            &written)) {
                die("not decoded");
            }
            memcpy(copies[i] + DATA_BYTES, b->keys[i], KEY_BYTES);
            sum += md5s[i][0] + mr_crc32c(0, copies[i], DATA_BYTES + KEY_BYTES) + (unsigned)written;
        }
        double took = read_clock(CLOCK_PROCESS_CPUTIME_ID) - began;
        best = took < best ? took : best;
    }
    mr_strbuf_deinit(&encoded);
    return sum == 1 ? 0 : best * (double)records / BATCH; /* keeps the sum alive */
}

/* CPU seconds of base64 (JSON) or a copy (CBOR) of each record's data, and a copy of its key. */
static double bench_get_work(mr_aws_format format, const batch *batches, size_t records)
{
    double best = 1;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int round = 0; round < WORK_ROUNDS; round++) {
        const batch *b = &batches[round % BATCHES];
        double began = read_clock(CLOCK_PROCESS_CPUTIME_ID);
        mr_strbuf_reset(&out);
        for (size_t i = 0; i < BATCH; i++) {
            mr_bytes data = mr_bytes_make(b->data[i], DATA_BYTES);
            if (format == MR_AWS_JSON) {
                mr_base64_encode(&out, data);
            } else {
                mr_strbuf_append_bytes(&out, data);
            }
            mr_strbuf_append(&out, b->keys[i], KEY_BYTES);
        }
        double took = read_clock(CLOCK_PROCESS_CPUTIME_ID) - began;
        best = took < best ? took : best;
    }
    mr_strbuf_deinit(&out);
    return best * (double)records / BATCH;
}

/* CPU seconds of writing so many records into a fresh file that is mapped. */
static double bench_file(const char *directory, size_t records)
{
    static const char record[RECORD_BYTES];
    const size_t bytes = records * RECORD_BYTES;
    char path[4096];
    snprintf(path, sizeof(path), "%s/bench.XXXXXX", directory);
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0) {
        die("no file in DIRECTORY");
    }
    double began = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    if (posix_fallocate(fd, 0, (off_t)bytes) != 0) {
        die("no room in DIRECTORY");
    }
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        die("no mapping");
    }
    for (size_t i = 0; i < records; i++) {
        memcpy(memory + i * RECORD_BYTES, record, sizeof(record));
    }
    double took = read_clock(CLOCK_PROCESS_CPUTIME_ID) - began;
    munmap(memory, bytes);
    close(fd);
    return took;
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
    mr_strbuf sample = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_bytes(&sample, mr_strbuf_bytes(&drains[0].request));
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
