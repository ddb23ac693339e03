/* delimited_scan.c - see delimited_scan.h. */
#include "sim/format/delimited_scan.h"

#include "sim/base/alloc.h"

struct mr_delimited_scan {
    bool open_csv;
    char separator, quote, escape;
    char *null_text; /* owned */
    size_t *columns; /* owned */
    size_t column_count;
    mr_field *fields; /* owned */
};

mr_delimited_scan *mr_delimited_scan_new(const mr_delimited_options *options)
{
    mr_delimited_scan *scan = mr_calloc(1, sizeof(*scan));
    scan->open_csv = options->open_csv;
    scan->separator = options->separator;
    scan->quote = options->quote;
    scan->escape = options->escape;
    scan->null_text = mr_strdup(options->null_text == NULL ? "\\N" : options->null_text);
    scan->columns = mr_alloc((options->column_count + 1) * sizeof(*scan->columns));
    for (size_t i = 0; i < options->column_count; i++) {
        MR_ASSERT(i == 0 || options->columns[i] > options->columns[i - 1]);
        scan->columns[i] = options->columns[i];
    }
    scan->column_count = options->column_count;
    scan->fields = mr_calloc(options->column_count + 1, sizeof(*scan->fields));
    return scan;
}

void mr_delimited_scan_free(mr_delimited_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    mr_free(scan->null_text);
    mr_free(scan->columns);
    mr_free(scan->fields);
    mr_free(scan);
}

const char *mr_line_after(const char *p, const char *end, const char **stop)
{
    const char *feed = memchr(p, '\n', (size_t)(end - p));
    const char *line_end = feed == NULL ? end : feed;
    const char *carriage = memchr(p, '\r', (size_t)(line_end - p));
    if (carriage == NULL) {
        *stop = line_end;
        return feed == NULL ? end : feed + 1;
    }
    *stop = carriage;
    return carriage + 1 < end && carriage[1] == '\n' ? carriage + 2 : carriage + 1;
}

/* ---- LazySimpleSerDe ---- */

/* The end of the field at p. */
static const char *lazy_end(const mr_delimited_scan *scan, const char *p, const char *end,
                            bool *escaped)
{
    *escaped = false;
    if (scan->escape == '\0') {
        const char *stop = memchr(p, scan->separator, (size_t)(end - p));
        return stop == NULL ? end : stop;
    }
    for (; p < end && *p != scan->separator; p++) {
        if (*p == scan->escape && p + 1 < end) {
            *escaped = true;
            p++;
        }
    }
    return p;
}

static void split_lazy(mr_delimited_scan *scan, const char *p, const char *end)
{
    size_t wanted = 0;
    for (size_t place = 0; wanted < scan->column_count; place++) {
        bool escaped;
        const char *stop = lazy_end(scan, p, end, &escaped);
        if (scan->columns[wanted] == place) {
            mr_field_kind kind = escaped ? MR_FIELD_BACKSLASHED : MR_FIELD_TEXT;
            mr_bytes text = mr_bytes_make(p, (size_t)(stop - p));
            if (mr_bytes_is(text, scan->null_text)) {
                kind = MR_FIELD_NULL;
            }
            scan->fields[wanted++] =
                (mr_field){.at = p, .len = (uint32_t)text.len, .kind = (uint8_t)kind};
        }
        if (stop == end) {
            return;
        }
        p = stop + 1;
    }
}

/* ---- OpenCSVSerde ---- */

/* The end of the field at p; NULL when a quote in it is not closed. plain: out, it has neither
 * quotes nor escapes. */
static const char *csv_end(const mr_delimited_scan *scan, const char *p, const char *end,
                           bool *plain)
{
    bool inside = false;
    *plain = true;
    for (; p < end; p++) {
        char c = *p;
        if (c == scan->escape && c != scan->quote && scan->escape != '\0') {
            *plain = false;
            if (p + 1 < end && (p[1] == scan->quote || p[1] == scan->escape)) {
                p++;
            }
        } else if (c == scan->quote) {
            *plain = false;
            if (inside && p + 1 < end && p[1] == scan->quote) {
                p++;
            } else {
                inside = !inside;
            }
        } else if (c == scan->separator && !inside) {
            return p;
        }
    }
    return inside ? NULL : end;
}

static void split_csv(mr_delimited_scan *scan, const char *p, const char *end)
{
    size_t wanted = 0;
    if (p == end) {
        return; /* an empty line: all NULL */
    }
    for (size_t place = 0; wanted < scan->column_count; place++) {
        bool plain;
        const char *stop = csv_end(scan, p, end, &plain);
        if (stop == NULL) {
            return;
        }
        if (scan->columns[wanted] == place) {
            mr_field_kind kind = plain ? MR_FIELD_TEXT : MR_FIELD_QUOTED;
            scan->fields[wanted++] =
                (mr_field){.at = p, .len = (uint32_t)(stop - p), .kind = (uint8_t)kind};
        }
        if (stop == end) {
            return;
        }
        p = stop + 1;
    }
}

/* ---- both ---- */

bool mr_delimited_scan_block(mr_delimited_scan *scan, mr_bytes block, size_t skip,
                             mr_row_sink_fn sink, void *context)
{
    const char *p = block.at;
    const char *end = block.at + block.len;
    while (p < end) {
        const char *stop;
        const char *after = mr_line_after(p, end, &stop);
        if (skip > 0) {
            skip--;
            p = after;
            continue;
        }
        memset(scan->fields, 0, (scan->column_count + 1) * sizeof(*scan->fields));
        if (scan->column_count > 0 && scan->open_csv) {
            split_csv(scan, p, stop);
        } else if (scan->column_count > 0) {
            split_lazy(scan, p, stop);
        }
        if (!sink(context, scan->fields)) {
            return false;
        }
        p = after;
    }
    return true;
}

static void csv_plain(mr_bytes raw, char quote, char escape, mr_strbuf *out)
{
    bool inside = false;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        bool more = i + 1 < raw.len;
        if (c == escape && c != quote && escape != '\0') {
            if (more && (raw.at[i + 1] == quote || raw.at[i + 1] == escape)) {
                mr_strbuf_append_char(out, raw.at[++i]);
            }
        } else if (c == quote) {
            if (inside && more && raw.at[i + 1] == quote) {
                mr_strbuf_append_char(out, raw.at[++i]);
            } else {
                inside = !inside;
            }
        } else {
            mr_strbuf_append_char(out, c);
        }
    }
}

void mr_delimited_plain(mr_field field, char quote, char escape, mr_strbuf *out)
{
    mr_bytes raw = mr_field_bytes(field);
    if (field.kind == MR_FIELD_QUOTED) {
        csv_plain(raw, quote, escape, out);
        return;
    }
    MR_ASSERT(field.kind == MR_FIELD_BACKSLASHED);
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == escape && i + 1 < raw.len) {
            i++;
        }
        mr_strbuf_append_char(out, raw.at[i]);
    }
}
