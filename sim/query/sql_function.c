/* sql_function.c - see sql_function.h. */
#include "sim/query/sql_function.h"

#include "sim/base/nearest.h"

static const mr_sql_function functions[] = {
    /* aggregates */
    {"count", MR_SQL_AGGREGATE, 0, 1, "a", MR_RESULT_BIGINT, "count($*)"},
    {"sum", MR_SQL_AGGREGATE, 1, 1, "n", MR_RESULT_SUM, "sum($*)"},
    {"avg", MR_SQL_AGGREGATE, 1, 1, "n", MR_RESULT_DOUBLE, "avg($*)"},
    {"min", MR_SQL_AGGREGATE, 1, 1, "o", MR_RESULT_FIRST, "min($*)"},
    {"max", MR_SQL_AGGREGATE, 1, 1, "o", MR_RESULT_FIRST, "max($*)"},
    {"arbitrary", MR_SQL_AGGREGATE, 1, 1, "a", MR_RESULT_FIRST, "min($*)"},
    {"any_value", MR_SQL_AGGREGATE, 1, 1, "a", MR_RESULT_FIRST, "min($*)"},
    {"count_if", MR_SQL_AGGREGATE, 1, 1, "b", MR_RESULT_BIGINT, "count(nullif($1, 0))"},
    {"bool_and", MR_SQL_AGGREGATE, 1, 1, "b", MR_RESULT_BOOLEAN, "min($*)"},
    {"every", MR_SQL_AGGREGATE, 1, 1, "b", MR_RESULT_BOOLEAN, "min($*)"},
    {"bool_or", MR_SQL_AGGREGATE, 1, 1, "b", MR_RESULT_BOOLEAN, "max($*)"},
    {"approx_distinct", MR_SQL_AGGREGATE, 1, 1, "a", MR_RESULT_BIGINT, "count(DISTINCT $1)"},

    /* windows */
    {"row_number", MR_SQL_WINDOW, 0, 0, "", MR_RESULT_BIGINT, "row_number()"},
    {"rank", MR_SQL_WINDOW, 0, 0, "", MR_RESULT_BIGINT, "rank()"},
    {"dense_rank", MR_SQL_WINDOW, 0, 0, "", MR_RESULT_BIGINT, "dense_rank()"},
    {"percent_rank", MR_SQL_WINDOW, 0, 0, "", MR_RESULT_DOUBLE, "percent_rank()"},
    {"cume_dist", MR_SQL_WINDOW, 0, 0, "", MR_RESULT_DOUBLE, "cume_dist()"},
    {"ntile", MR_SQL_WINDOW, 1, 1, "i", MR_RESULT_BIGINT, "ntile($*)"},
    {"lag", MR_SQL_WINDOW, 1, 3, "aia", MR_RESULT_FIRST, "lag($*)"},
    {"lead", MR_SQL_WINDOW, 1, 3, "aia", MR_RESULT_FIRST, "lead($*)"},
    {"first_value", MR_SQL_WINDOW, 1, 1, "a", MR_RESULT_FIRST, "first_value($*)"},
    {"last_value", MR_SQL_WINDOW, 1, 1, "a", MR_RESULT_FIRST, "last_value($*)"},
    {"nth_value", MR_SQL_WINDOW, 2, 2, "ai", MR_RESULT_FIRST, "nth_value($*)"},

    /* conditions */
    {"coalesce", MR_SQL_SCALAR, 2, 100, "a", MR_RESULT_COMMON, "coalesce($*)"},
    {"nullif", MR_SQL_SCALAR, 2, 2, "a", MR_RESULT_FIRST, "nullif($*)"},
    {"if", MR_SQL_SCALAR, 2, 3, "ba", MR_RESULT_BRANCH, "CASE WHEN $1 THEN $2 ELSE $3 END"},
    {"greatest", MR_SQL_SCALAR, 2, 100, "o", MR_RESULT_COMMON, "max($*)"},
    {"least", MR_SQL_SCALAR, 2, 100, "o", MR_RESULT_COMMON, "min($*)"},

    /* numbers */
    {"abs", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "abs($*)"},
    {"ceil", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "mr_ceil($*)"},
    {"ceiling", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "mr_ceil($*)"},
    {"floor", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "mr_floor($*)"},
    {"round", MR_SQL_SCALAR, 1, 2, "ni", MR_RESULT_FIRST, "mr_round($*)"},
    {"truncate", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "mr_truncate($*)"},
    {"sign", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_FIRST, "mr_sign($*)"},
    {"mod", MR_SQL_SCALAR, 2, 2, "n", MR_RESULT_COMMON, "mr_mod($*)"},
    {"power", MR_SQL_SCALAR, 2, 2, "n", MR_RESULT_DOUBLE, "mr_power($*)"},
    {"pow", MR_SQL_SCALAR, 2, 2, "n", MR_RESULT_DOUBLE, "mr_power($*)"},
    {"sqrt", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_DOUBLE, "mr_sqrt($*)"},
    {"exp", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_DOUBLE, "mr_exp($*)"},
    {"ln", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_DOUBLE, "mr_ln($*)"},
    {"log2", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_DOUBLE, "mr_log2($*)"},
    {"log10", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_DOUBLE, "mr_log10($*)"},

    /* text */
    {"length", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_BIGINT, "length($*)"},
    {"lower", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_lower($*)"},
    {"upper", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_upper($*)"},
    {"trim", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_trim($1)"},
    {"ltrim", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_ltrim($1)"},
    {"rtrim", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_rtrim($1)"},
    {"replace", MR_SQL_SCALAR, 2, 3, "s", MR_RESULT_VARCHAR, "mr_replace($*)"},
    {"reverse", MR_SQL_SCALAR, 1, 1, "s", MR_RESULT_VARCHAR, "mr_reverse($*)"},
    {"strpos", MR_SQL_SCALAR, 2, 2, "s", MR_RESULT_BIGINT, "instr($*)"},
    {"substr", MR_SQL_SCALAR, 2, 3, "si", MR_RESULT_VARCHAR, "mr_substr($*)"},
    {"substring", MR_SQL_SCALAR, 2, 3, "si", MR_RESULT_VARCHAR, "mr_substr($*)"},
    {"split_part", MR_SQL_SCALAR, 3, 3, "ssi", MR_RESULT_VARCHAR, "mr_split_part($*)"},
    {"starts_with", MR_SQL_SCALAR, 2, 2, "s", MR_RESULT_BOOLEAN, "mr_starts_with($*)"},
    {"concat", MR_SQL_SCALAR, 2, 100, "s", MR_RESULT_VARCHAR, "mr_concat($*)"},

    /* dates */
    {"current_date", MR_SQL_SCALAR, 0, 0, "", MR_RESULT_DATE, "mr_now('date')"},
    {"current_timestamp", MR_SQL_SCALAR, 0, 0, "", MR_RESULT_TIMESTAMP, "mr_now('time')"},
    {"localtimestamp", MR_SQL_SCALAR, 0, 0, "", MR_RESULT_TIMESTAMP, "mr_now('time')"},
    {"now", MR_SQL_SCALAR, 0, 0, "", MR_RESULT_TIMESTAMP, "mr_now('time')"},
    {"date", MR_SQL_SCALAR, 1, 1, "a", MR_RESULT_DATE, "mr_cast($1, 'date', 'varchar', 0)"},
    {"year", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('year', $1)"},
    {"quarter", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('quarter', $1)"},
    {"month", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('month', $1)"},
    {"day", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('day', $1)"},
    {"hour", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('hour', $1)"},
    {"minute", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('minute', $1)"},
    {"second", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('second', $1)"},
    {"day_of_week", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('dow', $1)"},
    {"dow", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('dow', $1)"},
    {"day_of_year", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_BIGINT, "mr_date_part('doy', $1)"},
    {"date_trunc", MR_SQL_SCALAR, 2, 2, "ut", MR_RESULT_SECOND, "mr_date_trunc($*)"},
    {"date_add", MR_SQL_SCALAR, 3, 3, "uit", MR_RESULT_THIRD, "mr_date_add($*)"},
    {"date_diff", MR_SQL_SCALAR, 3, 3, "utt", MR_RESULT_BIGINT, "mr_date_diff($*)"},
    {"date_parse", MR_SQL_SCALAR, 2, 2, "s", MR_RESULT_TIMESTAMP, "mr_date_parse($*)"},
    {"date_format", MR_SQL_SCALAR, 2, 2, "ts", MR_RESULT_VARCHAR, "mr_date_format($*)"},
    {"from_unixtime", MR_SQL_SCALAR, 1, 1, "n", MR_RESULT_TIMESTAMP, "mr_from_unixtime($*)"},
    {"to_unixtime", MR_SQL_SCALAR, 1, 1, "t", MR_RESULT_DOUBLE, "mr_to_unixtime($*)"},
};

/* Well-known functions of Athena that are not modelled yet. */
static const char *const missing[] = {
    "approx_percentile",
    "array_agg",
    "array_join",
    "array_distinct",
    "array_sort",
    "cardinality",
    "contains",
    "element_at",
    "filter",
    "flatten",
    "from_iso8601_timestamp",
    "from_iso8601_date",
    "histogram",
    "json_extract",
    "json_extract_scalar",
    "json_format",
    "json_parse",
    "lpad",
    "rpad",
    "listagg",
    "map",
    "map_agg",
    "map_keys",
    "map_values",
    "max_by",
    "md5",
    "min_by",
    "parse_datetime",
    "format_datetime",
    "random",
    "regexp_extract",
    "regexp_like",
    "regexp_replace",
    "regexp_split",
    "sequence",
    "sha256",
    "slice",
    "split",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "to_hex",
    "to_iso8601",
    "transform",
    "url_extract_host",
    "variance",
    "week",
    "year_of_week",
    "zip",
    "log",
    "cbrt",
    "pi",
    "format",
    "codepoint",
    "chr",
    "position",
    "translate",
    "try",
    "width_bucket",
    "bitwise_and",
    "typeof",
    "to_base64",
    "from_base64",
    "to_utf8",
    "from_utf8",
    "is_nan",
    "rand",
    "uuid",
    "crc32",
    "concat_ws",
};

const mr_sql_function *mr_sql_function_find(const char *name)
{
    for (size_t i = 0; i < MR_COUNT(functions); i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

bool mr_sql_function_is_missing(const char *name)
{
    for (size_t i = 0; i < MR_COUNT(missing); i++) {
        if (strcmp(missing[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *mr_sql_function_near(const char *name)
{
    return mr_nearest_in_table(mr_bytes_of(name), functions, MR_COUNT(functions),
                               sizeof(functions[0]));
}
