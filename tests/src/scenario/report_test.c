/* report_test.c - what each report makes of made-up results, to the letter. */
#include "src/scenario/report.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const mr_suite_task plain = {.file = "data/hot.yaml"};
static const mr_suite_task seeded = {
    .file = "data/hot.yaml", .has_seed = true, .seed = 7, .chaos = true};

static mr_scenario_result passed_result(void)
{
    mr_scenario_result result;
    mr_scenario_result_init(&result, "steady", "data/hot.yaml", 1);
    memcpy(result.digest, DIGEST, sizeof(DIGEST));
    result.wall_us = 1234567;
    result.simulated_us = 305000000;
    result.rows = 7584;
    result.delivered = 7584;
    result.expectations = 3;
    return result;
}

static mr_scenario_result failed_result(void)
{
    mr_scenario_result result = passed_result();
    mr_scenario_result_fail(&result, 14, "sql: SELECT 1", "7584", "7560",
                            "{\"time\":1}\n{\"time\":2}\n");
    mr_scenario_result_fail(&result, 0, "invariant", "nothing lost", "24 lost", NULL);
    result.lost = 24;
    return result;
}

/* Two failures by the same events; what one got has several lines. */
static mr_scenario_result wordy_result(void)
{
    mr_scenario_result result = passed_result();
    mr_scenario_result_fail(&result, 3, "latency", "p50 1s", "p50 2s", "{\"time\":1}\n");
    mr_scenario_result_fail(&result, 3, "latency", "max 1s", "max 2s", "{\"time\":1}\n");
    mr_scenario_result_fail(&result, 4, "same-as: gold", "2 files", "1 that differs\na differs\n",
                            NULL);
    return result;
}

static mr_scenario_result error_result(void)
{
    mr_scenario_result result;
    mr_scenario_result_init(&result, "", "data/hot.yaml", 0);
    (void)mr_error_set(&result.error, MR_BAD_INPUT, "data/hot.yaml:3: no such thing");
    result.note = mr_strdup("data/hot.yaml:3: no such thing\ndata/hot.yaml:4: nor this\n");
    return result;
}

static void add(mr_report *report, const mr_suite_task *task, mr_scenario_result result)
{
    mr_report_add(report, task, &result);
    mr_scenario_result_deinit(&result);
}

/* Ends the report, compares all that it has said, and frees it. */
static void check_report(const char *label, mr_report *report, const mr_suite_counts *counts,
                         const char *want)
{
    mr_report_end(report, counts);
    CHECK_BYTES(label, mr_strbuf_bytes(&report->out), mr_bytes_of(want));
    mr_report_free(report);
}

/* ---- text ---- */

static mr_report *text_report(mr_report_text_options options)
{
    return mr_report_text_new(&options);
}

static void test_text_has_a_line_for_what_passed_and_a_block_for_what_did_not(void **state)
{
    (void)state;
    mr_report *report = text_report((mr_report_text_options){0});
    add(report, &plain, passed_result());
    add(report, &seeded, failed_result());
    add(report, &plain, error_result());
    check_report(
        "text", report, &(mr_suite_counts){.passed = 1, .failed = 1, .errors = 1, .not_run = 2},
        "ok    steady                            1.2 s  simulated 5 min 5 s  7,584 rows\n"
        "FAIL  steady (seed 7)                 data/hot.yaml:14: sql: SELECT 1\n"
        "      expected  7584\n"
        "      got       7560\n"
        "      around it\n"
        "        {\"time\":1}\n"
        "        {\"time\":2}\n"
        "      data/hot.yaml: invariant\n"
        "      expected  nothing lost\n"
        "      got       24 lost\n"
        "      7,584 delivered, 0 failed, 24 lost, 0 duplicated, 0 reordered, 0 faults, 0 kills, "
        "3 expectations\n"
        "      digest    " DIGEST "\n"
        "      replay: millrace test data/hot.yaml --seed 7 --chaos\n"
        "1 passed, 1 failed, 1 could not be run, 2 not run\n");
}

static void test_text_shows_control_characters_instead_of_sending_them(void **state)
{
    (void)state;
    const mr_suite_task task = {.file = "a\nb.yaml", .state = "kept\a"};
    mr_scenario_result result;
    mr_scenario_result_init(&result, "x\n1 passed\x1b[2J\xc2\x9b\xc3\xa9\x7f", "a\nb.yaml", 1);
    mr_scenario_result_fail(&result, 3, "sql: \t\r", "one\ntwo\x1b]0;t\a", "\v", "e\x1b\n");
    mr_report *report = text_report((mr_report_text_options){0});
    add(report, &task, result);
    check_report("text", report, &(mr_suite_counts){.failed = 1},
                 "FAIL  x\\n1 passed\\x1b[2J\\u009b\xc3\xa9\\x7f  a\\nb.yaml:3: sql: \\t\\r\n"
                 "      expected  one\n"
                 "                two\\x1b]0;t\\x07\n"
                 "      got       \\x0b\n"
                 "      around it\n"
                 "        e\\x1b\n"
                 "      state     kept\\x07\n"
                 "      replay: millrace test 'a\\nb.yaml'\n"
                 "0 passed, 1 failed\n");
}

