/*
 * function.c - the registry: functions and their versions by name, the code that each runs, and
 * questions about them; see function.h. What becomes of an invocation is in function_call.c.
 */
#include "sim/lambda/function_private.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#include <ctype.h>

#define TIMEOUT_DEFAULT_US  (3 * MR_US_PER_SECOND)
#define TIMEOUT_MAX_US      (900 * MR_US_PER_SECOND)
#define MEMORY_DEFAULT_MIB  128
#define CONCURRENCY_DEFAULT 10
#define NAME_SIZE_MAX       64

/* ---- making and releasing ---- */

void function_code_release(code_ref *ref)
{
    if (--ref->refs > 0) {
        return;
    }
    mr_free((char *)ref->code.name);
    mr_free((char *)ref->code.arn);
    mr_free((char *)ref->code.published);
    mr_free((char *)ref->code.runtime);
    mr_free((char *)ref->code.handler);
    mr_free((char *)ref->code.directory);
    for (size_t i = 0; ref->environment != NULL && ref->environment[i] != NULL; i++) {
        mr_free(ref->environment[i]);
    }
    mr_free(ref->environment);
    mr_free(ref);
}

code_ref *function_code_hold(code_ref *ref)
{
    ref->refs++;
    return ref;
}

void function_free(mr_function *function)
{
    MR_ASSERT(function->in_flight == 0);
    function_code_release(function->code);
    mr_builtin_free(function->builtin);
    mr_free(function->busy);
    mr_free(function->warm);
    mr_free(function);
}

mr_functions *mr_functions_new(const mr_functions_options *options)
{
    mr_functions *functions = mr_calloc(1, sizeof(*functions));
    functions->clock = options->clock;
    functions->trace = options->trace;
    functions->faults = options->faults;
    functions->runner = options->runner;
    functions->region = mr_strdup(options->region);
    functions->account = mr_strdup(options->account);
    functions->request_ids = mr_prng_named(options->seed, "request ids");
    functions->by_name = mr_map_new();
    return functions;
}

void mr_functions_free(mr_functions *functions)
{
    if (functions == NULL) {
        return;
    }
    function_abandon_calls(functions);
    size_t count = mr_map_count(functions->by_name);
    mr_function **all = (mr_function **)mr_map_sorted(functions->by_name);
    for (size_t i = 0; i < count; i++) {
        function_free(all[i]);
    }
    mr_free(all);
    mr_map_free(functions->by_name);
    mr_free(functions->region);
    mr_free(functions->account);
    mr_free(functions);
}

/* ---- adding, changing, removing ---- */

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_') {
            return false;
        }
    }
    return len >= 1 && len <= NAME_SIZE_MAX;
}

static mr_code check_options(const mr_function_options *o, mr_error *err)
{
    if (o->name == NULL || !is_name(o->name)) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "function name \"%.100s\": 1 to %d letters, digits, - and _ are allowed",
            o->name == NULL ? "" : o->name, NAME_SIZE_MAX);
    }
    if (o->builtin == NULL && (o->runtime == NULL || o->directory == NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s needs a Runtime and a folder of code", o->name);
    }
    if (o->timeout_us < 0 || o->timeout_us > TIMEOUT_MAX_US) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: Timeout must be between 1 and 900 seconds", o->name);
    }
    if (o->memory_mib != 0 && (o->memory_mib < 128 || o->memory_mib > 10240)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: MemorySize %u must be between 128 and 10240", o->name,
                            o->memory_mib);
    }
    if (o->concurrency > MR_FUNCTION_CONCURRENCY_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: ReservedConcurrentExecutions %u is above %d", o->name,
                            o->concurrency, MR_FUNCTION_CONCURRENCY_MAX);
    }
    return MR_OK;
}

static char **copy_environment(const char *const *environment)
{
    if (environment == NULL) {
        return NULL;
    }
    size_t count = 0;
    while (environment[count] != NULL) {
        count++;
    }
    char **copy = mr_calloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        copy[i] = mr_strdup(environment[i]);
    }
    return copy;
}

/* Everything is copied; one reference is the caller's. */
static code_ref *code_new(mr_functions *functions, const mr_function_options *o)
{
    code_ref *ref = mr_calloc(1, sizeof(*ref));
    bool is_latest = o->published == NULL;
    ref->refs = 1;
    ref->environment = copy_environment(o->environment);
    ref->code = (mr_function_code){
        .name = mr_strdup(o->name),
        .arn =
            mr_format("arn:aws:lambda:%s:%s:function:%s%s%s", functions->region, functions->account,
                      o->name, is_latest ? "" : ":", is_latest ? "" : o->published),
        .published = mr_strdup(o->published),
        .runtime = mr_strdup(o->runtime),
        .handler = mr_strdup(o->handler),
        .directory = mr_strdup(o->directory),
        .timeout_us = o->timeout_us == 0 ? TIMEOUT_DEFAULT_US : o->timeout_us,
        .memory_mib = o->memory_mib == 0 ? MEMORY_DEFAULT_MIB : o->memory_mib,
        .environment = (const char *const *)ref->environment,
        .version = ++functions->versions,
    };
    return ref;
}

