/*
 * twice.h - `run --twice`: the same run two times, and the first event in which they differ.
 */
#ifndef MR_SRC_APP_TWICE_H
#define MR_SRC_APP_TWICE_H

#include "src/app/run.h"

/*
 * Runs as mr_run() does, then again in a second state directory beside the first ("-twice", which
 * is removed afterwards), comparing the event logs line by line and then the digests.
 *
 * Errors: those of mr_run(); MR_CORRUPT when the two differ, with the number of the event and both
 *         lines in the message.
 */
MR_NODISCARD mr_code mr_run_twice(const mr_run_options *options, bool summary_json,
                                  mr_run_result *result, mr_error *err);

#endif
