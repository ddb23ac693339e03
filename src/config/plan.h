/*
 * plan.h - what a template asks for: the resources, evaluated and checked, in the order in which
 * they are to be created, and everything that was found on the way.
 *
 * template.h reads and evaluates the file; this is what the rest of the program sees of it.
 */
#ifndef MR_SRC_CONFIG_PLAN_H
#define MR_SRC_CONFIG_PLAN_H

#include "sim/catalog/catalog.h"
#include "sim/firehose/delivery_stream.h"
#include "sim/lambda/function.h"
#include "sim/mapping/mapping.h"
#include "sim/producer/producer.h"
#include "sim/stream/stream.h"

typedef struct mr_plan mr_plan;

#define MR_TEMPLATE_BYTES_MAX (1 * MR_MIB)

/* One resource that runs; the options point into the plan, which outlives them. */
typedef struct mr_plan_stream {
    const char *logical_id;
    int line;
    mr_stream_options options;
} mr_plan_stream;

typedef struct mr_plan_delivery {
    const char *logical_id;
    int line;
    mr_delivery_options options;
    const char *config;      /* JSON, as sim/firehose/delivery_config.h keeps it */
    const char *source_role; /* ARN; NULL without a source */
    int32_t throughput_hint; /* of DirectPut; 0: none */
    mr_delivery_key key;
    const char *key_arn; /* NULL: none */
    mr_delivery_tag *tags;
    size_t tag_count;
} mr_plan_delivery;

typedef struct mr_plan_function {
    const char *logical_id;
    int line;
    const char *inline_code; /* Code.ZipFile: text to be written as index.py or index.js; NULL */
    const char *archive;     /* the path of a zip with its code, or NULL */
    const char *role, *description; /* as the template has them, or NULL */
    mr_function_options options;    /* directory: the code's folder beside the template, or NULL */
} mr_plan_function;

typedef struct mr_plan_mapping {
    const char *logical_id;
    int line;
    const char *uuid; /* what Ref gives */
    mr_mapping_settings settings;
} mr_plan_mapping;

typedef struct mr_plan_bucket {
    const char *logical_id;
    int line;
    const char *name;
} mr_plan_bucket;

typedef struct mr_plan_database {
    const char *logical_id;
    int line;
    const char *name, *description;
} mr_plan_database;

typedef struct mr_plan_table {
    const char *logical_id;
    int line;
    mr_table table;
} mr_plan_table;

/* An AWS::Glue::Partition: registered when its table is made. */
typedef struct mr_plan_partition {
    const char *logical_id;
    int line;
    const char *database, *table;
    const char *const *values; /* one per partition key of the table */
    size_t value_count;
    const char *location; /* "s3://bucket/prefix/" */
} mr_plan_partition;

/* An input of Metadata.Millrace.Inputs (or of the command line). */
typedef struct mr_plan_input {
    int line;
    const char *stream;          /* name or logical id of a stream or a DirectPut delivery stream */
    const char *file;            /* beside the template, resolved; "-" for standard input */
    mr_producer_options options; /* format, encode, key, batch, rate; the rest is left zero */
} mr_plan_input;

/* A query of Metadata.Millrace.Queries, or an AWS::Athena::NamedQuery, which come after those. */
typedef struct mr_plan_query {
    const char *logical_id; /* of the NamedQuery, which runs when asked for; NULL */
    const char *name, *sql;
    const char *database; /* for unqualified names; NULL: none */
    int line;
} mr_plan_query;

typedef enum mr_finding_kind {
    MR_FINDING_WARNING, /* AWS takes it; millrace does not model it */
    MR_FINDING_ERROR    /* AWS would refuse it, or it cannot be read */
} mr_finding_kind;

/* One line for a person: "template.yaml:12: CrimeStream.ShardCuont: no such property ..." */
typedef struct mr_finding {
    mr_finding_kind kind;
    int line;            /* 0: the file as a whole */
    const char *path;    /* "Resources.CrimeStream.Properties.ShardCount" */
    const char *message; /* what and how to mend it, without file and line */
} mr_finding;

