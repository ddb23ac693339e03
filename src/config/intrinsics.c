/* intrinsics.c - see intrinsics.h: evaluation, and the functions that choose and look up. */
#include "src/config/intrinsics.h"

#include "src/config/conditions.h"
#include "src/config/value.h"

mr_node *mr_evaluated_unknown(mr_evaluator *ev, const mr_node *at)
{
    return mr_node_new(ev->template->arena, MR_NODE_UNKNOWN, at->line);
}

/* Counts what evaluation makes; false, with one finding, when it is too much. */
static bool spend(mr_evaluator *ev, size_t bytes)
{
    mr_template *template = ev->template;
    template->evaluated_nodes++;
    template->evaluated_bytes += bytes;
    if (template->evaluated_nodes <= MR_TEMPLATE_EVALUATED_NODES_MAX &&
        template->evaluated_bytes <= MR_TEMPLATE_EVALUATED_BYTES_MAX) {
        return true;
    }
    if (!template->evaluated_too_much) {
        template->evaluated_too_much = true;
        mr_findings_error(template->findings, NULL,
                          "the template grows past %d values or %zu MiB of text when it is "
                          "evaluated",
                          MR_TEMPLATE_EVALUATED_NODES_MAX,
                          MR_TEMPLATE_EVALUATED_BYTES_MAX / MR_MIB);
    }
    return false;
}

/* The value of "resolve:ssm:/path" from --param, or NULL with a finding. */
static const char *dynamic_reference(mr_evaluator *ev, const mr_node *at, mr_bytes name)
{
    const mr_template *template = ev->template;
    for (size_t i = 0; i < template->given_count; i++) {
        if (mr_bytes_is(name, template->given[i].name)) {
            return template->given[i].value;
        }
    }
    mr_findings_error(template->findings, at,
                      "{{%.*s}} is kept at AWS and cannot be looked up here: give its value with "
                      "--param '%.*s=VALUE'",
                      (int)mr_min_size(name.len, 200), name.at, (int)mr_min_size(name.len, 200),
                      name.at);
    return NULL;
}

mr_node *mr_evaluated_text(mr_evaluator *ev, const mr_node *at, mr_bytes text)
{
    if (!spend(ev, text.len)) {
        return mr_evaluated_unknown(ev, at);
    }
    mr_node *node = mr_node_new_text(ev->template->arena, text, at->line);
    const char *open = strstr(node->text, "{{resolve:");
    if (open == NULL || ev->scope == MR_SCOPE_UNMODELLED) {
        return node;
    }
    mr_strbuf out = mr_strbuf_make(MR_TEMPLATE_BYTES_MAX);
    const char *from = node->text;
    bool known = true;
    while (open != NULL && known) {
        const char *close = strstr(open, "}}");
        if (close == NULL) {
            break;
        }
        mr_strbuf_append(&out, from, (size_t)(open - from));
        mr_bytes name = {open + 2, (size_t)(close - open - 2)};
        const char *value = dynamic_reference(ev, at, name);
        known = value != NULL;
        mr_strbuf_append_text(&out, known ? value : "");
        from = close + 2;
        open = strstr(from, "{{resolve:");
    }
    mr_strbuf_append_text(&out, from);
    if (known && spend(ev, out.len)) {
        node = mr_node_new_text(ev->template->arena, mr_strbuf_bytes(&out), at->line);
    } else {
        node = mr_evaluated_unknown(ev, at);
    }
    mr_strbuf_deinit(&out);
    return node;
}

const char *mr_evaluate_to_text(mr_evaluator *ev, const mr_node *call, const mr_node *argument,
                                const char *complaint)
{
    const mr_node *value = mr_evaluate_node(ev, argument);
    if (value != NULL && value->kind == MR_NODE_TEXT) {
        return value->text;
    }
    if (value == NULL || value->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(ev->template->findings, call, "%s", complaint);
    }
    return NULL;
}

mr_node *mr_evaluate_to_list(mr_evaluator *ev, const mr_node *call, const mr_node *argument,
                             const char *complaint)
{
    mr_node *value = mr_evaluate_node(ev, argument);
    if (value != NULL && value->kind == MR_NODE_LIST) {
        return value;
    }
    if (value == NULL || value->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(ev->template->findings, call, "%s", complaint);
    }
    return NULL;
}

