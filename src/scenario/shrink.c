/*
 * shrink.c - see shrink.h. The faults: leave out one of `parts` equal stretches at a time; what
 * still fails without a stretch goes on without it, and when no stretch can be spared, the
 * stretches become half as long, down to single faults. (Zeller and Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", with complements alone: most failures have few causes.)
 */
#include "src/scenario/shrink.h"

#include "sim/base/alloc.h"

#include <string.h>

typedef struct shrinking {
    mr_still_fails_fn still_fails;
    void *context;
    unsigned runs_left;
    mr_scenario_fault *faults; /* with these it fails */
    size_t count;
    mr_scenario_fault *trial;
} shrinking;

/* Out of runs, nothing more can be spared. */
static bool fails_with(shrinking *s, const mr_scenario_fault *faults, size_t count, uint64_t rows)
{
    if (s->runs_left == 0) {
        return false;
    }
    s->runs_left--;
    return s->still_fails(s->context, faults, count, rows);
}

/* Whether it fails without faults [from, until), which are then gone. */
static bool spare(shrinking *s, size_t from, size_t until)
{
    size_t kept = s->count - (until - from);
    memcpy(s->trial, s->faults, from * sizeof(*s->trial));
    memcpy(s->trial + from, s->faults + until, (s->count - until) * sizeof(*s->trial));
    if (!fails_with(s, s->trial, kept, 0)) {
        return false;
    }
    memcpy(s->faults, s->trial, kept * sizeof(*s->faults));
    s->count = kept;
    return true;
}

static bool spare_any_part(shrinking *s, size_t parts)
{
    for (size_t i = 0; i < parts; i++) {
        if (spare(s, s->count * i / parts, s->count * (i + 1) / parts)) {
            return true;
        }
    }
    return false;
}

static void shrink_faults(shrinking *s)
{
    size_t parts = 1; /* first of all: does it fail without any? */
    while (s->count > 0 && s->runs_left > 0) {
        if (spare_any_part(s, parts)) {
            parts = parts > 2 ? parts - 1 : 2;
        } else if (parts >= s->count) {
            return; /* each one is needed */
        } else {
            parts *= 2;
        }
        parts = mr_min_size(parts, s->count);
    }
}

static uint64_t shrink_rows(shrinking *s, uint64_t rows)
{
    uint64_t most = 0;
    for (uint64_t half = rows / 2; half > 0; half /= 2) {
        if (!fails_with(s, s->faults, s->count, half)) {
            break;
        }
        most = half;
    }
    return most;
}

void mr_shrink(const mr_scenario_fault *faults, size_t fault_count, uint64_t rows,
               unsigned runs_max, mr_still_fails_fn still_fails, void *context, mr_shrunk *out)
{
    shrinking s = {.still_fails = still_fails,
                   .context = context,
                   .runs_left = runs_max,
                   .faults = mr_calloc(fault_count + 1, sizeof(*faults)),
                   .count = fault_count,
                   .trial = mr_calloc(fault_count + 1, sizeof(*faults))};
    if (fault_count > 0) {
        memcpy(s.faults, faults, fault_count * sizeof(*faults));
    }
    shrink_faults(&s);
    uint64_t rows_max = shrink_rows(&s, rows);
    mr_free(s.trial);
    *out = (mr_shrunk){.faults = s.faults,
                       .fault_count = s.count,
                       .rows_max = rows_max,
                       .runs = runs_max - s.runs_left};
}
