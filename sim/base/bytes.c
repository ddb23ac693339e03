/* bytes.c - see bytes.h. */
#include "sim/base/bytes.h"

int mr_bytes_compare(mr_bytes a, mr_bytes b)
{
    size_t common = mr_min_size(a.len, b.len);
    int order = common == 0 ? 0 : memcmp(a.at, b.at, common);
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

bool mr_bytes_starts_with(mr_bytes bytes, mr_bytes prefix)
{
    return bytes.len >= prefix.len && mr_bytes_equal(mr_bytes_make(bytes.at, prefix.len), prefix);
}

bool mr_bytes_ends_with(mr_bytes bytes, mr_bytes suffix)
{
    if (suffix.len == 0) {
        return true;
    }
    return bytes.len >= suffix.len &&
           memcmp(bytes.at + (bytes.len - suffix.len), suffix.at, suffix.len) == 0;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + ('a' - 'A'));
    }
    return c;
}

bool mr_bytes_equal_nocase(mr_bytes a, mr_bytes b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.at[i]) != lower(b.at[i])) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r'); /* \t \n \v \f \r */
}

mr_bytes mr_bytes_trim(mr_bytes bytes)
{
    while (bytes.len > 0 && is_blank(bytes.at[0])) {
        bytes.at++;
        bytes.len--;
    }
    while (bytes.len > 0 && is_blank(bytes.at[bytes.len - 1])) {
        bytes.len--;
    }
    return bytes;
}

size_t mr_bytes_find(mr_bytes bytes, char byte)
{
    const char *found = bytes.len == 0 ? NULL : memchr(bytes.at, byte, bytes.len);
    return found == NULL ? bytes.len : (size_t)(found - bytes.at);
}

/* The digits of a number without its sign, at most `most`. */
static bool read_digits(mr_bytes digits, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (digits.len == 0) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(digits.at[i] - '0');
        if (value > (most - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

/* Takes a leading sign off; true when it was '-'. */
static bool take_sign(mr_bytes *bytes)
{
    if (bytes->len == 0 || (bytes->at[0] != '-' && bytes->at[0] != '+')) {
        return false;
    }
    bool negative = bytes->at[0] == '-';
    bytes->at++;
    bytes->len--;
    return negative;
}

bool mr_bytes_to_int64(mr_bytes bytes, int64_t *out)
{
    uint64_t size = 0;
    bool negative = take_sign(&bytes);
    if (!read_digits(bytes, (uint64_t)INT64_MAX + (negative ? 1 : 0), &size)) {
        return false;
    }
    if (!negative) {
        *out = (int64_t)size;
    } else { /* INT64_MIN has no positive twin */
        *out = size == 0 ? 0 : -(int64_t)(size - 1) - 1;
    }
    return true;
}

bool mr_bytes_to_uint64(mr_bytes bytes, uint64_t *out)
{
    uint64_t value = 0;
    bool negative = take_sign(&bytes);
    if (!read_digits(bytes, UINT64_MAX, &value) || (negative && value != 0)) {
        return false;
    }
    *out = value;
    return true;
}

/* Length of the well-formed character that starts at `at`, 0 when there is none. */
static size_t utf8_character(const uint8_t *at, size_t len)
{
    uint8_t first = at[0];
    uint8_t low = 0x80; /* bounds of the second byte: no overlong forms, no surrogates */
    uint8_t high = 0xbf;
    size_t size = 0;

    if (first >= 0xc2 && first <= 0xdf) {
        size = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        size = 3;
        low = first == 0xe0 ? 0xa0 : low;
        high = first == 0xed ? 0x9f : high;
    } else if (first >= 0xf0 && first <= 0xf4) {
        size = 4;
        low = first == 0xf0 ? 0x90 : low;
        high = first == 0xf4 ? 0x8f : high;
    } else {
        return first < 0x80 ? 1 : 0;
    }
    if (len < size || at[1] < low || at[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool mr_bytes_is_utf8(mr_bytes bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t i = 0;
    while (i < bytes.len) {
        uint64_t eight;
        if (bytes.len >= sizeof(eight)) { /* plain ASCII, eight at a time: the last eight again */
            size_t from = mr_min_size(i, bytes.len - sizeof(eight));
            memcpy(&eight, at + from, sizeof(eight));
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i = from + sizeof(eight);
                continue;
            }
        }
        size_t size = utf8_character(at + i, bytes.len - i);
        if (size == 0) {
            return false;
        }
        i += size;
    }
    return true;
}

size_t mr_bytes_utf8_piece(mr_bytes bytes, bool *well_formed)
{
    const uint8_t *at = (const uint8_t *)bytes.at;
    size_t size = utf8_character(at, bytes.len);
    *well_formed = size > 0;
    if (size > 0) {
        return size;
    }
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 1;
    }
    /* How far could it have been the start of a character? Fill it up with the bytes that are
     * always allowed at the end, and ask. */
    size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    uint8_t trial[4] = {at[0], 0x80, 0x80, 0x80};
    size_t used = 1;
    while (used < size - 1 && used < bytes.len) {
        trial[used] = at[used];
        if (utf8_character(trial, size) == 0) {
            break;
        }
        used++;
    }
    return used;
}
