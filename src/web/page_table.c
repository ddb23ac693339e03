/* page_table.c - see page_table.h. */
#include "src/web/page_table.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/web/html.h"
#include "src/web/segment.h"

#include <math.h>
#include <string.h>

#define SOURCE_BYTES_MAX (32 * MR_MIB)

/* ---- words ---- */

void mr_page_text(mr_strbuf *out, const char *words)
{
    mr_html_text(out, mr_bytes_of(words));
}

void mr_page_heading(mr_strbuf *out, const char *words, const char *of)
{
    mr_strbuf_append_text(out, "<h1>");
    mr_page_text(out, words);
    if (of != NULL) {
        mr_strbuf_append_text(out, ": ");
        mr_page_text(out, of);
    }
    mr_strbuf_append_text(out, "</h1>\n");
}

void mr_page_paragraph(mr_strbuf *out, const char *words)
{
    mr_strbuf_append_text(out, "<p>");
    mr_page_text(out, words);
    mr_strbuf_append_text(out, "</p>\n");
}

void mr_page_missing(mr_strbuf *out, const char *what, const char *name)
{
    char *words = mr_format("There is no %s %s here.", what, name);
    mr_page_paragraph(out, words);
    mr_free(words);
}

void mr_page_link(mr_strbuf *out, const char *view, const char *segment, const char *words,
                  bool is_here)
{
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&address, MR_PAGE_BASE "%s", view);
    if (segment != NULL) {
        mr_strbuf_append_char(&address, '/');
        mr_segments_encode(&address, mr_bytes_of(segment));
    }
    mr_strbuf_append_text(out, "<a href=\"");
    mr_html_text(out, mr_strbuf_bytes(&address));
    mr_strbuf_append_text(out, is_here ? "\" aria-current=\"page\">" : "\">");
    mr_page_text(out, words);
    mr_strbuf_append_text(out, "</a>");
    mr_strbuf_deinit(&address);
}

/* ---- values ---- */

/* The member of a dotted path; NULL: absent. "" is the object itself. */
const cJSON *mr_page_member(const cJSON *object, const char *path)
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

/* A cell's text, cut between two characters when it is long. */
static void append_cut(mr_strbuf *out, const char *words)
{
    const mr_bytes all = mr_bytes_of(words);
    size_t end = mr_min_size(all.len, MR_PAGE_CELL_BYTES_MAX);
    while (end < all.len && end > 0 && ((unsigned char)words[end] & 0xc0) == 0x80) {
        end--;
    }
    mr_html_text(out, mr_bytes_make(words, end));
    if (end < all.len) {
        mr_strbuf_appendf(out, "&hellip; (%zu bytes in all)", all.len);
    }
}

static void append_array(mr_strbuf *out, const cJSON *array)
{
    const cJSON *item;
    int count = 0;
    cJSON_ArrayForEach(item, array)
    {
        const cJSON *name = cJSON_IsObject(item) ? mr_page_member(item, "name") : item;
        mr_strbuf_append_text(out, count == 0 ? "" : ", ");
        if (count++ == MR_PAGE_ROWS_MAX) {
            mr_strbuf_appendf(out, "&hellip; (%d in all)", cJSON_GetArraySize(array));
            break;
        }
        append_cut(out, cJSON_IsString(name) ? name->valuestring : "?");
    }
}

