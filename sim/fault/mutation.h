/*
 * mutation.h - deliberate mistakes, one at a time, for the tests of the tests: each is a bug that
 * somebody could write, and some scenario has to see it.
 *
 * A world is mutated through its options, by test programs alone; nothing on the command line or
 * in a template reaches this. The faults (fault.h) carry the choice to the places that make it.
 * Each place is one branch beside the right code, found by searching for the mistake's name.
 */
#ifndef MR_SIM_FAULT_MUTATION_H
#define MR_SIM_FAULT_MUTATION_H

typedef enum mr_mutation {
    MR_MUTATION_NONE,

    /* ---- putting on a data stream ---- */

    /* The answer is sent before the shard has taken the record: now and then it never does. */
    MR_MUTATION_ACK_BEFORE_STORE,
    /* PutRecords looks at the request's code alone: a throttled entry is answered as stored. */
    MR_MUTATION_THROTTLED_AS_STORED,
    /* A producer puts its whole batch again where one entry was refused. */
    MR_MUTATION_RETRY_PUTS_ALL,
    /* A producer that goes on takes the row behind the last stored one for stored. */
    MR_MUTATION_RESUME_SKIPS_ROW,

    /* ---- reading it ---- */

    /* A child shard is read before its parents were read to the end. */
    MR_MUTATION_PARENT_NOT_AWAITED,
    /* A child shard is read from the tip at which it was found: behind its first record. */
    MR_MUTATION_SPLIT_SKIPS_FIRST,
    /* A restart goes on behind all that was delivered: what was still on its way is not read. */
    MR_MUTATION_RESUME_FROM_HIGH,
    /* A restart delivers again what was delivered out of turn. */
    MR_MUTATION_RESUME_FORGETS_COVERED,
    /* The backup loses the first record of every read but a shard's first. */
    MR_MUTATION_BACKUP_MISSES_FIRST,
    /* A restart backs up only what the main output still lacks. */
    MR_MUTATION_BACKUP_FOLLOWS_MAIN,

    /* ---- transforming ---- */

    /* Results are applied as they come, not in the order in which their batches were issued. */
    MR_MUTATION_ANSWERS_AS_THEY_COME,
    /* A batch whose invocation failed for good leaves nothing in the error output. */
    MR_MUTATION_FAILED_BATCH_FORGOTTEN,
    /* What the transformation dropped is never marked as done with. */
    MR_MUTATION_DROPPED_NOT_COVERED,

    /* ---- buffering ---- */

    /* A buffer is flushed by the record behind the one that filled it. */
    MR_MUTATION_BUFFER_SIZE_OFF_BY_ONE,
    /* The interval of a buffer begins anew with every record. */
    MR_MUTATION_INTERVAL_LATE,

    /* ---- putting objects ---- */

    /* Positions move when a buffer is sealed: a kill before its object is there loses it. */
    MR_MUTATION_CHECKPOINT_BEFORE_PUT,
    /* A refused put is not tried again, but its records count as delivered. */
    MR_MUTATION_RETRY_DROPS_BATCH,
    /* A refused put is given up when its records are a minute old, not when retention ends. */
    MR_MUTATION_GIVE_UP_EARLY,
    /* A restart takes the file of a committed object for an orphan. */
    MR_MUTATION_INTENT_FORGOTTEN,

    /* ---- determinism ---- */

    /* The chance in an object's name comes from outside, so no two runs are the same. Shows where
     * the clock has a source. */
    MR_MUTATION_UNSEEDED_RANDOM,
    /* An object's key has the outside's time. Shows where the clock has a source. */
    MR_MUTATION_WALL_CLOCK,

    MR_MUTATION_COUNT
} mr_mutation;

/* "ack-before-store" and so on; of MR_MUTATION_NONE "none". */
const char *mr_mutation_name(mr_mutation mutation);
mr_mutation mr_mutation_of(const char *name); /* MR_MUTATION_NONE when there is none so called */

#endif
