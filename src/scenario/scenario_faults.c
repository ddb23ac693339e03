/* scenario_faults.c - `faults`: what goes wrong, and when. */
#include "src/scenario/scenario_reader.h"

#include "sim/base/timefmt.h"
#include "sim/sim.h"
#include "src/config/document.h"
#include "src/config/input_values.h"
#include "src/config/value.h"

#include <inttypes.h>

/* ---- when ---- */

enum {
    WHEN_AT = 1,
    WHEN_FOR = 2,
    WHEN_SPAN = WHEN_AT | WHEN_FOR,
    WHEN_ALL = 63 /* also which times of all: the, every, times, probability */
};

static const struct {
    const char *key;
    unsigned when;
} when_keys[] = {
    {"at", WHEN_AT}, {"for", WHEN_FOR}, {"the", 4},
    {"every", 8},    {"times", 16},     {"probability", 32},
};

/* "3", "3rd": which time, from 1. */
static bool read_ordinal(mr_scenario_reader *reader, const mr_node *map, const char *key,
                         uint64_t *out)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    const mr_node *node = mr_node_get(map, key);
    if (node == NULL) {
        return true;
    }
    if (node->kind == MR_NODE_TEXT) {
        mr_bytes text = mr_bytes_of(node->text);
        for (size_t i = 0; i < MR_COUNT(endings); i++) {
            if (mr_bytes_ends_with(text, mr_bytes_of(endings[i]))) {
                text.len -= 2;
                break;
            }
        }
        if (mr_bytes_to_uint64(text, out) && *out > 0) {
            return true;
        }
        mr_findings_error(reader->findings, node,
                          "%s: '%s' is no number from 1 on, such as 3 or 3rd", key, node->text);
    } else if (node->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(reader->findings, node, "%s must be a number from 1 on, such as 3 or 3rd",
                          key);
    }
    return false;
}

static bool read_probability(mr_scenario_reader *reader, const mr_node *node, double *out)
{
    if (node == NULL || mr_node_is(node, MR_NODE_UNKNOWN)) {
        return node == NULL;
    }
    if (!mr_value_double(node, out) || !(*out > 0 && *out <= 1)) {
        mr_findings_error(reader->findings, node,
                          "probability: it is above 0 (never) and at most 1 (always)");
        return false;
    }
    return true;
}

static bool read_when(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    const mr_node *at = mr_node_get(map, "at"), *span = mr_node_get(map, "for");
    const mr_node *times = mr_node_get(map, "times");
    uint64_t the = 0;
    bool ok = at == NULL || mr_scenario_duration(reader, at, "at", 0, &fault->at_us);
    ok = (span == NULL || mr_scenario_duration(reader, span, "for", 1, &fault->for_us)) && ok;
    ok =
        (times == NULL || mr_scenario_count(reader, times, "times", 1, UINT64_MAX, &fault->most)) &&
        ok;
    ok = read_ordinal(reader, map, "the", &the) && ok;
    ok = read_ordinal(reader, map, "every", &fault->every) && ok;
    ok = read_probability(reader, mr_node_get(map, "probability"), &fault->probability) && ok;
    /* The 3rd is one time, unless more is said; every 10th is the 10th, the 20th ... */
    fault->first = the > 0 ? the : fault->every;
    if (the > 0 && fault->every == 0 && times == NULL) {
        fault->most = 1;
    }
    return ok;
}

static unsigned when_of(const mr_scenario_fault *fault)
{
    switch (fault->kind) {
    case MR_SCENARIO_RULE:
    case MR_SCENARIO_KILL_FLUSH:
        return WHEN_ALL;
    case MR_SCENARIO_KILL_WRITE:
        return fault->in_turn ? WHEN_SPAN : WHEN_ALL;
    case MR_SCENARIO_RATE:
    case MR_SCENARIO_PAUSE:
        return WHEN_SPAN;
    default:
        return WHEN_AT;
    }
}

/* Says which words of time do not go with this fault. what: "split", "kill: now". */
static bool check_when(mr_scenario_reader *reader, const mr_node *map, const char *what,
                       const mr_scenario_fault *fault)
{
    unsigned when = when_of(fault);
    bool ok = true;
    for (size_t i = 0; i < MR_COUNT(when_keys); i++) {
        const mr_node *node = mr_node_get(map, when_keys[i].key);
        if (node != NULL && (when & when_keys[i].when) == 0) {
            mr_findings_error(reader->findings, node, "%s does not go with %s, which takes %s",
                              when_keys[i].key, what, when == WHEN_AT ? "at alone" : "at and for");
            ok = false;
        }
    }
    if (fault->kind == MR_SCENARIO_PAUSE && mr_node_get(map, "for") == NULL) {
        mr_findings_error(reader->findings, map,
                          "for must be given: an input that never goes on never ends");
        return false;
    }
    return ok;
}

