#include "src/producer/input_source.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "tests/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* What a source said. */
typedef struct heard {
    mr_input_source *source;
    mr_strbuf bytes;
    int pieces, ends, fails;
    bool asks_on; /* for the next piece, at each piece */
    mr_error error;
} heard;

static void ask(heard *h);

static void on_bytes(void *context, mr_bytes bytes)
{
    heard *h = context;
    assert_true(bytes.len > 0 && bytes.len <= MR_INPUT_PIECE_BYTES);
    mr_strbuf_append_bytes(&h->bytes, bytes);
    h->pieces++;
    if (h->asks_on) {
        ask(h);
    }
}

static void on_end(void *context)
{
    ((heard *)context)->ends++;
}

static void on_fail(void *context, const mr_error *error)
{
    heard *h = context;
    h->fails++;
    h->error = *error;
}

static void ask(heard *h)
{
    mr_input_source_next(
        h->source,
        &(mr_input_receiver){.bytes = on_bytes, .end = on_end, .fail = on_fail, .context = h});
}

static heard hear(mr_input_source *source)
{
    return (heard){.source = source, .bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
}

/* Asks until the source ends or fails. */
static heard hear_all(mr_input_source *source)
{
    heard h = hear(source);
    while (h.ends + h.fails == 0) {
        ask(&h);
    }
    return h;
}

static char *write_file(const char *directory, const char *name, mr_bytes bytes)
{
    char *path = mr_format("%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(bytes.len == 0 || fwrite(bytes.at, bytes.len, 1, file) == 1);
    fclose(file);
    return path;
}

/* One gzip member. */
static void append_gzip(mr_strbuf *out, mr_bytes bytes)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t most = deflateBound(&z, bytes.len);
    char *room = mr_strbuf_reserve(out, most);
    assert_non_null(room);
    z.next_in = (Bytef *)(uintptr_t)bytes.at;
    z.avail_in = (uInt)bytes.len;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    mr_strbuf_commit(out, most - z.avail_out);
    deflateEnd(&z);
}

/* Opens the file, reads it whole and compares; NULL: the text of the error instead. */
static void check_file(const char *label, const char *path, mr_bytes want, const char *problem)
{
    mr_input_source *source = NULL;
    mr_error err = {0};
    mr_input_source_options options = {.path = path};
    if (mr_input_source_open(&options, &source, &err) != MR_OK) {
        CHECK_HAS(label, err.message, problem == NULL ? "(no error)" : problem);
        return;
    }
    heard h = hear_all(source);
    if (problem != NULL) {
        CHECK_INT(label, h.fails, 1);
        CHECK_HAS(label, h.error.message, problem);
        CHECK_CODE(label, h.error.code, MR_BAD_INPUT);
    } else {
        CHECK_INT(label, h.ends, 1);
    }
    CHECK_BYTES(label, mr_strbuf_bytes(&h.bytes), want);
    mr_strbuf_deinit(&h.bytes);
    mr_input_source_close(source);
}

/* 1 MiB of lines that do not compress to nothing. */
static mr_strbuf much_text(void)
{
    mr_strbuf text = mr_strbuf_make(2 * MR_MIB);
    for (uint32_t i = 0; text.len < MR_MIB; i++) {
        mr_strbuf_appendf(&text, "%u,%u\n", i, i * 2654435761U);
    }
    return text;
}

static void test_a_file_is_read_whole_in_pieces(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_strbuf text = much_text();
    char *path = write_file(directory, "a.csv", mr_strbuf_bytes(&text));
    check_file("plain", path, mr_strbuf_bytes(&text), NULL);
    mr_free(path);
    path = write_file(directory, "b.csv", MR_BYTES_LITERAL("x"));
    check_file("one byte", path, MR_BYTES_LITERAL("x"), NULL);
    mr_free(path);
    mr_strbuf_deinit(&text);
    check_remove_dir(directory);
}

static void test_gzip_is_read_by_its_name(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_strbuf text = much_text(), gzip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&gzip, mr_strbuf_bytes(&text));
    size_t first = gzip.len;
    char *path = write_file(directory, "a.csv.gz", mr_strbuf_bytes(&gzip));
    check_file("one member", path, mr_strbuf_bytes(&text), NULL);
    mr_free(path);

    mr_bytes more = MR_BYTES_LITERAL("and more\n");
    append_gzip(&gzip, more);
    append_gzip(&gzip, mr_bytes_make(NULL, 0));
    mr_strbuf_append_bytes(&text, more);
    path = write_file(directory, "b.csv.gz", mr_strbuf_bytes(&gzip));
    check_file("three members", path, mr_strbuf_bytes(&text), NULL);
    mr_free(path);

    mr_strbuf_append(&gzip, "\0\0\0\0", 4);
    path = write_file(directory, "c.csv.gz", mr_strbuf_bytes(&gzip));
    check_file("padded", path, mr_strbuf_bytes(&text), NULL);
    mr_free(path);

    path = write_file(directory, "d.csv.gz", mr_bytes_make(gzip.at, first - 1));
    check_file("cut off", path, mr_bytes_make(text.at, text.len - more.len),
               "d.csv.gz: the gzip data end early");
    mr_free(path);

    gzip.at[first - 6] ^= 0x55; /* its checksum */
    path = write_file(directory, "e.csv.gz", mr_bytes_make(gzip.at, first));
    mr_input_source *source;
    mr_error err;
    CHECK_OK("damaged late",
             mr_input_source_open(&(mr_input_source_options){.path = path}, &source, &err), &err);
    heard h = hear_all(source);
    CHECK_INT("fails", h.fails, 1);
    CHECK_HAS("says so", h.error.message, "e.csv.gz: the gzip data are damaged: incorrect data");
    mr_strbuf_deinit(&h.bytes);
    mr_input_source_close(source);
    mr_free(path);

    mr_strbuf_deinit(&gzip);
    mr_strbuf_deinit(&text);
    check_remove_dir(directory);
}

