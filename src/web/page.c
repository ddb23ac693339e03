/* page.c - see page.h. A view is a row: its name, how its JSON is written, and its tables. */
#include "src/web/page.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/aws/uri.h"
#include "src/web/clock_view.h"
#include "src/web/html.h"
#include "src/web/record_view.h"
#include "src/web/state_view.h"
#include "src/web/web_private.h"

#include <math.h>
#include <string.h>

#define SOURCE_BYTES_MAX (32 * MR_MIB)
#define SEGMENTS_MAX     3  /* of a view's path, behind its name */
#define RECORDS          25 /* on a page */
#define EVENTS           100
#define PREVIEW_LINES    50
#define BASE             "/_millrace/console/"

/* What is asked for: "shards/clicks?x=1" is the view shards of clicks. Texts are owned. */
typedef struct wish {
    char *segments[SEGMENTS_MAX]; /* decoded; NULL: none. Of objects the last has the slashes */
    char *key, *from;             /* of the query; NULL: absent */
} wish;

/* ---- HTML ---- */

static void text(mr_strbuf *out, const char *words)
{
    mr_html_text(out, mr_bytes_of(words));
}

/* <a href="/_millrace/console/VIEW/SEGMENT">words</a>; segment NULL: none. */
static void link_to(mr_strbuf *out, const char *view, const char *segment, const char *words)
{
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&address, BASE "%s", view);
    if (segment != NULL) {
        mr_strbuf_append_char(&address, '/');
        mr_uri_encode(&address, mr_bytes_of(segment), true);
    }
    mr_strbuf_append_text(out, "<a href=\"");
    mr_html_text(out, mr_strbuf_bytes(&address));
    mr_strbuf_append_text(out, "\">");
    text(out, words);
    mr_strbuf_append_text(out, "</a>");
    mr_strbuf_deinit(&address);
}

static void heading(mr_strbuf *out, const char *words, const char *of)
{
    mr_strbuf_append_text(out, "<h1>");
    text(out, words);
    if (of != NULL) {
        mr_strbuf_append_text(out, ": ");
        text(out, of);
    }
    mr_strbuf_append_text(out, "</h1>\n");
}

static void paragraph(mr_strbuf *out, const char *words)
{
    mr_strbuf_append_text(out, "<p>");
    text(out, words);
    mr_strbuf_append_text(out, "</p>\n");
}

/* ---- values ---- */

typedef enum column_kind {
    COLUMN_PLAIN,
    COLUMN_TIME, /* microseconds since the epoch */
    COLUMN_LINK  /* to `view`, of this row's value */
} column_kind;

typedef struct column {
    const char *header;
    const char *path; /* of the member in a row's object: "counts.read" */
    column_kind kind;
    const char *view; /* of COLUMN_LINK */
} column;

/* The member of a dotted path; NULL: absent. "" is the object itself. */
static const cJSON *member_at(const cJSON *object, const char *path)
{
    mr_bytes rest = mr_bytes_of(path);
    while (object != NULL && rest.len > 0) {
        const size_t end = mr_bytes_find(rest, '.');
        char *name = mr_strndup(rest.at, end);
        object = cJSON_GetObjectItemCaseSensitive(object, name);
        mr_free(name);
        const size_t skip = mr_min_size(end + 1, rest.len);
        rest = mr_bytes_make(rest.at + skip, rest.len - skip);
    }
    return object;
}

static void append_number(mr_strbuf *out, double number)
{
    if (number == floor(number) && fabs(number) < 9e15) {
        mr_strbuf_append_int64(out, (int64_t)number);
    } else {
        mr_strbuf_appendf(out, "%.1f", number);
    }
}

static void append_time(mr_strbuf *out, double time_us)
{
    char iso[MR_ISO_SIZE];
    mr_iso_format((int64_t)time_us, iso);
    mr_strbuf_appendf(out, "<time>%s</time>", iso);
}

static void append_array(mr_strbuf *out, const cJSON *array)
{
    const cJSON *item;
    bool is_first = true;
    cJSON_ArrayForEach(item, array)
    {
        const cJSON *name = cJSON_IsObject(item) ? member_at(item, "name") : item;
        mr_strbuf_append_text(out, is_first ? "" : ", ");
        text(out, cJSON_IsString(name) ? name->valuestring : "?");
        is_first = false;
    }
}

