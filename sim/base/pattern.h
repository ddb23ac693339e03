/*
 * pattern.h - regular expressions in Java's syntax, as far as templates (AllowedPattern) and the
 * models of the AWS APIs use it.
 *
 * Literals, ".", classes, \d \w \s and their opposites, groups, alternatives, ^ $ and the
 * quantifiers * + ? {m,n}, also lazy. Matching backtracks within a budget, so a pattern from a
 * stranger cannot hang the program. It goes by bytes: "." is one byte of a longer character.
 */
#ifndef MR_SIM_BASE_PATTERN_H
#define MR_SIM_BASE_PATTERN_H

#include "sim/base/bytes.h"

typedef enum mr_match {
    MR_MATCH_NO,
    MR_MATCH_YES,
    MR_MATCH_UNKNOWN /* a form that is not known here, or past the budget */
} mr_match;

/* Whether the pattern matches all of text. */
mr_match mr_pattern_match(const char *pattern, mr_bytes text);

#endif
