/* lambda_test.c - the control plane on disk: what is there after a restart, after a kill before
 * each write, and when the disk refuses; and a template's functions. */
#include "sim/lambda/lambda.h"
#include "sim/lambda/lambda_policy.h"
#include "sim/lambda/lambda_tags.h"

#include "sim/base/disk_watch.h"
#include "sim/base/timefmt.h"
#include "sim/base/watched_fs.h"
#include "sim/lambda/event_queue.h"
#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/lambda/zip_help.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_US INT64_C(1735689600000000)

typedef struct world {
    char *directory; /* borrowed */
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_file_system *watched;
    mr_db *db;
    mr_functions *functions;
    mr_lambda *lambda;
    mr_event_queue *events;
} world;

/* watch: told of every change on disk; NULL: nobody is. */
static void world_open(world *w, char *directory, const mr_disk_watch *watch)
{
    mr_error err;
    *w = (world){.directory = directory};
    w->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = START_US});
    w->trace = mr_trace_new(w->clock);
    w->faults = mr_faults_new(1);
    w->watched = watch == NULL ? NULL : mr_watched_fs_new(mr_platform_fs(), watch);
    char *path = mr_format("%s/catalog.db", directory);
    mr_db_options db = {.path = path, .clock = w->clock, .seed = 1, .watch = watch};
    CHECK_OK("db", mr_db_open(&db, &w->db, &err), &err);
    mr_free(path);
    w->functions = mr_functions_new(&(mr_functions_options){.clock = w->clock,
                                                            .trace = w->trace,
                                                            .faults = w->faults,
                                                            .seed = 1,
                                                            .region = "us-east-1",
                                                            .account = "000000000000"});
    char *functions = mr_format("%s/functions", directory);
    mr_lambda_options options = {.clock = w->clock,
                                 .trace = w->trace,
                                 .fs = w->watched == NULL ? mr_platform_fs() : w->watched,
                                 .db = w->db,
                                 .functions = w->functions,
                                 .directory = functions,
                                 .region = "us-east-1",
                                 .account = "000000000000",
                                 .seed = 1};
    CHECK_OK("open", mr_lambda_open(&options, &w->lambda, &err), &err);
    CHECK_OK("events", mr_event_queue_open(w->lambda, &w->events, &err), &err);
    mr_free(functions);
}

static void world_close(world *w)
{
    mr_event_queue_free(w->events);
    mr_lambda_free(w->lambda);
    mr_functions_free(w->functions);
    mr_db_close(w->db);
    mr_watched_fs_free(w->watched);
    mr_trace_free(w->trace);
    mr_faults_free(w->faults);
    mr_clock_free(w->clock);
}

static mr_strbuf zip_with(const char *text)
{
    const zip_row rows[] = {{"m.py", text, 0100644}, {"lib/x.py", "x", 0100644}};
    return zip_of(rows, MR_COUNT(rows));
}

static mr_configuration settings(const char *handler)
{
    mr_configuration c = mr_configuration_make("f");
    mr_configuration_set(&c, MR_SETTING_RUNTIME, "python3.12");
    mr_configuration_set(&c, MR_SETTING_HANDLER, handler);
    mr_configuration_set(&c, MR_SETTING_ROLE, "arn:aws:iam::000000000000:role/r");
    mr_configuration_add_variable(&c, "NAME", "value");
    return c;
}

static mr_code create(world *w, const char *name, const char *text, mr_error *err)
{
    mr_strbuf zip = zip_with(text);
    mr_configuration c = settings("m.f");
    const mr_lambda_tag tag = {"k", "v"};
    mr_lambda_create_options options = {.name = name,
                                        .configuration = &c,
                                        .zip = mr_strbuf_bytes(&zip),
                                        .tags = &tag,
                                        .tag_count = 1,
                                        .publish = true};
    mr_code code = mr_lambda_create(w->lambda, &options, NULL, err);
    mr_configuration_deinit(&c);
    mr_strbuf_deinit(&zip);
    return code;
}

static mr_code update_code(world *w, const char *name, const char *text, mr_error *err)
{
    mr_strbuf zip = zip_with(text);
    mr_lambda_code_options options = {.zip = mr_strbuf_bytes(&zip)};
    mr_code code =
        mr_lambda_update_code(mr_lambda_find(w->lambda, mr_bytes_of(name)), &options, NULL, err);
    mr_strbuf_deinit(&zip);
    return code;
}