mr_node *mr_evaluated_refused(mr_evaluator *ev, const mr_node *call, const char *complaint)
{
    mr_findings_error(ev->template->findings, call, "%s", complaint);
    return mr_evaluated_unknown(ev, call);
}

/* ---- the functions ---- */

static mr_node *ref(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    if (argument->kind != MR_NODE_TEXT || argument->text[0] == '\0') {
        return mr_evaluated_refused(
            ev, call,
            "Template format error: Every Ref object must have a single String "
            "value");
    }
    return mr_reference_ref(ev, call, argument->text);
}

static mr_node *get_att(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] = "Template error: every Fn::GetAtt object requires two "
                                    "non-empty parameters, the resource name and the resource "
                                    "attribute";
    if (argument->kind == MR_NODE_TEXT) {
        const char *dot = strchr(argument->text, '.');
        if (dot == NULL || dot == argument->text || dot[1] == '\0') {
            return mr_evaluated_refused(ev, call, complaint);
        }
        mr_bytes id = {argument->text, (size_t)(dot - argument->text)};
        return mr_reference_attribute(ev, call, mr_arena_copy(ev->template->arena, id), dot + 1);
    }
    if (argument->kind != MR_NODE_LIST || argument->count != 2 ||
        argument->items[0]->kind != MR_NODE_TEXT || argument->items[0]->text[0] == '\0') {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const char *attribute = mr_evaluate_to_text(ev, call, argument->items[1], complaint);
    if (attribute == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    return mr_reference_attribute(ev, call, argument->items[0]->text, attribute);
}

static mr_node *select_one(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] = "Template error: Fn::Select requires a list argument with two "
                                    "elements: an integer index and a list";
    if (argument->kind != MR_NODE_LIST || argument->count != 2) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const mr_node *index_node = mr_evaluate_node(ev, argument->items[0]);
    mr_node *list = mr_evaluate_to_list(ev, call, argument->items[1], complaint);
    if (list == NULL || mr_node_is(index_node, MR_NODE_UNKNOWN)) {
        return mr_evaluated_unknown(ev, call);
    }
    int64_t index;
    if (!mr_value_int(index_node, &index)) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    if (index < 0 || (uint64_t)index >= list->count) {
        mr_findings_error(ev->template->findings, call,
                          "Template error: Fn::Select cannot select nonexistent value at index "
                          "%lld; the list has %zu",
                          (long long)index, list->count);
        return mr_evaluated_unknown(ev, call);
    }
    mr_node *item = list->items[index]; /* the list is dropped: its item gets a new place */
    item->parent = NULL;
    return item;
}

static mr_node *choose(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    if (argument->kind != MR_NODE_LIST || argument->count != 3 ||
        argument->items[0]->kind != MR_NODE_TEXT) {
        return mr_evaluated_refused(
            ev, call,
            "Template error: Fn::If requires a list argument with the first "
            "element being a condition");
    }
    mr_truth truth = mr_condition_by_name(ev->template, call, argument->items[0]->text);
    if (truth == MR_TRUTH_BROKEN) {
        return mr_evaluated_unknown(ev, call);
    }
    return mr_evaluate_node(ev, argument->items[truth == MR_TRUTH_YES ? 1 : 2]);
}

static mr_node *missing_mapping(mr_evaluator *ev, const mr_node *call, const mr_node *argument,
                                const char *const keys[3], const mr_node *level, int depth)
{
    const mr_node *otherwise =
        argument->count == 4 ? mr_node_get(argument->items[3], "DefaultValue") : NULL;
    if (otherwise != NULL) {
        return mr_evaluate_node(ev, otherwise);
    }
    const char *hint = "";
    if (mr_node_is(level, MR_NODE_MAP)) {
        hint = mr_findings_hint(ev->template->findings, keys[depth], level->keys, level->count);
    }
    mr_findings_error(ev->template->findings, call,
                      "Template error: Unable to get mapping for %s::%s::%s%s", keys[0], keys[1],
                      keys[2], hint);
    return mr_evaluated_unknown(ev, call);
}

