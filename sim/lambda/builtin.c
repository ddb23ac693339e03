/*
 * builtin.c - see builtin.h: making a builtin transform from its options.
 *
 * A delimited-to-json transform is compiled into a program of steps, "write this literal, then
 * the value of that field": {"crime_time": <field 1> ,"district": <field 3> ... }. Structs cost
 * nothing at run time; their braces are part of the literals.
 */
#include "sim/lambda/builtin.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/lambda/builtin_internal.h"

static const struct {
    const char *name;
    mr_builtin_type type;
} types[] = {
    {"string", MR_TYPE_STRING}, {"int", MR_TYPE_INT},         {"bigint", MR_TYPE_BIGINT},
    {"double", MR_TYPE_DOUBLE}, {"boolean", MR_TYPE_BOOLEAN}, {"timestamp", MR_TYPE_TIMESTAMP},
    {"date", MR_TYPE_DATE},
};

static const char types_text[] =
    "string, int, bigint, double, boolean, timestamp, date and struct<name:type,...>";

static const struct {
    const char *name;
    mr_builtin_part part;
} parts[] = {
    {"year", MR_PART_YEAR}, {"month", MR_PART_MONTH},   {"day", MR_PART_DAY},
    {"hour", MR_PART_HOUR}, {"minute", MR_PART_MINUTE}, {"second", MR_PART_SECOND},
};

static bool type_find(mr_bytes word, mr_builtin_type *type)
{
    for (size_t i = 0; i < MR_COUNT(types); i++) {
        if (mr_bytes_equal_nocase(word, mr_bytes_of(types[i].name))) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

/* ---- compiling one column of delimited-to-json ---- */

typedef struct compiler {
    mr_builtin *builtin;
    const mr_builtin_column *column;
    size_t literal_at;  /* where the literal of the next step starts */
    size_t fields_used; /* of column->from */
    mr_error *err;
} compiler;

static mr_code column_error(const compiler *c, const char *what, const char *word)
{
    return mr_error_set(c->err, MR_INVALID_ARGUMENT, "builtin column \"%s\": %s \"%s\"",
                        c->column->name, what, word);
}

/* The place in dates of this field in the column's format; made when it is not there yet. */
static mr_code date_find(compiler *c, uint32_t field, uint32_t *out)
{
    mr_builtin *b = c->builtin;
    const char *format = c->column->format;
    for (size_t i = 0; i < b->date_count; i++) {
        const char *other = b->dates[i].format;
        bool same = format == NULL ? other == NULL : other != NULL && strcmp(format, other) == 0;
        if (same && b->dates[i].field == field) {
            *out = (uint32_t)i;
            return MR_OK;
        }
    }
    mr_date_pattern *pattern = NULL;
    if (format != NULL) {
        mr_code code = mr_date_pattern_new(format, &pattern, c->err);
        if (code != MR_OK) {
            mr_error_prefix(c->err, "builtin column \"%s\": Format \"%s\": ", c->column->name,
                            format);
            return code;
        }
    }
    MR_GROW(b->dates, b->date_count, b->date_capacity);
    b->dates[b->date_count] =
        (mr_builtin_date){.field = field, .format = mr_strdup(format), .pattern = pattern};
    *out = (uint32_t)b->date_count++;
    return MR_OK;
}

/* Adds the step that writes a value of a plain type. */
static mr_code compile_value(compiler *c, mr_builtin_type type)
{
    mr_builtin *b = c->builtin;
    mr_builtin_step step = {.literal_at = c->literal_at,
                            .literal_len = (uint32_t)(b->literals.len - c->literal_at),
                            .type = type};
    if (c->fields_used == c->column->from_count) {
        return column_error(c, "From has fewer field numbers than values in", c->column->type);
    }
    uint32_t from = c->column->from[c->fields_used++];
    if (from < 1 || from > MR_BUILTIN_FIELD_MAX) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "builtin column \"%s\": From %u is not a field number: they run from "
                            "1 to %u",
                            c->column->name, from, (unsigned)MR_BUILTIN_FIELD_MAX);
    }
    step.field = from - 1;
    if (from > b->fields_needed) {
        b->fields_needed = from;
    }

    if (c->column->part != NULL) {
        for (size_t i = 0; i < MR_COUNT(parts); i++) {
            if (strcmp(c->column->part, parts[i].name) == 0) {
                step.part = parts[i].part;
            }
        }
        if (step.part == MR_PART_NONE) {
            return column_error(c, "Part must be year, month, day, hour, minute or second, not",
                                c->column->part);
        }
        if (type != MR_TYPE_STRING && type != MR_TYPE_INT && type != MR_TYPE_BIGINT) {
            return column_error(c, "a Part is a string, an int or a bigint, not", c->column->type);
        }
    }
    if (step.part != MR_PART_NONE || type == MR_TYPE_TIMESTAMP || type == MR_TYPE_DATE) {
        mr_code code = date_find(c, step.field, &step.date);
        if (code != MR_OK) {
            return code;
        }
    } else if (c->column->format != NULL) {
        return column_error(c, "Format goes with a Part, a timestamp or a date, not with",
                            c->column->type);
    }

    MR_GROW(b->steps, b->step_count, b->step_capacity);
    b->steps[b->step_count++] = step;
    c->literal_at = b->literals.len;
    return MR_OK;
}

