/* firehose_describe.c - DescribeDeliveryStream. See firehose_private.h; behaviour:
 * reference/firehose.md, section 2.4. */
#include "sim/base/timefmt.h"
#include "src/api/firehose_private.h"
#include "src/aws/tree.h"

#include <inttypes.h>
#include <stdio.h>

static void write_encryption(mr_aws_writer *out, const mr_delivery_description *stream)
{
    if (stream->source_arn != NULL) {
        return; /* the data stream's own business */
    }
    mr_aws_key(out, "DeliveryStreamEncryptionConfiguration");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "Status", mr_encryption_status_name(stream->encryption));
    if (stream->encryption != MR_ENCRYPTION_DISABLED) {
        mr_aws_field_text(out, "KeyType", mr_delivery_key_name(stream->key));
        if (stream->key_arn != NULL) {
            mr_aws_field_text(out, "KeyARN", stream->key_arn);
        }
    }
    mr_aws_object_close(out);
}

static void write_source(mr_aws_writer *out, const mr_delivery_description *stream)
{
    if (stream->source_arn == NULL && stream->throughput_hint == 0) {
        return;
    }
    mr_aws_key(out, "Source");
    mr_aws_object_open(out);
    if (stream->source_arn != NULL) {
        mr_aws_key(out, "KinesisStreamSourceDescription");
        mr_aws_object_open(out);
        mr_aws_field_text(out, "KinesisStreamARN", stream->source_arn);
        if (stream->source_role != NULL) {
            mr_aws_field_text(out, "RoleARN", stream->source_role);
        }
        mr_aws_field_timestamp(out, "DeliveryStartTimestamp", stream->created_us / MR_US_PER_MS);
    } else {
        mr_aws_key(out, "DirectPutSourceDescription");
        mr_aws_object_open(out);
        mr_aws_field_integer(out, "ThroughputHintInMBs", stream->throughput_hint);
    }
    mr_aws_object_close(out);
    mr_aws_object_close(out);
}

static void write_form(mr_aws_writer *out, const char *key, const cJSON *config, bool extended)
{
    cJSON *tree = mr_delivery_config_describe(config, extended);
    mr_aws_field_tree(out, key, tree);
    cJSON_Delete(tree);
}

/* Its only destination, unless the page begins behind it. */
static void write_destinations(mr_aws_writer *out, const mr_firehose_describe_in *in,
                               const mr_delivery_description *stream)
{
    const mr_bytes after = in->exclusive_start_destination_id;
    mr_aws_key(out, "Destinations");
    mr_aws_array_open(out);
    if (after.at == NULL || mr_bytes_compare(mr_bytes_of(MR_DESTINATION_ID), after) > 0) {
        mr_aws_object_open(out);
        mr_aws_field_text(out, "DestinationId", MR_DESTINATION_ID);
        write_form(out, "S3DestinationDescription", stream->config, false);
        write_form(out, "ExtendedS3DestinationDescription", stream->config, true);
        mr_aws_object_close(out);
    }
    mr_aws_array_close(out);
    mr_aws_field_boolean(out, "HasMoreDestinations", false);
}

mr_code mr_firehose_describe_delivery_stream(mr_api_call *call, mr_error *err)
{
    const mr_firehose_describe_in *in = call->in;
    mr_delivery_stream *stream;
    char version[MR_DELIVERY_VERSION_SIZE];
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_delivery_description is = mr_delivery_stream_describe(stream);
    mr_aws_writer *out = call->out;
    (void)snprintf(version, sizeof(version), "%" PRIu64, is.version);
    mr_aws_object_open(out);
    mr_aws_key(out, "DeliveryStreamDescription");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "DeliveryStreamName", is.name);
    mr_aws_field_text(out, "DeliveryStreamARN", is.arn);
    mr_aws_field_text(out, "DeliveryStreamStatus", mr_delivery_status_name(is.status));
    write_encryption(out, &is);
    mr_aws_field_text(out, "DeliveryStreamType",
                      is.source_arn == NULL ? "DirectPut" : "KinesisStreamAsSource");
    mr_aws_field_text(out, "VersionId", version);
    mr_aws_field_timestamp(out, "CreateTimestamp", is.created_us / MR_US_PER_MS);
    if (is.updated_us != 0) {
        mr_aws_field_timestamp(out, "LastUpdateTimestamp", is.updated_us / MR_US_PER_MS);
    }
    write_source(out, &is);
    write_destinations(out, in, &is);
    mr_aws_object_close(out);
    mr_aws_object_close(out);
    return MR_OK;
}
