/* prefix.c - see prefix.h. A prefix is compiled once to pieces and evaluated per object. */
#include "sim/firehose/prefix.h"

#include "sim/base/alloc.h"
#include "sim/base/date_pattern.h"

#define EVALUATED_MAX        512 /* bytes of an evaluated prefix */
#define RANDOM_STRING_LEN    11  /* of !{firehose:random-string} */
#define DEFAULT_TIME_PATTERN "yyyy/MM/dd/HH/"
#define NAME_TIME_PATTERN    "yyyy-MM-dd-HH-mm-ss"

/* Java knows some of these letters; Firehose was seen to refuse all of them. */
static const char refused_letters[] = "CIJPRTUVbfijloprt";

typedef enum piece_kind {
    PIECE_LITERAL,
    PIECE_TIMESTAMP,
    PIECE_RANDOM_STRING,
    PIECE_ERROR_OUTPUT_TYPE,
    PIECE_PARTITION_KEY
} piece_kind;

typedef struct piece {
    piece_kind kind;
    char *literal;            /* owned; PIECE_LITERAL */
    mr_date_pattern *pattern; /* owned; PIECE_TIMESTAMP */
    size_t key;               /* place in the prefix's keys; PIECE_PARTITION_KEY */
} piece;

typedef struct template
{
    piece *pieces;
    size_t count, capacity;
    bool has_expression;
    bool has_error_type;
}
template;

struct mr_prefix {
    template good;
    template error;
    bool has_error; /* an ErrorOutputPrefix was given */
    bool is_backup;
    mr_prefix_key *keys; /* owned, with their names */
    size_t key_count, key_capacity;
    size_t fixed_max; /* the longest that `good` becomes, but for its keys' values */
    char *time_zone;  /* owned; NULL: UTC */
    mr_date_pattern *default_time;
    mr_date_pattern *name_time;
};

/* ---- compiling ---- */

typedef struct compiler {
    template *out;
    const char *field; /* "Prefix" or "ErrorOutputPrefix", for messages */
    bool is_error;
    mr_prefix *keys_of; /* where partition keys are collected; NULL: they may not be used */
    mr_error *err;
} compiler;

static piece *piece_add(template *out, piece_kind kind)
{
    MR_GROW(out->pieces, out->count, out->capacity);
    piece *made = &out->pieces[out->count++];
    *made = (piece){.kind = kind};
    return made;
}

static mr_code bad_value(const compiler *c)
{
    return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                        "Invalid conversion character used in the value of the expression in %s",
                        c->field);
}

/* Letters outside quotes that Firehose refuses. */
static bool has_refused_letter(const char *pattern)
{
    bool quoted = false;

    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '\'') {
            quoted = !quoted;
        } else if (!quoted && strchr(refused_letters, *at) != NULL) {
            return true;
        }
    }
    return false;
}

static mr_code add_timestamp(const compiler *c, mr_bytes value)
{
    char *spelling = mr_bytes_dup(value);
    mr_date_pattern *pattern = NULL;
    mr_code code;

    if (value.len == 0 || memchr(value.at, '\0', value.len) != NULL ||
        has_refused_letter(spelling)) {
        code = bad_value(c);
    } else {
        code = mr_date_pattern_new(spelling, &pattern, c->err);
        if (code == MR_UNSUPPORTED) {
            mr_error_prefix(c->err, "%s: ", c->field);
        } else if (code != MR_OK) {
            code = bad_value(c);
        }
    }
    mr_free(spelling);
    if (code == MR_OK) {
        piece_add(c->out, PIECE_TIMESTAMP)->pattern = pattern;
    }
    return code;
}

