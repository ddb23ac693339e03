/* compress_test.c - what is written in each format is read back by other code. */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/store/compress.h"
#include "sim/time/rng.h"
#include "tests/check.h"

#include <snappy-c.h>
#include <zlib.h>

/* Text that compresses, chance that does not, and lengths around every block's end. */
static mr_strbuf sample(size_t len)
{
    mr_prng prng = mr_prng_named(len, "sample");
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    while (out.len < len) {
        char noise[33];
        mr_prng_alnum(&prng, 32, noise);
        mr_strbuf_appendf(&out, "{\"row\":%zu,\"noise\":\"%s\"}\n", out.len, noise);
    }
    if (out.at != NULL) {
        out.len = len;
        out.at[len] = '\0';
    }
    return out;
}

/* Compresses in pieces of at most `piece` bytes. */
static mr_strbuf compressed(mr_compression compression, mr_bytes in, size_t piece)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_compressor *compressor = mr_compressor_new(
        compression, compression == MR_COMPRESSION_ZIP ? "1b9d6bcd-bbfd-4b2d" : NULL);
    for (size_t at = 0; at < in.len; at += piece) {
        mr_compressor_write(compressor, mr_bytes_make(in.at + at, mr_min_size(piece, in.len - at)),
                            &out);
    }
    mr_compressor_finish(compressor, &out);
    mr_compressor_free(compressor);
    return out;
}

static uint32_t le32(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint32_t be32(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;
    return (uint32_t)b[3] | (uint32_t)b[2] << 8 | (uint32_t)b[1] << 16 | (uint32_t)b[0] << 24;
}

/* ---- readers, from other libraries ---- */

static mr_strbuf inflated(mr_bytes in, int window_bits)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in.at, .avail_in = (uInt)in.len};
    assert_int_equal(inflateInit2(&z, window_bits), Z_OK);
    int status = Z_OK;
    while (status == Z_OK) {
        char *room = mr_strbuf_reserve(&out, 65536);
        z.next_out = (Bytef *)room;
        z.avail_out = 65536;
        status = inflate(&z, Z_NO_FLUSH);
        mr_strbuf_commit(&out, 65536 - z.avail_out);
    }
    CHECK_INT("end of the stream", status, Z_STREAM_END);
    CHECK_INT("nothing after it", z.avail_in, 0);
    (void)inflateEnd(&z);
    return out;
}

static mr_strbuf unzipped(mr_bytes in)
{
    CHECK_TRUE("long enough", in.len > 98);
    const char *end = in.at + in.len - 22;
    CHECK_TRUE("end record", memcmp(end, "PK\005\006", 4) == 0);
    CHECK_INT("one entry", end[10], 1);
    uint32_t directory_size = le32(end + 12);
    uint32_t directory_at = le32(end + 16);
    CHECK_INT("directory", directory_at + directory_size + 22, in.len);
    const char *entry = in.at + directory_at;
    CHECK_TRUE("entry", memcmp(entry, "PK\001\002", 4) == 0);
    uint32_t crc = le32(entry + 16);
    uint32_t packed = le32(entry + 20);
    uint32_t size = le32(entry + 24);
    CHECK_TRUE("name", memcmp(entry + 46, "1b9d6bcd-bbfd-4b2d", 18) == 0);
    CHECK_TRUE("local", memcmp(in.at, "PK\003\004", 4) == 0);
    CHECK_TRUE("descriptor", memcmp(in.at + 48 + packed, "PK\007\010", 4) == 0);
    CHECK_INT("descriptor's crc", le32(in.at + 48 + packed + 4), crc);
    CHECK_INT("descriptor's sizes", le32(in.at + 48 + packed + 8), packed);
    CHECK_INT("descriptor's sizes", le32(in.at + 48 + packed + 12), size);
    CHECK_INT("directory comes next", directory_at, 48 + packed + 16);
    mr_strbuf out = inflated(mr_bytes_make(in.at + 48, packed), -15);
    CHECK_INT("size", out.len, size);
    CHECK_INT("crc", mr_crc32(0, out.at, out.len), crc);
    return out;
}

static void append_snappy(mr_strbuf *out, const char *packed, size_t packed_len)
{
    size_t len = 0;
    assert_int_equal(snappy_uncompressed_length(packed, packed_len, &len), SNAPPY_OK);
    char *room = mr_strbuf_reserve(out, len);
    assert_int_equal(snappy_uncompress(packed, packed_len, room, &len), SNAPPY_OK);
    mr_strbuf_commit(out, len);
}