static mr_node *find_in_map(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] = "Template error: every Fn::FindInMap object requires three "
                                    "parameters, the map name, map key and the attribute for "
                                    "return value";
    size_t most = ev->template->has_language_extensions ? 4 : 3;
    if (argument->kind != MR_NODE_LIST || argument->count < 3 || argument->count > most) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const char *keys[3];
    for (size_t i = 0; i < 3; i++) {
        keys[i] = mr_evaluate_to_text(ev, call, argument->items[i], complaint);
        if (keys[i] == NULL) {
            return mr_evaluated_unknown(ev, call);
        }
    }
    const mr_node *level = mr_node_get(ev->template->root, "Mappings");
    for (int depth = 0; depth < 3; depth++) {
        const mr_node *next = mr_node_get(level, keys[depth]);
        if (next == NULL) {
            return missing_mapping(ev, call, argument, keys, level, depth);
        }
        level = next;
    }
    return mr_evaluate_node(ev, level);
}

static mr_node *import_value(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const char *name = mr_evaluate_to_text(ev, call, argument,
                                           "Template error: the attribute in Fn::ImportValue must "
                                           "be a string or a function that returns a string");
    if (name != NULL) {
        mr_findings_error(ev->template->findings, call,
                          "No export named %s found; exports of other stacks are not known here: "
                          "make it a parameter and give --param",
                          name);
    }
    return mr_evaluated_unknown(ev, call);
}

