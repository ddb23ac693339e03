/* lambda_deploy.c - a template's functions: made, brought up to date, or left as they are. See
 * lambda.h. */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/lambda_private.h"

/* ---- has the template changed? ---- */

static void digest_text(mr_digest *digest, const char *text)
{
    const char *given = text == NULL ? "" : text;
    mr_digest_update(digest, text == NULL ? "-" : "+", 1);
    mr_digest_update(digest, given, strlen(given) + 1); /* its NUL parts it from the next */
}

static void digest_number(mr_digest *digest, int64_t number)
{
    char *text = mr_format("%lld", (long long)number);
    digest_text(digest, text);
    mr_free(text);
}

static char *digest_of(const mr_lambda_template *of)
{
    const mr_function_options *o = &of->function;
    mr_digest *digest = mr_digest_new_sha256();
    const char *const texts[] = {o->runtime,      o->handler, o->directory,
                                 of->inline_code, of->role,   of->description};
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        digest_text(digest, texts[i]);
    }
    digest_number(digest, o->timeout_us);
    digest_number(digest, o->memory_mib);
    digest_number(digest, o->concurrency);
    for (const char *const *v = o->environment; v != NULL && *v != NULL; v++) {
        digest_text(digest, *v);
    }
    digest_text(digest, NULL);
    mr_digest_update(digest, of->zip.at, of->zip.len);
    uint8_t bytes[32];
    char hex[MR_CODE_HEX_SIZE];
    (void)mr_digest_finish(digest, bytes);
    mr_digest_free(digest);
    mr_hex(bytes, sizeof(bytes), hex);
    return mr_strdup(hex);
}

/* ---- what it says ---- */

static void set_given(mr_configuration *c, mr_setting setting, const char *text)
{
    if (text != NULL) {
        mr_configuration_set(c, setting, text);
    }
}

static mr_configuration configuration_of(const mr_lambda_template *of)
{
    const mr_function_options *o = &of->function;
    mr_configuration c = mr_configuration_make(o->name);
    set_given(&c, MR_SETTING_RUNTIME, o->runtime);
    set_given(&c, MR_SETTING_HANDLER, o->handler);
    set_given(&c, MR_SETTING_ROLE, of->role);
    set_given(&c, MR_SETTING_DESCRIPTION, of->description);
    c.timeout_s = o->timeout_us == 0 ? c.timeout_s : o->timeout_us / MR_US_PER_SECOND;
    c.memory_mib = o->memory_mib == 0 ? c.memory_mib : o->memory_mib;
    for (const char *const *v = o->environment; v != NULL && *v != NULL; v++) {
        const char *equals = strchr(*v, '=');
        MR_ASSERT(equals != NULL);
        char *name = mr_strndup(*v, (size_t)(equals - *v));
        mr_configuration_add_variable(&c, name, equals + 1);
        mr_free(name);
    }
    return c;
}

static mr_code take_code(mr_lambda_version *version, const mr_lambda_template *of, mr_error *err)
{
    mr_lambda *lambda = version->function->lambda;
    mr_free(version->folder);
    version->folder = mr_strdup(of->zip.len > 0 ? NULL : of->function.directory);
    version->code[0] = '\0';
    version->code_bytes = 0;
    version->has_sha256 = false;
    if (of->zip.len == 0) {
        return MR_OK;
    }
    char why[MR_CODE_WHY_SIZE];
    mr_code code =
        mr_code_store_put(&lambda->store, of->function.name, of->zip, version->code, why, err);
    if (code == MR_BAD_INPUT) {
        return mr_error_set(err, code, "the zip of function %s: %s", of->function.name, why);
    }
    version->code_bytes = (int64_t)of->zip.len;
    version->has_sha256 = true;
    mr_lambda_sha256_of_hex(version->code, version->code_sha256);
    return code;
}

/* ---- making it so ---- */

static mr_code store(mr_lambda_function *function, const mr_lambda_version *version, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = mr_lambda_store_function(function, err);
    if (code == MR_OK) {
        code = mr_lambda_store_version(version, err);
    }
    return mr_lambda_end_transaction(db, code, err);
}

/* Brings the function to what the template says. digest: taken over. */
static mr_code bring(mr_lambda_function *function, const mr_lambda_template *of, char *digest,
                     mr_error *err)
{
    mr_lambda *lambda = function->lambda;
    mr_lambda_version *next = mr_lambda_version_new(function, 0, function->latest);
    mr_configuration_deinit(&next->configuration);
    next->configuration = configuration_of(of);
    mr_lambda_version_touch(next);
    int64_t ends_us = mr_clock_now_us(lambda->options.clock) + lambda->options.state_delay_us;
    *(function->latest == NULL ? &next->active_us : &next->updated_us) = ends_us;
    mr_free(function->template_digest);
    function->template_digest = digest;
    function->reserved = of->function.concurrency == 0 ? -1 : (int32_t)of->function.concurrency;
    mr_code code = take_code(next, of, err);
    if (code == MR_OK) {
        code = store(function, next, err);
    }
    if (code != MR_OK) {
        mr_lambda_version_free(next);
        return code;
    }
    mr_lambda_version_free(function->latest);
    function->latest = next;
    return mr_lambda_version_start(next, of->function.builtin, err);
}

/* One that is there already. digest: taken over. */
static mr_code deploy_again(mr_lambda_function *function, const mr_lambda_template *of,
                            char *digest, mr_error *err)
{
    mr_code code = MR_OK;
    if (function->template_digest == NULL) {
        mr_trace_warn_about(
            function->lambda->options.trace, &(mr_event){.function = function->name},
            "function %s of the template is there already, made by a client: it stays as "
            "it is",
            function->name);
        mr_free(digest);
    } else if (strcmp(function->template_digest, digest) == 0) {
        mr_free(digest);
        if (of->function.builtin != NULL) {
            code = mr_lambda_version_start(function->latest, of->function.builtin, err);
        }
    } else {
        code = bring(function, of, digest, err);
        mr_lambda_sweep(function->lambda, function->name, function);
    }
    return code;
}

mr_code mr_lambda_deploy(mr_lambda *lambda, const mr_lambda_template *of, mr_error *err)
{
    char *digest = digest_of(of);
    mr_lambda_function *function = mr_lambda_find(lambda, mr_bytes_of(of->function.name));
    if (function != NULL) {
        return deploy_again(function, of, digest, err);
    }
    function = mr_lambda_function_new(lambda, of->function.name);
    mr_code code = bring(function, of, digest, err);
    if (code != MR_OK) {
        mr_lambda_function_free(function);
        mr_lambda_sweep(lambda, of->function.name, NULL);
        return code;
    }
    (void)mr_map_put(lambda->by_name, mr_bytes_of(function->name), function);
    return MR_OK;
}
