/* check_report.c - see check_report.h: the text form, and what both forms share. */
#include "src/config/check_report.h"

#include "sim/base/alloc.h"
#include "sim/firehose/prefix.h"
#include "sim/mapping/mapping_settings.h"

#include <inttypes.h>

#define EXAMPLE_TIME_US INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */
#define TEXT_WIDTH      15                        /* of the names before values */

/* ---- shared ---- */

uint64_t mr_check_report_size_mib(const mr_delivery_options *options,
                                  const mr_s3_destination *destination)
{
    bool has_partitions = options->dynamic_partitioning && destination == &options->destination;
    return destination->size_bytes != 0 ? destination->size_bytes / MR_MIB
           : has_partitions             ? 128
                                        : 5;
}

/* What stands in an example for the value of each key. NULL: there are none; owned with its texts.
 */
static mr_bytes *example_values(const mr_prefix *prefix, size_t *count)
{
    const mr_prefix_key *keys = mr_prefix_keys(prefix, count);
    mr_bytes *values = *count == 0 ? NULL : mr_calloc(*count, sizeof(*values));
    for (size_t i = 0; i < *count; i++) {
        values[i] = mr_bytes_of(mr_format("<%s>", keys[i].name));
    }
    return values;
}

static void free_values(mr_bytes *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free((char *)values[i].at);
    }
    mr_free(values);
}

void mr_check_report_key(const mr_delivery_options *options, const mr_s3_destination *destination,
                         const char *error_type, mr_strbuf *out)
{
    bool is_backup = destination == &options->backup;
    mr_prefix_options prefix_options = {
        .prefix = destination->prefix,
        .error_output_prefix = destination->error_output_prefix,
        .time_zone = destination->time_zone,
        .is_backup = is_backup,
        .has_partitions = options->dynamic_partitioning && !is_backup,
    };
    mr_prefix *prefix = NULL;
    if (mr_prefix_new(&prefix_options, &prefix, NULL) != MR_OK) {
        return;
    }
    size_t key_count;
    mr_bytes *values = example_values(prefix, &key_count);
    bool named = destination->file_extension != NULL && destination->file_extension[0] != '\0';
    mr_object_name name = {
        .delivery = options->name,
        .version = "1",
        .time_us = EXAMPLE_TIME_US,
        .error_type = error_type,
        .extension = error_type != NULL ? "" /* error objects are plain text */
                     : named            ? destination->file_extension
                                        : mr_compression_extension(destination->compression),
        .values = values,
    };
    mr_prng prng = mr_prng_named(1, "example");
    mr_prefix_object_key(prefix, &name, &prng, out);
    free_values(values, key_count);
    mr_prefix_free(prefix);
}

void mr_check_report_code(const mr_plan_function *function, mr_strbuf *out)
{
    const mr_function_options *options = &function->options;
    if (options->builtin != NULL) {
        mr_strbuf_appendf(out, "builtin %s", mr_builtin_kind_name(options->builtin->kind));
    } else {
        mr_strbuf_appendf(out, "%s %s", options->runtime, options->handler);
    }
}

const mr_plan_function *mr_check_report_function(const mr_plan *plan, const char *name_or_arn)
{
    const char *mark = name_or_arn == NULL ? NULL : strstr(name_or_arn, "function:");
    const char *from = mark == NULL ? name_or_arn : mark + 9;
    for (size_t i = 0; from != NULL && i < plan->function_count; i++) {
        mr_bytes name = {from, strcspn(from, ":")};
        if (mr_bytes_is(name, plan->functions[i].options.name)) {
            return &plan->functions[i];
        }
    }
    return NULL;
}

const char *mr_check_report_partitions(const mr_table *table)
{
    if (table->partition_key_count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < table->parameter_count; i++) {
        if (strcmp(table->parameters[i].name, "projection.enabled") == 0 &&
            mr_bytes_equal_nocase(mr_bytes_of(table->parameters[i].value),
                                  MR_BYTES_LITERAL("true"))) {
            return "projection";
        }
    }
    return "folders";
}

