/*
 * configuration.h - the settings of a function, as CreateFunction takes and GetFunction gives them.
 *
 * A value: it owns its texts and is copied whole. Those that are optional are NULL when nobody gave
 * them, and are then not shown either.
 *
 * Source: reference/lambda.md sections 2 and 5.
 */
#ifndef MR_SIM_LAMBDA_CONFIGURATION_H
#define MR_SIM_LAMBDA_CONFIGURATION_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

#define MR_LAMBDA_TIMEOUT_MAX_S   900
#define MR_LAMBDA_VARIABLES_MAX   4096 /* bytes of names and values together */
#define MR_LAMBDA_TIMEOUT_DEFAULT 3
#define MR_LAMBDA_MEMORY_DEFAULT  128
#define MR_LAMBDA_MEMORY_MAX      10240
#define MR_LAMBDA_STORAGE_DEFAULT 512

/* The settings that are texts. */
typedef enum mr_setting {
    MR_SETTING_RUNTIME, /* optional, as are all up to ROLE */
    MR_SETTING_HANDLER,
    MR_SETTING_ROLE,
    MR_SETTING_DESCRIPTION,
    MR_SETTING_ARCHITECTURE,
    MR_SETTING_TRACING_MODE,
    MR_SETTING_SNAP_START,
    MR_SETTING_LOG_FORMAT,
    MR_SETTING_LOG_GROUP,
    MR_SETTING_APPLICATION_LOG_LEVEL, /* optional */
    MR_SETTING_SYSTEM_LOG_LEVEL,      /* optional */
    MR_SETTING_DEAD_LETTER_ARN,       /* optional */
    MR_SETTING_COUNT
} mr_setting;

typedef struct mr_variable {
    char *name, *value;
} mr_variable;

typedef struct mr_configuration {
    char *texts[MR_SETTING_COUNT];
    int64_t timeout_s;
    int64_t memory_mib, storage_mib;
    bool has_variables; /* Environment was given, perhaps empty */
    mr_variable *variables;
    size_t variable_count;
} mr_configuration;

/* What a function of this name has when nothing is said. Release with mr_configuration_deinit(). */
mr_configuration mr_configuration_make(const char *name);
mr_configuration mr_configuration_copy(const mr_configuration *configuration);
void mr_configuration_deinit(mr_configuration *configuration); /* a zeroed one is fine */

/* text: copied; NULL: none. */
void mr_configuration_set(mr_configuration *configuration, mr_setting setting, const char *text);
void mr_configuration_clear_variables(mr_configuration *configuration); /* given, and empty */
void mr_configuration_add_variable(mr_configuration *configuration, const char *name,
                                   const char *value);

/* "NAME=value" texts, ended by NULL. Owned: mr_configuration_environment_free(). */
char **mr_configuration_environment(const mr_configuration *configuration);
void mr_configuration_environment_free(char **environment);

/* What no client may set. */
bool mr_variable_is_reserved(const char *name);

/* What AWS refuses behind the limits of the single members. Errors: MR_INVALID_ARGUMENT in its
 * words. */
MR_NODISCARD mr_code mr_configuration_check(const mr_configuration *configuration, mr_error *err);

#endif