static mr_strbuf unxerialed(mr_bytes in)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_TRUE("magic", in.len >= 16 && memcmp(in.at, "\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16) == 0);
    for (size_t at = 16; at < in.len;) {
        uint32_t packed = be32(in.at + at);
        CHECK_TRUE("block", at + 4 + packed <= in.len);
        append_snappy(&out, in.at + at + 4, packed);
        at += 4 + packed;
    }
    return out;
}

static mr_strbuf unhadooped(mr_bytes in)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t at = 0; at < in.len;) {
        uint32_t size = be32(in.at + at);
        size_t start = out.len;
        at += 4;
        while (out.len - start < size) {
            uint32_t packed = be32(in.at + at);
            CHECK_TRUE("chunk", at + 4 + packed <= in.len);
            append_snappy(&out, in.at + at + 4, packed);
            at += 4 + packed;
        }
        CHECK_INT("block", out.len - start, size);
    }
    return out;
}

static mr_strbuf expanded(mr_compression compression, mr_bytes in)
{
    switch (compression) {
    case MR_COMPRESSION_GZIP:
        return inflated(in, 15 + 16);
    case MR_COMPRESSION_ZIP:
        return unzipped(in);
    case MR_COMPRESSION_SNAPPY:
        return unxerialed(in);
    case MR_COMPRESSION_HADOOP_SNAPPY:
        return unhadooped(in);
    case MR_COMPRESSION_NONE:
        break;
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_bytes(&out, in);
    return out;
}

static void test_every_format_is_read_back_by_another_library(void **state)
{
    static const size_t lengths[] = {0,     1,     100,    32767,  32768,
                                     32769, 65536, 218421, 218422, 1000000};
    (void)state;

    for (int format = 0; format <= MR_COMPRESSION_HADOOP_SNAPPY; format++) {
        mr_compression compression = (mr_compression)format;
        const char *name = mr_compression_name(compression);
        for (size_t i = 0; i < MR_COUNT(lengths); i++) {
            mr_strbuf in = sample(lengths[i]);
            mr_strbuf whole = compressed(compression, mr_strbuf_bytes(&in), 1 << 20);
            mr_strbuf pieces = compressed(compression, mr_strbuf_bytes(&in), 777);
            mr_strbuf back = expanded(compression, mr_strbuf_bytes(&whole));
            CHECK_BYTES(name, mr_strbuf_bytes(&back), mr_strbuf_bytes(&in));
            CHECK_BYTES("pieces do not show", mr_strbuf_bytes(&pieces), mr_strbuf_bytes(&whole));
            mr_strbuf_deinit(&in);
            mr_strbuf_deinit(&whole);
            mr_strbuf_deinit(&pieces);
            mr_strbuf_deinit(&back);
        }
    }
}

/* ---- whole or as a stream ---- */

/* What zlib's stream makes of the text, as gzip. */
static mr_strbuf streamed(mr_bytes in)
{
    gz_header header = {.os = 255};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)in.at, .avail_in = (uInt)in.len};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    size_t most = deflateBound(&z, (uLong)in.len);
    z.next_out = (Bytef *)mr_strbuf_reserve(&out, most);
    z.avail_out = (uInt)most;
    CHECK_INT("end of the stream", deflate(&z, Z_FINISH), Z_STREAM_END);
    mr_strbuf_commit(&out, most - z.avail_out);
    (void)deflateEnd(&z);
    return out;
}

static void test_bodies_around_the_longest_whole_one_are_read_back(void **state)
{
    static const size_t lengths[] = {MR_COMPRESS_WHOLE_MAX - 1, MR_COMPRESS_WHOLE_MAX,
                                     MR_COMPRESS_WHOLE_MAX + 1, 2 * MR_COMPRESS_WHOLE_MAX + 7};
    static const size_t pieces[] = {1000, 256 * MR_KIB, MR_COMPRESS_WHOLE_MAX};
    static const mr_compression both[] = {MR_COMPRESSION_GZIP, MR_COMPRESSION_ZIP};
    (void)state;

    for (size_t i = 0; i < MR_COUNT(lengths); i++) {
        mr_strbuf in = sample(lengths[i]);
        for (size_t k = 0; k < MR_COUNT(both); k++) {
            const char *name = mr_compression_name(both[k]);
            mr_strbuf whole = compressed(both[k], mr_strbuf_bytes(&in), lengths[i]);
            mr_strbuf back = expanded(both[k], mr_strbuf_bytes(&whole));
            CHECK_BYTES(name, mr_strbuf_bytes(&back), mr_strbuf_bytes(&in));
            for (size_t p = 0; p < MR_COUNT(pieces); p++) {
                mr_strbuf same = compressed(both[k], mr_strbuf_bytes(&in), pieces[p]);
                CHECK_BYTES("pieces do not show", mr_strbuf_bytes(&same), mr_strbuf_bytes(&whole));
                mr_strbuf_deinit(&same);
            }
            mr_strbuf_deinit(&whole);
            mr_strbuf_deinit(&back);
        }
        mr_strbuf_deinit(&in);
    }
}

