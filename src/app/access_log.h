/*
 * access_log.h - one line on standard error for each request, answered, refused or broken off.
 *
 *   2025-01-01T00:00:00.000000Z POST Kinesis_20131202.ListStreams 200 41 230us HTTP/1.1
 *   2025-01-01T00:00:00.000000Z POST / 0 0 0us HTTP/1.1 broken-off
 *   {"time":"...","method":"POST","operation":"Kinesis_20131202.ListStreams","status":200,...}
 */
#ifndef MR_SRC_APP_ACCESS_LOG_H
#define MR_SRC_APP_ACCESS_LOG_H

#include "sim/base/strbuf.h"
#include "sim/time/clock.h"
#include "src/http/server.h"

typedef enum mr_access_form { MR_ACCESS_NONE, MR_ACCESS_TEXT, MR_ACCESS_JSON } mr_access_form;

/* Appends the line of a request, its end included. time_us: the world's time of day. */
void mr_access_log_line(mr_access_form form, int64_t time_us, const mr_http_access *access,
                        mr_strbuf *out);
/* Writes it. Nothing for MR_ACCESS_NONE. */
void mr_access_log_write(mr_access_form form, int64_t time_us, const mr_http_access *access);

#endif
