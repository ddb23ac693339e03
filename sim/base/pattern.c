/*
 * pattern.c - see pattern.h.
 *
 * The pattern is read anew at each step instead of being compiled: values are short and each is
 * matched once. match_here() takes a place in the pattern, one in the text, and the chain of group
 * rounds that it is inside of, which must be finished too.
 */
#include "sim/base/pattern.h"

#define PATTERN_BYTES_MAX 4096
#define PATTERN_STEPS_MAX 200000
#define PATTERN_DEPTH_MAX 2000

typedef struct matcher {
    const char *text_start, *text_end;
    unsigned steps, depth;
    bool unknown;
} matcher;

typedef struct quantifier {
    unsigned min, max;
    bool lazy;
    const char *end; /* behind it */
} quantifier;

/* A round of a group that is being matched: what must follow is further rounds, then the pattern
 * behind the group, then the same of the group around it. */
typedef struct group_round group_round;
struct group_round {
    const char *group, *group_end; /* from its '(' to behind its ')' */
    const quantifier *times;
    const char *end;     /* of the pattern behind the group */
    unsigned number;     /* 1: the first round */
    const char *entered; /* the text where the round began: an empty one ends the loop */
    const group_round *around;
};

static bool match_here(matcher *m, const char *at, const char *end, const char *text,
                       const group_round *round);

/* Behind one atom: a character, an escape, a class or a group. NULL: it does not end. */
static const char *atom_end(const char *at, const char *end)
{
    if (*at == '\\') {
        return at + 1 < end ? at + 2 : NULL;
    }
    if (*at == '[') {
        const char *p = at + 1;
        p += p < end && *p == '^' ? 1 : 0;
        p += p < end && *p == ']' ? 1 : 0;
        for (; p < end && *p != ']'; p++) {
            p += *p == '\\' && p + 1 < end ? 1 : 0;
        }
        return p < end ? p + 1 : NULL;
    }
    if (*at != '(') {
        return at + 1;
    }
    const char *p = at + 1;
    while (p < end && *p != ')') {
        p = *p == '(' || *p == '[' || *p == '\\' ? atom_end(p, end) : p + 1;
        if (p == NULL) {
            return NULL;
        }
    }
    return p < end ? p + 1 : NULL;
}

static bool read_count(const char **at, const char *end, unsigned *out)
{
    const char *from = *at;
    unsigned value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && value < 100000) {
        value = value * 10 + (unsigned)(**at - '0');
        (*at)++;
    }
    *out = value;
    return *at > from;
}

/* False: a quantifier that cannot be read. */
static bool read_quantifier(const char *at, const char *end, quantifier *out)
{
    *out = (quantifier){1, 1, false, at};
    if (at == end) {
        return true;
    }
    if (*at == '*' || *at == '+' || *at == '?') {
        out->min = *at == '+' ? 1 : 0;
        out->max = *at == '?' ? 1 : UINT32_MAX;
        at++;
    } else if (*at == '{') {
        at++;
        if (!read_count(&at, end, &out->min)) {
            return false;
        }
        out->max = out->min;
        if (at < end && *at == ',') {
            at++;
            if (!read_count(&at, end, &out->max)) {
                out->max = UINT32_MAX;
            }
        }
        if (at == end || *at != '}' || out->max < out->min) {
            return false;
        }
        at++;
    } else {
        return true;
    }
    if (at < end && *at == '+') {
        return false; /* possessive */
    }
    if (at < end && *at == '?') {
        out->lazy = true;
        at++;
    }
    out->end = at;
    return true;
}

static bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* One of d D w W s S; -1 for another letter. */
static int shorthand(char letter, unsigned char c)
{
    switch (letter) {
    case 'd':
    case 'D':
        return (c >= '0' && c <= '9') == (letter == 'd');
    case 'w':
    case 'W':
        return is_word(c) == (letter == 'w');
    case 's':
    case 'S':
        return (c == ' ' || (c >= '\t' && c <= '\r')) == (letter == 's');
    default:
        return -1;
    }
}

/* The literal behind a backslash; false when the escape means something else. */
static bool escaped(char letter, char *out)
{
    static const char names[] = "tnrf";
    static const char values[] = "\t\n\r\f";
    const char *name = strchr(names, letter);
    if (name != NULL && letter != '\0') {
        *out = values[name - names];
        return true;
    }
    *out = letter;
    return !is_word((unsigned char)letter);
}

/* A class from its '[' to behind its ']'. */
static bool class_has(matcher *m, const char *at, const char *end, unsigned char c)
{
    bool negated = at[1] == '^';
    bool has = false;
    const char *p = at + (negated ? 2 : 1);
    for (bool first = true; p < end - 1; first = false) {
        if ((*p == '[' || *p == '&') && !first) { /* Java's unions and intersections */
            m->unknown = m->unknown || *p == '[' || p[1] == '&';
        }
        unsigned char low = (unsigned char)*p;
        if (*p == '\\') {
            char literal;
            int is = shorthand(p[1], c);
            if (is >= 0) {
                has = has || is == 1;
                p += 2;
                continue;
            }
            m->unknown = !escaped(p[1], &literal) || m->unknown;
            low = (unsigned char)literal;
            p++;
        }
        p++;
        unsigned char high = low;
        if (p + 1 < end - 1 && *p == '-') {
            p++;
            p += *p == '\\' && p + 1 < end - 1 ? 1 : 0;
            high = (unsigned char)*p++;
        }
        has = has || (c >= low && c <= high);
    }
    return has != negated;
}

