/* mutation.c - see mutation.h: what the mistakes are called. They are made where they belong. */
#include "sim/fault/mutation.h"

#include "sim/base/base.h"

#include <string.h>

static const char *const names[MR_MUTATION_COUNT] = {
    [MR_MUTATION_NONE] = "none",
    [MR_MUTATION_ACK_BEFORE_STORE] = "ack-before-store",
    [MR_MUTATION_THROTTLED_AS_STORED] = "throttled-as-stored",
    [MR_MUTATION_RETRY_PUTS_ALL] = "retry-puts-all",
    [MR_MUTATION_RESUME_SKIPS_ROW] = "resume-skips-row",
    [MR_MUTATION_PARENT_NOT_AWAITED] = "parent-not-awaited",
    [MR_MUTATION_SPLIT_SKIPS_FIRST] = "split-skips-first",
    [MR_MUTATION_RESUME_FROM_HIGH] = "resume-from-high",
    [MR_MUTATION_RESUME_FORGETS_COVERED] = "resume-forgets-covered",
    [MR_MUTATION_BACKUP_MISSES_FIRST] = "backup-misses-first",
    [MR_MUTATION_BACKUP_FOLLOWS_MAIN] = "backup-follows-main",
    [MR_MUTATION_ANSWERS_AS_THEY_COME] = "answers-as-they-come",
    [MR_MUTATION_FAILED_BATCH_FORGOTTEN] = "failed-batch-forgotten",
    [MR_MUTATION_DROPPED_NOT_COVERED] = "dropped-not-covered",
    [MR_MUTATION_BUFFER_SIZE_OFF_BY_ONE] = "buffer-size-off-by-one",
    [MR_MUTATION_INTERVAL_LATE] = "interval-late",
    [MR_MUTATION_CHECKPOINT_BEFORE_PUT] = "checkpoint-before-put",
    [MR_MUTATION_RETRY_DROPS_BATCH] = "retry-drops-batch",
    [MR_MUTATION_GIVE_UP_EARLY] = "give-up-early",
    [MR_MUTATION_INTENT_FORGOTTEN] = "intent-forgotten",
    [MR_MUTATION_UNSEEDED_RANDOM] = "unseeded-random",
    [MR_MUTATION_WALL_CLOCK] = "wall-clock",
};

const char *mr_mutation_name(mr_mutation mutation)
{
    MR_ASSERT(mutation >= MR_MUTATION_NONE && mutation < MR_MUTATION_COUNT);
    return names[mutation];
}

mr_mutation mr_mutation_of(const char *name)
{
    for (mr_mutation mutation = MR_MUTATION_NONE + 1; mutation < MR_MUTATION_COUNT; mutation++) {
        if (strcmp(names[mutation], name) == 0) {
            return mutation;
        }
    }
    return MR_MUTATION_NONE;
}
