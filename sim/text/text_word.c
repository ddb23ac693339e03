/* text_word.c - see text_word.h. */
#include "sim/text/text_word.h"

/* What a stretch between blanks is made of. Lengths are in UTF-16 units, as JavaScript counts. */
typedef struct shape {
    size_t units;
    size_t marks, marks_in_front, marks_behind;
    bool has_capital, has_small;
} shape;

static bool is_mark(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The blanks of JavaScript beyond ASCII. */
static bool is_wide_blank(mr_bytes piece)
{
    static const char *const blanks[] = {
        "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf",
    };
    for (size_t i = 0; i < MR_COUNT(blanks); i++) {
        if (mr_bytes_is(piece, blanks[i])) {
            return true;
        }
    }
    return piece.len == 3 && memcmp(piece.at, "\xe2\x80", 2) == 0 &&
           (unsigned char)piece.at[2] <= 0x8a; /* U+2000 to U+200A */
}

/* Takes one character of a word into its shape. Returns its size; 0 when it is a blank. *size: out,
 * of the blank too. */
static bool take_character(mr_bytes rest, shape *s, size_t *size)
{
    char c = rest.at[0];
    *size = 1;
    if ((unsigned char)c >= 0x80) {
        bool well_formed = false;
        *size = mr_bytes_utf8_piece(rest, &well_formed);
        if (well_formed && is_wide_blank(mr_bytes_make(rest.at, *size))) {
            return false;
        }
        s->units += well_formed && *size == 4 ? 2 : 1;
        s->marks_behind = 0;
        return true;
    }
    if (is_blank(c)) {
        return false;
    }
    if (is_mark(c)) {
        s->marks_in_front += s->marks_in_front == s->units;
        s->marks_behind++;
        s->marks++;
    } else {
        s->has_capital = s->has_capital || (c >= 'A' && c <= 'Z');
        s->has_small = s->has_small || (c >= 'a' && c <= 'z');
        s->marks_behind = 0;
    }
    s->units++;
    return true;
}

/* Whether these marks come off a word. */
static bool is_loose(mr_bytes marks)
{
    static const char *const loose[] = {"!!", "!!!", "??", "???", "?!?", "!?!", "?!?!", "!?!?"};
    if (marks.len == 1) {
        return strchr(".!?,;:-'\"", marks.at[0]) != NULL;
    }
    for (size_t i = 0; i < MR_COUNT(loose); i++) {
        if (mr_bytes_is(marks, loose[i])) {
            return true;
        }
    }
    return false;
}

static mr_bytes without_marks(mr_bytes text, const shape *s)
{
    if (s->marks == 0 || s->units < s->marks + 2) {
        return text;
    }
    mr_bytes rest = mr_bytes_make(text.at, text.len - s->marks);
    mr_bytes marks = mr_bytes_make(text.at + rest.len, s->marks);
    if (s->marks_in_front == s->marks) {
        marks.at = text.at;
        rest.at += s->marks;
    } else if (s->marks_behind != s->marks) {
        return text;
    }
    return is_loose(marks) ? rest : text;
}

mr_text_word mr_text_word_next(mr_bytes *text)
{
    while (text->len > 0) {
        shape s = {0};
        size_t len = 0;
        size_t size = 0;
        bool ended = false;
        while (!ended && len < text->len) {
            ended = !take_character(mr_bytes_make(text->at + len, text->len - len), &s, &size);
            len += ended ? 0 : size;
        }
        mr_bytes whole = mr_bytes_make(text->at, len);
        len += ended ? size : 0;
        *text = mr_bytes_make(text->at + len, text->len - len);
        if (s.units > 1) {
            return (mr_text_word){.text = without_marks(whole, &s),
                                  .is_upper = s.has_capital && !s.has_small};
        }
    }
    return (mr_text_word){.is_upper = false};
}
