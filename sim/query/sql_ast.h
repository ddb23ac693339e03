/*
 * sql_ast.h - a SELECT statement as a tree. Nodes live in the arena of their statement.
 *
 * The parser (sql_parse.h) builds it, the resolver (resolver.h) fills in what names mean and
 * which type each expression has, and the writer (sql_write.h) turns it into SQLite's dialect.
 */
#ifndef MR_SIM_QUERY_SQL_AST_H
#define MR_SIM_QUERY_SQL_AST_H

#include "sim/base/arena.h"
#include "sim/query/sql_lexer.h"
#include "sim/query/sql_type.h"

typedef struct mr_sql_query mr_sql_query;
typedef struct mr_sql_expr mr_sql_expr;
typedef struct mr_sql_source mr_sql_source;
typedef struct mr_sql_cte mr_sql_cte;

typedef enum mr_expr_kind {
    MR_EXPR_NULL,
    MR_EXPR_BOOLEAN,   /* flag */
    MR_EXPR_INTEGER,   /* text */
    MR_EXPR_DECIMAL,   /* text */
    MR_EXPR_DOUBLE,    /* text */
    MR_EXPR_STRING,    /* text */
    MR_EXPR_DATE,      /* text, checked and normalised */
    MR_EXPR_TIMESTAMP, /* the same */
    MR_EXPR_INTERVAL,  /* text: the number, name: the unit */
    MR_EXPR_NAME,      /* parts */
    MR_EXPR_NEGATE,    /* args[0] */
    MR_EXPR_NOT,
    MR_EXPR_AND,
    MR_EXPR_OR,
    MR_EXPR_ARITHMETIC,    /* name: + - * / % */
    MR_EXPR_CONCAT,        /* || */
    MR_EXPR_COMPARE,       /* name: = <> < <= > >= */
    MR_EXPR_DISTINCT_FROM, /* flag: NOT */
    MR_EXPR_IS_NULL,       /* flag: NOT */
    MR_EXPR_BETWEEN,       /* args: x, low, high; flag: NOT */
    MR_EXPR_IN_LIST,       /* args: x, values...; flag: NOT */
    MR_EXPR_IN_QUERY,      /* args: x; query; flag: NOT */
    MR_EXPR_LIKE,          /* args: x, pattern[, escape]; flag: NOT */
    MR_EXPR_EXISTS,        /* query */
    MR_EXPR_SUBQUERY,      /* query */
    MR_EXPR_CASE,          /* args: [operand,] when, then, ... [else]; see case_* */
    MR_EXPR_CAST,          /* args[0], cast_type; flag: TRY_CAST */
    MR_EXPR_CALL,          /* name (lower case), args */
    MR_EXPR_STAR           /* count(*)'s argument */
} mr_expr_kind;

typedef struct mr_sql_sort {
    mr_sql_expr *expr;
    bool descending, nulls_first;
    size_t ordinal; /* resolved: 1-based output column; 0: the expression */
} mr_sql_sort;

typedef struct mr_sql_window {
    mr_sql_expr **partition_by;
    size_t partition_count;
    mr_sql_sort **order_by;
    size_t order_count;
    const char *frame; /* checked words, or NULL */
} mr_sql_window;

struct mr_sql_expr {
    mr_expr_kind kind;
    unsigned line, column;
    unsigned depth; /* of the tree below */
    const char *text, *name;
    bool flag;
    mr_sql_expr **args;
    size_t arg_count;
    const char **parts; /* lower case */
    size_t part_count;
    mr_sql_query *query;
    mr_sql_type cast_type;
    bool case_has_operand, case_has_else;
    bool call_distinct;
    mr_sql_expr *call_filter;
    mr_sql_window *over;

    /* resolved */
    mr_sql_type type;
    mr_sql_source *source; /* of a name */
    size_t source_column;
    bool has_aggregate; /* itself or below, windows apart */
    const struct mr_sql_function *function;
};

typedef struct mr_sql_item {
    mr_sql_expr *expr;       /* NULL: star */
    const char *alias;       /* as written; NULL */
    const char **star_parts; /* t.* */
    size_t star_part_count;
    unsigned line, column;
} mr_sql_item;

typedef enum mr_source_kind { MR_SOURCE_TABLE, MR_SOURCE_QUERY, MR_SOURCE_JOIN } mr_source_kind;
typedef enum mr_join_kind {
    MR_JOIN_CROSS,
    MR_JOIN_INNER,
    MR_JOIN_LEFT,
    MR_JOIN_RIGHT,
    MR_JOIN_FULL
} mr_join_kind;

/* A column that a source offers. */
typedef struct mr_sql_column {
    const char *name;    /* lower case */
    const char *label;   /* as a result shows it: an alias keeps its case */
    const char *emitted; /* its name in the SQL that is written */
    mr_sql_type type;
} mr_sql_column;

struct mr_sql_source {
    mr_source_kind kind;
    unsigned line, column;
    const char **parts; /* table name, lower case */
    size_t part_count;
    const char *alias; /* lower case; NULL */
    mr_sql_query *query;
    mr_join_kind join;
    mr_sql_source *left, *right;
    mr_sql_expr *on;

    /* resolved */
    const char *emitted;                    /* "s0" */
    const char *table_name, *database_name; /* as names may qualify by them; NULL */
    mr_sql_column **columns;
    size_t column_count;
    struct mr_table_ref *table; /* of a table; statement_run.h */
    mr_sql_cte *cte;            /* of a WITH name */
};

typedef struct mr_sql_core {
    bool distinct;
    mr_sql_item **items;
    size_t item_count;
    mr_sql_source *from; /* NULL: none */
    mr_sql_expr *where;
    mr_sql_expr **group_by;
    size_t group_count;
    mr_sql_expr *having;

    /* resolved: the items with every * spelled out */
    mr_sql_item **columns;
    size_t column_count;
    bool is_aggregate;
    mr_sql_source **sources; /* the leaves of from, left to right */
    size_t source_count;
    struct mr_pushed_core *pushed; /* aggregate.h: grouped inside the scan; NULL */
} mr_sql_core;

typedef struct mr_sql_body mr_sql_body;
struct mr_sql_body {
    mr_sql_core *core;     /* a plain SELECT, or */
    mr_sql_query *query;   /* a query in parentheses, or */
    const char *operation; /* "UNION ALL", "UNION", "EXCEPT", "INTERSECT" of left and right */
    mr_sql_body *left, *right;
    unsigned line, column;
};

struct mr_sql_cte {
    const char *name; /* lower case */
    const char **column_names;
    size_t column_count;
    mr_sql_query *query;
    unsigned line, column;
    const char *emitted;
};

struct mr_sql_query {
    mr_sql_cte **ctes;
    size_t cte_count;
    mr_sql_body *body;
    mr_sql_sort **order_by;
    size_t order_count;
    const char *limit, *offset; /* digits; NULL */

    /* resolved: the output */
    mr_sql_column **columns;
    size_t column_count;
};

typedef struct mr_sql_statement {
    mr_arena *arena; /* owned */
    mr_sql_query *query;
} mr_sql_statement;

#endif