void mr_check_report_partition_key(const mr_producer_options *options, mr_strbuf *out)
{
    switch (options->key) {
    case MR_KEY_COLUMN:
        mr_strbuf_appendf(out, "column:%s", options->key_column);
        break;
    case MR_KEY_CONST:
        mr_strbuf_appendf(out, "const:%s", options->key_const);
        break;
    case MR_KEY_RANDOM:
        mr_strbuf_append_text(out, "random");
        break;
    case MR_KEY_ROUND_ROBIN:
        mr_strbuf_append_text(out, "round-robin");
        break;
    }
}

void mr_check_report_encode(const mr_producer_options *options, mr_strbuf *out)
{
    switch (options->encode.kind) {
    case MR_ENCODE_DELIMITED:
        if (options->encode.delimiter == '\t') {
            mr_strbuf_append_text(out, "delimited:tab");
        } else {
            mr_strbuf_appendf(out, "delimited:%c",
                              options->encode.delimiter == 0 ? '|' : options->encode.delimiter);
        }
        break;
    case MR_ENCODE_JSON:
        mr_strbuf_append_text(out, "json");
        break;
    case MR_ENCODE_CSV:
        mr_strbuf_append_text(out, "csv");
        break;
    case MR_ENCODE_RAW:
        mr_strbuf_append_text(out, "raw");
        break;
    }
}

/* ---- text ---- */

static void heading(mr_strbuf *out, const char *kind, const char *logical_id, int line)
{
    mr_strbuf_appendf(out, "\n%s %s (line %d)\n", kind, logical_id, line);
}

static void label(mr_strbuf *out, const char *name)
{
    mr_strbuf_appendf(out, "  %-*s ", TEXT_WIDTH, name);
}

static void row(mr_strbuf *out, const char *name, const char *format, ...) MR_PRINTF(3, 4);