static void test_what_is_no_input_is_one_clear_line(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    static const struct {
        const char *name;
        mr_bytes bytes;
        const char *problem;
    } cases[] = {
        {"empty.csv", {NULL, 0}, "empty.csv is empty: a header line is expected"},
        {"empty.csv.gz", {NULL, 0}, "empty.csv.gz is empty: a header line is expected"},
        {"binary.csv",
         {"\x7F"
          "ELF\0\0",
          6},
         "binary.csv is not a text file"},
        {"hidden.csv", {"\x1F\x8B\x08\0", 4}, "give it a name that ends in .gz"},
        {"plain.csv.gz", {"a,b\n", 4}, "plain.csv.gz is not gzip, though its name ends in .gz"},
        {"header.csv.gz", {"\x1F\x8B\x08", 3}, "the gzip data end early"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *path = write_file(directory, cases[i].name, cases[i].bytes);
        check_file(cases[i].name, path, (mr_bytes){NULL, 0}, cases[i].problem);
        mr_free(path);
    }
    mr_error err;
    mr_input_source *source;
    CHECK_CODE("a directory",
               mr_input_source_open(&(mr_input_source_options){.path = directory}, &source, &err),
               MR_BAD_INPUT);
    CHECK_HAS("a directory", err.message, "is a directory: name a file");
    char *missing = mr_format("%s/missing.csv", directory);
    CHECK_CODE("missing",
               mr_input_source_open(&(mr_input_source_options){.path = missing}, &source, &err),
               MR_NOT_FOUND);
    CHECK_HAS("missing", err.message, "missing.csv: ");
    mr_free(missing);

    char *path = write_file(directory, "rows.csv", (mr_bytes){NULL, 0});
    mr_input_source_options fine = {.path = path, .empty_is_fine = true};
    CHECK_OK("no header", mr_input_source_open(&fine, &source, &err), &err);
    heard h = hear_all(source);
    CHECK_INT("ends at once", h.ends, 1);
    mr_input_source_close(source);
    mr_free(path);
    check_remove_dir(directory);
}

static void test_a_repeated_file_is_read_from_its_first_byte(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_strbuf text = much_text(), gzip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&gzip, mr_strbuf_bytes(&text));
    char *paths[] = {write_file(directory, "a.csv", mr_strbuf_bytes(&text)),
                     write_file(directory, "a.csv.gz", mr_strbuf_bytes(&gzip)),
                     write_file(directory, "one.csv", MR_BYTES_LITERAL("x"))};
    mr_bytes want[] = {mr_strbuf_bytes(&text), mr_strbuf_bytes(&text), MR_BYTES_LITERAL("x")};
    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        mr_input_source *source = NULL;
        mr_error err;
        mr_input_source_options options = {.path = paths[i], .is_repeated = true};
        CHECK_OK("open", mr_input_source_open(&options, &source, &err), &err);
        for (int pass = 0; pass < 4; pass++) {
            heard h = hear(source);
            if (pass == 1) { /* left in the middle */
                ask(&h);
            } else {
                heard all = hear_all(source);
                CHECK_INT("ends", all.ends, 1);
                CHECK_BYTES(paths[i], mr_strbuf_bytes(&all.bytes), want[i]);
                mr_strbuf_deinit(&all.bytes);
            }
            mr_strbuf_deinit(&h.bytes);
            CHECK_OK("rewind", mr_input_source_rewind(source, &err), &err);
        }
        mr_input_source_close(source);
        mr_free(paths[i]);
    }
    mr_strbuf_deinit(&gzip);
    mr_strbuf_deinit(&text);
    check_remove_dir(directory);
}

static void test_what_is_no_file_cannot_be_repeated(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *pipe_path = mr_format("%s/pipe", directory);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    int held = open(pipe_path, O_RDWR | O_CLOEXEC); /* so that opening it does not wait */
    assert_true(held >= 0);
    static const char *const names[] = {"pipe", "standard input"};
    const char *paths[] = {pipe_path, "-"};
    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        mr_input_source *source;
        mr_error err = {0};
        mr_input_source_options options = {.path = paths[i], .is_repeated = true};
        CHECK_CODE(names[i], mr_input_source_open(&options, &source, &err), MR_BAD_INPUT);
        CHECK_HAS(names[i], err.message, names[i]);
        CHECK_HAS(names[i], err.message, "can be read only once: repeat takes a file");
    }
    close(held);
    mr_free(pipe_path);
    check_remove_dir(directory);
}

