/*
 * lane.h - for programs that load a server: a connection over which requests go one at a time,
 * and clocks. Nothing is spared that would keep the server from being the slower one.
 */
#ifndef MR_TESTS_BENCH_LANE_H
#define MR_TESTS_BENCH_LANE_H

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX ((size_t)16 * MR_MIB)

/* ---- clocks ---- */

static inline _Noreturn void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline double read_clock(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) {
        die("the process that is measured has gone");
    }
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* User and system time of a process, in seconds: what /proc/PID/stat says, but exactly. */
static inline double cpu_of(pid_t pid)
{
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) != 0) {
        die("no such process");
    }
    return read_clock(clock);
}

typedef struct measure {
    double cpu_s, wall_s;
} measure;

static inline measure measure_begin(pid_t pid)
{
    return (measure){-cpu_of(pid), -read_clock(CLOCK_MONOTONIC)};
}

static inline void measure_end(measure *m, pid_t pid)
{
    m->cpu_s += cpu_of(pid);
    m->wall_s += read_clock(CLOCK_MONOTONIC);
}

/* ---- connections ---- */

typedef struct lane {
    int fd;
    char *answer; /* headers and body of the last one */
    size_t answer_len;
    mr_bytes body; /* in answer */
} lane;

static inline lane lane_open(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    lane l = {.fd = socket(AF_INET, SOCK_STREAM, 0), .answer = mr_alloc(ANSWER_BYTES_MAX)};
    if (l.fd < 0 || connect(l.fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        die("cannot connect");
    }
    setsockopt(l.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return l;
}

static inline void lane_close(lane *l)
{
    close(l->fd);
    mr_free(l->answer);
}

static inline void write_all(int fd, mr_bytes bytes)
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
static inline size_t answer_size(lane *l)
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
static inline void lane_receive(lane *l)
{
    size_t size = 0;
    l->answer_len = 0;
    while (size == 0 || l->answer_len < size) {
        ssize_t got = read(l->fd, l->answer + l->answer_len, ANSWER_BYTES_MAX - l->answer_len);
        if (got <= 0) {
            die("the connection broke before an answer was whole");
        }
        l->answer_len += (size_t)got;
        size = size == 0 ? answer_size(l) : size;
    }
}

#endif
