#include "sim/producer/row_reader.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/time/rng.h"
#include "tests/check.h"

/* What a reader said, as text: "line:[a][b]" for each row, a header as "H[a][b]". */
typedef struct heard {
    mr_strbuf text;
    size_t most; /* rows before it asks for a pause; 0: never */
    size_t since;
} heard;

static void write_fields(mr_strbuf *text, const mr_bytes *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_char(text, '[');
        mr_strbuf_append_bytes(text, fields[i]);
        mr_strbuf_append_char(text, ']');
    }
}

static void on_header(void *context, const mr_bytes *names, size_t count)
{
    heard *h = context;
    mr_strbuf_append_char(&h->text, 'H');
    write_fields(&h->text, names, count);
    mr_strbuf_append_char(&h->text, ' ');
}

static bool on_row(void *context, const mr_row *row)
{
    heard *h = context;
    mr_strbuf_appendf(&h->text, "%llu@%llu", (unsigned long long)row->number,
                      (unsigned long long)row->line);
    if (row->problem != NULL) {
        CHECK_INT("no fields with a problem", row->field_count, 0);
        mr_strbuf_appendf(&h->text, "!%s", row->problem);
    }
    write_fields(&h->text, row->fields, row->field_count);
    mr_strbuf_append_char(&h->text, ' ');
    return h->most == 0 || ++h->since % h->most != 0;
}

static void feed_all(mr_row_reader *reader, mr_bytes bytes)
{
    while (bytes.len > 0) {
        size_t taken = mr_row_reader_feed(reader, bytes);
        assert_true(taken > 0 && taken <= bytes.len);
        bytes = mr_bytes_make(bytes.at + taken, bytes.len - taken);
    }
}

/* Reads input in pieces of `piece` bytes (0: all at once), each in memory of its own, so that a
 * read past its end is seen. Returned text is owned. */
static char *read_in_pieces(const mr_row_format *format, mr_bytes input, size_t piece, size_t most)
{
    heard h = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = most};
    mr_row_reader *reader = mr_row_reader_new(format, on_header, on_row, &h);
    while (input.len > 0) {
        size_t len = piece == 0 ? input.len : mr_min_size(piece, input.len);
        char *copy = mr_alloc(len);
        memcpy(copy, input.at, len);
        feed_all(reader, mr_bytes_make(copy, len));
        mr_free(copy);
        input = mr_bytes_make(input.at + len, input.len - len);
    }
    mr_row_reader_finish(reader);
    mr_strbuf_appendf(&h.text, "end@%llu", (unsigned long long)mr_row_reader_line(reader));
    mr_row_reader_free(reader);
    return mr_strbuf_take(&h.text);
}

/* Reads input whole and in pieces of every size; all must say `want`. */
static void check_rows(const char *label, const mr_row_format *format, mr_bytes input,
                       const char *want)
{
    for (size_t piece = 0; piece <= input.len; piece++) {
        char *got = read_in_pieces(format, input, piece, piece % 3);
        CHECK_STR(label, got, want);
        mr_free(got);
    }
}

