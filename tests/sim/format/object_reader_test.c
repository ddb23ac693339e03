/* object_reader_test.c - blocks of whole lines; ranges that share an object without a seam. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/format/object_reader.h"
#include "sim/time/rng.h"
#include "src/platform/platform.h"

typedef struct on_disk {
    char *directory, *path;
    uint64_t size;
} on_disk;

static on_disk put(mr_bytes bytes)
{
    mr_error err;
    mr_file_system *fs = mr_platform_fs();
    on_disk d = {.directory = check_temp_dir(), .size = bytes.len};
    d.path = mr_format("%s/object", d.directory);
    mr_file *file;
    CHECK_OK("open", fs->open(fs, d.path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, bytes, 0, &err), &err);
    fs->close(fs, file);
    return d;
}

static void drop(on_disk *d)
{
    mr_free(d->path);
    check_remove_dir(d->directory);
}

/* Appends the lines of a range; checks that each block holds whole lines and its padding. */
static mr_code read_range(const on_disk *d, uint64_t begin, uint64_t end, mr_strbuf *out,
                          mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file;
    CHECK_OK("open", fs->open(fs, d->path, MR_OPEN_READ, &file, err), err);
    mr_object_range range = {
        .fs = fs, .file = file, .name = "s3://b/k", .begin = begin, .end = end};
    mr_object_reader *reader = mr_object_reader_new(&range);
    mr_block block = {0};
    mr_code code;
    for (;;) {
        code = mr_object_reader_next(reader, &block, err);
        if (code != MR_OK || block.len == 0) {
            break;
        }
        CHECK_INT("padding", block.at[block.len], '\n');
        mr_strbuf_append(out, block.at, block.len);
        CHECK_TRUE("whole lines",
                   block.at[block.len - 1] == '\n' || block.offset + block.len == d->size);
    }
    mr_block_deinit(&block);
    mr_object_reader_free(reader);
    fs->close(fs, file);
    return code;
}

static void test_ranges_share_lines_without_a_seam(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "ranges");
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 20000; i++) {
        uint64_t len = mr_prng_below(&prng, 60);
        mr_strbuf_appendf(&text, "%d%.*s\n", i, (int)len,
                          "------------------------------------------------------------");
    }
    mr_strbuf_append_text(&text, "last line without an end");
    on_disk d = put(mr_strbuf_bytes(&text));
    static const uint64_t steps[] = {1000000, 300000, 65536, 7777};
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_error err;
        for (uint64_t from = 0; from < d.size; from += steps[i]) {
            uint64_t to = from + steps[i] > d.size ? d.size : from + steps[i];
            CHECK_OK("range", read_range(&d, from, to, &got, &err), &err);
        }
        CHECK_BYTES("joined", mr_strbuf_bytes(&got), mr_strbuf_bytes(&text));
        mr_strbuf_deinit(&got);
    }
    mr_strbuf_deinit(&text);
    drop(&d);
}

static void test_lines_longer_than_a_block_come_whole(void **state)
{
    (void)state;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&text, "\xef\xbb\xbf"); /* a byte order mark is no data */
    for (int i = 0; i < 100000; i++) {
        mr_strbuf_append_text(&text, "0123456789");
    }
    mr_strbuf_append_text(&text, "\nshort\n");
    on_disk d = put(mr_strbuf_bytes(&text));
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    CHECK_OK("read", read_range(&d, 0, d.size, &got, &err), &err);
    CHECK_BYTES("lines", mr_strbuf_bytes(&got), mr_bytes_make(text.at + 3, text.len - 3));
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&text);
    drop(&d);
}

static void test_a_line_past_the_limit_is_an_error(void **state)
{
    (void)state;
    size_t len = MR_LINE_BYTES_MAX + 2 * MR_BLOCK_BYTES;
    char *text = mr_calloc(1, len);
    on_disk d = put(mr_bytes_make(text, len));
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    CHECK_CODE("code", read_range(&d, 0, d.size, &got, &err), MR_QUERY_FAILED);
    CHECK_HAS("words", err.message, "HIVE_CURSOR_ERROR: Line too long in text file: s3://b/k");
    mr_strbuf_deinit(&got);
    mr_free(text);
    drop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges_share_lines_without_a_seam),
        cmocka_unit_test(test_lines_longer_than_a_block_come_whole),
        cmocka_unit_test(test_a_line_past_the_limit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
