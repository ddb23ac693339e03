/* pipeline.c - see pipeline.h. Resources are created in the order of the data, last consumer
 * first where it matters: a delivery stream holds its iterators before the first row is put. */
#include "src/app/pipeline.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "src/platform/platform.h"
#include "src/producer/input.h"
#include "src/producer/replay.h"

#include <stdlib.h>
#include <string.h>

/* Where an input's batches go, by name: clients of a world that is served may delete it. */
typedef struct named_target {
    mr_sim *sim;
    char *name;       /* owned */
    bool is_delivery; /* a DirectPut delivery stream */
} named_target;

typedef struct pipeline_input {
    mr_input *input;
    const mr_stream *stream; /* where its records are */
    named_target *to;        /* owned */
    char *target, *file, *rejects;
    double rate_asked;
    bool is_added;
} pipeline_input;

struct mr_pipeline {
    mr_pipeline_options options;
    pipeline_input *inputs;
    size_t input_count, input_capacity;
    uint32_t last_added; /* the number of the newest that was added; 0: none */
    mr_replay *replay;   /* NULL: inputs are put */
    size_t ended;        /* inputs, or the replay */
    bool has_failed;
    mr_error failure; /* the first input that broke off */
};

/* ---- resources ---- */

/* With --resume a resource may be there from the run before. */
static mr_code tolerate_existing(const mr_pipeline *pipeline, mr_code code, mr_code existing)
{
    return pipeline->options.resume && code == existing ? MR_OK : code;
}

