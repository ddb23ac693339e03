/* sigv4_canonical.c - the texts that are signed: a request in its one canonical spelling, and the
 * string to sign that holds its hash. See sigv4.h. */
#include "src/aws/sigv4_private.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "src/aws/uri.h"

#include <stdio.h>
#include <stdlib.h>

void sigv4_sha256_hex(mr_bytes bytes, char out[MR_SIGV4_HEX_SIZE])
{
    uint8_t sum[32];
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, bytes.at, bytes.len);
    size_t size = mr_digest_finish(digest, sum);
    mr_digest_free(digest);
    mr_hex(sum, size, out);
}

/* ---- the path ---- */

/* Takes the last "/segment" away again. start: where the path begins in out. */
static void drop_segment(mr_strbuf *out, size_t start)
{
    while (out->len > start) {
        out->len--;
        if (out->at[out->len] == '/') {
            break;
        }
    }
    if (out->at != NULL) {
        out->at[out->len] = '\0';
    }
}

/* Empty and dot segments go (RFC 3986, 5.2.4); the others are encoded as they are on the wire, so
 * that what was encoded there is encoded twice. */
static void append_tidy_path(mr_strbuf *out, mr_bytes path)
{
    size_t start = out->len;
    bool ends_in_slash = path.len > 0 && path.at[path.len - 1] == '/';
    while (path.len > 0) {
        size_t len = mr_bytes_find(path, '/');
        mr_bytes segment = mr_bytes_make(path.at, len);
        size_t taken = mr_min_size(len + 1, path.len);
        path = mr_bytes_make(path.at + taken, path.len - taken);
        if (mr_bytes_is(segment, "..")) {
            drop_segment(out, start);
        } else if (segment.len > 0 && !mr_bytes_is(segment, ".")) {
            mr_strbuf_append_char(out, '/');
            mr_uri_encode(out, segment, false);
        }
    }
    if (ends_in_slash || out->len == start) {
        mr_strbuf_append_char(out, '/');
    }
}

/* S3 encodes the key once. A client may have left more characters bare on the wire than are bare in
 * what it signed, so the key itself is what counts. */
static void append_s3_path(mr_strbuf *out, mr_bytes path)
{
    if (path.len == 0) {
        mr_strbuf_append_char(out, '/');
        return;
    }
    mr_strbuf key = mr_strbuf_make(path.len);
    mr_uri_decode(&key, path, false);
    mr_uri_encode(out, mr_strbuf_bytes(&key), true);
    mr_strbuf_deinit(&key);
}

/* ---- the query ---- */

/* A name and its value, encoded: at first places in one buffer, which moves while it grows. */
typedef struct parameter {
    size_t name_at, name_len, value_len; /* the value follows the name */
    const char *base;
} parameter;

static int compare_parameters(const void *left, const void *right)
{
    const parameter *a = left;
    const parameter *b = right;
    int order = mr_bytes_compare(mr_bytes_make(a->base + a->name_at, a->name_len),
                                 mr_bytes_make(b->base + b->name_at, b->name_len));
    return order != 0
               ? order
               : mr_bytes_compare(mr_bytes_make(a->base + a->name_at + a->name_len, a->value_len),
                                  mr_bytes_make(b->base + b->name_at + b->name_len, b->value_len));
}

/* Appends a text in its one spelling, whichever way it was written. Returns its length. */
static size_t append_recoded(mr_strbuf *out, mr_bytes encoded, mr_strbuf *scratch)
{
    size_t from = out->len;
    mr_strbuf_reset(scratch);
    mr_uri_decode(scratch, encoded, true);
    mr_uri_encode(out, mr_strbuf_bytes(scratch), false);
    return out->len - from;
}

