/*
 * mapping_world.h - a whole world on the virtual clock for the tests of event source mappings: one
 * stream "s", one function "f" whose handler is written in the test, a bucket for failures, and a
 * disk that can be watched.
 */
#ifndef MR_TESTS_MAPPING_WORLD_H
#define MR_TESTS_MAPPING_WORLD_H

#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/timefmt.h"
#include "sim/sim.h"
#include "sim/stream/consumer.h"
#include "src/platform/platform.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND     MR_US_PER_SECOND
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/s"

typedef struct world world;

/* One invocation, as the handler saw it. data: the records' data, with a blank after each. */
typedef struct sent {
    int64_t time_us;
    size_t records;
    char *data, *event, *shard;
} sent;

/* The answer of the handler: text of an answer (owned by the caller, mr_free), or NULL: it throws.
 */
typedef char *(*handler_fn)(world *w, const sent *call, const cJSON *event);

typedef struct waiting_call {
    mr_outcome_fn done;
    void *context;
    size_t place;
} waiting_call;

struct world {
    mr_runner runner; /* first: what the functions call */
    mr_sim *sim;
    char *directory;
    mr_disk_watch watch;
    handler_fn handle;
    sent *calls; /* all of them */
    size_t call_count, call_capacity;
    waiting_call waiting[64];
    size_t waiting_count;
    mr_outcome_kind kind; /* of an answer that is NULL */
    size_t events[MR_EVENT_TYPE_COUNT];
    char last_state[32];
    bool answers_last_first;
    void *extra; /* a test's own */
};

static inline char *handle_well(world *w, const sent *call, const cJSON *event)
{
    (void)w, (void)call, (void)event;
    return mr_strdup("null");
}

static inline char *handle_badly(world *w, const sent *call, const cJSON *event)
{
    (void)w, (void)call, (void)event;
    return NULL;
}

static inline void world_nobody(void *context, const char *doing, const char *path)
{
    (void)context, (void)doing, (void)path;
}

static inline void world_heard(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    world *w = context;
    (void)time_us, (void)line;
    w->events[event->type]++;
    if (event->type == MR_EVENT_MAPPING_STATE) {
        (void)snprintf(w->last_state, sizeof(w->last_state), "%s", event->reason);
    }
}

static inline const char *member_text(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    CHECK_TRUE(name, cJSON_IsString(member));
    return member->valuestring;
}

static inline void note_call(world *w, const mr_invocation *invocation)
{
    MR_GROW(w->calls, w->call_count, w->call_capacity);
    sent *call = &w->calls[w->call_count++];
    *call = (sent){.time_us = mr_clock_now_us(mr_sim_clock(w->sim)),
                   .event = mr_bytes_dup(invocation->payload)};
    cJSON *event = cJSON_Parse(call->event);
    mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const cJSON *record;
    cJSON_ArrayForEach(record, cJSON_GetObjectItem(event, "Records"))
    {
        const cJSON *kinesis = cJSON_GetObjectItem(record, "kinesis");
        CHECK_TRUE("base64", mr_base64_decode(&data, mr_bytes_of(member_text(kinesis, "data"))));
        mr_strbuf_append_char(&data, ' ');
        call->records++;
        if (call->shard == NULL) {
            call->shard = mr_strndup(member_text(record, "eventID"), 20);
        }
        CHECK_TRUE("one shard", strncmp(call->shard, member_text(record, "eventID"), 20) == 0);
    }
    call->data = mr_strbuf_take(&data);
    cJSON_Delete(event);
}

static inline void world_invoke(mr_runner *runner, const mr_invocation *invocation,
                                mr_outcome_fn done, void *context)
{
    world *w = (world *)runner;
    MR_ASSERT(w->waiting_count < MR_COUNT(w->waiting));
    note_call(w, invocation);
    w->waiting[w->waiting_count++] = (waiting_call){done, context, w->call_count - 1};
}

static inline void world_discard(mr_runner *runner, const mr_function_code *code,
                                 uint32_t environment)
{
    (void)runner, (void)code, (void)environment;
}

