/*
 * input.h - one input of a run, whole: its file, its producer, its rejected rows.
 */
#ifndef MR_SRC_PRODUCER_INPUT_H
#define MR_SRC_PRODUCER_INPUT_H

#include "sim/firehose/delivery.h"
#include "sim/producer/producer.h"
#include "src/producer/input_source.h"
#include "src/producer/recorder.h"

typedef struct mr_input mr_input;

/* Called for every row that is rejected or given up, as mr_producer_handlers has it. */
typedef void (*mr_input_rejected_fn)(void *context, mr_input *input, uint64_t line, mr_bytes raw,
                                     const char *why);
/* Called once: error is NULL when every row was stored, rejected or given up. */
typedef void (*mr_input_ended_fn)(void *context, mr_input *input, const mr_error *error);

typedef struct mr_input_settings {
    mr_producer_options producer;     /* all but target; name may be NULL: the file's last */
    mr_stream *stream;                /* one of the three is set; borrowed */
    mr_delivery *delivery;            /* a DirectPut delivery stream */
    const mr_producer_target *target; /* anything else */
    mr_recorder *recorder;            /* writes every put down; borrowed; NULL: none */
    const char *file;                 /* "-": standard input */
    const char *spool;                /* as in input_source.h, as is is_spooled */
    bool is_spooled;
    uv_loop_t *loop;               /* as in input_source.h: NULL under a virtual clock */
    const char *rejects;           /* path of the rejected rows without ".csv"; NULL: not kept */
    bool resume;                   /* rejected rows are added to those of the earlier run */
    mr_input_rejected_fn rejected; /* NULL: none */
    mr_input_ended_fn ended;
    void *context;
} mr_input_settings;

/* The producer to a DirectPut delivery stream. */
mr_producer_target mr_producer_to_delivery(mr_delivery *delivery);

/* Opens the file and makes the producer. Errors: those of both. */
MR_NODISCARD mr_code mr_input_open(const mr_input_settings *settings, mr_input **out,
                                   mr_error *err);
void mr_input_start(mr_input *input);
void mr_input_free(mr_input *input); /* NULL is fine; not from within `ended` */

/* As those of the producer (sim/producer/producer.h). */
void mr_input_set_rate(mr_input *input, double rate);
double mr_input_rate(const mr_input *input);
void mr_input_pause(mr_input *input);
void mr_input_resume(mr_input *input);
bool mr_input_is_paused(const mr_input *input);

mr_producer_counts mr_input_count(const mr_input *input);
bool mr_input_is_done(const mr_input *input);
/* How much of the file has been read, 0 to 1, its passes all together; below 0: nobody knows. */
double mr_input_share_read(const mr_input *input);
const char *mr_input_name(const mr_input *input);

#endif
