/* A lesson as it is read, and how a learner gets through its steps. */
#include "src/scenario/lesson.h"
#include "tests/src/scenario/scenario_help.h"

#define LESSON                                                                                     \
    "template: t.yaml\n"                                                                           \
    "lesson:\n"                                                                                    \
    "  title: A title\n"                                                                           \
    "  prose: Some prose\n"                                                                        \
    "  goal: A goal\n"                                                                             \
    "  hint: A hint\n"

static const mr_event throttled = {
    .type = MR_EVENT_THROTTLED, .stream = "crime-stream", .records = 5};
static const mr_event put = {.type = MR_EVENT_PUT, .stream = "crime-stream", .records = 10};
static const mr_event put_elsewhere = {.type = MR_EVENT_PUT, .stream = "other", .records = 99};

static mr_scenario *lesson_of(const char *steps)
{
    char *text = mr_format(LESSON "%s", steps);
    mr_scenario *scenario = mr_scenario_from_text("s.yaml", mr_bytes_of(text));
    mr_free(text);
    return scenario;
}

static void test_steps_are_done_in_their_order(void **state)
{
    (void)state;
    mr_scenario *scenario =
        lesson_of("  steps:\n"
                  "    - {say: one, event: {type: shard.throttled, at-least: 10}}\n"
                  "    - say: two\n"
                  "      event: {type: shard.put, where: {stream: 'crime*'}, "
                  "at-least: 20}\n"
                  "      unless: {type: shard.throttled}\n");
    CHECK_INT("errors", scenario->error_count, 0);
    mr_lesson_progress *progress = mr_lesson_progress_new(scenario->lesson);
    mr_lesson_progress_hear(progress, &put, 1); /* too early: the first step is not done */
    mr_lesson_progress_hear(progress, &throttled, 2);
    CHECK_INT("half of the first", mr_lesson_progress_done(progress), 0);
    CHECK_INT("wanted still", mr_lesson_progress_wants(progress), 5);
    mr_lesson_progress_hear(progress, &throttled, 3);
    CHECK_INT("the first", mr_lesson_progress_done(progress), 1);
    CHECK_INT("when", mr_lesson_progress_done_us(progress), 3);

    mr_lesson_progress_hear(progress, &put_elsewhere, 4);
    mr_lesson_progress_hear(progress, &put, 5);
    mr_lesson_progress_hear(progress, &throttled, 6); /* counted anew */
    CHECK_INT("begun anew", mr_lesson_progress_wants(progress), 20);
    mr_lesson_progress_hear(progress, &put, 7);
    CHECK_TRUE("not yet", !mr_lesson_is_passed(progress));
    mr_lesson_progress_hear(progress, &put, 8);
    CHECK_TRUE("passed", mr_lesson_is_passed(progress));
    mr_lesson_progress_hear(progress, &throttled, 9); /* what is passed stays so */
    CHECK_TRUE("stays", mr_lesson_is_passed(progress));
    mr_lesson_progress_free(progress);
    mr_scenario_free(scenario);
}

typedef struct mistake {
    const char *steps, *expected;
} mistake;

static void test_mistakes_are_told(void **state)
{
    (void)state;
    static const mistake rows[] = {
        {"  steps: []\n", "steps is a list of maps {say, event}"},
        {"", "a lesson has steps: a list of {say, event}"},
        {"  steps:\n    - {say: x}\n", "a step says which event of the log shows that it is done"},
        {"  steps:\n    - {say: x, event: {type: shard.put, at-least: 0}}\n",
         "at-least: a step wants one event at least"},
        {"  steps:\n    - {say: x, event: {type: shard.pot}}\n", "there is no event shard.pot"},
        {"  steps:\n    - {say: x, event: {type: shard.put, equals: 3}}\n",
         "there is no key equals here"},
        {"  steps:\n    - {event: {type: shard.put}}\n", "say"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_scenario *scenario = lesson_of(rows[i].steps);
        CHECK_INT(rows[i].expected, scenario->error_count, 1);
        CHECK_HAS(rows[i].steps, scenario->findings[0].message, rows[i].expected);
        mr_scenario_free(scenario);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_done_in_their_order),
        cmocka_unit_test(test_mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