static void append_value(mr_strbuf *out, const column *c, const cJSON *value)
{
    if (value == NULL || cJSON_IsNull(value)) {
        mr_strbuf_append_text(out, "&ndash;");
    } else if (cJSON_IsString(value) && c->kind == COLUMN_LINK) {
        link_to(out, c->view, value->valuestring, value->valuestring);
    } else if (cJSON_IsString(value)) {
        text(out, value->valuestring);
    } else if (cJSON_IsNumber(value) && c->kind == COLUMN_TIME) {
        append_time(out, value->valuedouble);
    } else if (cJSON_IsNumber(value)) {
        append_number(out, value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        mr_strbuf_append_text(out, cJSON_IsTrue(value) ? "yes" : "no");
    } else {
        append_array(out, value);
    }
}

/* ---- tables ---- */

typedef struct table {
    const char *caption;
    const char *rows; /* path of the list; "*.shards": those of every object of the list */
    const char *empty;
    const column *columns;
    size_t column_count;
} table;

#define TABLE(title, list, none, list_of_columns)                                                  \
    {                                                                                              \
        .caption = (title), .rows = (list), .empty = (none), .columns = (list_of_columns),         \
        .column_count = MR_COUNT(list_of_columns)                                                  \
    }

static void append_head(mr_strbuf *out, const table *t)
{
    mr_strbuf_append_text(out, "<table>\n<caption>");
    text(out, t->caption);
    mr_strbuf_append_text(out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < t->column_count; i++) {
        mr_strbuf_append_text(out, "<th scope=\"col\">");
        text(out, t->columns[i].header);
        mr_strbuf_append_text(out, "</th>");
    }
    mr_strbuf_append_text(out, "</tr></thead>\n<tbody>\n");
}

static void append_row(mr_strbuf *out, const table *t, const cJSON *row)
{
    mr_strbuf_append_text(out, "<tr>");
    for (size_t i = 0; i < t->column_count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "<th scope=\"row\">" : "<td>");
        append_value(out, &t->columns[i], member_at(row, t->columns[i].path));
        mr_strbuf_append_text(out, i == 0 ? "</th>" : "</td>");
    }
    mr_strbuf_append_text(out, "</tr>\n");
}

static void append_table(mr_strbuf *out, const table *t, const cJSON *list)
{
    const int count = cJSON_GetArraySize(list);
    if (count == 0) {
        mr_strbuf_append_text(out, "<h2>");
        text(out, t->caption);
        mr_strbuf_append_text(out, "</h2>\n");
        paragraph(out, t->empty);
        return;
    }
    append_head(out, t);
    const cJSON *row;
    int shown = 0;
    cJSON_ArrayForEach(row, list)
    {
        if (shown++ == MR_PAGE_ROWS_MAX) {
            break;
        }
        append_row(out, t, row);
    }
    mr_strbuf_append_text(out, "</tbody>\n</table>\n");
    if (count > MR_PAGE_ROWS_MAX) {
        mr_strbuf_appendf(out, "<p>The first %d of %d are shown.</p>\n", MR_PAGE_ROWS_MAX, count);
    }
}

/* ---- where the facts come from ---- */

typedef void (*write_fn)(mr_json *json, const mr_web *web);

static cJSON *facts_of(const mr_web *web, write_fn write)
{
    mr_strbuf body = mr_strbuf_make(SOURCE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    write(&json, web);
    cJSON *facts = cJSON_ParseWithLength(body.at, body.len);
    mr_strbuf_deinit(&body);
    MR_ASSERT(facts != NULL); /* we wrote it */
    return facts;
}

static void write_events(mr_json *json, const mr_web *web)
{
    mr_web_write_newest_events(json, web, EVENTS);
}

/* The object of the list that has this name; NULL: none. */
static const cJSON *named(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *its = member_at(item, "name");
        if (cJSON_IsString(its) && strcmp(its->valuestring, name) == 0) {
            return item;
        }
    }
    return NULL;
}

/* ---- the tables ---- */

static const column stream_columns[] = {{"Stream", "name", COLUMN_LINK, "shards"},
                                        {"Status", "status", COLUMN_PLAIN, NULL},
                                        {"Open shards", "open_shards", COLUMN_PLAIN, NULL},
                                        {"Records put", "records", COLUMN_PLAIN, NULL},
                                        {"Bytes put", "bytes", COLUMN_PLAIN, NULL},
                                        {"Refused", "throttled", COLUMN_PLAIN, NULL},
                                        {"Records read", "read_records", COLUMN_PLAIN, NULL}};
static const column delivery_columns[] = {{"Delivery stream", "name", COLUMN_LINK, "delivery"},
                                          {"Status", "status", COLUMN_PLAIN, NULL},
                                          {"Source", "source", COLUMN_LINK, "shards"},
                                          {"Function", "function", COLUMN_LINK, "transform"},
                                          {"Bucket", "bucket", COLUMN_LINK, "objects"},
                                          {"Read", "counts.read", COLUMN_PLAIN, NULL},
                                          {"Delivered", "counts.delivered", COLUMN_PLAIN, NULL},
                                          {"Failed", "counts.failed", COLUMN_PLAIN, NULL},
                                          {"Backed up", "counts.backed_up", COLUMN_PLAIN, NULL}};
