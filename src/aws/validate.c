/* validate.c - see validate.h. */
#include "src/aws/validate.h"

#include "sim/base/pattern.h"

#include <inttypes.h>

/* A pattern is not tried on a longer text: it costs time by its length. */
#define PATTERN_TEXT_MAX (64 * MR_KIB)

typedef struct checker {
    bool then;        /* by the limits of then */
    bool hides;       /* values, see shape.h */
    size_t most;      /* violations, after which nothing more is looked at */
    size_t count;     /* of violations */
    mr_strbuf *items; /* NULL: only the count is wanted */
} checker;

/* A place in the input: a member of a structure, an element of a list or a value of a map. */
typedef struct place place;
struct place {
    const place *around; /* NULL: a member of the whole */
    const mr_aws_member *member;
    const void *value;
    size_t number;       /* of an element, from 1; 0: none */
    const mr_bytes *key; /* of a map's value */
};

static void check_value(checker *c, const place *at);

/* ---- what a message shows ---- */

static void append_lower_first(mr_strbuf *out, const char *name)
{
    char first = name[0];
    mr_strbuf_append_char(out, (char)(first >= 'A' && first <= 'Z' ? first + ('a' - 'A') : first));
    mr_strbuf_append_text(out, name + 1);
}

static void append_path(mr_strbuf *out, const place *at)
{
    if (at->around != NULL) {
        append_path(out, at->around);
        mr_strbuf_append_char(out, '.');
    }
    if (at->number > 0) {
        mr_strbuf_appendf(out, "%zu.", at->number);
    } else if (at->key != NULL) {
        mr_aws_append_shown(out, *at->key);
        mr_strbuf_append_char(out, '.');
    }
    append_lower_first(out, at->member->name);
}

