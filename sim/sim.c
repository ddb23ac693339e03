/*
 * sim.c - joins the services: who is given whom, what a finished object means to the catalog,
 * and what ends a run.
 */
#include "sim/sim.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/base/watched_fs.h"
#include "sim/firehose/audit.h"

#include <stdio.h>

/* How often expired segments of idle streams are looked for beside a live clock; a stream that is
 * written to looks whenever it needs a new segment. Readers check retention by record, so the
 * delay only costs disk. In virtual time there is no such timer: it would keep time running. */
#define RECYCLE_INTERVAL_US (60 * MR_US_PER_SECOND)

/* The laws hold at every instant; looking is cheap, but not free. */
#define CHECK_INTERVAL_US MR_US_PER_SECOND

struct mr_sim {
    uint64_t seed;
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    bool borrows_faults;
    mr_file_system *fs;         /* what the services use: watched_fs, or the one of the options */
    mr_file_system *watched_fs; /* owned; NULL: nobody watches */
    mr_db *db;
    mr_streams *streams;
    mr_functions *functions;
    mr_lambda *lambda;
    mr_event_queue *events;
    mr_store *store;
    mr_catalog *catalog;
    mr_deliveries *deliveries;
    mr_delivery_streams *delivery_streams;
    mr_mappings *mappings;
    mr_timer recycle;
    int64_t checked_us; /* when the laws were last looked at */
    bool has_failed;
    mr_error fatal; /* the first one; set when has_failed */
};

static void fail(mr_sim *sim, const mr_error *error)
{
    if (!sim->has_failed) {
        sim->has_failed = true;
        sim->fatal = *error;
    }
}

static void on_fault_struck(void *context, mr_fault_kind kind, const char *target)
{
    mr_sim *sim = context;
    mr_trace_emit(
        sim->trace,
        &(mr_event){.type = MR_EVENT_FAULT, .id = mr_fault_kind_name(kind), .reason = target});
}

/* A delivered object may be the first of its partition. */
static void on_object_written(void *context, const char *bucket, const mr_object *object)
{
    mr_sim *sim = context;
    mr_error err;
    if (mr_catalog_object_written(sim->catalog, bucket, object->key, &err) != MR_OK) {
        fail(sim, &err);
    }
}

static void on_fatal(void *context, const mr_error *error)
{
    fail(context, error);
}

static void on_recycle(void *context)
{
    mr_sim *sim = context;
    mr_error err;
    if (mr_streams_recycle(sim->streams, &err) != MR_OK) {
        fail(sim, &err);
        return;
    }
    mr_timer_set(&sim->recycle, mr_clock_now_us(sim->clock) + RECYCLE_INTERVAL_US);
}

static void take_faults(mr_sim *sim, const mr_sim_options *options)
{
    sim->borrows_faults = options->faults != NULL;
    sim->faults = sim->borrows_faults ? options->faults : mr_faults_new(options->seed);
    mr_faults_on_strike(sim->faults, on_fault_struck, sim);
    mr_faults_mutate(sim->faults, options->mutation);
}

static void release_faults(mr_sim *sim)
{
    if (sim->borrows_faults) {
        mr_faults_on_strike(sim->faults, NULL, NULL);
    } else {
        mr_faults_free(sim->faults);
    }
}

static void take_fs(mr_sim *sim, const mr_sim_options *options)
{
    if (options->watch != NULL) {
        MR_ASSERT(options->offloader == mr_offload_inline()); /* a watch is of one thread */
        sim->watched_fs = mr_watched_fs_new(options->fs, options->watch);
    }
    sim->fs = sim->watched_fs == NULL ? options->fs : sim->watched_fs;
}

bool mr_sim_start_parse(mr_bytes text, int64_t *start_us)
{
    return mr_iso_parse(text, start_us) && *start_us >= 0 && *start_us < MR_SIM_START_END;
}

