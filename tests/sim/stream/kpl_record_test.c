/*
 * kpl_record_test.c - aggregated records: those of another implementation, those made by hand,
 * every way to be none, and the way there and back.
 */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/stream/kpl_record.h"
#include "sim/stream/sequence.h"
#include "sim/time/rng.h"

#include <stdio.h>
#include <stdlib.h>

#define B(text) MR_BYTES_LITERAL(text)
#define MAGIC   "\xf3\x89\x9a\xc2"

/* "aggregated 0:key|hash key|data 1:key||data": what a reader makes of a record. */
static void describe(mr_kpl_reader *reader, mr_bytes data, mr_strbuf *out)
{
    mr_record_view record = {.number = 1, .data = data, .partition_key = B("own")};
    mr_kpl_user_record user;
    mr_strbuf_append_text(out, mr_kpl_verdict_name(mr_kpl_reader_open(reader, &record)));
    size_t left = mr_kpl_reader_left(reader);
    while (mr_kpl_reader_next(reader, &user)) {
        CHECK_INT("left", mr_kpl_reader_left(reader), --left);
        mr_strbuf_appendf(out, " %u:", user.sub);
        mr_strbuf_append_bytes(out, user.partition_key);
        mr_strbuf_append_text(out, user.has_explicit_hash_key ? "|" : "|none");
        mr_strbuf_append_bytes(out, user.explicit_hash_key);
        mr_strbuf_append_text(out, "|");
        mr_strbuf_append_bytes(out, user.data);
    }
    CHECK_INT("none left", left, 0);
    CHECK_TRUE("and none after", !mr_kpl_reader_next(reader, &user));
}

/* Appends magic number, message and MD5. */
static void wrap(mr_bytes message, mr_strbuf *out)
{
    uint8_t digest[16];
    mr_md5(message.at, message.len, digest);
    mr_strbuf_append_text(out, MAGIC);
    mr_strbuf_append_bytes(out, message);
    mr_strbuf_append(out, digest, sizeof(digest));
}

static void unhex(const char *hex, mr_strbuf *out)
{
    for (; hex[0] != '\0'; hex += 2) {
        char digits[3] = {hex[0], hex[1], '\0'};
        mr_strbuf_append_char(out, (char)strtoul(digits, NULL, 16));
    }
}

/* Written by the aggregator for Python of the project that has KPL-compatible libraries for several
 * languages (aws_kinesis_agg 1.2.3), on the protocol buffers of Google; the last by the latter
 * alone. */
static void test_records_of_another_implementation_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *label, *hex, *want;
    } cases[] = {
        {"two keys, one of them twice",
         "f3899ac20a06757365722d310a06757365722d321a0b08001a077b2261223a317d1a0b08011a077b2261223a"
         "327d1a0b08001a077b2261223a337d3be31891aec1b35f2acc155c4110b382",
         "aggregated 0:user-1|none|{\"a\":1} 1:user-2|none|{\"a\":2} 2:user-1|none|{\"a\":3}"},
        {"explicit hash keys, and no data",
         "f3899ac20a016b0a02c3a91201301227333430323832333636393230393338343633343633333734363037"
         "3433313736383231313435351a07080010001a01781a07080010011a01791a0408011a0041b5d614f8ad068b"
         "6ca70138a885de72",
         "aggregated 0:k|0|x 1:k|340282366920938463463374607431768211455|y 2:\xc3\xa9|none|"},
        {"tags, one without a value",
         "f3899ac20a01701a2108001a06746167676564220d0a06636f6c6f7572120372656422060a0462617265e34d"
         "7e3a9511699ed24468ffdef79432",
         "aggregated 0:p|none|tagged"},
    };
    mr_kpl_reader *reader = mr_kpl_reader_new();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf record = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        unhex(cases[i].hex, &record);
        describe(reader, mr_strbuf_bytes(&record), &got);
        CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&record);
        mr_strbuf_deinit(&got);
    }
    mr_kpl_reader_free(reader);
}