/* Whether the one-character atom at..end takes the character at text, if there is one. */
static bool atom_takes(matcher *m, const char *at, const char *end, const char *text)
{
    if (text == m->text_end) {
        return false;
    }
    unsigned char c = (unsigned char)*text;
    if (*at == '.') {
        return c != '\n';
    }
    if (*at == '[') {
        return class_has(m, at, end, c);
    }
    if (*at != '\\') {
        return (unsigned char)*at == c;
    }
    int is = shorthand(at[1], c);
    char literal;
    if (is >= 0) {
        return is == 1;
    }
    if (!escaped(at[1], &literal)) {
        m->unknown = true;
        return false;
    }
    return (unsigned char)literal == c;
}

/* The first '|' of this level, or end. */
static const char *alternative_end(const char *at, const char *end)
{
    while (at != NULL && at < end && *at != '|') {
        at = atom_end(at, end);
    }
    return at;
}

static bool match_alternatives(matcher *m, const char *at, const char *end, const char *text,
                               const group_round *round)
{
    for (;;) {
        const char *bar = alternative_end(at, end);
        if (bar == NULL) {
            m->unknown = true;
            return false;
        }
        if (match_here(m, at, bar, text, round)) {
            return true;
        }
        if (bar == end || m->unknown) {
            return false;
        }
        at = bar + 1;
    }
}

/* A group of which `done` rounds have matched. */
static bool match_group(matcher *m, const group_round *group, unsigned done, const char *text)
{
    const quantifier *times = group->times;
    const char *inside = group->group + 1;
    if (*inside == '?') {
        if (inside[1] != ':') {
            m->unknown = true; /* looking ahead or behind, names, flags */
            return false;
        }
        inside += 2;
    }
    group_round round = *group;
    round.number = done + 1;
    round.entered = text;
    if (times->lazy && done >= times->min &&
        match_here(m, times->end, group->end, text, group->around)) {
        return true;
    }
    if (done < times->max && match_alternatives(m, inside, group->group_end - 1, text, &round)) {
        return true;
    }
    return !times->lazy && done >= times->min && !m->unknown &&
           match_here(m, times->end, group->end, text, group->around);
}

/* The end of the pattern, or of the alternative of a round. */
static bool match_end(matcher *m, const char *text, const group_round *round)
{
    if (round == NULL) {
        return text == m->text_end;
    }
    if (text == round->entered && round->number > round->times->min) {
        return false; /* an empty round would be repeated for ever */
    }
    return match_group(m, round, round->number, text);
}

/* A one-character atom with its quantifier. */
static bool match_atom(matcher *m, const char *at, const char *atom, const quantifier *times,
                       const char *end, const char *text, const group_round *round)
{
    unsigned count = 0;
    while (count < times->min) {
        if (!atom_takes(m, at, atom, text + count)) {
            return false;
        }
        count++;
    }
    if (times->lazy) {
        for (;; count++) {
            if (match_here(m, times->end, end, text + count, round)) {
                return true;
            }
            if (m->unknown || count == times->max || !atom_takes(m, at, atom, text + count)) {
                return false;
            }
        }
    }
    while (count < times->max && atom_takes(m, at, atom, text + count)) {
        count++;
    }
    for (;; count--) {
        if (match_here(m, times->end, end, text + count, round)) {
            return true;
        }
        if (m->unknown || count == times->min) {
            return false;
        }
    }
}

static bool match_step(matcher *m, const char *at, const char *end, const char *text,
                       const group_round *round)
{
    if (at == end) {
        return match_end(m, text, round);
    }
    if (*at == '^') {
        return text == m->text_start && match_here(m, at + 1, end, text, round);
    }
    if (*at == '$') {
        return text == m->text_end && match_here(m, at + 1, end, text, round);
    }
    const char *atom = atom_end(at, end);
    quantifier times;
    if (atom == NULL || strchr("*+?{)", *at) != NULL || !read_quantifier(atom, end, &times)) {
        m->unknown = true;
        return false;
    }
    if (*at != '(') {
        return match_atom(m, at, atom, &times, end, text, round);
    }
    group_round group = {
        .group = at, .group_end = atom, .times = &times, .end = end, .around = round};
    return match_group(m, &group, 0, text);
}

static bool match_here(matcher *m, const char *at, const char *end, const char *text,
                       const group_round *round)
{
    if (++m->steps > PATTERN_STEPS_MAX || m->depth >= PATTERN_DEPTH_MAX) {
        m->unknown = true;
    }
    if (m->unknown) {
        return false;
    }
    m->depth++;
    bool matched = match_step(m, at, end, text, round);
    m->depth--;
    return matched;
}

mr_match mr_pattern_match(const char *pattern, mr_bytes text)
{
    const char *start = text.at == NULL ? "" : text.at;
    matcher m = {.text_start = start, .text_end = start + text.len};
    size_t len = strlen(pattern);
    if (len > PATTERN_BYTES_MAX) {
        return MR_MATCH_UNKNOWN;
    }
    const char *end = pattern + len;
    bool matched = match_alternatives(&m, pattern, end, start, NULL);
    if (m.unknown) {
        return MR_MATCH_UNKNOWN;
    }
    return matched ? MR_MATCH_YES : MR_MATCH_NO;
}
