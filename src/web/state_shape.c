/* state_shape.c - the shape of State, for the document: see state_view.h. */
#include "src/web/clock_view.h"
#include "src/web/state_view.h"

#define TEXT(member, text)                                                                         \
    {                                                                                              \
        .name = (member), .type = MR_WEB_STRING, .about = (text)                                   \
    }
#define TEXT_OR_NULL(member, text)                                                                 \
    {                                                                                              \
        .name = (member), .type = MR_WEB_STRING, .nullable = true, .about = (text)                 \
    }
#define COUNT(member, text)                                                                        \
    {                                                                                              \
        .name = (member), .type = MR_WEB_INTEGER, .about = (text)                                  \
    }
#define NUMBER(member, text)                                                                       \
    {                                                                                              \
        .name = (member), .type = MR_WEB_NUMBER, .about = (text)                                   \
    }
#define TIME_OR_NULL(member, text)                                                                 \
    {                                                                                              \
        .name = (member), .type = MR_WEB_INTEGER, .nullable = true, .about = (text)                \
    }
#define FLAG(member, text)                                                                         \
    {                                                                                              \
        .name = (member), .type = MR_WEB_BOOLEAN, .about = (text)                                  \
    }
#define OBJECT(member, of, text)                                                                   \
    {                                                                                              \
        .name = (member), .type = MR_WEB_OBJECT, .shape = (of), .about = (text)                    \
    }
#define LIST(member, of, text)                                                                     \
    {                                                                                              \
        .name = (member), .type = MR_WEB_ARRAY, .item = MR_WEB_OBJECT, .shape = (of),              \
        .about = (text)                                                                            \
    }

/* clang-format off: a table reads by its columns */

#define TRAFFIC                                                                                    \
    COUNT("records", "Records put."), COUNT("bytes", "Bytes put, keys included."),                 \
        COUNT("throttled", "Records refused by the limits."),                                      \
        COUNT("read_records", "Records read by consumers."), COUNT("read_bytes", "Bytes read.")

static const mr_web_field second_fields[] = {
    COUNT("records", "Records put in that second."), COUNT("bytes", "Bytes put in that second."),
    COUNT("throttled", "Records refused in that second."),
    NUMBER("percent", "Of what a shard takes in a second: records or bytes, the larger part.")};
static const mr_web_shape second_shape =
    MR_WEB_SHAPE("ShardSecond", "The last whole second of the world's time.", second_fields);

static const mr_web_field shard_fields[] = {
    TEXT("id", "As clients spell it."), FLAG("open", "Whether records are put on it."), TRAFFIC,
    OBJECT("second", &second_shape, "Its last second; zeros when it was idle.")};
static const mr_web_shape shard_shape =
    MR_WEB_SHAPE("ShardState", "A shard, counted since the world was opened.", shard_fields);

static const mr_web_field stream_fields[] = {
    TEXT("name", "As clients call it."),
    TEXT("arn", "Its ARN."),
    TEXT("status", "As DescribeStream has it."),
    TEXT("mode", "provisioned or on-demand."),
    COUNT("open_shards", "How many take records."),
    COUNT("retention_hours", "How long records are kept, in hours."),
    LIST("shards", &shard_shape, "Those that are open, or had records since the start."),
    TRAFFIC};
static const mr_web_shape stream_shape = MR_WEB_SHAPE(
    "StreamState", "A data stream, counted since the world was opened.", stream_fields);

static const mr_web_field counts_fields[] = {
    COUNT("read", "Records read of the source."),
    COUNT("ok", "Records that the function passed (all, without one)."),
    COUNT("dropped", "Records that it dropped."),
    COUNT("failed", "Records that failed."),
    COUNT("in_lambda", "Records in the function's buffer, or under way."),
    COUNT("delivered", "Records in objects of the main output."),
    COUNT("delivered_bytes", "Their bytes before compression."),
    COUNT("error_delivered", "Records in the error output."),
    COUNT("backed_up", "Records in the backup."),
    COUNT("expired", "Records that retention took before they were read."),
    COUNT("discarded", "Records given up because puts were refused for too long."),
    COUNT("objects", "Objects of the main output."),
    COUNT("backup_objects", "Objects of the backup."),
    COUNT("error_objects", "Objects of the error output."),
    COUNT("flush_size", "Flushes because a buffer was full."),
    COUNT("flush_interval", "Flushes because its time was over."),
    COUNT("flush_drain", "Flushes because it was asked for."),
    COUNT("put_retries", "Puts of objects that were tried again."),
    COUNT("invocations", "Invocations of the function."),
    COUNT("invocation_retries", "Those of them that were another attempt."),
    COUNT("partitions", "Active partitions, with dynamic partitioning.")};
static const mr_web_shape counts_shape =
    MR_WEB_SHAPE("DeliveryCounts", "Where the records of a delivery stream are.", counts_fields);

static const mr_web_field flush_fields[] = {
    TEXT("sink", "lambda, main, error or backup."), TEXT("reason", "size, interval or drain."),
    COUNT("time_us", "When, in microseconds of the world's time of day."),
    COUNT("records", "How many records it held."), COUNT("bytes", "How many bytes.")};
static const mr_web_shape flush_shape =
    MR_WEB_SHAPE("Flush", "A buffer was emptied.", flush_fields);

#define LAST_FLUSH                                                                                 \
    {                                                                                              \
        .name = "last_flush", .type = MR_WEB_OBJECT, .shape = &flush_shape, .nullable = true,      \
        .about = "The last one; null: none yet."                                                   \
    }

