/*
 * json_reader.h - a small strict pull reader for JSON that arrives as bytes: the answers of
 * functions and the records of the JSON builtin. It allocates nothing and copies nothing.
 *
 * Grammar: RFC 8259, no more. Nesting is bounded. A reader that has failed stays failed: every
 * call after that returns false, so a caller may check once at the end.
 *
 *     if (mr_json_reader_object(&r)) {
 *         mr_bytes key;
 *         while (mr_json_reader_member(&r, &key)) { ... read or skip one value ... }
 *     }
 */
#ifndef MR_SIM_LAMBDA_JSON_READER_H
#define MR_SIM_LAMBDA_JSON_READER_H

#include "sim/base/strbuf.h"

#define MR_JSON_READER_DEPTH_MAX 64

typedef enum mr_json_kind {
    MR_JSON_NONE, /* the end, or not JSON */
    MR_JSON_OBJECT,
    MR_JSON_ARRAY,
    MR_JSON_STRING,
    MR_JSON_NUMBER,
    MR_JSON_TRUE,
    MR_JSON_FALSE,
    MR_JSON_NULL
} mr_json_kind;

typedef struct mr_json_reader {
    const char *at, *end;
    int depth;
    bool failed;
    bool first; /* nothing has been read yet in the container just entered */
} mr_json_reader;

mr_json_reader mr_json_reader_make(mr_bytes text); /* text: borrowed */

/* What comes next, after blanks; consumes only the blanks. */
mr_json_kind mr_json_reader_peek(mr_json_reader *reader);

/* Enters an object or an array. False (and failed) when something else comes next. */
bool mr_json_reader_object(mr_json_reader *reader);
bool mr_json_reader_array(mr_json_reader *reader);
/* Moves to the next member or element. False at the end, which is consumed, or on failure.
 * raw_key: out, borrowed, between its quotes and still escaped. */
bool mr_json_reader_member(mr_json_reader *reader, mr_bytes *raw_key);
bool mr_json_reader_element(mr_json_reader *reader);

/* Reads a string. raw: out, borrowed, between the quotes and still escaped. */
bool mr_json_reader_string(mr_json_reader *reader, mr_bytes *raw);
/* Reads a number, true, false or null. text: out, borrowed. */
bool mr_json_reader_scalar(mr_json_reader *reader, mr_bytes *text);
/* Checks and passes over one value of any kind. */
bool mr_json_reader_skip(mr_json_reader *reader);

/* True when nothing but blanks is left and nothing has failed. */
bool mr_json_reader_done(mr_json_reader *reader);

/* Appends a raw string as the UTF-8 that it spells; half of a surrogate pair becomes U+FFFD. */
void mr_json_raw_decode(mr_bytes raw, mr_strbuf *out);
/* True when the raw string spells exactly these bytes, of which none is a backslash. */
bool mr_json_raw_is(mr_bytes raw, const char *text);

/* The value of the four hex digits after \u; false when they are not hex. */
bool mr_json_hex4(const char *digits, uint32_t *out);

#endif