static void test_rows_are_read_as_rfc_4180_says(void **state)
{
    (void)state;
    static const struct {
        const char *label, *input, *want;
    } cases[] = {
        {"two rows", "a,b\n1,2\n3,4\n", "H[a][b] 1@2[1][2] 2@3[3][4] end@4"},
        {"no line end at the end", "a,b\n1,2", "H[a][b] 1@2[1][2] end@2"},
        {"CRLF", "a,b\r\n1,2\r\n", "H[a][b] 1@2[1][2] end@3"},
        {"CR", "a,b\r1,2\r", "H[a][b] 1@2[1][2] end@3"},
        {"mixed line ends", "a\r\n1\n2\r3\r\n4", "H[a] 1@2[1] 2@3[2] 3@4[3] 4@5[4] end@5"},
        {"BOM",
         "\xEF\xBB\xBF"
         "a\n1\n",
         "H[a] 1@2[1] end@3"},
        {"BOM before a quote", "\xEF\xBB\xBF\"a\"\n1\n", "H[a] 1@2[1] end@3"},
        {"half a BOM is data",
         "\xEF\xBB"
         "a\n1\n",
         "H[\xEF\xBB"
         "a] 1@2[1] end@3"},
        {"half a BOM is all", "\xEF\xBB", "H[\xEF\xBB] end@1"},
        {"a BOM alone", "\xEF\xBB\xBF", "end@1"},
        {"blank lines are nothing", "\n\na\n\n1\r\n\r\n\n2\n\n", "H[a] 1@5[1] 2@8[2] end@10"},
        {"empty fields", "a,b,c\n,,\n", "H[a][b][c] 1@2[][][] end@3"},
        {"blanks are kept", "a,b\n 1 ,\t2  \n", "H[a][b] 1@2[ 1 ][\t2  ] end@3"},
        {"blanks are kept beside quotes", "a,b\n\" 1 \",  2 \n", "H[a][b] 1@2[ 1 ][  2 ] end@3"},
        {"a blank before a quote: plain", "a,b\n \"1\",2\n", "H[a][b] 1@2[ \"1\"][2] end@3"},
        {"quoted", "a,b\n\"1\",\"2\"\n", "H[a][b] 1@2[1][2] end@3"},
        {"quoted delimiter", "a,b\n\"1,2\",3\n", "H[a][b] 1@2[1,2][3] end@3"},
        {"doubled quotes", "a\n\"say \"\"hi\"\"\"\n", "H[a] 1@2[say \"hi\"] end@3"},
        {"only doubled quotes", "a\n\"\"\"\"\n", "H[a] 1@2[\"] end@3"},
        {"quoted nothing", "a,b\n\"\",\"\"\n", "H[a][b] 1@2[][] end@3"},
        {"quoted nothing alone", "a\n\"\"\n", "H[a] 1@2[] end@3"},
        {"quoted line ends count", "a,b\n\"1\n2\r\n3\r4\",x\n5,6\n",
         "H[a][b] 1@2[1\n2\r\n3\r4][x] 2@6[5][6] end@7"},
        {"a quoted header", "\"a\nb\",c\n1,2\n", "H[a\nb][c] 1@3[1][2] end@4"},
        {"a quote inside plain text", "a,b\n5\" pipe,x\"\n", "H[a][b] 1@2[5\" pipe][x\"] end@3"},
        {"quote at the end of the input", "a\n\"1\"", "H[a] 1@2[1] end@2"},
        {"trailing delimiter after quote", "a,b\n\"1\",\n", "H[a][b] 1@2[1][] end@3"},
        {"uneven rows", "a,b\n1\n1,2,3\n", "H[a][b] 1@2[1] 2@3[1][2][3] end@4"},
        {"text after a closing quote", "a,b\n\"1\"x,2\n3,4\n",
         "H[a][b] 1@2!text follows a closing quote (a quote inside a quoted field is doubled) "
         "2@3[3][4] end@4"},
        {"a quote that never closes", "a,b\n1,2\n\"3,4\n5,6\n",
         "H[a][b] 1@2[1][2] 2@3!a quote is opened and never closed end@5"},
        {"a header that cannot be read", "\"a,b\n1,2\n",
         "0@1!a quote is opened and never closed "
         "end@3"},
        {"a header alone", "a,b\n", "H[a][b] end@2"},
        {"nothing", "", "end@1"},
        {"longer than a block",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b\nccccccccccccccccccccccccccccccc,"
         "dddddddddddddddddddddddddddddddddddd\n",
         "H[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa][b] 1@2[ccccccccccccccccccccccccccccccc]"
         "[dddddddddddddddddddddddddddddddddddd] end@3"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_rows(cases[i].label, &(mr_row_format){0}, mr_bytes_of(cases[i].input), cases[i].want);
    }
}

static void test_without_header_columns_are_numbered(void **state)
{
    (void)state;
    mr_row_format format = {.no_header = true};
    check_rows("numbers", &format, mr_bytes_of("x,y,z\n1,2,3\n"),
               "H[1][2][3] 1@1[x][y][z] 2@2[1][2][3] end@3");
    check_rows("the first row that can be read names them", &format, mr_bytes_of("\"x\"y\n1,2\n"),
               "1@1!text follows a closing quote (a quote inside a quoted field is doubled) "
               "H[1][2] 2@2[1][2] end@3");
}

static void test_an_input_that_begins_again_is_read_without_its_header(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_row_format format;
        mr_bytes input;
        const char *want;
    } cases[] = {
        {"whole lines",
         {0},
         MR_BYTES_LITERAL("x,y\na,b\n"),
         "H[x][y] 1@2[a][b] 2@2[a][b] 3@2[a][b] "},
        {"the last line has no end: it is not joined to the header",
         {0},
         MR_BYTES_LITERAL("x,y\na,b"),
         "H[x][y] 1@2[a][b] 2@2[a][b] 3@2[a][b] "},
        {"a quoted header of two lines, a byte order mark, and CRLF",
         {0},
         MR_BYTES_LITERAL("\xEF\xBB\xBF\"x\n\",y\r\na,b\r\n"),
         "H[x\n][y] 1@3[a][b] 2@3[a][b] 3@3[a][b] "},
        {"CR alone at the end, LF first",
         {0},
         MR_BYTES_LITERAL("\nx\ra\r"),
         "H[x] 1@3[a] 2@3[a] 3@3[a] "},
        {"a quote that is never closed ends with its pass",
         {0},
         MR_BYTES_LITERAL("x\n\"a"),
         "H[x] 1@2!a quote is opened and never closed 2@2!a quote is opened and never closed "
         "3@2!a quote is opened and never closed "},
        {"no header", {.no_header = true}, MR_BYTES_LITERAL("a"), "H[1] 1@1[a] 2@1[a] 3@1[a] "},
        {"a header alone", {0}, MR_BYTES_LITERAL("x"), "H[x] "},
        {"raw lines below a header",
         {.raw_lines = true},
         MR_BYTES_LITERAL("x\na,b"),
         "H[x] 1@2[a,b] 2@2[a,b] 3@2[a,b] "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        heard h = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
        mr_row_reader *reader = mr_row_reader_new(&cases[i].format, on_header, on_row, &h);
        for (int pass = 0; pass < 3; pass++) {
            if (pass > 0) {
                mr_row_reader_again(reader);
            }
            feed_all(reader, cases[i].input);
        }
        mr_row_reader_finish(reader);
        CHECK_STR(cases[i].label, mr_strbuf_text(&h.text), cases[i].want);
        mr_row_reader_free(reader);
        mr_strbuf_deinit(&h.text);
    }
}

static void test_the_delimiter_can_be_chosen(void **state)
{
    (void)state;
    mr_row_format format = {.delimiter = '\t'};
    check_rows("tab", &format, mr_bytes_of("a\tb,c\n\"1\t2\"\t3\n"),
               "H[a][b,c] 1@2[1\t2][3] end@3");
    format.delimiter = (char)0xA7;
    check_rows("a byte above 127", &format,
               mr_bytes_of("a\xA7"
                           "b\n1\xA7"
                           "2\n"),
               "H[a][b] 1@2[1][2] end@3");
    CHECK_TRUE("quote", !mr_row_delimiter_is_fine('"'));
    CHECK_TRUE("line end", !mr_row_delimiter_is_fine('\n'));
    CHECK_TRUE("line end", !mr_row_delimiter_is_fine('\r'));
    CHECK_TRUE("semicolon", mr_row_delimiter_is_fine(';'));
}

static void test_raw_lines_have_one_field(void **state)
{
    (void)state;
    mr_row_format format = {.raw_lines = true, .no_header = true};
    check_rows("JSON lines", &format, mr_bytes_of("{\"a\":1,\"b\":\"x\"}\n\n{\"a\"\r\n\"open\n"),
               "H[1] 1@1[{\"a\":1,\"b\":\"x\"}] 2@3[{\"a\"] 3@4[\"open] end@5");
    format.no_header = false;
    check_rows("a header line", &format, mr_bytes_of("a,b\n1,2\n"), "H[a,b] 1@2[1,2] end@3");
}

static void test_bytes_of_any_kind_are_kept(void **state)
{
    (void)state;
    static const char input[] = "a,b\n\0x,\xFF\xFE\n\"\0\",\"\x80\"\n";
    heard h = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_row_reader *reader = mr_row_reader_new(&(mr_row_format){0}, on_header, on_row, &h);
    feed_all(reader, mr_bytes_make(input, sizeof(input) - 1));
    mr_row_reader_finish(reader);
    static const char want[] = "H[a][b] 1@2[\0x][\xFF\xFE] 2@3[\0][\x80] ";
    CHECK_BYTES("NUL and other bytes", mr_strbuf_bytes(&h.text),
                mr_bytes_make(want, sizeof(want) - 1));
    mr_row_reader_free(reader);
    mr_strbuf_deinit(&h.text);
}

typedef struct long_rows {
    uint64_t rows, too_long;
    size_t raw_len;
    uint64_t line;
} long_rows;

static bool on_long_row(void *context, const mr_row *row)
{
    long_rows *rows = context;
    rows->rows++;
    rows->line = row->line;
    if (row->problem != NULL) {
        rows->too_long++;
        rows->raw_len = row->raw.len;
        CHECK_STR("problem", row->problem, "the row is longer than 12 MiB");
    }
    return true;
}

static long_rows read_long_row(size_t bytes, size_t piece_len)
{
    long_rows rows = {0};
    mr_row_reader *reader =
        mr_row_reader_new(&(mr_row_format){.no_header = true}, NULL, on_long_row, &rows);
    char *piece = mr_alloc(piece_len);
    memset(piece, 'x', piece_len);
    feed_all(reader, MR_BYTES_LITERAL("before\n"));
    for (size_t left = bytes; left > 0;) {
        size_t len = mr_min_size(left, piece_len);
        feed_all(reader, mr_bytes_make(piece, len));
        left -= len;
    }
    feed_all(reader, MR_BYTES_LITERAL("\nafter\n"));
    mr_row_reader_finish(reader);
    mr_free(piece);
    mr_row_reader_free(reader);
    return rows;
}

static void test_a_row_past_the_limit_is_reported_and_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        size_t bytes, piece, too_long;
    } cases[] = {
        {"at the limit", MR_ROW_BYTES_MAX, 1 * MR_MIB, 0},
        {"one byte past it", MR_ROW_BYTES_MAX + 1, 1 * MR_MIB, 1},
        {"at the limit, in one piece", MR_ROW_BYTES_MAX, 16 * MR_MIB, 0},
        {"past it, in one piece", MR_ROW_BYTES_MAX + 1, 16 * MR_MIB, 1},
        {"100 MB", 100 * 1000 * 1000, 256 * MR_KIB, 1},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        long_rows rows = read_long_row(cases[i].bytes, cases[i].piece);
        CHECK_INT(cases[i].label, rows.rows, 3);
        CHECK_INT(cases[i].label, rows.too_long, cases[i].too_long);
        CHECK_INT(cases[i].label, rows.raw_len, cases[i].too_long * MR_ROW_HEAD_BYTES);
        CHECK_INT(cases[i].label, rows.line, 3);
    }
}