static void test_a_body_streams_once_it_passes_the_longest_whole_one(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        mr_strbuf in = sample(MR_COMPRESS_WHOLE_MAX + extra);
        mr_strbuf got = compressed(MR_COMPRESSION_GZIP, mr_strbuf_bytes(&in), 100000);
        mr_strbuf stream = streamed(mr_strbuf_bytes(&in));
        bool same = mr_bytes_equal(mr_strbuf_bytes(&got), mr_strbuf_bytes(&stream));
        CHECK_INT("streams", same, extra == 1);
        /* The two ways differ in speed and not much in size. */
        CHECK_TRUE("sizes are near",
                   got.len < stream.len + stream.len / 20 && stream.len < got.len + got.len / 20);
        mr_strbuf_deinit(&in);
        mr_strbuf_deinit(&got);
        mr_strbuf_deinit(&stream);
    }
}

static void test_a_body_is_written_when_it_ends_or_starts_to_stream(void **state)
{
    (void)state;
    mr_strbuf in = sample(MR_COMPRESS_WHOLE_MAX);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    mr_compressor_write(compressor, mr_strbuf_bytes(&in), &out);
    CHECK_INT("kept", out.len, 0);
    mr_compressor_write(compressor, mr_bytes_of("x"), &out);
    CHECK_TRUE("streams", out.len > in.len / 4);
    mr_compressor_free(compressor); /* unfinished is fine */

    mr_strbuf_reset(&out);
    compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    mr_compressor_write(compressor, mr_strbuf_bytes(&in), &out);
    mr_compressor_free(compressor);
    CHECK_INT("given up", out.len, 0);
    mr_strbuf_deinit(&in);
    mr_strbuf_deinit(&out);
}

static void test_output_past_its_limit_is_flagged_either_way(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        mr_strbuf in = sample(MR_COMPRESS_WHOLE_MAX + extra);
        mr_strbuf out = mr_strbuf_make(100 * MR_KIB);
        mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
        mr_compressor_write(compressor, mr_strbuf_bytes(&in), &out);
        mr_compressor_finish(compressor, &out);
        CHECK_TRUE("overflowed", out.overflowed);
        mr_compressor_free(compressor);
        mr_strbuf_deinit(&in);
        mr_strbuf_deinit(&out);
    }
}

static void test_gzip_names_no_time_and_no_system(void **state)
{
    static const size_t lengths[] = {0, 1, MR_COMPRESS_WHOLE_MAX, MR_COMPRESS_WHOLE_MAX + 1};
    (void)state;

    for (size_t i = 0; i < MR_COUNT(lengths); i++) {
        mr_strbuf in = sample(lengths[i]);
        mr_strbuf out = compressed(MR_COMPRESSION_GZIP, mr_strbuf_bytes(&in), 1 << 20);
        CHECK_TRUE("header", memcmp(out.at, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10) == 0);
        mr_strbuf_deinit(&in);
        mr_strbuf_deinit(&out);
    }
}

static void test_names_are_those_of_firehose(void **state)
{
    static const struct {
        const char *name, *extension, *encoding;
    } cases[] = {
        {"UNCOMPRESSED", "", NULL},
        {"GZIP", ".gz", "gzip"},
        {"ZIP", ".zip", "zip"},
        {"Snappy", ".snappy", "snappy-java"},
        {"HADOOP_SNAPPY", ".snappy", "hadoop-snappy"},
    };
    (void)state;

    mr_compression compression;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_TRUE(cases[i].name, mr_compression_of(cases[i].name, &compression));
        CHECK_STR("name", mr_compression_name(compression), cases[i].name);
        CHECK_STR("extension", mr_compression_extension(compression), cases[i].extension);
        CHECK_STR("encoding", mr_compression_encoding(compression), cases[i].encoding);
    }
    CHECK_TRUE("case counts", !mr_compression_of("SNAPPY", &compression));
    CHECK_TRUE("nor", !mr_compression_of("", &compression));
}

