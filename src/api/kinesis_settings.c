/* kinesis_settings.c - operations that set something on a stream: retention, mode, encryption,
 * record size, warm throughput, monitoring. See kinesis_private.h; behaviour: reference/kinesis.md,
 * section 9. */
#include "sim/stream/stream_settings.h"
#include "src/api/kinesis_private.h"

/* ---- retention ---- */

mr_code mr_kinesis_increase_retention(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_retention_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    return code == MR_OK ? mr_stream_increase_retention(stream, (uint32_t)in->hours.value, err)
                         : code;
}

mr_code mr_kinesis_decrease_retention(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_retention_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    return code == MR_OK ? mr_stream_decrease_retention(stream, (uint32_t)in->hours.value, err)
                         : code;
}

/* ---- capacity ---- */

mr_code mr_kinesis_update_stream_mode(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_update_stream_mode_in *in = call->in;
    const bool on_demand = mr_bytes_is(in->mode_details.mode, "ON_DEMAND");
    const uint32_t warm_mibps = (uint32_t)in->warm_throughput_mib_per_s.value;
    mr_stream *stream;
    mr_code code = mr_kinesis_find_arn(call, in->stream_arn, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    if (warm_mibps > 0 && !on_demand) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "WarmThroughputMiBps is only valid with the stream mode ON_DEMAND.");
    }
    return warm_mibps > 0 ? mr_stream_warm_up(stream, warm_mibps, err)
                          : mr_stream_update_mode(stream, on_demand, err);
}

mr_code mr_kinesis_update_max_record_size(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_update_record_size_in *in = call->in;
    if (in->stream_arn.at == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "StreamARN should be provided.");
    }
    mr_stream *stream;
    mr_code code = mr_kinesis_find_arn(call, in->stream_arn, &stream, err);
    return code == MR_OK ? mr_stream_update_record_kib_max(
                               stream, (uint32_t)in->record_size_max_kib.value, err)
                         : code;
}

mr_code mr_kinesis_update_warm_throughput(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_update_warm_throughput_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    if (code == MR_OK) {
        code = mr_stream_update_warm_throughput(stream,
                                                (uint32_t)in->warm_throughput_mib_per_s.value, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_kinesis_write_names(call->out, stream);
    mr_kinesis_write_warm_throughput(call->out, stream);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- encryption ---- */

static mr_code find_to_encrypt(const mr_api_call *call, mr_stream **stream, mr_error *err)
{
    const mr_kinesis_encryption_in *in = call->in;
    mr_code code = mr_kinesis_find(call, &in->stream, stream, err);
    if (code == MR_OK && !mr_bytes_is(in->encryption_type, "KMS")) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "The only valid EncryptionType is KMS.");
    }
    return code;
}

mr_code mr_kinesis_start_encryption(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_encryption_in *in = call->in;
    mr_stream *stream;
    mr_code code = find_to_encrypt(call, &stream, err);
    return code == MR_OK
               ? mr_stream_start_encryption(stream, mr_kinesis_text(call, in->key_id), err)
               : code;
}

mr_code mr_kinesis_stop_encryption(mr_api_call *call, mr_error *err)
{
    mr_stream *stream;
    mr_code code = find_to_encrypt(call, &stream, err);
    return code == MR_OK ? mr_stream_stop_encryption(stream, err) : code;
}

void mr_kinesis_write_encryption(mr_aws_writer *out, const mr_stream *stream)
{
    if (mr_stream_encryption_key(stream) != NULL) {
        mr_aws_field_text(out, "EncryptionType", "KMS");
    }
}

/* ---- monitoring ---- */

void mr_kinesis_write_metrics(mr_aws_writer *out, const char *key, uint32_t metrics)
{
    mr_aws_key(out, key);
    mr_aws_array_open(out);
    for (size_t i = 0; i < MR_SHARD_METRICS_COUNT; i++) {
        if ((metrics & (1u << i)) != 0) {
            mr_aws_string(out, mr_bytes_of(mr_shard_metric_name(i)));
        }
    }
    mr_aws_array_close(out);
}

typedef mr_code (*metrics_fn)(mr_stream *stream, uint32_t metrics, uint32_t *before,
                              uint32_t *after, mr_error *err);

static mr_code change_monitoring(mr_api_call *call, metrics_fn change, mr_error *err)
{
    const mr_kinesis_monitoring_in *in = call->in;
    const mr_bytes *names = in->shard_level_metrics.items;
    uint32_t metrics = 0, before, after;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    for (size_t i = 0; i < in->shard_level_metrics.count; i++) {
        metrics |= mr_shard_metrics_of_name(names[i]);
    }
    if (code == MR_OK) {
        code = change(stream, metrics, &before, &after, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_kinesis_write_names(call->out, stream);
    mr_kinesis_write_metrics(call->out, "CurrentShardLevelMetrics", before);
    mr_kinesis_write_metrics(call->out, "DesiredShardLevelMetrics", after);
    mr_aws_object_close(call->out);
    return MR_OK;
}

mr_code mr_kinesis_enable_monitoring(mr_api_call *call, mr_error *err)
{
    return change_monitoring(call, mr_stream_enable_metrics, err);
}

mr_code mr_kinesis_disable_monitoring(mr_api_call *call, mr_error *err)
{
    return change_monitoring(call, mr_stream_disable_metrics, err);
}
