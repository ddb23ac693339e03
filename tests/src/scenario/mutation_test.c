/*
 * mutation_test.c - the test of the scenarios: each deliberate mistake of sim/fault/mutation.h is
 * made in turn, and some scenario has to see it.
 *
 * A mistake is seen when an expectation fails, an invariant is broken, an assertion ends the
 * process, or two runs of one seed differ. MILLRACE_MUTATION=name runs one of them alone.
 */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "src/scenario/scenario_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAMPLES "data/crimes/scenarios/"
#define OWN     "tests/scenario/"

enum { SCENARIOS_MAX = 4, VERDICT_MAX = 4096 };

/* Which scenarios to ask, the likeliest first. */
static const struct {
    mr_mutation mutation;
    const char *scenarios[SCENARIOS_MAX];
} mistakes[] = {
    {MR_MUTATION_ACK_BEFORE_STORE, {SAMPLES "steady.yaml"}},
    {MR_MUTATION_THROTTLED_AS_STORED, {SAMPLES "burst.yaml"}},
    {MR_MUTATION_RETRY_PUTS_ALL, {SAMPLES "burst.yaml"}},
    {MR_MUTATION_RESUME_SKIPS_ROW, {SAMPLES "crash-at-every-flush.yaml"}},
    {MR_MUTATION_PARENT_NOT_AWAITED,
     {SAMPLES "reshard-under-load.yaml", OWN "reshard-behind.yaml"}},
    {MR_MUTATION_SPLIT_SKIPS_FIRST, {SAMPLES "reshard-under-load.yaml"}},
    {MR_MUTATION_RESUME_FROM_HIGH,
     {SAMPLES "crash-at-every-flush.yaml", OWN "crash-in-outage.yaml"}},
    {MR_MUTATION_RESUME_FORGETS_COVERED, {OWN "crash-in-outage.yaml"}},
    {MR_MUTATION_BACKUP_MISSES_FIRST, {SAMPLES "steady.yaml"}},
    {MR_MUTATION_BACKUP_FOLLOWS_MAIN, {OWN "crash-in-outage.yaml"}},
    {MR_MUTATION_ANSWERS_AS_THEY_COME, {OWN "slow-invocations.yaml"}},
    {MR_MUTATION_FAILED_BATCH_FORGOTTEN, {SAMPLES "lambda-outage.yaml"}},
    {MR_MUTATION_DROPPED_NOT_COVERED, {OWN "dropped-records.yaml"}},
    {MR_MUTATION_BUFFER_SIZE_OFF_BY_ONE, {SAMPLES "backfill.yaml"}},
    {MR_MUTATION_INTERVAL_LATE, {SAMPLES "steady.yaml"}},
    {MR_MUTATION_CHECKPOINT_BEFORE_PUT,
     {SAMPLES "crash-at-every-flush.yaml", OWN "crash-in-outage.yaml"}},
    {MR_MUTATION_RETRY_DROPS_BATCH, {SAMPLES "store-outage.yaml"}},
    {MR_MUTATION_GIVE_UP_EARLY, {SAMPLES "store-outage.yaml"}},
    {MR_MUTATION_INTENT_FORGOTTEN, {SAMPLES "crash-at-every-write.yaml"}},
    {MR_MUTATION_UNSEEDED_RANDOM, {SAMPLES "steady.yaml"}},
    {MR_MUTATION_WALL_CLOCK, {SAMPLES "steady.yaml"}},
};

/* ---- one run, in a process of its own: a mistake may well trip an assertion ---- */

/* What the child says: "P" and the digest, or "F" and the first failure. */
static void write_verdict(int to, const char *file, mr_mutation mutation, const char *directory)
{
    mr_error err = {0};
    mr_scenario *scenario = NULL;
    mr_scenario_result result;
    char *path = mr_format("%s/%s", check_source_root(), file);
    mr_code code = mr_scenario_load(path, &scenario, &err);
    MR_ASSERT(code == MR_OK && scenario->error_count == 0);
    mr_scenario_result_init(&result, scenario->name, path, scenario->seed);
    mr_scenario_run_options options = {
        .scenario = scenario, .seed = scenario->seed, .directory = directory, .mutation = mutation};
    code = mr_scenario_run(&options, &result, &err);
    char *verdict = code != MR_OK ? mr_format("F%s", err.message)
                    : mr_scenario_result_passed(&result)
                        ? mr_format("P%s", result.digest)
                        : mr_format("F%s: got %s", result.failures[0].what, result.failures[0].got);
    (void)dprintf(to, "%.*s", VERDICT_MAX - 1, verdict);
    mr_free(verdict);
    mr_scenario_result_deinit(&result);
    mr_scenario_free(scenario);
    mr_free(path);
}

