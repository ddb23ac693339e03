/* scenario_report_test.c - what `millrace check` prints of a scenario, byte for byte, and every
 * fault and expectation in words. */
#include "src/scenario/scenario_report.h"

#include "tests/src/scenario/scenario_help.h"

#include <cjson/cJSON.h>

static const char scenario_text[] = "name: storm\n"
                                    "description: |\n"
                                    "  One line,\n"
                                    "  and another.\n"
                                    "template: t.yaml\n"
                                    "seed: 7\n"
                                    "limits: off\n"
                                    "no-builtin: true\n"
                                    "drain: true\n"
                                    "stream-bytes: 4194304\n"
                                    "inputs:\n"
                                    "  - {stream: Crimes, file: crimes.csv, rate: 200/s, "
                                    "partition-key: district}\n"
                                    "  - {stream: Direct, file: more.csv, encode: json}\n"
                                    "faults:\n"
                                    "  - {at: 30s, for: 1m, lambda: {error: Unhandled}}\n"
                                    "expect:\n"
                                    "  - sql: SELECT count(*) FROM t\n"
                                    "    equals: 2\n"
                                    "  - same-as: expected\n"
                                    "  - lost: none\n";

static const char want_text[] =
    "s.yaml: scenario storm\n"
    "  One line,\n"
    "  and another.\n"
    "\n"
    "template  t.yaml\n"
    "seed      7\n"
    "start     2025-01-01T00:00:00.000000Z\n"
    "limits    off\n"
    "functions run their code, not their builtins\n"
    "buffers   are flushed as soon as the sources are drained\n"
    "disk      4194304 bytes of a stream at most\n"
    "\n"
    "input crimes.csv (line 12)\n"
    "  stream          crime-stream\n"
    "  rate            200 rows a second\n"
    "  partition key   column:district\n"
    "  record          delimited:|\n"
    "\n"
    "input more.csv (line 13)\n"
    "  stream          direct\n"
    "  rate            as fast as the stream takes them\n"
    "  partition key   round-robin\n"
    "  record          json\n"
    "\n"
    "faults\n"
    "  line 15    from 30s to 1m30s: every function fails with \"Unhandled\"\n"
    "\n"
    "expected\n"
    "  line 17    sql: SELECT count(*) FROM t: 2\n"
    "  line 19    same-as: expected: */, byte for byte\n"
    "\n"
    "warnings\n"
    "  s.yaml:19: same-as: there is no folder expected yet; `millrace test --update` writes it\n"
    "\n"
    "errors\n"
    "  s.yaml:20: lost: 'none' is not a whole number from 0 on\n"
    "\n"
    "s.yaml: 2 inputs, 1 fault, 2 expectations; 1 warning, 1 error\n";

