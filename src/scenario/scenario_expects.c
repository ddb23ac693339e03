/* scenario_expects.c - `expect`: what is so at the end. */
#include "src/scenario/scenario_reader.h"

#include "sim/base/fs.h"
#include "src/config/document.h"
#include "src/config/value.h"
#include "src/platform/platform.h"

#define SHOWN_BYTES_MAX 200 /* of an expectation's text, as it is reported */

/* ---- sql ---- */

static const char *const sql_tests[] = {"equals", "at-least", "at-most", "between",
                                        "rows",   "empty",    "matches"};

/* A whole number that a double may not tell from its neighbour is compared as text. */
static bool read_equals(mr_scenario_reader *reader, const mr_node *node, mr_expect_sql *sql)
{
    double number;
    if (node->kind == MR_NODE_NULL) {
        sql->equals_null = true;
        return true;
    }
    if (node->kind != MR_NODE_TEXT) {
        if (node->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, node,
                              "equals must be one value; `rows` compares a whole result");
        }
        return false;
    }
    if (node->plain && mr_value_double(node, &number) && number < (double)MR_EXACT_DOUBLE_END &&
        number > -(double)MR_EXACT_DOUBLE_END) {
        sql->number = (mr_number_test){.has_equals = true, .equals = number};
    } else {
        sql->equals_text = node->text;
    }
    return true;
}

/* Whether all of the list are rows of one width, at least 1; before memory is taken for them. */
static bool check_rows(mr_scenario_reader *reader, const mr_node *list)
{
    const mr_node *bad = list->kind == MR_NODE_LIST ? NULL : list;
    for (size_t i = 0; bad == NULL && i < list->count; i++) {
        const mr_node *row = list->items[i];
        if (row->kind != MR_NODE_LIST || row->count == 0 || row->count != list->items[0]->count) {
            bad = row;
        }
    }
    if (bad != NULL && bad->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(reader->findings, bad,
                          "rows is a list of rows, each a list of as many values: "
                          "[[north, 3], [south, 5]]");
    }
    return bad == NULL;
}

static bool read_cells(mr_scenario_reader *reader, const mr_node *row, const char **cells)
{
    for (size_t i = 0; i < row->count; i++) {
        const mr_node *cell = row->items[i];
        if (cell->kind != MR_NODE_TEXT && cell->kind != MR_NODE_NULL) {
            if (cell->kind != MR_NODE_UNKNOWN) {
                mr_findings_error(reader->findings, cell, "rows: a cell is one value, or null");
            }
            return false;
        }
        cells[i] = cell->kind == MR_NODE_NULL ? NULL : cell->text;
    }
    return true;
}

static bool read_rows(mr_scenario_reader *reader, const mr_node *list, mr_expect_sql *sql)
{
    if (!check_rows(reader, list)) {
        return false;
    }
    sql->test = list->count == 0 ? MR_SQL_EMPTY : MR_SQL_ROWS;
    sql->row_count = list->count;
    sql->column_count = list->count == 0 ? 0 : list->items[0]->count;
    const char **cells =
        mr_arena_alloc(reader->arena, sql->row_count * sql->column_count * sizeof(*cells));
    sql->cells = cells;
    bool ok = true;
    for (size_t i = 0; i < list->count; i++) {
        ok = read_cells(reader, list->items[i], cells + i * sql->column_count) && ok;
    }
    return ok;
}

static bool read_sql_test(mr_scenario_reader *reader, const mr_node *map, const char *key,
                          mr_expect_sql *sql)
{
    const mr_node *node = mr_node_get(map, key);
    bool is_empty;
    if (strcmp(key, "equals") == 0) {
        return read_equals(reader, node, sql);
    }
    if (strcmp(key, "rows") == 0) {
        return read_rows(reader, node, sql);
    }
    if (strcmp(key, "empty") == 0) {
        bool ok = mr_scenario_bool(reader, node, key, &is_empty);
        sql->test = ok && is_empty ? MR_SQL_EMPTY : MR_SQL_NOT_EMPTY;
        return ok;
    }
    if (strcmp(key, "matches") == 0) {
        sql->test = MR_SQL_MATCHES;
        return mr_scenario_pattern(reader, node, key, &sql->pattern);
    }
    return mr_scenario_bounds(reader, map, MR_UNIT_ANY, &sql->number);
}

