/*
 * lambda_mappings.h - event source mappings as a client of Lambda sees them: what the five
 * operations take, and their handlers. Their rows are in Lambda's table (lambda.c).
 *
 * Members for other event sources than data streams are known, and refused by name.
 *
 * Behaviour: reference/lambda.md section 6; Lambda API Reference, 2015-03-31, and its model.
 */
#ifndef MR_SRC_API_LAMBDA_MAPPINGS_H
#define MR_SRC_API_LAMBDA_MAPPINGS_H

#include "src/api/api.h"
#include "src/aws/shape.h"

typedef struct mr_lambda_destination_in {
    bool has;
    mr_bytes destination;
} mr_lambda_destination_in;

typedef struct mr_lambda_destinations_in {
    bool has;
    mr_lambda_destination_in on_failure, on_success;
} mr_lambda_destinations_in;

typedef struct mr_lambda_filter_in {
    bool has;
    mr_bytes pattern;
} mr_lambda_filter_in;

typedef struct mr_lambda_filters_in {
    bool has;
    mr_aws_list filters; /* mr_lambda_filter_in */
} mr_lambda_filters_in;

/* A structure that is not looked into: that it is there is enough. */
typedef struct mr_lambda_something_in {
    bool has;
} mr_lambda_something_in;

/* CreateEventSourceMapping, UpdateEventSourceMapping. */
typedef struct mr_lambda_mapping_in {
    bool has;
    mr_bytes uuid; /* of an update */
    mr_bytes function_name, event_source_arn, starting_position, kms_key_arn;
    mr_aws_number starting_timestamp, batch_size, window, lanes, retries, age, tumbling;
    mr_aws_flag enabled, bisect;
    mr_aws_list response_types; /* mr_bytes */
    mr_lambda_destinations_in destinations;
    mr_lambda_filters_in criteria;
    mr_aws_map tags;
    mr_aws_list queues, topics, access; /* of other event sources */
    mr_lambda_something_in kafka, managed_kafka, self_managed, document_db, scaling, pollers;
    mr_lambda_something_in metrics, logging;
} mr_lambda_mapping_in;

/* GetEventSourceMapping, DeleteEventSourceMapping. */
typedef struct mr_lambda_mapping_uuid_in {
    bool has;
    mr_bytes uuid;
} mr_lambda_mapping_uuid_in;

typedef struct mr_lambda_list_mappings_in {
    bool has;
    mr_bytes event_source_arn, function_name, marker;
    mr_aws_number max_items;
} mr_lambda_list_mappings_in;

extern const mr_aws_input mr_lambda_create_mapping_input, mr_lambda_delete_mapping_input,
    mr_lambda_get_mapping_input, mr_lambda_list_mappings_input, mr_lambda_update_mapping_input;

mr_code mr_lambda_op_create_mapping(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_delete_mapping(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_mapping(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_list_mappings(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_update_mapping(mr_api_call *call, mr_error *err);

#endif
