/* scenario_values.c - see scenario_reader.h: levels, values and names. */
#include "src/scenario/scenario_reader.h"

#include "sim/base/timefmt.h"
#include "src/config/document.h"
#include "src/config/input_values.h"
#include "src/config/value.h"

/* ---- levels ---- */

static const char *const scenario_keys[] = {"name",       "description", "template", "replay",
                                            "parameters", "region",      "seed",     "start",
                                            "limits",     "no-builtin",  "drain",    "stream-bytes",
                                            "inputs",     "faults",      "expect",   "lesson"};
/* stream, file, and the producer's options (input_options.h). */
static const char *const input_keys[] = {
    "stream",        "file",    "batch-records", "batch-bytes", "rate",
    "partition-key", "encode",  "columns",       "load-time",   "delimiter",
    "no-header",     "retries", "strict",        "rows",        "repeat"};
static const char *const fault_keys[] = {
    "at",     "for",   "the",   "every", "times",   "probability", "shard", "answer-lost", "poison",
    "lambda", "store", "split", "merge", "reshard", "clock",       "kill",  "burst",       "pause"};
static const char *const shard_keys[] = {"stream", "shard",      "throttled", "failed",
                                         "slow",   "unreadable", "read-twice"};
static const char *const answer_lost_keys[] = {"stream"};
static const char *const poison_keys[] = {"stream", "shard", "data"};
static const char *const lambda_keys[] = {"function",   "error",   "timeout",   "crash", "slow",
                                          "slow-start", "garbled", "throttled", "ids"};
static const char *const store_keys[] = {"bucket", "key", "refused", "slow", "full"};
static const char *const split_keys[] = {"stream", "shard"};
static const char *const merge_keys[] = {"stream", "shards"};
static const char *const reshard_keys[] = {"stream", "to"};
static const char *const clock_keys[] = {"jump"};
static const char *const burst_keys[] = {"input", "rate"};
static const char *const pause_keys[] = {"input"};
static const char *const expect_keys[] = {
    "sql",    "database", "equals",     "at-least",  "at-most", "between",
    "rows",   "empty",    "matches",    "objects",   "latency", "buffers",
    "events", "lost",     "duplicated", "reordered", "errors",  "same-as"};
static const char *const objects_keys[] = {"bucket", "prefix", "name",     "bytes",   "largest",
                                           "count",  "equals", "at-least", "at-most", "between"};
static const char *const latency_keys[] = {"delivery", "p50", "p99", "max"};
static const char *const buffers_keys[] = {"delivery", "sink",    "size",   "interval",
                                           "drain",    "largest", "longest"};
static const char *const events_keys[] = {"type",     "where",   "equals",
                                          "at-least", "at-most", "between"};
static const char *const errors_keys[] = {"delivery", "code",    "equals",
                                          "at-least", "at-most", "between"};
static const char *const same_as_keys[] = {"folder", "bucket", "prefix"};
static const char *const lesson_keys[] = {"title", "prose", "goal", "hint", "pace", "steps"};
static const char *const lesson_step_keys[] = {"say", "event", "unless"};
static const char *const lesson_event_keys[] = {"type", "where", "at-least"};
static const char *const lesson_unless_keys[] = {"type", "where"};
static const char *const test_keys[] = {"equals", "at-least", "at-most", "between"};

#define LEVEL(name, keys)                                                                          \
    {                                                                                              \
        name, keys, MR_COUNT(keys)                                                                 \
    }