/* On one line, cut where it is long. */
static const char *shown(mr_scenario_reader *reader, const char *what, const char *text)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool blank = false;
    mr_strbuf_appendf(&out, "%s: ", what);
    for (const char *c = text; *c != '\0' && out.len < SHOWN_BYTES_MAX; c++) {
        bool is_blank = (unsigned char)*c <= ' ';
        if (!is_blank || !blank) {
            mr_strbuf_append(&out, is_blank ? " " : c, 1);
        }
        blank = is_blank;
    }
    if (out.len >= SHOWN_BYTES_MAX) {
        /* not in the middle of a character */
        while ((out.at[out.len - 1] & 0xC0) == 0x80) {
            out.len--;
        }
        out.len--;
        mr_strbuf_append_text(&out, "...");
    }
    mr_bytes trimmed = mr_bytes_trim(mr_strbuf_bytes(&out));
    const char *copy = mr_arena_copy(reader->arena, trimmed);
    mr_strbuf_deinit(&out);
    return copy;
}

static bool read_sql(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_sql *sql = &expect->as.sql;
    bool ok = mr_scenario_text(reader, mr_node_get(map, "sql"), "sql", &sql->sql);
    ok = mr_scenario_optional_text(reader, map, "database", &sql->database) && ok;
    size_t found =
        mr_scenario_one_of(reader, map, sql_tests, MR_COUNT(sql_tests),
                           "sql says what its result is, with one of", "say one thing of a result");
    if (ok) {
        expect->text = shown(reader, "sql", sql->sql);
    }
    return found != MR_SCENARIO_NO_WORD && read_sql_test(reader, map, sql_tests[found], sql) && ok;
}

/* ---- objects, latency, buffers ---- */

/* Whether one of these tests asks for anything; says so at the map when none does. */
static bool need_tests(mr_scenario_reader *reader, const mr_node *map,
                       const mr_number_test *const *tests, size_t count, const char *what)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = any || mr_scenario_tests(tests[i]);
    }
    if (!any) {
        mr_findings_error(reader->findings, map, "nothing is expected here: give %s", what);
    }
    return any;
}

static bool read_objects(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_objects *objects = &expect->as.objects;
    const mr_node *pattern = mr_node_get(map, "name");
    bool ok = mr_scenario_name(reader, map, "bucket", MR_PLAN_BUCKET, false, &objects->bucket);
    ok = mr_scenario_optional_text(reader, map, "prefix", &objects->prefix) && ok;
    ok = (pattern == NULL || mr_scenario_pattern(reader, pattern, "name", &objects->pattern)) && ok;
    ok = mr_scenario_test(reader, map, "bytes", MR_UNIT_BYTES, false, &objects->bytes) && ok;
    ok = mr_scenario_test(reader, map, "largest", MR_UNIT_BYTES, false, &objects->largest) && ok;
    ok = mr_scenario_bounds(reader, map, MR_UNIT_COUNT, &objects->count) && ok;
    if (ok && mr_node_get(map, "count") != NULL && mr_scenario_tests(&objects->count)) {
        mr_findings_error(reader->findings, mr_node_get(map, "count"),
                          "count: the number of objects is bounded twice");
        return false;
    }
    ok = mr_scenario_test(reader, map, "count", MR_UNIT_COUNT, false, &objects->count) && ok;
    expect->text = mr_arena_format(reader->arena, "objects: %s/%s",
                                   objects->bucket == NULL ? "*" : objects->bucket,
                                   objects->prefix == NULL ? "" : objects->prefix);
    const mr_number_test *const tests[] = {&objects->count, &objects->bytes, &objects->largest};
    return ok && (objects->pattern != NULL ||
                  need_tests(reader, map, tests, MR_COUNT(tests),
                             "equals, at-least, at-most, between, bytes, largest or name"));
}

/* "latency", "latency: hose". */
static const char *text_of(mr_scenario_reader *reader, const char *what, const char *first,
                           const char *second)
{
    return mr_arena_format(reader->arena, "%s%s%s%s%s", what,
                           first == NULL && second == NULL ? "" : ":", first == NULL ? "" : " ",
                           first == NULL ? "" : first,
                           second == NULL ? "" : mr_arena_format(reader->arena, " %s", second));
}

