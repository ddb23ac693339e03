/* resources.c - see resources.h. */
#include "src/config/resources.h"

#include "src/config/conditions.h"
#include "src/config/dependencies.h"
#include "src/config/intrinsics.h"
#include "src/config/references.h"
#include "src/config/sam.h"

static const char *const attribute_names[] = {
    "Type",           "Properties",     "DependsOn",    "Condition",           "Metadata",
    "DeletionPolicy", "CreationPolicy", "UpdatePolicy", "UpdateReplacePolicy",
};

static bool is_logical_id(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9'))) {
            return false;
        }
    }
    return text[0] != '\0' && strlen(text) <= 255;
}

mr_resource *mr_resources_add(mr_template *template, const char *logical_id, const char *type_name,
                              const mr_node *node, const mr_node *source, bool implied)
{
    MR_ARENA_GROW(template->arena, template->resources, template->resource_count);
    mr_resource *resource = &template->resources[template->resource_count++];
    *resource = (mr_resource){
        .logical_id = logical_id,
        .type_name = type_name,
        .type = mr_resource_type_find(type_name),
        .node = node,
        .source = source,
        .implied = implied,
    };
    (void)mr_map_put(template->resources_by_id, mr_bytes_of(logical_id),
                     (void *)(uintptr_t) template->resource_count);
    return resource;
}

/* ---- listing ---- */

/* DeletionPolicy and the like have their say when a stack changes or goes, which none does here. */
static void check_policies(mr_template *template, const mr_node *node)
{
    static const char *const policies[] = {"DeletionPolicy", "UpdateReplacePolicy"};
    static const char *const words[] = {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"};
    for (size_t i = 0; i < MR_COUNT(policies); i++) {
        const mr_node *policy = mr_node_get(node, policies[i]);
        if (policy == NULL || policy->kind == MR_NODE_NULL) {
            continue;
        }
        bool known = policy->kind == MR_NODE_MAP && template->has_language_extensions;
        for (size_t w = 0; policy->kind == MR_NODE_TEXT && w < MR_COUNT(words); w++) {
            known = known || strcmp(policy->text, words[w]) == 0;
        }
        if (!known) {
            const char *text = policy->kind == MR_NODE_TEXT ? policy->text : "";
            mr_findings_error(template->findings, policy,
                              "Template format error: Unrecognized %s %s; it is Delete, Retain, "
                              "RetainExceptOnCreate or Snapshot",
                              policies[i], text);
        } else {
            mr_findings_warn_once(template->findings, policies[i], policy,
                                  "no stack is updated or deleted here, so %s has no effect",
                                  policies[i]);
        }
    }
    static const char *const ignored[] = {"CreationPolicy", "UpdatePolicy"};
    for (size_t i = 0; i < MR_COUNT(ignored); i++) {
        const mr_node *policy = mr_node_get(node, ignored[i]);
        if (policy != NULL) {
            mr_findings_warn_once(template->findings, ignored[i], policy,
                                  "no stack is updated or deleted here, so %s has no effect",
                                  ignored[i]);
        }
    }
}

static void check_attributes(mr_template *template, const mr_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->keys[i];
        bool known = template->has_sam &&
                     (strcmp(key, "Connectors") == 0 || strcmp(key, "IgnoreGlobals") == 0);
        for (size_t a = 0; a < MR_COUNT(attribute_names); a++) {
            known = known || strcmp(key, attribute_names[a]) == 0;
        }
        if (!known) {
            mr_findings_error(template->findings, node->items[i],
                              "Invalid template resource property '%s'%s", key,
                              mr_findings_hint(template->findings, key, attribute_names,
                                               MR_COUNT(attribute_names)));
        }
    }
    check_policies(template, node);
}

/* Whether a resource of a type that millrace does not model may stand. */
static bool check_unmodelled(mr_template *template, const mr_node *at, const char *type_name)
{
    const char *nearest = NULL;
    switch (mr_type_look_up(template->arena, type_name, &nearest)) {
    case MR_TYPE_KNOWN:
        mr_findings_warn_once(template->findings, type_name, at,
                              "%s is not modelled here: nothing runs for it, Ref and Fn::GetAtt "
                              "give made-up values",
                              type_name);
        return true;
    case MR_TYPE_UNLISTED:
        mr_findings_warn_once(template->findings, type_name, at,
                              "%s is not in millrace's list of AWS's types, which may be too old: "
                              "check the spelling; nothing runs for it",
                              type_name);
        return true;
    case MR_TYPE_MISSPELT:
    case MR_TYPE_UNKNOWN:
        break;
    }
    mr_findings_error(template->findings, at,
                      "Template format error: Unrecognized resource types: [%s]%s%s%s", type_name,
                      nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                      nearest == NULL ? "" : "?");
    return false;
}

