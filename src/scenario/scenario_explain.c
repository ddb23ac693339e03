/* scenario_explain.c - see scenario_report.h: faults and expectations in words. */
#include "src/scenario/scenario_report.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/scenario/expectations.h"
#include "src/scenario/scenario_reader.h"

#include <inttypes.h>

/* ---- when ---- */

static bool is_at_once(mr_scenario_fault_kind kind)
{
    return kind == MR_SCENARIO_SPLIT || kind == MR_SCENARIO_MERGE || kind == MR_SCENARIO_RESHARD ||
           kind == MR_SCENARIO_JUMP || kind == MR_SCENARIO_KILL;
}

static void append_span(const mr_scenario_fault *fault, mr_strbuf *out)
{
    if (is_at_once(fault->kind)) {
        mr_strbuf_append_text(out, fault->at_us == 0 ? "at the start" : "at ");
    } else if (fault->at_us == 0) {
        mr_strbuf_append_text(out, fault->for_us == 0 ? "all the time" : "for the first ");
    } else {
        mr_strbuf_append_text(out, "from ");
    }
    if (fault->at_us != 0) {
        mr_duration_write(out, fault->at_us);
    }
    if (fault->for_us != 0) {
        mr_strbuf_append_text(out, fault->at_us == 0 ? "" : " to ");
        mr_duration_write(out, fault->at_us + fault->for_us);
    } else if (fault->at_us != 0 && !is_at_once(fault->kind)) {
        mr_strbuf_append_text(out, " on");
    }
}

/* "1st", "12th", "23rd". */
static void append_ordinal(uint64_t number, mr_strbuf *out)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    uint64_t last = number % 10;
    bool is_teen = number / 10 % 10 == 1;
    mr_strbuf_appendf(out, "%" PRIu64 "%s", number, is_teen || last > 3 ? "th" : endings[last]);
}

static void append_times(const mr_scenario_fault *fault, mr_strbuf *out)
{
    bool is_one = fault->every <= 1 && fault->first > 0 && fault->most == 1;
    bool by_every = fault->every > 1;
    if (by_every) {
        mr_strbuf_append_text(out, ", every ");
        append_ordinal(fault->every, out);
        mr_strbuf_append_text(out, " time");
    }
    if (fault->first > 1 || is_one) {
        if (fault->first != fault->every) {
            mr_strbuf_append_text(out, by_every ? " from the " : is_one ? ", the " : ", from the ");
            append_ordinal(fault->first, out);
            mr_strbuf_append_text(out, by_every ? " on" : is_one ? " time" : " time on");
        }
    }
    if (fault->most > 0 && !is_one) {
        mr_strbuf_appendf(out, ", at most %" PRIu64 " time%s", fault->most,
                          fault->most == 1 ? "" : "s");
    }
    if (fault->probability > 0 && fault->probability < 1) {
        mr_strbuf_append_text(out, ", with a chance of ");
        mr_json_append_double(out, fault->probability);
    }
}

/* ---- what ---- */

static void append_target(const mr_scenario_fault *fault, const char *what, mr_strbuf *out)
{
    mr_rule_target target = mr_rule_target_of(fault);
    bool is_shard = strcmp(what, "shard") == 0 || strcmp(what, "poison") == 0;
    bool is_store = strcmp(what, "store") == 0;
    if (strcmp(what, "lambda") == 0) {
        mr_strbuf_append_text(out, target.owner.len == 0 ? "every function" : "function ");
        mr_strbuf_append_bytes(out, target.owner);
        return;
    }
    if (is_shard || is_store) {
        mr_strbuf_append_text(out, target.part.len > 0 ? ""
                                   : is_shard          ? "every shard"
                                                       : "every object");
        mr_strbuf_append_bytes(out, target.part);
        mr_strbuf_append_text(out, target.owner.len == 0 ? "" : is_shard ? " of " : " in ");
    }
    mr_strbuf_append_bytes(out, target.owner);
}

