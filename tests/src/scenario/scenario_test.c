/* scenario_test.c - every word of a scenario, and what is said of those that are none. */
#include "src/scenario/scenario.h"

#include "sim/producer/input_options.h"
#include "tests/src/scenario/scenario_help.h"

#include <cjson/cJSON.h>

#define MINUTE INT64_C(60000000)

/* ---- settings and inputs ---- */

static void test_a_template_alone_is_a_scenario(void **state)
{
    (void)state;
    mr_scenario *s = sound_scenario("template", "template: t.yaml\n");
    CHECK_STR("file", s->file, "s.yaml");
    CHECK_STR("name", s->name, "s");
    CHECK_TRUE("description", s->description == NULL);
    CHECK_INT("seed", s->seed, 1);
    CHECK_INT("start", s->start_us, INT64_C(1735689600000000));
    CHECK_TRUE("limits", s->limits && !s->use_code && !s->drain && s->stream_bytes_max == 0);
    CHECK_STR("plan", s->plan->file, "t.yaml");
    CHECK_INT("the template's inputs", s->input_count, 1);
    CHECK_STR("its stream", s->inputs[0].stream, "Crimes");
    CHECK_INT("its rate", (int64_t)s->inputs[0].options.rate, 10);
    CHECK_INT("faults", s->fault_count, 0);
    CHECK_INT("expects", s->expect_count, 0);
    mr_scenario_free(s);
    mr_scenario_free(NULL);
}

static void test_every_setting_is_taken(void **state)
{
    (void)state;
    mr_scenario *s = sound_scenario("settings", "name: a b\n"
                                                "description: see\n"
                                                "template: ./t.yaml\n"
                                                "parameters: {Shards: 5}\n"
                                                "region: eu-west-1\n"
                                                "seed: 18446744073709551615\n"
                                                "start: 2031-02-03T04:05:06Z\n"
                                                "limits: off\n"
                                                "no-builtin: true\n"
                                                "drain: true\n"
                                                "stream-bytes: 4194304\n");
    CHECK_STR("name", s->name, "a b");
    CHECK_STR("description", s->description, "see");
    CHECK_STR("region", s->plan->region, "eu-west-1");
    CHECK_INT("parameter", s->plan->streams[0].options.shard_count, 5);
    CHECK_TRUE("seed", s->seed == UINT64_MAX);
    CHECK_INT("start", s->start_us, INT64_C(1927857906000000));
    CHECK_TRUE("limits", !s->limits && s->use_code && s->drain);
    CHECK_INT("stream bytes", s->stream_bytes_max, 4194304);
    mr_scenario_free(s);
}

static void test_json_is_a_scenario_too(void **state)
{
    (void)state;
    mr_scenario *s = sound_scenario(
        "JSON", " {\"template\": \"t.yaml\", \"seed\": 7, \"faults\": [{\"kill\": \"now\"}],\n"
                "\"expect\": [{\"sql\": \"SELECT 1\", \"equals\": 1}, {\"sql\": \"SELECT 1\", "
                "\"equals\": \"1\"}]}");
    CHECK_INT("seed", s->seed, 7);
    CHECK_INT("fault", s->faults[0].kind, MR_SCENARIO_KILL);
    CHECK_TRUE("a number", s->expects[0].as.sql.number.has_equals);
    CHECK_INT("its line", s->expects[0].line, 2);
    CHECK_STR("a text", s->expects[1].as.sql.equals_text, "1");
    mr_scenario_free(s);
}

static void test_inputs_take_the_place_of_the_templates(void **state)
{
    (void)state;
    mr_scenario *s =
        sound_scenario("inputs", "template: t.yaml\n"
                                 "inputs:\n"
                                 "  - stream: Crimes\n"
                                 "    file: crimes.csv\n"
                                 "    partition-key: district\n"
                                 "    rate: 200/s\n"
                                 "    columns: [district]\n"
                                 "  - {stream: direct, file: ./more.csv, encode: json, "
                                 "BatchRecords: 5, partition-key: random}\n"
                                 "  - {stream: other-stream, file: more.csv, "
                                 "partition-key: 'const:x'}\n");
    CHECK_INT("inputs", s->input_count, 3);
    const mr_plan_input *first = &s->inputs[0], *second = &s->inputs[1];
    CHECK_INT("line", first->line, 3);
    CHECK_STR("by name", first->stream, "crime-stream");
    CHECK_STR("file", first->file, "crimes.csv");
    CHECK_STR("column", first->options.key_column, "district");
    CHECK_INT("rate", (int64_t)first->options.rate, 200);
    CHECK_INT("columns", first->options.encode.column_count, 1);
    CHECK_STR("a delivery stream", second->stream, "direct");
    CHECK_INT("random", second->options.key, MR_KEY_RANDOM);
    CHECK_INT("a template's spelling", second->options.batch_records, 5);
    CHECK_INT("const", s->inputs[2].options.key, MR_KEY_CONST);
    mr_scenario_free(s);
}

static void test_paths_are_relative_to_the_scenarios_folder(void **state)
{
    (void)state;
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    CHECK_OK("folder", fs->make_directories(fs, "sub", &err), &err);
    write_file("sub/one.yaml", "template: ../t.yaml\n"
                               "inputs: [{stream: Crimes, file: ../crimes.csv}]\n"
                               "expect: [{same-as: ../sub}]\n");
    mr_scenario *s = NULL;
    CHECK_OK("load", mr_scenario_load("sub/one.yaml", &s, &err), &err);
    CHECK_INT("errors", s->finding_count, 0);
    CHECK_STR("name", s->name, "one");
    CHECK_STR("template", s->plan->file, "sub/../t.yaml");
    CHECK_STR("input", s->inputs[0].file, "sub/../crimes.csv");
    CHECK_STR("folder", s->expects[0].as.same_as.directory, "sub/../sub");
    mr_scenario_free(s);
    CHECK_CODE("no file", mr_scenario_load("none.yaml", &s, &err), MR_NOT_FOUND);
    CHECK_TRUE("NULL", s == NULL);
    char *large = mr_alloc(MR_SCENARIO_BYTES_MAX + 2);
    memset(large, ' ', MR_SCENARIO_BYTES_MAX + 1);
    large[MR_SCENARIO_BYTES_MAX + 1] = '\0';
    write_file("large.yaml", large);
    mr_free(large);
    CHECK_CODE("too large", mr_scenario_load("large.yaml", &s, &err), MR_TOO_LARGE);
}

/* ---- faults ---- */

static mr_scenario *scenario_with_fault(const char *fault)
{
    char *text = mr_format("template: t.yaml\n"
                           "inputs:\n"
                           "  - {stream: Crimes, file: crimes.csv}\n"
                           "  - {stream: Other, file: more.csv}\n"
                           "  - {stream: Other, file: more.csv}\n"
                           "faults:\n"
                           "  - %s\n",
                           fault);
    mr_scenario *s = sound_scenario(fault, text);
    CHECK_INT(fault, s->fault_count, 1);
    CHECK_INT(fault, s->faults[0].line, 7);
    mr_free(text);
    return s;
}

static void check_same(const char *label, const char *got, const char *want)
{
    CHECK_STR(label, got == NULL ? "NULL" : got, want == NULL ? "NULL" : want);
}

static void check_same_fault(const char *label, const mr_scenario_fault *got,
                             const mr_scenario_fault *want)
{
    CHECK_INT(label, got->kind, want->kind);
    CHECK_INT(label, got->at_us, want->at_us);
    CHECK_INT(label, got->for_us, want->for_us);
    CHECK_INT(label, got->first, want->first);
    CHECK_INT(label, got->every, want->every);
    CHECK_INT(label, got->most, want->most);
    CHECK_TRUE(label,
               got->probability >= want->probability && got->probability <= want->probability);
    CHECK_INT(label, got->rule_kind, want->rule_kind);
    check_same(label, got->target, want->target);
    CHECK_INT(label, got->delay_us, want->delay_us);
    check_same(label, got->text, want->text);
    check_same(label, got->stream, want->stream);
    CHECK_INT(label, got->shard, want->shard);
    CHECK_INT(label, got->other_shard, want->other_shard);
    CHECK_INT(label, got->shard_count, want->shard_count);
    CHECK_INT(label, got->jump_us, want->jump_us);
    CHECK_INT(label, got->in_turn, want->in_turn);
    CHECK_INT(label, got->input, want->input);
    CHECK_TRUE(label, got->rate >= want->rate && got->rate <= want->rate);
}

