/* lambda.c - the set of functions: opening, looking, and what runs. See lambda.h. */
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/lambda_private.h"

#include <stdio.h>

/* ---- versions ---- */

mr_lambda_version *mr_lambda_version_new(mr_lambda_function *function, int64_t number,
                                         const mr_lambda_version *of)
{
    mr_lambda_version *v = mr_calloc(1, sizeof(*v));
    if (of != NULL) {
        *v = *of;
        v->configuration = mr_configuration_copy(&of->configuration);
        v->folder = mr_strdup(of->folder);
        v->runtime = of->number == number ? of->runtime : NULL;
    }
    v->function = function;
    v->number = number;
    if (number == 0) {
        (void)snprintf(v->number_text, sizeof(v->number_text), "$LATEST");
        v->arn = mr_strdup(function->arn);
    } else {
        (void)snprintf(v->number_text, sizeof(v->number_text), "%lld", (long long)number);
        v->arn = mr_format("%s:%lld", function->arn, (long long)number);
    }
    return v;
}

void mr_lambda_version_free(mr_lambda_version *version)
{
    if (version == NULL) {
        return;
    }
    mr_configuration_deinit(&version->configuration);
    mr_free(version->folder);
    mr_free(version->arn);
    mr_free(version);
}

void mr_lambda_version_touch(mr_lambda_version *version)
{
    mr_lambda *lambda = version->function->lambda;
    version->modified_us = mr_clock_wall_us(lambda->options.clock);
    /* Two lives of one state directory have one seed, and not one time. */
    char *name = mr_format("revision %llu of %s at %lld", (unsigned long long)++lambda->revisions,
                           version->arn, (long long)version->modified_us);
    mr_prng prng = mr_prng_named(lambda->options.seed, name);
    mr_prng_uuid(&prng, version->revision);
    mr_free(name);
}

void mr_lambda_sha256_of_hex(const char *hex, char out[MR_LAMBDA_SHA256_SIZE])
{
    uint8_t bytes[32];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        unsigned byte = 0;
        (void)sscanf(hex + 2 * i, "%2x", &byte);
        bytes[i] = (uint8_t)byte;
    }
    mr_strbuf text = mr_strbuf_make(MR_LAMBDA_SHA256_SIZE - 1);
    mr_base64_encode(&text, mr_bytes_make(bytes, sizeof(bytes)));
    MR_ASSERT(text.len == MR_LAMBDA_SHA256_SIZE - 1);
    memcpy(out, text.at, MR_LAMBDA_SHA256_SIZE);
    mr_strbuf_deinit(&text);
}

/* ---- what runs ---- */

/* The folder that the code runs in; owned; NULL: there is none. */
static char *task_root(const mr_lambda_version *version)
{
    return version->code[0] == '\0' ? mr_strdup(version->folder)
                                    : mr_code_store_folder(&version->function->lambda->store,
                                                           version->function->name, version->code);
}

static mr_code start_with(mr_lambda_version *version, const mr_function_options *options,
                          mr_error *err)
{
    mr_functions *functions = version->function->lambda->options.functions;
    if (version->runtime != NULL && options->builtin == NULL) {
        return mr_function_replace(version->runtime, options, err);
    }
    if (version->runtime != NULL) {
        mr_lambda_version_stop(version);
    }
    mr_code code = mr_functions_add(functions, options, &version->runtime, err);
    if (code == MR_OK) {
        mr_function_reserve(version->runtime, version->function->reserved);
    }
    return code;
}

mr_code mr_lambda_version_start(mr_lambda_version *version, const mr_builtin_options *builtin,
                                mr_error *err)
{
    const mr_configuration *c = &version->configuration;
    char *directory = task_root(version);
    mr_code code = MR_OK;
    if (directory != NULL || builtin != NULL || version->runtime != NULL) {
        char **environment = mr_configuration_environment(c);
        mr_function_options options = {
            .name = version->function->name,
            .published = version->number == 0 ? NULL : version->number_text,
            .runtime = c->texts[MR_SETTING_RUNTIME],
            .handler = c->texts[MR_SETTING_HANDLER],
            .directory = directory,
            .timeout_us = c->timeout_s * MR_US_PER_SECOND,
            .memory_mib = (uint32_t)c->memory_mib,
            .environment = (const char *const *)environment,
            .builtin = builtin,
        };
        code = start_with(version, &options, err);
        mr_configuration_environment_free(environment);
    }
    mr_free(directory);
    return code;
}

void mr_lambda_version_stop(mr_lambda_version *version)
{
    if (version->runtime != NULL) {
        mr_functions_remove(version->function->lambda->options.functions, version->runtime);
        version->runtime = NULL;
    }
}

/* ---- functions ---- */

