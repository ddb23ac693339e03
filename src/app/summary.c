/* summary.c - see summary.h. Counts come from the services; nothing is counted here twice. */
#include "src/app/summary.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/app/log_line.h"
#include "src/console/figures.h"
#include "src/platform/platform.h"

typedef void (*show_bucket_fn)(void *context, const char *name, uint64_t objects, uint64_t bytes);

/* Shows every bucket with its totals, up to the first whose totals cannot be had. */
static mr_code show_buckets(mr_sim *sim, show_bucket_fn show, void *context, mr_error *err)
{
    char **buckets = mr_store_buckets(mr_sim_store(sim));
    mr_code code = MR_OK;
    for (size_t i = 0; buckets[i] != NULL; i++) {
        uint64_t objects = 0;
        uint64_t bytes = 0;
        if (code == MR_OK) {
            code = mr_store_totals(mr_sim_store(sim), buckets[i], &objects, &bytes, err);
        }
        if (code == MR_OK) {
            show(context, buckets[i], objects, bytes);
        }
        mr_free(buckets[i]);
    }
    mr_free(buckets);
    return code;
}

/* ---- text ---- */

/* "7,584 rows" and a separator before all but the first of a line. */
static void append_item(mr_strbuf *out, const char *separator, uint64_t value, const char *what)
{
    mr_strbuf_append_text(out, separator);
    mr_figure_count(out, value);
    mr_strbuf_append_char(out, ' ');
    mr_strbuf_append_text(out, what);
}

static void append_inputs(const mr_pipeline *pipeline, mr_strbuf *out)
{
    for (size_t i = 0; i < mr_pipeline_input_count(pipeline); i++) {
        mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, i);
        const mr_producer_counts *counts = &input.counts;
        mr_strbuf_appendf(out, "input      %s -> %s: ", input.file, input.target);
        append_item(out, "", counts->rows, "rows in");
        append_item(out, ", ", counts->records, "records put in ");
        mr_figure_count(out, counts->batches);
        mr_strbuf_append_text(out, counts->batches == 1 ? " batch\n           "
                                                        : " batches\n           ");
        append_item(out, "", counts->throttled, "throttled");
        append_item(out, ", ", counts->retries, "retried");
        append_item(out, ", ", counts->rejected, "rejected");
        if (counts->skipped > 0) {
            append_item(out, ", ", counts->skipped, "already stored");
        }
        if (counts->given_up > 0) {
            append_item(out, ", ", counts->given_up, "given up");
        }
        if (input.rejects_path != NULL) {
            mr_strbuf_appendf(out, " (see %s)", input.rejects_path);
        }
        mr_strbuf_append_char(out, '\n');
    }
}

static void append_delivery(mr_delivery *delivery, mr_strbuf *out)
{
    mr_delivery_counts counts = mr_delivery_count(delivery);
    mr_strbuf_appendf(out, "delivery   %s: ", mr_delivery_name(delivery));
    append_item(out, "", counts.ok, "transformed");
    append_item(out, ", ", counts.dropped, "dropped");
    append_item(out, ", ", counts.failed, "failed");
    append_item(out, ", ", counts.backed_up, "backed up");
    mr_strbuf_append_text(out, "\n           flushed ");
    append_item(out, "", counts.flush_size, "by size");
    append_item(out, ", ", counts.flush_interval, "by interval");
    append_item(out, ", ", counts.flush_drain, "by drain");
    if (counts.put_retries + counts.invocation_retries > 0) {
        append_item(out, "; retried ", counts.put_retries, "puts");
        append_item(out, ", ", counts.invocation_retries, "invocations");
    }
    if (counts.expired + counts.discarded > 0) {
        append_item(out, "; ", counts.expired, "expired");
        append_item(out, ", ", counts.discarded, "discarded");
    }
    mr_strbuf_append_char(out, '\n');
}

static void append_deliveries(mr_sim *sim, mr_strbuf *out)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    for (size_t i = 0; i < count; i++) {
        append_delivery(deliveries[i], out);
    }
    mr_free(deliveries);
}

