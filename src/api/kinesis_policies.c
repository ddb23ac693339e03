/* kinesis_policies.c - resource policies of streams and of consumers. See kinesis_private.h;
 * behaviour: reference/kinesis.md, section 9. */
#include "sim/base/alloc.h"
#include "sim/stream/stream_policy.h"
#include "src/api/kinesis_private.h"

/* Only its form: nobody is refused by a policy. */
static bool is_json_object(const mr_api_call *call, mr_bytes text)
{
    static const mr_aws_shape anything = {.size = sizeof(bool)};
    bool input;
    mr_aws_fault fault;
    return mr_aws_decode(MR_AWS_JSON, &anything, text, call->arena, &input, &fault) ==
           MR_AWS_DECODED;
}

mr_code mr_kinesis_put_resource_policy(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    if (code == MR_OK && !is_json_object(call, in->policy)) {
        code = mr_error_set(err, MR_INVALID_ARGUMENT, "Policy is not a JSON object.");
    }
    return code == MR_OK
               ? mr_stream_put_policy(stream, consumer, mr_kinesis_text(call, in->policy), err)
               : code;
}

mr_code mr_kinesis_get_resource_policy(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    char *policy;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    if (code == MR_OK) {
        code = mr_stream_get_policy(stream, consumer, &policy, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_field_text(call->out, "Policy", policy);
    mr_aws_object_close(call->out);
    mr_free(policy);
    return MR_OK;
}

mr_code mr_kinesis_delete_resource_policy(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    return code == MR_OK ? mr_stream_delete_policy(stream, consumer, err) : code;
}
