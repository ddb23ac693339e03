/* functions.c - arithmetic, casts and like(); see functions.h. */
#include "sim/query/functions.h"

#include "sim/query/decode.h"
#include "sim/query/format_value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- words for all of them ---- */

bool mr_sql_fn_null(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    for (int i = 0; i < argc; i++) {
        if (sqlite3_value_type(argv[i]) == SQLITE_NULL) {
            sqlite3_result_null(context);
            return true;
        }
    }
    return false;
}

mr_bytes mr_sql_fn_text(sqlite3_value *value)
{
    const void *text = sqlite3_value_text(value);
    return mr_bytes_make(text == NULL ? "" : text, (size_t)sqlite3_value_bytes(value));
}

void mr_sql_fn_return_text(sqlite3_context *context, mr_bytes text)
{
    sqlite3_result_text64(context, text.len == 0 ? "" : text.at, text.len, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
}

void mr_sql_fn_fail(sqlite3_context *context, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sqlite3_result_error(context, message, -1);
}

int mr_sql_functions_add(sqlite3 *db, const mr_sql_fn_row *rows, size_t count, void *context)
{
    for (size_t i = 0; i < count; i++) {
        int status = sqlite3_create_function_v2(db, rows[i].name, rows[i].args,
                                                SQLITE_UTF8 | SQLITE_DETERMINISTIC, context,
                                                rows[i].fn, NULL, NULL, NULL);
        if (status != SQLITE_OK) {
            return status;
        }
    }
    return SQLITE_OK;
}

static bool is_integer(sqlite3_value *value)
{
    return sqlite3_value_type(value) == SQLITE_INTEGER;
}

static void return_double(sqlite3_context *context, double value)
{
    if (isnan(value)) { /* SQLite would make it NULL, which is another answer */
        mr_sql_fn_fail(context, "NOT_SUPPORTED: the result is NaN, which millrace cannot hold");
    } else {
        sqlite3_result_double(context, value);
    }
}

/* ---- arithmetic ---- */

static void divide_by_zero(sqlite3_context *context)
{
    mr_sql_fn_fail(context, "DIVISION_BY_ZERO: Division by zero");
}

static void fn_div(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    sqlite3_int64 left = sqlite3_value_int64(argv[0]), right = sqlite3_value_int64(argv[1]);
    if (right == 0) {
        divide_by_zero(context);
    } else if (left == INT64_MIN && right == -1) {
        mr_sql_fn_fail(context, "NUMERIC_VALUE_OUT_OF_RANGE: bigint division overflow");
    } else {
        sqlite3_result_int64(context, left / right);
    }
}

static void fn_real_div(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (!mr_sql_fn_null(context, argc, argv)) {
        return_double(context, sqlite3_value_double(argv[0]) / sqlite3_value_double(argv[1]));
    }
}

static void fn_mod(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    if (!is_integer(argv[0]) || !is_integer(argv[1])) {
        return_double(context, fmod(sqlite3_value_double(argv[0]), sqlite3_value_double(argv[1])));
        return;
    }
    sqlite3_int64 left = sqlite3_value_int64(argv[0]), right = sqlite3_value_int64(argv[1]);
    if (right == 0) {
        divide_by_zero(context);
    } else {
        sqlite3_result_int64(context, right == -1 ? 0 : left % right);
    }
}

/* Functions of one double. */
#define REAL_FUNCTION(name, expression)                                                            \
    static void fn_##name(sqlite3_context *context, int argc, sqlite3_value **argv)                \
    {                                                                                              \
        if (!mr_sql_fn_null(context, argc, argv)) {                                                \
            double x = sqlite3_value_double(argv[0]);                                              \
            return_double(context, (expression));                                                  \
        }                                                                                          \
    }

REAL_FUNCTION(sqrt, sqrt(x))
REAL_FUNCTION(exp, exp(x))
REAL_FUNCTION(ln, log(x))
REAL_FUNCTION(log2, log2(x))
REAL_FUNCTION(log10, log10(x))
REAL_FUNCTION(power, pow(x, sqlite3_value_double(argv[1])))

/* Functions that leave an integer as it is. */
#define ROUNDING_FUNCTION(name, function)                                                          \
    static void fn_##name(sqlite3_context *context, int argc, sqlite3_value **argv)                \
    {                                                                                              \
        if (mr_sql_fn_null(context, argc, argv)) {                                                 \
            return;                                                                                \
        }                                                                                          \
        if (is_integer(argv[0])) {                                                                 \
            sqlite3_result_value(context, argv[0]);                                                \
        } else {                                                                                   \
            sqlite3_result_double(context, function(sqlite3_value_double(argv[0])));               \
        }                                                                                          \
    }

ROUNDING_FUNCTION(ceil, ceil)
ROUNDING_FUNCTION(floor, floor)
ROUNDING_FUNCTION(truncate, trunc)

static void fn_sign(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    double x = sqlite3_value_double(argv[0]);
    if (is_integer(argv[0])) {
        sqlite3_result_int(context, (x > 0) - (x < 0));
    } else {
        sqlite3_result_double(context, (x > 0) - (x < 0));
    }
}

/* Half away from zero, to n places; the type is kept. */
static void fn_round(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    sqlite3_int64 places = argc == 2 ? sqlite3_value_int64(argv[1]) : 0;
    if (is_integer(argv[0]) && places >= 0) {
        sqlite3_result_value(context, argv[0]);
        return;
    }
    double x = sqlite3_value_double(argv[0]);
    double unit = pow(10, (double)places);
    double rounded = round(x * unit) / unit;
    if (!isfinite(rounded) || places > 300) {
        rounded = x;
    }
    if (is_integer(argv[0])) {
        sqlite3_result_int64(context, (sqlite3_int64)rounded);
    } else {
        sqlite3_result_double(context, rounded);
    }
}

/* ---- like ---- */

static void fn_like(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    uint32_t escape = 0;
    if (argc == 3) {
        mr_bytes text = mr_sql_fn_text(argv[2]);
        if (text.len != 1) {
            mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: Escape string must be a single "
                                    "character");
            return;
        }
        escape = (unsigned char)text.at[0];
    }
    bool like = mr_like(mr_sql_fn_text(argv[0]), mr_sql_fn_text(argv[1]), escape);
    sqlite3_result_int(context, like);
}

