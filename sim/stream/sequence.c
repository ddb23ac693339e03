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

#include "sim/base/hash.h"

#define HEX_DIGITS        47 /* of version 1 and 2 */
#define HEX_DIGITS_OLD    32 /* of version 0 below 2^128; 33 above */
#define LIMBS             6  /* 192 bits in base 2^32, the least significant first */
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

/* Divides by 10^9 in place and gives the remainder. */
static uint32_t number_pop_billion(number *n)
{
    uint64_t rest = 0;
    for (size_t i = LIMBS; i-- > 0;) {
        uint64_t part = rest << 32 | n->limb[i];
        n->limb[i] = (uint32_t)(part / 1000000000U);
        rest = part % 1000000000U;
    }
    return (uint32_t)rest;
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

/* Puts the low `count` hex digits of value in front of what is there: the field that begins
 * `place_from_low` digits above the lowest. The field must be zero. */
static void hex_put(number *n, size_t place_from_low, size_t count, uint64_t value)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = place_from_low + i;
        n->limb[place / 8] |= (uint32_t)(value >> (i * 4) & 0xF) << (place % 8 * 4);
    }
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

void mr_sequence_format(const mr_sequence *sequence, char out[MR_SEQUENCE_SIZE])
{
    MR_ASSERT((sequence->counter & COUNTER_TOP_BIT) == 0);
    MR_ASSERT(sequence->shard_created_s >= 0);
    MR_ASSERT(sequence->shard_created_s < CREATED_S_INVALID);
    MR_ASSERT(sequence->record_s >= 0);

    number n = {{0}};
    hex_put(&n, 46, 1, 2);
    hex_put(&n, 37, 9, (uint64_t)sequence->shard_created_s);
    hex_put(&n, 36, 1, sequence->shard_index);
    hex_put(&n, 20, 16, sequence->counter);
    hex_put(&n, 9, 9, (uint64_t)sequence->record_s);
    hex_put(&n, 1, 8, sequence->shard_index);
    hex_put(&n, 0, 1, 2);

    /* 2 * 16^46 <= n < 3 * 16^46, so there are always 56 digits. */
    size_t place = MR_SEQUENCE_SIZE - 1;
    out[place] = '\0';
    while (place > 0) {
        uint32_t billion = number_pop_billion(&n);
        for (int i = 0; i < 9 && place > 0; i++) {
            out[--place] = (char)('0' + billion % 10);
            billion /= 10;
        }
    }
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
        hex_put(&n, HEX_DIGITS_OLD - 1, 1, 1);
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

mr_u128 mr_hash_key_of(mr_bytes partition_key)
{
    uint8_t md5[16];
    mr_md5(partition_key.at, partition_key.len, md5);
    mr_u128 key = 0;
    for (size_t i = 0; i < sizeof(md5); i++) {
        key = key << 8 | md5[i];
    }
    return key;
}
