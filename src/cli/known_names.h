/*
 * known_names.h - the names that a running server knows, as its topology
 * (/_millrace/api/topology) tells them: for what is said of a name that it does not know.
 */
#ifndef MR_SRC_CLI_KNOWN_NAMES_H
#define MR_SRC_CLI_KNOWN_NAMES_H

#include "src/net/control_client.h"

/* The name of the stream that the server's template calls so; NULL: there is none of that logical
 * id, or that is its name. Borrowed from the topology. */
const char *cli_known_stream(const cJSON *topology, const char *logical_id);

/*
 * Whether a fault's target could be something that is there.
 *
 * kind:   what the target names: "shard", "stream", "function" or "object"; of another one nothing
 *         is known, and all is taken for there. Shards and objects that may come to a stream or a
 *         bucket count as well.
 * target: a pattern with *.
 */
bool cli_known_target(const cJSON *topology, const char *kind, const char *target);

/* For a stream that the server does not know: where its template has one of that logical id, says
 * so in err, whose code stays; otherwise, or when the server cannot be asked, err stays as it is.
 */
void cli_known_stream_hint(mr_control_client *client, const char *stream, mr_error *err);

#endif
