/*
 * Two ways to the end of a row:
 *
 *   split_in_place()  the whole row is in this piece and no field of it is quoted: fields are
 *                     found 32 bytes at a time and point into the piece
 *   read_by_states()  anything else: a state machine that can stop and go on at any byte finds the
 *                     row's end; what lies in earlier pieces is held; libcsv decodes the fields
 *                     that hold doubled quotes, the others are their bytes
 *
 *        ,              other
 *      +----> FIELD ------------> PLAIN --+
 *      |        | "                 | ,   | line end
 *      |        v    "              v     v
 *      |     QUOTED <---> CLOSED  FIELD  row
 *      |                   | |
 *      +-------------------+ +-- line end: row; other: PLAIN, and the row is torn
 */
#include "sim/producer/row_reader.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"

#include <csv.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef enum byte_class { BYTE_OTHER, BYTE_DELIMITER, BYTE_QUOTE, BYTE_LINE_END } byte_class;

typedef enum scan_state {
    SCAN_FIELD,  /* before the first byte of a field */
    SCAN_PLAIN,  /* in an unquoted field */
    SCAN_QUOTED, /* in a quoted field */
    SCAN_CLOSED  /* after a quote in a quoted field: its end, or half of a doubled quote */
} scan_state;

static const char BOM[] = "\xEF\xBB\xBF";
#define BOM_BYTES    3
#define NO_DELIMITER (-1)

struct mr_row_reader {
    mr_row_format format;
    mr_header_fn header;
    mr_read_row_fn row;
    void *context;

    uint8_t class_of[256]; /* byte_class */
    int delimiter;         /* NO_DELIMITER for raw lines */
    int quote;             /* the same */

    size_t bom_seen; /* bytes of a BOM at the start, BOM_BYTES when that is settled */
    bool header_seen;
    bool header_again; /* it was seen in an earlier pass and comes once more */
    bool going;        /* the receiver wants more rows */
    bool skip_lf;      /* the last row ended with CR: an LF belongs to it */
    uint64_t rows;
    uint64_t line; /* of the row being read, or of the next one */

    /* ---- the row being read by states ---- */
    bool in_row;
    scan_state scan;
    bool quoted;           /* has a quoted field */
    bool torn;             /* text follows a closing quote */
    bool after_cr;         /* in quotes: the last byte was CR */
    uint64_t lines_inside; /* line ends in quotes */
    uint64_t row_bytes;    /* so far, also when they are not held */
    mr_strbuf held;        /* its bytes from earlier pieces */

    mr_bytes *fields; /* MR_ROW_FIELDS_MAX */
    size_t field_count;
    bool too_many_fields;
    struct csv_parser csv;
    mr_strbuf decoded; /* fields as libcsv gave them */
};

/* ---- making and releasing ---- */

bool mr_row_delimiter_is_fine(char delimiter)
{
    return delimiter != '"' && delimiter != '\n' && delimiter != '\r' && delimiter != '\0';
}

/* libcsv trims blanks around unquoted fields, and ends rows, unless told that nothing is one. */
static int is_never(unsigned char c)
{
    (void)c;
    return 0;
}

mr_row_reader *mr_row_reader_new(const mr_row_format *format, mr_header_fn header,
                                 mr_read_row_fn row, void *context)
{
    mr_row_reader *reader = mr_calloc(1, sizeof(*reader));
    reader->format = *format;
    if (reader->format.delimiter == '\0') {
        reader->format.delimiter = ',';
    }
    MR_ASSERT(mr_row_delimiter_is_fine(reader->format.delimiter));
    reader->header = header;
    reader->row = row;
    reader->context = context;
    reader->line = 1;

    reader->class_of['\n'] = BYTE_LINE_END;
    reader->class_of['\r'] = BYTE_LINE_END;
    reader->delimiter = NO_DELIMITER;
    reader->quote = NO_DELIMITER;
    if (!format->raw_lines) {
        reader->delimiter = (unsigned char)reader->format.delimiter;
        reader->quote = '"';
        reader->class_of[reader->delimiter] = BYTE_DELIMITER;
        reader->class_of[reader->quote] = BYTE_QUOTE;
    }

    reader->held = mr_strbuf_make(MR_ROW_BYTES_MAX);
    reader->decoded = mr_strbuf_make(MR_ROW_BYTES_MAX);
    reader->fields = mr_calloc(MR_ROW_FIELDS_MAX, sizeof(*reader->fields));

    int failed = csv_init(&reader->csv, 0);
    MR_ASSERT(failed == 0);
    csv_set_delim(&reader->csv, (unsigned char)reader->format.delimiter);
    csv_set_space_func(&reader->csv, is_never);
    csv_set_term_func(&reader->csv, is_never);
    csv_set_realloc_func(&reader->csv, mr_realloc);
    csv_set_free_func(&reader->csv, mr_free);
    csv_set_blk_size(&reader->csv, 4096);
    return reader;
}