static mr_code add_firehose(const compiler *c, mr_bytes value)
{
    if (mr_bytes_is(value, "random-string")) {
        piece_add(c->out, PIECE_RANDOM_STRING);
        return MR_OK;
    }
    if (!mr_bytes_is(value, "error-output-type")) {
        return bad_value(c);
    }
    if (!c->is_error) {
        return mr_error_set(
            c->err, MR_INVALID_ARGUMENT,
            "Prefix must not contain any occurrence of !{firehose:error-output-type}");
    }
    piece_add(c->out, PIECE_ERROR_OUTPUT_TYPE);
    c->out->has_error_type = true;
    return MR_OK;
}

static size_t need_key(mr_prefix *prefix, mr_key_source source, mr_bytes name)
{
    for (size_t i = 0; i < prefix->key_count; i++) {
        if (prefix->keys[i].source == source && mr_bytes_is(name, prefix->keys[i].name)) {
            return i;
        }
    }
    MR_GROW(prefix->keys, prefix->key_count, prefix->key_capacity);
    prefix->keys[prefix->key_count] = (mr_prefix_key){source, mr_bytes_dup(name)};
    return prefix->key_count++;
}

static mr_code add_partition_key(const compiler *c, mr_key_source source, mr_bytes name)
{
    if (c->is_error) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "Dynamic Partitioning Namespaces can't be part of an error prefix "
                            "expression");
    }
    if (c->keys_of == NULL) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "Dynamic Partitioning Namespaces can only be part of a prefix "
                            "expression when Dynamic Partitioning is enabled.");
    }
    if (name.len == 0) {
        return bad_value(c);
    }
    size_t key = need_key(c->keys_of, source, name);
    piece_add(c->out, PIECE_PARTITION_KEY)->key = key;
    return MR_OK;
}

/* expression: between "!{" and "}". */
static mr_code add_expression(const compiler *c, mr_bytes expression)
{
    size_t colon = mr_bytes_find(expression, ':');
    if (colon == expression.len) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT, "Invalid expression usage");
    }
    mr_bytes space = {expression.at, colon};
    mr_bytes value = {expression.at + colon + 1, expression.len - colon - 1};

    c->out->has_expression = true;
    if (mr_bytes_is(space, "timestamp")) {
        return add_timestamp(c, value);
    }
    if (mr_bytes_is(space, "firehose")) {
        return add_firehose(c, value);
    }
    if (mr_bytes_is(space, "partitionKeyFromQuery")) {
        return add_partition_key(c, MR_KEY_FROM_QUERY, value);
    }
    if (mr_bytes_is(space, "partitionKeyFromLambda")) {
        return add_partition_key(c, MR_KEY_FROM_LAMBDA, value);
    }
    return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                        "Namespace to the left of colon (%.*s) is an invalid keyword!",
                        (int)mr_min_size(space.len, 200), space.at);
}

static mr_code compile(const compiler *c, const char *text)
{
    MR_ASSERT(text != NULL);

    const char *at = text;
    while (*at != '\0') {
        const char *begin = strstr(at, "!{");
        size_t literal = begin == NULL ? strlen(at) : (size_t)(begin - at);
        if (literal > 0) {
            piece_add(c->out, PIECE_LITERAL)->literal = mr_strndup(at, literal);
        }
        if (begin == NULL) {
            break;
        }
        const char *inside = begin + 2;
        const char *end = strchr(inside, '}');
        const char *nested = strstr(inside, "!{");
        if (end == NULL || (nested != NULL && nested < end)) {
            return mr_error_set(c->err, MR_INVALID_ARGUMENT, "Invalid expression usage");
        }
        mr_code code = add_expression(c, mr_bytes_make(inside, (size_t)(end - inside)));
        if (code != MR_OK) {
            return code;
        }
        at = end + 1;
    }
    return MR_OK;
}

static void template_deinit(template *t)
{
    for (size_t i = 0; i < t->count; i++) {
        mr_free(t->pieces[i].literal);
        mr_date_pattern_free(t->pieces[i].pattern);
    }
    mr_free(t->pieces);
}

/* ---- evaluating ---- */