static const mr_scenario_level levels[MR_LEVEL_COUNT] = {
    [MR_LEVEL_SCENARIO] = LEVEL("scenario", scenario_keys),
    [MR_LEVEL_INPUT] = LEVEL("input", input_keys),
    [MR_LEVEL_FAULT] = LEVEL("fault", fault_keys),
    [MR_LEVEL_SHARD] = LEVEL("shard", shard_keys),
    [MR_LEVEL_ANSWER_LOST] = LEVEL("answer-lost", answer_lost_keys),
    [MR_LEVEL_POISON] = LEVEL("poison", poison_keys),
    [MR_LEVEL_LAMBDA] = LEVEL("lambda", lambda_keys),
    [MR_LEVEL_STORE] = LEVEL("store", store_keys),
    [MR_LEVEL_SPLIT] = LEVEL("split", split_keys),
    [MR_LEVEL_MERGE] = LEVEL("merge", merge_keys),
    [MR_LEVEL_RESHARD] = LEVEL("reshard", reshard_keys),
    [MR_LEVEL_CLOCK] = LEVEL("clock", clock_keys),
    [MR_LEVEL_BURST] = LEVEL("burst", burst_keys),
    [MR_LEVEL_PAUSE] = LEVEL("pause", pause_keys),
    [MR_LEVEL_EXPECT] = LEVEL("expect", expect_keys),
    [MR_LEVEL_OBJECTS] = LEVEL("expect.objects", objects_keys),
    [MR_LEVEL_LATENCY] = LEVEL("expect.latency", latency_keys),
    [MR_LEVEL_BUFFERS] = LEVEL("expect.buffers", buffers_keys),
    [MR_LEVEL_EVENTS] = LEVEL("expect.events", events_keys),
    [MR_LEVEL_ERRORS] = LEVEL("expect.errors", errors_keys),
    [MR_LEVEL_SAME_AS] = LEVEL("expect.same-as", same_as_keys),
    [MR_LEVEL_TEST] = LEVEL("test", test_keys),
    [MR_LEVEL_LESSON] = LEVEL("lesson", lesson_keys),
    [MR_LEVEL_LESSON_STEP] = LEVEL("lesson.step", lesson_step_keys),
    [MR_LEVEL_LESSON_EVENT] = LEVEL("lesson.event", lesson_event_keys),
    [MR_LEVEL_LESSON_UNLESS] = LEVEL("lesson.unless", lesson_unless_keys),
};

/* What a person may mean who wrote no map. */
static const char *const examples[MR_LEVEL_COUNT] = {
    [MR_LEVEL_SCENARIO] = "{template: template.yaml}",
    [MR_LEVEL_INPUT] = "{stream: Crimes, file: crimes.csv}",
    [MR_LEVEL_FAULT] = "{at: 30s, for: 1m, lambda: {error: Unhandled}}",
    [MR_LEVEL_SHARD] = "{stream: Crimes, throttled: true}",
    [MR_LEVEL_ANSWER_LOST] = "{stream: Crimes}",
    [MR_LEVEL_POISON] = "{stream: Crimes}",
    [MR_LEVEL_LAMBDA] = "{function: Decode, error: Unhandled}",
    [MR_LEVEL_STORE] = "{bucket: Data, refused: 503}",
    [MR_LEVEL_SPLIT] = "{stream: Crimes, shard: 0}",
    [MR_LEVEL_MERGE] = "{stream: Crimes, shards: [0, 1]}",
    [MR_LEVEL_RESHARD] = "{stream: Crimes, to: 4}",
    [MR_LEVEL_CLOCK] = "{jump: -1h}",
    [MR_LEVEL_BURST] = "{input: Crimes, rate: 2000/s}",
    [MR_LEVEL_PAUSE] = "{input: Crimes}",
    [MR_LEVEL_EXPECT] = "{lost: 0}",
    [MR_LEVEL_OBJECTS] = "{bucket: Data, at-least: 5}",
    [MR_LEVEL_LATENCY] = "{p99: 2m}",
    [MR_LEVEL_BUFFERS] = "{sink: main, interval: {at-least: 1}}",
    [MR_LEVEL_EVENTS] = "{type: shard.throttled, at-least: 1}",
    [MR_LEVEL_ERRORS] = "{code: Lambda.FunctionTimedOut, equals: 3}",
    [MR_LEVEL_SAME_AS] = "{folder: expected}",
    [MR_LEVEL_TEST] = "{at-least: 1}",
    [MR_LEVEL_LESSON] = "{title: A hot shard, prose: ..., goal: ..., hint: ..., steps: [...]}",
    [MR_LEVEL_LESSON_STEP] = "{say: A shard refuses records, event: {type: shard.throttled}}",
    [MR_LEVEL_LESSON_EVENT] = "{type: shard.throttled, at-least: 100}",
    [MR_LEVEL_LESSON_UNLESS] = "{type: shard.throttled}",
};

