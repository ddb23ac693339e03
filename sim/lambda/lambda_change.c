/* lambda_change.c - creating, updating, publishing and deleting functions. See lambda.h, and
 * lambda_private.h for the steps of a change. */
#include "sim/base/alloc.h"
#include "sim/lambda/lambda_private.h"
#include "sim/lambda/lambda_tags.h"

static int64_t state_ends_us(const mr_lambda *lambda)
{
    return mr_clock_now_us(lambda->options.clock) + lambda->options.state_delay_us;
}

/* ---- code ---- */

/* Keeps the zip and makes it the version's code. */
static mr_code take_zip(mr_lambda_version *version, mr_bytes zip, mr_error *err)
{
    mr_lambda *lambda = version->function->lambda;
    char why[MR_CODE_WHY_SIZE];
    if (zip.len == 0) {
        return mr_error_set(err, MR_BAD_INPUT, "Uploaded file must be a non-empty zip");
    }
    mr_code code =
        mr_code_store_put(&lambda->store, version->function->name, zip, version->code, why, err);
    if (code != MR_OK && why[0] != '\0') { /* the client is told less: AWS's words */
        mr_trace_warn_about(lambda->options.trace, &(mr_event){.function = version->function->name},
                            "the zip of function %s is refused: %s", version->function->name, why);
    }
    if (code == MR_OK) {
        mr_free(version->folder);
        version->folder = NULL;
        version->code_bytes = (int64_t)zip.len;
        version->has_sha256 = true;
        mr_lambda_sha256_of_hex(version->code, version->code_sha256);
    }
    return code;
}

/* ---- publishing ---- */

/* What publishing changes of the function itself, so that it can be taken back. */
typedef struct publication {
    mr_lambda_version *version; /* owned until it is kept; NULL: nothing is published */
    char *revision_before;
} publication;

/* Makes a version of `latest` and writes it, inside a transaction. */
static mr_code publish(mr_lambda_function *function, const mr_lambda_version *latest,
                       const char *description, publication *p, mr_error *err)
{
    p->version = mr_lambda_version_new(function, function->next_version, latest);
    p->revision_before = function->published_revision;
    mr_lambda_version_touch(p->version);
    if (description != NULL) {
        mr_configuration_set(&p->version->configuration, MR_SETTING_DESCRIPTION, description);
    }
    function->next_version++;
    function->published_revision = mr_strdup(latest->revision);
    mr_code code = mr_lambda_store_version(p->version, err);
    return code == MR_OK ? mr_lambda_store_function(function, err) : code;
}

/* After the transaction: what it wrote is there, or is not. */
static mr_code settle(mr_lambda_function *function, publication *p, mr_code code, mr_error *err)
{
    if (p->version == NULL) {
        return code;
    }
    if (code == MR_OK) {
        mr_free(p->revision_before);
        mr_lambda_function_add_version(function, p->version);
        return mr_lambda_version_start(p->version, NULL, err);
    }
    mr_free(function->published_revision);
    function->published_revision = p->revision_before;
    function->next_version--;
    mr_lambda_version_free(p->version);
    p->version = NULL;
    return code;
}

/* ---- creating ---- */

static mr_code store_new(mr_lambda_function *function, const mr_lambda_create_options *options,
                         publication *p, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = mr_lambda_store_function(function, err);
    if (code == MR_OK) {
        code = mr_lambda_store_version(function->latest, err);
    }
    if (code == MR_OK) {
        code = mr_lambda_add_tags(function, options->tags, options->tag_count, err);
    }
    if (code == MR_OK && options->publish) {
        code = publish(function, function->latest, NULL, p, err);
    }
    return mr_lambda_end_transaction(db, code, err);
}

static mr_code build_new(mr_lambda_function *function, const mr_lambda_create_options *options,
                         mr_error *err)
{
    mr_lambda_version *latest = mr_lambda_version_new(function, 0, NULL);
    latest->configuration = mr_configuration_copy(options->configuration);
    latest->active_us = state_ends_us(function->lambda);
    mr_lambda_version_touch(latest);
    mr_lambda_function_add_version(function, latest);
    mr_code code = take_zip(latest, options->zip, err);
    return code == MR_OK ? mr_lambda_version_start(latest, NULL, err) : code;
}