static const column function_columns[] = {
    {"Function", "name", COLUMN_LINK, "transform"},
    {"Runs", "kind", COLUMN_PLAIN, NULL},
    {"Invocations", "invocations", COLUMN_PLAIN, NULL},
    {"Errors", "errors", COLUMN_PLAIN, NULL},
    {"Throttles", "throttles", COLUMN_PLAIN, NULL},
    {"Under way", "in_flight", COLUMN_PLAIN, NULL},
    {"Records", "records_in", COLUMN_PLAIN, NULL},
    {"Last took, microseconds", "duration_us_last", COLUMN_PLAIN, NULL}};
static const column bucket_columns[] = {{"Bucket", "name", COLUMN_LINK, "objects"},
                                        {"Objects", "objects", COLUMN_PLAIN, NULL},
                                        {"Bytes", "bytes", COLUMN_PLAIN, NULL}};
static const column input_columns[] = {
    {"File", "file", COLUMN_PLAIN, NULL},         {"Put on", "target", COLUMN_PLAIN, NULL},
    {"Rows", "rows", COLUMN_PLAIN, NULL},         {"Records", "records", COLUMN_PLAIN, NULL},
    {"Refused", "throttled", COLUMN_PLAIN, NULL}, {"Ended", "ended", COLUMN_PLAIN, NULL}};
static const table pipeline_tables[] = {
    TABLE("Inputs", "inputs", "Nothing is being put by this server.", input_columns),
    TABLE("Data streams", "streams", "There is no data stream yet.", stream_columns),
    TABLE("Delivery streams", "deliveries", "There is no delivery stream yet.", delivery_columns),
    TABLE("Functions", "functions", "There is no function yet.", function_columns),
    TABLE("Buckets", "buckets", "There is no bucket yet.", bucket_columns)};

static const column shard_columns[] = {
    {"Shard", "id", COLUMN_PLAIN, NULL},
    {"Open", "open", COLUMN_PLAIN, NULL},
    {"Percent of the limit in the last second", "second.percent", COLUMN_PLAIN, NULL},
    {"Records in it", "second.records", COLUMN_PLAIN, NULL},
    {"Records in all", "records", COLUMN_PLAIN, NULL},
    {"Bytes in all", "bytes", COLUMN_PLAIN, NULL},
    {"Refused in all", "throttled", COLUMN_PLAIN, NULL}};
static const table shard_table = TABLE("Shards", "shards", "It has no shard.", shard_columns);

static const column record_columns[] = {{"Number", "number", COLUMN_PLAIN, NULL},
                                        {"Arrived", "arrival_us", COLUMN_TIME, NULL},
                                        {"Partition key", "partition_key", COLUMN_PLAIN, NULL},
                                        {"Sequence number", "sequence", COLUMN_PLAIN, NULL},
                                        {"Bytes", "bytes", COLUMN_PLAIN, NULL},
                                        {"Kind", "kind", COLUMN_PLAIN, NULL},
                                        {"Text", "text", COLUMN_PLAIN, NULL}};
static const table record_table =
    TABLE("Records", "", "No record is kept from there on.", record_columns);

static const column gauge_columns[] = {{"Buffer", "sink", COLUMN_PLAIN, NULL},
                                       {"Records", "records", COLUMN_PLAIN, NULL},
                                       {"Bytes", "bytes", COLUMN_PLAIN, NULL},
                                       {"Flushed at, bytes", "bytes_max", COLUMN_PLAIN, NULL},
                                       {"Filled since", "opened_us", COLUMN_TIME, NULL},
                                       {"Flushed by", "due_us", COLUMN_TIME, NULL},
                                       {"Last flush", "last_flush.reason", COLUMN_PLAIN, NULL},
                                       {"At", "last_flush.time_us", COLUMN_TIME, NULL}};
static const table gauge_table = TABLE("Buffers", "gauges", "It is being deleted.", gauge_columns);

static const column count_columns[] = {{"Count", "name", COLUMN_PLAIN, NULL},
                                       {"Number", "value", COLUMN_PLAIN, NULL}};
static const table count_table = TABLE("Counts", "", "It is being deleted.", count_columns);

static const column invocation_columns[] = {
    {"Time", "time_us", COLUMN_TIME, NULL},
    {"Records", "records", COLUMN_PLAIN, NULL},
    {"Bytes", "bytes", COLUMN_PLAIN, NULL},
    {"Took, microseconds", "duration_us", COLUMN_PLAIN, NULL},
    {"Outcome", "outcome", COLUMN_PLAIN, NULL},
    {"Message", "message", COLUMN_PLAIN, NULL}};
static const column line_columns[] = {{"Time", "time_us", COLUMN_TIME, NULL},
                                      {"Line", "line", COLUMN_PLAIN, NULL}};
static const table log_tables[] = {
    TABLE("Invocations", "invocations", "It has not been invoked yet.", invocation_columns),
    TABLE("What its handler printed", "lines", "Nothing yet.", line_columns)};

