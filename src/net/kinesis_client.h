/*
 * kinesis_client.h - a data stream somewhere else: millrace's own endpoint, or AWS. A target of the
 * producer (sim/producer/producer.h), which has one batch under way at a time, so a put simply
 * waits for its answer.
 *
 * What an outcome means to the producer:
 *
 *   an entry refused, the request throttled, 5xx   put again, after the back-off
 *   the connection broke, or no answer in time     the same: stored or not, nobody knows
 *   there is no connection, and never was one      an error at once: most likely a wrong address
 *   anything else that the service says            an error: AWS's type and message, and what helps
 *
 * Requests are signed by src/aws/sigv4.h, not by libcurl's CURLOPT_AWS_SIGV4: what is signed then
 * does not depend on the libcurl that is there (7.75 to 8.x differ in which headers they sign and
 * how they sort), and a client that a server of ours would not believe shows in one place.
 *
 * Requests to this machine ignore http_proxy and its like. Redirects are not followed.
 */
#ifndef MR_SRC_NET_KINESIS_CLIENT_H
#define MR_SRC_NET_KINESIS_CLIENT_H

#include "sim/producer/producer.h"
#include "src/net/aws_settings.h"

typedef struct mr_kinesis_client mr_kinesis_client;

typedef struct mr_kinesis_options {
    const mr_aws_settings *settings; /* borrowed, outlives the client */
    const char *stream;              /* name or ARN; copied */
    const char *user_agent;          /* copied */
    mr_time_source time;             /* the signature's time; copied */
    int64_t connect_ms;              /* 0: 10 s */
    int64_t answer_ms;               /* of one request, all in all; 0: 60 s */

    /* Asked at least once a second while an answer is waited for: true breaks the request off
     * (MR_INTERRUPTED). May be NULL. */
    bool (*stop)(void *context);
    /* Tells that an answer was lost: at the first of several in a row. May be NULL. */
    void (*lost)(void *context, const char *why);
    void *context;
} mr_kinesis_options;

/* Connects to nothing yet. Errors: MR_UNSUPPORTED: no libcurl; MR_NOT_FOUND: the CA bundle. */
MR_NODISCARD mr_code mr_kinesis_client_new(const mr_kinesis_options *options,
                                           mr_kinesis_client **out, mr_error *err);
void mr_kinesis_client_free(mr_kinesis_client *client); /* NULL is fine */

/* Where the producer puts. Its records are up to 10 MiB: the stream's own limit is the service's to
 * say. */
mr_producer_target mr_kinesis_client_target(mr_kinesis_client *client);

/* ---- what the counts of the producer cannot tell ---- */

/* Answers lost so far: their records may be there twice. */
uint64_t mr_kinesis_client_lost(const mr_kinesis_client *client);
/* Records of a request that was broken off: stored or not. */
uint64_t mr_kinesis_client_in_doubt(const mr_kinesis_client *client);

#endif
