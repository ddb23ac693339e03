/* page_pipeline.c - the pages of the pipeline and of its parts: streams with their shards, delivery
 * streams with their buffers, functions with their logs. */
#include "src/web/page_views.h"

#include "sim/base/alloc.h"
#include "src/web/state_view.h"
#include "src/web/stream_view.h"
#include "src/web/web_private.h"

static const mr_page_column stream_columns[] = {
    {"Stream", "name", MR_PAGE_LINK, "shards"},
    {"Status", "status", MR_PAGE_PLAIN, NULL},
    {"Open shards", "open_shards", MR_PAGE_PLAIN, NULL},
    {"Records put", "records", MR_PAGE_PLAIN, NULL},
    {"Bytes put", "bytes", MR_PAGE_PLAIN, NULL},
    {"Refused", "throttled", MR_PAGE_PLAIN, NULL},
    {"Records read", "read_records", MR_PAGE_PLAIN, NULL}};
static const mr_page_column delivery_columns[] = {
    {"Delivery stream", "name", MR_PAGE_LINK, "delivery"},
    {"Status", "status", MR_PAGE_PLAIN, NULL},
    {"Source", "source", MR_PAGE_LINK, "shards"},
    {"Function", "function", MR_PAGE_LINK, "transform"},
    {"Bucket", "bucket", MR_PAGE_LINK, "objects"},
    {"Read", "counts.read", MR_PAGE_PLAIN, NULL},
    {"Delivered", "counts.delivered", MR_PAGE_PLAIN, NULL},
    {"Failed", "counts.failed", MR_PAGE_PLAIN, NULL},
    {"Backed up", "counts.backed_up", MR_PAGE_PLAIN, NULL}};
static const mr_page_column function_columns[] = {
    {"Function", "name", MR_PAGE_LINK, "transform"},
    {"Runs", "kind", MR_PAGE_PLAIN, NULL},
    {"Invocations", "invocations", MR_PAGE_PLAIN, NULL},
    {"Errors", "errors", MR_PAGE_PLAIN, NULL},
    {"Throttles", "throttles", MR_PAGE_PLAIN, NULL},
    {"Under way", "in_flight", MR_PAGE_PLAIN, NULL},
    {"Records", "records_in", MR_PAGE_PLAIN, NULL},
    {"Last took, microseconds", "duration_us_last", MR_PAGE_PLAIN, NULL}};
static const mr_page_column bucket_columns[] = {{"Bucket", "name", MR_PAGE_LINK, "objects"},
                                                {"Objects", "objects", MR_PAGE_PLAIN, NULL},
                                                {"Bytes", "bytes", MR_PAGE_PLAIN, NULL}};
static const mr_page_column input_columns[] = {
    {"File", "file", MR_PAGE_PLAIN, NULL},         {"Put on", "target", MR_PAGE_PLAIN, NULL},
    {"Rows", "rows", MR_PAGE_PLAIN, NULL},         {"Records", "records", MR_PAGE_PLAIN, NULL},
    {"Refused", "throttled", MR_PAGE_PLAIN, NULL}, {"Ended", "ended", MR_PAGE_PLAIN, NULL}};
static const mr_page_table state_tables[] =
    {/* by mr_page_list */
     MR_PAGE_TABLE("Inputs", "inputs", "Nothing is being put by this server.", input_columns),
     MR_PAGE_TABLE("Data streams", "streams", "There is no data stream yet.", stream_columns),
     MR_PAGE_TABLE("Delivery streams", "deliveries", "There is no delivery stream yet.",
                   delivery_columns),
     MR_PAGE_TABLE("Functions", "functions", "There is no function yet.", function_columns),
     MR_PAGE_TABLE("Buckets", "buckets", "There is no bucket yet.", bucket_columns)};

static void append_list(mr_strbuf *out, mr_page_list list, const cJSON *state)
{
    const mr_page_table *table = &state_tables[list];
    mr_page_append_table(out, table, mr_page_member(state, table->rows));
}

static const mr_page_column shard_columns[] = {
    {"Shard", "id", MR_PAGE_PLAIN, NULL},
    {"Open", "open", MR_PAGE_PLAIN, NULL},
    {"Percent of the limit in the last second", "second.percent", MR_PAGE_PLAIN, NULL},
    {"Records in it", "second.records", MR_PAGE_PLAIN, NULL},
    {"Records in all", "records", MR_PAGE_PLAIN, NULL},
    {"Bytes in all", "bytes", MR_PAGE_PLAIN, NULL},
    {"Refused in all", "throttled", MR_PAGE_PLAIN, NULL}};