typedef struct evaluation {
    int64_t time_us;
    int64_t offset_us;
    const char *error_type;
    const mr_bytes *values; /* NULL: keys become nothing, to measure the rest */
    mr_prng *prng;
} evaluation;

static void evaluate(const template *t, const evaluation *with, mr_strbuf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const piece *p = &t->pieces[i];
        switch (p->kind) {
        case PIECE_LITERAL:
            mr_strbuf_append_text(out, p->literal);
            break;
        case PIECE_TIMESTAMP:
            mr_date_pattern_format_at(p->pattern, with->time_us, with->offset_us, out);
            break;
        case PIECE_RANDOM_STRING: {
            char text[RANDOM_STRING_LEN + 1];
            mr_prng_alnum(with->prng, RANDOM_STRING_LEN, text);
            mr_strbuf_append_text(out, text);
            break;
        }
        case PIECE_ERROR_OUTPUT_TYPE:
            MR_ASSERT(with->error_type != NULL); /* only in an error prefix */
            mr_strbuf_append_text(out, with->error_type);
            break;
        case PIECE_PARTITION_KEY:
            if (with->values != NULL) {
                mr_strbuf_append_bytes(out, with->values[p->key]);
            }
            break;
        }
    }
}

/* The longest that the template can become: a Wednesday in September, and the longest type. */
static mr_code check_length(const compiler *c, size_t *longest)
{
    static const int64_t wednesday_in_september_us = INT64_C(1758752542000000);
    mr_prng prng = mr_prng_named(0, "prefix length");
    evaluation with = {.time_us = wednesday_in_september_us,
                       .error_type = "format-conversion-failed",
                       .prng = &prng};
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    evaluate(c->out, &with, &out);
    *longest = out.len;
    mr_strbuf_deinit(&out);
    return *longest <= EVALUATED_MAX
               ? MR_OK
               : mr_error_set(c->err, MR_INVALID_ARGUMENT,
                              "Length of evaluated %s cannot be greater than %d",
                              c->is_error ? "ErrorOutputPrefix" : "prefix", EVALUATED_MAX);
}

static mr_code compile_both(mr_prefix *made, const mr_prefix_options *options, mr_error *err)
{
    size_t ignored;
    compiler good = {.out = &made->good,
                     .field = "Prefix",
                     .keys_of = options->has_partitions ? made : NULL,
                     .err = err};
    compiler error = {
        .out = &made->error, .field = "ErrorOutputPrefix", .is_error = true, .err = err};

    mr_code code = compile(&good, options->prefix == NULL ? "" : options->prefix);
    if (code == MR_OK && made->has_error) {
        code = compile(&error, options->error_output_prefix);
    }
    if (code != MR_OK) {
        return code;
    }
    if (options->has_partitions && made->key_count == 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic "
                            "Partitioning is enabled");
    }
    if (made->good.has_expression && !made->has_error) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions");
    }
    if (made->error.has_expression && !made->error.has_error_type) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "ErrorOutputPrefix must contain at least one occurrence of "
                            "!{firehose:error-output-type}");
    }
    code = check_length(&good, &made->fixed_max);
    return code == MR_OK ? check_length(&error, &ignored) : code;
}

static mr_date_pattern *own_pattern(const char *spelling)
{
    mr_date_pattern *pattern = NULL;
    mr_code code = mr_date_pattern_new(spelling, &pattern, NULL);
    MR_ASSERT(code == MR_OK);
    return pattern;
}