static const mr_web_field gauge_fields[] = {
    TEXT("sink", "lambda (before the function), main, error or backup."),
    COUNT("records", "How many wait in it."),
    COUNT("bytes", "How many bytes wait in it."),
    COUNT("bytes_max", "At so many it is flushed."),
    TIME_OR_NULL("opened_us", "When its first record came, as a time of day; null: it is empty."),
    TIME_OR_NULL("due_us", "When it is flushed at the latest; null: it is empty."),
    COUNT("interval_us", "How long it waits at most, in microseconds."),
    LAST_FLUSH};
static const mr_web_shape gauge_shape =
    MR_WEB_SHAPE("BufferGauge", "A buffer of a delivery stream.", gauge_fields);

static const mr_web_field delivery_fields[] = {
    TEXT("name", "As clients call it."),
    TEXT_OR_NULL("source", "The data stream that it reads; null: direct puts."),
    TEXT("status", "As DescribeDeliveryStream has it."),
    TEXT_OR_NULL("function", "What transforms its records."),
    TEXT("compression", "Of the main output."),
    TEXT("bucket", "Where the main output goes."),
    TEXT_OR_NULL("prefix", "Of its keys."),
    TEXT_OR_NULL("error_prefix", "Of the keys of the error output."),
    TEXT_OR_NULL("backup_bucket", "Where the backup goes; null: there is none."),
    {.name = "counts",
     .type = MR_WEB_OBJECT,
     .shape = &counts_shape,
     .optional = true,
     .about = "Absent while it is being deleted."},
    {.name = "gauges",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &gauge_shape,
     .optional = true,
     .about = "Its buffers; absent while it is being deleted."},
    LAST_FLUSH};
static const mr_web_shape delivery_shape =
    MR_WEB_SHAPE("DeliveryState", "A delivery stream.", delivery_fields);

static const mr_web_field function_fields[] = {
    TEXT("name", "As clients call it."),
    TEXT("kind", "code, builtin (a native equivalent runs), or none (there is no code here)."),
    COUNT("invocations", "Since the world was opened."),
    COUNT("errors", "Those that failed."),
    COUNT("throttles", "Those that were refused for concurrency."),
    COUNT("in_flight", "Those under way now."),
    COUNT("records_in", "Records that were sent to it."),
    COUNT("duration_us_last", "How long the last one took, in microseconds."),
    COUNT("duration_us_total", "How long all took together, in microseconds.")};
static const mr_web_shape function_shape =
    MR_WEB_SHAPE("FunctionState", "A function.", function_fields);

static const mr_web_field mapping_fields[] = {
    TEXT("uuid", "Of the event source mapping."),
    TEXT("stream", "What it reads."),
    TEXT("function", "What it invokes."),
    TEXT("state", "As GetEventSourceMapping has it."),
    COUNT("read", "Records taken from the stream."),
    COUNT("done", "Records that the function has had."),
    COUNT("gave_up", "Records past their attempts or age."),
    COUNT("filtered", "Records that no filter lets through."),
    COUNT("invocations", "Invocations for it."),
    COUNT("retries", "Those that were another attempt.")};
static const mr_web_shape mapping_shape =
    MR_WEB_SHAPE("MappingState", "An event source mapping.", mapping_fields);

static const mr_web_field input_fields[] = {
    COUNT("place", "Its number, from 0."),
    TEXT("target", "The stream that it is put on."),
    TEXT("file", "What is put."),
    COUNT("rows", "Rows read."),
    COUNT("records", "Records stored."),
    COUNT("throttled", "Records refused, each time."),
    COUNT("retried", "Records put again."),
    COUNT("rejected", "Rows that could not become records."),
    NUMBER("rate", "Rows a second; 0: as fast as the shards take them."),
    NUMBER("rate_asked", "What it was begun with."),
    FLAG("paused", "It puts nothing until it is resumed."),
    FLAG("ended", "All of it is put.")};
const mr_web_shape mr_input_shape = MR_WEB_SHAPE("Input", "A producer of this run.", input_fields);

static const mr_web_field bucket_fields[] = {
    TEXT("name", "Of the bucket."),
    COUNT("objects", "How many it holds; objects put there by hand count from the next start."),
    COUNT("bytes", "Their size.")};
static const mr_web_shape bucket_shape = MR_WEB_SHAPE("BucketState", "A bucket.", bucket_fields);

static const char *const phases[] = {"starting", "ready", "stopping", NULL};
static const mr_web_field state_fields[] = {
    OBJECT("time", &mr_clock_shape, "How time stands."),
    {.name = "status", .type = MR_WEB_STRING, .words = phases, .about = "Of the server."},
    TEXT("version", "Of the program."),
    COUNT("last_event", "The number of the newest event."),
    LIST("streams", &stream_shape, "In byte order of names."),
    LIST("deliveries", &delivery_shape, "In byte order of names."),
    LIST("functions", &function_shape, "In byte order of names."),
    LIST("mappings", &mapping_shape, "In byte order of UUIDs."),
    LIST("inputs", &mr_input_shape, "In the order in which they were begun."),
    LIST("buckets", &bucket_shape, "In byte order of names."),
    COUNT("faults_active", "Faults that strike now, of those of /_millrace/api/faults."),
    TEXT_OR_NULL("fatal", "What the world cannot go on from; null: all is well.")};
const mr_web_shape mr_state_shape = MR_WEB_SHAPE("State", "The world as it stands.", state_fields);
/* clang-format on */
