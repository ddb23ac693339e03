/*
 * encode.h - what the data of a record looks like: a row's fields as delimited text, as a JSON
 * object, as CSV, or the raw line.
 */
#ifndef MR_SIM_PRODUCER_ENCODE_H
#define MR_SIM_PRODUCER_ENCODE_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

typedef enum mr_encode_kind {
    MR_ENCODE_DELIMITED, /* a|b|c */
    MR_ENCODE_JSON,      /* {"a":"..","b":".."} with the header's names; all strings */
    MR_ENCODE_CSV,
    MR_ENCODE_RAW
} mr_encode_kind;

typedef struct mr_encode_options {
    mr_encode_kind kind;
    char delimiter;             /* MR_ENCODE_DELIMITED; 0: '|' */
    const char *const *columns; /* which, by header name (or number without header); NULL: all */
    size_t column_count;
    bool load_time; /* one more column at the end: the time of loading, virtual, yyyy-MM-dd HH:mm:ss
                     */
} mr_encode_options;

/* "delimited:|" (or "delimited"), "json", "csv", "raw". */
MR_NODISCARD bool mr_encode_parse(const char *text, mr_encode_options *out);

typedef struct mr_encoder mr_encoder;
/* names: the header (or "1", "2", ... without one). Copied. Errors: MR_INVALID_ARGUMENT: a column
 * that is not there, with the nearest name. */
MR_NODISCARD mr_code mr_encoder_new(const mr_encode_options *options, const mr_bytes *names,
                                    size_t name_count, mr_encoder **out, mr_error *err);
void mr_encoder_free(mr_encoder *encoder); /* NULL is fine */
/* Appends the record's data. raw: the row as it stood. False, with *why, when the row cannot be
 * written so (a delimiter inside a field of delimited text). */
MR_NODISCARD bool mr_encoder_row(mr_encoder *encoder, const mr_bytes *fields, mr_bytes raw,
                                 int64_t now_us, mr_strbuf *out, const char **why);

#endif
