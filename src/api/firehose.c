/* firehose.c - Amazon Data Firehose as one table: its operations, in the order of the API
 * Reference, and what it calls its faults. And what its handlers share. */
#include "src/api/firehose_private.h"

#define INPUT(operation) &mr_firehose_inputs[MR_FIREHOSE_##operation]

static const mr_api_operation operations[] = {
    {INPUT(CREATE_DELIVERY_STREAM), mr_firehose_create_delivery_stream, false},
    {INPUT(DELETE_DELIVERY_STREAM), mr_firehose_delete_delivery_stream, false},
    {INPUT(DESCRIBE_DELIVERY_STREAM), mr_firehose_describe_delivery_stream, false},
    {INPUT(LIST_DELIVERY_STREAMS), mr_firehose_list_delivery_streams, false},
    {INPUT(LIST_TAGS_FOR_DELIVERY_STREAM), mr_firehose_list_tags, false},
    {INPUT(PUT_RECORD), mr_firehose_put_record, false},
    {INPUT(PUT_RECORD_BATCH), mr_firehose_put_record_batch, false},
    {INPUT(START_DELIVERY_STREAM_ENCRYPTION), mr_firehose_start_encryption, false},
    {INPUT(STOP_DELIVERY_STREAM_ENCRYPTION), mr_firehose_stop_encryption, false},
    {INPUT(TAG_DELIVERY_STREAM), mr_firehose_tag_delivery_stream, false},
    {INPUT(UNTAG_DELIVERY_STREAM), mr_firehose_untag_delivery_stream, false},
    {INPUT(UPDATE_DESTINATION), mr_firehose_update_destination, false},
};

static const mr_api_fault_name faults[] = {
    {MR_INVALID_ARGUMENT, 400, "InvalidArgumentException"},
    {MR_UNSUPPORTED, 400, "InvalidArgumentException"},
    {MR_TOO_LARGE, 400, "InvalidArgumentException"},
    {MR_STREAM_NOT_FOUND, 400, "InvalidArgumentException"}, /* the source of a new one */
    {MR_BAD_INPUT, 400, "ValidationException"},
    {MR_RECORD_TOO_LARGE, 400, "ValidationException"},
    {MR_DELIVERY_STREAM_NOT_FOUND, 400, "ResourceNotFoundException"},
    {MR_DELIVERY_STREAM_EXISTS, 400, "ResourceInUseException"},
    {MR_DELIVERY_STREAM_NOT_ACTIVE, 400, "ResourceInUseException"},
    {MR_DELIVERY_STREAM_CHANGED, 400, "ConcurrentModificationException"},
    {MR_LIMIT_EXCEEDED, 400, "LimitExceededException"},
    {MR_THROTTLED, 503, "ServiceUnavailableException"},
};

const mr_api_service *mr_api_firehose(void)
{
    static const mr_api_service service = {.name = "firehose",
                                           .target = "Firehose_20150804",
                                           .operations = operations,
                                           .operation_count = MR_COUNT(operations),
                                           .faults = faults,
                                           .fault_count = MR_COUNT(faults)};
    return &service;
}

/* ---- what handlers share ---- */

mr_code mr_firehose_find(const mr_api_call *call, mr_bytes name, mr_delivery_stream **out,
                         mr_error *err)
{
    return mr_delivery_streams_require(mr_sim_delivery_streams(call->sim), name, out, err);
}

const char *mr_firehose_text(const mr_api_call *call, mr_bytes text)
{
    return text.at == NULL ? NULL : mr_arena_copy(call->arena, text);
}

void mr_firehose_write_nothing(mr_aws_writer *out)
{
    mr_aws_object_open(out);
    mr_aws_object_close(out);
}

mr_code mr_firehose_tags_of(const mr_api_call *call, const mr_aws_list *list, mr_delivery_tag **out,
                            mr_error *err)
{
    const mr_firehose_tag *items = list->items;
    *out = mr_arena_alloc(call->arena, list->count * sizeof(**out));
    for (size_t i = 0; i < list->count; i++) {
        if (mr_bytes_find(items[i].key, '\0') < items[i].key.len ||
            mr_bytes_find(items[i].value, '\0') < items[i].value.len) {
            return mr_error_set(err, MR_BAD_INPUT,
                                "1 validation error detected: Value at 'tags.%zu.member' failed to "
                                "satisfy constraint: Member must not hold a NUL character",
                                i + 1);
        }
        (*out)[i] = (mr_delivery_tag){mr_firehose_text(call, items[i].key),
                                      mr_firehose_text(call, items[i].value)};
    }
    return MR_OK;
}
