/*
 * commitment.h - the account's minimum throughput billing commitment, the one setting of an
 * account: while it is on, on-demand streams may have warm throughput.
 *
 *   DISABLED --enable--> ENABLED --disable, after 24 hours--> DISABLED
 *   ENABLED --disable, before--> ENABLED_UNTIL_EARLIEST_ALLOWED_END --24 hours--> DISABLED
 *   ENABLED_UNTIL_EARLIEST_ALLOWED_END --enable--> ENABLED, as if nothing had been asked
 *
 * Times are times of day: they are what is shown. Kept in catalog.db. Nothing is billed.
 *
 * Source: API Reference, "UpdateAccountSettings", "MinimumThroughputBillingCommitmentInput".
 */
#ifndef MR_SIM_STREAM_COMMITMENT_H
#define MR_SIM_STREAM_COMMITMENT_H

#include "sim/stream/stream.h"

#define MR_COMMITMENT_LEAST_US INT64_C(86400000000) /* 24 hours */

typedef enum mr_commitment_status {
    MR_COMMITMENT_DISABLED,
    MR_COMMITMENT_ENABLED,
    MR_COMMITMENT_ENDING, /* ENABLED_UNTIL_EARLIEST_ALLOWED_END */
    MR_COMMITMENT_STATUS_COUNT
} mr_commitment_status;

const char *mr_commitment_status_name(mr_commitment_status status); /* as AWS spells it. Static */

typedef struct mr_commitment {
    mr_commitment_status status;
    int64_t started_us;      /* 0: never */
    int64_t ended_us;        /* 0: not yet, or never begun */
    int64_t earliest_end_us; /* while it is on; 0: it is off */
} mr_commitment;

/* out: written on MR_OK alone. Errors: those of the database. */
MR_NODISCARD mr_code mr_commitment_get(mr_streams *streams, mr_commitment *out, mr_error *err);
/* Asks for it or ends it; what is so already is fine. Errors: those of the database. */
MR_NODISCARD mr_code mr_commitment_set(mr_streams *streams, bool enabled, mr_error *err);
/* Errors: MR_INVALID_ARGUMENT while it is off, naming the stream that would need it; those of the
 * database. */
MR_NODISCARD mr_code mr_commitment_require(mr_streams *streams, const char *stream, mr_error *err);

#endif