static mr_code read_noted_time(mr_sim *sim, int64_t *noted_us, bool *is_noted, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(sim->db, "SELECT value FROM meta WHERE name = 'clock_us'");
    mr_code code = mr_stmt_step(sim->db, stmt, is_noted, err);
    if (code == MR_OK && *is_noted &&
        (!mr_bytes_to_int64(mr_bytes_of(mr_stmt_text(stmt, 0)), noted_us) || *noted_us < 0 ||
         *noted_us >= MR_SIM_START_END)) {
        code = mr_error_set(err, MR_CORRUPT, "%s: the time kept there is no time of a world",
                            mr_db_path(sim->db));
    }
    mr_stmt_done(stmt);
    return code;
}

static mr_code open_db(mr_sim *sim, const mr_sim_options *options, mr_error *err)
{
    char *path = mr_format("%s/catalog.db", options->directory);
    mr_db_options db_options = {.path = path,
                                .clock = sim->clock,
                                .seed = options->seed,
                                .durable = options->durable,
                                .watch = options->watch};
    mr_code code = mr_db_open(&db_options, &sim->db, err);
    mr_free(path);
    return code;
}

/* A world that was driven ahead does not go back when it is opened again. */
static mr_code begin_no_earlier(mr_sim *sim, mr_sim_recovery *found, mr_error *err)
{
    int64_t noted_us = 0;
    bool is_noted;
    mr_code code = read_noted_time(sim, &noted_us, &is_noted, err);
    int64_t now_us = mr_clock_now_us(sim->clock);
    noted_us -= mr_clock_jumped_us(sim->clock); /* it is a time of day */
    if (code == MR_OK && is_noted && mr_clock_is_live(sim->clock) && noted_us > now_us) {
        found->ahead_us = noted_us - now_us;
        mr_clock_advance_to(sim->clock, noted_us);
    }
    return code;
}

static mr_code open_store(mr_sim *sim, const mr_sim_options *options, mr_sim_recovery *recovery,
                          mr_error *err)
{
    char *path = mr_format("%s/s3", options->directory);
    mr_store_options store_options = {.clock = sim->clock,
                                      .trace = sim->trace,
                                      .faults = sim->faults,
                                      .fs = sim->fs,
                                      .offloader = options->offloader,
                                      .db = sim->db,
                                      .directory = path,
                                      .durable = options->durable};
    mr_code code = mr_store_open(&store_options, &sim->store, &recovery->objects_renamed,
                                 &recovery->uploads_removed, err);
    mr_free(path);
    return code;
}

static mr_code open_streams(mr_sim *sim, const mr_sim_options *options, const char *region,
                            const char *account, mr_error *err)
{
    char *path = mr_format("%s/streams", options->directory);
    mr_streams_options streams_options = {.clock = sim->clock,
                                          .trace = sim->trace,
                                          .faults = sim->faults,
                                          .fs = sim->fs,
                                          .db = sim->db,
                                          .directory = path,
                                          .limits = options->limits,
                                          .stream_bytes_max = options->stream_bytes_max,
                                          .durable = options->durable,
                                          .seed = options->seed,
                                          .region = region,
                                          .account = account,
                                          .state_delay_us = options->stream_state_delay_us,
                                          .shard_limit = options->shard_limit,
                                          .on_demand_limit = options->on_demand_limit,
                                          .creating_limit = options->creating_limit};
    mr_code code = mr_streams_open(&streams_options, &sim->streams, err);
    mr_free(path);
    if (code == MR_OK) {
        mr_streams_on_fatal(sim->streams, on_fatal, sim);
    }
    return code;
}

