/*
 * chaos.c - see chaos.h.
 *
 * One table says what may be drawn: a row is a fault with what it is aimed at and when it strikes.
 * Rows that the plan has nothing for are not drawn. What keeps a pipeline alive is kept here:
 * every fault ends (a span, or so many strikes), only one outage of a store is long, and the clock
 * jumps twice at most, so that all of it together stays well inside the shortest retention, a day.
 */
#include "src/scenario/chaos.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"

#include <string.h>

#define SECONDS(n) ((n)*MR_US_PER_SECOND)
#define MINUTES(n) SECONDS((n)*INT64_C(60))
#define HOURS(n)   MINUTES((n)*INT64_C(60))

#define FAULTS_MOST   6
#define AT_MOST       MINUTES(10)
#define JUMPS_MOST    2
#define OUTAGE_MOST   HOURS(6)
#define RESHARD_MOST  8
#define REDRAWS_MOST  100
#define KILL_MOST     3
#define WRITES_MOST   600
#define ROW_BYTES     80   /* about so many has a row of an input, */
#define MAX_RATE      1000 /* and about so many a second are taken at rate `max` */
#define RATE_MOST     5000
#define STRIKES_EVERY 7

typedef enum aim {
    AIM_NOTHING,
    AIM_STREAM, /* a rule; the whole stream */
    AIM_SHARD,  /* a rule; one shard, or all of one stream */
    AIM_FUNCTION,
    AIM_STORE,   /* a rule; one bucket */
    AIM_RESHARD, /* an order to a stream */
    AIM_INPUT
} aim;

typedef enum timing {
    TIMING_RULE,   /* a span, by chance or always, or so many strikes */
    TIMING_OUTAGE, /* the same, but the span may be hours */
    TIMING_INSTANT,
    TIMING_SPAN,
    TIMING_FLUSHES, /* counted, from the start on */
    TIMING_WRITES
} timing;

typedef struct chaos_kind {
    mr_scenario_fault_kind kind;
    const char *rule; /* of MR_SCENARIO_RULE; one that this build does not know is not drawn */
    aim aim;
    timing timing;
    int64_t delay_most_us;
    bool has_text; /* needs one: a poison record */
} chaos_kind;

