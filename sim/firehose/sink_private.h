/*
 * sink_private.h - the inside of a sink, shared by sink.c (filling and sealing outputs),
 * sink_output.c (the way of a sealed one to its object) and sink_check.c (questions and laws).
 */
#ifndef MR_SIM_FIREHOSE_SINK_PRIVATE_H
#define MR_SIM_FIREHOSE_SINK_PRIVATE_H

#include "sim/fault/fault.h"
#include "sim/firehose/sink.h"

typedef enum output_state {
    OUTPUT_OPEN,
    OUTPUT_PUTTING,
    OUTPUT_RETRYING,
    OUTPUT_COMMITTING,
    OUTPUT_DISCARDING,
    OUTPUT_STUCK
} output_state;

typedef struct output {
    mr_sink *sink;
    struct output *next; /* of the sealed ones, oldest first */
    output_state state;
    output_state failed; /* RETRYING: the state to go back to */
    bool has_settled;    /* its positions stand in the database */
    uint64_t ordinal;    /* 0, 1, 2, ... in its sink, restarts included */
    mr_prng prng;        /* chance of this object alone: its names do not depend on other objects */
    mr_upload *upload;   /* made with the first byte */
    mr_compressor *compressor;
    /* As the destination was: when the first byte came, and when the output was sealed. */
    mr_compression compression;
    char *extension;     /* NULL: no byte yet */
    char *bucket;        /* NULL: open */
    uint64_t hint_bytes; /* the largest size hint while it was open */
    mr_ranges *ranges;   /* by slot: the records in it, in the order of writing */
    mr_ranges *dropped;  /* by slot: what is covered besides and leaves nothing */
    size_t slots;
    uint64_t records, bytes; /* bytes before compression */
    uint64_t covered;        /* dropped records */
    uint64_t last_bytes;     /* of the newest record, for the bounds check */
    int64_t oldest_us;       /* earliest arrival */
    int64_t opened_us;
    uint32_t attempts;
    mr_strbuf key;
    mr_timer timer; /* OPEN: the interval; RETRYING: the back-off */
} output;

struct mr_sink {
    mr_sink_options options;
    output *open; /* NULL until something comes */
    output *sealed, **sealed_end;
    size_t waiting;
    uint64_t next_ordinal;      /* of the next output to open */
    uint64_t committed_ordinal; /* as stored: no committed output has this one or a later one */
    mr_strbuf stage;            /* bytes for the compressor, or a record too large to reserve */
    mr_strbuf packed;
    char *room; /* of the reserve under way */
    bool room_is_staged;
    bool is_broken;
    bool restarts_interval; /* MR_MUTATION_INTERVAL_LATE: every record asks, so read once */
    mr_sink_counts counts;
};

/* Whether the sink is to make this mistake (sim/fault/mutation.h). */
static inline bool mutates(const mr_sink *sink, mr_mutation mutation)
{
    return mr_faults_mutates(sink->options.faults, mutation);
}

static inline bool is_empty(const output *o)
{
    return o == NULL || (o->records == 0 && o->covered == 0);
}

/* ---- sink.c ---- */

void sink_output_free(output *o); /* NULL is fine */

/* ---- sink_output.c ---- */

/* The one place that changes the state of a sealed output. */
void sink_output_enter(output *o, output_state next);
/* An output's timer: its interval is over, or its back-off. */
void sink_output_on_timer(void *context);
/* MR_MUTATION_CHECKPOINT_BEFORE_PUT alone: the positions of an output whose object is not there. */
void sink_output_checkpoint(output *o);

#endif
