/* date_pattern.c - compiles date patterns; date_format.c writes with them, date_parse.c reads. */
#include "sim/base/date_pattern.h"

#include "sim/base/alloc.h"
#include "sim/base/date_tokens.h"

static const char *const month_full[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
static const char *const month_short[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const month_narrow[] = {"J", "F", "M", "A", "M", "J",
                                           "J", "A", "S", "O", "N", "D"};
static const char *const day_full[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
static const char *const day_short[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const day_narrow[] = {"S", "M", "T", "W", "T", "F", "S"};
static const char *const half_names[] = {"AM", "PM"};
static const char *const era_short[] = {"BC", "AD"};
static const char *const era_full[] = {"Before Christ", "Anno Domini"};
static const char *const era_narrow[] = {"B", "A"};
static const char *const quarter_short[] = {"Q1", "Q2", "Q3", "Q4"};
static const char *const quarter_full[] = {"1st quarter", "2nd quarter", "3rd quarter",
                                           "4th quarter"};
static const char *const quarter_narrow[] = {"1", "2", "3", "4"};

#define NAMES(table, first) ((date_names){(table), MR_COUNT(table), (first)})

typedef struct compiler {
    const char *pattern;
    mr_date_pattern *out;
    uint16_t literals_len;
    uint16_t open[8]; /* places of the optional parts that are open */
    size_t open_count;
    mr_error *err;
} compiler;

static date_token *token_add(compiler *c, date_token_kind kind)
{
    date_token *token = &c->out->tokens[c->out->count++];
    *token = (date_token){.kind = (uint8_t)kind};
    return token;
}

static void add_number(compiler *c, date_field field, size_t min, size_t max)
{
    date_token *token = token_add(c, DATE_TOKEN_NUMBER);
    token->field = (uint8_t)field;
    token->min = (uint8_t)min;
    token->max = (uint8_t)max;
}

static void add_text(compiler *c, date_field field, date_names names)
{
    date_token *token = token_add(c, DATE_TOKEN_TEXT);
    token->field = (uint8_t)field;
    token->names = names;
}

/* Literals side by side become one token. */
static void add_literal(compiler *c, char byte)
{
    mr_date_pattern *out = c->out;
    date_token *last = out->count == 0 ? NULL : &out->tokens[out->count - 1];
    if (last == NULL || last->kind != DATE_TOKEN_LITERAL) {
        last = token_add(c, DATE_TOKEN_LITERAL);
        last->at = c->literals_len;
    }
    out->literals[c->literals_len++] = byte;
    last->len++;
}

static mr_code too_many(compiler *c, char letter, size_t place)
{
    return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                        "Too many pattern letters: %c, at character %zu of date pattern \"%.200s\"",
                        letter, place + 1, c->pattern);
}

static void add_year(compiler *c, date_field field, size_t count)
{
    if (count == 2) {
        token_add(c, DATE_TOKEN_TWO_DIGIT_YEAR)->field = (uint8_t)field;
        return;
    }
    add_number(c, field, count, 19);
    c->out->tokens[c->out->count - 1].exceeds_pad = count >= 4;
}

/* A letter that is a number of one or two digits by count, else a name: M, L, Q, q, E, e, c. */
static mr_code add_named(compiler *c, char letter, size_t count, size_t place)
{
    bool is_day = letter == 'E' || letter == 'e' || letter == 'c';
    bool is_quarter = letter == 'Q' || letter == 'q';
    date_field field = is_day ? DATE_WEEKDAY : is_quarter ? DATE_QUARTER : DATE_MONTH;

    if (count > 5) {
        return too_many(c, letter, place);
    }
    if (letter == 'c' && count == 2) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "Invalid pattern \"cc\" at character %zu of date pattern \"%.200s\"",
                            place + 1, c->pattern);
    }
    if (count <= 2 && letter != 'E') {
        /* A lone letter takes as many digits as there are; two want exactly two. */
        add_number(c, field, count, count == 1 ? 19 : 2);
    } else if (count <= 3) {
        add_text(c, field,
                 is_day       ? NAMES(day_short, 1)
                 : is_quarter ? NAMES(quarter_short, 1)
                              : NAMES(month_short, 1));
    } else if (count == 4) {
        add_text(c, field,
                 is_day       ? NAMES(day_full, 1)
                 : is_quarter ? NAMES(quarter_full, 1)
                              : NAMES(month_full, 1));
    } else {
        add_text(c, field,
                 is_day       ? NAMES(day_narrow, 1)
                 : is_quarter ? NAMES(quarter_narrow, 1)
                              : NAMES(month_narrow, 1));
    }
    return MR_OK;
}

static mr_code add_offset(compiler *c, char letter, size_t count, size_t place)
{
    static const uint8_t styles[] = {DATE_OFFSET_HOURS, DATE_OFFSET_PLAIN, DATE_OFFSET_COLON,
                                     DATE_OFFSET_PLAIN_SECONDS, DATE_OFFSET_COLON_SECONDS};
    if (count > 5) {
        return too_many(c, letter, place);
    }
    if (letter == 'O' && count != 1 && count != 4) {
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "Pattern letter count must be 1 or 4: O, at character %zu of date "
                            "pattern \"%.200s\"",
                            place + 1, c->pattern);
    }
    date_token *token = token_add(c, DATE_TOKEN_OFFSET);
    token->field = DATE_OFFSET;
    if (letter == 'O' || (letter == 'Z' && count == 4)) {
        token->offset_style = count == 1 ? DATE_OFFSET_LOCALIZED_SHORT : DATE_OFFSET_LOCALIZED_FULL;
    } else if (letter == 'Z') {
        token->offset_style = count <= 3 ? DATE_OFFSET_PLAIN : DATE_OFFSET_COLON_SECONDS;
        token->zero_is_z = count == 5;
    } else {
        token->offset_style = styles[count - 1];
        token->zero_is_z = letter == 'X';
    }
    return MR_OK;
}