const mr_scenario_level *mr_scenario_levels(size_t *count)
{
    *count = MR_COUNT(levels);
    return levels;
}

const mr_scenario_level *mr_scenario_level_of(mr_scenario_level_id id)
{
    return &levels[id];
}

bool mr_scenario_map(mr_scenario_reader *reader, const mr_node *node, mr_scenario_level_id id,
                     const char *name)
{
    if (node->kind == MR_NODE_MAP) {
        return mr_document_check_keys(reader->findings, node, levels[id].keys,
                                      levels[id].key_count);
    }
    if (node->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(reader->findings, node, "%s is a map such as %s", name, examples[id]);
    }
    return false;
}

size_t mr_scenario_one_of(mr_scenario_reader *reader, const mr_node *map, const char *const *keys,
                          size_t count, const char *none, const char *several)
{
    size_t found = MR_SCENARIO_NO_WORD;
    for (size_t i = 0; i < count; i++) {
        if (mr_node_get(map, keys[i]) == NULL) {
            continue;
        }
        if (found != MR_SCENARIO_NO_WORD) {
            mr_findings_error(reader->findings, mr_node_get(map, keys[i]), "%s and %s: %s",
                              keys[found], keys[i], several);
            return MR_SCENARIO_NO_WORD;
        }
        found = i;
    }
    if (found == MR_SCENARIO_NO_WORD) {
        mr_strbuf list = mr_strbuf_make(1000);
        for (size_t i = 0; i < count; i++) {
            mr_strbuf_appendf(&list, "%s%s", i == 0 ? "" : ", ", keys[i]);
        }
        mr_findings_error(reader->findings, map, "%s: %s", none, mr_strbuf_text(&list));
        mr_strbuf_deinit(&list);
    }
    return found;
}

/* ---- values ---- */

/* Says that a value is not what it should be. Returns false. */
static bool refuse(mr_scenario_reader *reader, const mr_node *node, const char *key,
                   const char *what)
{
    if (mr_node_is(node, MR_NODE_TEXT)) {
        mr_findings_error(reader->findings, node, "%s: '%s' is not %s", key, node->text, what);
    } else if (!mr_node_is(node, MR_NODE_UNKNOWN)) {
        mr_findings_error(reader->findings, node, "%s must be %s", key, what);
    }
    return false;
}

bool mr_scenario_bool(mr_scenario_reader *reader, const mr_node *node, const char *key, bool *out)
{
    return mr_value_bool(node, out) || refuse(reader, node, key, "true or false");
}

bool mr_scenario_count(mr_scenario_reader *reader, const mr_node *node, const char *key,
                       uint64_t least, uint64_t most, uint64_t *out)
{
    if (mr_node_is(node, MR_NODE_TEXT) && mr_bytes_to_uint64(mr_bytes_of(node->text), out) &&
        *out >= least && *out <= most) {
        return true;
    }
    const char *what = mr_arena_format(reader->arena, "a whole number from %llu%s",
                                       (unsigned long long)least, most == UINT64_MAX ? " on" : "");
    if (most != UINT64_MAX) {
        what = mr_arena_format(reader->arena, "%s to %llu", what, (unsigned long long)most);
    }
    return refuse(reader, node, key, what);
}

#define DURATION_WORDS "a duration such as 250ms, 30s, 5m, 2h or 1d"

bool mr_scenario_duration(mr_scenario_reader *reader, const mr_node *node, const char *key,
                          int64_t least_us, int64_t *out)
{
    int64_t us;
    if (!mr_node_is(node, MR_NODE_TEXT) || !mr_duration_parse(mr_bytes_of(node->text), &us)) {
        return refuse(reader, node, key, DURATION_WORDS);
    }
    if (us < least_us) {
        mr_findings_error(reader->findings, node, "%s: %s is no time at all", key, node->text);
        return false;
    }
    if (us > MR_SCENARIO_TIME_MAX_US) {
        mr_findings_error(reader->findings, node, "%s: %s is more than 100 years", key, node->text);
        return false;
    }
    *out = us;
    return true;
}