static mr_node *get_azs(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const char *region = mr_evaluate_to_text(ev, call, argument,
                                             "Template error: Fn::GetAZs requires the name of a "
                                             "region");
    if (region == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    mr_node *list = mr_node_new(ev->template->arena, MR_NODE_LIST, call->line);
    for (const char *zone = "abc"; *zone != '\0'; zone++) {
        const char *name = mr_arena_format(
            ev->template->arena, "%s%c", region[0] == '\0' ? ev->template->region : region, *zone);
        mr_node_add(ev->template->arena, list, mr_evaluated_text(ev, call, mr_bytes_of(name)));
    }
    return list;
}

static mr_node *length(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const mr_node *list =
        mr_evaluate_to_list(ev, call, argument, "Template error: Fn::Length requires a list");
    if (list == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    const char *text = mr_arena_format(ev->template->arena, "%zu", list->count);
    mr_node *node = mr_evaluated_text(ev, call, mr_bytes_of(text));
    node->plain = true;
    return node;
}

static mr_node *cannot_run(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    (void)argument;
    if (ev->scope != MR_SCOPE_UNMODELLED) {
        mr_findings_error(ev->template->findings, call,
                          "%s cannot be evaluated here: write out what it gives",
                          mr_intrinsic_name(call));
    }
    return mr_evaluated_unknown(ev, call);
}

static mr_node *not_here(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    (void)argument;
    mr_findings_error(ev->template->findings, call,
                      "Template error: %s is for the Conditions and Rules sections; elsewhere use "
                      "Fn::If with the name of a condition",
                      mr_intrinsic_name(call));
    return mr_evaluated_unknown(ev, call);
}

static const struct intrinsic {
    const char *name;
    mr_intrinsic_fn evaluate;
    bool extension; /* needs Transform: AWS::LanguageExtensions */
} intrinsics[] = {
    {"Ref", ref, false},
    {"Fn::And", not_here, false},
    {"Fn::Base64", mr_intrinsic_base64, false},
    {"Fn::Cidr", mr_intrinsic_cidr, false},
    {"Fn::Contains", not_here, false},
    {"Fn::EachMemberEquals", not_here, false},
    {"Fn::EachMemberIn", not_here, false},
    {"Fn::Equals", not_here, false},
    {"Fn::FindInMap", find_in_map, false},
    {"Fn::ForEach", cannot_run, true},
    {"Fn::GetAtt", get_att, false},
    {"Fn::GetAZs", get_azs, false},
    {"Fn::If", choose, false},
    {"Fn::ImportValue", import_value, false},
    {"Fn::Join", mr_intrinsic_join, false},
    {"Fn::Length", length, true},
    {"Fn::Not", not_here, false},
    {"Fn::Or", not_here, false},
    {"Fn::RefAll", not_here, false},
    {"Fn::Select", select_one, false},
    {"Fn::Split", mr_intrinsic_split, false},
    {"Fn::Sub", mr_intrinsic_sub, false},
    {"Fn::ToJsonString", mr_intrinsic_to_json, true},
    {"Fn::Transform", cannot_run, false},
    {"Fn::ValueOf", not_here, false},
    {"Fn::ValueOfAll", not_here, false},
};

const char *mr_intrinsic_name(const mr_node *node)
{
    if (!mr_node_is(node, MR_NODE_MAP) || node->count != 1) {
        return NULL;
    }
    const char *key = node->keys[0];
    return strcmp(key, "Ref") == 0 || strncmp(key, "Fn::", 4) == 0 ? key : NULL;
}

static mr_node *evaluate_call(mr_evaluator *ev, const mr_node *call, const char *name)
{
    const mr_template *template = ev->template;
    for (size_t i = 0; i < MR_COUNT(intrinsics); i++) {
        if (strcmp(intrinsics[i].name, name) != 0) {
            continue;
        }
        if (intrinsics[i].extension && !template->has_language_extensions) {
            mr_findings_error(template->findings, call,
                              "%s needs \"Transform: AWS::LanguageExtensions\" at the top of the "
                              "template",
                              name);
            return mr_evaluated_unknown(ev, call);
        }
        if (call->items[0]->kind == MR_NODE_NULL) {
            return mr_evaluated_unknown(ev, call); /* null has been refused */
        }
        return intrinsics[i].evaluate(ev, call, call->items[0]);
    }
    const char *names[MR_COUNT(intrinsics)];
    for (size_t i = 0; i < MR_COUNT(intrinsics); i++) {
        names[i] = intrinsics[i].name;
    }
    if (strncmp(name, "Fn::ForEach::", 13) == 0) {
        mr_findings_error(template->findings, call,
                          "Fn::ForEach is not supported here: write its resources out");
    } else {
        mr_findings_error(template->findings, call,
                          "Template error: %s is not an intrinsic function%s", name,
                          mr_findings_hint(template->findings, name, names, MR_COUNT(names)));
    }
    return mr_evaluated_unknown(ev, call);
}

static mr_node *evaluate_map(mr_evaluator *ev, const mr_node *node)
{
    mr_arena *arena = ev->template->arena;
    mr_node *map = mr_node_new(arena, MR_NODE_MAP, node->line);
    for (size_t i = 0; i < node->count; i++) {
        if (strncmp(node->keys[i], "Fn::", 4) == 0 && ev->scope != MR_SCOPE_UNMODELLED) {
            mr_findings_error(ev->template->findings, node->items[i],
                              "Template error: %s must be the only key of its object",
                              node->keys[i]);
            continue;
        }
        mr_node *value = mr_evaluate_node(ev, node->items[i]);
        if (value != NULL) {
            mr_node_put(arena, map, node->keys[i], node->key_lines[i], value);
        }
    }
    return map;
}

mr_node *mr_evaluate_node(mr_evaluator *ev, const mr_node *node)
{
    mr_arena *arena = ev->template->arena;
    if (node->kind == MR_NODE_NULL || node->kind == MR_NODE_UNKNOWN ||
        ev->template->evaluated_too_much) {
        return mr_evaluated_unknown(ev, node);
    }
    if (node->kind == MR_NODE_TEXT) {
        mr_node *text = mr_evaluated_text(ev, node, mr_bytes_of(node->text));
        text->plain = node->plain;
        return text;
    }
    if (!spend(ev, 0)) {
        return mr_evaluated_unknown(ev, node);
    }
    if (node->kind == MR_NODE_LIST) {
        mr_node *list = mr_node_new(arena, MR_NODE_LIST, node->line);
        for (size_t i = 0; i < node->count; i++) {
            mr_node *item = mr_evaluate_node(ev, node->items[i]);
            if (item != NULL) {
                mr_node_add(arena, list, item);
            }
        }
        return list;
    }
    const char *name = mr_intrinsic_name(node);
    return name != NULL ? evaluate_call(ev, node, name) : evaluate_map(ev, node);
}

mr_node *mr_evaluate(mr_template *template, mr_scope scope, const mr_node *node)
{
    mr_evaluator ev = {.template = template, .scope = scope};
    mr_node *value = mr_evaluate_node(&ev, node);
    if (value != NULL) {
        value->parent = node->parent;
        value->key = node->key;
        value->index = node->index;
    }
    return value;
}
