/* stop_signals.h - SIGINT, SIGTERM and SIGHUP in a loop: the first asks for an end in good order,
 * another ends the process the usual way. */
#ifndef MR_SRC_PLATFORM_STOP_SIGNALS_H
#define MR_SRC_PLATFORM_STOP_SIGNALS_H

#include <stdbool.h>
#include <uv.h>

#define MR_STOP_SIGNALS 3

extern const int mr_stop_signal_numbers[MR_STOP_SIGNALS];

typedef struct mr_stop_signals {
    uv_signal_t handles[MR_STOP_SIGNALS];
    bool has_stopped;
    uint64_t patience_ms, stopped_at_ms; /* of the loop */
    void (*stop)(void *context);
    void *context;
} mr_stop_signals;

/* A SIGHUP that this process was started to ignore (nohup): it goes on to be ignored. */
bool mr_stop_signal_is_ignored(int number);

/* patience_ms: signals so soon after the first mean the same; timeout(1) sends two. 0: none do.
 * They do not keep the loop alive, and are closed with all of its handles (uv_walk). One that is
 * ignored is not watched. */
void mr_stop_signals_watch(mr_stop_signals *signals, uv_loop_t *loop, uint64_t patience_ms,
                           void (*stop)(void *context), void *context);

#endif