static const struct {
    const char *text, *written; /* as a line of a scenario, and as it is written: by name */
    const char *rule;           /* the name of rule_kind; NULL: no rule */
    mr_scenario_fault want;     /* rule_kind left out */
} faults[] = {
    /* what */
    {"shard: {stream: Crimes, throttled: true}",
     "{shard: {stream: crime-stream, throttled: true}}",
     "shard-throttled",
     {.target = "crime-stream/*"}},
    {"shard: {stream: crime-stream, shard: 1, failed: true}",
     "{shard: {stream: crime-stream, shard: shardId-000000000001, failed: true}}",
     "put-failed",
     {.target = "crime-stream/shardId-000000000001"}},
    {"shard: {stream: Crimes, shard: shardId-000000000003, slow: 2s}",
     "{shard: {stream: crime-stream, shard: shardId-000000000003, slow: 2s}}",
     "read-slow",
     {.target = "crime-stream/shardId-000000000003", .delay_us = 2000000}},
    {"shard: {stream: Direct, unreadable: true}",
     "{shard: {stream: direct, unreadable: true}}",
     "read-throttled",
     {.target = "firehose:direct/*"}},
    {"shard: {stream: Crimes, read-twice: True}",
     "{shard: {stream: crime-stream, read-twice: true}}",
     "read-duplicate",
     {.target = "crime-stream/*"}},
    {"answer-lost: {stream: Crimes}",
     "{answer-lost: {stream: crime-stream}}",
     "ack-lost",
     {.target = "crime-stream"}},
    {"answer-lost: {stream: direct}",
     "{answer-lost: {stream: direct}}",
     "ack-lost",
     {.target = "firehose:direct"}},
    {"poison: {stream: Crimes}",
     "{poison: {stream: crime-stream}}",
     "record-poisoned",
     {.target = "crime-stream/*"}},
    {"poison: {stream: Crimes, data: '{\"a\": \\1}'}",
     "{poison: {stream: crime-stream, data: \"{\\\"a\\\": \\\\1}\"}}",
     "record-poisoned",
     {.target = "crime-stream/*", .text = "{\"a\": \\1}"}},
    {"poison: {stream: Direct, data: \"a\\x01b\\x7f \xf0\x9f\x92\xa5\"}",
     "{poison: {stream: direct, data: \"a\\x01b\\x7f \xf0\x9f\x92\xa5\"}}",
     "record-poisoned",
     {.target = "firehose:direct/*", .text = "a\001b\177 \xf0\x9f\x92\xa5"}},
    {"poison: {stream: Crimes, shard: 1, data: x}",
     "{poison: {stream: crime-stream, shard: shardId-000000000001, data: x}}",
     "record-poisoned",
     {.target = "crime-stream/shardId-000000000001", .text = "x"}},
    {"lambda: {error: Unhandled}",
     "{lambda: {error: Unhandled}}",
     "lambda-error",
     {.text = "Unhandled"}},
    {"lambda: {function: Decode, error: 'null'}",
     "{lambda: {function: decode, error: \"null\"}}",
     "lambda-error",
     {.target = "decode", .text = "null"}},
    {"lambda: {function: decode, timeout: true}",
     "{lambda: {function: decode, timeout: true}}",
     "lambda-timeout",
     {.target = "decode"}},
    {"lambda: {crash: true}", "{lambda: {crash: true}}", "lambda-crash", {0}},
    {"lambda: {slow: 1500ms}", "{lambda: {slow: 1s500ms}}", "lambda-slow", {.delay_us = 1500000}},
    {"lambda: {slow-start: 3s}",
     "{lambda: {slow-start: 3s}}",
     "lambda-slow-start",
     {.delay_us = 3000000}},
    {"lambda: {garbled: true}", "{lambda: {garbled: true}}", "lambda-garbled", {0}},
    {"lambda: {throttled: true}", "{lambda: {throttled: true}}", "lambda-throttled", {0}},
    {"lambda: {ids: missing}", "{lambda: {ids: missing}}", "lambda-ids-missing", {0}},
    {"lambda: {ids: repeated}", "{lambda: {ids: repeated}}", "lambda-ids-repeated", {0}},
    {"store: {refused: 503}", "{store: {refused: 503}}", "store-refused", {0}},
    {"store: {refused: SlowDown, key: '*'}", "{store: {refused: 503}}", "store-refused", {0}},
    {"store: {bucket: Data, refused: InternalError}",
     "{store: {bucket: crime-data, refused: 500}}",
     "store-failed",
     {.target = "crime-data/*"}},
    {"store: {bucket: crime-data, key: 'a/*.gz', refused: 500}",
     "{store: {bucket: crime-data, key: \"a/*.gz\", refused: 500}}",
     "store-failed",
     {.target = "crime-data/a/*.gz"}},
    {"store: {key: 'in/*', slow: 1m}",
     "{store: {key: \"in/*\", slow: 1m}}",
     "store-slow",
     {.target = "*/in/*", .delay_us = MINUTE}},
    {"store: {bucket: Backup, full: true}",
     "{store: {bucket: crime-backup, full: true}}",
     "store-full",
     {.target = "crime-backup/*"}},
    {"{at: 10s, split: {stream: Crimes, shard: 1}}",
     "{at: 10s, split: {stream: crime-stream, shard: 1}}",
     NULL,
     {.kind = MR_SCENARIO_SPLIT, .at_us = 10000000, .stream = "crime-stream", .shard = 1}},
    {"merge: {stream: Crimes, shards: [0, shardId-000000000001]}",
     "{merge: {stream: crime-stream, shards: [0, 1]}}",
     NULL,
     {.kind = MR_SCENARIO_MERGE, .stream = "crime-stream", .other_shard = 1}},
    {"reshard: {stream: Other, to: 4}",
     "{reshard: {stream: other-stream, to: 4}}",
     NULL,
     {.kind = MR_SCENARIO_RESHARD, .stream = "other-stream", .shard_count = 4}},
    {"clock: {jump: 1h}",
     "{clock: {jump: 1h}}",
     NULL,
     {.kind = MR_SCENARIO_JUMP, .jump_us = 60 * MINUTE}},
    {"{at: 2m, clock: {jump: -90s}}",
     "{at: 2m, clock: {jump: -1m30s}}",
     NULL,
     {.kind = MR_SCENARIO_JUMP, .at_us = 2 * MINUTE, .jump_us = -90000000}},
    {"{at: 1d, kill: now}",
     "{at: 1d, kill: now}",
     NULL,
     {.kind = MR_SCENARIO_KILL, .at_us = 1440 * MINUTE}},
    {"{the: 3rd, kill: flush}",
     "{the: 3, kill: flush}",
     NULL,
     {.kind = MR_SCENARIO_KILL_FLUSH, .first = 3, .most = 1}},
    {"{every: 100th, times: 2, kill: write}",
     "{every: 100, times: 2, kill: write}",
     NULL,
     {.kind = MR_SCENARIO_KILL_WRITE, .first = 100, .every = 100, .most = 2}},
    {"{at: 1m, for: 5s, kill: each-write}",
     "{at: 1m, for: 5s, kill: each-write}",
     NULL,
     {.kind = MR_SCENARIO_KILL_WRITE, .at_us = MINUTE, .for_us = 5000000, .in_turn = true}},
    {"{at: 1m, for: 5s, burst: {input: Crimes, rate: 2000/s}}",
     "{at: 1m, for: 5s, burst: {input: 1, rate: 2000/s}}",
     NULL,
     {.kind = MR_SCENARIO_RATE, .at_us = MINUTE, .for_us = 5000000, .rate = 2000}},
    {"burst: {input: 3, rate: 100/m}",
     "{burst: {input: 3, rate: 1.6666666666666667/s}}",
     NULL,
     {.kind = MR_SCENARIO_RATE, .input = 2, .rate = 100.0 / 60}},
    {"burst: {input: crime-stream, rate: max}",
     "{burst: {input: 1, rate: max}}",
     NULL,
     {.kind = MR_SCENARIO_RATE}},
    {"{for: 10m, pause: {input: 2}}",
     "{for: 10m, pause: {input: 2}}",
     NULL,
     {.kind = MR_SCENARIO_PAUSE, .for_us = 10 * MINUTE, .input = 1}},
    /* when */
    {"{at: 30s, for: 1m, lambda: {function: Decode, error: Unhandled}}",
     "{at: 30s, for: 1m, lambda: {function: decode, error: Unhandled}}",
     "lambda-error",
     {.at_us = 30000000, .for_us = MINUTE, .target = "decode", .text = "Unhandled"}},
    {"{the: 3, lambda: {crash: true}}",
     "{the: 3, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 3, .most = 1}},
    {"{the: 2nd, times: 5, lambda: {crash: true}}",
     "{the: 2, times: 5, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 2, .most = 5}},
    {"{the: 1st, every: 1, lambda: {crash: true}}",
     "{every: 1, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 1, .every = 1}},
    {"{the: 3, every: 1, lambda: {crash: true}}",
     "{the: 3, every: 1, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 3, .every = 1}},
    {"{the: 21st, every: 4, times: 2, lambda: {crash: true}}",
     "{the: 21, every: 4, times: 2, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 21, .every = 4, .most = 2}},
    {"{every: 10th, lambda: {crash: true}}",
     "{every: 10, lambda: {crash: true}}",
     "lambda-crash",
     {.first = 10, .every = 10}},
    {"{times: 7, lambda: {crash: true}}",
     "{times: 7, lambda: {crash: true}}",
     "lambda-crash",
     {.most = 7}},
    {"{probability: 0.1, lambda: {crash: true}}",
     "{probability: 0.1, lambda: {crash: true}}",
     "lambda-crash",
     {.probability = 0.1}},
    {"{probability: 1, at: 36525d, lambda: {crash: true}}",
     "{at: 36525d, probability: 1, lambda: {crash: true}}",
     "lambda-crash",
     {.probability = 1, .at_us = INT64_C(36525) * 1440 * MINUTE}},
};

static void test_every_fault_is_read_and_written_so_that_it_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(faults); i++) {
        mr_scenario_fault want = faults[i].want;
        want.rule_kind = faults[i].rule == NULL ? MR_FAULT_NONE : mr_fault_kind_of(faults[i].rule);
        CHECK_INT(faults[i].text, want.rule_kind != MR_FAULT_NONE, faults[i].rule != NULL);
        mr_scenario *s = scenario_with_fault(faults[i].text);
        check_same_fault(faults[i].text, &s->faults[0], &want);
        mr_strbuf written = mr_strbuf_make(1000);
        mr_scenario_fault_write(s, &s->faults[0], &written);
        CHECK_STR(faults[i].text, mr_strbuf_text(&written), faults[i].written);
        mr_scenario *again = scenario_with_fault(mr_strbuf_text(&written));
        check_same_fault(faults[i].text, &again->faults[0], &want);
        mr_scenario_free(again);
        mr_strbuf_deinit(&written);
        mr_scenario_free(s);
    }
}

/* Chaos makes faults that no text has made: they too are written to what strikes the same times. */
static void test_a_fault_that_chaos_made_is_written(void **state)
{
    (void)state;
    static const struct {
        mr_scenario_fault fault;
        const char *want;
    } cases[] = {
        {{.kind = MR_SCENARIO_KILL_FLUSH, .first = 4}, "{the: 4, every: 1, kill: flush}"},
        {{.kind = MR_SCENARIO_KILL_FLUSH, .every = 4}, "{the: 1, every: 4, kill: flush}"},
        {{.kind = MR_SCENARIO_KILL_FLUSH, .first = 1, .most = 1}, "{the: 1, kill: flush}"},
        {{.rule_kind = MR_FAULT_LAMBDA_ERROR, .target = "decode"},
         "{lambda: {function: decode, error: Unhandled}}"},
        {{.rule_kind = MR_FAULT_PUT_POISONED, .target = "crime-stream/shardId-000000000000"},
         "{poison: {stream: crime-stream, shard: shardId-000000000000}}"},
        {{.rule_kind = MR_FAULT_STORE_REFUSED, .target = "*"}, "{store: {refused: 503}}"},
        {{.rule_kind = MR_FAULT_LAMBDA_CRASH, .target = "*"}, "{lambda: {crash: true}}"},
        {{.rule_kind = MR_FAULT_LAMBDA_SLOW, .delay_us = 1234567},
         "{lambda: {slow: 1s234ms567us}}"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf written = mr_strbuf_make(1000);
        mr_scenario_fault_write(NULL, &cases[i].fault, &written);
        CHECK_STR(cases[i].want, mr_strbuf_text(&written), cases[i].want);
        mr_scenario_free(scenario_with_fault(mr_strbuf_text(&written)));
        mr_strbuf_deinit(&written);
    }
}

/* ---- expectations ---- */

static mr_scenario *scenario_with_expect(const char *expect)
{
    char *text = mr_format("template: t.yaml\nexpect:\n  - %s\n", expect);
    mr_scenario *s = sound_scenario(expect, text);
    CHECK_INT(expect, s->expect_count, 1);
    CHECK_INT(expect, s->expects[0].line, 3);
    mr_free(text);
    return s;
}

static void check_test(const char *label, const mr_number_test *got, mr_number_test want)
{
    CHECK_INT(label, got->has_equals, want.has_equals);
    CHECK_INT(label, got->has_least, want.has_least);
    CHECK_INT(label, got->has_most, want.has_most);
    CHECK_TRUE(label, !want.has_equals || (int64_t)got->equals == (int64_t)want.equals);
    CHECK_TRUE(label, !want.has_least || (int64_t)got->least == (int64_t)want.least);
    CHECK_TRUE(label, !want.has_most || (int64_t)got->most == (int64_t)want.most);
}

#define EQUALS(n) ((mr_number_test){.has_equals = true, .equals = (n)})
#define LEAST(n)  ((mr_number_test){.has_least = true, .least = (n)})
#define MOST(n)   ((mr_number_test){.has_most = true, .most = (n)})
#define BETWEEN(a, b)                                                                              \
    ((mr_number_test){.has_least = true, .least = (a), .has_most = true, .most = (b)})
#define NOTHING ((mr_number_test){0})

static void test_records_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mr_expect_kind kind;
        const char *name;
        mr_number_test want;
    } cases[] = {
        {"lost: 0", MR_EXPECT_LOST, "lost", {.has_equals = true}},
        {"duplicated: {at-most: 3}",
         MR_EXPECT_DUPLICATED,
         "duplicated",
         {.has_most = true, .most = 3}},
        {"reordered: {between: [1, 5]}",
         MR_EXPECT_REORDERED,
         "reordered",
         {.has_least = true, .least = 1, .has_most = true, .most = 5}},
        {"lost: {at-least: 2, at-most: 2}",
         MR_EXPECT_LOST,
         "lost",
         {.has_least = true, .least = 2, .has_most = true, .most = 2}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_scenario *s = scenario_with_expect(cases[i].text);
        CHECK_INT(cases[i].text, s->expects[0].kind, cases[i].kind);
        CHECK_STR(cases[i].text, s->expects[0].text, cases[i].name);
        check_test(cases[i].text, &s->expects[0].as.records, cases[i].want);
        mr_scenario_free(s);
    }
}

static void test_sql_is_compared_with_a_number_a_text_or_null(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect("{sql: \"SELECT  1\\n FROM x\", equals: 7584}");
    CHECK_STR("text", s->expects[0].text, "sql: SELECT 1 FROM x");
    CHECK_STR("sql", s->expects[0].as.sql.sql, "SELECT  1\n FROM x");
    CHECK_TRUE("database", s->expects[0].as.sql.database == NULL);
    CHECK_INT("value", s->expects[0].as.sql.test, MR_SQL_VALUE);
    check_test("number", &s->expects[0].as.sql.number, EQUALS(7584));
    mr_scenario_free(s);

    static const struct {
        const char *text, *want; /* equals_text; NULL: SQL's NULL */
    } texts[] = {
        {"{sql: S, equals: abc, database: d}", "abc"},
        {"{sql: S, equals: '7584'}", "7584"},
        {"{sql: S, equals: true}", "true"},
        {"{sql: S, equals: ''}", ""},
        {"{sql: S, equals: 9007199254740993}", "9007199254740993"},
        {"{sql: S, equals: null}", NULL},
        {"{sql: S, equals: }", NULL},
    };
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        s = scenario_with_expect(texts[i].text);
        check_same(texts[i].text, s->expects[0].as.sql.equals_text, texts[i].want);
        CHECK_INT(texts[i].text, s->expects[0].as.sql.equals_null, texts[i].want == NULL);
        check_test(texts[i].text, &s->expects[0].as.sql.number, NOTHING);
        mr_scenario_free(s);
    }
    s = scenario_with_expect("{sql: S, equals: abc, database: d}");
    CHECK_STR("database", s->expects[0].as.sql.database, "d");
    mr_scenario_free(s);
    s = scenario_with_expect("{sql: S, at-least: -1.5e2}");
    check_test("at least", &s->expects[0].as.sql.number, LEAST(-150));
    mr_scenario_free(s);
    s = scenario_with_expect("{sql: S, at-most: 5}");
    check_test("at most", &s->expects[0].as.sql.number, MOST(5));
    mr_scenario_free(s);
    s = scenario_with_expect("{sql: S, between: [-1, 1]}");
    check_test("between", &s->expects[0].as.sql.number, BETWEEN(-1, 1));
    mr_scenario_free(s);
}

static void test_sql_is_compared_with_rows_or_a_pattern(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect("{sql: S, rows: [[north, 3], [null, 'x y']]}");
    const mr_expect_sql *sql = &s->expects[0].as.sql;
    CHECK_INT("rows", sql->test, MR_SQL_ROWS);
    CHECK_INT("count", sql->row_count * 10 + sql->column_count, 22);
    check_same("cell", sql->cells[1], "3");
    check_same("cell", sql->cells[2], NULL);
    check_same("cell", sql->cells[3], "x y");
    mr_scenario_free(s);
    static const struct {
        const char *text;
        mr_sql_test want;
    } cases[] = {
        {"{sql: S, rows: []}", MR_SQL_EMPTY},
        {"{sql: S, empty: true}", MR_SQL_EMPTY},
        {"{sql: S, empty: false}", MR_SQL_NOT_EMPTY},
        {"{sql: S, matches: '^[0-9]{4}-(a|b)+$'}", MR_SQL_MATCHES},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        s = scenario_with_expect(cases[i].text);
        CHECK_INT(cases[i].text, s->expects[0].as.sql.test, cases[i].want);
        if (cases[i].want == MR_SQL_MATCHES) {
            CHECK_STR(cases[i].text, s->expects[0].as.sql.pattern, "^[0-9]{4}-(a|b)+$");
        }
        mr_scenario_free(s);
    }
}

static void test_patterns_of_a_moderate_size_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        bool want;
    } cases[] = {
        {"^in/[0-9]{4}(/[0-9]{2}){3}/.{1,40}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]gz$",
         true},
        {".{1,1024}", true},
        {"[[:alpha:](]{9}[](]{9}[^](]{9}", true},
        {"[(]{50}{50}", false},
        {"a{9}{9}{9}{9}", false},
        {"(a*){50}?{50}", false},
        {"[[:alpha:]](a{50}[)]){50}", false},
        {"a{99999999999999999999}", false},
        {"((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *text =
            mr_format("template: t.yaml\nexpect: [{sql: S, matches: '%s'}]\n", cases[i].pattern);
        mr_scenario *s = scenario_of(text);
        char *got = scenario_findings(s);
        CHECK_STR(cases[i].pattern, got,
                  cases[i].want ? "" : "E s.yaml:2: matches: the regular expression is too large");
        mr_free(got);
        mr_free(text);
        mr_scenario_free(s);
    }
}

static void test_objects_are_counted_and_measured(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect(
        "objects: {bucket: Data, prefix: crimes/, name: '[.]gz$', at-least: 5, bytes: {at-most: "
        "3MiB}, largest: 64KiB}");
    const mr_expect_objects *objects = &s->expects[0].as.objects;
    CHECK_STR("text", s->expects[0].text, "objects: crime-data/crimes/");
    CHECK_STR("bucket", objects->bucket, "crime-data");
    CHECK_STR("prefix", objects->prefix, "crimes/");
    CHECK_STR("pattern", objects->pattern, "[.]gz$");
    check_test("count", &objects->count, LEAST(5));
    check_test("bytes", &objects->bytes, MOST(3145728));
    check_test("largest", &objects->largest, EQUALS(65536));
    mr_scenario_free(s);
    s = scenario_with_expect("objects: {count: {between: [2, 4]}}");
    objects = &s->expects[0].as.objects;
    check_same("every bucket", objects->bucket, NULL);
    check_same("every key", objects->prefix, NULL);
    check_test("count", &objects->count, BETWEEN(2, 4));
    mr_scenario_free(s);
}

static void test_latency_and_buffers_are_bounded(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect(
        "latency: {delivery: Hose, p50: 30s, p99: {between: [1s, 2m]}, max: 1d}");
    const mr_expect_latency *latency = &s->expects[0].as.latency;
    CHECK_STR("text", s->expects[0].text, "latency: hose");
    CHECK_STR("delivery", latency->delivery, "hose");
    check_test("p50", &latency->p50, MOST(30e6));
    check_test("p99", &latency->p99, BETWEEN(1e6, 120e6));
    check_test("max", &latency->max, MOST(86400e6));
    mr_scenario_free(s);
    s = scenario_with_expect(
        "buffers: {delivery: hose, sink: lambda, size: 3, interval: {at-least: "
        "1}, drain: 0, largest: {at-most: 1MiB}, longest: 60s}");
    const mr_expect_buffers *buffers = &s->expects[0].as.buffers;
    CHECK_STR("text", s->expects[0].text, "buffers: hose lambda");
    CHECK_STR("delivery", buffers->delivery, "hose");
    CHECK_STR("sink", buffers->sink, "lambda");
    check_test("size", &buffers->size, EQUALS(3));
    check_test("interval", &buffers->interval, LEAST(1));
    check_test("drain", &buffers->drain, EQUALS(0));
    check_test("largest", &buffers->largest, MOST(1048576));
    check_test("longest", &buffers->longest, MOST(60e6));
    mr_scenario_free(s);
}

static void test_events_are_counted_by_type_and_members(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect("events: {type: shard.throttled}");
    CHECK_STR("text", s->expects[0].text, "events: shard.throttled");
    CHECK_INT("type", s->expects[0].as.events.type, MR_EVENT_THROTTLED);
    check_test("at least one", &s->expects[0].as.events.count, LEAST(1));
    mr_scenario_free(s);
    s = scenario_with_expect(
        "events: {type: buffer.flushed, where: {reason: size, duration_us: 5}, at-most: 2}");
    const mr_expect_events *events = &s->expects[0].as.events;
    CHECK_STR("text", s->expects[0].text, "events: buffer.flushed with reason size, duration_us 5");
    CHECK_INT("members", events->where_count, 2);
    CHECK_STR("name", events->where[0].name, "reason");
    CHECK_STR("value", events->where[1].value, "5");
    check_test("count", &events->count, MOST(2));
    mr_scenario_free(s);
}

static void test_errors_and_folders_are_compared(void **state)
{
    (void)state;
    mr_scenario *s = scenario_with_expect("errors: 3");
    CHECK_STR("text", s->expects[0].text, "errors");
    check_test("count", &s->expects[0].as.errors.count, EQUALS(3));
    mr_scenario_free(s);
    s = scenario_with_expect(
        "errors: {delivery: Hose, code: Lambda.FunctionTimedOut, at-least: 1}");
    CHECK_STR("text", s->expects[0].text, "errors: hose Lambda.FunctionTimedOut");
    CHECK_STR("delivery", s->expects[0].as.errors.delivery, "hose");
    CHECK_STR("code", s->expects[0].as.errors.code, "Lambda.FunctionTimedOut");
    check_test("count", &s->expects[0].as.errors.count, LEAST(1));
    mr_scenario_free(s);
    s = scenario_with_expect("same-as: {folder: ., bucket: crime-backup, prefix: in/}");
    CHECK_INT("kind", s->expects[0].kind, MR_EXPECT_SAME_AS);
    CHECK_STR("folder", s->expects[0].as.same_as.directory, ".");
    CHECK_STR("bucket", s->expects[0].as.same_as.bucket, "crime-backup");
    CHECK_STR("prefix", s->expects[0].as.same_as.prefix, "in/");
    mr_scenario_free(s);
}

/* ---- mistakes ---- */

#define T      "template: t.yaml\n"
#define FAULT  T "faults:\n  - "
#define EXPECT T "expect:\n  - "
#define INPUT  T "inputs:\n  - "

static const struct {
    const char *label, *text, *want;
} mistakes[] = {
    /* the file */
    {"an empty file", "", "E s.yaml: the file is empty: a scenario has at least a template"},
    {"no UTF-8", "name: \xff\n", "E s.yaml: this is no text in UTF-8: a scenario is YAML or JSON"},
    {"broken YAML", "a: [b\nc: d\n",
     "E s.yaml:2: YAML not well-formed: did not find expected ',' or ']', while parsing a flow "
     "sequence"},
    {"broken JSON", "{\"template\": t}",
     "E s.yaml:1: JSON not well-formed: 't' where a value is "
     "expected"},
    {"a list", "- a\n", "E s.yaml:1: a scenario is a map such as {template: template.yaml}"},
    {"no template", "seed: 1\n", "E s.yaml:1: template must be given: the path of a template"},
    {"a misspelt key", T "seeed: 1\n",
     "E s.yaml:2: there is no key seeed here; did you mean seed?"},
    {"a key of no kind", T "quux: 1\n",
     "E s.yaml:2: there is no key quux here; the keys are name, description, template, replay, "
     "parameters, region, seed, start, limits, no-builtin, drain, stream-bytes, inputs, faults, "
     "expect, lesson"},
    {"a key twice", T "seed: 1\nseed: 2\n",
     "E s.yaml:3: the key seed is given twice (first at line 2); remove one"},
    {"a function", T "seed: !Ref X\n",
     "E s.yaml:2: CloudFormation's functions mean nothing in a scenario: write the value"},
    {"a function for all", "!Sub x\n",
     "E s.yaml:1: CloudFormation's functions mean nothing in a scenario: write the value"},
    {"a template that is not there", "template: u.yaml\n",
     "E s.yaml:1: template: opening u.yaml: No such file or directory"},
    {"a template that is a list", "template: [t.yaml]\n", "E s.yaml:1: template must be text"},
    {"a parameter that the template lacks", T "parameters: {Shrads: 2}\n",
     "E t.yaml: Parameters: [Shrads] do not exist in the template; did you mean Shards?"},
    {"a parameter that is a list", T "parameters: {Shards: [2]}\n",
     "E s.yaml:2: parameters: Shards must be one value"},
    {"parameters that are none", T "parameters: 2\n",
     "E s.yaml:2: parameters is a map such as {Language: node}"},
    {"a seed below 0", T "seed: -1\n", "E s.yaml:2: seed: '-1' is not a whole number from 0 on"},
    {"a seed past 64 bits", T "seed: 18446744073709551616\n",
     "E s.yaml:2: seed: '18446744073709551616' is not a whole number from 0 on"},
    {"a start that is no time", T "start: noon\n",
     "E s.yaml:2: start: 'noon' is no time such as 2025-01-01T00:00:00Z (from 1970 to 2399)"},
    {"a start past 2399", T "start: 2400-01-01\n",
     "E s.yaml:2: start: '2400-01-01' is no time such as 2025-01-01T00:00:00Z (from 1970 to "
     "2399)"},
    {"limits that are none", T "limits: no\n", "E s.yaml:2: limits: 'no' is not aws or off"},
    {"drain that is a word", T "drain: soon\n", "E s.yaml:2: drain: 'soon' is not true or false"},
    {"few bytes", T "stream-bytes: 4194303\n",
     "E s.yaml:2: stream-bytes: '4194303' is not a whole number from 4194304 on"},
    /* inputs */
    {"inputs that are a map", T "inputs: {stream: Crimes}\n",
     "E s.yaml:2: inputs is a list of maps with stream and file"},
    {"an input that is a word", INPUT "crimes.csv\n",
     "E s.yaml:3: an input is a map such as {stream: Crimes, file: crimes.csv}"},
    {"an input without a file", INPUT "{stream: Crimes}\n",
     "E s.yaml:3: file must be given, as text"},
    {"an input without a stream", INPUT "{file: crimes.csv}\n",
     "E s.yaml:3: stream must be given, as text"},
    {"an input from nowhere", INPUT "{stream: Crimes, file: crimes.tsv}\n",
     "E s.yaml:3: file: there is no file crimes.tsv"},
    {"an input from a folder", INPUT "{stream: Crimes, file: .}\n",
     "E s.yaml:3: file: there is no file ."},
    {"standard input", INPUT "{stream: Crimes, file: '-'}\n",
     "E s.yaml:3: file: a scenario reads no standard input; name a file"},
    {"a misspelt stream", INPUT "{stream: Crimse, file: crimes.csv}\n",
     "E s.yaml:3: the template has no stream Crimse, by logical id or name; did you mean Crimes?"},
    {"a delivery stream with a source", INPUT "{stream: Hose, file: crimes.csv}\n",
     "E s.yaml:3: This operation is not permitted on KinesisStreamAsSource delivery stream type.; "
     "put the records on the stream crime-stream"},
    {"a misspelt option", INPUT "{stream: Crimes, file: crimes.csv, raet: 1/s}\n",
     "E s.yaml:3: there is no key raet here; did you mean rate?"},
    {"a bad option", INPUT "stream: Crimes\n    file: crimes.csv\n    rate: fast\n",
     "E s.yaml:5: rate: 'fast' is not a number with /s, /m or /h, such as 200/s, or max"},
    {"a bad key", INPUT "{stream: Crimes, file: crimes.csv, partition-key: 'colum:a'}\n",
     "E s.yaml:3: partition-key: 'colum:a' is not column:NAME, round-robin, random or const:TEXT"},
    {"options that do not go together",
     INPUT "{stream: Crimes, file: crimes.csv, encode: raw, load-time: true}\n",
     "E s.yaml:3: load-time: raw rows are put as they stand; choose another encoding"},
    {"the template's input is not there", "template: lost.yaml\n",
     "E lost.yaml:1: Metadata.Millrace.Inputs[0].File: there is no file none.csv\n"
     "E lost.yaml:1: Metadata.Millrace.Inputs[1].File: standard input is read once; name a file"},
    {"the template's input is not used",
     "template: lost.yaml\n"
     "inputs: [{stream: S, file: more.csv}]\n",
     ""},
    {"the template's own mistakes",
     "template: bad.yaml\nexpect: [{lost: none}]\n"
     "faults: [{shard: {stream: T, throttled: true}}]\n",
     "E s.yaml:2: lost: 'none' is not a whole number from 0 on\n"
     "E bad.yaml:1: Resources.S.Properties.ShardCuont: Encountered unsupported property "
     "ShardCuont; did you mean ShardCount?"},
    /* faults: what */
    {"faults that are a map", T "faults: {kill: now}\n",
     "E s.yaml:2: faults is a list of maps such as {at: 30s, kill: now}"},
    {"a fault that is a word", FAULT "kill\n",
     "E s.yaml:3: a fault is a map such as {at: 30s, for: 1m, lambda: {error: Unhandled}}"},
    {"a misspelt fault", FAULT "lamda: {crash: true}\n",
     "E s.yaml:3: there is no key lamda here; did you mean lambda?"},
    {"a fault of nothing", FAULT "at: 30s\n",
     "E s.yaml:3: a fault says what goes wrong, with one of: shard, answer-lost, poison, lambda, "
     "store, split, merge, reshard, clock, kill, burst, pause"},
    {"two faults in one", FAULT "{kill: now, lambda: {crash: true}}\n",
     "E s.yaml:3: lambda and kill: make each a fault of its own"},
    {"a shard's nothing", FAULT "shard: {stream: Crimes}\n",
     "E s.yaml:3: shard says what goes wrong, with one of: throttled, failed, slow, unreadable, "
     "read-twice"},
    {"a shard's two", FAULT "shard: {stream: Crimes, throttled: true, slow: 1s}\n",
     "E s.yaml:3: throttled and slow: make each a fault of its own"},
    {"a shard that is a word", FAULT "shard: Crimes\n",
     "E s.yaml:3: shard is a map such as {stream: Crimes, throttled: true}"},
    {"a shard of no stream", FAULT "shard: {throttled: true}\n",
     "E s.yaml:3: stream must be given, as text"},
    {"a shard of a stream that is not there", FAULT "shard: {stream: crime-strem, failed: true}\n",
     "E s.yaml:3: the template has no stream crime-strem, by logical id or name; did you mean "
     "crime-stream?"},
    {"a shard that is no number", FAULT "shard: {stream: Crimes, shard: first, failed: true}\n",
     "E s.yaml:3: a shard is a number from 0 on, or shardId-000000000003"},
    {"throttled: false", FAULT "shard: {stream: Crimes, throttled: false}\n",
     "E s.yaml:3: throttled is true, or left out"},
    {"slow without a unit", FAULT "shard: {stream: Crimes, slow: 5}\n",
     "E s.yaml:3: slow: '5' is not a duration such as 250ms, 30s, 5m, 2h or 1d"},
    {"slow by nothing", FAULT "lambda: {slow: 0s}\n", "E s.yaml:3: slow: 0s is no time at all"},
    {"a misspelt effect", FAULT "lambda: {function: Decode, eror: X}\n",
     "E s.yaml:3: there is no key eror here; did you mean error?"},
    {"a misspelt function", FAULT "lambda: {function: Decoed, crash: true}\n",
     "E s.yaml:3: the template has no function Decoed, by logical id or name; did you mean "
     "Decode?"},
    {"an error of no type", FAULT "lambda: {error: ''}\n", "E s.yaml:3: error must be text"},
    {"ids that are none", FAULT "lambda: {ids: lost}\n",
     "E s.yaml:3: ids is missing or repeated, or left out"},
    {"refused by 404", FAULT "store: {refused: 404}\n",
     "E s.yaml:3: refused is 503 (SlowDown) or 500 (InternalError), or left out"},
    {"a misspelt bucket", FAULT "store: {bucket: crime-dat, full: true}\n",
     "E s.yaml:3: the template has no bucket crime-dat, by logical id or name; did you mean "
     "crime-data?"},
    {"a split of no shard", FAULT "split: {stream: Crimes}\n",
     "E s.yaml:3: shard must be given: which one is split"},
    {"a split of a delivery stream", FAULT "split: {stream: Direct, shard: 0}\n",
     "E s.yaml:3: Direct is a delivery stream; only data streams have shards to change"},
    {"a merge of one", FAULT "merge: {stream: Crimes, shards: [0]}\n",
     "E s.yaml:3: shards is a list of two, such as [0, 1]"},
    {"a merge with itself", FAULT "merge: {stream: Crimes, shards: [1, 1]}\n",
     "E s.yaml:3: shards: a shard is not merged with itself"},
    {"no shards at all", FAULT "reshard: {stream: Crimes, to: 0}\n",
     "E s.yaml:3: to: '0' is not a whole number from 1 to 20000"},
    {"a jump to nowhere", FAULT "clock: {jump: -0s}\n", "E s.yaml:3: jump: 0s is no time at all"},
    {"a jump before 1970", T "start: 1970-01-02\nfaults: [{at: 1h, clock: {jump: -2d}}]\n",
     "E s.yaml:3: jump: the clock would leave the years from 1970 to 2399"},
    {"latency over a jump",
     T "faults: [{at: 1h, clock: {jump: -2d}}]\nexpect:\n  - lost: 0\n  - latency: {max: 1m}\n",
     "E s.yaml:5: latency cannot be measured where the clock jumps: it is the difference of two "
     "times of day; move one of them to a scenario of its own"},
    {"a misspelt kill", FAULT "kill: flsh\n",
     "E s.yaml:3: kill is now, flush, write or each-write; did you mean flush?"},
    {"a burst of nothing", FAULT "burst: {input: 1}\n",
     "E s.yaml:3: rate must be given: such as 2000/s"},
    {"a burst of no rate", FAULT "burst: {input: 1, rate: -5/s}\n",
     "E s.yaml:3: rate: '-5/s' is not a number with /s, /m or /h, such as 200/s, or max"},
    {"a burst of an input that is not there", FAULT "burst: {input: Crimse, rate: 5/s}\n",
     "E s.yaml:3: input: no input puts on Crimse; did you mean "
     "Crimes?"},
    {"a burst of the second of one", FAULT "burst: {input: 2, rate: 5/s}\n",
     "E s.yaml:3: input: there is no input 2; the inputs put on Crimes"},
    {"an ambiguous input",
     T "inputs:\n"
       "  - {stream: Other, file: more.csv}\n"
       "  - {stream: other-stream, file: more.csv}\n"
       "faults: [{for: 1s, pause: {input: Other}}]\n",
     "E s.yaml:5: input: 2 inputs put on Other; give its number, counted from 1"},
    {"a pause for ever", FAULT "{at: 1s, pause: {input: 1}}\n",
     "E s.yaml:3: for must be given: an input that never goes on never ends"},
    /* faults: when */
    {"a time without a unit", FAULT "{at: 30, kill: now}\n",
     "E s.yaml:3: at: '30' is not a duration such as 250ms, 30s, 5m, 2h or 1d"},
    {"a time before the start", FAULT "{at: -30s, kill: now}\n",
     "E s.yaml:3: at: '-30s' is not a duration such as 250ms, 30s, 5m, 2h or 1d"},
    {"a time in another century", FAULT "{at: 36526d, kill: now}\n",
     "E s.yaml:3: at: 36526d is more than 100 years"},
    {"for no time", FAULT "{for: 0s, lambda: {crash: true}}\n",
     "E s.yaml:3: for: 0s is no time at all"},
    {"a split for some time", FAULT "{for: 1s, split: {stream: Crimes, shard: 0}}\n",
     "E s.yaml:3: for does not go with split, which takes at alone"},
    {"a kill for some time", FAULT "{for: 1s, kill: now}\n",
     "E s.yaml:3: for does not go with kill: now, which takes at alone"},
    {"each write by chance", FAULT "{probability: 0.5, kill: each-write}\n",
     "E s.yaml:3: probability does not go with kill: each-write, which takes at and for"},
    {"a pause at every", FAULT "{for: 1s, every: 2, pause: {input: 1}}\n",
     "E s.yaml:3: every does not go with pause, which takes at and for"},
    {"the 0th", FAULT "{the: 0th, lambda: {crash: true}}\n",
     "E s.yaml:3: the: '0th' is no number from 1 on, such as 3 or 3rd"},
    {"every other", FAULT "{every: other, lambda: {crash: true}}\n",
     "E s.yaml:3: every: 'other' is no number from 1 on, such as 3 or 3rd"},
    {"never", FAULT "{times: 0, lambda: {crash: true}}\n",
     "E s.yaml:3: times: '0' is not a whole number from 1 on"},
    {"more than always", FAULT "{probability: 1.1, lambda: {crash: true}}\n",
     "E s.yaml:3: probability: it is above 0 (never) and at most 1 (always)"},
    {"less than never", FAULT "{probability: -0.1, lambda: {crash: true}}\n",
     "E s.yaml:3: probability: it is above 0 (never) and at most 1 (always)"},
    {"a probability of 0", FAULT "{probability: 0, lambda: {crash: true}}\n",
     "E s.yaml:3: probability: it is above 0 (never) and at most 1 (always)"},
    /* expect */
    {"one expectation", T "expect: {lost: 0}\n",
     "E s.yaml:2: expect is a list of maps such as "
     "{lost: 0}"},
    {"a misspelt expectation", EXPECT "lots: 0\n",
     "E s.yaml:3: there is no key lots here; did you mean lost?"},
    {"an expectation of nothing", EXPECT "equals: 5\n",
     "E s.yaml:3: an expectation says of what, with one of: sql, objects, latency, buffers, "
     "events, lost, duplicated, reordered, errors, same-as"},
    {"two in one", EXPECT "{lost: 0, duplicated: 0}\n",
     "E s.yaml:3: lost and duplicated: make each an expectation of its own"},
    {"a bound outside", EXPECT "{objects: {bucket: Data, name: x}, at-least: 5}\n",
     "E s.yaml:3: at-least stands beside sql alone; of objects it is said inside: objects: {...}"},
    {"sql without a result", EXPECT "sql: SELECT 1\n",
     "E s.yaml:3: sql says what its result is, with one of: equals, at-least, at-most, between, "
     "rows, empty, matches"},
    {"sql with two results", EXPECT "{sql: SELECT 1, equals: 1, empty: false}\n",
     "E s.yaml:3: equals and empty: say one thing of a result"},
    {"sql that is a list", EXPECT "{sql: [SELECT 1], equals: 1}\n", "E s.yaml:3: sql must be text"},
    {"at least a word", EXPECT "{sql: SELECT 1, at-least: many}\n",
     "E s.yaml:3: at-least: 'many' is not a number"},
    {"between upside down", EXPECT "{sql: SELECT 1, between: [5, 3]}\n",
     "E s.yaml:3: nothing is at least the one and at most the other: the lower bound is above the "
     "upper"},
    {"between three", EXPECT "{sql: SELECT 1, between: [1, 2, 3]}\n",
     "E s.yaml:3: between must be a list of two, such as [1, 3]"},
    {"rows of two widths", EXPECT "{sql: SELECT 1, rows: [[1, 2], [3]]}\n",
     "E s.yaml:3: rows is a list of rows, each a list of as many values: [[north, 3], [south, 5]]"},
    {"rows that are one row", EXPECT "{sql: SELECT 1, rows: [1, 2]}\n",
     "E s.yaml:3: rows is a list of rows, each a list of as many values: [[north, 3], [south, 5]]"},
    {"a cell that is a map", EXPECT "{sql: SELECT 1, rows: [[{a: b}]]}\n",
     "E s.yaml:3: rows: a cell is one value, or null"},
    {"a value that is a list", EXPECT "{sql: SELECT 1, equals: [1]}\n",
     "E s.yaml:3: equals must be one value; `rows` compares a whole result"},
    {"empty of a word", EXPECT "{sql: SELECT 1, empty: yes}\n",
     "E s.yaml:3: empty: 'yes' is not true or false"},
    {"a broken pattern", EXPECT "{sql: SELECT 1, matches: '(a'}\n",
     "E s.yaml:3: matches: '(a' is no regular expression: Unmatched ( or \\("},
    {"a huge pattern", EXPECT "{sql: SELECT 1, matches: '((a{99}){99}){99}'}\n",
     "E s.yaml:3: matches: the regular expression is too large"},
    {"a pattern that doubles", EXPECT "{sql: S, matches: 'a++++++++++++++++++++++++++++++++'}\n",
     "E s.yaml:3: matches: the regular expression is too large"},
    {"half an object", EXPECT "objects: {bucket: Data, equals: 0.5}\n",
     "E s.yaml:3: equals: '0.5' is not a whole number from 0 on"},
    {"objects of any number", EXPECT "objects: {bucket: Data}\n",
     "E s.yaml:3: nothing is expected here: give equals, at-least, at-most, between, bytes, "
     "largest or name"},
    {"objects counted twice", EXPECT "objects: {bucket: Data, equals: 1, count: 1}\n",
     "E s.yaml:3: count: the number of objects is bounded twice"},
    {"bytes of a unit that is none", EXPECT "objects: {bytes: 1MB}\n",
     "E s.yaml:3: bytes: '1MB' is not a size such as 1024, 64KiB or 1MiB"},
    {"a bound in words", EXPECT "lost: {at-leats: 1}\n",
     "E s.yaml:3: there is no key at-leats here; did you mean at-least?"},
    {"a test of nothing", EXPECT "lost: {}\n", "E s.yaml:3: lost is a map such as {at-least: 1}"},
    {"equals and more", EXPECT "lost: {equals: 1, at-most: 2}\n",
     "E s.yaml:3: equals says it all: no other bound goes with it"},
    {"between and more", EXPECT "lost: {between: [1, 2], at-most: 2}\n",
     "E s.yaml:3: between says it all: no other bound goes with it"},
    {"less than nothing", EXPECT "lost: -1\n",
     "E s.yaml:3: lost: '-1' is not a whole number from 0 on"},
    {"latency in numbers", EXPECT "latency: {p99: 5}\n",
     "E s.yaml:3: p99: '5' is not a duration such as 250ms, 30s, 5m, 2h or 1d"},
    {"latency of nothing", EXPECT "latency: {delivery: Hose}\n",
     "E s.yaml:3: nothing is expected here: give p50, p99 or max"},
    {"latency of no delivery stream", EXPECT "latency: {delivery: Crimes, p50: 1s}\n",
     "E s.yaml:3: the template has no delivery stream Crimes, by logical id or name"},
    {"a misspelt sink", EXPECT "buffers: {sink: mian, size: 1}\n",
     "E s.yaml:3: sink: 'mian' is not main, error, backup or lambda; did you mean main?"},
    {"buffers of nothing", EXPECT "buffers: {sink: main}\n",
     "E s.yaml:3: nothing is expected here: give size, interval, drain, largest or longest"},
    {"a misspelt event", EXPECT "events: {type: bufer.flushed}\n",
     "E s.yaml:3: type: there is no event bufer.flushed; did you mean buffer.flushed?"},
    {"an event of no type", EXPECT "events: {equals: 1}\n",
     "E s.yaml:3: type must be given, as text"},
    {"a misspelt member", EXPECT "events: {type: fault, where: {raeson: x}}\n",
     "E s.yaml:3: where: an event has no member raeson; did you mean reason?"},
    {"a member that is a list", EXPECT "events: {type: fault, where: {reason: [x]}}\n",
     "E s.yaml:3: reason must be text"},
    {"where that is a word", EXPECT "events: {type: fault, where: x}\n",
     "E s.yaml:3: where is a map of members and values such as {reason: size}"},
    {"errors of any number", EXPECT "errors: {code: X}\n",
     "E s.yaml:3: nothing is expected here: give equals, at-least, at-most or between"},
    {"a folder that is not there", EXPECT "same-as: none\n",
     "W s.yaml:3: same-as: there is no folder none yet; `millrace test --update` writes it"},
    {"a folder that is a file", EXPECT "same-as: t.yaml\n",
     "E s.yaml:3: same-as: t.yaml is no folder"},
    {"a folder without a name", EXPECT "same-as: {bucket: Data}\n",
     "E s.yaml:3: folder must be given, as text"},
    /* more than one, in order of lines */
    {"three mistakes", T "expect:\n  - lost: x\nfaults:\n  - kill: y\nseed: z\n",
     "E s.yaml:3: lost: 'x' is not a whole number from 0 on\n"
     "E s.yaml:5: kill is now, flush, write or each-write\n"
     "E s.yaml:6: seed: 'z' is not a whole number from 0 on"},
};

static void test_each_mistake_is_one_line(void **state)
{
    (void)state;
    write_file("lost.yaml",
               "Metadata: {Millrace: {Inputs: [{Stream: S, File: none.csv}, {Stream: S, File: "
               "'-'}]}}\n"
               "Resources: {S: {Type: AWS::Kinesis::Stream}}\n");
    write_file("bad.yaml", "Resources: {S: {Type: AWS::Kinesis::Stream, Properties: {ShardCuont: "
                           "1}}}\n");
    for (size_t i = 0; i < MR_COUNT(mistakes); i++) {
        mr_scenario *s = scenario_of(mistakes[i].text);
        char *got = scenario_findings(s);
        CHECK_STR(mistakes[i].label, got, mistakes[i].want);
        CHECK_INT(mistakes[i].label, s->error_count > 0, mistakes[i].want[0] == 'E');
        mr_free(got);
        mr_scenario_free(s);
    }
}

static void test_a_faults_text_is_bounded(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        char *data = mr_alloc(MR_FAULT_TEXT_MAX + 2);
        memset(data, 'x', MR_FAULT_TEXT_MAX + 1);
        data[MR_FAULT_TEXT_MAX + more] = '\0';
        char *text = mr_format(FAULT "poison: {stream: Crimes, data: %s}\n", data);
        mr_scenario *s = scenario_of(text);
        char *got = scenario_findings(s);
        CHECK_STR("text", got,
                  more == 0 ? "" : "E s.yaml:3: data: a fault's text is at most 4096 bytes");
        mr_free(got);
        mr_free(text);
        mr_free(data);
        mr_scenario_free(s);
    }
}

