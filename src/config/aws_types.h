/*
 * aws_types.h - the names of AWS's resource types, to tell one that millrace does not model from
 * one that is misspelt.
 *
 * The rule (mr_type_look_up() in schema.h): a type of the list is known; Custom::* and the few
 * types outside AWS:: are too. One that is not in the list but near one that is, is misspelt. Any
 * other word after the name of a service is taken for a type that is newer than the list. Anything
 * else is no type.
 */
#ifndef MR_SRC_CONFIG_AWS_TYPES_H
#define MR_SRC_CONFIG_AWS_TYPES_H

#include "sim/base/base.h"

typedef struct mr_aws_service {
    const char *name;  /* "Kinesis" */
    const char *types; /* "ResourcePolicy Stream StreamConsumer": in byte order, parted by blanks */
} mr_aws_service;

/* In the order of names. */
const mr_aws_service *mr_aws_services(size_t *count);

#endif
