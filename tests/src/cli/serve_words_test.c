/* serve_words_test.c - what `millrace serve` understands, and what it says of the rest. */
#include "src/cli/serve_words.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define WORDS_MAX 16

/* line: cut into words that the result points into. */
static mr_code read_line(char *line, cli_serve_words *out, mr_error *err)
{
    char *words[WORDS_MAX];
    int count = 0;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    return cli_serve_words_read(count, words, out, err);
}

static void test_without_a_word_it_serves_on_the_usual_port_of_this_machine(void **state)
{
    (void)state;
    char line[] = "";
    cli_serve_words words;
    mr_error err;
    CHECK_OK("read", read_line(line, &words, &err), &err);
    CHECK_STR("host", words.host, "127.0.0.1");
    CHECK_INT("port", words.port, 4566);
    CHECK_INT("delay", words.state_delay_us, 500000);
    CHECK_TRUE("limits", words.limits);
    CHECK_TRUE("in the clear, unsigned", !words.tls && !words.auth);
    CHECK_TRUE("no template", words.template_file == NULL);
    CHECK_TRUE("the wall's time", words.common.clock == MR_CLOCK_REAL && words.common.start_us < 0);
    cli_serve_words_deinit(&words);
}

static void test_its_time_is_real_or_paced_or_paused_and_begins_anywhere(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        mr_clock_mode mode;
        double speed;
        int64_t start_us;
    } cases[] = {{"--clock real", MR_CLOCK_REAL, 1, -1},
                 {"--clock 60x", MR_CLOCK_PACED, 60, -1},
                 {"--clock paused", MR_CLOCK_PACED, 0, -1},
                 {"--start 1970-01-01", MR_CLOCK_REAL, 1, 0},
                 {"--clock 0.5x --start 1970-01-02", MR_CLOCK_PACED, 0.5, 86400000000}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *line = mr_strdup(cases[i].line);
        cli_serve_words words;
        mr_error err;
        CHECK_OK(cases[i].line, read_line(line, &words, &err), &err);
        CHECK_INT(cases[i].line, words.common.clock, cases[i].mode);
        CHECK_TRUE(cases[i].line, words.common.speed == cases[i].speed);
        CHECK_INT(cases[i].line, words.common.start_us, cases[i].start_us);
        cli_serve_words_deinit(&words);
        mr_free(line);
    }
}

static void test_every_option_is_taken(void **state)
{
    (void)state;
    char line[] = "t.yaml --host ::1 --port=0 --auth --param A=b --limits off --state-delay 2s "
                  "--durable --drain --replace -q";
    cli_serve_words words;
    mr_error err;
    CHECK_OK("read", read_line(line, &words, &err), &err);
    CHECK_STR("template", words.template_file, "t.yaml");
    CHECK_STR("host", words.host, "::1");
    CHECK_INT("port", words.port, 0);
    CHECK_INT("parameters", words.parameter_count, 1);
    CHECK_STR("parameter", words.parameters[0].value, "b");
    CHECK_INT("delay", words.state_delay_us, 2000000);
    CHECK_TRUE("limits", !words.limits);
    CHECK_TRUE("flags", words.auth && words.durable && words.drain && words.replace);
    CHECK_TRUE("quiet", words.common.quiet);
    cli_serve_words_deinit(&words);
}

static void test_each_word_about_tls_asks_for_it(void **state)
{
    (void)state;
    static const char *const lines[] = {"--tls", "--tls-self-signed",
                                        "--tls-cert c.pem --tls-key k.pem"};
    for (size_t i = 0; i < MR_COUNT(lines); i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "%s", lines[i]);
        cli_serve_words words;
        mr_error err;
        CHECK_OK(lines[i], read_line(line, &words, &err), &err);
        CHECK_TRUE(lines[i], words.tls);
        cli_serve_words_deinit(&words);
    }
}

static void test_what_cannot_be_meant_is_refused_with_the_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"--port 65536", "give 0 to 65535"},
        {"--port -1", "give 0 to 65535"},
        {"--state-delay 500", "such as 500ms"},
        {"--state-delay 2h", "at most 1h"},
        {"--limits some", "give aws or off"},
        {"--stream-bytes 1", "at least 4194304"},
        {"--tls-key k.pem", "go together"},
        {"--tls-self-signed --tls-cert c --tls-key k", "leave out one"},
        {"--param A=b", "there is no template"},
        {"--clock virtual", "millrace clock advance"},
        {"--clock 0x", "paused"},
        {"--clock fast", "--clock fast"},
        {"--start 1969-12-31T00:00:00Z", "--start"},
        {"a.yaml b.yaml", "one template"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char line[80];
        (void)snprintf(line, sizeof(line), "%s", cases[i].line);
        cli_serve_words words;
        mr_error err;
        CHECK_CODE(cases[i].line, read_line(line, &words, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].line, err.message, cases[i].says);
        cli_serve_words_deinit(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_word_it_serves_on_the_usual_port_of_this_machine),
        cmocka_unit_test(test_its_time_is_real_or_paced_or_paused_and_begins_anywhere),
        cmocka_unit_test(test_every_option_is_taken),
        cmocka_unit_test(test_each_word_about_tls_asks_for_it),
        cmocka_unit_test(test_what_cannot_be_meant_is_refused_with_the_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