static void test_our_records_are_those_of_another_implementation(void **state)
{
    (void)state;
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    mr_strbuf got = mr_strbuf_make(MR_MIB), want = mr_strbuf_make(MR_MIB);
    mr_record records[] = {
        {.partition_key = B("k"), .data = B("x"), .has_explicit_hash = true, .explicit_hash = 0},
        {.partition_key = B("k"),
         .data = B("y"),
         .has_explicit_hash = true,
         .explicit_hash = ~(mr_u128)0},
        {.partition_key = B("\xc3\xa9"), .data = B("")},
    };
    for (size_t i = 0; i < MR_COUNT(records); i++) {
        CHECK_TRUE("fits", mr_kpl_writer_add(writer, &records[i]));
    }
    size_t bytes = mr_kpl_writer_bytes(writer);
    mr_kpl_writer_take(writer, &got);
    unhex("f3899ac20a016b0a02c3a9120130122733343032383233363639323039333834363334363333373436303734"
          "33313736383231313435351a07080010001a01781a07080010011a01791a0408011a0041b5d614f8ad068b6c"
          "a70138a885de72",
          &want);
    CHECK_BYTES("explicit hash keys", mr_strbuf_bytes(&got), mr_strbuf_bytes(&want));
    CHECK_INT("the size that was told", got.len, bytes);
    CHECK_INT("taken", mr_kpl_writer_count(writer), 0);

    /* 300 keys, of which the last is used: indexes and lengths of two bytes. */
    char key[8];
    mr_strbuf_reset(&got);
    for (int i = 0; i < 300; i++) {
        (void)snprintf(key, sizeof(key), "k%d", i);
        mr_record record = {.partition_key = mr_bytes_of(key), .data = B("d")};
        CHECK_TRUE("fits", mr_kpl_writer_add(writer, &record));
    }
    bytes = mr_kpl_writer_bytes(writer);
    mr_kpl_writer_take(writer, &got);
    CHECK_INT("the size that was told", got.len, bytes);
    uint8_t digest[16];
    char hex[33];
    mr_md5(got.at, got.len, digest);
    mr_hex(digest, sizeof(digest), hex);
    CHECK_STR("300 keys", hex, "6e4177e95b825b4d8e51f6b03811d5aa");

    mr_kpl_writer_free(writer);
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&want);
}

