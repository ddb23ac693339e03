/* sink_spooled.c - a sink whose records wait in a spool; see sink.h. */
#include "sim/firehose/sink_private.h"

/* Bytes that the compressor is fed at once. */
#define PIECE_BYTES (64 * MR_KIB)

void sink_spooled_write(mr_sink *sink, const mr_origin *origin, mr_bytes data)
{
    output *o = sink_open_output(sink);
    uint64_t whole = data.len + (sink->options.append_delimiter ? 1 : 0);

    if (o->records == 0) {
        sink_first_record(o, origin);
    }
    sink_need_slot(o, origin->slot);
    mr_spool_add(o->spooled, origin, data);
    mr_place *reached = &o->reached[origin->slot];
    if (mr_place_compare(origin->place.begin, *reached) < 0) {
        sink->counts.disordered++;
    }
    *reached = origin->place.end;
    o->records++;
    o->bytes += whole;
    o->last_bytes = whole;
    if (origin->arrival_us < o->oldest_us) {
        o->oldest_us = origin->arrival_us;
    }
    sink->counts.records_in++;
    if (o->bytes >= sink->options.size_bytes) {
        sink_filled(o);
    }
}

/* ---- packing ---- */

static void pack_record(void *context, const mr_origin *origin, mr_bytes data)
{
    output *o = context;
    mr_strbuf *stage = &o->sink->stage;
    (void)origin;
    mr_strbuf_append_bytes(stage, data);
    if (o->sink->options.append_delimiter) {
        mr_strbuf_append_char(stage, '\n');
    }
    if (stage->len >= PIECE_BYTES) {
        sink_unstage(o);
    }
}

static void free_stage(mr_sink *sink)
{
    mr_strbuf_deinit(&sink->stage);
    mr_strbuf_deinit(&sink->packed);
    sink->stage = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    sink->packed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
}

mr_code sink_spooled_pack(output *o, mr_error *err)
{
    mr_prng before = o->prng; /* another attempt gives the ZIP entry the same name */
    sink_make_upload(o);
    mr_code code = mr_spool_each(o->spooled, pack_record, o, err);
    if (code == MR_OK) {
        sink_unstage(o);
        sink_finish_body(o);
    } else {
        mr_upload_free(o->upload);
        mr_compressor_free(o->compressor);
        o->upload = NULL;
        o->compressor = NULL;
        o->prng = before;
    }
    free_stage(o->sink); /* there are many of these sinks */
    return code;
}

/* ---- what the commit, or the error output, wants to know ---- */

static void add_range(void *context, const mr_origin *origin, mr_bytes data)
{
    output *o = context;
    (void)data;
    mr_ranges_add_next(&o->ranges[origin->slot], &origin->place);
}

mr_code sink_spooled_ranges(output *o, mr_error *err)
{
    if (o->spooled == NULL || o->has_ranges) {
        return MR_OK;
    }
    mr_code code = mr_spool_each(o->spooled, add_range, o, err);
    o->has_ranges = code == MR_OK;
    for (size_t i = 0; i < o->slots && code != MR_OK; i++) {
        mr_ranges_deinit(&o->ranges[i]);
    }
    return code;
}

static void hand_on_record(void *context, const mr_origin *origin, mr_bytes data)
{
    const output *o = context;
    const mr_sink_options *options = &o->sink->options;
    options->on_refused(options->context, origin, data, &o->refusal, o->attempts);
}

static void nothing(void *context, const mr_origin *origin, mr_bytes data)
{
    (void)context, (void)origin, (void)data;
}

mr_code sink_spooled_hand_on(output *o, mr_error *err)
{
    /* All of it can be read, or none of it is handed on. */
    mr_code code = mr_spool_each(o->spooled, nothing, NULL, err);
    return code == MR_OK ? mr_spool_each(o->spooled, hand_on_record, o, err) : code;
}
