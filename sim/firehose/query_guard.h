/*
 * query_guard.h - which MetadataExtractionQuery is taken: those jq programs whose time and memory
 * are bounded by the record, and whose answer depends on the record alone.
 *
 * jq is a whole language. `[range(1e9)]` takes minutes, `.+.|.+.|...` doubles what it has with each
 * step, `env` and `now` answer otherwise tomorrow, and the library that runs a program has no limit
 * of steps or bytes that could stop it. So a query is read here before the library sees it, by jq's
 * own grammar and precedence, and what is not known to be bounded is refused at creation, by name:
 *
 *   - taken are paths, slices, `.[]`, literals, string interpolation, operators but `*`, `//`,
 *     if/then/else/end, `?`, array and object constructors, and the functions of a list;
 *   - refused are definitions, variables, reduce, foreach, recursion, regular expressions,
 *     assignment, everything that looks at the clock, the environment or the input's name;
 *   - several values (`.[]`, a comma) may be made only to be gathered again by [...] or map(): an
 *     operator that gets several on both sides multiplies them;
 *   - what the query can make of a record is at most MR_QUERY_GROWTH_MAX times the record, counted
 *     as if every step made as much as it ever can (text grows sixfold when each of its characters
 *     is escaped).
 *
 * The last stage must be an object constructor with literal keys: these are the partition keys.
 * Everything that reference/firehose.md section 7 has seen in real templates is taken.
 */
#ifndef MR_SIM_FIREHOSE_QUERY_GUARD_H
#define MR_SIM_FIREHOSE_QUERY_GUARD_H

#include "sim/base/error.h"

#define MR_QUERY_BYTES_MAX  5120 /* of a processor's parameter */
#define MR_QUERY_GROWTH_MAX 512
#define MR_QUERY_KEYS_MAX   50

/* The keys that a query gives, in its order. Zeroed is empty. */
typedef struct mr_query_keys {
    char *names[MR_QUERY_KEYS_MAX]; /* owned */
    size_t count;
} mr_query_keys;

void mr_query_keys_deinit(mr_query_keys *keys);

/*
 * Reads a query.
 *
 * out:    empty; filled on MR_OK alone.
 * Errors: MR_INVALID_ARGUMENT: it is no object constructor that jq would take; MR_UNSUPPORTED: jq
 *         would, and it is not bounded, or not known here. Messages name the place and the word.
 */
MR_NODISCARD mr_code mr_query_guard(const char *query, mr_query_keys *out, mr_error *err);

#endif
