/* delivery_open.c - making a delivery stream from its options and what catalog.db knows of it. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/delivery_options.h"
#include "sim/firehose/delivery_private.h"

#define POLL_US    MR_US_PER_SECOND /* of a data stream */
#define ERROR_TYPE "processing-failed"

/* DirectPut in the large regions: reference/firehose.md section 3. */
#define PUT_CALLS_PER_SECOND   2000
#define PUT_RECORDS_PER_SECOND 500000
#define PUT_BYTES_PER_SECOND   (5 * (int64_t)MR_MIB)

/* ':' is not allowed in names of data streams, so no stream of the user's has this one. */
char *mr_delivery_ring_name(const char *delivery)
{
    return mr_format("firehose:%s", delivery);
}

static mr_code find_source(mr_delivery *delivery, mr_error *err)
{
    mr_streams *streams = delivery->owner->options.streams;
    if (delivery->options.source != NULL) {
        delivery->source = mr_streams_find(streams, delivery->options.source);
        return delivery->source != NULL
                   ? MR_OK
                   : mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %s under account %s not found.",
                                  delivery->options.source, delivery->owner->options.account);
    }
    char *name = mr_delivery_ring_name(delivery->options.name);
    mr_code code = MR_OK;
    delivery->source = mr_streams_find(streams, name);
    if (delivery->source == NULL) {
        code = mr_streams_create(
            streams, &(mr_stream_options){.name = name, .shard_count = 1, .internal = true},
            &delivery->source, err);
    }
    mr_free(name);
    return code;
}

/* Whether catalog.db knows the delivery stream, and that it reads what it read. */
static mr_code find_stored(mr_delivery *delivery, bool *found, mr_error *err)
{
    mr_db *db = delivery->owner->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT source FROM delivery_streams WHERE name = ?");
    mr_stmt_bind_text(stmt, 1, delivery->options.name);
    mr_code code = mr_stmt_step(db, stmt, found, err);
    if (code != MR_OK) {
        return code;
    }
    if (*found) {
        const char *source = mr_stmt_text(stmt, 0), *given = delivery->options.source;
        if (source == NULL || given == NULL ? source != given : strcmp(source, given) != 0) {
            code =
                mr_error_set(err, MR_INVALID_ARGUMENT,
                             "delivery stream %s reads %s%s in this state directory, not %s%s: "
                             "give it another name, or start with an empty state directory",
                             delivery->options.name, source == NULL ? "" : "stream ",
                             source == NULL ? "direct puts" : source,
                             given == NULL ? "" : "stream ", given == NULL ? "direct puts" : given);
        }
    }
    mr_stmt_done(stmt);
    return code;
}

/* Writes down that a new delivery stream is there. */
static mr_code store_new(mr_delivery *delivery, mr_error *err)
{
    mr_db *db = delivery->owner->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "INSERT INTO delivery_streams(name, source, created_us) VALUES(?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, delivery->options.name);
    mr_stmt_bind_text(stmt, 2, delivery->options.source);
    mr_stmt_bind_int(stmt, 3, mr_clock_wall_us(delivery->owner->options.clock));
    return mr_stmt_run(db, stmt, err);
}

/* Where a new delivery stream begins, or what an earlier process has not known: in one
 * transaction, so that the next process finds all of it or makes all of it. */
