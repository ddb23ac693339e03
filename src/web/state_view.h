/*
 * state_view.h - the world as it stands, as one JSON object: what the console draws ten times a
 * second, and the same for scripts. Counters and gauges alone: nothing here reads a record, an
 * object or the database.
 */
#ifndef MR_SRC_WEB_STATE_VIEW_H
#define MR_SRC_WEB_STATE_VIEW_H

#include "sim/base/json.h"
#include "src/web/web.h"

#define MR_STATE_BYTES_MAX (16 * MR_MIB)

/* Writes the object State. */
void mr_state_write(mr_json *json, const mr_web *web);
/* Writes the object Topology: what feeds what. */
void mr_topology_write(mr_json *json, const mr_web *web);

/* Writes the object Input: the pipeline's input of this place. */
void mr_input_write(mr_json *json, const mr_web *web, size_t place);

extern const mr_web_shape mr_state_shape;
extern const mr_web_shape mr_input_shape;
extern const mr_web_shape mr_topology_shape;

#endif
