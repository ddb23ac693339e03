/*
 * value.h - texts of a template as numbers and truths. AWS coerces: 3, "3" and '3' are the same
 * number, true and "true" the same truth.
 */
#ifndef MR_SRC_CONFIG_VALUE_H
#define MR_SRC_CONFIG_VALUE_H

#include "src/config/node.h"

/* False when node is no text, or no such value. */
bool mr_value_int(const mr_node *node, int64_t *out);
bool mr_value_double(const mr_node *node, double *out); /* finite, decimal */
bool mr_value_bool(const mr_node *node, bool *out);     /* true, false, True, TRUE ... 1, 0 */

/* The value of a key that the schema has checked; otherwise when it is absent or unknown. */
int64_t mr_value_get_int(const mr_node *map, const char *key, int64_t otherwise);
double mr_value_get_double(const mr_node *map, const char *key, double otherwise);
bool mr_value_get_bool(const mr_node *map, const char *key, bool otherwise);

/* ASCII letters of a text in lower case, in place. */
void mr_value_lower(char *text);

#endif
