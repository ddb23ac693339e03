/* process_runner_test.c - real handlers in real processes: Python, Node.js and shell scripts. */
#include "src/runner/process_runner.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_ID "11111111-2222-4333-8444-555555555555"

/* ---- a loop, a runner, and one function at a time ---- */

typedef struct world {
    mr_strbuf warnings; /* a line each */
    uv_loop_t loop;
    mr_runner *runner;
    char *dir; /* holds code/ and scratch/ */
    char *code_dir;
    mr_function_code code;
    bool real_time;

    /* the last outcome */
    bool done;
    mr_outcome_kind kind;
    char *payload, *log, *message;
    int64_t init_us;
    uint64_t memory_peak_bytes;
    const char *client_context; /* of the next invocations */
} world;

static void forget_outcome(world *w)
{
    mr_free(w->payload);
    mr_free(w->log);
    mr_free(w->message);
    w->payload = w->log = w->message = NULL;
    w->done = false;
}

static void on_warning(void *context, const char *message)
{
    mr_strbuf_appendf(&((world *)context)->warnings, "%s\n", message);
}

static void on_outcome(void *context, const mr_outcome *outcome)
{
    world *w = context;
    MR_ASSERT(!w->done);
    w->done = true;
    w->kind = outcome->kind;
    w->payload = mr_bytes_dup(outcome->payload);
    w->log = mr_bytes_dup(outcome->log);
    w->message = mr_strdup(outcome->message);
    w->init_us = outcome->init_us;
    w->memory_peak_bytes = outcome->memory_peak_bytes;
}

static void write_code(world *w, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", w->code_dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
    mr_free(path);
}

static void world_init(world *w, const char *runtime, const char *handler)
{
    mr_error err;
    *w = (world){.dir = check_temp_dir(), .warnings = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    uv_loop_init(&w->loop);
    w->code_dir = mr_format("%s/code", w->dir);
    assert_int_equal(mkdir(w->code_dir, 0755), 0);
    char *scratch = mr_format("%s/scratch", w->dir);
    mr_process_runner_options options = {.loop = &w->loop,
                                         .scratch = scratch,
                                         .region = "eu-north-1",
                                         .endpoint_url = "http://localhost:4566",
                                         .wall_guard_us = 20000000,
                                         .warn = on_warning,
                                         .context = w};
    CHECK_OK("runner", mr_process_runner_new(&options, &w->runner, &err), &err);
    mr_free(scratch);
    w->code = (mr_function_code){.name = "Decode",
                                 .arn = "arn:aws:lambda:eu-north-1:000000000000:function:Decode",
                                 .runtime = runtime,
                                 .handler = handler,
                                 .directory = w->code_dir,
                                 .timeout_us = 3000000,
                                 .memory_mib = 256,
                                 .version = 1};
}

static void world_deinit(world *w)
{
    mr_process_runner_free(w->runner);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK_INT("every handle is closed", uv_loop_close(&w->loop), 0);
    forget_outcome(w);
    mr_strbuf_deinit(&w->warnings);
    mr_free(w->code_dir);
    check_remove_dir(w->dir);
}

static void begin(world *w, uint32_t environment, const char *payload)
{
    forget_outcome(w);
    mr_invocation invocation = {.code = &w->code,
                                .environment = environment,
                                .request_id = REQUEST_ID,
                                .payload = mr_bytes_of(payload),
                                .time_us = INT64_C(1735689600123456), /* 2025-01-01 */
                                .real_time = w->real_time,
                                .live = w->real_time,
                                .invoked_arn = w->client_context == NULL ? NULL : "arn:x:1",
                                .client_context = w->client_context};
    w->runner->invoke(w->runner, &invocation, on_outcome, w);
    CHECK_TRUE("never from inside", !w->done);
}

/* Runs one invocation to its outcome. Payloads are constants, so that they live long enough. */
static void invoke(world *w, const char *payload)
{
    begin(w, 0, payload);
    while (!w->done) {
        uv_run(&w->loop, UV_RUN_ONCE);
    }
}

/* True, with a word, when this machine cannot run it. */
static bool missing(const char *runtime)
{
    char *warning = NULL;
    mr_error err;
    mr_code code = mr_runtime_check(runtime, &warning, &err);
    mr_free(warning);
    if (code != MR_OK) {
        print_message("skipped: %s\n", err.message);
    }
    return code != MR_OK;
}

typedef struct handler_case {
    const char *label, *file, *text, *handler, *payload;
    mr_outcome_kind kind;
    const char *want; /* a piece of the payload; "=" in front: all of it */
    const char *log;  /* a piece of the log; NULL: anything */
} handler_case;

static void check_payload(const char *label, const char *got, const char *want)
{
    if (want[0] == '=') {
        CHECK_STR(label, got, want + 1);
    } else {
        CHECK_HAS(label, got, want);
    }
}

static void check_handlers(const char *runtime, const handler_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const handler_case *c = &cases[i];
        world w;
        world_init(&w, runtime, c->handler);
        write_code(&w, c->file, c->text);
        invoke(&w, c->payload == NULL ? "{}" : c->payload);
        if (w.kind != c->kind) {
            print_error("%s: payload %s\nlog %s\nmessage %s\n", c->label, w.payload, w.log,
                        w.message);
        }
        CHECK_INT(c->label, w.kind, c->kind);
        check_payload(c->label, w.payload, c->want);
        if (c->log != NULL) {
            CHECK_HAS(c->label, w.log, c->log);
        }
        world_deinit(&w);
    }
}

/* ---- Python ---- */

