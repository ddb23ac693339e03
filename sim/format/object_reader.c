/* object_reader.c - see object_reader.h. */
#include "sim/format/object_reader.h"

#include "sim/base/alloc.h"

#include <zlib.h>

#define GZIP_INPUT_BYTES (128 * MR_KIB)

struct mr_object_reader {
    mr_object_range range;
    mr_object_encoding encoding;
    uint64_t position;    /* of the next byte to read from the file */
    uint64_t text_offset; /* of the first byte that was not handed out yet */
    bool at_start;        /* the first block: a byte order mark and a cut line go */
    bool ended;           /* the last line of the range was handed out */

    char *rest; /* owned: the cut line that begins the next block */
    size_t rest_len, rest_capacity;

    z_stream gzip;
    bool gzip_ready;     /* inflateInit2 was called */
    bool gzip_in_member; /* between a member's first byte and its trailer */
    unsigned char *gzip_input;
};

void mr_block_deinit(mr_block *block)
{
    mr_free(block->at);
    *block = (mr_block){0};
}

mr_object_encoding mr_object_encoding_of(const char *name)
{
    static const char *const unreadable[] = {".bz2",     ".zst",     ".lz4", ".snappy", ".deflate",
                                             ".hsnappy", ".lzo",     ".xz",  ".zip",    ".br",
                                             ".Z",       ".parquet", ".orc", ".avro"};
    mr_bytes bytes = mr_bytes_of(name);
    if (mr_bytes_ends_with(bytes, MR_BYTES_LITERAL(".gz"))) {
        return MR_OBJECT_GZIP;
    }
    for (size_t i = 0; i < MR_COUNT(unreadable); i++) {
        if (mr_bytes_ends_with(bytes, mr_bytes_of(unreadable[i]))) {
            return MR_OBJECT_UNREADABLE;
        }
    }
    return MR_OBJECT_PLAIN;
}

mr_object_reader *mr_object_reader_new(const mr_object_range *range)
{
    mr_object_reader *reader = mr_calloc(1, sizeof(*reader));
    reader->range = *range;
    reader->encoding = mr_object_encoding_of(range->name);
    reader->at_start = true;
    /* A range that begins inside the object also looks at the byte before it: when that is a
     * line feed, a line starts exactly at its beginning. */
    reader->position = range->begin == 0 ? 0 : range->begin - 1;
    reader->text_offset = reader->position;
    return reader;
}

void mr_object_reader_free(mr_object_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->gzip_ready) {
        (void)inflateEnd(&reader->gzip);
    }
    mr_free(reader->gzip_input);
    mr_free(reader->rest);
    mr_free(reader);
}

/* ---- bytes, plain or expanded ---- */

static mr_code read_plain(mr_object_reader *reader, char *into, size_t room, size_t *got,
                          mr_error *err)
{
    mr_file_system *fs = reader->range.fs;
    mr_code code = fs->read_at(fs, reader->range.file, into, room, reader->position, got, err);
    if (code == MR_OK) {
        reader->position += *got;
    }
    return code;
}

static mr_code gzip_broken(const mr_object_reader *reader, const char *why, mr_error *err)
{
    return mr_error_set(err, MR_QUERY_FAILED,
                        "HIVE_CURSOR_ERROR: Failed to read file %s: %s at byte %llu; write the "
                        "object again, or name it without .gz when it is not gzip",
                        reader->range.name, why,
                        (unsigned long long)(reader->position - reader->gzip.avail_in));
}

/* More compressed bytes when there are none left; *end when the file has no more. */
static mr_code gzip_fill(mr_object_reader *reader, bool *end, mr_error *err)
{
    *end = false;
    if (reader->gzip.avail_in > 0) {
        return MR_OK;
    }
    size_t got = 0;
    mr_code code = read_plain(reader, (char *)reader->gzip_input, GZIP_INPUT_BYTES, &got, err);
    reader->gzip.next_in = reader->gzip_input;
    reader->gzip.avail_in = (uInt)got;
    *end = got == 0;
    return code;
}

