/* page_records.c - the page of records: of a shard, from a number on. */
#include "src/web/page_views.h"

#include "sim/base/alloc.h"
#include "src/web/html.h"
#include "src/web/record_view.h"
#include "src/web/segment.h"
#include "src/web/web_private.h"

#include <string.h>

#define RECORDS 25 /* on a page */

static const mr_page_column record_columns[] = {
    {"Number", "number", MR_PAGE_PLAIN, NULL},
    {"Arrived", "arrival_us", MR_PAGE_TIME, NULL},
    {"Partition key", "partition_key", MR_PAGE_PLAIN, NULL},
    {"Sequence number", "sequence", MR_PAGE_PLAIN, NULL},
    {"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
    {"Kind", "kind", MR_PAGE_PLAIN, NULL},
    {"Text", "text", MR_PAGE_PLAIN, NULL}};
static const mr_page_table record_table =
    MR_PAGE_TABLE("Records", "", "No record is kept from there on.", record_columns);

typedef struct record_list {
    mr_json *json;
    const mr_shard *shard;
} record_list;

static void on_record(void *context, const mr_record_view *record)
{
    const record_list *list = context;
    mr_record_view_write(list->json, list->shard, record, true);
}

/* The records numbered first..last. */
static void append_records(mr_shard *shard, uint64_t first, uint64_t last, mr_strbuf *out)
{
    mr_error err;
    mr_strbuf body = mr_strbuf_make(RECORDS * MR_RECORD_VIEW_JSON_MAX);
    mr_json json = mr_json_make(&body);
    record_list list = {.json = &json, .shard = shard};
    mr_json_array_begin(&json);
    const mr_code code =
        first > last ? MR_OK : mr_shard_visit(shard, first, last, on_record, &list, &err);
    mr_json_array_end(&json);
    if (code != MR_OK) {
        mr_page_paragraph(out, err.message);
    } else {
        cJSON *records = mr_page_read(&body, out);
        if (records != NULL) {
            mr_page_append_table(out, &record_table, records);
            cJSON_Delete(records);
        }
    }
    mr_strbuf_deinit(&body);
}

static void page_link(mr_strbuf *out, const mr_page_wish *wish, uint64_t from, const char *words)
{
    mr_strbuf_append_text(out, "<a href=\"" MR_PAGE_BASE "records/");
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_segment_encode(&address, mr_bytes_of(wish->segments[0]));
    mr_strbuf_append_char(&address, '/');
    mr_segment_encode(&address, mr_bytes_of(wish->segments[1]));
    mr_html_text(out, mr_strbuf_bytes(&address));
    mr_strbuf_appendf(out, "?from=%llu\">%s</a> ", (unsigned long long)from, words);
    mr_strbuf_deinit(&address);
}

/* Where the page begins, in the words that the console's addresses have: the newest where they say
 * nothing else. */
static mr_code find_first(const mr_page_wish *wish, const mr_shard *shard, uint64_t *first,
                          mr_error *err)
{
    const uint64_t oldest = mr_shard_first(shard), last = mr_shard_last(shard);
    const char *from = wish->from == NULL ? "last" : wish->from;
    mr_code code = MR_OK;
    *first = last >= RECORDS ? last - RECORDS + 1 : 1;
    if (wish->sequence != NULL) {
        code = mr_web_record_number(shard, wish->sequence, first, err);
    } else if (strcmp(from, "first") == 0) {
        *first = oldest;
    } else if (strcmp(from, "last") != 0 && !mr_bytes_to_uint64(mr_bytes_of(from), first)) {
        code = mr_error_set(err, MR_INVALID_ARGUMENT,
                            "from is \"%.64s\"; it may be first, last, or a record's number", from);
    }
    *first = *first > last ? last + 1 : *first;
    *first = *first < oldest ? oldest : *first;
    return code;
}

static void shard_records(const mr_page_wish *wish, mr_shard *shard, mr_strbuf *out)
{
    const uint64_t last = mr_shard_last(shard);
    uint64_t first;
    mr_error err;
    if (find_first(wish, shard, &first, &err) != MR_OK) {
        mr_page_paragraph(out, err.message);
    } else {
        append_records(shard, first, last < first + RECORDS - 1 ? last : first + RECORDS - 1, out);
    }
    mr_strbuf_append_text(out, "<p>");
    page_link(out, wish, 1, "First");
    page_link(out, wish, first > RECORDS ? first - RECORDS : 1, "Previous");
    if (first + RECORDS <= last) {
        page_link(out, wish, first + RECORDS, "Next");
    }
    mr_strbuf_append_text(out, "</p>\n");
}

void mr_page_records(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_page_heading(out, "Records", wish->segments[0]);
    mr_stream *stream = NULL;
    mr_shard *shard = NULL;
    mr_error err = {.message = "Choose a stream, and one of its shards."};
    mr_code code = wish->segments[0] == NULL || wish->segments[1] == NULL
                       ? MR_NOT_FOUND
                       : mr_streams_require(mr_sim_streams(web->sim),
                                            mr_bytes_of(wish->segments[0]), &stream, &err);
    if (code == MR_OK) {
        code = mr_stream_require_shard(stream, mr_bytes_of(wish->segments[1]), &shard, &err);
    }
    if (code == MR_OK) {
        shard_records(wish, shard, out);
        return;
    }
    mr_page_paragraph(out, err.message);
    mr_page_append_list(web, MR_PAGE_STREAMS, out);
}
