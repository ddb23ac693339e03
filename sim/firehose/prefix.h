/*
 * prefix.h - where an object goes: Firehose's prefix expressions and object names.
 *
 * Source: reference/firehose.md sections 4.2 and 4.3, which follow what AWS was seen to do where
 * the guide differs.
 */
#ifndef MR_SIM_FIREHOSE_PREFIX_H
#define MR_SIM_FIREHOSE_PREFIX_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"
#include "sim/time/rng.h"

typedef struct mr_prefix mr_prefix; /* Prefix and ErrorOutputPrefix of one destination, compiled */

/* Where the value of a partition key comes from. */
typedef enum mr_key_source {
    MR_KEY_FROM_QUERY, /* !{partitionKeyFromQuery:name} */
    MR_KEY_FROM_LAMBDA /* !{partitionKeyFromLambda:name} */
} mr_key_source;

typedef struct mr_prefix_key {
    mr_key_source source;
    const char *name;
} mr_prefix_key;

typedef struct mr_prefix_options {
    const char *prefix;              /* NULL: none */
    const char *error_output_prefix; /* NULL: none */
    const char *time_zone;           /* CustomTimeZone; NULL: UTC */
    bool is_backup;                  /* a backup destination: error prefixes are not used */
    bool has_partitions;             /* dynamic partitioning: Prefix must name a partition key */
} mr_prefix_options;

/* Errors: MR_INVALID_ARGUMENT with Firehose's own message; MR_UNSUPPORTED: a pattern letter that
 * Firehose takes and date_pattern.h does not know. */
MR_NODISCARD mr_code mr_prefix_new(const mr_prefix_options *options, mr_prefix **out,
                                   mr_error *err);
void mr_prefix_free(mr_prefix *prefix); /* NULL is fine */

/* The partition keys that Prefix names, each once, in the order in which they come first. Borrowed;
 * none without dynamic partitioning. */
const mr_prefix_key *mr_prefix_keys(const mr_prefix *prefix, size_t *count);

/*
 * Appends what tells one partition from another: the prefix with the keys' values put in, and with
 * the other expressions, which an object's own time and chance decide, as marks. So values that
 * evaluate to one prefix are one partition.
 *
 * values:  one for each of mr_prefix_keys(); none holds a NUL.
 * Returns: false when the evaluated prefix could pass 512 bytes.
 */
MR_NODISCARD bool mr_prefix_partition(const mr_prefix *prefix, const mr_bytes *values,
                                      mr_strbuf *out);

typedef struct mr_object_name {
    const char *delivery;   /* delivery stream name */
    const char *version;    /* VersionId: "1" */
    int64_t time_us;        /* arrival of the oldest record in the object */
    const char *error_type; /* NULL: a good object; else "processing-failed" ... */
    const char *extension;  /* ".gz", "" */
    const mr_bytes *values; /* of mr_prefix_keys(); NULL where there is none */
} mr_object_name;

/* Appends <evaluated prefix><name>-<version>-<yyyy-MM-dd-HH-mm-ss>-<uuid><extension>. Chance
 * (random-string, the uuid) comes from prng. */
void mr_prefix_object_key(const mr_prefix *prefix, const mr_object_name *name, mr_prng *prng,
                          mr_strbuf *out);

/* Offset of an allowed CustomTimeZone at an instant, in microseconds to add to UTC. The zone's
 * present rule serves all instants. False: not a zone that Firehose takes, or one without a rule
 * (time_zone.c says which). */
MR_NODISCARD bool mr_time_zone_offset(const char *zone, int64_t time_us, int64_t *offset_us);

#endif
