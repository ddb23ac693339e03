/*
 * api_private.h - what the parts of the API share: answers on the wire (answer.c), who asks
 * (authenticate.c), and what is still open when the API goes.
 */
#ifndef MR_SRC_API_API_PRIVATE_H
#define MR_SRC_API_API_PRIVATE_H

#include "sim/time/clock.h"
#include "sim/time/rng.h"
#include "src/api/api.h"

#define MR_API_JSON "application/x-amz-json-1.1"
#define MR_API_CBOR "application/x-amz-cbor-1.1"
#define MR_API_REST "application/json"

/* An answer that is not whole when the handler has returned: one that waits, one that streams. A
 * link of the API's list, first in its owner's struct. */
typedef struct mr_api_open {
    struct mr_api_open *prev, *next;       /* itself when alone */
    void (*end)(struct mr_api_open *open); /* ends the answer, frees itself */
} mr_api_open;

struct mr_api {
    mr_sim *sim;
    char *region, *account;
    bool auth;
    char *access_key, *secret; /* NULL without auth */
    mr_time_source client_time;
    mr_prng ids;         /* of requests */
    mr_api_open open;    /* the head of the list */
    mr_api_open waiting; /* likewise: answers that others will give, ended with the API alone */
};

void mr_api_open_add(mr_api *api, mr_api_open *open);
void mr_api_waiting_add(mr_api *api, mr_api_open *open);
void mr_api_open_remove(mr_api_open *open); /* from either list */

/* ---- answers ---- */

#define MR_API_HEADERS_MAX 12
#define MR_API_ID_2_SIZE   97 /* 72 bytes in base64, and NUL */

/* The headers that every answer has, and their texts. */
typedef struct mr_api_headers {
    mr_http_header_field fields[MR_API_HEADERS_MAX];
    size_t count;
    char request_id[MR_UUID_SIZE];
    char id_2[MR_API_ID_2_SIZE];
} mr_api_headers;

/* content_type: NULL: none. static or outliving headers. */
void mr_api_headers_fill(mr_api *api, const mr_http_request *request, const char *content_type,
                         mr_api_headers *headers);

void mr_api_answer(mr_api *api, mr_http_request *request, int status, const char *content_type,
                   mr_bytes body);
/* The same after so much of the world's time. body: copied. */
void mr_api_answer_later(mr_api *api, mr_http_request *request, int status,
                         const char *content_type, mr_bytes body, int64_t delay_us);
void mr_api_answer_fault(mr_api *api, mr_http_request *request, mr_aws_format format, int status,
                         const mr_aws_fault *fault);
/* The XML of a request whose operation cannot be told. */
void mr_api_answer_access_denied(mr_api *api, mr_http_request *request);
/* OPTIONS with an Origin. arena: for the copies of what is echoed. */
void mr_api_answer_preflight(mr_api *api, mr_http_request *request, mr_arena *arena);

static inline const char *mr_api_content_type(mr_aws_format format)
{
    return format == MR_AWS_CBOR ? MR_API_CBOR : MR_API_JSON;
}

/* ---- REST-JSON ---- */

/* Takes a request whose path is one of a REST service's; false: it is not one. arena: of the
 * request. */
bool mr_api_rest_handle(mr_api *api, mr_http_request *request, mr_arena *arena);

/* For handlers that answer by themselves (mr_api_call.taken). */
typedef struct mr_api_rest_answer {
    const char *request_id;
    int status;
    const mr_http_header_field *headers; /* beside those that every answer has; at most 6 */
    size_t header_count;
    mr_bytes body; /* at NULL: there is none, and no Content-Type */
} mr_api_rest_answer;

void mr_api_rest_answer_send(mr_api *api, mr_http_request *request,
                             const mr_api_rest_answer *answer);
/* How the service calls this code. */
void mr_api_rest_answer_code(mr_api *api, mr_http_request *request, const mr_api_service *service,
                             const char *request_id, mr_code code, const mr_error *err);

/* ---- faults ---- */

/* How the service calls this code; the message is borrowed from err. */
mr_aws_fault mr_api_fault_of(const mr_api_service *service, mr_code code, const mr_error *err,
                             int *status);

/* ---- who asks ---- */

/* True when the request may go on; otherwise fault is filled, its message owned by the arena.
 * Behaviour: reference/kinesis.md, section 2, step 8. */
MR_NODISCARD bool mr_api_authenticate(const mr_api *api, const mr_api_service *service,
                                      const mr_http_request *request, mr_arena *arena,
                                      mr_aws_fault *fault);

/* The service in the scope of the request's credential; the arena's. len 0: it is not signed, or
 * its scope has no form. Whether the signature is right is not asked. */
mr_bytes mr_api_signed_service(const mr_http_request *request, mr_arena *arena);

/* ---- what is not here (absent.c) ---- */

/*
 * Answers a request that was signed for a service that is not here (S3, STS, Glue...), or for an
 * operation of a REST service that no row has: 501 NotImplemented, in the form that the service's
 * clients read, naming what is missing and what there is instead. AWS's own answer to a path that
 * nobody has would tell a client's author nothing.
 *
 * False: it was signed for a service that is here and that has no paths, or is not signed: what is
 * wrong with it is for others to say.
 */
MR_NODISCARD bool mr_api_absent_handle(mr_api *api, mr_http_request *request, mr_arena *arena);

#endif