static const column object_columns[] = {{"Key", "key", COLUMN_PLAIN, NULL},
                                        {"Bytes", "bytes", COLUMN_PLAIN, NULL},
                                        {"Written", "modified_us", COLUMN_TIME, NULL},
                                        {"ETag", "etag", COLUMN_PLAIN, NULL}};

static const column table_columns[] = {{"Table", "name", COLUMN_PLAIN, NULL},
                                       {"Location", "location", COLUMN_PLAIN, NULL},
                                       {"Format", "format", COLUMN_PLAIN, NULL},
                                       {"Columns", "columns", COLUMN_PLAIN, NULL},
                                       {"Partition keys", "partition_keys", COLUMN_PLAIN, NULL},
                                       {"Partitions", "partitions", COLUMN_PLAIN, NULL}};
static const column saved_columns[] = {{"Name", "name", COLUMN_PLAIN, NULL},
                                       {"Statement", "sql", COLUMN_PLAIN, NULL}};
static const column history_columns[] = {{"Number", "id", COLUMN_PLAIN, NULL},
                                         {"Statement", "sql", COLUMN_PLAIN, NULL},
                                         {"State", "state", COLUMN_PLAIN, NULL},
                                         {"Rows", "rows", COLUMN_PLAIN, NULL},
                                         {"Bytes scanned", "bytes_scanned", COLUMN_PLAIN, NULL},
                                         {"Asked at", "time_us", COLUMN_TIME, NULL},
                                         {"Error", "error", COLUMN_PLAIN, NULL}};
static const table query_tables[] = {
    TABLE("Queries of the template", "saved", "The template has none.", saved_columns),
    TABLE("Queries that were asked", "history", "None yet.", history_columns)};

static const column event_columns[] = {{"Number", "id", COLUMN_PLAIN, NULL},
                                       {"Time", "time", COLUMN_PLAIN, NULL},
                                       {"Event", "event", COLUMN_PLAIN, NULL},
                                       {"Stream", "stream", COLUMN_LINK, "shards"},
                                       {"Shard", "shard", COLUMN_PLAIN, NULL},
                                       {"Delivery stream", "delivery", COLUMN_LINK, "delivery"},
                                       {"Buffer", "sink", COLUMN_PLAIN, NULL},
                                       {"Function", "function", COLUMN_LINK, "transform"},
                                       {"Key", "key", COLUMN_PLAIN, NULL},
                                       {"Reason", "reason", COLUMN_PLAIN, NULL},
                                       {"Records", "records", COLUMN_PLAIN, NULL},
                                       {"Bytes", "bytes", COLUMN_PLAIN, NULL},
                                       {"Message", "message", COLUMN_PLAIN, NULL}};
static const table event_tables[] = {
    TABLE("The newest events", "events", "Nothing has happened yet.", event_columns)};

static const column clock_columns[] = {{"Now", "now", COLUMN_PLAIN, NULL},
                                       {"Mode", "mode", COLUMN_PLAIN, NULL},
                                       {"Speed", "speed", COLUMN_PLAIN, NULL},
                                       {"Paused", "paused", COLUMN_PLAIN, NULL},
                                       {"Begun", "start_us", COLUMN_TIME, NULL},
                                       {"Next due", "next_due_us", COLUMN_TIME, NULL},
                                       {"Next flush", "next_flush_us", COLUMN_TIME, NULL},
                                       {"Idle", "idle", COLUMN_PLAIN, NULL}};
static const table clock_table = TABLE("The world's time", "", "", clock_columns);

static const column fault_columns[] = {
    {"Number", "id", COLUMN_PLAIN, NULL},     {"Kind", "kind", COLUMN_PLAIN, NULL},
    {"Target", "target", COLUMN_PLAIN, NULL}, {"State", "state", COLUMN_PLAIN, NULL},
    {"Struck", "struck", COLUMN_PLAIN, NULL}, {"From", "from_us", COLUMN_TIME, NULL},
    {"Until", "until_us", COLUMN_TIME, NULL}};
static const column kind_columns[] = {{"Kind", "kind", COLUMN_PLAIN, NULL},
                                      {"What it does", "about", COLUMN_PLAIN, NULL}};
static const table fault_tables[] = {
    TABLE("Faults", "faults", "Nothing goes wrong on purpose.", fault_columns),
    TABLE("Kinds of faults", "kinds", "", kind_columns)};

static const column lesson_columns[] = {{"Lesson", "name", COLUMN_LINK, "lessons"},
                                        {"Title", "title", COLUMN_PLAIN, NULL},
                                        {"State", "state", COLUMN_PLAIN, NULL},
                                        {"Goal", "goal", COLUMN_PLAIN, NULL}};
static const column step_columns[] = {{"Step", "say", COLUMN_PLAIN, NULL},
                                      {"Done", "done", COLUMN_PLAIN, NULL}};
