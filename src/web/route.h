/*
 * route.h - what is served under /_millrace/ (and the few paths beside it), as rows of tables.
 *
 * A row is the whole of an operation: method, path, parameters, body, answer, failures, handler.
 * The router checks a request by its row before the handler sees it, and openapi.c writes the
 * document from the same rows. A file routes_<noun>.c has the rows and handlers of one noun; web.c
 * joins them.
 *
 * A handler translates: it reads the call, asks sim or a module of its own, and answers, now or
 * later. It is called between two steps of the world, which stands still meanwhile.
 */
#ifndef MR_SRC_WEB_ROUTE_H
#define MR_SRC_WEB_ROUTE_H

#include "sim/base/strbuf.h"
#include "src/http/request.h"
#include "src/web/shape.h"

typedef struct mr_web mr_web;
typedef struct mr_web_call mr_web_call;

#define MR_WEB_PARAMETERS_MAX 8

/* A parameter of the path ("{stream}") or of the query. */
typedef struct mr_web_parameter {
    const char *name;
    bool in_path;
    bool required;            /* of the query; those of the path always are */
    mr_web_type type;         /* STRING, INTEGER, NUMBER or BOOLEAN ("true", "false") */
    double least, most;       /* of numbers, both inclusive; both 0: no bounds */
    size_t length_max;        /* of a string, in bytes after decoding; 0: 1024 */
    const char *const *words; /* all that it may be, ended by NULL; NULL: any */
    const char *fallback;     /* what an absent one is taken for; NULL: it is absent */
    const char *about;        /* one sentence, with the unit */
    const char *example;
} mr_web_parameter;

/* A way to fail, with a word of its own that programs can tell apart. */
typedef struct mr_web_failure {
    const char *code; /* "stream-not-found" */
    int status;
    const char *about; /* when; for the document */
} mr_web_failure;

typedef enum mr_web_guard {
    /* Anybody who reaches the listener: health, metrics, what API Gateway would serve. */
    MR_WEB_OPEN,
    /* Looking: a page that was led here under another name (DNS rebinding) may not read. */
    MR_WEB_OWN_HOST,
    /* Changing: besides, a page from elsewhere (Origin, Sec-Fetch-Site) may not ask. */
    MR_WEB_OWN_ORIGIN
} mr_web_guard;

typedef struct mr_web_route {
    const char *method; /* "GET"; HEAD is answered by the row of GET */
    /* "/_millrace/api/streams/{stream}"; a last "{key+}" takes the rest, slashes and all. */
    const char *path;
    const char *tag; /* the heading that it stands under in the document */
    const char *summary;
    const char *about; /* more; NULL: nothing */
    mr_web_guard guard;
    const mr_web_parameter *parameters;
    size_t parameter_count;
    /* A JSON object in the body; NULL: none is read, and the handler may take what there is. */
    const mr_web_shape *body;
    size_t body_bytes_max;      /* 0: 64 KiB */
    const char *body_type;      /* media type, for the document, where body is NULL; NULL: none */
    const mr_web_shape *told;   /* likewise: the shape of what the handler reads by itself */
    int status;                 /* of success; 0: 200 */
    const char *answer_type;    /* media type; NULL: application/json */
    const mr_web_shape *answer; /* of a JSON answer; NULL: see about */
    const mr_web_failure *const *failures; /* its own, ended by NULL; NULL: those of every row */
    const mr_web_shape *failure; /* of their bodies; NULL: {"error", "message"}, as mr_web_fail() */
    bool hidden;                 /* not in the document: pages and their files */
    bool any_query; /* parameters that the row does not have are passed over, not refused */
    void (*handle)(mr_web_call *call);
} mr_web_route;

typedef struct mr_web_group {
    const mr_web_route *routes;
    size_t count;
} mr_web_group;

/* One request on its way to a handler. Alive for the handler's call alone; the request lives until
 * it is answered, or closed (src/http/request.h). */
struct mr_web_call {
    mr_web *web;
    mr_http_request *request;
    const mr_web_route *route;
    const cJSON *body; /* checked by the row's shape; NULL: the row has none. Borrowed */
    struct {
        char *text; /* decoded; NULL: absent, and the row has no fallback */
        size_t len;
    } values[MR_WEB_PARAMETERS_MAX]; /* by their place in the row */
};

/* Parameters by name; one that the row does not have is an assertion. */
bool mr_web_has(const mr_web_call *call, const char *name);
const char *mr_web_text(const mr_web_call *call, const char *name); /* NULL: absent. Of the call */
int64_t mr_web_integer(const mr_web_call *call, const char *name);  /* 0: absent */
double mr_web_number(const mr_web_call *call, const char *name);
bool mr_web_flag(const mr_web_call *call, const char *name);

/* Members of the body; absent ones give the fallback. The shape has been checked. */
const char *mr_web_body_text(const mr_web_call *call, const char *name, const char *fallback);
double mr_web_body_number(const mr_web_call *call, const char *name, double fallback);
bool mr_web_body_flag(const mr_web_call *call, const char *name, bool fallback);

/* ---- answers: of the request alone, so that they can be given later ---- */

/* With the headers that every answer under /_millrace/ has. body: emptied. One that has overflowed
 * its limit, because the world has more than an answer can hold, is 507 answer-too-large. */
void mr_web_send_json(mr_http_request *request, int status, mr_strbuf *body);
/* headers: more of them, at most 8. */
void mr_web_send(mr_http_request *request, int status, const char *media_type,
                 const mr_http_header_field *headers, size_t header_count, mr_bytes body);
/* {"error": code, "message": ...}. The message says what, where, and how to mend it. */
void mr_web_fail(mr_http_request *request, const mr_web_failure *failure, const char *format, ...)
    MR_PRINTF(3, 4);
/* A code of sim, by its kind: something not found is 404, a conflict 409, a bad value 400, a broken
 * machine 500; its word is the code's name. */
void mr_web_fail_code(mr_http_request *request, mr_code code, const mr_error *err);

/* Failures that many rows have. */
extern const mr_web_failure mr_web_invalid;   /* 400 invalid-argument */
extern const mr_web_failure mr_web_not_found; /* 404 not-found */
extern const mr_web_failure mr_web_conflict;  /* 409 conflict */
extern const mr_web_failure mr_web_too_large; /* 507 answer-too-large: of mr_web_send_json() */

/* Those that the router and the guard give before a handler is asked. */
extern const mr_web_failure mr_web_method_refused;     /* 405, of a path */
extern const mr_web_failure mr_web_body_too_large;     /* 413 */
extern const mr_web_failure mr_web_media_type_refused; /* 415 */
extern const mr_web_failure mr_web_not_json;           /* 400 */
extern const mr_web_failure mr_web_host_refused;       /* 403, guards but OPEN */
extern const mr_web_failure mr_web_origin_refused;     /* 403, guard OWN_ORIGIN */

/* Appends the fixed headers (security, caching) of an answer in pieces; returns how many. */
size_t mr_web_headers(const char *media_type, mr_http_header_field *out, size_t room);

#endif
