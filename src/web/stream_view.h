/*
 * stream_view.h - a data stream and its shards as the web side shows them: who came of whom, which
 * share of the hash keys each covers, which records are kept.
 */
#ifndef MR_SRC_WEB_STREAM_VIEW_H
#define MR_SRC_WEB_STREAM_VIEW_H

#include "sim/base/json.h"
#include "sim/stream/stream.h"
#include "src/web/shape.h"

/* Room for every stream: MR_SHARDS_MAX shards of at most 700 bytes. */
#define MR_STREAM_VIEW_BYTES_MAX (16 * (size_t)MR_MIB)

void mr_stream_view_write(mr_json *json, mr_stream *stream); /* as an object */
extern const mr_web_shape mr_stream_view_shape;              /* what is written */

/* Where a hash key lies on the line of them all: 0 to below 1. */
double mr_hash_key_share(mr_u128 key);

#endif
