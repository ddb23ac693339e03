/*
 * delivery_world.h - a whole small world on the virtual clock for the tests of delivery streams:
 * streams, functions with handlers written here, store, delivery streams, and a watched disk, so
 * that a test can look at what a process killed before any operation would leave.
 */
#ifndef MR_TESTS_DELIVERY_WORLD_H
#define MR_TESTS_DELIVERY_WORLD_H

#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/base/map.h"
#include "sim/base/timefmt.h"
#include "sim/base/watched_fs.h"
#include "sim/firehose/delivery.h"
#include "sim/firehose/sink.h"
#include "src/platform/platform.h"

#include <cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define WORLD_START_US (INT64_C(1735689600) * MR_US_PER_SECOND) /* 2025-01-01T00:00:00Z */
#define SECOND         MR_US_PER_SECOND
#define MINUTE         (60 * MR_US_PER_SECOND)
#define HOUR           (3600 * MR_US_PER_SECOND)
#define NOTES_MAX      20000

/* ---- its disk ---- */

/* The real file system, whose functions keep nothing in its struct; its disk can be full. */
typedef struct filling_fs {
    mr_file_system base; /* first */
    bool is_full;
} filling_fs;

static inline mr_code filling_write_at(mr_file_system *fs, mr_file *file, mr_bytes bytes,
                                       uint64_t offset, mr_error *err)
{
    if (((filling_fs *)fs)->is_full) {
        return mr_error_os(err, ENOSPC, "writing");
    }
    return mr_platform_fs()->write_at(fs, file, bytes, offset, err);
}

static inline filling_fs filling_fs_make(void)
{
    filling_fs fs = {.base = *mr_platform_fs()};
    fs.base.write_at = filling_write_at;
    return fs;
}

static inline char *world_copy_tree(const char *directory)
{
    char *copy = check_temp_dir();
    char *command = mr_format("cp -a --sparse=always '%s/.' '%s/'", directory, copy);
    CHECK_INT("cp", system(command), 0);
    mr_free(command);
    return copy;
}

static inline void world_nobody_watches(void *context, const char *doing, const char *path)
{
    (void)context, (void)doing, (void)path;
}

/* ---- the world ---- */

/* An event worth looking at, copied. */
typedef struct note {
    mr_event_type type;
    int64_t time_us;
    char sink[16], reason[32], key[600], message[200];
    uint64_t records, bytes, attempt;
} note;

typedef struct pending_call {
    mr_outcome_fn done;
    void *context;
    char *event; /* owned */
} pending_call;

typedef struct world {
    mr_runner runner; /* first: what the functions call */
    char *directory;  /* owned */
    uint64_t seed;
    filling_fs disk;
    mr_disk_watch watch; /* whose calls a test may take; at first nobody's */
    mr_file_system *fs;  /* the disk, watched; owned */
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_db *db;
    mr_streams *streams;
    mr_functions *functions;
    mr_store *store;
    mr_deliveries *deliveries;
    note *notes;
    size_t note_count;
    pending_call pending[64];
    size_t pending_count;
    mr_outcome_kind outcome; /* of every invocation; OK: handle() answers */
    mr_strbuf events;        /* every event sent to a handler, one a line */
    bool answer_newest_first;
    uint64_t objects_seen; /* by the object-written callback */
    bool has_fatal;
    mr_error fatal;
    int64_t wall_us; /* real time, as this world has it */
} world;

static inline void world_on_event(void *context, const mr_event *event, int64_t time_us,
                                  mr_bytes line)
{
    world *w = context;
    (void)line;
    if (w->note_count == NOTES_MAX || event->type == MR_EVENT_PUT || event->type == MR_EVENT_READ ||
        event->type == MR_EVENT_FAULT) {
        return;
    }
    note *n = &w->notes[w->note_count++];
    *n = (note){.type = event->type,
                .time_us = time_us,
                .records = event->records,
                .bytes = event->bytes,
                .attempt = event->attempt};
    (void)snprintf(n->sink, sizeof(n->sink), "%s", event->sink == NULL ? "" : event->sink);
    (void)snprintf(n->reason, sizeof(n->reason), "%s", event->reason == NULL ? "" : event->reason);
    (void)snprintf(n->key, sizeof(n->key), "%s", event->key == NULL ? "" : event->key);
    (void)snprintf(n->message, sizeof(n->message), "%.199s",
                   event->message == NULL ? "" : event->message);
}

