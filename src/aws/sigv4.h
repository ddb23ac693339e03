/*
 * sigv4.h - AWS Signature Version 4: who signed a request, whether the signature is right, and
 * signing one of our own.
 *
 * A request is a struct of views: no HTTP, no clock and no environment in reach, so the same code
 * serves the front doors and `millrace put`. In three steps, each of which can be the last:
 *
 *   mr_sigv4_read()    finds the credential and its scope in the Authorization header or in the
 *                      query (a presigned request): region and service route the request. The
 *                      signature itself is not looked at, as in every emulator.
 *   mr_sigv4_verify()  with --auth: computes the signature and compares.
 *   mr_sigv4_sign()    the other side: what a client sends.
 *
 * S3 signs differently in two points, which the flag `s3` stands for: the path is encoded once and
 * not tidied up (elsewhere: dot segments and empty ones go, and what is on the wire is encoded once
 * more), and the payload's hash is what the header X-Amz-Content-Sha256 says, which may be
 * UNSIGNED-PAYLOAD; a presigned request without that header is UNSIGNED-PAYLOAD.
 *
 * Behaviour: IAM User Guide, "AWS Signature Version 4 for API requests"; S3 API Reference,
 * "Authenticating Requests"; texts of errors: reference/kinesis.md, section 2, step 8, and those
 * that AWS's services answer with.
 */
#ifndef MR_SRC_AWS_SIGV4_H
#define MR_SRC_AWS_SIGV4_H

#include "sim/base/strbuf.h"

#define MR_SIGV4_ALGORITHM     "AWS4-HMAC-SHA256"
#define MR_SIGV4_UNSIGNED      "UNSIGNED-PAYLOAD"
#define MR_SIGV4_DATE_SIZE     17                 /* "20150830T123600Z" and NUL */
#define MR_SIGV4_HEX_SIZE      65                 /* a SHA-256 in hex and NUL */
#define MR_SIGV4_SKEW_US       INT64_C(900000000) /* 15 minutes, to either side */
#define MR_SIGV4_CANONICAL_MAX (1 * MR_MIB)       /* a longer canonical request is never right */

typedef struct mr_sigv4_field {
    mr_bytes name; /* in any case */
    mr_bytes value;
} mr_sigv4_field;

typedef struct mr_sigv4_request {
    mr_bytes method;
    mr_bytes path;                 /* as on the wire, before '?' */
    mr_bytes query;                /* as on the wire, after '?' */
    const mr_sigv4_field *headers; /* in the order they came, Host among them */
    size_t header_count;
    mr_bytes body;
} mr_sigv4_request;

typedef enum mr_sigv4_outcome {
    MR_SIGV4_OK,
    MR_SIGV4_TWICE,       /* in the header and in the query */
    MR_SIGV4_MISSING,     /* in neither */
    MR_SIGV4_INCOMPLETE,  /* something that it needs is not there or has no form */
    MR_SIGV4_WRONG_SCOPE, /* not what may be signed for here */
    MR_SIGV4_WRONG_BODY,  /* s3: the body is not what X-Amz-Content-Sha256 says */
    MR_SIGV4_WRONG,       /* another signature comes out */
    MR_SIGV4_EXPIRED,     /* presigned, and its time is over */
    MR_SIGV4_SKEWED       /* signed too long ago, or in a time to come */
} mr_sigv4_outcome;

/* The error type with which the JSON services (Kinesis, Firehose, Glue, Athena) answer: static;
 * NULL for MR_SIGV4_OK. S3 and STS have names of their own. */
const char *mr_sigv4_error_type(mr_sigv4_outcome outcome);

/* What a request says of itself. Views into the request, or into `decoded`. */
typedef struct mr_sigv4_auth {
    bool presigned;         /* it came in the query */
    mr_bytes authorization; /* the header's value */
    mr_bytes algorithm;
    mr_bytes credential; /* "AKID/20150830/us-east-1/kinesis/aws4_request" */
    mr_bytes access_key; /* the first of its parts; all of it when there are no others */
    mr_bytes date, region, service, terminator; /* the others; len 0 unless there are five */
    mr_bytes signed_headers;                    /* "host;x-amz-date" */
    mr_bytes signature;
    mr_bytes time;          /* X-Amz-Date, or else the Date header, as it is */
    mr_bytes session_token; /* len 0: none */
    mr_bytes expires;       /* X-Amz-Expires of a presigned request; at NULL: none */
    mr_strbuf decoded;      /* owned: parameters of the query without their %XX */
} mr_sigv4_auth;