static const mr_page_table shard_table =
    MR_PAGE_TABLE("Shards", "shards", "It has no shard.", shard_columns);

static const mr_page_column stream_facts[] = {
    {"Stream", "name", MR_PAGE_PLAIN, NULL},
    {"Status", "status", MR_PAGE_PLAIN, NULL},
    {"Mode", "mode", MR_PAGE_PLAIN, NULL},
    {"Retention, hours", "retention_hours", MR_PAGE_PLAIN, NULL},
    {"Largest record, KiB", "record_kib_max", MR_PAGE_PLAIN, NULL},
    {"Created", "created_us", MR_PAGE_TIME, NULL},
    {"ARN", "arn", MR_PAGE_PLAIN, NULL}};
static const mr_page_table stream_table = MR_PAGE_TABLE("The stream", "", "", stream_facts);
static const mr_page_column range_columns[] = {
    {"Shard", "id", MR_PAGE_PLAIN, NULL},
    {"First hash key", "hash_start", MR_PAGE_PLAIN, NULL},
    {"Last hash key", "hash_end", MR_PAGE_PLAIN, NULL},
    {"Parents", "parents", MR_PAGE_PLAIN, NULL},
    {"Children", "children", MR_PAGE_PLAIN, NULL},
    {"Closed", "closed_us", MR_PAGE_TIME, NULL},
    {"Records kept", "records", MR_PAGE_PLAIN, NULL}};
static const mr_page_table range_table =
    MR_PAGE_TABLE("Hash keys", "shards", "It has no shard.", range_columns);

