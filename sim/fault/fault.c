/* fault.c - see fault.h. */
#include "sim/fault/fault.h"

#include "sim/base/alloc.h"
#include "sim/base/glob.h"
#include "sim/fault/turns.h"

#include <inttypes.h>
#include <string.h>

typedef struct rule {
    uint64_t id;
    mr_fault_rule spec; /* its texts are owned */
    mr_fault_point point;
    mr_turns turns; /* of the askings that matched target and time */
} rule;

struct mr_faults {
    uint64_t seed;
    rule *rules; /* in order of adding, which is that of their ids */
    size_t count, capacity;
    uint64_t newest;                 /* the id given last */
    size_t at_point[MR_POINT_COUNT]; /* how many rules each point has */
    mr_mutation mutation;
    mr_fault_struck_fn struck;
    void *struck_context;
};

typedef struct kind_row {
    const char *name;
    mr_fault_point point;
} kind_row;

static const kind_row kinds[MR_FAULT_KIND_COUNT] = {
    [MR_FAULT_NONE] = {"none", MR_POINT_COUNT},
    [MR_FAULT_SHARD_THROTTLED] = {"shard-throttled", MR_POINT_STREAM_PUT},
    [MR_FAULT_PUT_FAILED] = {"put-failed", MR_POINT_STREAM_PUT},
    [MR_FAULT_PUT_POISONED] = {"record-poisoned", MR_POINT_STREAM_PUT},
    [MR_FAULT_ACK_LOST] = {"ack-lost", MR_POINT_STREAM_ACK},
    [MR_FAULT_READ_THROTTLED] = {"read-throttled", MR_POINT_STREAM_READ},
    [MR_FAULT_READ_SLOW] = {"read-slow", MR_POINT_STREAM_READ},
    [MR_FAULT_READ_DUPLICATE] = {"read-duplicate", MR_POINT_STREAM_READ},
    [MR_FAULT_LAMBDA_ERROR] = {"lambda-error", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_TIMEOUT] = {"lambda-timeout", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_CRASH] = {"lambda-crash", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_SLOW] = {"lambda-slow", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_SLOW_START] = {"lambda-slow-start", MR_POINT_START},
    [MR_FAULT_LAMBDA_GARBLED] = {"lambda-garbled", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_THROTTLED] = {"lambda-throttled", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_IDS_MISSING] = {"lambda-ids-missing", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_IDS_REPEATED] = {"lambda-ids-repeated", MR_POINT_INVOKE},
    [MR_FAULT_STORE_REFUSED] = {"store-refused", MR_POINT_STORE_PUT},
    [MR_FAULT_STORE_FAILED] = {"store-failed", MR_POINT_STORE_PUT},
    [MR_FAULT_STORE_SLOW] = {"store-slow", MR_POINT_STORE_PUT},
    [MR_FAULT_STORE_FULL] = {"store-full", MR_POINT_STORE_PUT},
};

mr_faults *mr_faults_new(uint64_t seed)
{
    mr_faults *faults = mr_calloc(1, sizeof(*faults));
    faults->seed = seed;
    return faults;
}

static void rule_deinit(rule *r)
{
    mr_free((char *)r->spec.target);
    mr_free((char *)r->spec.text);
}

void mr_faults_free(mr_faults *faults)
{
    if (faults == NULL) {
        return;
    }
    (void)mr_faults_clear(faults);
    mr_free(faults->rules);
    mr_free(faults);
}

void mr_faults_on_strike(mr_faults *faults, mr_fault_struck_fn fn, void *context)
{
    faults->struck = fn;
    faults->struck_context = context;
}

static mr_code check_rule(const mr_fault_rule *spec, mr_error *err)
{
    const char *name = kinds[spec->kind].name;
    if (!(spec->probability >= 0)) { /* so that a NaN is refused too */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault %s: a probability of %g; give one from 0 to 1", name,
                            spec->probability);
    }
    if (spec->from_us >= spec->until_us) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault %s: its span of time ends before it begins", name);
    }
    if (spec->delay_us < 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "fault %s: a delay below 0", name);
    }
    size_t len = spec->text == NULL ? 0 : strlen(spec->text);
    if (len > MR_FAULT_TEXT_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault %s: a text of %zu bytes; the most is %d", name, len,
                            MR_FAULT_TEXT_MAX);
    }
    return MR_OK;
}

mr_code mr_faults_add(mr_faults *faults, const mr_fault_rule *rule_spec, mr_error *err)
{
    MR_ASSERT(rule_spec->kind > MR_FAULT_NONE && rule_spec->kind < MR_FAULT_KIND_COUNT);

    mr_code code = check_rule(rule_spec, err);
    if (code != MR_OK) {
        return code;
    }
    MR_GROW(faults->rules, faults->count, faults->capacity);
    rule *added = &faults->rules[faults->count];
    char *chance = mr_format("faults/%" PRIu64, faults->newest); /* of this rule alone */
    *added =
        (rule){.id = ++faults->newest,
               .spec = *rule_spec,
               .point = kinds[rule_spec->kind].point,
               .turns = mr_turns_make(rule_spec->first, rule_spec->every, rule_spec->most,
                                      rule_spec->probability, mr_prng_named(faults->seed, chance))};
    mr_free(chance);
    added->spec.target = mr_strdup(rule_spec->target);
    added->spec.text = mr_strdup(rule_spec->text);
    faults->count++;
    faults->at_point[added->point]++;
    return MR_OK;
}

