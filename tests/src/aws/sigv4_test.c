/* sigv4_test.c - signatures against AWS's own examples: the suite "aws-sig-v4-test-suite", the IAM
 * User Guide's ListUsers and the S3 API Reference's requests. */
#include "src/aws/sigv4.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "src/aws/sigv4_private.h"
#include "tests/check.h"

#include <openssl/hmac.h>

#define SECRET    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" /* of the suite and of IAM's page */
#define S3_SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define TIME_US   (INT64_C(1440938160) * MR_US_PER_SECOND) /* 20150830T123600Z */

#define HEADERS_MAX 8

/* A request out of texts: headers as "name: value" lines. Views into the texts. */
typedef struct wire_request {
    mr_sigv4_request r;
    mr_sigv4_field fields[HEADERS_MAX];
} wire_request;

static void make(wire_request *out, const char *method, const char *path, const char *query,
                 const char *headers, const char *body)
{
    *out = (wire_request){.r = {.method = mr_bytes_of(method),
                                .path = mr_bytes_of(path),
                                .query = mr_bytes_of(query),
                                .headers = out->fields,
                                .body = mr_bytes_of(body)}};
    mr_bytes rest = mr_bytes_of(headers);
    while (rest.len > 0) {
        mr_bytes line = mr_bytes_make(rest.at, mr_bytes_find(rest, '\n'));
        size_t taken = mr_min_size(line.len + 1, rest.len);
        rest = mr_bytes_make(rest.at + taken, rest.len - taken);
        size_t colon = mr_bytes_find(line, ':');
        assert_true(colon < line.len && out->r.header_count < HEADERS_MAX);
        out->fields[out->r.header_count++] =
            (mr_sigv4_field){mr_bytes_make(line.at, colon),
                             mr_bytes_make(line.at + colon + 1, line.len - colon - 1)};
    }
}

static mr_sigv4_signing suite_signing(void)
{
    return (mr_sigv4_signing){.access_key = MR_BYTES_LITERAL("AKIDEXAMPLE"),
                              .secret = MR_BYTES_LITERAL(SECRET),
                              .region = MR_BYTES_LITERAL("us-east-1"),
                              .service = MR_BYTES_LITERAL("service"),
                              .time_us = TIME_US};
}

/* Signs, and checks the signature and the headers that it covers. */
static void check_signed(const char *label, const wire_request *request,
                         const mr_sigv4_signing *signing, const char *signed_headers,
                         const char *signature)
{
    mr_sigv4_signed out;
    mr_sigv4_sign(&request->r, signing, &out);
    char *want = mr_format("SignedHeaders=%s, Signature=%s", signed_headers, signature);
    CHECK_HAS(label, mr_strbuf_text(&out.authorization), want);
    mr_free(want);
    mr_sigv4_signed_deinit(&out);
}

