/*
 * firehose_shapes.h - what the operations of Amazon Data Firehose take: one struct and one table
 * each.
 *
 * A handler is given its struct decoded and validated. A zeroed member is absent (src/aws/shape.h).
 * The configuration of a destination goes on as a JSON tree (src/aws/tree.h): its structs are here
 * to be filled and checked, and nobody reads their members one by one.
 *
 * Source: Amazon Data Firehose API Reference, 2015-08-04, and its model.
 */
#ifndef MR_SRC_API_FIREHOSE_SHAPES_H
#define MR_SRC_API_FIREHOSE_SHAPES_H

#include "src/aws/shape.h"

#define MR_FIREHOSE_RECORD_BYTES_MAX  1024000 /* 1000 KiB, not 1 MiB */
#define MR_FIREHOSE_BATCH_RECORDS_MAX 500

typedef enum mr_firehose_operation {
    MR_FIREHOSE_CREATE_DELIVERY_STREAM,
    MR_FIREHOSE_DELETE_DELIVERY_STREAM,
    MR_FIREHOSE_DESCRIBE_DELIVERY_STREAM,
    MR_FIREHOSE_LIST_DELIVERY_STREAMS,
    MR_FIREHOSE_LIST_TAGS_FOR_DELIVERY_STREAM,
    MR_FIREHOSE_PUT_RECORD,
    MR_FIREHOSE_PUT_RECORD_BATCH,
    MR_FIREHOSE_START_DELIVERY_STREAM_ENCRYPTION,
    MR_FIREHOSE_STOP_DELIVERY_STREAM_ENCRYPTION,
    MR_FIREHOSE_TAG_DELIVERY_STREAM,
    MR_FIREHOSE_UNTAG_DELIVERY_STREAM,
    MR_FIREHOSE_UPDATE_DESTINATION,
    MR_FIREHOSE_OPERATION_COUNT
} mr_firehose_operation;

extern const mr_aws_input mr_firehose_inputs[MR_FIREHOSE_OPERATION_COUNT];

/* ---- destinations ---- */

typedef struct mr_firehose_hints {
    bool has;
    mr_aws_number size_mib, interval_s;
} mr_firehose_hints;

typedef struct mr_firehose_kms {
    bool has;
    mr_bytes key_arn;
} mr_firehose_kms;

typedef struct mr_firehose_encryption {
    bool has;
    mr_bytes none;
    mr_firehose_kms kms;
} mr_firehose_encryption;

typedef struct mr_firehose_logging {
    bool has;
    mr_aws_flag enabled;
    mr_bytes group, stream;
} mr_firehose_logging;

/* S3DestinationConfiguration, S3DestinationUpdate. */
typedef struct mr_firehose_s3 {
    bool has;
    mr_bytes role_arn, bucket_arn, prefix, error_output_prefix;
    mr_firehose_hints hints;
    mr_bytes compression;
    mr_firehose_encryption encryption;
    mr_firehose_logging logging;
} mr_firehose_s3;

typedef struct mr_firehose_parameter {
    bool has;
    mr_bytes name, value;
} mr_firehose_parameter;

typedef struct mr_firehose_processor {
    bool has;
    mr_bytes type;
    mr_aws_list parameters; /* of mr_firehose_parameter */
} mr_firehose_processor;

typedef struct mr_firehose_processing {
    bool has;
    mr_aws_flag enabled;
    mr_aws_list processors; /* of mr_firehose_processor */
} mr_firehose_processing;

typedef struct mr_firehose_retry {
    bool has;
    mr_aws_number duration_s;
} mr_firehose_retry;

typedef struct mr_firehose_partitioning {
    bool has;
    mr_firehose_retry retry;
    mr_aws_flag enabled;
} mr_firehose_partitioning;

typedef struct mr_firehose_schema {
    bool has;
    mr_bytes role_arn, catalog_id, database_name, table_name, region, version_id;
} mr_firehose_schema;

typedef struct mr_firehose_openx {
    bool has;
    mr_aws_flag converts_dots, is_case_insensitive;
    mr_aws_map mappings;
} mr_firehose_openx;

typedef struct mr_firehose_hive {
    bool has;
    mr_aws_list timestamp_formats; /* of mr_bytes */
} mr_firehose_hive;

typedef struct mr_firehose_deserializer {
    bool has;
    mr_firehose_openx openx;
    mr_firehose_hive hive;
} mr_firehose_deserializer;

typedef struct mr_firehose_input_format {
    bool has;
    mr_firehose_deserializer deserializer;
} mr_firehose_input_format;

typedef struct mr_firehose_parquet {
    bool has;
    mr_aws_number block_bytes, page_bytes;
    mr_bytes compression;
    mr_aws_flag has_dictionary;
    mr_aws_number padding_bytes_max;
    mr_bytes writer_version;
} mr_firehose_parquet;