static void read_verdict(int from, char out[VERDICT_MAX])
{
    size_t len = 0;
    ssize_t got;
    while (len < VERDICT_MAX - 1 && (got = read(from, out + len, VERDICT_MAX - 1 - len)) > 0) {
        len += (size_t)got;
    }
    out[len] = '\0';
}

static void run_apart(const char *file, mr_mutation mutation, char out[VERDICT_MAX])
{
    int ends[2];
    char *scratch = check_temp_dir();
    char *directory = mr_format("%s/state", scratch);
    CHECK_INT("pipe", pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    CHECK_TRUE("fork", child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        FILE *quiet = freopen("/dev/null", "w", stderr);
        MR_ASSERT(quiet != NULL);
        write_verdict(ends[1], file, mutation, directory);
        _exit(0);
    }
    (void)close(ends[1]);
    read_verdict(ends[0], out);
    (void)close(ends[0]);
    int status = 0;
    CHECK_INT("wait", waitpid(child, &status, 0), child);
    if (status != 0) {
        (void)snprintf(out, VERDICT_MAX, "Fthe process died: status %d", status);
    }
    check_remove_dir(scratch);
    mr_free(directory);
}

/* ---- judging ---- */

/* Why the scenario sees the mistake; false when it does not. */
static bool sees(const char *file, mr_mutation mutation, char why[VERDICT_MAX])
{
    char again[VERDICT_MAX];
    run_apart(file, mutation, why);
    if (why[0] == 'F') {
        return true;
    }
    CHECK_INT("a verdict", why[0], 'P');
    run_apart(file, mutation, again);
    if (strcmp(why, again) != 0) {
        (void)snprintf(why, VERDICT_MAX, "Ftwo runs differ");
        return true;
    }
    return false;
}

static void test_without_a_mistake_every_scenario_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(mistakes); i++) {
        for (size_t s = 0; s < SCENARIOS_MAX && mistakes[i].scenarios[s] != NULL; s++) {
            char verdict[VERDICT_MAX];
            run_apart(mistakes[i].scenarios[s], MR_MUTATION_NONE, verdict);
            CHECK_TRUE(verdict, verdict[0] == 'P');
        }
    }
}

static void test_every_mistake_is_in_the_table(void **state)
{
    (void)state;
    for (mr_mutation mutation = MR_MUTATION_NONE + 1; mutation < MR_MUTATION_COUNT; mutation++) {
        bool found = false;
        for (size_t i = 0; i < MR_COUNT(mistakes); i++) {
            found = found || mistakes[i].mutation == mutation;
        }
        CHECK_TRUE(mr_mutation_name(mutation), found);
    }
    CHECK_TRUE("at least twelve", MR_COUNT(mistakes) >= 12);
}

static void test_every_mistake_is_seen_by_a_scenario(void **state)
{
    (void)state;
    const char *one = getenv("MILLRACE_MUTATION");
    size_t unseen = 0;
    for (size_t i = 0; i < MR_COUNT(mistakes); i++) {
        const char *name = mr_mutation_name(mistakes[i].mutation);
        if (one != NULL && strcmp(one, name) != 0) {
            continue;
        }
        char why[VERDICT_MAX] = "";
        bool seen = false;
        size_t s = 0;
        for (; s < SCENARIOS_MAX && mistakes[i].scenarios[s] != NULL && !seen; s++) {
            seen = sees(mistakes[i].scenarios[s], mistakes[i].mutation, why);
        }
        print_message("%-24s %s %.150s\n", name, seen ? mistakes[i].scenarios[s - 1] : "UNSEEN",
                      seen ? why + 1 : "");
        unseen += seen ? 0 : 1;
    }
    CHECK_INT("mistakes that no scenario sees", unseen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mistake_is_in_the_table),
        cmocka_unit_test(test_without_a_mistake_every_scenario_passes),
        cmocka_unit_test(test_every_mistake_is_seen_by_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