static const chaos_kind kinds[] = {
    {MR_SCENARIO_RULE, "shard-throttled", AIM_SHARD, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "put-failed", AIM_SHARD, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "ack-lost", AIM_STREAM, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "read-throttled", AIM_SHARD, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "read-slow", AIM_SHARD, TIMING_RULE, SECONDS(30), false},
    {MR_SCENARIO_RULE, "read-duplicate", AIM_SHARD, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "record-poisoned", AIM_SHARD, TIMING_RULE, 0, true},
    {MR_SCENARIO_RULE, "lambda-error", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-timeout", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-crash", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-slow", AIM_FUNCTION, TIMING_RULE, MINUTES(1), false},
    {MR_SCENARIO_RULE, "lambda-slow-start", AIM_FUNCTION, TIMING_RULE, SECONDS(20), false},
    {MR_SCENARIO_RULE, "lambda-garbled", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-throttled", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-ids-missing", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "lambda-ids-repeated", AIM_FUNCTION, TIMING_RULE, 0, false},
    {MR_SCENARIO_RULE, "store-refused", AIM_STORE, TIMING_OUTAGE, 0, false},
    {MR_SCENARIO_RULE, "store-failed", AIM_STORE, TIMING_OUTAGE, 0, false},
    {MR_SCENARIO_RULE, "store-full", AIM_STORE, TIMING_OUTAGE, 0, false},
    {MR_SCENARIO_RULE, "store-slow", AIM_STORE, TIMING_RULE, MINUTES(2), false},
    {MR_SCENARIO_SPLIT, NULL, AIM_RESHARD, TIMING_INSTANT, 0, false},
    {MR_SCENARIO_MERGE, NULL, AIM_RESHARD, TIMING_INSTANT, 0, false},
    {MR_SCENARIO_RESHARD, NULL, AIM_RESHARD, TIMING_INSTANT, 0, false},
    {MR_SCENARIO_JUMP, NULL, AIM_NOTHING, TIMING_INSTANT, 0, false},
    {MR_SCENARIO_KILL, NULL, AIM_NOTHING, TIMING_INSTANT, 0, false},
    {MR_SCENARIO_KILL_FLUSH, NULL, AIM_NOTHING, TIMING_FLUSHES, 0, false},
    {MR_SCENARIO_KILL_WRITE, NULL, AIM_NOTHING, TIMING_WRITES, 0, false},
    {MR_SCENARIO_RATE, NULL, AIM_INPUT, TIMING_SPAN, 0, false},
    {MR_SCENARIO_PAUSE, NULL, AIM_INPUT, TIMING_SPAN, 0, false},
};

typedef struct drawing {
    const mr_scenario *scenario;
    int64_t length_us; /* about so long the inputs put: most faults are to meet them */
    mr_chaos *chaos;   /* what stands so far, the scenario's own included */
    mr_prng prng;
    bool had_outage;
    int jumps;
} drawing;

/* ---- chance ---- */

/* least..most, both inclusive. */
static uint64_t between(drawing *d, uint64_t least, uint64_t most)
{
    return least + mr_prng_below(&d->prng, most - least + 1);
}

static bool one_in(drawing *d, uint64_t n)
{
    return mr_prng_below(&d->prng, n) == 0;
}

/* A duration in steps that people read well: whole seconds, or 10 ms below one. Small ones are as
 * likely as large ones: the span is chosen first, and then the place in it. */
static int64_t duration(drawing *d, int64_t least_us, int64_t most_us)
{
    int64_t most = most_us;
    while (most / 4 > least_us && one_in(d, 2)) {
        most /= 4;
    }
    int64_t us = least_us + (int64_t)mr_prng_below(&d->prng, (uint64_t)(most - least_us) + 1);
    int64_t step = us >= SECONDS(1) ? SECONDS(1) : 10 * MR_US_PER_MS;
    return us < step ? step : us / step * step;
}

/* ---- what the plan has ---- */

/* A processor names its function by name or ARN, with or without a qualifier. */
static bool names_function(const char *processor, const char *function)
{
    if (processor == NULL) {
        return false;
    }
    const char *marker = strstr(processor, ":function:");
    const char *name = marker == NULL ? processor : marker + strlen(":function:");
    size_t len = strlen(function);
    return strncmp(name, function, len) == 0 && (name[len] == '\0' || name[len] == ':');
}

static bool is_used(const mr_plan *plan, const mr_plan_function *function)
{
    for (size_t i = 0; i < plan->delivery_count; i++) {
        if (names_function(plan->deliveries[i].options.function, function->options.name)) {
            return true;
        }
    }
    return false;
}

/* The place-th used function, or NULL, with how many there are. */
static const char *used_function(const mr_plan *plan, size_t place, size_t *count)
{
    const char *name = NULL;
    *count = 0;
    for (size_t i = 0; i < plan->function_count; i++) {
        if (is_used(plan, &plan->functions[i])) {
            name = *count == place ? plan->functions[i].options.name : name;
            (*count)++;
        }
    }
    return name;
}

static size_t targets_of(const mr_scenario *scenario, const chaos_kind *kind)
{
    if (kind->rule != NULL && mr_fault_kind_of(kind->rule) == MR_FAULT_NONE) {
        return 0;
    }
    size_t functions;
    switch (kind->aim) {
    case AIM_STREAM:
    case AIM_SHARD:
    case AIM_RESHARD:
        return scenario->plan->stream_count;
    case AIM_FUNCTION:
        (void)used_function(scenario->plan, 0, &functions);
        return functions;
    case AIM_STORE:
        return scenario->plan->bucket_count;
    case AIM_INPUT:
        return scenario->input_count;
    default:
        return 1;
    }
}

/* ---- aims ---- */

static const char *shard_target(drawing *d, const mr_stream_options *stream)
{
    if (one_in(d, 2)) {
        return mr_arena_format(d->chaos->arena, "%s/*", stream->name);
    }
    return mr_arena_format(d->chaos->arena, "%s/shardId-%012u", stream->name,
                           (unsigned)mr_prng_below(&d->prng, stream->shard_count));
}

static bool reshards(const mr_scenario_fault *fault)
{
    return fault->kind == MR_SCENARIO_SPLIT || fault->kind == MR_SCENARIO_MERGE ||
           fault->kind == MR_SCENARIO_RESHARD;
}

/* A split or a merge names shards, which must still be open when its time comes: a stream gets
 * one order of them alone, while UpdateShardCount may come again and again. */
static bool may_reshard(const mr_chaos *chaos, mr_scenario_fault_kind kind, const char *stream)
{
    for (size_t i = 0; i < chaos->fault_count; i++) {
        const mr_scenario_fault *other = &chaos->faults[i];
        bool named = kind != MR_SCENARIO_RESHARD || other->kind != MR_SCENARIO_RESHARD;
        if (reshards(other) && strcmp(other->stream, stream) == 0 && named) {
            return false;
        }
    }
    return true;
}

/* False: not for this stream. The shards of a fresh stream divide the hash keys in order, so
 * neighbours in number are neighbours in range. */
static bool aim_reshard(drawing *d, const mr_stream_options *stream, mr_scenario_fault *fault)
{
    if (!may_reshard(d->chaos, fault->kind, stream->name) ||
        (fault->kind == MR_SCENARIO_MERGE && stream->shard_count < 2)) {
        return false;
    }
    fault->stream = stream->name;
    if (fault->kind == MR_SCENARIO_RESHARD) {
        fault->shard_count = (uint32_t)between(d, 1, RESHARD_MOST);
    } else if (fault->kind == MR_SCENARIO_SPLIT) {
        fault->shard = (uint32_t)mr_prng_below(&d->prng, stream->shard_count);
    } else {
        fault->shard = (uint32_t)mr_prng_below(&d->prng, stream->shard_count - 1);
        fault->other_shard = fault->shard + 1;
    }
    return true;
}

static bool aim_at(drawing *d, const chaos_kind *kind, mr_scenario_fault *fault)
{
    const mr_plan *plan = d->scenario->plan;
    size_t place = (size_t)mr_prng_below(&d->prng, targets_of(d->scenario, kind));
    size_t functions;
    switch (kind->aim) {
    case AIM_STREAM:
        fault->target = plan->streams[place].options.name;
        return true;
    case AIM_SHARD:
        fault->target = shard_target(d, &plan->streams[place].options);
        return true;
    case AIM_FUNCTION:
        fault->target = used_function(plan, place, &functions);
        return true;
    case AIM_STORE:
        fault->target = mr_arena_format(d->chaos->arena, "%s/*", plan->buckets[place].name);
        return true;
    case AIM_RESHARD:
        return aim_reshard(d, &plan->streams[place].options, fault);
    case AIM_INPUT:
        fault->input = place;
        return true;
    default:
        return true;
    }
}

/* ---- times ---- */

/* About how long an input puts. */
static int64_t length_of(const mr_plan_input *input)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info = {0};
    if (input->file == NULL || fs->stat(fs, input->file, &info, NULL) != MR_OK) {
        return 0;
    }
    const mr_producer_options *options = &input->options;
    uint64_t rows = info.size_bytes / ROW_BYTES * (options->repeat == 0 ? 1 : options->repeat);
    if (options->rows_max > 0 && options->rows_max < rows) {
        rows = options->rows_max;
    }
    double seconds = (double)rows / (options->rate > 0 ? options->rate : MAX_RATE);
    return seconds > 86400 ? SECONDS(86400) : SECONDS((int64_t)seconds);
}

