/* scenario_write.c - a fault as a line of a scenario that reads back to the same fault. */
#include "src/scenario/scenario_reader.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"

#include <inttypes.h>

/* Text that YAML could take for something else is quoted: what is in quotes is JSON, which YAML
 * reads as well. A first letter, and no word of YAML's own, is safe enough. */
static bool is_plain(mr_bytes text)
{
    static const char *const words[] = {"null", "Null", "NULL"};
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (mr_bytes_is(text, words[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_other = (c >= '0' && c <= '9') || strchr("-_./", c) != NULL;
        if (c == '\0' || (!is_letter && (i == 0 || !is_other))) {
            return false;
        }
    }
    return text.len > 0;
}

static void append_text(mr_strbuf *out, mr_bytes text)
{
    if (is_plain(text)) {
        mr_strbuf_append_bytes(out, text);
        return;
    }
    /* libyaml does not join the surrogate pairs of JSON's escapes: other bytes stay as they are. */
    mr_strbuf_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\') {
            mr_strbuf_appendf(out, "\\%c", c);
        } else if (c < ' ' || c == 0x7f) {
            mr_strbuf_appendf(out, "\\x%02x", c);
        } else {
            mr_strbuf_append_char(out, (char)c);
        }
    }
    mr_strbuf_append_char(out, '"');
}

/* ", key: " or, for the first of a map, "key: ". */
static void append_key(mr_strbuf *out, const char *key)
{
    MR_ASSERT(key != NULL); /* a word that has a value has a key */
    bool is_first = out->len > 0 && out->at[out->len - 1] == '{';
    mr_strbuf_appendf(out, "%s%s: ", is_first ? "" : ", ", key);
}

static void field_text(mr_strbuf *out, const char *key, mr_bytes text)
{
    append_key(out, key);
    append_text(out, text);
}

static void field_count(mr_strbuf *out, const char *key, uint64_t count)
{
    append_key(out, key);
    mr_strbuf_append_uint64(out, count);
}

static void field_duration(mr_strbuf *out, const char *key, int64_t us)
{
    append_key(out, key);
    mr_duration_write(out, us);
}

/* ---- when ---- */

/* The inverse of how scenario_faults.c reads them: `every` alone begins with the every-th, `the`
 * alone is one time. */
static void write_times(const mr_scenario_fault *fault, mr_strbuf *out)
{
    bool is_repeated = fault->every > 0;
    bool by_every = is_repeated && fault->first == fault->every;
    bool from_first = !by_every && (is_repeated || fault->first > 0);
    if (from_first) {
        field_count(out, "the", fault->first == 0 ? 1 : fault->first);
    }
    if (is_repeated || (from_first && fault->most == 0)) {
        field_count(out, "every", is_repeated ? fault->every : 1);
    }
    if (fault->most > 0 && !(from_first && !is_repeated && fault->most == 1)) {
        field_count(out, "times", fault->most);
    }
    if (fault->probability > 0) {
        append_key(out, "probability");
        mr_json_append_double(out, fault->probability);
    }
}

static void write_when(const mr_scenario_fault *fault, mr_strbuf *out)
{
    if (fault->at_us > 0) {
        field_duration(out, "at", fault->at_us);
    }
    if (fault->for_us > 0) {
        field_duration(out, "for", fault->for_us);
    }
    write_times(fault, out);
}

/* ---- what ---- */

/* The key of what is named by the first half of a target, and of the second. */
static void write_target(const mr_scenario_fault *fault, const char *what, mr_strbuf *out)
{
    static const struct {
        const char *what, *owner, *part;
    } names[] = {
        {"shard", "stream", "shard"},       {"poison", "stream", "shard"},
        {"answer-lost", "stream", "shard"}, {"lambda", "function", NULL},
        {"store", "bucket", "key"},
    };
    mr_rule_target target = mr_rule_target_of(fault);
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (strcmp(names[i].what, what) == 0) {
            if (target.owner.len > 0) {
                field_text(out, names[i].owner, target.owner);
            }
            if (target.part.len > 0) {
                field_text(out, names[i].part, target.part);
            }
        }
    }
}

