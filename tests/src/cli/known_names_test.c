/* known_names_test.c - what a topology says of names. (Asking a server:
 * tests/integration/control_test.py, tail_test.py.) */
#include "src/cli/known_names.h"

#include "tests/check.h"

#include <stdio.h>

static const char topology_text[] =
    "{\"nodes\":["
    "{\"kind\":\"producer\",\"name\":\"1 crimes.csv\",\"logical_id\":null},"
    "{\"kind\":\"stream\",\"name\":\"millrace-CrimeStream-ABC\",\"logical_id\":\"CrimeStream\"},"
    "{\"kind\":\"stream\",\"name\":\"Same\",\"logical_id\":\"Same\"},"
    "{\"kind\":\"function\",\"name\":\"decode\",\"logical_id\":\"Decode\"},"
    "{\"kind\":\"bucket\",\"name\":\"landing\",\"logical_id\":\"Bucket\"}]}";

static void test_a_stream_is_found_by_its_logical_id(void **state)
{
    (void)state;
    cJSON *topology = cJSON_Parse(topology_text);
    CHECK_STR("found", cli_known_stream(topology, "CrimeStream"), "millrace-CrimeStream-ABC");
    CHECK_TRUE("its own name", cli_known_stream(topology, "Same") == NULL);
    CHECK_TRUE("no stream", cli_known_stream(topology, "Bucket") == NULL);
    CHECK_TRUE("a name", cli_known_stream(topology, "millrace-CrimeStream-ABC") == NULL);
    CHECK_TRUE("no topology", cli_known_stream(NULL, "CrimeStream") == NULL);
    cJSON_Delete(topology);
}

static void test_a_target_that_nothing_matches_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *target;
        bool want;
    } cases[] = {
        {"object", "*", true},
        {"object", "landing/*", true},
        {"object", "landing/a/key", true},
        {"object", "land*", true},
        {"object", "land*/x", true},
        {"object", "*/errors/*", true},
        {"object", "landing", false},
        {"object", "landing/", false},
        {"object", "landings/*", false},
        {"object", "nope", false},
        {"object", "nope/*", false},
        {"object", "", false},
        {"shard", "millrace-*", true},
        {"shard", "Same/shardId-000000000000", true},
        {"shard", "CrimeStream/*", false},
        {"shard", "Same", false},
        {"stream", "Same", true},
        {"stream", "Sa*", true},
        {"stream", "CrimeStream", false},
        {"function", "dec*", true},
        {"function", "Decode", false},
        {"something new", "anything", true},
    };
    cJSON *topology = cJSON_Parse(topology_text);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char label[128];
        (void)snprintf(label, sizeof(label), "%s %s", cases[i].kind, cases[i].target);
        CHECK_INT(label, cli_known_target(topology, cases[i].kind, cases[i].target), cases[i].want);
    }
    cJSON *nothing = cJSON_Parse("{\"nodes\":[]}");
    CHECK_TRUE("whatever comes", cli_known_target(nothing, "object", "*"));
    CHECK_TRUE("nothing there", !cli_known_target(nothing, "object", "landing/*"));
    cJSON_Delete(nothing);
    cJSON_Delete(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stream_is_found_by_its_logical_id),
        cmocka_unit_test(test_a_target_that_nothing_matches_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