/* ---- the world's own faults ---- */

static const mr_rule_word *refuse_word(mr_scenario_reader *reader, const mr_node *node,
                                       const char *what, const char *key)
{
    size_t count;
    const mr_rule_word *words = mr_rule_word_table(&count);
    mr_strbuf list = mr_strbuf_make(200);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].what, what) == 0 && strcmp(words[i].key, key) == 0) {
            mr_strbuf_appendf(&list, "%s%s", list.len == 0 ? "" : " or ", words[i].word);
            if (words[i].other_word != NULL) {
                mr_strbuf_appendf(&list, " (%s)", words[i].other_word);
            }
        }
    }
    if (!mr_node_is(node, MR_NODE_UNKNOWN)) {
        mr_findings_error(reader->findings, node, "%s is %s, or left out", key,
                          mr_strbuf_text(&list));
    }
    mr_strbuf_deinit(&list);
    return NULL;
}

static bool is_word(const mr_node *node, const mr_rule_word *word)
{
    bool truth;
    if (strcmp(word->word, "true") == 0) {
        return mr_value_bool(node, &truth) && truth;
    }
    return mr_node_is(node, MR_NODE_TEXT) &&
           (strcmp(node->text, word->word) == 0 ||
            (word->other_word != NULL && strcmp(node->text, word->other_word) == 0));
}

/* The row of {what: {key: node}}; NULL with an error. */
static const mr_rule_word *find_word(mr_scenario_reader *reader, const mr_node *node,
                                     const char *what, const char *key)
{
    size_t count;
    const mr_rule_word *words = mr_rule_word_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].what, what) == 0 && strcmp(words[i].key, key) == 0 &&
            (words[i].value != MR_RULE_WORD || is_word(node, &words[i]))) {
            return &words[i];
        }
    }
    return refuse_word(reader, node, what, key);
}

static bool read_fault_text(mr_scenario_reader *reader, const mr_node *node, const char *key,
                            const char **out)
{
    if (!mr_scenario_text(reader, node, key, out)) {
        return false;
    }
    if (strlen(*out) > MR_FAULT_TEXT_MAX) {
        mr_findings_error(reader->findings, node, "%s: a fault's text is at most %d bytes", key,
                          MR_FAULT_TEXT_MAX);
        return false;
    }
    return true;
}

static bool set_rule(mr_scenario_reader *reader, const mr_rule_word *word, const mr_node *node,
                     mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_RULE;
    fault->rule_kind = mr_fault_kind_of(word->fault);
    switch (word->value) {
    case MR_RULE_DURATION:
        return mr_scenario_duration(reader, node, word->key, 1, &fault->delay_us);
    case MR_RULE_TEXT:
        return read_fault_text(reader, node, word->key, &fault->text);
    default:
        return true;
    }
}

/* The one effect that a map of this word names: throttled, slow, ids ... */
static bool read_effect(mr_scenario_reader *reader, const mr_node *map, const char *what,
                        mr_scenario_fault *fault)
{
    size_t count, key_count = 0;
    const mr_rule_word *words = mr_rule_word_table(&count);
    const char *keys[16];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].what, what) == 0 &&
            (key_count == 0 || strcmp(keys[key_count - 1], words[i].key) != 0)) {
            MR_ASSERT(key_count < MR_COUNT(keys));
            keys[key_count++] = words[i].key;
        }
    }
    const char *none = mr_arena_format(reader->arena, "%s says what goes wrong, with one of", what);
    size_t found =
        mr_scenario_one_of(reader, map, keys, key_count, none, "make each a fault of its own");
    if (found == MR_SCENARIO_NO_WORD) {
        return false;
    }
    const mr_node *node = mr_node_get(map, keys[found]);
    const mr_rule_word *word = find_word(reader, node, what, keys[found]);
    return word != NULL && set_rule(reader, word, node, fault);
}

/* 3, or shardId-000000000003. */
static bool read_shard_number(mr_scenario_reader *reader, const mr_node *node, uint32_t *out)
{
    static const char prefix[] = "shardId-";
    uint64_t number;
    if (mr_node_is(node, MR_NODE_TEXT)) {
        mr_bytes text = mr_bytes_of(node->text);
        if (mr_bytes_starts_with(text, MR_BYTES_LITERAL(prefix))) {
            text.at += sizeof(prefix) - 1;
            text.len -= sizeof(prefix) - 1;
        }
        if (mr_bytes_to_uint64(text, &number) && number < MR_SHARDS_MAX) {
            *out = (uint32_t)number;
            return true;
        }
    }
    if (!mr_node_is(node, MR_NODE_UNKNOWN)) {
        mr_findings_error(reader->findings, node,
                          "a shard is a number from 0 on, or shardId-000000000003");
    }
    return false;
}