static void write_rule(const mr_scenario_fault *fault, mr_strbuf *out)
{
    const mr_rule_word *word = mr_rule_word_of(fault->rule_kind);
    MR_ASSERT(word != NULL); /* every kind has a word: scenario_test.c */
    append_key(out, word->what);
    mr_strbuf_append_char(out, '{');
    write_target(fault, word->what, out);
    switch (word->value) {
    case MR_RULE_WORD:
        append_key(out, word->key);
        mr_strbuf_append_text(out, word->word);
        break;
    case MR_RULE_DURATION:
        field_duration(out, word->key, fault->delay_us);
        break;
    case MR_RULE_TEXT:
        if (fault->text != NULL) {
            field_text(out, word->key, mr_bytes_of(fault->text));
        } else if (fault->rule_kind == MR_FAULT_LAMBDA_ERROR) { /* which has to name a type */
            field_text(out, word->key, MR_BYTES_LITERAL("Unhandled"));
        }
        break;
    case MR_RULE_NOTHING:
        break;
    }
    mr_strbuf_append_char(out, '}');
}

static void write_reshard(const mr_scenario_fault *fault, mr_strbuf *out)
{
    static const char *const words[] = {
        [MR_SCENARIO_SPLIT] = "split",
        [MR_SCENARIO_MERGE] = "merge",
        [MR_SCENARIO_RESHARD] = "reshard",
    };
    append_key(out, words[fault->kind]);
    mr_strbuf_append_char(out, '{');
    field_text(out, "stream", mr_bytes_of(fault->stream));
    if (fault->kind == MR_SCENARIO_SPLIT) {
        field_count(out, "shard", fault->shard);
    } else if (fault->kind == MR_SCENARIO_MERGE) {
        mr_strbuf_appendf(out, ", shards: [%" PRIu32 ", %" PRIu32 "]", fault->shard,
                          fault->other_shard);
    } else {
        field_count(out, "to", fault->shard_count);
    }
    mr_strbuf_append_char(out, '}');
}

static void write_input(const mr_scenario_fault *fault, mr_strbuf *out)
{
    append_key(out, fault->kind == MR_SCENARIO_PAUSE ? "pause" : "burst");
    mr_strbuf_append_char(out, '{');
    field_count(out, "input", (uint64_t)fault->input + 1);
    if (fault->kind == MR_SCENARIO_RATE && fault->rate > 0) {
        append_key(out, "rate");
        mr_json_append_double(out, fault->rate);
        mr_strbuf_append_text(out, "/s");
    } else if (fault->kind == MR_SCENARIO_RATE) {
        mr_strbuf_append_text(out, ", rate: max");
    }
    mr_strbuf_append_char(out, '}');
}

static void write_what(const mr_scenario_fault *fault, mr_strbuf *out)
{
    switch (fault->kind) {
    case MR_SCENARIO_RULE:
        write_rule(fault, out);
        return;
    case MR_SCENARIO_SPLIT:
    case MR_SCENARIO_MERGE:
    case MR_SCENARIO_RESHARD:
        write_reshard(fault, out);
        return;
    case MR_SCENARIO_JUMP:
        append_key(out, "clock");
        mr_strbuf_append_text(out, fault->jump_us < 0 ? "{jump: -" : "{jump: ");
        mr_duration_write(out, fault->jump_us < 0 ? -fault->jump_us : fault->jump_us);
        mr_strbuf_append_char(out, '}');
        return;
    case MR_SCENARIO_KILL:
    case MR_SCENARIO_KILL_FLUSH:
    case MR_SCENARIO_KILL_WRITE:
        append_key(out, "kill");
        mr_strbuf_append_text(out, fault->kind == MR_SCENARIO_KILL         ? "now"
                                   : fault->kind == MR_SCENARIO_KILL_FLUSH ? "flush"
                                   : fault->in_turn                        ? "each-write"
                                                                           : "write");
        return;
    case MR_SCENARIO_RATE:
    case MR_SCENARIO_PAUSE:
        write_input(fault, out);
        return;
    case MR_SCENARIO_FAULT_KIND_COUNT:
        break;
    }
    MR_ASSERT(false);
}

void mr_scenario_fault_write(const mr_scenario *scenario, const mr_scenario_fault *fault,
                             mr_strbuf *out)
{
    (void)scenario; /* names stand in the fault; an input goes by its number */
    mr_strbuf_append_char(out, '{');
    write_when(fault, out);
    write_what(fault, out);
    mr_strbuf_append_char(out, '}');
}