static void test_an_error_found_later_stands_at_its_line(void **state)
{
    (void)state;
    mr_scenario *s = scenario_of("template: bad.yaml\nseed: x\n\nstart: y\n");
    mr_scenario_add_error(s, 3, "it does not parse");
    char *got = scenario_findings(s);
    CHECK_STR("findings", got,
              "E s.yaml:2: seed: 'x' is not a whole number from 0 on\n"
              "E s.yaml:3: it does not parse\n"
              "E s.yaml:4: start: 'y' is no time such as 2025-01-01T00:00:00Z (from 1970 to 2399)\n"
              "E bad.yaml:1: Resources.S.Properties.ShardCuont: Encountered unsupported property "
              "ShardCuont; did you mean ShardCount?");
    CHECK_INT("errors", s->error_count, 4);
    mr_free(got);
    mr_scenario_free(s);
}

/* ---- recordings ---- */

#define HEADER                                                                                     \
    "{\"millrace\":\"recording\",\"format\":1,\"template\":\"../t.yaml\",\"parameters\":"          \
    "{\"Shards\":3},\"region\":\"eu-west-1\",\"seed\":9,\"start\":\"2030-01-01T00:00:00Z\","       \
    "\"limits\":false,\"no-builtin\":true}\n{\"record\":1}\n"

