/*
 * page_table.h - what the pages for readers without scripts (page.h) are written with: headings,
 * links, and tables of columns over the JSON of the API.
 *
 * Every text is escaped here. What is long is cut and says so: a page is to be read.
 */
#ifndef MR_SRC_WEB_PAGE_TABLE_H
#define MR_SRC_WEB_PAGE_TABLE_H

#include "sim/base/json.h"
#include "src/web/page.h"

#include <cjson/cJSON.h>

#define MR_PAGE_BASE           "/_millrace/console/"
#define MR_PAGE_CELL_BYTES_MAX (4 * (size_t)MR_KIB) /* of a text in a table */

/* ---- words ---- */

void mr_page_text(mr_strbuf *out, const char *words);
void mr_page_heading(mr_strbuf *out, const char *words, const char *of); /* of: NULL: of all */
void mr_page_paragraph(mr_strbuf *out, const char *words);
/* "There is no data stream clicks here." */
void mr_page_missing(mr_strbuf *out, const char *what, const char *name);
/* A link to a view. segment: what of it, "clicks" or "clicks/shardId-0" (segment.h); NULL: all.
 * is_here: it is the page that has it. */
void mr_page_link(mr_strbuf *out, const char *view, const char *segment, const char *words,
                  bool is_here);

/* ---- tables ---- */

typedef enum mr_page_kind {
    MR_PAGE_PLAIN,
    MR_PAGE_TIME, /* microseconds since the epoch */
    MR_PAGE_LINK  /* to `view`, of this row's value */
} mr_page_kind;

typedef struct mr_page_column {
    const char *header;
    const char *path; /* of the member in a row's object: "counts.read" */
    mr_page_kind kind;
    const char *view; /* of MR_PAGE_LINK */
} mr_page_column;

typedef struct mr_page_table {
    const char *caption;
    const char *rows;  /* path of the list in the facts */
    const char *empty; /* what is said of a list without rows */
    const mr_page_column *columns;
    size_t column_count;
} mr_page_table;

#define MR_PAGE_TABLE(title, list, none, list_of_columns)                                          \
    {                                                                                              \
        .caption = (title), .rows = (list), .empty = (none), .columns = (list_of_columns),         \
        .column_count = MR_COUNT(list_of_columns)                                                  \
    }

/* list: the rows, of which the first MR_PAGE_ROWS_MAX are shown and all are counted. */
void mr_page_append_table(mr_strbuf *out, const mr_page_table *table, const cJSON *list);
/* Each with the list that its path finds. */
void mr_page_append_tables(mr_strbuf *out, const mr_page_table *tables, size_t count,
                           const cJSON *facts);

/* A result: columns are texts, or objects with a name; rows are lists of texts and nulls, of which
 * the first MR_PAGE_ROWS_MAX are shown and all are counted. */
void mr_page_append_grid(mr_strbuf *out, const char *caption, const cJSON *columns,
                         const cJSON *rows);
/* One row of a table whose first column names it, for facts of one thing. */
void mr_page_append_one(mr_strbuf *out, const mr_page_table *table, const cJSON *row);

/* ---- facts ---- */

typedef void (*mr_page_write_fn)(mr_json *json, const mr_web *web);

/* The JSON that was written, read back. The caller deletes it. NULL: the world has more than the
 * buffer holds, or it cannot be read back; then the page says so. */
cJSON *mr_page_read(const mr_strbuf *body, mr_strbuf *out);
cJSON *mr_page_facts(const mr_web *web, mr_page_write_fn write, mr_strbuf *out);
/* A buffer to write facts into, as large as the facts of a page may be. */
mr_strbuf mr_page_source(void);

/* The member of a dotted path; NULL: absent. "" is the object itself. */
const cJSON *mr_page_member(const cJSON *object, const char *path);
/* The object of the list that has this name; NULL: none. */
const cJSON *mr_page_named(const cJSON *list, const char *name);
/* The text of a member; "" when it is none. */
const char *mr_page_words(const cJSON *object, const char *path);

#endif