static void test_the_suites_requests_get_its_signatures(void **state)
{
    (void)state;
    static const char host[] = "Host:example.amazonaws.com";
#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define PLAIN      "host;x-amz-date"
#define WITH_ONE   "host;my-header1;x-amz-date"
    static const struct {
        const char *name, *method, *path, *query, *headers, *body, *signed_headers, *signature;
    } cases[] = {
        {"get-vanilla", "GET", "/", "", host, "", PLAIN,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"post-vanilla", "POST", "/", "", host, "", PLAIN,
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        {"get-header-key-duplicate", "GET", "/", "",
         "Host:example.amazonaws.com\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1", "",
         WITH_ONE, "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        {"get-header-value-order", "GET", "/", "",
         "Host:example.amazonaws.com\nMy-Header1:value4\nMy-Header1:value1\nMy-Header1:value3\n"
         "My-Header1:value2",
         "", WITH_ONE, "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
        {"get-header-value-trim", "GET", "/", "",
         "Host:example.amazonaws.com\nMy-Header1: value1\nMy-Header2: \"a   b   c\"", "",
         "host;my-header1;my-header2;x-amz-date",
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        {"get-unreserved", "GET", "/" UNRESERVED, "", host, "", PLAIN,
         "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        {"get-utf8", "GET", "/\xe1\x88\xb4", "", host, "", PLAIN,
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        {"get-space", "GET", "/example space/", "", host, "", PLAIN,
         "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
        {"get-relative", "GET", "/example/..", "", host, "", PLAIN,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-relative-relative", "GET", "/example1/example2/../..", "", host, "", PLAIN,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-slash", "GET", "//", "", host, "", PLAIN,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-slash-dot-slash", "GET", "/./", "", host, "", PLAIN,
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"get-slash-pointless-dot", "GET", "/./example", "", host, "", PLAIN,
         "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
        {"get-slashes", "GET", "//example//", "", host, "", PLAIN,
         "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
        {"get-vanilla-query-order-key", "GET", "/", "Param1=value2&Param1=Value1", host, "", PLAIN,
         "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
        {"get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", host, "",
         PLAIN, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        {"get-vanilla-query-order-value", "GET", "/", "Param1=value2&Param1=value1", host, "",
         PLAIN, "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"},
        {"get-vanilla-query-unreserved", "GET", "/", UNRESERVED "=" UNRESERVED, host, "", PLAIN,
         "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
        {"get-vanilla-utf8-query", "GET", "/", "\xe1\x88\xb4=bar", host, "", PLAIN,
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
        {"post-vanilla-query", "POST", "/", "Param1=value1", host, "", PLAIN,
         "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
        {"post-header-value-case", "POST", "/", "", "Host:example.amazonaws.com\nMY-HEADER1:VALUE1",
         "", WITH_ONE, "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
        {"post-x-www-form-urlencoded", "POST", "/", "",
         "Content-Type:application/x-www-form-urlencoded\nHost:example.amazonaws.com",
         "Param1=value1", "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        wire_request request;
        make(&request, cases[i].method, cases[i].path, cases[i].query, cases[i].headers,
             cases[i].body);
        mr_sigv4_signing signing = suite_signing();
        check_signed(cases[i].name, &request, &signing, cases[i].signed_headers,
                     cases[i].signature);
    }
}

static void test_a_session_token_is_signed_with_the_rest(void **state)
{
    (void)state;
    static const char token[] =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp"
        "SPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQ"
        "DYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+s"
        "cqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    wire_request request;
    make(&request, "POST", "/", "", "Host:example.amazonaws.com", "");
    mr_sigv4_signing signing = suite_signing();
    signing.session_token = mr_bytes_of(token);
    check_signed("post-sts-header-before", &request, &signing,
                 "host;x-amz-date;x-amz-security-token",
                 "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
}

/* ---- verifying ---- */

static const char list_users[] =
    "Authorization: AWS4-HMAC-SHA256 "
    "Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\n"
    "content-type: application/x-www-form-urlencoded; charset=utf-8\n"
    "host: iam.amazonaws.com\n"
    "x-amz-date: 20150830T123600Z";

static void test_iams_list_users_is_read_and_right(void **state)
{
    (void)state;
    wire_request request;
    make(&request, "GET", "/", "Action=ListUsers&Version=2010-05-08", list_users, "");
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_INT("read", mr_sigv4_read(&request.r, &auth, &message), MR_SIGV4_OK);
    CHECK_BYTES("access key", auth.access_key, mr_bytes_of("AKIDEXAMPLE"));
    CHECK_BYTES("date", auth.date, mr_bytes_of("20150830"));
    CHECK_BYTES("region", auth.region, mr_bytes_of("us-east-1"));
    CHECK_BYTES("service", auth.service, mr_bytes_of("iam"));
    CHECK_BYTES("signed headers", auth.signed_headers, mr_bytes_of("content-type;host;x-amz-date"));
    CHECK_TRUE("not presigned", !auth.presigned);

    mr_strbuf canonical = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char hash[MR_SIGV4_HEX_SIZE];
    mr_sigv4_canonical_request(&request.r, &auth, false, &canonical);
    sigv4_sha256_hex(mr_strbuf_bytes(&canonical), hash);
    CHECK_STR("canonical request", hash,
              "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");

    mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(SECRET), .service = mr_bytes_of("iam")};
    CHECK_INT("verify", mr_sigv4_verify(&request.r, &auth, &check, &message), MR_SIGV4_OK);
    CHECK_STR("nothing to say", mr_strbuf_text(&message), "");
    mr_strbuf_deinit(&canonical);
    mr_strbuf_deinit(&message);
    mr_sigv4_auth_deinit(&auth);
}

/* Reads and verifies. Returns the outcome; *text: out, what was said; owned. */
static mr_sigv4_outcome judge(const wire_request *request, const mr_sigv4_check *check, char **text)
{
    mr_sigv4_auth auth;
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_sigv4_outcome outcome = mr_sigv4_read(&request->r, &auth, &message);
    if (outcome == MR_SIGV4_OK) {
        outcome = mr_sigv4_verify(&request->r, &auth, check, &message);
    }
    mr_sigv4_auth_deinit(&auth);
    (void)mr_strbuf_reserve(&message, 1);
    *text = mr_strbuf_take(&message);
    return outcome;
}

static void check_judged(const char *label, const wire_request *request,
                         const mr_sigv4_check *check, mr_sigv4_outcome want)
{
    char *text;
    mr_sigv4_outcome got = judge(request, check, &text);
    if (got != want) {
        print_message("%s: %s\n", label, text);
    }
    CHECK_INT(label, got, want);
    mr_free(text);
}

static void test_whatever_was_signed_cannot_change(void **state)
{
    (void)state;
    static const struct {
        const char *label, *method, *path, *query, *host, *body, *secret;
    } cases[] = {
        {"method", "POST", "/", "a=1", "h.example", "body", SECRET},
        {"path", "GET", "/x", "a=1", "h.example", "body", SECRET},
        {"query", "GET", "/", "a=2", "h.example", "body", SECRET},
        {"one parameter more", "GET", "/", "a=1&b", "h.example", "body", SECRET},
        {"host", "GET", "/", "a=1", "i.example", "body", SECRET},
        {"body", "GET", "/", "a=1", "h.example", "bodz", SECRET},
        {"secret", "GET", "/", "a=1", "h.example", "body", "another"},
    };
    mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(SECRET)};
    wire_request good;
    make(&good, "GET", "/", "a=1", "Host: h.example", "body");
    mr_sigv4_signing signing = suite_signing();
    mr_sigv4_signed out;
    mr_sigv4_sign(&good.r, &signing, &out);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *headers = mr_format("Host: %s\nX-Amz-Date: %s\nAuthorization: %s", cases[i].host,
                                  out.date, mr_strbuf_text(&out.authorization));
        wire_request changed;
        make(&changed, cases[i].method, cases[i].path, cases[i].query, headers, cases[i].body);
        mr_sigv4_check with = {.secret = mr_bytes_of(cases[i].secret)};
        check_judged(cases[i].label, &changed, &with, MR_SIGV4_WRONG);
        mr_free(headers);
    }
    char *headers = mr_format("Host:h.example\nX-Amz-Date: %s\nAuthorization: %s\nX-New: 1",
                              out.date, mr_strbuf_text(&out.authorization));
    make(&good, "GET", "/./", "a=1", headers, "body");
    check_judged("an unsigned header and a dot segment may come", &good, &check, MR_SIGV4_OK);
    mr_free(headers);
    mr_sigv4_signed_deinit(&out);
}

static void test_a_time_of_signing_is_no_more_than_a_quarter_of_an_hour_off(void **state)
{
    (void)state;
    const int64_t most_us = INT64_C(15) * 60 * MR_US_PER_SECOND;
    static const char late[] =
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
        "(20150830T125101Z - 15 min.)";
    static const char early[] =
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
        "(20150830T122059Z + 15 min.)";
    const struct {
        const char *label;
        int64_t off_us; /* of the service's clock */
        bool asked;
        const char *want; /* NULL: right */
    } cases[] = {
        {"now", 0, true, NULL},
        {"as late as may be", most_us, true, NULL},
        {"as early as may be", -most_us, true, NULL},
        {"too late", most_us + MR_US_PER_SECOND, true, late},
        {"too early", -most_us - MR_US_PER_SECOND, true, early},
        {"nobody asks", most_us + MR_US_PER_SECOND, false, NULL},
    };
    wire_request request;
    make(&request, "GET", "/", "a=1", "Host: h.example", "body");
    mr_sigv4_signing signing = suite_signing();
    mr_sigv4_signed out;
    mr_sigv4_sign(&request.r, &signing, &out);
    char *headers = mr_format("Host: h.example\nX-Amz-Date: %s\nAuthorization: %s", out.date,
                              mr_strbuf_text(&out.authorization));
    make(&request, "GET", "/", "a=1", headers, "body");
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(SECRET),
                                      .skew = cases[i].asked,
                                      .now_us = TIME_US + cases[i].off_us};
        char *text;
        CHECK_INT(cases[i].label, judge(&request, &check, &text),
                  cases[i].want == NULL ? MR_SIGV4_OK : MR_SIGV4_SKEWED);
        CHECK_STR(cases[i].label, text, cases[i].want == NULL ? "" : cases[i].want);
        mr_free(text);
    }
    CHECK_STR("type", mr_sigv4_error_type(MR_SIGV4_SKEWED), "InvalidSignatureException");
    mr_free(headers);
    mr_sigv4_signed_deinit(&out);
}

static void test_a_wrong_signature_is_told_what_should_have_been_signed(void **state)
{
    (void)state;
    wire_request request;
    make(&request, "POST", "/", "",
         "Host: dynamodb.ap-southeast-2.amazonaws.com\nX-Amz-Date: 20130609T100759Z\n"
         "Authorization: AWS4-HMAC-SHA256 "
         "Credential=a/20130609/ap-southeast-2/dynamodb/aws4_request, SignedHeaders=host, "
         "Signature=b",
         "");
    mr_sigv4_check check = {.secret = MR_BYTES_LITERAL("c")};
    char *text;
    CHECK_INT("outcome", judge(&request, &check, &text), MR_SIGV4_WRONG);
    CHECK_STR("what AWS says", text,
              "The request signature we calculated does not match the signature you provided. "
              "Check your AWS Secret Access Key and signing method. Consult the service "
              "documentation for details.\n\nThe Canonical String for this request should have "
              "been\n'POST\n/\n\nhost:dynamodb.ap-southeast-2.amazonaws.com\n\nhost\n"
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n\nThe "
              "String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20130609T100759Z\n"
              "20130609/ap-southeast-2/dynamodb/aws4_request\n"
              "7b8b82a032afd6014771e3375813fc995dd167b7b3a133a0b86e5925cb000ec5'\n");
    mr_free(text);
}

/* ---- what is missing ---- */

static void check_refused(const char *label, const wire_request *request, const char *type,
                          const char *want)
{
    char *text;
    mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(SECRET), .service = mr_bytes_of("kinesis")};
    mr_sigv4_outcome outcome = judge(request, &check, &text);
    CHECK_TRUE(label, outcome != MR_SIGV4_OK);
    CHECK_STR(label, mr_sigv4_error_type(outcome), type);
    CHECK_STR(label, text, want);
    mr_free(text);
}

#define NEEDS(what) "Authorization header requires '" what "' parameter. "
#define NEEDS_DATE                                                                                 \
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
#define SCOPE "a/20150830/us-east-1/kinesis/aws4_request"

static void test_an_incomplete_header_is_told_what_it_lacks(void **state)
{
    (void)state;
    static const struct {
        const char *label, *headers, *want;
    } cases[] = {
        {"all of it", "Authorization: X",
         NEEDS("Credential") NEEDS("Signature") NEEDS("SignedHeaders") NEEDS_DATE
         "Authorization=X"},
        {"all but the date", "Authorization: Basic abc\nDate: now",
         NEEDS("Credential") NEEDS("Signature") NEEDS("SignedHeaders") "Authorization=Basic abc"},
        {"the first word is no parameter",
         "Authorization: Credential=a, Signature=b, SignedHeaders=c\nX-Amz-Date: d",
         NEEDS("Credential") "Authorization=Credential=a, Signature=b, SignedHeaders=c"},
        {"empty ones", "Authorization: A Credential=,Signature=,SignedHeaders=\nX-Amz-Date: d",
         NEEDS("Credential") NEEDS("Signature")
             NEEDS("SignedHeaders") "Authorization=A Credential=,Signature=,SignedHeaders="},
        {"signature alone is missing", "Authorization: A Credential=a SignedHeaders=b\nDate: d",
         NEEDS("Signature") "Authorization=A Credential=a SignedHeaders=b"},
        {"date alone is missing", "Authorization: A Credential=a,SignedHeaders=b,,Signature=c",
         NEEDS_DATE "Authorization=A Credential=a,SignedHeaders=b,,Signature=c"},
        {"another case is another name",
         "Authorization: A credential=a,SignedHeaders=b,Signature=c\nDate: d",
         NEEDS("Credential") "Authorization=A credential=a,SignedHeaders=b,Signature=c"},
        {"the value ends at a second equals sign",
         "Authorization: A Credential==a,SignedHeaders=b,Signature=c\nDate: d",
         NEEDS("Credential") "Authorization=A Credential==a,SignedHeaders=b,Signature=c"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        wire_request request;
        make(&request, "POST", "/", "", cases[i].headers, "");
        check_refused(cases[i].label, &request, "IncompleteSignatureException", cases[i].want);
    }
}

#define MUST(name) "AWS query-string parameters must include '" name "'. "

static void test_an_incomplete_query_is_told_what_it_lacks(void **state)
{
    (void)state;
    static const struct {
        const char *label, *query, *want;
    } cases[] = {
        {"all of it", "X-Amz-Algorithm",
         MUST("X-Amz-Algorithm") MUST("X-Amz-Credential") MUST("X-Amz-Signature")
             MUST("X-Amz-SignedHeaders") MUST("X-Amz-Date")},
        {"all but the algorithm", "X-Amz-Algorithm=a&X-Amz-Date=",
         MUST("X-Amz-Credential") MUST("X-Amz-Signature") MUST("X-Amz-SignedHeaders")
             MUST("X-Amz-Date")},
        {"date alone",
         "X-Amz-Signature=a&X-Amz-SignedHeaders=b&X-Amz-Credential=c&X-Amz-Algorithm=d",
         MUST("X-Amz-Date")},
        {"names are decoded",
         "X%2DAmz-Signature=a&X-Amz-SignedHeaders=b&X-Amz-Date=c&X-Amz-Algorithm=d",
         MUST("X-Amz-Credential")},
        {"of two the first counts",
         "X-Amz-Algorithm=a&X-Amz-Credential=&X-Amz-Credential=b&X-Amz-Signature=c&"
         "X-Amz-SignedHeaders=d&X-Amz-Date=e",
         MUST("X-Amz-Credential")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        wire_request request;
        make(&request, "POST", "/", cases[i].query, "Date: x", "");
        char *want = mr_format("%sRe-examine the query-string parameters.", cases[i].want);
        check_refused(cases[i].label, &request, "IncompleteSignatureException", want);
        mr_free(want);
    }
}

static void test_none_and_both_are_refused(void **state)
{
    (void)state;
    wire_request request;
    make(&request, "POST", "/", "X-Amz-Credential=a&X-Amz-Signature=b", "X-Amz-Date: c", "");
    check_refused("without X-Amz-Algorithm there is none", &request,
                  "MissingAuthenticationTokenException", "Missing Authentication Token");
    make(&request, "POST", "/", "", "Authorization:   ", "");
    check_refused("an empty header is none", &request, "MissingAuthenticationTokenException",
                  "Missing Authentication Token");
    make(&request, "POST", "/", "X-Amz-Algorithm", "Authorization: x", "");
    check_refused("both", &request, "InvalidSignatureException",
                  "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                  "HTTP header.");
}

static void test_other_parameters_of_the_query_do_not_fill_up_a_header(void **state)
{
    (void)state;
    wire_request request;
    make(&request, "POST", "/", "X-Amz-Credential=a&X-Amz-Signature=b",
         "Authorization: A SignedHeaders=host\nDate: d", "");
    check_refused("query", &request, "IncompleteSignatureException",
                  NEEDS("Credential") NEEDS("Signature") "Authorization=A SignedHeaders=host");
}

static void test_what_has_no_form_is_refused_in_awss_words(void **state)
{
    (void)state;
    static const struct {
        const char *label, *algorithm, *credential, *signed_headers, *date, *type, *want;
    } cases[] = {
        {"time", "AWS4-HMAC-SHA256", SCOPE, "host", "201", "IncompleteSignatureException",
         "Date must be in ISO-8601 'basic format'. Got '201'. See "
         "http://en.wikipedia.org/wiki/ISO_8601"},
        {"no host", "AWS4-HMAC-SHA256", SCOPE, "hosts;date", "20150830T000000Z",
         "InvalidSignatureException",
         "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
        {"algorithm", "AWS4-HMAC-SHA25", SCOPE, "host", "20150830T000000Z",
         "IncompleteSignatureException",
         "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "},
        {"four parts", "AWS4-HMAC-SHA256", "a/b/c/d//", "date;HOST", "20150830T000000Z",
         "IncompleteSignatureException",
         "Credential must have exactly 5 slash-delimited elements, e.g. "
         "keyid/date/region/service/term, got 'a/b/c/d//'"},
        {"six parts", "AWS4-HMAC-SHA256", "a/b/c/d/e/f", "host", "20150830T000000Z",
         "IncompleteSignatureException",
         "Credential must have exactly 5 slash-delimited elements, e.g. "
         "keyid/date/region/service/term, got 'a/b/c/d/e/f'"},
        {"scope", "AWS4-HMAC-SHA256", "a/b/c/d/e", "host", "20130609T095204Z",
         "InvalidSignatureException",
         "Credential should be scoped to correct service: 'kinesis'. Credential should be scoped "
         "with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not "
         "match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20130609', from "
         "'20130609T095204Z'."},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *headers = mr_format(
            "Host: x\nAuthorization: %s Credential=%s, SignedHeaders=%s, Signature=s\nX-Amz-Date: "
            "%s",
            cases[i].algorithm, cases[i].credential, cases[i].signed_headers, cases[i].date);
        wire_request request;
        make(&request, "POST", "/", "", headers, "");
        check_refused(cases[i].label, &request, cases[i].type, cases[i].want);
        mr_free(headers);
    }
}

static void test_the_date_header_will_do(void **state)
{
    (void)state;
    char text[MR_SIGV4_DATE_SIZE];
    CHECK_TRUE("HTTP's form", sigv4_time_text(mr_bytes_of("Sun, 30 Aug 2015 12:36:00 GMT"), text));
    CHECK_STR("as it is signed", text, "20150830T123600Z");
    CHECK_INT("as a time", sigv4_time_us(text), TIME_US);
    static const char *const bad[] = {"",
                                      "20150830T123600",
                                      "20150830 123600Z",
                                      "2O150830T123600Z",
                                      "Sun, 30 Agu 2015 12:36:00 GMT",
                                      "Sun, 30 Aug 2015 12:36:00 CET",
                                      "Sun, 3x Aug 2015 12:36:00 GMT",
                                      "2015-08-30T12:36:00Z"};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        CHECK_TRUE(bad[i], !sigv4_time_text(mr_bytes_of(bad[i]), text));
    }
}

/* ---- S3 ---- */

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define S3_AUTH(names, signature)                                                                  \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"       \
    "aws4_request,SignedHeaders=" names ",Signature=" signature "\n"                               \
    "Host: examplebucket.s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n"

static void test_the_s3_references_requests_are_right(void **state)
{
    (void)state;
    static const struct {
        const char *label, *method, *path, *query, *headers, *body;
    } cases[] = {
        {"GET Object", "GET", "/test.txt", "",
         S3_AUTH(
             "host;range;x-amz-content-sha256;x-amz-date",
             "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") "Range: "
                                                                                 "bytes=0-9\nx-amz-"
                                                                                 "content-sha256:"
                                                                                 " " EMPTY_HASH,
         ""},
        {"PUT Object", "PUT", "/test$file.text", "",
         S3_AUTH(
             "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
             "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd") "Date: Fri, 24 "
                                                                                 "May 2013 "
                                                                                 "00:00:00 "
                                                                                 "GMT\nx-amz-"
                                                                                 "storage-class: "
                                                                                 "REDUCED_"
                                                                                 "REDUNDANCY\n"
                                                                                 "x-amz-content-"
                                                                                 "sha256: "
                                                                                 "44ce7dd67c959e0d3"
                                                                                 "524ffac1771dfbba8"
                                                                                 "7d2b6b4b4e99e4203"
                                                                                 "4a8b803f8b072",
         "Welcome to Amazon S3."},
        {"the same key as curl would send it", "PUT", "/test%24file.text", "",
         S3_AUTH(
             "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
             "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd") "Date: Fri, 24 "
                                                                                 "May 2013 "
                                                                                 "00:00:00 "
                                                                                 "GMT\nx-amz-"
                                                                                 "storage-class: "
                                                                                 "REDUCED_"
                                                                                 "REDUNDANCY\n"
                                                                                 "x-amz-content-"
                                                                                 "sha256: "
                                                                                 "44ce7dd67c959e0d3"
                                                                                 "524ffac1771dfbba8"
                                                                                 "7d2b6b4b4e99e4203"
                                                                                 "4a8b803f8b072",
         "Welcome to Amazon S3."},
        {"GET Bucket Lifecycle", "GET", "/", "lifecycle",
         S3_AUTH("host;x-amz-content-sha256;x-amz-date",
                 "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f9"
                 "1ac7a200a0136783543") "x-amz-content-sha256:"
                                        " " EMPTY_HASH,
         ""},
        {"GET Bucket (List Objects)", "GET", "/", "max-keys=2&prefix=J",
         S3_AUTH("host;x-amz-content-sha256;x-amz-date",
                 "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db"
                 "6670ed5711ef69dc6f7") "x-amz-content-sha256:"
                                        " " EMPTY_HASH,
         ""},
    };
    mr_sigv4_check check = {
        .secret = MR_BYTES_LITERAL(S3_SECRET), .service = MR_BYTES_LITERAL("s3"), .s3 = true};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        wire_request request;
        make(&request, cases[i].method, cases[i].path, cases[i].query, cases[i].headers,
             cases[i].body);
        check_judged(cases[i].label, &request, &check, MR_SIGV4_OK);
    }
    wire_request request;
    make(&request, "PUT", "/test$file.text", "", cases[1].headers, "Welcome to Amazon S4.");
    check_judged("another body", &request, &check, MR_SIGV4_WRONG_BODY);
}

static void test_a_presigned_url_of_s3_is_right_until_it_expires(void **state)
{
    (void)state;
    static const char query[] =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
        "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
        "X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    wire_request request;
    make(&request, "GET", "/test.txt", query, "Host: examplebucket.s3.amazonaws.com", "any body");
    int64_t end_us = INT64_C(1369440000) * MR_US_PER_SECOND; /* 20130525T000000Z */
    mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(S3_SECRET), .s3 = true, .expiry = true};
    check.now_us = end_us;
    check_judged("its last moment", &request, &check, MR_SIGV4_OK);
    check.now_us = end_us + 1;
    check_judged("one microsecond later", &request, &check, MR_SIGV4_EXPIRED);
    check.expiry = false;
    check_judged("nobody asks", &request, &check, MR_SIGV4_OK);
    check.skew = true;
    check_judged("it may be as old as it says", &request, &check, MR_SIGV4_OK);
    check.now_us = end_us - INT64_C(86400) * MR_US_PER_SECOND - MR_SIGV4_SKEW_US - 1;
    check_judged("but not of a time to come", &request, &check, MR_SIGV4_SKEWED);
    check.s3 = false;
    check_judged("elsewhere the body is signed", &request, &check, MR_SIGV4_WRONG);
}

static void test_s3_paths_are_not_tidied(void **state)
{
    (void)state;
    static const struct {
        const char *label, *path, *want_s3, *want_other;
    } cases[] = {
        {"dots and slashes", "/a/../b//c", "/a/../b//c", "/b/c"},
        {"encoded once", "/a%20b", "/a%20b", "/a%2520b"},
        {"bare", "/a(b)", "/a%28b%29", "/a%28b%29"},
        {"lower case", "/%e1%88%b4", "/%E1%88%B4", "/%25e1%2588%25b4"},
        {"an encoded slash", "/a%2Fb", "/a/b", "/a%252Fb"},
        {"plus", "/a+b", "/a%2Bb", "/a%2Bb"},
        {"nothing", "", "/", "/"},
        {"above the root", "/../../a/", "/../../a/", "/a/"},
        {"ends in a dot", "/a/.", "/a/.", "/a"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int s3 = 0; s3 < 2; s3++) {
            wire_request request;
            mr_sigv4_auth auth = {.signed_headers = mr_bytes_of("host")};
            make(&request, "GET", cases[i].path, "", "Host: h", "");
            mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
            mr_sigv4_canonical_request(&request.r, &auth, s3 == 1, &out);
            char *want = mr_format("GET\n%s\n\nhost:h\n\nhost\n" EMPTY_HASH,
                                   s3 == 1 ? cases[i].want_s3 : cases[i].want_other);
            CHECK_STR(cases[i].label, mr_strbuf_text(&out), want);
            mr_free(want);
            mr_strbuf_deinit(&out);
        }
    }
}

static void test_a_query_has_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *label, *query, *want;
    } cases[] = {
        {"post-vanilla-query-nonunreserved", "@#$%^&+=/,?><`\";:\\|][{}",
         "%20=%2F%2C%3F%3E%3C%60%22%3B%3A%5C%7C%5D%5B%7B%7D&%40%23%24%25%5E="},
        {"lower case and needless escapes", "%61=%2f&b=%7E", "a=%2F&b=~"},
        {"no value, empty value", "b&a=", "a=&b="},
        {"sorted as encoded", "a-b=1&a=2&a%20=3", "a=2&a%20=3&a-b=1"},
        {"equals in a value", "a=b=c", "a=b%3Dc"},
        {"nothing between", "&&", ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        wire_request request;
        mr_sigv4_auth auth = {.signed_headers = mr_bytes_of("host")};
        make(&request, "GET", "/", cases[i].query, "Host: h", "");
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_sigv4_canonical_request(&request.r, &auth, false, &out);
        char *want = mr_format("GET\n/\n%s\nhost:h\n\nhost\n" EMPTY_HASH, cases[i].want);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), want);
        mr_free(want);
        mr_strbuf_deinit(&out);
    }
}

static void hmac(uint8_t key[32], const char *text)
{
    unsigned int size = 0;
    uint8_t out[32];
    assert_non_null(HMAC(EVP_sha256(), key, 32, (const uint8_t *)text, strlen(text), out, &size));
    memcpy(key, out, sizeof(out));
}

/* The signature of any text with the scope of SCOPE, made without the code under test. */
static void sign_by_hand(const char *text, char out[MR_SIGV4_HEX_SIZE])
{
    static const char start[] = "AWS4" SECRET;
    uint8_t key[32];
    unsigned int size = 0;
    assert_non_null(
        HMAC(EVP_sha256(), start, (int)strlen(start), (const uint8_t *)"20150830", 8, key, &size));
    hmac(key, "us-east-1");
    hmac(key, "kinesis");
    hmac(key, "aws4_request");
    hmac(key, text);
    mr_hex(key, sizeof(key), out);
}

/* A header of 60 KiB that is signed 1,000 times over would be 60 MB to hash: the canonical request
 * ends at its largest size, and even the right signature of what there is up to there is wrong. */
static void test_a_canonical_request_has_a_largest_size(void **state)
{
    (void)state;
    size_t size = 60 * MR_KIB;
    char *value = mr_alloc(size + 1);
    memset(value, 'v', size);
    value[size] = '\0';
    mr_strbuf names = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&names, "host");
    for (int i = 0; i < 1000; i++) {
        mr_strbuf_append_text(&names, ";x");
    }
    char signature[MR_SIGV4_HEX_SIZE] = "s";
    for (int round = 0; round < 2; round++) {
        char *headers =
            mr_format("Host: h\nX-Amz-Date: 20150830T123600Z\nX: %s\nAuthorization: "
                      "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=%s, Signature=%s",
                      value, mr_strbuf_text(&names), signature);
        wire_request request;
        make(&request, "GET", "/", "", headers, "");
        mr_sigv4_check check = {.secret = MR_BYTES_LITERAL(SECRET)};
        char *text;
        CHECK_INT("outcome", judge(&request, &check, &text), MR_SIGV4_WRONG);
        CHECK_TRUE("no longer than it may be", strlen(text) < MR_SIGV4_CANONICAL_MAX + 4096);
        char *to_sign = strstr(text, "'AWS4-HMAC-SHA256") + 1;
        *strrchr(to_sign, '\'') = '\0';
        sign_by_hand(to_sign, signature);
        mr_free(text);
        mr_free(headers);
    }
    mr_free(value);
    mr_strbuf_deinit(&names);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(sigv4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_suites_requests_get_its_signatures),
        cmocka_unit_test(test_a_session_token_is_signed_with_the_rest),
        cmocka_unit_test(test_iams_list_users_is_read_and_right),
        cmocka_unit_test(test_whatever_was_signed_cannot_change),
        cmocka_unit_test(test_a_time_of_signing_is_no_more_than_a_quarter_of_an_hour_off),
        cmocka_unit_test(test_a_wrong_signature_is_told_what_should_have_been_signed),
        cmocka_unit_test(test_an_incomplete_header_is_told_what_it_lacks),
        cmocka_unit_test(test_an_incomplete_query_is_told_what_it_lacks),
        cmocka_unit_test(test_none_and_both_are_refused),
        cmocka_unit_test(test_other_parameters_of_the_query_do_not_fill_up_a_header),
        cmocka_unit_test(test_what_has_no_form_is_refused_in_awss_words),
        cmocka_unit_test(test_the_date_header_will_do),
        cmocka_unit_test(test_the_s3_references_requests_are_right),
        cmocka_unit_test(test_a_presigned_url_of_s3_is_right_until_it_expires),
        cmocka_unit_test(test_s3_paths_are_not_tidied),
        cmocka_unit_test(test_a_query_has_one_spelling),
        cmocka_unit_test(test_a_canonical_request_has_a_largest_size),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
