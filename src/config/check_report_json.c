/* check_report_json.c - the JSON form of check_report.h. */
#include "sim/base/json.h"
#include "src/config/check_report.h"

#include "sim/mapping/mapping_settings.h"

static void write_where(mr_json *json, const char *logical_id, int line)
{
    mr_json_field_string(json, "logicalId", logical_id);
    mr_json_field_int(json, "line", line);
}

static void write_streams(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "streams");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->stream_count; i++) {
        const mr_plan_stream *stream = &plan->streams[i];
        mr_json_object_begin(json);
        write_where(json, stream->logical_id, stream->line);
        mr_json_field_string(json, "name", stream->options.name);
        mr_json_field_int(json, "shards", stream->options.shard_count);
        mr_json_field_bool(json, "onDemand", stream->options.on_demand);
        mr_json_field_int(json, "retentionHours",
                          stream->options.retention_us / INT64_C(3600000000));
        mr_json_field_int(json, "maxRecordSizeInKiB", stream->options.record_kib_max);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_key(mr_json *json, const char *member, const mr_delivery_options *options,
                      const mr_s3_destination *destination, const char *error_type)
{
    mr_strbuf key = mr_strbuf_make(8 * MR_KIB);
    mr_check_report_key(options, destination, error_type, &key);
    mr_json_field_string(json, member, mr_strbuf_text(&key));
    mr_strbuf_deinit(&key);
}

static void write_destination(mr_json *json, const char *member, const mr_delivery_options *options,
                              const mr_s3_destination *destination)
{
    mr_json_key(json, member);
    mr_json_object_begin(json);
    mr_json_field_string(json, "bucket", destination->bucket);
    mr_json_field_int(json, "sizeInMBs", (int64_t)mr_check_report_size_mib(options, destination));
    mr_json_field_int(json, "intervalInSeconds",
                      destination->interval_us < 0 ? 300
                                                   : destination->interval_us / INT64_C(1000000));
    mr_json_field_string(json, "compression", mr_compression_name(destination->compression));
    write_key(json, "exampleKey", options, destination, NULL);
    if (destination == &options->destination && options->function != NULL) {
        write_key(json, "exampleErrorKey", options, destination, "processing-failed");
    }
    mr_json_object_end(json);
}

static void write_transform(mr_json *json, const mr_plan *plan, const mr_delivery_options *options)
{
    const mr_plan_function *function = mr_check_report_function(plan, options->function);
    mr_json_key(json, "transform");
    mr_json_object_begin(json);
    mr_json_field_string(json, "lambdaArn", options->function);
    mr_json_field_string(json, "function", function == NULL ? NULL : function->logical_id);
    mr_json_key(json, "bufferSizeInMBs");
    mr_json_double(
        json, options->lambda_bytes == 0 ? 1.0 : (double)options->lambda_bytes / (double)MR_MIB);
    mr_json_field_int(
        json, "bufferIntervalInSeconds",
        options->lambda_interval_us < 0 ? 60 : options->lambda_interval_us / INT64_C(1000000));
    mr_json_field_int(json, "numberOfRetries",
                      options->lambda_retries < 0 ? 3 : options->lambda_retries);
    mr_json_object_end(json);
}

static void write_deliveries(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "deliveryStreams");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->delivery_count; i++) {
        const mr_delivery_options *options = &plan->deliveries[i].options;
        mr_json_object_begin(json);
        write_where(json, plan->deliveries[i].logical_id, plan->deliveries[i].line);
        mr_json_field_string(json, "name", options->name);
        mr_json_field_string(json, "source", options->source);
        if (options->function != NULL) {
            write_transform(json, plan, options);
        }
        mr_json_field_bool(json, "appendDelimiter", options->append_delimiter);
        write_destination(json, "destination", options, &options->destination);
        if (options->backup_enabled) {
            write_destination(json, "backup", options, &options->backup);
        }
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_functions(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "functions");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->function_count; i++) {
        const mr_plan_function *function = &plan->functions[i];
        const mr_function_options *options = &function->options;
        mr_strbuf code = mr_strbuf_make(4 * MR_KIB);
        mr_check_report_code(function, &code);
        mr_json_object_begin(json);
        write_where(json, function->logical_id, function->line);
        mr_json_field_string(json, "name", options->name);
        mr_json_field_string(json, "runs", mr_strbuf_text(&code));
        mr_json_field_bool(json, "builtin", options->builtin != NULL);
        mr_json_field_string(json, "runtime", options->runtime);
        mr_json_field_string(json, "handler", options->handler);
        mr_json_field_string(json, "directory", options->directory);
        mr_json_field_bool(json, "inline", function->inline_code != NULL);
        mr_json_field_int(json, "timeout", options->timeout_us / INT64_C(1000000));
        mr_json_field_int(json, "memorySize", options->memory_mib);
        mr_json_object_end(json);
        mr_strbuf_deinit(&code);
    }
    mr_json_array_end(json);
}

