/*
 * lambda_private.h - what the parts of the control plane share: the set of functions (lambda.c),
 * changes (lambda_change.c), templates (lambda_deploy.c) and their rows in catalog.db
 * (lambda_rows.c).
 *
 * A change is made in three steps: the new version is built beside the old one, written in one
 * transaction, and put in its place. So a call that fails has changed nothing, in memory or on
 * disk.
 */
#ifndef MR_SIM_LAMBDA_LAMBDA_PRIVATE_H
#define MR_SIM_LAMBDA_LAMBDA_PRIVATE_H

#include "sim/base/map.h"
#include "sim/lambda/lambda.h"

#define MR_LAMBDA_SHA256_SIZE 45 /* in base64, and NUL */

struct mr_lambda_version {
    mr_lambda_function *function; /* borrowed */
    int64_t number;               /* 0: $LATEST */
    char number_text[24];
    char *arn;
    mr_configuration configuration;
    char code[MR_CODE_HEX_SIZE]; /* of the code store; "": it is in a folder, or nowhere */
    int64_t code_bytes;
    char *folder; /* of the user; NULL: none */
    char code_sha256[MR_LAMBDA_SHA256_SIZE];
    bool has_sha256; /* of a folder it is made when it is asked for */
    char revision[MR_UUID_SIZE];
    int64_t modified_us, active_us, updated_us;
    mr_function *runtime; /* NULL: nothing here can be run */
};

struct mr_lambda_function {
    mr_lambda *lambda; /* borrowed */
    char *name, *arn;
    mr_lambda_version *latest;
    mr_lambda_version **versions; /* published, by number */
    size_t version_count, version_capacity;
    int64_t next_version;
    char *published_revision; /* NULL: nothing has been published */
    int32_t reserved;         /* -1: none */
    char *template_digest;    /* NULL: of no template */
};

struct mr_lambda {
    mr_lambda_options options; /* its texts are owned */
    mr_code_store store;
    mr_map *by_name;
    uint64_t revisions; /* given so far: one more each time */
};

/* ---- lambda.c ---- */

mr_lambda_function *mr_lambda_function_new(mr_lambda *lambda, const char *name);
void mr_lambda_function_free(mr_lambda_function *function); /* NULL is fine */
void mr_lambda_function_add_version(mr_lambda_function *function, mr_lambda_version *version);

/* With the settings of `of` when it is not NULL, and its code; of the same number unless that is
 * published. Not in the function. */
mr_lambda_version *mr_lambda_version_new(mr_lambda_function *function, int64_t number,
                                         const mr_lambda_version *of);
void mr_lambda_version_free(mr_lambda_version *version); /* NULL is fine; its runtime stays */
/* Gives it its revision and its time. */
void mr_lambda_version_touch(mr_lambda_version *version);
/* The base64 of a code's hex. */
void mr_lambda_sha256_of_hex(const char *hex, char out[MR_LAMBDA_SHA256_SIZE]);

/* Makes a version run, or run on with its new settings. builtin: NULL: none, or as it was. Errors:
 * those of mr_functions_add(). */
MR_NODISCARD mr_code mr_lambda_version_start(mr_lambda_version *version,
                                             const mr_builtin_options *builtin, mr_error *err);
void mr_lambda_version_stop(mr_lambda_version *version);

/* Removes code that no version refers to, unless some of it runs. Errors are told as warnings: what
 * is left is swept at the next opening. */
void mr_lambda_sweep(mr_lambda *lambda, const char *name, const mr_lambda_function *function);

/* ---- lambda_rows.c ---- */

MR_NODISCARD mr_code mr_lambda_load(mr_lambda *lambda, mr_error *err);
MR_NODISCARD mr_code mr_lambda_store_function(const mr_lambda_function *function, mr_error *err);
MR_NODISCARD mr_code mr_lambda_store_version(const mr_lambda_version *version, mr_error *err);
MR_NODISCARD mr_code mr_lambda_erase_function(const mr_lambda_function *function, mr_error *err);
MR_NODISCARD mr_code mr_lambda_erase_version(const mr_lambda_version *version, mr_error *err);

/* Commits, or rolls back when code is not MR_OK; the first error counts. */
MR_NODISCARD mr_code mr_lambda_end_transaction(mr_db *db, mr_code code, mr_error *err);

#endif