void mr_row_reader_free(mr_row_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    csv_free(&reader->csv);
    mr_strbuf_deinit(&reader->held);
    mr_strbuf_deinit(&reader->decoded);
    mr_free(reader->fields);
    mr_free(reader);
}

/* ---- handing over ---- */

/* Without a header, columns are known by their numbers. */
static void name_by_numbers(mr_row_reader *reader, size_t count)
{
    mr_bytes *names = mr_calloc(count, sizeof(*names));
    char(*digits)[24] = mr_calloc(count, sizeof(*digits));

    for (size_t i = 0; i < count; i++) {
        mr_strbuf text = mr_strbuf_make(sizeof(digits[i]) - 1);
        mr_strbuf_append_uint64(&text, i + 1);
        memcpy(digits[i], text.at, text.len);
        names[i] = mr_bytes_make(digits[i], text.len);
        mr_strbuf_deinit(&text);
    }
    reader->header(reader->context, names, count);
    mr_free(digits);
    mr_free(names);
}

/* Takes the row as the header, if it is one. It is known by its place, so a pass over the same
 * input may pass over it unread. */
static bool take_header(mr_row_reader *reader, const mr_row *row)
{
    if (reader->header_again) {
        reader->header_again = false;
        return true;
    }
    if (reader->format.no_header && row->problem != NULL) {
        return false; /* a row with no columns to name */
    }
    reader->header_seen = true;
    if (reader->format.no_header) {
        if (reader->header != NULL) {
            name_by_numbers(reader, row->field_count);
        }
        return false;
    }
    if (row->problem != NULL) {
        reader->going = reader->row(reader->context, row); /* number 0: the header */
    } else if (reader->header != NULL) {
        reader->header(reader->context, reader->fields, row->field_count);
    }
    return true;
}

static void hand_over(mr_row_reader *reader, mr_bytes raw, size_t field_count, const char *problem)
{
    mr_row row = {.line = reader->line,
                  .fields = reader->fields,
                  .field_count = problem == NULL ? field_count : 0,
                  .raw = raw,
                  .problem = problem};

    if (MR_UNLIKELY(!reader->header_seen || reader->header_again) && take_header(reader, &row)) {
        return;
    }
    row.number = ++reader->rows;
    reader->going = reader->row(reader->context, &row);
}

/* The line end at `at` ends the row; what begins the next one. */
static const char *pass_line_end(mr_row_reader *reader, const char *at)
{
    reader->skip_lf = *at == '\r';
    reader->line++;
    return at + 1;
}

/* ---- rows that lie in one piece, without quotes ---- */

#define BLOCK 32

/* Bit i: byte i of at[0..len) ends a field or a row, or is a quote. len is at most BLOCK. */
static uint32_t special_bits_of_few(const mr_row_reader *reader, const char *at, size_t len)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        bits |= (uint32_t)(reader->class_of[(unsigned char)at[i]] != BYTE_OTHER) << i;
    }
    return bits;
}

#if defined(__SSE2__)
typedef struct needles {
    __m128i lf, cr, delimiter, quote;
} needles;

