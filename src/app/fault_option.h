/*
 * fault_option.h - a fault as words: --fault 'store-refused:crime-data*,from=30s,for=60s'.
 */
#ifndef MR_SRC_APP_FAULT_OPTION_H
#define MR_SRC_APP_FAULT_OPTION_H

#include "sim/fault/fault.h"

/*
 * Reads KIND[:TARGET][,from=DURATION][,for=DURATION][,first=N][,every=N][,most=N]
 * [,probability=P][,delay=DURATION][,text=TEXT]; times count from start_us. The text comes last: it
 * goes on to the end, commas and all.
 *
 * words:  out; owned (mr_free), what rule->target (NULL: every target) and rule->text point into;
 *         NULL on an error.
 * Errors: MR_INVALID_ARGUMENT, naming the word, with the nearest kind.
 */
MR_NODISCARD mr_code mr_fault_option_parse(const char *text, int64_t start_us, mr_fault_rule *rule,
                                           char **words, mr_error *err);

#endif
