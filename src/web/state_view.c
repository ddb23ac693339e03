/* state_view.c - see state_view.h. The nouns in the order of the data. */
#include "src/web/state_view.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/stream_settings.h"
#include "sim/stream/stream_status.h"
#include "src/web/clock_view.h"
#include "src/web/walk.h"
#include "src/web/web_private.h"

#include <string.h>

#define SHARD_RECORDS_PER_SECOND 1000.0 /* API Reference, "PutRecords" */
#define SHARD_BYTES_PER_SECOND   1048576.0

static void field_uint(mr_json *json, const char *key, uint64_t value)
{
    mr_json_key(json, key);
    mr_json_uint(json, value);
}

static void field_time(mr_json *json, const char *key, int64_t time_us)
{
    mr_json_key(json, key);
    if (time_us == 0) {
        mr_json_null(json);
    } else {
        mr_json_int(json, time_us);
    }
}

/* ---- streams ---- */

static void write_traffic(mr_json *json, const mr_traffic *traffic)
{
    field_uint(json, "records", traffic->records);
    field_uint(json, "bytes", traffic->bytes);
    field_uint(json, "throttled", traffic->throttled);
    field_uint(json, "read_records", traffic->read_records);
    field_uint(json, "read_bytes", traffic->read_bytes);
}

/* Of what the shard takes in a second, the larger part: records, or bytes. */
static double percent_of(const mr_traffic *second)
{
    const double records = (double)second->records / SHARD_RECORDS_PER_SECOND;
    const double bytes = (double)second->bytes / SHARD_BYTES_PER_SECOND;
    return 100 * (records > bytes ? records : bytes);
}

static void add_traffic(mr_traffic *sum, const mr_traffic *more)
{
    sum->records += more->records;
    sum->bytes += more->bytes;
    sum->throttled += more->throttled;
    sum->read_records += more->read_records;
    sum->read_bytes += more->read_bytes;
}

static void write_shard(mr_json *json, const mr_shard *shard, const mr_shard_counts *counts)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "id", mr_shard_id(shard));
    mr_json_field_bool(json, "open", mr_shard_is_open(shard));
    write_traffic(json, &counts->total);
    mr_json_key(json, "second");
    mr_json_object_begin(json);
    field_uint(json, "records", counts->second.records);
    field_uint(json, "bytes", counts->second.bytes);
    field_uint(json, "throttled", counts->second.throttled);
    mr_json_key(json, "percent");
    mr_json_double(json, percent_of(&counts->second));
    mr_json_object_end(json);
    mr_json_object_end(json);
}

/* Closed shards that have seen nothing since the start are history: GET streams/{stream} has them.
 */
static bool is_shown(const mr_shard *shard, const mr_traffic *total)
{
    return mr_shard_is_open(shard) || total->records > 0 || total->read_records > 0;
}

static mr_traffic write_shards(mr_json *json, const mr_web *web, mr_stream *stream)
{
    mr_traffic sum = {0};
    mr_json_key(json, "shards");
    mr_json_array_begin(json);
    for (size_t i = 0; i < mr_stream_shard_count(stream); i++) {
        const mr_shard *shard = mr_stream_shard(stream, i);
        const mr_shard_counts counts =
            mr_live_shard(web->counts, mr_stream_name(stream), mr_shard_id(shard));
        add_traffic(&sum, &counts.total);
        if (is_shown(shard, &counts.total)) {
            write_shard(json, shard, &counts);
        }
    }
    mr_json_array_end(json);
    return sum;
}

static void write_stream(mr_json *json, const mr_web *web, mr_stream *stream)
{
    size_t open;
    (void)mr_stream_open_shards(stream, &open);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", mr_stream_name(stream));
    mr_json_field_string(json, "arn", mr_stream_arn(stream));
    mr_json_field_string(json, "status", mr_status_name(mr_stream_status(stream)));
    mr_json_field_string(json, "mode",
                         mr_stream_is_on_demand(stream) ? "on-demand" : "provisioned");
    field_uint(json, "open_shards", open);
    mr_json_field_int(json, "retention_hours",
                      mr_stream_retention_us(stream) / (3600 * MR_US_PER_SECOND));
    const mr_traffic sum = write_shards(json, web, stream);
    write_traffic(json, &sum);
    mr_json_object_end(json);
}