static const table lesson_table =
    TABLE("Lessons", "lessons", "The template has none.", lesson_columns);
static const table step_table = TABLE("Steps", "steps", "", step_columns);

/* ---- the views ---- */

static void append_tables(mr_strbuf *out, const table *tables, size_t count, const cJSON *facts)
{
    for (size_t i = 0; i < count; i++) {
        append_table(out, &tables[i], member_at(facts, tables[i].rows));
    }
}

static void pipeline(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *state = facts_of(web, mr_state_write);
    heading(out, "Pipeline", NULL);
    append_tables(out, pipeline_tables, MR_COUNT(pipeline_tables), state);
    cJSON_Delete(state);
}

static void missing(mr_strbuf *out, const char *what, const char *name)
{
    char *words = mr_format("There is no %s %s here.", what, name);
    paragraph(out, words);
    mr_free(words);
}

static void shard_links(mr_strbuf *out, const char *stream, const cJSON *shards)
{
    const cJSON *shard;
    mr_strbuf_append_text(out, "<p>Records of");
    cJSON_ArrayForEach(shard, shards)
    {
        const char *id = member_at(shard, "id")->valuestring;
        char *segment = mr_format("%s/%s", stream, id);
        mr_strbuf_append_char(out, ' ');
        link_to(out, "records", segment, id);
        mr_free(segment);
    }
    mr_strbuf_append_text(out, "</p>\n");
}

static void shards(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    cJSON *state = facts_of(web, mr_state_write);
    const cJSON *streams = member_at(state, "streams");
    const char *name = wanted->segments[0];
    const cJSON *stream = name == NULL ? NULL : named(streams, name);
    heading(out, "Shards", name);
    if (stream != NULL) {
        append_table(out, &shard_table, member_at(stream, "shards"));
        shard_links(out, name, member_at(stream, "shards"));
    } else {
        if (name != NULL) {
            missing(out, "data stream", name);
        }
        append_table(out, &pipeline_tables[1], streams);
    }
    cJSON_Delete(state);
}

typedef struct record_list {
    mr_json *json;
    const mr_shard *shard;
} record_list;

static void on_record(void *context, const mr_record_view *record)
{
    const record_list *list = context;
    mr_record_view_write(list->json, list->shard, record, true);
}

/* The records numbered `from` on; *first: out, where the page begins. */
static cJSON *records_from(mr_shard *shard, uint64_t from, uint64_t *first)
{
    const uint64_t oldest = mr_shard_first(shard), last = mr_shard_last(shard);
    mr_strbuf body = mr_strbuf_make(RECORDS * MR_RECORD_VIEW_JSON_MAX);
    mr_json json = mr_json_make(&body);
    record_list list = {.json = &json, .shard = shard};
    *first = from < oldest ? oldest : from;
    const uint64_t end = *first + RECORDS - 1;
    mr_json_array_begin(&json);
    if (*first <= last) { /* a disk that fails shows no records, and is told where it matters */
        (void)!mr_shard_visit(shard, *first, end < last ? end : last, on_record, &list, NULL);
    }
    mr_json_array_end(&json);
    cJSON *records = cJSON_ParseWithLength(body.at, body.len);
    mr_strbuf_deinit(&body);
    return records;
}

static void page_link(mr_strbuf *out, const wish *wanted, uint64_t from, const char *words)
{
    mr_strbuf_append_text(out, "<a href=\"" BASE "records/");
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_uri_encode(&address, mr_bytes_of(wanted->segments[0]), false);
    mr_strbuf_append_char(&address, '/');
    mr_uri_encode(&address, mr_bytes_of(wanted->segments[1]), false);
    mr_html_text(out, mr_strbuf_bytes(&address));
    mr_strbuf_appendf(out, "?from=%llu\">%s</a> ", (unsigned long long)from, words);
    mr_strbuf_deinit(&address);
}

static void shard_records(const wish *wanted, mr_shard *shard, mr_strbuf *out)
{
    const uint64_t last = mr_shard_last(shard);
    uint64_t from = last >= RECORDS ? last - RECORDS + 1 : 1;
    uint64_t first;
    if (wanted->from != NULL) {
        (void)mr_bytes_to_uint64(mr_bytes_of(wanted->from), &from);
    }
    from = from > last ? last + 1 : from;
    cJSON *records = records_from(shard, from, &first);
    append_table(out, &record_table, records);
    cJSON_Delete(records);
    mr_strbuf_append_text(out, "<p>");
    page_link(out, wanted, 1, "First");
    page_link(out, wanted, first > RECORDS ? first - RECORDS : 1, "Previous");
    if (first + RECORDS <= last) {
        page_link(out, wanted, first + RECORDS, "Next");
    }
    mr_strbuf_append_text(out, "</p>\n");
}