static int64_t length_of_inputs(const mr_scenario *scenario)
{
    int64_t longest_us = MINUTES(1);
    for (size_t i = 0; i < scenario->input_count; i++) {
        int64_t length_us = length_of(&scenario->inputs[i]);
        longest_us = length_us > longest_us ? length_us : longest_us;
    }
    return longest_us < AT_MOST ? longest_us : AT_MOST;
}

/* Mostly while rows come; sometimes later, when buffers are still on their way. */
static int64_t some_time(drawing *d)
{
    return duration(d, 0, one_in(d, 5) ? AT_MOST : d->length_us);
}

/* Either a span, in which it strikes by chance or always, or so many strikes. */
static void time_rule(drawing *d, int64_t span_most_us, mr_scenario_fault *fault)
{
    fault->at_us = one_in(d, 4) ? 0 : some_time(d);
    if (one_in(d, 3)) {
        fault->first = between(d, 1, 50);
        fault->every = between(d, 1, STRIKES_EVERY);
        fault->most = between(d, 1, 20);
        return;
    }
    fault->for_us = duration(d, SECONDS(1), span_most_us);
    if (one_in(d, 2)) {
        fault->probability = (double)between(d, 1, 9) / 10;
    }
}

static void time_outage(drawing *d, mr_scenario_fault *fault)
{
    bool is_long = !d->had_outage && one_in(d, 3);
    d->had_outage = d->had_outage || is_long;
    time_rule(d, is_long ? OUTAGE_MOST : AT_MOST, fault);
}

