/* sink.c - filling an output and sealing it; see sink.h. What becomes of a sealed one is in
 * sink_output.c, which draws its states. */
#include "sim/firehose/sink_private.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#include <inttypes.h>

/* Bytes that the compressor is fed at once. */
#define PIECE_BYTES (256 * MR_KIB)

const char *mr_flush_reason_name(mr_flush_reason reason)
{
    static const char *const names[MR_FLUSH_REASON_COUNT] = {"size", "interval", "drain"};
    return names[reason];
}

/* ---- making and releasing ---- */

mr_code mr_sink_ordinals_load(mr_db *db, const char *delivery, const char *sink,
                              mr_sink_ordinals *out, mr_error *err)
{
    bool row;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT next_object FROM delivery_sinks WHERE delivery = ? AND sink = ?");
    mr_stmt_bind_text(stmt, 1, delivery);
    mr_stmt_bind_text(stmt, 2, sink);
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code != MR_OK) {
        return code;
    }
    out->next = row ? (uint64_t)mr_stmt_int(stmt, 0) : 0;
    out->committed = out->next;
    mr_stmt_done(stmt);
    return MR_OK;
}

mr_code mr_sink_new(const mr_sink_options *options, mr_sink **out, mr_error *err)
{
    mr_sink *sink = mr_calloc(1, sizeof(*sink));
    sink->options = *options;
    sink->sealed_end = &sink->sealed;
    sink->stage = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    sink->packed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    sink->restarts_interval = mutates(sink, MR_MUTATION_INTERVAL_LATE);
    if (options->ordinals == NULL) {
        sink->options.ordinals = &sink->own;
        mr_code code =
            mr_sink_ordinals_load(options->db, options->delivery, options->name, &sink->own, err);
        if (code != MR_OK) {
            mr_sink_free(sink);
            return code;
        }
    }
    *out = sink;
    return MR_OK;
}

void sink_output_free(output *o)
{
    if (o == NULL) {
        return;
    }
    mr_timer_cancel(&o->timer);
    mr_compressor_free(o->compressor);
    mr_upload_free(o->upload);
    mr_spool_buffer_free(o->spooled);
    mr_free(o->reached);
    for (size_t i = 0; i < o->slots; i++) {
        mr_ranges_deinit(&o->ranges[i]);
        mr_ranges_deinit(&o->dropped[i]);
    }
    mr_free(o->ranges);
    mr_free(o->dropped);
    mr_strbuf_deinit(&o->key);
    mr_free(o->extension);
    mr_free(o->bucket);
    mr_free(o);
}

void mr_sink_free(mr_sink *sink)
{
    if (sink == NULL) {
        return;
    }
    sink_output_free(sink->open);
    for (output *o = sink->sealed, *next; o != NULL; o = next) {
        next = o->next;
        sink_output_free(o);
    }
    mr_strbuf_deinit(&sink->stage);
    mr_strbuf_deinit(&sink->packed);
    mr_free(sink);
}

/* ---- filling ---- */

static output *output_new(mr_sink *sink)
{
    output *o = mr_calloc(1, sizeof(*o));
    o->sink = sink;
    o->state = OUTPUT_OPEN;
    o->ordinal = sink->options.ordinals->next++;
    o->hint_bytes = sink->options.size_bytes;
    o->slots = mr_coverage_shard_count(sink->options.coverage);
    o->ranges = mr_calloc(o->slots, sizeof(*o->ranges));
    o->dropped = mr_calloc(o->slots, sizeof(*o->dropped));
    o->key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_timer_init(&o->timer, sink->options.clock, sink_output_on_timer, o);
    if (sink->options.spool != NULL) {
        o->spooled = mr_spool_buffer_new(sink->options.spool);
        o->reached = mr_calloc(o->slots, sizeof(*o->reached));
    }

    /* Numbered, so that a restart does not give a new object the name of an earlier one. */
    char *name = mr_format("firehose/%s/%s/%" PRIu64, sink->options.delivery, sink->options.name,
                           o->ordinal);
    o->prng = mr_prng_named(sink->options.seed, name);
    if (mutates(sink, MR_MUTATION_UNSEEDED_RANDOM)) {
        o->prng = mr_prng_named((uint64_t)mr_clock_outside_us(sink->options.clock), name);
    }
    mr_free(name);
    return o;
}

output *sink_open_output(mr_sink *sink)
{
    if (MR_UNLIKELY(sink->open == NULL)) {
        sink->open = output_new(sink);
    }
    return sink->open;
}

void sink_keep_format(output *o)
{
    o->compression = o->sink->options.compression;
    o->extension = mr_strdup(o->sink->options.extension);
}

