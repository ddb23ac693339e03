/* sql_ast.c - see sql_ast.h. */
#include "sim/query/sql_ast.h"

const char *mr_sql_type_name(mr_sql_kind kind)
{
    static const char *const names[] = {
        [MR_SQL_UNKNOWN] = "unknown", [MR_SQL_BOOLEAN] = "boolean",
        [MR_SQL_TINYINT] = "tinyint", [MR_SQL_SMALLINT] = "smallint",
        [MR_SQL_INTEGER] = "integer", [MR_SQL_BIGINT] = "bigint",
        [MR_SQL_REAL] = "real",       [MR_SQL_DOUBLE] = "double",
        [MR_SQL_DECIMAL] = "decimal", [MR_SQL_VARCHAR] = "varchar",
        [MR_SQL_CHAR] = "char",       [MR_SQL_VARBINARY] = "varbinary",
        [MR_SQL_DATE] = "date",       [MR_SQL_TIMESTAMP] = "timestamp(3)",
        [MR_SQL_ARRAY] = "array",     [MR_SQL_MAP] = "map",
        [MR_SQL_ROW] = "row",
    };
    return names[kind];
}
