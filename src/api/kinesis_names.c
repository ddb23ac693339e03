/* kinesis_names.c - how requests name streams, consumers and shards, and how answers do. See
 * kinesis_private.h; behaviour: reference/kinesis.md, section 5. */
#include "sim/base/timefmt.h"
#include "src/api/api_private.h"
#include "src/api/kinesis_private.h"

#define SHOWN_MAX 128 /* of a name, in a message */

const char *mr_kinesis_text(const mr_api_call *call, mr_bytes text)
{
    return text.at == NULL ? NULL : mr_arena_copy(call->arena, text);
}

/* ---- ARNs ---- */

/* What stands before the next such byte; *rest goes on behind it. */
static mr_bytes take_until(mr_bytes *rest, char byte)
{
    size_t end = mr_bytes_find(*rest, byte);
    mr_bytes taken = {rest->at, end};
    size_t skip = end < rest->len ? end + 1 : end;
    *rest = mr_bytes_make(rest->at + skip, rest->len - skip);
    return taken;
}

/* arn:aws:kinesis:<region>:<account>:stream/<name>[/consumer/<name>:<seconds>] */
bool mr_kinesis_arn_read(mr_bytes text, mr_kinesis_arn *arn)
{
    mr_bytes rest = text;
    bool ok = mr_bytes_is(take_until(&rest, ':'), "arn");
    (void)take_until(&rest, ':'); /* aws, aws-cn, ... */
    ok = mr_bytes_is(take_until(&rest, ':'), "kinesis") && ok;
    arn->region = take_until(&rest, ':');
    arn->account = take_until(&rest, ':');
    ok = mr_bytes_is(take_until(&rest, '/'), "stream") && ok;
    arn->stream = take_until(&rest, '/');
    arn->is_consumer = rest.len > 0;
    return ok && arn->stream.len > 0;
}

/* ---- streams ---- */

static int shown(mr_bytes name)
{
    return (int)mr_min_size(name.len, SHOWN_MAX);
}

static mr_code not_found(mr_bytes name, mr_bytes account, mr_error *err)
{
    return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %.*s under account %.*s not found.",
                        shown(name), name.at, shown(account), account.at);
}

static mr_code name_of_arn(const mr_api_call *call, mr_bytes text, mr_bytes *name, mr_error *err)
{
    mr_kinesis_arn arn;
    if (!mr_kinesis_arn_read(text, &arn)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "ARN %.*s is not the ARN of a stream.",
                            shown(text), text.at);
    }
    if (!mr_bytes_is(arn.account, call->api->account) ||
        !mr_bytes_is(arn.region, call->api->region)) {
        return not_found(arn.stream, arn.account, err);
    }
    *name = arn.stream;
    return MR_OK;
}

mr_code mr_kinesis_name_of(const mr_api_call *call, const mr_kinesis_stream_ref *ref,
                           mr_bytes *name, mr_error *err)
{
    if (ref->arn.at == NULL) {
        *name = ref->name;
        return MR_OK;
    }
    mr_code code = name_of_arn(call, ref->arn, name, err);
    if (code == MR_OK && ref->name.at != NULL && !mr_bytes_equal(*name, ref->name)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "StreamARN is of stream %.*s, but StreamName is %.*s.", shown(*name),
                            name->at, shown(ref->name), ref->name.at);
    }
    return code;
}

mr_code mr_kinesis_find(const mr_api_call *call, const mr_kinesis_stream_ref *ref, mr_stream **out,
                        mr_error *err)
{
    mr_bytes name = {NULL, 0};
    mr_code code = mr_kinesis_name_of(call, ref, &name, err);
    return code == MR_OK ? mr_streams_require(call->streams, name, out, err) : code;
}

mr_code mr_kinesis_find_arn(const mr_api_call *call, mr_bytes arn, mr_stream **out, mr_error *err)
{
    return mr_kinesis_find(call, &(mr_kinesis_stream_ref){.arn = arn}, out, err);
}

mr_code mr_kinesis_find_resource(const mr_api_call *call, mr_bytes arn, mr_stream **out,
                                 const char **consumer, mr_error *err)
{
    mr_kinesis_arn parts;
    *consumer = NULL;
    if (!mr_kinesis_arn_read(arn, &parts) || !parts.is_consumer) {
        return mr_kinesis_find_arn(call, arn, out, err);
    }
    mr_consumer *found;
    mr_code code = mr_consumer_of_arn(call->streams, arn, &found, err);
    if (code == MR_OK) {
        *out = mr_consumer_stream(found);
        *consumer = mr_consumer_name(found);
    }
    return code;
}

void mr_kinesis_write_names(mr_aws_writer *out, const mr_stream *stream)
{
    mr_aws_field_text(out, "StreamName", mr_stream_name(stream));
    mr_aws_field_text(out, "StreamARN", mr_stream_arn(stream));
}

/* ---- times ---- */

int64_t mr_kinesis_us(mr_aws_number timestamp)
{
    const int64_t most = INT64_MAX / MR_US_PER_MS;
    if (timestamp.value > most) {
        return most * MR_US_PER_MS;
    }
    return timestamp.value < -most ? -most * MR_US_PER_MS : timestamp.value * MR_US_PER_MS;
}

bool mr_kinesis_is_of_time(const mr_stream *stream, mr_aws_number timestamp)
{
    return !timestamp.has || mr_kinesis_us(timestamp) / MR_US_PER_SECOND ==
                                 mr_stream_created_us(stream) / MR_US_PER_SECOND;
}

/* ---- shards ---- */

mr_code mr_kinesis_check_shard_id(const mr_api_call *call, mr_bytes stream_name, mr_bytes id,
                                  mr_error *err)
{
    uint32_t index;
    if (mr_shard_index_parse(id, &index)) {
        return MR_OK;
    }
    return mr_error_set(err, MR_SHARD_NOT_FOUND,
                        "Could not find shard %.*s in stream %.*s under account %s.", shown(id),
                        id.at, shown(stream_name), stream_name.at, call->api->account);
}