static void test_a_row_of_too_many_fields_is_reported(void **state)
{
    (void)state;
    mr_strbuf input = mr_strbuf_make(MR_MIB);
    for (size_t i = 0; i < MR_ROW_FIELDS_MAX; i++) {
        mr_strbuf_append_char(&input, ',');
    }
    mr_strbuf_append_text(&input, "\na\n");
    mr_row_format format = {.no_header = true};
    static const char want[] = "1@1!the row has more than 4096 fields H[1] 2@2[a] end@3";
    char *got = read_in_pieces(&format, mr_strbuf_bytes(&input), 0, 0);
    CHECK_STR("in one piece", got, want);
    mr_free(got);
    got = read_in_pieces(&format, mr_strbuf_bytes(&input), 100, 0);
    CHECK_STR("in pieces", got, want);
    mr_free(got);

    got = read_in_pieces(&format, mr_bytes_make(input.at + 1, input.len - 1), 0, 0);
    CHECK_HAS("as many as may be", got, "[4095][4096] 1@1[]");
    mr_free(got);
    mr_strbuf_deinit(&input);
}

/* ---- random input against another reader, written apart and as plainly as can be ---- */

typedef struct model {
    mr_strbuf text, fields, field;
    uint64_t number, line, row_line;
    bool any, header_seen;
} model;

