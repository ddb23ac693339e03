/* page_facts.c - the pages that show one answer of the API and little else: catalog, queries,
 * events, time, faults, lessons. */
#include "src/web/page_views.h"

#include "src/web/clock_view.h"
#include "src/web/event_feed.h"
#include "src/web/web_private.h"

#define EVENTS 100 /* on a page */

static const mr_page_column table_columns[] = {
    {"Table", "name", MR_PAGE_PLAIN, NULL},
    {"Location", "location", MR_PAGE_PLAIN, NULL},
    {"Format", "format", MR_PAGE_PLAIN, NULL},
    {"Columns", "columns", MR_PAGE_PLAIN, NULL},
    {"Partition keys", "partition_keys", MR_PAGE_PLAIN, NULL},
    {"Partitions", "partitions", MR_PAGE_PLAIN, NULL}};
static const mr_page_column saved_columns[] = {{"Name", "name", MR_PAGE_PLAIN, NULL},
                                               {"Statement", "sql", MR_PAGE_PLAIN, NULL}};
static const mr_page_column history_columns[] = {
    {"Number", "id", MR_PAGE_PLAIN, NULL},
    {"Statement", "sql", MR_PAGE_PLAIN, NULL},
    {"State", "state", MR_PAGE_PLAIN, NULL},
    {"Rows", "rows", MR_PAGE_PLAIN, NULL},
    {"Bytes scanned", "bytes_scanned", MR_PAGE_PLAIN, NULL},
    {"Asked at", "time_us", MR_PAGE_TIME, NULL},
    {"Error", "error", MR_PAGE_PLAIN, NULL}};
static const mr_page_column query_columns[] = {
    {"Number", "id", MR_PAGE_PLAIN, NULL},
    {"Statement", "sql", MR_PAGE_PLAIN, NULL},
    {"State", "state", MR_PAGE_PLAIN, NULL},
    {"Rows", "row_count", MR_PAGE_PLAIN, NULL},
    {"Bytes scanned", "bytes_scanned", MR_PAGE_PLAIN, NULL},
    {"Took, microseconds", "duration_us", MR_PAGE_PLAIN, NULL}};
static const mr_page_table query_table = MR_PAGE_TABLE("The query", "", "", query_columns);
static const mr_page_table query_tables[] = {
    MR_PAGE_TABLE("Queries of the template", "saved", "The template has none.", saved_columns),
    MR_PAGE_TABLE("Queries that were asked", "history", "None yet.", history_columns)};