void sink_make_upload(output *o)
{
    mr_sink *sink = o->sink;
    o->upload = mr_store_upload(sink->options.store);
    if (o->compression != MR_COMPRESSION_NONE) {
        char entry[MR_UUID_SIZE];
        mr_prng_uuid(&o->prng, entry);
        bool has_entry = o->compression == MR_COMPRESSION_ZIP;
        o->compressor = mr_compressor_new(o->compression, has_entry ? entry : NULL);
    }
}

static output *open_upload(mr_sink *sink)
{
    output *o = sink_open_output(sink);
    if (MR_UNLIKELY(o->upload == NULL)) {
        sink_keep_format(o);
        sink_make_upload(o);
    }
    return o;
}

static mr_ranges *grow(mr_ranges *ranges, size_t from, size_t to)
{
    ranges = mr_reallocarray(ranges, to, sizeof(*ranges));
    memset(ranges + from, 0, (to - from) * sizeof(*ranges));
    return ranges;
}

void sink_need_slot(output *o, size_t slot)
{
    if (MR_LIKELY(slot < o->slots)) {
        return;
    }
    size_t slots = mr_coverage_shard_count(o->sink->options.coverage);
    MR_ASSERT(slot < slots);
    o->ranges = grow(o->ranges, o->slots, slots);
    o->dropped = grow(o->dropped, o->slots, slots);
    if (o->reached != NULL) {
        o->reached = mr_reallocarray(o->reached, slots, sizeof(*o->reached));
        memset(o->reached + o->slots, 0, (slots - o->slots) * sizeof(*o->reached));
    }
    o->slots = slots;
}

static void start_interval(output *o)
{
    o->opened_us = mr_clock_now_us(o->sink->options.clock);
    mr_timer_set(&o->timer, o->opened_us + o->sink->options.interval_us);
}

void sink_first_record(output *o, const mr_origin *origin)
{
    mr_sink *sink = o->sink;
    o->oldest_us = origin->arrival_us;
    start_interval(o); /* from here, also when dropped records came before */
    mr_trace_emit(sink->options.trace, &(mr_event){.type = MR_EVENT_BUFFER_OPENED,
                                                   .delivery = sink->options.delivery,
                                                   .sink = sink->options.name});
}

void sink_unstage(output *o)
{
    mr_sink *sink = o->sink;
    if (o->compressor == NULL) {
        mr_upload_write(o->upload, mr_strbuf_bytes(&sink->stage));
    } else if (sink->stage.len > 0) {
        mr_compressor_write(o->compressor, mr_strbuf_bytes(&sink->stage), &sink->packed);
        mr_upload_write(o->upload, mr_strbuf_bytes(&sink->packed));
        mr_strbuf_reset(&sink->packed);
    }
    mr_strbuf_reset(&sink->stage);
}

static void seal(mr_sink *sink, mr_flush_reason reason);

void sink_filled(output *o)
{
    mr_sink *sink = o->sink;
    bool is_first = o->bytes - o->last_bytes < sink->options.size_bytes;
    if (is_first && mutates(sink, MR_MUTATION_BUFFER_SIZE_OFF_BY_ONE)) {
        return;
    }
    seal(sink, MR_FLUSH_SIZE);
}

char *mr_sink_reserve(mr_sink *sink, size_t n)
{
    MR_ASSERT(sink->options.spool == NULL);
    output *o = open_upload(sink);
    size_t whole = n + (sink->options.append_delimiter ? 1 : 0);

    sink->room_is_staged = o->compressor != NULL || whole > MR_UPLOAD_RESERVE_MAX;
    sink->room = sink->room_is_staged ? mr_strbuf_reserve(&sink->stage, whole)
                                      : mr_upload_reserve(o->upload, whole);
    return sink->room;
}

void mr_sink_used(mr_sink *sink, const mr_origin *origin, size_t n)
{
    output *o = sink->open;
    MR_ASSERT(o != NULL && sink->room != NULL);

    if (MR_UNLIKELY(o->records == 0)) {
        sink_first_record(o, origin);
    } else if (MR_UNLIKELY(sink->restarts_interval)) {
        start_interval(o);
    }
    if (sink->options.append_delimiter) {
        sink->room[n++] = '\n';
    }
    sink->room = NULL;
    if (!sink->room_is_staged) {
        mr_upload_used(o->upload, n);
    } else {
        mr_strbuf_commit(&sink->stage, n);
        if (o->compressor == NULL || sink->stage.len >= PIECE_BYTES) {
            sink_unstage(o);
        }
    }
    sink_need_slot(o, origin->slot);
    mr_ranges_add_next(&o->ranges[origin->slot], &origin->place);
    o->records++;
    o->bytes += n;
    o->last_bytes = n;
    if (origin->arrival_us < o->oldest_us) {
        o->oldest_us = origin->arrival_us;
    }
    sink->counts.records_in++;
    if (MR_UNLIKELY(o->bytes >= sink->options.size_bytes)) {
        sink_filled(o);
    }
}

