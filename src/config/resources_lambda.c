/* resources_lambda.c - AWS::Lambda::Function and AWS::Serverless::Function. See builder.h. Source:
 * reference/lambda.md sections 2, 3 and 5. */
#include "sim/base/fs.h"
#include "sim/lambda/configuration.h"
#include "sim/lambda/runtime_name.h"
#include "src/config/builder.h"
#include "src/config/millrace_metadata.h"
#include "src/config/value.h"
#include "src/platform/platform.h"

/* ---- handler files ---- */

static bool is_there(const char *path)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    return fs->stat(fs, path, &info, NULL) == MR_OK;
}

/* One of directory/stem + ending, endings parted by blanks ("" included as "-"). */
static bool has_file(const mr_template *template, const char *directory, const char *stem,
                     const char *endings)
{
    for (const char *p = endings; *p != '\0';) {
        size_t len = strcspn(p, " ");
        bool bare = len == 1 && p[0] == '-';
        if (is_there(mr_arena_format(template->arena, "%s/%s%.*s", directory, stem,
                                     bare ? 0 : (int)len, p))) {
            return true;
        }
        p += len + (p[len] == ' ' ? 1 : 0);
    }
    return false;
}

/* NULL, or why the handler cannot be found in the folder. */
static const char *handler_problem(const mr_template *template, mr_runtime_family family,
                                   const char *handler, const char *directory)
{
    if (family == MR_RUNTIME_FAMILY_CUSTOM) {
        return has_file(template, directory, "bootstrap", "-")
                   ? NULL
                   : mr_arena_format(template->arena,
                                     "Runtime.InvalidEntrypoint: there is no executable file "
                                     "bootstrap in %s",
                                     directory);
    }
    const char *slash = strrchr(handler, '/');
    const char *dot = family == MR_RUNTIME_FAMILY_PYTHON
                          ? strrchr(handler, '.')
                          : strchr(slash == NULL ? handler : slash, '.');
    if (dot == NULL || dot == handler || dot[1] == '\0' ||
        (family == MR_RUNTIME_FAMILY_NODE && strstr(handler, "..") != NULL)) {
        return mr_arena_format(template->arena,
                               "Runtime.MalformedHandlerName: Handler is FILE.FUNCTION, without "
                               "the file's ending, not %s",
                               handler);
    }
    char *stem = mr_arena_copy(template->arena, (mr_bytes){handler, (size_t)(dot - handler)});
    for (char *c = stem; family == MR_RUNTIME_FAMILY_PYTHON && *c != '\0'; c++) {
        if (*c == '.') { /* package.module */
            *c = '/';
        }
    }
    const char *endings =
        family == MR_RUNTIME_FAMILY_PYTHON ? ".py /__init__.py .so .pyc" : "- .js .mjs .cjs";
    if (has_file(template, directory, stem, endings)) {
        return NULL;
    }
    return mr_arena_format(
        template->arena, "Runtime.ImportModuleError: Handler %s is in %s%s, which is not in %s",
        handler, stem, family == MR_RUNTIME_FAMILY_PYTHON ? ".py" : ".js (.mjs, .cjs)", directory);
}

static const char *inline_problem(mr_runtime_family family, const char *handler)
{
    if (family == MR_RUNTIME_FAMILY_CUSTOM) {
        return "inline code is for Python and Node.js: a custom runtime needs a folder with "
               "bootstrap";
    }
    return strncmp(handler, "index.", 6) == 0 && handler[6] != '\0'
               ? NULL
               : "inline code is the file index, so Handler must be index.FUNCTION";
}

/* ---- environment ---- */

static bool check_variable(const mr_template *template, const mr_node *value, const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (mr_variable_is_reserved(name)) {
        mr_findings_error(template->findings, value,
                          "Lambda was unable to configure your environment variables because the "
                          "environment variables you have provided contains reserved keys that "
                          "are currently not supported for modification. Reserved keys used in "
                          "this request: %s",
                          name);
        return false;
    }
    size_t len = strlen(name);
    if (len < 2 || strchr(letters, name[0]) == NULL ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != len) {
        mr_findings_error(template->findings, value,
                          "1 validation error detected: Value at 'environment.variables' failed to "
                          "satisfy constraint: Map keys must satisfy constraint: [Member must "
                          "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]: %s",
                          name);
        return false;
    }
    return true;
}

