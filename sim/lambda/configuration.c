/* configuration.c - see configuration.h. */
#include "sim/lambda/configuration.h"

#include "sim/base/alloc.h"
#include "sim/lambda/runtime_name.h"

mr_configuration mr_configuration_make(const char *name)
{
    mr_configuration c = {.timeout_s = MR_LAMBDA_TIMEOUT_DEFAULT,
                          .memory_mib = MR_LAMBDA_MEMORY_DEFAULT,
                          .storage_mib = MR_LAMBDA_STORAGE_DEFAULT};
    c.texts[MR_SETTING_DESCRIPTION] = mr_strdup("");
    c.texts[MR_SETTING_ARCHITECTURE] = mr_strdup("x86_64");
    c.texts[MR_SETTING_TRACING_MODE] = mr_strdup("PassThrough");
    c.texts[MR_SETTING_SNAP_START] = mr_strdup("None");
    c.texts[MR_SETTING_LOG_FORMAT] = mr_strdup("Text");
    c.texts[MR_SETTING_LOG_GROUP] = mr_format("/aws/lambda/%s", name);
    return c;
}

mr_configuration mr_configuration_copy(const mr_configuration *configuration)
{
    mr_configuration c = *configuration;
    for (int i = 0; i < MR_SETTING_COUNT; i++) {
        c.texts[i] = mr_strdup(configuration->texts[i]);
    }
    c.variables = NULL;
    c.variable_count = 0;
    for (size_t i = 0; i < configuration->variable_count; i++) {
        mr_configuration_add_variable(&c, configuration->variables[i].name,
                                      configuration->variables[i].value);
    }
    return c;
}

static void free_variables(mr_configuration *configuration)
{
    for (size_t i = 0; i < configuration->variable_count; i++) {
        mr_free(configuration->variables[i].name);
        mr_free(configuration->variables[i].value);
    }
    mr_free(configuration->variables);
    configuration->variables = NULL;
    configuration->variable_count = 0;
}

void mr_configuration_deinit(mr_configuration *configuration)
{
    for (int i = 0; i < MR_SETTING_COUNT; i++) {
        mr_free(configuration->texts[i]);
    }
    free_variables(configuration);
    *configuration = (mr_configuration){.timeout_s = 0};
}

void mr_configuration_set(mr_configuration *configuration, mr_setting setting, const char *text)
{
    char *copy = mr_strdup(text);
    mr_free(configuration->texts[setting]);
    configuration->texts[setting] = copy;
}

void mr_configuration_clear_variables(mr_configuration *configuration)
{
    free_variables(configuration);
    configuration->has_variables = true;
}

void mr_configuration_add_variable(mr_configuration *configuration, const char *name,
                                   const char *value)
{
    configuration->has_variables = true;
    configuration->variables =
        mr_reallocarray(configuration->variables, configuration->variable_count + 1,
                        sizeof(*configuration->variables));
    configuration->variables[configuration->variable_count++] =
        (mr_variable){mr_strdup(name), mr_strdup(value)};
}

char **mr_configuration_environment(const mr_configuration *configuration)
{
    char **out = mr_calloc(configuration->variable_count + 1, sizeof(*out));
    for (size_t i = 0; i < configuration->variable_count; i++) {
        out[i] =
            mr_format("%s=%s", configuration->variables[i].name, configuration->variables[i].value);
    }
    return out;
}

void mr_configuration_environment_free(char **environment)
{
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
        mr_free(environment[i]);
    }
    mr_free(environment);
}

/* ---- what is refused ---- */

bool mr_variable_is_reserved(const char *name)
{
    static const char *const reserved[] = {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    };
    for (size_t i = 0; i < MR_COUNT(reserved); i++) {
        if (strcmp(name, reserved[i]) == 0) {
            return true;
        }
    }
    return false;
}

#define CANNOT_SET                                                                                 \
    "Lambda was unable to configure your environment variables because the environment variables " \
    "you have provided "

static mr_code check_variables(const mr_configuration *configuration, mr_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < configuration->variable_count; i++) {
        const mr_variable *variable = &configuration->variables[i];
        if (mr_variable_is_reserved(variable->name)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                CANNOT_SET "contains reserved keys that are currently not "
                                           "supported for modification. Reserved keys used in this "
                                           "request: %s",
                                variable->name);
        }
        bytes += strlen(variable->name) + strlen(variable->value);
    }
    if (bytes > MR_LAMBDA_VARIABLES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            CANNOT_SET "exceeded the 4KB limit: they are %zu bytes", bytes);
    }
    return MR_OK;
}

mr_code mr_configuration_check(const mr_configuration *configuration, mr_error *err)
{
    const char *runtime = configuration->texts[MR_SETTING_RUNTIME];
    if (runtime == NULL || configuration->texts[MR_SETTING_HANDLER] == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Runtime and Handler are mandatory parameters for functions created "
                            "with deployment packages.");
    }
    if (configuration->timeout_s < 1 || configuration->timeout_s > MR_LAMBDA_TIMEOUT_MAX_S ||
        configuration->memory_mib < MR_LAMBDA_MEMORY_DEFAULT ||
        configuration->memory_mib > MR_LAMBDA_MEMORY_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Timeout must be between 1 and %d seconds, and MemorySize between %d "
                            "and %d MB",
                            MR_LAMBDA_TIMEOUT_MAX_S, MR_LAMBDA_MEMORY_DEFAULT,
                            MR_LAMBDA_MEMORY_MAX);
    }
    if (mr_runtime_family_of(runtime) == MR_RUNTIME_FAMILY_UNKNOWN) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Value %.100s at 'runtime' failed to satisfy constraint: Member must "
                            "satisfy enum value set: [python3.13, nodejs22.x, provided.al2023, "
                            "java21, dotnet8, ruby3.4] or be a valid ARN",
                            runtime);
    }
    return check_variables(configuration, err);
}
