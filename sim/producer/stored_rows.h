/*
 * stored_rows.h - which rows of an input need not be put again, asked in rising order.
 */
#ifndef MR_SIM_PRODUCER_STORED_ROWS_H
#define MR_SIM_PRODUCER_STORED_ROWS_H

#include "sim/base/base.h"

typedef struct mr_stored_rows {
    uint64_t through;     /* every row up to this one */
    const uint64_t *rows; /* and these, rising; borrowed */
    size_t count;
    size_t at; /* how many of them are below what was asked last */
} mr_stored_rows;

/* row: above that of every call before. */
static inline bool mr_stored_rows_has(mr_stored_rows *stored, uint64_t row)
{
    if (row <= stored->through) {
        return true;
    }
    while (stored->at < stored->count && stored->rows[stored->at] < row) {
        stored->at++;
    }
    return stored->at < stored->count && stored->rows[stored->at] == row;
}

#endif