/* Recodes all parameters into text. Returns them sorted by name and value; owned. */
static parameter *sorted_parameters(const mr_sigv4_request *request, bool presigned,
                                    mr_strbuf *text, size_t *count)
{
    parameter *parameters = NULL;
    size_t capacity = 0;
    mr_strbuf scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes rest = request->query;
    mr_uri_parameter next;
    *count = 0;
    while (mr_uri_next_parameter(&rest, &next)) {
        parameter one = {.name_at = text->len};
        one.name_len = append_recoded(text, next.name, &scratch);
        one.value_len = append_recoded(text, next.value, &scratch);
        if (presigned &&
            mr_bytes_is(mr_bytes_make(text->at + one.name_at, one.name_len), "X-Amz-Signature")) {
            continue; /* it cannot sign itself */
        }
        MR_GROW(parameters, *count, capacity);
        parameters[(*count)++] = one;
    }
    mr_strbuf_deinit(&scratch);
    for (size_t i = 0; i < *count; i++) {
        parameters[i].base = text->at;
    }
    if (*count > 0) {
        qsort(parameters, *count, sizeof(*parameters), compare_parameters);
    }
    return parameters;
}

static void append_query(mr_strbuf *out, const mr_sigv4_request *request, bool presigned)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    size_t count;
    parameter *parameters = sorted_parameters(request, presigned, &text, &count);
    for (size_t i = 0; i < count; i++) {
        const parameter *p = &parameters[i];
        if (i > 0) {
            mr_strbuf_append_char(out, '&');
        }
        mr_strbuf_append(out, p->base + p->name_at, p->name_len);
        mr_strbuf_append_char(out, '=');
        mr_strbuf_append(out, p->base + p->name_at + p->name_len, p->value_len);
    }
    mr_free(parameters);
    mr_strbuf_deinit(&text);
}

/* ---- the headers ---- */

/* Without blanks at the ends; each run of them inside is one. */
static void append_value(mr_strbuf *out, mr_bytes value)
{
    value = mr_bytes_trim(value);
    bool in_blanks = false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        if (c == '\t') {
            c = ' ';
        }
        if (c != ' ' || !in_blanks) {
            mr_strbuf_append_char(out, c);
        }
        in_blanks = c == ' ';
    }
}

void sigv4_append_lower(mr_strbuf *out, mr_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c | 0x20);
        }
        mr_strbuf_append_char(out, c);
    }
}

/* "name:value,value\n": one that is signed but did not come has no value. */
static void append_header(mr_strbuf *out, const mr_sigv4_request *request, mr_bytes name)
{
    sigv4_append_lower(out, name);
    mr_strbuf_append_char(out, ':');
    bool first = true;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!mr_bytes_equal_nocase(request->headers[i].name, name)) {
            continue;
        }
        if (!first) {
            mr_strbuf_append_char(out, ',');
        }
        append_value(out, request->headers[i].value);
        first = false;
    }
    mr_strbuf_append_char(out, '\n');
}

bool sigv4_next_name(mr_bytes *names, mr_bytes *out)
{
    if (names->len == 0) {
        return false;
    }
    size_t len = mr_bytes_find(*names, ';');
    size_t taken = mr_min_size(len + 1, names->len);
    *out = mr_bytes_make(names->at, len);
    *names = mr_bytes_make(names->at + taken, names->len - taken);
    return true;
}

/* A client may sign one header a thousand times: what is too long anyway is not worked out. */
static void append_headers(mr_strbuf *out, const mr_sigv4_request *request, mr_bytes names)
{
    mr_bytes name;
    while (!out->overflowed && sigv4_next_name(&names, &name)) {
        append_header(out, request, name);
    }
}

/* ---- the whole ---- */

mr_bytes sigv4_payload_line(const mr_sigv4_request *request, const mr_sigv4_auth *auth, bool s3,
                            char hash[MR_SIGV4_HEX_SIZE])
{
    if (s3) {
        mr_bytes said = sigv4_header(request, "x-amz-content-sha256");
        if (said.len > 0) {
            return said;
        }
        if (auth->presigned) {
            return MR_BYTES_LITERAL(MR_SIGV4_UNSIGNED);
        }
    }
    sigv4_sha256_hex(request->body, hash);
    return mr_bytes_of(hash);
}