/* Numbers that are one letter for as many digits as there are, two for exactly two. */
static bool short_number_field(char letter, date_field *field, size_t *most)
{
    static const struct {
        char letter;
        uint8_t field, most;
    } rows[] = {
        {'d', DATE_DAY, 2},         {'H', DATE_HOUR, 2},       {'k', DATE_CLOCK_HOUR, 2},
        {'K', DATE_HALF_HOUR, 2},   {'h', DATE_HALF_CLOCK, 2}, {'m', DATE_MINUTE, 2},
        {'s', DATE_SECOND, 2},      {'w', DATE_WEEK, 2},       {'W', DATE_WEEK_OF_MONTH, 1},
        {'F', DATE_ALIGNED_DAY, 1},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        if (rows[i].letter == letter) {
            *field = (date_field)rows[i].field;
            *most = rows[i].most;
            return true;
        }
    }
    return false;
}

/* Numbers that are padded to the count of letters: A, n, N. */
static bool long_number_field(char letter, date_field *field)
{
    *field = letter == 'A' ? DATE_MILLI_OF_DAY : letter == 'n' ? DATE_NANO : DATE_NANO_OF_DAY;
    return letter == 'A' || letter == 'n' || letter == 'N';
}

static mr_code add_letters(compiler *c, char letter, size_t count, size_t place)
{
    date_field field;
    size_t most;

    if (short_number_field(letter, &field, &most)) {
        if (count > most) {
            return too_many(c, letter, place);
        }
        add_number(c, field, count, count == 1 ? 19 : 2);
        return MR_OK;
    }
    if (long_number_field(letter, &field)) {
        if (count > 19) {
            return too_many(c, letter, place);
        }
        add_number(c, field, count, 19);
        return MR_OK;
    }
    switch (letter) {
    case 'u':
    case 'y':
    case 'Y':
        if (count > 19) {
            return too_many(c, letter, place);
        }
        add_year(c,
                 letter == 'u'   ? DATE_YEAR
                 : letter == 'y' ? DATE_YEAR_OF_ERA
                                 : DATE_WEEK_YEAR,
                 count);
        return MR_OK;
    case 'D':
        if (count > 3) {
            return too_many(c, letter, place);
        }
        add_number(c, DATE_DAY_OF_YEAR, count, count == 1 ? 19 : 3);
        return MR_OK;
    case 'S':
        if (count > 9) {
            return too_many(c, letter, place);
        }
        add_number(c, DATE_NANO, count, count);
        c->out->tokens[c->out->count - 1].kind = DATE_TOKEN_FRACTION;
        return MR_OK;
    case 'a':
        if (count > 1) {
            return too_many(c, letter, place);
        }
        add_text(c, DATE_AM_PM, NAMES(half_names, 0));
        return MR_OK;
    case 'G':
        if (count > 5) {
            return too_many(c, letter, place);
        }
        add_text(c, DATE_ERA,
                 count <= 3   ? NAMES(era_short, 0)
                 : count == 4 ? NAMES(era_full, 0)
                              : NAMES(era_narrow, 0));
        return MR_OK;
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'E':
    case 'e':
    case 'c':
        return add_named(c, letter, count, place);
    case 'X':
    case 'x':
    case 'Z':
    case 'O':
        return add_offset(c, letter, count, place);
    case 'B':
    case 'g':
    case 'p':
    case 'v':
    case 'V':
    case 'z':
        return mr_error_set(c->err, MR_UNSUPPORTED,
                            "pattern letter %c, at character %zu of date pattern \"%.200s\", is "
                            "not supported by millrace",
                            letter, place + 1, c->pattern);
    default:
        return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                            "Unknown pattern letter: %c, at character %zu of date pattern "
                            "\"%.200s\"",
                            letter, place + 1, c->pattern);
    }
}

