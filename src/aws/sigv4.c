/* sigv4.c - verifying and signing; see sigv4.h. Both make the same two texts and the same key, so
 * that a mistake cannot hide in a round trip of its own: the tests hold them to AWS's vectors. */
#include "src/aws/sigv4_private.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

const char *mr_sigv4_error_type(mr_sigv4_outcome outcome)
{
    switch (outcome) {
    case MR_SIGV4_OK:
        return NULL;
    case MR_SIGV4_MISSING:
        return "MissingAuthenticationTokenException";
    case MR_SIGV4_INCOMPLETE:
        return "IncompleteSignatureException";
    case MR_SIGV4_TWICE:
    case MR_SIGV4_WRONG_SCOPE:
    case MR_SIGV4_WRONG_BODY:
    case MR_SIGV4_WRONG:
    case MR_SIGV4_EXPIRED:
    case MR_SIGV4_SKEWED:
        break;
    }
    return "InvalidSignatureException";
}

/* ---- the signature ---- */

typedef struct sum {
    uint8_t bytes[32];
} sum;

static sum hmac(mr_bytes key, mr_bytes text)
{
    sum out;
    unsigned int size = 0;
    MR_ASSERT(key.len <= INT32_MAX);
    const unsigned char *done = HMAC(EVP_sha256(), key.len == 0 ? "" : key.at, (int)key.len,
                                     (const unsigned char *)text.at, text.len, out.bytes, &size);
    MR_ASSERT(done != NULL);
    MR_ASSERT(size == sizeof(out.bytes));
    return out;
}

static sum hmac_with(const sum *key, mr_bytes text)
{
    return hmac(mr_bytes_make(key->bytes, sizeof(key->bytes)), text);
}

/* The key is made for a day, a region and a service, and is good for nothing else. */
static void signature_hex(const mr_sigv4_auth *auth, mr_bytes secret, mr_bytes string_to_sign,
                          char out[MR_SIGV4_HEX_SIZE])
{
    mr_strbuf start = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&start, "AWS4");
    mr_strbuf_append_bytes(&start, secret);
    sum key = hmac(mr_strbuf_bytes(&start), auth->date);
    key = hmac_with(&key, auth->region);
    key = hmac_with(&key, auth->service);
    key = hmac_with(&key, auth->terminator);
    sum signature = hmac_with(&key, string_to_sign);
    mr_hex(signature.bytes, sizeof(signature.bytes), out);
    mr_strbuf_deinit(&start);
}

/* ---- verifying ---- */

static bool signs_host(const mr_sigv4_auth *auth)
{
    mr_bytes names = auth->signed_headers;
    mr_bytes name;
    while (sigv4_next_name(&names, &name)) {
        if (mr_bytes_equal_nocase(name, MR_BYTES_LITERAL("host"))) {
            return true;
        }
    }
    return false;
}

