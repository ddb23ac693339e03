/* object_view.c - see object_view.h. */
#include "src/web/object_view.h"

#include "sim/base/alloc.h"

#include <csv.h>
#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16)

/* ---- unpacking ---- */

static bool is_gzip(mr_bytes bytes)
{
    return bytes.len > 2 && (uint8_t)bytes.at[0] == 0x1F && (uint8_t)bytes.at[1] == 0x8B;
}

/* What the beginning of a gzip body of any number of members expands to, as far as it goes: it may
 * be cut anywhere. False when it is none. */
static bool unpack(mr_bytes in, mr_strbuf *out, bool *is_cut)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in.at, .avail_in = (uInt)in.len};
    if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK) {
        return false;
    }
    int rc = Z_OK;
    bool has_room = true;
    while (has_room && (rc == Z_OK || (rc == Z_STREAM_END && z.avail_in > 0))) {
        if (rc == Z_STREAM_END && inflateReset(&z) != Z_OK) {
            break;
        }
        char piece[16 * 1024];
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof(piece);
        rc = inflate(&z, Z_NO_FLUSH);
        size_t n = sizeof(piece) - z.avail_out;
        has_room = out->len + n <= MR_PREVIEW_BYTES_MAX;
        mr_strbuf_append(out, piece, has_room ? n : MR_PREVIEW_BYTES_MAX - out->len);
    }
    *is_cut = !has_room || rc == Z_BUF_ERROR || (rc == Z_OK && z.avail_in == 0);
    (void)inflateEnd(&z);
    return out->len > 0 || rc == Z_STREAM_END;
}

/* ---- what it is ---- */

/* Text but for a character that is cut at the end. */
static bool is_text(mr_bytes bytes, bool is_cut)
{
    for (size_t i = 0; i < bytes.len; i++) {
        const uint8_t c = (uint8_t)bytes.at[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') {
            return false;
        }
    }
    for (size_t cut = 0; cut < 4 && cut <= bytes.len; cut++) {
        if (mr_bytes_is_utf8(mr_bytes_make(bytes.at, bytes.len - cut))) {
            return cut == 0 || is_cut;
        }
    }
    return false;
}

static bool ends_with(const char *key, const char *ending)
{
    mr_bytes bytes = mr_bytes_of(key);
    if (mr_bytes_ends_with(bytes, mr_bytes_of(".gz"))) {
        bytes.len -= 3;
    }
    return mr_bytes_ends_with(bytes, mr_bytes_of(ending));
}

static bool is_json(mr_bytes bytes)
{
    const mr_bytes trimmed = mr_bytes_trim(bytes);
    return trimmed.len > 0 && (trimmed.at[0] == '{' || trimmed.at[0] == '[');
}

/* ---- lines ---- */

typedef struct lines {
    mr_json *json;
    size_t most, count;
    bool more;
} lines;

static void add_line(lines *l, mr_bytes line)
{
    if (line.len > 0 && line.at[line.len - 1] == '\r') {
        line.len--;
    }
    if (l->count == l->most) {
        l->more = true;
        return;
    }
    l->count++;
    mr_json_string(l->json, line);
}

/* How long the first JSON value of the line is: to the end of its outermost bracket. */
static size_t value_length(mr_bytes line)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < line.len; i++) {
        const char c = line.at[i];
        if (in_string) {
            i += c == '\\'; /* what follows it is no end */
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
            return i + 1;
        }
    }
    return line.len;
}

/* Records that were delivered without an end between them. */
static void add_json_line(lines *l, mr_bytes line)
{
    while (line.len > 0 && !l->more) {
        const size_t n = line.at[0] == '{' || line.at[0] == '[' ? value_length(line) : line.len;
        add_line(l, mr_bytes_make(line.at, n));
        line = mr_bytes_make(line.at + n, line.len - n);
    }
}

static void write_lines(lines *l, mr_bytes bytes, bool is_json_lines)
{
    while (bytes.len > 0 && !l->more) {
        const size_t end = mr_bytes_find(bytes, '\n');
        const mr_bytes line = mr_bytes_make(bytes.at, end);
        if (is_json_lines) {
            add_json_line(l, line);
        } else {
            add_line(l, line);
        }
        const size_t skip = mr_min_size(end + 1, bytes.len);
        bytes = mr_bytes_make(bytes.at + skip, bytes.len - skip);
    }
}

/* ---- CSV ---- */

typedef struct table {
    mr_json *json;
    size_t rows_max, rows, cells;
    bool is_row_open, more, in_header;
} table;

static void on_cell(void *bytes, size_t len, void *context)
{
    table *t = context;
    if (t->more) {
        return;
    }
    if (!t->is_row_open && !t->in_header) {
        mr_json_array_begin(t->json);
        t->is_row_open = true;
    }
    if (t->cells++ < MR_PREVIEW_CELLS_MAX) {
        mr_json_string(t->json, mr_bytes_make(bytes, len));
    }
}

