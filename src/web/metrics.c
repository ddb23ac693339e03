/* metrics.c - see metrics.h. A family is a row of a table: its name, what it means, and the number
 * of one thing; things are walked once for each family, because the format wants its samples
 * together. */
#include "src/web/metrics.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/platform/platform.h"
#include "src/web/web_private.h"

#include <string.h>

/* ---- the format ---- */

typedef enum metric_kind { COUNTER, GAUGE } metric_kind;

typedef struct label {
    const char *name, *value;
} label;

static void family(mr_strbuf *out, const char *name, metric_kind kind, const char *help)
{
    mr_strbuf_appendf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                      kind == COUNTER ? "counter" : "gauge");
}

/* In a label's value a quote, a backslash and the end of a line are escaped. */
static void append_value(mr_strbuf *out, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            mr_strbuf_append_text(out, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\') {
            mr_strbuf_append_char(out, '\\');
        }
        mr_strbuf_append_char(out, *value);
    }
}

static void sample(mr_strbuf *out, const char *name, const label *labels, size_t count,
                   double number)
{
    mr_strbuf_append_text(out, name);
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        append_value(out, labels[i].value);
        mr_strbuf_append_char(out, '"');
    }
    mr_strbuf_append_text(out, count > 0 ? "} " : " ");
    mr_json_append_double(out, number);
    mr_strbuf_append_char(out, '\n');
}

/* A family of one sample. */
static void single(mr_strbuf *out, const char *name, metric_kind kind, const char *help,
                   double number)
{
    family(out, name, kind, help);
    sample(out, name, NULL, 0, number);
}

/* ---- data streams ---- */

typedef struct stream_facts {
    const char *name;
    mr_traffic traffic;
    size_t open_shards;
    double age_ms;
} stream_facts;

typedef struct stream_family {
    const char *name;
    metric_kind kind;
    const char *help;
    double (*number)(const stream_facts *facts);
} stream_family;

static double incoming_records(const stream_facts *f)
{
    return (double)f->traffic.records;
}

static double incoming_bytes(const stream_facts *f)
{
    return (double)f->traffic.bytes;
}

static double throttled(const stream_facts *f)
{
    return (double)f->traffic.throttled;
}

static double read_records(const stream_facts *f)
{
    return (double)f->traffic.read_records;
}

static double read_bytes(const stream_facts *f)
{
    return (double)f->traffic.read_bytes;
}

static double iterator_age(const stream_facts *f)
{
    return f->age_ms;
}

static double open_shards(const stream_facts *f)
{
    return (double)f->open_shards;
}

static const stream_family stream_families[] = {
    {"millrace_kinesis_incoming_records_total", COUNTER,
     "IncomingRecords: records put on the stream.", incoming_records},
    {"millrace_kinesis_incoming_bytes_total", COUNTER,
     "IncomingBytes: bytes put on the stream, partition keys included.", incoming_bytes},
    {"millrace_kinesis_write_provisioned_throughput_exceeded_total", COUNTER,
     "WriteProvisionedThroughputExceeded: records refused by the limits of shards.", throttled},
    {"millrace_kinesis_get_records_records_total", COUNTER,
     "GetRecords.Records: records read by all consumers.", read_records},
    {"millrace_kinesis_get_records_bytes_total", COUNTER,
     "GetRecords.Bytes: bytes read by all consumers.", read_bytes},
    {"millrace_kinesis_get_records_iterator_age_milliseconds", GAUGE,
     "GetRecords.IteratorAgeMilliseconds: age of the last record of the last read; 0 at the tip.",
     iterator_age},
    {"millrace_kinesis_open_shards", GAUGE, "OpenShardCount: shards that take records.",
     open_shards}};

static stream_facts facts_of_stream(const mr_web *web, mr_stream *stream)
{
    stream_facts facts = {.name = mr_stream_name(stream),
                          .age_ms = (double)mr_stream_behind_us(stream) / 1e3};
    (void)mr_stream_open_shards(stream, &facts.open_shards);
    for (size_t i = 0; i < mr_stream_shard_count(stream); i++) {
        const mr_traffic total =
            mr_live_shard(web->counts, facts.name, mr_shard_id(mr_stream_shard(stream, i))).total;
        facts.traffic.records += total.records;
        facts.traffic.bytes += total.bytes;
        facts.traffic.throttled += total.throttled;
        facts.traffic.read_records += total.read_records;
        facts.traffic.read_bytes += total.read_bytes;
    }
    return facts;
}