static void test_messages_made_by_hand(void **state)
{
    (void)state;
    /* 0a: a partition key. 12: a hash key. 1a: a record, in which 08 and 10 are the indexes of the
     * keys, 1a is the data and 22 a tag. */
    static const struct {
        const char *label;
        mr_bytes message;
        const char *want;
    } cases[] = {
        {"the smallest", B("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x"), "aggregated 0:k|none|x"},
        {"tables behind the records",
         B("\x1a\x05\x08\x01\x1a\x01x\x1a\x07\x08\x00\x10\x00\x1a\x01y\x12\x01"
           "7\x0a\x01"
           "a\x0a\x01"
           "b"),
         "aggregated 0:b|none|x 1:a|7|y"},
        {"an empty key and no data", B("\x0a\x00\x1a\x04\x08\x00\x1a\x00"), "aggregated 0:|none|"},
        {"fields of a record in another order", B("\x0a\x01k\x1a\x05\x1a\x01x\x08\x00"),
         "aggregated 0:k|none|x"},
        {"the last of two data fields counts", B("\x0a\x01k\x1a\x08\x1a\x01w\x08\x00\x1a\x01x"),
         "aggregated 0:k|none|x"},
        {"the last of two indexes counts", B("\x0a\x01k\x1a\x07\x08\x09\x08\x00\x1a\x01x"),
         "aggregated 0:k|none|x"},
        {"an index spelled long", B("\x0a\x01k\x1a\x07\x08\x80\x80\x00\x1a\x01x"),
         "aggregated 0:k|none|x"},
        {"keys and no record", B("\x0a\x01k"), "aggregated"},
        {"unknown fields only", B("\x28\x01"), "aggregated"},
        {"unknown fields at the top",
         B("\x28\x01\x0a\x01k\x32\x03zzz\x3d\x00\x00\x00\x00\x1a\x05\x08\x00\x1a\x01x"),
         "aggregated 0:k|none|x"},
        {"unknown fields in a record",
         B("\x0a\x01k\x1a\x10\x08\x00\x29"
           "12345678\x1a\x01x\x30\x01"),
         "aggregated 0:k|none|x"},
        {"a known number of another wire type",
         B("\x08\x01\x0a\x01k\x1a\x07\x08\x00\x18\x05\x1a\x01x"), "aggregated 0:k|none|x"},
        {"a tag with a value", B("\x0a\x01k\x1a\x0d\x08\x00\x1a\x01x\x22\x06\x0a\x01n\x12\x01v"),
         "aggregated 0:k|none|x"},
        {"a hash key that is no number", B("\x0a\x01k\x12\x01z\x1a\x07\x08\x00\x10\x00\x1a\x01x"),
         "aggregated 0:k|z|x"},

        {"no partition key index", B("\x0a\x01k\x1a\x03\x1a\x01x"), "bad message"},
        {"no data", B("\x0a\x01k\x1a\x02\x08\x00"), "bad message"},
        {"data as a number", B("\x0a\x01k\x1a\x04\x08\x00\x18\x01"), "bad message"},
        {"an empty record", B("\x0a\x01k\x1a\x00"), "bad message"},
        {"a tag without a key", B("\x0a\x01k\x1a\x0a\x08\x00\x1a\x01x\x22\x03\x12\x01v"),
         "bad message"},
        {"an empty tag", B("\x0a\x01k\x1a\x07\x08\x00\x1a\x01x\x22\x00"), "bad message"},
        {"a torn tag", B("\x0a\x01k\x1a\x09\x08\x00\x1a\x01x\x22\x02\x0a\x05"), "bad message"},
        {"a record longer than the message", B("\x0a\x01k\x1a\x06\x08\x00\x1a\x01x"),
         "bad message"},
        {"data longer than the record", B("\x0a\x01k\x1a\x05\x08\x00\x1a\x02x\x0a\x00"),
         "bad message"},
        {"a key longer than the message", B("\x1a\x05\x08\x00\x1a\x01x\x0a\x02k"), "bad message"},
        {"a length of 2^63", B("\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01k"), "bad message"},
        {"an index past 64 bits",
         B("\x0a\x01k\x1a\x0e\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02\x1a\x01x"),
         "bad message"},
        {"a group at the top", B("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x\x2b\x2c"), "bad message"},
        {"a group in a record", B("\x0a\x01k\x1a\x07\x08\x00\x1a\x01x\x2b\x2c"), "bad message"},
        {"the record field as a group", B("\x0a\x01k\x1b\x08\x00\x1a\x01x\x1c"), "bad message"},
        {"field number 0", B("\x0a\x01k\x02\x00"), "bad message"},
        {"text", B("{\"a\":1}"), "bad message"},
        {"one zero byte", B("\x00"), "bad message"},

        {"no table at all", B("\x1a\x05\x08\x00\x1a\x01x"), "bad index"},
        {"an index one too high", B("\x0a\x01k\x1a\x05\x08\x01\x1a\x01x"), "bad index"},
        {"good, then one too high",
         B("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x\x1a\x05\x08\x01\x1a\x01y"), "bad index"},
        {"an index of 2^32, which is not 0",
         B("\x0a\x01k\x1a\x09\x08\x80\x80\x80\x80\x10\x1a\x01x"), "bad index"},
        {"the highest index",
         B("\x0a\x01k\x1a\x0e\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x1a\x01x"), "bad index"},
        {"a hash key without a table", B("\x0a\x01k\x1a\x07\x08\x00\x10\x00\x1a\x01x"),
         "bad index"},
        {"a hash key one too high",
         B("\x0a\x01k\x12\x01"
           "7\x1a\x07\x08\x00\x10\x01\x1a\x01x"),
         "bad index"},
    };
    mr_kpl_reader *reader = mr_kpl_reader_new();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf record = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        wrap(cases[i].message, &record);
        describe(reader, mr_strbuf_bytes(&record), &got);
        mr_strbuf_append_text(&want, cases[i].want);
        if (strncmp(cases[i].want, "bad ", 4) == 0) { /* then it is the record itself, untouched */
            mr_strbuf_append_text(&want, " 0:own|none|");
            mr_strbuf_append_bytes(&want, mr_strbuf_bytes(&record));
        }
        CHECK_BYTES(cases[i].label, mr_strbuf_bytes(&got), mr_strbuf_bytes(&want));
        mr_strbuf_deinit(&record);
        mr_strbuf_deinit(&got);
        mr_strbuf_deinit(&want);
    }
    mr_kpl_reader_free(reader);
}

