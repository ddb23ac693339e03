/*
 * json.h - writes JSON straight into a strbuf: keys come out in the order of the code, which
 * keeps golden files stable. Reading JSON is cJSON's (src, control plane) or format/'s (data).
 *
 * Misuse (an end without its begin, a value where a key must be) is an assertion. Strings are
 * written as JavaScript's JSON.stringify does: only ", \ and control characters are escaped;
 * bytes that are not UTF-8 become U+FFFD.
 */
#ifndef MR_SIM_BASE_JSON_H
#define MR_SIM_BASE_JSON_H

#include "sim/base/strbuf.h"

#define MR_JSON_DEPTH_MAX 32

typedef struct mr_json {
    mr_strbuf *out; /* borrowed */
    int depth;
    bool is_array[MR_JSON_DEPTH_MAX];
    bool has_member[MR_JSON_DEPTH_MAX];
    bool after_key;
} mr_json;

mr_json mr_json_make(mr_strbuf *out);

void mr_json_object_begin(mr_json *json);
void mr_json_object_end(mr_json *json);
void mr_json_array_begin(mr_json *json);
void mr_json_array_end(mr_json *json);

void mr_json_key(mr_json *json, const char *key);
void mr_json_string(mr_json *json, mr_bytes value);
void mr_json_text(mr_json *json, const char *value); /* NULL writes null */
void mr_json_int(mr_json *json, int64_t value);
void mr_json_uint(mr_json *json, uint64_t value);
void mr_json_double(mr_json *json, double value); /* as JSON.stringify; NaN and infinity: null */
void mr_json_bool(mr_json *json, bool value);
void mr_json_null(mr_json *json);
void mr_json_raw(mr_json *json, mr_bytes value); /* a finished JSON value */

void mr_json_field_string(mr_json *json, const char *key, const char *value);
void mr_json_field_bytes(mr_json *json, const char *key, mr_bytes value);
void mr_json_field_int(mr_json *json, const char *key, int64_t value);
void mr_json_field_bool(mr_json *json, const char *key, bool value);

/* How many bytes from `from` on mean themselves in a JSON string: ASCII, but no quote, backslash or
 * control character. Eight at a time. */
size_t mr_json_plain_run(mr_bytes value, size_t from);
/* Appends value as a quoted JSON string. Fast for plain ASCII. */
void mr_json_append_string(mr_strbuf *out, mr_bytes value);

/* Appends value as JavaScript prints a number: shortest digits that read back the same,
 * exponent form below 1e-6 and from 1e21. NaN and the infinities are written null. */
void mr_json_append_double(mr_strbuf *out, double value);

#endif
