/*
 * segment.h - names as segments of a path, so that everything has an address.
 *
 * A data stream may be called "..": a browser takes such a segment for a step up, also as "%2e%2e",
 * and an empty one is passed over. So a name that is "", "." or "..", and one that begins with '~',
 * is spelled with a '~' in front: "~..". Any other name is only percent-encoded, and what is not
 * spelled like this ("~a") is taken as it is. The console's scripts do the same
 * (console/src/address.js).
 */
#ifndef MR_SRC_WEB_SEGMENT_H
#define MR_SRC_WEB_SEGMENT_H

#include "sim/base/strbuf.h"

/* Appends the name, percent-encoded, slashes as well. */
void mr_segment_encode(mr_strbuf *out, mr_bytes name);
/* Appends the name that the segment spells. Never longer than it. */
void mr_segment_decode(mr_strbuf *out, mr_bytes segment);

/* The same of several, joined by '/': "clicks/shardId-0". A '/' at the end stays one. */
void mr_segments_encode(mr_strbuf *out, mr_bytes names);
void mr_segments_decode(mr_strbuf *out, mr_bytes path);

#endif