static mr_code unmatched(compiler *c, const char *what, size_t place)
{
    return mr_error_set(c->err, MR_INVALID_ARGUMENT,
                        "%s, at character %zu of date pattern \"%.200s\"", what, place + 1,
                        c->pattern);
}

/* From the quote at *place to past the one that closes it. */
static mr_code add_quoted(compiler *c, size_t *place)
{
    size_t start = *place;
    size_t i = start + 1;

    if (c->pattern[i] == '\'') { /* '' alone */
        add_literal(c, '\'');
        *place = i + 1;
        return MR_OK;
    }
    for (; c->pattern[i] != '\0'; i++) {
        if (c->pattern[i] != '\'') {
            add_literal(c, c->pattern[i]);
        } else if (c->pattern[i + 1] == '\'') {
            add_literal(c, '\'');
            i++;
        } else {
            *place = i + 1;
            return MR_OK;
        }
    }
    return unmatched(c, "Pattern ends with an incomplete string literal", start);
}

static mr_code add_bracket(compiler *c, char bracket, size_t place)
{
    if (bracket == '[') {
        if (c->open_count == MR_COUNT(c->open)) {
            return unmatched(c, "Too many optional parts in one another", place);
        }
        c->open[c->open_count++] = c->out->count;
        token_add(c, DATE_TOKEN_OPTIONAL_BEGIN);
        return MR_OK;
    }
    if (c->open_count == 0) {
        return unmatched(c, "Pattern invalid as it contains ] without previous [", place);
    }
    c->out->tokens[c->open[--c->open_count]].match = c->out->count;
    token_add(c, DATE_TOKEN_OPTIONAL_END);
    return MR_OK;
}

static mr_code compile(compiler *c)
{
    const char *pattern = c->pattern;
    size_t i = 0;

    while (pattern[i] != '\0') {
        char byte = pattern[i];
        mr_code code = MR_OK;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) {
            size_t count = 1;
            while (pattern[i + count] == byte) {
                count++;
            }
            code = add_letters(c, byte, count, i);
            i += count;
        } else if (byte == '\'') {
            code = add_quoted(c, &i);
        } else if (byte == '[' || byte == ']') {
            code = add_bracket(c, byte, i);
            i++;
        } else if (byte == '{' || byte == '}' || byte == '#') {
            return unmatched(c, "Pattern includes reserved character { } or #", i);
        } else {
            add_literal(c, byte);
            i++;
        }
        if (code != MR_OK) {
            return code;
        }
    }
    while (c->open_count > 0) { /* Java closes what is still open */
        c->out->tokens[c->open[--c->open_count]].match = c->out->count;
        token_add(c, DATE_TOKEN_OPTIONAL_END);
    }
    return MR_OK;
}