static void append_rule(const mr_scenario_fault *fault, mr_strbuf *out)
{
    const mr_rule_word *word = mr_rule_word_of(fault->rule_kind);
    MR_ASSERT(word != NULL); /* every kind has a word: scenario_test.c */
    for (const char *c = word->says; *c != '\0'; c++) {
        if (*c == '$') {
            append_target(fault, word->what, out);
        } else if (*c == '#') {
            mr_duration_write(out, fault->delay_us);
        } else if (*c == '%' && fault->text != NULL) {
            mr_strbuf_append_char(out, ' ');
            mr_json_append_string(out, mr_bytes_of(fault->text));
        } else if (*c != '%') {
            mr_strbuf_append_char(out, *c);
        }
    }
}

static void append_input(const mr_scenario *scenario, const mr_scenario_fault *fault,
                         mr_strbuf *out)
{
    mr_strbuf_appendf(out, "input %zu, to %s, ", fault->input + 1,
                      scenario->inputs[fault->input].stream);
    if (fault->kind == MR_SCENARIO_PAUSE) {
        mr_strbuf_append_text(out, "pauses");
    } else if (fault->rate > 0) {
        mr_strbuf_append_text(out, "puts ");
        mr_json_append_double(out, fault->rate);
        mr_strbuf_append_text(out, " rows a second");
    } else {
        mr_strbuf_append_text(out, "puts rows as fast as the stream takes them");
    }
}

static void append_what(const mr_scenario *scenario, const mr_scenario_fault *fault, mr_strbuf *out)
{
    switch (fault->kind) {
    case MR_SCENARIO_RULE:
        append_rule(fault, out);
        return;
    case MR_SCENARIO_SPLIT:
        mr_strbuf_appendf(out, "shard %" PRIu32 " of %s is split", fault->shard, fault->stream);
        return;
    case MR_SCENARIO_MERGE:
        mr_strbuf_appendf(out, "shards %" PRIu32 " and %" PRIu32 " of %s are merged", fault->shard,
                          fault->other_shard, fault->stream);
        return;
    case MR_SCENARIO_RESHARD:
        mr_strbuf_appendf(out, "%s gets %" PRIu32 " open shard%s", fault->stream,
                          fault->shard_count, fault->shard_count == 1 ? "" : "s");
        return;
    case MR_SCENARIO_JUMP:
        mr_strbuf_appendf(out, "the clock jumps %s by ", fault->jump_us < 0 ? "back" : "forward");
        mr_duration_write(out, fault->jump_us < 0 ? -fault->jump_us : fault->jump_us);
        return;
    case MR_SCENARIO_KILL:
        mr_strbuf_append_text(out, "the process is killed");
        return;
    case MR_SCENARIO_KILL_FLUSH:
        mr_strbuf_append_text(out, "the process is killed at a flush of a buffer");
        return;
    case MR_SCENARIO_KILL_WRITE:
        mr_strbuf_append_text(out, fault->in_turn
                                       ? "the process is killed before each write in turn"
                                       : "the process is killed before a write");
        return;
    case MR_SCENARIO_RATE:
    case MR_SCENARIO_PAUSE:
        append_input(scenario, fault, out);
        return;
    case MR_SCENARIO_FAULT_KIND_COUNT:
        break;
    }
    MR_ASSERT(false);
}

void mr_scenario_fault_explain(const mr_scenario *scenario, const mr_scenario_fault *fault,
                               mr_strbuf *out)
{
    append_span(fault, out);
    mr_strbuf_append_text(out, ": ");
    append_what(scenario, fault, out);
    append_times(fault, out);
}

/* ---- expectations ---- */

/* ": at least 5", and behind another one ", bytes at most 10". name: "" for what needs none. */
static void append_test(mr_strbuf *out, const char **separator, const char *name,
                        const mr_number_test *test, bool is_duration)
{
    if (mr_scenario_tests(test)) {
        mr_strbuf_appendf(out, "%s%s%s", *separator, name, name[0] == '\0' ? "" : " ");
        mr_number_test_write(test, is_duration, out);
        *separator = ", ";
    }
}