static void write_streams(const mr_web *web, mr_strbuf *out)
{
    size_t count;
    mr_stream **streams = mr_streams_list(mr_sim_streams(web->sim), &count);
    stream_facts *facts = mr_calloc(count + 1, sizeof(*facts));
    for (size_t i = 0; i < count; i++) {
        facts[i] = facts_of_stream(web, streams[i]);
    }
    for (size_t f = 0; f < MR_COUNT(stream_families); f++) {
        const stream_family *row = &stream_families[f];
        family(out, row->name, row->kind, row->help);
        for (size_t i = 0; i < count; i++) {
            const label labels[] = {{"stream", facts[i].name}};
            sample(out, row->name, labels, MR_COUNT(labels), row->number(&facts[i]));
        }
    }
    mr_free(facts);
    mr_free(streams);
}

/* ---- delivery streams ---- */

typedef struct delivery_facts {
    const char *name;
    mr_delivery_counts counts;
    double freshness_s, buffered_bytes;
} delivery_facts;

typedef struct delivery_family {
    const char *name;
    metric_kind kind;
    const char *help;
    double (*number)(const delivery_facts *facts);
} delivery_family;

#define DELIVERY_COUNT(member)                                                                     \
    static double delivery_##member(const delivery_facts *f)                                       \
    {                                                                                              \
        return (double)f->counts.member;                                                           \
    }
DELIVERY_COUNT(read)
DELIVERY_COUNT(read_bytes)
DELIVERY_COUNT(delivered)
DELIVERY_COUNT(delivered_bytes)
DELIVERY_COUNT(objects)
DELIVERY_COUNT(put_retries)
DELIVERY_COUNT(backed_up)
DELIVERY_COUNT(backup_objects)
DELIVERY_COUNT(ok)
DELIVERY_COUNT(dropped)
DELIVERY_COUNT(failed)
DELIVERY_COUNT(error_delivered)
DELIVERY_COUNT(expired)
DELIVERY_COUNT(invocations)
DELIVERY_COUNT(invocation_retries)
DELIVERY_COUNT(partitions)

static double freshness(const delivery_facts *f)
{
    return f->freshness_s;
}

static double buffered(const delivery_facts *f)
{
    return f->buffered_bytes;
}

static const delivery_family delivery_families[] = {
    {"millrace_firehose_incoming_records_total", COUNTER,
     "IncomingRecords (DataReadFromKinesisStream.Records): records taken from the source.",
     delivery_read},
    {"millrace_firehose_incoming_bytes_total", COUNTER,
     "IncomingBytes (DataReadFromKinesisStream.Bytes): their bytes.", delivery_read_bytes},
    {"millrace_firehose_delivery_to_s3_records_total", COUNTER,
     "DeliveryToS3.Records: records in objects of the main output.", delivery_delivered},
    {"millrace_firehose_delivery_to_s3_bytes_total", COUNTER,
     "DeliveryToS3.Bytes: their bytes, before compression.", delivery_delivered_bytes},
    {"millrace_firehose_delivery_to_s3_success_total", COUNTER,
     "DeliveryToS3.Success: puts of objects that succeeded.", delivery_objects},
    {"millrace_firehose_delivery_to_s3_retries_total", COUNTER,
     "Puts of objects that were refused, and tried again.", delivery_put_retries},
    {"millrace_firehose_delivery_to_s3_data_freshness_seconds", GAUGE,
     "DeliveryToS3.DataFreshness: age of the oldest record that is buffered; 0 when none is.",
     freshness},
    {"millrace_firehose_backup_to_s3_records_total", COUNTER,
     "BackupToS3.Records: records in the backup.", delivery_backed_up},
    {"millrace_firehose_backup_to_s3_success_total", COUNTER,
     "BackupToS3.Success: objects of the backup.", delivery_backup_objects},
    {"millrace_firehose_succeed_processing_records_total", COUNTER,
     "SucceedProcessing.Records: records that the transformation passed.", delivery_ok},
    {"millrace_firehose_dropped_records_total", COUNTER, "Records that the transformation dropped.",
     delivery_dropped},
    {"millrace_firehose_failed_records_total", COUNTER,
     "Records that the transformation failed, or no partition took.", delivery_failed},
    {"millrace_firehose_error_output_records_total", COUNTER,
     "Records in objects of the error output.", delivery_error_delivered},
    {"millrace_firehose_expired_records_total", COUNTER,
     "Records that retention took before they were read.", delivery_expired},
    {"millrace_firehose_transform_invocations_total", COUNTER, "Invocations of the transformation.",
     delivery_invocations},
    {"millrace_firehose_transform_retries_total", COUNTER,
     "Those of them that were another attempt.", delivery_invocation_retries},
    {"millrace_firehose_buffered_bytes", GAUGE, "Bytes that wait in buffers.", buffered},
    {"millrace_firehose_active_partitions", GAUGE,
     "ActivePartitionsLimit's count: partitions with a buffer.", delivery_partitions}};

