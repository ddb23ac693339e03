/*
 * json_scan_fuzz.c - every way of scanning JSON lines gives the same rows: plain C, SSE2, AVX2,
 * and the careful reader alone (a fresh scan for each line has learned no shape).
 *
 * The first byte chooses the SerDe and its setting; the rest is the block.
 */
#include "sim/base/alloc.h"
#include "sim/format/delimited_scan.h"
#include "sim/format/json_scan.h"
#include "sim/format/json_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = {"a", "b", "s\x1fx", "s", "t\x1fu\x1fv"};

typedef struct transcript {
    mr_strbuf text;
    mr_code code;
} transcript;

static bool on_row(void *context, const mr_field *fields)
{
    transcript *t = context;
    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        mr_strbuf_appendf(&t->text, "%d:", fields[i].kind);
        mr_strbuf_append_bytes(&t->text, mr_field_bytes(fields[i]));
        mr_strbuf_append_char(&t->text, '\x1e');
        if (fields[i].kind == MR_FIELD_ESCAPED) {
            mr_json_unescape(mr_field_bytes(fields[i]), &t->text);
        }
        if (fields[i].kind == MR_FIELD_OBJECT || fields[i].kind == MR_FIELD_ARRAY) {
            mr_json_walk walk = mr_json_walk_begin(fields[i]);
            while (mr_json_walk_next(&walk)) {
                mr_strbuf_appendf(&t->text, "%d,", walk.value.kind);
            }
        }
    }
    mr_strbuf_append_char(&t->text, '\n');
    return true;
}

static mr_json_scan *scan_new(uint8_t choice, mr_vector_level level)
{
    mr_json_scan_options options = {.paths = paths,
                                    .path_count = MR_COUNT(paths),
                                    .lenient = (choice & 1) != 0,
                                    .ignore_malformed = (choice & 2) != 0,
                                    .level = level};
    return mr_json_scan_new(&options);
}

static transcript scan_at(uint8_t choice, mr_vector_level level, mr_bytes block)
{
    transcript t = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_json_scan *scan = scan_new(choice, level);
    bool stopped;
    mr_error err;
    t.code = mr_json_scan_block(scan, block, "o", 0, on_row, &t, &stopped, &err);
    mr_json_scan_free(scan);
    return t;
}

static transcript scan_carefully(uint8_t choice, mr_bytes block)
{
    transcript t = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    const char *p = block.at, *end = block.at + block.len;
    while (p < end && t.code == MR_OK) {
        const char *stop;
        const char *after = mr_line_after(p, end, &stop);
        mr_json_scan *scan = scan_new(choice, MR_VECTOR_NONE);
        bool stopped;
        mr_error err;
        t.code = mr_json_scan_block(scan, mr_bytes_make(p, (size_t)(after - p)), "o", 0, on_row, &t,
                                    &stopped, &err);
        mr_json_scan_free(scan);
        p = after;
    }
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    uint8_t choice = data[0];
    size_t len = size - 1;
    char *memory = mr_calloc(1, len + MR_BLOCK_PADDING);
    memcpy(memory, data + 1, len);
    memory[len] = '\n';
    mr_bytes block = mr_bytes_make(memory, len);
    transcript want = scan_carefully(choice, block);
    for (int level = MR_VECTOR_NONE; level <= (int)mr_vector_best(); level++) {
        transcript got = scan_at(choice, (mr_vector_level)level, block);
        if (got.code != want.code ||
            !mr_bytes_equal(mr_strbuf_bytes(&got.text), mr_strbuf_bytes(&want.text))) {
            abort();
        }
        mr_strbuf_deinit(&got.text);
    }
    mr_strbuf_deinit(&want.text);
    mr_free(memory);
    return 0;
}
