/* hive_type.c - see hive_type.h. A recursive descent over the text; the depth is bounded. */
#include "sim/catalog/hive_type.h"

#include "sim/base/alloc.h"

typedef struct kind_row {
    const char *hive, *trino;
} kind_row;

static const kind_row kinds[MR_HIVE_KIND_COUNT] = {
    [MR_HIVE_BOOLEAN] = {"boolean", "boolean"},
    [MR_HIVE_TINYINT] = {"tinyint", "tinyint"},
    [MR_HIVE_SMALLINT] = {"smallint", "smallint"},
    [MR_HIVE_INT] = {"int", "integer"},
    [MR_HIVE_BIGINT] = {"bigint", "bigint"},
    [MR_HIVE_FLOAT] = {"float", "float"}, /* Athena's word; Trino itself says real */
    [MR_HIVE_DOUBLE] = {"double", "double"},
    [MR_HIVE_DECIMAL] = {"decimal", "decimal"},
    [MR_HIVE_STRING] = {"string", "varchar"},
    [MR_HIVE_VARCHAR] = {"varchar", "varchar"},
    [MR_HIVE_CHAR] = {"char", "char"},
    [MR_HIVE_BINARY] = {"binary", "varbinary"},
    [MR_HIVE_DATE] = {"date", "date"},
    [MR_HIVE_TIMESTAMP] = {"timestamp", "timestamp"},
    [MR_HIVE_ARRAY] = {"array", "array"},
    [MR_HIVE_MAP] = {"map", "map"},
    [MR_HIVE_STRUCT] = {"struct", "row"},
};

typedef struct parser {
    mr_bytes text;
    size_t at;
    int depth;
    mr_error *err;
} parser;

static mr_hive_type *parse_type(parser *p);

/* Says what is wrong at the parser's place; NULL, to be returned. */
static mr_hive_type *wrong(parser *p, const char *what)
{
    mr_error_set(p->err, MR_INVALID_ARGUMENT, "type \"%.*s\": %s at character %zu",
                 (int)mr_min_size(p->text.len, 200), p->text.at == NULL ? "" : p->text.at, what,
                 p->at + 1);
    return NULL;
}

static void skip_blanks(parser *p)
{
    while (p->at < p->text.len && (p->text.at[p->at] == ' ' || p->text.at[p->at] == '\t' ||
                                   p->text.at[p->at] == '\n' || p->text.at[p->at] == '\r')) {
        p->at++;
    }
}

static bool take(parser *p, char c)
{
    skip_blanks(p);
    if (p->at < p->text.len && p->text.at[p->at] == c) {
        p->at++;
        return true;
    }
    return false;
}

/* A name runs up to a blank, a control or one of the signs of the grammar. */
static bool ends_name(char c)
{
    return (unsigned char)c <= ' ' || c == '<' || c == '>' || c == ',' || c == ':' || c == '(' ||
           c == ')';
}

static mr_bytes take_name(parser *p)
{
    skip_blanks(p);
    size_t start = p->at;
    while (p->at < p->text.len && !ends_name(p->text.at[p->at])) {
        p->at++;
    }
    return mr_bytes_make(p->text.at + start, p->at - start);
}

/* A whole number of at most five digits, in bounds. */
static bool take_number(parser *p, int low, int high, int *out)
{
    int64_t value = 0;
    mr_bytes digits = take_name(p);
    if (digits.len == 0 || digits.len > 5 || !mr_bytes_to_int64(digits, &value) || value < low ||
        value > high) {
        p->at -= digits.len;
        return false;
    }
    *out = (int)value;
    return true;
}

static char *lower_copy(mr_bytes name)
{
    char *copy = mr_bytes_dup(name);
    for (char *at = copy; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at + ('a' - 'A'));
        }
    }
    return copy;
}

static bool parse_child(parser *p, mr_hive_type *type)
{
    mr_hive_type *child = parse_type(p);
    if (child == NULL) {
        return false;
    }
    type->children =
        mr_reallocarray(type->children, type->child_count + 1, sizeof(*type->children));
    type->children[type->child_count++] = child;
    return true;
}

