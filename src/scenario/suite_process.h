/*
 * suite_process.h - one worker process as `millrace test` sees it: lines go in, lines come out, and
 * the end of what it says on standard error is kept, for the day it dies.
 */
#ifndef MR_SRC_SCENARIO_SUITE_PROCESS_H
#define MR_SRC_SCENARIO_SUITE_PROCESS_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#include <uv.h>

#define MR_LAST_WORDS_MAX (8 * MR_KIB)

typedef struct mr_suite_process mr_suite_process;

typedef struct mr_suite_process_end {
    int64_t status;         /* its exit status */
    int signal;             /* what killed it; 0: it has exited */
    const char *last_words; /* the end of its standard error; borrowed for the call */
} mr_suite_process_end;

typedef struct mr_suite_process_options {
    uv_loop_t *loop;       /* borrowed, as the program for the call */
    const char *program;   /* started as `program test --worker` */
    size_t line_bytes_max; /* a longer line is the process's death */
    /* A line, without its end; borrowed for the call. */
    void (*line)(void *context, mr_bytes line);
    /* It has ended and everything it said has been heard: called once, and after it the process
     * may not be touched. */
    void (*ended)(void *context, const mr_suite_process_end *end);
    void *context;
} mr_suite_process_options;

/* Errors: MR_IO and its kin, naming the program. */
MR_NODISCARD mr_code mr_suite_process_start(const mr_suite_process_options *options,
                                            mr_suite_process **out, mr_error *err);

/* Writes a copy of the bytes to its standard input, and forgets its words so far: they were about
 * something else. One that has died takes them, too. */
void mr_suite_process_send(mr_suite_process *process, mr_bytes line);
/* Closes its standard input: nothing more is to be done, and it exits. */
void mr_suite_process_finish(mr_suite_process *process);
/* Ends it, and what it has started: with SIGTERM, which it obeys at once whatever it is doing
 * (suite_guard.h), and with SIGKILL when it has not within a short time. */
void mr_suite_process_kill(mr_suite_process *process);

#endif