/* The handler of these tests, by the record's first byte: 'd' dropped, 'f' ProcessingFailed,
 * 'm' left out of the answer, anything else Ok with "<record>"; but for 'n' with that byte as the
 * partition key `first`. */
static inline char *handle(const char *event)
{
    cJSON *in = cJSON_Parse(event), *out = cJSON_CreateObject(), *record;
    cJSON *records = cJSON_AddArrayToObject(out, "records");
    cJSON_ArrayForEach(record, cJSON_GetObjectItem(in, "records"))
    {
        mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_char(&data, '<');
        CHECK_TRUE("base64", mr_base64_decode(&data, mr_bytes_of(cJSON_GetStringValue(
                                                         cJSON_GetObjectItem(record, "data")))));
        char first = data.len > 1 ? data.at[1] : 'x';
        mr_strbuf_append_char(&data, '>');
        mr_base64_encode(&text, mr_strbuf_bytes(&data));
        if (first != 'm') {
            cJSON *answer = cJSON_CreateObject();
            cJSON_AddStringToObject(answer, "recordId",
                                    cJSON_GetStringValue(cJSON_GetObjectItem(record, "recordId")));
            cJSON_AddStringToObject(answer, "result",
                                    first == 'd'   ? "Dropped"
                                    : first == 'f' ? "ProcessingFailed"
                                                   : "Ok");
            cJSON_AddStringToObject(answer, "data", mr_strbuf_text(&text));
            if (first != 'n') {
                const char key[] = {first, '\0'};
                cJSON *metadata = cJSON_AddObjectToObject(answer, "metadata");
                cJSON *keys = cJSON_AddObjectToObject(metadata, "partitionKeys");
                cJSON_AddStringToObject(keys, "first", key);
            }
            cJSON_AddItemToArray(records, answer);
        }
        mr_strbuf_deinit(&data);
        mr_strbuf_deinit(&text);
    }
    char *text = cJSON_PrintUnformatted(out);
    cJSON_Delete(in);
    cJSON_Delete(out);
    return text;
}

static inline void world_invoke(mr_runner *runner, const mr_invocation *invocation,
                                mr_outcome_fn done, void *context)
{
    world *w = (world *)runner;
    MR_ASSERT(w->pending_count < MR_COUNT(w->pending));
    mr_strbuf_append_bytes(&w->events, invocation->payload);
    mr_strbuf_append_char(&w->events, '\n');
    w->pending[w->pending_count++] =
        (pending_call){done, context, mr_bytes_dup(invocation->payload)};
}

static inline void world_discard(mr_runner *runner, const mr_function_code *code,
                                 uint32_t environment)
{
    (void)runner, (void)code, (void)environment;
}

/* Answers one of the invocations under way. */
static inline void world_answer(world *w)
{
    MR_ASSERT(w->pending_count > 0);
    size_t at = w->answer_newest_first ? w->pending_count - 1 : 0;
    pending_call call = w->pending[at];
    memmove(&w->pending[at], &w->pending[at + 1], (--w->pending_count - at) * sizeof(*w->pending));
    char *text = w->outcome == MR_OUTCOME_OK ? handle(call.event) : NULL;
    mr_outcome outcome = {.kind = w->outcome, .payload = mr_bytes_of(text)};
    call.done(call.context, &outcome);
    cJSON_free(text);
    mr_free(call.event);
}

static inline void world_on_fatal(void *context, const mr_error *error)
{
    world *w = context;
    w->has_fatal = true;
    w->fatal = *error;
}

static inline void world_on_object(void *context, const char *bucket, const mr_object *object)
{
    world *w = context;
    CHECK_TRUE(bucket, object->key != NULL && object->size_bytes > 0);
    w->objects_seen++;
}