static const mr_page_column event_columns[] = {
    {"Number", "id", MR_PAGE_PLAIN, NULL},
    {"Time", "time", MR_PAGE_PLAIN, NULL},
    {"Event", "event", MR_PAGE_PLAIN, NULL},
    {"Stream", "stream", MR_PAGE_LINK, "shards"},
    {"Shard", "shard", MR_PAGE_PLAIN, NULL},
    {"Delivery stream", "delivery", MR_PAGE_LINK, "delivery"},
    {"Buffer", "sink", MR_PAGE_PLAIN, NULL},
    {"Function", "function", MR_PAGE_LINK, "transform"},
    {"Key", "key", MR_PAGE_PLAIN, NULL},
    {"Reason", "reason", MR_PAGE_PLAIN, NULL},
    {"Records", "records", MR_PAGE_PLAIN, NULL},
    {"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
    {"Message", "message", MR_PAGE_PLAIN, NULL}};
static const mr_page_table event_table =
    MR_PAGE_TABLE("The newest events", "events", "Nothing of it has happened yet.", event_columns);

static const mr_page_column clock_columns[] = {{"Now", "now", MR_PAGE_PLAIN, NULL},
                                               {"Mode", "mode", MR_PAGE_PLAIN, NULL},
                                               {"Speed", "speed", MR_PAGE_PLAIN, NULL},
                                               {"Paused", "paused", MR_PAGE_PLAIN, NULL},
                                               {"Begun", "start_us", MR_PAGE_TIME, NULL},
                                               {"Next due", "next_due_us", MR_PAGE_TIME, NULL},
                                               {"Next flush", "next_flush_us", MR_PAGE_TIME, NULL},
                                               {"Idle", "idle", MR_PAGE_PLAIN, NULL}};
static const mr_page_table clock_table = MR_PAGE_TABLE("The world's time", "", "", clock_columns);

static const mr_page_column fault_columns[] = {
    {"Number", "id", MR_PAGE_PLAIN, NULL},     {"Kind", "kind", MR_PAGE_PLAIN, NULL},
    {"Target", "target", MR_PAGE_PLAIN, NULL}, {"State", "state", MR_PAGE_PLAIN, NULL},
    {"Struck", "struck", MR_PAGE_PLAIN, NULL}, {"From", "from_us", MR_PAGE_TIME, NULL},
    {"Until", "until_us", MR_PAGE_TIME, NULL}};
static const mr_page_column kind_columns[] = {{"Kind", "kind", MR_PAGE_PLAIN, NULL},
                                              {"What it does", "about", MR_PAGE_PLAIN, NULL}};
static const mr_page_table fault_tables[] = {
    MR_PAGE_TABLE("Faults", "faults", "Nothing goes wrong on purpose.", fault_columns),
    MR_PAGE_TABLE("Kinds of faults", "kinds", "", kind_columns)};

static const mr_page_column lesson_columns[] = {{"Lesson", "name", MR_PAGE_LINK, "lessons"},
                                                {"Title", "title", MR_PAGE_PLAIN, NULL},
                                                {"State", "state", MR_PAGE_PLAIN, NULL},
                                                {"Goal", "goal", MR_PAGE_PLAIN, NULL}};
static const mr_page_column step_columns[] = {{"Step", "say", MR_PAGE_PLAIN, NULL},
                                              {"Done", "done", MR_PAGE_PLAIN, NULL}};
static const mr_page_table lesson_table =
    MR_PAGE_TABLE("Lessons", "lessons",
                  "There are none here. The sample has some: millrace serve "
                  "data/crimes/template.yaml.",
                  lesson_columns);
static const mr_page_table step_table = MR_PAGE_TABLE("Steps", "steps", "", step_columns);

/* The facts of one answer, in its tables. */
static void append_facts(mr_web *web, mr_page_write_fn write, const mr_page_table *tables,
                         size_t count, mr_strbuf *out)
{
    cJSON *facts = mr_page_facts(web, write, out);
    if (facts != NULL) {
        mr_page_append_tables(out, tables, count, facts);
        cJSON_Delete(facts);
    }
}

static void append_databases(mr_strbuf *out, const cJSON *databases)
{
    const cJSON *database;
    if (cJSON_GetArraySize(databases) == 0) {
        mr_page_paragraph(out, "There is no database yet: a template makes one.");
    }
    cJSON_ArrayForEach(database, databases)
    {
        const mr_page_table of_database = MR_PAGE_TABLE(
            mr_page_words(database, "name"), "tables", "The database has no table.", table_columns);
        mr_page_append_table(out, &of_database, mr_page_member(database, "tables"));
    }
}

void mr_page_catalog(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    (void)wish;
    mr_page_heading(out, "Catalog", NULL);
    cJSON *facts = mr_page_facts(web, mr_web_write_catalog, out);
    if (facts != NULL) {
        append_databases(out, mr_page_member(facts, "databases"));
        cJSON_Delete(facts);
    }
}

static void append_result(mr_strbuf *out, const cJSON *query)
{
    const char *error = mr_page_words(query, "error");
    mr_page_append_one(out, &query_table, query);
    if (error[0] != '\0') {
        mr_page_paragraph(out, error);
    }
    if (cJSON_IsTrue(mr_page_member(query, "forgotten"))) {
        mr_page_paragraph(out, "Its result is too old to be kept: ask again.");
    } else if (cJSON_GetArraySize(mr_page_member(query, "columns")) > 0) {
        mr_page_append_grid(out, "Result", mr_page_member(query, "columns"),
                            mr_page_member(query, "rows"));
    }
}

static void append_query(const mr_web *web, const char *id, mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    uint64_t number;
    if (!mr_bytes_to_uint64(mr_bytes_of(id), &number) || !mr_web_write_query(&json, web, number)) {
        mr_page_missing(out, "query", id);
    } else {
        cJSON *query = mr_page_read(&body, out);
        if (query != NULL) {
            append_result(out, query);
            cJSON_Delete(query);
        }
    }
    mr_strbuf_deinit(&body);
}

void mr_page_query(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_page_heading(out, "Query", NULL);
    mr_page_paragraph(out, "Without scripts, ask from a shell: millrace query 'SELECT ...'.");
    if (wish->id != NULL) {
        append_query(web, wish->id, out);
    }
    append_facts(web, mr_web_write_queries, query_tables, MR_COUNT(query_tables), out);
}

void mr_page_events(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_error err;
    uint64_t types;
    mr_page_heading(out, "Events", wish->type);
    if (mr_feed_types_parse(mr_bytes_of(wish->type == NULL ? "" : wish->type), &types, &err) !=
        MR_OK) {
        mr_page_paragraph(out, err.message);
        return;
    }
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_web_write_newest_events(&json, web, types, EVENTS);
    cJSON *facts = mr_page_read(&body, out);
    if (facts != NULL) {
        mr_page_append_table(out, &event_table, mr_page_member(facts, "events"));
        cJSON_Delete(facts);
    }
    mr_strbuf_deinit(&body);
}

void mr_page_time(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    (void)wish;
    mr_page_heading(out, "Time", NULL);
    cJSON *clock = mr_page_facts(web, mr_clock_view_write, out);
    if (clock != NULL) {
        cJSON *one = cJSON_CreateArray();
        cJSON_AddItemToArray(one, clock);
        mr_page_append_table(out, &clock_table, one);
        cJSON_Delete(one);
    }
    mr_page_paragraph(out, "Without scripts, drive it from a shell: millrace clock pause, millrace "
                           "clock advance 5m.");
}

void mr_page_faults(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    (void)wish;
    mr_page_heading(out, "Faults", NULL);
    mr_page_paragraph(out, "Without scripts, inject them from a shell: millrace fault add "
                           "KIND:TARGET.");
    append_facts(web, mr_web_write_faults, fault_tables, MR_COUNT(fault_tables), out);
}

static void append_lessons(mr_strbuf *out, const char *name, const cJSON *all)
{
    const cJSON *lesson = name == NULL ? NULL : mr_page_named(all, name);
    if (lesson != NULL) {
        mr_page_paragraph(out, mr_page_words(lesson, "title"));
        mr_page_paragraph(out, mr_page_words(lesson, "prose"));
        mr_page_paragraph(out, mr_page_words(lesson, "goal"));
        mr_page_append_table(out, &step_table, mr_page_member(lesson, "steps"));
    } else if (name != NULL) {
        mr_page_missing(out, "lesson", name);
    }
    mr_page_append_table(out, &lesson_table, all);
}

void mr_page_lessons(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_page_heading(out, "Lessons", wish->segments[0]);
    mr_web_write_lessons(&json, web); /* which makes them the first time: no mr_page_write_fn */
    cJSON *facts = mr_page_read(&body, out);
    if (facts != NULL) {
        append_lessons(out, wish->segments[0], mr_page_member(facts, "lessons"));
        cJSON_Delete(facts);
    }
    mr_strbuf_deinit(&body);
}
