/* mapping_crash_test.c - a process killed before any operation on its files: another one goes on,
 * every acknowledged record is sent or given up, and what was done before does not come again. */
#include "tests/sim/mapping/mapping_world.h"

#include "sim/base/fs.h"

enum { RECORDS = 24, BATCH = 3 };

typedef struct crash {
    world *w;
    mr_mapping_settings settings;
    size_t acked, begun;
    size_t kills;
    size_t answered[RECORDS]; /* at which answer the record was done; 0: it is not */
    size_t answers;
} crash;

static bool is_poison(size_t record)
{
    return record % 7 == 3;
}

/* The numbers of the records of a call. */
static size_t numbers_of(const char *data, size_t out[RECORDS])
{
    char *copy = mr_strdup(data), *rest = NULL;
    size_t count = 0;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        out[count++] = strtoul(word + 1, NULL, 10);
    }
    mr_free(copy);
    return count;
}

static char *handle(world *w, const sent *call, const cJSON *event)
{
    crash *c = w->extra;
    size_t numbers[RECORDS];
    size_t count = numbers_of(call->data, numbers);
    (void)event;
    for (size_t i = 0; i < count; i++) {
        if (is_poison(numbers[i])) {
            return NULL;
        }
    }
    c->answers++;
    for (size_t i = 0; i < count; i++) {
        c->answered[numbers[i]] = c->answers;
    }
    return mr_strdup("null");
}

/* How many failure objects hold the record. */
static size_t count_failures(world *w, size_t record)
{
    found f = world_objects(w);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *data = mr_format("r%zu", record);
    size_t count = 0;
    mr_base64_encode(&text, mr_bytes_of(data));
    char *want = mr_format("\"data\":\"%s\"", mr_strbuf_text(&text));
    for (size_t i = 0; i < f.count; i++) {
        char *body = world_body(w, f.keys[i]);
        count += strstr(body, want) != NULL;
        mr_free(body);
    }
    mr_free(want);
    mr_free(data);
    mr_strbuf_deinit(&text);
    found_deinit(&f);
    return count;
}

static void judge(const crash *before, const crash *after)
{
    char label[64];
    for (size_t i = 0; i < before->begun; i++) {
        (void)snprintf(label, sizeof(label), "record %zu, kill %zu", i, before->kills);
        if (is_poison(i)) {
            size_t given_up = count_failures(after->w, i);
            CHECK_TRUE(label, given_up == 1 || (i >= before->acked && given_up == 0));
        } else if (i < before->acked) {
            CHECK_TRUE(label, before->answered[i] > 0 || after->answered[i] > 0);
        }
        /* The position behind an answer is stored before the next batch is sent. */
        if (before->answered[i] > 0 && before->answered[i] < before->answers) {
            CHECK_INT(label, after->answered[i], 0);
        }
    }
}

static void kill_here(void *context, const char *doing, const char *path)
{
    crash *c = context;
    (void)doing, (void)path;
    char *left = check_temp_dir();
    char *command = mr_format("cp -a --sparse=always '%s/.' '%s/'", c->w->directory, left);
    CHECK_INT("cp", system(command), 0);
    mr_free(command);
    crash after = {.settings = c->settings};
    after.w = world_open(&(world_options){.directory = left, .start_us = world_now(c->w)});
    after.w->extra = &after;
    after.w->handle = handle;
    c->kills++;
    size_t count;
    mr_free(mr_mappings_list(mr_sim_mappings(after.w->sim), &count));
    if (count > 0) {
        world_run_until_idle(after.w);
        judge(c, &after);
    } else {
        CHECK_INT("it was being made", c->begun, 0);
    }
    world_close(after.w);
}

static void kill_everywhere(const mr_mapping_settings *settings)
{
    crash c = {.settings = *settings};
    c.w = world_open(&(world_options){0});
    c.w->extra = &c;
    c.w->handle = handle;
    c.w->watch = (mr_disk_watch){kill_here, &c};
    mr_mapping *m = world_map(c.w, settings);
    for (size_t i = 0; i < RECORDS; i++) {
        char data[16], key[16];
        (void)snprintf(data, sizeof(data), "r%zu", i);
        (void)snprintf(key, sizeof(key), "k%zu", i % 5);
        c.begun = i + 1;
        world_put(c.w, key, data);
        c.acked = i + 1;
        if (i % 4 == 3) {
            world_run_for(c.w, 1500000);
        }
    }
    world_run_until_idle(c.w);
    c.w->watch.before = world_nobody;
    CHECK_INT("all", mr_mapping_count(m).done + mr_mapping_count(m).given_up, RECORDS);
    CHECK_TRUE("killed often enough to mean something", c.kills > 50);
    world_close(c.w);
}

static mr_mapping_settings crash_settings(void)
{
    mr_mapping_settings settings = world_settings();
    settings.batch_size = BATCH;
    settings.retries_max = 1;
    settings.bisect = true;
    settings.failure_arn = "arn:aws:s3:::failed";
    return settings;
}

static void test_a_kill_anywhere_sends_the_unfinished_batch_again_and_nothing_else(void **state)
{
    (void)state;
    mr_mapping_settings settings = crash_settings();
    kill_everywhere(&settings);
}

static void test_with_a_window_too(void **state)
{
    (void)state;
    mr_mapping_settings settings = crash_settings();
    settings.window_s = 3;
    kill_everywhere(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kill_anywhere_sends_the_unfinished_batch_again_and_nothing_else),
        cmocka_unit_test(test_with_a_window_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
