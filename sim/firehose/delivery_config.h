/*
 * delivery_config.h - the configuration of a delivery stream's destination, as AWS's operations and
 * templates give it, and catalog.db keeps it.
 *
 * A configuration is a JSON object with the members of ExtendedS3DestinationConfiguration, as they
 * were given: what was left out is not there, and every member that is there has the type that AWS
 * demands of it (the front door has seen to that, and to lengths, patterns and ranges). So an
 * update can be merged into it, and a description can tell what was given from what is the default.
 *
 * Behaviour: reference/firehose.md, sections 2.2 to 2.5, 6.1, 7 and 8.
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_CONFIG_H
#define MR_SIM_FIREHOSE_DELIVERY_CONFIG_H

#include "sim/firehose/delivery.h"

#include <cjson/cJSON.h>

/* Reads what mr_delivery_config_text() wrote. NULL: text is no JSON object. Owned: cJSON_Delete().
 */
cJSON *mr_delivery_config_parse(const char *text);
/* One line of JSON, members in the order in which they came. Owned: mr_free(). */
char *mr_delivery_config_text(const cJSON *config);

/*
 * What AWS refuses at creation and after an update, in its own words: what concerns several members
 * at once, and processors. What mr_delivery_options_check() looks at (prefixes, ranges) is left to
 * it.
 *
 * Errors: MR_INVALID_ARGUMENT; MR_UNSUPPORTED, naming the member, for what does not run here.
 */
MR_NODISCARD mr_code mr_delivery_config_check(const cJSON *config, mr_error *err);

/*
 * Merges an update (the members of ExtendedS3DestinationUpdate) into a configuration: members that
 * it does not have keep their values, and S3BackupUpdate is merged into S3BackupConfiguration.
 * BufferingHints, EncryptionConfiguration and ProcessingConfiguration are replaced whole.
 *
 * *merged: out; owned by the caller, written on MR_OK alone. It is not checked yet.
 * Errors:  MR_INVALID_ARGUMENT: what can be set at creation alone, or never taken back.
 */
MR_NODISCARD mr_code mr_delivery_config_merge(const cJSON *config, const cJSON *update,
                                              cJSON **merged, mr_error *err);

/* Where two configurations differ first, in the order of the wanted one's members, as in
 * "BufferingHints.SizeInMBs is 5, not 1". NULL: nowhere. Owned: mr_free(). */
char *mr_delivery_config_difference(const cJSON *kept, const cJSON *wanted);

/* What the delivery stream is to do: fills everything of options but name, version and source.
 * config: that mr_delivery_config_check() takes; borrowed as long as options are used. */
void mr_delivery_config_options(const cJSON *config, mr_delivery_options *options);

/* S3DestinationDescription, or ExtendedS3DestinationDescription: with defaults filled in. Owned:
 * cJSON_Delete(). */
cJSON *mr_delivery_config_describe(const cJSON *config, bool extended);

#endif