static void append_blob(mr_strbuf *out, size_t len)
{
    mr_strbuf_appendf(out, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", len, len);
}

/* Before the i-th entry of a list or map: what separates it, or "..." for all that are not kept or
 * not going to be shown. False when there are no more. */
static bool append_next(mr_strbuf *out, size_t i, size_t count)
{
    if (i == count) {
        return false;
    }
    mr_strbuf_append_text(out, i > 0 ? ", " : "");
    if (i == MR_AWS_ITEMS_MAX || out->len > MR_AWS_SHOWN_BYTES_MAX) {
        mr_strbuf_append_text(out, "...");
        return false;
    }
    return true;
}

static void append_text_or_null(mr_strbuf *out, mr_bytes text)
{
    mr_aws_append_shown(out, text.at == NULL ? MR_BYTES_LITERAL("null") : text);
}

static void append_map(mr_strbuf *out, const mr_aws_map *map)
{
    mr_strbuf_append_char(out, '{');
    for (size_t i = 0; append_next(out, i, map->count); i++) {
        mr_aws_append_shown(out, map->entries[i].key);
        mr_strbuf_append_char(out, '=');
        append_text_or_null(out, map->entries[i].value);
    }
    mr_strbuf_append_char(out, '}');
}

static const void *item_of(const mr_aws_list *list, const mr_aws_member *element, size_t i)
{
    return (const char *)list->items + i * mr_aws_member_size(element);
}

/* A value as Java's toString() has it. Lists of lists are in no table. */
static void append_value(mr_strbuf *out, const mr_aws_member *member, const void *value)
{
    switch (member->type) {
    case MR_AWS_STRING:
        append_text_or_null(out, *(const mr_bytes *)value);
        break;
    case MR_AWS_BLOB:
        append_blob(out, ((const mr_bytes *)value)->len);
        break;
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
    case MR_AWS_TIMESTAMP:
        mr_strbuf_append_int64(out, ((const mr_aws_number *)value)->value);
        break;
    case MR_AWS_BOOLEAN:
        mr_strbuf_append_text(out, ((const mr_aws_flag *)value)->value ? "true" : "false");
        break;
    case MR_AWS_STRUCTURE:
        mr_strbuf_append_text(out, member->shape->java_name);
        break;
    case MR_AWS_MAP:
        append_map(out, value);
        break;
    case MR_AWS_LIST: {
        const mr_aws_list *list = value;
        mr_strbuf_append_char(out, '[');
        for (size_t i = 0; append_next(out, i, list->count); i++) {
            append_value(out, member->element, item_of(list, member->element, i));
        }
        mr_strbuf_append_char(out, ']');
        break;
    }
    case MR_AWS_TYPE_COUNT:
        break;
    }
}

/* ---- violations ---- */

/* Value at '...' failed to satisfy constraint: ... */
static void append_hidden(mr_strbuf *out, mr_bytes path)
{
    mr_strbuf_append_text(out, "Value at '");
    mr_strbuf_append_bytes(out, path);
    mr_strbuf_append_text(out, "' failed to satisfy constraint: ");
}

/* Value '...' at '...' failed to satisfy constraint: ... */
static void append_item(mr_strbuf *out, mr_bytes path, mr_bytes value)
{
    mr_strbuf_append_text(out, "Value ");
    if (value.at == NULL) {
        mr_strbuf_append_text(out, "null");
    } else {
        mr_strbuf_append_char(out, '\'');
        mr_aws_append_shown(out, value);
        mr_strbuf_append_char(out, '\'');
    }
    mr_strbuf_append_text(out, " at '");
    mr_strbuf_append_bytes(out, path);
    mr_strbuf_append_text(out, "' failed to satisfy constraint: ");
}

/* Writes the item up to its constraint. NULL: the text is not wanted. */
static mr_strbuf *begin_violation(checker *c, const place *at)
{
    MR_ASSERT(c->count < c->most);
    c->count++;
    if (c->items == NULL) {
        return NULL;
    }
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_path(&path, at);
    if (c->hides) {
        mr_strbuf_append_text(c->items, c->count > 1 ? "; " : "");
        append_hidden(c->items, mr_strbuf_bytes(&path));
        mr_strbuf_deinit(&path);
        return c->items;
    }
    mr_strbuf value = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool present = mr_aws_is_present(at->member->type, at->value);
    if (present) {
        mr_strbuf_append_text(&value, ""); /* an empty text is not null */
        append_value(&value, at->member, at->value);
    }
    mr_strbuf_append_text(c->items, c->count > 1 ? "; " : "");
    append_item(c->items, mr_strbuf_bytes(&path), mr_strbuf_bytes(&value));
    mr_strbuf_deinit(&path);
    mr_strbuf_deinit(&value);
    return c->items;
}

static bool is_done(const checker *c)
{
    return c->count == c->most;
}

/* ---- constraints ---- */

typedef enum rule { RULE_NULL, RULE_PATTERN, RULE_VALUES, RULE_MIN, RULE_MAX } rule;

/* Today's range or the one of then; what is kept of a list or map bounds it in any case. */
static mr_aws_range range_of(const checker *c, const mr_aws_member *member)
{
    mr_aws_range range = c->then && member->range_then.set ? member->range_then : member->range;
    if (member->type == MR_AWS_LIST || member->type == MR_AWS_MAP) {
        range.max = range.set && range.max < MR_AWS_ITEMS_MAX ? range.max : MR_AWS_ITEMS_MAX;
        range.set = true;
    }
    return range;
}

static void append_values(mr_strbuf *out, const char *const *values)
{
    mr_strbuf_append_text(out, "Member must satisfy enum value set: [");
    for (size_t i = 0; values[i] != NULL; i++) {
        mr_strbuf_append_text(out, i > 0 ? ", " : "");
        mr_strbuf_append_text(out, values[i]);
    }
    mr_strbuf_append_char(out, ']');
}

static void append_rule(mr_strbuf *out, const mr_aws_member *member, rule broken,
                        mr_aws_range range)
{
    bool is_value = member->type == MR_AWS_INTEGER || member->type == MR_AWS_LONG;
    const char *noun = is_value ? "value" : "length";
    switch (broken) {
    case RULE_NULL:
        mr_strbuf_append_text(out, "Member must not be null");
        break;
    case RULE_PATTERN:
        mr_strbuf_appendf(out, "Member must satisfy regular expression pattern: %s",
                          member->pattern);
        break;
    case RULE_VALUES:
        append_values(out, member->values);
        break;
    case RULE_MIN:
        mr_strbuf_appendf(out, "Member must have %s greater than or equal to %" PRId64, noun,
                          range.min);
        break;
    case RULE_MAX:
        mr_strbuf_appendf(out, "Member must have %s less than or equal to %" PRId64, noun,
                          range.max);
        break;
    }
}

static void check_rule(checker *c, const place *at, bool kept, rule broken)
{
    if (kept || is_done(c)) {
        return;
    }
    mr_strbuf *text = begin_violation(c, at);
    if (text != NULL) {
        append_rule(text, at->member, broken, range_of(c, at->member));
    }
}

static void check_range(checker *c, const place *at, int64_t measure)
{
    mr_aws_range range = range_of(c, at->member);
    if (range.set) {
        check_rule(c, at, measure >= range.min, RULE_MIN);
        check_rule(c, at, measure <= range.max, RULE_MAX);
    }
}

static int64_t characters_of(mr_bytes text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((uint8_t)text.at[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool matches(const mr_aws_member *member, mr_bytes text)
{
    if (text.len > PATTERN_TEXT_MAX) {
        return member->range.set && member->range.max < (int64_t)PATTERN_TEXT_MAX / 4; /* told so */
    }
    return mr_pattern_match(member->pattern, text) == MR_MATCH_YES;
}

static bool is_one_of(const char *const *values, mr_bytes text)
{
    for (; *values != NULL; values++) {
        if (mr_bytes_is(text, *values)) {
            return true;
        }
    }
    return false;
}

static void check_string(checker *c, const place *at, mr_bytes text)
{
    const mr_aws_member *member = at->member;
    if (member->pattern != NULL) {
        check_rule(c, at, matches(member, text), RULE_PATTERN);
    }
    if (member->values != NULL) {
        check_rule(c, at, is_one_of(member->values, text), RULE_VALUES);
    }
    check_range(c, at, characters_of(text));
}

/* ---- lists and maps ---- */

/* Whether a value that is there keeps the rules of its row. */
static bool keeps_rules(const checker *c, const mr_aws_member *member, const void *value)
{
    checker probe = {.then = c->then, .most = 1};
    check_value(&probe, &(place){.member = member, .value = value});
    return probe.count == 0;
}

/* [Member must have length less than or equal to 128, Member must ...] */
static void append_rules(mr_strbuf *out, const mr_aws_member *member, mr_aws_range range)
{
    const struct {
        rule rule;
        bool has;
    } rules[] = {
        {RULE_MAX, range.set && range.max != MR_AWS_NO_MAX},
        {RULE_MIN, range.set},
        {RULE_PATTERN, member->pattern != NULL},
        {RULE_VALUES, member->values != NULL},
    };
    const char *before = "[";
    for (size_t i = 0; i < MR_COUNT(rules); i++) {
        if (rules[i].has) {
            mr_strbuf_append_text(out, before);
            append_rule(out, member, rules[i].rule, range);
            before = ", ";
        }
    }
    mr_strbuf_append_char(out, ']');
}

/* One violation for all that are wrong among the elements, keys or values of at. */
static void check_together(checker *c, const place *at, bool all_keep, const char *who,
                           const mr_aws_member *member)
{
    if (all_keep || is_done(c)) {
        return;
    }
    mr_strbuf *text = begin_violation(c, at);
    if (text != NULL) {
        mr_strbuf_appendf(text, "%s must satisfy constraint: ", who);
        append_rules(text, member, range_of(c, member));
    }
}

static void check_structure(checker *c, const mr_aws_shape *shape, const void *input,
                            const place *around);

static void check_list(checker *c, const place *at, const mr_aws_list *list)
{
    const mr_aws_member *element = at->member->element;
    bool is_structure = element->type == MR_AWS_STRUCTURE;
    size_t kept = mr_min_size(list->count, MR_AWS_ITEMS_MAX);
    bool all_keep = true;
    check_range(c, at, (int64_t)list->count);
    for (size_t i = 0; i < kept && !is_done(c); i++) {
        const void *value = item_of(list, element, i);
        place item = {.around = at, .member = element, .value = value, .number = i + 1};
        bool present = mr_aws_is_present(element->type, value);
        check_rule(c, &item, present, RULE_NULL);
        if (present && is_structure) {
            check_structure(c, element->shape, value, &item);
        } else if (present) {
            all_keep = all_keep && keeps_rules(c, element, value);
        }
    }
    check_together(c, at, all_keep, "Member", element);
}

static void check_map(checker *c, const place *at, const mr_aws_map *map)
{
    const mr_aws_member *key = at->member->key, *element = at->member->element;
    size_t kept = mr_min_size(map->count, MR_AWS_ITEMS_MAX);
    bool keys_keep = true, values_keep = true;
    check_range(c, at, (int64_t)map->count);
    for (size_t i = 0; i < kept && !is_done(c); i++) {
        const mr_aws_entry *entry = &map->entries[i];
        place value = {.around = at, .member = element, .value = &entry->value, .key = &entry->key};
        bool present = entry->value.at != NULL;
        check_rule(c, &value, present, RULE_NULL);
        keys_keep = keys_keep && keeps_rules(c, key, &entry->key);
        values_keep = values_keep && (!present || keeps_rules(c, element, &entry->value));
    }
    check_together(c, at, keys_keep, "Map keys", key);
    check_together(c, at, values_keep, "Map value", element);
}

/* ---- values and structures ---- */

static void check_value(checker *c, const place *at)
{
    switch (at->member->type) {
    case MR_AWS_STRING:
        check_string(c, at, *(const mr_bytes *)at->value);
        break;
    case MR_AWS_BLOB:
        check_range(c, at, (int64_t)((const mr_bytes *)at->value)->len);
        break;
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
        check_range(c, at, ((const mr_aws_number *)at->value)->value);
        break;
    case MR_AWS_LIST:
        check_list(c, at, at->value);
        break;
    case MR_AWS_MAP:
        check_map(c, at, at->value);
        break;
    case MR_AWS_STRUCTURE:
        check_structure(c, at->member->shape, at->value, at);
        break;
    case MR_AWS_BOOLEAN:
    case MR_AWS_TIMESTAMP:
    case MR_AWS_TYPE_COUNT:
        break;
    }
}

static bool is_required(const checker *c, const mr_aws_member *member, const void *structure)
{
    switch (member->presence) {
    case MR_AWS_OPTIONAL:
        return false;
    case MR_AWS_REQUIRED:
        return true;
    case MR_AWS_REQUIRED_UNLESS:
        return !mr_aws_is_present(MR_AWS_STRING, (const char *)structure + member->other);
    case MR_AWS_REQUIRED_THEN:
        return c->then;
    }
    return false;
}

static void check_structure(checker *c, const mr_aws_shape *shape, const void *input,
                            const place *around)
{
    for (size_t i = 0; i < shape->member_count && !is_done(c); i++) {
        const mr_aws_member *member = &shape->members[i];
        const void *value = (const char *)input + member->offset;
        place at = {.around = around, .member = member, .value = value};
        if (mr_aws_is_present(member->type, value)) {
            check_value(c, &at);
        } else {
            check_rule(c, &at, !is_required(c, member, input), RULE_NULL);
        }
    }
}

/* ---- the answer ---- */

static mr_aws_fault fault_of(mr_arena *arena, size_t count, mr_bytes items)
{
    MR_ASSERT(items.at != NULL);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&text, "%zu validation error%s detected: ", count, count == 1 ? "" : "s");
    mr_strbuf_append_bytes(&text, items);
    mr_bytes message = {mr_arena_copy(arena, mr_strbuf_bytes(&text)), text.len};
    mr_strbuf_deinit(&text);
    return (mr_aws_fault){.type = "ValidationException", .message = message};
}

bool mr_aws_validate(const mr_aws_shape *shape, const void *input, mr_arena *arena,
                     mr_aws_fault *fault)
{
    checker today = {.most = 1};
    check_structure(&today, shape, input, NULL);
    if (today.count == 0) {
        return true;
    }
    mr_strbuf items = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    checker then = {
        .then = true, .hides = shape->hides_values, .most = MR_AWS_VIOLATIONS_MAX, .items = &items};
    check_structure(&then, shape, input, NULL);
    MR_ASSERT(then.count > 0); /* the limits of then are never wider */
    *fault = fault_of(arena, then.count, mr_strbuf_bytes(&items));
    mr_strbuf_deinit(&items);
    return false;
}

mr_aws_fault mr_aws_violation(mr_arena *arena, const char *path, const char *value,
                              const char *constraint)
{
    mr_strbuf item = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_item(&item, mr_bytes_of(path), mr_bytes_of(value));
    mr_strbuf_append_text(&item, constraint);
    mr_aws_fault fault = fault_of(arena, 1, mr_strbuf_bytes(&item));
    mr_strbuf_deinit(&item);
    return fault;
}

const char *mr_aws_shown_blob(mr_arena *arena, size_t len)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_blob(&text, len);
    const char *shown = mr_arena_text(arena, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return shown;
}