/* Takes the word up to one of the stops from the front of text, blanks around it removed. */
static mr_bytes take_word(mr_bytes *text, const char *stops)
{
    size_t len = 0;
    while (len < text->len && strchr(stops, text->at[len]) == NULL) {
        len++;
    }
    mr_bytes word = mr_bytes_trim(mr_bytes_make(text->at, len));
    *text = mr_bytes_make(text->at + len, text->len - len);
    return word;
}

static bool take_char(mr_bytes *text, char c)
{
    if (text->len == 0 || text->at[0] != c) {
        return false;
    }
    *text = mr_bytes_make(text->at + 1, text->len - 1);
    return true;
}

/* Compiles the type at the front of text. Recursion is bounded by depth. */
static mr_code compile_type(compiler *c, mr_bytes *text, int depth)
{
    mr_strbuf *literals = &c->builtin->literals;
    mr_bytes word = take_word(text, "<>,:");
    mr_builtin_type type;

    if (type_find(word, &type)) {
        return compile_value(c, type);
    }
    if (!mr_bytes_equal_nocase(word, MR_BYTES_LITERAL("struct")) ||
        depth == MR_BUILTIN_STRUCT_MAX || !take_char(text, '<')) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "builtin column \"%s\": no type \"%.*s\" in \"%s\"; there are %s",
                            c->column->name, (int)mr_min_size(word.len, 100), word.at,
                            c->column->type, types_text);
    }
    if (c->column->part != NULL) {
        return column_error(c, "a Part is a string, an int or a bigint, not", c->column->type);
    }
    mr_strbuf_append_char(literals, '{');
    do {
        mr_bytes name = take_word(text, "<>,:");
        if (name.len == 0 || !take_char(text, ':')) {
            return column_error(c, "a struct is written struct<name:type,...>, not",
                                c->column->type);
        }
        mr_json_append_string(literals, name);
        mr_strbuf_append_char(literals, ':');
        mr_code code = compile_type(c, text, depth + 1);
        if (code != MR_OK) {
            return code;
        }
        (void)take_word(text, "<>,:"); /* blanks before the next mark */
        if (text->len > 0 && text->at[0] == ',') {
            mr_strbuf_append_char(literals, ',');
        }
    } while (take_char(text, ','));
    if (!take_char(text, '>')) {
        return column_error(c, "a > is missing in", c->column->type);
    }
    mr_strbuf_append_char(literals, '}');
    return MR_OK;
}