/* The keys stream and shard: "NAME/shardId-000000000003", with a star for every shard. */
static bool read_shard_target(mr_scenario_reader *reader, const mr_node *map, const char **out)
{
    const mr_node *shard = mr_node_get(map, "shard");
    const char *stream = NULL;
    uint32_t number = 0;
    bool ok = mr_scenario_stream(reader, map, &stream);
    ok = (shard == NULL || read_shard_number(reader, shard, &number)) && ok;
    if (ok) {
        *out = shard == NULL
                   ? mr_arena_format(reader->arena, "%s/*", stream)
                   : mr_arena_format(reader->arena, "%s/shardId-%012" PRIu32, stream, number);
    }
    return ok;
}

static bool read_shard(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    bool ok = read_shard_target(reader, map, &fault->target);
    return read_effect(reader, map, "shard", fault) && ok;
}

static bool read_answer_lost(mr_scenario_reader *reader, const mr_node *map,
                             mr_scenario_fault *fault)
{
    const mr_rule_word *word = find_word(reader, map, "answer-lost", "");
    return mr_scenario_stream(reader, map, &fault->target) && set_rule(reader, word, map, fault);
}

static bool read_poison(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    const mr_rule_word *word = find_word(reader, map, "poison", "data");
    const mr_node *data = mr_node_get(map, word->key);
    fault->kind = MR_SCENARIO_RULE;
    fault->rule_kind = mr_fault_kind_of(word->fault);
    bool ok = read_shard_target(reader, map, &fault->target);
    return (data == NULL || set_rule(reader, word, data, fault)) && ok;
}

static bool read_lambda(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    bool ok = mr_scenario_name(reader, map, "function", MR_PLAN_FUNCTION, false, &fault->target);
    return read_effect(reader, map, "lambda", fault) && ok;
}

static bool read_store(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    const char *bucket, *key = "*";
    bool ok = mr_scenario_name(reader, map, "bucket", MR_PLAN_BUCKET, false, &bucket);
    ok = mr_scenario_optional_text(reader, map, "key", &key) && ok;
    ok = read_effect(reader, map, "store", fault) && ok;
    if (ok && (bucket != NULL || strcmp(key, "*") != 0)) {
        fault->target = mr_arena_format(reader->arena, "%s/%s", bucket == NULL ? "*" : bucket, key);
    }
    return ok;
}

/* ---- shards come and go ---- */

static bool read_data_stream(mr_scenario_reader *reader, const mr_node *map,
                             mr_scenario_fault *fault)
{
    const mr_node *node = mr_node_get(map, "stream");
    if (mr_node_is(node, MR_NODE_TEXT) && reader->plan != NULL &&
        mr_plan_resolve(reader->plan, MR_PLAN_STREAM, node->text) == NULL &&
        mr_plan_resolve(reader->plan, MR_PLAN_DELIVERY, node->text) != NULL) {
        mr_findings_error(reader->findings, node,
                          "%s is a delivery stream; only data streams have shards to change",
                          node->text);
        return false;
    }
    return mr_scenario_name(reader, map, "stream", MR_PLAN_STREAM, true, &fault->stream);
}

/* A key that has to be there; NULL, with an error, when it is not. */
static const mr_node *need(mr_scenario_reader *reader, const mr_node *map, const char *key,
                           const char *what)
{
    const mr_node *node = mr_node_get(map, key);
    if (node == NULL) {
        mr_findings_error(reader->findings, map, "%s must be given: %s", key, what);
    }
    return node;
}

static bool read_split(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_SPLIT;
    bool ok = read_data_stream(reader, map, fault);
    const mr_node *shard = need(reader, map, "shard", "which one is split");
    return shard != NULL && read_shard_number(reader, shard, &fault->shard) && ok;
}

static bool read_merge(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_MERGE;
    bool ok = read_data_stream(reader, map, fault);
    const mr_node *shards = need(reader, map, "shards", "which two are merged");
    if (shards == NULL || shards->kind == MR_NODE_UNKNOWN) {
        return false;
    }
    if (shards->kind != MR_NODE_LIST || shards->count != 2) {
        mr_findings_error(reader->findings, shards, "shards is a list of two, such as [0, 1]");
        return false;
    }
    ok = read_shard_number(reader, shards->items[0], &fault->shard) && ok;
    ok = read_shard_number(reader, shards->items[1], &fault->other_shard) && ok;
    if (ok && fault->shard == fault->other_shard) {
        mr_findings_error(reader->findings, shards, "shards: a shard is not merged with itself");
        return false;
    }
    return ok;
}