static void apply_condition(mr_template *template, mr_resource *resource)
{
    const mr_node *condition = mr_node_get(resource->node, "Condition");
    if (condition == NULL || condition->kind == MR_NODE_NULL) {
        return;
    }
    if (condition->kind != MR_NODE_TEXT) {
        mr_findings_error(template->findings, condition,
                          "Template format error: Every Condition member must be a string");
        resource->state = MR_RESOURCE_BROKEN;
        return;
    }
    switch (mr_condition_by_name(template, condition, condition->text)) {
    case MR_TRUTH_NO:
        resource->state = MR_RESOURCE_LEFT_OUT;
        break;
    case MR_TRUTH_YES:
        break;
    default:
        resource->state = MR_RESOURCE_BROKEN;
        break;
    }
}

static void list_one(mr_template *template, const char *logical_id, const mr_node *node)
{
    if (strncmp(logical_id, "Fn::ForEach", 11) == 0) {
        mr_findings_error(template->findings, node,
                          "Fn::ForEach is not supported here: write its resources out");
        return;
    }
    if (!is_logical_id(logical_id)) {
        mr_findings_error(template->findings, node,
                          "Template format error: Resource name %s is non alphanumeric",
                          logical_id);
        return;
    }
    if (node->kind != MR_NODE_MAP) {
        mr_findings_error(template->findings, node,
                          "Template format error: Every Resources member must be an object with a "
                          "Type");
        return;
    }
    check_attributes(template, node);
    const mr_node *type = mr_node_get(node, "Type");
    const mr_node *source = mr_node_get(node, "Properties");
    bool sound = true;
    if (source != NULL && source->kind != MR_NODE_MAP) {
        if (source->kind != MR_NODE_NULL) {
            mr_findings_error(template->findings, source,
                              "Template format error: Properties must be an object");
        }
        source = NULL;
        sound = false;
    }
    if (!mr_node_is(type, MR_NODE_TEXT)) {
        mr_findings_error(template->findings, node,
                          "Template format error: Every Resources object must contain a Type "
                          "member");
    }
    const char *type_name = mr_node_is(type, MR_NODE_TEXT) ? type->text : "";
    size_t place = template->resource_count;
    mr_resource *resource = mr_resources_add(template, logical_id, type_name, node, source, false);
    if (type_name[0] == '\0' ||
        (resource->type == NULL && !check_unmodelled(template, type, type_name))) {
        sound = false;
    }
    apply_condition(template, resource);
    if (!sound) {
        resource->state = MR_RESOURCE_BROKEN;
    } else if (strncmp(type_name, "AWS::Serverless::", 17) == 0) {
        mr_sam_expand(template, place);
    }
}

void mr_resources_list(mr_template *template)
{
    const mr_node *section = mr_node_get(template->root, "Resources");
    if (!mr_node_is(section, MR_NODE_MAP)) {
        return;
    }
    if (section->count == 0) {
        mr_findings_error(template->findings, section,
                          "Template format error: At least one Resources member must be defined");
    }
    if (section->count > MR_TEMPLATE_RESOURCES_MAX) {
        mr_findings_error(template->findings, section,
                          "Template format error: Number of resources, %zu, is greater than "
                          "maximum allowed, %d",
                          section->count, MR_TEMPLATE_RESOURCES_MAX);
        return;
    }
    for (size_t i = 0; i < section->count; i++) {
        if (mr_node_get(section, section->keys[i]) ==
            section->items[i]) { /* given twice: the last */
            list_one(template, section->keys[i], section->items[i]);
        }
    }
}

/* ---- evaluation ---- */

/* "name" of a name, a partial or a full ARN of a function, in the arena. */
static const char *function_name(const mr_template *template, const char *text)
{
    const char *mark = strstr(text, "function:");
    const char *from = mark == NULL ? text : mark + 9;
    return mr_arena_copy(template->arena, (mr_bytes){from, strcspn(from, ":")});
}

/* A version or an alias is called "function:1" or "function:alias", which its ARN ends in. */
static void name_qualifier(mr_template *template, mr_resource *resource)
{
    bool is_alias = strcmp(resource->type_name, "AWS::Lambda::Alias") == 0;
    const char *function = mr_node_get_text(resource->properties, "FunctionName");
    const char *qualifier = mr_node_get_text(resource->properties, "Name");
    for (size_t i = 0; resource->implied && i < template->resource_count; i++) {
        const mr_resource *maker = &template->resources[i];
        if (maker->node == resource->node && !maker->implied) {
            function = maker->name;
            qualifier = mr_node_get_text(maker->properties, "AutoPublishAlias");
        }
    }
    if (function == NULL || (is_alias && qualifier == NULL)) {
        resource->refused = true; /* required, and said so by the schema */
        resource->name = resource->logical_id;
        return;
    }
    resource->name = mr_arena_format(template->arena, "%s:%s", function_name(template, function),
                                     is_alias ? qualifier : "1");
}

