/*
 * sim.h - the world: one clock, one seed, one fault schedule, one event log, and the services
 * that stand on them. sim.c joins the services and can be read as the whole pipeline.
 *
 *   streams -> deliveries -> functions -> store -> catalog
 *   streams -> mappings -> functions
 *
 * Two worlds fit in one process. Nothing here knows a socket, a command line or the wall clock:
 * the outside comes in through the four windows of the options.
 */
#ifndef MR_SIM_SIM_H
#define MR_SIM_SIM_H

#include "sim/base/disk_watch.h"
#include "sim/catalog/catalog.h"
#include "sim/firehose/delivery_stream.h"
#include "sim/lambda/event_queue.h"
#include "sim/lambda/function.h"
#include "sim/lambda/lambda.h"
#include "sim/mapping/mapping.h"
#include "sim/store/store.h"
#include "sim/stream/stream.h"

typedef struct mr_sim mr_sim;

/* The defaults of DESIGN's promise 4: the environment is not read. */
#define MR_SIM_SEED_DEFAULT    1
#define MR_SIM_START_DEFAULT   INT64_C(1735689600000000)  /* 2025-01-01T00:00:00Z */
#define MR_SIM_START_END       INT64_C(13569465600000000) /* 2400-01-01T00:00:00Z: it is earlier */
#define MR_SIM_REGION_DEFAULT  "us-east-1"
#define MR_SIM_ACCOUNT_DEFAULT "000000000000"

typedef struct mr_sim_options {
    mr_clock_options clock;
    uint64_t seed;
    const char *region, *account; /* NULL: the defaults; copied */

    /* The windows to the outside. Borrowed, outlive the world. */
    mr_file_system *fs;
    mr_runner *runner; /* NULL: no function code runs, only builtins */
    mr_offloader *offloader;

    const char *directory;     /* the state directory, which exists; copied */
    bool durable;              /* sync to disk before anything counts: survives power loss */
    bool limits;               /* the token buckets of AWS are in force */
    uint64_t stream_bytes_max; /* disk of one stream; 0: 8 GiB */

    /* The control plane of data streams, as in mr_streams_options; zero: states take no time, and
     * the account has no limits but MR_SHARDS_MAX. The states of delivery streams, functions and
     * event source mappings take the same time. */
    int64_t stream_state_delay_us;
    uint32_t shard_limit, on_demand_limit, creating_limit;
    uint32_t delivery_stream_limit; /* 0: MR_DELIVERY_STREAM_LIMIT_AWS */

    /*
     * What scenarios need; zero is none of it.
     *
     * watch:    told before anything changes on disk; borrowed, outlives the world. It must hear
     *           of everything on the world's own thread: the offloader is then mr_offload_inline()
     *           (asserted).
     * faults:   borrowed, outlive the world; NULL: its own. Rules, counts and chance go on from one
     *           world to the next, of which one at a time has them: strikes are told to its trace.
     * mutation: the deliberate mistake that this world makes.
     * listen:   hears every event from the opening on, as by mr_trace_listen(); NULL: nobody.
     */
    const mr_disk_watch *watch;
    mr_faults *faults;
    mr_mutation mutation;
    mr_trace_fn listen;
    void *listen_context;
} mr_sim_options;

/*
 * Reads when a world may begin: from 1970 to 2399, because sequence numbers hold no second before
 * 1970 and none after October 2477 (sim/stream/sequence.h), and a run goes on from its start.
 * False on anything else.
 */
MR_NODISCARD bool mr_sim_start_parse(mr_bytes text, int64_t *start_us);

/* What opening a used state directory found and mended. */
typedef struct mr_sim_recovery {
    uint64_t objects_renamed; /* committed before the kill, renamed now */
    uint64_t uploads_removed; /* temporary objects that nothing had committed */
    /* How far the world's time had got past the one that the clock of the options began with: a
     * live clock begins there (see mr_sim_note_time()). 0: it had not. */
    int64_t ahead_us;
} mr_sim_recovery;

/*
 * Opens the world on its state directory: a fresh one, or what a stopped or killed process left.
 *
 * recovery: out, may be NULL.
 * Errors:   MR_NEWER_VERSION, MR_CORRUPT, MR_PERMISSION, MR_DISK_FULL, MR_IO, MR_DATABASE.
 */
MR_NODISCARD mr_code mr_sim_open(const mr_sim_options *options, mr_sim **out,
                                 mr_sim_recovery *recovery, mr_error *err);
/* Closes without flushing: buffers are rebuilt from the rings at the next opening. NULL is fine. */
void mr_sim_close(mr_sim *sim);

/* The services. Borrowed; alive as long as the world. */
mr_clock *mr_sim_clock(mr_sim *sim);
mr_trace *mr_sim_trace(mr_sim *sim);
mr_faults *mr_sim_faults(mr_sim *sim);
mr_db *mr_sim_db(mr_sim *sim);
mr_streams *mr_sim_streams(mr_sim *sim);
mr_functions *mr_sim_functions(mr_sim *sim);
mr_lambda *mr_sim_lambda(mr_sim *sim);
mr_event_queue *mr_sim_events(mr_sim *sim); /* asynchronous invocations */
mr_store *mr_sim_store(mr_sim *sim);
mr_catalog *mr_sim_catalog(mr_sim *sim);
mr_deliveries *mr_sim_deliveries(mr_sim *sim);
mr_delivery_streams *mr_sim_delivery_streams(mr_sim *sim);
mr_mappings *mr_sim_mappings(mr_sim *sim);
uint64_t mr_sim_seed(const mr_sim *sim);

/* Runs the next due callback of the clock; see mr_clock_step(). Once in a second of the world's
 * time it also checks the laws of mr_sim_check(); one that is broken is fatal. */
mr_step mr_sim_step(mr_sim *sim, int64_t *wait_us);

/* Every delivery stream has read, transformed and delivered what there is, and every event source
 * mapping has sent it. */
bool mr_sim_is_idle(mr_sim *sim);
/* Flushes every buffer at once, reason "drain"; no batching window is waited for. */
void mr_sim_drain(mr_sim *sim);
/* What no service can go on from (a stuck handler, a disk that fails under the catalog); NULL
 * while all is well. */
const mr_error *mr_sim_fatal(const mr_sim *sim);

/* The conservation laws of every delivery stream and event source mapping, see
 * mr_delivery_check(), mr_mapping_check(). Errors: MR_CORRUPT,
 * naming the law, the sum and the seed. */
MR_NODISCARD mr_code mr_sim_check(mr_sim *sim, mr_error *err);
/* At the end, when the world is idle: the same, and every record of a source is in a commit, see
 * mr_audit_check(). */
MR_NODISCARD mr_code mr_sim_audit(mr_sim *sim, mr_error *err);

/* Keeps the simulated time in catalog.db, so that a later query knows when "now" is, and that a
 * world with a live clock, opened later, begins no earlier. One in real time keeps none. Called by
 * mr_sim_open() too; a driven world that may be killed calls it now and then. Errors: those of the
 * database. */
MR_NODISCARD mr_code mr_sim_note_time(mr_sim *sim, mr_error *err);

/* SHA-256 over the event log and the manifest of the store, in hex. Once, at the end of a run. */
MR_NODISCARD mr_code mr_sim_digest(mr_sim *sim, char hex[65], mr_error *err);

#endif
