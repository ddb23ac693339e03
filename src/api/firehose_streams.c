/* firehose_streams.c - delivery streams are created, listed, changed and deleted. See
 * firehose_private.h; behaviour: reference/firehose.md, sections 2.2, 2.5 and 2.6. */
#include "src/api/api_private.h"
#include "src/api/firehose_private.h"
#include "src/api/kinesis_private.h"
#include "src/aws/tree.h"

#define LIST_DEFAULT 10

/* ---- destinations ---- */

/* One of the destinations that are asked for by their presence alone; NULL: there is none. */
static const char *other_destination(const mr_aws_shape *shape, const void *in)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const mr_aws_member *member = &shape->members[i];
        if (member->type == MR_AWS_STRUCTURE && member->shape->member_count == 0 &&
            mr_aws_is_present(MR_AWS_STRUCTURE, (const char *)in + member->offset)) {
            return member->name;
        }
    }
    return NULL;
}

static size_t count_others(const mr_firehose_other_destinations *others)
{
    return (size_t)others->redshift.has + others->elasticsearch.has + others->opensearch.has +
           others->splunk.has + others->http_endpoint.has + others->opensearch_serverless.has +
           others->snowflake.has + others->iceberg.has;
}

/* Exactly one destination, which runs here. in: the struct of shape. */
static mr_code check_destinations(const mr_aws_shape *shape, const void *in, size_t s3_count,
                                  const mr_firehose_other_destinations *others, mr_error *err)
{
    if (s3_count + count_others(others) != 1) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Exactly one destination configuration is supported for a Firehose");
    }
    if (s3_count == 0) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "%s: millrace delivers to S3 alone; use an S3 destination",
                            other_destination(shape, in));
    }
    return MR_OK;
}

/* *out: owned by the caller. */
static mr_code tree_of(const mr_aws_shape *shape, const void *structure, cJSON **out, mr_error *err)
{
    *out = mr_aws_tree_of(shape, structure);
    return *out != NULL
               ? MR_OK
               : mr_error_set(err, MR_BAD_INPUT,
                              "1 validation error detected: Value at the destination failed to "
                              "satisfy constraint: Member must not hold a NUL character");
}

/* ---- CreateDeliveryStream ---- */

/* Differs: a source with DirectPut is refused, as moto has it from AWS; another probe of AWS says
 * that it is ignored, which would leave a reader waiting for records that nobody reads. */
static mr_code take_source(const mr_api_call *call, mr_delivery_stream_options *options,
                           mr_error *err)
{
    const mr_firehose_create_in *in = call->in;
    const bool is_kinesis = mr_bytes_is(in->type, "KinesisStreamAsSource");
    if (!is_kinesis && in->type.at != NULL && !mr_bytes_is(in->type, "DirectPut")) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "DeliveryStreamType: millrace reads from Kinesis data streams and "
                            "DirectPut alone");
    }
    if (is_kinesis && !in->source.has) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource "
                            "stream type.");
    }
    if (!is_kinesis && in->source.has) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "KinesisSourceStreamConfig is only applicable for "
                            "KinesisStreamAsSource stream type");
    }
    if (!is_kinesis) {
        options->throughput_hint =
            in->direct_put.has ? (int32_t)in->direct_put.throughput_hint.value : 0;
        return MR_OK;
    }
    mr_kinesis_arn arn;
    if (!mr_kinesis_arn_read(in->source.stream_arn, &arn) ||
        !mr_bytes_is(arn.account, call->api->account) ||
        !mr_bytes_is(arn.region, call->api->region)) {
        return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %.*s under account %.*s not found.",
                            (int)arn.stream.len, arn.stream.at, (int)arn.account.len,
                            arn.account.at);
    }
    options->source = mr_firehose_text(call, arn.stream);
    options->source_role = mr_firehose_text(call, in->source.role_arn);
    return MR_OK;
}

