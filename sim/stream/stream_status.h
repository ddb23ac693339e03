/*
 * stream_status.h - where a data stream and its consumers stand, and how they go on by themselves.
 *
 *   CREATING --delay--> ACTIVE --a change--> UPDATING --delay: the change is done--> ACTIVE
 *   any of them --delete--> DELETING --delay--> gone
 *
 * The delay is mr_streams_options.state_delay_us. When it is 0 nobody sees a state but ACTIVE: the
 * call itself does everything. Otherwise a timer of the world's clock ends the state. Its due time
 * and the change are in catalog.db, so that a restart goes on: what was due by then ends in the
 * opening, and no state lasts longer than the delay of the world that was opened.
 *
 * While a stream is CREATING, puts do not find it, its shards are not listed and have no iterators.
 * While it is UPDATING, reads and writes go on, and other changes are refused. While it is DELETING
 * it is shown and can be read, and puts do not find it.
 *
 * A change (split, merge, shard count, mode, encryption, warm throughput) is checked when it is
 * asked for, and done when UPDATING ends.
 *
 * Source: kinesis.md section 8; API Reference, "SplitShard", "StartStreamEncryption".
 */
#ifndef MR_SIM_STREAM_STREAM_STATUS_H
#define MR_SIM_STREAM_STREAM_STATUS_H

#include "sim/stream/stream.h"

/* StreamStatus and ConsumerStatus; a consumer is never UPDATING. */
typedef enum mr_status {
    MR_STATUS_ACTIVE,
    MR_STATUS_CREATING,
    MR_STATUS_UPDATING,
    MR_STATUS_DELETING,
    MR_STATUS_COUNT
} mr_status;

const char *mr_status_name(mr_status status); /* "ACTIVE". Static */

mr_status mr_stream_status(const mr_stream *stream);

/* Errors: MR_STREAM_NOT_ACTIVE, naming the state. */
MR_NODISCARD mr_code mr_stream_require_active(const mr_stream *stream, mr_error *err);

#endif
