/* kinesis_account.c - operations on the account: its limits, and the one thing that can be set of
 * it. See kinesis_private.h; behaviour: reference/kinesis.md, section 9, and commitment.h. */
#include "sim/base/timefmt.h"
#include "sim/stream/commitment.h"
#include "src/api/kinesis_private.h"

mr_code mr_kinesis_describe_limits(mr_api_call *call, mr_error *err)
{
    (void)err;
    const mr_account_limits limits = mr_streams_limits(call->streams);
    const uint32_t on_demand_limit =
        limits.on_demand_limit > 0 ? limits.on_demand_limit : MR_ON_DEMAND_LIMIT_AWS;
    mr_aws_object_open(call->out);
    mr_aws_field_integer(call->out, "ShardLimit", limits.shard_limit);
    mr_aws_field_integer(call->out, "OpenShardCount", limits.open_shards);
    mr_aws_field_integer(call->out, "OnDemandStreamCount", limits.on_demand_streams);
    mr_aws_field_integer(call->out, "OnDemandStreamCountLimit", on_demand_limit);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- settings ---- */

static void write_time(mr_aws_writer *out, const char *name, int64_t time_us)
{
    if (time_us != 0) {
        mr_aws_field_timestamp(out, name, time_us / MR_US_PER_MS);
    }
}

static mr_code answer_settings(mr_api_call *call, mr_error *err)
{
    mr_aws_writer *out = call->out;
    mr_commitment commitment;
    mr_code code = mr_commitment_get(call->streams, &commitment, err);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(out);
    mr_aws_key(out, "MinimumThroughputBillingCommitment");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "Status", mr_commitment_status_name(commitment.status));
    write_time(out, "StartedAt", commitment.started_us);
    write_time(out, "EndedAt", commitment.ended_us);
    write_time(out, "EarliestAllowedEndAt", commitment.earliest_end_us);
    mr_aws_object_close(out);
    mr_aws_object_close(out);
    return MR_OK;
}

mr_code mr_kinesis_describe_account_settings(mr_api_call *call, mr_error *err)
{
    return answer_settings(call, err);
}

mr_code mr_kinesis_update_account_settings(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_update_account_in *in = call->in;
    mr_code code =
        mr_commitment_set(call->streams, mr_bytes_is(in->commitment.status, "ENABLED"), err);
    return code == MR_OK ? answer_settings(call, err) : code;
}