static mr_code open_lambda(mr_sim *sim, const mr_sim_options *options, const char *region,
                           const char *account, mr_error *err)
{
    sim->functions = mr_functions_new(&(mr_functions_options){.clock = sim->clock,
                                                              .trace = sim->trace,
                                                              .faults = sim->faults,
                                                              .runner = options->runner,
                                                              .seed = options->seed,
                                                              .region = region,
                                                              .account = account});
    char *path = mr_format("%s/functions", options->directory);
    mr_lambda_options lambda_options = {.clock = sim->clock,
                                        .trace = sim->trace,
                                        .fs = sim->fs,
                                        .db = sim->db,
                                        .functions = sim->functions,
                                        .directory = path,
                                        .region = region,
                                        .account = account,
                                        .durable = options->durable,
                                        .seed = options->seed,
                                        .state_delay_us = options->stream_state_delay_us};
    mr_code code = mr_lambda_open(&lambda_options, &sim->lambda, err);
    mr_free(path);
    if (code == MR_OK) {
        code = mr_event_queue_open(sim->lambda, &sim->events, err);
    }
    if (code == MR_OK) {
        mr_event_queue_on_fatal(sim->events, on_fatal, sim);
    }
    return code;
}

static void make_deliveries(mr_sim *sim, const mr_sim_options *options, const char *region,
                            const char *account)
{
    sim->deliveries = mr_deliveries_new(&(mr_deliveries_options){.clock = sim->clock,
                                                                 .trace = sim->trace,
                                                                 .faults = sim->faults,
                                                                 .db = sim->db,
                                                                 .streams = sim->streams,
                                                                 .functions = sim->functions,
                                                                 .store = sim->store,
                                                                 .seed = options->seed,
                                                                 .region = region,
                                                                 .account = account,
                                                                 .limits = options->limits});
    mr_deliveries_on_object(sim->deliveries, on_object_written, sim);
    mr_deliveries_on_fatal(sim->deliveries, on_fatal, sim);
    sim->delivery_streams = mr_delivery_streams_new(
        &(mr_delivery_streams_options){.clock = sim->clock,
                                       .trace = sim->trace,
                                       .db = sim->db,
                                       .streams = sim->streams,
                                       .deliveries = sim->deliveries,
                                       .region = region,
                                       .account = account,
                                       .state_delay_us = options->stream_state_delay_us,
                                       .limit = options->delivery_stream_limit});
    mr_delivery_streams_on_fatal(sim->delivery_streams, on_fatal, sim);
}

static mr_code open_mappings(mr_sim *sim, const mr_sim_options *options, const char *region,
                             const char *account, mr_error *err)
{
    mr_code code =
        mr_mappings_open(&(mr_mappings_options){.clock = sim->clock,
                                                .trace = sim->trace,
                                                .faults = sim->faults,
                                                .db = sim->db,
                                                .streams = sim->streams,
                                                .functions = sim->functions,
                                                .store = sim->store,
                                                .seed = options->seed,
                                                .region = region,
                                                .account = account,
                                                .state_delay_us = options->stream_state_delay_us},
                         &sim->mappings, err);
    if (code == MR_OK) {
        mr_mappings_on_fatal(sim->mappings, on_fatal, sim);
    }
    return code;
}