mr_lambda_function *mr_lambda_function_new(mr_lambda *lambda, const char *name)
{
    mr_lambda_function *f = mr_calloc(1, sizeof(*f));
    f->lambda = lambda;
    f->name = mr_strdup(name);
    f->arn = mr_format("arn:aws:lambda:%s:%s:function:%s", lambda->options.region,
                       lambda->options.account, name);
    f->next_version = 1;
    f->reserved = -1;
    return f;
}

void mr_lambda_function_free(mr_lambda_function *function)
{
    if (function == NULL) {
        return;
    }
    mr_lambda_version_free(function->latest);
    for (size_t i = 0; i < function->version_count; i++) {
        mr_lambda_version_free(function->versions[i]);
    }
    mr_free(function->versions);
    mr_free(function->published_revision);
    mr_free(function->template_digest);
    mr_free(function->name);
    mr_free(function->arn);
    mr_free(function);
}

void mr_lambda_function_add_version(mr_lambda_function *function, mr_lambda_version *version)
{
    if (version->number == 0) {
        MR_ASSERT(function->latest == NULL);
        function->latest = version;
        return;
    }
    MR_GROW(function->versions, function->version_count, function->version_capacity);
    function->versions[function->version_count++] = version;
}

/* ---- sweeping ---- */

static bool is_referred_to(const void *context, const char *hex)
{
    const mr_lambda_function *function = context;
    if (function == NULL) {
        return false;
    }
    bool found = strcmp(function->latest->code, hex) == 0;
    for (size_t i = 0; i < function->version_count && !found; i++) {
        found = strcmp(function->versions[i]->code, hex) == 0;
    }
    return found;
}

void mr_lambda_sweep(mr_lambda *lambda, const char *name, const mr_lambda_function *function)
{
    mr_error err;
    bool runs = function != NULL && function->latest->runtime != NULL &&
                mr_function_in_flight(function->latest->runtime) > 0;
    if (!runs &&
        mr_code_store_sweep(&lambda->store, name, is_referred_to, function, &err) != MR_OK) {
        mr_trace_warn_about(lambda->options.trace, &(mr_event){.function = name},
                            "old code of function %s is left: %s", name, err.message);
    }
}

/* At opening: whatever a process that was killed has left. */
static mr_code sweep_all(mr_lambda *lambda, mr_error *err)
{
    char **names = NULL;
    size_t count = 0;
    mr_code code = mr_code_store_list(&lambda->store, &names, &count, err);
    for (size_t i = 0; i < count; i++) {
        if (code == MR_OK) {
            code = mr_code_store_sweep(&lambda->store, names[i], is_referred_to,
                                       mr_lambda_find(lambda, mr_bytes_of(names[i])), err);
        }
        mr_free(names[i]);
    }
    mr_free(names);
    return code;
}

/* ---- opening ---- */

/* One whose code cannot run any more is a function all the same. */
static void start_all(mr_lambda_function *function)
{
    for (size_t i = 0; i <= function->version_count; i++) {
        mr_lambda_version *v = i == 0 ? function->latest : function->versions[i - 1];
        mr_error err;
        if (mr_lambda_version_start(v, NULL, &err) != MR_OK) {
            mr_trace_warn_about(function->lambda->options.trace,
                                &(mr_event){.function = function->name}, "%s cannot run: %s",
                                v->arn, err.message);
        }
    }
}

mr_code mr_lambda_open(const mr_lambda_options *options, mr_lambda **out, mr_error *err)
{
    mr_lambda *lambda = mr_calloc(1, sizeof(*lambda));
    lambda->options = *options;
    lambda->options.directory = mr_strdup(options->directory);
    lambda->options.region = mr_strdup(options->region);
    lambda->options.account = mr_strdup(options->account);
    lambda->store = (mr_code_store){
        .fs = options->fs, .directory = lambda->options.directory, .durable = options->durable};
    lambda->by_name = mr_map_new();
    mr_code code = mr_lambda_load(lambda, err);
    if (code == MR_OK) {
        code = sweep_all(lambda, err);
    }
    if (code != MR_OK) {
        mr_lambda_free(lambda);
        return code;
    }
    size_t count;
    mr_lambda_function **all = mr_lambda_list(lambda, &count);
    for (size_t i = 0; i < count; i++) {
        start_all(all[i]);
    }
    mr_free(all);
    *out = lambda;
    return MR_OK;
}

void mr_lambda_free(mr_lambda *lambda)
{
    if (lambda == NULL) {
        return;
    }
    size_t count;
    mr_lambda_function **all = mr_lambda_list(lambda, &count);
    for (size_t i = 0; i < count; i++) {
        mr_lambda_function_free(all[i]);
    }
    mr_free(all);
    mr_map_free(lambda->by_name);
    mr_free((char *)lambda->options.directory);
    mr_free((char *)lambda->options.region);
    mr_free((char *)lambda->options.account);
    mr_free(lambda);
}

