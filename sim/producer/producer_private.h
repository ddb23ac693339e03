/*
 * producer_private.h - what producer.c (the state machine) and producer_rows.c (rows become
 * entries of the batch) share.
 */
#ifndef MR_SIM_PRODUCER_PRODUCER_PRIVATE_H
#define MR_SIM_PRODUCER_PRODUCER_PRIVATE_H

#include "sim/producer/batch.h"
#include "sim/producer/producer.h"
#include "sim/producer/stored_rows.h"
#include "sim/time/rng.h"

typedef enum producer_state {
    PRODUCER_NEW,
    PRODUCER_FILLING,     /* reading rows into the batch; only while fill() runs */
    PRODUCER_WANTING,     /* the next piece was asked for */
    PRODUCER_READY,       /* a batch waits for its time */
    PRODUCER_BACKING_OFF, /* refused entries wait for theirs */
    PRODUCER_DONE
} producer_state;

struct mr_producer {
    mr_producer_options options; /* its texts are the copies below */
    mr_producer_handlers handlers;
    char *name, *target_name, *key_column, *key_const;
    char **columns;
    uint64_t *stored_rows;

    mr_row_reader *reader;
    mr_encoder *encoder; /* made when the header is known */
    size_t column_count; /* of the header */
    size_t key_place;    /* MR_KEY_COLUMN */

    producer_state state;
    bool filling;   /* fill() is running: an answer to want returns to it */
    mr_bytes piece; /* borrowed: what is left of it */
    bool input_ended, reader_finished;
    mr_error broken; /* code MR_OK: nothing has ended the run early */
    bool stop_now;   /* by a header or a strict run's row; input that broke off is stored first */

    batch batch;
    mr_record records[MR_PUT_RECORDS_MAX];
    mr_put_result results[MR_PUT_RECORDS_MAX];
    uint32_t attempts; /* of the batch under way */

    mr_timer timer;
    int64_t start_us;
    int64_t next_put_us; /* at rate 0 */
    uint64_t arrived;    /* rows since the start, skipped ones left out */
    mr_prng jitter, keys;

    mr_stored_rows stored; /* resume; its rows are stored_rows */
    uint64_t saved_rows;
    mr_producer_counts counts;
};

/* The row reader's two receivers; context is the producer. */
void producer_on_header(void *context, const mr_bytes *names, size_t count);
bool producer_on_row(void *context, const mr_row *row);

/* Counts and reports a row that is not put. A strict run is broken by it. */
void producer_reject(mr_producer *p, uint64_t line, mr_bytes raw, const char *why);

#endif
