/* sam.c - see sam.h. Source: AWS SAM specification 2016-10-31, "Globals" and
 * "AWS::Serverless::Function". */
#include "src/config/sam.h"

#include "src/config/resources.h"

/*
 * The template's own value under the global one: maps merge, lists concatenate (the global ones
 * first), anything else is the function's own. Shares the nodes of both, which stay where they
 * are in the file.
 */
static mr_node *merge(mr_arena *arena, mr_node *global, mr_node *own)
{
    if (global->kind != own->kind || (own->kind != MR_NODE_MAP && own->kind != MR_NODE_LIST)) {
        return own;
    }
    mr_node *merged = mr_node_new(arena, own->kind, own->line);
    merged->parent = own->parent;
    merged->key = own->key;
    merged->index = own->index;
    for (size_t i = 0; own->kind == MR_NODE_LIST && i < global->count; i++) {
        mr_node_add(arena, merged, global->items[i]);
    }
    for (size_t i = 0; own->kind == MR_NODE_LIST && i < own->count; i++) {
        mr_node_add(arena, merged, own->items[i]);
    }
    for (size_t i = 0; own->kind == MR_NODE_MAP && i < global->count; i++) {
        if (mr_node_get(own, global->keys[i]) == NULL) {
            mr_node_put(arena, merged, global->keys[i], global->key_lines[i], global->items[i]);
        }
    }
    for (size_t i = 0; own->kind == MR_NODE_MAP && i < own->count; i++) {
        mr_node *other = mr_node_get(global, own->keys[i]);
        mr_node_put(arena, merged, own->keys[i], own->key_lines[i],
                    other == NULL ? own->items[i] : merge(arena, other, own->items[i]));
    }
    return merged;
}

static const mr_node *with_globals(const mr_template *template, const mr_resource *resource)
{
    mr_node *global = mr_node_find(template->root, "Globals.Function");
    if (!mr_node_is(global, MR_NODE_MAP)) {
        return resource->source;
    }
    if (resource->source == NULL) {
        return global;
    }
    mr_node *own = mr_node_get(resource->node, "Properties");
    return merge(template->arena, global, own);
}

/* Ids that a template may use for what SAM makes of a function. A name that the template gives
 * to a resource of its own stays that resource's. */
static void imply(mr_template *template, size_t function, const char *suffix, const char *type)
{
    const char *logical_id = template->resources[function].logical_id;
    const char *id = mr_arena_format(template->arena, "%s%s", logical_id, suffix);
    const mr_node *own = mr_node_find(template->root, "Resources");
    if (mr_node_get(own, id) != NULL || mr_template_resource_find(template, id) != NULL) {
        return;
    }
    const mr_node *node = template->resources[function].node;
    mr_resource_state state = template->resources[function].state;
    mr_resource *made = mr_resources_add(template, id, type, node, NULL, true);
    made->state = state;
}

/* What is found in `made` is found at the place of `node`. */
static void stand_for(mr_node *made, const mr_node *node)
{
    made->parent = node->parent;
    made->key = node->key;
    made->index = node->index;
}

/* The OnFailure of a SAM event says what kind its destination is; a mapping's does not. */
static mr_node *destination_of(mr_arena *arena, mr_node *sam)
{
    mr_node *failure = mr_node_get(sam, "OnFailure");
    if (!mr_node_is(failure, MR_NODE_MAP)) {
        return sam;
    }
    mr_node *out = mr_node_new(arena, MR_NODE_MAP, sam->line);
    mr_node *kept = mr_node_new(arena, MR_NODE_MAP, failure->line);
    stand_for(out, sam);
    stand_for(kept, failure);
    for (size_t i = 0; i < failure->count; i++) {
        if (strcmp(failure->keys[i], "Type") != 0) {
            mr_node_put(arena, kept, failure->keys[i], failure->key_lines[i], failure->items[i]);
        }
    }
    mr_node_put(arena, out, "OnFailure", failure->line, kept);
    return out;
}

/* The properties of the mapping that an event of type Kinesis stands for. */
static mr_node *mapping_properties(mr_template *template, const char *function, mr_node *sam)
{
    mr_arena *arena = template->arena;
    mr_node *out = mr_node_new(arena, MR_NODE_MAP, sam->line);
    mr_node *name = mr_node_new(arena, MR_NODE_MAP, sam->line);
    mr_node_put(arena, name, "Ref", 0, mr_node_new_text(arena, mr_bytes_of(function), sam->line));
    stand_for(out, sam);
    mr_node_put(arena, out, "FunctionName", 0, name);
    for (size_t i = 0; i < sam->count; i++) {
        const bool is_stream = strcmp(sam->keys[i], "Stream") == 0;
        mr_node *item = strcmp(sam->keys[i], "DestinationConfig") == 0
                            ? destination_of(arena, sam->items[i])
                            : sam->items[i];
        mr_node_put(arena, out, is_stream ? "EventSourceArn" : sam->keys[i], sam->key_lines[i],
                    item);
    }
    return out;
}

