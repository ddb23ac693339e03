/*
 * encode.h - what the data of a record looks like: a row's fields as delimited text, as a JSON
 * object, as CSV, or the row as it stood. No line end is added: AWS adds none either.
 */
#ifndef MR_SIM_PRODUCER_ENCODE_H
#define MR_SIM_PRODUCER_ENCODE_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

typedef enum mr_encode_kind {
    MR_ENCODE_DELIMITED, /* a|b|c; nothing is quoted */
    MR_ENCODE_JSON,      /* {"a":"..","b":".."} with the header's names; all strings */
    MR_ENCODE_CSV,       /* a,b,"c,d" as in RFC 4180 */
    MR_ENCODE_RAW
} mr_encode_kind;

typedef struct mr_encode_options {
    mr_encode_kind kind;
    char delimiter;             /* MR_ENCODE_DELIMITED; 0: '|' */
    const char *const *columns; /* which, by header name (or number without header); NULL: all */
    size_t column_count;
    bool load_time; /* one more column at the end, in JSON called load_time: when the row was
                     * loaded, yyyy-MM-dd HH:mm:ss, UTC */
} mr_encode_options;

/* "delimited:|" (or "delimited"), "json", "csv", "raw". False when it is none of them; the other
 * members of out are left as they are. */
MR_NODISCARD bool mr_encode_parse(const char *text, mr_encode_options *out);
/* One character, also quoted ('|') or by name: "tab", "\t", "comma", "semicolon", "pipe", "space".
 */
MR_NODISCARD bool mr_delimiter_parse(mr_bytes text, char *out);

typedef struct mr_encoder mr_encoder;
/* names: the header (or "1", "2", ... without one). All is copied. Errors: MR_INVALID_ARGUMENT: a
 * column that is not there, with the nearest name; columns or a load time with raw; two members
 * of one name in JSON. */
MR_NODISCARD mr_code mr_encoder_new(const mr_encode_options *options, const mr_bytes *names,
                                    size_t name_count, mr_encoder **out, mr_error *err);
void mr_encoder_free(mr_encoder *encoder); /* NULL is fine */

/*
 * Appends the record's data.
 *
 * fields:  as many as there were names. raw: the row as it stood. loaded_us: the load time.
 * Returns: false, with *why (static) and out as it was, when the row cannot be written so: a
 *          delimiter inside a field of delimited text, or out's limit is passed.
 */
MR_NODISCARD bool mr_encoder_row(mr_encoder *encoder, const mr_bytes *fields, mr_bytes raw,
                                 int64_t loaded_us, mr_strbuf *out, const char **why);

/* Writes another load time into data that mr_encoder_row() made, in place. Without one: nothing. */
void mr_encoder_set_load_time(mr_encoder *encoder, char *data, size_t len, int64_t loaded_us);

#endif
