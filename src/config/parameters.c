/* parameters.c - see parameters.h. Messages are CloudFormation's. */
#include "src/config/parameters.h"

#include "sim/base/pattern.h"
#include "src/config/value.h"

static const char *const attribute_names[] = {
    "Type",        "Default",   "AllowedValues", "AllowedPattern", "ConstraintDescription",
    "MinLength",   "MaxLength", "MinValue",      "MaxValue",       "NoEcho",
    "Description",
};

static const char *const type_names[] = {
    "String",
    "Number",
    "List<Number>",
    "CommaDelimitedList",
    "AWS::SSM::Parameter::Name",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
};

static bool is_type(const char *type)
{
    for (size_t i = 0; i < MR_COUNT(type_names); i++) {
        if (strcmp(type, type_names[i]) == 0) {
            return true;
        }
    }
    /* List<AWS::EC2::Subnet::Id>, AWS::SSM::Parameter::Value<String> */
    mr_bytes bytes = mr_bytes_of(type);
    return (mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("List<AWS::")) ||
            mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("AWS::SSM::Parameter::Value<"))) &&
           mr_bytes_ends_with(bytes, MR_BYTES_LITERAL(">"));
}

static bool is_list_type(const char *type)
{
    return strcmp(type, "CommaDelimitedList") == 0 || strstr(type, "List<") != NULL ||
           strcmp(type, "AWS::SSM::Parameter::Value<CommaDelimitedList>") == 0;
}

static const char *given_value(const mr_template *template, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < template->given_count; i++) {
        if (strcmp(template->given[i].name, name) == 0) {
            value = template->given[i].value; /* of one given twice the last counts */
        }
    }
    return value;
}

/* A refusal in AWS's words, or in the template's own ConstraintDescription. */
static bool refuse(mr_template *template, const mr_template_parameter *parameter, const char *rule,
                   const char *what)
{
    const char *description = mr_node_get_text(parameter->node, "ConstraintDescription");
    if (description != NULL) {
        mr_findings_error(template->findings, parameter->node,
                          "Parameter '%s' failed to satisfy constraint: %s", parameter->name,
                          description);
    } else {
        mr_findings_error(template->findings, parameter->node, "Parameter '%s' %s%s",
                          parameter->name, rule, what);
    }
    return false;
}

static bool check_allowed_values(mr_template *template, const mr_template_parameter *parameter,
                                 const char *value)
{
    const mr_node *allowed = mr_node_get(parameter->node, "AllowedValues");
    if (!mr_node_is(allowed, MR_NODE_LIST)) {
        return true;
    }
    mr_strbuf words = mr_strbuf_make(400);
    for (size_t i = 0; i < allowed->count; i++) {
        const mr_node *item = allowed->items[i];
        if (item->kind == MR_NODE_TEXT) {
            if (strcmp(item->text, value) == 0) {
                mr_strbuf_deinit(&words);
                return true;
            }
            mr_strbuf_appendf(&words, "%s%s", words.len == 0 ? " [" : ", ", item->text);
        }
    }
    mr_strbuf_append_char(&words, ']');
    bool ok = refuse(template, parameter, "must be one of AllowedValues",
                     words.overflowed ? "" : mr_strbuf_text(&words));
    mr_strbuf_deinit(&words);
    return ok;
}

static bool check_pattern(mr_template *template, const mr_template_parameter *parameter,
                          const char *value)
{
    const char *pattern = mr_node_get_text(parameter->node, "AllowedPattern");
    if (pattern == NULL) {
        return true;
    }
    switch (mr_pattern_match(pattern, mr_bytes_of(value))) {
    case MR_MATCH_YES:
        break;
    case MR_MATCH_NO:
        return refuse(template, parameter, "must match pattern ", pattern);
    case MR_MATCH_UNKNOWN:
        mr_findings_warn(template->findings, mr_node_get(parameter->node, "AllowedPattern"),
                         "this pattern is not understood here, so the value is not checked");
        break;
    }
    return true;
}