static void row(mr_strbuf *out, const char *name, const char *format, ...)
{
    va_list args;
    label(out, name);
    va_start(args, format);
    mr_strbuf_vappendf(out, format, args);
    va_end(args);
    mr_strbuf_append_char(out, '\n');
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_stream(const mr_plan_stream *stream, mr_strbuf *out)
{
    const mr_stream_options *options = &stream->options;
    int64_t hours = options->retention_us / INT64_C(3600000000);
    heading(out, "data stream", stream->logical_id, stream->line);
    row(out, "name", "%s", options->name);
    row(out, "shards", "%" PRIu32 "%s", options->shard_count,
        options->on_demand ? ", on demand" : "");
    row(out, "retention", "%lld hours", (long long)hours);
    row(out, "largest record", "%" PRIu32 " KiB", options->record_kib_max);
}

static void print_hints(mr_strbuf *out, const mr_delivery_options *options,
                        const mr_s3_destination *destination)
{
    int64_t interval =
        destination->interval_us < 0 ? 300 : destination->interval_us / INT64_C(1000000);
    row(out, "buffer", "%" PRIu64 " MiB or %lld s, whichever comes first",
        mr_check_report_size_mib(options, destination), (long long)interval);
    row(out, "compression", "%s", mr_compression_name(destination->compression));
}

static void print_key(mr_strbuf *out, const char *name, const mr_delivery_options *options,
                      const mr_s3_destination *destination, const char *error_type)
{
    label(out, name);
    mr_check_report_key(options, destination, error_type, out);
    mr_strbuf_append_char(out, '\n');
}

static void print_transform(const mr_plan *plan, const mr_delivery_options *options, mr_strbuf *out)
{
    if (options->function == NULL) {
        row(out, "transform", "none");
        return;
    }
    const mr_plan_function *function = mr_check_report_function(plan, options->function);
    label(out, "transform");
    if (function == NULL) {
        mr_strbuf_appendf(out, "%s, which is not here", options->function);
    } else {
        mr_strbuf_appendf(out, "%s: ", function->logical_id);
        mr_check_report_code(function, out);
    }
    mr_strbuf_append_char(out, '\n');
    double mib = options->lambda_bytes == 0 ? 1.0 : (double)options->lambda_bytes / (double)MR_MIB;
    int64_t seconds =
        options->lambda_interval_us < 0 ? 60 : options->lambda_interval_us / INT64_C(1000000);
    int32_t retries = options->lambda_retries < 0 ? 3 : options->lambda_retries;
    row(out, "its buffer", "%.3g MiB or %lld s, %" PRId32 " retr%s", mib, (long long)seconds,
        retries, retries == 1 ? "y" : "ies");
}

static void print_delivery(const mr_plan *plan, const mr_plan_delivery *delivery, mr_strbuf *out)
{
    const mr_delivery_options *options = &delivery->options;
    heading(out, "delivery stream", delivery->logical_id, delivery->line);
    row(out, "name", "%s", options->name);
    row(out, "source", "%s", options->source == NULL ? "DirectPut" : options->source);
    print_transform(plan, options, out);
    if (options->dynamic_partitioning) {
        row(out, "partitions", "%s",
            options->partition_query != NULL ? options->partition_query : "by the function's keys");
    }
    if (options->append_delimiter) {
        row(out, "delimiter", "a newline after each record");
    }
    row(out, "bucket", "%s", options->destination.bucket);
    print_hints(out, options, &options->destination);
    print_key(out, "object", options, &options->destination, NULL);
    if (options->function != NULL) {
        print_key(out, "failed records", options, &options->destination, "processing-failed");
    }
    if (options->backup_enabled) {
        row(out, "backup", "%s", options->backup.bucket);
        print_hints(out, options, &options->backup);
        print_key(out, "object", options, &options->backup, NULL);
    }
}

static void print_function(const mr_plan_function *function, mr_strbuf *out)
{
    const mr_function_options *options = &function->options;
    heading(out, "function", function->logical_id, function->line);
    row(out, "name", "%s", options->name);
    label(out, "runs");
    mr_check_report_code(function, out);
    if (options->builtin != NULL) {
        mr_strbuf_appendf(out, ", in place of %s %s", options->runtime, options->handler);
    }
    mr_strbuf_append_char(out, '\n');
    if (options->directory != NULL) {
        row(out, "code", "%s", options->directory);
    } else if (function->inline_code != NULL) {
        row(out, "code", "inline, %zu bytes", strlen(function->inline_code));
    }
    row(out, "timeout", "%lld s", (long long)(options->timeout_us / INT64_C(1000000)));
    row(out, "memory", "%" PRIu32 " MiB", options->memory_mib);
}

static void print_batches(const mr_mapping_settings *s, mr_strbuf *out)
{
    label(out, "batches");
    mr_strbuf_appendf(out, "%" PRId64 " records", s->batch_size);
    if (s->window_s > 0) {
        mr_strbuf_appendf(out, " or %" PRId64 " s, whichever comes first", s->window_s);
    }
    if (s->lanes > 1) {
        mr_strbuf_appendf(out, "; %" PRId64 " of a shard at once", s->lanes);
    }
    mr_strbuf_append_char(out, '\n');
}

static void print_failures(const mr_mapping_settings *s, mr_strbuf *out)
{
    label(out, "failed ones");
    if (s->retries_max < 0) {
        mr_strbuf_append_text(out, "are tried until they leave the stream");
    } else {
        mr_strbuf_appendf(out, "are tried %" PRId64 " time%s more", s->retries_max,
                          plural((size_t)s->retries_max));
    }
    if (s->age_max_s >= 0) {
        mr_strbuf_appendf(out, ", for %" PRId64 " s at most", s->age_max_s);
    }
    if (s->bisect) {
        mr_strbuf_append_text(out, ", halved first");
    }
    if (s->failure_arn != NULL) {
        mr_strbuf_appendf(out, "; then they go to %s", s->failure_arn);
    }
    mr_strbuf_append_char(out, '\n');
}

static void print_mapping(const mr_plan *plan, const mr_plan_mapping *mapping, mr_strbuf *out)
{
    const mr_mapping_settings *s = &mapping->settings;
    const mr_plan_function *function = mr_check_report_function(plan, s->function);
    heading(out, "event source mapping", mapping->logical_id, mapping->line);
    row(out, "source", "%s", s->source_arn);
    row(out, "function", "%s", function == NULL ? s->function : function->logical_id);
    row(out, "from", "%s", mr_mapping_starting_name(s->starting));
    if (!s->enabled) {
        row(out, "state", "Disabled");
    }
    print_batches(s, out);
    print_failures(s, out);
    for (size_t i = 0; i < s->filter_count; i++) {
        row(out, "filter", "%s", s->filters[i]);
    }
}

static void print_columns(mr_strbuf *out, const char *name, const mr_column *columns, size_t count)
{
    label(out, name);
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(out, "%s%s %s", i == 0 ? "" : ", ", columns[i].name, columns[i].type);
    }
    mr_strbuf_append_char(out, '\n');
}