/* Of OrcSerDe what is no fraction: nothing reads it, and no table has fractions. */
typedef struct mr_firehose_orc {
    bool has;
    mr_aws_number stripe_bytes, block_bytes, row_index_stride;
    mr_aws_flag has_padding;
    mr_bytes compression;
    mr_aws_list bloom_columns; /* of mr_bytes */
    mr_bytes format_version;
} mr_firehose_orc;

typedef struct mr_firehose_serializer {
    bool has;
    mr_firehose_parquet parquet;
    mr_firehose_orc orc;
} mr_firehose_serializer;

typedef struct mr_firehose_output_format {
    bool has;
    mr_firehose_serializer serializer;
} mr_firehose_output_format;

typedef struct mr_firehose_conversion {
    bool has;
    mr_firehose_schema schema;
    mr_firehose_input_format input;
    mr_firehose_output_format output;
    mr_aws_flag enabled;
} mr_firehose_conversion;

/* ExtendedS3DestinationConfiguration, ExtendedS3DestinationUpdate. */
typedef struct mr_firehose_extended_s3 {
    bool has;
    mr_firehose_s3 plain; /* its `has` is not used */
    mr_firehose_processing processing;
    mr_bytes backup_mode;
    mr_firehose_s3 backup;
    mr_firehose_conversion conversion;
    mr_firehose_partitioning partitioning;
    mr_bytes file_extension, time_zone;
} mr_firehose_extended_s3;

/* The tables of these two, with their members' names: of a configuration and of an update. */
extern const mr_aws_shape mr_firehose_s3_configuration, mr_firehose_s3_update;
extern const mr_aws_shape mr_firehose_extended_configuration, mr_firehose_extended_update;

/* Destinations that do not run here: whether they are there is all that is asked. */
typedef struct mr_firehose_presence {
    bool has;
} mr_firehose_presence;

typedef struct mr_firehose_other_destinations {
    mr_firehose_presence redshift, elasticsearch, opensearch, splunk, http_endpoint;
    mr_firehose_presence opensearch_serverless, snowflake, iceberg;
} mr_firehose_other_destinations;

/* ---- the control plane ---- */

typedef struct mr_firehose_direct_put {
    bool has;
    mr_aws_number throughput_hint;
} mr_firehose_direct_put;

typedef struct mr_firehose_source {
    bool has;
    mr_bytes stream_arn, role_arn;
} mr_firehose_source;

typedef struct mr_firehose_key {
    bool has;
    mr_bytes key_arn, key_type;
} mr_firehose_key;

typedef struct mr_firehose_tag {
    bool has;
    mr_bytes key, value;
} mr_firehose_tag;

typedef struct mr_firehose_create_in {
    bool has;
    mr_bytes name, type;
    mr_firehose_direct_put direct_put;
    mr_firehose_source source;
    mr_firehose_key key;
    mr_firehose_s3 s3;
    mr_firehose_extended_s3 extended;
    mr_firehose_other_destinations others;
    mr_firehose_presence msk, database;
    mr_aws_list tags; /* of mr_firehose_tag */
} mr_firehose_create_in;

typedef struct mr_firehose_delete_in {
    bool has;
    mr_bytes name;
    mr_aws_flag allow_force_delete;
} mr_firehose_delete_in;

typedef struct mr_firehose_describe_in {
    bool has;
    mr_bytes name;
    mr_aws_number limit;
    mr_bytes exclusive_start_destination_id;
} mr_firehose_describe_in;

typedef struct mr_firehose_list_in {
    bool has;
    mr_aws_number limit;
    mr_bytes type, exclusive_start_name;
} mr_firehose_list_in;

typedef struct mr_firehose_list_tags_in {
    bool has;
    mr_bytes name, exclusive_start_tag_key;
    mr_aws_number limit;
} mr_firehose_list_tags_in;

typedef struct mr_firehose_start_encryption_in {
    bool has;
    mr_bytes name;
    mr_firehose_key key;
} mr_firehose_start_encryption_in;

/* StopDeliveryStreamEncryption */
typedef struct mr_firehose_name_in {
    bool has;
    mr_bytes name;
} mr_firehose_name_in;

typedef struct mr_firehose_tag_in {
    bool has;
    mr_bytes name;
    mr_aws_list tags; /* of mr_firehose_tag */
} mr_firehose_tag_in;

typedef struct mr_firehose_untag_in {
    bool has;
    mr_bytes name;
    mr_aws_list tag_keys; /* of mr_bytes */
} mr_firehose_untag_in;

typedef struct mr_firehose_update_in {
    bool has;
    mr_bytes name, version, destination_id;
    mr_firehose_s3 s3;
    mr_firehose_extended_s3 extended;
    mr_firehose_other_destinations others;
} mr_firehose_update_in;

/* ---- records ---- */

typedef struct mr_firehose_record {
    bool has;
    mr_bytes data;
} mr_firehose_record;

typedef struct mr_firehose_put_in {
    bool has;
    mr_bytes name;
    mr_firehose_record record;
} mr_firehose_put_in;

typedef struct mr_firehose_put_batch_in {
    bool has;
    mr_bytes name;
    mr_aws_list records; /* of mr_firehose_record */
} mr_firehose_put_batch_in;

#endif
