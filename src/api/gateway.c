/* gateway.c - see gateway.h. */
#include "src/api/gateway.h"

#include "src/api/api_private.h"
#include "src/api/kinesis_private.h"
#include "src/aws/validate.h"

static const void *one_record(const mr_gateway_put *put)
{
    MR_ASSERT(put->count == 1);
    mr_kinesis_put_record_in *in = mr_arena_alloc(put->arena, sizeof(*in));
    *in = (mr_kinesis_put_record_in){.has = true,
                                     .stream.name = put->stream,
                                     .data = put->records[0].data,
                                     .partition_key = put->records[0].partition_key,
                                     .explicit_hash_key = put->records[0].explicit_hash_key};
    return in;
}

static const void *many_records(const mr_gateway_put *put)
{
    const size_t kept = mr_min_size(put->count, MR_AWS_ITEMS_MAX);
    mr_kinesis_put_records_in *in = mr_arena_alloc(put->arena, sizeof(*in));
    mr_kinesis_put_records_entry *entries =
        mr_arena_alloc(put->arena, mr_max_size(kept, 1) * sizeof(*entries));
    for (size_t i = 0; i < kept; i++) {
        entries[i] =
            (mr_kinesis_put_records_entry){.has = true,
                                           .data = put->records[i].data,
                                           .partition_key = put->records[i].partition_key,
                                           .explicit_hash_key = put->records[i].explicit_hash_key};
    }
    *in = (mr_kinesis_put_records_in){
        .has = true, .stream.name = put->stream, .records = {entries, put->count, true}};
    return in;
}

int mr_gateway_run(const mr_gateway_put *put, mr_strbuf *body)
{
    const mr_kinesis_operation operation =
        put->is_batch ? MR_KINESIS_PUT_RECORDS : MR_KINESIS_PUT_RECORD;
    const void *in = put->is_batch ? many_records(put) : one_record(put);
    mr_aws_fault fault;
    int status = 400;
    if (!mr_aws_validate(mr_kinesis_inputs[operation].shape, in, put->arena, &fault)) {
        mr_aws_write_fault(MR_AWS_JSON, &fault, body);
        return status;
    }
    mr_aws_writer out = mr_aws_writer_make(MR_AWS_JSON, body);
    /* No API: a stream that is named, and not by an ARN, is looked up without its region. */
    mr_api_call call = {.sim = put->sim,
                        .streams = mr_sim_streams(put->sim),
                        .request = put->request,
                        .format = MR_AWS_JSON,
                        .in = in,
                        .arena = put->arena,
                        .out = &out};
    mr_error err = {0};
    mr_code code =
        put->is_batch ? mr_kinesis_put_records(&call, &err) : mr_kinesis_put_record(&call, &err);
    if (call.taken) {
        return 0;
    }
    if (code == MR_OK) {
        return 200;
    }
    fault = mr_api_fault_of(mr_api_kinesis(), code, &err, &status);
    mr_aws_write_fault(MR_AWS_JSON, &fault, body);
    if (status == 500) { /* the client is told nothing: the operator is */
        mr_trace_warn(mr_sim_trace(put->sim), "%s failed: %s: %s",
                      mr_kinesis_inputs[operation].name, mr_code_name(code), err.message);
    }
    return status;
}