mr_code mr_lambda_create(mr_lambda *lambda, const mr_lambda_create_options *options,
                         mr_lambda_version **out, mr_error *err)
{
    if (mr_lambda_find(lambda, mr_bytes_of(options->name)) != NULL) {
        return mr_error_set(err, MR_FUNCTION_EXISTS, "Function already exist: %s", options->name);
    }
    mr_code code = mr_configuration_check(options->configuration, err);
    if (code != MR_OK) {
        return code;
    }
    publication p = {.version = NULL};
    mr_lambda_function *function = mr_lambda_function_new(lambda, options->name);
    code = build_new(function, options, err);
    if (code == MR_OK) {
        code = store_new(function, options, &p, err);
    }
    code = settle(function, &p, code, err);
    if (code != MR_OK) {
        mr_lambda_version_stop(function->latest);
        mr_lambda_function_free(function);
        mr_lambda_sweep(lambda, options->name, NULL);
        return code;
    }
    (void)mr_map_put(lambda->by_name, mr_bytes_of(function->name), function);
    if (out != NULL) {
        *out = p.version != NULL ? p.version : function->latest;
    }
    return MR_OK;
}

/* ---- updating ---- */

static mr_code require_revision(const mr_lambda_function *function, const char *revision,
                                mr_error *err)
{
    if (revision == NULL || strcmp(revision, function->latest->revision) == 0) {
        return MR_OK;
    }
    return mr_error_set(err, MR_REVISION_STALE,
                        "The Revision Id provided does not match the latest Revision Id. Call the "
                        "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

static mr_code require_changeable(const mr_lambda_function *function, const char *revision,
                                  mr_error *err)
{
    mr_code code = require_revision(function, revision, err);
    return code == MR_OK ? mr_lambda_require_ready(function->latest, err) : code;
}

/* Puts a new $LATEST in the place of the old one. next: taken over. */
static mr_code replace_latest(mr_lambda_function *function, mr_lambda_version *next,
                              bool is_published, mr_lambda_version **out, mr_error *err)
{
    mr_lambda *lambda = function->lambda;
    mr_db *db = lambda->options.db;
    publication p = {.version = NULL};
    mr_lambda_version_touch(next);
    next->updated_us = state_ends_us(lambda);
    mr_code code = mr_db_begin(db, err);
    if (code == MR_OK) {
        code = mr_lambda_store_version(next, err);
        if (code == MR_OK && is_published) {
            code = publish(function, next, NULL, &p, err);
        }
        code = mr_lambda_end_transaction(db, code, err);
    }
    if (code == MR_OK) {
        mr_lambda_version_free(function->latest);
        function->latest = next;
        code = mr_lambda_version_start(next, NULL, err);
    } else {
        mr_lambda_version_free(next);
    }
    code = settle(function, &p, code, err);
    mr_lambda_sweep(lambda, function->name, function);
    if (code == MR_OK && out != NULL) {
        *out = p.version != NULL ? p.version : function->latest;
    }
    return code;
}

mr_code mr_lambda_update_code(mr_lambda_function *function, const mr_lambda_code_options *options,
                              mr_lambda_version **out, mr_error *err)
{
    mr_code code = require_changeable(function, options->revision, err);
    if (code != MR_OK) {
        return code;
    }
    mr_lambda_version *next = mr_lambda_version_new(function, 0, function->latest);
    code = take_zip(next, options->zip, err);
    if (code != MR_OK || options->dry_run) {
        mr_lambda_version_free(next);
        mr_lambda_sweep(function->lambda, function->name, function);
        if (code == MR_OK && out != NULL) {
            *out = function->latest;
        }
        return code;
    }
    if (options->architecture != NULL) {
        mr_configuration_set(&next->configuration, MR_SETTING_ARCHITECTURE, options->architecture);
    }
    return replace_latest(function, next, options->publish, out, err);
}

mr_code mr_lambda_update_configuration(mr_lambda_function *function,
                                       const mr_configuration *configuration, const char *revision,
                                       mr_error *err)
{
    mr_code code = require_changeable(function, revision, err);
    if (code == MR_OK) {
        code = mr_configuration_check(configuration, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_lambda_version *next = mr_lambda_version_new(function, 0, function->latest);
    mr_configuration_deinit(&next->configuration);
    next->configuration = mr_configuration_copy(configuration);
    return replace_latest(function, next, false, NULL, err);
}

mr_code mr_lambda_publish(mr_lambda_function *function, const mr_lambda_publish_options *options,
                          mr_lambda_version **out, mr_error *err)
{
    mr_lambda_version *latest = function->latest;
    mr_lambda_view view = mr_lambda_version_view(latest);
    mr_code code = require_changeable(function, options->revision, err);
    if (code == MR_OK && options->code_sha256 != NULL &&
        strcmp(options->code_sha256, view.code_sha256) != 0) {
        code = mr_error_set(err, MR_INVALID_ARGUMENT,
                            "CodeSHA256 (%.100s) is different from current CodeSHA256 in $LATEST "
                            "(%s). Please try again with the CodeSHA256 in $LATEST.",
                            options->code_sha256, view.code_sha256);
    }
    if (code != MR_OK) {
        return code;
    }
    bool is_unchanged = function->version_count > 0 && function->published_revision != NULL &&
                        strcmp(function->published_revision, latest->revision) == 0;
    if (is_unchanged) {
        *out = function->versions[function->version_count - 1];
        return MR_OK;
    }
    publication p = {.version = NULL};
    mr_db *db = function->lambda->options.db;
    code = mr_db_begin(db, err);
    if (code == MR_OK) {
        code = publish(function, latest, options->description, &p, err);
        code = mr_lambda_end_transaction(db, code, err);
    }
    code = settle(function, &p, code, err);
    if (code == MR_OK) {
        *out = p.version;
    }
    return code;
}

/* ---- deleting ---- */

mr_code mr_lambda_delete(mr_lambda_function *function, mr_error *err)
{
    mr_lambda *lambda = function->lambda;
    mr_db *db = lambda->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code == MR_OK) {
        code = mr_lambda_end_transaction(db, mr_lambda_erase_function(function, err), err);
    }
    if (code != MR_OK) {
        return code;
    }
    char *name = mr_strdup(function->name);
    (void)mr_map_remove(lambda->by_name, mr_bytes_of(name));
    mr_lambda_version_stop(function->latest);
    for (size_t i = 0; i < function->version_count; i++) {
        mr_lambda_version_stop(function->versions[i]);
    }
    mr_lambda_function_free(function);
    mr_lambda_sweep(lambda, name, NULL);
    mr_free(name);
    return MR_OK;
}

mr_code mr_lambda_delete_version(mr_lambda_version *version, mr_error *err)
{
    mr_lambda_function *function = version->function;
    mr_db *db = function->lambda->options.db;
    if (version->number == 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "$LATEST version cannot be deleted without deleting the function.");
    }
    mr_code code = mr_db_begin(db, err);
    if (code == MR_OK) {
        code = mr_lambda_end_transaction(db, mr_lambda_erase_version(version, err), err);
    }
    if (code != MR_OK) {
        return code;
    }
    size_t i = 0;
    while (function->versions[i] != version) {
        i++;
    }
    function->version_count--;
    memmove(&function->versions[i], &function->versions[i + 1],
            (function->version_count - i) * sizeof(*function->versions));
    mr_lambda_version_stop(version);
    mr_lambda_version_free(version);
    mr_lambda_sweep(function->lambda, function->name, function);
    return MR_OK;
}

/* ---- concurrency ---- */

mr_code mr_lambda_reserve(mr_lambda_function *function, int32_t reserved, mr_error *err)
{
    if (reserved < -1 || reserved > MR_FUNCTION_CONCURRENCY_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Specified ReservedConcurrentExecutions for function decreases "
                            "account's UnreservedConcurrentExecution below its minimum value of "
                            "[0].");
    }
    int32_t before = function->reserved;
    function->reserved = reserved;
    mr_code code = mr_lambda_store_function(function, err);
    if (code != MR_OK) {
        function->reserved = before;
        return code;
    }
    for (size_t i = 0; i <= function->version_count; i++) {
        mr_lambda_version *v = i == 0 ? function->latest : function->versions[i - 1];
        if (v->runtime != NULL) {
            mr_function_reserve(v->runtime, reserved);
        }
    }
    return MR_OK;
}
