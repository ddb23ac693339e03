/* json_line.c - see json_line.h. */
#include "sim/format/json_line.h"

#include "sim/format/json_text.h"

#define FLATTENED_MAX 4 /* objects in objects whose members become part of the shape */

static mr_json_status malformed(mr_json_line *line, const char *at, const char *why)
{
    line->bad_at = at;
    line->bad_why = why;
    return MR_JSON_LINE_MALFORMED;
}

static mr_json_status unsupported(mr_json_line *line, const char *at, const char *why)
{
    line->bad_at = at;
    line->bad_why = why;
    return MR_JSON_LINE_UNSUPPORTED;
}

/* ---- giving values to slots ---- */

/* False when one of them had a value already. */
static bool clear_below(const mr_json_node *node, mr_field *fields)
{
    bool clear = true;
    if (node->slot >= 0) {
        clear = fields[node->slot].kind == MR_FIELD_MISSING;
        fields[node->slot] = (mr_field){0};
    }
    for (size_t i = 0; i < node->child_count; i++) {
        clear = clear_below(&node->children[i], fields) && clear;
    }
    return clear;
}

static void set_below(const mr_json_node *node, mr_field value, mr_field *fields)
{
    if (node->slot >= 0) {
        fields[node->slot] = value;
    }
    for (size_t i = 0; i < node->child_count; i++) {
        set_below(&node->children[i], value, fields);
    }
}

static const mr_json_node *child_of(const mr_json_node *node, mr_bytes key, bool escaped)
{
    for (size_t i = 0; i < node->child_count; i++) {
        if (mr_json_key_is(key, escaped, node->children[i].name)) {
            return &node->children[i];
        }
    }
    return NULL;
}

void mr_json_node_fill(const mr_json_node *node, mr_field value, mr_field *fields)
{
    if (node->slot >= 0) {
        fields[node->slot] = value;
    }
    if (node->child_count == 0) {
        return;
    }
    if (value.kind == MR_FIELD_OBJECT) {
        for (size_t i = 0; i < node->child_count; i++) {
            set_below(&node->children[i], (mr_field){0}, fields);
        }
        mr_json_walk walk = mr_json_walk_begin(value);
        while (mr_json_walk_next(&walk)) {
            const mr_json_node *child = child_of(node, walk.key, walk.key_escaped);
            if (child != NULL) {
                mr_json_node_fill(child, walk.value, fields);
            }
        }
        return;
    }
    /* OpenX reads an empty string as no struct at all. */
    bool none = value.kind == MR_FIELD_NULL || (value.kind == MR_FIELD_TEXT && value.len == 0);
    value.kind = none ? MR_FIELD_NULL : MR_FIELD_NOT_OBJECT;
    for (size_t i = 0; i < node->child_count; i++) {
        set_below(&node->children[i], value, fields);
    }
}

static void give(mr_json_line *line, const mr_json_node *node, mr_field value)
{
    if (node != NULL) {
        if (!clear_below(node, line->fields)) {
            line->has_shape = false;
        }
        mr_json_node_fill(node, value, line->fields);
    }
}

static void add_leaf(mr_json_line *line, const mr_json_node *node, const char *begin,
                     const char *end)
{
    if (line->leaf_count == MR_JSON_LEAVES_MAX) {
        line->has_shape = false;
        return;
    }
    line->leaves[line->leaf_count++] = (mr_json_leaf){.begin = begin, .end = end, .node = node};
}

/* ---- the SerDe's leniency ---- */

/* A quoted string that strict JSON does not have. p: after its quote. */
static mr_json_status lenient_string(mr_json_line *line, const char **at, const char *end,
                                     mr_field *field)
{
    const char *p = *at;
    char quote = p[-1];
    const char *from = p;
    field->kind = MR_FIELD_TEXT;
    for (; p < end; p++) {
        if (*p == quote) {
            field->at = from;
            field->len = (uint32_t)(p - from);
            *at = p + 1;
            return MR_JSON_LINE_OK;
        }
        if (*p == '\0') {
            break;
        }
        if (*p != '\\') {
            continue;
        }
        field->kind = MR_FIELD_ESCAPED;
        p++;
        if (p < end && *p == 'x') {
            return unsupported(line, p, "an \\x escape");
        }
        if (p < end && *p == 'u') {
            bool escaped;
            char probe[8] = "\\u0000\"";
            if (end - p < 5) {
                break;
            }
            memcpy(probe + 2, p + 1, 4);
            if (mr_json_string_after(probe, probe + 7, &escaped) == NULL) {
                return malformed(line, p, "a \\u escape without four hex digits");
            }
        }
    }
    return malformed(line, p, "Unterminated string");
}

static bool is_word(mr_bytes word, const char *want)
{
    return mr_bytes_equal_nocase(word, mr_bytes_of(want));
}