static void print_table(const mr_plan_table *table, mr_strbuf *out)
{
    const mr_table *t = &table->table;
    heading(out, "table", table->logical_id, table->line);
    row(out, "name", "%s.%s", t->database, t->name);
    row(out, "location", "%s", t->location == NULL ? "none" : t->location);
    row(out, "format", "%s", t->serde == NULL ? "none" : t->serde);
    print_columns(out, "columns", t->columns, t->column_count);
    const char *how = mr_check_report_partitions(t);
    if (how != NULL) {
        print_columns(out, "partitions", t->partition_keys, t->partition_key_count);
        row(out, "found by", "%s",
            strcmp(how, "projection") == 0 ? "partition projection"
                                           : "the folders of delivered objects");
    }
}

static void print_partition(const mr_plan_partition *partition, mr_strbuf *out)
{
    heading(out, "partition", partition->logical_id, partition->line);
    row(out, "table", "%s.%s", partition->database, partition->table);
    label(out, "values");
    for (size_t i = 0; i < partition->value_count; i++) {
        mr_strbuf_appendf(out, "%s%s", i == 0 ? "" : ", ", partition->values[i]);
    }
    mr_strbuf_append_char(out, '\n');
    row(out, "location", "%s", partition->location);
}

void mr_check_report_input(const mr_plan_input *input, mr_strbuf *out)
{
    mr_strbuf_appendf(out, "\ninput %s (line %d)\n", input->file, input->line);
    row(out, "stream", "%s", input->stream);
    if (input->options.rate > 0) {
        row(out, "rate", "%g rows a second", input->options.rate);
    } else {
        row(out, "rate", "as fast as the stream takes them");
    }
    label(out, "partition key");
    mr_check_report_partition_key(&input->options, out);
    mr_strbuf_append_char(out, '\n');
    label(out, "record");
    mr_check_report_encode(&input->options, out);
    mr_strbuf_append_text(out,
                          input->options.encode.load_time ? ", with the time of loading\n" : "\n");
}

void mr_check_report_lines(const char *text, mr_strbuf *out)
{
    mr_bytes rest = mr_bytes_trim(mr_bytes_of(text));
    while (rest.len > 0) {
        size_t end = mr_bytes_find(rest, '\n');
        mr_strbuf_append_text(out, "  ");
        mr_strbuf_append(out, rest.at, end);
        mr_strbuf_append_char(out, '\n');
        size_t taken = mr_min_size(end + 1, rest.len);
        rest = (mr_bytes){rest.at + taken, rest.len - taken};
    }
}

