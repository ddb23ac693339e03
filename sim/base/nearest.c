#include "sim/base/nearest.h"

static int folded(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static size_t least(size_t a, size_t b, size_t c)
{
    return mr_min_size(a, mr_min_size(b, c));
}

/* Optimal string alignment, over three rows of the usual table: the one before the last is there
 * for swapped neighbours. */
size_t mr_edit_distance(mr_bytes a, mr_bytes b)
{
    if (a.len > MR_NEAREST_WORD_MAX || b.len > MR_NEAREST_WORD_MAX) {
        return SIZE_MAX;
    }
    size_t rows[3][MR_NEAREST_WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= b.len; j++) {
        last[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            int x = folded(a.at[i - 1]), y = folded(b.at[j - 1]);
            now[j] = least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1));
            if (i > 1 && j > 1 && x == folded(b.at[j - 2]) && y == folded(a.at[i - 2])) {
                now[j] = mr_min_size(now[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[b.len];
}

const char *mr_nearest_in_table(mr_bytes word, const void *table, size_t count, size_t stride)
{
    size_t most = mr_max_size(1, word.len / 3);
    const char *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *const *row = (const void *)((const char *)table + i * stride);
        mr_bytes candidate = mr_bytes_of(*row);
        size_t distance = mr_edit_distance(word, candidate);
        if (distance <= most && distance < mr_max_size(word.len, candidate.len)) {
            best = *row;
            if (distance == 0) {
                break;
            }
            most = distance - 1; /* from here on only a nearer one counts */
        }
    }
    return best;
}

const char *mr_nearest(mr_bytes word, const char *const *candidates, size_t count)
{
    return mr_nearest_in_table(word, candidates, count, sizeof(*candidates));
}
