/* firehose_settings.c - tags and encryption of delivery streams. See firehose_private.h; behaviour:
 * reference/firehose.md, section 2.6. */
#include "src/api/firehose_private.h"

/* ---- tags ---- */

mr_code mr_firehose_tag_delivery_stream(mr_api_call *call, mr_error *err)
{
    const mr_firehose_tag_in *in = call->in;
    mr_delivery_stream *stream;
    mr_delivery_tag *tags;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = mr_firehose_tags_of(call, &in->tags, &tags, err);
    }
    if (code == MR_OK) {
        code = mr_delivery_stream_tag(stream, tags, in->tags.count, err);
    }
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}

mr_code mr_firehose_untag_delivery_stream(mr_api_call *call, mr_error *err)
{
    const mr_firehose_untag_in *in = call->in;
    const mr_bytes *items = in->tag_keys.items;
    const char **keys = mr_arena_alloc(call->arena, in->tag_keys.count * sizeof(*keys));
    for (size_t i = 0; i < in->tag_keys.count; i++) {
        keys[i] = mr_firehose_text(call, items[i]);
    }
    mr_delivery_stream *stream;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_untag(stream, keys, in->tag_keys.count, err);
    }
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}

static void write_tags(mr_aws_writer *out, const mr_delivery_tag_page *page)
{
    mr_aws_object_open(out);
    mr_aws_key(out, "Tags");
    mr_aws_array_open(out);
    for (size_t i = 0; i < page->count; i++) {
        mr_aws_object_open(out);
        mr_aws_field_text(out, "Key", page->tags[i].key);
        if (page->tags[i].value != NULL) {
            mr_aws_field_text(out, "Value", page->tags[i].value);
        }
        mr_aws_object_close(out);
    }
    mr_aws_array_close(out);
    mr_aws_field_boolean(out, "HasMoreTags", page->more);
    mr_aws_object_close(out);
}

mr_code mr_firehose_list_tags(mr_api_call *call, mr_error *err)
{
    const mr_firehose_list_tags_in *in = call->in;
    const size_t most = in->limit.has ? (size_t)in->limit.value : MR_DELIVERY_TAGS_MAX;
    mr_delivery_stream *stream;
    mr_delivery_tag_page page;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_tags(stream, mr_firehose_text(call, in->exclusive_start_tag_key),
                                       most, &page, err);
    }
    if (code == MR_OK) {
        write_tags(call->out, &page);
        mr_delivery_tag_page_deinit(&page);
    }
    return code;
}

/* ---- encryption ---- */

mr_code mr_firehose_start_encryption(mr_api_call *call, mr_error *err)
{
    const mr_firehose_start_encryption_in *in = call->in;
    mr_delivery_key key = MR_KEY_AWS_OWNED; /* the default */
    mr_delivery_stream *stream;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        const bool known = !in->key.has || mr_delivery_key_of(in->key.key_type, &key);
        MR_ASSERT(known); /* validated */
        code = mr_delivery_stream_start_encryption(stream, key,
                                                   mr_firehose_text(call, in->key.key_arn), err);
    }
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}

mr_code mr_firehose_stop_encryption(mr_api_call *call, mr_error *err)
{
    const mr_firehose_name_in *in = call->in;
    mr_delivery_stream *stream;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_stop_encryption(stream, err);
    }
    if (code == MR_OK) {
        mr_firehose_write_nothing(call->out);
    }
    return code;
}