static mr_code compile_column(compiler *c)
{
    mr_strbuf *literals = &c->builtin->literals;
    if (c->column->type == NULL) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT, "builtin column \"%s\" has no Type",
                            c->column->name);
    }
    mr_bytes text = mr_bytes_of(c->column->type);
    c->fields_used = 0;

    mr_json_append_string(literals, mr_bytes_of(c->column->name));
    mr_strbuf_append_char(literals, ':');
    mr_code code = compile_type(c, &text, 0);
    if (code != MR_OK) {
        return code;
    }
    if (text.len > 0) {
        return column_error(c, "what follows the type is not understood in", c->column->type);
    }
    if (c->fields_used != c->column->from_count) {
        return column_error(c, "From has more field numbers than values in", c->column->type);
    }
    return MR_OK;
}

/* The most string values that one field feeds: it bounds the output. */
static uint32_t strings_per_field(const mr_builtin *b)
{
    uint32_t most = 1;
    for (size_t i = 0; i < b->step_count; i++) {
        uint32_t same = 0;
        for (size_t j = 0; j < b->step_count; j++) {
            if (b->steps[j].type == MR_TYPE_STRING && b->steps[j].field == b->steps[i].field) {
                same++;
            }
        }
        most = same > most ? same : most;
    }
    return most;
}

static mr_code compile(mr_builtin *b, const mr_builtin_options *options, mr_error *err)
{
    compiler c = {.builtin = b, .err = err};
    if (options->delimiter == '\n' || options->delimiter == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin delimited-to-json needs a Delimiter, such as '|'");
    }
    if (options->column_count == 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin delimited-to-json needs Columns, one for each member");
    }
    for (size_t i = 0; i < options->column_count; i++) {
        mr_strbuf_append_char(&b->literals, i == 0 ? '{' : ',');
        c.column = &options->columns[i];
        mr_code code = compile_column(&c);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_strbuf_append_text(&b->literals, "}\n");
    b->tail_at = c.literal_at;
    b->tail_len = b->literals.len - c.literal_at;
    mr_strbuf_append(&b->literals, (const char[MR_BUILTIN_LITERAL_STEP]){0},
                     MR_BUILTIN_LITERAL_STEP);
    b->starts = mr_calloc((size_t)b->fields_needed + 1, sizeof(uint32_t));
    b->strings_per_field_max = strings_per_field(b);
    return MR_OK;
}

/* ---- the JSON kind ---- */

static mr_code member_init(mr_builtin_member *member, const mr_builtin_column *column,
                           mr_error *err)
{
    if (column->part != NULL || column->format != NULL || column->from_count > 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin column \"%s\": From, Part and Format go with "
                            "delimited-to-json, not with json",
                            column->name);
    }
    member->name = mr_strdup(column->name);
    member->key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json_append_string(&member->key, mr_bytes_of(column->name));
    mr_strbuf_append_char(&member->key, ':');
    if (column->type == NULL) {
        return MR_OK;
    }
    member->typed = true;
    member->type = MR_TYPE_STRUCT;
    if (!type_find(mr_bytes_of(column->type), &member->type) &&
        !mr_bytes_starts_with(mr_bytes_of(column->type), MR_BYTES_LITERAL("struct<"))) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin column \"%s\": no type \"%s\"; there are %s", column->name,
                            column->type, types_text);
    }
    return MR_OK;
}

