/*
 * gunzip_sink_fuzz.c - any bytes, in pieces of any size: what comes out does not depend on where
 * they were cut, and nothing comes after somebody had enough.
 *
 * An input is a count of pieces, so many sizes (a byte each; they are used by turns, and 0 is an
 * empty piece), how much is enough (in units of 16 bytes; 0 is 256 KiB), and the body.
 */
#include "sim/store/compress.h"
#include "src/cli/gunzip_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIECES_MAX     8 /* whose sizes an input says */
#define ENOUGH_UNIT    16
#define ENOUGH_MAX     (256 * MR_KIB)
#define ONE_BY_ONE_MAX (4 * MR_KIB) /* a longer body takes its time, a byte after the other */
#define GZIP_PIECE_MAX (64 * MR_KIB)

typedef struct taken {
    mr_strbuf bytes; /* no more than what is enough; the rest of the last piece is not kept */
    size_t piece_max;
    bool has_enough;
    mr_code code;
} taken;

static bool take(void *context, mr_bytes piece)
{
    taken *t = context;
    MR_ASSERT(!t->has_enough);
    MR_ASSERT(piece.len > 0 && piece.len <= t->piece_max);
    const size_t room = t->bytes.limit - t->bytes.len;
    mr_strbuf_append(&t->bytes, piece.at, mr_min_size(piece.len, room));
    t->has_enough = t->bytes.len == t->bytes.limit;
    return !t->has_enough;
}

/* sizes: by turns, at least one of them not 0. */
static taken pass(mr_bytes body, const uint8_t *sizes, size_t count, size_t enough)
{
    taken t = {.bytes = mr_strbuf_make(enough), .piece_max = mr_max_size(GZIP_PIECE_MAX, body.len)};
    cli_gunzip_sink *sink = cli_gunzip_sink_new(take, &t);
    bool more = true;
    for (size_t at = 0, turn = 0; at < body.len && more; turn++) {
        const size_t wanted = count == 0 ? body.len : sizes[turn % count];
        const size_t len = mr_min_size(wanted, body.len - at);
        more = cli_gunzip_sink_write(sink, len == 0 ? (mr_bytes){NULL, 0}
                                                    : mr_bytes_make(body.at + at, len));
        at += len;
    }
    mr_error err = {.message = ""};
    t.code = cli_gunzip_sink_finish(sink, &err);
    MR_ASSERT(t.code == MR_OK || (t.code == MR_BAD_INPUT && err.message[0] != '\0'));
    MR_ASSERT(!t.has_enough || t.code == MR_OK);
    cli_gunzip_sink_free(sink);
    return t;
}

static void check_same(const taken *whole, taken other)
{
    MR_ASSERT(whole->code == other.code);
    MR_ASSERT(whole->has_enough == other.has_enough);
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&whole->bytes), mr_strbuf_bytes(&other.bytes)));
    mr_strbuf_deinit(&other.bytes);
}

/* Only zlib looks at the checksum that a member's header may have. */
static bool may_have_header_checksum(mr_bytes body)
{
    static const char begin[] = "\x1f\x8b\x08";
    for (size_t at = 0; at + 3 < body.len; at++) {
        if (memcmp(body.at + at, begin, 3) == 0 && (body.at[at + 3] & 2) != 0) {
            return true;
        }
    }
    return false;
}

/* The other reader of gzip, which is another library, says the same of the whole body. */
static void check_as_gunzip(const taken *whole, mr_bytes body)
{
    const mr_bytes got = mr_strbuf_bytes(&whole->bytes);
    mr_strbuf out = mr_strbuf_make(ENOUGH_MAX);
    mr_error err;
    const mr_code code = mr_gunzip(body, &out, &err);
    if (code == MR_OK && whole->code == MR_OK) {
        MR_ASSERT(mr_bytes_equal(got, mr_bytes_make(out.at, got.len)));
        MR_ASSERT(got.len == mr_min_size(out.len, whole->bytes.limit));
    } else if (code == MR_OK) {
        MR_ASSERT(may_have_header_checksum(body));
    } else {
        MR_ASSERT(whole->code != MR_OK || whole->has_enough);
    }
    mr_strbuf_deinit(&out);
}

/* What is no gzip passes. */
static void check_right(const taken *whole, mr_bytes body)
{
    const mr_bytes got = mr_strbuf_bytes(&whole->bytes);
    if (mr_bytes_starts_with(body, MR_BYTES_LITERAL("\x1f\x8b"))) {
        check_as_gunzip(whole, body);
        return;
    }
    MR_ASSERT(whole->code == MR_OK);
    MR_ASSERT(mr_bytes_equal(got, mr_bytes_make(body.at, got.len)));
    MR_ASSERT(got.len == mr_min_size(body.len, whole->bytes.limit));
}

static bool are_all_empty(const uint8_t *sizes, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += sizes[i];
    }
    return count > 0 && sum == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t one = 1;
    const size_t count = size == 0 ? 0 : data[0] % (PIECES_MAX + 1);
    const uint8_t *sizes = data + 1;
    if (size < count + 2 || are_all_empty(sizes, count)) {
        return 0;
    }
    const uint8_t units = data[count + 1];
    const size_t enough = units == 0 ? ENOUGH_MAX : (size_t)units * ENOUGH_UNIT;
    const mr_bytes body = mr_bytes_make(data + count + 2, size - count - 2);
    taken whole = pass(body, NULL, 0, enough);
    check_right(&whole, body);
    check_same(&whole, pass(body, sizes, count, enough));
    if (body.len <= ONE_BY_ONE_MAX) {
        check_same(&whole, pass(body, &one, 1, enough));
    }
    mr_strbuf_deinit(&whole.bytes);
    return 0;
}
