/* runtime.c - see runtime.h. */
#include "src/runner/runtime.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/runner/process_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_MS        10000 /* a program that does not know its version by then is none */
#define PROBE_BYTES_MAX 4096

/* What a program says of itself: its version on one line and its true path on the next (which
 * saves the detour through the wrappers of version managers at every start). */
static const char python_probe[] =
    "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
static const char node_probe[] =
    "console.log(process.versions.node.split('.')[0]); console.log(process.execPath)";

/* ---- asking a program ---- */

/* Reads until the end of the stream. False when that does not come in time. */
static bool read_all(int fd, mr_strbuf *out)
{
    for (int waited_ms = 0; waited_ms < PROBE_MS; waited_ms += 100) {
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        if (poll(&poller, 1, 100) <= 0) {
            continue;
        }
        char buffer[512];
        ssize_t n = read(fd, buffer, sizeof(buffer));
        if (n == 0) {
            return true;
        }
        if (n > 0) {
            mr_strbuf_append(out, buffer, (size_t)n);
            waited_ms = 0;
        }
        if (out->overflowed) {
            return false;
        }
    }
    return false;
}

/* Starts `argv` with nothing but PATH in its environment, and its output on the pipe. */
static int spawn_probe(char *const *argv, int output, pid_t *pid)
{
    const char *path = getenv("PATH");
    char *variable = mr_format("PATH=%s", path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path);
    char *const environment[] = {variable, NULL};
    posix_spawn_file_actions_t actions;

    int status = posix_spawn_file_actions_init(&actions);
    if (status == 0) {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        status = posix_spawnp(pid, argv[0], &actions, NULL, argv, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    mr_free(variable);
    return status;
}

/* Runs the program and takes its two lines apart. False when there is no such program, or it is
 * a wrapper that cannot find what it wraps. */
static bool probe(const char *program, const char *option, const char *script, char **version,
                  char **path)
{
    char *argv[] = {mr_strdup(program), mr_strdup(option), mr_strdup(script), NULL};
    mr_strbuf said = mr_strbuf_make(PROBE_BYTES_MAX);
    int fds[2];
    pid_t pid = 0;
    bool ok = pipe2(fds, O_CLOEXEC) == 0;

    if (ok) {
        bool started = spawn_probe(argv, fds[1], &pid) == 0;
        close(fds[1]);
        ok = started && read_all(fds[0], &said);
        close(fds[0]);
        if (started) {
            int status = 0;
            if (!ok) {
                kill(pid, SIGKILL);
            }
            while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
            }
            ok = ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
    }
    if (ok) {
        mr_bytes text = mr_bytes_trim(mr_strbuf_bytes(&said));
        size_t end = mr_bytes_find(text, '\n');
        mr_bytes second = mr_bytes_trim(mr_bytes_make(text.at + end, text.len - end));
        ok = second.len > 0 && second.at[0] == '/';
        if (ok) {
            *version = mr_bytes_dup(mr_bytes_trim(mr_bytes_make(text.at, end)));
            *path = mr_bytes_dup(second);
        }
    }
    mr_strbuf_deinit(&said);
    for (size_t i = 0; argv[i] != NULL; i++) {
        mr_free(argv[i]);
    }
    return ok;
}

/* ---- the runtimes ---- */

static mr_code find_python(const char *name, mr_runtime *out, mr_error *err)
{
    char *version = NULL;
    out->kind = MR_RUNTIME_PYTHON;
    if (!probe(name, "-ISc", python_probe, &version, &out->program) &&
        !probe("python3", "-ISc", python_probe, &version, &out->program)) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "runtime %s needs Python, and there is no %s and no python3 on PATH: "
                            "install python3",
                            name, name);
    }
    if (strcmp(name + strlen("python"), version) != 0) {
        out->warning = mr_format("%s is asked for, Python %s runs it", name, version);
    }
    mr_free(version);
    return MR_OK;
}

static mr_code find_node(const char *name, mr_runtime *out, mr_error *err)
{
    char *version = NULL;
    out->kind = MR_RUNTIME_NODE;
    if (!probe("node", "-e", node_probe, &version, &out->program)) {
        return mr_error_set(
            err, MR_UNSUPPORTED,
            "runtime %s needs Node.js, and there is no node on PATH: install nodejs", name);
    }
    char *wanted = mr_format("nodejs%s.x", version);
    if (strcmp(name, wanted) != 0) {
        out->warning = mr_format("%s is asked for, Node.js %s runs it", name, version);
    }
    mr_free(wanted);
    mr_free(version);
    return MR_OK;
}

mr_code mr_runtime_find(const char *name, mr_runtime *out, mr_error *err)
{
    mr_bytes bytes = mr_bytes_of(name);
    *out = (mr_runtime){.kind = MR_RUNTIME_PROVIDED};
    if (mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("python3."))) {
        return find_python(name, out, err);
    }
    if (mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("nodejs"))) {
        return find_node(name, out, err);
    }
    if (mr_bytes_is(bytes, "provided") ||
        mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("provided."))) {
        return MR_OK;
    }
    return mr_error_set(err, MR_UNSUPPORTED,
                        "runtime %s is not run here; python3.x, nodejsN.x, provided.al2 and "
                        "provided.al2023 are",
                        name);
}

void mr_runtime_deinit(mr_runtime *runtime)
{
    mr_free(runtime->program);
    mr_free(runtime->warning);
    *runtime = (mr_runtime){.program = NULL};
}

mr_code mr_runtime_check(const char *runtime, char **warning, mr_error *err)
{
    mr_runtime found;
    *warning = NULL;
    mr_code code = mr_runtime_find(runtime, &found, err);
    if (code == MR_OK) {
        *warning = found.warning;
        found.warning = NULL;
        mr_runtime_deinit(&found);
    }
    return code;
}