static void print_query(const mr_plan_query *query, mr_strbuf *out)
{
    if (query->logical_id == NULL) {
        mr_strbuf_appendf(out, "\nquery %s (line %d)\n", query->name, query->line);
    } else {
        heading(out, "named query", query->logical_id, query->line);
        row(out, "name", "%s", query->name);
        row(out, "database", "%s", query->database);
    }
    mr_check_report_lines(query->sql, out);
}

static void print_findings(const mr_plan *plan, mr_finding_kind kind, const char *title,
                           mr_strbuf *out)
{
    bool any = false;
    for (size_t i = 0; i < plan->finding_count; i++) {
        if (plan->findings[i].kind != kind) {
            continue;
        }
        if (!any) {
            mr_strbuf_appendf(out, "\n%s\n", title);
            any = true;
        }
        char *text = mr_finding_text(plan, &plan->findings[i]);
        mr_strbuf_appendf(out, "  %s\n", text);
        mr_free(text);
    }
}

static void print_summary(const mr_plan *plan, mr_strbuf *out)
{
    const struct {
        const char *name;
        size_t count;
    } counts[] = {
        {"data stream", plan->stream_count}, {"delivery stream", plan->delivery_count},
        {"function", plan->function_count},  {"event source mapping", plan->mapping_count},
        {"bucket", plan->bucket_count},      {"database", plan->database_count},
        {"table", plan->table_count},        {"partition", plan->partition_count},
        {"input", plan->input_count},
    };
    size_t warnings = 0;
    for (size_t i = 0; i < plan->finding_count; i++) {
        warnings += plan->findings[i].kind == MR_FINDING_WARNING ? 1 : 0;
    }
    mr_strbuf_appendf(out, "\n%s: ", plan->file);
    for (size_t i = 0; i < MR_COUNT(counts); i++) {
        mr_strbuf_appendf(out, "%zu %s%s, ", counts[i].count, counts[i].name,
                          plural(counts[i].count));
    }
    mr_strbuf_appendf(out, "%zu quer%s; %zu warning%s, %zu error%s\n", plan->query_count,
                      plan->query_count == 1 ? "y" : "ies", warnings, plural(warnings),
                      plan->error_count, plural(plan->error_count));
}

void mr_check_report_text(const mr_plan *plan, mr_strbuf *out)
{
    mr_strbuf_appendf(out, "%s: stack %s, region %s, account %s\n", plan->file, plan->stack,
                      plan->region, plan->account);
    for (size_t i = 0; i < plan->stream_count; i++) {
        print_stream(&plan->streams[i], out);
    }
    for (size_t i = 0; i < plan->delivery_count; i++) {
        print_delivery(plan, &plan->deliveries[i], out);
    }
    for (size_t i = 0; i < plan->function_count; i++) {
        print_function(&plan->functions[i], out);
    }
    for (size_t i = 0; i < plan->mapping_count; i++) {
        print_mapping(plan, &plan->mappings[i], out);
    }
    for (size_t i = 0; i < plan->bucket_count; i++) {
        heading(out, "bucket", plan->buckets[i].logical_id, plan->buckets[i].line);
        row(out, "name", "%s", plan->buckets[i].name);
    }
    for (size_t i = 0; i < plan->database_count; i++) {
        heading(out, "database", plan->databases[i].logical_id, plan->databases[i].line);
        row(out, "name", "%s", plan->databases[i].name);
    }
    for (size_t i = 0; i < plan->table_count; i++) {
        print_table(&plan->tables[i], out);
    }
    for (size_t i = 0; i < plan->partition_count; i++) {
        print_partition(&plan->partitions[i], out);
    }
    for (size_t i = 0; i < plan->input_count; i++) {
        mr_check_report_input(&plan->inputs[i], out);
    }
    for (size_t i = 0; i < plan->query_count; i++) {
        print_query(&plan->queries[i], out);
    }
    print_findings(plan, MR_FINDING_WARNING, "taken by AWS, without effect here:", out);
    print_findings(plan, MR_FINDING_ERROR, "to be mended:", out);
    print_summary(plan, out);
}
