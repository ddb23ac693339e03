/*
 * sequence.c - see sequence.h.
 *
 * A version 2 number in hex, most significant digit first (reference/kinesis.md, section 7):
 *
 *   digits  1      9             1          16       2   9          8            1
 *   holds   2      shard         low digit  counter  00  record     shard index  2
 *                  created, s    of index                time, s
 *
 * Numbers are kept as 47 hex digits, one a byte: fields start at odd places, and a digit array
 * keeps every field a plain slice.
 */
#include "sim/stream/sequence.h"

#define HEX_DIGITS        47 /* of version 1 and 2 */
#define HEX_DIGITS_OLD    32 /* of version 0 below 2^128; 33 above */
#define LIMBS_OLD         (HEX_DIGITS_OLD / 8)
#define LIMBS             6 /* 192 bits in base 2^32, the least significant first */
#define CREATED_S_INVALID INT64_C(16025175000)
#define COUNTER_TOP_BIT   (UINT64_C(1) << 63)

typedef struct number {
    uint32_t limb[LIMBS];
} number;

/* ---- decimal and hex ---- */

/* n = n * 10 + digit; false when 192 bits do not hold it. */
static bool number_push_decimal(number *n, uint32_t digit)
{
    uint64_t carry = digit;
    for (size_t i = 0; i < LIMBS; i++) {
        uint64_t sum = (uint64_t)n->limb[i] * 10 + carry;
        n->limb[i] = (uint32_t)sum;
        carry = sum >> 32;
    }
    return carry == 0;
}

static unsigned number_hex_digit(const number *n, size_t place_from_low)
{
    return n->limb[place_from_low / 8] >> (place_from_low % 8 * 4) & 0xF;
}

static size_t number_hex_count(const number *n)
{
    size_t count = (size_t)LIMBS * 8;
    while (count > 0 && number_hex_digit(n, count - 1) == 0) {
        count--;
    }
    return count;
}

/* The hex digits from..from+count of n, counted from its most significant one. */
static uint64_t hex_slice(const number *n, size_t digits, size_t from, size_t count)
{
    uint64_t value = 0;
    for (size_t i = from; i < from + count; i++) {
        value = value << 4 | number_hex_digit(n, digits - 1 - i);
    }
    return value;
}