typedef struct world_options {
    char *directory; /* taken over; NULL: a fresh one */
    int64_t start_us;
    uint64_t seed;
    bool limits;
    uint64_t stream_bytes_max; /* cap of a stream's disk; 0: the default */
    bool real_time;            /* on a wall clock that world_step() moves */
} world_options;

static inline int64_t world_wall_us(void *context)
{
    return ((world *)context)->wall_us;
}

static inline world *world_open(const world_options *options)
{
    mr_error err;
    world *w = mr_calloc(1, sizeof(*w));
    w->runner.invoke = world_invoke;
    w->runner.discard = world_discard;
    w->directory = options->directory == NULL ? check_temp_dir() : options->directory;
    w->seed = options->seed;
    w->disk = filling_fs_make();
    w->watch.before = world_nobody_watches;
    w->fs = mr_watched_fs_new(&w->disk.base, &w->watch);
    w->notes = mr_calloc(NOTES_MAX, sizeof(*w->notes));
    w->events = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    w->wall_us = options->start_us == 0 ? WORLD_START_US : options->start_us;
    w->clock = mr_clock_new(
        &(mr_clock_options){.mode = options->real_time ? MR_CLOCK_REAL : MR_CLOCK_VIRTUAL,
                            .start_us = w->wall_us,
                            .source = {world_wall_us, w}});
    w->trace = mr_trace_new(w->clock);
    mr_trace_listen(w->trace, world_on_event, w, false);
    w->faults = mr_faults_new(w->seed);
    char *path = mr_format("%s/catalog.db", w->directory);
    CHECK_OK(
        "db",
        mr_db_open(
            &(mr_db_options){.path = path, .clock = w->clock, .seed = w->seed, .watch = &w->watch},
            &w->db, &err),
        &err);
    mr_free(path);
    path = mr_format("%s/s3", w->directory);
    mr_store_options store = {.clock = w->clock,
                              .trace = w->trace,
                              .faults = w->faults,
                              .fs = w->fs,
                              .offloader = mr_offload_inline(),
                              .db = w->db,
                              .directory = path};
    CHECK_OK("store", mr_store_open(&store, &w->store, NULL, NULL, &err), &err);
    mr_free(path);
    path = mr_format("%s/streams", w->directory);
    mr_streams_options streams = {.clock = w->clock,
                                  .trace = w->trace,
                                  .faults = w->faults,
                                  .fs = w->fs,
                                  .db = w->db,
                                  .directory = path,
                                  .limits = options->limits,
                                  .segment_bytes_first = 64 * MR_KIB,
                                  .stream_bytes_max = options->stream_bytes_max};
    CHECK_OK("streams", mr_streams_open(&streams, &w->streams, &err), &err);
    mr_free(path);
    w->functions = mr_functions_new(&(mr_functions_options){.clock = w->clock,
                                                            .trace = w->trace,
                                                            .faults = w->faults,
                                                            .runner = &w->runner,
                                                            .seed = w->seed,
                                                            .region = "us-east-1",
                                                            .account = "000000000000"});
    w->deliveries = mr_deliveries_new(&(mr_deliveries_options){.clock = w->clock,
                                                               .trace = w->trace,
                                                               .faults = w->faults,
                                                               .db = w->db,
                                                               .streams = w->streams,
                                                               .functions = w->functions,
                                                               .store = w->store,
                                                               .seed = w->seed,
                                                               .region = "us-east-1",
                                                               .account = "000000000000",
                                                               .limits = options->limits});
    mr_deliveries_on_object(w->deliveries, world_on_object, w);
    mr_deliveries_on_fatal(w->deliveries, world_on_fatal, w);
    if (!mr_store_has_bucket(w->store, "main")) {
        CHECK_OK("bucket", mr_store_create_bucket(w->store, "main", &err), &err);
        CHECK_OK("bucket", mr_store_create_bucket(w->store, "backup", &err), &err);
    }
    return w;
}

