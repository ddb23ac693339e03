/* references.c - see references.h. */
#include "src/config/references.h"

#include "sim/base/hash.h"
#include "src/config/intrinsics.h"
#include "src/config/value.h"

static const char *const pseudo_names[] = {
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition",
    "AWS::Region",    "AWS::StackId", "AWS::StackName",        "AWS::URLSuffix",
};

static void digest(const mr_template *template, const char *what, uint8_t out[16])
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&text, "%s/%s", template->stack, what);
    mr_md5(text.at, text.len, out);
    mr_strbuf_deinit(&text);
}

const char *mr_reference_generated_name(const mr_template *template, const char *logical_id,
                                        mr_name_shape shape, size_t name_max)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    enum { CHANCE = 12 };
    char chance[CHANCE + 1] = {0};
    uint8_t hash[16];
    digest(template, logical_id, hash);
    for (size_t i = 0; i < CHANCE; i++) {
        chance[i] = letters[hash[i] % (sizeof(letters) - 1)];
    }
    /* Too long a name loses letters of the logical id first, then of the stack. */
    size_t room = name_max - CHANCE - 2;
    size_t stack = mr_min_size(strlen(template->stack), room - 1);
    size_t id = mr_min_size(strlen(logical_id), room - stack);
    char *name = mr_arena_format(template->arena, "%.*s-%.*s-%s", (int)stack, template->stack,
                                 (int)id, logical_id, chance);
    if (shape == MR_NAME_LOWER) {
        mr_value_lower(name);
    }
    return name;
}

const char *mr_reference_uuid(const mr_template *template, const char *what)
{
    uint8_t hash[16];
    char hex[33];
    digest(template, what, hash);
    hash[6] = (uint8_t)((hash[6] & 0x0f) | 0x40);
    hash[8] = (uint8_t)((hash[8] & 0x3f) | 0x80);
    mr_hex(hash, sizeof(hash), hex);
    return mr_arena_format(template->arena, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12,
                           hex + 16, hex + 20);
}

const char *mr_reference_expand(const mr_template *template, const mr_resource *resource,
                                const char *format)
{
    mr_strbuf out = mr_strbuf_make(64 * MR_KIB);
    for (const char *c = format; *c != '\0'; c++) {
        if (*c != '$') {
            mr_strbuf_append_char(&out, *c);
            continue;
        }
        c++;
        const char *value = *c == 'N'   ? resource->name
                            : *c == 'L' ? resource->logical_id
                            : *c == 'R' ? template->region
                            : *c == 'A' ? template->account
                            : *c == 'P' ? template->partition
                            : *c == 'S' ? template->url_suffix
                                        : mr_reference_uuid(template, resource->logical_id);
        MR_ASSERT(strchr("NLRAPSU", *c) != NULL);
        mr_strbuf_append_text(&out, value);
    }
    const char *text = mr_arena_copy(template->arena, mr_strbuf_bytes(&out));
    mr_strbuf_deinit(&out);
    return text;
}

/* ---- Ref ---- */

/* NULL with *known false: no such pseudo parameter; NULL with *known true: AWS::NoValue. */
static mr_node *pseudo(mr_evaluator *ev, const mr_node *call, const char *name, bool *known)
{
    const mr_template *template = ev->template;
    const struct {
        const char *name, *value;
    } values[] = {
        {"AWS::AccountId", template->account}, {"AWS::Partition", template->partition},
        {"AWS::Region", template->region},     {"AWS::StackId", template->stack_id},
        {"AWS::StackName", template->stack},   {"AWS::URLSuffix", template->url_suffix},
    };
    *known = true;
    for (size_t i = 0; i < MR_COUNT(values); i++) {
        if (strcmp(name, values[i].name) == 0) {
            return mr_evaluated_text(ev, call, mr_bytes_of(values[i].value));
        }
    }
    if (strcmp(name, "AWS::NotificationARNs") == 0) {
        return mr_node_new(template->arena, MR_NODE_LIST, call->line);
    }
    *known = strcmp(name, "AWS::NoValue") == 0;
    return NULL;
}

static mr_node *parameter_value(mr_evaluator *ev, const mr_node *call,
                                const mr_template_parameter *parameter)
{
    if (parameter->is_ssm_path && ev->scope != MR_SCOPE_UNMODELLED) {
        mr_findings_warn_once(ev->template->findings, parameter->name, call,
                              "the SSM parameter %s cannot be read here, so its name stands for "
                              "its value; give --param %s=VALUE",
                              mr_node_get_text(parameter->node, "Default"), parameter->name);
    }
    const mr_node *value = parameter->value;
    if (value->kind != MR_NODE_LIST) {
        return value->kind == MR_NODE_TEXT ? mr_evaluated_text(ev, call, mr_bytes_of(value->text))
                                           : mr_evaluated_unknown(ev, call);
    }
    mr_node *list = mr_node_new(ev->template->arena, MR_NODE_LIST, call->line);
    for (size_t i = 0; i < value->count && !ev->template->evaluated_too_much; i++) {
        mr_node_add(ev->template->arena, list,
                    mr_evaluated_text(ev, call, mr_bytes_of(value->items[i]->text)));
    }
    return list;
}

static const char *block_name(mr_scope scope)
{
    switch (scope) {
    case MR_SCOPE_CONDITIONS:
        return "Conditions";
    case MR_SCOPE_OUTPUTS:
        return "Outputs";
    case MR_SCOPE_RESOURCES:
    case MR_SCOPE_UNMODELLED:
        break;
    }
    return "Resources";
}

