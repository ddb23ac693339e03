/* base64.c - see base64.h. */
#include "sim/base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void mr_base64_encode(mr_strbuf *out, mr_bytes in)
{
    size_t size = mr_base64_encoded_size(in.len);
    char *to = mr_strbuf_reserve(out, size);
    if (to == NULL) {
        return;
    }
    const uint8_t *from = (const uint8_t *)in.at;
    size_t left = in.len;
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = alphabet[bits >> 6 & 63];
        to[3] = alphabet[bits & 63];
    }
    if (left > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = '=';
        to[3] = '=';
        if (left == 2) {
            to[2] = alphabet[bits >> 6 & 63];
        }
    }
    mr_strbuf_commit(out, size);
}

/* The value of each byte plus one; 0 for a byte that is not of the alphabet. */
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Four characters, none of them padding, to 24 bits. False when one is foreign. */
static bool decode_four(const uint8_t *from, uint32_t *bits)
{
    uint32_t a = values[from[0]];
    uint32_t b = values[from[1]];
    uint32_t c = values[from[2]];
    uint32_t d = values[from[3]];
    *bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
    return a != 0 && b != 0 && c != 0 && d != 0;
}

/* The last four characters, which may end in one or two '='. */
static bool decode_last(const uint8_t *from, char *to, size_t *written)
{
    uint8_t four[4] = {from[0], from[1], from[2], from[3]};
    size_t padding = four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
    uint32_t bits = 0;

    for (size_t i = 4 - padding; i < 4; i++) {
        four[i] = 'A'; /* zero bits */
    }
    if (!decode_four(four, &bits)) {
        return false;
    }
    if ((padding == 1 && (bits & 0xff) != 0) || (padding == 2 && (bits & 0xffff) != 0)) {
        return false; /* bits that no encoder leaves there */
    }
    *written = 3 - padding;
    for (size_t i = 0; i < *written; i++) {
        to[i] = (char)(uint8_t)(bits >> (16 - 8 * i));
    }
    return true;
}

bool mr_base64_decode(mr_strbuf *out, mr_bytes in)
{
    if (in.len % 4 != 0) {
        return false;
    }
    if (in.len == 0) {
        return true;
    }
    char *start = mr_strbuf_reserve(out, in.len / 4 * 3);
    if (start == NULL) {
        return false;
    }
    const uint8_t *from = (const uint8_t *)in.at;
    const uint8_t *last = from + in.len - 4;
    char *to = start;
    for (; from < last; from += 4, to += 3) {
        uint32_t bits = 0;
        if (!decode_four(from, &bits)) {
            break;
        }
        to[0] = (char)(uint8_t)(bits >> 16);
        to[1] = (char)(uint8_t)(bits >> 8);
        to[2] = (char)(uint8_t)bits;
    }
    size_t written = 0;
    if (from != last || !decode_last(last, to, &written)) {
        *start = '\0'; /* keeps at[len] zero: nothing was appended */
        return false;
    }
    mr_strbuf_commit(out, (size_t)(to - start) + written);
    return true;
}