/* A key or a value without quotes. */
static mr_json_status lenient_word(mr_json_line *line, const char **at, const char *end,
                                   mr_field *field)
{
    const char *from = *at;
    const char *p = from;
    if (*p == '#' || *p == '/') {
        return unsupported(line, p, "a comment");
    }
    while (p < end && (unsigned char)*p >= ' ' && strchr(",:]}/\\\"[{;=#", *p) == NULL) {
        p++;
    }
    mr_bytes word = mr_bytes_trim(mr_bytes_make(from, (size_t)(p - from)));
    if (word.len == 0) {
        return malformed(line, from, "Missing value");
    }
    mr_field_kind kind = MR_FIELD_TEXT;
    if (is_word(word, "true")) {
        kind = MR_FIELD_TRUE;
    } else if (is_word(word, "false")) {
        kind = MR_FIELD_FALSE;
    } else if (is_word(word, "null")) {
        kind = MR_FIELD_NULL;
    } else if (strchr("0123456789+-.", word.at[0]) != NULL) {
        if (mr_json_number_after(word.at, word.at + word.len) != word.at + word.len) {
            return unsupported(line, from, "a number that JSON does not have");
        }
        kind = MR_FIELD_NUMBER;
    }
    *field = (mr_field){.at = word.at, .len = (uint32_t)word.len, .kind = (uint8_t)kind};
    *at = p;
    return MR_JSON_LINE_OK;
}

static mr_json_status parse_object(mr_json_line *line, const char **at, const char *end,
                                   const mr_json_node *node, unsigned depth);

/* Nothing inside an array is wanted by itself: this only finds out whether it is well formed. */
static mr_json_status lenient_array(mr_json_line *line, const char **at, const char *end,
                                    unsigned depth);

static mr_json_status lenient_value(mr_json_line *line, const char **at, const char *end,
                                    mr_field *field, unsigned depth)
{
    line->has_shape = false;
    const char *from = *at;
    mr_json_status status;
    switch (**at) {
    case '"':
    case '\'':
        (*at)++;
        return lenient_string(line, at, end, field);
    case '{':
        field->kind = MR_FIELD_OBJECT;
        (*at)++;
        status = parse_object(line, at, end, NULL, depth + 1);
        break;
    case '[':
        field->kind = MR_FIELD_ARRAY;
        (*at)++;
        status = lenient_array(line, at, end, depth + 1);
        break;
    default:
        return lenient_word(line, at, end, field);
    }
    field->at = from;
    field->len = (uint32_t)(*at - from);
    return status;
}

static mr_json_status lenient_array(mr_json_line *line, const char **at, const char *end,
                                    unsigned depth)
{
    if (depth > MR_JSON_NESTING_MAX) {
        return malformed(line, *at, "nested too deeply");
    }
    for (;;) {
        *at = mr_json_skip_blanks(*at, end);
        if (*at == end) {
            return malformed(line, *at, "Expected a ',' or ']'");
        }
        if (**at == ']') {
            (*at)++;
            return MR_JSON_LINE_OK;
        }
        mr_field ignored;
        mr_json_status status = lenient_value(line, at, end, &ignored, depth);
        if (status != MR_JSON_LINE_OK) {
            return status;
        }
        *at = mr_json_skip_blanks(*at, end);
        if (*at < end && (**at == ',' || **at == ';')) {
            (*at)++;
        } else if (*at == end || **at != ']') {
            return malformed(line, *at, "Expected a ',' or ']'");
        }
    }
}

/* ---- an object ---- */

static mr_json_status parse_key(mr_json_line *line, const char **at, const char *end, mr_field *key)
{
    if (**at == '"') {
        bool escaped;
        const char *after = mr_json_string_after(*at + 1, end, &escaped);
        if (after != NULL) {
            *key = (mr_field){.at = *at + 1,
                              .len = (uint32_t)(after - *at - 2),
                              .kind = escaped ? MR_FIELD_ESCAPED : MR_FIELD_TEXT};
            *at = after;
            return MR_JSON_LINE_OK;
        }
    }
    if (!line->lenient) {
        return malformed(line, *at, "Expected a key in double quotes");
    }
    line->has_shape = false;
    if (**at == '"' || **at == '\'') {
        (*at)++;
        return lenient_string(line, at, end, key);
    }
    mr_json_status status = lenient_word(line, at, end, key);
    if (status == MR_JSON_LINE_OK && key->kind == MR_FIELD_NULL) {
        return malformed(line, *at, "Null key");
    }
    key->kind = MR_FIELD_TEXT;
    return status;
}