static void gzip_start(mr_object_reader *reader)
{
    /* 15 window bits, and 16 for gzip framing; only a library mismatch can fail here. */
    int status = inflateInit2(&reader->gzip, 15 + 16);
    MR_ASSERT(status == Z_OK);
    reader->gzip_ready = true;
    reader->gzip_input = mr_alloc(GZIP_INPUT_BYTES);
}

/* Zeros between and after members are padding (tape blocks); the next member starts after them. */
static mr_code gzip_next_member(mr_object_reader *reader, bool *end, mr_error *err)
{
    for (;;) {
        mr_code code = gzip_fill(reader, end, err);
        if (code != MR_OK || *end) {
            return code;
        }
        while (reader->gzip.avail_in > 0 && *reader->gzip.next_in == 0) {
            reader->gzip.next_in++;
            reader->gzip.avail_in--;
        }
        if (reader->gzip.avail_in > 0) {
            (void)inflateReset(&reader->gzip);
            reader->gzip_in_member = true;
            return MR_OK;
        }
    }
}

static mr_code read_gzip(mr_object_reader *reader, char *into, size_t room, size_t *got,
                         mr_error *err)
{
    if (!reader->gzip_ready) {
        gzip_start(reader);
    }
    reader->gzip.next_out = (unsigned char *)into;
    reader->gzip.avail_out = (uInt)room;
    while (reader->gzip.avail_out > 0) {
        bool end = false;
        mr_code code = reader->gzip_in_member ? gzip_fill(reader, &end, err)
                                              : gzip_next_member(reader, &end, err);
        if (code != MR_OK) {
            return code;
        }
        if (end && reader->gzip_in_member) {
            return gzip_broken(reader, "the gzip stream ends too early", err);
        }
        if (end) {
            break;
        }
        int status = inflate(&reader->gzip, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
            reader->gzip_in_member = false;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            const char *why = reader->gzip.msg != NULL ? reader->gzip.msg : "the data is broken";
            return gzip_broken(reader, why, err);
        }
    }
    *got = room - reader->gzip.avail_out;
    return MR_OK;
}

/* ---- whole lines ---- */

static void block_reserve(mr_block *block, size_t room)
{
    size_t need = block->len + room + MR_BLOCK_PADDING;
    if (need > block->capacity) {
        block->capacity = mr_max_size(need, block->capacity * 2);
        block->at = mr_realloc(block->at, block->capacity);
    }
}

static void keep_rest(mr_object_reader *reader, const char *at, size_t len)
{
    if (len > reader->rest_capacity) {
        reader->rest_capacity = mr_max_size(len, reader->rest_capacity * 2);
        reader->rest = mr_realloc(reader->rest, reader->rest_capacity);
    }
    if (len > 0) {
        memcpy(reader->rest, at, len);
    }
    reader->rest_len = len;
}

static void block_drop_front(mr_block *block, size_t n)
{
    memmove(block->at, block->at + n, block->len - n);
    block->len -= n;
    block->offset += n;
}

/*
 * Of the first block of a range: removes a byte order mark, or the line that began before the
 * range. Returns false while the end of that line is not read yet.
 */
static bool trim_start(mr_object_reader *reader, mr_block *block)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";

    if (reader->range.begin == 0) {
        if (block->len >= 3 && memcmp(block->at, byte_order_mark, 3) == 0) {
            block_drop_front(block, 3);
        }
        return true;
    }
    char *feed = memchr(block->at, '\n', block->len);
    if (feed == NULL) { /* all of it is the earlier line's */
        block->offset += block->len;
        block->len = 0;
        return false;
    }
    block_drop_front(block, (size_t)(feed + 1 - block->at));
    return true;
}

/* Where the lines that start before the range's end are over, or SIZE_MAX when that is not in
 * the block. A line belongs to the range when its first byte does. */
