/*
 * sink_private.h - the inside of a sink, shared by sink.c (filling and sealing outputs),
 * sink_spooled.c (what is different with a spool), sink_output.c (the way of a sealed one to its
 * object) and sink_check.c (questions and laws).
 */
#ifndef MR_SIM_FIREHOSE_SINK_PRIVATE_H
#define MR_SIM_FIREHOSE_SINK_PRIVATE_H

#include "sim/fault/fault.h"
#include "sim/firehose/sink.h"

typedef enum output_state {
    OUTPUT_OPEN,
    OUTPUT_PACKING,
    OUTPUT_PUTTING,
    OUTPUT_RETRYING,
    OUTPUT_COMMITTING,
    OUTPUT_DISCARDING,
    OUTPUT_HANDING_ON,
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
    /* As the destination was: when the first byte came (with a spool: when the output was sealed),
     * and when it was sealed. */
    mr_compression compression;
    char *extension;          /* NULL: no byte yet */
    char *bucket;             /* NULL: open */
    uint64_t hint_bytes;      /* the largest size hint while it was open */
    mr_spool_buffer *spooled; /* NULL without a spool: its records, which ranges do not hold then */
    mr_place *reached;        /* with it, by slot: behind the latest record */
    bool has_ranges;          /* with it: they have been read back, for the commit */
    mr_ranges *ranges;        /* by slot: the records in it, in the order of writing */
    mr_ranges *dropped;       /* by slot: what is covered besides and leaves nothing */
    size_t slots;
    uint64_t records, bytes; /* bytes before compression */
    uint64_t covered;        /* dropped records */
    uint64_t last_bytes;     /* of the newest record, for the bounds check */
    int64_t oldest_us;       /* earliest arrival */
    int64_t opened_us;
    int64_t first_put_us; /* when the first attempt was made */
    mr_error refusal;     /* of the last attempt */
    uint32_t attempts;
    mr_strbuf key;
    mr_timer timer; /* OPEN: the interval; RETRYING: the back-off */
} output;

struct mr_sink {
    mr_sink_options options;
    mr_sink_ordinals own; /* where the options have none */
    output *open;         /* NULL until something comes */
    output *sealed, **sealed_end;
    size_t waiting;
    mr_strbuf stage; /* bytes for the compressor, or a record too large to reserve */
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

void sink_output_free(output *o);        /* NULL is fine */
output *sink_open_output(mr_sink *sink); /* the open one, made when there is none */
void sink_first_record(output *o, const mr_origin *origin);
void sink_need_slot(output *o, size_t slot); /* makes room for slots that a reshard has brought */
void sink_filled(output *o); /* after a record that fills it, or comes behind the one that did */
void sink_keep_format(output *o); /* compression and extension, as they are now */
void sink_make_upload(output *o); /* and its compressor */
void sink_unstage(output *o);     /* hands the staged bytes on: compressed, or as they are */
void sink_finish_body(output *o);

/* ---- sink_spooled.c ---- */

void sink_spooled_write(mr_sink *sink, const mr_origin *origin, mr_bytes data);
/* The records of a sealed output become the bytes of its upload. Errors: those of the spool; what
 * was done by then counts for nothing. */
MR_NODISCARD mr_code sink_spooled_pack(output *o, mr_error *err);
/* Fills the output's ranges, once. */
MR_NODISCARD mr_code sink_spooled_ranges(output *o, mr_error *err);
/* Hands every record to on_refused. */
MR_NODISCARD mr_code sink_spooled_hand_on(output *o, mr_error *err);

/* ---- sink_output.c ---- */

/* The one place that changes the state of a sealed output. */
void sink_output_enter(output *o, output_state next);
/* An output's timer: its interval is over, or its back-off. */
void sink_output_on_timer(void *context);
/* MR_MUTATION_CHECKPOINT_BEFORE_PUT alone: the positions of an output whose object is not there. */
void sink_output_checkpoint(output *o);

#endif
