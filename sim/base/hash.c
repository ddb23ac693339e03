/* hash.c - checksums, the table hash and OpenSSL's digests; MD5 of short inputs is in md5.c. */
#include "sim/base/hash.h"

#include "sim/base/alloc.h"

#include <libdeflate.h>
#include <openssl/evp.h>

/* ---- CRC32C ---- */

/*
 * Slicing-by-8: crc32c_tables[k][b] is the effect of byte b with k more bytes behind it. CRC is
 * linear, so an entry is the sum of the entries of its bits, and eight numbers make a row of 256.
 * (polynomial 0x82f63b78, reflected)
 */
#define BIT(b, i, x) (((b) >> (i)&1) != 0 ? (x) : 0u)
#define ENTRY(b, x0, x1, x2, x3, x4, x5, x6, x7)                                                   \
    (BIT(b, 0, x0) ^ BIT(b, 1, x1) ^ BIT(b, 2, x2) ^ BIT(b, 3, x3) ^ BIT(b, 4, x4) ^               \
     BIT(b, 5, x5) ^ BIT(b, 6, x6) ^ BIT(b, 7, x7))
#define ENTRIES_4(b, ...)                                                                          \
    ENTRY(b, __VA_ARGS__), ENTRY((b) + 1, __VA_ARGS__), ENTRY((b) + 2, __VA_ARGS__),               \
        ENTRY((b) + 3, __VA_ARGS__)
#define ENTRIES_16(b, ...)                                                                         \
    ENTRIES_4(b, __VA_ARGS__), ENTRIES_4((b) + 4, __VA_ARGS__), ENTRIES_4((b) + 8, __VA_ARGS__),   \
        ENTRIES_4((b) + 12, __VA_ARGS__)
#define ENTRIES_64(b, ...)                                                                         \
    ENTRIES_16(b, __VA_ARGS__), ENTRIES_16((b) + 16, __VA_ARGS__),                                 \
        ENTRIES_16((b) + 32, __VA_ARGS__), ENTRIES_16((b) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
    ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__), ENTRIES_64(128, __VA_ARGS__),         \
        ENTRIES_64(192, __VA_ARGS__)

/* clang-format off */
static const uint32_t crc32c_tables[8][256] = {
    {TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf, 0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78)},
    {TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8, 0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9)},
    {TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5, 0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743)},
    {TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6, 0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f)},
    {TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91, 0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c)},
    {TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f, 0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6)},
    {TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53, 0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4)},
    {TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da, 0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664)},
};
/* clang-format on */

uint32_t mr_crc32c_portable(uint32_t crc, const void *bytes, size_t len)
{
    const uint32_t(*t)[256] = crc32c_tables;
    const uint8_t *at = bytes;

    crc = ~crc;
    for (; len >= 8; len -= 8, at += 8) {
        uint32_t low = crc ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                              (uint32_t)at[3] << 24);
        crc = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^
              t[3][at[4]] ^ t[2][at[5]] ^ t[1][at[6]] ^ t[0][at[7]];
    }
    for (; len > 0; len--, at++) {
        crc = crc >> 8 ^ t[0][(crc ^ *at) & 255];
    }
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *bytes,
                                                               size_t len)
{
    const uint8_t *at = bytes;
    uint64_t sum = (uint32_t)~crc;

    for (; len >= 8; len -= 8, at += 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof(eight));
        sum = __builtin_ia32_crc32di(sum, eight);
    }
    for (; len > 0; len--, at++) {
        sum = __builtin_ia32_crc32qi((uint32_t)sum, *at);
    }
    return ~(uint32_t)sum;
}
#endif

uint32_t mr_crc32c(uint32_t crc, const void *bytes, size_t len)
{
#if defined(__x86_64__)
    if (MR_LIKELY(__builtin_cpu_supports("sse4.2"))) {
        return crc32c_sse42(crc, bytes, len);
    }
#endif
    return mr_crc32c_portable(crc, bytes, len);
}

uint32_t mr_crc32(uint32_t crc, const void *bytes, size_t len)
{
    return len == 0 ? crc : libdeflate_crc32(crc, bytes, len);
}

/* ---- the table hash ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    mr_u128 product = (mr_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Little-endian on every machine, so that a hash is the same everywhere. */
static uint64_t load8(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

/* The last bytes, at most 8; the others are zero. */
static uint64_t load_tail(const uint8_t *at, size_t count)
{
    uint64_t value = 0;
    if (count == 8) {
        return load8(at);
    }
    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

uint64_t mr_hash64(const void *bytes, size_t len)
{
    /* Odd numbers with half of their bits set: the fractions of sqrt(2), sqrt(3), sqrt(5). */
    static const uint64_t k0 = UINT64_C(0x6a09e667f3bcc909);
    static const uint64_t k1 = UINT64_C(0xbb67ae8584caa73b);
    static const uint64_t k2 = UINT64_C(0x3c6ef372fe94f82b);
    const uint8_t *at = bytes;
    uint64_t hash = k0 ^ len;

    for (; len > 16; len -= 16, at += 16) {
        hash = mix(load8(at) ^ k1, load8(at + 8) ^ hash);
    }
    uint64_t first = load_tail(at, mr_min_size(len, 8));
    uint64_t second = len > 8 ? load_tail(at + 8, len - 8) : 0;
    return mix(k2 ^ hash, mix(first ^ k1, second ^ hash));
}

/* ---- digests ---- */

struct mr_digest {
    EVP_MD_CTX *context;
};

static mr_digest *digest_new(const EVP_MD *algorithm)
{
    mr_digest *digest = mr_alloc(sizeof(*digest));
    digest->context = EVP_MD_CTX_new();
    MR_ASSERT(digest->context != NULL);
    int ok = EVP_DigestInit_ex(digest->context, algorithm, NULL);
    MR_ASSERT(ok == 1);
    return digest;
}

mr_digest *mr_digest_new_md5(void)
{
    return digest_new(EVP_md5());
}

mr_digest *mr_digest_new_sha256(void)
{
    return digest_new(EVP_sha256());
}

void mr_digest_update(mr_digest *digest, const void *bytes, size_t len)
{
    int ok = EVP_DigestUpdate(digest->context, bytes, len);
    MR_ASSERT(ok == 1);
}

size_t mr_digest_finish(mr_digest *digest, uint8_t out[32])
{
    unsigned int size = 0;
    int ok = EVP_DigestFinal_ex(digest->context, out, &size);
    MR_ASSERT(ok == 1);
    MR_ASSERT(size <= 32);
    return size;
}

void mr_digest_free(mr_digest *digest)
{
    if (digest != NULL) {
        EVP_MD_CTX_free(digest->context);
        mr_free(digest);
    }
}

void mr_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}