mr_code mr_sim_open(const mr_sim_options *options, mr_sim **out, mr_sim_recovery *recovery,
                    mr_error *err)
{
    MR_ASSERT(options->fs != NULL);
    MR_ASSERT(options->offloader != NULL);
    MR_ASSERT(options->directory != NULL);

    const char *region = options->region == NULL ? MR_SIM_REGION_DEFAULT : options->region;
    const char *account = options->account == NULL ? MR_SIM_ACCOUNT_DEFAULT : options->account;
    mr_sim_recovery found = {0};
    mr_sim *sim = mr_calloc(1, sizeof(*sim));
    sim->seed = options->seed;
    sim->clock = mr_clock_new(&options->clock);
    sim->trace = mr_trace_new(sim->clock);
    if (options->listen != NULL) {
        mr_trace_listen(sim->trace, options->listen, options->listen_context, false);
    }
    take_faults(sim, options);
    take_fs(sim, options);
    mr_timer_init(&sim->recycle, sim->clock, on_recycle, sim);
    mr_timer_set_background(&sim->recycle);

    mr_code code = open_db(sim, options, err);
    if (code == MR_OK) {
        code = begin_no_earlier(sim, &found, err);
    }
    if (code == MR_OK) {
        code = open_store(sim, options, &found, err);
    }
    if (code == MR_OK) {
        code = open_streams(sim, options, region, account, err);
    }
    if (code == MR_OK) {
        code = mr_sim_note_time(sim, err);
    }
    if (code == MR_OK) {
        sim->catalog = mr_catalog_new(sim->db, sim->trace);
        code = mr_catalog_recover(sim->catalog, err);
    }
    if (code == MR_OK) {
        code = open_lambda(sim, options, region, account, err);
    }
    if (code != MR_OK) {
        mr_sim_close(sim);
        return code;
    }
    make_deliveries(sim, options, region, account);
    code = open_mappings(sim, options, region, account, err);
    if (code != MR_OK) {
        mr_sim_close(sim);
        return code;
    }
    if (mr_clock_is_live(sim->clock)) {
        mr_timer_set(&sim->recycle, mr_clock_now_us(sim->clock) + RECYCLE_INTERVAL_US);
    }
    if (found.objects_renamed + found.uploads_removed > 0) {
        mr_trace_emit(sim->trace, &(mr_event){.type = MR_EVENT_RECOVERED,
                                              .records = found.objects_renamed,
                                              .dropped = found.uploads_removed});
    }
    if (recovery != NULL) {
        *recovery = found;
    }
    *out = sim;
    return MR_OK;
}

void mr_sim_close(mr_sim *sim)
{
    if (sim == NULL) {
        return;
    }
    mr_timer_cancel(&sim->recycle);
    mr_delivery_streams_free(sim->delivery_streams);
    mr_mappings_close(sim->mappings);
    mr_deliveries_free(sim->deliveries);
    mr_event_queue_free(sim->events);
    mr_lambda_free(sim->lambda);
    mr_functions_free(sim->functions);
    mr_catalog_free(sim->catalog);
    mr_streams_close(sim->streams);
    mr_store_close(sim->store);
    mr_db_close(sim->db);
    mr_watched_fs_free(sim->watched_fs);
    release_faults(sim);
    mr_trace_free(sim->trace);
    mr_clock_free(sim->clock);
    mr_free(sim);
}

mr_clock *mr_sim_clock(mr_sim *sim)
{
    return sim->clock;
}

mr_trace *mr_sim_trace(mr_sim *sim)
{
    return sim->trace;
}

mr_faults *mr_sim_faults(mr_sim *sim)
{
    return sim->faults;
}

mr_db *mr_sim_db(mr_sim *sim)
{
    return sim->db;
}

mr_streams *mr_sim_streams(mr_sim *sim)
{
    return sim->streams;
}

mr_functions *mr_sim_functions(mr_sim *sim)
{
    return sim->functions;
}

mr_lambda *mr_sim_lambda(mr_sim *sim)
{
    return sim->lambda;
}

mr_event_queue *mr_sim_events(mr_sim *sim)
{
    return sim->events;
}

mr_store *mr_sim_store(mr_sim *sim)
{
    return sim->store;
}

mr_catalog *mr_sim_catalog(mr_sim *sim)
{
    return sim->catalog;
}

mr_deliveries *mr_sim_deliveries(mr_sim *sim)
{
    return sim->deliveries;
}

mr_delivery_streams *mr_sim_delivery_streams(mr_sim *sim)
{
    return sim->delivery_streams;
}

mr_mappings *mr_sim_mappings(mr_sim *sim)
{
    return sim->mappings;
}

uint64_t mr_sim_seed(const mr_sim *sim)
{
    return sim->seed;
}

static void check_now_and_then(mr_sim *sim)
{
    int64_t now_us = mr_clock_now_us(sim->clock);
    if (now_us - sim->checked_us < CHECK_INTERVAL_US) {
        return;
    }
    mr_error err;
    sim->checked_us = now_us;
    if (mr_sim_check(sim, &err) != MR_OK) {
        fail(sim, &err);
    }
}

