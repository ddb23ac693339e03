/* page_objects.c - the pages of buckets, prefixes and objects, with their previews. */
#include "src/web/page_views.h"

#include "sim/base/alloc.h"
#include "src/aws/uri.h"
#include "src/web/html.h"
#include "src/web/segment.h"
#include "src/web/web_private.h"

#define PREVIEW_LINES 50

static const mr_page_column object_columns[] = {{"Key", "key", MR_PAGE_PLAIN, NULL},
                                                {"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
                                                {"Written", "modified_us", MR_PAGE_TIME, NULL},
                                                {"ETag", "etag", MR_PAGE_PLAIN, NULL}};

static void append_prefixes(mr_strbuf *out, const char *bucket, const cJSON *prefixes)
{
    const cJSON *prefix;
    mr_strbuf_append_text(out, cJSON_GetArraySize(prefixes) > 0 ? "<ul>\n" : "");
    cJSON_ArrayForEach(prefix, prefixes)
    {
        char *segment = mr_format("%s/%s", bucket, prefix->valuestring);
        mr_strbuf_append_text(out, "<li>");
        mr_page_link(out, "objects", segment, prefix->valuestring, false);
        mr_strbuf_append_text(out, "</li>\n");
        mr_free(segment);
    }
    mr_strbuf_append_text(out, cJSON_GetArraySize(prefixes) > 0 ? "</ul>\n" : "");
}

static void append_lines(mr_strbuf *out, const cJSON *preview)
{
    const cJSON *line;
    mr_strbuf_append_text(out, "<pre>");
    cJSON_ArrayForEach(line, mr_page_member(preview, "lines"))
    {
        mr_page_text(out, cJSON_IsString(line) ? line->valuestring : "");
        mr_strbuf_append_char(out, '\n');
    }
    mr_page_text(out, mr_page_words(preview, "hex"));
    mr_strbuf_append_text(out, "</pre>\n");
}

static const mr_page_column fact_columns[] = {{"Bytes", "bytes", MR_PAGE_PLAIN, NULL},
                                              {"Written", "modified_us", MR_PAGE_TIME, NULL},
                                              {"Type", "content_type", MR_PAGE_PLAIN, NULL},
                                              {"Encoding", "content_encoding", MR_PAGE_PLAIN, NULL},
                                              {"ETag", "etag", MR_PAGE_PLAIN, NULL}};
static const mr_page_table fact_table = MR_PAGE_TABLE("The object", "", "", fact_columns);

static void append_download(mr_strbuf *out, const char *bucket, const char *key)
{
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&address, "/_millrace/api/buckets/");
    mr_segment_encode(&address, mr_bytes_of(bucket));
    mr_strbuf_append_text(&address, "/download?key=");
    mr_uri_encode(&address, mr_bytes_of(key), false);
    mr_strbuf_append_text(out, "<p><a href=\"");
    mr_html_text(out, mr_strbuf_bytes(&address));
    mr_strbuf_append_text(out, "\">Download</a></p>\n");
    mr_strbuf_deinit(&address);
}

/* Its size and kind; false: it is not there, which is said. */
static bool append_object_facts(const mr_web *web, const char *bucket, const char *key,
                                mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_error err;
    const bool is_there = mr_web_write_object(web, bucket, key, &json, &err) == MR_OK;
    cJSON *facts = is_there ? mr_page_read(&body, out) : NULL;
    if (!is_there) {
        mr_page_paragraph(out, err.message);
    } else if (facts != NULL) {
        mr_page_append_one(out, &fact_table, facts);
        append_download(out, bucket, key);
    }
    cJSON_Delete(facts);
    mr_strbuf_deinit(&body);
    return is_there;
}