static void make_recording(const char *text)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    CHECK_OK("folder", fs->make_directories(fs, "taken", &err), &err);
    write_file("taken/r.jsonl", text);
}

static void test_a_recording_is_a_scenario(void **state)
{
    (void)state;
    mr_scenario *s = NULL;
    mr_error err;
    make_recording(HEADER);
    CHECK_OK("load", mr_scenario_of_recording("taken/r.jsonl", &s, &err), &err);
    CHECK_INT("findings", s->finding_count, 0);
    CHECK_STR("name", s->name, "r");
    CHECK_STR("replay", s->replay, "taken/r.jsonl");
    CHECK_STR("template", s->plan->file, "taken/../t.yaml");
    CHECK_STR("region", s->plan->region, "eu-west-1");
    CHECK_INT("parameter", s->plan->streams[0].options.shard_count, 3);
    CHECK_INT("seed", s->seed, 9);
    CHECK_INT("start", s->start_us, INT64_C(1893456000000000));
    CHECK_TRUE("limits", !s->limits && s->use_code);
    CHECK_INT("no inputs, faults, expectations", s->input_count + s->fault_count + s->expect_count,
              0);
    mr_scenario_free(s);
    CHECK_CODE("no file", mr_scenario_of_recording("taken/none", &s, &err), MR_NOT_FOUND);
}