void mr_lambda_set_state_delay(mr_lambda *lambda, int64_t delay_us)
{
    lambda->options.state_delay_us = delay_us;
}

/* ---- looking ---- */

mr_lambda_function *mr_lambda_find(mr_lambda *lambda, mr_bytes name)
{
    return mr_map_get(lambda->by_name, name);
}

mr_lambda_function **mr_lambda_list(mr_lambda *lambda, size_t *count)
{
    *count = mr_map_count(lambda->by_name);
    return (mr_lambda_function **)mr_map_sorted(lambda->by_name);
}

const char *mr_lambda_function_name(const mr_lambda_function *function)
{
    return function->name;
}

const char *mr_lambda_function_arn(const mr_lambda_function *function)
{
    return function->arn;
}

int32_t mr_lambda_reserved(const mr_lambda_function *function)
{
    return function->reserved;
}

mr_lambda_version *mr_lambda_latest(mr_lambda_function *function)
{
    return function->latest;
}

mr_lambda_version *mr_lambda_version_of(mr_lambda_function *function, mr_bytes qualifier)
{
    if (mr_bytes_is(qualifier, function->latest->number_text)) {
        return function->latest;
    }
    for (size_t i = 0; i < function->version_count; i++) {
        if (mr_bytes_is(qualifier, function->versions[i]->number_text)) {
            return function->versions[i];
        }
    }
    return NULL;
}

mr_lambda_version *const *mr_lambda_versions(const mr_lambda_function *function, size_t *count)
{
    *count = function->version_count;
    return function->versions;
}

mr_function *mr_lambda_version_function(mr_lambda_version *version)
{
    return version->runtime;
}

mr_lambda_function *mr_lambda_version_owner(const mr_lambda_version *version)
{
    return version->function;
}

mr_code mr_lambda_version_zip(mr_lambda_version *version, mr_strbuf *out, mr_error *err)
{
    mr_lambda *lambda = version->function->lambda;
    if (version->code[0] == '\0') {
        return version->folder == NULL
                   ? mr_error_set(err, MR_NOT_FOUND, "function %s has no code here",
                                  version->function->name)
                   : mr_code_archive_pack(lambda->options.fs, version->folder, out, err);
    }
    char *bytes = NULL;
    size_t len = 0;
    char *path = mr_code_store_zip(&lambda->store, version->function->name, version->code);
    mr_code code =
        mr_fs_read_file(lambda->options.fs, path, (size_t)version->code_bytes, &bytes, &len, err);
    if (code == MR_OK) {
        mr_strbuf_append(out, bytes, len);
    }
    mr_free(bytes);
    mr_free(path);
    return code;
}

/* Of a folder: what it would be as a zip, looked at once. */
static void find_sha256(mr_lambda_version *version)
{
    if (version->has_sha256) {
        return;
    }
    version->has_sha256 = true;
    version->code_sha256[0] = '\0';
    if (version->folder == NULL) {
        return;
    }
    mr_strbuf zip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    if (mr_lambda_version_zip(version, &zip, &err) == MR_OK) {
        char hex[MR_CODE_HEX_SIZE];
        mr_code_hex(mr_strbuf_bytes(&zip), hex);
        mr_lambda_sha256_of_hex(hex, version->code_sha256);
        version->code_bytes = (int64_t)zip.len;
    } else {
        mr_trace_warn_about(version->function->lambda->options.trace,
                            &(mr_event){.function = version->function->name},
                            "function %s is shown without its code: %s", version->function->name,
                            err.message);
    }
    mr_strbuf_deinit(&zip);
}

static bool is_before(const mr_lambda_version *version, int64_t us)
{
    return mr_clock_now_us(version->function->lambda->options.clock) < us;
}

mr_lambda_view mr_lambda_version_view(mr_lambda_version *version)
{
    find_sha256(version);
    return (mr_lambda_view){
        .name = version->function->name,
        .arn = version->arn,
        .number = version->number_text,
        .configuration = &version->configuration,
        .code_sha256 = version->code_sha256,
        .code_bytes = version->code_bytes,
        .revision = version->revision,
        .modified_us = version->modified_us,
        .is_pending = is_before(version, version->active_us),
        .is_updating = is_before(version, version->updated_us),
    };
}

mr_code mr_lambda_require_ready(const mr_lambda_version *version, mr_error *err)
{
    if (is_before(version, version->active_us)) {
        return mr_error_set(err, MR_FUNCTION_BUSY,
                            "The operation cannot be performed at this time. The function is "
                            "currently in the following state: Pending");
    }
    if (is_before(version, version->updated_us)) {
        return mr_error_set(err, MR_FUNCTION_BUSY,
                            "The operation cannot be performed at this time. An update is in "
                            "progress for resource: %s",
                            version->arn);
    }
    return MR_OK;
}
