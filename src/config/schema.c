/* schema.c - see schema.h: finding types, and checking properties against their tables. */
#include "src/config/schema.h"

#include "src/config/value.h"

static const mr_resource_type *const *const services[] = {
    mr_types_kinesis, mr_types_firehose, mr_types_lambda, mr_types_s3,
    mr_types_glue,    mr_types_athena,   mr_types_iam,    mr_types_logs,
};

const mr_resource_type *mr_resource_type_find(const char *name)
{
    for (size_t s = 0; s < MR_COUNT(services); s++) {
        for (const mr_resource_type *const *type = services[s]; *type != NULL; type++) {
            if (strcmp((*type)->name, name) == 0) {
                return *type;
            }
        }
    }
    return NULL;
}

const mr_resource_type *const *const *mr_resource_services(size_t *count)
{
    *count = MR_COUNT(services);
    return services;
}

/* ---- checking ---- */

typedef struct checker {
    mr_arena *arena;
    mr_findings *findings;
    const mr_resource_type *type;
    const char *logical_id;
    bool quiet; /* below a property that has been warned of as a whole */
} checker;

/* Where in the properties: "ExtendedS3DestinationConfiguration.Prefix", the same for each item of
 * a list, so that a warning is given once; and CloudFormation's pointer "#/Tags/0/Key". */
typedef struct place {
    const char *dotted, *pointer;
} place;

static place below(const checker *c, place at, const char *name)
{
    return (place){
        .dotted =
            mr_arena_format(c->arena, "%s%s%s", at.dotted, at.dotted[0] == '\0' ? "" : ".", name),
        .pointer = mr_arena_format(c->arena, "%s/%s", at.pointer, name),
    };
}

static void wrong_kind(const checker *c, const mr_node *node, place at, const char *wanted)
{
    mr_findings_error(c->findings, node,
                      "Properties validation failed for resource %s with message: #%s: expected "
                      "type: %s, found: %s",
                      c->logical_id, at.pointer, wanted, mr_node_kind_name(node));
}

/* "extendedS3DestinationConfiguration.compressionFormat", as validation messages spell it. */
static const char *camel_path(const checker *c, place at)
{
    char *text = mr_arena_text(c->arena, at.dotted);
    bool first = true;
    for (char *p = text; *p != '\0'; p++) {
        if (first && *p >= 'A' && *p <= 'Z') {
            *p = (char)(*p + 32);
        }
        first = *p == '.';
    }
    return text;
}

static void check_words(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    const char *words[40];
    size_t count = 0;
    mr_strbuf list = mr_strbuf_make(1000);
    for (const char *p = row->values; *p != '\0';) {
        mr_bytes word = {p, strcspn(p, " ")};
        if (mr_bytes_is(word, node->text)) {
            mr_strbuf_deinit(&list);
            return;
        }
        MR_ASSERT(count < MR_COUNT(words));
        words[count++] = mr_arena_copy(c->arena, word);
        mr_strbuf_appendf(&list, "%s%s", list.len == 0 ? "" : ", ", words[count - 1]);
        p += word.len + (p[word.len] == ' ' ? 1 : 0);
    }
    mr_findings_error(c->findings, node,
                      "1 validation error detected: Value '%s' at '%s' failed to satisfy "
                      "constraint: Member must satisfy enum value set: [%s]%s",
                      node->text, camel_path(c, at), mr_strbuf_text(&list),
                      mr_findings_hint(c->findings, node->text, words, count));
    mr_strbuf_deinit(&list);
}

static void check_text(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    if (node->kind != MR_NODE_TEXT) {
        wrong_kind(c, node, at, "String");
    } else if (row->values != NULL) {
        check_words(c, row, node, at);
    }
}

static void check_integer(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    int64_t value;
    if (!mr_value_int(node, &value)) {
        wrong_kind(c, node, at, "Integer");
    } else if (row->max != 0 && (value < row->min || value > row->max)) {
        bool low = value < row->min;
        mr_findings_error(c->findings, node,
                          "1 validation error detected: Value '%s' at '%s' failed to satisfy "
                          "constraint: Member must have value %s than or equal to %lld",
                          node->text, camel_path(c, at), low ? "greater" : "less",
                          (long long)(low ? row->min : row->max));
    }
}

static void check_members(const checker *c, const mr_property *table, const mr_node *node,
                          place at);

static void check_list(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    if (node->kind != MR_NODE_LIST) {
        wrong_kind(c, node, at, "JSONArray");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const mr_node *item = node->items[i];
        place here = {at.dotted, mr_arena_format(c->arena, "%s/%zu", at.pointer, i)};
        if (item->kind == MR_NODE_UNKNOWN) {
            continue;
        }
        if (row->members == NULL) {
            check_text(c, row, item, here);
        } else if (item->kind != MR_NODE_MAP) {
            wrong_kind(c, item, here, "JSONObject");
        } else {
            check_members(c, row->members, item, here);
        }
    }
}