static void test_a_scenario_says_the_rest_of_a_recording(void **state)
{
    (void)state;
    make_recording(HEADER);
    mr_scenario *s = sound_scenario("all of it", "replay: taken/r.jsonl\nexpect: [{lost: 0}]\n");
    CHECK_STR("replay", s->replay, "taken/r.jsonl");
    CHECK_STR("template", s->plan->file, "taken/../t.yaml");
    CHECK_INT("seed", s->seed, 9);
    CHECK_INT("expectations", s->expect_count, 1);
    mr_scenario_free(s);
    s = sound_scenario("parts", "replay: taken/r.jsonl\ntemplate: t.yaml\nseed: 4\nlimits: aws\n"
                                "parameters: {}\nregion: us-east-2\n");
    CHECK_STR("template", s->plan->file, "t.yaml");
    CHECK_STR("region", s->plan->region, "us-east-2");
    CHECK_INT("parameter", s->plan->streams[0].options.shard_count, 2);
    CHECK_INT("seed", s->seed, 4);
    CHECK_INT("start", s->start_us, INT64_C(1893456000000000));
    CHECK_TRUE("limits", s->limits && s->use_code);
    mr_scenario_free(s);
}

static void test_what_is_wrong_with_a_recording_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *recording, *want;
    } cases[] = {
        {"", "this is no recording: its first line is not {\"millrace\":\"recording\",...}"},
        {"time,a\n1,2\n",
         "this is no recording: its first line is not {\"millrace\":\"recording\",...}"},
        {"{\"millrace\":\"log\"}\n",
         "this is no recording: its first line is not {\"millrace\":\"recording\",...}"},
        {"{\"millrace\":\"recording\",\"format\":2}\n",
         "this is a recording of format 2; this millrace reads format 1"},
        {"{\"millrace\":\"recording\"}\n",
         "this is a recording of format unknown; this millrace reads format 1"},
        {"{\"millrace\":\"recording\",\"format\":1,\"template\":\"../t.yaml\",\"seed\":-1}\n",
         "seed: '-1' is not a whole number from 0 on"},
        {"{\"millrace\":\"recording\",\"format\":1,\"template\":\"../t.yaml\",\"limits\":1}\n",
         "limits: '1' is not true or false"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        make_recording(cases[i].recording);
        mr_scenario *s = NULL;
        mr_error err;
        CHECK_OK(cases[i].recording, mr_scenario_of_recording("taken/r.jsonl", &s, &err), &err);
        char *got = scenario_findings(s);
        char *want = mr_format("E taken/r.jsonl:1: %s", cases[i].want);
        CHECK_STR(cases[i].recording, got, want);
        mr_scenario_free(s);
        mr_free(got);
        mr_free(want);
        s = scenario_of("seed: 1\nreplay: taken/r.jsonl\n");
        got = scenario_findings(s);
        want = mr_format("E s.yaml:2: replay: taken/r.jsonl: %s", cases[i].want);
        CHECK_STR(cases[i].recording, got, want);
        mr_scenario_free(s);
        mr_free(got);
        mr_free(want);
    }
}

