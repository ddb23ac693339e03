/* sigv4_fuzz.c - any bytes as a request: it is read and judged without harm, and what we sign
 * ourselves is right, whatever the request is, and wrong under another secret.
 *
 * The bytes: "METHOD path?query", then a line for each header ("name: value"), an empty line, body.
 */
#include "src/aws/sigv4.h"

#include "sim/base/alloc.h"

#define HEADERS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct request {
    mr_sigv4_request r;
    mr_sigv4_field fields[HEADERS_MAX + 4]; /* room for those that signing adds */
} request;

static mr_bytes take_until(mr_bytes *rest, char end)
{
    size_t len = mr_bytes_find(*rest, end);
    size_t taken = mr_min_size(len + 1, rest->len);
    mr_bytes piece = mr_bytes_make(rest->at, len);
    *rest = mr_bytes_make(rest->at + taken, rest->len - taken);
    return piece;
}

static void parse(mr_bytes bytes, request *out)
{
    *out = (request){.r = {.headers = out->fields}};
    mr_bytes line = take_until(&bytes, '\n');
    out->r.method = take_until(&line, ' ');
    out->r.path = take_until(&line, '?');
    out->r.query = line;
    while (bytes.len > 0 && out->r.header_count < HEADERS_MAX) {
        line = take_until(&bytes, '\n');
        if (line.len == 0) {
            break;
        }
        mr_bytes name = take_until(&line, ':');
        out->fields[out->r.header_count++] = (mr_sigv4_field){name, line};
    }
    out->r.body = bytes;
}

static bool is_within(mr_bytes view, mr_bytes whole)
{
    return view.len == 0 || (view.at >= whole.at && view.at + view.len <= whole.at + whole.len);
}

static void judge_as_it_is(const request *in, mr_bytes whole)
{
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(8 * MR_MIB);
    mr_sigv4_outcome outcome = mr_sigv4_read(&in->r, &auth, &message);
    mr_bytes decoded = mr_strbuf_bytes(&auth.decoded);
    MR_ASSERT((outcome == MR_SIGV4_OK) == (message.len == 0));
    MR_ASSERT(is_within(auth.credential, whole) || is_within(auth.credential, decoded));
    MR_ASSERT(is_within(auth.access_key, auth.credential));
    MR_ASSERT(is_within(auth.terminator, auth.credential));
    for (int s3 = 0; outcome == MR_SIGV4_OK && s3 < 2; s3++) {
        mr_sigv4_check check = {.secret = MR_BYTES_LITERAL("secret"),
                                .s3 = s3 == 1,
                                .expiry = true,
                                .skew = true,
                                .now_us = 1};
        mr_sigv4_outcome verdict = mr_sigv4_verify(&in->r, &auth, &check, &message);
        MR_ASSERT(verdict != MR_SIGV4_TWICE);
        MR_ASSERT(verdict != MR_SIGV4_MISSING);
    }
    mr_sigv4_auth_deinit(&auth);
    mr_strbuf_deinit(&message);
}

/* Headers that signing would add twice, or that a client may not send unsigned. */
static bool is_ours(mr_bytes name)
{
    static const char *const names[] = {"authorization", "host", "x-amz-date",
                                        "x-amz-security-token", "x-amz-content-sha256"};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (mr_bytes_equal_nocase(name, mr_bytes_of(names[i]))) {
            return true;
        }
    }
    return mr_bytes_find(name, ';') < name.len || mr_bytes_find(name, ',') < name.len ||
           mr_bytes_find(name, ' ') < name.len || mr_bytes_find(name, '=') < name.len ||
           mr_bytes_find(name, '\t') < name.len || name.len == 0;
}

static void keep_foreign_headers(request *in)
{
    size_t kept = 0;
    for (size_t i = 0; i < in->r.header_count; i++) {
        if (!is_ours(in->fields[i].name)) {
            in->fields[kept++] = in->fields[i];
        }
    }
    in->fields[kept++] =
        (mr_sigv4_field){MR_BYTES_LITERAL("Host"), MR_BYTES_LITERAL("localhost:4566")};
    in->r.header_count = kept;
}

static void sign_and_judge(request *in, bool s3)
{
    keep_foreign_headers(in);
    mr_sigv4_signing signing = {.access_key = MR_BYTES_LITERAL("AKID"),
                                .secret = MR_BYTES_LITERAL("secret"),
                                .region = MR_BYTES_LITERAL("us-east-1"),
                                .service = MR_BYTES_LITERAL("kinesis"),
                                .s3 = s3};
    mr_sigv4_signed out;
    mr_sigv4_sign(&in->r, &signing, &out);
    mr_sigv4_field *more = &in->fields[in->r.header_count];
    *more++ = (mr_sigv4_field){MR_BYTES_LITERAL("X-Amz-Date"), mr_bytes_of(out.date)};
    *more++ =
        (mr_sigv4_field){MR_BYTES_LITERAL("Authorization"), mr_strbuf_bytes(&out.authorization)};
    in->r.header_count += 2;
    if (s3) {
        *more = (mr_sigv4_field){MR_BYTES_LITERAL("X-Amz-Content-Sha256"),
                                 mr_bytes_of(out.payload_hash)};
        in->r.header_count++;
    }
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(8 * MR_MIB);
    mr_sigv4_outcome outcome = mr_sigv4_read(&in->r, &auth, &message);
    if (outcome == MR_SIGV4_OK) {
        mr_sigv4_check check = {.secret = signing.secret, .service = signing.service, .s3 = s3};
        outcome = mr_sigv4_verify(&in->r, &auth, &check, &message);
        MR_ASSERT(outcome == MR_SIGV4_OK);
        check.secret = MR_BYTES_LITERAL("another");
        MR_ASSERT(mr_sigv4_verify(&in->r, &auth, &check, &message) == MR_SIGV4_WRONG);
    } else {
        MR_ASSERT(outcome == MR_SIGV4_TWICE); /* X-Amz-Algorithm in the query */
    }
    mr_sigv4_auth_deinit(&auth);
    mr_sigv4_signed_deinit(&out);
    mr_strbuf_deinit(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 16 * MR_KIB) {
        return 0; /* our own signing has no largest size; the front doors have one */
    }
    mr_bytes bytes = mr_bytes_make(data, size);
    request in;
    parse(bytes, &in);
    judge_as_it_is(&in, bytes);
    sign_and_judge(&in, false);
    parse(bytes, &in);
    sign_and_judge(&in, true);
    return 0;
}
