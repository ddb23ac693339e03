/*
 * ledger.h - the judge's own books: what became of every record, read from outside (the commits
 * in catalog.db, the objects of the store, the records in the rings), never from the delivery
 * stream's memory, so that they hold over every kill.
 *
 * Looked at after every step that committed something, it reads the new rows of delivery_commits,
 * and the records that they name: whose they are, when they arrived, which partition key they had.
 */
#ifndef MR_SRC_SCENARIO_LEDGER_H
#define MR_SRC_SCENARIO_LEDGER_H

#include "sim/sim.h"

typedef struct mr_ledger mr_ledger;

typedef struct mr_ledger_options {
    size_t input_count; /* inputs are numbered 1..input_count */
    bool tracks_keys;   /* count what is reordered per partition key */
} mr_ledger_options;

mr_ledger *mr_ledger_new(const mr_ledger_options *options);
void mr_ledger_free(mr_ledger *ledger); /* NULL is fine */

/* Takes in what was committed since the last time. Cheap when nothing was.
 * Errors: those of the database and the disk; MR_CORRUPT: a commit that cannot be (its object is
 * not there, a record out of order inside one object, ranges of records that never were). */
MR_NODISCARD mr_code mr_ledger_read(mr_ledger *ledger, mr_sim *sim, mr_error *err);

/* Sums over delivery streams, or of one (name). */
typedef struct mr_ledger_counts {
    uint64_t stored;    /* records in the source's rings, once per delivery stream */
    uint64_t delivered; /* in objects of the main output, each copy counted */
    uint64_t failed;    /* in the error output, each copy counted */
    uint64_t dropped;   /* by the transformation */
    uint64_t expired, discarded;
    uint64_t pending;      /* not settled yet: read or not, in a buffer or not */
    uint64_t read_twice;   /* records settled more than once */
    uint64_t stored_twice; /* rows stored more than once and delivered so */
    uint64_t reordered;    /* delivered after a later record of their partition key */
    int64_t twice_us;      /* when the first was delivered again; 0: none was */
    int64_t reordered_us;  /* when the first of the reordered was delivered; 0 */
    uint64_t backed_up, backed_up_twice, backup_pending;
    uint64_t expired_too_early; /* still in the source */
} mr_ledger_counts;
/* sim: the life at hand, for what its rings hold. delivery: NULL: all. */
mr_ledger_counts mr_ledger_count(const mr_ledger *ledger, mr_sim *sim, const char *delivery);

/* Rows of an input (from 1) that its producer counts as stored, `stored` of them, and that this
 * delivery stream of their stream has not settled; what expired cannot be told apart any more and
 * is taken off. */
uint64_t mr_ledger_rows_missing(const mr_ledger *ledger, mr_sim *sim, const char *delivery,
                                uint32_t input, uint64_t stored);

/* Arrival to commit of main objects, per record. What the n-th of a thousand waited at most:
 * per_mille 500, 990, 1000. -1: nothing was delivered. */
int64_t mr_ledger_latency_us(const mr_ledger *ledger, const char *delivery, unsigned per_mille);
/* When the longest-waiting record was delivered. */
int64_t mr_ledger_slowest_us(const mr_ledger *ledger, const char *delivery);

#endif