static inline void world_answer(world *w)
{
    MR_ASSERT(w->waiting_count > 0);
    const size_t at = w->answers_last_first ? w->waiting_count - 1 : 0;
    const waiting_call call = w->waiting[at];
    memmove(&w->waiting[at], &w->waiting[at + 1], (--w->waiting_count - at) * sizeof(*w->waiting));
    cJSON *event = cJSON_Parse(w->calls[call.place].event);
    char *text = w->handle(w, &w->calls[call.place], event);
    mr_outcome outcome = {.kind = text != NULL               ? MR_OUTCOME_OK
                                  : w->kind == MR_OUTCOME_OK ? MR_OUTCOME_FUNCTION_ERROR
                                                             : w->kind,
                          .payload =
                              mr_bytes_of(text == NULL ? "{\"errorType\":\"Error\"}" : text)};
    call.done(call.context, &outcome);
    cJSON_Delete(event);
    mr_free(text);
}

typedef struct world_options {
    char *directory; /* taken over; NULL: a fresh one */
    int64_t start_us;
    uint32_t shards;
    int64_t state_delay_us;
    uint64_t stream_bytes_max;
    mr_clock_mode mode;
    bool limits;
    bool without_function;
    mr_time_source source;
} world_options;

static inline void world_add_function(world *w)
{
    mr_error err;
    mr_function *function;
    CHECK_OK("function",
             mr_functions_add(mr_sim_functions(w->sim),
                              &(mr_function_options){.name = "f",
                                                     .runtime = "python3.12",
                                                     .handler = "f.handler",
                                                     .directory = ".",
                                                     .timeout_us = 60 * SECOND,
                                                     .concurrency = 50},
                              &function, &err),
             &err);
}

static inline world *world_open(const world_options *options)
{
    mr_error err;
    world *w = mr_calloc(1, sizeof(*w));
    w->runner.invoke = world_invoke;
    w->runner.discard = world_discard;
    w->handle = handle_well;
    w->watch.before = world_nobody;
    w->directory = options->directory == NULL ? check_temp_dir() : options->directory;
    mr_sim_options sim = {
        .clock = {.mode = options->mode,
                  .start_us = options->start_us == 0 ? MR_SIM_START_DEFAULT : options->start_us,
                  .source = options->source},
        .seed = 7,
        .fs = mr_platform_fs(),
        .runner = &w->runner,
        .offloader = mr_offload_inline(),
        .directory = w->directory,
        .limits = options->limits,
        .stream_bytes_max = options->stream_bytes_max,
        .watch = &w->watch,
        .listen = world_heard,
        .listen_context = w};
    CHECK_OK("sim", mr_sim_open(&sim, &w->sim, NULL, &err), &err);
    if (options->directory == NULL) {
        mr_stream *stream;
        CHECK_OK("stream",
                 mr_streams_create(
                     mr_sim_streams(w->sim),
                     &(mr_stream_options){
                         .name = "s", .shard_count = options->shards == 0 ? 1 : options->shards},
                     &stream, &err),
                 &err);
        CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->sim), "failed", &err), &err);
    }
    mr_streams_set_state_delay(mr_sim_streams(w->sim), options->state_delay_us);
    mr_mappings_set_state_delay(mr_sim_mappings(w->sim), options->state_delay_us);
    if (!options->without_function) {
        world_add_function(w);
    }
    return w;
}

static inline char *world_close_keep(world *w)
{
    char *directory = w->directory;
    mr_sim_close(w->sim);
    for (size_t i = 0; i < w->call_count; i++) {
        mr_free(w->calls[i].data);
        mr_free(w->calls[i].event);
        mr_free(w->calls[i].shard);
    }
    mr_free(w->calls);
    mr_free(w);
    return directory;
}

static inline void world_close(world *w)
{
    check_remove_dir(world_close_keep(w));
}

static inline int64_t world_now(const world *w)
{
    return mr_clock_now_us(mr_sim_clock(w->sim));
}

/* ---- turning it ---- */

static inline bool world_step(world *w)
{
    mr_error err;
    mr_step step = mr_sim_step(w->sim, NULL);
    if (step == MR_STEP_WAITING) {
        world_answer(w);
    }
    CHECK_OK("laws", mr_sim_check(w->sim, &err), &err);
    return step != MR_STEP_IDLE;
}

