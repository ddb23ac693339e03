/* page_token.c - see page_token.h. */
#include "sim/stream/page_token.h"

#include "sim/base/timefmt.h"
#include "sim/stream/state.h"

mr_code mr_page_token_make(mr_streams *streams, const mr_page *page, char out[MR_PAGE_TOKEN_SIZE],
                           mr_error *err)
{
    mr_token_seal *seal;
    mr_code code = mr_streams_seal(streams, &seal, err);
    if (code != MR_OK) {
        return code;
    }
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_token_put_int(&payload, page->kind);
    mr_token_put_int(&payload, mr_clock_now_us(streams->options.clock));
    mr_token_put_text(&payload, mr_bytes_of(page->stream));
    mr_token_put_int(&payload, page->stream_created_us);
    mr_token_put_text(&payload, mr_bytes_of(page->after_name));
    mr_token_put_int(&payload, page->after_shard);
    mr_token_put_int(&payload, page->filter.type);
    mr_token_put_int(&payload, page->filter.timestamp_us);
    mr_token_put_int(&payload, page->filter.shard_index);
    mr_token_seal_close(seal, mr_strbuf_bytes(&payload), out);
    mr_strbuf_deinit(&payload);
    return MR_OK;
}

static void copy_name(char out[MR_PAGE_NAME_SIZE], mr_bytes name)
{
    MR_ASSERT(name.len < MR_PAGE_NAME_SIZE); /* it was sealed by us */
    if (name.len > 0) {
        memcpy(out, name.at, name.len);
    }
    out[name.len] = '\0';
}

/* False when the fields are not those of a page of this kind. */
static bool take_fields(mr_token_fields fields, mr_page_kind kind, mr_page *page, int64_t *made_us)
{
    page->kind = (mr_page_kind)mr_token_take_int(&fields);
    if (page->kind != kind) {
        return false;
    }
    *made_us = mr_token_take_int(&fields);
    copy_name(page->stream, mr_token_take_text(&fields));
    page->stream_created_us = mr_token_take_int(&fields);
    copy_name(page->after_name, mr_token_take_text(&fields));
    page->after_shard = mr_token_take_int(&fields);
    page->filter.type = (mr_shard_filter_type)mr_token_take_int(&fields);
    page->filter.timestamp_us = mr_token_take_int(&fields);
    page->filter.shard_index = (uint32_t)mr_token_take_int(&fields);
    return mr_token_fields_end(&fields);
}

mr_code mr_page_token_read(mr_streams *streams, mr_bytes text, mr_page_kind kind, mr_page *out,
                           mr_error *err)
{
    mr_token_seal *seal;
    mr_code code = mr_streams_seal(streams, &seal, err);
    if (code != MR_OK) {
        return code;
    }
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_page page = {.kind = kind};
    int64_t made_us = 0;
    bool ok =
        mr_token_seal_open(seal, text, &payload) &&
        take_fields((mr_token_fields){.rest = mr_strbuf_bytes(&payload)}, kind, &page, &made_us);
    mr_strbuf_deinit(&payload);
    if (!ok) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Invalid NextToken.");
    }
    if (mr_clock_now_us(streams->options.clock) - made_us > MR_PAGE_TOKEN_LIFE_MS * MR_US_PER_MS) {
        return mr_error_set(err, MR_TOKEN_EXPIRED,
                            "NextToken expired. It is valid for %d milliseconds.",
                            MR_PAGE_TOKEN_LIFE_MS);
    }
    *out = page;
    return MR_OK;
}

mr_code mr_page_token_open(mr_streams *streams, mr_bytes text, mr_page_kind kind, mr_page *out,
                           mr_stream **stream, mr_error *err)
{
    mr_page page;
    mr_stream *found = NULL;
    mr_code code = mr_page_token_read(streams, text, kind, &page, err);
    if (code == MR_OK) {
        code = mr_streams_require(streams, mr_bytes_of(page.stream), &found, err);
    }
    if (code != MR_OK) {
        return code;
    }
    if (found->created_us != page.stream_created_us) {
        return mr_stream_not_found(streams, mr_bytes_of(page.stream), err);
    }
    *out = page;
    *stream = found;
    return MR_OK;
}
