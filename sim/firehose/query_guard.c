/*
 * query_guard.c - see query_guard.h. A parser by recursive descent that keeps no tree: each rule
 * returns what its expression costs.
 */
#include "sim/firehose/query_guard.h"

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"
#include "sim/base/nearest.h"

#include <stdlib.h>

#define DEPTH_MAX      64
#define ESCAPED_GROWTH 6  /* one byte of text as \u0000 */
#define LITERAL_MAX    64 /* characters of join()'s separator */
#define SLIP_MIN       4  /* letters of a word that may be misspelt */
#define JOINED_GROWTH  33 /* with that, when each element is as short as can be: "1," */

/* What an expression makes of its input, at most. */
typedef struct cost {
    double size; /* times the input; 1 or more */
    bool many;   /* several values; none at all multiplies nothing, and counts as one */
} cost;

typedef struct guard {
    const char *query, *at;
    int depth;
    mr_error *err;
    mr_code code;
} guard;

static const cost one = {1, false};

/* ---- failures: the first one stays ---- */

static size_t column(const guard *g)
{
    return (size_t)(g->at - g->query) + 1;
}

static cost fail(guard *g, mr_code code, const char *what)
{
    if (g->code == MR_OK) {
        g->code = mr_error_set(g->err, code, "MetadataExtractionQuery, character %zu: %s",
                               column(g), what);
    }
    return one;
}

static cost unexpected(guard *g)
{
    if (g->code == MR_OK && *g->at == '\0') {
        return fail(g, MR_INVALID_ARGUMENT, "the query ends too early");
    }
    if (g->code == MR_OK) {
        g->code = mr_error_set(g->err, MR_INVALID_ARGUMENT,
                               "MetadataExtractionQuery, character %zu: '%.1s' is not expected",
                               column(g), g->at);
    }
    return one;
}

static cost not_taken(guard *g, mr_bytes word)
{
    if (g->code == MR_OK) {
        g->code = mr_error_set(g->err, MR_UNSUPPORTED,
                               "MetadataExtractionQuery, character %zu: '%.*s' does not run here: "
                               "its time and memory are not bounded by the record, or its answer "
                               "does not depend on the record alone",
                               column(g), (int)mr_min_size(word.len, 64), word.at);
    }
    return one;
}

static cost checked(guard *g, cost c)
{
    return c.size <= MR_QUERY_GROWTH_MAX
               ? c
               : fail(g, MR_UNSUPPORTED,
                      "the query may make more than 512 times the record of it; use fewer steps "
                      "that copy");
}

/* Both sides of an operator are there at once. */
static cost both(guard *g, cost a, cost b)
{
    if (a.many || b.many) {
        return fail(g, MR_UNSUPPORTED,
                    "an operator gets several values: gather them first, as in [.a[].b]");
    }
    return checked(g, (cost){a.size + b.size, false});
}

static cost piped(guard *g, cost a, cost b)
{
    return checked(g, (cost){a.size * b.size, a.many || b.many});
}

/* ---- words ---- */