void mr_sigv4_canonical_request(const mr_sigv4_request *request, const mr_sigv4_auth *auth, bool s3,
                                mr_strbuf *out)
{
    mr_strbuf_append_bytes(out, request->method);
    mr_strbuf_append_char(out, '\n');
    if (s3) {
        append_s3_path(out, request->path);
    } else {
        append_tidy_path(out, request->path);
    }
    mr_strbuf_append_char(out, '\n');
    append_query(out, request, auth->presigned);
    mr_strbuf_append_char(out, '\n');
    append_headers(out, request, auth->signed_headers);
    mr_strbuf_append_char(out, '\n');
    sigv4_append_lower(out, auth->signed_headers);
    mr_strbuf_append_char(out, '\n');
    char hash[MR_SIGV4_HEX_SIZE];
    mr_strbuf_append_bytes(out, sigv4_payload_line(request, auth, s3, hash));
}

/* ---- the time ---- */

static bool all_digits(mr_bytes bytes, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        if (bytes.at[i] < '0' || bytes.at[i] > '9') {
            return false;
        }
    }
    return true;
}

static int number_at(const char *at, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* "Sun, 30 Aug 2015 12:36:00 GMT" (RFC 9110, "Date/Time Formats"). The weekday is not looked at. */
static bool time_of_http_date(mr_bytes time, char out[MR_SIGV4_DATE_SIZE])
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (time.len != 29 || !mr_bytes_ends_with(time, MR_BYTES_LITERAL(" GMT")) ||
        !all_digits(time, 5, 2) || !all_digits(time, 12, 4) || !all_digits(time, 17, 2) ||
        !all_digits(time, 20, 2) || !all_digits(time, 23, 2)) {
        return false;
    }
    for (int month = 1; month <= 12; month++) {
        if (memcmp(months + 3 * (size_t)(month - 1), time.at + 8, 3) == 0) {
            (void)snprintf(out, MR_SIGV4_DATE_SIZE, "%.4s%02d%.2sT%.2s%.2s%.2sZ", time.at + 12,
                           month, time.at + 5, time.at + 17, time.at + 20, time.at + 23);
            return true;
        }
    }
    return false;
}

bool sigv4_time_text(mr_bytes time, char out[MR_SIGV4_DATE_SIZE])
{
    bool basic = time.len == MR_SIGV4_DATE_SIZE - 1 && all_digits(time, 0, 8) &&
                 time.at[8] == 'T' && all_digits(time, 9, 6) && time.at[15] == 'Z';
    if (!basic) {
        return time_of_http_date(time, out);
    }
    memcpy(out, time.at, time.len);
    out[time.len] = '\0';
    return true;
}

int64_t sigv4_time_us(const char text[MR_SIGV4_DATE_SIZE])
{
    mr_civil civil = {.year = number_at(text, 4),
                      .month = number_at(text + 4, 2),
                      .day = number_at(text + 6, 2),
                      .hour = number_at(text + 9, 2),
                      .minute = number_at(text + 11, 2),
                      .second = number_at(text + 13, 2)};
    return mr_civil_to_us(&civil);
}

bool mr_sigv4_string_to_sign(const mr_sigv4_auth *auth, mr_bytes canonical, mr_strbuf *out)
{
    char time[MR_SIGV4_DATE_SIZE];
    if (!sigv4_time_text(auth->time, time)) {
        return false;
    }
    char hash[MR_SIGV4_HEX_SIZE];
    sigv4_sha256_hex(canonical, hash);
    mr_strbuf_append_text(out, MR_SIGV4_ALGORITHM "\n");
    mr_strbuf_append_text(out, time);
    const mr_bytes scope[] = {auth->date, auth->region, auth->service, auth->terminator};
    for (size_t i = 0; i < MR_COUNT(scope); i++) {
        mr_strbuf_append_char(out, i == 0 ? '\n' : '/');
        mr_strbuf_append_bytes(out, scope[i]);
    }
    mr_strbuf_append_char(out, '\n');
    mr_strbuf_append_text(out, hash);
    return true;
}