static void set_times(drawing *d, const chaos_kind *kind, mr_scenario_fault *fault)
{
    switch (kind->timing) {
    case TIMING_RULE:
        time_rule(d, AT_MOST, fault);
        break;
    case TIMING_OUTAGE:
        time_outage(d, fault);
        break;
    case TIMING_INSTANT:
        fault->at_us = some_time(d);
        break;
    case TIMING_SPAN:
        fault->at_us = some_time(d);
        fault->for_us = duration(d, SECONDS(1), AT_MOST);
        break;
    case TIMING_FLUSHES:
        fault->first = between(d, 1, 10);
        fault->every = between(d, 1, 3);
        fault->most = between(d, 1, KILL_MOST);
        break;
    case TIMING_WRITES:
        fault->first = between(d, 1, one_in(d, 2) ? 100 : WRITES_MOST);
        fault->every = between(d, 1, 50);
        fault->most = between(d, 1, KILL_MOST);
        break;
    }
}

/* ---- faults ---- */

static const char *poison(drawing *d)
{
    static const char *const texts[] = {"not a record", "{\"cut\": ", "||||||||||||", "\"\""};
    return texts[mr_prng_below(&d->prng, MR_COUNT(texts))];
}

/* False: it cannot be had now; nothing has changed but the chance. */
static bool draw(drawing *d, const chaos_kind *kind, mr_scenario_fault *fault)
{
    *fault = (mr_scenario_fault){.kind = kind->kind};
    if (kind->kind == MR_SCENARIO_JUMP && d->jumps == JUMPS_MOST) {
        return false;
    }
    if (!aim_at(d, kind, fault)) {
        return false;
    }
    set_times(d, kind, fault);
    if (kind->rule != NULL) {
        fault->rule_kind = mr_fault_kind_of(kind->rule);
    }
    if (kind->delay_most_us > 0) {
        fault->delay_us = duration(d, 10 * MR_US_PER_MS, kind->delay_most_us);
    }
    if (kind->has_text) {
        fault->text = poison(d);
    }
    if (kind->kind == MR_SCENARIO_RATE) {
        fault->rate = (double)between(d, 1, RATE_MOST / 10) * 10;
    } else if (kind->kind == MR_SCENARIO_JUMP) {
        d->jumps++;
        fault->jump_us = duration(d, SECONDS(10), HOURS(2)) * (one_in(d, 2) ? -1 : 1);
    }
    return true;
}

void mr_chaos_make(const mr_scenario *scenario, uint64_t seed, mr_chaos *out)
{
    *out = (mr_chaos){.fault_count = scenario->fault_count,
                      .own_count = scenario->fault_count,
                      .arena = mr_arena_new()};
    out->faults =
        mr_arena_alloc(out->arena, (scenario->fault_count + FAULTS_MOST) * sizeof(*out->faults));
    if (scenario->fault_count > 0) {
        memcpy(out->faults, scenario->faults, scenario->fault_count * sizeof(*out->faults));
    }
    drawing d = {.scenario = scenario,
                 .length_us = length_of_inputs(scenario),
                 .chaos = out,
                 .prng = mr_prng_named(seed, "chaos")};
    size_t most = out->own_count + between(&d, 1, FAULTS_MOST);
    for (int i = 0; i < REDRAWS_MOST && out->fault_count < most; i++) {
        const chaos_kind *kind = &kinds[mr_prng_below(&d.prng, MR_COUNT(kinds))];
        if (targets_of(scenario, kind) > 0 && draw(&d, kind, &out->faults[out->fault_count])) {
            out->fault_count++;
        }
    }
}

void mr_chaos_deinit(mr_chaos *chaos)
{
    mr_arena_free(chaos->arena);
    *chaos = (mr_chaos){0};
}

void mr_chaos_write(const mr_scenario *scenario, const mr_scenario_fault *faults, size_t count,
                    mr_strbuf *out)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, "  - ");
        mr_scenario_fault_write(scenario, &faults[i], out);
        mr_strbuf_append_char(out, '\n');
    }
}