static void model_end_field(model *m)
{
    mr_strbuf_append_char(&m->fields, '[');
    mr_strbuf_append_bytes(&m->fields, mr_strbuf_bytes(&m->field));
    mr_strbuf_append_char(&m->fields, ']');
    mr_strbuf_reset(&m->field);
}

static void model_end_row(model *m, const char *problem)
{
    model_end_field(m);
    if (m->any) {
        if (!m->header_seen && problem == NULL) {
            mr_strbuf_appendf(&m->text, "H%s ", mr_strbuf_text(&m->fields));
        } else {
            m->number += m->header_seen ? 1 : 0;
            mr_strbuf_appendf(&m->text, "%llu@%llu", (unsigned long long)m->number,
                              (unsigned long long)m->row_line);
            if (problem != NULL) {
                mr_strbuf_appendf(&m->text, "!%s", problem);
            }
            mr_strbuf_appendf(&m->text, "%s ", problem == NULL ? mr_strbuf_text(&m->fields) : "");
        }
        m->header_seen = true;
    }
    mr_strbuf_reset(&m->fields);
    m->any = false;
}

static char *read_by_model(mr_bytes in)
{
    model m = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED),
               .fields = mr_strbuf_make(MR_STRBUF_UNLIMITED),
               .field = mr_strbuf_make(MR_STRBUF_UNLIMITED),
               .line = 1,
               .row_line = 1};
    bool torn = false, in_quotes = false, was_quoted = false;
    static const char torn_text[] =
        "text follows a closing quote (a quote inside a quoted field is doubled)";

    for (size_t i = 0; i < in.len; i++) {
        char c = in.at[i];
        bool line_end = c == '\n' || c == '\r';
        if (c == '\r' && i + 1 < in.len && in.at[i + 1] == '\n') {
            if (in_quotes) {
                mr_strbuf_append_char(&m.field, '\r');
            }
            c = '\n';
            i++;
        }
        m.line += line_end ? 1 : 0;
        if (in_quotes && c == '"' && i + 1 < in.len && in.at[i + 1] == '"') {
            mr_strbuf_append_char(&m.field, '"');
            i++;
        } else if (in_quotes && c == '"') {
            in_quotes = false;
        } else if (in_quotes) {
            mr_strbuf_append_char(&m.field, c);
        } else if (line_end) {
            model_end_row(&m, torn ? torn_text : NULL);
            torn = was_quoted = false;
            m.row_line = m.line;
        } else if (c == ',') {
            m.any = true;
            was_quoted = false;
            model_end_field(&m);
        } else if (c == '"' && m.field.len == 0 && !was_quoted) {
            m.any = in_quotes = was_quoted = true;
        } else {
            m.any = true;
            torn = torn || was_quoted;
            was_quoted = false; /* said once; the rest of the field is plain */
            mr_strbuf_append_char(&m.field, c);
            if (m.field.len == 1 && torn) {
                mr_strbuf_append_char(&m.field, c); /* never empty again: a quote is plain now */
            }
        }
    }
    model_end_row(&m, in_quotes ? "a quote is opened and never closed" : torn ? torn_text : NULL);
    mr_strbuf_appendf(&m.text, "end@%llu", (unsigned long long)m.line);
    mr_strbuf_deinit(&m.fields);
    mr_strbuf_deinit(&m.field);
    return mr_strbuf_take(&m.text);
}