static mr_code members_init(mr_builtin *b, const mr_builtin_options *options, mr_error *err)
{
    b->members = mr_calloc(options->column_count, sizeof(*b->members));
    b->member_count = options->column_count;
    for (size_t i = 0; i < options->column_count; i++) {
        mr_code code = member_init(&b->members[i], &options->columns[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

/* ---- public ---- */

const char *mr_builtin_kind_name(mr_builtin_kind kind)
{
    static const char *const names[] = {
        [MR_BUILTIN_DELIMITED_TO_JSON] = "delimited-to-json",
        [MR_BUILTIN_JSON] = "json",
        [MR_BUILTIN_SENTIMENT] = "sentiment",
    };
    MR_ASSERT((size_t)kind < MR_COUNT(names));
    return names[kind];
}

static mr_code init_kind(mr_builtin *b, const mr_builtin_options *options, mr_error *err)
{
    switch (b->kind) {
    case MR_BUILTIN_JSON:
        return members_init(b, options, err);
    case MR_BUILTIN_SENTIMENT:
        return mr_builtin_sentiment_init(b, options, err);
    case MR_BUILTIN_DELIMITED_TO_JSON:
        break;
    }
    return compile(b, options, err);
}

static mr_code check_names(const mr_builtin_options *options, mr_error *err)
{
    for (size_t i = 0; i < options->column_count; i++) {
        const char *name = options->columns[i].name;
        if (name == NULL || name[0] == '\0') {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "builtin column %zu has no Name", i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(name, options->columns[j].name) == 0) {
                return mr_error_set(err, MR_INVALID_ARGUMENT,
                                    "builtin column \"%s\" is there twice", name);
            }
        }
    }
    return MR_OK;
}

mr_code mr_builtin_new(const mr_builtin_options *options, mr_builtin **out, mr_error *err)
{
    mr_code code = check_names(options, err);
    if (code != MR_OK) {
        return code;
    }
    mr_builtin *b = mr_calloc(1, sizeof(*b));
    b->kind = options->kind;
    b->delimiter = options->delimiter;
    b->trim = options->trim;
    b->literals = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    b->scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    code = init_kind(b, options, err);
    if (code != MR_OK) {
        mr_builtin_free(b);
        return code;
    }
    *out = b;
    return MR_OK;
}

void mr_builtin_free(mr_builtin *b)
{
    if (b == NULL) {
        return;
    }
    for (size_t i = 0; i < b->date_count; i++) {
        mr_free(b->dates[i].format);
        mr_date_pattern_free(b->dates[i].pattern);
    }
    for (size_t i = 0; i < b->member_count; i++) {
        mr_free(b->members[i].name);
        mr_strbuf_deinit(&b->members[i].key);
    }
    mr_builtin_sentiment_deinit(b);
    mr_free(b->dates);
    mr_free(b->members);
    mr_free(b->steps);
    mr_free(b->starts);
    mr_strbuf_deinit(&b->literals);
    mr_strbuf_deinit(&b->scratch);
    mr_free(b);
}

size_t mr_builtin_bound(const mr_builtin *b, size_t len)
{
    /* One byte becomes at most six: \u0001; and a number such as 9e20 grows by less. */
    if (b->kind == MR_BUILTIN_JSON) {
        size_t keys = 3; /* braces and the line end */
        for (size_t i = 0; i < b->member_count; i++) {
            keys += b->members[i].key.len + 1;
        }
        return keys + len * 6;
    }
    if (b->kind == MR_BUILTIN_SENTIMENT) {
        return mr_builtin_sentiment_bound(b, len);
    }
    /* literals.len counts one step of padding, which is the room that put_literal() needs. */
    return b->literals.len + b->step_count * MR_BUILTIN_SCALAR_SIZE +
           len * 6 * b->strings_per_field_max;
}

size_t mr_builtin_apply(mr_builtin *b, mr_bytes record, char *out, const char **why)
{
    switch (b->kind) {
    case MR_BUILTIN_JSON:
        return mr_builtin_json(b, record, out, why);
    case MR_BUILTIN_SENTIMENT:
        return mr_builtin_sentiment(b, record, out, why);
    case MR_BUILTIN_DELIMITED_TO_JSON:
        break;
    }
    return mr_builtin_delimited(b, record, out, why);
}

mr_bytes mr_builtin_partition_key(const mr_builtin *b, mr_bytes name)
{
    if (b->partition_key == NULL || !mr_bytes_is(name, b->partition_key)) {
        return (mr_bytes){NULL, 0};
    }
    return mr_bytes_of(b->last_label);
}