/* "NAME=value" texts ended by NULL; NULL when there are none. */
static const char *const *read_environment(const mr_template *template, const mr_node *properties,
                                           bool *refused)
{
    const mr_node *variables = mr_node_find(properties, "Environment.Variables");
    if (!mr_node_is(variables, MR_NODE_MAP) || variables->count == 0) {
        return NULL;
    }
    const char **out = mr_arena_alloc(template->arena, (variables->count + 1) * sizeof(*out));
    size_t bytes = 0;
    for (size_t i = 0; i < variables->count; i++) {
        const mr_node *value = variables->items[i];
        *refused = !check_variable(template, value, variables->keys[i]) || *refused;
        bytes += strlen(variables->keys[i]) + strlen(value->text);
        out[i] = mr_arena_format(template->arena, "%s=%s", variables->keys[i], value->text);
    }
    if (bytes > MR_LAMBDA_VARIABLES_MAX) {
        mr_findings_error(template->findings, variables,
                          "Lambda was unable to configure your environment variables because the "
                          "environment variables you have provided exceeded the 4KB limit: they "
                          "are %zu bytes",
                          bytes);
        *refused = true;
    }
    return out;
}

/* ---- functions ---- */

/* name_or_arn: NULL, a name, a partial or a full ARN. */
static bool means(const char *name_or_arn, const char *name)
{
    if (name_or_arn == NULL) {
        return false;
    }
    const char *mark = strstr(name_or_arn, "function:");
    const char *from = mark == NULL ? name_or_arn : mark + strlen("function:");
    const size_t len = strcspn(from, ":");
    return len == strlen(name) && memcmp(from, name, len) == 0;
}

static bool is_invoked(const mr_plan *plan, const char *name)
{
    bool invoked = false;
    for (size_t i = 0; i < plan->delivery_count && !invoked; i++) {
        invoked = means(plan->deliveries[i].options.function, name);
    }
    for (size_t i = 0; i < plan->mapping_count && !invoked; i++) {
        invoked = means(plan->mappings[i].settings.function, name);
    }
    return invoked;
}

/* What AWS itself would refuse; false with findings. */
static bool check_function(const mr_template *template, const mr_resource *resource)
{
    const mr_node *properties = resource->properties;
    const char *package = mr_node_get_text(properties, "PackageType");
    const mr_node *runtime = mr_node_get(properties, "Runtime");
    if (!mr_build_is_word(resource->name,
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 1,
                          64)) {
        mr_findings_error(template->findings, mr_build_at(resource, "FunctionName"),
                          "1 validation error detected: Value '%s' at 'functionName' failed to "
                          "satisfy constraint: Member must satisfy regular expression pattern: "
                          "[a-zA-Z0-9-_]+, with 1 to 64 characters",
                          resource->name);
        return false;
    }
    if (package != NULL && strcmp(package, "Image") == 0) {
        mr_findings_error(template->findings, mr_node_get(properties, "PackageType"),
                          "container images do not run here; give the code as a folder or a Zip "
                          "package");
        return false;
    }
    if (runtime == NULL || mr_node_get(properties, "Handler") == NULL) {
        mr_findings_error(template->findings, properties,
                          "Runtime and Handler are mandatory parameters for functions created "
                          "with deployment packages.");
        return false;
    }
    if (mr_runtime_family_of(runtime->text) == MR_RUNTIME_FAMILY_UNKNOWN) {
        static const char *const newest[] = {"python3.13", "nodejs22.x", "provided.al2023",
                                             "java21",     "dotnet8",    "ruby3.4"};
        mr_findings_error(
            template->findings, runtime,
            "Value %s at 'runtime' failed to satisfy constraint: Member must "
            "satisfy enum value set, such as [python3.13, nodejs22.x, "
            "provided.al2023], or be a valid ARN%s",
            runtime->text,
            mr_findings_hint(template->findings, runtime->text, newest, MR_COUNT(newest)));
        return false;
    }
    const mr_node *reserved = mr_node_get(properties, "ReservedConcurrentExecutions");
    if (mr_value_get_int(properties, "ReservedConcurrentExecutions", 1) == 0) {
        mr_findings_error(template->findings, reserved,
                          "0 stops every invocation on AWS (TooManyRequestsException); give a "
                          "number of 1 or more, or remove it");
        return false;
    }
    return true;
}