static void test_random_input_reads_as_the_model_reads_it(void **state)
{
    (void)state;
    mr_prng chance = mr_prng_named(20, "row reader");
    static const char letters[] = "\"\"\",,,\n\n\r a1\xC3\xA9";
    char input[160];

    for (int round = 0; round < 20000; round++) {
        size_t len = mr_prng_below(&chance, sizeof(input));
        for (size_t i = 0; i < len; i++) {
            input[i] = letters[mr_prng_below(&chance, sizeof(letters) - 1)];
            if (round % 2 == 0 && mr_prng_below(&chance, 8) != 0) {
                input[i] = 'x'; /* longer fields: the blocks of the fast way */
            }
        }
        mr_bytes bytes = mr_bytes_make(input, len);
        char *want = read_by_model(bytes);
        char *got = read_in_pieces(&(mr_row_format){0}, bytes, mr_prng_below(&chance, 40),
                                   mr_prng_below(&chance, 4));
        CHECK_STR("seed 20", got, want);
        mr_free(got);
        mr_free(want);
    }
}

static void test_the_fuzz_corpus_reads_alike_in_pieces(void **state)
{
    (void)state;
    CHECK_CORPUS(row_reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_read_as_rfc_4180_says),
        cmocka_unit_test(test_without_header_columns_are_numbered),
        cmocka_unit_test(test_an_input_that_begins_again_is_read_without_its_header),
        cmocka_unit_test(test_the_delimiter_can_be_chosen),
        cmocka_unit_test(test_raw_lines_have_one_field),
        cmocka_unit_test(test_bytes_of_any_kind_are_kept),
        cmocka_unit_test(test_a_row_past_the_limit_is_reported_and_passed_over),
        cmocka_unit_test(test_a_row_of_too_many_fields_is_reported),
        cmocka_unit_test(test_random_input_reads_as_the_model_reads_it),
        cmocka_unit_test(test_the_fuzz_corpus_reads_alike_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