static mr_code take_create(const mr_api_call *call, mr_delivery_stream_options *options,
                           cJSON **config, mr_error *err)
{
    const mr_firehose_create_in *in = call->in;
    mr_delivery_tag *tags = NULL;
    *options = (mr_delivery_stream_options){.name = mr_firehose_text(call, in->name)};
    mr_code code = check_destinations(mr_firehose_inputs[MR_FIREHOSE_CREATE_DELIVERY_STREAM].shape,
                                      in, (size_t)in->s3.has + in->extended.has, &in->others, err);
    if (code == MR_OK) {
        code = take_source(call, options, err);
    }
    if (code == MR_OK) {
        code = mr_firehose_tags_of(call, &in->tags, &tags, err);
    }
    if (code != MR_OK) {
        return code;
    }
    options->tags = tags;
    options->tag_count = in->tags.count;
    if (in->key.has) {
        const bool known = mr_delivery_key_of(in->key.key_type, &options->key);
        MR_ASSERT(known); /* validated */
        options->key_arn = mr_firehose_text(call, in->key.key_arn);
    }
    return in->s3.has ? tree_of(&mr_firehose_s3_configuration, &in->s3, config, err)
                      : tree_of(&mr_firehose_extended_configuration, &in->extended, config, err);
}

mr_code mr_firehose_create_delivery_stream(mr_api_call *call, mr_error *err)
{
    mr_delivery_stream_options options;
    mr_delivery_stream *stream;
    cJSON *config = NULL;
    mr_code code = take_create(call, &options, &config, err);
    if (code == MR_OK) {
        options.config = config;
        code =
            mr_delivery_streams_create(mr_sim_delivery_streams(call->sim), &options, &stream, err);
    }
    cJSON_Delete(config);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_field_text(call->out, "DeliveryStreamARN", mr_delivery_stream_describe(stream).arn);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- DeleteDeliveryStream ---- */

/* AllowForceDelete is about a KMS grant that cannot be retired: there is none here. */
mr_code mr_firehose_delete_delivery_stream(mr_api_call *call, mr_error *err)
{
    const mr_firehose_delete_in *in = call->in;
    mr_delivery_stream *stream;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_delete(stream, err);
    }
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}

/* ---- ListDeliveryStreams ---- */

static mr_delivery_type type_of(mr_bytes name)
{
    if (name.at == NULL) {
        return MR_DELIVERY_ANY;
    }
    if (mr_bytes_is(name, "DirectPut")) {
        return MR_DELIVERY_DIRECT_PUT;
    }
    return mr_bytes_is(name, "KinesisStreamAsSource") ? MR_DELIVERY_KINESIS : MR_DELIVERY_OTHER;
}

mr_code mr_firehose_list_delivery_streams(mr_api_call *call, mr_error *err)
{
    (void)err;
    const mr_firehose_list_in *in = call->in;
    const size_t most = in->limit.has ? (size_t)in->limit.value : LIST_DEFAULT;
    mr_delivery_stream **page = mr_arena_alloc(call->arena, most * sizeof(mr_delivery_stream *));
    bool more;
    size_t count = mr_delivery_streams_page(mr_sim_delivery_streams(call->sim),
                                            mr_firehose_text(call, in->exclusive_start_name),
                                            type_of(in->type), page, most, &more);
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "DeliveryStreamNames");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < count; i++) {
        mr_aws_string(call->out, mr_bytes_of(mr_delivery_stream_name(page[i])));
    }
    mr_aws_array_close(call->out);
    mr_aws_field_boolean(call->out, "HasMoreDeliveryStreams", more);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- UpdateDestination ---- */

/* The one operation that says accountId when the delivery stream is not there. */
static mr_code find_for_update(const mr_api_call *call, mr_bytes name, mr_delivery_stream **out,
                               mr_error *err)
{
    if (mr_firehose_find(call, name, out, NULL) == MR_OK) {
        return MR_OK;
    }
    return mr_error_set(err, MR_DELIVERY_STREAM_NOT_FOUND,
                        "Firehose %.*s under accountId %s not found.", (int)name.len, name.at,
                        call->api->account);
}

mr_code mr_firehose_update_destination(mr_api_call *call, mr_error *err)
{
    const mr_firehose_update_in *in = call->in;
    mr_destination_update update = {.version = in->version, .destination_id = in->destination_id};
    mr_delivery_stream *stream;
    cJSON *tree = NULL;
    mr_code code = find_for_update(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = check_destinations(mr_firehose_inputs[MR_FIREHOSE_UPDATE_DESTINATION].shape, in,
                                  (size_t)in->s3.has + in->extended.has, &in->others, err);
    }
    if (code == MR_OK) {
        code = in->s3.has ? tree_of(&mr_firehose_s3_update, &in->s3, &tree, err)
                          : tree_of(&mr_firehose_extended_update, &in->extended, &tree, err);
    }
    if (code == MR_OK) {
        update.update = tree;
        code = mr_delivery_stream_update(stream, &update, err);
    }
    cJSON_Delete(tree);
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}