static void write_mappings(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "eventSourceMappings");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->mapping_count; i++) {
        const mr_plan_mapping *mapping = &plan->mappings[i];
        const mr_mapping_settings *s = &mapping->settings;
        const mr_plan_function *function = mr_check_report_function(plan, s->function);
        mr_json_object_begin(json);
        write_where(json, mapping->logical_id, mapping->line);
        mr_json_field_string(json, "uuid", mapping->uuid);
        mr_json_field_string(json, "source", s->source_arn);
        mr_json_field_string(json, "function", function == NULL ? NULL : function->logical_id);
        mr_json_field_string(json, "startingPosition", mr_mapping_starting_name(s->starting));
        mr_json_field_bool(json, "enabled", s->enabled);
        mr_json_field_int(json, "batchSize", s->batch_size);
        mr_json_field_int(json, "windowSeconds", s->window_s);
        mr_json_field_int(json, "parallelizationFactor", s->lanes);
        mr_json_field_int(json, "retries", s->retries_max);
        mr_json_field_int(json, "recordAgeSeconds", s->age_max_s);
        mr_json_field_bool(json, "bisect", s->bisect);
        mr_json_field_bool(json, "reportBatchItemFailures", s->reports_items);
        mr_json_field_string(json, "onFailure", s->failure_arn);
        mr_json_field_int(json, "filters", (int64_t)s->filter_count);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_stores(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "buckets");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->bucket_count; i++) {
        mr_json_object_begin(json);
        write_where(json, plan->buckets[i].logical_id, plan->buckets[i].line);
        mr_json_field_string(json, "name", plan->buckets[i].name);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
    mr_json_key(json, "databases");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->database_count; i++) {
        mr_json_object_begin(json);
        write_where(json, plan->databases[i].logical_id, plan->databases[i].line);
        mr_json_field_string(json, "name", plan->databases[i].name);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_columns(mr_json *json, const char *member, const mr_column *columns, size_t count)
{
    mr_json_key(json, member);
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        mr_json_object_begin(json);
        mr_json_field_string(json, "name", columns[i].name);
        mr_json_field_string(json, "type", columns[i].type);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_tables(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "tables");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->table_count; i++) {
        const mr_table *table = &plan->tables[i].table;
        mr_json_object_begin(json);
        write_where(json, plan->tables[i].logical_id, plan->tables[i].line);
        mr_json_field_string(json, "database", table->database);
        mr_json_field_string(json, "name", table->name);
        mr_json_field_string(json, "location", table->location);
        mr_json_field_string(json, "serde", table->serde);
        write_columns(json, "columns", table->columns, table->column_count);
        write_columns(json, "partitionKeys", table->partition_keys, table->partition_key_count);
        mr_json_field_string(json, "partitionsFoundBy", mr_check_report_partitions(table));
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_partitions(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "partitions");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->partition_count; i++) {
        const mr_plan_partition *partition = &plan->partitions[i];
        mr_json_object_begin(json);
        write_where(json, partition->logical_id, partition->line);
        mr_json_field_string(json, "database", partition->database);
        mr_json_field_string(json, "table", partition->table);
        mr_json_key(json, "values");
        mr_json_array_begin(json);
        for (size_t v = 0; v < partition->value_count; v++) {
            mr_json_text(json, partition->values[v]);
        }
        mr_json_array_end(json);
        mr_json_field_string(json, "location", partition->location);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

void mr_check_report_input_json(const mr_plan_input *input, mr_json *json)
{
    mr_strbuf key = mr_strbuf_make(64 * MR_KIB), encode = mr_strbuf_make(64);
    mr_check_report_partition_key(&input->options, &key);
    mr_check_report_encode(&input->options, &encode);
    mr_json_object_begin(json);
    mr_json_field_int(json, "line", input->line);
    mr_json_field_string(json, "stream", input->stream);
    mr_json_field_string(json, "file", input->file);
    mr_json_field_string(json, "partitionKey", mr_strbuf_text(&key));
    mr_json_field_string(json, "encode", mr_strbuf_text(&encode));
    mr_json_field_bool(json, "loadTime", input->options.encode.load_time);
    mr_json_key(json, "rowsPerSecond");
    if (input->options.rate > 0) {
        mr_json_double(json, input->options.rate);
    } else {
        mr_json_null(json);
    }
    mr_json_object_end(json);
    mr_strbuf_deinit(&key);
    mr_strbuf_deinit(&encode);
}

static void write_inputs(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "inputs");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->input_count; i++) {
        mr_check_report_input_json(&plan->inputs[i], json);
    }
    mr_json_array_end(json);
    mr_json_key(json, "queries");
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->query_count; i++) {
        mr_json_object_begin(json);
        write_where(json, plan->queries[i].logical_id, plan->queries[i].line);
        mr_json_field_string(json, "name", plan->queries[i].name);
        mr_json_field_string(json, "database", plan->queries[i].database);
        mr_json_field_string(json, "sql", plan->queries[i].sql);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static size_t write_findings(mr_json *json, const mr_plan *plan, const char *member,
                             mr_finding_kind kind)
{
    size_t count = 0;
    mr_json_key(json, member);
    mr_json_array_begin(json);
    for (size_t i = 0; i < plan->finding_count; i++) {
        const mr_finding *finding = &plan->findings[i];
        if (finding->kind == kind) {
            mr_json_object_begin(json);
            mr_json_field_int(json, "line", finding->line);
            mr_json_field_string(json, "path", finding->path);
            mr_json_field_string(json, "message", finding->message);
            mr_json_object_end(json);
            count++;
        }
    }
    mr_json_array_end(json);
    return count;
}

void mr_check_report_json(const mr_plan *plan, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "format", 1);
    mr_json_field_string(&json, "file", plan->file);
    mr_json_field_string(&json, "description", plan->description);
    mr_json_field_string(&json, "stack", plan->stack);
    mr_json_field_string(&json, "region", plan->region);
    mr_json_field_string(&json, "account", plan->account);
    mr_json_key(&json, "runs");
    mr_json_object_begin(&json);
    write_streams(&json, plan);
    write_deliveries(&json, plan);
    write_functions(&json, plan);
    write_mappings(&json, plan);
    write_stores(&json, plan);
    write_tables(&json, plan);
    write_partitions(&json, plan);
    write_inputs(&json, plan);
    mr_json_object_end(&json);
    size_t warnings = write_findings(&json, plan, "warnings", MR_FINDING_WARNING);
    size_t errors = write_findings(&json, plan, "errors", MR_FINDING_ERROR);
    mr_json_field_int(&json, "warningCount", (int64_t)warnings);
    mr_json_field_int(&json, "errorCount", (int64_t)errors);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}