/* Closes the world without flushing; its directory stays. */
static inline char *world_close_keep(world *w)
{
    char *directory = w->directory;
    mr_deliveries_free(w->deliveries);
    mr_functions_free(w->functions);
    mr_streams_close(w->streams);
    mr_store_close(w->store);
    mr_db_close(w->db);
    mr_watched_fs_free(w->fs);
    mr_faults_free(w->faults);
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
    for (size_t i = 0; i < w->pending_count; i++) {
        mr_free(w->pending[i].event);
    }
    mr_strbuf_deinit(&w->events);
    mr_free(w->notes);
    mr_free(w);
    return directory;
}

static inline void world_close(world *w)
{
    check_remove_dir(world_close_keep(w));
}

static inline int64_t world_now(const world *w)
{
    return mr_clock_now_us(w->clock);
}

/* ---- turning it ---- */

static inline void world_check(world *w)
{
    mr_error err;
    size_t count;
    mr_delivery **all = mr_deliveries_list(w->deliveries, &count);
    for (size_t i = 0; i < count; i++) {
        CHECK_OK("conservation", mr_delivery_check(all[i], &err), &err);
    }
    mr_free(all);
}

/* One callback, answering handlers as needed. False when nothing is set. */
static inline bool world_step(world *w)
{
    mr_step step = mr_clock_step(w->clock, NULL);
    if (step == MR_STEP_WAITING) {
        world_answer(w);
    } else if (step == MR_STEP_LATER) {
        w->wall_us = mr_clock_next_due_us(w->clock);
    }
    world_check(w);
    return step != MR_STEP_IDLE;
}

static inline void world_run_to(world *w, int64_t time_us)
{
    while (mr_clock_next_due_us(w->clock) <= time_us && !w->has_fatal) {
        (void)world_step(w);
    }
    if (!w->has_fatal) {
        mr_clock_advance_to(w->clock, time_us);
    }
}

static inline void world_run_for(world *w, int64_t span_us)
{
    world_run_to(w, world_now(w) + span_us);
}

static inline void world_run_until_idle(world *w, mr_delivery *delivery)
{
    while (!mr_delivery_is_idle(delivery)) {
        CHECK_TRUE("something is still set", world_step(w));
        CHECK_TRUE(w->fatal.message, !w->has_fatal);
    }
}

/* ---- making things ---- */

static inline mr_stream *world_stream(world *w, const char *name, uint32_t shards)
{
    mr_error err;
    mr_stream *stream = mr_streams_find(w->streams, name);
    if (stream == NULL) {
        CHECK_OK("stream",
                 mr_streams_create(w->streams,
                                   &(mr_stream_options){.name = name, .shard_count = shards},
                                   &stream, &err),
                 &err);
    }
    return stream;
}

static inline void world_function(world *w, const char *name, bool is_builtin)
{
    static const uint32_t from[] = {1, 2};
    static const mr_builtin_column columns[] = {{"name", "string", &from[0], 1, NULL, NULL},
                                                {"value", "int", &from[1], 1, NULL, NULL}};
    static const mr_builtin_options builtin = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                               .delimiter = '|',
                                               .columns = columns,
                                               .column_count = 2};
    mr_error err;
    mr_function *function;
    mr_function_options options = {.name = name,
                                   .runtime = is_builtin ? NULL : "python3.11",
                                   .handler = is_builtin ? NULL : "decode.handler",
                                   .directory = is_builtin ? NULL : ".",
                                   .builtin = is_builtin ? &builtin : NULL};
    CHECK_OK("function", mr_functions_add(w->functions, &options, &function, &err), &err);
}

/* Defaults of the service, to be changed: from stream `source`, bucket "main". */
static inline mr_delivery_options world_delivery_options(const char *source)
{
    return (mr_delivery_options){
        .name = "d",
        .source = source,
        .destination = {.bucket = "main", .interval_us = -1},
        .backup = {.bucket = "backup", .interval_us = -1},
        .lambda_interval_us = -1,
        .lambda_retries = -1,
    };
}

static inline mr_delivery *world_deliver(world *w, const mr_delivery_options *options)
{
    mr_error err;
    mr_delivery *delivery = NULL;
    CHECK_OK("create", mr_deliveries_create(w->deliveries, options, &delivery, &err), &err);
    return delivery;
}