static char *key_of(const char *name, const char *published)
{
    return published == NULL ? mr_strdup(name) : mr_format("%s:%s", name, published);
}

mr_code mr_functions_add(mr_functions *functions, const mr_function_options *o, mr_function **out,
                         mr_error *err)
{
    mr_code code = check_options(o, err);
    if (code != MR_OK) {
        return code;
    }
    char *key = key_of(o->name, o->published);
    mr_builtin *builtin = NULL;
    if (mr_map_get(functions->by_name, mr_bytes_of(key)) != NULL) {
        code = mr_error_set(err, MR_ALREADY_EXISTS, "Function already exist: %s", key);
    } else if (o->builtin != NULL) {
        code = mr_builtin_new(o->builtin, &builtin, err);
        if (code != MR_OK) {
            mr_error_prefix(err, "function %s: ", o->name);
        }
    }
    if (code == MR_OK) {
        mr_function *f = mr_calloc(1, sizeof(*f));
        f->functions = functions;
        f->builtin = builtin;
        f->busy = mr_calloc(MR_FUNCTION_CONCURRENCY_MAX, sizeof(*f->busy));
        f->warm = mr_calloc(MR_FUNCTION_CONCURRENCY_MAX, sizeof(*f->warm));
        f->code = code_new(functions, o);
        mr_function_reserve(f, o->concurrency == 0 ? -1 : (int32_t)o->concurrency);
        (void)mr_map_put(functions->by_name, mr_bytes_of(key), f);
        *out = f;
    }
    mr_free(key);
    return code;
}

/* The processes that wait for work of this code. */
static void discard_idle(mr_function *function)
{
    mr_runner *runner = function->functions->runner;
    for (uint32_t i = 0; i < MR_FUNCTION_CONCURRENCY_MAX; i++) {
        if (function->warm[i] && !function->busy[i]) {
            function->warm[i] = false;
            if (runner != NULL) {
                runner->discard(runner, &function->code->code, i);
            }
        }
    }
}

void mr_functions_remove(mr_functions *functions, mr_function *function)
{
    char *key = key_of(function->code->code.name, function->code->code.published);
    void *removed = mr_map_remove(functions->by_name, mr_bytes_of(key));
    MR_ASSERT(removed == function);
    mr_free(key);
    discard_idle(function);
    function->removed = true;
    function_refuse_waiting(function);
    if (function->in_flight == 0) {
        function_free(function);
    }
}

mr_code mr_function_replace(mr_function *function, const mr_function_options *options,
                            mr_error *err)
{
    mr_function_options o = *options;
    o.name = function->code->code.name;
    o.published = function->code->code.published;
    mr_code code = check_options(&o, err);
    if (code == MR_OK) {
        code_ref *ref = code_new(function->functions, &o);
        discard_idle(function);
        function_code_release(function->code);
        function->code = ref;
    }
    return code;
}

void mr_function_reserve(mr_function *function, int32_t reserved)
{
    MR_ASSERT(reserved >= -1 && reserved <= MR_FUNCTION_CONCURRENCY_MAX);
    function->reserved = reserved;
    function->concurrency = reserved < 0 ? CONCURRENCY_DEFAULT : (uint32_t)reserved;
    function_start_waiting(function);
}

/* ---- questions ---- */

/* "name", "name:qualifier", "<account>:function:name[:q]", "arn:aws:lambda:<region>:<account>:
 * function:name[:q]". There are no aliases here, so a qualifier is a published version or nothing.
 */
mr_function *mr_functions_find(mr_functions *functions, const char *name_or_arn)
{
    mr_bytes name = mr_bytes_of(name_or_arn);
    char *full = mr_format("arn:aws:lambda:%s:%s:function:", functions->region, functions->account);
    char *partial = mr_format("%s:function:", functions->account);
    const char *prefixes[] = {full, partial, "function:"};
    for (size_t i = 0; i < MR_COUNT(prefixes); i++) {
        mr_bytes prefix = mr_bytes_of(prefixes[i]);
        if (mr_bytes_starts_with(name, prefix)) {
            name = mr_bytes_make(name.at + prefix.len, name.len - prefix.len);
            break;
        }
    }
    mr_free(full);
    mr_free(partial);
    size_t colon = mr_bytes_find(name, ':');
    if (colon + 1 == name.len) {
        return NULL; /* an empty qualifier */
    }
    mr_function *published = colon < name.len ? mr_map_get(functions->by_name, name) : NULL;
    return published != NULL ? published
                             : mr_map_get(functions->by_name, mr_bytes_make(name.at, colon));
}

const char *mr_function_name(const mr_function *function)
{
    return function->code->code.name;
}

const char *mr_function_arn(const mr_function *function)
{
    return function->code->code.arn;
}

mr_builtin *mr_function_builtin(mr_function *function)
{
    return function->builtin;
}

bool mr_function_has_code(const mr_function *function)
{
    return function->code->code.directory != NULL;
}

size_t mr_function_in_flight(const mr_function *function)
{
    return function->in_flight;
}

size_t mr_functions_in_flight(const mr_functions *functions)
{
    return functions->in_flight;
}
