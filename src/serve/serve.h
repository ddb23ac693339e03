/*
 * serve.h - `millrace serve`: the world behind one listener, until it is stopped. Its time is real,
 * or paced, and can be driven by clients (src/app/time_control.h).
 */
#ifndef MR_SRC_SERVE_SERVE_H
#define MR_SRC_SERVE_SERVE_H

#include "src/app/state_dir.h"
#include "src/serve/front.h"

#include <stdint.h>

#define MR_SERVE_STATE_DELAY_US_DEFAULT (500 * INT64_C(1000))

/* Where the server can be reached. Borrowed for the call. */
typedef struct mr_serve_address {
    const char *url;              /* "http://127.0.0.1:4566" */
    const char *certificate_file; /* with a certificate of its own making: what to trust; or NULL */
    int64_t time_us;              /* the world's time of day */
    int64_t
        ahead_us; /* so far is it past where it would have begun, as it was there; 0: it is not */
} mr_serve_address;

typedef struct mr_serve_options {
    const mr_plan *plan; /* its resources are made first; NULL: none. Borrowed, as is all below */
    bool use_code;       /* the handlers' code instead of their Builtin */

    mr_state_options state;
    uint64_t seed;
    const char *region, *account; /* NULL: the defaults of sim.h */
    bool limits;                  /* of shards, and those of an account */
    uint64_t stream_bytes_max;
    bool durable;
    int64_t state_delay_us; /* how long CREATING, Pending and their like last */

    const char *host;               /* an address, or "localhost" */
    uint16_t port;                  /* 0: any */
    const char *const *allow_hosts; /* more names that /_millrace/ answers to, ended by NULL; NULL:
                                       none */
    const mr_http_tls *tls;
    bool auth;
    const char *access_key, *secret;

    /* REAL, or PACED at `speed` (0: paused) from the wall's now. */
    mr_clock_mode clock;
    double speed;
    int64_t start_us; /* where time begins instead, paced; -1: at the wall's now */

    bool drain;              /* at the end buffers are delivered; otherwise they stay on disk */
    mr_access_form access;   /* of the log on standard error */
    const char *events_path; /* NULL: none; "-": standard error */

    void (*ready)(void *context, const mr_serve_address *address);
    /* A warning of the world, while it is made and later: what an operator has to know. May be
     * NULL. warning: its message, and the members of what it is about; borrowed for the call.
     * world_us: the world's time of day; MR_LOG_NO_WORLD (log_line.h): there is no world yet. */
    void (*warn)(void *context, const mr_event *warning, int64_t world_us);
    void *context;
} mr_serve_options;

/*
 * Opens the state directory, makes the plan's resources (those that are there already stay as they
 * are), listens, and turns the world. The first SIGINT, SIGTERM or SIGHUP ends it: nothing new is
 * begun, requests under way are answered. A second one, unless it is SIGHUP, ends it where it
 * stands, which loses nothing that was acknowledged either. Under nohup SIGHUP is ignored.
 *
 * ready:  called once, when requests are answered.
 * Errors: MR_INTERRUPTED (a second signal); those of the state directory, the listener, the
 *         services; MR_CORRUPT when a conservation law is broken.
 */
MR_NODISCARD mr_code mr_serve(const mr_serve_options *options, mr_error *err);

#endif