static void test_python_handlers(void **state)
{
    (void)state;
    static const handler_case cases[] = {
        {"result", "m.py", "def f(e, c):\n return {'got': e['a'], 'id': c.aws_request_id}\n", "m.f",
         "{\"a\": [1, 2]}", MR_OUTCOME_OK, "={\"got\": [1, 2], \"id\": \"" REQUEST_ID "\"}", NULL},
        {"none is null", "m.py", "def f(e, c): pass\n", "m.f", NULL, MR_OUTCOME_OK, "=null", NULL},
        {"a folder", "m.py",
         "import os\nos.mkdir('p')\n"
         "open('p/q.py', 'w').write('def g(e, c): return 1\\n')\nimport p.q\nf = p.q.g\n",
         "m.f", NULL, MR_OUTCOME_OK, "=1", NULL},
        {"context", "m.py",
         "def f(e, c):\n return [c.function_name, c.memory_limit_in_mb, c.function_version,"
         " c.invoked_function_arn, c.log_group_name, 0 < c.get_remaining_time_in_millis() <= "
         "3000]\n",
         "m.f", NULL, MR_OUTCOME_OK,
         "=[\"Decode\", \"256\", \"$LATEST\", "
         "\"arn:aws:lambda:eu-north-1:000000000000:function:Decode\","
         " \"/aws/lambda/Decode\", true]",
         NULL},
        {"decimals and texts", "m.py",
         "from decimal import Decimal\ndef f(e, c): return {'d': Decimal('1.10'), 't': "
         "'caf\\u00e9\"'}\n",
         "m.f", NULL, MR_OUTCOME_OK, "={\"d\": 1.10, \"t\": \"caf\\u00e9\\\"\"}", NULL},
        {"exception", "m.py", "def g():\n    raise ValueError('no luck')\ndef f(e, c):\n    g()\n",
         "m.f", NULL, MR_OUTCOME_FUNCTION_ERROR,
         "={\"errorMessage\": \"no luck\", \"errorType\": \"ValueError\", \"requestId\": "
         "\"" REQUEST_ID
         "\", \"stackTrace\": [\"  File \\\"/var/task/m.py\\\", line 4, in f\\n    g()\\n\", "
         "\"  File \\\"/var/task/m.py\\\", line 2, in g\\n    raise ValueError('no luck')\\n\"]}",
         "[ERROR] ValueError: no luck\nTraceback (most recent call last):\n  File "
         "\"/var/task/m.py\""},
        {"not serialisable", "m.py", "def f(e, c): return {1, 2}\n", "m.f", NULL,
         MR_OUTCOME_FUNCTION_ERROR,
         "\"errorMessage\": \"Unable to marshal response: Object of type set is not JSON "
         "serializable\","
         " \"errorType\": \"Runtime.MarshalError\"",
         NULL},
        {"sys.exit", "m.py", "import sys\ndef f(e, c): sys.exit(3)\n", "m.f", NULL,
         MR_OUTCOME_CRASHED,
         "={\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST_ID
         " Error: Runtime exited with error: exit status 3\"}",
         NULL},
        {"os._exit(0)", "m.py", "import os\ndef f(e, c): os._exit(0)\n", "m.f", NULL,
         MR_OUTCOME_CRASHED, "Runtime exited without providing a reason", NULL},
        {"killed", "m.py", "import os\ndef f(e, c): os.kill(os.getpid(), 9)\n", "m.f", NULL,
         MR_OUTCOME_CRASHED, "Runtime exited with error: signal: killed", NULL},
        {"segfault", "m.py",
         "import os\ndef f(e, c):\n print('last words')\n os.kill(os.getpid(), 11)\n", "m.f", NULL,
         MR_OUTCOME_CRASHED, "signal: segmentation fault", "last words\n"},
        {"exit while loading", "m.py", "import sys\nsys.exit(1)\n", "m.f", NULL, MR_OUTCOME_CRASHED,
         "exit status 1", NULL},
        {"missing module", "m.py", "import nowhere_at_all\n", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "={\"errorMessage\": \"Unable to import module 'm': No module named 'nowhere_at_all'\", "
         "\"errorType\": \"Runtime.ImportModuleError\", \"requestId\": \"\", \"stackTrace\": []}",
         "[ERROR] Runtime.ImportModuleError"},
        {"missing file", "m.py", "", "other.f", NULL, MR_OUTCOME_INIT_ERROR,
         "Unable to import module 'other': No module named 'other'", NULL},
        {"missing handler", "m.py", "x = 1\n", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "\"errorMessage\": \"Handler 'f' missing on module 'm'\", \"errorType\": "
         "\"Runtime.HandlerNotFound\"",
         NULL},
        {"syntax error", "m.py", "def f(:\n", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "\"errorType\": \"Runtime.UserCodeSyntaxError\"", NULL},
        {"top-level failure", "m.py", "print('loading')\n1 / 0\n", "m.f", NULL,
         MR_OUTCOME_INIT_ERROR,
         "\"errorType\": \"ZeroDivisionError\", \"requestId\": \"\", \"stackTrace\": "
         "[\"  File \\\"/var/task/m.py\\\", line 2, in <module>\\n    1 / 0\\n\"]",
         "loading\n"},
        {"malformed handler", "m.py", "", "nodots", NULL, MR_OUTCOME_INIT_ERROR,
         "Bad handler 'nodots': not enough values to unpack (expected 2, got 1)", NULL},
        {"too large", "m.py", "def f(e, c): return 'x' * 20000000\n", "m.f", NULL,
         MR_OUTCOME_TOO_LARGE,
         "={\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload "
         "size "
         "exceeded maximum allowed payload size (6291556 bytes).\"}",
         NULL},
        {"almost too large", "m.py", "def f(e, c): return 'x' * (6291556 - 2)\n", "m.f", NULL,
         MR_OUTCOME_OK, "\"xxxxxxxx", NULL},
        {"logging", "m.py",
         "import logging, sys\ndef f(e, c):\n logging.getLogger().info('quiet')\n"
         " logging.getLogger().warning('careful: %d', 7)\n print('out')\n print('err', "
         "file=sys.stderr)\n",
         "m.f", NULL, MR_OUTCOME_OK, "=null",
         "[WARNING]\t2025-01-01T00:00:00.123Z\t" REQUEST_ID "\tcareful: 7\nout\nerr\n"},
        {"the world's time", "m.py", "import os\ndef f(e, c): return os.environ['MILLRACE_TIME']\n",
         "m.f", NULL, MR_OUTCOME_OK, "=\"2025-01-01T00:00:00.123456Z\"", NULL},
        {"bad event", "m.py", "def f(e, c): pass\n", "m.f", "{nonsense", MR_OUTCOME_FUNCTION_ERROR,
         "\"errorType\": \"Runtime.UnmarshalError\"", NULL},
        {"no client context", "m.py", "def f(e, c): return c.client_context\n", "m.f", NULL,
         MR_OUTCOME_OK, "=null", NULL},
        {"more memory than there is", "m.py", "def f(e, c): return len(b'x' * 400000000)\n", "m.f",
         NULL, MR_OUTCOME_CRASHED,
         "={\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST_ID
         " Error: Runtime exited with error: signal: killed\"}",
         NULL},
        {"a child that leaves", "m.py",
         "import os, time\ndef f(e, c):\n if os.fork() == 0:\n  os.setsid()\n  time.sleep(2)\n  "
         "os._exit(0)\n"
         " return 'left'\n",
         "m.f", NULL, MR_OUTCOME_OK, "=\"left\"", NULL},
    };
    if (missing("python3.11")) {
        skip();
    }
    check_handlers("python3.11", cases, MR_COUNT(cases));
}

