/*
 * tree.h - between a decoded input and a JSON tree: for what is kept as it was given (the
 * configuration of a delivery stream), and for answers that are made as a tree.
 */
#ifndef MR_SRC_AWS_TREE_H
#define MR_SRC_AWS_TREE_H

#include "src/aws/shape.h"
#include "src/aws/write.h"

#include <cjson/cJSON.h>

/*
 * The members of a structure that are there, by their names on the wire and in the order of its
 * table. Timestamps and blobs are in no table that this is for (asserted).
 *
 * Returns: owned, cJSON_Delete(); NULL when a text holds a NUL character, which a tree cannot.
 */
cJSON *mr_aws_tree_of(const mr_aws_shape *shape, const void *structure);

/* Writes a tree as a value. Its numbers are integers where they have no fraction. A null is left
 * out of an object, as answers have none. */
void mr_aws_write_tree(mr_aws_writer *writer, const cJSON *tree);
/* The same behind a key. */
void mr_aws_field_tree(mr_aws_writer *writer, const char *key, const cJSON *tree);

#endif
