/*
 * access_log.h - one line on standard error for each request, answered, refused or broken off.
 *
 *   2025-01-01T00:00:00.000000Z POST Kinesis_20131202.ListStreams 200 41 230us HTTP/1.1
 *   2025-01-01T00:00:00.000000Z POST / 0 0 0us HTTP/1.1 broken-off
 *   {"time":"...","level":"info","message":"POST Kinesis_20131202.ListStreams 200",
 *    "world_time":"...","method":"POST","operation":"Kinesis_20131202.ListStreams","status":200,...}
 *
 * The text has the world's time of day; an object begins as every other of --log json (log_line.h).
 */
#ifndef MR_SRC_APP_ACCESS_LOG_H
#define MR_SRC_APP_ACCESS_LOG_H

#include "sim/base/strbuf.h"
#include "sim/time/clock.h"
#include "src/http/server.h"

typedef enum mr_access_form { MR_ACCESS_NONE, MR_ACCESS_TEXT, MR_ACCESS_JSON } mr_access_form;

/* Times of day, since the epoch. */
typedef struct mr_access_times {
    int64_t time_us;  /* the machine's */
    int64_t world_us; /* the world's */
} mr_access_times;

/* Appends the line of a request, its end included. */
void mr_access_log_line(mr_access_form form, const mr_access_times *times,
                        const mr_http_access *access, mr_strbuf *out);
/* Writes it, at the machine's now. Nothing for MR_ACCESS_NONE. */
void mr_access_log_write(mr_access_form form, int64_t world_us, const mr_http_access *access);

#endif