static mr_node *unresolved(mr_evaluator *ev, const mr_node *call, const char *name, bool is_ref)
{
    mr_template *template = ev->template;
    size_t most = MR_COUNT(pseudo_names) + template->parameter_count + template->resource_count;
    const char **names = mr_alloc(most * sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < template->resource_count; i++) {
        names[count++] = template->resources[i].logical_id;
    }
    for (size_t i = 0; is_ref && i < template->parameter_count; i++) {
        names[count++] = template->parameters[i].name;
    }
    for (size_t i = 0; is_ref && i < MR_COUNT(pseudo_names); i++) {
        names[count++] = pseudo_names[i];
    }
    const char *hint = mr_findings_hint(template->findings, name, names, count);
    if (is_ref) {
        mr_findings_error(template->findings, call,
                          "Template format error: Unresolved resource dependencies [%s] in the %s "
                          "block of the template%s",
                          name, block_name(ev->scope), hint);
    } else {
        mr_findings_error(template->findings, call,
                          "Template error: instance of Fn::GetAtt references undefined resource "
                          "%s%s",
                          name, hint);
    }
    mr_free(names);
    return mr_evaluated_unknown(ev, call);
}

/* A resource that may be referred to from here; NULL with the answer in *instead. */
static const mr_resource *usable(mr_evaluator *ev, const mr_node *call, const char *logical_id,
                                 bool is_ref, mr_node **instead)
{
    const mr_resource *resource = mr_template_resource_find(ev->template, logical_id);
    if (ev->scope == MR_SCOPE_CONDITIONS) {
        mr_findings_error(ev->template->findings, call,
                          "Template format error: Unresolved dependencies [%s]. Cannot reference "
                          "resources in the Conditions block of the template",
                          logical_id);
    } else if (resource == NULL) {
        *instead = unresolved(ev, call, logical_id, is_ref);
        return NULL;
    } else if (resource->state == MR_RESOURCE_LEFT_OUT) {
        mr_findings_error(ev->template->findings, call,
                          "Template format error: Unresolved resource dependencies [%s] in the %s "
                          "block of the template; it is left out because its Condition %s is "
                          "false: put the reference into Fn::If",
                          logical_id, block_name(ev->scope),
                          mr_node_get_text(resource->node, "Condition"));
    } else if (resource->state == MR_RESOURCE_READY) {
        return resource;
    }
    *instead = mr_evaluated_unknown(ev, call);
    return NULL;
}

mr_node *mr_reference_ref(mr_evaluator *ev, const mr_node *call, const char *name)
{
    bool known;
    mr_node *value = pseudo(ev, call, name, &known);
    if (known) {
        return value;
    }
    const mr_template_parameter *parameter = mr_template_parameter_find(ev->template, name);
    if (parameter != NULL) {
        return parameter_value(ev, call, parameter);
    }
    if (strncmp(name, "AWS::", 5) == 0) {
        return unresolved(ev, call, name, true);
    }
    const mr_resource *resource = usable(ev, call, name, true, &value);
    if (resource == NULL) {
        return value;
    }
    const char *format =
        resource->type != NULL && resource->type->ref != NULL ? resource->type->ref : "$N";
    return mr_evaluated_text(ev, call,
                             mr_bytes_of(mr_reference_expand(ev->template, resource, format)));
}

/* ---- Fn::GetAtt ---- */

/* Attributes of a type that is not modelled: an ARN that looks right, or a text that says where it
 * comes from. */
static const char *made_up(const mr_template *template, const mr_resource *resource,
                           const char *attribute)
{
    size_t len = strlen(attribute);
    if (len < 3 ||
        (strcmp(attribute + len - 3, "Arn") != 0 && strcmp(attribute + len - 3, "ARN") != 0)) {
        return mr_arena_format(template->arena, "%s.%s", resource->logical_id, attribute);
    }
    mr_strbuf service = mr_strbuf_make(256);
    const char *from = strstr(resource->type_name, "::");
    from = from == NULL ? "custom" : from + 2;
    mr_strbuf_append(&service, from, strcspn(from, ":"));
    char *prefix = mr_strbuf_take(&service);
    mr_value_lower(prefix);
    const char *arn = mr_arena_format(template->arena, "arn:%s:%s:%s:%s:%s", template->partition,
                                      prefix, template->region, template->account, resource->name);
    mr_free(prefix);
    return arn;
}

static const char *attribute_value(mr_evaluator *ev, const mr_node *call,
                                   const mr_resource *resource, const char *attribute)
{
    if (resource->type == NULL) {
        return made_up(ev->template, resource, attribute);
    }
    const char *names[32];
    size_t count = 0;
    const mr_attribute *row = resource->type->attributes;
    for (; row != NULL && row->name != NULL; row++) {
        if (strcmp(row->name, attribute) == 0) {
            return mr_reference_expand(ev->template, resource, row->format);
        }
        MR_ASSERT(count < MR_COUNT(names));
        names[count++] = row->name;
    }
    mr_findings_error(ev->template->findings, call,
                      "Template error: resource %s does not support attribute type %s in "
                      "Fn::GetAtt%s",
                      resource->logical_id, attribute,
                      mr_findings_hint(ev->template->findings, attribute, names, count));
    return NULL;
}

mr_node *mr_reference_attribute(mr_evaluator *ev, const mr_node *call, const char *logical_id,
                                const char *attribute)
{
    mr_node *instead = NULL;
    const mr_resource *resource = usable(ev, call, logical_id, false, &instead);
    if (resource == NULL) {
        return instead;
    }
    const char *value = attribute_value(ev, call, resource, attribute);
    return value == NULL ? mr_evaluated_unknown(ev, call)
                         : mr_evaluated_text(ev, call, mr_bytes_of(value));
}
