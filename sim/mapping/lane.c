/*
 * lane.c - the batches of a lane: gathering and sealing them, moving on, giving back; see lane.h.
 * What becomes of the first sealed one is in lane_send.c, which draws its states.
 *
 *   records --> open batch --lane_seal(): size, 6 MB, window, drain--> sealed batches, in order
 */
#include "sim/mapping/lane_private.h"

#include "sim/base/alloc.h"

static void on_window(void *context);

/* ---- making and releasing ---- */

mr_lane *mr_lane_new(mr_lane_config *config, mr_shard *shard, size_t slot)
{
    mr_lane *lane = mr_calloc(1, sizeof(*lane));
    lane->config = config;
    lane->shard = shard;
    lane->slot = slot;
    lane->sealed_end = &lane->sealed;
    lane->key = mr_strbuf_make(MR_OBJECT_KEY_MAX);
    mr_timer_init(&lane->window, config->clock, on_window, lane);
    mr_timer_init(&lane->retry, config->clock, lane_on_retry, lane);
    return lane;
}

static void batch_free(batch *b)
{
    if (b != NULL) {
        mr_strbuf_deinit(&b->text);
        mr_free(b->entries);
        mr_free(b);
    }
}

void mr_lane_free(mr_lane *lane)
{
    if (lane == NULL) {
        return;
    }
    if (lane->request_id != NULL) {
        mr_function_forget(lane->function, lane->request_id);
    }
    mr_timer_cancel(&lane->window);
    mr_timer_cancel(&lane->retry);
    mr_upload_free(lane->upload);
    batch_free(lane->open);
    for (batch *b = lane->sealed, *next; b != NULL; b = next) {
        next = b->next;
        batch_free(b);
    }
    mr_strbuf_deinit(&lane->key);
    mr_free(lane);
}

/* ---- gathering ---- */

void lane_seal(mr_lane *lane, const char *reason)
{
    batch *b = lane->open;
    mr_timer_cancel(&lane->window);
    lane->open = NULL;
    lane->open_is_due = false;
    b->reason = reason;
    b->ends[0] = b->count;
    b->end_count = 1;
    *lane->sealed_end = b;
    lane->sealed_end = &b->next;
}

static void open_batch(mr_lane *lane)
{
    lane->open = mr_calloc(1, sizeof(*lane->open));
    lane->open->text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (lane->config->window_us > 0) {
        mr_timer_set(&lane->window, mr_clock_now_us(lane->config->clock) + lane->config->window_us);
    }
}

static void append_piece(mr_lane *lane, mr_bytes piece, const mr_record_view *record)
{
    batch *b = lane->open;
    if (b->count > 0) {
        mr_strbuf_append_char(&b->text, ',');
    }
    MR_GROW(b->entries, b->count, b->capacity);
    b->entries[b->count++] = (entry){.number = record->number,
                                     .arrival_us = record->arrival_us,
                                     .at = b->text.len,
                                     .len = piece.len};
    mr_strbuf_append_bytes(&b->text, piece);
    lane->records++;
    lane->bytes += piece.len;
}

void mr_lane_add(mr_lane *lane, const mr_record_view *record)
{
    MR_ASSERT(!lane->is_stopped);
    mr_strbuf piece = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_kinesis_event_piece(&piece, &lane->config->envelope, lane->shard, record);
    if (lane->open != NULL &&
        MR_KINESIS_EVENT_BASE + lane->open->text.len + 1 + piece.len > MR_FUNCTION_PAYLOAD_MAX) {
        lane_seal(lane, "bytes");
    }
    if (lane->open == NULL) {
        open_batch(lane);
    }
    append_piece(lane, mr_strbuf_bytes(&piece), record);
    mr_strbuf_deinit(&piece);
    lane->config->counts.read++;
    if (lane->open->count == lane->config->batch_size) {
        lane_seal(lane, "size");
    }
}

static void on_window(void *context)
{
    mr_lane *lane = context;
    lane->open_is_due = true;
    mr_lane_run(lane);
}

/* ---- moving on ---- */

void lane_forget_attempts(mr_lane *lane)
{
    lane->invocations = 0;
    lane->retries = 0;
    lane->waits = 0;
    lane->function_error = false;
}

static void drop_first(mr_lane *lane)
{
    batch *b = lane->sealed;
    lane->sealed = b->next;
    if (lane->sealed == NULL) {
        lane->sealed_end = &lane->sealed;
    }
    batch_free(b);
}

void lane_move_on(mr_lane *lane, size_t end)
{
    batch *b = lane->sealed;
    MR_ASSERT(end > b->begin && end <= range_end(b));
    for (size_t i = b->begin; i < end; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    b->begin = end;
    if (end < range_end(b)) {
        return;
    }
    lane_forget_attempts(lane);
    b->end_count--;
    if (b->end_count == 0) {
        drop_first(lane);
    }
}

/* ---- giving back ---- */

void lane_give_back_first(mr_lane *lane)
{
    batch *b = lane->sealed;
    lane->given_back = b->entries[b->begin].number;
    for (size_t i = b->begin; i < b->count; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    lane->config->counts.read -= b->count - b->begin;
    lane_forget_attempts(lane);
    drop_first(lane);
}

static void give_back(mr_lane *lane, batch *b)
{
    if (lane->given_back == 0) {
        lane->given_back = b->entries[b->begin].number;
    }
    for (size_t i = b->begin; i < b->count; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    lane->config->counts.read -= b->count - b->begin;
    batch_free(b);
}

void mr_lane_stop(mr_lane *lane)
{
    MR_ASSERT(!lane->is_stopped);
    lane->is_stopped = true;
    mr_timer_cancel(&lane->window);
    if (lane->state == LANE_BACKING_OFF || lane->state == LANE_PUT_BACKING_OFF) {
        mr_timer_cancel(&lane->retry);
        mr_upload_free(lane->upload);
        lane->upload = NULL;
        lane_enter(lane, LANE_READY);
    }
    batch **kept_end = &lane->sealed;
    if (mr_lane_is_busy(lane)) {
        kept_end = &lane->sealed->next;
    }
    batch *rest = *kept_end;
    *kept_end = NULL;
    lane->sealed_end = kept_end;
    for (batch *next; rest != NULL; rest = next) {
        next = rest->next;
        give_back(lane, rest);
    }
    if (lane->open != NULL) {
        give_back(lane, lane->open);
        lane->open = NULL;
    }
}
