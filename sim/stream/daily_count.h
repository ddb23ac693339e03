/*
 * daily_count.h - what AWS allows a stream so many times in 24 hours: new shard counts, changes of
 * mode, starts of encryption. Kept in catalog.db, private to sim/stream.
 */
#ifndef MR_SIM_STREAM_DAILY_COUNT_H
#define MR_SIM_STREAM_DAILY_COUNT_H

#include "sim/stream/stream.h"

/* Counts the action now, and forgets those of more than 24 hours ago. action: AWS's name of the
 * operation. Errors: those of the database. */
MR_NODISCARD mr_code mr_daily_note(mr_stream *stream, const char *action, mr_error *err);

/* Errors: MR_LIMIT_EXCEEDED when it was counted `most` times in the last 24 hours, those of the
 * database. */
MR_NODISCARD mr_code mr_daily_require(mr_stream *stream, const char *action, uint32_t most,
                                      mr_error *err);

#endif