static void blanks(guard *g)
{
    while (*g->at == ' ' || *g->at == '\t' || *g->at == '\n' || *g->at == '\r') {
        g->at++;
    }
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The word that is next; empty: something else. */
static mr_bytes peek_word(guard *g)
{
    blanks(g);
    const char *end = g->at;
    if (is_word_start(*end)) {
        while (is_word_start(*end) || is_digit(*end)) {
            end++;
        }
    }
    return mr_bytes_make(g->at, (size_t)(end - g->at));
}

static bool take_word(guard *g, const char *word)
{
    mr_bytes next = peek_word(g);
    if (!mr_bytes_is(next, word)) {
        return false;
    }
    g->at += next.len;
    return true;
}

static bool is_next(guard *g, const char *text)
{
    blanks(g);
    return strncmp(g->at, text, strlen(text)) == 0;
}

static bool take(guard *g, const char *text)
{
    if (g->code != MR_OK || !is_next(g, text)) {
        return false;
    }
    g->at += strlen(text);
    return true;
}

static void need(guard *g, const char *text)
{
    if (!take(g, text)) {
        (void)unexpected(g);
    }
}

static cost read_pipe(guard *g);
static cost read_post(guard *g);

/* ---- literals ---- */

static cost read_number(guard *g)
{
    char *end;
    /* jq's own: digits, a point, an exponent; strtod knows more, none of which begins like that. */
    (void)strtod(g->at, &end);
    bool is_hex = g->at[0] == '0' && (g->at[1] == 'x' || g->at[1] == 'X');
    if (is_hex || end == g->at) {
        return unexpected(g);
    }
    g->at = end;
    return one;
}

/* A string; interpolated values are there as text. literal: out, NULL when it may be interpolated:
 * the bytes between the quotes, still escaped. */
static cost read_string(guard *g, mr_bytes *literal)
{
    cost sum = one;
    need(g, "\"");
    const char *begin = g->at;
    while (g->code == MR_OK && *g->at != '"') {
        if (*g->at == '\0' || (*g->at == '\\' && g->at[1] == '\0')) {
            g->at += strlen(g->at);
            return unexpected(g);
        }
        if (*g->at != '\\') {
            g->at++;
        } else if (g->at[1] != '(') {
            g->at += 2;
        } else if (literal != NULL) {
            return fail(g, MR_UNSUPPORTED, "a literal string is needed here");
        } else {
            g->at += 2;
            cost part = read_pipe(g);
            need(g, ")");
            part.size *= ESCAPED_GROWTH;
            sum = both(g, sum, part);
        }
    }
    if (literal != NULL) {
        *literal = mr_bytes_make(begin, (size_t)(g->at - begin));
    }
    need(g, "\"");
    return sum;
}

/* @json, @text: formats of one value, and of what is put into the string that follows. */
static cost read_format(guard *g)
{
    static const char *const taken[] = {"@text", "@json", "@uri", "@base64"};
    const char *begin = g->at++;
    mr_bytes name = peek_word(g);
    mr_bytes whole = mr_bytes_make(begin, name.len + 1);
    for (size_t i = 0; i < MR_COUNT(taken); i++) {
        if (mr_bytes_is(whole, taken[i])) {
            g->at += name.len;
            return is_next(g, "\"") ? read_string(g, NULL) : (cost){ESCAPED_GROWTH, false};
        }
    }
    g->at = begin;
    return not_taken(g, whole);
}

/* ---- functions ---- */

typedef enum argument_kind {
    ARGUMENT_NONE,
    ARGUMENT_VALUE, /* one value, made of the input */
    ARGUMENT_TEXT,  /* a short literal */
    ARGUMENT_TIME,  /* a literal format of strftime */
    ARGUMENT_EACH   /* map: of each value, gathered */
} argument_kind;

static const struct function {
    const char *name;
    argument_kind argument;
    double growth;
} functions[] = {
    {"add", ARGUMENT_NONE, 1},
    {"all", ARGUMENT_NONE, 1},
    {"any", ARGUMENT_NONE, 1},
    {"arrays", ARGUMENT_NONE, 1},
    {"ascii_downcase", ARGUMENT_NONE, 1},
    {"ascii_upcase", ARGUMENT_NONE, 1},
    {"booleans", ARGUMENT_NONE, 1},
    {"ceil", ARGUMENT_NONE, 1},
    {"empty", ARGUMENT_NONE, 1},
    {"endswith", ARGUMENT_VALUE, 1},
    {"fabs", ARGUMENT_NONE, 1},
    {"false", ARGUMENT_NONE, 1},
    {"first", ARGUMENT_NONE, 1},
    {"flatten", ARGUMENT_NONE, 1},
    {"floor", ARGUMENT_NONE, 1},
    {"from_entries", ARGUMENT_NONE, 1},
    {"fromdate", ARGUMENT_NONE, 1},
    {"fromdateiso8601", ARGUMENT_NONE, 1},
    {"fromjson", ARGUMENT_NONE, 1},
    {"gmtime", ARGUMENT_NONE, 1},
    {"has", ARGUMENT_VALUE, 1},
    {"join", ARGUMENT_TEXT, JOINED_GROWTH},
    {"keys", ARGUMENT_NONE, 1},
    {"last", ARGUMENT_NONE, 1},
    {"length", ARGUMENT_NONE, 1},
    {"ltrimstr", ARGUMENT_VALUE, 1},
    {"map", ARGUMENT_EACH, 1},
    {"max", ARGUMENT_NONE, 1},
    {"min", ARGUMENT_NONE, 1},
    {"mktime", ARGUMENT_NONE, 1},
    {"not", ARGUMENT_NONE, 1},
    {"null", ARGUMENT_NONE, 1},
    {"numbers", ARGUMENT_NONE, 1},
    {"objects", ARGUMENT_NONE, 1},
    {"reverse", ARGUMENT_NONE, 1},
    {"round", ARGUMENT_NONE, 1},
    {"rtrimstr", ARGUMENT_VALUE, 1},
    {"scalars", ARGUMENT_NONE, 1},
    {"select", ARGUMENT_VALUE, 1},
    {"sort", ARGUMENT_NONE, 1},
    {"split", ARGUMENT_VALUE, 1},
    {"startswith", ARGUMENT_VALUE, 1},
    {"strftime", ARGUMENT_TIME, 1},
    {"strings", ARGUMENT_NONE, 1},
    {"to_entries", ARGUMENT_NONE, 4}, /* {"key":"a","value":1} for "a":1 */
    {"todate", ARGUMENT_NONE, 1},
    {"tojson", ARGUMENT_NONE, ESCAPED_GROWTH},
    {"tonumber", ARGUMENT_NONE, 1},
    {"tostring", ARGUMENT_NONE, ESCAPED_GROWTH},
    {"true", ARGUMENT_NONE, 1},
    {"type", ARGUMENT_NONE, 1},
    {"unique", ARGUMENT_NONE, 1},
    {"utf8bytelength", ARGUMENT_NONE, 1},
    {"values", ARGUMENT_NONE, 1},
};

/* %s and %z are of the machine's time zone, %E and %O of its locale. */
static void check_time_format(guard *g, mr_bytes format)
{
    for (size_t i = 0; i + 1 < format.len; i++) {
        if (format.at[i] == '%') {
            i++;
            if (strchr("sZzEO+", format.at[i]) != NULL) {
                (void)not_taken(g, mr_bytes_make(format.at + i - 1, 2));
            }
        }
    }
}

static cost read_argument(guard *g, const struct function *f)
{
    cost argument = one;
    mr_bytes literal;
    need(g, "(");
    switch (f->argument) {
    case ARGUMENT_VALUE:
        argument = both(g, one, read_pipe(g));
        break;
    case ARGUMENT_EACH:
        argument = read_pipe(g);
        argument.many = false;
        break;
    case ARGUMENT_TEXT:
    case ARGUMENT_TIME:
        (void)read_string(g, &literal);
        if (g->code == MR_OK && f->argument == ARGUMENT_TIME) {
            check_time_format(g, literal);
        } else if (g->code == MR_OK && literal.len > LITERAL_MAX) {
            (void)fail(g, MR_UNSUPPORTED, "the separator has more than 64 characters");
        }
        argument.size = f->growth;
        break;
    case ARGUMENT_NONE:
        break;
    }
    need(g, ")");
    return argument;
}

/* A slip of the pen is no unbounded function, and is not told as one. Of words so short as jq's
 * `now` it cannot be told. */
static cost unknown_function(guard *g, mr_bytes name)
{
    const char *nearest =
        mr_nearest_in_table(name, functions, MR_COUNT(functions), sizeof(functions[0]));
    if (nearest == NULL || name.len < SLIP_MIN || g->code != MR_OK) {
        return not_taken(g, name);
    }
    g->code =
        mr_error_set(g->err, MR_UNSUPPORTED,
                     "MetadataExtractionQuery, character %zu: '%.*s' is none of the functions "
                     "that run here; did you mean '%s'?",
                     column(g), (int)mr_min_size(name.len, 64), name.at, nearest);
    return one;
}

static cost read_function(guard *g, mr_bytes name)
{
    for (size_t i = 0; i < MR_COUNT(functions); i++) {
        const struct function *f = &functions[i];
        if (!mr_bytes_is(name, f->name)) {
            continue;
        }
        const char *begin = g->at;
        g->at += name.len;
        if (is_next(g, "(") != (f->argument != ARGUMENT_NONE)) {
            g->at = begin; /* add(f), first(f), split/2 and the like are other functions */
            return not_taken(g, name);
        }
        if (f->argument != ARGUMENT_NONE) {
            return checked(g, read_argument(g, f));
        }
        return (cost){f->growth, false};
    }
    return unknown_function(g, name);
}

static cost read_if(guard *g)
{
    cost sum = both(g, one, read_pipe(g));
    if (!take_word(g, "then")) {
        return unexpected(g);
    }
    sum = both(g, sum, read_pipe(g));
    if (take_word(g, "elif")) {
        return both(g, sum, read_if(g));
    }
    if (!take_word(g, "else")) {
        return unexpected(g); /* jq 1.6 needs it */
    }
    sum = both(g, sum, read_pipe(g));
    return take_word(g, "end") ? sum : unexpected(g);
}

/* ---- constructors ---- */

static void add_key(guard *g, mr_query_keys *keys, mr_bytes name)
{
    if (keys == NULL || g->code != MR_OK) {
        return;
    }
    if (memchr(name.at, '\\', name.len) != NULL) {
        (void)fail(g, MR_UNSUPPORTED, "a partition key is written without escapes");
        return;
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (mr_bytes_is(name, keys->names[i])) {
            (void)fail(g, MR_INVALID_ARGUMENT, "a partition key is given twice");
            return;
        }
    }
    if (keys->count == MR_QUERY_KEYS_MAX) {
        (void)fail(g, MR_INVALID_ARGUMENT, "there are more than 50 partition keys");
        return;
    }
    keys->names[keys->count++] = mr_bytes_dup(name);
}

/* The value of a key: jq takes terms joined by '|' here, and wants parentheses around the rest. */
static cost read_value(guard *g)
{
    (void)take(g, "-");
    cost value = read_post(g);
    while (g->code == MR_OK && take(g, "|")) {
        (void)take(g, "-");
        value = piped(g, value, read_post(g));
    }
    return value;
}

static cost read_member(guard *g, mr_query_keys *keys)
{
    mr_bytes name = peek_word(g);
    if (name.len > 0) {
        g->at += name.len;
    } else if (is_next(g, "\"")) {
        (void)read_string(g, &name);
    } else {
        return *g->at == '(' || *g->at == '$' || *g->at == '@'
                   ? fail(g, MR_UNSUPPORTED, "a key must be a word or a literal string")
                   : unexpected(g);
    }
    add_key(g, keys, name);
    return take(g, ":") ? read_value(g) : one; /* {a} is {a:.a} */
}

/* keys: where those of the object go; NULL: nobody wants to know. */
static cost read_object(guard *g, mr_query_keys *keys)
{
    cost sum = one;
    need(g, "{");
    if (take(g, "}")) {
        return sum;
    }
    do {
        cost value = read_member(g, keys);
        sum = both(g, sum, value);
    } while (g->code == MR_OK && take(g, ","));
    need(g, "}");
    return sum;
}

static cost read_array(guard *g)
{
    cost sum = one;
    need(g, "[");
    if (take(g, "]")) {
        return sum;
    }
    do {
        cost values = read_pipe(g);
        sum = checked(g, (cost){sum.size + values.size, false});
    } while (g->code == MR_OK && take(g, ","));
    need(g, "]");
    return sum;
}

/* ---- terms ---- */

static cost read_term(guard *g)
{
    mr_bytes word = peek_word(g);
    if (mr_bytes_is(word, "if")) {
        g->at += word.len;
        return read_if(g);
    }
    if (word.len > 0) {
        return read_function(g, word);
    }
    switch (*g->at) {
    case '.':
        if (is_digit(g->at[1])) {
            return read_number(g);
        }
        if (g->at[1] == '.') {
            return not_taken(g, mr_bytes_make(g->at, 2));
        }
        if (is_word_start(g->at[1]) || g->at[1] == '"') {
            return one; /* the suffix reads it */
        }
        g->at++;
        return one;
    case '"':
        return read_string(g, NULL);
    case '@':
        return read_format(g);
    case '{':
        return read_object(g, NULL);
    case '[':
        return read_array(g);
    case '(': {
        g->at++;
        cost inside = read_pipe(g);
        need(g, ")");
        return inside;
    }
    case '$':
    case '#':
        return not_taken(g, mr_bytes_make(g->at, 1));
    default:
        return is_digit(*g->at) ? read_number(g) : unexpected(g);
    }
}

/* [], [f], [f:g], [:g], [f:] behind a term. */
static cost read_brackets(guard *g, cost of)
{
    need(g, "[");
    if (take(g, "]")) {
        of.many = true;
        return of;
    }
    if (!is_next(g, ":")) {
        of = checked(g, (cost){of.size + both(g, one, read_pipe(g)).size, of.many});
    }
    if (take(g, ":") && !is_next(g, "]")) {
        of = checked(g, (cost){of.size + both(g, one, read_pipe(g)).size, of.many});
    }
    need(g, "]");
    return of;
}

static cost read_post(guard *g)
{
    if (g->depth == DEPTH_MAX) {
        return fail(g, MR_UNSUPPORTED, "the query is nested too deeply");
    }
    g->depth++;
    cost of = read_term(g);
    while (g->code == MR_OK) {
        blanks(g);
        if (*g->at == '.' && is_word_start(g->at[1])) {
            g->at++;
            g->at += peek_word(g).len;
        } else if (*g->at == '.' && g->at[1] == '"') {
            mr_bytes name;
            g->at++;
            (void)read_string(g, &name);
        } else if (*g->at == '.' && g->at[1] == '[') {
            g->at++;
            of = read_brackets(g, of);
        } else if (*g->at == '[') {
            of = read_brackets(g, of);
        } else if (*g->at == '?' && strncmp(g->at, "?//", 3) != 0) {
            g->at++; /* an error becomes no value, which no operator multiplies */
        } else {
            break;
        }
    }
    g->depth--;
    return of;
}

/* ---- operators, by rising precedence ---- */

static cost read_product(guard *g)
{
    cost sum = take(g, "-") ? both(g, one, read_post(g)) : read_post(g);
    for (;;) {
        if (is_next(g, "*")) {
            return not_taken(g, mr_bytes_make(g->at, 1));
        }
        if (is_next(g, "%=") || is_next(g, "/=")) {
            return not_taken(g, mr_bytes_make(g->at, 2));
        }
        if (!is_next(g, "//") && take(g, "/")) {
            sum = both(g, sum, read_post(g));
        } else if (take(g, "%")) {
            /* The remainder by -1 of the smallest number would end the process. */
            blanks(g);
            if (!is_digit(*g->at)) {
                return fail(g, MR_UNSUPPORTED, "behind '%' a number must stand");
            }
            sum = both(g, sum, read_number(g));
        } else {
            return sum;
        }
    }
}

static cost read_sum(guard *g)
{
    cost sum = read_product(g);
    for (;;) {
        if (is_next(g, "+=") || is_next(g, "-=")) {
            return not_taken(g, mr_bytes_make(g->at, 2));
        }
        if (!take(g, "+") && !take(g, "-")) {
            return sum;
        }
        sum = both(g, sum, read_product(g));
    }
}

static cost read_comparison(guard *g)
{
    static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
    cost sum = read_sum(g);
    for (size_t i = 0; i < MR_COUNT(operators); i++) {
        if (take(g, operators[i])) {
            return both(g, sum, read_sum(g));
        }
    }
    return is_next(g, "=") ? not_taken(g, mr_bytes_make(g->at, 1)) : sum;
}

static cost read_logic(guard *g)
{
    cost sum = read_comparison(g);
    while (g->code == MR_OK && (take_word(g, "and") || take_word(g, "or"))) {
        sum = both(g, sum, read_comparison(g));
    }
    return sum;
}

static cost read_alternative(guard *g)
{
    cost sum = read_logic(g);
    while (g->code == MR_OK) {
        if (is_next(g, "//=") || is_next(g, "|=") || is_next(g, "?//")) {
            return not_taken(g, mr_bytes_make(g->at, 2));
        }
        if (!take(g, "//")) {
            break;
        }
        sum = both(g, sum, read_logic(g));
    }
    return sum;
}

static cost read_pipe(guard *g)
{
    if (g->depth == DEPTH_MAX) {
        return fail(g, MR_UNSUPPORTED, "the query is nested too deeply");
    }
    g->depth++;
    cost made = read_alternative(g);
    while (g->code == MR_OK && take(g, "|")) {
        made = piped(g, made, read_alternative(g));
    }
    if (take_word(g, "as")) {
        g->at -= 2;
        made = not_taken(g, mr_bytes_make(g->at, 2));
    }
    g->depth--;
    return made;
}

/* The stages of the query: the last of them must be the object constructor with the keys. */
static void read_query(guard *g, mr_query_keys *keys)
{
    cost made = one;
    do {
        mr_query_keys_deinit(keys);
        cost stage = is_next(g, "{") ? read_object(g, keys) : read_alternative(g);
        made = piped(g, made, stage);
        blanks(g);
    } while (g->code == MR_OK && take(g, "|"));
    if (g->code != MR_OK) {
        return;
    }
    mr_bytes word = peek_word(g);
    bool is_whole = *g->at == '\0';
    if (is_next(g, ",") || (is_whole && made.many)) {
        (void)fail(g, MR_UNSUPPORTED, "the query must give one object");
    } else if (mr_bytes_is(word, "as")) {
        (void)not_taken(g, word);
    } else if (!is_whole) {
        (void)unexpected(g);
    } else if (keys->count == 0) {
        (void)fail(g, MR_INVALID_ARGUMENT,
                   "the query must end in an object constructor, as in {customer: .id}");
    }
}

void mr_query_keys_deinit(mr_query_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        mr_free(keys->names[i]);
    }
    keys->count = 0;
}

mr_code mr_query_guard(const char *query, mr_query_keys *out, mr_error *err)
{
    MR_ASSERT(out->count == 0);

    guard g = {.query = query, .at = query, .err = err, .code = MR_OK};
    if (strlen(query) > MR_QUERY_BYTES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "MetadataExtractionQuery has %zu characters; the most is %d",
                            strlen(query), MR_QUERY_BYTES_MAX);
    }
    read_query(&g, out);
    if (g.code != MR_OK) {
        mr_query_keys_deinit(out);
    }
    return g.code;
}
