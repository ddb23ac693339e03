/* stop_signals.h - SIGINT, SIGTERM and SIGHUP in a loop: the first asks for an end in good order,
 * the second of its kind ends the process the usual way. */
#ifndef MR_SRC_PLATFORM_STOP_SIGNALS_H
#define MR_SRC_PLATFORM_STOP_SIGNALS_H

#include <uv.h>

#define MR_STOP_SIGNALS 3

typedef struct mr_stop_signals {
    uv_signal_t handles[MR_STOP_SIGNALS];
    void (*stop)(void *context);
    void *context;
} mr_stop_signals;

/* They do not keep the loop alive, and are closed with all of its handles (uv_walk). A SIGHUP
 * that this process was started to ignore (nohup) goes on to be ignored. */
void mr_stop_signals_watch(mr_stop_signals *signals, uv_loop_t *loop, void (*stop)(void *context),
                           void *context);

#endif
