/* predicate.c - see predicate.h. */
#include "sim/query/predicate.h"

#include "sim/base/alloc.h"

void mr_predicate_add(mr_predicate *predicate, const mr_datum *value)
{
    predicate->values =
        mr_reallocarray(predicate->values, predicate->value_count + 1, sizeof(*predicate->values));
    mr_datum *copy = &predicate->values[predicate->value_count++];
    *copy = *value;
    if (value->kind == MR_DATUM_TEXT) {
        copy->text.at = mr_bytes_dup(value->text);
    }
}

void mr_predicate_deinit(mr_predicate *predicate)
{
    for (size_t i = 0; i < predicate->value_count; i++) {
        if (predicate->values[i].kind == MR_DATUM_TEXT) {
            mr_free((char *)(uintptr_t)predicate->values[i].text.at);
        }
    }
    mr_free(predicate->values);
    *predicate = (mr_predicate){0};
}

void mr_predicates_free(mr_predicate *predicates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_predicate_deinit(&predicates[i]);
    }
    mr_free(predicates);
}

static bool order_holds(mr_predicate_op op, int order)
{
    switch (op) {
    case MR_PREDICATE_EQ:
        return order == 0;
    case MR_PREDICATE_NE:
        return order != 0;
    case MR_PREDICATE_LT:
        return order < 0;
    case MR_PREDICATE_LE:
        return order <= 0;
    case MR_PREDICATE_GT:
        return order > 0;
    case MR_PREDICATE_GE:
        return order >= 0;
    default:
        return false;
    }
}

static bool one_holds(mr_predicate_op op, const mr_datum *value, const mr_datum *with)
{
    if (!mr_datum_comparable(value, with)) {
        return false;
    }
    if (op == MR_PREDICATE_EQ || op == MR_PREDICATE_NE) { /* equality needs no order */
        bool same = value->kind == MR_DATUM_TEXT ? mr_bytes_equal(value->text, with->text)
                                                 : mr_datum_compare(value, with) == 0;
        return same == (op == MR_PREDICATE_EQ);
    }
    return order_holds(op, mr_datum_compare(value, with));
}

bool mr_predicate_holds(const mr_predicate *predicate, const mr_datum *value)
{
    bool is_null = value->kind == MR_DATUM_NULL;
    switch (predicate->op) {
    case MR_PREDICATE_IS_NULL:
        return is_null;
    case MR_PREDICATE_IS_NOT_NULL:
        return !is_null;
    case MR_PREDICATE_LIKE:
        return value->kind == MR_DATUM_TEXT && predicate->values[0].kind == MR_DATUM_TEXT &&
               mr_like(predicate->values[0].text, value->text, 0);
    case MR_PREDICATE_IN:
        for (size_t i = 0; i < predicate->value_count; i++) {
            if (one_holds(MR_PREDICATE_EQ, value, &predicate->values[i])) {
                return true;
            }
        }
        return false;
    default:
        return one_holds(predicate->op, value, &predicate->values[0]);
    }
}

/* ---- LIKE ---- */

/* The character at *i, which moves past it; a byte that is no UTF-8 stands for itself. */
static uint32_t next_character(mr_bytes text, size_t *i)
{
    unsigned char first = (unsigned char)text.at[(*i)++];
    size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t code = first;
    while (more > 0 && *i < text.len && ((unsigned char)text.at[*i] & 0xc0) == 0x80) {
        code = code << 8 | (unsigned char)text.at[(*i)++];
        more--;
    }
    return code;
}

/*
 * Remembers the last '%' alone: when what follows it does not match here, it may one character
 * later, and no earlier '%' needs another try. The work is at most pattern times text.
 */
bool mr_like(mr_bytes pattern, mr_bytes text, uint32_t escape)
{
    size_t p = 0, t = 0;
    size_t star_p = SIZE_MAX, star_t = 0;
    for (;;) {
        if (p == pattern.len && t == text.len) {
            return true;
        }
        bool matched = false;
        if (p < pattern.len) {
            size_t next_p = p;
            uint32_t want = next_character(pattern, &next_p);
            bool escaped = escape != 0 && want == escape && next_p < pattern.len;
            if (escaped) {
                want = next_character(pattern, &next_p);
            }
            if (!escaped && want == '%') {
                star_p = next_p;
                star_t = t;
                p = next_p;
                continue;
            }
            if (t < text.len) {
                size_t next_t = t;
                uint32_t got = next_character(text, &next_t);
                matched = got == want || (!escaped && want == '_');
                if (matched) {
                    p = next_p;
                    t = next_t;
                }
            }
        }
        if (!matched) {
            if (star_p == SIZE_MAX || star_t == text.len) {
                return false;
            }
            (void)next_character(text, &star_t);
            p = star_p;
            t = star_t;
        }
    }
}
