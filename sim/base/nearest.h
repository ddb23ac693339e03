/*
 * nearest.h - which word was probably meant: "ShardCuont" is near "ShardCount".
 *
 * Distance is the number of letters added, dropped, changed or swapped with their neighbour;
 * case does not count. For hints in error messages alone: nothing is ever decided by it.
 */
#ifndef MR_SIM_BASE_NEAREST_H
#define MR_SIM_BASE_NEAREST_H

#include "sim/base/bytes.h"

#define MR_NEAREST_WORD_MAX 64 /* longer words have no neighbours */

/* The edit distance of two words; SIZE_MAX when either is longer than MR_NEAREST_WORD_MAX. */
size_t mr_edit_distance(mr_bytes a, mr_bytes b);

/*
 * The candidate nearest to word, the first of those equally near; NULL when none is so near that
 * it was probably meant: at most one slip per three letters, and never a word all of whose letters
 * would differ.
 *
 * Returns: borrowed, one of candidates.
 */
const char *mr_nearest(mr_bytes word, const char *const *candidates, size_t count);

/* The same over a table whose rows begin with the candidate's text: stride is the size of a row. */
const char *mr_nearest_in_table(mr_bytes word, const void *table, size_t count, size_t stride);

#endif
