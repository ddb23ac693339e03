/*
 * lambda_tags.h - the tags of a function: a small map from text to text, kept in catalog.db.
 *
 * Source: reference/lambda.md section 5; Developer Guide, "Tags": 50 of them, keys of 128
 * characters, values of 256.
 */
#ifndef MR_SIM_LAMBDA_LAMBDA_TAGS_H
#define MR_SIM_LAMBDA_LAMBDA_TAGS_H

#include "sim/lambda/lambda.h"

#define MR_LAMBDA_TAGS_MAX 50

/* Adds tags, or gives those that are there new values: all or none. Errors: MR_INVALID_ARGUMENT
 * (more than 50 afterwards), those of the database. */
MR_NODISCARD mr_code mr_lambda_add_tags(mr_lambda_function *function, const mr_lambda_tag *tags,
                                        size_t count, mr_error *err);
/* Keys that are not there are fine. Errors: those of the database. */
MR_NODISCARD mr_code mr_lambda_remove_tags(mr_lambda_function *function, const char *const *keys,
                                           size_t count, mr_error *err);

/* In byte order of keys; the texts are borrowed for the call. */
typedef void (*mr_lambda_tag_fn)(void *context, const mr_lambda_tag *tag);
MR_NODISCARD mr_code mr_lambda_each_tag(mr_lambda_function *function, mr_lambda_tag_fn fn,
                                        void *context, mr_error *err);

#endif