static void test_python_from_3_12_on_writes_text_as_it_is(void **state)
{
    (void)state;
    static const handler_case cases[] = {
        {"text", "m.py", "def f(e, c): return 'caf\\u00e9'\n", "m.f", NULL, MR_OUTCOME_OK,
         "=\"caf\xc3\xa9\"", NULL},
    };
    if (missing("python3.12")) {
        skip();
    }
    check_handlers("python3.12", cases, MR_COUNT(cases));
}

/* ---- Node.js ---- */

static void test_node_handlers(void **state)
{
    (void)state;
    static const handler_case cases[] = {
        {"async", "m.js", "exports.f = async (e, c) => ({ got: e.a, id: c.awsRequestId });", "m.f",
         "{\"a\":[1]}", MR_OUTCOME_OK, "={\"got\":[1],\"id\":\"" REQUEST_ID "\"}", NULL},
        {"ES module", "m.mjs", "export const f = async (e) => e.a + 1;", "m.f", "{\"a\":1}",
         MR_OUTCOME_OK, "=2", NULL},
        {"CommonJS by name", "m.cjs", "exports.f = async () => 'cjs';", "m.f", NULL, MR_OUTCOME_OK,
         "=\"cjs\"", NULL},
        {"promise", "m.js", "exports.f = () => new Promise((r) => setTimeout(() => r(5), 5));",
         "m.f", NULL, MR_OUTCOME_OK, "=5", NULL},
        {"callback", "m.js",
         "exports.f = (e, c, cb) => { setTimeout(() => cb(null, {x: 1}), 5); };", "m.f", NULL,
         MR_OUTCOME_OK, "={\"x\":1}", NULL},
        {"callback waits for the loop", "m.js",
         "exports.f = (e, c, cb) => { cb(null, 1); setTimeout(() => console.log('later'), 30); };",
         "m.f", NULL, MR_OUTCOME_OK, "=1", "later"},
        {"callback that does not wait", "m.js",
         "exports.f = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; "
         "setInterval(() => {}, 1000); cb(null, 1); };",
         "m.f", NULL, MR_OUTCOME_OK, "=1", NULL},
        {"callback with an error", "m.js", "exports.f = (e, c, cb) => cb(new TypeError('bad'));",
         "m.f", NULL, MR_OUTCOME_FUNCTION_ERROR,
         "{\"errorType\":\"TypeError\",\"errorMessage\":\"bad\",\"trace\":[\"TypeError: bad\","
         "\"    at exports.f (/var/task/m.js:1:30)\"",
         NULL},
        {"neither", "m.js", "exports.f = () => 7;", "m.f", NULL, MR_OUTCOME_OK, "=null", NULL},
        {"undefined is null", "m.js", "exports.f = async () => {};", "m.f", NULL, MR_OUTCOME_OK,
         "=null", NULL},
        {"succeed", "m.js", "exports.f = (e, c) => c.succeed('s');", "m.f", NULL, MR_OUTCOME_OK,
         "=\"s\"", NULL},
        {"fail", "m.js", "exports.f = (e, c) => c.fail('why');", "m.f", NULL,
         MR_OUTCOME_FUNCTION_ERROR,
         "={\"errorType\":\"string\",\"errorMessage\":\"why\",\"trace\":[]}", NULL},
        {"throw", "m.js", "exports.f = async () => { throw new RangeError('off'); };", "m.f", NULL,
         MR_OUTCOME_FUNCTION_ERROR,
         "{\"errorType\":\"RangeError\",\"errorMessage\":\"off\",\"trace\":[",
         "\tERROR\tInvoke Error\t{\"errorType\":\"RangeError\""},
        {"circular", "m.js", "exports.f = async () => { const a = {}; a.a = a; return a; };", "m.f",
         NULL, MR_OUTCOME_FUNCTION_ERROR, "Unable to stringify response body", NULL},
        {"nested export", "m.js", "exports.a = { b: async () => 1 };", "m.a.b", NULL, MR_OUTCOME_OK,
         "=1", NULL},
        {"exit", "m.js", "exports.f = async () => process.exit(4);", "m.f", NULL,
         MR_OUTCOME_CRASHED, "exit status 4", NULL},
        {"a promise never kept", "m.js", "exports.f = () => new Promise(() => {});", "m.f", NULL,
         MR_OUTCOME_CRASHED, "Runtime exited without providing a reason", NULL},
        {"uncaught", "m.js",
         "exports.f = (e, c, cb) => { setTimeout(() => { throw new Error('late'); }, 1); };", "m.f",
         NULL, MR_OUTCOME_FUNCTION_ERROR, "{\"errorType\":\"Error\",\"errorMessage\":\"late\"",
         NULL},
        {"unhandled rejection", "m.js",
         "exports.f = async () => { Promise.reject(new Error('lost')); await new Promise((r) => "
         "setTimeout(r, 1000)); };",
         "m.f", NULL, MR_OUTCOME_FUNCTION_ERROR,
         "{\"errorType\":\"Runtime.UnhandledPromiseRejection\",\"errorMessage\":\"Error: lost\"",
         NULL},
        {"missing handler", "m.js", "exports.g = 1;", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "{\"errorType\":\"Runtime.HandlerNotFound\",\"errorMessage\":\"m.f is undefined or not "
         "exported\"",
         NULL},
        {"not a function", "m.js", "exports.f = 1;", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "\"errorMessage\":\"m.f is not a function\"", NULL},
        {"missing module", "m.js", "require('nowhere-at-all');", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "{\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"Error: Cannot find "
         "module 'nowhere-at-all'",
         NULL},
        {"missing file", "m.js", "", "other.f", NULL, MR_OUTCOME_INIT_ERROR,
         "\"errorMessage\":\"Error: Cannot find module 'other'", NULL},
        {"syntax error", "m.js", "exports.f = (;", "m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "{\"errorType\":\"Runtime.UserCodeSyntaxError\",\"errorMessage\":\"SyntaxError: ", NULL},
        {"top-level failure", "m.js", "throw new Error('early');", "m.f", NULL,
         MR_OUTCOME_INIT_ERROR,
         "{\"errorType\":\"Error\",\"errorMessage\":\"early\",\"trace\":[\"Error: early\"", NULL},
        {"dots", "m.js", "", "../m.f", NULL, MR_OUTCOME_INIT_ERROR,
         "'../m.f' is not a valid handler name.", NULL},
        {"too large", "m.js", "exports.f = async () => 'x'.repeat(20000000);", "m.f", NULL,
         MR_OUTCOME_TOO_LARGE, "Function.ResponseSizeTooLarge", NULL},
        {"console", "m.js", "exports.f = async () => { console.warn('a %d\\nb', 1); };", "m.f",
         NULL, MR_OUTCOME_OK, "=null", "2025-01-01T00:00:00.123Z\t" REQUEST_ID "\tWARN\ta 1\rb\n"},
        {"the world's time", "m.js", "exports.f = async () => process.env.MILLRACE_TIME;", "m.f",
         NULL, MR_OUTCOME_OK, "=\"2025-01-01T00:00:00.123456Z\"", NULL},
        {"top-level await", "m.mjs",
         "const late = await new Promise((r) => setTimeout(() => r(7), 5));\n"
         "export const f = async () => late;",
         "m.f", NULL, MR_OUTCOME_OK, "=7", NULL},
        {"a stream", "m.js",
         "exports.f = awslambda.streamifyResponse(async (e, out, c) => {\n"
         " out.setContentType('text/plain'); out.write('one '); await null; out.write(e.a);\n"
         " out.end(c.functionName === 'Decode' ? '!' : '?'); });",
         "m.f", "{\"a\":\"two\"}", MR_OUTCOME_OK, "=one two!", NULL},
        {"a stream by pipeline, left open", "m.mjs",
         "import { Readable } from 'stream';\n"
         "export const f = awslambda.streamifyResponse(async (e, out) => {\n"
         " for await (const piece of Readable.from(['a', 'b'])) out.write(piece); });",
         "m.f", NULL, MR_OUTCOME_OK, "=ab", NULL},
        {"a stream that fails", "m.js",
         "exports.f = awslambda.streamifyResponse(async (e, out) => { out.write('x'); throw new "
         "RangeError('far'); });",
         "m.f", NULL, MR_OUTCOME_FUNCTION_ERROR,
         "\"errorType\":\"RangeError\",\"errorMessage\":\"far\"", NULL},
        {"no client context", "m.js", "exports.f = async (e, c) => typeof c.clientContext;", "m.f",
         NULL, MR_OUTCOME_OK, "=\"undefined\"", NULL},
        {"a garbage collector that knows its limit", "m.js",
         "exports.f = async () => { for (let i = 0; i < 3e6; i++) globalThis.last = new Array(50)."
         "fill(i); return 1; };",
         "m.f", NULL, MR_OUTCOME_OK, "=1", NULL},
        {"more memory than there is", "m.js",
         "exports.f = async () => Buffer.alloc(400e6, 1).length;", "m.f", NULL, MR_OUTCOME_CRASHED,
         "={\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " REQUEST_ID
         " Error: Runtime exited with error: signal: killed\"}",
         NULL},
        {"bad event", "m.js", "exports.f = async () => 1;", "m.f", "{nonsense",
         MR_OUTCOME_FUNCTION_ERROR, "\"errorType\":\"SyntaxError\"", NULL},
    };
    if (missing("nodejs20.x")) {
        skip();
    }
    check_handlers("nodejs20.x", cases, MR_COUNT(cases));
}

static void test_node_takes_js_as_a_module_where_package_json_says_so(void **state)
{
    (void)state;
    if (missing("nodejs20.x")) {
        skip();
    }
    world w;
    world_init(&w, "nodejs20.x", "src/m.f");
    char *folder = mr_format("%s/src", w.code_dir);
    assert_int_equal(mkdir(folder, 0755), 0);
    mr_free(folder);
    write_code(&w, "package.json", "{\"type\": \"module\"}");
    write_code(&w, "src/m.js",
               "import fs from 'fs';\nexport async function f() { return typeof fs.statSync; }\n");
    invoke(&w, "{}");
    CHECK_STR("answer", w.payload, "\"function\"");
    world_deinit(&w);
}

/* ---- life cycle, in Python ---- */

static void test_globals_survive_and_a_new_version_starts_afresh(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(&w, "m.py", "n = 0\ndef f(e, c):\n global n\n n += 1\n return n\n");
    invoke(&w, "{}");
    CHECK_STR("first", w.payload, "1");
    invoke(&w, "{}");
    CHECK_STR("warm", w.payload, "2");
    w.code.version = 2;
    invoke(&w, "{}");
    CHECK_STR("new version", w.payload, "1");
    begin(&w, 1, "{}");
    while (!w.done) {
        uv_run(&w.loop, UV_RUN_ONCE);
    }
    CHECK_STR("another environment", w.payload, "1");
    invoke(&w, "{}");
    CHECK_STR("the first again", w.payload, "2");
    w.runner->discard(w.runner, &w.code, 0);
    invoke(&w, "{}");
    CHECK_STR("discarded", w.payload, "1");
    world_deinit(&w);
}

/* Rewrites the code and invokes until it answers as wanted; a hang is the harness's to end. */
static void check_taken_up(world *w, const char *text, const char *want)
{
    write_code(w, "m.py", text);
    do {
        invoke(w, "{}");
    } while (strcmp(w->payload, want) != 0);
}

static void test_code_that_is_edited_is_taken_up_in_real_time(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    w.real_time = true;
    check_taken_up(&w, "n = 0\ndef f(e, c):\n global n\n n += 1\n return n\n", "3");
    check_taken_up(&w, "def f(e, c): return 'new'\n", "\"new\"");
    check_taken_up(&w, "import helper\ndef f(e, c): return 0\n",
                   "{\"errorMessage\": \"Unable to import module 'm': No module named 'helper'\", "
                   "\"errorType\": \"Runtime.ImportModuleError\", \"requestId\": \"\", "
                   "\"stackTrace\": []}");
    write_code(&w, "helper.py", "x = 8\n");
    check_taken_up(&w, "import helper\ndef f(e, c): return helper.x\n", "8");
    world_deinit(&w);
}

static void test_code_that_is_edited_stays_as_it_was_in_virtual_time(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(&w, "m.py", "def f(e, c): return 'old'\n");
    invoke(&w, "{}");
    write_code(&w, "m.py", "def f(e, c): return 'new'\n");
    invoke(&w, "{}");
    CHECK_STR("the run's code", w.payload, "\"old\"");
    world_deinit(&w);
}

static void test_a_client_and_a_version_are_seen_by_the_handler(void **state)
{
    (void)state;
    static const struct {
        const char *runtime, *file, *text, *plain, *with;
    } cases[] = {
        {"python3.11", "m.py",
         "def f(e, c):\n x = c.client_context\n return [c.function_version, c.invoked_function_arn,"
         " x and [x.custom, x.env, x.client and x.client.app_title]]\n",
         "[\"4\", \"arn:f:4\", null]",
         "[\"4\", \"arn:x:1\", [{\"k\": \"caf\\u00e9\"}, null, \"t\"]]"},
        {"nodejs18.x", "m.js",
         "exports.f = async (e, c) => [c.functionVersion, c.invokedFunctionArn, "
         "c.clientContext];\n",
         "[\"4\",\"arn:f:4\",null]",
         "[\"4\",\"arn:x:1\",{\"custom\":{\"k\":\"caf\xc3\xa9\"},\"client\":{\"app_title\":\"t\"}}"
         "]"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        if (missing(cases[i].runtime)) {
            continue;
        }
        world w;
        world_init(&w, cases[i].runtime, "m.f");
        w.code.published = "4";
        w.code.arn = "arn:f:4";
        write_code(&w, cases[i].file, cases[i].text);
        invoke(&w, "{}");
        CHECK_STR(cases[i].runtime, w.payload, cases[i].plain);
        CHECK_TRUE("a cold start took its time", w.init_us > 0);
        w.client_context = "{\"custom\":{\"k\":\"caf\xc3\xa9\"},\"client\":{\"app_title\":\"t\"}}";
        invoke(&w, "{}");
        CHECK_STR(cases[i].runtime, w.payload, cases[i].with);
        CHECK_INT("a warm one none", w.init_us, 0);
#ifdef __linux__
        CHECK_TRUE("memory", w.memory_peak_bytes > MR_MIB && w.memory_peak_bytes < MR_GIB);
#endif
        world_deinit(&w);
    }
}

static void test_another_version_leaves_what_runs_alone(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world old, w;
    world_init(&old, "python3.11", "m.f");
    write_code(&old, "m.py", "import time\ndef f(e, c):\n time.sleep(e)\n return e\n");
    begin(&old, 0, "0.5");
    mr_function_code code = old.code;
    code.version = 2;
    const mr_invocation invocation = {.code = &code,
                                      .request_id = "99999999-2222-4333-8444-555555555555",
                                      .payload = MR_BYTES_LITERAL("0"),
                                      .time_us = INT64_C(1735689600123456)};
    w = (world){.done = false};
    old.runner->invoke(old.runner, &invocation, on_outcome, &w);
    while (!w.done || !old.done) {
        uv_run(&old.loop, UV_RUN_ONCE);
        if (w.done && !old.done) { /* the end of the new one is not that of the old one */
            old.runner->discard(old.runner, &code, 0);
        }
    }
    CHECK_STR("the new one", w.payload, "0");
    CHECK_STR("the old one", old.payload, "0.5");
    forget_outcome(&w);
    world_deinit(&old);
}

static void test_a_crash_is_followed_by_a_cold_start(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(&w, "m.py",
               "import os\nn = 0\ndef f(e, c):\n global n\n n += 1\n if e.get('die'): "
               "os._exit(7)\n return n\n");
    invoke(&w, "{}");
    CHECK_STR("first", w.payload, "1");
    invoke(&w, "{\"die\": true}");
    CHECK_INT("crashed", w.kind, MR_OUTCOME_CRASHED);
    invoke(&w, "{}");
    CHECK_STR("cold", w.payload, "1");
    /* One that ends between two invocations is replaced, too. */
    write_code(&w, "m.py",
               "import os, threading\ndef f(e, c):\n"
               " threading.Timer(0.02, os._exit, [0]).start()\n return os.getpid()\n");
    w.code.version = 2;
    invoke(&w, "{}");
    char *first = mr_strdup(w.payload);
    long pid = strtol(first, NULL, 10);
    while (kill((pid_t)pid, 0) == 0) { /* until it is gone and reaped */
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    invoke(&w, "{}");
    CHECK_INT("answered", w.kind, MR_OUTCOME_OK);
    CHECK_TRUE("by another", strcmp(first, w.payload) != 0);
    mr_free(first);
    world_deinit(&w);
}

static void test_the_timeout_runs_by_the_wall_in_real_time(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    w.real_time = true;
    w.code.timeout_us = 200000;
    write_code(&w, "m.py",
               "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
               "def f(e, c):\n print('begun')\n time.sleep(e)\n");
    invoke(&w, "60");
    CHECK_INT("timed out", w.kind, MR_OUTCOME_TIMED_OUT);
    CHECK_STR("log", w.log, "begun\n");
    invoke(&w, "0");
    CHECK_INT("cold start", w.kind, MR_OUTCOME_OK);
    world_deinit(&w); /* the stubborn one is killed by SIGKILL */
}

static void test_a_hanging_handler_is_stuck_in_virtual_time(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    static const struct {
        const char *label, *text;
    } cases[] = {
        {"sleeps", "import time\ndef f(e, c): time.sleep(60)\n"},
        {"never asks", "import time\ntime.sleep(60)\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init(&w, "python3.11", "m.f");
        mr_process_runner_free(w.runner);
        uv_run(&w.loop, UV_RUN_DEFAULT);
        char *scratch = mr_format("%s/scratch", w.dir);
        mr_error err;
        mr_process_runner_options options = {
            .loop = &w.loop, .scratch = scratch, .region = "r", .wall_guard_us = 100000};
        CHECK_OK("runner", mr_process_runner_new(&options, &w.runner, &err), &err);
        mr_free(scratch);
        w.code.timeout_us = 30000; /* ten times that: 300 ms */
        write_code(&w, "m.py", cases[i].text);
        invoke(&w, "{}");
        CHECK_INT(cases[i].label, w.kind, MR_OUTCOME_STUCK);
        CHECK_HAS(cases[i].label, w.message,
                  "function Decode has not answered request " REQUEST_ID);
        world_deinit(&w);
    }
}

static void test_discarding_forgets_what_is_under_way(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(&w, "m.py", "import time\ndef f(e, c):\n if e: time.sleep(60)\n return 'fresh'\n");
    begin(&w, 0, "1");
    w.runner->discard(w.runner, &w.code, 0);
    w.runner->discard(w.runner, &w.code, 9); /* one that is not there is fine */
    invoke(&w, "0");
    CHECK_STR("the next one", w.payload, "\"fresh\"");
    world_deinit(&w);
}

static void test_output_is_bounded_and_never_blocks(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(
        &w, "m.py",
        "import sys\ndef f(e, c):\n for i in range(1000): sys.stdout.write('x' * 9999 + '\\n')\n"
        " sys.stdout.flush()\n return 'done'\n");
    invoke(&w, "{}");
    CHECK_STR("answer", w.payload, "\"done\"");
    CHECK_TRUE("bounded", strlen(w.log) < 256 * MR_KIB + 100);
    CHECK_HAS("says so", w.log, "(9737856 more bytes of output were dropped)");
    invoke(&w, "{}");
    CHECK_HAS("again", w.log, "(9737856 more bytes of output were dropped)");
    world_deinit(&w);
}

static void test_the_process_sees_lambdas_variables_and_no_others(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    static const char *const environment[] = {"TABLE=crimes", "TZ=Europe/Oslo", "_HANDLER=mine",
                                              "EMPTY=", NULL};
    world w;
    world_init(&w, "python3.11", "m.f");
    w.code.environment = environment;
    setenv("MILLRACE_TEST_SECRET", "s", 1);
    write_code(&w, "m.py",
               "import os\ndef f(e, c):\n o = os.environ\n"
               " o = {k: v for k, v in o.items() if k not in ('PATH', 'LAMBDA_TASK_ROOT',"
               " 'LAMBDA_RUNTIME_DIR', 'AWS_LAMBDA_RUNTIME_API', 'LC_CTYPE')}\n"
               " assert os.getcwd() == os.environ['LAMBDA_TASK_ROOT']\n"
               " return '\\n'.join(sorted(k + '=' + v for k, v in o.items()))\n");
    invoke(&w, "{}");
    CHECK_STR("variables", w.payload,
              "\"AWS_ACCESS_KEY_ID=millrace\\n"
              "AWS_DEFAULT_REGION=eu-north-1\\n"
              "AWS_ENDPOINT_URL=http://localhost:4566\\n"
              "AWS_EXECUTION_ENV=AWS_Lambda_python3.11\\n"
              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256\\n"
              "AWS_LAMBDA_FUNCTION_NAME=Decode\\n"
              "AWS_LAMBDA_FUNCTION_VERSION=$LATEST\\n"
              "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand\\n"
              "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/Decode\\n"
              "AWS_LAMBDA_LOG_STREAM_NAME=2025/01/01/[$LATEST]683f11cf61e5d63402921ab79e988051\\n"
              "AWS_REGION=eu-north-1\\n"
              "AWS_SECRET_ACCESS_KEY=millrace\\n"
              "AWS_SESSION_TOKEN=millrace\\n"
              "EMPTY=\\n"
              "LANG=en_US.UTF-8\\n"
              "MILLRACE_TIME=2025-01-01T00:00:00.123456Z\\n"
              "PYTHONDONTWRITEBYTECODE=1\\n"
              "PYTHONHASHSEED=0\\n"
              "PYTHONIOENCODING=utf-8\\n"
              "TABLE=crimes\\n"
              "TZ=Europe/Oslo\\n"
              "_HANDLER=m.f\\n"
              "_X_AMZN_TRACE_ID=Root=1-67748580-26ba38211165f94678008565;Parent=1165f94678008565;"
              "Sampled=0\"");
    unsetenv("MILLRACE_TEST_SECRET");
    world_deinit(&w);
}

/* No descriptor of ours but the three standard ones reaches a handler. */
static void test_descriptors_are_not_inherited(void **state)
{
    (void)state;
    if (missing("python3.11") || access("/proc/self/fd", R_OK) != 0) {
        skip();
    }
    world w;
    world_init(&w, "python3.11", "m.f");
    write_code(
        &w, "m.py",
        "import os\nfds = []\nfor fd in os.listdir('/proc/self/fd'):\n try:\n"
        "  fds.append(int(fd)); os.readlink('/proc/self/fd/' + fd)\n except OSError: fds.pop()\n"
        "def f(e, c): return [fd for fd in fds if fd > 2 and 'socket' not in"
        " os.readlink('/proc/self/fd/%d' % fd)]\n");
    invoke(&w, "{}");
    CHECK_STR("descriptors", w.payload, "[]");
    world_deinit(&w);
}

/* ---- custom runtimes ---- */

static void test_a_custom_runtime_speaks_the_api_itself(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    /* A client that breaks every rule once and writes down what it is told. */
    static const char bootstrap[] =
        "#!/usr/bin/env python3\n"
        "import http.client, os\n"
        "c = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
        "def call(m, p, b=None, h={}):\n"
        "    c.request(m, p, b, h)\n"
        "    r = c.getresponse()\n"
        "    r.body = r.read().decode()\n"
        "    return r\n"
        "base = '/2018-06-01/runtime/'\n"
        "told = [call('GET', '/nothing').status, call('GET', base + 'nothing').status,\n"
        "        call('POST', base + 'invocation/x/response', 'y').status,\n"
        "        call('GET', base + 'invocation/next', None, {'Origin': "
        "'http://evil.example'}).status]\n"
        "assert 'AWS_EXECUTION_ENV' not in os.environ\n"
        "while True:\n"
        "    e = call('GET', base + 'invocation/next')\n"
        "    id = e.headers['lambda-runtime-aws-request-id']\n"
        "    told += [call('GET', base + 'invocation/next').status,\n"
        "             call('POST', base + 'invocation/wrong/response', 'y').status,\n"
        "             call('POST', base + 'init/error', '{}').status]\n"
        "    r = call('POST', base + 'invocation/' + id + '/response', e.body + repr(told))\n"
        "    told = [r.status, r.body, call('POST', base + 'invocation/' + id + '/response', "
        "'again').status,\n"
        "            call('POST', base + 'invocation/' + id + '/error', 'again').status]\n";
    world w;
    world_init(&w, "provided.al2023", NULL);
    write_code(&w, "bootstrap", bootstrap);
    invoke(&w, "event:");
    CHECK_STR("first", w.payload, "event:[404, 404, 400, 403, 403, 400, 403]");
    invoke(&w, "event:");
    CHECK_STR("second", w.payload, "event:[202, '{\"status\":\"OK\"}', 400, 400, 403, 400, 403]");
    world_deinit(&w);
}

static void test_an_answer_given_just_before_the_end_counts(void **state)
{
    (void)state;
    if (missing("python3.11")) {
        skip();
    }
    static const char bootstrap[] =
        "#!/usr/bin/env python3\n"
        "import http.client, os\n"
        "c = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
        "c.request('GET', '/2018-06-01/runtime/invocation/next')\n"
        "r = c.getresponse(); r.read()\n"
        "id = r.headers['lambda-runtime-aws-request-id']\n"
        "print('bye', flush=True)\n"
        "if 'NEW' in os.environ: c.close()\n" /* then by a connection that we have yet to accept */
        "c.request('POST', '/2018-06-01/runtime/invocation/' + id + '/response', 'z' * 4000000)\n"
        "os._exit(1)\n";
    world w;
    world_init(&w, "provided.al2", NULL);
    write_code(&w, "bootstrap", bootstrap);
    static const char *const by_a_new_connection[] = {"NEW=1", NULL};
    for (int i = 0; i < 10; i++) {
        w.code.environment = i < 5 ? NULL : by_a_new_connection;
        invoke(&w, "{}");
        CHECK_INT("answered", w.kind, MR_OUTCOME_OK);
        CHECK_INT("whole", strlen(w.payload), 4000000);
        CHECK_STR("log", w.log, "bye\n");
    }
    world_deinit(&w);
}

static void test_a_shell_bootstrap_works(void **state)
{
    (void)state;
    if (access("/usr/bin/curl", X_OK) != 0) {
        print_message("skipped: there is no curl\n");
        skip();
    }
    static const char bootstrap[] =
        "#!/bin/sh\n"
        "api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\n"
        "while true; do\n"
        "  head=$(mktemp)\n"
        "  event=$(curl -sS -D \"$head\" \"$api/next\") || exit 0\n"
        "  id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *//Ip' \"$head\" | tr -d '\\r')\n"
        "  rm \"$head\"\n"
        "  curl -sS -d \"shell got $event\" \"$api/$id/response\" >/dev/null\n"
        "done\n";
    world w;
    world_init(&w, "provided", NULL);
    write_code(&w, "bootstrap", bootstrap);
    invoke(&w, "{\"a\":1}");
    CHECK_STR("first", w.payload, "shell got {\"a\":1}");
    invoke(&w, "2");
    CHECK_STR("second", w.payload, "shell got 2");
    world_deinit(&w);
}

static void test_a_custom_runtime_that_is_not_there(void **state)
{
    (void)state;
    world w;
    world_init(&w, "provided.al2023", NULL);
    invoke(&w, "{}");
    CHECK_INT("kind", w.kind, MR_OUTCOME_INIT_ERROR);
    CHECK_STR(
        "payload", w.payload,
        "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: " REQUEST_ID
        " Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\"}");
    write_code(&w, "bootstrap", "#!/nowhere/interpreter\n");
    invoke(&w, "{}");
    CHECK_INT("no interpreter", w.kind, MR_OUTCOME_NOT_STARTED);
    CHECK_HAS("says why", w.message, "no such file or directory");
    world_deinit(&w);
}

/* ---- what is not on this machine ---- */

static void test_unknown_runtimes_and_folders_are_named(void **state)
{
    (void)state;
    world w;
    world_init(&w, "java21", "a.B::c");
    invoke(&w, "{}");
    CHECK_INT("runtime", w.kind, MR_OUTCOME_NOT_STARTED);
    CHECK_HAS("runtime", w.message, "runtime java21 is not run here");
    w.code.runtime = "provided";
    w.code.directory = "/nowhere/at/all";
    invoke(&w, "{}");
    CHECK_INT("folder", w.kind, MR_OUTCOME_NOT_STARTED);
    CHECK_HAS("folder", w.message, "/nowhere/at/all is not there");
    world_deinit(&w);
}

static void test_a_runtime_of_another_version_is_told_of_once(void **state)
{
    (void)state;
    if (missing("python3.99")) {
        skip();
    }
    world w;
    world_init(&w, "python3.99", "m.f");
    write_code(&w, "m.py", "import os\ndef f(e, c): os._exit(0)\n");
    invoke(&w, "{}");
    invoke(&w, "{}");
    const char *text = mr_strbuf_text(&w.warnings);
    CHECK_HAS("told", text, "python3.99 is asked for, Python 3.");
    CHECK_TRUE("once", strchr(text, '\n') == strrchr(text, '\n'));
    world_deinit(&w);
}

static void test_a_runtime_of_another_version_is_warned_of(void **state)
{
    (void)state;
    char *warning = NULL;
    mr_error err = {.code = MR_OK};
    if (missing("python3.11")) {
        skip();
    }
    CHECK_OK("odd", mr_runtime_check("python3.99", &warning, &err), &err);
    CHECK_HAS("warning", warning, "python3.99 is asked for, Python 3.");
    mr_free(warning);
    CHECK_OK("provided", mr_runtime_check("provided.al2", &warning, &err), &err);
    assert_null(warning);
    CHECK_CODE("ruby", mr_runtime_check("ruby3.3", &warning, &err), MR_UNSUPPORTED);
    assert_null(warning);

    char *path = mr_strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    CHECK_CODE("no python", mr_runtime_check("python3.12", &warning, &err), MR_UNSUPPORTED);
    CHECK_HAS("no python", err.message, "install python3");
    CHECK_CODE("no node", mr_runtime_check("nodejs20.x", &warning, &err), MR_UNSUPPORTED);
    CHECK_HAS("no node", err.message, "install nodejs");
    setenv("PATH", path, 1);
    mr_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_handlers),
        cmocka_unit_test(test_python_from_3_12_on_writes_text_as_it_is),
        cmocka_unit_test(test_node_handlers),
        cmocka_unit_test(test_node_takes_js_as_a_module_where_package_json_says_so),
        cmocka_unit_test(test_globals_survive_and_a_new_version_starts_afresh),
        cmocka_unit_test(test_code_that_is_edited_is_taken_up_in_real_time),
        cmocka_unit_test(test_code_that_is_edited_stays_as_it_was_in_virtual_time),
        cmocka_unit_test(test_a_client_and_a_version_are_seen_by_the_handler),
        cmocka_unit_test(test_another_version_leaves_what_runs_alone),
        cmocka_unit_test(test_a_crash_is_followed_by_a_cold_start),
        cmocka_unit_test(test_the_timeout_runs_by_the_wall_in_real_time),
        cmocka_unit_test(test_a_hanging_handler_is_stuck_in_virtual_time),
        cmocka_unit_test(test_discarding_forgets_what_is_under_way),
        cmocka_unit_test(test_output_is_bounded_and_never_blocks),
        cmocka_unit_test(test_the_process_sees_lambdas_variables_and_no_others),
        cmocka_unit_test(test_descriptors_are_not_inherited),
        cmocka_unit_test(test_a_custom_runtime_speaks_the_api_itself),
        cmocka_unit_test(test_an_answer_given_just_before_the_end_counts),
        cmocka_unit_test(test_a_shell_bootstrap_works),
        cmocka_unit_test(test_a_custom_runtime_that_is_not_there),
        cmocka_unit_test(test_unknown_runtimes_and_folders_are_named),
        cmocka_unit_test(test_a_runtime_of_another_version_is_told_of_once),
        cmocka_unit_test(test_a_runtime_of_another_version_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