static void write_streams(mr_json *json, const mr_web *web)
{
    size_t count;
    mr_stream **streams = mr_streams_list(mr_sim_streams(web->sim), &count);
    mr_json_key(json, "streams");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_stream(json, web, streams[i]);
    }
    mr_json_array_end(json);
    mr_free(streams);
}

/* ---- delivery streams ---- */

static void write_delivery_counts(mr_json *json, const mr_delivery *delivery)
{
    const mr_delivery_counts c = mr_delivery_count(delivery);
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {{"read", c.read},
                   {"ok", c.ok},
                   {"dropped", c.dropped},
                   {"failed", c.failed},
                   {"in_lambda", c.in_lambda},
                   {"delivered", c.delivered},
                   {"delivered_bytes", c.delivered_bytes},
                   {"error_delivered", c.error_delivered},
                   {"backed_up", c.backed_up},
                   {"expired", c.expired},
                   {"discarded", c.discarded},
                   {"objects", c.objects},
                   {"backup_objects", c.backup_objects},
                   {"error_objects", c.error_objects},
                   {"flush_size", c.flush_size},
                   {"flush_interval", c.flush_interval},
                   {"flush_drain", c.flush_drain},
                   {"put_retries", c.put_retries},
                   {"invocations", c.invocations},
                   {"invocation_retries", c.invocation_retries},
                   {"partitions", c.partitions}};
    mr_json_key(json, "counts");
    mr_json_object_begin(json);
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        field_uint(json, members[i].name, members[i].value);
    }
    mr_json_object_end(json);
}

static void write_flush(mr_json *json, const char *sink, const mr_flush *flush)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "sink", sink);
    mr_json_field_string(json, "reason", flush->reason);
    mr_json_field_int(json, "time_us", flush->time_us);
    field_uint(json, "records", flush->records);
    field_uint(json, "bytes", flush->bytes);
    mr_json_object_end(json);
}

/* The interval after which such a buffer is flushed, by AWS's defaults where none was given. */
static int64_t interval_of(const mr_delivery_options *options, const char *sink)
{
    const bool is_lambda = strcmp(sink, "lambda") == 0;
    const int64_t fallback_us = (is_lambda ? 60 : 300) * MR_US_PER_SECOND;
    const int64_t given_us = is_lambda                     ? options->lambda_interval_us
                             : strcmp(sink, "backup") == 0 ? options->backup.interval_us
                                                           : options->destination.interval_us;
    return given_us < 0 ? fallback_us : given_us;
}

/* A gauge with its last flush; times are turned into times of day. */
static void write_gauge(mr_json *json, const mr_web *web, const mr_delivery_options *options,
                        const mr_buffer_gauge *gauge)
{
    const int64_t jumped_us = mr_clock_jumped_us(mr_sim_clock(web->sim));
    const bool is_empty = gauge->due_us == 0;
    const mr_flush flush = mr_live_flush(web->counts, options->name, gauge->sink);
    mr_json_object_begin(json);
    mr_json_field_string(json, "sink", gauge->sink);
    field_uint(json, "records", gauge->records);
    field_uint(json, "bytes", gauge->bytes);
    field_uint(json, "bytes_max", gauge->bytes_max);
    field_time(json, "opened_us", is_empty ? 0 : gauge->opened_us + jumped_us);
    field_time(json, "due_us", is_empty ? 0 : gauge->due_us + jumped_us);
    mr_json_field_int(json, "interval_us", interval_of(options, gauge->sink));
    mr_json_key(json, "last_flush");
    if (flush.reason == NULL) {
        mr_json_null(json);
    } else {
        write_flush(json, gauge->sink, &flush);
    }
    mr_json_object_end(json);
}

/* The newest of the flushes of its buffers. */
static void write_last_flush(mr_json *json, const mr_web *web, const char *delivery)
{
    static const char *const sinks[] = {"lambda", "main", "error", "backup"};
    const char *sink = NULL;
    mr_flush newest = {.reason = NULL};
    for (size_t i = 0; i < MR_COUNT(sinks); i++) {
        const mr_flush flush = mr_live_flush(web->counts, delivery, sinks[i]);
        if (flush.reason != NULL && (sink == NULL || flush.time_us >= newest.time_us)) {
            sink = sinks[i];
            newest = flush;
        }
    }
    mr_json_key(json, "last_flush");
    if (sink == NULL) {
        mr_json_null(json);
    } else {
        write_flush(json, sink, &newest);
    }
}