static void make_mapping(mr_template *template, size_t function, const char *event, mr_node *node)
{
    static const char type[] = "AWS::Lambda::EventSourceMapping";
    const char *id =
        mr_arena_format(template->arena, "%s%s", template->resources[function].logical_id, event);
    mr_node *properties = mr_node_get(node, "Properties");
    if (mr_node_get(mr_node_find(template->root, "Resources"), id) != NULL ||
        mr_template_resource_find(template, id) != NULL) {
        mr_findings_error(template->findings, node,
                          "the event would make the resource %s, which the template has already",
                          id);
        return;
    }
    if (!mr_node_is(properties, MR_NODE_MAP)) {
        mr_findings_error(template->findings, node,
                          "an event of type Kinesis needs Properties: Stream and "
                          "StartingPosition");
        return;
    }
    const mr_resource_state state = template->resources[function].state;
    const mr_resource *maker = &template->resources[function];
    const bool has_alias = mr_node_get(maker->source, "AutoPublishAlias") != NULL;
    const char *called = has_alias ? mr_arena_format(template->arena, "%s.Alias", maker->logical_id)
                                   : maker->logical_id;
    properties = mapping_properties(template, called, properties);
    mr_resource *made = mr_resources_add(template, id, type, node, properties, false);
    made->state = state;
}

static void imply_events(mr_template *template, size_t function, const mr_node *events)
{
    for (size_t i = 0; mr_node_is(events, MR_NODE_MAP) && i < events->count; i++) {
        const char *type = mr_node_get_text(events->items[i], "Type");
        if (type != NULL && strcmp(type, "Kinesis") == 0) {
            make_mapping(template, function, events->keys[i], events->items[i]);
            continue;
        }
        mr_findings_warn(template->findings, events->items[i],
                         "the event %s%s%s does not invoke the function here; put the function "
                         "into a delivery stream, or invoke it yourself",
                         events->keys[i], type == NULL ? "" : " of type ",
                         type == NULL ? "" : type);
        if (type != NULL && (strcmp(type, "SQS") == 0 || strcmp(type, "DynamoDB") == 0)) {
            imply(template, function, events->keys[i], "AWS::Lambda::EventSourceMapping");
        }
    }
}

void mr_sam_expand(mr_template *template, size_t place)
{
    mr_resource *resource = &template->resources[place];
    if (!template->has_sam) {
        mr_findings_error(template->findings, mr_node_get(resource->node, "Type"),
                          "Template format error: Unrecognized resource types: [%s]; add "
                          "\"Transform: AWS::Serverless-2016-10-31\" at the top of the template",
                          resource->type_name);
        resource->state = MR_RESOURCE_BROKEN;
        return;
    }
    if (strcmp(resource->type_name, "AWS::Serverless::Function") != 0) {
        return;
    }
    resource->source = with_globals(template, resource);
    const mr_node *properties = resource->source;
    if (mr_node_get(properties, "Role") == NULL) {
        imply(template, place, "Role", "AWS::IAM::Role");
    }
    if (mr_node_get(properties, "AutoPublishAlias") != NULL) {
        imply(template, place, ".Version", "AWS::Lambda::Version");
        imply(template, place, ".Alias", "AWS::Lambda::Alias");
    }
    imply_events(template, place, mr_node_get(properties, "Events"));
}

void mr_sam_check_globals(mr_template *template)
{
    static const char *const sections[] = {
        "Function",    "Api",          "HttpApi",      "WebSocketApi",
        "SimpleTable", "StateMachine", "LayerVersion", "CapacityProvider",
    };
    const mr_node *globals = mr_node_get(template->root, "Globals");
    if (globals == NULL || !template->has_sam || globals->kind == MR_NODE_NULL) {
        return;
    }
    if (globals->kind != MR_NODE_MAP) {
        mr_findings_error(template->findings, globals,
                          "'Globals' section is invalid. It must be a non-empty dictionary");
        return;
    }
    for (size_t i = 0; i < globals->count; i++) {
        bool known = false;
        for (size_t s = 0; s < MR_COUNT(sections); s++) {
            known = known || strcmp(globals->keys[i], sections[s]) == 0;
        }
        if (!known) {
            mr_findings_error(template->findings, globals->items[i],
                              "'Globals' section is invalid. '%s' is not supported%s",
                              globals->keys[i],
                              mr_findings_hint(template->findings, globals->keys[i], sections,
                                               MR_COUNT(sections)));
        } else if (strcmp(globals->keys[i], "Function") != 0) {
            mr_findings_warn(template->findings, globals->items[i],
                             "no resource of this kind is modelled here, so its globals have no "
                             "effect");
        }
    }
}
