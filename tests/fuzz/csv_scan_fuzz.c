/*
 * csv_scan_fuzz.c - delimited lines of both SerDes: fields stay inside the block, and their
 * plain text is never longer than what stands there. The first byte chooses the SerDe.
 */
#include "sim/base/alloc.h"
#include "sim/format/delimited_scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const size_t columns[] = {0, 1, 3};

typedef struct judge {
    mr_bytes block;
    char quote, escape;
} judge;

static bool on_row(void *context, const mr_field *fields)
{
    judge *j = context;
    for (size_t i = 0; i < MR_COUNT(columns); i++) {
        mr_field f = fields[i];
        if (f.kind == MR_FIELD_MISSING) {
            continue;
        }
        if (f.at < j->block.at || f.at + f.len > j->block.at + j->block.len) {
            abort();
        }
        if (f.kind == MR_FIELD_QUOTED || f.kind == MR_FIELD_BACKSLASHED) {
            mr_strbuf plain = mr_strbuf_make(f.len);
            mr_delimited_plain(f, j->quote, j->escape, &plain);
            if (plain.overflowed) {
                abort();
            }
            mr_strbuf_deinit(&plain);
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t len = size - 1;
    char *memory = mr_calloc(1, len + MR_BLOCK_PADDING);
    memcpy(memory, data + 1, len);
    memory[len] = '\n';
    judge j = {.block = {memory, len}, .quote = '"', .escape = (data[0] & 2) ? '\\' : '\0'};
    mr_delimited_options options = {.open_csv = (data[0] & 1) != 0,
                                    .separator = ',',
                                    .quote = j.quote,
                                    .escape = j.escape,
                                    .columns = columns,
                                    .column_count = MR_COUNT(columns)};
    mr_delimited_scan *scan = mr_delimited_scan_new(&options);
    if (!mr_delimited_scan_block(scan, j.block, data[0] >> 6, on_row, &j)) {
        abort();
    }
    mr_delimited_scan_free(scan);
    mr_free(memory);
    return 0;
}