/*
 * Finds what the request was signed with.
 *
 * out:     owned in part: mr_sigv4_auth_deinit(), after any outcome. Lives no longer than request.
 * message: appended to, unless MR_SIGV4_OK: AWS's text, to the letter.
 * Returns: MR_SIGV4_OK, _TWICE, _MISSING, _INCOMPLETE. A credential that has not five parts is no
 *          error yet: nobody needs its scope here.
 */
mr_sigv4_outcome mr_sigv4_read(const mr_sigv4_request *request, mr_sigv4_auth *out,
                               mr_strbuf *message);
void mr_sigv4_auth_deinit(mr_sigv4_auth *auth); /* a zeroed one is fine */

typedef struct mr_sigv4_check {
    mr_bytes secret;  /* of auth's access key */
    mr_bytes service; /* that the scope must name; len 0: any */
    bool s3;
    bool expiry; /* refuse a presigned request whose X-Amz-Expires is over at now_us; without the
                  * parameter it never is */
    bool skew;   /* refuse a time of signing that is more than MR_SIGV4_SKEW_US off now_us; one with
                  * X-Amz-Expires may be older */
    int64_t now_us;
} mr_sigv4_check;

/*
 * Compares the request's signature with the one that the secret gives. In AWS's order: the time's
 * form, `host` among the signed headers, algorithm, credential, scope, body, signature, expiry,
 * skew.
 *
 * auth:    as read from this request.
 * message: appended to, unless MR_SIGV4_OK. For MR_SIGV4_WRONG it shows what should have been
 *          signed, as AWS does, for the client's author to compare.
 * Returns: any but _TWICE and _MISSING.
 */
mr_sigv4_outcome mr_sigv4_verify(const mr_sigv4_request *request, const mr_sigv4_auth *auth,
                                 const mr_sigv4_check *check, mr_strbuf *message);

/* ---- signing ---- */

typedef struct mr_sigv4_signing {
    mr_bytes access_key, secret;
    mr_bytes session_token; /* len 0: none */
    mr_bytes region, service;
    int64_t time_us;
    bool s3;
} mr_sigv4_signing;

/* What is to be sent beside the request's own headers. */
typedef struct mr_sigv4_signed {
    char date[MR_SIGV4_DATE_SIZE];        /* X-Amz-Date */
    char payload_hash[MR_SIGV4_HEX_SIZE]; /* X-Amz-Content-Sha256; only S3 wants it */
    mr_strbuf authorization;              /* Authorization; owned */
} mr_sigv4_signed;

/*
 * Signs all headers of the request, and with them those that the client adds: X-Amz-Date,
 * X-Amz-Security-Token when there is a session token, X-Amz-Content-Sha256 for S3.
 *
 * request: with Host, and without those three. out: release with mr_sigv4_signed_deinit().
 */
void mr_sigv4_sign(const mr_sigv4_request *request, const mr_sigv4_signing *signing,
                   mr_sigv4_signed *out);
void mr_sigv4_signed_deinit(mr_sigv4_signed *out); /* a zeroed one is fine */

/* ---- the steps between, for error bodies (S3 shows both texts) and for tests ---- */

/* Appends the canonical request; its last line is the payload's hash. */
void mr_sigv4_canonical_request(const mr_sigv4_request *request, const mr_sigv4_auth *auth, bool s3,
                                mr_strbuf *out);
/* Appends the string to sign. False, with nothing appended, when auth's time has no form that AWS
 * knows ("20150830T123600Z", or the Date header's "Sun, 30 Aug 2015 12:36:00 GMT"). */
MR_NODISCARD bool mr_sigv4_string_to_sign(const mr_sigv4_auth *auth, mr_bytes canonical,
                                          mr_strbuf *out);

#endif