/* ---- casts ---- */

typedef struct cast {
    sqlite3_context *context;
    sqlite3_value *value;
    const char *to, *from;
} cast;

/* False: the value does not read as the type. */
static bool cast_to_integer(const cast *c)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } ranges[] = {{"tinyint", INT8_MIN, INT8_MAX},
                  {"smallint", INT16_MIN, INT16_MAX},
                  {"integer", INT32_MIN, INT32_MAX},
                  {"bigint", INT64_MIN, INT64_MAX}};
    int64_t value = 0;
    switch (sqlite3_value_type(c->value)) {
    case SQLITE_INTEGER:
        value = sqlite3_value_int64(c->value);
        break;
    case SQLITE_FLOAT: {
        double x = round(sqlite3_value_double(c->value)); /* half away from zero, as Trino */
        if (!(x >= -9223372036854775808.0 && x < 9223372036854775808.0)) {
            return false;
        }
        value = (int64_t)x;
        break;
    }
    default:
        if (!mr_bytes_to_int64(mr_bytes_trim(mr_sql_fn_text(c->value)), &value)) {
            return false;
        }
        break;
    }
    for (size_t i = 0; i < MR_COUNT(ranges); i++) {
        if (strcmp(ranges[i].name, c->to) == 0) {
            if (value < ranges[i].least || value > ranges[i].most) {
                return false;
            }
            sqlite3_result_int64(c->context, value);
            return true;
        }
    }
    return false;
}

static bool cast_to_double(const cast *c)
{
    double value;
    if (sqlite3_value_type(c->value) != SQLITE_TEXT) {
        value = sqlite3_value_double(c->value);
    } else if (!mr_read_double(mr_bytes_trim(mr_sql_fn_text(c->value)), &value) || isnan(value)) {
        return false;
    }
    sqlite3_result_double(c->context, strcmp(c->to, "real") == 0 ? (double)(float)value : value);
    return true;
}

static mr_sql_type type_named(const char *name)
{
    mr_sql_type type = {0};
    for (int kind = MR_SQL_UNKNOWN; kind <= MR_SQL_ROW; kind++) {
        if (strcmp(mr_sql_type_name((mr_sql_kind)kind), name) == 0) {
            type.kind = (mr_sql_kind)kind;
        }
    }
    return type;
}