static bool read_reshard(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    uint64_t count = 0;
    fault->kind = MR_SCENARIO_RESHARD;
    bool ok = read_data_stream(reader, map, fault);
    const mr_node *to = need(reader, map, "to", "how many shards there are to be");
    ok = to != NULL && mr_scenario_count(reader, to, "to", 1, MR_SHARDS_MAX, &count) && ok;
    fault->shard_count = (uint32_t)count;
    return ok;
}

/* ---- the clock and the process ---- */

static bool read_clock(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_JUMP;
    const mr_node *jump = need(reader, map, "jump", "how far, such as 1h or -1h");
    if (!mr_node_is(jump, MR_NODE_TEXT)) {
        return jump != NULL && mr_scenario_duration(reader, jump, "jump", 1, &fault->jump_us);
    }
    bool is_back = jump->text[0] == '-';
    mr_node far = *jump;
    far.text += is_back ? 1 : 0;
    if (!mr_scenario_duration(reader, &far, "jump", 1, &fault->jump_us)) {
        return false;
    }
    fault->jump_us = is_back ? -fault->jump_us : fault->jump_us;
    int64_t time_us = reader->scenario->start_us + fault->at_us + fault->jump_us;
    if (time_us < 0 || time_us >= MR_SIM_START_END) {
        mr_findings_error(reader->findings, jump,
                          "jump: the clock would leave the years from 1970 to 2399");
        return false;
    }
    return true;
}

static const struct {
    const char *word;
    mr_scenario_fault_kind kind;
    bool in_turn;
} kills[] = {
    {"now", MR_SCENARIO_KILL, false},
    {"flush", MR_SCENARIO_KILL_FLUSH, false},
    {"write", MR_SCENARIO_KILL_WRITE, false},
    {"each-write", MR_SCENARIO_KILL_WRITE, true},
};

static bool read_kill(mr_scenario_reader *reader, const mr_node *node, mr_scenario_fault *fault)
{
    const char *words[MR_COUNT(kills)];
    for (size_t i = 0; i < MR_COUNT(kills); i++) {
        if (mr_node_is(node, MR_NODE_TEXT) && strcmp(node->text, kills[i].word) == 0) {
            fault->kind = kills[i].kind;
            fault->in_turn = kills[i].in_turn;
            return true;
        }
        words[i] = kills[i].word;
    }
    if (node->kind != MR_NODE_UNKNOWN) {
        const char *word = node->kind == MR_NODE_TEXT ? node->text : "";
        mr_findings_error(reader->findings, node, "kill is now, flush, write or each-write%s",
                          mr_findings_hint(reader->findings, word, words, MR_COUNT(words)));
    }
    return false;
}

/* ---- inputs ---- */

/* What an input of the scenario, or of its template, puts on: the name. */
static const char *target_of(const mr_scenario_reader *reader, const char *stream)
{
    const char *name = mr_plan_resolve(reader->plan, MR_PLAN_STREAM, stream);
    return name != NULL ? name : mr_plan_resolve(reader->plan, MR_PLAN_DELIVERY, stream);
}

/* How many inputs put on the stream; *found: the last of them. */
static size_t count_inputs(const mr_scenario_reader *reader, const char *name, size_t *found)
{
    const mr_scenario *scenario = reader->scenario;
    size_t matches = 0;
    for (size_t i = 0; name != NULL && i < scenario->input_count; i++) {
        const char *target = target_of(reader, scenario->inputs[i].stream);
        if (target != NULL && strcmp(target, name) == 0) {
            *found = i;
            matches++;
        }
    }
    return matches;
}

