/* process_runner.c - see process_runner.h: the environments of all functions, found by function
 * and number, and the runtimes of this machine, each asked for once. */
#include "src/runner/process_runner.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "src/runner/bootstrap.h"
#include "src/runner/code_stamp.h"
#include "src/runner/environment.h"
#include "src/runner/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#ifdef __linux__
#include <linux/close_range.h>
#endif
#include <unistd.h>

#define WALL_GUARD_DEFAULT_US (60 * MR_US_PER_SECOND)
#define LOOK_EVERY            100 /* times what a look at a folder of code took */
/* Below the scratch folder; no function can be called so, for a name has no dot. */
#define RUNTIME_FOLDER ".runtime"

typedef struct known_runtime {
    char *name;
    mr_code code; /* MR_OK: runtime holds */
    mr_runtime runtime;
    char *refusal;
} known_runtime;

/* How the code of a folder was when it was last looked at. */
typedef struct known_code {
    char *directory;
    uint64_t stamp;
    uint64_t look_ns; /* not to be looked at before, by uv_hrtime() */
} known_code;

typedef struct process_runner {
    mr_runner runner; /* first: the interface points here */
    uv_loop_t *loop;
    char *runtime_dir; /* absolute */
    char *region, *endpoint_url;
    int64_t wall_guard_us;
    void (*warn)(void *context, const char *message);
    void *warn_context;
    bool freed; /* by its owner; it goes when the last environment has gone */
    mr_environment **environments;
    size_t count, capacity;
    known_runtime *runtimes;
    size_t runtime_count, runtime_capacity;
    known_code *codes;
    size_t code_count, code_capacity;
} process_runner;

/* ---- making and releasing ---- */

static void release(process_runner *p)
{
    for (size_t i = 0; i < p->runtime_count; i++) {
        mr_free(p->runtimes[i].name);
        mr_free(p->runtimes[i].refusal);
        mr_runtime_deinit(&p->runtimes[i].runtime);
    }
    mr_free(p->runtimes);
    for (size_t i = 0; i < p->code_count; i++) {
        mr_free(p->codes[i].directory);
    }
    mr_free(p->codes);
    mr_free(p->environments);
    mr_free(p->runtime_dir);
    mr_free(p->region);
    mr_free(p->endpoint_url);
    mr_free(p);
}

static void on_environment_gone(void *context, mr_environment *environment)
{
    process_runner *p = context;
    size_t i = 0;
    while (p->environments[i] != environment) {
        i++;
        MR_ASSERT(i < p->count);
    }
    p->count--;
    memmove(&p->environments[i], &p->environments[i + 1],
            (p->count - i) * sizeof(*p->environments));
    if (p->freed && p->count == 0) {
        release(p);
    }
}

static mr_code write_file(const char *folder, const char *name, const char *bytes, size_t size,
                          mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    char *path = mr_format("%s/%s", folder, name);
    mr_code code = fs->open(fs, path, MR_OPEN_TRUNCATE, &file, err);
    if (code == MR_OK) {
        code = fs->write_at(fs, file, mr_bytes_make(bytes, size), 0, err);
    }
    fs->close(fs, file);
    mr_free(path);
    return code;
}

static mr_code write_bootstraps(process_runner *p, const char *scratch, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    char *folder = mr_format("%s/" RUNTIME_FOLDER, scratch);
    mr_code code = fs->make_directories(fs, folder, err);
    if (code == MR_OK) {
        code = write_file(folder, "python.py", mr_bootstrap_python, mr_bootstrap_python_size, err);
    }
    if (code == MR_OK) {
        code = write_file(folder, "node.cjs", mr_bootstrap_node, mr_bootstrap_node_size, err);
    }
    if (code == MR_OK) {
        char *absolute = realpath(folder, NULL); /* handlers run in folders of their own */
        p->runtime_dir = mr_strdup(absolute);
        code = absolute == NULL ? mr_error_os(err, errno, "%s", folder) : MR_OK;
        free(absolute);
    }
    mr_free(folder);
    return code;
}

/* What a shell left open for us is not for handlers. (What we open ourselves closes on exec.) */
static void keep_inherited_descriptors(void)
{
#ifdef CLOSE_RANGE_CLOEXEC
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        return;
    }
#endif
    long most = sysconf(_SC_OPEN_MAX);
    for (int fd = STDERR_FILENO + 1; fd < (most < 0 || most > 4096 ? 4096 : (int)most); fd++) {
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* one that is not open is fine */
    }
}

static void process_runner_invoke(mr_runner *runner, const mr_invocation *invocation,
                                  mr_outcome_fn done, void *context);
static void process_runner_discard(mr_runner *runner, const mr_function_code *code,
                                   uint32_t environment);

