/*
 * api.h - the AWS endpoint: from a request to an operation of a service, and back.
 *
 *   request -> which service (path, target) -> checks in AWS's order -> decode -> validate -> the
 *   operation's handler, which calls sim -> answer
 *
 * A service is one table (mr_api_service): adding an operation is one row and one function. A
 * handler translates; it holds no state of its own. Operations of JSON 1.1 and CBOR services are
 * named by X-Amz-Target, those of REST-JSON services by method and path (mr_api_route).
 *
 * Behaviour: reference/kinesis.md, sections 1 to 4; reference/lambda.md, section 5.
 */
#ifndef MR_SRC_API_API_H
#define MR_SRC_API_API_H

#include "sim/base/arena.h"
#include "sim/sim.h"
#include "src/aws/decode.h"
#include "src/aws/write.h"
#include "src/http/request.h"

typedef struct mr_api mr_api;

typedef struct mr_api_options {
    mr_sim *sim;                     /* borrowed, outlives the API */
    const char *region, *account;    /* NULL: those of the world; copied */
    bool auth;                       /* verify signatures; otherwise they are only read */
    const char *access_key, *secret; /* with auth: whose signatures are right; copied */
    mr_time_source client_time;      /* what clients' clocks show; missing: the world's time */
} mr_api_options;

mr_api *mr_api_new(const mr_api_options *options);
/* Ends what still answers (subscriptions). NULL is fine. */
void mr_api_free(mr_api *api);

/* An mr_http_handler_fn, the API as its context. Everything that is not under /_millrace/ or
 * /_localstack/ comes here. */
void mr_api_handle(void *context, mr_http_request *request);
/* Ends every subscription, so that the listener can come to its end. */
void mr_api_end_streams(mr_api *api);

/* ---- services ---- */

/* One request on its way through a service. */
typedef struct mr_api_call {
    mr_api *api;
    mr_sim *sim;
    mr_streams *streams;
    mr_http_request *request;
    mr_aws_format format;
    const void *in;     /* the operation's struct, decoded and validated */
    mr_arena *arena;    /* of the request */
    mr_aws_writer *out; /* the answer's body: the handler opens and closes its object */
    int64_t delay_us;   /* set by a handler: the answer goes out so much later (a fault's doing) */
    const char *request_id; /* of a REST operation: of the answer */
    int status;             /* likewise, of success: the route's, unless the handler sets another */
    /* Set by a handler that answers by itself, now or later (SubscribeToShard): nothing is written
     * for it. The request is then its own. */
    bool taken;
} mr_api_call;

/* Errors become the service's own, by its table of codes; the message is handed on as it is. */
typedef mr_code (*mr_api_fn)(mr_api_call *call, mr_error *err);

typedef struct mr_api_operation {
    const mr_aws_input *input; /* its name and shape */
    mr_api_fn run;
    bool is_silent; /* no output: 200 with an empty body */
} mr_api_operation;

/*
 * An operation of a REST-JSON service. Its shape says which members are in the path, the query and
 * the headers (src/aws/rest.h). is_silent: an answer without a body.
 */
typedef struct mr_api_route {
    mr_api_operation operation;
    const char *method;    /* "GET" */
    const char *path;      /* "/2015-03-31/functions/{FunctionName}" */
    int status;            /* of success */
    size_t body_bytes_max; /* a longer body is refused with 413; 0: 6 MiB */
    bool is_open;          /* its URL is secret enough: no signature is looked for */
} mr_api_route;

/* What a code of sim is called on the wire. A code that has no row is an InternalFailure. */
typedef struct mr_api_fault_name {
    mr_code code;
    int status;
    const char *type;
} mr_api_fault_name;

typedef struct mr_api_service {
    const char *name;   /* of the signature's scope: "kinesis" */
    const char *target; /* "Kinesis_20131202"; NULL: of a REST service, which has routes instead */
    const mr_api_operation *operations;
    size_t operation_count;
    const mr_api_route *routes;
    size_t route_count;
    const mr_api_fault_name *faults;
    size_t fault_count;
} mr_api_service;

/* Kinesis Data Streams: src/api/kinesis.c joins the rows of kinesis_*.c. */
const mr_api_service *mr_api_kinesis(void);
/* Amazon Data Firehose: src/api/firehose.c. */
const mr_api_service *mr_api_firehose(void);
/* Lambda, REST-JSON: src/api/lambda.c joins the rows of lambda_*.c. */
const mr_api_service *mr_api_lambda(void);

#endif