/* Runs with standard input replaced by fd. */
typedef struct swapped {
    int saved;
} swapped;

static swapped swap_standard_input(int fd)
{
    swapped s = {dup(STDIN_FILENO)};
    assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
    return s;
}

static void swap_back(swapped s)
{
    if (s.saved >= 0) {
        dup2(s.saved, STDIN_FILENO);
        close(s.saved);
    }
}

static void write_all(int fd, mr_bytes bytes)
{
    assert_int_equal(write(fd, bytes.at, bytes.len), (ssize_t)bytes.len);
}

static void test_standard_input_is_read_blocking_without_a_loop(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    mr_strbuf gzip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&gzip, MR_BYTES_LITERAL("a,b\n1,2\n"));
    write_all(ends[1], mr_strbuf_bytes(&gzip)); /* known by its first bytes */
    close(ends[1]);
    swapped back = swap_standard_input(ends[0]);
    mr_input_source *source;
    mr_error err;
    CHECK_OK("open", mr_input_source_open(&(mr_input_source_options){.path = "-"}, &source, &err),
             &err);
    CHECK_STR("name", mr_input_source_name(source), "standard input");
    heard h = hear_all(source);
    CHECK_STR("bytes", mr_strbuf_text(&h.bytes), "a,b\n1,2\n");
    mr_strbuf_deinit(&h.bytes);
    mr_strbuf_deinit(&gzip);
    mr_input_source_close(source);
    swap_back(back);
}

static void test_standard_input_can_be_spooled_and_read_twice(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *spool = mr_format("%s/stdin", directory);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    write_all(ends[1], MR_BYTES_LITERAL("a,b\n1,2\n"));
    close(ends[1]);
    swapped back = swap_standard_input(ends[0]);
    for (int round = 0; round < 2; round++) {
        mr_input_source *source;
        mr_error err;
        mr_input_source_options options = {.path = "-", .spool = spool, .is_spooled = round == 1};
        CHECK_OK("open", mr_input_source_open(&options, &source, &err), &err);
        heard h = hear_all(source);
        CHECK_STR("bytes", mr_strbuf_text(&h.bytes), "a,b\n1,2\n");
        CHECK_STR("name", mr_input_source_name(source), "standard input");
        mr_strbuf_deinit(&h.bytes);
        mr_input_source_close(source);
    }
    swap_back(back);
    mr_free(spool);
    check_remove_dir(directory);
}

static void test_with_a_loop_a_pipe_is_waited_for(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    swapped back = swap_standard_input(ends[0]);
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    mr_input_source *source;
    mr_error err;
    mr_input_source_options options = {.path = "-", .loop = &loop};
    CHECK_OK("open", mr_input_source_open(&options, &source, &err), &err); /* nothing written */
    heard h = hear(source);
    h.asks_on = true;
    ask(&h);
    uv_run(&loop, UV_RUN_NOWAIT);
    CHECK_INT("nothing yet", h.pieces, 0);
    write_all(ends[1], MR_BYTES_LITERAL("a,b\n"));
    uv_run(&loop, UV_RUN_ONCE);
    CHECK_STR("the first piece", mr_strbuf_text(&h.bytes), "a,b\n");
    write_all(ends[1], MR_BYTES_LITERAL("1,2\n"));
    close(ends[1]);
    while (h.ends == 0) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    CHECK_STR("all", mr_strbuf_text(&h.bytes), "a,b\n1,2\n");
    mr_input_source_close(source);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    mr_strbuf_deinit(&h.bytes);
    swap_back(back);
}

static void test_a_source_may_be_closed_while_it_is_asked(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    swapped back = swap_standard_input(ends[0]);
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    mr_input_source *source;
    mr_error err;
    mr_input_source_options options = {.path = "-", .loop = &loop};
    CHECK_OK("open", mr_input_source_open(&options, &source, &err), &err);
    heard h = hear(source);
    ask(&h);
    write_all(ends[1], MR_BYTES_LITERAL("a,b\n"));
    mr_input_source_close(source);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    CHECK_INT("no answer", h.pieces + h.ends + h.fails, 0);
    close(ends[1]);
    swap_back(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_read_whole_in_pieces),
        cmocka_unit_test(test_gzip_is_read_by_its_name),
        cmocka_unit_test(test_what_is_no_input_is_one_clear_line),
        cmocka_unit_test(test_a_repeated_file_is_read_from_its_first_byte),
        cmocka_unit_test(test_what_is_no_file_cannot_be_repeated),
        cmocka_unit_test(test_standard_input_is_read_blocking_without_a_loop),
        cmocka_unit_test(test_standard_input_can_be_spooled_and_read_twice),
        cmocka_unit_test(test_with_a_loop_a_pipe_is_waited_for),
        cmocka_unit_test(test_a_source_may_be_closed_while_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