static void test_text_tells_the_same_events_once_and_keeps_lines_below_each_other(void **state)
{
    (void)state;
    mr_report *report = text_report((mr_report_text_options){.quiet = true});
    add(report, &plain, wordy_result());
    check_report(
        "text", report, &(mr_suite_counts){.failed = 1},
        "FAIL  steady                          data/hot.yaml:3: latency\n"
        "      expected  p50 1s\n"
        "      got       p50 2s\n"
        "      around it\n"
        "        {\"time\":1}\n"
        "      data/hot.yaml:3: latency\n"
        "      expected  max 1s\n"
        "      got       max 2s\n"
        "      around it the same events\n"
        "      data/hot.yaml:4: same-as: gold\n"
        "      expected  2 files\n"
        "      got       1 that differs\n"
        "                a differs\n"
        "      7,584 delivered, 0 failed, 0 lost, 0 duplicated, 0 reordered, 0 faults, 0 kills, "
        "3 expectations\n"
        "      digest    " DIGEST "\n"
        "      replay: millrace test data/hot.yaml\n"
        "0 passed, 1 failed\n");
}

static void test_quiet_text_is_what_failed_and_the_counts(void **state)
{
    (void)state;
    mr_report *report = text_report((mr_report_text_options){.quiet = true});
    add(report, &plain, passed_result());
    check_report("quiet", report, &(mr_suite_counts){.passed = 1}, "1 passed, 0 failed\n");
}

static void test_verbose_text_has_the_figures_of_what_passed(void **state)
{
    (void)state;
    mr_suite_task task = plain;
    task.state = "kept/hot";
    mr_scenario_result result = passed_result();
    result.schedule = mr_strdup("  - {kill: 1s}\n");
    result.note = mr_strdup("a note");
    mr_report *report = text_report((mr_report_text_options){.verbose = true, .colour = true});
    add(report, &task, result);
    check_report(
        "verbose", report, &(mr_suite_counts){.passed = 1},
        "\x1b[32mok\x1b[0m    steady                            1.2 s  simulated 5 min 5 s  "
        "7,584 rows\n"
        "      schedule\n"
        "          - {kill: 1s}\n"
        "      note      a note\n"
        "      7,584 delivered, 0 failed, 0 lost, 0 duplicated, 0 reordered, 0 faults, 0 kills, "
        "3 expectations\n"
        "      digest    " DIGEST "\n"
        "      state     kept/hot\n"
        "1 passed, 0 failed\n");
}

static void test_a_swarm_has_a_line_for_each_scenario_and_blocks_for_failing_seeds(void **state)
{
    (void)state;
    mr_report *report = text_report((mr_report_text_options){.seeds = 2});
    mr_suite_task other = {.file = "data/b.yaml", .has_seed = true, .seed = 1};
    add(report, &seeded, passed_result());
    add(report, &seeded, error_result());
    add(report, &other, passed_result());
    add(report, &other, passed_result());
    check_report(
        "swarm", report, &(mr_suite_counts){.passed = 3, .errors = 1},
        "ok    steady                          1 seed, 0 failed, 1 could not be run   1.2 s  "
        "simulated 5 min 5 s  7,584 rows\n"
        "ok    steady                          2 seeds, 0 failed   2.5 s  simulated 10 min 10 s  "
        "15,168 rows\n"
        "2 seeds: 3 passed, 0 failed, 1 could not be run\n");
}

static void test_text_sums_up_nothing_when_nothing_could_be_run(void **state)
{
    (void)state;
    mr_report *report = text_report((mr_report_text_options){.seeds = 1});
    add(report, &seeded, error_result());
    check_report("nothing", report, &(mr_suite_counts){.errors = 1}, "");
}