static void write_gauges(mr_json *json, const mr_web *web, const mr_delivery *delivery,
                         const mr_delivery_options *options)
{
    mr_buffer_gauge gauges[4];
    const size_t count = mr_delivery_gauges(delivery, gauges, MR_COUNT(gauges));
    mr_json_key(json, "gauges");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_gauge(json, web, options, &gauges[i]);
    }
    mr_json_array_end(json);
}

static const char *const compressions[] = {[MR_COMPRESSION_NONE] = "none",
                                           [MR_COMPRESSION_GZIP] = "gzip",
                                           [MR_COMPRESSION_ZIP] = "zip",
                                           [MR_COMPRESSION_SNAPPY] = "snappy",
                                           [MR_COMPRESSION_HADOOP_SNAPPY] = "hadoop-snappy",
                                           NULL};

typedef struct writing {
    mr_json *json;
    const mr_web *web;
} writing;

static void write_delivery(void *context, mr_delivery_stream *stream)
{
    const writing *w = context;
    mr_json *json = w->json;
    const mr_web *web = w->web;
    const mr_delivery_description about = mr_delivery_stream_describe(stream);
    const mr_delivery *delivery = mr_delivery_stream_delivery(stream);
    mr_delivery_options options = {.name = about.name};
    mr_delivery_config_options(about.config, &options);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", about.name);
    mr_json_field_string(json, "source", mr_stream_short_name(about.source_arn));
    mr_json_field_string(json, "status", mr_delivery_status_name(about.status));
    mr_json_field_string(json, "function", mr_function_short_name(options.function));
    mr_json_field_string(json, "compression", compressions[options.destination.compression]);
    mr_json_field_string(json, "bucket", options.destination.bucket);
    mr_json_field_string(json, "prefix", options.destination.prefix);
    mr_json_field_string(json, "error_prefix", options.destination.error_output_prefix);
    mr_json_field_string(json, "backup_bucket",
                         options.backup_enabled ? options.backup.bucket : NULL);
    if (delivery != NULL) {
        write_delivery_counts(json, delivery);
        write_gauges(json, web, delivery, &options);
    }
    write_last_flush(json, web, about.name);
    mr_json_object_end(json);
}

static void write_deliveries(mr_json *json, const mr_web *web)
{
    mr_json_key(json, "deliveries");
    mr_json_array_begin(json);
    writing w = {.json = json, .web = web};
    mr_walk_deliveries(web->sim, write_delivery, &w);
    mr_json_array_end(json);
}

/* ---- functions, mappings ---- */

static void write_function(mr_json *json, const mr_web *web, mr_lambda_function *function)
{
    const char *name = mr_lambda_function_name(function);
    mr_function *runs = mr_lambda_version_function(mr_lambda_latest(function));
    const mr_function_counts counts = mr_live_function(web->counts, name);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", name);
    mr_json_field_string(json, "kind",
                         runs == NULL                        ? "none"
                         : mr_function_builtin(runs) != NULL ? "builtin"
                                                             : "code");
    field_uint(json, "invocations", counts.invocations);
    field_uint(json, "errors", counts.errors);
    field_uint(json, "throttles", counts.throttles);
    field_uint(json, "in_flight", runs == NULL ? 0 : mr_function_in_flight(runs));
    field_uint(json, "records_in", counts.records);
    mr_json_field_int(json, "duration_us_last", counts.last_us);
    mr_json_field_int(json, "duration_us_total", counts.total_us);
    mr_json_object_end(json);
}

static void write_functions(mr_json *json, const mr_web *web)
{
    size_t count;
    mr_lambda_function **functions = mr_lambda_list(mr_sim_lambda(web->sim), &count);
    mr_json_key(json, "functions");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_function(json, web, functions[i]);
    }
    mr_json_array_end(json);
    mr_free(functions);
}

static void write_mapping(mr_json *json, mr_mapping *mapping)
{
    const mr_mapping_view view = mr_mapping_look(mapping);
    const mr_mapping_counts counts = mr_mapping_count(mapping);
    mr_json_object_begin(json);
    mr_json_field_string(json, "uuid", view.uuid);
    mr_json_field_string(json, "stream", mr_stream_short_name(view.settings->source_arn));
    mr_json_field_string(json, "function", mr_function_short_name(view.settings->function));
    mr_json_field_string(json, "state", view.state);
    field_uint(json, "read", counts.read);
    field_uint(json, "done", counts.done);
    field_uint(json, "gave_up", counts.given_up);
    field_uint(json, "filtered", counts.filtered);
    field_uint(json, "invocations", counts.invocations);
    field_uint(json, "retries", counts.retries);
    mr_json_object_end(json);
}

