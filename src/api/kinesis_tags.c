/* kinesis_tags.c - tags of streams and of consumers. See kinesis_private.h; behaviour:
 * reference/kinesis.md, section 9. */
#include "sim/stream/stream_tags.h"
#include "src/api/kinesis_private.h"

/* ---- setting and removing ---- */

/* In the request's arena. */
static mr_tag *tags_of(const mr_api_call *call, const mr_aws_map *map)
{
    mr_tag *tags = mr_arena_alloc(call->arena, map->count * sizeof(*tags));
    for (size_t i = 0; i < map->count; i++) {
        tags[i] = (mr_tag){mr_kinesis_text(call, map->entries[i].key),
                           mr_kinesis_text(call, map->entries[i].value)};
    }
    return tags;
}

mr_code mr_kinesis_check_tags(const mr_api_call *call, const char *stream, const mr_aws_map *map,
                              mr_error *err)
{
    return map->count == 0
               ? MR_OK
               : mr_tags_check(call->streams, stream, tags_of(call, map), map->count, err);
}

mr_code mr_kinesis_set_tags(const mr_api_call *call, mr_stream *stream, const char *consumer,
                            const mr_aws_map *map, mr_error *err)
{
    return map->count == 0
               ? MR_OK
               : mr_stream_add_tags(stream, consumer, tags_of(call, map), map->count, err);
}

static mr_code remove_tags(const mr_api_call *call, mr_stream *stream, const char *consumer,
                           const mr_aws_list *list, mr_error *err)
{
    const mr_bytes *items = list->items;
    const char **keys = mr_arena_alloc(call->arena, list->count * sizeof(*keys));
    for (size_t i = 0; i < list->count; i++) {
        keys[i] = mr_kinesis_text(call, items[i]);
    }
    return mr_stream_remove_tags(stream, consumer, keys, list->count, err);
}

mr_code mr_kinesis_add_tags_to_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_add_tags_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    return code == MR_OK ? mr_kinesis_set_tags(call, stream, NULL, &in->tags, err) : code;
}

mr_code mr_kinesis_remove_tags_from_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_remove_tags_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    return code == MR_OK ? remove_tags(call, stream, NULL, &in->tag_keys, err) : code;
}

mr_code mr_kinesis_tag_resource(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    return code == MR_OK ? mr_kinesis_set_tags(call, stream, consumer, &in->tags, err) : code;
}

mr_code mr_kinesis_untag_resource(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    return code == MR_OK ? remove_tags(call, stream, consumer, &in->tag_keys, err) : code;
}

/* ---- listing ---- */

static void write_tags(mr_aws_writer *out, const mr_tag_page *page)
{
    mr_aws_key(out, "Tags");
    mr_aws_array_open(out);
    for (size_t i = 0; i < page->count; i++) {
        mr_aws_object_open(out);
        mr_aws_field_text(out, "Key", page->tags[i].key);
        mr_aws_field_text(out, "Value", page->tags[i].value);
        mr_aws_object_close(out);
    }
    mr_aws_array_close(out);
}

mr_code mr_kinesis_list_tags_for_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_list_tags_in *in = call->in;
    mr_stream *stream;
    mr_tag_page page;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    if (code == MR_OK) {
        code =
            mr_stream_list_tags(stream, NULL, mr_kinesis_text(call, in->exclusive_start_tag_key),
                                in->limit.has ? (size_t)in->limit.value : MR_TAGS_MAX, &page, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    write_tags(call->out, &page);
    mr_aws_field_boolean(call->out, "HasMoreTags", page.more);
    mr_aws_object_close(call->out);
    mr_tag_page_deinit(&page);
    return MR_OK;
}

mr_code mr_kinesis_list_tags_for_resource(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_resource_in *in = call->in;
    mr_stream *stream;
    const char *consumer;
    mr_tag_page page;
    mr_code code = mr_kinesis_find_resource(call, in->resource_arn, &stream, &consumer, err);
    if (code == MR_OK) {
        code = mr_stream_list_tags(stream, consumer, NULL, MR_TAGS_MAX, &page, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    write_tags(call->out, &page);
    mr_aws_object_close(call->out);
    mr_tag_page_deinit(&page);
    return MR_OK;
}
