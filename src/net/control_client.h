/*
 * control_client.h - a program's talk with a running `millrace serve`: what is under /_millrace/,
 * asked and answered in JSON, or read piece by piece.
 *
 * The server is where --endpoint-url says, or else AWS_ENDPOINT_URL, or else
 * http://127.0.0.1:4566. A client waits for its answers (it has no loop), one at a time.
 */
#ifndef MR_SRC_NET_CONTROL_CLIENT_H
#define MR_SRC_NET_CONTROL_CLIENT_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"
#include "src/net/aws_settings.h"

#include <cjson/cJSON.h>

#define MR_CONTROL_URL_DEFAULT      "http://127.0.0.1:4566"
#define MR_CONTROL_ANSWER_BYTES_MAX (64 * MR_MIB)
#define MR_CONTROL_LINE_BYTES_MAX   (8 * MR_MIB)

typedef struct mr_control_client mr_control_client;

typedef struct mr_control_options {
    const char *endpoint_url; /* as it was said on the command line; NULL: it was not */
    const char *ca_bundle;    /* for https: the certificates to trust; NULL: AWS_CA_BUNDLE, or the
                               * system's */
    const char *user_agent;
    mr_getenv_fn getenv; /* NULL: the process's own */
    void *getenv_context;
    int64_t answer_ms; /* the most that a whole answer may take; 0: as long as it takes */
    /* Asked some times a second while it waits: true ends the waiting. NULL: never. */
    bool (*stop)(void *context);
    void *stop_context;
} mr_control_options;

/* All texts of the options are copied. Errors: MR_INVALID_ARGUMENT (no URL); MR_UNSUPPORTED (no
 * libcurl here). */
MR_NODISCARD mr_code mr_control_client_new(const mr_control_options *options,
                                           mr_control_client **out, mr_error *err);
void mr_control_client_free(mr_control_client *client); /* NULL is fine */

const char *mr_control_client_url(const mr_control_client *client); /* as it was found */

/*
 * Asks, and waits for the whole answer.
 *
 * method: "GET", "POST", "PUT" or "DELETE".
 * path:   from "/_millrace/..." on, percent-encoded, with its query.
 * body:   JSON; NULL: none.
 * answer: out; owned (cJSON_Delete); NULL where the answer has no body, and on an error.
 * Errors: MR_IO (no server is there, or it went away; 5xx); MR_NOT_FOUND (404);
 *         MR_ALREADY_EXISTS (409); MR_INVALID_ARGUMENT (what else it refuses, in its own words;
 * what answers is no millrace; a certificate that is not trusted); MR_TOO_LARGE; MR_INTERRUPTED
 * (stop).
 */
MR_NODISCARD mr_code mr_control_client_ask(mr_control_client *client, const char *method,
                                           const char *path, const char *body, cJSON **answer,
                                           mr_error *err);

/* That answer as it came, for whoever passes it on: cJSON's numbers are doubles. Borrowed, until
 * the next one is asked; empty: it had no body, or there was none. */
mr_bytes mr_control_client_answer(const mr_control_client *client);

/* A piece of an answer, or a line of it without its end; borrowed for the call. False: enough, the
 * rest is not read, which is no error. */
typedef bool (*mr_control_piece_fn)(void *context, mr_bytes piece);

/* GETs an answer of any length and hands it on as it comes: MR_OK at its end. Errors: as above;
 * answer_ms does not count here. */
MR_NODISCARD mr_code mr_control_client_read(mr_control_client *client, const char *path,
                                            mr_control_piece_fn fn, void *context, mr_error *err);
/* The same line by line ("\n" or "\r\n"), a last one without an end too. Errors: besides,
 * MR_TOO_LARGE: a line of more than MR_CONTROL_LINE_BYTES_MAX. */
MR_NODISCARD mr_code mr_control_client_read_lines(mr_control_client *client, const char *path,
                                                  mr_control_piece_fn fn, void *context,
                                                  mr_error *err);

#endif