static inline void world_run_to(world *w, int64_t time_us)
{
    while (mr_clock_next_due_us(mr_sim_clock(w->sim)) <= time_us && mr_sim_fatal(w->sim) == NULL) {
        (void)world_step(w);
    }
    if (mr_sim_fatal(w->sim) == NULL) {
        mr_clock_advance_to(mr_sim_clock(w->sim), time_us);
    }
}

static inline void world_run_for(world *w, int64_t span_us)
{
    world_run_to(w, world_now(w) + span_us);
}

static inline void world_run_until_idle(world *w)
{
    while (!mr_sim_is_idle(w->sim)) {
        CHECK_TRUE("something is set", world_step(w));
        CHECK_TRUE("well", mr_sim_fatal(w->sim) == NULL);
    }
}

/* ---- making things ---- */

static inline mr_mapping_settings world_settings(void)
{
    mr_mapping_settings settings = mr_mapping_settings_default();
    settings.function = "f";
    settings.source_arn = STREAM_ARN;
    settings.starting = MR_ITERATOR_TRIM_HORIZON;
    return settings;
}

static inline mr_mapping *world_map(world *w, const mr_mapping_settings *settings)
{
    mr_error err;
    mr_mapping *mapping = NULL;
    CHECK_OK("mapping", mr_mappings_create(mr_sim_mappings(w->sim), settings, NULL, &mapping, &err),
             &err);
    return mapping;
}

static inline mr_mapping *world_only(world *w)
{
    size_t count;
    mr_mapping **all = mr_mappings_list(mr_sim_mappings(w->sim), &count);
    CHECK_INT("mappings", count, 1);
    mr_mapping *only = all[0];
    mr_free(all);
    return only;
}

static inline mr_stream *world_stream(world *w)
{
    return mr_streams_find(mr_sim_streams(w->sim), "s");
}

static inline void world_put(world *w, const char *key, const char *data)
{
    mr_error err;
    size_t failed;
    mr_put_result result;
    mr_record record = {.data = mr_bytes_of(data), .partition_key = mr_bytes_of(key)};
    CHECK_OK("put", mr_stream_put(world_stream(w), &record, 1, &result, &failed, &err), &err);
    CHECK_INT("taken", failed, 0);
}

/* r<first> .. r<last>, all with the key "k". */
static inline void world_put_many(world *w, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        char data[32];
        (void)snprintf(data, sizeof(data), "r%zu", i);
        world_put(w, "k", data);
    }
}

static inline void world_fault(world *w, mr_fault_rule rule)
{
    mr_error err;
    rule.until_us = rule.until_us == 0 ? INT64_MAX : rule.until_us;
    CHECK_OK("fault", mr_faults_add(mr_sim_faults(w->sim), &rule, &err), &err);
}

/* ---- looking at it ---- */

/* The data of call n (from 0). */
static inline const char *world_call(const world *w, size_t n)
{
    if (n >= w->call_count) {
        print_error("call %zu of %zu\n", n, w->call_count);
        fail();
    }
    return w->calls[n].data;
}

typedef struct found {
    char *keys[256];
    size_t count;
} found;

static inline bool add_found(void *context, const mr_object *object)
{
    found *f = context;
    MR_ASSERT(f->count < MR_COUNT(f->keys));
    f->keys[f->count++] = mr_strdup(object->key);
    return true;
}

static inline found world_objects(world *w)
{
    mr_error err;
    found f = {.count = 0};
    CHECK_OK("list", mr_store_list(mr_sim_store(w->sim), "failed", "", add_found, &f, &err), &err);
    return f;
}

static inline void found_deinit(found *f)
{
    for (size_t i = 0; i < f->count; i++) {
        mr_free(f->keys[i]);
    }
}

/* Owned. */
static inline char *world_body(world *w, const char *key)
{
    mr_error err;
    char *path = mr_store_path(mr_sim_store(w->sim), "failed", key), *body;
    size_t len;
    CHECK_OK(path, mr_fs_read_file(mr_platform_fs(), path, MR_GIB, &body, &len, &err), &err);
    char *text = mr_strndup(body, len);
    mr_free(body);
    mr_free(path);
    return text;
}

#endif