static void test_the_text_says_all_of_it(void **state)
{
    (void)state;
    mr_scenario *s = scenario_of(scenario_text);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_report_text(s, &out);
    CHECK_STR("text", mr_strbuf_text(&out), want_text);
    mr_strbuf_deinit(&out);
    mr_scenario_free(s);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void test_the_json_says_all_of_it(void **state)
{
    (void)state;
    mr_scenario *s = scenario_of(scenario_text);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_report_json(s, &out);
    cJSON *json = cJSON_Parse(mr_strbuf_text(&out));
    CHECK_TRUE("it is JSON", json != NULL);
    CHECK_INT("format", member(json, "format")->valueint, 1);
    CHECK_STR("name", member(json, "name")->valuestring, "storm");
    CHECK_STR("template", member(json, "template")->valuestring, "t.yaml");
    CHECK_INT("seed", member(json, "seed")->valueint, 7);
    CHECK_STR("limits", member(json, "limits")->valuestring, "off");
    CHECK_TRUE("flags",
               cJSON_IsTrue(member(json, "noBuiltin")) && cJSON_IsTrue(member(json, "drain")));
    CHECK_INT("disk", member(json, "streamBytes")->valueint, 4194304);
    CHECK_TRUE("replay", cJSON_IsNull(member(json, "replay")));
    const cJSON *input = cJSON_GetArrayItem(member(json, "inputs"), 0);
    CHECK_STR("input", member(input, "stream")->valuestring, "crime-stream");
    CHECK_INT("rate", member(input, "rowsPerSecond")->valueint, 200);
    const cJSON *fault = cJSON_GetArrayItem(member(json, "faults"), 0);
    CHECK_INT("fault", member(fault, "line")->valueint, 15);
    CHECK_STR("fault", member(fault, "says")->valuestring,
              "from 30s to 1m30s: every function fails with \"Unhandled\"");
    const cJSON *expect = cJSON_GetArrayItem(member(json, "expect"), 0);
    CHECK_STR("expect", member(expect, "says")->valuestring, "sql: SELECT count(*) FROM t: 2");
    const cJSON *error = cJSON_GetArrayItem(member(json, "errors"), 0);
    CHECK_INT("error", member(error, "line")->valueint, 20);
    CHECK_STR("error", member(error, "path")->valuestring, "expect[2].lost");
    CHECK_INT("warnings", member(json, "warningCount")->valueint, 1);
    CHECK_INT("errors", member(json, "errorCount")->valueint, 1);
    cJSON_Delete(json);
    mr_strbuf_deinit(&out);
    mr_scenario_free(s);
}

static void test_a_scenario_with_no_sound_template_is_reported(void **state)
{
    (void)state;
    mr_scenario *s = scenario_of("template: none.yaml\n");
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_report_text(s, &out);
    CHECK_STR("text", mr_strbuf_text(&out),
              "s.yaml: scenario s\n"
              "\n"
              "seed      1\n"
              "start     2025-01-01T00:00:00.000000Z\n"
              "limits    aws\n"
              "\n"
              "errors\n"
              "  s.yaml:1: template: opening none.yaml: No such file or directory\n"
              "\n"
              "s.yaml: 0 inputs, 0 faults, 0 expectations; 0 warnings, 1 error\n");
    mr_strbuf_reset(&out);
    mr_scenario_report_json(s, &out);
    CHECK_HAS("JSON", mr_strbuf_text(&out), "\"template\":null");
    mr_strbuf_deinit(&out);
    mr_scenario_free(s);
}

static const struct {
    const char *fault, *want;
} faults[] = {
    {"shard: {stream: Crimes, throttled: true}",
     "all the time: puts on every shard of crime-stream are throttled"},
    {"{at: 1h, shard: {stream: Crimes, shard: 3, failed: true}}",
     "from 1h on: puts on shardId-000000000003 of crime-stream fail"},
    {"{for: 90s, shard: {stream: Direct, slow: 2s}}",
     "for the first 1m30s: reads of every shard of direct take 2s longer"},
    {"shard: {stream: Crimes, unreadable: true}",
     "all the time: reads of every shard of crime-stream are throttled"},
    {"shard: {stream: Crimes, read-twice: true}",
     "all the time: what is read of every shard of crime-stream is read twice"},
    {"{the: 1st, answer-lost: {stream: Crimes}}",
     "all the time: the answer to a put on crime-stream is lost, the 1st time"},
    {"poison: {stream: Direct}", "all the time: a record put on every shard of direct is poison"},
    {"poison: {stream: Crimes, shard: 0, data: x}",
     "all the time: a record put on shardId-000000000000 of crime-stream is poison \"x\""},
    {"lambda: {slow-start: 20s}", "all the time: a cold start of every function takes 20s longer"},
    {"store: {refused: 500}", "all the time: puts of every object fail (500 InternalError)"},
    {"{the: 22nd, lambda: {function: Decode, timeout: true}}",
     "all the time: function decode times out, the 22nd time"},
    {"{the: 3rd, times: 2, lambda: {crash: true}}",
     "all the time: every function crashes, from the 3rd time on, at most 2 times"},
    {"{every: 11th, lambda: {slow: 1s}}",
     "all the time: every function takes 1s longer, every 11th time"},
    {"{the: 4th, every: 2nd, lambda: {garbled: true}}",
     "all the time: every function answers what is no JSON, every 2nd time from the 4th on"},
    {"{the: 4th, every: 1, lambda: {throttled: true}}",
     "all the time: every function is throttled, from the 4th time on"},
    {"{times: 1, lambda: {ids: missing}}",
     "all the time: every function leaves out record ids, at most 1 time"},
    {"{probability: 0.25, lambda: {ids: repeated}}",
     "all the time: every function repeats record ids, with a chance of 0.25"},
    {"{probability: 1, store: {refused: 503}}",
     "all the time: puts of every object are refused (503 SlowDown)"},
    {"store: {bucket: Data, slow: 1m}",
     "all the time: puts of every object in crime-data take 1m longer"},
    {"store: {bucket: Data, key: 'a/*', full: true}",
     "all the time: puts of a/* in crime-data find the disk full"},
    {"store: {key: 'a/*', full: true}", "all the time: puts of a/* find the disk full"},
    {"split: {stream: Crimes, shard: 0}", "at the start: shard 0 of crime-stream is split"},
    {"{at: 5m, merge: {stream: Crimes, shards: [1, 2]}}",
     "at 5m: shards 1 and 2 of crime-stream are merged"},
    {"reshard: {stream: Crimes, to: 4}", "at the start: crime-stream gets 4 open shards"},
    {"{at: 1d, clock: {jump: 1h}}", "at 1d: the clock jumps forward by 1h"},
    {"clock: {jump: -90s}", "at the start: the clock jumps back by 1m30s"},
    {"{at: 2s, kill: now}", "at 2s: the process is killed"},
    {"{the: 3, kill: flush}",
     "all the time: the process is killed at a flush of a buffer, the 3rd time"},
    {"{every: 100, kill: write}",
     "all the time: the process is killed before a write, every 100th time"},
    {"kill: each-write", "all the time: the process is killed before each write in turn"},
    {"{at: 1m, for: 1m, burst: {input: Crimes, rate: 2000/s}}",
     "from 1m to 2m: input 1, to Crimes, puts 2000 rows a second"},
    {"burst: {input: 1, rate: max}",
     "all the time: input 1, to Crimes, puts rows as fast as the stream takes them"},
    {"{for: 10m, pause: {input: 1}}", "for the first 10m: input 1, to Crimes, pauses"},
};

static void test_every_fault_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(faults); i++) {
        char *text = mr_format("template: t.yaml\nfaults:\n  - %s\n", faults[i].fault);
        mr_scenario *s = sound_scenario(faults[i].fault, text);
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_scenario_fault_explain(s, &s->faults[0], &out);
        CHECK_STR(faults[i].fault, mr_strbuf_text(&out), faults[i].want);
        mr_strbuf_deinit(&out);
        mr_scenario_free(s);
        mr_free(text);
    }
}

