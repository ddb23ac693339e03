/*
 * lambda.h - Lambda's control plane: which functions there are, what they are set to, and their
 * code, versions, tags and permissions. Invoking is function.h's; each version that has code here
 * is a function of that module.
 *
 *   create --the state delay--> Active      updates: InProgress --the state delay--> Successful
 *
 * Everything is in catalog.db and below the state directory's functions/ before a call returns, and
 * is there again after a restart or a kill. A call that fails changes nothing.
 *
 * States are a question of the world's clock alone: nothing waits for them but clients. What Lambda
 * does between a call and its state here is done when the call returns; a delivery stream may
 * invoke a function that is still Pending.
 *
 * A function of a template has its code in the user's folder, where it is run as it lies, or in a
 * zip. The template is looked at when it says something else than the last time: until then a
 * function keeps what clients have made of it.
 *
 * Messages are AWS's own words where it has some. Source: reference/lambda.md section 5.
 */
#ifndef MR_SIM_LAMBDA_LAMBDA_H
#define MR_SIM_LAMBDA_LAMBDA_H

#include "sim/db/db.h"
#include "sim/lambda/code_store.h"
#include "sim/lambda/configuration.h"
#include "sim/lambda/function.h"

typedef struct mr_lambda mr_lambda;
typedef struct mr_lambda_function mr_lambda_function;
typedef struct mr_lambda_version mr_lambda_version; /* $LATEST, or a published one */

#define MR_LAMBDA_ZIP_BYTES_MAX 52428800 /* of a zip that comes with the call */

typedef struct mr_lambda_options {
    mr_clock *clock; /* all borrowed, all outlive it */
    mr_trace *trace;
    mr_file_system *fs;
    mr_db *db;
    mr_functions *functions; /* what runs is added here */
    const char *directory;   /* "<state>/functions"; copied, as the next two */
    const char *region, *account;
    bool durable;
    uint64_t seed;
    int64_t state_delay_us; /* 0: states take no time */
} mr_lambda_options;

/* Opens what a stopped or killed process left, and sweeps away code that nothing refers to.
 * Errors: those of the disk and the database. */
MR_NODISCARD mr_code mr_lambda_open(const mr_lambda_options *options, mr_lambda **out,
                                    mr_error *err);
void mr_lambda_free(mr_lambda *lambda); /* NULL is fine */
/* For what begins from now on: a template's functions are there at once. */
void mr_lambda_set_state_delay(mr_lambda *lambda, int64_t delay_us);

/* ---- looking ---- */

/* By its name alone. NULL when absent. Borrowed until it is deleted. */
mr_lambda_function *mr_lambda_find(mr_lambda *lambda, mr_bytes name);
/* In byte order of names. The array is owned by the caller. */
mr_lambda_function **mr_lambda_list(mr_lambda *lambda, size_t *count);
const char *mr_lambda_function_name(const mr_lambda_function *function);
const char *mr_lambda_function_arn(const mr_lambda_function *function); /* unqualified */
/* Concurrency that is reserved for it; -1: none. */
int32_t mr_lambda_reserved(const mr_lambda_function *function);
mr_lambda_version *mr_lambda_latest(mr_lambda_function *function);
/* qualifier: "$LATEST" or a number. NULL when there is none. Borrowed, as above. */
mr_lambda_version *mr_lambda_version_of(mr_lambda_function *function, mr_bytes qualifier);
/* The published ones by rising number. Borrowed until the next call that changes something. */
mr_lambda_version *const *mr_lambda_versions(const mr_lambda_function *function, size_t *count);

/* What a version is. Borrowed until it changes. */
typedef struct mr_lambda_view {
    const char *name;
    const char *arn;    /* qualified for a published version */
    const char *number; /* "$LATEST" or "1" */
    const mr_configuration *configuration;
    const char *code_sha256; /* base64; of a user's folder as it would be packed, when it was first
                                asked for; "" when it cannot be */
    int64_t code_bytes;
    const char *revision;
    int64_t modified_us; /* the time of day */
    bool is_pending;     /* State; otherwise Active */
    bool is_updating;    /* LastUpdateStatus InProgress; otherwise Successful */
} mr_lambda_view;

mr_lambda_view mr_lambda_version_view(mr_lambda_version *version);
/* What runs it. NULL: there is no code here (a template whose code is not beside it). */
mr_function *mr_lambda_version_function(mr_lambda_version *version);
mr_lambda_function *mr_lambda_version_owner(const mr_lambda_version *version);

