/* stop_signals.c - see stop_signals.h. */
#include "src/platform/stop_signals.h"

#include "sim/base/error.h"

#include <signal.h>

const int mr_stop_signal_numbers[MR_STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(uv_signal_t *handle, int number)
{
    mr_stop_signals *signals = handle->data;
    const uint64_t now_ms = uv_now(handle->loop);
    if (!signals->has_stopped) {
        signals->has_stopped = true;
        signals->stopped_at_ms = now_ms;
        signals->stop(signals->context);
    } else if (now_ms - signals->stopped_at_ms >= signals->patience_ms) {
        uv_signal_stop(handle); /* somebody insists: this ends the process the usual way */
        (void)raise(number);
    }
}

bool mr_stop_signal_is_ignored(int number)
{
    struct sigaction now;
    return number == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void mr_stop_signals_watch(mr_stop_signals *signals, uv_loop_t *loop, uint64_t patience_ms,
                           void (*stop)(void *context), void *context)
{
    signals->has_stopped = false;
    signals->patience_ms = patience_ms;
    signals->stop = stop;
    signals->context = context;
    for (int i = 0; i < MR_STOP_SIGNALS; i++) {
        uv_signal_t *handle = &signals->handles[i];
        int rc = uv_signal_init(loop, handle);
        MR_ASSERT(rc == 0);
        handle->data = signals;
        uv_unref((uv_handle_t *)handle);
        if (!mr_stop_signal_is_ignored(mr_stop_signal_numbers[i])) {
            rc = uv_signal_start(handle, on_signal, mr_stop_signal_numbers[i]);
            MR_ASSERT(rc == 0);
        }
    }
}