static void append_value(mr_strbuf *out, const mr_page_column *c, const cJSON *value)
{
    if (value == NULL || cJSON_IsNull(value)) {
        mr_strbuf_append_text(out, "&ndash;");
    } else if (cJSON_IsString(value) && c->kind == MR_PAGE_LINK) {
        mr_page_link(out, c->view, value->valuestring, value->valuestring, false);
    } else if (cJSON_IsString(value)) {
        append_cut(out, value->valuestring);
    } else if (cJSON_IsNumber(value) && c->kind == MR_PAGE_TIME) {
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

static void append_head(mr_strbuf *out, const mr_page_table *t)
{
    mr_strbuf_append_text(out, "<table>\n<caption>");
    mr_page_text(out, t->caption);
    mr_strbuf_append_text(out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < t->column_count; i++) {
        mr_strbuf_append_text(out, "<th scope=\"col\">");
        mr_page_text(out, t->columns[i].header);
        mr_strbuf_append_text(out, "</th>");
    }
    mr_strbuf_append_text(out, "</tr></thead>\n<tbody>\n");
}

static void append_row(mr_strbuf *out, const mr_page_table *t, const cJSON *row)
{
    mr_strbuf_append_text(out, "<tr>");
    for (size_t i = 0; i < t->column_count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "<th scope=\"row\">" : "<td>");
        append_value(out, &t->columns[i], mr_page_member(row, t->columns[i].path));
        mr_strbuf_append_text(out, i == 0 ? "</th>" : "</td>");
    }
    mr_strbuf_append_text(out, "</tr>\n");
}

/* Of a table with so many rows, when it does not show all. */
static void append_count(mr_strbuf *out, int count)
{
    if (count > MR_PAGE_ROWS_MAX) {
        mr_strbuf_appendf(out, "<p>The first %d of %d are shown.</p>\n", MR_PAGE_ROWS_MAX, count);
    }
}

void mr_page_append_table(mr_strbuf *out, const mr_page_table *t, const cJSON *list)
{
    const int count = cJSON_GetArraySize(list);
    if (count == 0) {
        mr_strbuf_append_text(out, "<h2>");
        mr_page_text(out, t->caption);
        mr_strbuf_append_text(out, "</h2>\n");
        mr_page_paragraph(out, t->empty);
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
    append_count(out, count);
}

void mr_page_append_one(mr_strbuf *out, const mr_page_table *table, const cJSON *row)
{
    append_head(out, table);
    append_row(out, table, row);
    mr_strbuf_append_text(out, "</tbody>\n</table>\n");
}

static void append_cells(mr_strbuf *out, const cJSON *cells, const char *begin, const char *end)
{
    const cJSON *cell;
    mr_strbuf_append_text(out, "<tr>");
    cJSON_ArrayForEach(cell, cells)
    {
        const cJSON *text = cJSON_IsObject(cell) ? mr_page_member(cell, "name") : cell;
        mr_strbuf_append_text(out, begin);
        append_cut(out, cJSON_IsString(text) ? text->valuestring : "");
        mr_strbuf_append_text(out, end);
    }
    mr_strbuf_append_text(out, "</tr>\n");
}

void mr_page_append_grid(mr_strbuf *out, const char *caption, const cJSON *columns,
                         const cJSON *rows)
{
    const int count = cJSON_GetArraySize(rows);
    const cJSON *row;
    int shown = 0;
    mr_strbuf_append_text(out, "<table>\n<caption>");
    mr_page_text(out, caption);
    mr_strbuf_append_text(out, "</caption>\n<thead>");
    append_cells(out, columns, "<th scope=\"col\">", "</th>");
    mr_strbuf_append_text(out, "</thead>\n<tbody>\n");
    cJSON_ArrayForEach(row, rows)
    {
        if (shown++ == MR_PAGE_ROWS_MAX) {
            break;
        }
        append_cells(out, row, "<td>", "</td>");
    }
    mr_strbuf_append_text(out, "</tbody>\n</table>\n");
    append_count(out, count);
}

void mr_page_append_tables(mr_strbuf *out, const mr_page_table *tables, size_t count,
                           const cJSON *facts)
{
    for (size_t i = 0; i < count; i++) {
        mr_page_append_table(out, &tables[i], mr_page_member(facts, tables[i].rows));
    }
}

/* ---- facts ---- */

mr_strbuf mr_page_source(void)
{
    return mr_strbuf_make(SOURCE_BYTES_MAX);
}

cJSON *mr_page_read(const mr_strbuf *body, mr_strbuf *out)
{
    cJSON *facts = body->overflowed ? NULL : cJSON_ParseWithLength(body->at, body->len);
    if (facts == NULL) {
        mr_page_paragraph(out, body->overflowed
                                   ? "There is more here than a page can hold. Ask the API for a "
                                     "part of it: /_millrace/docs."
                                   : "This cannot be shown here. The API has it: /_millrace/docs.");
    }
    return facts;
}

cJSON *mr_page_facts(const mr_web *web, mr_page_write_fn write, mr_strbuf *out)
{
    mr_strbuf body = mr_page_source();
    mr_json json = mr_json_make(&body);
    write(&json, web);
    cJSON *facts = mr_page_read(&body, out);
    mr_strbuf_deinit(&body);
    return facts;
}

/* The object of the list that has this name; NULL: none. */
const cJSON *mr_page_named(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *its = mr_page_member(item, "name");
        if (cJSON_IsString(its) && strcmp(its->valuestring, name) == 0) {
            return item;
        }
    }
    return NULL;
}

const char *mr_page_words(const cJSON *object, const char *path)
{
    const cJSON *member = mr_page_member(object, path);
    return cJSON_IsString(member) ? member->valuestring : "";
}
