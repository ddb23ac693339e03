/* delivery_config_private.h - reading members of a configuration, for delivery_config.c (what it
 * means) and delivery_config_forms.c (what it becomes). A member that is null is absent. */
#ifndef MR_SIM_FIREHOSE_DELIVERY_CONFIG_PRIVATE_H
#define MR_SIM_FIREHOSE_DELIVERY_CONFIG_PRIVATE_H

#include "sim/firehose/delivery_config.h"

const cJSON *mr_config_get(const cJSON *object, const char *name); /* NULL: absent; or no object */
const char *mr_config_text(const cJSON *object, const char *name); /* NULL: absent */
bool mr_config_bool(const cJSON *object, const char *name, bool otherwise);

bool mr_config_is_lambda(const cJSON *processor);
/* The ParameterValue of a processor; NULL: it is not given. */
const char *mr_config_parameter(const cJSON *processor, const char *name);

#endif
