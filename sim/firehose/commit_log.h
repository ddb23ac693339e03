/*
 * commit_log.h - the table delivery_commits: which commit settled which records, and how.
 *
 * Positions (coverage.h) say that a record is done with; the log says what became of it: in which
 * object it is, or that it was dropped, given up or gone. Each row is written in the transaction
 * that moves the positions, so the two cannot disagree but by a mistake of ours: audit.h compares
 * them with the records of the source.
 */
#ifndef MR_SIM_FIREHOSE_COMMIT_LOG_H
#define MR_SIM_FIREHOSE_COMMIT_LOG_H

#include "sim/firehose/coverage.h"

typedef enum mr_commit_outcome {
    MR_COMMIT_DELIVERED, /* main, backup: in the object, or without data; error: an error record */
    MR_COMMIT_DROPPED,   /* by the transformation */
    MR_COMMIT_DISCARDED, /* given up: puts were refused until the retention of the source ended */
    MR_COMMIT_EXPIRED,   /* gone from the source before they were read */
    MR_COMMIT_BEFORE,    /* put before the delivery stream, or its backup, was there */
    MR_COMMIT_EARLIER,   /* delivered by a millrace that kept no log */
    MR_COMMIT_OUTCOME_COUNT
} mr_commit_outcome;

const char *mr_commit_outcome_name(mr_commit_outcome outcome); /* "delivered", "dropped" ... */
/* False when there is none so called. */
MR_NODISCARD bool mr_commit_outcome_of(const char *name, mr_commit_outcome *out);

/* What one commit did with the records of one shard. Borrowed for the call. */
typedef struct mr_commit_entry {
    const char *delivery, *sink, *shard;
    mr_commit_outcome outcome;
    const mr_ranges *ranges;  /* in the order in which the records were written */
    uint64_t bytes;           /* of the whole object, before compression */
    const char *bucket, *key; /* of the object; NULL: there is none */
} mr_commit_entry;

/* Adds a row, in the caller's transaction; none for no ranges. Errors: those of the database. */
MR_NODISCARD mr_code mr_commit_log_add(mr_db *db, const mr_commit_entry *entry, mr_error *err);

#endif