/* The characters (not bytes) of a UTF-8 text. */
static int64_t count_characters(const char *text)
{
    int64_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

static bool check_bounds(mr_template *template, const mr_template_parameter *parameter,
                         const char *value)
{
    const mr_node *node = parameter->node;
    int64_t length = count_characters(value), bound;
    const mr_node *limit = mr_node_get(node, "MinLength");
    if (mr_value_int(limit, &bound) && length < bound) {
        return refuse(template, parameter, "must contain at least ",
                      mr_arena_format(template->arena, "%s characters", limit->text));
    }
    limit = mr_node_get(node, "MaxLength");
    if (mr_value_int(limit, &bound) && length > bound) {
        return refuse(template, parameter, "must contain at most ",
                      mr_arena_format(template->arena, "%s characters", limit->text));
    }
    double number, edge;
    mr_node text = {.kind = MR_NODE_TEXT, .text = value};
    if (!mr_value_double(&text, &number)) {
        return true;
    }
    limit = mr_node_get(node, "MinValue");
    if (mr_value_double(limit, &edge) && number < edge) {
        return refuse(template, parameter, "must be a number not less than ", limit->text);
    }
    limit = mr_node_get(node, "MaxValue");
    if (mr_value_double(limit, &edge) && number > edge) {
        return refuse(template, parameter, "must be a number not greater than ", limit->text);
    }
    return true;
}

static bool check_one(mr_template *template, const mr_template_parameter *parameter,
                      const char *type, const char *value)
{
    mr_node text = {.kind = MR_NODE_TEXT, .text = value};
    double number;
    if ((strcmp(type, "Number") == 0 || strcmp(type, "List<Number>") == 0) &&
        !mr_value_double(&text, &number)) {
        return refuse(template, parameter, "must be a number", "");
    }
    return check_allowed_values(template, parameter, value) &&
           check_pattern(template, parameter, value) && check_bounds(template, parameter, value);
}

/* "a, b,c" as a list, each piece without the blanks around it. */
static mr_node *split_list(mr_arena *arena, const char *value, int line)
{
    mr_node *list = mr_node_new(arena, MR_NODE_LIST, line);
    mr_bytes rest = mr_bytes_of(value);
    for (;;) {
        size_t comma = mr_bytes_find(rest, ',');
        mr_bytes piece = mr_bytes_trim((mr_bytes){rest.at, comma});
        mr_node_add(arena, list, mr_node_new_text(arena, piece, line));
        if (comma == rest.len) {
            return list;
        }
        rest = (mr_bytes){rest.at + comma + 1, rest.len - comma - 1};
    }
}

static void set_value(mr_template *template, mr_template_parameter *parameter, const char *type,
                      const char *value)
{
    mr_arena *arena = template->arena;
    mr_node *node = is_list_type(type)
                        ? split_list(arena, value, parameter->node->line)
                        : mr_node_new_text(arena, mr_bytes_of(value), parameter->node->line);
    bool ok = true;
    if (parameter->is_ssm_path) {
        ok = true; /* the rules are for the value, which only AWS knows */
    } else if (node->kind == MR_NODE_LIST) {
        for (size_t i = 0; i < node->count && ok; i++) {
            ok = check_one(template, parameter, type, node->items[i]->text);
        }
    } else {
        ok = check_one(template, parameter, type, value);
    }
    if (ok) {
        parameter->value = node;
    }
}

static void check_attributes(mr_template *template, const mr_node *node)
{
    for (size_t i = 0; i < node->count; i++) {
        bool known = false;
        for (size_t a = 0; a < MR_COUNT(attribute_names); a++) {
            known = known || strcmp(node->keys[i], attribute_names[a]) == 0;
        }
        if (!known) {
            mr_findings_error(template->findings, node->items[i],
                              "Template format error: Invalid template parameter property '%s'%s",
                              node->keys[i],
                              mr_findings_hint(template->findings, node->keys[i], attribute_names,
                                               MR_COUNT(attribute_names)));
        }
    }
}

static void read_parameter(mr_template *template, mr_template_parameter *parameter)
{
    const mr_node *node = parameter->node;
    if (node->kind != MR_NODE_MAP) {
        mr_findings_error(template->findings, node,
                          "Template format error: Every Parameters member must be an object with "
                          "a Type");
        return;
    }
    check_attributes(template, node);
    const char *type = mr_node_get_text(node, "Type");
    if (type == NULL) {
        mr_findings_error(template->findings, node,
                          "Template format error: Every Parameters object must contain a Type "
                          "member");
        return;
    }
    if (!is_type(type)) {
        mr_findings_error(
            template->findings, mr_node_get(node, "Type"),
            "Template format error: Unrecognized parameter type: %s%s", type,
            mr_findings_hint(template->findings, type, type_names, MR_COUNT(type_names)));
        return;
    }
    const char *value = given_value(template, parameter->name);
    if (value == NULL) {
        const mr_node *otherwise = mr_node_get(node, "Default");
        if (otherwise != NULL && otherwise->kind != MR_NODE_TEXT) {
            mr_findings_error(template->findings, otherwise,
                              "Template format error: Every Default member must be a string");
            return;
        }
        value = otherwise == NULL ? NULL : otherwise->text;
        parameter->is_ssm_path = strncmp(type, "AWS::SSM::Parameter::Value<", 27) == 0;
    }
    if (value == NULL) {
        mr_findings_error(template->findings, node,
                          "Parameters: [%s] must have values; give --param %s=VALUE or a Default",
                          parameter->name, parameter->name);
        return;
    }
    set_value(template, parameter, type, value);
}

/* --param that no parameter takes; those for {{resolve:...}} are looked up where they are used. */
static void check_given(mr_template *template)
{
    for (size_t i = 0; i < template->given_count; i++) {
        const char *name = template->given[i].name;
        if (mr_template_parameter_find(template, name) != NULL ||
            strncmp(name, "resolve:", 8) == 0) {
            continue;
        }
        const char **names = mr_reallocarray(NULL, template->parameter_count, sizeof(*names));
        for (size_t p = 0; p < template->parameter_count; p++) {
            names[p] = template->parameters[p].name;
        }
        mr_findings_error(
            template->findings, NULL, "Parameters: [%s] do not exist in the template%s", name,
            mr_findings_hint(template->findings, name, names, template->parameter_count));
        mr_free(names);
    }
}

void mr_parameters_read(mr_template *template)
{
    const mr_node *section = mr_node_get(template->root, "Parameters");
    if (mr_node_is(section, MR_NODE_MAP)) {
        size_t count = mr_min_size(section->count, MR_TEMPLATE_PARAMETERS_MAX);
        if (count < section->count) {
            mr_findings_error(template->findings, section,
                              "Template format error: Number of parameters, %zu, is greater than "
                              "maximum allowed, %d",
                              section->count, MR_TEMPLATE_PARAMETERS_MAX);
        }
        template->parameters =
            mr_arena_alloc(template->arena, count * sizeof(*template->parameters));
        template->parameter_count = count;
        for (size_t i = 0; i < count; i++) {
            mr_template_parameter *parameter = &template->parameters[i];
            parameter->name = section->keys[i];
            parameter->node = section->items[i];
            parameter->value = mr_node_new(template->arena, MR_NODE_UNKNOWN, 0);
            read_parameter(template, parameter);
        }
    }
    check_given(template);
}
