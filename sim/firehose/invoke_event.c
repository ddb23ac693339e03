/* invoke_event.c - see invoke_event.h. */
#include "sim/firehose/invoke_event.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "sim/time/rng.h"

#include <string.h>

/* The pieces of an event. Sizes and contents both come from here, so they cannot drift apart. */
#define EVENT_BEGIN    "{\"invocationId\":\""
#define EVENT_SOURCE   "\",\"sourceKinesisStreamArn\":\""
#define EVENT_DELIVERY "\",\"deliveryStreamArn\":\""
#define EVENT_REGION   "\",\"region\":\""
#define EVENT_RECORDS  "\",\"records\":["
#define EVENT_END      "]}"

#define RECORD_BEGIN     "{\"recordId\":\""
#define RECORD_ARRIVAL   "\",\"approximateArrivalTimestamp\":"
#define RECORD_DATA      ",\"data\":\""
#define RECORD_SEQUENCE  "\",\"kinesisRecordMetadata\":{\"sequenceNumber\":\""
#define RECORD_SUB       "\",\"subsequenceNumber\":"
#define RECORD_KEY       ",\"partitionKey\":"
#define RECORD_SHARD     ",\"shardId\":\""
#define RECORD_ARRIVAL_2 "\",\"approximateArrivalTimestamp\":"
#define RECORD_END       "}}"  /* of a record with metadata */
#define RECORD_END_PLAIN "\"}" /* of one without */

#define SUBSEQUENCE_DIGITS 6 /* of a recordId */

#define PIECE(text)     MR_BYTES_LITERAL(text)
#define PIECE_LEN(text) (sizeof(text) - 1)

static size_t digits_of(int64_t value)
{
    size_t count = value < 0 ? 2 : 1;
    for (uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value; rest >= 10;
         rest /= 10) {
        count++;
    }
    return count;
}

/* Length of a text as a quoted JSON string. */
static size_t json_string_len(mr_bytes text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        is_plain &= c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    }
    if (MR_LIKELY(is_plain)) {
        return text.len + 2;
    }
    mr_strbuf quoted = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json_append_string(&quoted, text);
    size_t len = quoted.len;
    mr_strbuf_deinit(&quoted);
    return len;
}

size_t mr_invoke_event_base_bytes(const mr_invoke_envelope *envelope)
{
    size_t len = PIECE_LEN(EVENT_BEGIN) + (MR_UUID_SIZE - 1) + PIECE_LEN(EVENT_DELIVERY) +
                 strlen(envelope->delivery_arn) + PIECE_LEN(EVENT_REGION) +
                 strlen(envelope->region) + PIECE_LEN(EVENT_RECORDS) + PIECE_LEN(EVENT_END);
    if (envelope->source_arn != NULL) {
        len += PIECE_LEN(EVENT_SOURCE) + strlen(envelope->source_arn);
    }
    return len - 1; /* each record brings a comma, and the first has none */
}

size_t mr_invoke_event_record_bytes(const mr_invoke_envelope *envelope,
                                    const mr_record_view *record, uint32_t sub)
{
    size_t arrival = digits_of(record->arrival_us / MR_US_PER_MS);
    size_t len = 1 + PIECE_LEN(RECORD_BEGIN) + MR_RECORD_ID_LEN + PIECE_LEN(RECORD_ARRIVAL) +
                 arrival + PIECE_LEN(RECORD_DATA) + mr_base64_encoded_size(record->data.len);
    if (envelope->source_arn == NULL) {
        return len + PIECE_LEN(RECORD_END_PLAIN);
    }
    return len + PIECE_LEN(RECORD_SEQUENCE) + (MR_SEQUENCE_SIZE - 1) + PIECE_LEN(RECORD_SUB) +
           digits_of(sub) + PIECE_LEN(RECORD_KEY) + json_string_len(record->partition_key) +
           PIECE_LEN(RECORD_SHARD) + (MR_SHARD_ID_SIZE - 1) + PIECE_LEN(RECORD_ARRIVAL_2) +
           arrival + PIECE_LEN(RECORD_END);
}