/* Digits alone, no sign, no leading zero unless it is "0". */
static bool decimal_read(mr_bytes digits, number *out)
{
    *out = (number){{0}};
    if (digits.len == 0 || (digits.len > 1 && digits.at[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9' ||
            !number_push_decimal(out, (uint32_t)(digits.at[i] - '0'))) {
            return false;
        }
    }
    return true;
}

/* ---- sequence numbers ---- */

#define TEN_TO_19        UINT64_C(10000000000000000000)
#define TEN_TO_19_FACTOR UINT64_C(0xd83c94fb6d2ac34a) /* floor((2^128 - 1) / 10^19) - 2^64 */

/*
 * Divides high * 2^64 + low by 10^19, which high must be below. A number is written for every
 * record that is put or read, and a division by a constant is two multiplications.
 *
 * Source: Moller, Granlund, "Improved Division by Invariant Integers", IEEE Transactions on
 * Computers 60 (2011), algorithm 4. (10^19 has its top bit set, as the algorithm wants it.)
 */
static inline uint64_t divide(uint64_t high, uint64_t low, uint64_t *rest)
{
    const mr_u128 estimate = (mr_u128)TEN_TO_19_FACTOR * high + ((mr_u128)high << 64 | low);
    uint64_t quotient = (uint64_t)(estimate >> 64) + 1;
    uint64_t left = low - quotient * TEN_TO_19;
    if (left > (uint64_t)estimate) {
        quotient--;
        left += TEN_TO_19;
    }
    if (MR_UNLIKELY(left >= TEN_TO_19)) {
        quotient++;
        left -= TEN_TO_19;
    }
    *rest = left;
    return quotient;
}

/* The lowest `count` decimal digits of value. */
static inline void put_digits(char *out, size_t count, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    for (; count >= 2; count -= 2) {
        memcpy(out + count - 2, &pairs[value % 100 * 2], 2);
        value /= 100;
    }
    if (count == 1) {
        out[0] = (char)('0' + value % 10);
    }
}

/* The value's lowest hex digits. */
static inline uint64_t hex_field(uint64_t value, unsigned digits)
{
    return value & ((UINT64_C(1) << 4 * digits) - 1);
}

void mr_sequence_format(const mr_sequence *sequence, char out[MR_SEQUENCE_SIZE])
{
    MR_ASSERT((sequence->counter & COUNTER_TOP_BIT) == 0);
    MR_ASSERT(sequence->shard_created_s >= 0);
    MR_ASSERT(sequence->shard_created_s < CREATED_S_INVALID);
    MR_ASSERT(sequence->record_s >= 0);

    /* The digits above, 16 to a word; the counter and the record's time lie across two. */
    const uint64_t record_s = hex_field((uint64_t)sequence->record_s, 9);
    const uint64_t low = record_s << 36 | (uint64_t)sequence->shard_index << 4 | 2;
    const uint64_t middle = sequence->counter << 16 | record_s >> 28;
    const uint64_t high = UINT64_C(2) << 56 | (uint64_t)sequence->shard_created_s << 20 |
                          hex_field(sequence->shard_index, 1) << 16 | sequence->counter >> 48;

    /* 2 * 16^46 <= n < 3 * 16^46, so there are always 56 digits: 18, 19 and 19. */
    uint64_t rest, last, second;
    const uint64_t above = divide(high, middle, &rest); /* high < 2^58 < 10^19 */
    const uint64_t below = divide(rest, low, &last);
    const uint64_t first = divide(above, below, &second); /* above < 2^59 */
    put_digits(out, 18, first);
    put_digits(out + 18, 19, second);
    put_digits(out + 37, 19, last);
    out[MR_SEQUENCE_SIZE - 1] = '\0';
}

static bool parse_version_2(const number *n, mr_sequence *out)
{
    out->shard_created_s = (int64_t)hex_slice(n, HEX_DIGITS, 1, 9);
    out->counter = hex_slice(n, HEX_DIGITS, 11, 16);
    out->record_s = (int64_t)hex_slice(n, HEX_DIGITS, 29, 9);
    out->shard_index = (uint32_t)hex_slice(n, HEX_DIGITS, 38, 8);
    return (out->counter & COUNTER_TOP_BIT) == 0 && out->shard_created_s < CREATED_S_INVALID;
}

static bool parse_version_1(const number *n, mr_sequence *out)
{
    out->shard_created_s = (int64_t)hex_slice(n, HEX_DIGITS, 1, 9);
    out->record_s = (int64_t)hex_slice(n, HEX_DIGITS, 13, 9);
    out->counter = hex_slice(n, HEX_DIGITS, 36, 2);
    out->shard_index = (uint32_t)hex_slice(n, HEX_DIGITS, 38, 8);
    return out->shard_created_s < CREATED_S_INVALID;
}

static bool parse_version_0(const number *n, size_t digits, mr_sequence *out)
{
    out->shard_created_s = (int64_t)hex_slice(n, digits, 1, 9);
    out->shard_index = (uint32_t)hex_slice(n, digits, 28, 4);
    return out->shard_created_s < CREATED_S_INVALID;
}

bool mr_sequence_parse(mr_bytes digits, mr_sequence *out, int *version)
{
    number n;
    if (!decimal_read(digits, &n)) {
        return false;
    }
    if (number_hex_count(&n) < HEX_DIGITS_OLD) { /* below 2^124: the leading 1 was left out */
        n.limb[LIMBS_OLD - 1] |= UINT32_C(1) << 28;
    }

    mr_sequence sequence = {0};
    size_t count = number_hex_count(&n);
    int found;
    bool ok;
    if (count == HEX_DIGITS_OLD ||
        (count == HEX_DIGITS_OLD + 1 && hex_slice(&n, count, 0, 1) == 1)) {
        found = 0; /* below 2^129 */
        ok = parse_version_0(&n, count, &sequence);
    } else if (count == HEX_DIGITS && hex_slice(&n, count, 0, 1) == 2) {
        found = (int)number_hex_digit(&n, 0);
        ok = found == 2 ? parse_version_2(&n, &sequence)
                        : found == 1 && parse_version_1(&n, &sequence);
    } else {
        return false;
    }
    if (!ok) {
        return false;
    }
    *out = sequence;
    if (version != NULL) {
        *version = found;
    }
    return true;
}

/* ---- hash keys ---- */

void mr_hash_key_format(mr_u128 key, char out[MR_HASH_KEY_SIZE])
{
    char reversed[MR_HASH_KEY_SIZE];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + (unsigned)(key % 10));
        key /= 10;
    } while (key != 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = reversed[count - 1 - i];
    }
    out[count] = '\0';
}

bool mr_hash_key_parse(mr_bytes digits, mr_u128 *out)
{
    number n;
    if (!decimal_read(digits, &n) || n.limb[4] != 0 || n.limb[5] != 0) {
        return false;
    }
    mr_u128 key = 0;
    for (size_t i = 4; i-- > 0;) {
        key = key << 32 | n.limb[i];
    }
    *out = key;
    return true;
}

static mr_u128 key_of_digest(const uint8_t md5[16])
{
    mr_u128 key = 0;
    for (size_t i = 0; i < 16; i++) {
        key = key << 8 | md5[i];
    }
    return key;
}

mr_u128 mr_hash_key_of(mr_bytes partition_key)
{
    uint8_t md5[16];
    mr_md5(partition_key.at, partition_key.len, md5);
    return key_of_digest(md5);
}

void mr_hash_keys_of(const mr_bytes *partition_keys, size_t count, mr_u128 *out)
{
    MR_ASSERT(count <= MR_HASH_KEYS_MAX);
    if (count == 1) {
        out[0] = mr_hash_key_of(partition_keys[0]);
        return;
    }
    mr_bytes texts[MR_MD5_LANES] = {{NULL, 0}}; /* what is not asked for is the MD5 of nothing */
    uint8_t md5s[MR_MD5_LANES][16];
    for (size_t i = 0; i < count; i++) {
        texts[i] = partition_keys[i];
    }
    mr_md5_lanes(texts, md5s);
    for (size_t i = 0; i < count; i++) {
        out[i] = key_of_digest(md5s[i]);
    }
}