bool mr_scenario_text(mr_scenario_reader *reader, const mr_node *node, const char *key,
                      const char **out)
{
    if (mr_node_is(node, MR_NODE_TEXT) && node->text[0] != '\0') {
        *out = node->text;
        return true;
    }
    if (!mr_node_is(node, MR_NODE_UNKNOWN)) {
        mr_findings_error(reader->findings, node, "%s must be text", key);
    }
    return false;
}

bool mr_scenario_optional_text(mr_scenario_reader *reader, const mr_node *map, const char *key,
                               const char **out)
{
    const mr_node *node = mr_node_get(map, key);
    return node == NULL || mr_scenario_text(reader, node, key, out);
}

/* ---- names of the plan ---- */

static void unknown_name(mr_scenario_reader *reader, const mr_node *node, const char *word,
                         mr_plan_noun noun)
{
    static const char *const nouns[] = {
        [MR_PLAN_STREAM] = "data stream",
        [MR_PLAN_DELIVERY] = "delivery stream",
        [MR_PLAN_FUNCTION] = "function",
        [MR_PLAN_BUCKET] = "bucket",
    };
    size_t count;
    const char **words = mr_plan_words(reader->plan, &noun, 1, &count);
    mr_findings_error(reader->findings, node, "the template has no %s %s, by logical id or name%s",
                      nouns[noun], word, mr_findings_hint(reader->findings, word, words, count));
    mr_free(words);
}

bool mr_scenario_name(mr_scenario_reader *reader, const mr_node *map, const char *key,
                      mr_plan_noun noun, bool is_needed, const char **out)
{
    const mr_node *node = mr_node_get(map, key);
    *out = NULL;
    if (node == NULL && !is_needed) {
        return true;
    }
    const char *word = mr_document_need_text(reader->findings, map, key);
    if (word == NULL || reader->plan == NULL) {
        return false;
    }
    *out = mr_plan_resolve(reader->plan, noun, word);
    if (*out == NULL && reader->plan_is_whole) {
        unknown_name(reader, node, word, noun);
    }
    return *out != NULL;
}

bool mr_scenario_stream(mr_scenario_reader *reader, const mr_node *map, const char **out)
{
    const char *word = mr_document_need_text(reader->findings, map, "stream");
    mr_input_target target;
    if (word == NULL || reader->plan == NULL ||
        !mr_input_target_find(reader->plan, reader->findings, mr_node_get(map, "stream"), word,
                              !reader->plan_is_whole, &target)) {
        return false;
    }
    *out = target.is_delivery ? mr_arena_format(reader->arena, "firehose:%s", target.name)
                              : target.name;
    return true;
}

/* ---- tests of numbers ---- */

static const char *const unit_words[] = {
    [MR_UNIT_ANY] = "a number",
    [MR_UNIT_COUNT] = "a whole number from 0 on",
    [MR_UNIT_BYTES] = "a size such as 1024, 64KiB or 1MiB",
    [MR_UNIT_DURATION] = DURATION_WORDS,
};

static bool parse_bytes(mr_bytes text, uint64_t *out)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"KiB", MR_KIB}, {"MiB", MR_MIB}, {"GiB", MR_GIB}};
    uint64_t factor = 1;
    for (size_t i = 0; i < MR_COUNT(units); i++) {
        if (mr_bytes_ends_with(text, mr_bytes_of(units[i].name))) {
            factor = units[i].bytes;
            text.len -= strlen(units[i].name);
        }
    }
    if (!mr_bytes_to_uint64(text, out) || *out > MR_EXACT_DOUBLE_END / factor) {
        return false;
    }
    *out *= factor;
    return true;
}