static void records(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    heading(out, "Records", wanted->segments[0]);
    mr_stream *stream = NULL;
    mr_shard *shard = NULL;
    mr_error err = {.message = "Choose a stream, and one of its shards."};
    mr_code code = wanted->segments[0] == NULL || wanted->segments[1] == NULL
                       ? MR_NOT_FOUND
                       : mr_streams_require(mr_sim_streams(web->sim),
                                            mr_bytes_of(wanted->segments[0]), &stream, &err);
    if (code == MR_OK) {
        code = mr_stream_require_shard(stream, mr_bytes_of(wanted->segments[1]), &shard, &err);
    }
    if (code == MR_OK) {
        shard_records(wanted, shard, out);
        return;
    }
    paragraph(out, err.message);
    cJSON *state = facts_of(web, mr_state_write);
    append_table(out, &pipeline_tables[1], member_at(state, "streams"));
    cJSON_Delete(state);
}

/* {"read": 3} as rows {"name": "read", "value": 3}. */
static void append_counts(mr_strbuf *out, const cJSON *counts)
{
    cJSON *rows = cJSON_CreateArray();
    const cJSON *count;
    cJSON_ArrayForEach(count, counts)
    {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", count->string);
        cJSON_AddNumberToObject(row, "value", count->valuedouble);
        cJSON_AddItemToArray(rows, row);
    }
    append_table(out, &count_table, rows);
    cJSON_Delete(rows);
}

static void delivery(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    cJSON *state = facts_of(web, mr_state_write);
    const cJSON *all = member_at(state, "deliveries");
    const char *name = wanted->segments[0];
    const cJSON *one = name == NULL && cJSON_GetArraySize(all) == 1 ? cJSON_GetArrayItem(all, 0)
                       : name == NULL                               ? NULL
                                                                    : named(all, name);
    heading(out, "Delivery", name);
    if (name != NULL && one == NULL) {
        missing(out, "delivery stream", name);
    }
    append_table(out, &pipeline_tables[2], all);
    if (one != NULL) {
        append_table(out, &gauge_table, member_at(one, "gauges"));
        append_counts(out, member_at(one, "counts"));
    }
    cJSON_Delete(state);
}

