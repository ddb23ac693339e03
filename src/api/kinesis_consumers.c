/* kinesis_consumers.c - registered consumers of streams. See kinesis_private.h; behaviour:
 * reference/kinesis.md, section 13. What they register for is in kinesis_subscribe.c. */
#include "sim/base/timefmt.h"
#include "sim/stream/page_token.h"
#include "src/api/kinesis_private.h"

#define PAGE_MAX 100 /* of ListStreamConsumers, more than a stream may have */

/* ---- a consumer in an answer ---- */

static void write_members(mr_aws_writer *out, const mr_consumer *consumer)
{
    mr_aws_field_text(out, "ConsumerName", mr_consumer_name(consumer));
    mr_aws_field_text(out, "ConsumerARN", mr_consumer_arn(consumer));
    mr_aws_field_text(out, "ConsumerStatus", mr_status_name(mr_consumer_status(consumer)));
    mr_aws_field_timestamp(out, "ConsumerCreationTimestamp",
                           mr_consumer_created_us(consumer) / MR_US_PER_MS);
}

/* ---- one consumer ---- */

static mr_code register_consumer(const mr_api_call *call, mr_consumer **consumer, mr_error *err)
{
    const mr_kinesis_register_consumer_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find_arn(call, in->stream_arn, &stream, err);
    if (code == MR_OK) {
        code = mr_kinesis_check_tags(call, mr_stream_name(stream), &in->tags, err);
    }
    if (code == MR_OK) {
        code =
            mr_consumer_register(stream, mr_kinesis_text(call, in->consumer_name), consumer, err);
    }
    return code == MR_OK
               ? mr_kinesis_set_tags(call, stream, mr_consumer_name(*consumer), &in->tags, err)
               : code;
}

mr_code mr_kinesis_register_stream_consumer(mr_api_call *call, mr_error *err)
{
    mr_consumer *consumer = NULL;
    mr_code code = register_consumer(call, &consumer, err);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Consumer");
    mr_aws_object_open(call->out);
    write_members(call->out, consumer);
    mr_aws_object_close(call->out);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* By its own ARN, or by its stream's and its name. */
static mr_code find_consumer(const mr_api_call *call, mr_consumer **consumer, mr_error *err)
{
    const mr_kinesis_consumer_in *in = call->in;
    mr_stream *stream;
    if (in->consumer_arn.at != NULL) {
        return mr_consumer_of_arn(call->streams, in->consumer_arn, consumer, err);
    }
    if (in->stream_arn.at == NULL || in->consumer_name.at == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Either ConsumerARN or both StreamARN and ConsumerName should be "
                            "provided.");
    }
    mr_code code = mr_kinesis_find_arn(call, in->stream_arn, &stream, err);
    return code == MR_OK ? mr_stream_require_consumer(stream, in->consumer_name, consumer, err)
                         : code;
}

mr_code mr_kinesis_describe_stream_consumer(mr_api_call *call, mr_error *err)
{
    mr_consumer *consumer = NULL;
    mr_code code = find_consumer(call, &consumer, err);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "ConsumerDescription");
    mr_aws_object_open(call->out);
    write_members(call->out, consumer);
    mr_aws_field_text(call->out, "StreamARN", mr_stream_arn(mr_consumer_stream(consumer)));
    mr_aws_object_close(call->out);
    mr_aws_object_close(call->out);
    return MR_OK;
}

mr_code mr_kinesis_deregister_stream_consumer(mr_api_call *call, mr_error *err)
{
    mr_consumer *consumer = NULL;
    mr_code code = find_consumer(call, &consumer, err);
    return code == MR_OK ? mr_consumer_deregister(consumer, err) : code;
}

/* ---- ListStreamConsumers ---- */

/* The stream, and the name behind which the page begins; NULL: at the first. */
static mr_code find_page(const mr_api_call *call, mr_stream **stream, const char **after,
                         mr_error *err)
{
    const mr_kinesis_list_consumers_in *in = call->in;
    mr_page page;
    *after = NULL;
    mr_code code = mr_kinesis_find_arn(call, in->stream_arn, stream, err);
    if (code == MR_OK && !mr_kinesis_is_of_time(*stream, in->stream_creation_timestamp)) {
        return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %s under account %s not found.",
                            mr_stream_name(*stream), mr_streams_account(call->streams));
    }
    if (code != MR_OK || in->next_token.at == NULL) {
        return code;
    }
    mr_stream *paged;
    code = mr_page_token_open(call->streams, in->next_token, MR_PAGE_CONSUMERS, &page, &paged, err);
    if (code == MR_OK && paged != *stream) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "NextToken is of another stream.");
    }
    if (code == MR_OK) {
        *after = mr_arena_text(call->arena, page.after_name);
    }
    return code;
}

static mr_code write_token(const mr_api_call *call, const mr_stream *stream,
                           const mr_consumer *last, mr_error *err)
{
    mr_page page = {.kind = MR_PAGE_CONSUMERS, .stream_created_us = mr_stream_created_us(stream)};
    char token[MR_PAGE_TOKEN_SIZE];
    memcpy(page.stream, mr_stream_name(stream), strlen(mr_stream_name(stream)) + 1);
    memcpy(page.after_name, mr_consumer_name(last), strlen(mr_consumer_name(last)) + 1);
    mr_code code = mr_page_token_make(call->streams, &page, token, err);
    if (code == MR_OK) {
        mr_aws_field_text(call->out, "NextToken", token);
    }
    return code;
}

mr_code mr_kinesis_list_stream_consumers(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_list_consumers_in *in = call->in;
    const bool fewer = in->max_results.has && in->max_results.value < PAGE_MAX;
    mr_consumer *consumers[PAGE_MAX];
    mr_stream *stream;
    const char *after;
    bool more;
    mr_code code = find_page(call, &stream, &after, err);
    if (code != MR_OK) {
        return code;
    }
    const size_t count = mr_stream_list_consumers(
        stream, after, consumers, fewer ? (size_t)in->max_results.value : PAGE_MAX, &more);
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Consumers");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < count; i++) {
        mr_aws_object_open(call->out);
        write_members(call->out, consumers[i]);
        mr_aws_object_close(call->out);
    }
    mr_aws_array_close(call->out);
    code = more ? write_token(call, stream, consumers[count - 1], err) : MR_OK;
    mr_aws_object_close(call->out);
    return code;
}