/* Everything that is kept, as one text: what a restart has to bring back. */
static void show_version(mr_strbuf *out, mr_lambda_version *version)
{
    const mr_lambda_view v = mr_lambda_version_view(version);
    const mr_configuration *c = v.configuration;
    mr_strbuf_appendf(out, "%s %s %lld %s %lld", v.arn, v.code_sha256, (long long)v.code_bytes,
                      v.revision, (long long)v.modified_us);
    for (int i = 0; i < MR_SETTING_COUNT; i++) {
        mr_strbuf_appendf(out, " %s", c->texts[i] == NULL ? "-" : c->texts[i]);
    }
    mr_strbuf_appendf(out, " %lld %lld %lld", (long long)c->timeout_s, (long long)c->memory_mib,
                      (long long)c->storage_mib);
    for (size_t i = 0; i < c->variable_count; i++) {
        mr_strbuf_appendf(out, " %s=%s", c->variables[i].name, c->variables[i].value);
    }
    mr_strbuf zip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    CHECK_OK("its zip is there", mr_lambda_version_zip(version, &zip, &err), &err);
    mr_strbuf_appendf(out, " zip=%zu runs=%d\n", zip.len,
                      mr_lambda_version_function(version) != NULL);
    mr_strbuf_deinit(&zip);
}

static void on_tag(void *context, const mr_lambda_tag *tag)
{
    mr_strbuf_appendf(context, "tag %s=%s\n", tag->key, tag->value);
}

static char *show(world *w)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    size_t count;
    mr_lambda_function **all = mr_lambda_list(w->lambda, &count);
    for (size_t i = 0; i < count; i++) {
        size_t version_count;
        mr_lambda_version *const *versions = mr_lambda_versions(all[i], &version_count);
        show_version(&out, mr_lambda_latest(all[i]));
        for (size_t v = 0; v < version_count; v++) {
            show_version(&out, versions[v]);
        }
        CHECK_OK("tags", mr_lambda_each_tag(all[i], on_tag, &out, &err), &err);
        mr_strbuf_appendf(&out, "reserved %d\n", mr_lambda_reserved(all[i]));
        mr_strbuf policy = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_code code = mr_lambda_policy(all[i], "", &policy, &err);
        mr_strbuf_appendf(&out, "policy %s\n", code == MR_OK ? mr_strbuf_text(&policy) : "none");
        mr_strbuf_deinit(&policy);
    }
    mr_strbuf_appendf(&out, "events %zu\n", mr_event_queue_count(w->events));
    mr_free(all);
    return mr_strbuf_take(&out);
}

/* The names below functions/<name>, in order; "" when there is none. */
static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    (void)info;
    mr_strbuf_appendf(context, "%zu ", strlen(name));
    return true;
}

static void check_folder(const char *directory, const char *name, const char *want)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *path = mr_format("%s/functions/%s", directory, name);
    (void)mr_platform_fs()->list(mr_platform_fs(), path, on_entry, &got, NULL);
    CHECK_STR(name, mr_strbuf_text(&got), want);
    mr_free(path);
    mr_strbuf_deinit(&got);
}

/* ---- restart ---- */

static mr_code do_everything(world *w, mr_error *err)
{
    mr_code code = create(w, "f", "one", err);
    if (code == MR_OK) {
        code = update_code(w, "f", "two", err);
    }
    mr_lambda_function *f = mr_lambda_find(w->lambda, MR_BYTES_LITERAL("f"));
    if (code == MR_OK) {
        mr_configuration c = settings("m.g");
        c.timeout_s = 7;
        code = mr_lambda_update_configuration(f, &c, NULL, err);
        mr_configuration_deinit(&c);
    }
    mr_lambda_version *version = NULL;
    mr_lambda_publish_options publish = {.description = "second"};
    if (code == MR_OK) {
        code = mr_lambda_publish(f, &publish, &version, err);
    }
    if (code == MR_OK) {
        code = mr_lambda_reserve(f, 4, err);
    }
    mr_lambda_permission permission = {
        .statement_id = "s", .action = "lambda:InvokeFunction", .principal = "s3.amazonaws.com"};
    mr_strbuf statement = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (code == MR_OK) {
        code = mr_lambda_add_permission(f, "", &permission, &statement, err);
    }
    mr_strbuf_deinit(&statement);
    if (code == MR_OK) {
        const mr_queued_event event = {.version = version,
                                       .request_id = "11111111-2222-4333-8444-555555555555",
                                       .invoked_arn = "arn",
                                       .payload = MR_BYTES_LITERAL("{}")};
        code = mr_event_queue_add(w->events, &event, err);
    }
    if (code == MR_OK) {
        code = create(w, "gone", "three", err);
    }
    if (code == MR_OK) {
        code = mr_lambda_delete(mr_lambda_find(w->lambda, MR_BYTES_LITERAL("gone")), err);
    }
    return code;
}

