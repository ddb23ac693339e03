/*
 * log_compare.h - where two event logs part.
 */
#ifndef MR_SRC_SCENARIO_LOG_COMPARE_H
#define MR_SRC_SCENARIO_LOG_COMPARE_H

#include "sim/base/error.h"

typedef struct mr_log_difference {
    uint64_t number;      /* of the first event that differs, from 1; 0: none does */
    char *first, *second; /* the two lines, without their ends; owned. NULL: the log has ended */
} mr_log_difference;

/* Compares two files line by line. Release with mr_log_difference_deinit(), also on errors.
 * Errors: those of opening and reading. */
MR_NODISCARD mr_code mr_logs_compare(const char *first, const char *second, mr_log_difference *out,
                                     mr_error *err);
void mr_log_difference_deinit(mr_log_difference *difference);

#endif