void mr_sink_write(mr_sink *sink, const mr_origin *origin, mr_bytes data)
{
    if (sink->options.spool != NULL) {
        sink_spooled_write(sink, origin, data);
        return;
    }
    char *room = mr_sink_reserve(sink, data.len);
    if (data.len > 0) {
        memcpy(room, data.at, data.len);
    }
    mr_sink_used(sink, origin, data.len);
}

void mr_sink_cover(mr_sink *sink, const mr_origin *origin)
{
    output *o = sink_open_output(sink);
    if (o->records == 0 && o->covered == 0) {
        start_interval(o);
    }
    o->covered++;
    sink_need_slot(o, origin->slot);
    mr_ranges_add_next(&o->dropped[origin->slot], &origin->place);
}

/* ---- sealing ---- */

/* Past the hint by more than the record that filled it. */
static bool is_oversized(const output *o)
{
    return o->bytes > 0 && o->bytes - o->last_bytes >= o->hint_bytes;
}

static void choose_key(output *o)
{
    const mr_sink_options *options = &o->sink->options;
    mr_object_name name = {
        .delivery = options->delivery,
        .version = options->version,
        .time_us = o->oldest_us,
        .error_type = options->error_type,
        .extension = o->extension,
        .values = options->values,
    };
    if (mutates(o->sink, MR_MUTATION_WALL_CLOCK)) {
        name.time_us = mr_clock_outside_us(options->clock);
    }
    mr_prefix_object_key(options->prefix, &name, &o->prng, &o->key);
}

void sink_finish_body(output *o)
{
    mr_sink *sink = o->sink;
    if (o->compressor == NULL) {
        return;
    }
    sink_unstage(o);
    mr_compressor_finish(o->compressor, &sink->packed);
    mr_upload_write(o->upload, mr_strbuf_bytes(&sink->packed));
    mr_strbuf_reset(&sink->packed);
    mr_compressor_free(o->compressor);
    o->compressor = NULL;
}

static void seal(mr_sink *sink, mr_flush_reason reason)
{
    output *o = sink->open;
    MR_ASSERT(!is_empty(o));

    mr_timer_cancel(&o->timer);
    if (o->bytes > 0 && mutates(sink, MR_MUTATION_CHECKPOINT_BEFORE_PUT)) {
        sink_output_checkpoint(
            o); /* ahead of the event, so that a kill at the flush falls behind it */
    }
    sink->counts.oversized += is_oversized(o) ? 1 : 0;
    for (size_t i = 0; i < o->slots; i++) {
        sink->counts.disordered += mr_ranges_rise(&o->ranges[i]) ? 0 : 1;
    }
    sink->room = NULL; /* of a reserve that nothing came of */
    sink->open = NULL;
    o->bucket = mr_strdup(sink->options.bucket);
    *sink->sealed_end = o;
    sink->sealed_end = &o->next;
    sink->waiting++;
    if (o->records > 0) {
        sink->counts.flushes[reason]++;
        mr_trace_emit(sink->options.trace, &(mr_event){.type = MR_EVENT_BUFFER_FLUSHED,
                                                       .delivery = sink->options.delivery,
                                                       .sink = sink->options.name,
                                                       .reason = mr_flush_reason_name(reason),
                                                       .records = o->records,
                                                       .bytes = o->bytes});
    }
    if (o->bytes == 0) {
        mr_strbuf_reset(&sink->stage);
        sink_output_enter(o, OUTPUT_COMMITTING);
        return;
    }
    if (o->spooled == NULL) {
        sink_finish_body(o);
    } else {
        sink_keep_format(o);
    }
    choose_key(o);
    sink_output_enter(o, o->spooled == NULL ? OUTPUT_PUTTING : OUTPUT_PACKING);
}

void mr_sink_reconfigure(mr_sink *sink, const mr_sink_options *options)
{
    output *o = sink->open;

    sink->options.bucket = options->bucket;
    sink->options.extension = options->extension;
    sink->options.compression = options->compression;
    sink->options.prefix = options->prefix;
    sink->options.size_bytes = options->size_bytes;
    sink->options.interval_us = options->interval_us;
    sink->options.append_delimiter = options->append_delimiter;
    if (o != NULL && o->hint_bytes < options->size_bytes) {
        o->hint_bytes = options->size_bytes;
    }
    if (is_empty(o)) {
        return;
    }
    int64_t due_us = o->opened_us + options->interval_us;
    if (o->bytes >= options->size_bytes) {
        mr_sink_flush(sink, MR_FLUSH_SIZE);
    } else if (due_us <= mr_clock_now_us(sink->options.clock)) {
        mr_sink_flush(sink, MR_FLUSH_INTERVAL);
    } else {
        mr_timer_set(&o->timer, due_us);
    }
}

void mr_sink_flush(mr_sink *sink, mr_flush_reason reason)
{
    if (!is_empty(sink->open) && !sink->is_broken) {
        seal(sink, reason);
    }
}
