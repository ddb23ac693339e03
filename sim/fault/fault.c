/* fault.c - see fault.h. */
#include "sim/fault/fault.h"

#include "sim/base/alloc.h"
#include "sim/base/glob.h"

#include <string.h>

typedef struct rule {
    mr_fault_rule spec; /* spec.target: owned */
    mr_fault_point point;
    mr_prng prng;         /* a rule's own, so that no rule shifts another's chance */
    uint64_t asked_count; /* askings that matched target and time */
    uint64_t struck_count;
} rule;

struct mr_faults {
    uint64_t seed;
    rule *rules; /* in order of adding */
    size_t count, capacity;
    size_t at_point[MR_POINT_COUNT]; /* how many rules each point has */
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
    [MR_FAULT_ACK_LOST] = {"ack-lost", MR_POINT_STREAM_ACK},
    [MR_FAULT_READ_THROTTLED] = {"read-throttled", MR_POINT_STREAM_READ},
    [MR_FAULT_READ_SLOW] = {"read-slow", MR_POINT_STREAM_READ},
    [MR_FAULT_READ_DUPLICATE] = {"read-duplicate", MR_POINT_STREAM_READ},
    [MR_FAULT_LAMBDA_ERROR] = {"lambda-error", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_TIMEOUT] = {"lambda-timeout", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_CRASH] = {"lambda-crash", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_SLOW] = {"lambda-slow", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_GARBLED] = {"lambda-garbled", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_THROTTLED] = {"lambda-throttled", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_IDS_MISSING] = {"lambda-ids-missing", MR_POINT_INVOKE},
    [MR_FAULT_LAMBDA_IDS_REPEATED] = {"lambda-ids-repeated", MR_POINT_INVOKE},
    [MR_FAULT_STORE_REFUSED] = {"store-refused", MR_POINT_STORE_PUT},
    [MR_FAULT_STORE_SLOW] = {"store-slow", MR_POINT_STORE_PUT},
    [MR_FAULT_STORE_FULL] = {"store-full", MR_POINT_STORE_PUT},
};

mr_faults *mr_faults_new(uint64_t seed)
{
    mr_faults *faults = mr_calloc(1, sizeof(*faults));
    faults->seed = seed;
    return faults;
}

void mr_faults_free(mr_faults *faults)
{
    if (faults == NULL) {
        return;
    }
    for (size_t i = 0; i < faults->count; i++) {
        mr_free((char *)faults->rules[i].spec.target);
    }
    mr_free(faults->rules);
    mr_free(faults);
}

void mr_faults_on_strike(mr_faults *faults, mr_fault_struck_fn fn, void *context)
{
    faults->struck = fn;
    faults->struck_context = context;
}

mr_code mr_faults_add(mr_faults *faults, const mr_fault_rule *rule_spec, mr_error *err)
{
    MR_ASSERT(rule_spec->kind > MR_FAULT_NONE && rule_spec->kind < MR_FAULT_KIND_COUNT);

    const char *name = kinds[rule_spec->kind].name;
    if (!(rule_spec->probability >= 0)) { /* so that a NaN is refused too */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault %s: a probability of %g; give one from 0 to 1", name,
                            rule_spec->probability);
    }
    if (rule_spec->from_us >= rule_spec->until_us) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault %s: its span of time ends before it begins", name);
    }
    if (rule_spec->delay_us < 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "fault %s: a delay below 0", name);
    }
    MR_GROW(faults->rules, faults->count, faults->capacity);
    rule *added = &faults->rules[faults->count];
    char *chance = mr_format("faults/%zu", faults->count);
    *added = (rule){.spec = *rule_spec,
                    .point = kinds[rule_spec->kind].point,
                    .prng = mr_prng_named(faults->seed, chance)};
    mr_free(chance);
    added->spec.target = mr_strdup(rule_spec->target);
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
    r->asked_count++;
    uint64_t first = spec->first == 0 ? 1 : spec->first;
    uint64_t every = spec->every == 0 ? 1 : spec->every;
    if (r->asked_count < first || (r->asked_count - first) % every != 0) {
        return false;
    }
    bool by_chance = spec->probability > 0 && spec->probability < 1;
    if (by_chance && mr_prng_unit(&r->prng) >= spec->probability) {
        return false;
    }
    return spec->most == 0 || r->struck_count < spec->most;
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
        return (mr_fault){MR_FAULT_NONE, 0};
    }
    striking->struck_count++;
    mr_fault fault = {striking->spec.kind, striking->spec.delay_us};
    if (faults->struck != NULL) {
        faults->struck(faults->struck_context, fault.kind, target);
    }
    return fault;
}

bool mr_faults_any(const mr_faults *faults, mr_fault_point point)
{
    return faults->at_point[point] > 0;
}

const char *mr_fault_kind_name(mr_fault_kind kind)
{
    MR_ASSERT(kind >= 0 && kind < MR_FAULT_KIND_COUNT);
    return kinds[kind].name;
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