/* For raw lines there is no delimiter and no quote: LF stands in for them. */
static needles needles_of(const mr_row_reader *reader)
{
    __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
    if (reader->delimiter == NO_DELIMITER) {
        return (needles){lf, cr, lf, lf};
    }
    return (needles){lf, cr, _mm_set1_epi8(reader->format.delimiter), _mm_set1_epi8('"')};
}

static inline uint32_t special_bits_of_half(const needles *find, const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, find->lf), _mm_cmpeq_epi8(bytes, find->cr));
    __m128i marks =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, find->delimiter), _mm_cmpeq_epi8(bytes, find->quote));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(ends, marks));
}

static inline uint32_t special_bits(const mr_row_reader *reader, const needles *find,
                                    const char *at, size_t len)
{
    if (MR_UNLIKELY(len < BLOCK)) {
        return special_bits_of_few(reader, at, len);
    }
    return special_bits_of_half(find, at) | special_bits_of_half(find, at + 16) << 16;
}
#else
typedef struct needles {
    char unused;
} needles;

static needles needles_of(const mr_row_reader *reader)
{
    (void)reader;
    return (needles){0};
}

static inline uint32_t special_bits(const mr_row_reader *reader, const needles *find,
                                    const char *at, size_t len)
{
    (void)find;
    return special_bits_of_few(reader, at, len);
}
#endif

/* Hands over the row at `at` and returns what follows it; NULL, with nothing done, when the row
 * does not end here, has a quoted field, or is not ordinary in another way. */
static const char *split_in_place(mr_row_reader *reader, const needles *find, const char *at,
                                  const char *end)
{
    mr_bytes *fields = reader->fields;
    const char *field = at;
    size_t count = 0;

    for (const char *block = at; block < end; block += BLOCK) {
        uint32_t bits =
            special_bits(reader, find, block, mr_min_size(BLOCK, (size_t)(end - block)));
        while (bits != 0) {
            const char *byte = block + __builtin_ctz(bits);
            bits &= bits - 1;
            if (MR_LIKELY((unsigned char)*byte == reader->delimiter)) {
                fields[count++] = mr_bytes_make(field, (size_t)(byte - field));
                field = byte + 1;
                if (MR_UNLIKELY(count == MR_ROW_FIELDS_MAX)) {
                    return NULL;
                }
            } else if ((unsigned char)*byte == reader->quote) {
                if (byte == field) {
                    return NULL;
                }
            } else {
                if (MR_UNLIKELY((size_t)(byte - at) > MR_ROW_BYTES_MAX)) {
                    return NULL;
                }
                fields[count++] = mr_bytes_make(field, (size_t)(byte - field));
                if (byte != at) { /* a blank line is nothing */
                    hand_over(reader, mr_bytes_make(at, (size_t)(byte - at)), count, NULL);
                }
                return pass_line_end(reader, byte);
            }
        }
    }
    return NULL;
}

/* ---- all the others ---- */

static void add_field(mr_row_reader *reader, mr_bytes field)
{
    if (reader->field_count == MR_ROW_FIELDS_MAX) {
        reader->too_many_fields = true;
        return;
    }
    reader->fields[reader->field_count++] = field;
}

static void split_plain(mr_row_reader *reader, mr_bytes raw)
{
    while (reader->delimiter != NO_DELIMITER) {
        size_t len = mr_bytes_find(raw, (char)reader->delimiter);
        if (len == raw.len) {
            break;
        }
        add_field(reader, mr_bytes_make(raw.at, len));
        raw = mr_bytes_make(raw.at + len + 1, raw.len - len - 1);
    }
    add_field(reader, raw);
}

static void on_csv_field(void *bytes, size_t len, void *context)
{
    mr_row_reader *reader = context;
    /* Room was reserved for the whole row, so the fields stay where they are. */
    char *at = reader->decoded.at + reader->decoded.len;
    mr_strbuf_append(&reader->decoded, bytes, len);
    add_field(reader, mr_bytes_make(at, len));
}

static void on_csv_row(int end, void *context)
{
    (void)end;
    (void)context;
}