static void test_what_cannot_be_run_is_told_a_line_for_each_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *label, *message, *note, *want;
        bool has_seed;
    } cases[] = {
        {"mistakes", "a.yaml:3: no", "a.yaml:3: no\nt.yaml:4: nor\n",
         "millrace: a.yaml:3: no\nmillrace: t.yaml:4: nor\n", true},
        {"its own place", "a.yaml:9: sql: no", NULL, "millrace: a.yaml:9: sql: no\n", true},
        {"another place", "rows.csv:3: no", "killed before write 3",
         "millrace: a.yaml: rows.csv:3: no\n", false},
        {"a file of a longer name", "a.yaml.csv: no", NULL, "millrace: a.yaml: a.yaml.csv: no\n",
         false},
        {"one seed of many", "the disk is full", NULL,
         "millrace: a.yaml: the disk is full (seed 7)\n", true},
    };

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_suite_task task = {.file = "a.yaml", .has_seed = cases[i].has_seed, .seed = 7};
        mr_scenario_result result;
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_scenario_result_init(&result, "", "a.yaml", 0);
        (void)mr_error_set(&result.error, MR_BAD_INPUT, "%s", cases[i].message);
        result.note = cases[i].note == NULL ? NULL : mr_strdup(cases[i].note);
        mr_report_error(&task, &result, &out);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
        mr_scenario_result_deinit(&result);
    }
}