/* The zip: as it was uploaded, or the user's folder packed. Errors: MR_NOT_FOUND (there is none),
 * MR_TOO_LARGE, those of the disk. */
MR_NODISCARD mr_code mr_lambda_version_zip(mr_lambda_version *version, mr_strbuf *out,
                                           mr_error *err);

/* Errors: MR_FUNCTION_BUSY when it is Pending or an update is in progress. */
MR_NODISCARD mr_code mr_lambda_require_ready(const mr_lambda_version *version, mr_error *err);

/* ---- changing ---- */

typedef struct mr_lambda_tag {
    const char *key, *value;
} mr_lambda_tag;

typedef struct mr_lambda_create_options {
    const char *name;
    const mr_configuration *configuration;
    mr_bytes zip;
    const mr_lambda_tag *tags;
    size_t tag_count;
    bool publish; /* as version 1 at once */
} mr_lambda_create_options;

/*
 * out:    $LATEST, or the version that was published; may be NULL.
 * Errors: MR_FUNCTION_EXISTS, MR_INVALID_ARGUMENT, MR_BAD_INPUT, MR_TOO_LARGE (its zip), those of
 * the disk and the database.
 */
MR_NODISCARD mr_code mr_lambda_create(mr_lambda *lambda, const mr_lambda_create_options *options,
                                      mr_lambda_version **out, mr_error *err);

typedef struct mr_lambda_code_options {
    mr_bytes zip;
    const char *architecture; /* NULL: as it was */
    const char *revision;     /* that $LATEST must have; NULL: any */
    bool publish;
    bool dry_run; /* says what would happen, and changes nothing */
} mr_lambda_code_options;

/* New code for $LATEST. Errors: those above, MR_FUNCTION_BUSY, MR_REVISION_STALE. */
MR_NODISCARD mr_code mr_lambda_update_code(mr_lambda_function *function,
                                           const mr_lambda_code_options *options,
                                           mr_lambda_version **out, mr_error *err);
/* New settings, all of them, for $LATEST. revision: as above. Errors: MR_INVALID_ARGUMENT,
 * MR_FUNCTION_BUSY, MR_REVISION_STALE, those of the database. */
MR_NODISCARD mr_code mr_lambda_update_configuration(mr_lambda_function *function,
                                                    const mr_configuration *configuration,
                                                    const char *revision, mr_error *err);

typedef struct mr_lambda_publish_options {
    const char *description; /* NULL: that of $LATEST */
    const char *code_sha256; /* that $LATEST must have; NULL: any */
    const char *revision;    /* likewise */
} mr_lambda_publish_options;

/* A version of $LATEST as it is; the last one when nothing has changed since then. Errors: as
 * above. */
MR_NODISCARD mr_code mr_lambda_publish(mr_lambda_function *function,
                                       const mr_lambda_publish_options *options,
                                       mr_lambda_version **out, mr_error *err);

/* With its versions, tags, permissions and waiting events. What runs comes to its end. Errors:
 * those of the database. */
MR_NODISCARD mr_code mr_lambda_delete(mr_lambda_function *function, mr_error *err);
/* One published version. Errors: as above; MR_INVALID_ARGUMENT for $LATEST. */
MR_NODISCARD mr_code mr_lambda_delete_version(mr_lambda_version *version, mr_error *err);

/* reserved: 0 to MR_FUNCTION_CONCURRENCY_MAX; -1: none. Of all versions together on AWS. Differs:
 * of each version here. Errors: MR_INVALID_ARGUMENT, those of the database. */
MR_NODISCARD mr_code mr_lambda_reserve(mr_lambda_function *function, int32_t reserved,
                                       mr_error *err);

/* ---- a template's functions ---- */

typedef struct mr_lambda_template {
    /* directory: the user's folder; NULL with a zip, or with a builtin alone. The rest as it is for
     * mr_functions_add(). */
    mr_function_options function;
    mr_bytes zip;            /* len 0: none */
    const char *inline_code; /* what the folder holds, when the template does; NULL: it does not */
    const char *role, *description; /* NULL: none */
} mr_lambda_template;

/*
 * Makes the function, or brings it to what the template says when that has changed since the last
 * time; its builtin is the template's in any case.
 *
 * Errors: as mr_lambda_create(), and those of mr_functions_add().
 */
MR_NODISCARD mr_code mr_lambda_deploy(mr_lambda *lambda, const mr_lambda_template *of,
                                      mr_error *err);

#endif
