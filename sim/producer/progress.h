/*
 * progress.h - the table producer_progress: how far each input came. For what puts rows (the
 * producer, and src/producer/replay.c); everyone else reads mr_producer_progress().
 */
#ifndef MR_SIM_PRODUCER_PROGRESS_H
#define MR_SIM_PRODUCER_PROGRESS_H

#include "sim/db/db.h"

typedef struct progress_row {
    uint32_t input;
    const char *stream, *file;
    uint64_t rows; /* 1..rows are stored, rejected or given up */
    bool complete;
} progress_row;

MR_NODISCARD mr_code progress_save(mr_db *db, const progress_row *row, mr_error *err);

#endif