/* Counts the asking and says whether the rule would strike. */
static bool would_strike(rule *r, const char *target, int64_t now_us)
{
    const mr_fault_rule *spec = &r->spec;
    if (now_us < spec->from_us || now_us >= spec->until_us) {
        return false;
    }
    if (spec->target != NULL && *spec->target != '\0' && !mr_glob_matches(spec->target, target)) {
        return false;
    }
    return mr_turns_would_strike(&r->turns);
}

mr_fault mr_faults_ask_slow(mr_faults *faults, mr_fault_point point, const char *target,
                            int64_t now_us)
{
    rule *striking = NULL;
    /* Every rule counts every asking, so that adding one does not shift those behind it. */
    for (size_t i = 0; i < faults->count; i++) {
        rule *r = &faults->rules[i];
        if (r->point == point && would_strike(r, target, now_us) && striking == NULL) {
            striking = r;
        }
    }
    if (striking == NULL) {
        return (mr_fault){.kind = MR_FAULT_NONE};
    }
    mr_turns_strike(&striking->turns);
    mr_fault fault = {striking->spec.kind, striking->spec.delay_us, striking->spec.text};
    if (faults->struck != NULL) {
        faults->struck(faults->struck_context, fault.kind, target);
    }
    return fault;
}

bool mr_faults_any(const mr_faults *faults, mr_fault_point point)
{
    return faults->at_point[point] > 0;
}

/* The count when there is no such rule. */
static size_t index_of(const mr_faults *faults, uint64_t id)
{
    size_t index = 0;
    while (index < faults->count && faults->rules[index].id != id) {
        index++;
    }
    return index;
}

uint64_t mr_faults_struck(const mr_faults *faults, size_t place)
{
    size_t index = index_of(faults, place + 1);
    MR_ASSERT(index < faults->count);
    return faults->rules[index].turns.struck_count;
}

/* ---- what rules there are ---- */

size_t mr_faults_count(const mr_faults *faults)
{
    return faults->count;
}

static mr_fault_state state_of(const rule *r, int64_t now_us)
{
    if (now_us >= r->spec.until_us ||
        (r->turns.most != 0 && r->turns.struck_count >= r->turns.most)) {
        return MR_FAULT_OVER;
    }
    return now_us < r->spec.from_us ? MR_FAULT_WAITING : MR_FAULT_ACTIVE;
}

mr_fault_view mr_faults_at(const mr_faults *faults, size_t index, int64_t now_us)
{
    MR_ASSERT(index < faults->count);
    const rule *r = &faults->rules[index];
    return (mr_fault_view){.id = r->id,
                           .rule = &r->spec,
                           .struck = r->turns.struck_count,
                           .state = state_of(r, now_us)};
}

uint64_t mr_faults_newest(const mr_faults *faults)
{
    return faults->newest;
}

bool mr_faults_remove(mr_faults *faults, uint64_t id)
{
    size_t index = index_of(faults, id);
    if (index == faults->count) {
        return false;
    }
    rule *r = &faults->rules[index];
    faults->at_point[r->point]--;
    rule_deinit(r);
    faults->count--;
    memmove(r, r + 1, (faults->count - index) * sizeof(*r));
    return true;
}

size_t mr_faults_clear(mr_faults *faults)
{
    size_t count = faults->count;
    while (faults->count > 0) {
        (void)mr_faults_remove(faults, faults->rules[faults->count - 1].id);
    }
    return count;
}

const char *mr_fault_state_name(mr_fault_state state)
{
    static const char *const names[] = {
        [MR_FAULT_WAITING] = "waiting", [MR_FAULT_ACTIVE] = "active", [MR_FAULT_OVER] = "over"};
    return names[state];
}

void mr_faults_mutate(mr_faults *faults, mr_mutation mutation)
{
    MR_ASSERT(mutation >= MR_MUTATION_NONE && mutation < MR_MUTATION_COUNT);
    faults->mutation = mutation;
}

mr_mutation mr_faults_mutation(const mr_faults *faults)
{
    return faults->mutation;
}

const char *mr_fault_kind_name(mr_fault_kind kind)
{
    MR_ASSERT(kind >= 0 && kind < MR_FAULT_KIND_COUNT);
    return kinds[kind].name;
}

mr_fault_point mr_fault_point_of(mr_fault_kind kind)
{
    MR_ASSERT(kind >= 0 && kind < MR_FAULT_KIND_COUNT);
    return kinds[kind].point;
}

mr_fault_kind mr_fault_kind_of(const char *name)
{
    for (mr_fault_kind kind = MR_FAULT_NONE + 1; kind < MR_FAULT_KIND_COUNT; kind++) {
        if (strcmp(kinds[kind].name, name) == 0) {
            return kind;
        }
    }
    return MR_FAULT_NONE;
}
