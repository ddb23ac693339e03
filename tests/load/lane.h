/*
 * lane.h - one line of work of a client: a request at a time, the next when the answer is there. A
 * lane writes or reads or lists, and checks what it is told; it outlives the connections that it
 * works on.
 *
 *   lane_ask() --> load_connection --> lane_answered() --> lane_ask() ...
 *
 * Anything that is not as it should be ends the program with one line.
 */
#ifndef MR_TESTS_LOAD_LANE_H
#define MR_TESTS_LOAD_LANE_H

#include "sim/time/rng.h"
#include "tests/load/ledger.h"
#include "tests/load/load_connection.h"

typedef enum lane_kind {
    LANE_PUT_RECORD,
    LANE_PUT_RECORDS,
    LANE_READ,    /* GetShardIterator once, then GetRecords as long as it is asked */
    LANE_VERIFY,  /* the same, until the shard has no more, with the ledger */
    LANE_LIST,    /* ListStreams */
    LANE_SUMMARY, /* DescribeStreamSummary */
    LANE_KINDS
} lane_kind;

typedef struct lane_world {
    size_t streams; /* "load-0", ... */
    size_t shards;  /* of each */
    size_t producers;
    ledger *ledger;
    uint64_t asked[LANE_KINDS], records_read;
    uint64_t slowest_ms; /* answer */
} lane_world;

typedef struct lane {
    lane_world *world; /* borrowed */
    size_t index;      /* its number as a producer */
    lane_kind kind;
    size_t stream, shard; /* it works on; writers: the stream alone */
    mr_prng prng;
    bool asking;
    bool over; /* LANE_VERIFY: the shard has been read to its end */
    uint64_t asked_ns;
    size_t batch;         /* records of the put under way */
    uint64_t next_number; /* of its records */
    char *iterator;       /* NULL: none yet */
    reading_order *order;
} lane;

void lane_init(lane *lane, lane_world *world, size_t index, lane_kind kind);
void lane_deinit(lane *lane);
void lane_ask(lane *lane, load_connection *connection);
void lane_answered(lane *lane, int status, mr_bytes body);
/* The connection has gone without an answer, as the reader wanted: it asks the same again. */
void lane_forget(lane *lane);

/* Prints one line and ends the program. */
_Noreturn void load_fail(const char *format, ...) MR_PRINTF(1, 2);

#endif