static bool read_latency(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_latency *latency = &expect->as.latency;
    bool ok =
        mr_scenario_name(reader, map, "delivery", MR_PLAN_DELIVERY, false, &latency->delivery);
    ok = mr_scenario_test(reader, map, "p50", MR_UNIT_DURATION, true, &latency->p50) && ok;
    ok = mr_scenario_test(reader, map, "p99", MR_UNIT_DURATION, true, &latency->p99) && ok;
    ok = mr_scenario_test(reader, map, "max", MR_UNIT_DURATION, true, &latency->max) && ok;
    expect->text = text_of(reader, "latency", latency->delivery, NULL);
    const mr_number_test *const tests[] = {&latency->p50, &latency->p99, &latency->max};
    return ok && need_tests(reader, map, tests, MR_COUNT(tests), "p50, p99 or max");
}

static bool read_sink(mr_scenario_reader *reader, const mr_node *map, const char **out)
{
    static const char *const sinks[] = {"main", "error", "backup", "lambda"};
    if (!mr_scenario_optional_text(reader, map, "sink", out)) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(sinks); i++) {
        if (*out == NULL || strcmp(*out, sinks[i]) == 0) {
            return true;
        }
    }
    mr_findings_error(reader->findings, mr_node_get(map, "sink"),
                      "sink: '%s' is not main, error, backup or lambda%s", *out,
                      mr_findings_hint(reader->findings, *out, sinks, MR_COUNT(sinks)));
    return false;
}

static bool read_buffers(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_buffers *buffers = &expect->as.buffers;
    bool ok =
        mr_scenario_name(reader, map, "delivery", MR_PLAN_DELIVERY, false, &buffers->delivery);
    ok = read_sink(reader, map, &buffers->sink) && ok;
    ok = mr_scenario_test(reader, map, "size", MR_UNIT_COUNT, false, &buffers->size) && ok;
    ok = mr_scenario_test(reader, map, "interval", MR_UNIT_COUNT, false, &buffers->interval) && ok;
    ok = mr_scenario_test(reader, map, "drain", MR_UNIT_COUNT, false, &buffers->drain) && ok;
    ok = mr_scenario_test(reader, map, "largest", MR_UNIT_BYTES, false, &buffers->largest) && ok;
    ok = mr_scenario_test(reader, map, "longest", MR_UNIT_DURATION, true, &buffers->longest) && ok;
    expect->text = text_of(reader, "buffers", buffers->delivery, buffers->sink);
    const mr_number_test *const tests[] = {&buffers->size, &buffers->interval, &buffers->drain,
                                           &buffers->largest, &buffers->longest};
    return ok && need_tests(reader, map, tests, MR_COUNT(tests),
                            "size, interval, drain, largest or longest");
}

/* ---- events ---- */

static bool read_event_type(mr_scenario_reader *reader, const mr_node *map, mr_event_type *out)
{
    const char *word = mr_document_need_text(reader->findings, map, "type");
    if (word == NULL) {
        return false;
    }
    *out = mr_event_type_of(word);
    if (*out != MR_EVENT_TYPE_COUNT) {
        return true;
    }
    const char *names[MR_EVENT_TYPE_COUNT];
    for (mr_event_type type = 0; type < MR_EVENT_TYPE_COUNT; type++) {
        names[type] = mr_event_type_name(type);
    }
    mr_findings_error(reader->findings, mr_node_get(map, "type"), "type: there is no event %s%s",
                      word, mr_findings_hint(reader->findings, word, names, MR_COUNT(names)));
    return false;
}

static bool read_member(mr_scenario_reader *reader, const char *name, const mr_node *value,
                        mr_event_member *out)
{
    const char *names[64];
    size_t count = 0;
    bool known = false;
    for (; mr_event_member_name(count) != NULL; count++) {
        MR_ASSERT(count < MR_COUNT(names));
        names[count] = mr_event_member_name(count);
        known = known || strcmp(name, names[count]) == 0;
    }
    if (!known) {
        mr_findings_error(reader->findings, value, "where: an event has no member %s%s", name,
                          mr_findings_hint(reader->findings, name, names, count));
        return false;
    }
    out->name = name;
    return mr_scenario_text(reader, value, name, &out->value);
}