static void test_everything_is_there_after_a_restart(void **state)
{
    (void)state;
    world w;
    mr_error err;
    char *directory = check_temp_dir();
    world_open(&w, directory, NULL);
    CHECK_OK("everything", do_everything(&w, &err), &err);
    char *before = show(&w);
    CHECK_HAS("two versions", before, ":function:f:2 ");
    CHECK_HAS("changed", before, " m.g ");
    CHECK_HAS("reserved", before, "reserved 4\n");
    CHECK_HAS("event", before, "events 1\n");
    world_close(&w);
    world_open(&w, directory, NULL);
    char *after = show(&w);
    CHECK_STR("the same", after, before);
    check_folder(directory, "f", "64 68 64 68 "); /* the code of two versions, and of $LATEST */
    check_folder(directory, "gone", "");
    CHECK_CODE("taken", create(&w, "f", "x", &err), MR_FUNCTION_EXISTS);
    CHECK_OK("free", create(&w, "gone", "x", &err), &err);
    world_close(&w);
    mr_free(before);
    mr_free(after);
    check_remove_dir(directory);
}

/* ---- kill -9 before each write ---- */

typedef struct killer {
    int left; /* changes on disk until the end */
} killer;

static void on_change(void *context, const char *doing, const char *path)
{
    (void)doing;
    (void)path;
    killer *k = context;
    if (k->left-- == 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* Runs it in a process that is killed before its n-th change. False: it came to its end. */
static bool run_and_kill(char *directory, int n)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        world w;
        mr_error err;
        killer k = {n};
        const mr_disk_watch watch = {on_change, &k};
        world_open(&w, directory, &watch);
        _exit(do_everything(&w, &err) == MR_OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
        CHECK_INT("it comes to its end", WEXITSTATUS(status), 0);
        return false;
    }
    return true;
}

static void test_a_kill_before_any_write_leaves_whole_functions(void **state)
{
    (void)state;
    int kills = 0;
    for (int n = 0;; n += n < 40 ? 1 : 3) {
        char *directory = check_temp_dir();
        bool killed = run_and_kill(directory, n);
        world w;
        mr_error err;
        world_open(&w, directory, NULL);
        char *shown = show(&w); /* checks that each version's zip is there */
        world_close(&w);
        world_open(&w, directory, NULL);
        char *again = show(&w);
        CHECK_STR("opening changes nothing", again, shown);
        check_folder(directory, "gone",
                     mr_lambda_find(w.lambda, MR_BYTES_LITERAL("gone")) == NULL ? "" : "64 68 ");
        mr_lambda_function *f = mr_lambda_find(w.lambda, MR_BYTES_LITERAL("f"));
        if (f != NULL) {
            CHECK_OK("it can be changed", update_code(&w, "f", "four", &err), &err);
            CHECK_OK("and deleted", mr_lambda_delete(f, &err), &err);
        }
        check_folder(directory, "f", "");
        world_close(&w);
        mr_free(shown);
        mr_free(again);
        check_remove_dir(directory);
        if (!killed) {
            break;
        }
        kills++;
    }
    print_message("killed %d times\n", kills);
    CHECK_TRUE("it was killed often", kills > 40);
}

/* ---- a bad change ---- */

static void test_a_change_that_fails_changes_nothing(void **state)
{
    (void)state;
    world w;
    mr_error err;
    char *directory = check_temp_dir();
    world_open(&w, directory, NULL);
    CHECK_OK("create", create(&w, "f", "one", &err), &err);
    char *before = show(&w);
    mr_lambda_function *f = mr_lambda_find(w.lambda, MR_BYTES_LITERAL("f"));
    mr_lambda_code_options bad = {.zip = MR_BYTES_LITERAL("no zip")};
    CHECK_CODE("no zip", mr_lambda_update_code(f, &bad, NULL, &err), MR_BAD_INPUT);
    mr_configuration c = settings("m.f");
    mr_configuration_add_variable(&c, "AWS_REGION", "x");
    CHECK_CODE("reserved", mr_lambda_update_configuration(f, &c, NULL, &err), MR_INVALID_ARGUMENT);
    mr_configuration_deinit(&c);
    CHECK_CODE("$LATEST", mr_lambda_delete_version(mr_lambda_latest(f), &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("concurrency", mr_lambda_reserve(f, 1001, &err), MR_INVALID_ARGUMENT);
    char *after = show(&w);
    CHECK_STR("nothing", after, before);
    check_folder(directory, "f", "64 68 ");
    mr_free(before);
    mr_free(after);
    world_close(&w);
    check_remove_dir(directory);
}

/* ---- templates ---- */

static mr_lambda_template template_of(const char *folder)
{
    return (mr_lambda_template){.function = {.name = "t",
                                             .runtime = "python3.12",
                                             .handler = "m.f",
                                             .directory = folder,
                                             .timeout_us = 5 * MR_US_PER_SECOND},
                                .role = "r"};
}

static void deploy(world *w, mr_lambda_template of)
{
    mr_error err;
    CHECK_OK("deploy", mr_lambda_deploy(w->lambda, &of, &err), &err);
}

static mr_lambda_view view_of(world *w, const char *name)
{
    mr_lambda_function *f = mr_lambda_find(w->lambda, mr_bytes_of(name));
    assert_non_null(f);
    return mr_lambda_version_view(mr_lambda_latest(f));
}

static void write_handler(const char *folder)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_file *file = NULL;
    char *path = mr_format("%s/m.py", folder);
    CHECK_OK("mkdir", fs->make_directories(fs, folder, &err), &err);
    CHECK_OK("open", fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, MR_BYTES_LITERAL("code"), 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
}

static void test_a_template_is_looked_at_when_it_says_something_else(void **state)
{
    (void)state;
    world w;
    mr_error err;
    char *directory = check_temp_dir();
    char *folder = mr_format("%s/code", directory);
    write_handler(folder);
    world_open(&w, directory, NULL);
    deploy(&w, template_of(folder));
    CHECK_INT("timeout", view_of(&w, "t").configuration->timeout_s, 5);
    CHECK_INT("the folder's SHA-256", strlen(view_of(&w, "t").code_sha256), 44);
    CHECK_TRUE("its size", view_of(&w, "t").code_bytes > 0);
    CHECK_TRUE("active at once", !view_of(&w, "t").is_pending);
    char *revision = mr_strdup(view_of(&w, "t").revision);
    deploy(&w, template_of(folder));
    CHECK_STR("nothing new", view_of(&w, "t").revision, revision);

    /* what a client changes stays, over a restart, until the template changes */
    CHECK_OK("by a client", update_code(&w, "t", "mine", &err), &err);
    char *sha = mr_strdup(view_of(&w, "t").code_sha256);
    world_close(&w);
    world_open(&w, directory, NULL);
    deploy(&w, template_of(folder));
    CHECK_STR("the client's code", view_of(&w, "t").code_sha256, sha);
    mr_lambda_template changed = template_of(folder);
    changed.function.timeout_us = 6 * MR_US_PER_SECOND;
    deploy(&w, changed);
    CHECK_INT("timeout", view_of(&w, "t").configuration->timeout_s, 6);
    CHECK_TRUE("the template's code", strcmp(view_of(&w, "t").code_sha256, sha) != 0);
    check_folder(directory, "t", ""); /* the client's is swept */
    world_close(&w);
    world_open(&w, directory, NULL); /* without the template it is there all the same */
    CHECK_INT("timeout", view_of(&w, "t").configuration->timeout_s, 6);
    world_close(&w);
    mr_free(revision);
    mr_free(sha);
    mr_free(folder);
    check_remove_dir(directory);
}

static void test_a_template_may_have_a_zip_or_a_builtin_alone(void **state)
{
    (void)state;
    world w;
    mr_error err;
    char *directory = check_temp_dir();
    world_open(&w, directory, NULL);
    mr_strbuf zip = zip_with("zipped");
    mr_lambda_template of = template_of(NULL);
    of.zip = mr_strbuf_bytes(&zip);
    deploy(&w, of);
    check_folder(directory, "t", "64 68 ");
    CHECK_INT("as it is", view_of(&w, "t").code_bytes, zip.len);
    mr_strbuf_deinit(&zip);
    of.zip = MR_BYTES_LITERAL("no zip");
    CHECK_CODE("no zip", mr_lambda_deploy(w.lambda, &of, &err), MR_BAD_INPUT);
    CHECK_HAS("it says which", err.message, "the zip of function t: Not a zip archive");

    const mr_builtin_options builtin = {.kind = MR_BUILTIN_JSON};
    mr_lambda_template native = template_of(NULL);
    native.function.name = "native";
    native.function.builtin = &builtin;
    deploy(&w, native);
    mr_lambda_function *f = mr_lambda_find(w.lambda, MR_BYTES_LITERAL("native"));
    mr_function *runs = mr_lambda_version_function(mr_lambda_latest(f));
    CHECK_TRUE("the builtin", mr_function_builtin(runs) != NULL);
    CHECK_STR("no code", view_of(&w, "native").code_sha256, "");
    world_close(&w);
    world_open(&w, directory, NULL);
    f = mr_lambda_find(w.lambda, MR_BYTES_LITERAL("native"));
    CHECK_TRUE("nothing runs without it", mr_lambda_version_function(mr_lambda_latest(f)) == NULL);
    deploy(&w, native);
    CHECK_TRUE("until it is there again", mr_lambda_version_function(mr_lambda_latest(f)) != NULL);
    world_close(&w);
    check_remove_dir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_there_after_a_restart),
        cmocka_unit_test(test_a_kill_before_any_write_leaves_whole_functions),
        cmocka_unit_test(test_a_change_that_fails_changes_nothing),
        cmocka_unit_test(test_a_template_is_looked_at_when_it_says_something_else),
        cmocka_unit_test(test_a_template_may_have_a_zip_or_a_builtin_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
