/*
 * kinesis_subscribe.c - SubscribeToShard: an answer that streams for five minutes.
 *
 *   sim pushes records and events --> one message an event --> the client
 *   what waits for the client passes the bound: stop          room: resume
 *
 * The answer ends with the subscription: cleanly when its time is over, its shard has ended or a
 * newer one takes over; with an exception as the last message when its consumer or stream is gone
 * or the disk fails. A client that goes takes the subscription with it.
 *
 * Behaviour: reference/kinesis.md, section 13.
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/subscription.h"
#include "src/api/api_private.h"
#include "src/api/kinesis_private.h"
#include "src/aws/event_stream.h"

#define WAITING_MAX (1 * MR_MIB) /* bytes that may wait for the client before the flow stops */

typedef struct push {
    mr_api_open open; /* first: end_push() finds it */
    mr_http_request *request;
    mr_subscription *subscription; /* NULL: not begun */
    const mr_shard *shard;         /* alive while records of it come */
    mr_aws_format format;
    mr_aws_writer writer; /* into payload */
    mr_strbuf payload;    /* of the event that is under way; empty: none is */
    mr_strbuf message;
} push;

/* ---- messages ---- */

static mr_event_stream_form form_of(const push *p)
{
    return p->format == MR_AWS_CBOR ? MR_EVENT_STREAM_CBOR : MR_EVENT_STREAM_JSON;
}

static void send_message(push *p)
{
    mr_http_answer_send(p->request, mr_strbuf_bytes(&p->message));
    mr_strbuf_reset(&p->message);
}

static void begin_event(push *p)
{
    if (p->payload.len == 0) {
        p->writer = mr_aws_writer_make(p->format, &p->payload);
        mr_aws_object_open(&p->writer);
        mr_aws_key(&p->writer, "Records");
        mr_aws_array_open(&p->writer);
    }
}

static void on_record(void *context, const mr_record_view *record)
{
    push *p = context;
    begin_event(p);
    mr_kinesis_write_record(&p->writer, p->shard, record);
}

static bool on_event(void *context, const mr_subscription_event *event)
{
    push *p = context;
    begin_event(p);
    mr_aws_array_close(&p->writer);
    if (event->shard_ended) {
        mr_kinesis_write_children(&p->writer, event->children, event->children_count);
    } else {
        mr_aws_field_text(&p->writer, "ContinuationSequenceNumber", event->continuation);
    }
    mr_aws_field_integer(&p->writer, "MillisBehindLatest", event->behind_us / MR_US_PER_MS);
    mr_aws_object_close(&p->writer);
    mr_event_stream_append_event(&p->message, "SubscribeToShardEvent", form_of(p),
                                 mr_strbuf_bytes(&p->payload));
    mr_strbuf_reset(&p->payload);
    send_message(p);
    return mr_http_answer_waiting(p->request) <= WAITING_MAX;
}

/* {"message": ...}: the exception's type stands in the message's headers. */
static void send_exception(push *p, mr_code code, const mr_error *error)
{
    int status;
    const mr_aws_fault fault = mr_api_fault_of(mr_api_kinesis(), code, error, &status);
    mr_strbuf_reset(&p->payload);
    mr_aws_writer writer = mr_aws_writer_make(p->format, &p->payload);
    mr_aws_object_open(&writer);
    mr_aws_field_string(&writer, "message", fault.message);
    mr_aws_object_close(&writer);
    mr_event_stream_append_exception(&p->message,
                                     status == 500 ? "InternalFailureException" : fault.type,
                                     form_of(p), mr_strbuf_bytes(&p->payload));
    send_message(p);
}

/* ---- the end ---- */

static void push_free(push *p)
{
    mr_api_open_remove(&p->open);
    mr_subscription_free(p->subscription);
    mr_strbuf_deinit(&p->payload);
    mr_strbuf_deinit(&p->message);
    mr_free(p);
}

static void push_end(push *p)
{
    mr_http_answer_end(p->request);
    push_free(p);
}

static void on_end(void *context, mr_subscription_end end, const mr_error *error)
{
    push *p = context;
    if (end == MR_SUBSCRIPTION_GONE) {
        mr_error gone;
        (void)mr_error_set(&gone, MR_CONSUMER_NOT_FOUND, "The consumer or its stream was deleted.");
        send_exception(p, gone.code, &gone);
    } else if (end == MR_SUBSCRIPTION_FAILED) {
        send_exception(p, error->code, error);
    }
    push_end(p);
}

static void on_closed(void *context)
{
    push_free(context);
}

static void end_push(mr_api_open *open)
{
    push_end((push *)open);
}

static void on_room(void *context)
{
    push *p = context;
    mr_subscription_resume(p->subscription);
}

/* ---- the beginning ---- */

static mr_code find_shard(const mr_api_call *call, mr_consumer **consumer, mr_shard **shard,
                          mr_error *err)
{
    const mr_kinesis_subscribe_in *in = call->in;
    mr_kinesis_arn arn;
    mr_code code = MR_OK;
    if (mr_kinesis_arn_read(in->consumer_arn, &arn)) {
        code = mr_kinesis_check_shard_id(call, arn.stream, in->shard_id, err);
    }
    if (code == MR_OK) {
        code = mr_consumer_of_arn(call->streams, in->consumer_arn, consumer, err);
    }
    if (code == MR_OK) {
        code = mr_stream_require_shard(mr_consumer_stream(*consumer), in->shard_id, shard, err);
    }
    return code;
}

static push *push_new(mr_api_call *call, const mr_shard *shard)
{
    push *p = mr_calloc(1, sizeof(*p));
    *p = (push){.open.end = end_push,
                .request = call->request,
                .shard = shard,
                .format = call->format,
                .payload = mr_strbuf_make(MR_EVENT_STREAM_PAYLOAD_MAX),
                .message = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_api_open_add(call->api, &p->open);
    return p;
}

/* The answer's head and its first message; events come from the clock's steps. */
static void answer_begin(mr_api_call *call, push *p)
{
    mr_api_headers headers;
    mr_api_headers_fill(call->api, call->request, MR_EVENT_STREAM_CONTENT_TYPE, &headers);
    call->taken = true;
    mr_http_set_context(p->request, p, on_closed);
    mr_http_answer_on_room(p->request, WAITING_MAX, on_room);
    mr_http_answer_begin(p->request, 200, headers.fields, headers.count);
    mr_event_stream_append_initial_response(&p->message, form_of(p));
    send_message(p);
}

mr_code mr_kinesis_subscribe_to_shard(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_subscribe_in *in = call->in;
    const mr_kinesis_starting_position *from = &in->starting_position;
    mr_subscription_options options = {
        .position = mr_kinesis_position(from->type, from->sequence_number, from->timestamp),
        .subscriber = {.on_record = on_record, .on_event = on_event, .on_end = on_end}};
    mr_code code = find_shard(call, &options.consumer, &options.shard, err);
    if (code != MR_OK) {
        return code;
    }
    push *p = push_new(call, options.shard);
    options.subscriber.context = p;
    code = mr_subscription_new(&options, &p->subscription, err);
    if (code != MR_OK) {
        push_free(p);
        return code;
    }
    answer_begin(call, p);
    return MR_OK;
}