static void append_preview(const mr_web *web, const char *bucket, const char *key, mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    mr_error err;
    mr_strbuf_append_text(out, "<h2>");
    mr_page_text(out, key);
    mr_strbuf_append_text(out, "</h2>\n");
    if (!append_object_facts(web, bucket, key, out)) {
        /* that has been said */
    } else if (mr_web_write_preview(web, bucket, key, PREVIEW_LINES, &json, &err) != MR_OK) {
        mr_page_paragraph(out, err.message);
    } else {
        cJSON *preview = mr_page_read(&body, out);
        if (preview != NULL) {
            if (cJSON_IsArray(mr_page_member(preview, "rows"))) {
                mr_page_append_grid(out, "The first rows", mr_page_member(preview, "columns"),
                                    mr_page_member(preview, "rows"));
            } else {
                append_lines(out, preview);
            }
            cJSON_Delete(preview);
        }
    }
    mr_strbuf_deinit(&body);
}

/* Each key is a link to its preview, on this same page. */
static void append_objects(mr_strbuf *out, const char *place, const cJSON *objects)
{
    static const mr_page_table object_table =
        MR_PAGE_TABLE("Objects", "objects", "", object_columns);
    mr_page_append_table(out, &object_table, objects);
    const cJSON *object;
    mr_strbuf_append_text(out, "<p>Previews:");
    cJSON_ArrayForEach(object, objects)
    {
        const char *key = mr_page_words(object, "key");
        mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_text(&address, MR_PAGE_BASE "objects/");
        mr_segments_encode(&address, mr_bytes_of(place));
        mr_strbuf_append_text(&address, "?key=");
        mr_uri_encode(&address, mr_bytes_of(key), false);
        mr_strbuf_append_text(out, " <a href=\"");
        mr_html_text(out, mr_strbuf_bytes(&address));
        mr_strbuf_append_text(out, "\">");
        mr_page_text(out, key);
        mr_strbuf_append_text(out, "</a>");
        mr_strbuf_deinit(&address);
    }
    mr_strbuf_append_text(out, "</p>\n");
}

/* has_key: an object is shown below, which says that there is something. */
static void append_listing(mr_strbuf *out, const mr_web_listing *listing, const cJSON *page,
                           bool has_key)
{
    char *place = mr_format("%s/%s", listing->bucket, listing->prefix);
    const cJSON *prefixes = mr_page_member(page, "prefixes");
    const cJSON *objects = mr_page_member(page, "objects");
    append_prefixes(out, listing->bucket, prefixes);
    if (cJSON_GetArraySize(objects) > 0) {
        append_objects(out, place, objects);
    } else if (cJSON_GetArraySize(prefixes) == 0 && !has_key) {
        mr_page_paragraph(out, "There is no object at this place.");
    }
    if (!cJSON_IsNull(mr_page_member(page, "next"))) {
        mr_page_paragraph(out, "There are more than are shown; `millrace ls` lists them all.");
    }
    mr_free(place);
}

static void bucket_page(const mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    const mr_web_listing listing = {.bucket = wish->segments[0],
                                    .prefix = wish->segments[1] == NULL ? "" : wish->segments[1],
                                    .delimiter = "/",
                                    .limit = MR_PAGE_ROWS_MAX};
    mr_strbuf body = mr_page_source();
    mr_error err;
    if (mr_web_write_objects(web, &listing, &body, &err) != MR_OK) {
        mr_page_paragraph(out, err.message);
    } else {
        cJSON *page = mr_page_read(&body, out);
        if (page != NULL) {
            append_listing(out, &listing, page, wish->key != NULL);
            cJSON_Delete(page);
        }
    }
    mr_strbuf_deinit(&body);
    if (wish->key != NULL) {
        append_preview(web, listing.bucket, wish->key, out);
    }
}

void mr_page_objects(mr_web *web, const mr_page_wish *wish, mr_strbuf *out)
{
    mr_page_heading(out, "Objects", wish->segments[0]);
    if (wish->segments[0] != NULL) {
        bucket_page(web, wish, out);
    } else {
        mr_page_append_list(web, MR_PAGE_BUCKETS, out);
    }
}