static mr_code store_beginning(mr_delivery *delivery, bool is_new, mr_error *err)
{
    mr_db *db = delivery->owner->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = is_new ? store_new(delivery, err) : MR_OK;
    if (code == MR_OK) {
        code = mr_delivery_store_slots(delivery, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

mr_code mr_delivery_make_prefix(const mr_s3_destination *destination, bool is_backup,
                                mr_prefix **out, mr_error *err)
{
    mr_prefix_options options = {.prefix = destination->prefix,
                                 .error_output_prefix = destination->error_output_prefix,
                                 .time_zone = destination->time_zone,
                                 .is_backup = is_backup};
    return mr_prefix_new(&options, out, err);
}

mr_code mr_delivery_make_main_prefix(const mr_delivery_options *options, mr_prefix **prefix,
                                     mr_partition_keys **keys, mr_error *err)
{
    const mr_s3_destination *destination = &options->destination;
    mr_prefix_options wanted = {.prefix = destination->prefix,
                                .error_output_prefix = destination->error_output_prefix,
                                .time_zone = destination->time_zone,
                                .has_partitions = options->dynamic_partitioning};
    mr_code code = mr_prefix_new(&wanted, prefix, err);
    if (code == MR_OK && options->dynamic_partitioning) {
        code = mr_partition_keys_new(*prefix, options->partition_query, options->function != NULL,
                                     keys, err);
    }
    return code;
}

mr_sub_records *mr_delivery_sub_records_new(const mr_delivery_options *options)
{
    mr_deaggregation deaggregation;
    if (options->deaggregation != MR_DEAGGREGATE_NONE) {
        mr_error err;
        mr_code code = mr_deaggregation_of(options, &deaggregation, &err);
        MR_ASSERT(code == MR_OK); /* mr_delivery_options_check() has looked */
    }
    return mr_sub_records_new(options->source != NULL, options->deaggregation == MR_DEAGGREGATE_NONE
                                                           ? NULL
                                                           : &deaggregation);
}

static void object_written(void *context, const char *bucket, const mr_object *object)
{
    mr_delivery *delivery = context;
    if (delivery->owner->on_object != NULL) {
        delivery->owner->on_object(delivery->owner->on_object_context, bucket, object);
    }
}

/* ---- sinks ---- */

mr_sink_options mr_delivery_sink_options(mr_delivery *delivery, const char *name,
                                         const mr_s3_destination *destination)
{
    const mr_deliveries_options *world = &delivery->owner->options;
    mr_sink_options options = {
        .name = name,
        .delivery = delivery->options.name,
        .version = delivery->version,
        .bucket = destination->bucket,
        .size_bytes = destination->size_bytes,
        .interval_us = destination->interval_us,
        .source = delivery->source,
        .clock = world->clock,
        .trace = world->trace,
        .faults = world->faults,
        .db = world->db,
        .store = world->store,
        .seed = world->seed,
    };
    mr_delivery_wire_sink(delivery, &options);
    return options;
}

mr_sink_options mr_delivery_main_options(mr_delivery *delivery)
{
    const mr_s3_destination *destination = &delivery->options.destination;
    mr_sink_options options = mr_delivery_sink_options(delivery, "main", destination);
    options.prefix = delivery->prefix;
    options.coverage = delivery->processed;
    options.compression = destination->compression;
    options.extension = destination->file_extension;
    options.append_delimiter = delivery->options.append_delimiter;
    options.on_object = object_written;
    options.on_object_context = delivery;
    options.ordinals = &delivery->main_ordinals;
    return options;
}

mr_sink_options mr_delivery_partition_options(mr_delivery *delivery)
{
    mr_sink_options options = mr_delivery_main_options(delivery);
    options.retry_us = delivery->options.partition_retry_us;
    return options;
}

/* Seen on AWS: error objects are plain text and have no extension. */
mr_sink_options mr_delivery_error_options(mr_delivery *delivery)
{
    mr_sink_options options =
        mr_delivery_sink_options(delivery, "error", &delivery->options.destination);
    options.prefix = delivery->prefix;
    options.coverage = delivery->processed;
    options.compression = MR_COMPRESSION_NONE;
    options.extension = "";
    options.error_type = ERROR_TYPE;
    return options;
}

mr_sink_options mr_delivery_backup_options(mr_delivery *delivery)
{
    const mr_s3_destination *destination = &delivery->options.backup;
    mr_sink_options options = mr_delivery_sink_options(delivery, "backup", destination);
    options.prefix = delivery->backup_prefix;
    options.coverage = delivery->backup_coverage;
    options.compression = destination->compression;
    options.extension = destination->file_extension;
    return options;
}

static mr_code make_main_sinks(mr_delivery *delivery, mr_error *err)
{
    const mr_delivery_options *wanted = &delivery->options;
    mr_code code = mr_delivery_make_main_prefix(wanted, &delivery->prefix, &delivery->keys, err);
    if (code == MR_OK) {
        code = mr_sink_ordinals_load(delivery->owner->options.db, wanted->name, "main",
                                     &delivery->main_ordinals, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_sink_options options = mr_delivery_partition_options(delivery);
    if (wanted->dynamic_partitioning) {
        delivery->partitions = mr_partition_sinks_new(&options, wanted->partitions_max);
    }
    options = mr_delivery_main_options(delivery);
    code = mr_sink_new(&options, &delivery->main, err);
    if (code != MR_OK) {
        return code;
    }
    options = mr_delivery_error_options(delivery);
    return mr_sink_new(&options, &delivery->error, err);
}

static mr_code make_backup_sink(mr_delivery *delivery, mr_error *err)
{
    mr_code code =
        mr_delivery_make_prefix(&delivery->options.backup, true, &delivery->backup_prefix, err);
    if (code != MR_OK) {
        return code;
    }
    mr_sink_options options = mr_delivery_backup_options(delivery);
    return mr_sink_new(&options, &delivery->backup, err);
}

static mr_code add_slots(mr_delivery *delivery, bool is_new, mr_error *err)
{
    size_t count = mr_stream_shard_count(delivery->source);
    for (size_t i = 0; i < count; i++) {
        mr_shard *shard = mr_stream_shard(delivery->source, i);
        uint64_t start = is_new ? mr_shard_position(shard, MR_ITERATOR_LATEST, 0) : 1;
        mr_code code = mr_delivery_add_slot(delivery, shard, start, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static void make_arns(mr_delivery *delivery)
{
    const char *region = delivery->owner->options.region;
    const char *account = delivery->owner->options.account;

    delivery->arn = mr_format("arn:aws:firehose:%s:%s:deliverystream/%s", region, account,
                              delivery->options.name);
    if (delivery->options.source != NULL) {
        delivery->source_arn =
            mr_format("arn:aws:kinesis:%s:%s:stream/%s", region, account, delivery->options.source);
    }
}

mr_delivery_lambda *mr_delivery_lambda_new(mr_delivery *delivery,
                                           const mr_delivery_options *options)
{
    const mr_deliveries_options *world = &delivery->owner->options;
    const char *function = options->function;
    if (function == NULL) {
        return NULL;
    }
    mr_delivery_lambda *lambda = mr_calloc(1, sizeof(*lambda));
    lambda->users = 1;
    lambda->function = mr_strdup(function);
    lambda->arn = strncmp(function, "arn:", 4) == 0
                      ? mr_strdup(function)
                      : mr_format("arn:aws:lambda:%s:%s:function:%s", world->region, world->account,
                                  function);
    lambda->config = (mr_lambda_config){
        .clock = world->clock,
        .trace = world->trace,
        .faults = world->faults,
        .functions = world->functions,
        .delivery = delivery->options.name,
        .function = lambda->function,
        .envelope = {.source_arn = delivery->source_arn,
                     .delivery_arn = delivery->arn,
                     .region = world->region},
        .bytes_max = options->lambda_bytes,
        .interval_us = options->lambda_interval_us,
        .retries = (uint32_t)options->lambda_retries,
        .prng = &delivery->invocation_prng,
    };
    mr_delivery_wire_lambda(delivery, &lambda->config);
    return lambda;
}

static void make_configs(mr_delivery *delivery)
{
    const mr_deliveries_options *world = &delivery->owner->options;
    delivery->intake_config = (mr_intake_config){
        .clock = world->clock,
        .faults = world->faults,
        .poll_us = delivery->options.source != NULL ? POLL_US : 0,
        .outlives_stream = true,
    };
    mr_delivery_wire_intake(delivery);
    char *name = mr_format("firehose/%s/invocations", delivery->options.name);
    delivery->invocation_prng = mr_prng_named(world->seed, name);
    mr_free(name);
    delivery->lambda = mr_delivery_lambda_new(delivery, &delivery->options);
    int64_t now_us = mr_clock_now_us(world->clock);
    delivery->put_calls = mr_bucket_make(PUT_CALLS_PER_SECOND, now_us);
    delivery->put_records = mr_bucket_make(PUT_RECORDS_PER_SECOND, now_us);
    delivery->put_bytes = mr_bucket_make(PUT_BYTES_PER_SECOND, now_us);
}

static mr_code open_parts(mr_delivery *delivery, mr_error *err)
{
    mr_db *db = delivery->owner->options.db;
    const char *name = delivery->options.name;
    bool is_stored = false;

    mr_code code = find_source(delivery, err);
    if (code == MR_OK) {
        code = find_stored(delivery, &is_stored, err);
    }
    if (code != MR_OK) {
        return code;
    }
    make_arns(delivery);
    make_configs(delivery);
    delivery->processed = mr_coverage_new(db, name, "processed");
    code = make_main_sinks(delivery, err);
    if (code == MR_OK && delivery->options.backup_enabled) {
        delivery->backup_coverage = mr_coverage_new(db, name, "backup");
        code = make_backup_sink(delivery, err);
    }
    if (code == MR_OK) {
        code = add_slots(delivery, !is_stored, err);
    }
    if (code == MR_OK) {
        code = store_beginning(delivery, !is_stored, err);
    }
    return code;
}

mr_code mr_delivery_open(mr_deliveries *owner, const mr_delivery_options *options,
                         mr_delivery **out, mr_error *err)
{
    mr_delivery *delivery = mr_calloc(1, sizeof(*delivery));
    delivery->owner = owner;
    delivery->options = mr_delivery_options_copy(options);
    mr_delivery_set_version(delivery, options->version);
    delivery->error_line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    delivery->scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    delivery->subs = mr_delivery_sub_records_new(&delivery->options);

    mr_code code = open_parts(delivery, err);
    if (code != MR_OK) {
        mr_delivery_free(delivery);
        return code;
    }
    mr_delivery_start(delivery);
    *out = delivery;
    return MR_OK;
}

void mr_delivery_free(mr_delivery *delivery)
{
    if (delivery == NULL) {
        return;
    }
    mr_delivery_stop(delivery);
    for (size_t i = 0; i < delivery->slot_count; i++) {
        mr_intake_free(delivery->slots[i].intake);
        mr_lambda_stage_free(delivery->slots[i].stage);
        mr_delivery_lambda_release(delivery, delivery->slots[i].lambda);
    }
    mr_delivery_lambda_release(delivery, delivery->lambda);
    mr_free(delivery->slots);
    mr_partition_sinks_free(delivery->partitions);
    mr_partition_keys_free(delivery->keys);
    mr_sub_records_free(delivery->subs);
    mr_strbuf_deinit(&delivery->scratch);
    mr_sink_free(delivery->main);
    mr_sink_free(delivery->error);
    mr_sink_free(delivery->backup);
    mr_prefix_free(delivery->prefix);
    mr_prefix_free(delivery->backup_prefix);
    mr_coverage_free(delivery->processed);
    mr_coverage_free(delivery->backup_coverage);
    mr_strbuf_deinit(&delivery->error_line);
    mr_free(delivery->arn);
    mr_free(delivery->source_arn);
    mr_delivery_options_free(&delivery->options);
    mr_free(delivery);
}