static bool cast_to_text(const cast *c)
{
    mr_datum datum;
    mr_sql_type from = type_named(c->from);
    if (!mr_datum_of_value(c->value, &datum)) {
        return false;
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (from.kind == MR_SQL_DECIMAL) { /* its scale is not known here: shortest form */
        from.kind = MR_SQL_DOUBLE;
    }
    mr_append_value(&out, from, &datum);
    mr_sql_fn_return_text(c->context, mr_strbuf_bytes(&out));
    mr_strbuf_deinit(&out);
    return true;
}

static bool cast_to_boolean(const cast *c)
{
    static const struct {
        const char *text;
        int value;
    } words[] = {{"true", 1}, {"false", 0}, {"t", 1}, {"f", 0}, {"1", 1}, {"0", 0}};
    if (sqlite3_value_type(c->value) != SQLITE_TEXT) {
        sqlite3_result_int(c->context, sqlite3_value_double(c->value) != 0);
        return true;
    }
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (mr_bytes_equal_nocase(mr_sql_fn_text(c->value), mr_bytes_of(words[i].text))) {
            sqlite3_result_int(c->context, words[i].value);
            return true;
        }
    }
    return false;
}

/* From text, a date or a timestamp; all of them are text here. */
static bool cast_to_time(const cast *c)
{
    mr_bytes text = mr_bytes_trim(mr_sql_fn_text(c->value));
    mr_strbuf made = mr_strbuf_make(64);
    bool read = mr_read_timestamp(text, false, &made);
    bool date = strcmp(c->to, "date") == 0;
    if (read && date && strcmp(c->from, "varchar") == 0) {
        /* CAST('2006-01-01 10:00' AS date) is an error there; date(timestamp) is not. */
        read = text.len == 10 || text.len == 23;
    }
    if (read) {
        mr_bytes whole = mr_strbuf_bytes(&made);
        mr_sql_fn_return_text(c->context, date ? mr_bytes_make(whole.at, 10) : whole);
    }
    mr_strbuf_deinit(&made);
    return read;
}

/* mr_cast(value, to, from, try) */
static void fn_cast(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    if (sqlite3_value_type(argv[0]) == SQLITE_NULL) {
        sqlite3_result_null(context);
        return;
    }
    cast c = {.context = context,
              .value = argv[0],
              .to = (const char *)sqlite3_value_text(argv[1]),
              .from = (const char *)sqlite3_value_text(argv[2])};
    bool done;
    if (strcmp(c.to, "varchar") == 0) {
        done = cast_to_text(&c);
    } else if (strcmp(c.to, "double") == 0 || strcmp(c.to, "real") == 0) {
        done = cast_to_double(&c);
    } else if (strcmp(c.to, "boolean") == 0) {
        done = cast_to_boolean(&c);
    } else if (strcmp(c.to, "date") == 0 || strcmp(c.to, "timestamp(3)") == 0) {
        done = cast_to_time(&c);
    } else {
        done = cast_to_integer(&c);
    }
    if (done) {
        return;
    }
    if (sqlite3_value_int(argv[3]) != 0) {
        sqlite3_result_null(context); /* TRY_CAST */
        return;
    }
    mr_sql_fn_fail(context, "INVALID_CAST_ARGUMENT: Cannot cast '%.80s' to %s",
                   (const char *)sqlite3_value_text(argv[0]),
                   strcmp(c.to, "integer") == 0 ? "INT" : c.to);
}

int mr_sql_functions_register(sqlite3 *db, const mr_statement_run *run)
{
    static const mr_sql_fn_row rows[] = {
        {"like", 2, fn_like},      {"like", 3, fn_like},
        {"mr_div", 2, fn_div},     {"mr_real_div", 2, fn_real_div},
        {"mr_mod", 2, fn_mod},     {"mr_sqrt", 1, fn_sqrt},
        {"mr_exp", 1, fn_exp},     {"mr_ln", 1, fn_ln},
        {"mr_log2", 1, fn_log2},   {"mr_log10", 1, fn_log10},
        {"mr_power", 2, fn_power}, {"mr_ceil", 1, fn_ceil},
        {"mr_floor", 1, fn_floor}, {"mr_truncate", 1, fn_truncate},
        {"mr_sign", 1, fn_sign},   {"mr_round", 1, fn_round},
        {"mr_round", 2, fn_round}, {"mr_cast", 4, fn_cast},
    };
    int status = mr_sql_functions_add(db, rows, MR_COUNT(rows), NULL);
    if (status == SQLITE_OK) {
        status = mr_sql_text_functions_register(db);
    }
    return status == SQLITE_OK ? mr_sql_date_functions_register(db, run) : status;
}