static mr_code create_buckets(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_store *store = mr_sim_store(pipeline->options.sim);
    for (size_t i = 0; i < plan->bucket_count; i++) {
        mr_code code = tolerate_existing(
            pipeline, mr_store_create_bucket(store, plan->buckets[i].name, err), MR_ALREADY_EXISTS);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code create_streams(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_streams *streams = mr_sim_streams(pipeline->options.sim);
    for (size_t i = 0; i < plan->stream_count; i++) {
        mr_stream *stream = NULL;
        mr_code code = tolerate_existing(
            pipeline, mr_streams_create(streams, &plan->streams[i].options, &stream, err),
            MR_STREAM_EXISTS);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code write_text(const char *path, const char *text, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_TRUNCATE, &file, err);
    if (code == MR_OK) {
        code = fs->write_at(fs, file, mr_bytes_of(text), 0, err);
        fs->close(fs, file);
    }
    return code;
}

/* Code.ZipFile in a template is source text: index.py or index.js by the runtime. */
static mr_code unpack_inline_code(const mr_pipeline *pipeline, const mr_plan_function *function,
                                  char **directory, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    bool is_node = strncmp(function->options.runtime, "nodejs", 6) == 0;
    *directory =
        mr_format("%s/functions/%s", pipeline->options.state_directory, function->options.name);
    char *path = mr_format("%s/%s", *directory, is_node ? "index.js" : "index.py");
    mr_code code = fs->make_directories(fs, *directory, err);
    if (code == MR_OK) {
        code = write_text(path, function->inline_code, err);
    }
    mr_free(path);
    return code;
}

/* The whole path: the next start may be from elsewhere. Owned. */
static char *whole_path(const char *path)
{
    char *real = realpath(path, NULL);
    char *whole = mr_strdup(real == NULL ? path : real);
    free(real);
    return whole;
}

/* Where the code is: written or read first where it is not a folder of the user's. directory, zip:
 * out, owned. */
static mr_code find_code(const mr_pipeline *pipeline, const mr_plan_function *function,
                         char **directory, mr_strbuf *zip, mr_error *err)
{
    if (function->inline_code != NULL) {
        char *written = NULL;
        mr_code code = unpack_inline_code(pipeline, function, &written, err);
        *directory = code == MR_OK ? whole_path(written) : NULL;
        mr_free(written);
        return code;
    }
    if (function->archive != NULL) {
        char *bytes = NULL;
        size_t len = 0;
        mr_code code = mr_fs_read_file(mr_platform_fs(), function->archive, MR_CODE_BYTES_MAX,
                                       &bytes, &len, err);
        if (code == MR_OK) {
            mr_strbuf_append(zip, bytes, len);
        }
        mr_free(bytes);
        return code;
    }
    *directory =
        function->options.directory == NULL ? NULL : whole_path(function->options.directory);
    return MR_OK;
}

static mr_code create_function(mr_pipeline *pipeline, const mr_plan_function *function,
                               mr_error *err)
{
    mr_lambda_template of = {.function = function->options,
                             .inline_code = function->inline_code,
                             .role = function->role,
                             .description = function->description};
    if (pipeline->options.use_code) {
        of.function.builtin = NULL;
    }
    if (of.function.builtin == NULL && of.function.directory == NULL &&
        function->inline_code == NULL && function->archive == NULL) {
        return mr_error_set(err, MR_NOT_FOUND,
                            "%s:%d: function %s has no code here; give its Builtin, or code beside "
                            "the template",
                            pipeline->options.plan->file, function->line, function->logical_id);
    }
    char *directory = NULL;
    mr_strbuf zip = mr_strbuf_make(MR_CODE_BYTES_MAX);
    mr_code code = find_code(pipeline, function, &directory, &zip, err);
    if (code == MR_OK) {
        of.function.directory = directory;
        of.zip = mr_strbuf_bytes(&zip);
        code = mr_lambda_deploy(mr_sim_lambda(pipeline->options.sim), &of, err);
    }
    if (code != MR_OK) {
        mr_error_prefix(err, "%s:%d: %s: ", pipeline->options.plan->file, function->line,
                        function->logical_id);
    }
    mr_free(directory);
    mr_strbuf_deinit(&zip);
    return code;
}

static mr_code create_functions(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    for (size_t i = 0; i < plan->function_count; i++) {
        mr_code code = create_function(pipeline, &plan->functions[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code create_tables(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_catalog *catalog = mr_sim_catalog(pipeline->options.sim);
    for (size_t i = 0; i < plan->database_count; i++) {
        mr_code code =
            tolerate_existing(pipeline,
                              mr_catalog_create_database(catalog, plan->databases[i].name,
                                                         plan->databases[i].description, err),
                              MR_ALREADY_EXISTS);
        if (code != MR_OK) {
            return code;
        }
    }
    for (size_t i = 0; i < plan->table_count; i++) {
        mr_code code = tolerate_existing(
            pipeline, mr_catalog_create_table(catalog, &plan->tables[i].table, err),
            MR_ALREADY_EXISTS);
        if (code != MR_OK) {
            mr_error_prefix(err, "%s:%d: %s: ", plan->file, plan->tables[i].line,
                            plan->tables[i].logical_id);
            return code;
        }
    }
    return MR_OK;
}

static mr_code create_partitions(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_catalog *catalog = mr_sim_catalog(pipeline->options.sim);
    for (size_t i = 0; i < plan->partition_count; i++) {
        const mr_plan_partition *partition = &plan->partitions[i];
        mr_code code =
            tolerate_existing(pipeline,
                              mr_catalog_add_partition(
                                  catalog, partition->database, partition->table, partition->values,
                                  partition->value_count, partition->location, err),
                              MR_ALREADY_EXISTS);
        if (code != MR_OK) {
            mr_error_prefix(err, "%s:%d: %s: ", plan->file, partition->line, partition->logical_id);
            return code;
        }
    }
    return MR_OK;
}

/* One that is there from an earlier start stays as it is: UpdateDestination may have changed it. */
static mr_code ensure_delivery(mr_pipeline *pipeline, const mr_plan_delivery *wanted, mr_error *err)
{
    mr_sim *sim = pipeline->options.sim;
    cJSON *config = mr_delivery_config_parse(wanted->config);
    MR_ASSERT(config != NULL); /* the plan wrote it */
    mr_delivery_stream_options options = {.name = wanted->options.name,
                                          .source = wanted->options.source,
                                          .source_role = wanted->source_role,
                                          .throughput_hint = wanted->throughput_hint,
                                          .config = config,
                                          .key = wanted->key,
                                          .key_arn = wanted->key_arn,
                                          .tags = wanted->tags,
                                          .tag_count = wanted->tag_count};
    mr_delivery_stream *stream;
    char *difference;
    mr_code code = mr_delivery_streams_ensure(mr_sim_delivery_streams(sim), &options, &difference,
                                              &stream, err);
    cJSON_Delete(config);
    if (difference != NULL) {
        mr_trace_warn_about(
            mr_sim_trace(sim), &(mr_event){.delivery = wanted->options.name},
            "%s:%d: %s: delivery stream %s is in the state directory with other settings "
            "(%s), and keeps them; change it with UpdateDestination, delete it, or start with "
            "--replace",
            pipeline->options.plan->file, wanted->line, wanted->logical_id, wanted->options.name,
            difference);
        mr_free(difference);
    }
    return code;
}

static mr_code create_deliveries(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    for (size_t i = 0; i < plan->delivery_count; i++) {
        mr_code code = ensure_delivery(pipeline, &plan->deliveries[i], err);
        if (code != MR_OK) {
            mr_error_prefix(err, "%s:%d: %s: ", plan->file, plan->deliveries[i].line,
                            plan->deliveries[i].logical_id);
            return code;
        }
    }
    return MR_OK;
}

static mr_code create_mappings(mr_pipeline *pipeline, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_mappings *mappings = mr_sim_mappings(pipeline->options.sim);
    for (size_t i = 0; i < plan->mapping_count; i++) {
        const mr_plan_mapping *wanted = &plan->mappings[i];
        mr_mapping *mapping = NULL;
        mr_code code = mr_mappings_ensure(mappings, &wanted->settings, wanted->uuid, &mapping, err);
        if (code != MR_OK) {
            mr_error_prefix(err, "%s:%d: %s: ", plan->file, wanted->line, wanted->logical_id);
            return code;
        }
    }
    return MR_OK;
}

static mr_code create_resources(mr_pipeline *pipeline, mr_error *err)
{
    mr_code code = create_buckets(pipeline, err);
    if (code == MR_OK) {
        code = create_streams(pipeline, err);
    }
    if (code == MR_OK) {
        code = create_functions(pipeline, err);
    }
    if (code == MR_OK) {
        code = create_tables(pipeline, err);
    }
    if (code == MR_OK) {
        code = create_partitions(pipeline, err);
    }
    if (code == MR_OK) {
        code = create_deliveries(pipeline, err);
    }
    return code == MR_OK ? create_mappings(pipeline, err) : code;
}

/* ---- inputs ---- */

static void note_ended(mr_pipeline *pipeline, const mr_error *error)
{
    pipeline->ended++;
    if (error != NULL && !pipeline->has_failed) {
        pipeline->has_failed = true;
        pipeline->failure = *error;
    }
}

static const pipeline_input *slot_of(const mr_pipeline *pipeline, const mr_input *input)
{
    for (size_t i = 0; i < pipeline->input_count; i++) {
        if (pipeline->inputs[i].input == input) {
            return &pipeline->inputs[i];
        }
    }
    MR_ASSERT(false); /* it is one of the pipeline's */
    return NULL;
}

static void on_input_ended(void *context, mr_input *input, const mr_error *error)
{
    mr_pipeline *pipeline = context;
    const pipeline_input *slot = slot_of(pipeline, input);
    if (!slot->is_added || error == NULL) {
        note_ended(pipeline, error);
        return;
    }
    note_ended(pipeline, NULL);
    const mr_event about = {.stream = slot->to->is_delivery ? NULL : slot->to->name,
                            .delivery = slot->to->is_delivery ? slot->to->name : NULL,
                            .id = mr_input_name(input)};
    mr_trace_warn_about(mr_sim_trace(pipeline->options.sim), &about, "input %s -> %s broke off: %s",
                        slot->file, slot->target, error->message);
}

static mr_code unknown_target(const mr_plan *plan, const char *target, mr_error *err)
{
    size_t count = 0;
    const char **names = mr_calloc(plan->stream_count + plan->delivery_count + 1, sizeof(*names));
    for (size_t i = 0; i < plan->stream_count; i++) {
        names[count++] = plan->streams[i].logical_id;
    }
    for (size_t i = 0; i < plan->delivery_count; i++) {
        names[count++] = plan->deliveries[i].logical_id;
    }
    const char *nearest = mr_nearest(mr_bytes_of(target), names, count);
    mr_code code =
        nearest != NULL
            ? mr_error_set(err, MR_NOT_FOUND, "no stream %s in %s; did you mean %s?", target,
                           plan->file, nearest)
            : mr_error_set(err, MR_NOT_FOUND, "no stream %s in %s; %s", target, plan->file,
                           count == 0 ? "it has none" : "give a stream's name or logical id");
    mr_free(names);
    return code;
}

static mr_code resolve_target(const mr_pipeline *pipeline, const char *target,
                              mr_input_settings *settings, mr_error *err)
{
    const mr_plan *plan = pipeline->options.plan;
    mr_sim *sim = pipeline->options.sim;
    const char *name = mr_plan_resolve_stream(plan, target);
    if (name != NULL) {
        return mr_streams_require(mr_sim_streams(sim), mr_bytes_of(name), &settings->stream, err);
    }
    name = mr_plan_resolve_delivery(plan, target);
    if (name == NULL) {
        return unknown_target(plan, target, err);
    }
    settings->delivery = mr_deliveries_find(mr_sim_deliveries(sim), name);
    return settings->delivery != NULL
               ? MR_OK
               : mr_error_set(err, MR_DELIVERY_STREAM_NOT_FOUND,
                              "delivery stream %s is not there any more", name);
}

static mr_code put_by_name(void *context, const mr_record *records, size_t count,
                           mr_put_result *results, size_t *failed, mr_error *err)
{
    const named_target *to = context;
    if (to->is_delivery) {
        mr_delivery *delivery = mr_deliveries_find(mr_sim_deliveries(to->sim), to->name);
        return delivery != NULL ? mr_delivery_put(delivery, records, count, results, failed, err)
                                : mr_error_set(err, MR_DELIVERY_STREAM_NOT_FOUND,
                                               "delivery stream %s was deleted", to->name);
    }
    mr_stream *stream = mr_streams_find(mr_sim_streams(to->sim), to->name);
    return stream != NULL
               ? mr_stream_put(stream, records, count, results, failed, err)
               : mr_error_set(err, MR_STREAM_NOT_FOUND, "stream %s was deleted", to->name);
}

/* The producer to what was resolved, looked up anew by each put. */
static mr_producer_target target_by_name(mr_pipeline *pipeline, const mr_input_settings *found,
                                         named_target **to)
{
    mr_producer_target target = found->stream != NULL ? mr_producer_to_stream(found->stream)
                                                      : mr_producer_to_delivery(found->delivery);
    *to = mr_calloc(1, sizeof(**to));
    **to = (named_target){.sim = pipeline->options.sim,
                          .name = mr_strdup(target.name),
                          .is_delivery = found->stream == NULL};
    target.put = put_by_name;
    target.context = *to;
    return target;
}

typedef struct stored_rows {
    uint64_t *rows;
    size_t count, capacity;
} stored_rows;

static int compare_rows(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static bool on_stored_row(void *context, uint64_t row)
{
    stored_rows *stored = context;
    MR_GROW(stored->rows, stored->count, stored->capacity);
    stored->rows[stored->count++] = row;
    return true;
}

/* Rising, each once: a row whose acknowledgement was lost may have been stored twice. */
static void sort_rows(stored_rows *stored)
{
    if (stored->count == 0) {
        return;
    }
    qsort(stored->rows, stored->count, sizeof(*stored->rows), compare_rows);
    size_t kept = 1;
    for (size_t i = 1; i < stored->count; i++) {
        if (stored->rows[i] != stored->rows[kept - 1]) {
            stored->rows[kept++] = stored->rows[i];
        }
    }
    stored->count = kept;
}

/* Tells the producer which rows of its input the stream has already. */
static mr_code find_stored_rows(mr_input_settings *settings, stored_rows *stored, mr_error *err)
{
    mr_producer_options *producer = &settings->producer;
    mr_stream *stream =
        settings->stream != NULL ? settings->stream : mr_delivery_source(settings->delivery);
    mr_code code = mr_stream_stored_rows(stream, producer->input, &producer->skip_rows,
                                         on_stored_row, stored, err);
    if (code == MR_OK) {
        sort_rows(stored);
        producer->stored_rows = stored->rows;
        producer->stored_count = stored->count;
    }
    return code;
}

static mr_input_settings settings_of(mr_pipeline *pipeline, const mr_pipeline_input *wanted,
                                     uint32_t number)
{
    const mr_pipeline_options *options = &pipeline->options;
    mr_clock *clock = mr_sim_clock(options->sim);
    bool waits = mr_clock_mode_of(clock) != MR_CLOCK_VIRTUAL || mr_clock_is_live(clock);
    mr_input_settings settings = {.producer = *wanted->options,
                                  .file = wanted->file,
                                  .spool = wanted->spool,
                                  .is_spooled = wanted->is_spooled,
                                  .loop = waits ? options->loop : NULL,
                                  .recorder = options->recorder,
                                  .resume = options->resume,
                                  .ended = on_input_ended,
                                  .context = pipeline};
    settings.producer.clock = clock;
    settings.producer.trace = mr_sim_trace(options->sim);
    settings.producer.db = mr_sim_db(options->sim);
    settings.producer.faults = mr_sim_faults(options->sim);
    settings.producer.seed = mr_sim_seed(options->sim);
    settings.producer.input = number;
    settings.producer.strict = settings.producer.strict || options->strict;
    return settings;
}

/* slot: empty; what it has afterwards is released with the pipeline, also on an error. number: that
 * records know the input by. */
static mr_code open_input(mr_pipeline *pipeline, const mr_pipeline_input *wanted, uint32_t number,
                          pipeline_input *slot, mr_error *err)
{
    slot->target = mr_strdup(wanted->target);
    slot->file = mr_strdup(wanted->file);
    slot->rejects = mr_format("%s/rejects/%u", pipeline->options.state_directory, number);
    slot->rate_asked = wanted->options->rate;
    slot->is_added = number >= MR_PIPELINE_ADDED_INPUT_FIRST;

    mr_input_settings settings = settings_of(pipeline, wanted, number);
    settings.rejects = slot->rejects;
    mr_code code = resolve_target(pipeline, wanted->target, &settings, err);
    if (code != MR_OK) {
        return code;
    }
    slot->stream =
        settings.stream != NULL ? settings.stream : mr_delivery_source(settings.delivery);
    stored_rows stored = {0};
    if (pipeline->options.resume && !slot->is_added) {
        code = find_stored_rows(&settings, &stored, err);
    }
    const mr_producer_target target = target_by_name(pipeline, &settings, &slot->to);
    settings.stream = NULL;
    settings.delivery = NULL;
    settings.target = &target;
    if (code == MR_OK) {
        code = mr_input_open(&settings, &slot->input, err);
    }
    mr_free(stored.rows);
    return code;
}

static void slot_deinit(pipeline_input *slot)
{
    mr_input_free(slot->input);
    mr_free(slot->target);
    mr_free(slot->file);
    mr_free(slot->rejects);
    if (slot->to != NULL) {
        mr_free(slot->to->name);
        mr_free(slot->to);
    }
}

/* One that no record here and no earlier session's has. */
static mr_code next_number(mr_pipeline *pipeline, uint32_t *number, mr_error *err)
{
    if (pipeline->last_added == 0) {
        uint32_t last;
        mr_code code = mr_producer_last_input(mr_sim_db(pipeline->options.sim), &last, err);
        if (code != MR_OK) {
            return code;
        }
        pipeline->last_added =
            last >= MR_PIPELINE_ADDED_INPUT_FIRST ? last : MR_PIPELINE_ADDED_INPUT_FIRST - 1;
    }
    *number = pipeline->last_added + 1;
    return MR_OK;
}

static mr_code check_addable(const mr_pipeline *pipeline, const mr_pipeline_input *input,
                             mr_error *err)
{
    if (pipeline->replay != NULL) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "a recording is put here; no input can be added to it");
    }
    if (strcmp(input->file, "-") == 0) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "standard input is read by the command that was started with it");
    }
    if (pipeline->input_count >= MR_PIPELINE_INPUTS_MAX) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "%d inputs were begun in this session; start it anew for more",
                            MR_PIPELINE_INPUTS_MAX);
    }
    return MR_OK;
}

mr_code mr_pipeline_add_input(mr_pipeline *pipeline, const mr_pipeline_input *input, size_t *place,
                              mr_error *err)
{
    uint32_t number;
    pipeline_input slot = {0};
    mr_code code = check_addable(pipeline, input, err);
    if (code == MR_OK) {
        code = next_number(pipeline, &number, err);
    }
    if (code == MR_OK) {
        code = open_input(pipeline, input, number, &slot, err);
    }
    if (code != MR_OK) {
        slot_deinit(&slot);
        return code;
    }
    pipeline->last_added = number;
    MR_GROW(pipeline->inputs, pipeline->input_count, pipeline->input_capacity);
    *place = pipeline->input_count++;
    pipeline->inputs[*place] = slot;
    mr_input_start(slot.input);
    return MR_OK;
}

/* ---- a recording in place of inputs ---- */

static void on_replay_ended(void *context, const mr_error *error)
{
    note_ended(context, error);
}

/* The target that an input would have, and what it has stored. */
static mr_code resolve_replayed(void *context, const char *name, uint32_t input,
                                mr_replay_target *out, mr_error *err)
{
    mr_pipeline *pipeline = context;
    mr_input_settings found = {.producer = {.input = input}};
    mr_code code = resolve_target(pipeline, name, &found, err);
    if (code != MR_OK) {
        return code;
    }
    stored_rows stored = {0};
    if (pipeline->options.resume) {
        code = find_stored_rows(&found, &stored, err);
    }
    out->to = found.stream != NULL ? mr_producer_to_stream(found.stream)
                                   : mr_producer_to_delivery(found.delivery);
    if (pipeline->options.recorder != NULL) {
        out->to = mr_recorder_wrap(pipeline->options.recorder, &out->to);
    }
    out->skip_rows = found.producer.skip_rows;
    out->stored_rows = stored.rows;
    out->stored_count = stored.count;
    return code;
}

static mr_code open_replay(mr_pipeline *pipeline, mr_error *err)
{
    const mr_pipeline_options *options = &pipeline->options;
    MR_ASSERT(options->input_count == 0);
    mr_replay_options replay = {.clock = mr_sim_clock(options->sim),
                                .trace = mr_sim_trace(options->sim),
                                .fs = mr_platform_fs(),
                                .db = mr_sim_db(options->sim),
                                .path = options->replay,
                                .start_us = options->replay_start_us};
    mr_replay_handlers handlers = {
        .resolve = resolve_replayed, .ended = on_replay_ended, .context = pipeline};
    return mr_replay_open(&replay, &handlers, &pipeline->replay, err);
}

/* ---- the pipeline ---- */

mr_code mr_pipeline_new(const mr_pipeline_options *options, mr_pipeline **out, mr_error *err)
{
    mr_pipeline *pipeline = mr_calloc(1, sizeof(*pipeline));
    pipeline->options = *options;
    pipeline->inputs = mr_calloc(options->input_count + 1, sizeof(*pipeline->inputs));
    pipeline->input_count = options->input_count;
    pipeline->input_capacity = options->input_count + 1;

    mr_code code = create_resources(pipeline, err);
    for (size_t i = 0; i < options->input_count && code == MR_OK; i++) {
        code =
            open_input(pipeline, &options->inputs[i], (uint32_t)i + 1, &pipeline->inputs[i], err);
    }
    if (code == MR_OK && options->replay != NULL) {
        code = open_replay(pipeline, err);
    }
    if (code != MR_OK) {
        mr_pipeline_free(pipeline);
        return code;
    }
    *out = pipeline;
    return MR_OK;
}

void mr_pipeline_free(mr_pipeline *pipeline)
{
    if (pipeline == NULL) {
        return;
    }
    for (size_t i = 0; i < pipeline->input_count; i++) {
        slot_deinit(&pipeline->inputs[i]);
    }
    mr_replay_free(pipeline->replay);
    mr_free(pipeline->inputs);
    mr_free(pipeline);
}

bool mr_pipeline_has_code(const mr_plan *plan, bool use_code)
{
    for (size_t i = 0; i < plan->function_count; i++) {
        if (use_code || plan->functions[i].options.builtin == NULL) {
            return true;
        }
    }
    return plan->mapping_count > 0; /* a builtin stands in for delivery streams' functions alone */
}

void mr_pipeline_start(mr_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->input_count; i++) {
        mr_input_start(pipeline->inputs[i].input);
    }
    if (pipeline->replay != NULL) {
        mr_replay_start(pipeline->replay);
    }
}

bool mr_pipeline_inputs_ended(const mr_pipeline *pipeline)
{
    return pipeline->ended == (pipeline->replay != NULL ? 1 : pipeline->input_count);
}

const mr_error *mr_pipeline_input_error(const mr_pipeline *pipeline)
{
    return pipeline->has_failed ? &pipeline->failure : NULL;
}

size_t mr_pipeline_input_count(const mr_pipeline *pipeline)
{
    return pipeline->replay != NULL ? mr_replay_target_count(pipeline->replay)
                                    : pipeline->input_count;
}

mr_pipeline_input_counts mr_pipeline_input_counts_of(const mr_pipeline *pipeline, size_t place)
{
    if (pipeline->replay != NULL) {
        return (mr_pipeline_input_counts){.target = mr_replay_target_name(pipeline->replay, place),
                                          .file = pipeline->options.replay,
                                          .counts = mr_replay_count(pipeline->replay, place)};
    }
    MR_ASSERT(place < pipeline->input_count);
    const pipeline_input *slot = &pipeline->inputs[place];
    mr_producer_counts counts = mr_input_count(slot->input);
    return (mr_pipeline_input_counts){.target = slot->target,
                                      .file = slot->file,
                                      .counts = counts,
                                      .rejects_path = counts.rejected > 0 ? slot->rejects : NULL};
}

/* ---- the pace of inputs ---- */

static mr_input *input_at(const mr_pipeline *pipeline, size_t place)
{
    MR_ASSERT(place < pipeline->input_count);
    return pipeline->inputs[place].input;
}

void mr_pipeline_set_rate(mr_pipeline *pipeline, size_t place, double rate)
{
    mr_input_set_rate(input_at(pipeline, place), rate);
}

double mr_pipeline_rate(const mr_pipeline *pipeline, size_t place)
{
    return mr_input_rate(input_at(pipeline, place));
}

double mr_pipeline_rate_asked(const mr_pipeline *pipeline, size_t place)
{
    MR_ASSERT(place < pipeline->input_count);
    return pipeline->inputs[place].rate_asked;
}

/* Of a target that the replay has met, and so has resolved. */
static const mr_stream *replayed_stream(const mr_pipeline *pipeline, size_t place)
{
    mr_input_settings found = {0};
    mr_error err;
    mr_code code =
        resolve_target(pipeline, mr_replay_target_name(pipeline->replay, place), &found, &err);
    MR_ASSERT(code == MR_OK);
    return found.stream != NULL ? found.stream : mr_delivery_source(found.delivery);
}

const mr_stream *mr_pipeline_input_stream(const mr_pipeline *pipeline, size_t place)
{
    if (pipeline->replay != NULL) {
        return replayed_stream(pipeline, place);
    }
    MR_ASSERT(place < pipeline->input_count);
    return pipeline->inputs[place].stream;
}

void mr_pipeline_pause(mr_pipeline *pipeline, size_t place)
{
    mr_input_pause(input_at(pipeline, place));
}

void mr_pipeline_resume(mr_pipeline *pipeline, size_t place)
{
    mr_input_resume(input_at(pipeline, place));
}

bool mr_pipeline_is_paused(const mr_pipeline *pipeline, size_t place)
{
    return mr_input_is_paused(input_at(pipeline, place));
}

bool mr_pipeline_has_ended(const mr_pipeline *pipeline, size_t place)
{
    return mr_input_is_done(input_at(pipeline, place));
}
