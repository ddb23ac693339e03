/*
 * audit.h - the books of what was committed, against the records of the source: nothing may be
 * missing, and nothing twice but what was read twice.
 *
 * It reads delivery_commits (commit_log.h) alone, never a delivery stream's memory: it knows
 * nothing of buffers, and counts what it cannot find in a commit as pending.
 */
#ifndef MR_SIM_FIREHOSE_AUDIT_H
#define MR_SIM_FIREHOSE_AUDIT_H

#include "sim/firehose/commit_log.h"
#include "sim/firehose/delivery.h"

typedef struct mr_audit mr_audit;

mr_audit *mr_audit_new(void);        /* no row is read yet */
void mr_audit_free(mr_audit *audit); /* NULL is fine */

/* One row as it is read. Borrowed for the call. */
typedef struct mr_audit_commit {
    const char *delivery, *sink, *shard;
    mr_commit_outcome outcome;
    const mr_ranges *ranges;  /* in the order in which the records were written */
    const mr_ranges *fresh;   /* those of them that were not settled before, in that order */
    uint64_t again;           /* records, or sub-records of one, that were settled before */
    uint64_t bytes;           /* of the whole object, before compression */
    const char *bucket, *key; /* NULL: no object */
    int64_t time_us;
} mr_audit_commit;
/* Returning an error ends the reading; the row counts as not read. */
typedef mr_code (*mr_audit_fn)(void *context, const mr_audit_commit *commit, mr_error *err);

/*
 * Takes in the rows that were added since the last time, in the order of commits.
 *
 * fn:     called with each before it is counted; NULL: nobody looks on.
 * Errors: MR_CORRUPT (a row that does not read, records said to be delivered whose bytes are in no
 *         object), those of the database and of fn.
 */
MR_NODISCARD mr_code mr_audit_read(mr_audit *audit, mr_db *db, mr_audit_fn fn, void *context,
                                   mr_error *err);

/* In records of the source; an aggregated one counts where its last sub-record is, and is pending
 * while any of them is. stored = settled once or more + pending, where `before` is not counted at
 * all. */
typedef struct mr_audit_counts {
    uint64_t stored;                      /* in the source since the delivery stream was made */
    uint64_t delivered, failed;           /* in main and error output, each copy counted */
    uint64_t dropped, discarded, expired; /* settled without an object */
    uint64_t pending;                     /* in no commit */
    uint64_t again;                       /* settled once more than they should be */
    uint64_t disordered; /* objects (by shard) in which a record follows a later one */
    uint64_t backed_up, backup_discarded, backup_expired, backup_again;
    uint64_t backup_pending; /* 0 without a backup */
} mr_audit_counts;
mr_audit_counts mr_audit_count(const mr_audit *audit, mr_delivery *delivery);

/* Records expired, or lost to damage, below a number are no mistake; those that are said to have
 * expired and still lie in the source are. The count of the latter. */
uint64_t mr_audit_expired_too_early(const mr_audit *audit, mr_delivery *delivery);

/* That nothing of an idle delivery stream is missing. Errors: MR_CORRUPT, naming shard and sum. */
MR_NODISCARD mr_code mr_audit_check(const mr_audit *audit, mr_delivery *delivery, mr_error *err);

#endif