struct mr_plan {
    const char *file;
    const char *description;
    const char *region, *account, *stack;

    mr_plan_stream *streams;
    size_t stream_count;
    mr_plan_delivery *deliveries;
    size_t delivery_count;
    mr_plan_function *functions;
    size_t function_count;
    mr_plan_mapping *mappings;
    size_t mapping_count;
    mr_plan_bucket *buckets;
    size_t bucket_count;
    mr_plan_database *databases;
    size_t database_count;
    mr_plan_table *tables;
    size_t table_count;
    mr_plan_partition *partitions;
    size_t partition_count;
    mr_plan_input *inputs;
    size_t input_count;
    mr_plan_query *queries;
    size_t query_count;

    mr_finding *findings; /* in order of lines */
    size_t finding_count;
    size_t error_count;

    void *memory; /* what everything above points into; private to plan.c */
};

typedef struct mr_plan_parameter {
    const char *name, *value;
} mr_plan_parameter;

/* What becomes of the template's own inputs. */
typedef enum mr_plan_inputs {
    MR_PLAN_INPUTS_MAY_COME, /* a file that is not there is a warning: it may come, or --input */
    MR_PLAN_INPUTS_NEEDED,   /* it is an error, as is standard input, which is read once */
    MR_PLAN_INPUTS_UNUSED    /* nothing is said of their files */
} mr_plan_inputs;

typedef struct mr_plan_options {
    const char *file;
    const char *region, *account;        /* NULL: us-east-1, 000000000000 */
    const char *stack;                   /* NULL: "millrace" */
    const mr_plan_parameter *parameters; /* --param NAME=VALUE */
    size_t parameter_count;
    mr_plan_inputs inputs;
} mr_plan_options;

/*
 * Reads, evaluates and checks a template (CloudFormation or SAM, YAML or JSON).
 *
 * out:     a plan, also when findings hold errors; the caller looks at error_count. NULL only
 *          when the file cannot be read at all. Release with mr_plan_free().
 * Errors:  MR_NOT_FOUND, MR_IO, MR_TOO_LARGE (past MR_TEMPLATE_BYTES_MAX).
 */
MR_NODISCARD mr_code mr_plan_load(const mr_plan_options *options, mr_plan **out, mr_error *err);
/* The same from text; options->file names it, and its folder is where code and inputs are. */
mr_plan *mr_plan_from_text(const mr_plan_options *options, mr_bytes text);
void mr_plan_free(mr_plan *plan); /* NULL is fine */

/* What a person may name. */
typedef enum mr_plan_noun {
    MR_PLAN_STREAM,
    MR_PLAN_DELIVERY,
    MR_PLAN_FUNCTION,
    MR_PLAN_BUCKET
} mr_plan_noun;

/* One by name or logical id: its name; NULL when there is none. */
const char *mr_plan_resolve(const mr_plan *plan, mr_plan_noun noun, const char *name_or_id);
/* What all of these may be called, logical ids first: for hints. The array is owned (mr_free), its
 * texts are borrowed. */
const char **mr_plan_words(const mr_plan *plan, const mr_plan_noun *nouns, size_t noun_count,
                           size_t *count);
/* mr_plan_resolve() of a stream, of a delivery stream. */
const char *mr_plan_resolve_stream(const mr_plan *plan, const char *name_or_id);
const char *mr_plan_resolve_delivery(const mr_plan *plan, const char *name_or_id);

/* A query by name, or else by logical id; NULL when there is none. */
const mr_plan_query *mr_plan_find_query(const mr_plan *plan, const char *name_or_id);

/* "file:line: path: message", as it is printed. Owned by the caller. */
char *mr_finding_text(const mr_plan *plan, const mr_finding *finding);

#endif
