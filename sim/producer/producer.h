/*
 * producer.h - rows become batches of records on a stream: read, encode, batch, put, retry.
 *
 * The bytes are asked for in pieces (want) and come from outside (feed): src supplies them. A bad
 * row is reported with file and line, counted, given to the rejects handler, and never stops the
 * rest unless strict.
 *
 *   FILLING --batch full, or end--> READY --its time--> put --all taken--> FILLING, or DONE
 *      ^ |                                               |
 *      | +-- piece used up: WANTING, until fed           +--some refused--> BACKING_OFF, put again
 *
 * When a batch is put. One batch is under way at a time, so that no more rows than one batch holds
 * are ever neither stored nor unread: that keeps a resumed run exact.
 *   - At a rate of r rows a second, row n arrives at start + n/r, and a batch is put when its last
 *     row has arrived, or at once when the producer is behind.
 *   - At rate 0 (max), in virtual and paced time, batches follow each other by one millisecond,
 *     so that time moves and readers take turns; in real time they follow at once.
 *   - Refused entries, and they alone, are put again after an exponential back-off: 100 ms
 *     doubling to 5 s, of which chance takes up to a half ("producer <input>"). New rows wait.
 *   - A lost acknowledgement (MR_IO that is no fault of the disk) puts the whole batch again, as a
 *     real producer must; what had been stored is then there twice.
 *   - A repeated input is one input: its rows are numbered on from pass to pass. A pass that brings
 *     no row is the last.
 *   - The rate may change, and the producer may be paused, at any time; producer_pace.c says how
 *     rows that have been read but have not arrived follow.
 */
#ifndef MR_SIM_PRODUCER_PRODUCER_H
#define MR_SIM_PRODUCER_PRODUCER_H

#include "sim/base/error.h"
#include "sim/producer/encode.h"
#include "sim/producer/row_reader.h"
#include "sim/stream/stream.h"
#include "sim/trace/trace.h"

typedef struct mr_producer mr_producer;

#define MR_BATCH_RECORDS_DEFAULT 50
#define MR_BATCH_BYTES_DEFAULT   50000

typedef enum mr_key_choice {
    MR_KEY_ROUND_ROBIN, /* the row number as text: spreads evenly */
    MR_KEY_COLUMN,      /* the text of a column */
    MR_KEY_RANDOM,      /* a seeded UUID; a row's is the same in a resumed run */
    MR_KEY_CONST
} mr_key_choice;

/* As mr_stream_put() without its stream. */
typedef mr_code (*mr_put_fn)(void *context, const mr_record *records, size_t count,
                             mr_put_result *results, size_t *failed, mr_error *err);

/* A put that failed so is stored, but the answer never came. (A disk that fails says MR_IO with an
 * errno.) */
bool mr_put_lost_its_answer(mr_code code, const mr_error *err);

/* Where batches go. */
typedef struct mr_producer_target {
    mr_put_fn put;
    void *context;           /* borrowed, outlives the producer */
    const char *name;        /* the stream's, for events; copied */
    size_t data_bytes_max;   /* of a record's data */
    size_t record_bytes_max; /* of data and partition key together */
} mr_producer_target;

/* A data stream. (For a DirectPut delivery stream: src/producer/input.h.) */
mr_producer_target mr_producer_to_stream(mr_stream *stream);

typedef struct mr_producer_options {
    mr_clock *clock; /* all borrowed, all outlive the producer */
    mr_trace *trace;
    mr_db *db;               /* progress, for resume; may be NULL */
    const mr_faults *faults; /* for a mistake of the producer's (mutation.h); may be NULL */
    uint64_t seed;
    mr_producer_target target;
    uint32_t input;       /* 1-based number, kept in each record */
    const char *name;     /* the file's name, for messages; copied */
    mr_row_format format; /* csv and its options */
    mr_encode_options encode;
    mr_key_choice key;
    const char *key_column; /* MR_KEY_COLUMN: a name (or a number without header); copied */
    const char *key_const;  /* MR_KEY_CONST; copied */
    size_t batch_records;   /* 1..500; 0: 50 */
    size_t batch_bytes;     /* data and keys, up to 10 MiB; 0: 50000. A longer record goes alone */
    double rate;            /* rows per second; 0: max, paced by the limits */
    uint32_t retries;       /* per record; 0: for ever */
    bool strict;            /* the first bad row ends the run */
    uint64_t rows_max;      /* of all passes together, rejected and skipped ones too; 0: all */
    uint32_t repeat;        /* how often the input is read; 0 and 1: once */
    uint64_t skip_rows;     /* resume: the first rows, already stored for certain */
    const uint64_t *stored_rows; /* resume: rows past skip_rows stored too, rising; copied */
    size_t stored_count;
} mr_producer_options;