/* Where the function's code is, and why it cannot run here. */
static mr_code_place find_code(const mr_template *template, const mr_resource *resource)
{
    const mr_node *runtime = mr_node_get(resource->properties, "Runtime");
    const mr_node *handler = mr_node_get(resource->properties, "Handler");
    mr_runtime_family family = mr_runtime_family_of(runtime->text);
    mr_code_place code = mr_function_code_find(template, resource);
    if (code.problem != NULL) {
        return code;
    }
    if (family == MR_RUNTIME_FAMILY_OTHER) {
        code.problem = mr_arena_format(
            template->arena,
            "the runtime %s does not run here (python3.N, nodejsN.x and provided do)",
            runtime->text);
        code.remedy = "give Metadata.Millrace.Builtin to run a native equivalent";
        code.at = runtime;
        return code;
    }
    if (code.archive != NULL) { /* what is in it is seen when it is unpacked */
        return code;
    }
    code.problem = code.inline_code != NULL
                       ? inline_problem(family, handler->text)
                       : handler_problem(template, family, handler->text, code.directory);
    code.at = handler;
    return code;
}

void mr_build_function(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    const mr_node *properties = resource->properties;
    bool refused = !check_function(template, resource), builtin_refused;
    const mr_builtin_options *builtin = mr_metadata_builtin(builder, resource, &builtin_refused);
    const char *const *environment = read_environment(template, properties, &refused);
    if (refused || builtin_refused ||
        !mr_build_claim_name(builder, resource, NULL, "Function already exist: $N")) {
        return;
    }
    if (!is_invoked(plan, resource->name)) {
        mr_findings_warn(template->findings, resource->node,
                         "no delivery stream and no event source mapping of this template invokes "
                         "the function: it runs when a client invokes it");
    }
    mr_code_place code = find_code(template, resource);
    if (code.problem != NULL && builtin == NULL) {
        if (is_invoked(plan, resource->name)) {
            mr_findings_error(template->findings, code.at, "%s%s%s", code.problem,
                              code.remedy == NULL ? "" : ": ",
                              code.remedy == NULL ? "" : code.remedy);
        }
        return;
    }
    if (code.problem != NULL) {
        mr_findings_warn(template->findings, code.at, "%s; the builtin runs instead", code.problem);
    }
    bool runs = code.problem == NULL;
    MR_ARENA_GROW(template->arena, plan->functions, plan->function_count);
    plan->functions[plan->function_count++] = (mr_plan_function){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .inline_code = runs ? code.inline_code : NULL,
        .archive = runs ? code.archive : NULL,
        .role = mr_node_get_text(properties, "Role"),
        .description = mr_node_get_text(properties, "Description"),
        .options =
            {
                .name = resource->name,
                .runtime = mr_node_get_text(properties, "Runtime"),
                .handler = mr_node_get_text(properties, "Handler"),
                .directory = runs ? code.directory : NULL,
                .timeout_us = mr_value_get_int(properties, "Timeout", 3) * INT64_C(1000000),
                .memory_mib = (uint32_t)mr_value_get_int(properties, "MemorySize", 128),
                .environment = environment,
                .concurrency =
                    (uint32_t)mr_value_get_int(properties, "ReservedConcurrentExecutions", 0),
                .builtin = builtin,
            },
    };
}