/* A number of varying width leaves digits for the fixed-width numbers right after it: yyyyMMdd. */
static void reserve_digits(mr_date_pattern *pattern)
{
    size_t reserve = 0;

    for (size_t i = pattern->count; i-- > 0;) {
        date_token *token = &pattern->tokens[i];
        bool is_number = token->kind == DATE_TOKEN_NUMBER;
        bool is_fixed =
            token->kind == DATE_TOKEN_FRACTION || (is_number && token->min == token->max);
        if (token->kind == DATE_TOKEN_TWO_DIGIT_YEAR) {
            reserve += 2;
        } else if (is_fixed) {
            reserve += token->min;
        } else {
            token->reserve = is_number ? (uint8_t)mr_min_size(reserve, UINT8_MAX) : 0;
            reserve = 0;
        }
    }
}

static mr_date_unit unit_of_field(date_field field)
{
    switch (field) {
    case DATE_QUARTER:
    case DATE_MONTH:
        return MR_DATE_MONTH;
    case DATE_WEEK:
    case DATE_WEEK_OF_MONTH:
    case DATE_DAY:
    case DATE_DAY_OF_YEAR:
    case DATE_ALIGNED_DAY:
    case DATE_WEEKDAY:
        return MR_DATE_DAY;
    case DATE_HOUR:
    case DATE_CLOCK_HOUR:
    case DATE_HALF_HOUR:
    case DATE_HALF_CLOCK:
    case DATE_AM_PM:
        return MR_DATE_HOUR;
    case DATE_MINUTE:
        return MR_DATE_MINUTE;
    case DATE_SECOND:
        return MR_DATE_SECOND;
    case DATE_NANO:
    case DATE_MILLI_OF_DAY:
    case DATE_NANO_OF_DAY:
        return MR_DATE_FRACTION;
    case DATE_YEAR:
    case DATE_YEAR_OF_ERA:
    case DATE_WEEK_YEAR:
    case DATE_ERA:
    case DATE_OFFSET:
    case DATE_FIELD_COUNT:
        break;
    }
    return MR_DATE_YEAR;
}

static mr_date_unit finest_unit(const mr_date_pattern *pattern)
{
    mr_date_unit finest = MR_DATE_YEAR;

    for (size_t i = 0; i < pattern->count; i++) {
        const date_token *token = &pattern->tokens[i];
        if (token->kind == DATE_TOKEN_NUMBER || token->kind == DATE_TOKEN_FRACTION ||
            token->kind == DATE_TOKEN_TEXT) {
            mr_date_unit unit = unit_of_field((date_field)token->field);
            finest = unit > finest ? unit : finest;
        }
    }
    return finest;
}

mr_code mr_date_pattern_new(const char *pattern, mr_date_pattern **out, mr_error *err)
{
    MR_ASSERT(pattern != NULL);
    MR_ASSERT(out != NULL);

    size_t len = strlen(pattern);
    if (len > MR_DATE_PATTERN_MAX) {
        return mr_error_set(err, MR_TOO_LARGE, "date pattern of %zu bytes; the most is %d", len,
                            MR_DATE_PATTERN_MAX);
    }

    /* Every byte makes one token at most, and the ends of open parts are added. */
    mr_date_pattern *made = mr_calloc(1, sizeof *made + (len + 8) * sizeof(date_token));
    made->literals = mr_alloc(len + 1);
    compiler c = {.pattern = pattern, .out = made, .err = err};
    mr_code code = compile(&c);
    if (code != MR_OK) {
        mr_date_pattern_free(made);
        return code;
    }
    reserve_digits(made);
    made->unit = finest_unit(made);
    *out = made;
    return MR_OK;
}

void mr_date_pattern_free(mr_date_pattern *pattern)
{
    if (pattern != NULL) {
        mr_free(pattern->literals);
        mr_free(pattern);
    }
}

mr_date_unit mr_date_pattern_unit(const mr_date_pattern *pattern)
{
    MR_ASSERT(pattern != NULL);
    return pattern->unit;
}