/* What the producer asks of src. */
typedef struct mr_producer_handlers {
    /* More bytes are wanted: answer with mr_producer_feed(), _end() or _fail(), now or later. */
    void (*want)(void *context);
    /* The input is read once more (options.repeat): the next want asks for its first bytes. Its
     * header is passed over, its lines are counted from 1 and its rows on. May be NULL when it is
     * read once. Errors: it cannot be read again, which breaks the input off. */
    mr_code (*again)(void *context, mr_error *err);
    /* A row was rejected. line: where it begins; raw: its bytes. May be NULL. */
    void (*rejected)(void *context, uint64_t line, mr_bytes raw, const char *why);
    /* Every row is stored, rejected or given up; or *error is set: the input broke off (what had
     * been read is stored), a strict run met a bad row, the stream failed. Called once, last. */
    void (*ended)(void *context, const mr_error *error);
    void *context;
} mr_producer_handlers;

/* Errors: MR_INVALID_ARGUMENT (a rate below 0, a batch past the service's limits, a key that
 * cannot be one). A key column that the header lacks shows when the header is read: ended. */
MR_NODISCARD mr_code mr_producer_new(const mr_producer_options *options,
                                     const mr_producer_handlers *handlers, mr_producer **out,
                                     mr_error *err);
void mr_producer_free(mr_producer *producer); /* NULL is fine; not from within a handler */
/* Begins at the clock's now, in a later step of the clock. */
void mr_producer_start(mr_producer *producer);

/* ---- the pace ---- */

/* rate: rows per second from now on, finite; 0: max. Rows that have arrived keep their times; those
 * still to arrive come at the new rate, also when they have been read and their batch waits for
 * them. Of the wait for the next row the part that has passed counts. */
void mr_producer_set_rate(mr_producer *producer, double rate);
double mr_producer_rate(const mr_producer *producer); /* 0: max */

/* Until it is resumed it puts nothing: batches that wait for their time and back-offs wait on. Then
 * everything goes on as if the time between had not been: arrivals to come, and the rest of a
 * back-off, are later by the length of the pause. A piece that comes meanwhile is kept. Pausing
 * twice, resuming what is not paused, and both before the start and at the end: fine. */
void mr_producer_pause(mr_producer *producer);
void mr_producer_resume(mr_producer *producer);
bool mr_producer_is_paused(const mr_producer *producer);

/* ---- bytes ---- */

/* bytes: borrowed until the next want, or ended. Only after want, once. */
void mr_producer_feed(mr_producer *producer, mr_bytes bytes);
void mr_producer_end(mr_producer *producer); /* no more bytes; of each pass */
void mr_producer_fail(mr_producer *producer, const mr_error *error); /* they cannot be read */

typedef struct mr_producer_counts {
    uint64_t rows; /* data rows read, the header not counted */
    uint64_t rejected;
    uint64_t records;   /* stored */
    uint64_t bytes;     /* of their data */
    uint64_t batches;   /* calls of PutRecords */
    uint64_t throttled; /* entries refused, each time */
    uint64_t retries;   /* entries sent again */
    uint64_t skipped;   /* by resume */
    uint64_t given_up;  /* past `retries` */
} mr_producer_counts;
/* rows = rejected + records + skipped + given_up + those of the batch under way. */
mr_producer_counts mr_producer_count(const mr_producer *producer);
bool mr_producer_is_done(const mr_producer *producer);

/*
 * How far the input of this number came, as kept in the table producer_progress: rows 1..*rows are
 * stored, rejected or given up; *complete: all of it is.
 *
 * Errors: those of the database. An input without a row there has 0 rows.
 */
MR_NODISCARD mr_code mr_producer_progress(mr_db *db, uint32_t input, uint64_t *rows, bool *complete,
                                          mr_error *err);

/* The highest number of an input in that table; 0: none has put a row. Errors: those of the
 * database. */
MR_NODISCARD mr_code mr_producer_last_input(mr_db *db, uint32_t *input, mr_error *err);

#endif