static delivery_facts facts_of_delivery(const mr_web *web, const mr_delivery *delivery)
{
    delivery_facts facts = {.name = mr_delivery_name(delivery),
                            .counts = mr_delivery_count(delivery)};
    const int64_t now_us = mr_clock_now_us(mr_sim_clock(web->sim));
    mr_buffer_gauge gauges[4];
    const size_t count = mr_delivery_gauges(delivery, gauges, MR_COUNT(gauges));
    for (size_t i = 0; i < count; i++) {
        const double age_s = (double)(now_us - gauges[i].opened_us) / 1e6;
        facts.buffered_bytes += (double)gauges[i].bytes;
        if (gauges[i].due_us != 0 && age_s > facts.freshness_s) {
            facts.freshness_s = age_s;
        }
    }
    return facts;
}

static void write_deliveries(const mr_web *web, mr_strbuf *out)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(web->sim), &count);
    delivery_facts *facts = mr_calloc(count + 1, sizeof(*facts));
    for (size_t i = 0; i < count; i++) {
        facts[i] = facts_of_delivery(web, deliveries[i]);
    }
    for (size_t f = 0; f < MR_COUNT(delivery_families); f++) {
        const delivery_family *row = &delivery_families[f];
        family(out, row->name, row->kind, row->help);
        for (size_t i = 0; i < count; i++) {
            const label labels[] = {{"delivery_stream", facts[i].name}};
            sample(out, row->name, labels, MR_COUNT(labels), row->number(&facts[i]));
        }
    }
    mr_free(facts);
    mr_free(deliveries);
}

/* ---- functions ---- */

typedef struct function_family {
    const char *name;
    metric_kind kind;
    const char *help;
    double (*number)(const mr_function_counts *counts, size_t in_flight);
} function_family;

static double invocations(const mr_function_counts *counts, size_t in_flight)
{
    (void)in_flight;
    return (double)counts->invocations;
}

static double errors(const mr_function_counts *counts, size_t in_flight)
{
    (void)in_flight;
    return (double)counts->errors;
}

static double throttles(const mr_function_counts *counts, size_t in_flight)
{
    (void)in_flight;
    return (double)counts->throttles;
}

static double duration_sum(const mr_function_counts *counts, size_t in_flight)
{
    (void)in_flight;
    return (double)counts->total_us / 1e6;
}

static double concurrent(const mr_function_counts *counts, size_t in_flight)
{
    (void)counts;
    return (double)in_flight;
}

static const function_family function_families[] = {
    {"millrace_lambda_invocations_total", COUNTER, "Invocations: of the function, by anybody.",
     invocations},
    {"millrace_lambda_errors_total", COUNTER, "Errors: invocations that failed.", errors},
    {"millrace_lambda_throttles_total", COUNTER,
     "Throttles: invocations that were refused for concurrency.", throttles},
    {"millrace_lambda_duration_seconds_total", COUNTER,
     "Duration: seconds of the world's time that invocations took; by Invocations, their mean.",
     duration_sum},
    {"millrace_lambda_concurrent_executions", GAUGE, "ConcurrentExecutions: invocations under way.",
     concurrent}};

