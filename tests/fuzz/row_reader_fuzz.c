/* row_reader_fuzz.c - the first byte chooses the format and the size of the pieces: whatever the
 * input, reading it in pieces says what reading it whole says. */
#include "sim/producer/row_reader.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct heard {
    uint32_t check; /* over everything said */
    uint64_t calls;
    bool pauses;
} heard;

static void hear(heard *h, const void *bytes, size_t len)
{
    h->check = mr_crc32c(h->check, &len, sizeof(len));
    h->check = mr_crc32c(h->check, bytes, len);
}

static void hear_fields(heard *h, const mr_bytes *fields, size_t count)
{
    h->check = mr_crc32c(h->check, &count, sizeof(count));
    for (size_t i = 0; i < count; i++) {
        hear(h, fields[i].at, fields[i].len);
    }
}

static void on_header(void *context, const mr_bytes *names, size_t count)
{
    hear_fields(context, names, count);
}

static bool on_row(void *context, const mr_row *row)
{
    heard *h = context;
    hear(h, &row->number, sizeof(row->number));
    hear(h, &row->line, sizeof(row->line));
    hear(h, row->raw.at, row->raw.len);
    hear(h, row->problem, row->problem == NULL ? 0 : strlen(row->problem));
    hear_fields(h, row->fields, row->field_count);
    h->calls++;
    return !h->pauses || h->calls % 3 != 0;
}

static uint32_t read_in_pieces(const mr_row_format *format, mr_bytes input, size_t piece_len)
{
    heard h = {.pauses = piece_len % 2 == 1};
    mr_row_reader *reader = mr_row_reader_new(format, on_header, on_row, &h);
    while (input.len > 0) {
        size_t len = mr_min_size(piece_len, input.len);
        char *copy = mr_alloc(len); /* of its own: a read past its end is seen */
        memcpy(copy, input.at, len);
        for (size_t at = 0; at < len;) {
            size_t taken = mr_row_reader_feed(reader, mr_bytes_make(copy + at, len - at));
            if (taken == 0) {
                abort();
            }
            at += taken;
        }
        mr_free(copy);
        input = mr_bytes_make(input.at + len, input.len - len);
    }
    mr_row_reader_finish(reader);
    uint64_t line = mr_row_reader_line(reader);
    hear(&h, &line, sizeof(line));
    mr_row_reader_free(reader);
    return h.check;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    mr_row_format format = {.delimiter = (data[0] & 1) != 0 ? ';' : ',',
                            .no_header = (data[0] & 2) != 0,
                            .raw_lines = (data[0] & 4) != 0};
    mr_bytes input = mr_bytes_make(data + 1, size - 1);
    uint32_t whole = read_in_pieces(&format, input, size + 1);
    if (read_in_pieces(&format, input, 1 + (data[0] >> 3)) != whole) {
        abort();
    }
    return 0;
}