void mr_invoke_event_ids(mr_strbuf *out, const mr_shard *shard, const mr_record_batch *batch)
{
    (void)mr_strbuf_reserve(out, batch->count * MR_RECORD_ID_LEN);
    for (size_t i = 0; i < batch->count; i++) {
        char sequence[MR_SEQUENCE_SIZE];
        char digits[SUBSEQUENCE_DIGITS];
        const mr_batch_entry *entry = &batch->entries[i];
        uint32_t sub = entry->sub;
        mr_shard_sequence(shard, entry->number, entry->arrival_us, sequence);
        MR_ASSERT(strlen(sequence) == MR_SEQUENCE_SIZE - 1);
        mr_strbuf_append(out, sequence, MR_SEQUENCE_SIZE - 1);
        for (size_t d = SUBSEQUENCE_DIGITS; d > 0; d--, sub /= 10) {
            digits[d - 1] = (char)('0' + sub % 10);
        }
        mr_strbuf_append(out, digits, SUBSEQUENCE_DIGITS);
    }
}

/* A time as it is written: neighbours mostly have the same. */
typedef struct written_time {
    int64_t ms;
    mr_strbuf digits;
} written_time;

static mr_bytes write_time(written_time *time, int64_t ms)
{
    if (time->digits.len == 0 || time->ms != ms) {
        time->ms = ms;
        mr_strbuf_reset(&time->digits);
        mr_strbuf_append_int64(&time->digits, ms);
    }
    return mr_strbuf_bytes(&time->digits);
}

static void append_record(mr_strbuf *out, const mr_invoke_envelope *envelope, const mr_shard *shard,
                          const mr_record_batch *batch, size_t place, const char *id,
                          written_time *time)
{
    const mr_batch_entry *entry = &batch->entries[place];
    mr_bytes arrival = write_time(time, entry->arrival_us / MR_US_PER_MS);

    mr_strbuf_append_bytes(out, PIECE(RECORD_BEGIN));
    mr_strbuf_append(out, id, MR_RECORD_ID_LEN);
    mr_strbuf_append_bytes(out, PIECE(RECORD_ARRIVAL));
    mr_strbuf_append_bytes(out, arrival);
    mr_strbuf_append_bytes(out, PIECE(RECORD_DATA));
    mr_base64_encode(out, mr_record_batch_data(batch, entry));
    if (envelope->source_arn == NULL) {
        mr_strbuf_append_bytes(out, PIECE(RECORD_END_PLAIN));
        return;
    }
    mr_strbuf_append_bytes(out, PIECE(RECORD_SEQUENCE));
    mr_strbuf_append(out, id, MR_SEQUENCE_SIZE - 1);
    mr_strbuf_append_bytes(out, PIECE(RECORD_SUB));
    mr_strbuf_append_uint64(out, entry->sub);
    mr_strbuf_append_bytes(out, PIECE(RECORD_KEY));
    mr_json_append_string(out, mr_record_batch_key(batch, entry));
    mr_strbuf_append_bytes(out, PIECE(RECORD_SHARD));
    mr_strbuf_append_text(out, mr_shard_id(shard));
    mr_strbuf_append_bytes(out, PIECE(RECORD_ARRIVAL_2));
    mr_strbuf_append_bytes(out, arrival);
    mr_strbuf_append_bytes(out, PIECE(RECORD_END));
}

void mr_invoke_event_build(mr_strbuf *out, const mr_invoke_envelope *envelope,
                           const char *invocation_id, const mr_shard *shard,
                           const mr_record_batch *batch, const char *ids)
{
    mr_strbuf_append_bytes(out, PIECE(EVENT_BEGIN));
    mr_strbuf_append_text(out, invocation_id);
    if (envelope->source_arn != NULL) {
        mr_strbuf_append_bytes(out, PIECE(EVENT_SOURCE));
        mr_strbuf_append_text(out, envelope->source_arn);
    }
    mr_strbuf_append_bytes(out, PIECE(EVENT_DELIVERY));
    mr_strbuf_append_text(out, envelope->delivery_arn);
    mr_strbuf_append_bytes(out, PIECE(EVENT_REGION));
    mr_strbuf_append_text(out, envelope->region);
    mr_strbuf_append_bytes(out, PIECE(EVENT_RECORDS));
    written_time time = {.digits = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    for (size_t i = 0; i < batch->count; i++) {
        if (i > 0) {
            mr_strbuf_append_char(out, ',');
        }
        append_record(out, envelope, shard, batch, i, ids + i * MR_RECORD_ID_LEN, &time);
    }
    mr_strbuf_deinit(&time.digits);
    mr_strbuf_append_bytes(out, PIECE(EVENT_END));
}