/* The physical name: as given, or made up as AWS would. */
static void name_resource(mr_template *template, mr_resource *resource)
{
    const mr_resource_type *type = resource->type;
    const char *given = NULL;
    if (type != NULL && type->name_property != NULL) {
        const mr_node *node = mr_node_find(resource->properties, type->name_property);
        if (mr_node_is(node, MR_NODE_UNKNOWN)) {
            resource->refused = true; /* its name cannot be known: said already */
        } else if (mr_node_is(node, MR_NODE_TEXT) && node->text[0] != '\0') {
            given = node->text;
        }
    }
    size_t name_max = type == NULL || type->name_max == 0 ? 128 : type->name_max;
    resource->name =
        given != NULL
            ? given
            : mr_reference_generated_name(template, resource->logical_id,
                                          type == NULL ? MR_NAME_MIXED : type->shape, name_max);
}

static void evaluate_one(mr_template *template, mr_resource *resource)
{
    mr_scope scope = resource->type == NULL ? MR_SCOPE_UNMODELLED : MR_SCOPE_RESOURCES;
    size_t errors = mr_findings_errors(template->findings);
    mr_node *properties = NULL;
    if (resource->source != NULL) {
        properties = mr_evaluate(template, scope, resource->source);
    }
    if (properties == NULL || properties->kind == MR_NODE_UNKNOWN) {
        resource->refused = properties != NULL; /* Properties that are one call, which failed */
        properties = mr_node_new(template->arena, MR_NODE_MAP, 0);
        properties->parent = resource->node;
        properties->key = "Properties";
    }
    resource->properties = properties;
    if (properties->kind != MR_NODE_MAP) {
        mr_findings_error(template->findings, properties,
                          "Template format error: Properties must be an object");
    } else if (resource->type != NULL && !resource->implied && !resource->refused) {
        mr_schema_check(template->arena, template->findings, resource->type, resource->logical_id,
                        properties);
    }
    /* An unknown value comes of a mistake that has been said, here or in what is referred to. */
    resource->refused = resource->refused || mr_findings_errors(template->findings) > errors ||
                        mr_node_has_unknown(properties);
    if (strcmp(resource->type_name, "AWS::Lambda::Version") == 0 ||
        strcmp(resource->type_name, "AWS::Lambda::Alias") == 0) {
        name_qualifier(template, resource);
    } else {
        name_resource(template, resource);
    }
    resource->state = properties->kind == MR_NODE_MAP ? MR_RESOURCE_READY : MR_RESOURCE_BROKEN;
    if (resource->type != NULL && resource->type->warning != NULL && !resource->implied) {
        mr_findings_warn_once(template->findings, resource->type_name,
                              mr_node_get(resource->node, "Type"), "%s: %s", resource->type_name,
                              resource->type->warning);
    }
}

void mr_resources_evaluate(mr_template *template)
{
    mr_dependencies_order(template);
    for (size_t i = 0; i < template->order_count; i++) {
        evaluate_one(template, &template->resources[template->order[i]]);
    }
}

/* ---- Outputs ---- */

static void check_output(mr_template *template, const mr_node *output)
{
    static const char *const names[] = {"Value", "Description", "Export", "Condition"};
    if (output->kind != MR_NODE_MAP) {
        mr_findings_error(template->findings, output,
                          "Template format error: Every Outputs member must be an object with a "
                          "Value");
        return;
    }
    for (size_t i = 0; i < output->count; i++) {
        bool known = false;
        for (size_t n = 0; n < MR_COUNT(names); n++) {
            known = known || strcmp(output->keys[i], names[n]) == 0;
        }
        if (!known) {
            mr_findings_error(
                template->findings, output->items[i],
                "Template format error: Invalid output property '%s'%s", output->keys[i],
                mr_findings_hint(template->findings, output->keys[i], names, MR_COUNT(names)));
        }
    }
    const mr_node *value = mr_node_get(output, "Value");
    if (value == NULL) {
        mr_findings_error(template->findings, output,
                          "Template format error: Every Outputs member must contain a Value "
                          "object");
        return;
    }
    const mr_node *condition = mr_node_get(output, "Condition");
    if (mr_node_is(condition, MR_NODE_TEXT) &&
        mr_condition_by_name(template, condition, condition->text) != MR_TRUTH_YES) {
        return;
    }
    const mr_node *result = mr_evaluate(template, MR_SCOPE_OUTPUTS, value);
    if (result != NULL && result->kind != MR_NODE_TEXT && result->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(template->findings, value,
                          "Template format error: The Value field of every Outputs member must "
                          "evaluate to a String");
    }
    const mr_node *name = mr_node_find(output, "Export.Name");
    if (name != NULL) {
        (void)mr_evaluate(template, MR_SCOPE_OUTPUTS, name);
    }
}

void mr_resources_check_outputs(mr_template *template)
{
    const mr_node *section = mr_node_get(template->root, "Outputs");
    for (size_t i = 0; mr_node_is(section, MR_NODE_MAP) && i < section->count; i++) {
        check_output(template, section->items[i]);
    }
}
