/*
 * lambda_shapes.h - what the operations of Lambda take: one struct and one table each.
 *
 * A handler is given its struct decoded and validated. A zeroed member is absent (src/aws/shape.h).
 * Members in the path and the query stand in the tables too (src/aws/rest.h).
 *
 * Source: Lambda API Reference, 2015-03-31, and its model.
 */
#ifndef MR_SRC_API_LAMBDA_SHAPES_H
#define MR_SRC_API_LAMBDA_SHAPES_H

#include "src/aws/shape.h"

/* A function alone: GetFunctionCodeSigningConfig and others. */
typedef struct mr_lambda_name_in {
    bool has;
    mr_bytes function_name;
} mr_lambda_name_in;

extern const mr_aws_input mr_lambda_get_code_signing_input;

#endif