/* "stream -> function": what a person calls a mapping. Owned. */
static char *mapping_name(const mr_mapping_view *view)
{
    const char *stream = strchr(view->settings->source_arn, '/');
    const char *function = strstr(view->settings->function, "function:");
    return mr_format("%s -> %s", stream == NULL ? view->settings->source_arn : stream + 1,
                     function == NULL ? view->settings->function : function + strlen("function:"));
}

static void append_mapping(mr_mapping *mapping, mr_strbuf *out)
{
    const mr_mapping_counts counts = mr_mapping_count(mapping);
    const mr_mapping_view view = mr_mapping_look(mapping);
    char *name = mapping_name(&view);
    mr_strbuf_appendf(out, "mapping    %s: ", name);
    append_item(out, "", counts.done, "records done");
    append_item(out, ", ", counts.given_up, "given up");
    append_item(out, ", ", counts.filtered, "filtered out");
    append_item(out, "\n           ", counts.invocations, "invocations");
    append_item(out, ", ", counts.retries, "of them retries");
    if (counts.failure_objects > 0) {
        append_item(out, "; ", counts.failure_objects,
                    counts.failure_objects == 1 ? "failure object" : "failure objects");
    }
    if (counts.expired > 0) {
        append_item(out, "; ", counts.expired, "expired");
    }
    mr_strbuf_append_char(out, '\n');
    mr_free(name);
}

static void append_mappings(mr_sim *sim, mr_strbuf *out)
{
    size_t count;
    mr_mapping **mappings = mr_mappings_list(mr_sim_mappings(sim), &count);
    for (size_t i = 0; i < count; i++) {
        append_mapping(mappings[i], out);
    }
    mr_free(mappings);
}

static void append_bucket(void *context, const char *name, uint64_t objects, uint64_t bytes)
{
    mr_strbuf *out = context;
    mr_strbuf_appendf(out, "bucket     %s: ", name);
    append_item(out, "", objects, objects == 1 ? "object" : "objects");
    append_item(out, ", ", bytes, "bytes\n");
}

mr_code mr_summary_text(const mr_summary *summary, mr_strbuf *out, mr_error *err)
{
    append_inputs(summary->pipeline, out);
    append_deliveries(summary->sim, out);
    append_mappings(summary->sim, out);
    mr_code code = show_buckets(summary->sim, append_bucket, out, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_clock *clock = mr_sim_clock(summary->sim);
    char iso[MR_ISO_SIZE];
    mr_iso_format(mr_clock_wall_us(clock), iso);
    mr_strbuf_appendf(out, "time       %.19sZ, ", iso);
    mr_figure_duration(out, mr_clock_now_us(clock) - summary->start_us);
    mr_strbuf_append_text(out, " simulated in ");
    mr_figure_duration(out, summary->wall_us);
    mr_strbuf_appendf(out, "\nseed       %llu\n", (unsigned long long)mr_sim_seed(summary->sim));
    if (summary->digest != NULL) {
        mr_strbuf_appendf(out, "digest     %s\n", summary->digest);
    }
    return MR_OK;
}

/* ---- JSON ---- */

static void json_inputs(const mr_pipeline *pipeline, mr_json *json)
{
    mr_json_key(json, "inputs");
    mr_json_array_begin(json);
    for (size_t i = 0; i < mr_pipeline_input_count(pipeline); i++) {
        mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, i);
        mr_json_object_begin(json);
        mr_json_field_string(json, "file", input.file);
        mr_json_field_string(json, "target", input.target);
        mr_json_field_int(json, "rows", (int64_t)input.counts.rows);
        mr_json_field_int(json, "records", (int64_t)input.counts.records);
        mr_json_field_int(json, "batches", (int64_t)input.counts.batches);
        mr_json_field_int(json, "throttled", (int64_t)input.counts.throttled);
        mr_json_field_int(json, "retries", (int64_t)input.counts.retries);
        mr_json_field_int(json, "rejected", (int64_t)input.counts.rejected);
        mr_json_field_int(json, "skipped", (int64_t)input.counts.skipped);
        mr_json_field_int(json, "given_up", (int64_t)input.counts.given_up);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void json_delivery(mr_delivery *delivery, mr_json *json)
{
    mr_delivery_counts counts = mr_delivery_count(delivery);
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"read", counts.read},
        {"records", counts.taken},
        {"transformed", counts.ok},
        {"dropped", counts.dropped},
        {"failed", counts.failed},
        {"delivered", counts.delivered},
        {"error_delivered", counts.error_delivered},
        {"backed_up", counts.backed_up},
        {"expired", counts.expired},
        {"discarded", counts.discarded},
        {"objects", counts.objects},
        {"error_objects", counts.error_objects},
        {"backup_objects", counts.backup_objects},
        {"flushed_by_size", counts.flush_size},
        {"flushed_by_interval", counts.flush_interval},
        {"flushed_by_drain", counts.flush_drain},
        {"put_retries", counts.put_retries},
        {"invocations", counts.invocations},
        {"invocation_retries", counts.invocation_retries},
        {"partitions_exceeded", counts.partitions_exceeded},
    };
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", mr_delivery_name(delivery));
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        mr_json_field_int(json, members[i].name, (int64_t)members[i].value);
    }
    mr_json_object_end(json);
}