static void append_sql(const mr_expect_sql *sql, mr_strbuf *out)
{
    switch (sql->test) {
    case MR_SQL_VALUE:
        if (sql->equals_null) {
            mr_strbuf_append_text(out, "NULL");
        } else if (sql->equals_text != NULL) {
            mr_json_append_string(out, mr_bytes_of(sql->equals_text));
        } else {
            mr_number_test_write(&sql->number, false, out);
        }
        return;
    case MR_SQL_ROWS:
        mr_strbuf_appendf(out, "%zu row%s of %zu column%s", sql->row_count,
                          sql->row_count == 1 ? "" : "s", sql->column_count,
                          sql->column_count == 1 ? "" : "s");
        return;
    case MR_SQL_EMPTY:
        mr_strbuf_append_text(out, "no rows");
        return;
    case MR_SQL_NOT_EMPTY:
        mr_strbuf_append_text(out, "some rows");
        return;
    case MR_SQL_MATCHES:
        mr_strbuf_append_text(out, "a text that matches ");
        mr_json_append_string(out, mr_bytes_of(sql->pattern));
        return;
    }
}

static void append_objects(const mr_expect_objects *objects, mr_strbuf *out)
{
    const char *separator = "";
    append_test(out, &separator, "", &objects->count, false);
    append_test(out, &separator, "bytes", &objects->bytes, false);
    append_test(out, &separator, "largest", &objects->largest, false);
    if (objects->pattern != NULL) {
        mr_strbuf_appendf(out, "%severy key matches ", separator);
        mr_json_append_string(out, mr_bytes_of(objects->pattern));
    }
}

static void append_latency(const mr_expect_latency *latency, mr_strbuf *out)
{
    const char *separator = "";
    append_test(out, &separator, "p50", &latency->p50, true);
    append_test(out, &separator, "p99", &latency->p99, true);
    append_test(out, &separator, "max", &latency->max, true);
}

static void append_buffers(const mr_expect_buffers *buffers, mr_strbuf *out)
{
    const char *separator = "";
    append_test(out, &separator, "size", &buffers->size, false);
    append_test(out, &separator, "interval", &buffers->interval, false);
    append_test(out, &separator, "drain", &buffers->drain, false);
    append_test(out, &separator, "largest", &buffers->largest, false);
    append_test(out, &separator, "longest", &buffers->longest, true);
}

void mr_scenario_expect_explain(const mr_expect *expect, mr_strbuf *out)
{
    mr_strbuf_appendf(out, "%s: ", expect->text);
    switch (expect->kind) {
    case MR_EXPECT_SQL:
        append_sql(&expect->as.sql, out);
        return;
    case MR_EXPECT_OBJECTS:
        append_objects(&expect->as.objects, out);
        return;
    case MR_EXPECT_LATENCY:
        append_latency(&expect->as.latency, out);
        return;
    case MR_EXPECT_BUFFERS:
        append_buffers(&expect->as.buffers, out);
        return;
    case MR_EXPECT_EVENTS:
        mr_number_test_write(&expect->as.events.count, false, out);
        return;
    case MR_EXPECT_LOST:
    case MR_EXPECT_DUPLICATED:
    case MR_EXPECT_REORDERED:
        mr_number_test_write(&expect->as.records, false, out);
        return;
    case MR_EXPECT_ERRORS:
        mr_number_test_write(&expect->as.errors.count, false, out);
        return;
    case MR_EXPECT_SAME_AS:
        mr_strbuf_appendf(out, "%s/%s, byte for byte",
                          expect->as.same_as.bucket == NULL ? "*" : expect->as.same_as.bucket,
                          expect->as.same_as.prefix == NULL ? "" : expect->as.same_as.prefix);
        return;
    case MR_EXPECT_KIND_COUNT:
        break;
    }
    MR_ASSERT(false);
}
