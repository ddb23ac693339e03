/*
 * mapping_settings.h - the settings of an event source mapping: what AWS would refuse, copies, and
 * the words that stand for some of them.
 */
#ifndef MR_SIM_MAPPING_MAPPING_SETTINGS_H
#define MR_SIM_MAPPING_MAPPING_SETTINGS_H

#include "sim/mapping/mapping.h"

/* Every text copied. */
mr_mapping_settings mr_mapping_settings_copy(const mr_mapping_settings *settings);
void mr_mapping_settings_deinit(mr_mapping_settings *settings); /* of a copy; zeroed is fine */

/* "LATEST" and so on. */
const char *mr_mapping_starting_name(mr_iterator_type starting);
/* False when it is none of the three. */
MR_NODISCARD bool mr_mapping_starting_of(const char *name, mr_iterator_type *out);

/* The bucket of "arn:aws:s3:::bucket", a part of the text; NULL of any other text. */
const char *mr_mapping_failure_bucket(const char *failure_arn);

#endif
