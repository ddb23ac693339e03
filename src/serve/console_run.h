/*
 * console_run.h - `millrace run --console`: a run whose world is served as well, and which stays
 * open when all is delivered.
 */
#ifndef MR_SRC_SERVE_CONSOLE_RUN_H
#define MR_SRC_SERVE_CONSOLE_RUN_H

#include "src/app/run.h"
#include "src/serve/front.h"

typedef struct mr_console_run_options {
    mr_run_options run; /* all but holder, which is set here */
    const char *host;   /* as in front.h */
    uint16_t port;
    /* Called once, when requests are answered. url: "http://127.0.0.1:4566"; for the call. */
    void (*ready)(void *context, const char *url);
    void *context;
} mr_console_run_options;

/* As mr_run(), with the same errors and those of the listener. */
MR_NODISCARD mr_code mr_console_run(const mr_console_run_options *options, bool summary_json,
                                    mr_run_result *result, mr_error *err);

#endif
