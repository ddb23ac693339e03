/*
 * object_words.h - what `ls` and `cat` have in common: "s3://bucket/key", and where it is.
 */
#ifndef MR_SRC_CLI_OBJECT_WORDS_H
#define MR_SRC_CLI_OBJECT_WORDS_H

#include "sim/base/error.h"

typedef struct cli_s3_place {
    char *bucket;    /* owned */
    const char *key; /* borrowed from the text; "" when it has none */
} cli_s3_place;

/* Errors: MR_INVALID_ARGUMENT: not of this form, or no bucket has such a name. */
MR_NODISCARD mr_code cli_s3_place_parse(const char *text, cli_s3_place *out, mr_error *err);
void cli_s3_place_deinit(cli_s3_place *place); /* a zeroed one is fine */

#endif