static bool parse_field(parser *p, mr_hive_type *type)
{
    if (type->child_count == MR_HIVE_CHILDREN_MAX) {
        return wrong(p, "more fields than a struct can have") != NULL;
    }
    mr_bytes name = take_name(p);
    if (name.len == 0) {
        return wrong(p, "a field's name is missing") != NULL;
    }
    if (!take(p, ':')) {
        return wrong(p, "\":\" is missing between a field's name and its type") != NULL;
    }
    type->names = mr_reallocarray(type->names, type->child_count + 1, sizeof(*type->names));
    type->names[type->child_count] = lower_copy(name);
    if (!parse_child(p, type)) {
        mr_free(type->names[type->child_count]);
        return false;
    }
    return true;
}

/* What stands between "<" and ">". */
static bool parse_children(parser *p, mr_hive_type *type)
{
    if (!take(p, '<')) {
        return wrong(p, "\"<\" is missing") != NULL;
    }
    bool ok = true;
    if (type->kind == MR_HIVE_ARRAY) {
        ok = parse_child(p, type);
    } else if (type->kind == MR_HIVE_MAP) {
        ok = parse_child(p, type) && (take(p, ',') || wrong(p, "\",\" is missing") != NULL) &&
             parse_child(p, type);
    } else {
        do {
            ok = parse_field(p, type);
        } while (ok && take(p, ','));
    }
    return ok && (take(p, '>') || wrong(p, "\">\" is missing") != NULL);
}

static bool parse_decimal(parser *p, mr_hive_type *type)
{
    type->precision = 10;
    type->scale = 0;
    if (!take(p, '(')) {
        return true;
    }
    if (!take_number(p, 1, MR_HIVE_PRECISION_MAX, &type->precision)) {
        return wrong(p, "a precision from 1 to 38 is missing") != NULL;
    }
    if (take(p, ',') && !take_number(p, 0, type->precision, &type->scale)) {
        return wrong(p, "a scale from 0 to the precision is missing") != NULL;
    }
    return take(p, ')') || wrong(p, "\")\" is missing") != NULL;
}

static bool parse_length(parser *p, mr_hive_type *type)
{
    int most = type->kind == MR_HIVE_CHAR ? MR_HIVE_CHAR_MAX : MR_HIVE_VARCHAR_MAX;
    if (!take(p, '(') || !take_number(p, 1, most, &type->length)) {
        return wrong(p, type->kind == MR_HIVE_CHAR ? "a length from 1 to 255 is missing"
                                                   : "a length from 1 to 65535 is missing") != NULL;
    }
    return take(p, ')') || wrong(p, "\")\" is missing") != NULL;
}

static bool parse_rest(parser *p, mr_hive_type *type)
{
    switch (type->kind) {
    case MR_HIVE_DECIMAL:
        return parse_decimal(p, type);
    case MR_HIVE_VARCHAR:
    case MR_HIVE_CHAR:
        return parse_length(p, type);
    case MR_HIVE_ARRAY:
    case MR_HIVE_MAP:
    case MR_HIVE_STRUCT:
        return parse_children(p, type);
    default:
        return true;
    }
}

static mr_hive_kind kind_of(mr_bytes name)
{
    if (mr_bytes_equal_nocase(name, MR_BYTES_LITERAL("integer"))) {
        return MR_HIVE_INT;
    }
    mr_hive_kind kind = MR_HIVE_BOOLEAN;
    while (kind < MR_HIVE_KIND_COUNT &&
           !mr_bytes_equal_nocase(name, mr_bytes_of(kinds[kind].hive))) {
        kind++;
    }
    return kind;
}