/* Puts one record; key decides the shard. */
static inline void world_put(world *w, mr_stream *stream, const char *key, const char *data)
{
    mr_error err;
    size_t failed;
    mr_put_result result;
    mr_record record = {.data = mr_bytes_of(data), .partition_key = mr_bytes_of(key)};
    (void)w;
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_INT("taken", failed, 0);
}

static inline void world_put_direct(mr_delivery *delivery, const char *const *data, size_t count)
{
    mr_error err;
    size_t failed;
    mr_record records[16] = {{.data = {NULL, 0}}};
    mr_put_result results[16];
    MR_ASSERT(count <= MR_COUNT(records));
    for (size_t i = 0; i < count; i++) {
        records[i].data = mr_bytes_of(data[i]);
    }
    CHECK_OK("put", mr_delivery_put(delivery, records, count, results, &failed, &err), &err);
    CHECK_INT("taken", failed, 0);
}

static inline void world_fault(world *w, mr_fault_rule rule)
{
    mr_error err;
    if (rule.until_us == 0) {
        rule.until_us = INT64_MAX;
    }
    CHECK_OK("fault", mr_faults_add(w->faults, &rule, &err), &err);
}

/* ---- looking at it from outside ---- */

/* The n-th note (from 0) of a type and sink; fails when there is none. */
static inline const note *world_note(const world *w, mr_event_type type, const char *sink, size_t n)
{
    for (size_t i = 0; i < w->note_count; i++) {
        if (w->notes[i].type == type && strcmp(w->notes[i].sink, sink) == 0 && n-- == 0) {
            return &w->notes[i];
        }
    }
    print_error("no such event: %s of sink \"%s\"\n", mr_event_type_name(type), sink);
    fail();
    return NULL;
}

static inline size_t world_note_count(const world *w, mr_event_type type, const char *sink)
{
    size_t count = 0;
    for (size_t i = 0; i < w->note_count; i++) {
        count += w->notes[i].type == type && strcmp(w->notes[i].sink, sink) == 0;
    }
    return count;
}

typedef struct found_objects {
    world *w;
    const char *bucket;
    char *keys[32768]; /* owned */
    size_t count;
    mr_strbuf bodies; /* of all, in order of keys */
} found_objects;

static inline bool add_found(void *context, const mr_object *object)
{
    found_objects *found = context;
    MR_ASSERT(found->count < MR_COUNT(found->keys));
    found->keys[found->count++] = mr_strdup(object->key);
    return true;
}

/* Every object of a bucket whose key begins so. */
static inline found_objects *world_objects(world *w, const char *bucket, const char *prefix)
{
    mr_error err;
    found_objects *found = mr_calloc(1, sizeof(*found));
    found->w = w;
    found->bucket = bucket;
    found->bodies = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_OK("list", mr_store_list(w->store, bucket, prefix, add_found, found, &err), &err);
    for (size_t i = 0; i < found->count; i++) {
        char *path = mr_store_path(w->store, bucket, found->keys[i]), *body;
        size_t len;
        CHECK_OK(path, mr_fs_read_file(mr_platform_fs(), path, MR_GIB, &body, &len, &err), &err);
        mr_strbuf_append(&found->bodies, body, len);
        mr_free(body);
        mr_free(path);
    }
    return found;
}

static inline void found_free(found_objects *found)
{
    for (size_t i = 0; i < found->count; i++) {
        mr_free(found->keys[i]);
    }
    mr_strbuf_deinit(&found->bodies);
    mr_free(found);
}

/* All bytes of a bucket's objects below a prefix, in order of keys. Owned. */
static inline char *world_bodies(world *w, const char *bucket, const char *prefix)
{
    found_objects *found = world_objects(w, bucket, prefix);
    char *text = mr_strbuf_take(&found->bodies);
    found_free(found);
    return text;
}

static inline void check_bodies(world *w, const char *bucket, const char *prefix, const char *want)
{
    char *got = world_bodies(w, bucket, prefix);
    CHECK_STR(bucket, got, want);
    mr_free(got);
}

static inline size_t world_object_count(world *w, const char *bucket, const char *prefix)
{
    found_objects *found = world_objects(w, bucket, prefix);
    size_t count = found->count;
    found_free(found);
    return count;
}

#endif