static mr_sigv4_outcome check_form(const mr_sigv4_auth *auth, char time[MR_SIGV4_DATE_SIZE],
                                   mr_strbuf *message)
{
    if (!sigv4_time_text(auth->time, time)) {
        mr_strbuf_append_text(message, "Date must be in ISO-8601 'basic format'. Got '");
        mr_strbuf_append_bytes(message, auth->time);
        mr_strbuf_append_text(message, "'. See http://en.wikipedia.org/wiki/ISO_8601");
        return MR_SIGV4_INCOMPLETE;
    }
    if (!signs_host(auth)) {
        mr_strbuf_append_text(message, "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                       "Authorization.");
        return MR_SIGV4_WRONG_SCOPE;
    }
    if (!mr_bytes_is(auth->algorithm, MR_SIGV4_ALGORITHM)) {
        mr_strbuf_append_text(message, "Unsupported AWS 'algorithm': '");
        mr_strbuf_append_bytes(message, auth->algorithm);
        mr_strbuf_append_text(message, "' (only AWS4-HMAC-SHA256 for now). ");
        return MR_SIGV4_INCOMPLETE;
    }
    if (auth->terminator.at == NULL) {
        mr_strbuf_append_text(message, "Credential must have exactly 5 slash-delimited elements, "
                                       "e.g. keyid/date/region/service/term, got '");
        mr_strbuf_append_bytes(message, auth->credential);
        mr_strbuf_append_char(message, '\'');
        return MR_SIGV4_INCOMPLETE;
    }
    return MR_SIGV4_OK;
}

/* A blank before every sentence but the first. */
static void begin_sentence(mr_strbuf *message, size_t from)
{
    if (message->len > from) {
        mr_strbuf_append_char(message, ' ');
    }
}

static mr_sigv4_outcome check_scope(const mr_sigv4_auth *auth, const mr_sigv4_check *check,
                                    const char time[MR_SIGV4_DATE_SIZE], mr_strbuf *message)
{
    size_t from = message->len;
    bool fits = true;
    if (check->service.len > 0 && !mr_bytes_equal(auth->service, check->service)) {
        mr_strbuf_append_text(message, "Credential should be scoped to correct service: '");
        mr_strbuf_append_bytes(message, check->service);
        mr_strbuf_append_text(message, "'.");
        fits = false;
    }
    if (!mr_bytes_is(auth->terminator, SIGV4_TERMINATOR)) {
        begin_sentence(message, from);
        mr_strbuf_append_text(
            message,
            "Credential should be scoped with a valid terminator: '" SIGV4_TERMINATOR "', not '");
        mr_strbuf_append_bytes(message, auth->terminator);
        mr_strbuf_append_text(message, "'.");
        fits = false;
    }
    if (!mr_bytes_equal(auth->date, mr_bytes_make(time, 8))) {
        begin_sentence(message, from);
        mr_strbuf_append_text(message, "Date in Credential scope does not match YYYYMMDD from "
                                       "ISO-8601 version of date from HTTP: '");
        mr_strbuf_append_bytes(message, auth->date);
        mr_strbuf_appendf(message, "' != '%.8s', from '%s'.", time, time);
        fits = false;
    }
    return fits ? MR_SIGV4_OK : MR_SIGV4_WRONG_SCOPE;
}

/* S3: a header that is a hash promises the body; anything else (UNSIGNED-PAYLOAD, STREAMING-...)
 * promises nothing here. */
static mr_sigv4_outcome check_body(const mr_sigv4_request *request, const mr_sigv4_check *check,
                                   mr_strbuf *message)
{
    mr_bytes said = sigv4_header(request, "x-amz-content-sha256");
    if (!check->s3 || said.len != MR_SIGV4_HEX_SIZE - 1) {
        return MR_SIGV4_OK;
    }
    char hash[MR_SIGV4_HEX_SIZE];
    sigv4_sha256_hex(request->body, hash);
    if (mr_bytes_equal_nocase(said, mr_bytes_of(hash))) {
        return MR_SIGV4_OK;
    }
    mr_strbuf_append_text(message, "The provided 'x-amz-content-sha256' header does not match what "
                                   "was computed.");
    return MR_SIGV4_WRONG_BODY;
}

static void say_what_should_be_signed(mr_bytes canonical, mr_bytes string_to_sign,
                                      mr_strbuf *message)
{
    mr_strbuf_append_text(message,
                          "The request signature we calculated does not match the signature you "
                          "provided. Check your AWS Secret Access Key and signing method. Consult "
                          "the service documentation for details.\n\nThe Canonical String for this "
                          "request should have been\n'");
    mr_strbuf_append_bytes(message, canonical);
    mr_strbuf_append_text(message, "'\n\nThe String-to-Sign should have been\n'");
    mr_strbuf_append_bytes(message, string_to_sign);
    mr_strbuf_append_text(message, "'\n");
}

static mr_sigv4_outcome check_signature(const mr_sigv4_request *request, const mr_sigv4_auth *auth,
                                        const mr_sigv4_check *check, mr_strbuf *message)
{
    mr_strbuf canonical = mr_strbuf_make(MR_SIGV4_CANONICAL_MAX);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_sigv4_canonical_request(request, auth, check->s3, &canonical);
    bool made = mr_sigv4_string_to_sign(auth, mr_strbuf_bytes(&canonical), &text);
    MR_ASSERT(made); /* the time's form has been checked */
    char want[MR_SIGV4_HEX_SIZE];
    signature_hex(auth, check->secret, mr_strbuf_bytes(&text), want);

    mr_sigv4_outcome outcome = MR_SIGV4_OK;
    bool same = auth->signature.len == MR_SIGV4_HEX_SIZE - 1 &&
                CRYPTO_memcmp(auth->signature.at, want, auth->signature.len) == 0;
    if (!same || canonical.overflowed) {
        say_what_should_be_signed(mr_strbuf_bytes(&canonical), mr_strbuf_bytes(&text), message);
        outcome = MR_SIGV4_WRONG;
    }
    mr_strbuf_deinit(&canonical);
    mr_strbuf_deinit(&text);
    return outcome;
}

static mr_sigv4_outcome check_expiry(const mr_sigv4_auth *auth, const mr_sigv4_check *check,
                                     const char time[MR_SIGV4_DATE_SIZE], mr_strbuf *message)
{
    if (!check->expiry || !auth->presigned || auth->expires.at == NULL) {
        return MR_SIGV4_OK;
    }
    int64_t seconds = 0;
    if (!mr_bytes_to_int64(auth->expires, &seconds) || seconds < 0 || seconds > INT32_MAX) {
        mr_strbuf_append_text(message, "X-Amz-Expires should be a number");
        return MR_SIGV4_INCOMPLETE;
    }
    if (check->now_us <= sigv4_time_us(time) + seconds * MR_US_PER_SECOND) {
        return MR_SIGV4_OK;
    }
    mr_strbuf_append_text(message, "Request has expired");
    return MR_SIGV4_EXPIRED;
}

static void format_time(int64_t time_us, char out[MR_SIGV4_DATE_SIZE])
{
    char iso[MR_ISO_SIZE]; /* "2015-08-30T12:36:00.000000Z" */
    mr_iso_format(time_us, iso);
    (void)snprintf(out, MR_SIGV4_DATE_SIZE, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", iso, iso + 5, iso + 8,
                   iso + 11, iso + 14, iso + 17);
}

/* The clocks of a client and of the service go apart by so much at most. */
static mr_sigv4_outcome check_skew(const mr_sigv4_auth *auth, const mr_sigv4_check *check,
                                   const char time[MR_SIGV4_DATE_SIZE], mr_strbuf *message)
{
    const int64_t off_us = check->now_us - sigv4_time_us(time);
    const bool late = off_us > MR_SIGV4_SKEW_US && auth->expires.at == NULL;
    if (!check->skew || (!late && off_us >= -MR_SIGV4_SKEW_US)) {
        return MR_SIGV4_OK;
    }
    char now[MR_SIGV4_DATE_SIZE], bound[MR_SIGV4_DATE_SIZE];
    format_time(check->now_us, now);
    format_time(check->now_us + (late ? -MR_SIGV4_SKEW_US : MR_SIGV4_SKEW_US), bound);
    mr_strbuf_appendf(message,
                      late ? "Signature expired: %s is now earlier than %s (%s - 15 min.)"
                           : "Signature not yet current: %s is still later than %s (%s + 15 min.)",
                      time, bound, now);
    return MR_SIGV4_SKEWED;
}

mr_sigv4_outcome mr_sigv4_verify(const mr_sigv4_request *request, const mr_sigv4_auth *auth,
                                 const mr_sigv4_check *check, mr_strbuf *message)
{
    char time[MR_SIGV4_DATE_SIZE];
    mr_sigv4_outcome outcome = check_form(auth, time, message);
    if (outcome == MR_SIGV4_OK) {
        outcome = check_scope(auth, check, time, message);
    }
    if (outcome == MR_SIGV4_OK) {
        outcome = check_body(request, check, message);
    }
    if (outcome == MR_SIGV4_OK) {
        outcome = check_signature(request, auth, check, message);
    }
    if (outcome == MR_SIGV4_OK) {
        outcome = check_expiry(auth, check, time, message);
    }
    return outcome == MR_SIGV4_OK ? check_skew(auth, check, time, message) : outcome;
}

/* ---- signing ---- */

/* By name, in any case; HTTP's names are ASCII. */
static int compare_names(const void *left, const void *right)
{
    const mr_sigv4_field *a = left;
    const mr_sigv4_field *b = right;
    int order = strncasecmp(a->name.at, b->name.at, mr_min_size(a->name.len, b->name.len));
    return order != 0 ? order : a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}

/* Every name once, in order, lower case: "host;x-amz-date". */
static void append_signed_headers(const mr_sigv4_request *request, mr_strbuf *out)
{
    mr_sigv4_field *sorted = mr_calloc(request->header_count, sizeof(*sorted));
    memcpy(sorted, request->headers, request->header_count * sizeof(*sorted));
    qsort(sorted, request->header_count, sizeof(*sorted), compare_names);
    for (size_t i = 0; i < request->header_count; i++) {
        mr_bytes name = sorted[i].name;
        if (i > 0 && mr_bytes_equal_nocase(name, sorted[i - 1].name)) {
            continue;
        }
        if (i > 0) {
            mr_strbuf_append_char(out, ';');
        }
        sigv4_append_lower(out, name);
    }
    mr_free(sorted);
}

/* The request's own headers and those that signing adds. Owned. */
static mr_sigv4_field *all_headers(const mr_sigv4_request *request, const mr_sigv4_signing *signing,
                                   const mr_sigv4_signed *out, size_t *count)
{
    mr_sigv4_field *all = mr_calloc(request->header_count + 3, sizeof(*all));
    size_t n = 0;
    for (; n < request->header_count; n++) {
        all[n] = request->headers[n];
    }
    all[n++] = (mr_sigv4_field){MR_BYTES_LITERAL("x-amz-date"), mr_bytes_of(out->date)};
    if (signing->session_token.len > 0) {
        all[n++] =
            (mr_sigv4_field){MR_BYTES_LITERAL("x-amz-security-token"), signing->session_token};
    }
    if (signing->s3) {
        all[n++] = (mr_sigv4_field){MR_BYTES_LITERAL("x-amz-content-sha256"),
                                    mr_bytes_of(out->payload_hash)};
    }
    *count = n;
    return all;
}

static void append_authorization(const mr_sigv4_auth *auth, const char *signature, mr_strbuf *out)
{
    mr_strbuf_append_text(out, MR_SIGV4_ALGORITHM " Credential=");
    mr_strbuf_append_bytes(out, auth->access_key);
    const mr_bytes scope[] = {auth->date, auth->region, auth->service, auth->terminator};
    for (size_t i = 0; i < MR_COUNT(scope); i++) {
        mr_strbuf_append_char(out, '/');
        mr_strbuf_append_bytes(out, scope[i]);
    }
    mr_strbuf_append_text(out, ", SignedHeaders=");
    mr_strbuf_append_bytes(out, auth->signed_headers);
    mr_strbuf_append_text(out, ", Signature=");
    mr_strbuf_append_text(out, signature);
}

void mr_sigv4_sign(const mr_sigv4_request *request, const mr_sigv4_signing *signing,
                   mr_sigv4_signed *out)
{
    *out = (mr_sigv4_signed){.authorization = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    format_time(signing->time_us, out->date);
    sigv4_sha256_hex(request->body, out->payload_hash);

    mr_sigv4_request whole = *request;
    mr_sigv4_field *headers = all_headers(request, signing, out, &whole.header_count);
    whole.headers = headers;
    mr_strbuf names = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_signed_headers(&whole, &names);
    mr_sigv4_auth auth = {.access_key = signing->access_key,
                          .date = mr_bytes_make(out->date, 8),
                          .region = signing->region,
                          .service = signing->service,
                          .terminator = MR_BYTES_LITERAL(SIGV4_TERMINATOR),
                          .signed_headers = mr_strbuf_bytes(&names),
                          .time = mr_bytes_of(out->date)};

    mr_strbuf canonical = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_sigv4_canonical_request(&whole, &auth, signing->s3, &canonical);
    bool made = mr_sigv4_string_to_sign(&auth, mr_strbuf_bytes(&canonical), &text);
    MR_ASSERT(made);
    char signature[MR_SIGV4_HEX_SIZE];
    signature_hex(&auth, signing->secret, mr_strbuf_bytes(&text), signature);
    append_authorization(&auth, signature, &out->authorization);

    mr_strbuf_deinit(&canonical);
    mr_strbuf_deinit(&text);
    mr_strbuf_deinit(&names);
    mr_free(headers);
}

void mr_sigv4_signed_deinit(mr_sigv4_signed *out)
{
    mr_strbuf_deinit(&out->authorization);
}