static void write_mappings(mr_json *json, const mr_web *web)
{
    size_t count;
    mr_mapping **mappings = mr_mappings_list(mr_sim_mappings(web->sim), &count);
    mr_json_key(json, "mappings");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_mapping(json, mappings[i]);
    }
    mr_json_array_end(json);
    mr_free(mappings);
}

/* ---- inputs, buckets ---- */

void mr_input_write(mr_json *json, const mr_web *web, size_t place)
{
    const mr_pipeline_input_counts input = mr_pipeline_input_counts_of(web->pipeline, place);
    mr_json_object_begin(json);
    field_uint(json, "place", place);
    mr_json_field_string(json, "target", input.target);
    mr_json_field_string(json, "file", input.file);
    field_uint(json, "rows", input.counts.rows);
    field_uint(json, "records", input.counts.records);
    field_uint(json, "throttled", input.counts.throttled);
    field_uint(json, "retried", input.counts.retries);
    field_uint(json, "rejected", input.counts.rejected);
    mr_json_key(json, "rate");
    mr_json_double(json, mr_pipeline_rate(web->pipeline, place));
    mr_json_key(json, "rate_asked");
    mr_json_double(json, mr_pipeline_rate_asked(web->pipeline, place));
    mr_json_field_bool(json, "paused", mr_pipeline_is_paused(web->pipeline, place));
    mr_json_field_bool(json, "ended", mr_pipeline_has_ended(web->pipeline, place));
    mr_json_object_end(json);
}

static void write_inputs(mr_json *json, const mr_web *web)
{
    const size_t count = web->pipeline == NULL ? 0 : mr_pipeline_input_count(web->pipeline);
    mr_json_key(json, "inputs");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        mr_input_write(json, web, i);
    }
    mr_json_array_end(json);
}

static void write_buckets(mr_json *json, const mr_web *web)
{
    char **buckets = mr_store_buckets(mr_sim_store(web->sim));
    mr_json_key(json, "buckets");
    mr_json_array_begin(json);
    for (size_t i = 0; buckets[i] != NULL; i++) {
        const mr_bucket_counts counts = mr_live_bucket(web->counts, buckets[i]);
        mr_json_object_begin(json);
        mr_json_field_string(json, "name", buckets[i]);
        field_uint(json, "objects", counts.objects);
        field_uint(json, "bytes", counts.bytes);
        mr_json_object_end(json);
        mr_free(buckets[i]);
    }
    mr_json_array_end(json);
    mr_free(buckets);
}

/* ---- all of it ---- */

static const char *phase_name(mr_web_phase phase)
{
    static const char *const names[] = {
        [MR_WEB_STARTING] = "starting", [MR_WEB_READY] = "ready", [MR_WEB_STOPPING] = "stopping"};
    return names[phase];
}

static uint64_t active_faults(const mr_web *web)
{
    const mr_faults *faults = mr_sim_faults(web->sim);
    const int64_t now_us = mr_clock_now_us(mr_sim_clock(web->sim));
    uint64_t active = 0;
    for (size_t i = 0; i < mr_faults_count(faults); i++) {
        active += mr_faults_at(faults, i, now_us).state == MR_FAULT_ACTIVE;
    }
    return active;
}

void mr_state_write(mr_json *json, const mr_web *web)
{
    const mr_error *fatal = mr_sim_fatal(web->sim);
    mr_json_object_begin(json);
    mr_json_key(json, "time");
    mr_clock_view_write(json, web);
    mr_json_field_string(json, "status", phase_name(web->phase));
    mr_json_field_string(json, "version", MILLRACE_VERSION);
    field_uint(json, "last_event", mr_event_feed_last(web->feed));
    write_streams(json, web);
    write_deliveries(json, web);
    write_functions(json, web);
    write_mappings(json, web);
    write_inputs(json, web);
    write_buckets(json, web);
    field_uint(json, "faults_active", active_faults(web));
    mr_json_field_string(json, "fatal", fatal == NULL ? NULL : fatal->message);
    mr_json_object_end(json);
}
