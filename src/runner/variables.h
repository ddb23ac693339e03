/*
 * variables.h - the environment variables of a handler's process, as reference/lambda.md section 2
 * has them. Nothing of millrace's own environment goes in but PATH.
 */
#ifndef MR_SRC_RUNNER_VARIABLES_H
#define MR_SRC_RUNNER_VARIABLES_H

#include "sim/lambda/runner.h"
#include "src/runner/runtime.h"

typedef struct mr_variables_options {
    const mr_function_code *code; /* all borrowed for the call */
    mr_runtime_kind runtime;
    const char *task_root;   /* absolute */
    const char *runtime_dir; /* absolute; where the bootstraps are */
    const char *region;
    const char *endpoint_url; /* NULL: none */
    uint16_t api_port;        /* of this environment's own Runtime API */
    uint32_t environment;
    int64_t time_us; /* for the log stream's date */
} mr_variables_options;

/* "NAME=value" texts, ended by NULL; release with mr_variables_free(). */
char **mr_variables_make(const mr_variables_options *options);
void mr_variables_free(char **variables); /* NULL is fine */

#endif
