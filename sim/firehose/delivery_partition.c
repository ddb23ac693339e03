/* delivery_partition.c - the way of a delivery stream's records into its partitions, and of those
 * that have none, or whose partition cannot be delivered, into the error output. */
#include "sim/firehose/delivery_private.h"
#include "sim/firehose/error_record.h"

static const char extraction_failed[] = "DynamicPartitioning.MetadataExtractionFailed";
/* Code and words of these two are ours: the guide says that the records are in the error output. */
static const char too_many[] = "DynamicPartitioning.ActivePartitionLimitExceeded";
static const char too_many_text[] =
    "The active partition limit of the delivery stream has been exceeded";
static const char too_long_text[] = "Length of evaluated prefix cannot be greater than 512";

/* The same record as of a failed transformation, without its function. */
static void fail(mr_delivery *delivery, const mr_origin *origin, mr_bytes raw,
                 const char *error_code, const char *error_message, uint32_t attempts)
{
    mr_error_record record = {
        .raw = raw,
        .error_code = error_code,
        .error_message = error_message,
        .attempts_made = attempts,
        .arrival_us = origin->arrival_us,
        .attempt_ended_us = mr_clock_wall_us(delivery->owner->options.clock),
    };
    mr_strbuf_reset(&delivery->error_line);
    mr_error_record_append(&delivery->error_line, &record);
    mr_sink_write(delivery->error, origin, mr_strbuf_bytes(&delivery->error_line));
}

bool mr_delivery_to_partition(mr_delivery *delivery, const mr_origin *origin, mr_bytes data,
                              mr_bytes raw, const mr_key_giver *giver)
{
    const mr_bytes *values;
    const char *why = mr_partition_keys_find(delivery->keys, data, giver, &values);
    if (why != NULL) {
        fail(delivery, origin, raw, extraction_failed, why, 1);
        return false;
    }
    switch (mr_partition_sinks_write(delivery->partitions, origin, values, data)) {
    case MR_PARTITION_TAKEN:
        return true;
    case MR_PARTITION_TOO_MANY:
        delivery->partitions_exceeded++;
        fail(delivery, origin, raw, too_many, too_many_text, 1);
        return false;
    case MR_PARTITION_TOO_LONG:
        fail(delivery, origin, raw, extraction_failed, too_long_text, 1);
        return false;
    }
    return false;
}

/* What the log of a delivery stream calls a put that S3 refused. */
static const char *refusal_code(mr_code code)
{
    switch (code) {
    case MR_BUCKET_NOT_FOUND:
        return "S3.NoSuchBucket";
    case MR_STORE_REFUSED:
        return "S3.SlowDown";
    default:
        return "S3.InternalError";
    }
}

void mr_delivery_on_refused(void *context, const mr_origin *origin, mr_bytes data,
                            const mr_error *refusal, uint32_t attempts)
{
    mr_delivery *delivery = context;
    MR_ASSERT(delivery->ok > 0);
    delivery->ok--;
    delivery->failed++;
    fail(delivery, origin, data, refusal_code(refusal->code), refusal->message, attempts);
}