static void decode_field(mr_row_reader *reader, mr_bytes field)
{
    size_t parsed = csv_parse(&reader->csv, field.at, field.len, on_csv_field, on_csv_row, reader);
    MR_ASSERT(parsed == field.len);
    int failed = csv_fini(&reader->csv, on_csv_field, on_csv_row, reader);
    MR_ASSERT(failed == 0);
}

/* Adds the quoted field at `at` and returns its end: the delimiter, or the row's end. The states
 * have seen that it closes and that nothing follows the closing quote. */
static const char *split_quoted_field(mr_row_reader *reader, const char *at, const char *end)
{
    bool doubled = false;
    const char *quote = at;
    for (;;) {
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
        MR_ASSERT(quote != NULL);
        if (quote + 1 == end || quote[1] != '"') {
            break;
        }
        doubled = true;
        quote++;
    }
    if (doubled) {
        decode_field(reader, mr_bytes_make(at, (size_t)(quote + 1 - at)));
    } else {
        add_field(reader, mr_bytes_make(at + 1, (size_t)(quote - at - 1)));
    }
    return quote + 1;
}

static void split_quoted(mr_row_reader *reader, mr_bytes raw)
{
    const char *at = raw.at, *end = raw.at + raw.len;
    mr_strbuf_reset(&reader->decoded);
    char *room = mr_strbuf_reserve(&reader->decoded, raw.len); /* decoding never adds a byte */
    MR_ASSERT(room != NULL);

    for (;; at++) { /* past the delimiter */
        if (at < end && *at == '"') {
            at = split_quoted_field(reader, at, end);
        } else {
            size_t len =
                mr_bytes_find(mr_bytes_make(at, (size_t)(end - at)), (char)reader->delimiter);
            add_field(reader, mr_bytes_make(at, len));
            at += len;
        }
        if (at == end) {
            return;
        }
    }
}

/* Counts line ends in quotes, where CRLF is one, also when a piece ends between the two. */
static void count_line_end(mr_row_reader *reader, char c)
{
    if (c == '\r' || !reader->after_cr) {
        reader->lines_inside++;
    }
    reader->after_cr = c == '\r';
}

/* Moves the states over at..end; returns the line end that ends the row, or end. */
static const char *find_row_end(mr_row_reader *reader, const char *at, const char *end)
{
    scan_state scan = reader->scan;
    for (; at < end; at++) {
        byte_class class = (byte_class)reader->class_of[(unsigned char)*at];
        if (scan == SCAN_QUOTED) {
            if (class == BYTE_LINE_END) {
                count_line_end(reader, *at);
                continue;
            }
            reader->after_cr = false;
            scan = class == BYTE_QUOTE ? SCAN_CLOSED : SCAN_QUOTED;
        } else if (class == BYTE_LINE_END) {
            break;
        } else if (class == BYTE_DELIMITER) {
            scan = SCAN_FIELD;
        } else if (class == BYTE_QUOTE && scan != SCAN_PLAIN) {
            reader->quoted = true;
            scan = SCAN_QUOTED;
        } else {
            reader->torn = reader->torn || scan == SCAN_CLOSED;
            scan = SCAN_PLAIN;
        }
    }
    reader->scan = scan;
    return at;
}

/* Keeps bytes of the row for the next piece; of a row that is too long, its head alone. */
static void hold(mr_row_reader *reader, mr_bytes bytes)
{
    reader->row_bytes += bytes.len;
    if (reader->row_bytes <= MR_ROW_BYTES_MAX) {
        mr_strbuf_append_bytes(&reader->held, bytes);
        return;
    }
    size_t head = mr_min_size(MR_ROW_HEAD_BYTES, reader->held.len + bytes.len);
    if (reader->held.len < head) {
        mr_strbuf_append(&reader->held, bytes.at, head - reader->held.len);
    }
    reader->held.len = head;
    reader->held.at[head] = '\0';
}

static void begin_row(mr_row_reader *reader)
{
    reader->in_row = true;
    reader->scan = SCAN_FIELD;
    reader->quoted = false;
    reader->torn = false;
    reader->after_cr = false;
    reader->lines_inside = 0;
    reader->row_bytes = 0;
    mr_strbuf_reset(&reader->held);
}

