/*
 * kinesis_peers.h - what no server of Kinesis can do without, each as CPU seconds: a bare listener
 * that reads and writes as many bytes in as many exchanges and does nothing with them, the work on
 * the bytes, and a file into which they are mapped.
 */
#ifndef MR_TESTS_BENCH_KINESIS_PEERS_H
#define MR_TESTS_BENCH_KINESIS_PEERS_H

#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/stream/segment.h"
#include "tests/bench/kinesis_requests.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LANES        2 /* connections: one is answered while the other's request is made */
#define RECORD_BYTES (MR_RECORD_HEADER_BYTES + KEY_BYTES + DATA_BYTES) /* on disk */
#define WORK_ROUNDS  64

/* Exchanges of one size on two connections, in one process, with nothing done between. */
static inline _Noreturn void serve_bare(int listener, size_t request_len, size_t answer_len)
{
    static char scratch[65536];
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive a benchmark that fails */
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
static inline double bench_bare(mr_bytes request, size_t answer_len, size_t exchanges)
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
static inline double bench_put_work(mr_aws_format format, const batch *batches, size_t records)
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
static inline double bench_get_work(mr_aws_format format, const batch *batches, size_t records)
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
static inline double bench_file(const char *directory, size_t records)
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

#endif