static void check_map(const checker *c, const mr_node *node, place at)
{
    if (node->kind != MR_NODE_MAP) {
        wrong_kind(c, node, at, "JSONObject");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (node->items[i]->kind != MR_NODE_TEXT && node->items[i]->kind != MR_NODE_UNKNOWN) {
            wrong_kind(c, node->items[i], below(c, at, node->keys[i]), "String");
        }
    }
}

static void check_kind(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    double number;
    bool truth;
    switch (row->kind) {
    case MR_TEXT:
        check_text(c, row, node, at);
        break;
    case MR_INTEGER:
        check_integer(c, row, node, at);
        break;
    case MR_NUMBER:
        if (!mr_value_double(node, &number)) {
            wrong_kind(c, node, at, "Number");
        }
        break;
    case MR_BOOLEAN:
        if (!mr_value_bool(node, &truth)) {
            wrong_kind(c, node, at, "Boolean");
        }
        break;
    case MR_TEXT_OR_OBJECT:
        if (node->kind == MR_NODE_TEXT) {
            break;
        }
        /* fall through */
    case MR_OBJECT:
        if (node->kind != MR_NODE_MAP) {
            wrong_kind(c, node, at, "JSONObject");
        } else if (row->members != NULL) {
            check_members(c, row->members, node, at);
        }
        break;
    case MR_LIST:
        check_list(c, row, node, at);
        break;
    case MR_MAP:
        check_map(c, node, at);
        break;
    case MR_ANY:
        break;
    }
}

/* A word is said once per type and property; the same word about a property of the same name
 * elsewhere in the type (RoleARN) is not said again. */
static void say_use(const checker *c, const mr_property *row, const mr_node *node, place at)
{
    if (row->use == MR_REFUSED) {
        mr_findings_error(c->findings, node, "%s",
                          row->why == NULL ? "millrace does not model it, and the pipeline would "
                                             "not do what it does on AWS"
                                           : row->why);
    } else if (row->use == MR_WARNED) {
        const char *once =
            row->why == NULL
                ? mr_arena_format(c->arena, "%s.%s", c->type->name, at.dotted)
                : mr_arena_format(c->arena, "%s.%s: %s", c->type->name, row->name, row->why);
        mr_findings_warn_once(c->findings, once, node, "%s",
                              row->why == NULL ? "not modelled here; it has no effect" : row->why);
    }
}

static void unknown_member(const checker *c, const mr_property *table, const mr_node *node)
{
    const char *names[64];
    size_t count = 0;
    for (const mr_property *row = table; row->name != NULL && count < MR_COUNT(names); row++) {
        names[count++] = row->name;
    }
    mr_findings_error(c->findings, node, "Encountered unsupported property %s%s", node->key,
                      mr_findings_hint(c->findings, node->key, names, count));
}

static const mr_property *find_row(const mr_property *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    return NULL;
}

/* What stands below a property that is only warned of is still checked for misspellings, but not
 * warned of a second time. */
static void check_members(const checker *c, const mr_property *table, const mr_node *node, place at)
{
    for (size_t i = 0; i < node->count; i++) {
        const mr_node *value = node->items[i];
        const mr_property *row = find_row(table, node->keys[i]);
        if (row == NULL) {
            unknown_member(c, table, value);
            continue;
        }
        if (value->kind == MR_NODE_UNKNOWN || mr_node_get(node, node->keys[i]) != value) {
            continue;
        }
        place here = below(c, at, node->keys[i]);
        if (!c->quiet) {
            say_use(c, row, value, here);
        }
        if (row->use != MR_REFUSED) {
            checker inside = *c;
            inside.quiet = c->quiet || row->use == MR_WARNED;
            check_kind(&inside, row, value, here);
        }
    }
    for (const mr_property *row = table; row->name != NULL; row++) {
        if (row->required && mr_node_get(node, row->name) == NULL) {
            mr_findings_error(c->findings, node,
                              "Properties validation failed for resource %s with message: #%s: "
                              "required key [%s] not found",
                              c->logical_id, at.pointer, row->name);
        }
    }
}

void mr_schema_check(mr_arena *arena, mr_findings *findings, const mr_resource_type *type,
                     const char *logical_id, const mr_node *properties)
{
    /* One warning about a type that runs nothing is enough for all its properties. */
    checker c = {arena, findings, type, logical_id, type->warning != NULL};
    check_members(&c, type->properties, properties, (place){"", ""});
}
