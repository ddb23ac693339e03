/* walk.h - ways through the world that several views take. */
#ifndef MR_SRC_WEB_WALK_H
#define MR_SRC_WEB_WALK_H

#include "sim/sim.h"

/* Calls fn for each delivery stream, whatever its state, in byte order of names. fn neither makes
 * nor removes one. */
void mr_walk_deliveries(mr_sim *sim, void (*fn)(void *context, mr_delivery_stream *stream),
                        void *context);

/* The function's name in its name or ARN: "decode" of "arn:aws:lambda:...:function:decode". NULL of
 * NULL. Borrowed. */
const char *mr_function_short_name(const char *name_or_arn);

/* The stream's name in its ARN: what follows the '/'. NULL of NULL, and where there is none. */
const char *mr_stream_short_name(const char *arn);

#endif
