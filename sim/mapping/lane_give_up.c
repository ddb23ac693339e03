/*
 * lane_give_up.c - the records that are not sent again: counted and told of, and with a destination
 * put there as an object, which is committed together with the positions behind them; see lane.h.
 * The states PUTTING and PUT_BACKING_OFF are drawn in lane_send.c.
 */
#include "sim/mapping/lane_private.h"

#include "sim/base/alloc.h"

#include <inttypes.h>

static void on_put(void *context, const mr_error *result);

static void given_up(mr_lane *lane)
{
    const mr_lane_config *config = lane->config;
    const size_t records = lane->give_up_end - lane->sealed->begin;
    lane->config->counts.given_up += records;
    lane_tell(lane, MR_EVENT_MAPPING_GAVE_UP, mr_give_up_name(lane->why), records,
              config->failure_bucket == NULL ? NULL : mr_strbuf_text(&lane->key));
    lane_move_on(lane, lane->give_up_end);
}

static void make_upload(mr_lane *lane)
{
    const mr_lane_config *config = lane->config;
    const batch *b = lane->sealed;
    const entry *first = &b->entries[b->begin], *last = &b->entries[lane->give_up_end - 1];
    const int64_t wall_us = mr_clock_wall_us(config->clock);
    mr_strbuf event = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char id[MR_UUID_SIZE];

    mr_kinesis_event_build(&event, range_text(b, lane->give_up_end));
    mr_failure_record_append(
        &body,
        &(mr_failure_record){.request_id = lane->invocations > 0 ? lane->last_request_id : NULL,
                             .function_arn = config->function,
                             .why = lane->why,
                             .invocations = lane->invocations,
                             .function_error = lane->function_error,
                             .shard = lane->shard,
                             .stream_arn = config->stream_arn,
                             .first = {first->number, first->arrival_us},
                             .last = {last->number, last->arrival_us},
                             .records = lane->give_up_end - b->begin,
                             .wall_us = wall_us,
                             .event = mr_strbuf_bytes(&event)});
    /* Of the records, not of the moment: a process that goes on after a kill draws it again. */
    char *name = mr_format("mapping/%s/%s/%" PRIu64 "/failure", config->mapping,
                           mr_shard_id(lane->shard), first->number);
    mr_prng prng = mr_prng_named(config->seed, name);
    mr_prng_uuid(&prng, id);
    mr_free(name);
    mr_strbuf_reset(&lane->key);
    mr_failure_record_key(&lane->key, config->mapping, mr_shard_id(lane->shard), wall_us, id);
    lane->upload = mr_store_upload(config->store);
    mr_upload_write(lane->upload, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&event);
    mr_strbuf_deinit(&body);
}

void lane_give_up(mr_lane *lane, size_t end, mr_give_up why)
{
    lane->give_up_end = end;
    lane->why = why;
    if (lane->config->failure_bucket == NULL) {
        given_up(lane);
        lane_checkpoint(lane);
        return;
    }
    lane->puts = 0;
    make_upload(lane);
    lane_enter(lane, LANE_PUTTING);
}

void lane_put(mr_lane *lane)
{
    lane->puts++;
    mr_upload_put(lane->upload,
                  &(mr_object_meta){.bucket = lane->config->failure_bucket,
                                    .key = mr_strbuf_text(&lane->key),
                                    .content_type = "application/json"},
                  on_put, lane);
}

static mr_code store_in_commit(void *context, mr_db *db, mr_error *err)
{
    const mr_lane *lane = context;
    (void)db;
    return lane->config->store_positions(lane->config->context, lane->slot, err);
}

/* Disk or database. */
static void machine_failed(mr_lane *lane, const mr_error *err)
{
    if (lane_is_fatal(lane)) {
        lane_break(lane, err);
    } else {
        lane_enter(lane, LANE_PUT_BACKING_OFF);
    }
}

static void end_upload(mr_lane *lane)
{
    mr_upload_free(lane->upload);
    lane->upload = NULL;
    given_up(lane);
    lane_enter(lane, LANE_READY);
}

/* The object and the positions behind its records become what is, together. */
static void commit(mr_lane *lane)
{
    mr_error err;
    lane->is_committing = true;
    mr_code code = mr_upload_commit(lane->upload, store_in_commit, lane, NULL, &err);
    lane->is_committing = false;
    if (code != MR_OK) {
        machine_failed(lane, &err);
        return;
    }
    lane->config->counts.failure_objects++;
    end_upload(lane);
}

/* The bucket is gone: as on AWS, what cannot be written there is gone too. */
static void commit_nowhere(mr_lane *lane, const mr_error *why)
{
    mr_event about = lane_about(lane);
    about.bucket = lane->config->failure_bucket;
    mr_trace_warn_about(
        lane->config->trace, &about,
        "event source mapping %s: %zu records that were given up are not in bucket %s: "
        "%s",
        lane->config->mapping, lane->give_up_end - lane->sealed->begin,
        lane->config->failure_bucket, why->message);
    end_upload(lane);
    lane_checkpoint(lane);
}

static void on_put(void *context, const mr_error *result)
{
    mr_lane *lane = context;
    MR_ASSERT(lane->state == LANE_PUTTING);
    if (result->code == MR_OK) {
        commit(lane);
    } else if (result->code == MR_BUCKET_NOT_FOUND) {
        commit_nowhere(lane, result);
    } else if (result->os_error != 0 || result->code == MR_DATABASE || result->code == MR_CORRUPT) {
        machine_failed(lane, result);
    } else {
        mr_trace_emit(lane->config->trace,
                      &(mr_event){.type = MR_EVENT_PUT_RETRIED,
                                  .mapping = lane->config->mapping,
                                  .bucket = lane->config->failure_bucket,
                                  .key = mr_strbuf_text(&lane->key),
                                  .message = result->message,
                                  .records = lane->give_up_end - lane->sealed->begin,
                                  .attempt = lane->puts});
        lane_enter(lane, LANE_PUT_BACKING_OFF);
    }
    lane_go_on(lane);
}