mr_step mr_sim_step(mr_sim *sim, int64_t *wait_us)
{
    mr_step step = mr_clock_step(sim->clock, wait_us);
    if (step == MR_STEP_RAN) {
        check_now_and_then(sim);
    }
    return step;
}

bool mr_sim_is_idle(mr_sim *sim)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(sim->deliveries, &count);
    bool idle = true;
    for (size_t i = 0; i < count && idle; i++) {
        idle = mr_delivery_is_idle(deliveries[i]);
    }
    mr_free(deliveries);
    mr_mapping **mappings = mr_mappings_list(sim->mappings, &count);
    for (size_t i = 0; i < count && idle; i++) {
        idle = mr_mapping_is_idle(mappings[i]);
    }
    mr_free(mappings);
    return idle;
}

void mr_sim_drain(mr_sim *sim)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(sim->deliveries, &count);
    for (size_t i = 0; i < count; i++) {
        mr_delivery_drain(deliveries[i]);
    }
    mr_free(deliveries);
    mr_mapping **mappings = mr_mappings_list(sim->mappings, &count);
    for (size_t i = 0; i < count; i++) {
        mr_mapping_drain(mappings[i]);
    }
    mr_free(mappings);
}

const mr_error *mr_sim_fatal(const mr_sim *sim)
{
    return sim->has_failed ? &sim->fatal : NULL;
}

/* A broken law is found again with the same seed. */
static mr_code name_seed(const mr_sim *sim, mr_code code, mr_error *err)
{
    if (code == MR_CORRUPT) {
        mr_error_prefix(err, "an invariant is broken (seed %llu): ", (unsigned long long)sim->seed);
    }
    return code;
}

mr_code mr_sim_check(mr_sim *sim, mr_error *err)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(sim->deliveries, &count);
    mr_code code = MR_OK;
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = mr_delivery_check(deliveries[i], err);
    }
    mr_free(deliveries);
    mr_mapping **mappings = mr_mappings_list(sim->mappings, &count);
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = mr_mapping_check(mappings[i], err);
    }
    mr_free(mappings);
    return name_seed(sim, code, err);
}

mr_code mr_sim_audit(mr_sim *sim, mr_error *err)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(sim->deliveries, &count);
    mr_audit *audit = mr_audit_new();
    mr_code code = mr_sim_check(sim, err);
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = mr_delivery_settle(deliveries[i], err);
    }
    if (code == MR_OK) {
        code = mr_audit_read(audit, sim->db, NULL, NULL, err);
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = name_seed(sim, mr_audit_check(audit, deliveries[i], err), err);
    }
    mr_audit_free(audit);
    mr_free(deliveries);
    return code;
}

mr_code mr_sim_note_time(mr_sim *sim, mr_error *err)
{
    if (mr_clock_mode_of(sim->clock) == MR_CLOCK_REAL) {
        return mr_db_exec(sim->db, "DELETE FROM meta WHERE name = 'clock_us'", err);
    }
    mr_stmt *stmt = mr_db_stmt(sim->db, "INSERT INTO meta(name, value) VALUES('clock_us', ?1) "
                                        "ON CONFLICT(name) DO UPDATE SET value = excluded.value");
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)mr_clock_wall_us(sim->clock));
    mr_stmt_bind_text(stmt, 1, text);
    return mr_stmt_run(sim->db, stmt, err);
}

mr_code mr_sim_digest(mr_sim *sim, char hex[65], mr_error *err)
{
    mr_strbuf manifest = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_trace_flush_rates(sim->trace);
    mr_code code = mr_store_manifest(sim->store, &manifest, err);
    if (code == MR_OK) {
        mr_trace_digest_update(sim->trace, mr_strbuf_bytes(&manifest));
        mr_trace_digest_finish(sim->trace, hex);
    }
    mr_strbuf_deinit(&manifest);
    return code;
}
