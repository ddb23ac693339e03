/* template.c - see template.h. */
#include "src/config/template.h"

#include "src/config/document.h"

static const char *const section_names[] = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Hooks",
    "Resources",
    "Outputs",
};

/* The sections that are maps of named things. */
static const char *const map_sections[] = {"Metadata",   "Parameters", "Mappings",
                                           "Conditions", "Resources",  "Outputs"};

/* Says where a key is given twice (the last one counts) and where a value is null. Walks shared
 * nodes as often as they are used; their number is bounded by the readers. */
static void check_tree(mr_template *template, const mr_node *node)
{
    if (node->kind == MR_NODE_NULL) {
        mr_strbuf path = mr_strbuf_make(4 * MR_KIB);
        mr_node_path(node, &path);
        for (size_t i = 0; i < path.len; i++) {
            if (path.at[i] == '.') {
                path.at[i] = '/';
            }
        }
        mr_findings_error(template->findings, node,
                          "Template format error: [/%s] 'null' values are not allowed in "
                          "templates; give a value or remove the key",
                          mr_strbuf_text(&path));
        mr_strbuf_deinit(&path);
    }
    if (node->kind == MR_NODE_MAP) {
        mr_document_check_repeats(template->findings, node, MR_FINDING_WARNING,
                                  "the last one counts, as on AWS: remove one");
    }
    for (size_t i = 0; i < node->count; i++) {
        check_tree(template, node->items[i]);
    }
}

static void check_sections(mr_template *template)
{
    const mr_node *root = template->root;
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->keys[i];
        bool known = false;
        for (size_t s = 0; s < MR_COUNT(section_names); s++) {
            known = known || strcmp(key, section_names[s]) == 0;
        }
        if (!known) {
            mr_findings_error(
                template->findings, root->items[i],
                "Invalid template property or properties [%s]%s", key,
                mr_findings_hint(template->findings, key, section_names, MR_COUNT(section_names)));
        }
    }
    for (size_t i = 0; i < MR_COUNT(map_sections); i++) {
        const mr_node *section = mr_node_get(root, map_sections[i]);
        if (section != NULL && section->kind != MR_NODE_MAP && section->kind != MR_NODE_NULL) {
            mr_findings_error(template->findings, section,
                              "Template format error: %s must be an object", map_sections[i]);
        }
    }
    const mr_node *version = mr_node_get(root, "AWSTemplateFormatVersion");
    if (version != NULL && version->kind != MR_NODE_NULL &&
        !(version->kind == MR_NODE_TEXT && strcmp(version->text, "2010-09-09") == 0)) {
        mr_findings_error(template->findings, version,
                          "Template format error: unsupported value for "
                          "AWSTemplateFormatVersion; the only one is \"2010-09-09\"");
    }
    const mr_node *description = mr_node_get(root, "Description");
    if (description != NULL && description->kind != MR_NODE_TEXT &&
        description->kind != MR_NODE_NULL) {
        mr_findings_error(template->findings, description,
                          "Template format error: Description must be a string");
    }
    const mr_node *rules = mr_node_get(root, "Rules");
    if (rules != NULL) {
        mr_findings_warn(template->findings, rules, "rules on parameters are not checked here");
    }
    const mr_node *hooks = mr_node_get(root, "Hooks");
    if (hooks != NULL) {
        mr_findings_warn(template->findings, hooks, "hooks do not run here");
    }
}

static void read_transform(mr_template *template, const mr_node *node)
{
    if (node->kind == MR_NODE_NULL) {
        return;
    }
    if (node->kind != MR_NODE_TEXT) {
        mr_findings_error(template->findings, node,
                          "a transform is the name of a macro; with parameters it cannot run here");
    } else if (strcmp(node->text, "AWS::Serverless-2016-10-31") == 0) {
        template->has_sam = true;
    } else if (strcmp(node->text, "AWS::LanguageExtensions") == 0) {
        template->has_language_extensions = true;
    } else {
        mr_findings_error(template->findings, node,
                          "the macro %s cannot run here; deploy-time macros are known to AWS "
                          "alone: expand the template first (AWS::Serverless-2016-10-31 and "
                          "AWS::LanguageExtensions are understood)",
                          node->text);
    }
}

static void read_transforms(mr_template *template)
{
    const mr_node *transform = mr_node_get(template->root, "Transform");
    if (mr_node_is(transform, MR_NODE_LIST)) {
        for (size_t i = 0; i < transform->count; i++) {
            read_transform(template, transform->items[i]);
        }
    } else if (transform != NULL) {
        read_transform(template, transform);
    }
    const mr_node *globals = mr_node_get(template->root, "Globals");
    if (globals != NULL && !template->has_sam) {
        mr_findings_error(template->findings, globals,
                          "Invalid template property or properties [Globals]; add \"Transform: "
                          "AWS::Serverless-2016-10-31\" to make this a SAM template");
    }
}

bool mr_template_read(mr_template *template, mr_bytes text)
{
    template->root =
        mr_document_read(template->arena, template->findings, text,
                         &(mr_document_options){"a template", "Template format error: "});
    if (template->root == NULL) {
        return false;
    }
    if (template->root->kind == MR_NODE_NULL) {
        mr_findings_add(template->findings, MR_FINDING_ERROR, 0, NULL,
                        "the file is empty: a template has at least a Resources section");
        return false;
    }
    if (template->root->kind != MR_NODE_MAP) {
        mr_findings_add(template->findings, MR_FINDING_ERROR, template->root->line, NULL,
                        "a template is a map of sections such as Resources");
        return false;
    }
    check_tree(template, template->root);
    check_sections(template);
    read_transforms(template);
    if (mr_node_get(template->root, "Resources") == NULL) {
        mr_findings_add(template->findings, MR_FINDING_ERROR, 0, NULL,
                        "Template format error: At least one Resources member must be defined");
        return false;
    }
    return true;
}

mr_template_parameter *mr_template_parameter_find(const mr_template *template, const char *name)
{
    for (size_t i = 0; i < template->parameter_count; i++) {
        if (strcmp(template->parameters[i].name, name) == 0) {
            return &template->parameters[i];
        }
    }
    return NULL;
}

mr_condition *mr_template_condition_find(const mr_template *template, const char *name)
{
    for (size_t i = 0; i < template->condition_count; i++) {
        if (strcmp(template->conditions[i].name, name) == 0) {
            return &template->conditions[i];
        }
    }
    return NULL;
}

mr_resource *mr_template_resource_find(const mr_template *template, const char *logical_id)
{
    uintptr_t place = (uintptr_t)mr_map_get(template->resources_by_id, mr_bytes_of(logical_id));
    return place == 0 ? NULL : &template->resources[place - 1];
}

const char *mr_template_path(const mr_template *template, const char *path)
{
    return mr_document_path(template->arena, template->directory, path);
}