/* ---- gunzip ---- */

static void test_gunzip_takes_any_number_of_members(void **state)
{
    (void)state;
    mr_strbuf text = sample(MR_COMPRESS_WHOLE_MAX + 1);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err = {.code = MR_OK};
    static const size_t lengths[] = {300000, 0, 5, MR_COMPRESS_WHOLE_MAX + 1, 1};

    for (size_t i = 0; i < MR_COUNT(lengths); i++) {
        mr_strbuf member =
            compressed(MR_COMPRESSION_GZIP, mr_bytes_make(text.at, lengths[i]), 1 << 20);
        mr_strbuf_append_bytes(&body, mr_strbuf_bytes(&member));
        mr_strbuf_append(&want, text.at, lengths[i]);
        mr_strbuf_deinit(&member);
    }
    CHECK_OK("members", mr_gunzip(mr_strbuf_bytes(&body), &got, &err), &err);
    CHECK_BYTES("members", mr_strbuf_bytes(&got), mr_strbuf_bytes(&want));

    mr_strbuf_reset(&got);
    mr_strbuf_append(&body, "\0\0\0\0\0\0\0\0", 8);
    CHECK_OK("zeros after", mr_gunzip(mr_strbuf_bytes(&body), &got, &err), &err);
    CHECK_INT("zeros after", got.len, want.len);
    mr_strbuf_deinit(&text);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&want);
    mr_strbuf_deinit(&got);
}

static void test_gunzip_refuses_what_is_damaged(void **state)
{
    (void)state;
    mr_strbuf text = sample(10000);
    mr_strbuf body = compressed(MR_COMPRESSION_GZIP, mr_strbuf_bytes(&text), 1 << 20);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;

    for (size_t len = 0; len < body.len; len += len < 20 ? 1 : 97) {
        mr_strbuf_reset(&got);
        CHECK_CODE("cut off", mr_gunzip(mr_bytes_make(body.at, len), &got, &err), MR_BAD_INPUT);
    }
    body.at[body.len - 6] = (char)(body.at[body.len - 6] ^ 1);
    CHECK_CODE("checksum", mr_gunzip(mr_strbuf_bytes(&body), &got, &err), MR_BAD_INPUT);
    body.at[body.len - 6] = (char)(body.at[body.len - 6] ^ 1);
    mr_strbuf_append_text(&body, "more");
    CHECK_CODE("something after", mr_gunzip(mr_strbuf_bytes(&body), &got, &err), MR_BAD_INPUT);
    CHECK_CODE("no gzip", mr_gunzip(mr_bytes_of("plain text"), &got, &err), MR_BAD_INPUT);
    mr_strbuf_deinit(&text);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
}

static void test_gunzip_stops_at_the_limit(void **state)
{
    (void)state;
    char *zeros = mr_calloc(1, 10 * MR_MIB);
    mr_strbuf body = compressed(MR_COMPRESSION_GZIP, mr_bytes_make(zeros, 10 * MR_MIB), 1 << 20);
    mr_error err;
    for (int fits = 0; fits < 2; fits++) {
        mr_strbuf got = mr_strbuf_make(10 * MR_MIB - 1 + (size_t)fits);
        mr_code code = mr_gunzip(mr_strbuf_bytes(&body), &got, &err);
        CHECK_CODE("at the limit", code, fits == 1 ? MR_OK : MR_TOO_LARGE);
        mr_strbuf_deinit(&got);
    }
    mr_strbuf_deinit(&body);
    mr_free(zeros);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(gunzip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_is_read_back_by_another_library),
        cmocka_unit_test(test_bodies_around_the_longest_whole_one_are_read_back),
        cmocka_unit_test(test_a_body_streams_once_it_passes_the_longest_whole_one),
        cmocka_unit_test(test_a_body_is_written_when_it_ends_or_starts_to_stream),
        cmocka_unit_test(test_output_past_its_limit_is_flagged_either_way),
        cmocka_unit_test(test_gzip_names_no_time_and_no_system),
        cmocka_unit_test(test_names_are_those_of_firehose),
        cmocka_unit_test(test_gunzip_takes_any_number_of_members),
        cmocka_unit_test(test_gunzip_refuses_what_is_damaged),
        cmocka_unit_test(test_gunzip_stops_at_the_limit),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