static bool read_input_name(mr_scenario_reader *reader, const mr_node *map, size_t *out)
{
    const mr_scenario *scenario = reader->scenario;
    const char *word = mr_document_need_text(reader->findings, map, "input");
    if (word == NULL || reader->plan == NULL || !reader->inputs_are_whole) {
        return false;
    }
    const mr_node *node = mr_node_get(map, "input");
    uint64_t number = 0;
    bool is_number = mr_bytes_to_uint64(mr_bytes_of(word), &number);
    size_t matches = count_inputs(reader, target_of(reader, word), out);
    if (matches == 1) {
        return true;
    }
    if (matches == 0 && is_number && number >= 1 && number <= scenario->input_count) {
        *out = (size_t)number - 1;
        return true;
    }
    if (matches > 1) {
        mr_findings_error(reader->findings, node,
                          "input: %zu inputs put on %s; give its number, counted from 1", matches,
                          word);
        return false;
    }
    const char **words = mr_calloc(scenario->input_count + 1, sizeof(*words));
    for (size_t i = 0; i < scenario->input_count; i++) {
        words[i] = scenario->inputs[i].stream;
    }
    const char *hint = mr_findings_hint(reader->findings, word, words, scenario->input_count);
    mr_strbuf list = mr_strbuf_make(500);
    for (size_t i = 0; hint[0] == '\0' && i < scenario->input_count; i++) {
        mr_strbuf_appendf(&list, "%s%s", i == 0 ? "; the inputs put on " : ", ", words[i]);
    }
    mr_findings_error(reader->findings, node, "input: %s %s%s%s",
                      is_number ? "there is no input" : "no input puts on", word,
                      mr_strbuf_text(&list), hint);
    mr_strbuf_deinit(&list);
    mr_free(words);
    return false;
}

static bool read_burst(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_RATE;
    bool ok = read_input_name(reader, map, &fault->input);
    const mr_node *rate = need(reader, map, "rate", "such as 2000/s");
    if (rate == NULL) {
        return false;
    }
    mr_input_options options;
    mr_input_options_init(&options);
    ok = mr_input_value_set(&options, reader->arena, reader->findings, "rate", rate) && ok;
    fault->rate = options.rate;
    mr_input_options_deinit(&options);
    return ok;
}

static bool read_pause(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    fault->kind = MR_SCENARIO_PAUSE;
    return read_input_name(reader, map, &fault->input);
}

/* ---- all of them ---- */

typedef struct fault_word {
    const char *key;
    mr_scenario_level_id level; /* of its map; MR_LEVEL_COUNT: it is a word */
    bool (*read)(mr_scenario_reader *reader, const mr_node *value, mr_scenario_fault *fault);
} fault_word;

static const fault_word words[] = {
    {"shard", MR_LEVEL_SHARD, read_shard},
    {"answer-lost", MR_LEVEL_ANSWER_LOST, read_answer_lost},
    {"poison", MR_LEVEL_POISON, read_poison},
    {"lambda", MR_LEVEL_LAMBDA, read_lambda},
    {"store", MR_LEVEL_STORE, read_store},
    {"split", MR_LEVEL_SPLIT, read_split},
    {"merge", MR_LEVEL_MERGE, read_merge},
    {"reshard", MR_LEVEL_RESHARD, read_reshard},
    {"clock", MR_LEVEL_CLOCK, read_clock},
    {"kill", MR_LEVEL_COUNT, read_kill},
    {"burst", MR_LEVEL_BURST, read_burst},
    {"pause", MR_LEVEL_PAUSE, read_pause},
};

static bool read_fault(mr_scenario_reader *reader, const mr_node *map, mr_scenario_fault *fault)
{
    if (!mr_scenario_map(reader, map, MR_LEVEL_FAULT, "a fault")) {
        return false;
    }
    const char *keys[MR_COUNT(words)];
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        keys[i] = words[i].key;
    }
    *fault = (mr_scenario_fault){.line = map->line};
    bool ok = read_when(reader, map, fault);
    size_t found = mr_scenario_one_of(reader, map, keys, MR_COUNT(keys),
                                      "a fault says what goes wrong, with one of",
                                      "make each a fault of its own");
    if (found == MR_SCENARIO_NO_WORD) {
        return false;
    }
    const fault_word *word = &words[found];
    const mr_node *value = mr_node_get(map, word->key);
    if (word->level != MR_LEVEL_COUNT && !mr_scenario_map(reader, value, word->level, word->key)) {
        return false;
    }
    ok = word->read(reader, value, fault) && ok;
    const char *what = word->key;
    if (value->kind == MR_NODE_TEXT) {
        what = mr_arena_format(reader->arena, "%s: %s", word->key, value->text);
    }
    return check_when(reader, map, what, fault) && ok;
}

void mr_scenario_read_faults(mr_scenario_reader *reader, const mr_node *list)
{
    mr_scenario_fault *faults = NULL;
    size_t count = 0;
    if (list->kind != MR_NODE_LIST) {
        if (list->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, list,
                              "faults is a list of maps such as {at: 30s, kill: now}");
        }
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        mr_scenario_fault fault;
        if (read_fault(reader, list->items[i], &fault)) {
            MR_ARENA_PUSH(reader->arena, faults, count, fault);
        }
    }
    reader->scenario->faults = faults;
    reader->scenario->fault_count = count;
}