static void append_log(mr_web *web, const char *function, mr_strbuf *out)
{
    mr_strbuf body = mr_strbuf_make(SOURCE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_function_log_write(web->function_log, function, MR_FUNCTION_LOG_LINES, &json);
    mr_json_object_end(&json);
    cJSON *log = cJSON_ParseWithLength(body.at, body.len);
    append_tables(out, log_tables, MR_COUNT(log_tables), log);
    cJSON_Delete(log);
    mr_strbuf_deinit(&body);
}

static void transform(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    cJSON *state = facts_of(web, mr_state_write);
    const cJSON *functions = member_at(state, "functions");
    const char *name = wanted->segments[0];
    heading(out, "Transform", name);
    append_table(out, &pipeline_tables[3], functions);
    if (name != NULL && named(functions, name) != NULL) {
        append_log(web, name, out);
    } else if (name != NULL) {
        missing(out, "function", name);
    }
    cJSON_Delete(state);
}

/* ---- objects ---- */

static void append_prefixes(mr_strbuf *out, const char *bucket, const cJSON *prefixes)
{
    const cJSON *prefix;
    mr_strbuf_append_text(out, cJSON_GetArraySize(prefixes) > 0 ? "<ul>\n" : "");
    cJSON_ArrayForEach(prefix, prefixes)
    {
        char *segment = mr_format("%s/%s", bucket, prefix->valuestring);
        mr_strbuf_append_text(out, "<li>");
        link_to(out, "objects", segment, prefix->valuestring);
        mr_strbuf_append_text(out, "</li>\n");
        mr_free(segment);
    }
    mr_strbuf_append_text(out, cJSON_GetArraySize(prefixes) > 0 ? "</ul>\n" : "");
}

static void append_preview(mr_web *web, const char *bucket, const char *key, mr_strbuf *out)
{
    mr_strbuf body = mr_strbuf_make(SOURCE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_error err;
    mr_strbuf_append_text(out, "<h2>");
    text(out, key);
    mr_strbuf_append_text(out, "</h2>\n");
    if (mr_web_write_preview(web, bucket, key, PREVIEW_LINES, &json, &err) != MR_OK) {
        paragraph(out, err.message);
        mr_strbuf_deinit(&body);
        return;
    }
    cJSON *preview = cJSON_ParseWithLength(body.at, body.len);
    const cJSON *lines = member_at(preview, "lines"), *line;
    mr_strbuf_append_text(out, "<pre>");
    cJSON_ArrayForEach(line, lines)
    {
        text(out, line->valuestring);
        mr_strbuf_append_char(out, '\n');
    }
    const cJSON *hex = member_at(preview, "hex");
    text(out, cJSON_IsString(hex) ? hex->valuestring : "");
    mr_strbuf_append_text(out, "</pre>\n");
    cJSON_Delete(preview);
    mr_strbuf_deinit(&body);
}

/* Each key is a link to its preview, on this same page. */
static void append_objects(mr_strbuf *out, const char *place, const cJSON *objects)
{
    static const table object_table =
        TABLE("Objects", "objects", "There is no object at this place.", object_columns);
    append_table(out, &object_table, objects);
    const cJSON *object;
    mr_strbuf_append_text(out, cJSON_GetArraySize(objects) > 0 ? "<p>Previews:" : "<p>");
    cJSON_ArrayForEach(object, objects)
    {
        const char *key = member_at(object, "key")->valuestring;
        mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_text(&address, BASE "objects/");
        mr_uri_encode(&address, mr_bytes_of(place), true);
        mr_strbuf_append_text(&address, "?key=");
        mr_uri_encode(&address, mr_bytes_of(key), false);
        mr_strbuf_append_text(out, " <a href=\"");
        mr_html_text(out, mr_strbuf_bytes(&address));
        mr_strbuf_append_text(out, "\">");
        text(out, key);
        mr_strbuf_append_text(out, "</a>");
        mr_strbuf_deinit(&address);
    }
    mr_strbuf_append_text(out, "</p>\n");
}

static void bucket_page(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    const char *bucket = wanted->segments[0];
    const char *prefix = wanted->segments[1] == NULL ? "" : wanted->segments[1];
    const mr_web_listing listing = {
        .bucket = bucket, .prefix = prefix, .delimiter = "/", .limit = MR_PAGE_ROWS_MAX};
    mr_strbuf body = mr_strbuf_make(SOURCE_BYTES_MAX);
    mr_error err;
    if (mr_web_write_objects(web, &listing, &body, &err) != MR_OK) {
        paragraph(out, err.message);
    } else {
        cJSON *page = cJSON_ParseWithLength(body.at, body.len);
        char *place = mr_format("%s/%s", bucket, prefix);
        append_prefixes(out, bucket, member_at(page, "prefixes"));
        append_objects(out, place, member_at(page, "objects"));
        if (!cJSON_IsNull(member_at(page, "next"))) {
            paragraph(out, "There are more than are shown; `millrace ls` lists them all.");
        }
        mr_free(place);
        cJSON_Delete(page);
    }
    if (wanted->key != NULL) {
        append_preview(web, bucket, wanted->key, out);
    }
    mr_strbuf_deinit(&body);
}

static void objects(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    heading(out, "Objects", wanted->segments[0]);
    if (wanted->segments[0] != NULL) {
        bucket_page(web, wanted, out);
        return;
    }
    cJSON *state = facts_of(web, mr_state_write);
    append_table(out, &pipeline_tables[4], member_at(state, "buckets"));
    cJSON_Delete(state);
}

/* ---- catalog, queries, events, time, faults, lessons ---- */

static void catalog(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *facts = facts_of(web, mr_web_write_catalog);
    const cJSON *databases = member_at(facts, "databases"), *database;
    heading(out, "Catalog", NULL);
    if (cJSON_GetArraySize(databases) == 0) {
        paragraph(out, "There is no database yet: a template makes one.");
    }
    cJSON_ArrayForEach(database, databases)
    {
        const table of_database = TABLE(member_at(database, "name")->valuestring, "tables",
                                        "The database has no table.", table_columns);
        append_table(out, &of_database, member_at(database, "tables"));
    }
    cJSON_Delete(facts);
}

static void query(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *facts = facts_of(web, mr_web_write_queries);
    heading(out, "Query", NULL);
    paragraph(out, "Without scripts, ask from a shell: millrace query 'SELECT ...'.");
    append_tables(out, query_tables, MR_COUNT(query_tables), facts);
    cJSON_Delete(facts);
}

static void events(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *facts = facts_of(web, write_events);
    heading(out, "Events", NULL);
    append_tables(out, event_tables, MR_COUNT(event_tables), facts);
    cJSON_Delete(facts);
}

static void clock_page(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *clock = facts_of(web, mr_clock_view_write);
    cJSON *one = cJSON_CreateArray();
    cJSON_AddItemReferenceToArray(one, clock);
    heading(out, "Time", NULL);
    append_table(out, &clock_table, one);
    paragraph(out, "Without scripts, drive it from a shell: millrace clock pause, millrace clock "
                   "advance 5m.");
    cJSON_Delete(one);
    cJSON_Delete(clock);
}

static void faults(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    (void)wanted;
    cJSON *facts = facts_of(web, mr_web_write_faults);
    heading(out, "Faults", NULL);
    paragraph(out, "Without scripts, inject them from a shell: millrace fault add KIND:TARGET.");
    append_tables(out, fault_tables, MR_COUNT(fault_tables), facts);
    cJSON_Delete(facts);
}

static void lessons(mr_web *web, const wish *wanted, mr_strbuf *out)
{
    mr_strbuf body = mr_strbuf_make(SOURCE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_web_write_lessons(&json, web);
    cJSON *facts = cJSON_ParseWithLength(body.at, body.len);
    const cJSON *all = member_at(facts, "lessons");
    const cJSON *lesson = wanted->segments[0] == NULL ? NULL : named(all, wanted->segments[0]);
    heading(out, "Lessons", lesson == NULL ? NULL : member_at(lesson, "title")->valuestring);
    if (lesson != NULL) {
        paragraph(out, member_at(lesson, "prose")->valuestring);
        paragraph(out, member_at(lesson, "goal")->valuestring);
        append_table(out, &step_table, member_at(lesson, "steps"));
    } else if (wanted->segments[0] != NULL) {
        missing(out, "lesson", wanted->segments[0]);
    }
    append_table(out, &lesson_table, all);
    cJSON_Delete(facts);
    mr_strbuf_deinit(&body);
}

typedef struct view {
    const char *name, *title;
    void (*render)(mr_web *web, const wish *wanted, mr_strbuf *out);
} view;

/* In the order of the navigation; the first is shown where none is named. */
static const view views[] = {
    {"pipeline", "Pipeline", pipeline},    {"shards", "Shards", shards},
    {"records", "Records", records},       {"delivery", "Delivery", delivery},
    {"transform", "Transform", transform}, {"objects", "Objects", objects},
    {"catalog", "Catalog", catalog},       {"query", "Query", query},
    {"events", "Events", events},          {"time", "Time", clock_page},
    {"faults", "Faults", faults},          {"lessons", "Lessons", lessons}};

/* ---- the address ---- */

static char *decoded(mr_bytes raw, bool plus_is_blank)
{
    mr_strbuf out = mr_strbuf_make(raw.len + 1);
    mr_uri_decode(&out, raw, plus_is_blank);
    return mr_strbuf_take(&out);
}

/* "shards/clicks": the view's name is taken off; the last segment that fits takes the rest. */
static mr_bytes take_wish(mr_bytes path, mr_bytes query_text, wish *out)
{
    *out = (wish){.key = NULL};
    const size_t end = mr_bytes_find(path, '/');
    const mr_bytes name = mr_bytes_make(path.at, end);
    const bool is_objects = mr_bytes_is(name, "objects");
    mr_bytes rest = path;
    size_t skip = mr_min_size(end + 1, rest.len);
    for (size_t i = 0; i < SEGMENTS_MAX; i++) {
        rest = mr_bytes_make(rest.at + skip, rest.len - skip);
        if (rest.len == 0) {
            break;
        }
        const bool is_last = is_objects && i == 1;
        const size_t length = is_last ? rest.len : mr_bytes_find(rest, '/');
        out->segments[i] = decoded(mr_bytes_make(rest.at, length), false);
        skip = mr_min_size(length + 1, rest.len);
    }
    mr_uri_parameter parameter;
    while (mr_uri_next_parameter(&query_text, &parameter)) {
        char **to = mr_bytes_is(parameter.name, "key")    ? &out->key
                    : mr_bytes_is(parameter.name, "from") ? &out->from
                                                          : NULL;
        if (to != NULL && *to == NULL) {
            *to = decoded(parameter.value, true);
        }
    }
    return name;
}

static void wish_deinit(wish *wanted)
{
    for (size_t i = 0; i < SEGMENTS_MAX; i++) {
        mr_free(wanted->segments[i]);
    }
    mr_free(wanted->key);
    mr_free(wanted->from);
}

static void append_nav(mr_strbuf *out)
{
    mr_strbuf_append_text(out, "<nav aria-label=\"Views\"><ul>\n");
    for (size_t i = 0; i < MR_COUNT(views); i++) {
        mr_strbuf_append_text(out, "<li>");
        link_to(out, views[i].name, NULL, views[i].title);
        mr_strbuf_append_text(out, "</li>\n");
    }
    mr_strbuf_append_text(out, "</ul></nav>\n<main>\n");
}

void mr_page_render(mr_web *web, mr_bytes path, mr_bytes query_text, mr_strbuf *out)
{
    wish wanted;
    const mr_bytes name = take_wish(path, query_text, &wanted);
    const view *chosen = name.len == 0 ? &views[0] : NULL;
    for (size_t i = 0; i < MR_COUNT(views) && chosen == NULL; i++) {
        chosen = mr_bytes_is(name, views[i].name) ? &views[i] : NULL;
    }
    append_nav(out);
    if (chosen != NULL) {
        chosen->render(web, &wanted, out);
    } else {
        heading(out, "There is no such view", NULL);
    }
    mr_strbuf_append_text(out, "</main>\n");
    wish_deinit(&wanted);
}