static void test_what_does_not_check_is_an_ordinary_record(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes data;
        mr_kpl_verdict want;
    } cases[] = {
        {"no byte", {NULL, 0}, MR_KPL_PLAIN},
        {"a text", B("hello"), MR_KPL_PLAIN},
        {"a text as long as a carrier", B("hello, hello, hello, hello"), MR_KPL_PLAIN},
        {"half a magic number", B("\xf3\x89"), MR_KPL_PLAIN},
        {"a magic number", B(MAGIC), MR_KPL_PLAIN},
        {"19 bytes", B(MAGIC "123456789012345"), MR_KPL_PLAIN},
        {"20 bytes with the MD5 of nothing",
         B(MAGIC "\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e"), MR_KPL_PLAIN},
        {"another last byte in the magic number",
         B("\xf3\x89\x9a\xc3\x0a\x01k\x1a\x05\x08\x00\x1a\x01x0123456789abcdef"), MR_KPL_PLAIN},
        {"another MD5", B(MAGIC "\x0a\x01k\x1a\x05\x08\x00\x1a\x01x0123456789abcdef"),
         MR_KPL_BAD_DIGEST},
        {"21 bytes with another MD5",
         B(MAGIC "\x00"
                 "0123456789abcdef"),
         MR_KPL_BAD_DIGEST},
    };
    mr_kpl_reader *reader = mr_kpl_reader_new();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_record_view record = {.data = cases[i].data, .partition_key = B("own")};
        mr_kpl_user_record user;
        CHECK_STR(cases[i].label, mr_kpl_verdict_name(mr_kpl_reader_open(reader, &record)),
                  mr_kpl_verdict_name(cases[i].want));
        CHECK_INT(cases[i].label, mr_kpl_reader_left(reader), 1);
        CHECK_TRUE(cases[i].label, mr_kpl_reader_next(reader, &user));
        CHECK_BYTES(cases[i].label, user.data, cases[i].data);
        CHECK_TRUE("not a copy", user.data.at == cases[i].data.at);
        CHECK_BYTES(cases[i].label, user.partition_key, B("own"));
        CHECK_INT(cases[i].label, user.sub, 0);
        CHECK_TRUE(cases[i].label, !mr_kpl_reader_next(reader, &user));
    }
    mr_kpl_reader_free(reader);
}

