/*
 * suite_test.c - tasks go to workers, results come back in order, and nothing that a worker does
 * hurts more than its own task.
 *
 * The workers are a shell script in the place of millrace, which does what the name of the
 * scenario says. Where one must wait for another, it waits for a file.
 */
#include "src/scenario/suite.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNTS                                                                                     \
    "\"digest\":\"\",\"schedule\":null,\"note\":null,\"simulated_us\":0,\"wall_us\":0,\"rows\":0," \
    "\"delivered\":0,\"failed\":0,\"lost\":0,\"duplicated\":0,\"reordered\":0,\"faults\":0,"       \
    "\"kills\":0,\"expectations\":0}"
#define BEGINNING "{\"format\":1,\"name\":\"n\",\"file\":\"f\",\"seed\":\"1\",\"chaos\":false,"

static const char script[] =
    "#!/bin/sh\n"
    "[ \"$1 $2\" = 'test --worker' ] || exit 9\n"
    "cd \"$(dirname \"$0\")\"\n"
    "echo started >>starts\n"
    "answer() { printf '%s\\n' '" BEGINNING "\"passed\":true,\"error\":null,\"failures\":[]," COUNTS
    "'; }\n"
    "while read -r task; do\n"
    "  scratch=$(printf '%s' \"$task\" | sed 's/.*\"scratch\":\"\\([^\"]*\\)\".*/\\1/')\n"
    "  mkdir -p \"$scratch/state\" && echo \"$scratch\" >scratch\n"
    "  case $task in\n"
    "    *aborts*) echo 'last words' >&2; kill -ABRT $$ ;;\n"
    "    *exits*) echo 'out of words' >&2; exit 7 ;;\n"
    "    *talks*) yes 'a long complaint' | head -c 200000 >&2; echo 'the end' >&2; exit 1 ;;\n"
    "    *garbles*) echo '{\"format\":1}'; while :; do read -r more || exit; done ;;\n"
    "    *hangs*) touch hanging; while :; do :; done ;;\n"
    "    *obeys*) trap 'touch told; exit 1' TERM; touch hanging; while :; do :; done ;;\n"
    "    *defies*) trap '' TERM; touch hanging; while :; do :; done ;;\n"
    "    *waits*) while [ ! -e released ]; do :; done; answer ;;\n"
    "    *releases*) answer; touch released ;;\n"
    "    *fails*) printf '%s\\n' '" BEGINNING "\"passed\":false,\"error\":null,\"failures\":"
    "[{\"line\":3,\"what\":\"w\",\"expected\":\"e\",\"got\":\"g\",\"events\":\"\"}]," COUNTS
    "' ;;\n"
    "    *errs*) printf '%s\\n' '" BEGINNING "\"passed\":false,\"error\":{\"code\":\"MR_IO\","
    "\"os_error\":5,\"message\":\"m\"},\"failures\":[]," COUNTS "' ;;\n"
    "    *) answer ;;\n"
    "  esac\n"
    "done\n";

typedef struct world {
    char *folder, *program;
    mr_strbuf log; /* "name ok\n" for each result */
    mr_scenario_result last_failed;
    volatile bool interrupted;
    bool interrupts_when_hanging;
} world;

