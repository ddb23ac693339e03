/*
 * json_match.inc.h - the body of a shape matcher, included by json_shape.c once for each vector
 * width. It expects MATCH_NAME, MATCH_TARGET (a function attribute) and three words of its width:
 *
 *   MATCH_SAME(p, literal, len)   the bytes are the same (may load up to 32 past p)
 *   MATCH_STRING_STOP(p)          the first of '"', '\\' or a control character at p or later
 *   MATCH_NON_DIGITS(p)           bit i is set when p[i] is no digit, for 32 bytes
 */

/* The place after the number at p, or NULL when it is not in plain form: digits, perhaps a
 * fraction, below 32 bytes in all. */
static inline MATCH_TARGET const char *MATCH_NUMBER(const char *p)
{
    const char *digits = p + (*p == '-');
    uint32_t stops = MATCH_NON_DIGITS(digits);
    if (MR_UNLIKELY(stops == 0)) {
        return NULL;
    }
    unsigned stop = (unsigned)__builtin_ctz(stops);
    if (MR_UNLIKELY(stop == 0 || (*digits == '0' && stop > 1))) {
        return NULL;
    }
    if (digits[stop] == '.') {
        stops &= stops - 1;
        if (MR_UNLIKELY(stops == 0)) {
            return NULL;
        }
        unsigned fraction = stop + 1;
        stop = (unsigned)__builtin_ctz(stops);
        if (MR_UNLIKELY(stop == fraction)) {
            return NULL;
        }
    }
    /* An exponent, or a second point, does not match the fixed bytes that come next. */
    return digits + stop;
}

static MATCH_TARGET const char *MATCH_NAME(const mr_json_shape *shape, const char *p,
                                           const char *end, mr_field *fields)
{
    const mr_json_step *step = shape->steps;
    const mr_json_step *last = step + shape->step_count;
    for (; step < last; step++) {
        if (!MATCH_SAME(p, shape->literals + step->literal, step->literal_len)) {
            return NULL;
        }
        p += step->literal_len;
        mr_field field;
        const char *after;
        if (*p == '"') {
            after = MATCH_STRING_STOP(p + 1);
            field.at = p + 1;
            field.kind = MR_FIELD_TEXT;
            if (MR_UNLIKELY(*after != '"')) {
                bool escaped;
                after = *after == '\\' ? mr_json_string_after(after, end, &escaped) : NULL;
                if (after == NULL) {
                    return NULL;
                }
                after--;
                field.kind = MR_FIELD_ESCAPED;
            }
            field.len = (uint32_t)(after - field.at);
            after++;
        } else if ((unsigned)(*p - '0') < 10 || *p == '-') {
            after = MATCH_NUMBER(p);
            if (MR_UNLIKELY(after == NULL)) {
                return NULL;
            }
            field = (mr_field){.at = p, .len = (uint32_t)(after - p), .kind = MR_FIELD_NUMBER};
        } else {
            after = mr_json_value_after(p, end, &field);
            if (MR_UNLIKELY(after == NULL)) {
                return NULL;
            }
        }
        p = after;
        if (step->slot >= 0) {
            fields[step->slot] = field;
        }
        if (MR_UNLIKELY(step->node != NULL)) {
            mr_json_node_fill(step->node, field, fields);
        }
    }
    if (!MATCH_SAME(p, shape->literals + shape->tail, shape->tail_len)) {
        return NULL;
    }
    return p + shape->tail_len;
}

#undef MATCH_NAME
#undef MATCH_NUMBER
#undef MATCH_TARGET
#undef MATCH_SAME
#undef MATCH_STRING_STOP
#undef MATCH_NON_DIGITS