static mr_json_status parse_colon(mr_json_line *line, const char **at, const char *end)
{
    const char *p = mr_json_skip_blanks(*at, end);
    if (p < end && *p == ':') {
        p++;
    } else if (p < end && *p == '=' && line->lenient) {
        line->has_shape = false;
        p += p + 1 < end && p[1] == '>' ? 2 : 1;
    } else {
        return malformed(line, p, "Expected a ':' after a key");
    }
    *at = mr_json_skip_blanks(p, end);
    return *at < end ? MR_JSON_LINE_OK : malformed(line, *at, "Missing value");
}

static bool goes_inside(const mr_json_node *child, unsigned depth)
{
    if (child == NULL) {
        return depth < FLATTENED_MAX;
    }
    return child->slot < 0;
}

static mr_json_status parse_value(mr_json_line *line, const char **at, const char *end,
                                  const mr_json_node *child, unsigned depth)
{
    const char *from = *at;
    if (*from == '{' && goes_inside(child, depth)) {
        if (child != NULL && !clear_below(child, line->fields)) {
            line->has_shape = false;
        }
        (*at)++;
        return parse_object(line, at, end, child, depth + 1);
    }
    mr_field field = {0};
    const char *after = mr_json_value_after(from, end, &field);
    /* What follows a number decides whether it was all of it: 1.5abc is a word to OpenX. */
    if (after != NULL && line->lenient && after < end && strchr(" \t\r,;}]", *after) == NULL) {
        after = NULL;
    }
    if (after != NULL) {
        add_leaf(line, child, from, after);
        give(line, child, field);
        *at = after;
        return MR_JSON_LINE_OK;
    }
    if (!line->lenient) {
        return malformed(line, from, "a value that is not JSON");
    }
    mr_json_status status = lenient_value(line, at, end, &field, depth);
    if (status != MR_JSON_LINE_OK) {
        return status;
    }
    if (child != NULL && (field.kind == MR_FIELD_OBJECT || field.kind == MR_FIELD_ARRAY)) {
        return unsupported(line, from, "lenient JSON inside a nested value");
    }
    give(line, child, field);
    return MR_JSON_LINE_OK;
}

/* "_col3" is the fourth column to the Hive SerDe. */
static const mr_json_node *find_member(const mr_json_line *line, const mr_json_node *node,
                                       mr_field key)
{
    if (node == NULL) {
        return NULL;
    }
    mr_bytes name = mr_field_bytes(key);
    const mr_json_node *child = child_of(node, name, key.kind == MR_FIELD_ESCAPED);
    int64_t position;
    if (child != NULL || line->lenient || node != line->root || name.len < 5 ||
        memcmp(name.at, "_col", 4) != 0 ||
        !mr_bytes_to_int64(mr_bytes_make(name.at + 4, name.len - 4), &position)) {
        return child;
    }
    for (size_t i = 0; i < node->child_count; i++) {
        if (node->children[i].position == position) {
            return &node->children[i];
        }
    }
    return NULL;
}

static mr_json_status parse_object(mr_json_line *line, const char **at, const char *end,
                                   const mr_json_node *node, unsigned depth)
{
    if (depth > MR_JSON_NESTING_MAX) {
        return malformed(line, *at, "nested too deeply");
    }
    bool after_comma = false;
    for (;;) {
        *at = mr_json_skip_blanks(*at, end);
        if (*at == end) {
            return malformed(line, *at, "A JSONObject text must end with '}'");
        }
        if (**at == '}' && (!after_comma || line->lenient)) {
            line->has_shape = line->has_shape && !after_comma;
            (*at)++;
            return MR_JSON_LINE_OK;
        }
        mr_field key;
        mr_json_status status = parse_key(line, at, end, &key);
        if (status == MR_JSON_LINE_OK) {
            status = parse_colon(line, at, end);
        }
        if (status == MR_JSON_LINE_OK) {
            status = parse_value(line, at, end, find_member(line, node, key), depth);
        }
        if (status != MR_JSON_LINE_OK) {
            return status;
        }
        *at = mr_json_skip_blanks(*at, end);
        after_comma = *at < end && (**at == ',' || (**at == ';' && line->lenient));
        if (after_comma) {
            line->has_shape = line->has_shape && **at == ',';
            (*at)++;
        } else if (*at == end || **at != '}') {
            return malformed(line, *at, "Expected a ',' or '}'");
        }
    }
}

mr_json_status mr_json_line_parse(mr_json_line *line, const char *p, const char *end)
{
    line->has_shape = true;
    line->leaf_count = 0;
    line->bad_at = p;
    line->bad_why = NULL;
    if (*p == '[' && line->lenient) {
        return unsupported(line, p, "a row that is a JSON array");
    }
    if (*p != '{') {
        return malformed(line, p, "A JSONObject text must begin with '{'");
    }
    p++;
    mr_json_status status = parse_object(line, &p, end, line->root, 0);
    line->after = p;
    return status;
}