static size_t range_end_in(const mr_object_reader *reader, const mr_block *block)
{
    uint64_t end = reader->range.end;
    if (reader->encoding == MR_OBJECT_GZIP || block->offset + block->len < end) {
        return SIZE_MAX;
    }
    if (end <= block->offset) {
        return 0;
    }
    size_t from = (size_t)(end - block->offset) - 1; /* the last byte of the range */
    char *feed = memchr(block->at + from, '\n', block->len - from);
    return feed == NULL ? SIZE_MAX : (size_t)(feed + 1 - block->at);
}

static char *last_feed(const mr_block *block)
{
    for (char *p = block->at + block->len; p > block->at; p--) {
        if (p[-1] == '\n') {
            return p - 1;
        }
    }
    return NULL;
}

static mr_code line_too_long(const mr_object_reader *reader, const mr_block *block, mr_error *err)
{
    return mr_error_set(err, MR_QUERY_FAILED,
                        "HIVE_CURSOR_ERROR: Line too long in text file: %s: the line at byte %llu "
                        "is longer than %zu bytes; end records with a line feed "
                        "(AppendDelimiterToRecord, or \"\\n\" in the Lambda's output)",
                        reader->range.name, (unsigned long long)block->offset, MR_LINE_BYTES_MAX);
}

/* Reads until the block holds the end of a line, or the object ends (*whole). */
static mr_code read_lines(mr_object_reader *reader, mr_block *block, bool *at_end, mr_error *err)
{
    *at_end = false;
    for (;;) {
        block_reserve(block, MR_BLOCK_BYTES);
        size_t got = 0;
        char *into = block->at + block->len;
        mr_code code = reader->encoding == MR_OBJECT_GZIP
                           ? read_gzip(reader, into, MR_BLOCK_BYTES, &got, err)
                           : read_plain(reader, into, MR_BLOCK_BYTES, &got, err);
        if (code != MR_OK) {
            return code;
        }
        block->len += got;
        if (reader->at_start && block->len > 0) {
            reader->at_start = !trim_start(reader, block);
        }
        if (got == 0) {
            *at_end = true;
            return MR_OK;
        }
        if (!reader->at_start && memchr(block->at + block->len - mr_min_size(got, block->len), '\n',
                                        mr_min_size(got, block->len)) != NULL) {
            return MR_OK;
        }
        if (block->len > MR_LINE_BYTES_MAX) {
            return line_too_long(reader, block, err);
        }
    }
}

mr_code mr_object_reader_next(mr_object_reader *reader, mr_block *block, mr_error *err)
{
    if (reader->encoding == MR_OBJECT_UNREADABLE) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "NOT_SUPPORTED: %s: this compression or file format is not read by "
                            "millrace yet; deliver UNCOMPRESSED or GZIP",
                            reader->range.name);
    }
    block->len = 0;
    block->offset = reader->text_offset;
    if (reader->ended) {
        return MR_OK;
    }
    block_reserve(block, reader->rest_len);
    if (reader->rest_len > 0) {
        memcpy(block->at, reader->rest, reader->rest_len);
        block->len = reader->rest_len;
        reader->rest_len = 0;
    }

    bool at_end = false;
    mr_code code = read_lines(reader, block, &at_end, err);
    if (code != MR_OK) {
        return code;
    }
    size_t over = range_end_in(reader, block);
    if (over != SIZE_MAX) {
        block->len = over;
        reader->ended = true;
    } else if (at_end) {
        reader->ended = true;
    } else {
        char *feed = last_feed(block);
        MR_ASSERT(feed != NULL);
        size_t whole = (size_t)(feed + 1 - block->at);
        keep_rest(reader, block->at + whole, block->len - whole);
        block->len = whole;
    }
    reader->text_offset = block->offset + block->len;
    memset(block->at + block->len, 0, MR_BLOCK_PADDING);
    block->at[block->len] = '\n';
    return MR_OK;
}
