/* scenario_run.c - see scenario_run.h: the lives of one run, and the judge's
 * verdict. */
#include "src/scenario/scenario_run.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/platform/platform.h"
#include "src/scenario/expectations.h"
#include "src/scenario/life.h"
#include "src/scenario/sql_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A schedule that kills faster than the process can get up would never end. */
#define LIVES_MAX       1000
#define LIVES_STILL_MAX 300 /* in a row, at one and the same time */

/* What goes on over all lives of one run. */
typedef struct whole {
    const mr_scenario_run_options *options;
    const mr_scenario_fault *fault_list;
    size_t fault_count;
    mr_scenario_result *result;
    int64_t start_us;
    char *left; /* where a kill leaves the files */
    mr_faults *faults;
    mr_observer *observer;
    mr_ledger *ledger;
    mr_kills *kills;
    mr_actions *actions;
    mr_life *life;
    bool is_told_start; /* the log */
    char **deaths;      /* what killed lives, as far as the log has not been told; owned */
    size_t death_count, death_capacity;
    bool has_jumped;
} whole;

/* ---- making ---- */

static mr_code add_rules(whole *w, mr_error *err)
{
    for (size_t i = 0; i < w->fault_count; i++) {
        const mr_scenario_fault *fault = &w->fault_list[i];
        if (fault->kind == MR_SCENARIO_JUMP) {
            w->has_jumped = true;
        }
        if (fault->kind != MR_SCENARIO_RULE) {
            continue;
        }
        int64_t from_us = w->start_us + fault->at_us;
        mr_fault_rule rule = {.kind = fault->rule_kind,
                              .target = fault->target,
                              .from_us = from_us,
                              .until_us = fault->for_us == 0 ? INT64_MAX : from_us + fault->for_us,
                              .first = fault->first,
                              .every = fault->every,
                              .most = fault->most,
                              .probability = fault->probability,
                              .delay_us = fault->delay_us,
                              .text = fault->text};
        mr_code code = mr_faults_add(w->faults, &rule, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static bool expects_order(const mr_scenario *scenario)
{
    for (size_t i = 0; i < scenario->expect_count; i++) {
        if (scenario->expects[i].kind == MR_EXPECT_REORDERED) {
            return true;
        }
    }
    return false;
}

static mr_code make_whole(whole *w, uint64_t kill_at_write, mr_error *err)
{
    const mr_scenario_run_options *options = w->options;
    const mr_scenario *scenario = options->scenario;
    w->start_us = scenario->start_us;
    w->fault_list = options->faults != NULL ? options->faults : scenario->faults;
    w->fault_count = options->faults != NULL ? options->fault_count : scenario->fault_count;
    w->left = mr_format("%s.left", options->directory);
    w->faults = mr_faults_new(options->seed);
    w->kills = mr_kills_new(w->fault_list, w->fault_count, options->seed, kill_at_write);
    w->actions = mr_actions_new(w->fault_list, w->fault_count, w->start_us);
    w->ledger = mr_ledger_new(&(mr_ledger_options){
        .input_count = scenario->replay != NULL
                           ? scenario->plan->stream_count + scenario->plan->delivery_count
                           : scenario->input_count,
        .tracks_keys = expects_order(scenario)});
    mr_code code = mr_observer_new(scenario, options->events_path, &w->observer, err);
    return code == MR_OK ? add_rules(w, err) : code;
}

static void forget_deaths(whole *w)
{
    for (size_t i = 0; i < w->death_count; i++) {
        mr_free(w->deaths[i]);
    }
    w->death_count = 0;
}

static void free_whole(whole *w)
{
    mr_life_close(w->life);
    mr_actions_free(w->actions);
    mr_kills_free(w->kills);
    mr_ledger_free(w->ledger);
    mr_observer_free(w->observer);
    mr_faults_free(w->faults);
    forget_deaths(w);
    mr_free(w->deaths);
    mr_free(w->left);
}

/* ---- the lives ---- */

/* What the killed process left takes the place of the directory that its world
 * unwound in. */
static mr_code bury(whole *w, mr_error *err)
{
    mr_life_close(w->life);
    w->life = NULL;
    mr_code code = mr_fs_remove_tree(mr_platform_fs(), w->options->directory, err);
    if (code == MR_OK && rename(w->left, w->options->directory) != 0) {
        code = mr_error_os(err, errno, "moving %s to %s", w->left, w->options->directory);
    }
    return code;
}

static mr_code open_life(whole *w, const mr_life_end *before, mr_error *err)
{
    mr_life_options options = {.run = w->options,
                               .directory = w->options->directory,
                               .left = w->left,
                               .is_first = before == NULL,
                               .start_us = w->start_us,
                               .now_us = before == NULL ? w->start_us : before->now_us,
                               .jumped_us = before == NULL ? 0 : before->jumped_us,
                               .is_told_start = w->is_told_start,
                               .deaths = (const char *const *)w->deaths,
                               .death_count = w->death_count,
                               .faults = w->faults,
                               .observer = w->observer,
                               .ledger = w->ledger,
                               .kills = w->kills,
                               .actions = w->actions};
    mr_code code = mr_life_open(&options, &w->life, err);
    if (code == MR_OK && mr_life_has_told(w->life)) {
        w->is_told_start = true;
        forget_deaths(w);
    }
    return code;
}

/* Lives until one comes to its end, which stays open. */
static mr_code live(whole *w, mr_error *err)
{
    mr_life_end end = {0};
    bool is_first = true;
    unsigned lives = 0, still = 0;
    for (; lives < LIVES_MAX && still < LIVES_STILL_MAX; lives++) {
        int64_t began_us = end.now_us;
        mr_code code = open_life(w, is_first ? NULL : &end, err);
        if (code == MR_OK && is_first) {
            code = mr_sql_check_run(w->options->scenario, w->options->directory, err);
        }
        if (code != MR_OK) {
            return code;
        }
        is_first = false;
        code = mr_life_turn(w->life, w->result, &end, err);
        if (code != MR_OK || !end.is_killed) {
            mr_free(end.killed);
            return code;
        }
        MR_GROW(w->deaths, w->death_count, w->death_capacity);
        w->deaths[w->death_count++] = end.killed;
        still = end.now_us == began_us ? still + 1 : 0;
        w->result->kills++;
        code = bury(w, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "the process was killed %u times: a kill that comes in every life leaves "
                        "no time to go on; bound it with times, for or probability",
                        lives);
}

/* ---- what always has to hold ---- */

static void breach(whole *w, const char *expected, const char *got)
{
    mr_strbuf events = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (w->life != NULL) {
        mr_observer_around(w->observer, mr_clock_wall_us(mr_sim_clock(mr_life_sim(w->life))),
                           &events);
    }
    mr_scenario_result_fail(w->result, 0, "invariant", expected, got, mr_strbuf_text(&events));
    mr_strbuf_deinit(&events);
}

static void breach_count(whole *w, const char *expected, uint64_t count, const char *what)
{
    char *got = mr_format("%" PRIu64 " %s", count, what);
    breach(w, expected, got);
    mr_free(got);
}

/* Rows that a producer was told are stored and no delivery stream of its stream
 * has settled. */
static uint64_t rows_missing(whole *w, const char *delivery, const mr_stream *source)
{
    mr_pipeline *pipeline = mr_life_pipeline(w->life);
    mr_sim *sim = mr_life_sim(w->life);
    uint64_t missing = 0;
    for (size_t i = 0; i < mr_pipeline_input_count(pipeline); i++) {
        if (mr_pipeline_input_stream(pipeline, i) == source) {
            mr_producer_counts counts = mr_pipeline_input_counts_of(pipeline, i).counts;
            missing += mr_ledger_rows_missing(w->ledger, sim, delivery, (uint32_t)i + 1,
                                              counts.records + counts.skipped);
        }
    }
    return missing;
}

static uint64_t count_lost(whole *w)
{
    mr_sim *sim = mr_life_sim(w->life);
    size_t count;
    mr_delivery **all = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    uint64_t lost = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = mr_delivery_name(all[i]);
        uint64_t pending = mr_ledger_count(w->ledger, sim, name).pending;
        uint64_t missing = rows_missing(w, name, mr_delivery_source(all[i]));
        lost += pending > missing ? pending : missing;
    }
    mr_free(all);
    return lost;
}

static void judge_invariants(whole *w, const mr_ledger_counts *counts)
{
    bool read_twice = mr_observer_struck(w->observer, MR_FAULT_READ_DUPLICATE) > 0;
    bool put_twice = mr_observer_struck(w->observer, MR_FAULT_ACK_LOST) > 0;
    uint64_t expired_said = mr_observer_count(w->observer, MR_EVENT_RECORDS_EXPIRED);

    if (w->result->lost > 0) {
        breach_count(w,
                     "every acknowledged record is delivered, dropped, failed, "
                     "expired or given "
                     "up",
                     w->result->lost, "are nowhere");
    }
    if (counts->read_twice + counts->backed_up_twice > 0 && !read_twice) {
        breach_count(w, "no record is delivered twice: no read was made twice",
                     counts->read_twice + counts->backed_up_twice, "are");
    }
    if (counts->stored_twice > 0 && !put_twice) {
        breach_count(w, "no row is stored twice: no answer to its producer was lost",
                     counts->stored_twice, "are");
    }
    if (counts->expired_too_early > 0 && !w->has_jumped) {
        breach_count(w, "what expired is gone from the source", counts->expired_too_early,
                     "are still there");
    }
    if (counts->expired > 0 && expired_said == 0 && w->result->kills == 0) {
        breach_count(w, "what expired is told in an event", counts->expired, "were not");
    }
}

/* ---- judging ---- */

static void count_rows(whole *w)
{
    mr_pipeline *pipeline = mr_life_pipeline(w->life);
    for (size_t i = 0; i < mr_pipeline_input_count(pipeline); i++) {
        mr_producer_counts counts = mr_pipeline_input_counts_of(pipeline, i).counts;
        w->result->rows += counts.records + counts.skipped;
    }
}

static void note_waiting(whole *w, mr_strbuf *out)
{
    const mr_scenario_fault *first = NULL;
    size_t waiting = mr_actions_waiting(w->actions, &first);
    if (waiting > 0 && first->line > 0) {
        mr_strbuf_appendf(out, "the run ended before the fault of line %d%s had come\n",
                          first->line, waiting > 1 ? ", and others," : "");
    }
}

/* Whoever wrote down a fault thinks that it strikes. */
static void note_idle_rules(whole *w, mr_strbuf *out)
{
    size_t place = 0; /* among the rules, as add_rules() has added them */
    for (size_t i = 0; i < w->fault_count; i++) {
        const mr_scenario_fault *fault = &w->fault_list[i];
        if (fault->kind == MR_SCENARIO_RULE && mr_faults_struck(w->faults, place++) == 0 &&
            fault->line > 0) {
            mr_strbuf_appendf(out, "the fault of line %d never struck\n", fault->line);
        }
    }
}

static void note_rejected(whole *w, mr_strbuf *out)
{
    mr_pipeline *pipeline = mr_life_pipeline(w->life);
    for (size_t i = 0; i < mr_pipeline_input_count(pipeline); i++) {
        mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, i);
        if (input.counts.rejected > 0) {
            mr_strbuf_appendf(out, "%" PRIu64 " %s of %s cannot be read and %s not put\n",
                              input.counts.rejected, input.counts.rejected == 1 ? "row" : "rows",
                              input.file, input.counts.rejected == 1 ? "was" : "were");
        }
    }
}

/* What a person would want to know who takes the run for what the scenario says. */
static void write_note(whole *w)
{
    mr_strbuf note = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    note_waiting(w, &note);
    note_idle_rules(w, &note);
    note_rejected(w, &note);
    if (note.len > 0) {
        mr_free(w->result->note);
        w->result->note = mr_strbuf_take(&note);
    }
    mr_strbuf_deinit(&note);
}

/* The digest, and the time of day for queries that come later. */
static mr_code finish_log(whole *w, mr_error *err)
{
    mr_sim *sim = mr_life_sim(w->life);
    mr_strbuf manifest = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_trace_emit(mr_sim_trace(sim), &(mr_event){.type = MR_EVENT_RUN_ENDED});
    mr_trace_flush_rates(mr_sim_trace(sim));
    mr_code code = mr_sim_note_time(sim, err);
    if (code == MR_OK) {
        code = mr_store_manifest(mr_sim_store(sim), &manifest, err);
    }
    if (code == MR_OK) {
        code = mr_observer_finish(w->observer, mr_strbuf_bytes(&manifest), w->result->digest, err);
    }
    mr_strbuf_deinit(&manifest);
    return code;
}

static mr_code judge(whole *w, mr_error *err)
{
    mr_sim *sim = mr_life_sim(w->life);
    mr_code code = finish_log(w, err);
    if (code != MR_OK) {
        return code;
    }
    mr_ledger_counts counts = mr_ledger_count(w->ledger, sim, NULL);
    mr_scenario_result *result = w->result;
    result->simulated_us = mr_clock_now_us(mr_sim_clock(sim)) - w->start_us;
    result->delivered = counts.delivered;
    result->failed = counts.failed;
    result->lost = count_lost(w);
    result->duplicated = counts.read_twice + counts.stored_twice;
    result->reordered = counts.reordered;
    result->faults = mr_observer_count(w->observer, MR_EVENT_FAULT);
    count_rows(w);
    judge_invariants(w, &counts);
    if (w->options->only_invariants) {
        return MR_OK;
    }
    write_note(w);
    return mr_expectations_judge(&(mr_judging){.scenario = w->options->scenario,
                                               .sim = sim,
                                               .state_directory = w->options->directory,
                                               .observer = w->observer,
                                               .ledger = w->ledger,
                                               .lost = result->lost,
                                               .update = w->options->update,
                                               .result = result},
                                 err);
}

/* ---- one run ---- */

/* What a kill left is nobody's once the run has ended: it struck while the world was closed. */
static mr_code tidy(const whole *w, mr_error *err)
{
    mr_code code = w->options->keep_state
                       ? MR_OK
                       : mr_fs_remove_tree(mr_platform_fs(), w->options->directory, err);
    return code == MR_OK ? mr_fs_remove_tree(mr_platform_fs(), w->left, err) : code;
}

/* A broken law, or an input that broke off, is what the scenario is judged by;
 * the rest is why it could not be run. */
static mr_code live_and_judge(whole *w, mr_error *err)
{
    mr_code code = live(w, err);
    if (code == MR_CORRUPT) {
        breach(w, "the laws of the pipeline hold", err->message);
        return MR_OK;
    }
    if (code != MR_OK) {
        return code;
    }
    const mr_error *broken = mr_life_input_error(w->life);
    if (broken != NULL) {
        *err = *broken;
        return broken->code;
    }
    return judge(w, err);
}

/* writes: out; how many writes the run made, when they were watched. */
static mr_code run_once(const mr_scenario_run_options *options, uint64_t kill_at_write,
                        mr_scenario_result *result, uint64_t *writes, mr_error *err)
{
    whole w = {.options = options, .result = result};
    mr_code code = make_whole(&w, kill_at_write, err);
    if (code == MR_OK) {
        code = live_and_judge(&w, err);
    }
    *writes = mr_kills_writes(w.kills);
    mr_life_close(w.life);
    w.life = NULL;
    mr_error tidy_err;
    mr_code tidied = tidy(&w, &tidy_err);
    if (code == MR_OK && tidied != MR_OK) {
        *err = tidy_err;
        code = tidied;
    }
    free_whole(&w);
    return code;
}

/* ---- killed before each write in turn ---- */

static const mr_scenario_fault *find_in_turn(const mr_scenario_run_options *options)
{
    const mr_scenario_fault *faults =
        options->faults != NULL ? options->faults : options->scenario->faults;
    size_t count = options->faults != NULL ? options->fault_count : options->scenario->fault_count;
    for (size_t i = 0; i < count; i++) {
        if (faults[i].kind == MR_SCENARIO_KILL_WRITE && faults[i].in_turn) {
            return &faults[i];
        }
    }
    return NULL;
}

static void start_result(mr_scenario_result *result)
{
    mr_scenario_result fresh;
    mr_scenario_result_init(&fresh, result->name, result->file, result->seed);
    fresh.chaos = result->chaos;
    mr_scenario_result_deinit(result);
    *result = fresh;
}

static mr_code run_in_turn(const mr_scenario_run_options *options, const mr_scenario_fault *fault,
                           mr_scenario_result *result, mr_error *err)
{
    uint64_t step = fault->every == 0 ? 1 : fault->every;
    uint64_t at = fault->first == 0 ? 1 : fault->first;
    uint64_t kills = 0;
    for (;; at += step) {
        uint64_t writes = 0;
        mr_code code = run_once(options, at, result, &writes, err);
        bool is_last = result->kills == 0; /* it came to its end before that write */
        kills += result->kills;
        if (code != MR_OK || !mr_scenario_result_passed(result) || is_last ||
            (fault->most > 0 && kills >= fault->most)) {
            mr_free(result->note);
            result->note = mr_scenario_result_passed(result)
                               ? mr_format("killed before %" PRIu64 " writes in turn", kills)
                               : mr_format("killed before write %" PRIu64, at);
            result->kills = kills;
            return code;
        }
        if (options->keep_state) { /* that of the last turn is what stays */
            code = mr_fs_remove_tree(mr_platform_fs(), options->directory, err);
            if (code != MR_OK) {
                return code;
            }
        }
        start_result(result);
    }
}

mr_code mr_scenario_run(const mr_scenario_run_options *options, mr_scenario_result *result,
                        mr_error *err)
{
    MR_ASSERT(options->scenario->error_count == 0);
    const mr_scenario_fault *in_turn = find_in_turn(options);
    uint64_t writes;
    mr_code code = in_turn == NULL ? run_once(options, 0, result, &writes, err)
                                   : run_in_turn(options, in_turn, result, err);
    if (code != MR_OK) {
        result->error = *err;
    }
    return code;
}
