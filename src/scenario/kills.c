/* kills.c - see kills.h. */
#include "src/scenario/kills.h"

#include "sim/base/alloc.h"
#include "sim/fault/turns.h"

typedef struct kill_rule {
    const mr_scenario_fault *fault;
    mr_turns turns;
} kill_rule;

struct mr_kills {
    kill_rule *rules;
    size_t count;
    uint64_t at_write, writes;
    bool wants_writes;
};

static bool is_kill(const mr_scenario_fault *fault)
{
    return fault->kind == MR_SCENARIO_KILL_FLUSH || fault->kind == MR_SCENARIO_KILL_WRITE;
}

mr_kills *mr_kills_new(const mr_scenario_fault *faults, size_t count, uint64_t seed,
                       uint64_t at_write)
{
    mr_kills *kills = mr_calloc(1, sizeof(*kills));
    kills->rules = mr_calloc(count + 1, sizeof(*kills->rules));
    kills->at_write = at_write;
    kills->wants_writes = at_write > 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_kill(&faults[i]) || faults[i].in_turn) {
            continue;
        }
        char *chance = mr_format("kills/%zu", i);
        kills->rules[kills->count++] =
            (kill_rule){.fault = &faults[i],
                        .turns = mr_turns_make(faults[i].first, faults[i].every, faults[i].most,
                                               faults[i].probability, mr_prng_named(seed, chance))};
        mr_free(chance);
        kills->wants_writes = kills->wants_writes || faults[i].kind == MR_SCENARIO_KILL_WRITE;
    }
    return kills;
}

void mr_kills_free(mr_kills *kills)
{
    if (kills != NULL) {
        mr_free(kills->rules);
        mr_free(kills);
    }
}

/* Every rule counts every time, so that adding one does not shift those behind
 * it. */
static bool ask(mr_kills *kills, mr_scenario_fault_kind kind, int64_t elapsed_us)
{
    bool dies = false;
    for (size_t i = 0; i < kills->count; i++) {
        kill_rule *rule = &kills->rules[i];
        const mr_scenario_fault *fault = rule->fault;
        bool is_in_time = elapsed_us >= fault->at_us &&
                          (fault->for_us == 0 || elapsed_us < fault->at_us + fault->for_us);
        if (fault->kind == kind && is_in_time && mr_turns_would_strike(&rule->turns) && !dies) {
            mr_turns_strike(&rule->turns);
            dies = true;
        }
    }
    return dies;
}

bool mr_kills_at_flush(mr_kills *kills, int64_t elapsed_us)
{
    return ask(kills, MR_SCENARIO_KILL_FLUSH, elapsed_us);
}

bool mr_kills_at_write(mr_kills *kills, int64_t elapsed_us)
{
    kills->writes++;
    return ask(kills, MR_SCENARIO_KILL_WRITE, elapsed_us) || kills->writes == kills->at_write;
}

bool mr_kills_want_writes(const mr_kills *kills)
{
    return kills->wants_writes;
}

uint64_t mr_kills_writes(const mr_kills *kills)
{
    return kills->writes;
}