static void world_init(world *w)
{
    *w = (world){.folder = check_temp_dir(), .log = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    w->program = mr_format("%s/worker", w->folder);
    FILE *file = fopen(w->program, "w");
    assert_non_null(file);
    (void)fputs(script, file);
    (void)fclose(file);
    assert_int_equal(chmod(w->program, 0755), 0);
    mr_scenario_result_init(&w->last_failed, "", "", 0);
}

static void world_deinit(world *w)
{
    mr_strbuf_deinit(&w->log);
    mr_scenario_result_deinit(&w->last_failed);
    mr_free(w->program);
    check_remove_dir(w->folder);
}

static bool is_there(const world *w, const char *name)
{
    char *path = mr_format("%s/%s", w->folder, name);
    bool there = access(path, F_OK) == 0;
    mr_free(path);
    return there;
}

/* How many lines the file has, and the first of them. */
static int count_lines(const world *w, const char *name, char first[256])
{
    char *path = mr_format("%s/%s", w->folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[256];
    int count = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (count++ == 0) {
            memcpy(first, line, sizeof(line));
            first[strcspn(first, "\n")] = '\0';
        }
    }
    (void)fclose(file);
    mr_free(path);
    return count;
}

static void on_finished(void *context, const mr_suite_task *task, const mr_scenario_result *result)
{
    world *w = context;
    bool passed = mr_scenario_result_passed(result);
    mr_strbuf_appendf(&w->log, "%s %s\n", task->file,
                      result->error.code != MR_OK ? "error"
                      : passed                    ? "ok"
                                                  : "failed");
    if (result->failure_count > 0) {
        const mr_scenario_failure *failure = &result->failures[0];
        mr_scenario_result_deinit(&w->last_failed);
        mr_scenario_result_init(&w->last_failed, result->name, result->file, result->seed);
        mr_scenario_result_fail(&w->last_failed, failure->line, failure->what, failure->expected,
                                failure->got, failure->events);
    }
}

static void on_progress(void *context, size_t finished, size_t failed)
{
    world *w = context;
    CHECK_TRUE("no more failed than finished", failed <= finished);
    w->interrupted = w->interrupts_when_hanging && is_there(w, "hanging");
}

static mr_code run(world *w, const char *const *names, size_t count, mr_suite_options options,
                   mr_suite_counts *counts, mr_error *err)
{
    mr_suite_task *tasks = mr_calloc(count + 1, sizeof(*tasks));
    for (size_t i = 0; i < count; i++) {
        tasks[i] = (mr_suite_task){.file = names[i], .has_seed = true, .seed = i};
    }
    options.program = options.program == NULL ? w->program : options.program;
    options.tasks = tasks;
    options.task_count = count;
    options.interrupted = &w->interrupted;
    options.finished = on_finished;
    options.progress = on_progress;
    options.context = w;
    mr_code code = mr_suite_run(&options, counts, err);
    mr_free(tasks);
    return code;
}

static void check_run(world *w, const char *const *names, size_t count, unsigned jobs,
                      mr_suite_counts *counts)
{
    mr_error err;
    CHECK_OK("suite", run(w, names, count, (mr_suite_options){.jobs = jobs}, counts, &err), &err);
}

static void test_results_come_in_the_order_of_their_tasks(void **state)
{
    (void)state;
    static const char *const names[] = {"waits", "releases", "third", "fourth"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    check_run(&w, names, MR_COUNT(names), 2, &counts);
    CHECK_STR("order", mr_strbuf_text(&w.log), "waits ok\nreleases ok\nthird ok\nfourth ok\n");
    CHECK_INT("passed", counts.passed, 4);
    CHECK_INT("failed", counts.failed + counts.errors + counts.not_run, 0);
    world_deinit(&w);
}

static void test_a_worker_does_many_tasks_and_there_are_no_more_than_are_needed(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    char first[256];
    mr_suite_counts counts;
    world one;
    world_init(&one);
    check_run(&one, names, 5, 1, &counts);
    CHECK_INT("one does them all", count_lines(&one, "starts", first), 1);
    world_deinit(&one);
    world many;
    world_init(&many);
    check_run(&many, names, 2, 8, &counts);
    CHECK_TRUE("two at most for two", count_lines(&many, "starts", first) <= 2);
    world_deinit(&many);
}

static void test_a_worker_that_dies_fails_its_task_alone_with_its_last_words(void **state)
{
    (void)state;
    static const struct {
        const char *name, *got, *words;
    } cases[] = {
        {"aborts", "the worker ended by signal 6", "last words\n"},
        {"exits", "the worker ended with status 7", "out of words\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *const names[] = {"before", cases[i].name, "after"};
        world w;
        world_init(&w);
        mr_suite_counts counts;
        check_run(&w, names, MR_COUNT(names), 1, &counts);
        char *want = mr_format("before ok\n%s failed\nafter ok\n", cases[i].name);
        CHECK_STR(cases[i].name, mr_strbuf_text(&w.log), want);
        CHECK_STR("got", w.last_failed.failures[0].got, cases[i].got);
        CHECK_STR("last words", w.last_failed.failures[0].events, cases[i].words);
        CHECK_STR("whose", w.last_failed.file, cases[i].name);
        CHECK_INT("its seed", w.last_failed.seed, 1);
        char first[256];
        CHECK_INT("it was replaced once", count_lines(&w, "starts", first), 2);
        mr_free(want);
        world_deinit(&w);
    }
}

static void test_of_many_words_the_last_are_kept(void **state)
{
    (void)state;
    static const char *const names[] = {"talks"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    check_run(&w, names, 1, 1, &counts);
    const char *words = w.last_failed.failures[0].events;
    CHECK_INT("bounded", strlen(words), 8192);
    CHECK_TRUE("the end", mr_bytes_ends_with(mr_bytes_of(words), MR_BYTES_LITERAL("the end\n")));
    world_deinit(&w);
}

static void test_an_answer_that_is_no_result_costs_the_worker_its_life(void **state)
{
    (void)state;
    static const char *const names[] = {"garbles", "after"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    check_run(&w, names, MR_COUNT(names), 1, &counts);
    CHECK_STR("the next is done", mr_strbuf_text(&w.log), "garbles failed\nafter ok\n");
    CHECK_HAS("got", w.last_failed.failures[0].got, "an answer that cannot be read: result: name");
    world_deinit(&w);
}

static void test_what_failed_and_what_could_not_be_run_are_counted_apart(void **state)
{
    (void)state;
    static const char *const names[] = {"fails", "errs", "fine", "fails"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    check_run(&w, names, MR_COUNT(names), 3, &counts);
    CHECK_INT("failed", counts.failed, 2);
    CHECK_INT("errors", counts.errors, 1);
    CHECK_INT("passed", counts.passed, 1);
    world_deinit(&w);
}

static void test_nothing_is_begun_after_a_failure_when_that_is_asked(void **state)
{
    (void)state;
    static const char *const names[] = {"fine", "fails", "never", "never"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    mr_error err;
    mr_suite_options options = {.jobs = 1, .stop_at_failure = true};
    CHECK_OK("suite", run(&w, names, MR_COUNT(names), options, &counts, &err), &err);
    CHECK_STR("results", mr_strbuf_text(&w.log), "fine ok\nfails failed\n");
    CHECK_INT("not run", counts.not_run, 2);
    world_deinit(&w);
}

static void test_an_interrupt_ends_the_workers_and_hands_on_what_was_done(void **state)
{
    (void)state;
    static const char *const names[] = {"hangs", "fine", "hangs", "never"};
    world w;
    world_init(&w);
    w.interrupts_when_hanging = true;
    mr_suite_counts counts;
    mr_error err;
    CHECK_CODE("suite",
               run(&w, names, MR_COUNT(names), (mr_suite_options){.jobs = 1}, &counts, &err),
               MR_INTERRUPTED);
    CHECK_INT("not run", counts.not_run, 4);
    CHECK_HAS("how far it came", err.message, "0 of 4");
    world_deinit(&w);
}

static void test_a_worker_is_told_to_end_and_killed_when_it_does_not(void **state)
{
    (void)state;
    static const char *const names[] = {"obeys", "defies"};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        world w;
        world_init(&w);
        w.interrupts_when_hanging = true;
        mr_suite_counts counts;
        mr_error err;
        CHECK_CODE(names[i], run(&w, &names[i], 1, (mr_suite_options){.jobs = 1}, &counts, &err),
                   MR_INTERRUPTED);
        CHECK_INT("told", is_there(&w, "told"), i == 0);
        world_deinit(&w);
    }
}

static void test_nothing_is_left_in_the_temporary_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"fine", "aborts"};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        world w;
        world_init(&w);
        mr_suite_counts counts;
        check_run(&w, &names[i], 1, 1, &counts);
        char scratch[256] = "";
        CHECK_INT("the worker knew it", count_lines(&w, "scratch", scratch), 1);
        CHECK_TRUE("its own is gone", scratch[0] == '/' && access(scratch, F_OK) != 0);
        *strrchr(scratch, '/') = '\0';
        CHECK_TRUE("and the one around it", access(scratch, F_OK) != 0);
        world_deinit(&w);
    }
}

static void test_a_program_that_cannot_be_started_is_an_error(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    world w;
    world_init(&w);
    mr_suite_counts counts;
    mr_error err;
    mr_suite_options options = {.jobs = 2, .program = "/nonexistent/millrace"};
    CHECK_TRUE("suite", run(&w, names, MR_COUNT(names), options, &counts, &err) != MR_OK);
    CHECK_HAS("it is named", err.message, "/nonexistent/millrace");
    CHECK_INT("not run", counts.not_run, 2);
    world_deinit(&w);
}

static void test_no_tasks_are_no_work(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    mr_suite_counts counts;
    check_run(&w, NULL, 0, 4, &counts);
    CHECK_INT("nothing", counts.passed + counts.failed + counts.errors + counts.not_run, 0);
    CHECK_TRUE("nobody was started", !is_there(&w, "starts"));
    world_deinit(&w);
}

/* ---- tasks as text ---- */

static void test_a_task_is_the_same_after_its_way_through_text(void **state)
{
    (void)state;
    const mr_suite_task task = {.file = "a \"b\".yaml",
                                .is_recording = true,
                                .has_seed = true,
                                .seed = UINT64_MAX,
                                .shrink = true,
                                .update = true,
                                .events = "e.jsonl",
                                .scratch = "/tmp/x/0"};
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_suite_task_write(&task, &line);
    CHECK_INT("one line", mr_bytes_find(mr_strbuf_bytes(&line), '\n'), line.len - 1);
    mr_suite_task back;
    mr_error err;
    CHECK_OK("read", mr_suite_task_read(mr_strbuf_bytes(&line), &back, &err), &err);
    CHECK_STR("file", back.file, task.file);
    CHECK_STR("scratch", back.scratch, task.scratch);
    CHECK_STR("events", back.events, task.events);
    CHECK_TRUE("state", back.state == NULL);
    CHECK_TRUE("seed", back.has_seed && back.seed == UINT64_MAX);
    CHECK_TRUE("set", back.is_recording && back.shrink && back.update);
    CHECK_TRUE("not set", !back.chaos && !back.twice);
    mr_suite_task_deinit(&back);
    mr_strbuf_deinit(&line);
}

static void test_a_line_that_is_no_task_is_refused(void **state)
{
    (void)state;
#define TEXTS "{\"file\":\"f\",\"scratch\":\"s\",\"state\":null,\"events\":null,"
#define FLAGS                                                                                      \
    "\"recording\":false,\"chaos\":false,\"shrink\":false,\"twice\":false,\"update\":false}"
    static const char *const lines[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"file\":1}",
        TEXTS "\"seed\":null}",
        TEXTS "\"seed\":\"x\"," FLAGS,
        TEXTS "\"seed\":7," FLAGS,
    };
    for (size_t i = 0; i < MR_COUNT(lines); i++) {
        mr_suite_task task;
        CHECK_CODE(lines[i], mr_suite_task_read(mr_bytes_of(lines[i]), &task, NULL), MR_BAD_INPUT);
        mr_suite_task_deinit(&task);
    }
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_come_in_the_order_of_their_tasks),
        cmocka_unit_test(test_a_worker_does_many_tasks_and_there_are_no_more_than_are_needed),
        cmocka_unit_test(test_a_worker_that_dies_fails_its_task_alone_with_its_last_words),
        cmocka_unit_test(test_of_many_words_the_last_are_kept),
        cmocka_unit_test(test_an_answer_that_is_no_result_costs_the_worker_its_life),
        cmocka_unit_test(test_what_failed_and_what_could_not_be_run_are_counted_apart),
        cmocka_unit_test(test_nothing_is_begun_after_a_failure_when_that_is_asked),
        cmocka_unit_test(test_an_interrupt_ends_the_workers_and_hands_on_what_was_done),
        cmocka_unit_test(test_a_worker_is_told_to_end_and_killed_when_it_does_not),
        cmocka_unit_test(test_nothing_is_left_in_the_temporary_folder),
        cmocka_unit_test(test_a_program_that_cannot_be_started_is_an_error),
        cmocka_unit_test(test_no_tasks_are_no_work),
        cmocka_unit_test(test_a_task_is_the_same_after_its_way_through_text),
        cmocka_unit_test(test_a_line_that_is_no_task_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