static void test_the_command_that_runs_it_again_is_for_a_shell(void **state)
{
    (void)state;
    static const struct {
        mr_suite_task task;
        const char *want;
    } cases[] = {
        {{.file = "a.yaml"}, "millrace test a.yaml"},
        {{.file = "a b.yaml", .twice = true}, "millrace test 'a b.yaml' --twice"},
        {{.file = "it's"}, "millrace test 'it'\\''s'"},
        {{.file = "$(rm x)"}, "millrace test '$(rm x)'"},
        {{.file = "r.jsonl", .is_recording = true}, "millrace test --replay r.jsonl"},
        {{.file = "a", .has_seed = true, .seed = UINT64_MAX},
         "millrace test a --seed 18446744073709551615"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_report_replay(&cases[i].task, &out);
        CHECK_STR(cases[i].task.file, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

/* ---- TAP ---- */

static void test_tap_has_a_plan_a_line_each_and_blocks(void **state)
{
    (void)state;
    mr_report *report = mr_report_tap_new(3);
    add(report, &plain, passed_result());
    add(report, &seeded, failed_result());
    add(report, &plain, error_result());
    check_report("tap", report, &(mr_suite_counts){.passed = 1, .failed = 1, .errors = 1},
                 "TAP version 14\n"
                 "1..3\n"
                 "ok 1 - steady\n"
                 "not ok 2 - steady (seed 7)\n"
                 "  ---\n"
                 "  file: \"data/hot.yaml\"\n"
                 "  failures:\n"
                 "    - what: \"data/hot.yaml:14: sql: SELECT 1\"\n"
                 "      expected: \"7584\"\n"
                 "      got: \"7560\"\n"
                 "      events: \"{\\\"time\\\":1}\\n{\\\"time\\\":2}\\n\"\n"
                 "    - what: \"data/hot.yaml: invariant\"\n"
                 "      expected: \"nothing lost\"\n"
                 "      got: \"24 lost\"\n"
                 "      events: \"\"\n"
                 "  replay: \"millrace test data/hot.yaml --seed 7 --chaos\"\n"
                 "  ...\n"
                 "not ok 3 - hot\n"
                 "  ---\n"
                 "  file: \"data/hot.yaml\"\n"
                 "  message: \"data/hot.yaml:3: no such thing\"\n"
                 "  note: \"data/hot.yaml:3: no such thing\\ndata/hot.yaml:4: nor this\\n\"\n"
                 "  replay: \"millrace test data/hot.yaml\"\n"
                 "  ...\n");
}

static void test_tap_bails_out_when_something_was_not_run(void **state)
{
    (void)state;
    mr_report *report = mr_report_tap_new(5);
    mr_scenario_result result;
    mr_scenario_result_init(&result, "a # TODO \\ b\nok 2", "f", 1);
    add(report, &plain, result);
    check_report("tap", report, &(mr_suite_counts){.passed = 1, .not_run = 4},
                 "TAP version 14\n"
                 "1..5\n"
                 "ok 1 - a \\# TODO \\\\ b ok 2\n"
                 "Bail out! 4 of 5 were not run\n");
}

/* ---- JUnit ---- */

static void test_junit_counts_and_tells_failures_from_errors(void **state)
{
    (void)state;
    mr_report *report = mr_report_junit_new();
    add(report, &plain, passed_result());
    add(report, &seeded, failed_result());
    add(report, &plain, error_result());
    CHECK_INT("nothing before the end", report->out.len, 0);
    check_report(
        "junit", report, &(mr_suite_counts){.passed = 1, .failed = 1, .errors = 1},
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"millrace test\" tests=\"3\" failures=\"1\" errors=\"1\" "
        "time=\"2.469\">\n"
        "  <testsuite name=\"millrace test\" tests=\"3\" failures=\"1\" errors=\"1\" "
        "time=\"2.469\">\n"
        "    <testcase name=\"steady\" classname=\"data/hot.yaml\" time=\"1.235\"/>\n"
        "    <testcase name=\"steady (seed 7)\" classname=\"data/hot.yaml\" time=\"1.235\">\n"
        "      <failure type=\"expectation\" message=\"sql: SELECT 1: expected 7584, got 7560\">"
        "data/hot.yaml:14: sql: SELECT 1&#10;  expected  7584&#10;  got       7560&#10;"
        "    {&quot;time&quot;:1}&#10;    {&quot;time&quot;:2}&#10;"
        "data/hot.yaml: invariant&#10;  expected  nothing lost&#10;  got       24 lost&#10;"
        "replay: millrace test data/hot.yaml --seed 7 --chaos</failure>\n"
        "    </testcase>\n"
        "    <testcase name=\"hot\" classname=\"data/hot.yaml\" time=\"0.000\">\n"
        "      <error type=\"MR_BAD_INPUT\" message=\"data/hot.yaml:3: no such thing\">"
        "data/hot.yaml:3: no such thing&#10;data/hot.yaml:4: nor this&#10;"
        "replay: millrace test data/hot.yaml</error>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static void test_junit_escapes_everything_and_replaces_what_xml_cannot_hold(void **state)
{
    (void)state;
    mr_scenario_result result;
    mr_scenario_result_init(&result, "<a> & \"b\" ]]> \x01\x1b \xc3\xa9 \xff \xef\xbf\xbf", "f", 1);
    mr_report *report = mr_report_junit_new();
    add(report, &plain, result);
    mr_report_end(report, &(mr_suite_counts){.passed = 1});
    CHECK_HAS("escaped", mr_strbuf_text(&report->out),
              " name=\"&lt;a&gt; &amp; &quot;b&quot; ]]&gt; \xef\xbf\xbd\xef\xbf\xbd \xc3\xa9 "
              "\xef\xbf\xbd \xef\xbf\xbd\" ");
    mr_report_free(report);
}

/* ---- JSON ---- */

static char *json_of(mr_scenario_result result)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_result_write(&result, &out);
    mr_scenario_result_deinit(&result);
    return mr_strbuf_take(&out);
}

static void test_json_is_one_object_or_one_a_line(void **state)
{
    (void)state;
    char *first = json_of(passed_result()), *second = json_of(failed_result());
    const mr_suite_counts counts = {.passed = 1, .failed = 1, .not_run = 3};
    char *lines = mr_format("%s\n%s\n", first, second);
    char *whole = mr_format("{\"format\":1,\"results\":[%s,\n%s],\"passed\":1,\"failed\":1,"
                            "\"errors\":0,\"not_run\":3}\n",
                            first, second);
    for (int is_lines = 0; is_lines <= 1; is_lines++) {
        mr_report *report = mr_report_json_new(is_lines == 1);
        add(report, &plain, passed_result());
        add(report, &seeded, failed_result());
        check_report("json", report, &counts, is_lines == 1 ? lines : whole);
    }
    mr_free(first);
    mr_free(second);
    mr_free(lines);
    mr_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_has_a_line_for_what_passed_and_a_block_for_what_did_not),
        cmocka_unit_test(test_text_shows_control_characters_instead_of_sending_them),
        cmocka_unit_test(test_text_tells_the_same_events_once_and_keeps_lines_below_each_other),
        cmocka_unit_test(test_quiet_text_is_what_failed_and_the_counts),
        cmocka_unit_test(test_verbose_text_has_the_figures_of_what_passed),
        cmocka_unit_test(test_a_swarm_has_a_line_for_each_scenario_and_blocks_for_failing_seeds),
        cmocka_unit_test(test_text_sums_up_nothing_when_nothing_could_be_run),
        cmocka_unit_test(test_what_cannot_be_run_is_told_a_line_for_each_mistake),
        cmocka_unit_test(test_the_command_that_runs_it_again_is_for_a_shell),
        cmocka_unit_test(test_tap_has_a_plan_a_line_each_and_blocks),
        cmocka_unit_test(test_tap_bails_out_when_something_was_not_run),
        cmocka_unit_test(test_junit_counts_and_tells_failures_from_errors),
        cmocka_unit_test(test_junit_escapes_everything_and_replaces_what_xml_cannot_hold),
        cmocka_unit_test(test_json_is_one_object_or_one_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