static mr_hive_type *parse_type(parser *p)
{
    skip_blanks(p);
    size_t start = p->at;
    mr_hive_kind kind = kind_of(take_name(p));
    if (kind == MR_HIVE_KIND_COUNT) {
        p->at = start;
        return wrong(p, start == p->text.len ? "a type is missing" : "there is no such type");
    }
    if (p->depth == MR_HIVE_DEPTH_MAX) {
        return wrong(p, "types nested too deep");
    }
    mr_hive_type *type = mr_calloc(1, sizeof(*type));
    type->kind = kind;
    p->depth++;
    bool ok = parse_rest(p, type);
    p->depth--;
    if (!ok) {
        mr_hive_type_free(type);
        return NULL;
    }
    return type;
}

mr_code mr_hive_type_parse(mr_bytes text, mr_hive_type **out, mr_error *err)
{
    parser p = {.text = text, .err = err};
    mr_hive_type *type = parse_type(&p);
    if (type == NULL) {
        return MR_INVALID_ARGUMENT;
    }
    skip_blanks(&p);
    if (p.at != text.len) {
        mr_hive_type_free(type);
        wrong(&p, "something follows the type");
        return MR_INVALID_ARGUMENT;
    }
    *out = type;
    return MR_OK;
}

void mr_hive_type_free(mr_hive_type *type)
{
    if (type == NULL) {
        return;
    }
    for (size_t i = 0; i < type->child_count; i++) {
        mr_hive_type_free(type->children[i]);
        if (type->names != NULL) {
            mr_free(type->names[i]);
        }
    }
    mr_free(type->children);
    mr_free(type->names);
    mr_free(type);
}

/* ---- writing ---- */

/* The signs in which the two spellings differ. */
typedef struct spelling {
    bool trino;
    const char *open, *close, *between, *after_name;
} spelling;

static const spelling hive_spelling = {false, "<", ">", ",", ":"};
static const spelling trino_spelling = {true, "(", ")", ", ", " "};

static void format(const mr_hive_type *type, const spelling *s, mr_strbuf *out)
{
    mr_strbuf_append_text(out, s->trino ? kinds[type->kind].trino : kinds[type->kind].hive);
    if (type->kind == MR_HIVE_DECIMAL) {
        mr_strbuf_appendf(out, "(%d,%d)", type->precision, type->scale);
    } else if (type->kind == MR_HIVE_VARCHAR || type->kind == MR_HIVE_CHAR) {
        mr_strbuf_appendf(out, "(%d)", type->length);
    } else if (type->child_count > 0) {
        mr_strbuf_append_text(out, s->open);
        for (size_t i = 0; i < type->child_count; i++) {
            mr_strbuf_append_text(out, i == 0 ? "" : s->between);
            if (type->names != NULL) {
                mr_strbuf_append_text(out, type->names[i]);
                mr_strbuf_append_text(out, s->after_name);
            }
            format(type->children[i], s, out);
        }
        mr_strbuf_append_text(out, s->close);
    }
}

void mr_hive_type_format(const mr_hive_type *type, mr_strbuf *out)
{
    format(type, &hive_spelling, out);
}

void mr_hive_type_format_trino(const mr_hive_type *type, mr_strbuf *out)
{
    format(type, &trino_spelling, out);
}

/* ---- questions ---- */

size_t mr_hive_type_field(const mr_hive_type *type, mr_bytes name)
{
    size_t i = 0;
    if (type->names == NULL) {
        return type->child_count;
    }
    while (i < type->child_count && !mr_bytes_equal_nocase(name, mr_bytes_of(type->names[i]))) {
        i++;
    }
    return i;
}

bool mr_hive_is_integer(const mr_hive_type *type)
{
    return type->kind >= MR_HIVE_TINYINT && type->kind <= MR_HIVE_BIGINT;
}

bool mr_hive_is_number(const mr_hive_type *type)
{
    return type->kind >= MR_HIVE_TINYINT && type->kind <= MR_HIVE_DECIMAL;
}

bool mr_hive_is_text(const mr_hive_type *type)
{
    return type->kind >= MR_HIVE_STRING && type->kind <= MR_HIVE_CHAR;
}
