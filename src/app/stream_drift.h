/*
 * stream_drift.h - where the streams of a template are there already, and are not what it says.
 *
 * `serve` keeps a stream that it finds: its records would go with it. What a changed template asks
 * of it is then not done, and the user has to be told.
 */
#ifndef MR_SRC_APP_STREAM_DRIFT_H
#define MR_SRC_APP_STREAM_DRIFT_H

#include "sim/stream/stream.h"
#include "src/config/plan.h"

/* stream: its name. Both are borrowed for the call. text: "template.yaml:12: stream rides is kept
 * as it is: ShardCount is 4 (the template says 2). Change it by the API, or start anew with
 * --replace". */
typedef void (*mr_drift_fn)(void *context, const char *stream, const char *text);

/* Calls fn for each stream of the plan that is there with another shard count, retention period,
 * record size or capacity mode, in the order of the plan. To be called before the plan's streams
 * are made. The shard count of an on-demand stream is the service's own and is not compared. */
void mr_stream_drift_tell(mr_streams *streams, const mr_plan *plan, mr_drift_fn fn, void *context);

#endif
