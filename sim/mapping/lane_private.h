/*
 * lane_private.h - the inside of a lane, shared by lane.c (its batches: gathering, moving on,
 * giving back), lane_send.c (sending the first one, and its states), lane_give_up.c (what is not
 * sent again) and lane_check.c (questions and laws).
 */
#ifndef MR_SIM_MAPPING_LANE_PRIVATE_H
#define MR_SIM_MAPPING_LANE_PRIVATE_H

#include "sim/mapping/failure_record.h"
#include "sim/mapping/lane.h"

#define LANE_SPLITS_MAX 16 /* 10,000 records are halved 14 times at most */

typedef enum lane_state {
    LANE_READY,
    LANE_INVOKED,
    LANE_BACKING_OFF,
    LANE_PUTTING,
    LANE_PUT_BACKING_OFF,
    LANE_STUCK
} lane_state;

typedef struct entry {
    uint64_t number;
    int64_t arrival_us;
    size_t at, len; /* of its piece, in the batch's text */
} entry;

/*
 * A batch that is split is a stack of places: the range from `begin` to the top is being sent, and
 * what lies between two places follows. When a range is done, its place is taken off.
 */
typedef struct batch {
    struct batch *next;
    mr_strbuf text; /* pieces of the event, with commas between */
    entry *entries;
    size_t count, capacity;
    const char *reason; /* why it was sealed */
    size_t begin;       /* what stands before is done */
    size_t ends[LANE_SPLITS_MAX];
    size_t end_count;
} batch;

struct mr_lane {
    mr_lane_config *config;
    mr_shard *shard;
    size_t slot;
    batch *open;
    bool open_is_due;            /* its window is over */
    batch *sealed, **sealed_end; /* the first one is being sent */
    lane_state state;
    bool is_running; /* guards mr_lane_run() against itself */
    bool is_stopped;
    uint64_t given_back; /* stopped: the first number that was given back; 0: none */
    uint64_t records, bytes;

    /* Of the range that is being sent. */
    mr_function *function;
    const char *request_id; /* of the invocation under way; NULL: none */
    char last_request_id[MR_UUID_SIZE];
    uint32_t invocations; /* of this range */
    uint32_t retries;     /* attempts that count, after the first */
    uint32_t waits;       /* back-offs in a row */
    bool function_error;  /* the last answer was one */

    /* Of the records that are being given up: begin .. give_up_end of the first batch. */
    size_t give_up_end;
    mr_give_up why;
    mr_upload *upload;
    mr_strbuf key;
    bool is_committing;
    uint32_t puts;

    mr_timer window; /* of the open batch */
    mr_timer retry;
};

/* ---- the range that is being sent ---- */

static inline size_t range_end(const batch *b)
{
    return b->ends[b->end_count - 1];
}

static inline size_t range_count(const batch *b)
{
    return range_end(b) - b->begin;
}

/* The pieces of the records from `begin` up to `end`, with the commas between. */
static inline mr_bytes range_text(const batch *b, size_t end)
{
    const entry *first = &b->entries[b->begin], *last = &b->entries[end - 1];
    return mr_bytes_make(b->text.at + first->at, last->at + last->len - first->at);
}

/* ---- lane.c ---- */

void lane_seal(mr_lane *lane, const char *reason); /* the open batch; reason: static */
/* The next attempt is the first one of its range. */
void lane_forget_attempts(mr_lane *lane);
/* The records before `end` of the first batch are done with. */
void lane_move_on(mr_lane *lane, size_t end);
/* Stopped, and the first batch is not done: it is read again some day. */
void lane_give_back_first(mr_lane *lane);

/* ---- lane_send.c ---- */

/* The one place that changes the state. */
void lane_enter(mr_lane *lane, lane_state next);
void lane_on_retry(void *context); /* the timer `retry` */
/* A machine that fails: in simulated time nobody could mend it, beside a live clock somebody can.
 */
bool lane_is_fatal(const mr_lane *lane);
void lane_break(mr_lane *lane, const mr_error *why); /* it is stuck, and its mapping told so */
/* Stores where the lane is. One that cannot be stored is stored with the next: until then a kill
 * only makes more records come again. */
void lane_checkpoint(mr_lane *lane);
mr_event lane_about(const mr_lane *lane); /* the members that name it; borrowed from it */
void lane_tell(const mr_lane *lane, mr_event_type type, const char *reason, size_t records,
               const char *message); /* an event about the range */
/* The last thing of a callback: the lane may be freed by it. */
void lane_go_on(mr_lane *lane);

/* ---- lane_give_up.c ---- */

/* The records before `end` are not sent again. */
void lane_give_up(mr_lane *lane, size_t end, mr_give_up why);
void lane_put(mr_lane *lane); /* entering PUTTING: one more attempt to put their object */

#endif
