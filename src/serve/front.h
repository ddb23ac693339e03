/*
 * front.h - the front of a world that is served: one listener, and behind it the AWS endpoint, what
 * is under /_millrace/, and the control of the world's time. `serve` and `run --console` have one
 * each.
 *
 *   mr_front_listen() --> mr_front_open() --> mr_front_ready() --> mr_front_stop()
 *     --> mr_front_close() --> mr_front_free()
 *
 * The listener comes first, so that a port that is taken is known before anything changes; the loop
 * does not turn before the world is there, so a client that is faster waits.
 */
#ifndef MR_SRC_SERVE_FRONT_H
#define MR_SRC_SERVE_FRONT_H

#include "src/app/access_log.h"
#include "src/app/pipeline.h"
#include "src/http/tls.h"

#define MR_FRONT_PORT_DEFAULT 4566
#define MR_FRONT_HOST_DEFAULT "127.0.0.1"

typedef struct mr_front mr_front;

/* All borrowed; the texts and the plan outlive the front. */
typedef struct mr_front_options {
    uv_loop_t *loop;
    const char *state_directory;
    const mr_plan *plan;            /* NULL: no template */
    const char *host;               /* an address, or "localhost" */
    uint16_t port;                  /* 0: any */
    const char *const *allow_hosts; /* more names that /_millrace/ answers to, ended by NULL; NULL:
                                       none */
    const mr_http_tls *tls;         /* NULL: none. Without a certificate file it gets one, which is
                                       kept in the state directory */
    const char *region, *account;   /* NULL: the defaults of sim.h */
    bool auth;
    const char *access_key, *secret;
    mr_access_form access; /* of the log on standard error */
    /* Hears why the world's time could not be kept. NULL: nobody. */
    void (*warn)(void *context, const char *message);
    void *context;
} mr_front_options;

/* Listens. Errors: those of the listener (MR_IO: the port is taken) and of the certificate; also
 * then *out is set, to be freed. */
MR_NODISCARD mr_code mr_front_listen(const mr_front_options *options, mr_front **out,
                                     mr_error *err);
const char *mr_front_url(const mr_front *front); /* "http://127.0.0.1:4566" */
/* With a certificate of its own making: what to trust; NULL: it has none. */
const char *mr_front_certificate_file(const mr_front *front);

void mr_front_open(mr_front *front, mr_sim *sim); /* sim: borrowed until the close */
void mr_front_set_pipeline(mr_front *front, mr_pipeline *pipeline);
void mr_front_ready(mr_front *front);

/* Nothing new is begun, and answers that stay open end. Time passes again where it was paused, so
 * that what is under way comes to its end. */
void mr_front_stop(mr_front *front);
/* After the stop: drained is called once every request is answered. */
void mr_front_drain(mr_front *front, void (*drained)(void *context), void *context);
/* Requests that are left are told, before what they ask goes. Before the driver and the world are
 * freed; NULL is fine. */
void mr_front_close(mr_front *front);
/* After the loop has closed the listener's handles; NULL is fine. */
void mr_front_free(mr_front *front);

#endif
