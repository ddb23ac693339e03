/* hash_test.c - checksums and digests against published vectors and against one another. */
#include "sim/base/hash.h"
#include "sim/time/rng.h"
#include "tests/check.h"

static void fill_random(uint8_t *bytes, size_t len)
{
    mr_prng prng = mr_prng_named(1, "hash test");
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)mr_prng_next(&prng);
    }
}

static void test_md5_gives_the_digests_of_rfc_1321(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        uint8_t digest[16];
        char hex[33];
        mr_md5(cases[i].text, strlen(cases[i].text), digest);
        mr_hex(digest, sizeof(digest), hex);
        CHECK_STR(cases[i].text, hex, cases[i].want);
    }
}

static void test_md5_of_any_length_is_the_one_of_openssl(void **state)
{
    (void)state;
    static uint8_t bytes[5000];
    fill_random(bytes, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len += len < 300 ? 1 : 97) {
        uint8_t ours[16];
        uint8_t theirs[32];
        mr_md5(bytes, len, ours);
        mr_digest *digest = mr_digest_new_md5();
        mr_digest_update(digest, bytes, len / 3);
        mr_digest_update(digest, bytes + len / 3, len - len / 3);
        CHECK_INT("size", mr_digest_finish(digest, theirs), 16);
        mr_digest_free(digest);
        CHECK_BYTES("digest", mr_bytes_make(ours, 16), mr_bytes_make(theirs, 16));
    }
}

static void test_md5_of_eight_texts_is_the_one_of_each(void **state)
{
    (void)state;
    static uint8_t bytes[MR_MD5_LANES * MR_MD5_LANE_BYTES_MAX];
    fill_random(bytes, sizeof(bytes));
    for (size_t first = 0; first <= MR_MD5_LANE_BYTES_MAX; first++) {
        mr_bytes texts[MR_MD5_LANES];
        uint8_t together[MR_MD5_LANES][16];
        for (size_t i = 0; i < MR_MD5_LANES; i++) { /* of different lengths, each in each place */
            texts[i] = mr_bytes_make(bytes + i * MR_MD5_LANE_BYTES_MAX,
                                     (first + i) % (MR_MD5_LANE_BYTES_MAX + 1));
        }
        mr_md5_lanes(texts, together);
        for (size_t i = 0; i < MR_MD5_LANES; i++) {
            uint8_t alone[16];
            mr_md5(texts[i].at, texts[i].len, alone);
            CHECK_BYTES("digest", mr_bytes_make(together[i], 16), mr_bytes_make(alone, 16));
        }
    }
}

static void test_sha256_gives_the_digest_of_fips_180(void **state)
{
    (void)state;
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, "abc", 3);
    uint8_t out[32];
    CHECK_INT("size", mr_digest_finish(digest, out), 32);
    mr_digest_free(digest);
    mr_digest_free(NULL);
    char hex[65];
    mr_hex(out, sizeof(out), hex);
    CHECK_STR("abc", hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_crc32c_gives_the_checksums_of_rfc_3720(void **state)
{
    (void)state;
    uint8_t bytes[32];
    static const struct {
        const char *label;
        uint8_t first, step;
        uint32_t want;
    } cases[] = {
        {"zeros", 0x00, 0, 0x8a9136aa},
        {"ones", 0xff, 0, 0x62a8ab43},
        {"rising", 0x00, 1, 0x46dd794e},
        {"falling", 0x1f, 0xff, 0x113fdb5c},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (size_t b = 0; b < sizeof(bytes); b++) {
            bytes[b] = (uint8_t)(cases[i].first + b * cases[i].step);
        }
        CHECK_INT(cases[i].label, mr_crc32c(0, bytes, sizeof(bytes)), cases[i].want);
        CHECK_INT(cases[i].label, mr_crc32c_portable(0, bytes, sizeof(bytes)), cases[i].want);
    }
    CHECK_INT("nothing", mr_crc32c(0, NULL, 0), 0);
}

static void test_both_ways_to_crc32c_agree_and_chain(void **state)
{
    (void)state;
    static uint8_t bytes[1000];
    fill_random(bytes, sizeof(bytes));
    for (size_t len = 0; len < sizeof(bytes); len += 7) {
        const uint8_t *at = bytes + len % 8; /* not aligned */
        size_t size = len < 8 ? len : len - 8;
        uint32_t whole = mr_crc32c(0, at, size);
        CHECK_INT("portable", mr_crc32c_portable(0, at, size), whole);
        size_t cut = size / 3;
        CHECK_INT("chained", mr_crc32c(mr_crc32c(0, at, cut), at + cut, size - cut), whole);
    }
}

static void test_crc32_is_the_one_of_zip(void **state)
{
    (void)state;
    CHECK_INT("check value", mr_crc32(0, "123456789", 9), 0xcbf43926);
    CHECK_INT("chained", mr_crc32(mr_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    CHECK_INT("nothing", mr_crc32(0, NULL, 0), 0);
}

/* These numbers are part of no file format, but of what "same on every machine" means. */
static void test_the_table_hash_is_the_same_everywhere_and_tells_lengths_apart(void **state)
{
    (void)state;
    static const uint8_t zeros[64];
    uint64_t seen[64];
    for (size_t len = 0; len < MR_COUNT(seen); len++) {
        seen[len] = mr_hash64(zeros, len);
        for (size_t before = 0; before < len; before++) {
            CHECK_TRUE("another length, another hash", seen[before] != seen[len]);
        }
    }
    CHECK_TRUE("one bit counts", mr_hash64("abc", 3) != mr_hash64("abb", 3));
    /* The low bits choose a place in a table: 4096 keys must spread over 256 places. */
    unsigned places[256] = {0};
    for (uint32_t key = 0; key < 4096; key++) {
        places[mr_hash64(&key, sizeof(key)) & 255]++;
    }
    for (size_t i = 0; i < MR_COUNT(places); i++) {
        CHECK_TRUE("no crowd", places[i] > 0 && places[i] < 48);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md5_gives_the_digests_of_rfc_1321),
        cmocka_unit_test(test_md5_of_any_length_is_the_one_of_openssl),
        cmocka_unit_test(test_md5_of_eight_texts_is_the_one_of_each),
        cmocka_unit_test(test_sha256_gives_the_digest_of_fips_180),
        cmocka_unit_test(test_crc32c_gives_the_checksums_of_rfc_3720),
        cmocka_unit_test(test_both_ways_to_crc32c_agree_and_chain),
        cmocka_unit_test(test_crc32_is_the_one_of_zip),
        cmocka_unit_test(test_the_table_hash_is_the_same_everywhere_and_tells_lengths_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