static const struct {
    const char *expect, *want;
} expects[] = {
    {"{sql: SELECT 1, equals: 1.5}", "sql: SELECT 1: 1.5"},
    {"{sql: SELECT 1, equals: '1'}", "sql: SELECT 1: \"1\""},
    {"{sql: SELECT 1, equals: null}", "sql: SELECT 1: NULL"},
    {"{sql: SELECT 1, between: [1, 3]}", "sql: SELECT 1: between 1 and 3"},
    {"{sql: SELECT 1, rows: [[1, 2]]}", "sql: SELECT 1: 1 row of 2 columns"},
    {"{sql: SELECT 1, empty: true}", "sql: SELECT 1: no rows"},
    {"{sql: SELECT 1, empty: false}", "sql: SELECT 1: some rows"},
    {"{sql: SELECT 1, matches: ^a}", "sql: SELECT 1: a text that matches \"^a\""},
    {"objects: {bucket: Data, at-least: 5, bytes: {at-most: 1KiB}, largest: 512, name: gz$}",
     "objects: crime-data/: at least 5, bytes at most 1024, largest 512, every key matches "
     "\"gz$\""},
    {"latency: {p50: 30s, p99: {between: [1s, 2m]}, max: 1h}",
     "latency: p50 at most 30s, p99 between 1s and 2m, max at most 1h"},
    {"buffers: {delivery: Hose, size: 3, interval: {at-least: 1}, drain: 0, largest: 1MiB, "
     "longest: "
     "1m}",
     "buffers: hose: size 3, interval at least 1, drain 0, largest 1048576, longest at most 1m"},
    {"events: {type: fault, where: {id: store-*}}", "events: fault with id store-*: at least 1"},
    {"lost: 0", "lost: 0"},
    {"duplicated: {at-most: 5}", "duplicated: at most 5"},
    {"errors: {code: X, equals: 3}", "errors: X: 3"},
    {"same-as: {folder: ., bucket: Data, prefix: in/}",
     "same-as: .: crime-data/in/, byte for byte"},
};

static void test_every_expectation_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(expects); i++) {
        char *text = mr_format("template: t.yaml\nexpect:\n  - %s\n", expects[i].expect);
        mr_scenario *s = sound_scenario(expects[i].expect, text);
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_scenario_expect_explain(&s->expects[0], &out);
        CHECK_STR(expects[i].expect, mr_strbuf_text(&out), expects[i].want);
        mr_strbuf_deinit(&out);
        mr_scenario_free(s);
        mr_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_text_says_all_of_it),
        cmocka_unit_test(test_the_json_says_all_of_it),
        cmocka_unit_test(test_a_scenario_with_no_sound_template_is_reported),
        cmocka_unit_test(test_every_fault_is_said_in_words),
        cmocka_unit_test(test_every_expectation_is_said_in_words),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