/* The row ends here; the last of its bytes have not been held. */
static void end_row(mr_row_reader *reader, mr_bytes last)
{
    mr_bytes raw = last;
    if (reader->row_bytes > 0 || last.len > MR_ROW_BYTES_MAX) {
        hold(reader, last);
        raw = mr_strbuf_bytes(&reader->held);
    }
    reader->in_row = false;
    if (raw.len == 0) {
        return;
    }

    const char *problem = NULL;
    reader->field_count = 0;
    reader->too_many_fields = false;
    if (reader->scan == SCAN_QUOTED) {
        problem = "a quote is opened and never closed";
    } else if (reader->row_bytes > MR_ROW_BYTES_MAX) {
        problem = "the row is longer than 12 MiB";
    } else if (reader->torn) {
        problem = "text follows a closing quote (a quote inside a quoted field is doubled)";
    } else if (reader->quoted) {
        split_quoted(reader, raw);
    } else {
        split_plain(reader, raw);
    }
    if (reader->too_many_fields) {
        problem = "the row has more than 4096 fields";
    }
    hand_over(reader, raw, reader->field_count, problem);
    reader->line += reader->lines_inside;
    reader->lines_inside = 0;
}

static const char *read_by_states(mr_row_reader *reader, const char *at, const char *end)
{
    if (!reader->in_row) {
        begin_row(reader);
    }
    const char *stop = find_row_end(reader, at, end);
    mr_bytes bytes = mr_bytes_make(at, (size_t)(stop - at));
    if (stop == end) {
        hold(reader, bytes);
        return end;
    }
    end_row(reader, bytes);
    return pass_line_end(reader, stop);
}

/* Drops a BOM. Bytes that began like one and were none belong to the first row. */
static const char *pass_bom(mr_row_reader *reader, const char *at, const char *end)
{
    while (at < end && reader->bom_seen < BOM_BYTES) {
        if (*at != BOM[reader->bom_seen]) {
            size_t begun = reader->bom_seen;
            reader->bom_seen = BOM_BYTES;
            if (begun > 0) {
                read_by_states(reader, BOM, BOM + begun);
            }
            return at;
        }
        reader->bom_seen++;
        at++;
    }
    return at;
}

/* ---- verbs ---- */

size_t mr_row_reader_feed(mr_row_reader *reader, mr_bytes bytes)
{
    if (bytes.len == 0) {
        return 0;
    }
    needles find = needles_of(reader);
    const char *end = bytes.at + bytes.len;
    const char *at = pass_bom(reader, bytes.at, end);

    reader->going = true;
    while (reader->going && at < end) {
        if (reader->skip_lf) {
            reader->skip_lf = false;
            if (*at == '\n') {
                at++;
                continue;
            }
        }
        const char *next = reader->in_row ? NULL : split_in_place(reader, &find, at, end);
        at = next != NULL ? next : read_by_states(reader, at, end);
    }
    return (size_t)(at - bytes.at);
}

void mr_row_reader_finish(mr_row_reader *reader)
{
    if (reader->bom_seen > 0 && reader->bom_seen < BOM_BYTES) {
        read_by_states(reader, BOM, BOM + reader->bom_seen);
        reader->bom_seen = BOM_BYTES;
    }
    if (reader->in_row) {
        end_row(reader, mr_bytes_make(NULL, 0));
    }
}

void mr_row_reader_again(mr_row_reader *reader)
{
    mr_row_reader_finish(reader);
    reader->header_again = reader->header_seen && !reader->format.no_header;
    reader->bom_seen = 0;
    reader->skip_lf = false;
    reader->line = 1;
}

uint64_t mr_row_reader_rows(const mr_row_reader *reader)
{
    return reader->rows;
}

uint64_t mr_row_reader_line(const mr_row_reader *reader)
{
    return reader->line + reader->lines_inside;
}

bool mr_row_reader_in_row(const mr_row_reader *reader)
{
    return reader->in_row;
}
