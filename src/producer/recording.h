/*
 * recording.h - the text of a recording: what a run received, so that it can be put again.
 *
 * A recording is JSON lines: a header, one line for each put in the order in which they arrived,
 * and a last line that a killed run leaves out. (The header is one line too.)
 *
 *   {"millrace":"recording","format":1,"template":"template.yaml","parameters":{"ShardCount":"2"},
 *    "region":"us-east-1","seed":1,"start":"2025-01-01T00:00:00.000000Z","limits":true,
 *    "no-builtin":false}
 *   {"at_us":1234,"target":"crimes","records":[{"key":"12","data":"MXwy"},{"key64":"/w==",
 *    "hash":"340282366920938463463374607431768211455","data":""}]}
 *   {"end_us":9876,"puts":1,"records":2}
 *
 *   at_us    when the put arrived, in microseconds since the header's start
 *   target   the physical name of a data stream or of a DirectPut delivery stream
 *   key      the partition key; key64, in base64, where it is not UTF-8
 *   data     the record's bytes in base64
 *   hash     an explicit hash key in decimal; absent: the partition key decides
 *
 * Here structs become lines and lines structs, with no file in reach: recorder.h writes a
 * recording, recording_file.h reads one. Reading is strict: a member that is unknown, missing or
 * there twice is an error.
 */
#ifndef MR_SRC_PRODUCER_RECORDING_H
#define MR_SRC_PRODUCER_RECORDING_H

#include "sim/base/arena.h"
#include "sim/base/error.h"
#include "sim/base/strbuf.h"
#include "sim/stream/record.h"

#define MR_RECORDING_FORMAT         1
#define MR_RECORDING_LINE_BYTES_MAX (64 * MR_MIB)
/* The latest at_us, seventy years: sequence numbers hold the time of any start and so much more. */
#define MR_RECORDING_SPAN_US_MAX (INT64_C(25567) * 24 * 3600 * 1000000)

typedef struct mr_recording_parameter {
    const char *name, *value;
} mr_recording_parameter;

/* What the run was told, as far as a replay must be told the same. */
typedef struct mr_recording_header {
    const char *template_file; /* relative to the recording's folder, or absolute */
    const mr_recording_parameter *parameters;
    size_t parameter_count;
    const char *region;
    uint64_t seed;
    int64_t start_us; /* the world's time when the run began; below MR_SIM_START_END */
    bool limits;      /* the service's limits were in force */
    bool use_code;    /* the functions' code ran, not their Builtin */
} mr_recording_header;

/* Everything that one put held. */
typedef struct mr_recording_put {
    int64_t at_us;   /* 0..MR_RECORDING_SPAN_US_MAX since the start */
    mr_bytes target; /* not empty, without a NUL */
    const mr_record *records;
    size_t count; /* 1..MR_PUT_RECORDS_MAX */
} mr_recording_put;

typedef struct mr_recording_end {
    int64_t end_us;         /* when the recording ended, since the start */
    uint64_t puts, records; /* how many the lines before it hold */
} mr_recording_end;

/* ---- writing: one line and its line end, appended to out ---- */

void mr_recording_header_write(const mr_recording_header *header, mr_strbuf *out);
/* input and row of the records are not written: a replay numbers them itself. */
void mr_recording_put_write(const mr_recording_put *put, mr_strbuf *out);
void mr_recording_end_write(const mr_recording_end *end, mr_strbuf *out);

/* ---- reading: text is one line, without its line end ---- */

/*
 * arena:  where the header's texts are kept.
 * Errors: MR_BAD_INPUT, saying what; MR_NEWER_VERSION, of a later format.
 */
MR_NODISCARD mr_code mr_recording_header_read(mr_bytes text, mr_arena *arena,
                                              mr_recording_header *out, mr_error *err);

/* A line behind the header, with the memory that it is read into. */
typedef struct mr_recording_line mr_recording_line;

mr_recording_line *mr_recording_line_new(void);
void mr_recording_line_free(mr_recording_line *line); /* NULL is fine */

/* Errors: MR_BAD_INPUT, saying what. */
MR_NODISCARD mr_code mr_recording_line_read(mr_recording_line *line, mr_bytes text, mr_error *err);

/* What was read: one is NULL and the other is not. Borrowed until the next read. input and row of
 * the records are 0. */
const mr_recording_put *mr_recording_line_put(const mr_recording_line *line);
const mr_recording_end *mr_recording_line_end(const mr_recording_line *line);

#endif
