/* stop_signals.c - see stop_signals.h. */
#include "src/platform/stop_signals.h"

#include "sim/base/error.h"

#include <signal.h>

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    mr_stop_signals *signals = handle->data;
    signals->stop(signals->context);
    uv_signal_stop(handle);
}

void mr_stop_signals_watch(mr_stop_signals *signals, uv_loop_t *loop, void (*stop)(void *context),
                           void *context)
{
    static const int numbers[MR_STOP_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    signals->stop = stop;
    signals->context = context;
    for (int i = 0; i < MR_STOP_SIGNALS; i++) {
        uv_signal_t *handle = &signals->handles[i];
        int rc = uv_signal_init(loop, handle);
        MR_ASSERT(rc == 0);
        handle->data = signals;
        uv_unref((uv_handle_t *)handle);
        struct sigaction now;
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 &&
            now.sa_handler == SIG_IGN) {
            continue;
        }
        rc = uv_signal_start(handle, on_signal, numbers[i]);
        MR_ASSERT(rc == 0);
    }
}