static bool read_number(mr_scenario_reader *reader, const mr_node *node, const char *key,
                        mr_scenario_unit unit, double *out)
{
    uint64_t count = 0;
    int64_t duration_us = 0;
    if (unit == MR_UNIT_DURATION) {
        bool ok = mr_scenario_duration(reader, node, key, 0, &duration_us);
        *out = ok ? (double)duration_us : 0;
        return ok;
    }
    bool ok = mr_value_double(node, out);
    if (unit == MR_UNIT_COUNT) {
        ok = ok && mr_bytes_to_uint64(mr_bytes_of(node->text), &count) &&
             count <= MR_EXACT_DOUBLE_END;
    } else if (unit == MR_UNIT_BYTES) {
        ok = mr_node_is(node, MR_NODE_TEXT) && parse_bytes(mr_bytes_of(node->text), &count);
        *out = ok ? (double)count : 0;
    }
    return ok || refuse(reader, node, key, unit_words[unit]);
}

bool mr_scenario_tests(const mr_number_test *test)
{
    return test->has_equals || test->has_least || test->has_most;
}

/* The bound of a key, as far as the map has it. */
static bool read_bound(mr_scenario_reader *reader, const mr_node *map, const char *key,
                       mr_scenario_unit unit, bool *has, double *out)
{
    const mr_node *node = mr_node_get(map, key);
    *has = node != NULL && read_number(reader, node, key, unit, out);
    return node == NULL || *has;
}

static bool read_between(mr_scenario_reader *reader, const mr_node *node, mr_scenario_unit unit,
                         mr_number_test *out)
{
    if (node->kind != MR_NODE_LIST || node->count != 2) {
        return refuse(reader, node, "between", "a list of two, such as [1, 3]");
    }
    out->has_least = read_number(reader, node->items[0], "between", unit, &out->least);
    out->has_most = read_number(reader, node->items[1], "between", unit, &out->most);
    return out->has_least && out->has_most;
}

bool mr_scenario_bounds(mr_scenario_reader *reader, const mr_node *map, mr_scenario_unit unit,
                        mr_number_test *out)
{
    const mr_node *between = mr_node_get(map, "between");
    const mr_node *equals = mr_node_get(map, "equals");
    bool ok = read_bound(reader, map, "equals", unit, &out->has_equals, &out->equals);
    ok = read_bound(reader, map, "at-least", unit, &out->has_least, &out->least) && ok;
    ok = read_bound(reader, map, "at-most", unit, &out->has_most, &out->most) && ok;
    bool is_bounded = mr_node_get(map, "at-least") != NULL || mr_node_get(map, "at-most") != NULL;
    if ((equals != NULL && (is_bounded || between != NULL)) || (between != NULL && is_bounded)) {
        mr_findings_error(reader->findings, map, "%s says it all: no other bound goes with it",
                          equals != NULL ? "equals" : "between");
        return false;
    }
    if (between != NULL) {
        ok = read_between(reader, between, unit, out) && ok;
    }
    if (ok && out->has_least && out->has_most && out->least > out->most) {
        mr_findings_error(reader->findings, between != NULL ? between : map,
                          "nothing is at least the one and at most the other: the lower bound is "
                          "above the upper");
        return false;
    }
    return ok;
}

bool mr_scenario_test(mr_scenario_reader *reader, const mr_node *map, const char *key,
                      mr_scenario_unit unit, bool is_bound, mr_number_test *out)
{
    const mr_node *node = mr_node_get(map, key);
    if (node == NULL) {
        return true;
    }
    if (node->kind == MR_NODE_MAP) {
        if (!mr_scenario_map(reader, node, MR_LEVEL_TEST, key) ||
            !mr_scenario_bounds(reader, node, unit, out)) {
            return false;
        }
        if (!mr_scenario_tests(out)) {
            mr_findings_error(reader->findings, node, "%s is a map such as %s", key,
                              examples[MR_LEVEL_TEST]);
        }
        return mr_scenario_tests(out);
    }
    if (is_bound) {
        out->has_most = read_number(reader, node, key, unit, &out->most);
        return out->has_most;
    }
    out->has_equals = read_number(reader, node, key, unit, &out->equals);
    return out->has_equals;
}