mr_code mr_prefix_new(const mr_prefix_options *options, mr_prefix **out, mr_error *err)
{
    MR_ASSERT(options != NULL);
    MR_ASSERT(out != NULL);

    const char *zone = options->time_zone;
    int64_t offset_us;
    if (zone != NULL && zone[0] != '\0' && !mr_time_zone_offset(zone, 0, &offset_us)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Provided custom time zone is not supported. Custom time zones are "
                            "limited to UTC and non-3-letter IANA time zones.");
    }

    mr_prefix *made = mr_calloc(1, sizeof *made);
    made->has_error =
        options->error_output_prefix != NULL && options->error_output_prefix[0] != '\0';
    made->is_backup = options->is_backup;
    mr_code code = compile_both(made, options, err);
    if (code != MR_OK) {
        mr_prefix_free(made);
        return code;
    }
    made->time_zone = zone == NULL || zone[0] == '\0' ? NULL : mr_strdup(zone);
    made->default_time = own_pattern(DEFAULT_TIME_PATTERN);
    made->name_time = own_pattern(NAME_TIME_PATTERN);
    *out = made;
    return MR_OK;
}

void mr_prefix_free(mr_prefix *prefix)
{
    if (prefix == NULL) {
        return;
    }
    template_deinit(&prefix->good);
    template_deinit(&prefix->error);
    for (size_t i = 0; i < prefix->key_count; i++) {
        mr_free((char *)prefix->keys[i].name);
    }
    mr_free(prefix->keys);
    mr_free(prefix->time_zone);
    mr_date_pattern_free(prefix->default_time);
    mr_date_pattern_free(prefix->name_time);
    mr_free(prefix);
}

const mr_prefix_key *mr_prefix_keys(const mr_prefix *prefix, size_t *count)
{
    *count = prefix->key_count;
    return prefix->keys;
}

bool mr_prefix_partition(const mr_prefix *prefix, const mr_bytes *values, mr_strbuf *out)
{
    const template *t = &prefix->good;
    size_t len = prefix->fixed_max;
    for (size_t i = 0; i < t->count; i++) {
        const piece *p = &t->pieces[i];
        if (p->kind == PIECE_LITERAL) {
            mr_strbuf_append_text(out, p->literal);
        } else if (p->kind == PIECE_PARTITION_KEY) {
            mr_strbuf_append_bytes(out, values[p->key]);
            len += values[p->key].len;
        } else {
            mr_strbuf_append_char(out, '\0'); /* values hold none */
        }
    }
    return len <= EVALUATED_MAX;
}

void mr_prefix_object_key(const mr_prefix *prefix, const mr_object_name *name, mr_prng *prng,
                          mr_strbuf *out)
{
    MR_ASSERT(prefix != NULL);
    MR_ASSERT(name != NULL);
    MR_ASSERT(name->error_type == NULL || !prefix->is_backup);

    evaluation with = {.time_us = name->time_us,
                       .error_type = name->error_type,
                       .values = name->values,
                       .prng = prng};
    if (prefix->time_zone != NULL) {
        bool known = mr_time_zone_offset(prefix->time_zone, name->time_us, &with.offset_us);
        MR_ASSERT(known); /* mr_prefix_new() looked it up */
    }

    /* An error goes under its own prefix, or under the good one when there is none. */
    const template *chosen =
        name->error_type != NULL && prefix->has_error ? &prefix->error : &prefix->good;
    evaluate(chosen, &with, out);
    if (!chosen->has_expression) {
        if (name->error_type != NULL) {
            mr_strbuf_append_text(out, name->error_type);
            mr_strbuf_append_char(out, '/');
        }
        mr_date_pattern_format_at(prefix->default_time, with.time_us, with.offset_us, out);
    }

    char uuid[MR_UUID_SIZE];
    mr_prng_uuid(prng, uuid);
    mr_strbuf_append_text(out, name->delivery);
    mr_strbuf_append_char(out, '-');
    mr_strbuf_append_text(out, name->version);
    mr_strbuf_append_char(out, '-');
    mr_date_pattern_format_at(prefix->name_time, with.time_us, with.offset_us, out);
    mr_strbuf_append_char(out, '-');
    mr_strbuf_append_text(out, uuid);
    mr_strbuf_append_text(out, name->extension == NULL ? "" : name->extension);
}