/* One bit turned anywhere in a carrier makes a plain record of it: nothing is read from it. */
static void test_a_turned_bit_anywhere_makes_it_plain(void **state)
{
    (void)state;
    mr_kpl_reader *reader = mr_kpl_reader_new();
    mr_strbuf carrier = mr_strbuf_make(MR_KIB);
    wrap(B("\x0a\x01k\x1a\x05\x08\x00\x1a\x01x\x1a\x05\x08\x00\x1a\x01y"), &carrier);
    mr_record_view record = {.data = mr_strbuf_bytes(&carrier)};
    CHECK_INT("whole", mr_kpl_reader_open(reader, &record), MR_KPL_AGGREGATED);
    for (size_t bit = 0; bit < carrier.len * 8; bit++) {
        carrier.at[bit / 8] = (char)(carrier.at[bit / 8] ^ 1 << bit % 8);
        mr_kpl_verdict verdict = mr_kpl_reader_open(reader, &record);
        CHECK_STR("turned", mr_kpl_verdict_name(verdict), bit < 32 ? "plain" : "bad digest");
        CHECK_INT("whole", mr_kpl_reader_left(reader), 1);
        carrier.at[bit / 8] = (char)(carrier.at[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t len = 0; len < carrier.len; len++) {
        record.data.len = len;
        CHECK_TRUE("cut", mr_kpl_reader_open(reader, &record) != MR_KPL_AGGREGATED);
        CHECK_INT("whole", mr_kpl_reader_left(reader), 1);
    }
    mr_strbuf_deinit(&carrier);
    mr_kpl_reader_free(reader);
}

static void test_a_writer_takes_what_fits_and_changes_nothing_else(void **state)
{
    (void)state;
    mr_record first = {.partition_key = B("key"), .data = B("0123456789")};
    mr_record second = {.partition_key = B("other key"),
                        .data = B("0123456789"),
                        .has_explicit_hash = true,
                        .explicit_hash = 12345};
    mr_strbuf out = mr_strbuf_make(MR_KIB);

    mr_kpl_writer *writer = mr_kpl_writer_new(MR_KIB);
    CHECK_INT("empty", mr_kpl_writer_bytes(writer), 20);
    CHECK_TRUE("fits", mr_kpl_writer_add(writer, &first));
    size_t one = mr_kpl_writer_bytes(writer);
    CHECK_TRUE("fits", mr_kpl_writer_add(writer, &second));
    size_t two = mr_kpl_writer_bytes(writer);
    mr_kpl_writer_free(writer);

    writer = mr_kpl_writer_new(two - 1);
    CHECK_TRUE("fits", mr_kpl_writer_add(writer, &first));
    CHECK_TRUE("one byte too long", !mr_kpl_writer_add(writer, &second));
    CHECK_INT("not changed", mr_kpl_writer_bytes(writer), one);
    CHECK_INT("not changed", mr_kpl_writer_count(writer), 1);
    CHECK_TRUE("no key is left behind", !mr_kpl_writer_add(writer, &second));
    mr_kpl_writer_take(writer, &out);
    CHECK_INT("one", out.len, one);
    CHECK_TRUE("there is room again", mr_kpl_writer_add(writer, &second));
    mr_kpl_writer_free(writer);

    writer = mr_kpl_writer_new(two);
    CHECK_TRUE("fits", mr_kpl_writer_add(writer, &first));
    CHECK_TRUE("fits to the byte", mr_kpl_writer_add(writer, &second));
    mr_kpl_writer_free(writer);
    mr_strbuf_deinit(&out);
}

/* ---- there and back ---- */

#define ROUND_RECORDS_MAX 200

typedef struct user_records {
    mr_record items[ROUND_RECORDS_MAX];
    size_t count;
    char text[ROUND_RECORDS_MAX * 400];
} user_records;

/* Few and many keys, empty and long data, any bytes. */
static void draw_records(mr_prng *prng, user_records *out)
{
    size_t at = 0;
    uint64_t keys = 1 + mr_prng_below(prng, ROUND_RECORDS_MAX);
    out->count = 1 + mr_prng_below(prng, ROUND_RECORDS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        mr_record *record = &out->items[i];
        uint64_t key = mr_prng_below(prng, keys);
        size_t key_len = 1 + (size_t)(key % 90);
        size_t data_len = mr_prng_below(prng, 4) == 0 ? 0 : (size_t)mr_prng_below(prng, 300);
        *record = (mr_record){
            .partition_key = mr_bytes_make(out->text + at, key_len),
            .data = mr_bytes_make(out->text + at + key_len, data_len),
            .has_explicit_hash = mr_prng_below(prng, 3) == 0,
        };
        memset(out->text + at, (int)('0' + key / 90), key_len);
        for (size_t j = 0; j < data_len; j++) {
            out->text[at + key_len + j] = (char)mr_prng_below(prng, 256);
        }
        at += key_len + data_len;
        MR_ASSERT(at <= sizeof(out->text));
        if (record->has_explicit_hash) {
            record->explicit_hash = (mr_u128)mr_prng_next(prng) << 64 | mr_prng_below(prng, 5);
        }
    }
}

static void check_same(const mr_kpl_user_record *got, const mr_record *want)
{
    CHECK_BYTES("data", got->data, want->data);
    CHECK_BYTES("partition key", got->partition_key, want->partition_key);
    CHECK_INT("hash key", got->has_explicit_hash_key, want->has_explicit_hash);
    if (want->has_explicit_hash) {
        mr_u128 hash;
        CHECK_TRUE("digits", mr_hash_key_parse(got->explicit_hash_key, &hash));
        CHECK_TRUE("hash key", hash == want->explicit_hash);
    }
}

static void test_what_was_aggregated_comes_back(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "aggregated records");
    mr_kpl_reader *reader = mr_kpl_reader_new();
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    user_records *drawn = mr_alloc(sizeof(*drawn));
    for (int round = 0; round < 300; round++) {
        mr_strbuf carrier = mr_strbuf_make(MR_MIB);
        draw_records(&prng, drawn);
        for (size_t i = 0; i < drawn->count; i++) {
            CHECK_TRUE("fits", mr_kpl_writer_add(writer, &drawn->items[i]));
        }
        size_t bytes = mr_kpl_writer_bytes(writer);
        mr_kpl_writer_take(writer, &carrier);
        CHECK_INT("the size that was told", carrier.len, bytes);

        mr_record_view record = {.data = mr_strbuf_bytes(&carrier)};
        mr_kpl_user_record got;
        CHECK_INT("verdict", mr_kpl_reader_open(reader, &record), MR_KPL_AGGREGATED);
        CHECK_INT("count", mr_kpl_reader_left(reader), drawn->count);
        for (size_t i = 0; mr_kpl_reader_next(reader, &got); i++) {
            CHECK_INT("sub-sequence number", got.sub, i);
            check_same(&got, &drawn->items[i]);
        }
        mr_strbuf_deinit(&carrier);
    }
    mr_free(drawn);
    mr_kpl_writer_free(writer);
    mr_kpl_reader_free(reader);
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(kpl_record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_of_another_implementation_are_read),
        cmocka_unit_test(test_our_records_are_those_of_another_implementation),
        cmocka_unit_test(test_messages_made_by_hand),
        cmocka_unit_test(test_what_does_not_check_is_an_ordinary_record),
        cmocka_unit_test(test_a_turned_bit_anywhere_makes_it_plain),
        cmocka_unit_test(test_a_writer_takes_what_fits_and_changes_nothing_else),
        cmocka_unit_test(test_what_was_aggregated_comes_back),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