static void test_a_replay_needs_its_recording_and_no_inputs(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        {"not there", "replay: none.jsonl\n",
         "E s.yaml:1: replay: opening none.jsonl: No such file or directory"},
        {"no template in either", "replay: taken/r.jsonl\n",
         "E s.yaml:1: template must be given: the path of a template"},
        {"inputs as well",
         "replay: taken/r.jsonl\ntemplate: t.yaml\ninputs: [{stream: Crimes, file: more.csv}]\n",
         "E s.yaml:3: inputs and replay: a replay puts the records of its recording"},
    };
    make_recording("{\"millrace\":\"recording\",\"format\":1}\n");
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_scenario *s = scenario_of(cases[i].text);
        char *got = scenario_findings(s);
        CHECK_STR(cases[i].label, got, cases[i].want);
        mr_free(got);
        mr_scenario_free(s);
    }
    mr_scenario *s = NULL;
    mr_error err;
    CHECK_OK("load", mr_scenario_of_recording("taken/r.jsonl", &s, &err), &err);
    char *got = scenario_findings(s);
    CHECK_STR("alone", got, "E taken/r.jsonl:1: template must be given: the path of a template");
    mr_free(got);
    mr_scenario_free(s);
}

static void test_a_scenario_is_told_from_a_template(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        {"template: t.yaml\n", true},
        {"seed: 1\nreplay: r.jsonl\n", true},
        {"{\"template\": \"t.yaml\"}", true},
        {"template: t.yaml\nResources: {}\n", false},
        {"Resources: {template: {Type: a}}\n", false},
        {"- template: t.yaml\n", false},
        {"template: [\n", false},
        {"\xff template: x\n", false},
        {"", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].text, mr_scenario_is_one(mr_bytes_of(cases[i].text)), cases[i].want);
    }
}

