/* conditions.c - see conditions.h. */
#include "src/config/conditions.h"

#include "src/config/intrinsics.h"

static mr_truth truth_of(mr_template *template, const mr_node *node);

static mr_truth broken(mr_template *template, const mr_node *at, const char *complaint)
{
    mr_findings_error(template->findings, at, "%s", complaint);
    return MR_TRUTH_BROKEN;
}

mr_truth mr_condition_by_name(mr_template *template, const mr_node *at, const char *name)
{
    mr_condition *condition = mr_template_condition_find(template, name);
    if (condition == NULL) {
        const char **names = mr_reallocarray(NULL, template->condition_count, sizeof(*names));
        for (size_t i = 0; i < template->condition_count; i++) {
            names[i] = template->conditions[i].name;
        }
        mr_findings_error(
            template->findings, at, "Template error: unresolved condition dependency %s%s", name,
            mr_findings_hint(template->findings, name, names, template->condition_count));
        mr_free(names);
        return MR_TRUTH_BROKEN;
    }
    if (condition->truth == MR_TRUTH_BUSY) {
        mr_findings_error(template->findings, at,
                          "Template format error: Circular dependency "
                          "between conditions: [%s]",
                          name);
        return MR_TRUTH_BROKEN;
    }
    if (condition->truth == MR_TRUTH_UNSEEN) {
        condition->truth = MR_TRUTH_BUSY;
        condition->truth = truth_of(template, condition->node);
    }
    return condition->truth;
}

/* Values compare as texts: true and "true" are equal, 1 and 1.0 are not. */
static mr_truth equals(mr_template *template, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] =
        "Template error: every Fn::Equals object requires a list of 2 string parameters";
    if (argument->kind != MR_NODE_LIST || argument->count != 2) {
        return broken(template, call, complaint);
    }
    const mr_node *sides[2];
    for (size_t i = 0; i < 2; i++) {
        sides[i] = mr_evaluate(template, MR_SCOPE_CONDITIONS, argument->items[i]);
        if (mr_node_is(sides[i], MR_NODE_UNKNOWN)) {
            return MR_TRUTH_BROKEN;
        }
        if (!mr_node_is(sides[i], MR_NODE_TEXT)) {
            return broken(template, call, complaint);
        }
    }
    return strcmp(sides[0]->text, sides[1]->text) == 0 ? MR_TRUTH_YES : MR_TRUTH_NO;
}

static mr_truth negate(mr_template *template, const mr_node *call, const mr_node *argument)
{
    if (argument->kind != MR_NODE_LIST || argument->count != 1) {
        return broken(template, call,
                      "Template error: every Fn::Not object requires one boolean parameter");
    }
    mr_truth truth = truth_of(template, argument->items[0]);
    if (truth == MR_TRUTH_BROKEN) {
        return truth;
    }
    return truth == MR_TRUTH_YES ? MR_TRUTH_NO : MR_TRUTH_YES;
}

/* Fn::And and Fn::Or; all members are looked at, so that each mistake is found. */
static mr_truth combine(mr_template *template, const mr_node *call, const mr_node *argument,
                        bool all)
{
    if (argument->kind != MR_NODE_LIST || argument->count < 2 || argument->count > 10) {
        return broken(template, call,
                      all ? "Template error: every Fn::And object requires a list of at least 2 "
                            "and at most 10 boolean parameters"
                          : "Template error: every Fn::Or object requires a list of at least 2 "
                            "and at most 10 boolean parameters");
    }
    mr_truth result = all ? MR_TRUTH_YES : MR_TRUTH_NO;
    bool is_broken = false;
    for (size_t i = 0; i < argument->count; i++) {
        mr_truth truth = truth_of(template, argument->items[i]);
        is_broken = is_broken || truth == MR_TRUTH_BROKEN;
        if (truth == (all ? MR_TRUTH_NO : MR_TRUTH_YES)) {
            result = truth;
        }
    }
    return is_broken ? MR_TRUTH_BROKEN : result;
}

static mr_truth truth_of(mr_template *template, const mr_node *node)
{
    static const char *const names[] = {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Condition"};
    if (node->kind == MR_NODE_NULL) {
        return MR_TRUTH_BROKEN; /* null has been refused */
    }
    if (node->kind != MR_NODE_MAP || node->count != 1) {
        return broken(template, node,
                      "Template format error: Conditions can only be boolean operations on "
                      "parameters and other conditions: Fn::And, Fn::Equals, Fn::Not, Fn::Or or "
                      "Condition");
    }
    const char *name = node->keys[0];
    const mr_node *argument = node->items[0];
    if (strcmp(name, "Fn::Equals") == 0) {
        return equals(template, node, argument);
    }
    if (strcmp(name, "Fn::Not") == 0) {
        return negate(template, node, argument);
    }
    if (strcmp(name, "Fn::And") == 0 || strcmp(name, "Fn::Or") == 0) {
        return combine(template, node, argument, strcmp(name, "Fn::And") == 0);
    }
    if (strcmp(name, "Condition") == 0 && argument->kind == MR_NODE_TEXT) {
        return mr_condition_by_name(template, node, argument->text);
    }
    mr_findings_error(template->findings, node,
                      "Template format error: %s is no boolean operation for Conditions%s", name,
                      mr_findings_hint(template->findings, name, names, MR_COUNT(names)));
    return MR_TRUTH_BROKEN;
}

void mr_conditions_read(mr_template *template)
{
    const mr_node *section = mr_node_get(template->root, "Conditions");
    if (!mr_node_is(section, MR_NODE_MAP)) {
        return;
    }
    template->conditions =
        mr_arena_alloc(template->arena, section->count * sizeof(*template->conditions));
    template->condition_count = section->count;
    for (size_t i = 0; i < section->count; i++) {
        template->conditions[i] = (mr_condition){section->keys[i], section->items[i], 0};
    }
    for (size_t i = 0; i < section->count; i++) {
        mr_condition *condition = &template->conditions[i];
        if (condition->truth == MR_TRUTH_UNSEEN) {
            condition->truth = MR_TRUTH_BUSY;
            condition->truth = truth_of(template, condition->node);
        }
    }
}