static void end_row(table *t)
{
    if (t->in_header) {
        mr_json_array_end(t->json);
        mr_json_key(t->json, "rows");
        mr_json_array_begin(t->json);
        t->in_header = false;
    } else if (t->is_row_open) {
        mr_json_array_end(t->json);
        t->rows++;
    }
    t->is_row_open = false;
    t->cells = 0;
}

static void on_row(int end, void *context)
{
    (void)end;
    table *t = context;
    if (!t->more) {
        end_row(t);
        t->more = t->rows == t->rows_max;
    }
}

/* The first line names the columns: a delivered object has none, but one that was put by hand. */
static bool write_table(const mr_object_preview_options *options, mr_bytes bytes, mr_json *json)
{
    struct csv_parser parser;
    table t = {.json = json, .rows_max = options->lines_max, .in_header = true};
    if (csv_init(&parser, CSV_APPEND_NULL) != 0) {
        return false;
    }
    if (ends_with(options->key, ".tsv")) {
        csv_set_delim(&parser, '\t');
    }
    mr_json_key(json, "columns");
    mr_json_array_begin(json);
    (void)csv_parse(&parser, bytes.at, bytes.len, on_cell, on_row, &t);
    (void)csv_fini(&parser, on_cell, on_row, &t);
    csv_free(&parser);
    if (t.in_header || t.is_row_open) {
        end_row(&t);
    }
    mr_json_array_end(json);
    return t.more;
}

/* ---- hex ---- */

static void write_hex(mr_json *json, mr_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    mr_strbuf hex = mr_strbuf_make(2 * (size_t)MR_PREVIEW_HEX_BYTES);
    for (size_t i = 0; i < mr_min_size(bytes.len, MR_PREVIEW_HEX_BYTES); i++) {
        const uint8_t byte = (uint8_t)bytes.at[i];
        mr_strbuf_append_char(&hex, digits[byte >> 4]);
        mr_strbuf_append_char(&hex, digits[byte & 15]);
    }
    mr_json_string(json, mr_strbuf_bytes(&hex));
    mr_strbuf_deinit(&hex);
}

/* ---- all of it ---- */

typedef enum preview_kind { KIND_JSONL, KIND_CSV, KIND_TEXT, KIND_BINARY } preview_kind;

static const char *const kind_names[] = {
    [KIND_JSONL] = "jsonl", [KIND_CSV] = "csv", [KIND_TEXT] = "text", [KIND_BINARY] = "binary"};

typedef struct content {
    mr_bytes bytes;
    preview_kind kind;
    const char *compression;
    bool is_cut;
} content;

static content look(const mr_object_preview_options *options, mr_strbuf *unpacked)
{
    content c = {.bytes = options->bytes, .compression = "none", .is_cut = !options->is_whole};
    bool is_cut = false;
    if (is_gzip(c.bytes) && unpack(c.bytes, unpacked, &is_cut)) {
        c.bytes = mr_strbuf_bytes(unpacked);
        c.compression = "gzip";
        c.is_cut = c.is_cut || is_cut;
    }
    if (!is_text(c.bytes, c.is_cut)) {
        c.kind = KIND_BINARY;
    } else if (is_json(c.bytes)) {
        c.kind = KIND_JSONL;
    } else {
        c.kind = ends_with(options->key, ".csv") || ends_with(options->key, ".tsv") ? KIND_CSV
                                                                                    : KIND_TEXT;
    }
    return c;
}

static void null_field(mr_json *json, const char *key)
{
    mr_json_key(json, key);
    mr_json_null(json);
}

void mr_object_preview(const mr_object_preview_options *options, mr_json *json)
{
    MR_ASSERT(options->bytes.len <= MR_PREVIEW_READ_MAX);
    MR_ASSERT(options->lines_max >= 1 && options->lines_max <= MR_PREVIEW_LINES_MAX);
    mr_strbuf unpacked = mr_strbuf_make(MR_PREVIEW_BYTES_MAX);
    const content c = look(options, &unpacked);
    const bool is_table = c.kind == KIND_CSV;
    const bool is_binary = c.kind == KIND_BINARY;
    bool more = c.is_cut;
    mr_json_object_begin(json);
    mr_json_field_string(json, "kind", kind_names[c.kind]);
    mr_json_field_string(json, "compression", c.compression);
    if (is_table || is_binary) {
        null_field(json, "lines");
    } else {
        lines l = {.json = json, .most = options->lines_max};
        mr_json_key(json, "lines");
        mr_json_array_begin(json);
        write_lines(&l, c.bytes, c.kind == KIND_JSONL);
        mr_json_array_end(json);
        more = more || l.more;
    }
    if (is_table) {
        more = write_table(options, c.bytes, json) || more;
    } else {
        null_field(json, "columns");
        null_field(json, "rows");
    }
    mr_json_key(json, "hex");
    if (is_binary) {
        write_hex(json, c.bytes);
        more = more || c.bytes.len > MR_PREVIEW_HEX_BYTES;
    } else {
        mr_json_null(json);
    }
    mr_json_field_bool(json, "truncated", more);
    mr_json_object_end(json);
    mr_strbuf_deinit(&unpacked);
}