/* ---- the tables hold together ---- */

static void test_every_fault_of_the_world_can_be_written(void **state)
{
    (void)state;
    for (mr_fault_kind kind = MR_FAULT_NONE + 1; kind < MR_FAULT_KIND_COUNT; kind++) {
        mr_scenario_fault fault = {
            .rule_kind = kind, .target = "crime-stream", .delay_us = 1, .text = "x"};
        mr_strbuf written = mr_strbuf_make(1000);
        mr_scenario_fault_write(NULL, &fault, &written);
        CHECK_TRUE(mr_fault_kind_name(kind), written.len > 2);
        mr_strbuf_deinit(&written);
    }
}

static const mr_scenario_level *find_level(const char *name)
{
    size_t count;
    const mr_scenario_level *levels = mr_scenario_levels(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(levels[i].name, name) == 0) {
            return &levels[i];
        }
    }
    return NULL;
}

static void test_an_input_takes_every_option_of_the_producer(void **state)
{
    (void)state;
    size_t option_count;
    const mr_input_option *options = mr_input_option_table(&option_count);
    const mr_scenario_level *input = find_level("input");
    CHECK_INT("options, stream and file", input->key_count, option_count + 2);
    for (size_t i = 0; i < option_count; i++) {
        bool found = false;
        for (size_t k = 0; k < input->key_count; k++) {
            found = found || strcmp(input->keys[k], options[i].name) == 0;
        }
        CHECK_TRUE(options[i].name, found);
    }
}