mr_code mr_process_runner_new(const mr_process_runner_options *options, mr_runner **out,
                              mr_error *err)
{
    process_runner *p = mr_calloc(1, sizeof(*p));
    p->runner = (mr_runner){process_runner_invoke, process_runner_discard};
    p->loop = options->loop;
    p->region = mr_strdup(options->region);
    p->endpoint_url = mr_strdup(options->endpoint_url);
    p->warn = options->warn;
    p->warn_context = options->context;
    p->wall_guard_us = options->wall_guard_us == 0 ? WALL_GUARD_DEFAULT_US : options->wall_guard_us;

    mr_code code = write_bootstraps(p, options->scratch, err);
    if (code != MR_OK) {
        mr_error_prefix(err, "preparing to run functions: ");
        release(p);
        return code;
    }
    keep_inherited_descriptors();
    (void)signal(SIGPIPE, SIG_IGN); /* a handler that goes is an error of write(), not our end */
    *out = &p->runner;
    return MR_OK;
}

void mr_process_runner_free(mr_runner *runner)
{
    process_runner *p = (process_runner *)runner;
    if (p == NULL) {
        return;
    }
    p->freed = true;
    for (size_t i = 0; i < p->count; i++) {
        mr_environment_end(p->environments[i]);
    }
    if (p->count == 0) {
        release(p);
    }
}

/* ---- running ---- */

static const known_runtime *runtime_of(process_runner *p, const char *name)
{
    for (size_t i = 0; i < p->runtime_count; i++) {
        if (strcmp(p->runtimes[i].name, name) == 0) {
            return &p->runtimes[i];
        }
    }
    mr_error err;
    MR_GROW(p->runtimes, p->runtime_count, p->runtime_capacity);
    known_runtime *known = &p->runtimes[p->runtime_count++];
    *known = (known_runtime){.name = mr_strdup(name)};
    known->code = mr_runtime_find(name, &known->runtime, &err);
    if (known->code != MR_OK) {
        known->refusal = mr_strdup(err.message);
    } else if (known->runtime.warning != NULL && p->warn != NULL) {
        p->warn(p->warn_context, known->runtime.warning);
    }
    return known;
}

static void on_again(void *context, const mr_invocation *invocation, mr_outcome_fn done,
                     void *done_context)
{
    process_runner *p = context;
    process_runner_invoke(&p->runner, invocation, done, done_context);
}

static known_code *code_of(process_runner *p, const char *directory)
{
    for (size_t i = 0; i < p->code_count; i++) {
        if (strcmp(p->codes[i].directory, directory) == 0) {
            return &p->codes[i];
        }
    }
    MR_GROW(p->codes, p->code_count, p->code_capacity);
    known_code *known = &p->codes[p->code_count++];
    *known = (known_code){.directory = mr_strdup(directory)};
    return known;
}

/*
 * Beside a live clock the user may edit the code while it is in use: the next invocation takes it
 * up. A look costs what the folder is large, so that the next one waits until it is a hundredth of
 * the time. Otherwise the code is what it was when the run began.
 */
static uint64_t stamp_of(process_runner *p, const mr_invocation *invocation)
{
    if (!invocation->live) {
        return 0;
    }
    known_code *known = code_of(p, invocation->code->directory);
    uint64_t begin_ns = uv_hrtime();
    if (begin_ns >= known->look_ns) {
        known->stamp = mr_code_stamp(known->directory);
        uint64_t end_ns = uv_hrtime();
        known->look_ns = end_ns + (end_ns - begin_ns) * LOOK_EVERY;
    }
    return known->stamp;
}

static mr_environment *environment_start(process_runner *p, const mr_invocation *invocation,
                                         uint64_t stamp)
{
    const known_runtime *known = runtime_of(p, invocation->code->runtime);
    mr_environment_options options = {
        .loop = p->loop,
        .code = invocation->code,
        .index = invocation->environment,
        .runtime = known->code == MR_OK ? &known->runtime : NULL,
        .refusal = known->refusal,
        .runtime_dir = p->runtime_dir,
        .region = p->region,
        .endpoint_url = p->endpoint_url,
        .wall_guard_us = p->wall_guard_us,
        .time_us = invocation->time_us,
        .stamp = stamp,
        .again = on_again,
        .gone = on_environment_gone,
        .context = p,
    };
    MR_GROW(p->environments, p->count, p->capacity);
    return p->environments[p->count++] = mr_environment_start(&options);
}

static void process_runner_invoke(mr_runner *runner, const mr_invocation *invocation,
                                  mr_outcome_fn done, void *context)
{
    process_runner *p = (process_runner *)runner;
    mr_environment *found = NULL;
    uint64_t stamp = stamp_of(p, invocation);
    for (size_t i = 0; i < p->count; i++) {
        mr_environment *e = p->environments[i];
        if (mr_environment_serves(e, invocation->code, stamp, invocation->environment)) {
            found = e;
        } else if (mr_environment_is_outdated(e, invocation->code, stamp,
                                              invocation->environment)) {
            mr_environment_end(e);
        }
    }
    if (found == NULL) {
        found = environment_start(p, invocation, stamp);
    }
    mr_environment_invoke(found, invocation, done, context);
}

static void process_runner_discard(mr_runner *runner, const mr_function_code *code,
                                   uint32_t environment)
{
    process_runner *p = (process_runner *)runner;
    for (size_t i = 0; i < p->count; i++) {
        if (mr_environment_is(p->environments[i], code, environment)) {
            mr_environment_end(p->environments[i]);
        }
    }
}
