/*
 * event_queue.h - asynchronous invocations (InvocationType Event): accepted, kept in catalog.db,
 * and invoked on the world's clock until they succeed or are given up.
 *
 *   accepted --at once--> invoked --success--> gone
 *      ^                     |failure: after 1 minute, then after 2; the third is the last
 *      +---------------------+throttled: after 1 s, doubling to 5 minutes; not counted
 *
 * One that is older than 6 hours is dropped. Each attempt has the request id that the client was
 * told. A restart goes on with what is kept; an invocation that was under way then is begun anew,
 * so a handler may see an event twice, as on AWS. What is given up is told by a warning: there are
 * no dead-letter queues or destinations here.
 *
 * Source: reference/lambda.md section 4; Developer Guide, "Asynchronous invocation".
 */
#ifndef MR_SIM_LAMBDA_EVENT_QUEUE_H
#define MR_SIM_LAMBDA_EVENT_QUEUE_H

#include "sim/lambda/lambda.h"

#define MR_EVENT_PAYLOAD_MAX 1048576 /* since late 2025; 262144 before */

typedef struct mr_event_queue mr_event_queue;

/* lambda: borrowed, outlives the queue. Errors: those of the database. */
MR_NODISCARD mr_code mr_event_queue_open(mr_lambda *lambda, mr_event_queue **out, mr_error *err);
/* Before the functions are freed: answers are not waited for. NULL is fine. */
void mr_event_queue_free(mr_event_queue *queue);
/* Told once of a database that fails where no caller waits. */
void mr_event_queue_on_fatal(mr_event_queue *queue, mr_fatal_fn fn, void *context);

typedef struct mr_queued_event {
    mr_lambda_version *version;
    const char *request_id;
    const char *invoked_arn;
    const char *client_context; /* JSON; NULL: none */
    mr_bytes payload;           /* at most MR_EVENT_PAYLOAD_MAX, which the caller has checked */
} mr_queued_event;

/* Everything is copied. The event is kept when the call returns. Errors: those of the database. */
MR_NODISCARD mr_code mr_event_queue_add(mr_event_queue *queue, const mr_queued_event *event,
                                        mr_error *err);
/* Events that have not come to their end. */
size_t mr_event_queue_count(const mr_event_queue *queue);

#endif