static void json_deliveries(mr_sim *sim, mr_json *json)
{
    mr_json_key(json, "deliveries");
    mr_json_array_begin(json);
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    for (size_t i = 0; i < count; i++) {
        json_delivery(deliveries[i], json);
    }
    mr_free(deliveries);
    mr_json_array_end(json);
}

static void json_mapping(mr_mapping *mapping, mr_json *json)
{
    const mr_mapping_counts counts = mr_mapping_count(mapping);
    const mr_mapping_view view = mr_mapping_look(mapping);
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"read", counts.read},         {"done", counts.done},
        {"given_up", counts.given_up}, {"filtered", counts.filtered},
        {"expired", counts.expired},   {"invocations", counts.invocations},
        {"retries", counts.retries},   {"failure_objects", counts.failure_objects},
    };
    mr_json_object_begin(json);
    mr_json_field_string(json, "uuid", view.uuid);
    mr_json_field_string(json, "source", view.settings->source_arn);
    mr_json_field_string(json, "function", view.settings->function);
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        mr_json_field_int(json, members[i].name, (int64_t)members[i].value);
    }
    mr_json_object_end(json);
}

static void json_mappings(mr_sim *sim, mr_json *json)
{
    mr_json_key(json, "mappings");
    mr_json_array_begin(json);
    size_t count;
    mr_mapping **mappings = mr_mappings_list(mr_sim_mappings(sim), &count);
    for (size_t i = 0; i < count; i++) {
        json_mapping(mappings[i], json);
    }
    mr_free(mappings);
    mr_json_array_end(json);
}

static void json_bucket(void *context, const char *name, uint64_t objects, uint64_t bytes)
{
    mr_json *json = context;
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", name);
    mr_json_field_int(json, "objects", (int64_t)objects);
    mr_json_field_int(json, "bytes", (int64_t)bytes);
    mr_json_object_end(json);
}

static mr_code json_buckets(mr_sim *sim, mr_json *json, mr_error *err)
{
    mr_json_key(json, "buckets");
    mr_json_array_begin(json);
    mr_code code = show_buckets(sim, json_bucket, json, err);
    mr_json_array_end(json);
    return code;
}

mr_code mr_summary_json(const mr_summary *summary, mr_strbuf *out, mr_error *err)
{
    const mr_clock *clock = mr_sim_clock(summary->sim);
    const mr_time_source wall = mr_platform_wall_time();
    mr_json json = mr_json_make(out);
    mr_log_line_begin(&json, &(mr_log_line){.level = MR_LOG_INFO,
                                            .message = "summary of the run",
                                            .time_us = wall.now_us(wall.context),
                                            .world_us = mr_clock_wall_us(clock)});
    mr_json_field_int(&json, "format", 1);
    json_inputs(summary->pipeline, &json);
    json_deliveries(summary->sim, &json);
    json_mappings(summary->sim, &json);
    mr_code code = json_buckets(summary->sim, &json, err);
    mr_json_field_int(&json, "simulated_us", mr_clock_now_us(clock) - summary->start_us);
    mr_json_field_int(&json, "wall_us", summary->wall_us);
    mr_json_field_int(&json, "seed", (int64_t)mr_sim_seed(summary->sim));
    if (summary->digest != NULL) {
        mr_json_field_string(&json, "digest", summary->digest);
    }
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
    return code;
}
