/*
 * producer_private.h - what producer.c (the state machine), producer_rows.c (rows become entries
 * of the batch) and producer_pace.c (when rows arrive) share.
 */
#ifndef MR_SIM_PRODUCER_PRODUCER_PRIVATE_H
#define MR_SIM_PRODUCER_PRODUCER_PRIVATE_H

#include "sim/producer/batch.h"
#include "sim/producer/producer.h"
#include "sim/producer/stored_rows.h"
#include "sim/time/rng.h"

typedef enum producer_state {
    PRODUCER_NEW,
    PRODUCER_FILLING,     /* reading rows into the batch: while fill() runs, or in a pause */
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
    bool pass_ended;    /* the bytes have ended, and are to come again */
    uint32_t passes;    /* ended */
    uint64_t pass_rows; /* before the pass under way */
    mr_error broken;    /* code MR_OK: nothing has ended the run early */
    bool stop_now; /* by a header or a strict run's row; input that broke off is stored first */

    batch batch;
    mr_record records[MR_PUT_RECORDS_MAX];
    mr_put_result results[MR_PUT_RECORDS_MAX];
    uint32_t attempts; /* of the batch under way */

    mr_timer timer;
    int64_t base_us; /* with base_rows: the schedule, see producer_pace.c */
    double base_rows;
    int64_t next_put_us; /* at rate 0 */
    bool paused;
    int64_t paused_us; /* when; the producer's time stands still there */
    bool waits;        /* paused, and otherwise the timer would be set, to held_due_us */
    int64_t held_due_us;
    uint64_t arrived; /* rows since the start, skipped ones left out */
    mr_prng jitter, keys;

    mr_stored_rows stored; /* resume; its rows are stored_rows */
    uint64_t saved_rows;
    mr_producer_counts counts;
};

/* The row reader's two receivers; context is the producer. */
void producer_on_header(void *context, const mr_bytes *names, size_t count);
bool producer_on_row(void *context, const mr_row *row);

/* The clock's now; in a pause, when it began. */
int64_t producer_now_us(const mr_producer *p);
/* When the row that is the n-th since the start arrives, by the rate; not before now. */
int64_t producer_arrival_of(const mr_producer *p, uint64_t n);
/* Sets the timer, or in a pause remembers it for later. */
void producer_wait_until(mr_producer *p, int64_t due_us);
/* READY: until the batch's last row has arrived, or at rate 0 until its turn has come. */
void producer_wait_for_batch(mr_producer *p);
void producer_stop_waiting(mr_producer *p);

/* Counts and reports a row that is not put. A strict run is broken by it. */
void producer_reject(mr_producer *p, uint64_t line, mr_bytes raw, const char *why);

#endif