static bool read_where(mr_scenario_reader *reader, const mr_node *map, mr_expect_events *events)
{
    if (map->kind != MR_NODE_MAP) {
        if (map->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, map,
                              "where is a map of members and values such as {reason: size}");
        }
        return false;
    }
    mr_event_member *where = mr_arena_alloc(reader->arena, map->count * sizeof(*where));
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        ok = read_member(reader, map->keys[i], map->items[i], &where[i]) && ok;
    }
    events->where = where;
    events->where_count = map->count;
    return ok;
}

static const char *events_text(mr_scenario_reader *reader, const mr_expect_events *events)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&out, mr_event_type_name(events->type));
    for (size_t i = 0; i < events->where_count; i++) {
        mr_strbuf_appendf(&out, "%s%s %s", i == 0 ? " with " : ", ", events->where[i].name,
                          events->where[i].value);
    }
    const char *text = shown(reader, "events", mr_strbuf_text(&out));
    mr_strbuf_deinit(&out);
    return text;
}

bool mr_scenario_read_event(mr_scenario_reader *reader, const mr_node *map, mr_expect_events *out)
{
    const mr_node *where = mr_node_get(map, "where");
    bool ok = read_event_type(reader, map, &out->type);
    return (where == NULL || read_where(reader, where, out)) && ok;
}

static bool read_events(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_events *events = &expect->as.events;
    bool ok = mr_scenario_read_event(reader, map, events);
    ok = mr_scenario_bounds(reader, map, MR_UNIT_COUNT, &events->count) && ok;
    if (!ok) {
        return false;
    }
    if (!mr_scenario_tests(&events->count)) {
        events->count = (mr_number_test){.has_least = true, .least = 1};
    }
    expect->text = events_text(reader, events);
    return true;
}

/* ---- records, errors, folders ---- */

/* map: the expectation, whose key is lost, duplicated or reordered. */
static bool read_records(mr_scenario_reader *reader, const mr_node *map, const char *key,
                         mr_expect *expect)
{
    expect->text = key;
    return mr_scenario_test(reader, map, key, MR_UNIT_COUNT, false, &expect->as.records);
}

static bool read_errors(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_errors *errors = &expect->as.errors;
    const mr_node *node = mr_node_get(map, "errors");
    expect->text = "errors";
    if (node->kind != MR_NODE_MAP) {
        return mr_scenario_test(reader, map, "errors", MR_UNIT_COUNT, false, &errors->count);
    }
    bool ok = mr_scenario_map(reader, node, MR_LEVEL_ERRORS, "errors");
    ok = mr_scenario_name(reader, node, "delivery", MR_PLAN_DELIVERY, false, &errors->delivery) &&
         ok;
    ok = mr_scenario_optional_text(reader, node, "code", &errors->code) && ok;
    ok = mr_scenario_bounds(reader, node, MR_UNIT_COUNT, &errors->count) && ok;
    expect->text = text_of(reader, "errors", errors->delivery, errors->code);
    const mr_number_test *const tests[] = {&errors->count};
    return ok && need_tests(reader, node, tests, 1, "equals, at-least, at-most or between");
}

static bool read_same_as(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    mr_expect_same_as *same_as = &expect->as.same_as;
    const mr_node *node = mr_node_get(map, "same-as");
    bool ok = true;
    if (node->kind == MR_NODE_MAP) {
        ok = mr_scenario_map(reader, node, MR_LEVEL_SAME_AS, "same-as");
        ok =
            mr_scenario_name(reader, node, "bucket", MR_PLAN_BUCKET, false, &same_as->bucket) && ok;
        ok = mr_scenario_optional_text(reader, node, "prefix", &same_as->prefix) && ok;
    }
    const char *folder =
        node->kind == MR_NODE_MAP ? mr_document_need_text(reader->findings, node, "folder") : NULL;
    if (node->kind != MR_NODE_MAP && !mr_scenario_text(reader, node, "same-as", &folder)) {
        return false;
    }
    if (folder == NULL) {
        return false;
    }
    same_as->directory = mr_document_path(reader->arena, reader->folder, folder);
    expect->text = shown(reader, "same-as", folder);
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    if (fs->stat(fs, same_as->directory, &info, NULL) != MR_OK) {
        mr_findings_warn(reader->findings, node,
                         "same-as: there is no folder %s yet; `millrace test --update` writes it",
                         same_as->directory);
    } else if (!info.is_directory) {
        mr_findings_error(reader->findings, node, "same-as: %s is no folder", same_as->directory);
        return false;
    }
    return ok;
}

