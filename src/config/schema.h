/*
 * schema.h - the resource types that millrace knows closely: every property that AWS knows, and
 * what becomes of it here.
 *
 * Promise 7 of the design: a property is honoured, refused, or named in a warning, and one that
 * AWS does not know is an error. The tables (schema_*.c) follow AWS's public resource schemas;
 * a row without a word about use is one that AWS takes and millrace does not model.
 */
#ifndef MR_SRC_CONFIG_SCHEMA_H
#define MR_SRC_CONFIG_SCHEMA_H

#include "src/config/findings.h"
#include "src/config/node.h"

typedef enum mr_value_kind {
    MR_TEXT,
    MR_INTEGER,
    MR_NUMBER,
    MR_BOOLEAN,
    MR_OBJECT,         /* with members */
    MR_LIST,           /* of texts, or of objects when members are given */
    MR_MAP,            /* free keys; texts as values */
    MR_ANY,            /* not looked into: a policy document, a union */
    MR_TEXT_OR_OBJECT, /* members are those of the object */
} mr_value_kind;

typedef enum mr_use {
    MR_WARNED = 0, /* AWS takes it; a warning names it, once per type and property */
    MR_HONOURED,
    MR_REFUSED /* the pipeline would behave otherwise than on AWS: an error */
} mr_use;

typedef struct mr_property mr_property;
struct mr_property {
    const char *name; /* NULL ends a table */
    mr_value_kind kind;
    mr_use use;
    const mr_property *members;
    bool required;
    const char *why;    /* after "Name: ", for a warning or a refusal; NULL: the usual words */
    const char *values; /* the words that it may be, parted by blanks; NULL: any */
    int64_t min, max;   /* MR_INTEGER, when max is not 0 */
};

/* A GetAtt name and its value. In formats: $N physical name, $L logical id, $R region, $A account,
 * $P partition, $S URL suffix, $U a UUID made from the logical id. */
typedef struct mr_attribute {
    const char *name; /* NULL ends a table */
    const char *format;
} mr_attribute;

/* The shapes of generated names. */
typedef enum mr_name_shape {
    MR_NAME_MIXED, /* stack-LogicalId-1ABC2DEF3GHI */
    MR_NAME_LOWER  /* the same in lower case: buckets, databases, tables */
} mr_name_shape;

typedef struct mr_resource_type {
    const char *name;
    const mr_property *properties;
    const mr_attribute *attributes; /* NULL: none */
    const char *name_property;      /* "Name", "DatabaseInput.Name"; NULL: it has none */
    const char *ref;                /* what Ref gives, as a format; NULL: "$N" */
    mr_name_shape shape;
    unsigned name_max;   /* characters of a name; 0: 128 */
    const char *warning; /* the type runs nothing: said once; NULL: it does */
} mr_resource_type;

/* NULL: not one of the types with a table. */
const mr_resource_type *mr_resource_type_find(const char *name);
/* The tables of all services; each ends with NULL. */
const mr_resource_type *const *const *mr_resource_services(size_t *count);

/* What is known of a type without a table. */
typedef enum mr_type_knowledge {
    MR_TYPE_KNOWN,    /* AWS has it */
    MR_TYPE_UNLISTED, /* of a service of AWS, but newer than millrace's list */
    MR_TYPE_MISSPELT, /* near one that AWS has */
    MR_TYPE_UNKNOWN
} mr_type_knowledge;
/* nearest: out; the type that was probably meant, in the arena, or NULL. */
mr_type_knowledge mr_type_look_up(mr_arena *arena, const char *name, const char **nearest);

/*
 * Checks evaluated properties against a type's table: unknown and missing ones, wrong kinds,
 * words and ranges are errors; what is not modelled is a warning.
 */
void mr_schema_check(mr_arena *arena, mr_findings *findings, const mr_resource_type *type,
                     const char *logical_id, const mr_node *properties);

/* The tables, one per service; each ends with NULL. */
extern const mr_resource_type *const mr_types_kinesis[];
extern const mr_resource_type *const mr_types_firehose[];
extern const mr_resource_type *const mr_types_lambda[];
extern const mr_resource_type *const mr_types_s3[];
extern const mr_resource_type *const mr_types_glue[];
extern const mr_resource_type *const mr_types_athena[];
extern const mr_resource_type *const mr_types_iam[];
extern const mr_resource_type *const mr_types_logs[];

#endif