static void test_the_schema_has_the_keys_that_the_reader_has(void **state)
{
    (void)state;
    char *path = mr_format("%s/data/schemas/scenario.schema.json", check_source_root());
    char *text;
    size_t len;
    mr_error err;
    CHECK_OK("schema", mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, &err), &err);
    cJSON *schema = cJSON_Parse(text);
    CHECK_TRUE("the schema is JSON", schema != NULL);
    const cJSON *definitions = cJSON_GetObjectItemCaseSensitive(schema, "definitions");
    size_t count;
    const mr_scenario_level *levels = mr_scenario_levels(&count);
    for (size_t i = 0; i < count; i++) {
        const cJSON *level = cJSON_GetObjectItemCaseSensitive(definitions, levels[i].name);
        const cJSON *properties = cJSON_GetObjectItemCaseSensitive(level, "properties");
        CHECK_INT(levels[i].name, cJSON_GetArraySize(properties), levels[i].key_count);
        for (size_t k = 0; k < levels[i].key_count; k++) {
            const cJSON *key = cJSON_GetObjectItemCaseSensitive(properties, levels[i].keys[k]);
            CHECK_TRUE(levels[i].keys[k],
                       cJSON_GetObjectItemCaseSensitive(key, "description") != NULL);
        }
        CHECK_TRUE(levels[i].name,
                   cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(level, "additionalProperties")));
    }
    cJSON_Delete(schema);
    mr_free(text);
    mr_free(path);
}

static void test_the_corpus_of_the_fuzzer_is_read(void **state)
{
    CHECK_INT("to the source tree", chdir(check_source_root()), 0);
    CHECK_CORPUS(scenario);
    CHECK_INT("and back", chdir(*state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_template_alone_is_a_scenario),
        cmocka_unit_test(test_every_setting_is_taken),
        cmocka_unit_test(test_json_is_a_scenario_too),
        cmocka_unit_test(test_inputs_take_the_place_of_the_templates),
        cmocka_unit_test(test_paths_are_relative_to_the_scenarios_folder),
        cmocka_unit_test(test_every_fault_is_read_and_written_so_that_it_reads_back),
        cmocka_unit_test(test_a_fault_that_chaos_made_is_written),
        cmocka_unit_test(test_records_are_counted),
        cmocka_unit_test(test_sql_is_compared_with_a_number_a_text_or_null),
        cmocka_unit_test(test_sql_is_compared_with_rows_or_a_pattern),
        cmocka_unit_test(test_patterns_of_a_moderate_size_are_taken),
        cmocka_unit_test(test_objects_are_counted_and_measured),
        cmocka_unit_test(test_latency_and_buffers_are_bounded),
        cmocka_unit_test(test_events_are_counted_by_type_and_members),
        cmocka_unit_test(test_errors_and_folders_are_compared),
        cmocka_unit_test(test_each_mistake_is_one_line),
        cmocka_unit_test(test_a_faults_text_is_bounded),
        cmocka_unit_test(test_an_error_found_later_stands_at_its_line),
        cmocka_unit_test(test_a_recording_is_a_scenario),
        cmocka_unit_test(test_a_scenario_says_the_rest_of_a_recording),
        cmocka_unit_test(test_what_is_wrong_with_a_recording_is_one_line),
        cmocka_unit_test(test_a_replay_needs_its_recording_and_no_inputs),
        cmocka_unit_test(test_a_scenario_is_told_from_a_template),
        cmocka_unit_test(test_every_fault_of_the_world_can_be_written),
        cmocka_unit_test(test_an_input_takes_every_option_of_the_producer),
        cmocka_unit_test(test_the_schema_has_the_keys_that_the_reader_has),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer_is_read),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
