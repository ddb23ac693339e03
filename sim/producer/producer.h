/*
 * producer.h - rows become batches of records on a stream: read, encode, batch, put, retry.
 *
 * The bytes come from outside in pieces (feed), or are asked for (want): src supplies them. Rows
 * are put at the rate asked for, in batches bounded by count and bytes, retried when throttled
 * with exponential back-off and jitter on the world's clock. A bad row is reported with file and
 * line, counted, given to the rejects handler, and never stops the rest unless strict.
 */
#ifndef MR_SIM_PRODUCER_PRODUCER_H
#define MR_SIM_PRODUCER_PRODUCER_H

#include "sim/base/error.h"
#include "sim/firehose/delivery.h"
#include "sim/producer/encode.h"
#include "sim/producer/row_reader.h"
#include "sim/stream/stream.h"
#include "sim/trace/trace.h"

typedef struct mr_producer mr_producer;

typedef enum mr_key_choice {
    MR_KEY_ROUND_ROBIN, /* the row number as text: spreads evenly */
    MR_KEY_COLUMN,      /* the text of a column */
    MR_KEY_RANDOM,      /* a seeded UUID */
    MR_KEY_CONST
} mr_key_choice;

/* Where batches go. One of the two is set. */
typedef struct mr_producer_target {
    mr_stream *stream;
    mr_delivery *delivery; /* a DirectPut delivery stream */
} mr_producer_target;

typedef struct mr_producer_options {
    mr_clock *clock; /* all borrowed, all outlive the producer */
    mr_trace *trace;
    mr_db *db; /* progress, for resume; may be NULL */
    uint64_t seed;
    mr_producer_target target;
    uint32_t input;        /* 1-based number, kept in each record */
    const char *name;      /* the file's name, for messages; copied */
    mr_row_format format;  /* csv and its options */
    mr_encode_options encode;
    mr_key_choice key;
    const char *key_column; /* MR_KEY_COLUMN: a name (or a number without header); copied */
    const char *key_const;
    size_t batch_records; /* 0: 50 */
    size_t batch_bytes;   /* 0: 50000 */
    double rate;          /* rows per second; 0: max, paced by the limits */
    uint32_t retries;     /* per record; 0: for ever */
    bool strict;          /* the first bad row ends the run */
    uint64_t skip_rows;   /* resume: rows already stored for certain */
} mr_producer_options;

/* What the producer asks of src. */
typedef struct mr_producer_handlers {
    /* More bytes are wanted: answer with mr_producer_feed() or mr_producer_end(), now or later. */
    void (*want)(void *context);
    /* A row was rejected. line: its raw bytes. May be NULL. */
    void (*rejected)(void *context, uint64_t line, mr_bytes raw, const char *why);
    /* Every row is stored or rejected; or *error is set: the input broke off. */
    void (*ended)(void *context, const mr_error *error);
    void *context;
} mr_producer_handlers;

/* Errors: MR_INVALID_ARGUMENT (a rate below 0, a key column that cannot be). */
MR_NODISCARD mr_code mr_producer_new(const mr_producer_options *options,
                                     const mr_producer_handlers *handlers, mr_producer **out,
                                     mr_error *err);
void mr_producer_free(mr_producer *producer);
/* Begins at the clock's now. */
void mr_producer_start(mr_producer *producer);

/* bytes: borrowed for the call. Only after want. */
void mr_producer_feed(mr_producer *producer, mr_bytes bytes);
void mr_producer_end(mr_producer *producer);                          /* no more bytes */
void mr_producer_fail(mr_producer *producer, const mr_error *error); /* they cannot be read */

typedef struct mr_producer_counts {
    uint64_t rows;     /* data rows read, the header not counted */
    uint64_t rejected;
    uint64_t records;  /* stored */
    uint64_t bytes;    /* of their data */
    uint64_t batches;  /* calls of PutRecords */
    uint64_t throttled; /* entries refused, each time */
    uint64_t retries;   /* entries sent again */
    uint64_t skipped;   /* by resume */
    uint64_t given_up;  /* past `retries` */
} mr_producer_counts;
mr_producer_counts mr_producer_count(const mr_producer *producer);
bool mr_producer_is_done(const mr_producer *producer);

#endif