/* ---- all of them ---- */

/* In the order of mr_expect_kind. */
static const char *const kinds[MR_EXPECT_KIND_COUNT] = {
    [MR_EXPECT_SQL] = "sql",
    [MR_EXPECT_OBJECTS] = "objects",
    [MR_EXPECT_LATENCY] = "latency",
    [MR_EXPECT_BUFFERS] = "buffers",
    [MR_EXPECT_EVENTS] = "events",
    [MR_EXPECT_LOST] = "lost",
    [MR_EXPECT_DUPLICATED] = "duplicated",
    [MR_EXPECT_REORDERED] = "reordered",
    [MR_EXPECT_ERRORS] = "errors",
    [MR_EXPECT_SAME_AS] = "same-as",
};

/* Only sql has others beside it. */
static bool check_alone(mr_scenario_reader *reader, const mr_node *map, const char *what)
{
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->keys[i], what) != 0) {
            mr_findings_error(reader->findings, map->items[i],
                              "%s stands beside sql alone; of %s it is said inside: %s: {...}",
                              map->keys[i], what, what);
            ok = false;
        }
    }
    return ok;
}

static bool read_kind(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    const mr_node *value = mr_node_get(map, kinds[expect->kind]);
    switch (expect->kind) {
    case MR_EXPECT_SQL:
        return read_sql(reader, map, expect);
    case MR_EXPECT_OBJECTS:
        return mr_scenario_map(reader, value, MR_LEVEL_OBJECTS, "objects") &&
               read_objects(reader, value, expect);
    case MR_EXPECT_LATENCY:
        return mr_scenario_map(reader, value, MR_LEVEL_LATENCY, "latency") &&
               read_latency(reader, value, expect);
    case MR_EXPECT_BUFFERS:
        return mr_scenario_map(reader, value, MR_LEVEL_BUFFERS, "buffers") &&
               read_buffers(reader, value, expect);
    case MR_EXPECT_EVENTS:
        return mr_scenario_map(reader, value, MR_LEVEL_EVENTS, "events") &&
               read_events(reader, value, expect);
    case MR_EXPECT_ERRORS:
        return read_errors(reader, map, expect);
    case MR_EXPECT_SAME_AS:
        return read_same_as(reader, map, expect);
    default:
        return read_records(reader, map, kinds[expect->kind], expect);
    }
}

static bool read_expect(mr_scenario_reader *reader, const mr_node *map, mr_expect *expect)
{
    if (!mr_scenario_map(reader, map, MR_LEVEL_EXPECT, "an expectation")) {
        return false;
    }
    size_t found = mr_scenario_one_of(reader, map, kinds, MR_COUNT(kinds),
                                      "an expectation says of what, with one of",
                                      "make each an expectation of its own");
    if (found == MR_SCENARIO_NO_WORD) {
        return false;
    }
    memset(expect, 0, sizeof(*expect)); /* all of the union, whichever member is read */
    expect->kind = (mr_expect_kind)found;
    expect->line = map->line;
    bool ok = expect->kind == MR_EXPECT_SQL || check_alone(reader, map, kinds[found]);
    return read_kind(reader, map, expect) && ok;
}

void mr_scenario_read_expects(mr_scenario_reader *reader, const mr_node *list)
{
    mr_expect *expects = NULL;
    size_t count = 0;
    if (list->kind != MR_NODE_LIST) {
        if (list->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, list, "expect is a list of maps such as {lost: 0}");
        }
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        mr_expect expect;
        if (read_expect(reader, list->items[i], &expect)) {
            MR_ARENA_PUSH(reader->arena, expects, count, expect);
        }
    }
    reader->scenario->expects = expects;
    reader->scenario->expect_count = count;
}