static const mr_page_column gauge_columns[] = {
    {"Buffer", "sink", MR_PAGE_PLAIN, NULL},
    {"Records", "records", MR_PAGE_PLAIN, NULL},
    {"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
    {"Flushed at, bytes", "bytes_max", MR_PAGE_PLAIN, NULL},
    {"Filled since", "opened_us", MR_PAGE_TIME, NULL},
    {"Flushed by", "due_us", MR_PAGE_TIME, NULL},
    {"Last flush", "last_flush.reason", MR_PAGE_PLAIN, NULL},
    {"At", "last_flush.time_us", MR_PAGE_TIME, NULL}};
static const mr_page_table gauge_table =
    MR_PAGE_TABLE("Buffers", "gauges", "It is being deleted.", gauge_columns);

static const mr_page_column count_columns[] = {{"Count", "name", MR_PAGE_PLAIN, NULL},
                                               {"Number", "value", MR_PAGE_PLAIN, NULL}};
static const mr_page_table count_table =
    MR_PAGE_TABLE("Counts", "", "It is being deleted.", count_columns);

static const mr_page_column invocation_columns[] = {
    {"Time", "time_us", MR_PAGE_TIME, NULL},
    {"Records", "records", MR_PAGE_PLAIN, NULL},
    {"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
    {"Took, microseconds", "duration_us", MR_PAGE_PLAIN, NULL},
    {"Outcome", "outcome", MR_PAGE_PLAIN, NULL},
    {"Message", "message", MR_PAGE_PLAIN, NULL}};
static const mr_page_column line_columns[] = {{"Time", "time_us", MR_PAGE_TIME, NULL},
                                              {"Line", "line", MR_PAGE_PLAIN, NULL}};
static const mr_page_table log_tables[] = {
    MR_PAGE_TABLE("Invocations", "invocations", "It has not been invoked yet.", invocation_columns),
    MR_PAGE_TABLE("What its handler printed", "lines", "Nothing yet.", line_columns)};

void mr_page_append_list(mr_web *web, mr_page_list list, mr_strbuf *out)
{
    cJSON *state = mr_page_facts(web, mr_state_write, out);
    if (state != NULL) {
        append_list(out, list, state);
        cJSON_Delete(state);
    }
}

void mr_page_pipeline(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    (void)wish;
    mr_page_heading(out, "Pipeline", NULL);
    cJSON *state = mr_page_facts(web, mr_state_write, out);
    if (state != NULL) {
        mr_page_append_tables(out, state_tables, MR_COUNT(state_tables), state);
        cJSON_Delete(state);
    }
}

/* ---- shards ---- */

/* Of as many shards as the table shows. */
static void shard_links(mr_strbuf *out, const char *stream, const cJSON *shards)
{
    const cJSON *shard;
    int count = 0;
    mr_strbuf_append_text(out, "<p>Records of");
    cJSON_ArrayForEach(shard, shards)
    {
        if (count++ == MR_PAGE_ROWS_MAX) {
            break;
        }
        const char *id = mr_page_words(shard, "id");
        char *segment = mr_format("%s/%s", stream, id);
        mr_strbuf_append_char(out, ' ');
        mr_page_link(out, "records", segment, id, false);
        mr_free(segment);
    }
    mr_strbuf_append_text(out, "</p>\n");
}

/* What the stream is, and which hash keys each of its shards has. */
static void append_ranges(mr_strbuf *out, mr_streams *streams, const char *name)
{
    mr_stream *stream = mr_streams_find(streams, name);
    if (stream == NULL) {
        return; /* it is in the State, and deleted since: not within one answer */
    }
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_stream_view_write(&json, stream);
    cJSON *facts = mr_page_read(&body, out);
    if (facts != NULL) {
        mr_page_append_one(out, &stream_table, facts);
        mr_page_append_table(out, &range_table, mr_page_member(facts, "shards"));
        cJSON_Delete(facts);
    }
    mr_strbuf_deinit(&body);
}

static void append_shards(mr_strbuf *out, mr_streams *streams, const char *name, const cJSON *state)
{
    const cJSON *stream =
        name == NULL ? NULL : mr_page_named(mr_page_member(state, "streams"), name);
    if (stream != NULL) {
        mr_page_append_table(out, &shard_table, mr_page_member(stream, "shards"));
        shard_links(out, name, mr_page_member(stream, "shards"));
        append_ranges(out, streams, name);
        return;
    }
    if (name != NULL) {
        mr_page_missing(out, "data stream", name);
    }
    append_list(out, MR_PAGE_STREAMS, state);
}

void mr_page_shards(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_page_heading(out, "Shards", wish->segments[0]);
    cJSON *state = mr_page_facts(web, mr_state_write, out);
    if (state != NULL) {
        append_shards(out, mr_sim_streams(web->sim), wish->segments[0], state);
        cJSON_Delete(state);
    }
}

/* ---- delivery ---- */

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
    mr_page_append_table(out, &count_table, rows);
    cJSON_Delete(rows);
}

/* name: NULL: the only one there is, if there is only one. */
static void append_delivery(mr_strbuf *out, const char *name, const cJSON *state)
{
    const cJSON *all = mr_page_member(state, "deliveries"), *one = NULL;
    if (name != NULL) {
        one = mr_page_named(all, name);
    } else if (cJSON_GetArraySize(all) == 1) {
        one = cJSON_GetArrayItem(all, 0);
    }
    if (name != NULL && one == NULL) {
        mr_page_missing(out, "delivery stream", name);
    }
    append_list(out, MR_PAGE_DELIVERIES, state);
    if (one != NULL) {
        mr_page_append_table(out, &gauge_table, mr_page_member(one, "gauges"));
        append_counts(out, mr_page_member(one, "counts"));
    }
}

void mr_page_delivery(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_page_heading(out, "Delivery", wish->segments[0]);
    cJSON *state = mr_page_facts(web, mr_state_write, out);
    if (state != NULL) {
        append_delivery(out, wish->segments[0], state);
        cJSON_Delete(state);
    }
}

/* ---- transform ---- */

static void append_log(const mr_web *web, const char *function, mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_function_log_write(web->function_log, function, MR_FUNCTION_LOG_LINES, &json);
    mr_json_object_end(&json);
    cJSON *log = mr_page_read(&body, out);
    if (log != NULL) {
        mr_page_append_tables(out, log_tables, MR_COUNT(log_tables), log);
        cJSON_Delete(log);
    }
    mr_strbuf_deinit(&body);
}

void mr_page_transform(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    const char *name = wish->segments[0];
    mr_page_heading(out, "Transform", name);
    cJSON *state = mr_page_facts(web, mr_state_write, out);
    if (state == NULL) {
        return;
    }
    append_list(out, MR_PAGE_FUNCTIONS, state);
    if (name != NULL && mr_page_named(mr_page_member(state, "functions"), name) != NULL) {
        append_log(web, name, out);
    } else if (name != NULL) {
        mr_page_missing(out, "function", name);
    }
    cJSON_Delete(state);
}