static void write_functions(const mr_web *web, mr_strbuf *out)
{
    size_t count;
    mr_lambda_function **functions = mr_lambda_list(mr_sim_lambda(web->sim), &count);
    for (size_t f = 0; f < MR_COUNT(function_families); f++) {
        const function_family *row = &function_families[f];
        family(out, row->name, row->kind, row->help);
        for (size_t i = 0; i < count; i++) {
            const char *name = mr_lambda_function_name(functions[i]);
            const mr_function_counts counts = mr_live_function(web->counts, name);
            mr_function *runs = mr_lambda_version_function(mr_lambda_latest(functions[i]));
            const label labels[] = {{"function", name}};
            sample(out, row->name, labels, MR_COUNT(labels),
                   row->number(&counts, runs == NULL ? 0 : mr_function_in_flight(runs)));
        }
    }
    mr_free(functions);
}

/* ---- queries, the world, the process ---- */

static void write_queries(const mr_web *web, mr_strbuf *out)
{
    const mr_query_counts counts = mr_live_queries(web->counts);
    const struct {
        const char *state;
        uint64_t count;
    } states[] = {{"succeeded", counts.succeeded},
                  {"failed", counts.failed},
                  {"cancelled", counts.cancelled}};
    family(out, "millrace_athena_queries_total", COUNTER, "Queries that have ended, by state.");
    for (size_t i = 0; i < MR_COUNT(states); i++) {
        const label labels[] = {{"state", states[i].state}};
        sample(out, "millrace_athena_queries_total", labels, MR_COUNT(labels),
               (double)states[i].count);
    }
    single(out, "millrace_athena_processed_bytes_total", COUNTER,
           "ProcessedBytes: bytes of the objects that queries have opened.",
           (double)counts.bytes_scanned);
}

static void write_buckets(const mr_web *web, mr_strbuf *out)
{
    char **buckets = mr_store_buckets(mr_sim_store(web->sim));
    family(out, "millrace_s3_bucket_objects", GAUGE, "NumberOfObjects: objects in the bucket.");
    for (size_t i = 0; buckets[i] != NULL; i++) {
        const label labels[] = {{"bucket", buckets[i]}};
        sample(out, "millrace_s3_bucket_objects", labels, MR_COUNT(labels),
               (double)mr_live_bucket(web->counts, buckets[i]).objects);
    }
    family(out, "millrace_s3_bucket_size_bytes", GAUGE, "BucketSizeBytes: their size.");
    for (size_t i = 0; buckets[i] != NULL; i++) {
        const label labels[] = {{"bucket", buckets[i]}};
        sample(out, "millrace_s3_bucket_size_bytes", labels, MR_COUNT(labels),
               (double)mr_live_bucket(web->counts, buckets[i]).bytes);
        mr_free(buckets[i]);
    }
    mr_free(buckets);
}

static double seconds_of(uv_timeval_t time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void write_process(const mr_web *web, mr_strbuf *out)
{
    const mr_time_source time = mr_platform_monotonic_time();
    const label version[] = {{"version", MILLRACE_VERSION}};
    uv_rusage_t usage;
    size_t resident = 0;
    family(out, "millrace_build_info", GAUGE, "1; the version is a label.");
    sample(out, "millrace_build_info", version, MR_COUNT(version), 1);
    single(out, "millrace_uptime_seconds", GAUGE, "Real seconds since the start.",
           (double)(time.now_us(time.context) - web->began_us) / 1e6);
    single(out, "millrace_world_time_seconds", GAUGE,
           "The world's time of day, in seconds since the epoch.",
           (double)mr_clock_wall_us(mr_sim_clock(web->sim)) / 1e6);
    single(out, "millrace_warnings_total", COUNTER, "Warnings in the event log.",
           (double)mr_trace_count(mr_sim_trace(web->sim), MR_EVENT_WARNING));
    single(out, "millrace_faults_struck_total", COUNTER, "Faults that have struck, by design.",
           (double)mr_trace_count(mr_sim_trace(web->sim), MR_EVENT_FAULT));
    if (uv_resident_set_memory(&resident) == 0) {
        single(out, "process_resident_memory_bytes", GAUGE, "Resident memory size in bytes.",
               (double)resident);
    }
    if (uv_getrusage(&usage) == 0) {
        single(out, "process_cpu_seconds_total", COUNTER,
               "Total user and system CPU time spent in seconds.",
               seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    }
}

void mr_metrics_write(const mr_web *web, mr_strbuf *out)
{
    write_streams(web, out);
    write_deliveries(web, out);
    write_functions(web, out);
    write_queries(web, out);
    write_buckets(web, out);
    write_process(web, out);
}
