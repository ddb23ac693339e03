/* delivery_stream_test.c - the control plane of delivery streams: states, restarts in the middle of
 * them, templates, tags, listing, and what an earlier version left. */
#include "sim/firehose/delivery_stream.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/sim.h"
#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/db/schema_help.h"

#include <stdlib.h>

#define DELAY INT64_C(500000)
#define CONFIG                                                                                     \
    "{\"RoleARN\":\"arn:aws:iam::000000000000:role/r\",\"BucketARN\":\"arn:aws:s3:::bucket\","     \
    "\"BufferingHints\":{\"SizeInMBs\":1,\"IntervalInSeconds\":60}}"

typedef struct life {
    mr_sim *sim;
    mr_delivery_streams *all;
    char *warnings; /* owned; NULL: none */
} life;

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    life *l = context;
    (void)time_us, (void)line;
    if (event->type == MR_EVENT_WARNING) {
        char *more = mr_format("%s%s\n", l->warnings == NULL ? "" : l->warnings, event->message);
        mr_free(l->warnings);
        l->warnings = more;
    }
}

/* A world on this state directory, which opens what is stored. watch: NULL: nobody. */
static life *begin_watched(char *directory, int64_t start_us, int64_t delay_us,
                           const mr_disk_watch *watch)
{
    mr_error err = {0};
    life *l = mr_calloc(1, sizeof(*l));
    mr_sim_options options = {
        .clock = {.mode = MR_CLOCK_VIRTUAL,
                  .start_us = start_us == 0 ? MR_SIM_START_DEFAULT : start_us},
        .seed = 1,
        .fs = mr_platform_fs(),
        .offloader = mr_offload_inline(),
        .directory = directory,
        .stream_state_delay_us = delay_us,
        .watch = watch,
        .listen = on_event,
        .listen_context = l};
    CHECK_OK("world", mr_sim_open(&options, &l->sim, NULL, &err), &err);
    l->all = mr_sim_delivery_streams(l->sim);
    CHECK_OK("open", mr_delivery_streams_open(l->all, &err), &err);
    if (!mr_store_has_bucket(mr_sim_store(l->sim), "bucket")) {
        CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(l->sim), "bucket", &err), &err);
    }
    return l;
}

static life *begin(char *directory, int64_t start_us, int64_t delay_us)
{
    return begin_watched(directory, start_us, delay_us, NULL);
}

/* Ends the process; the time of its end. */
static int64_t end(life *l)
{
    int64_t now_us = mr_clock_now_us(mr_sim_clock(l->sim));
    mr_sim_close(l->sim);
    mr_free(l->warnings);
    mr_free(l);
    return now_us;
}

static void run_for(life *l, int64_t us)
{
    mr_clock *clock = mr_sim_clock(l->sim);
    int64_t until_us = mr_clock_now_us(clock) + us;
    while (mr_clock_next_due_us(clock) <= until_us) {
        (void)mr_sim_step(l->sim, NULL);
    }
    mr_clock_advance_to(clock, until_us);
    CHECK_TRUE("nothing is fatal", mr_sim_fatal(l->sim) == NULL);
}

static mr_delivery_stream *create(life *l, const char *name, const char *source)
{
    mr_error err = {0};
    mr_delivery_stream *stream = NULL;
    cJSON *config = mr_delivery_config_parse(CONFIG);
    mr_delivery_stream_options options = {.name = name, .source = source, .config = config};
    CHECK_OK(name, mr_delivery_streams_create(l->all, &options, &stream, &err), &err);
    cJSON_Delete(config);
    return stream;
}

static mr_delivery_stream *find(life *l, const char *name)
{
    mr_delivery_stream *stream = mr_delivery_streams_find(l->all, name);
    CHECK_TRUE(name, stream != NULL);
    return stream;
}

static void check_status(life *l, const char *label, const char *name, const char *want)
{
    mr_delivery_stream *stream = mr_delivery_streams_find(l->all, name);
    CHECK_STR(label,
              stream == NULL ? "gone"
                             : mr_delivery_status_name(mr_delivery_stream_describe(stream).status),
              want);
}

static void put(life *l, const char *name, const char *data)
{
    mr_error err = {0};
    mr_record record = {.data = mr_bytes_of(data)};
    mr_put_result result;
    size_t failed;
    CHECK_OK("put", mr_delivery_stream_put(find(l, name), &record, 1, &result, &failed, &err),
             &err);
    CHECK_CODE("taken", result.code, MR_OK);
}

static mr_code update(life *l, const char *name, const char *version, const char *text)
{
    mr_error err = {0};
    cJSON *tree = mr_delivery_config_parse(text);
    mr_code code = mr_delivery_stream_update(
        find(l, name),
        &(mr_destination_update){.version = mr_bytes_of(version),
                                 .destination_id = mr_bytes_of(MR_DESTINATION_ID),
                                 .update = tree},
        &err);
    cJSON_Delete(tree);
    return code;
}

static bool append_key(void *context, const mr_object *object)
{
    mr_strbuf *out = context;
    mr_strbuf_appendf(out, "%.3s;", object->key);
    return true;
}

/* The first three letters of every key, in their order. */
static void check_objects(life *l, const char *label, const char *want)
{
    mr_error err = {0};
    mr_strbuf keys = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&keys, "");
    CHECK_OK(label, mr_store_list(mr_sim_store(l->sim), "bucket", "", append_key, &keys, &err),
             &err);
    CHECK_STR(label, mr_strbuf_text(&keys), want);
    mr_strbuf_deinit(&keys);
}

/* ---- states ---- */

static void test_without_a_delay_nobody_sees_a_state(void **state)
{
    (void)state;
    mr_error err = {0};
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, 0);
    mr_delivery_stream *stream = create(l, "d", NULL);
    check_status(l, "made", "d", "ACTIVE");
    put(l, "d", "x");
    CHECK_OK("start", mr_delivery_stream_start_encryption(stream, MR_KEY_AWS_OWNED, NULL, &err),
             &err);
    CHECK_TRUE("encrypted", mr_delivery_stream_is_encrypted(stream));
    CHECK_OK("delete", mr_delivery_stream_delete(stream, &err), &err);
    check_status(l, "deleted", "d", "gone");
    CHECK_TRUE("its ring too", mr_streams_find(mr_sim_streams(l->sim), "firehose:d") == NULL);
    (void)create(l, "d", NULL);
    run_for(l, 100 * MR_US_PER_SECOND);
    check_objects(l, "what was buffered is discarded", "");
    (void)end(l);
    check_remove_dir(directory);
}

static void test_states_go_on_after_a_restart(void **state)
{
    (void)state;
    mr_error err = {0};
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, DELAY);
    (void)create(l, "d", NULL);
    check_status(l, "made", "d", "CREATING");
    run_for(l, DELAY - 1);
    check_status(l, "nearly", "d", "CREATING");
    int64_t now_us = end(l);

    l = begin(directory, now_us, DELAY);
    check_status(l, "still", "d", "CREATING");
    run_for(l, 1);
    check_status(l, "now", "d", "ACTIVE");
    put(l, "d", "kept");
    CHECK_OK("start",
             mr_delivery_stream_start_encryption(find(l, "d"), MR_KEY_CUSTOMER, "key", &err), &err);
    CHECK_TRUE("not yet", !mr_delivery_stream_is_encrypted(find(l, "d")));
    now_us = end(l);

    l = begin(directory, now_us + DELAY, DELAY); /* due meanwhile: over in the opening */
    CHECK_TRUE("encrypted", mr_delivery_stream_is_encrypted(find(l, "d")));
    CHECK_STR("key", mr_delivery_stream_describe(find(l, "d")).key_arn, "key");
    CHECK_OK("delete", mr_delivery_stream_delete(find(l, "d"), &err), &err);
    check_status(l, "asked for", "d", "DELETING");
    CHECK_TRUE("nothing runs", mr_delivery_stream_delivery(find(l, "d")) == NULL);
    now_us = end(l);

    l = begin(directory, now_us, DELAY);
    check_status(l, "still", "d", "DELETING");
    run_for(l, DELAY);
    check_status(l, "gone", "d", "gone");
    (void)create(l, "d", NULL);
    run_for(l, 100 * MR_US_PER_SECOND);
    check_objects(l, "nothing of the one before", "");
    (void)end(l);
    check_remove_dir(directory);
}

/* ---- restarts ---- */

static void test_settings_buffers_and_positions_survive_a_restart(void **state)
{
    (void)state;
    mr_error err = {0};
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, 0);
    mr_delivery_stream *stream = create(l, "d", NULL);
    const mr_delivery_tag tags[] = {{"b", "2"}, {"a", NULL}};
    CHECK_OK("tag", mr_delivery_stream_tag(stream, tags, 2, &err), &err);
    put(l, "d", "first");
    run_for(l, 61 * MR_US_PER_SECOND);
    check_objects(l, "delivered", "202;");
    put(l, "d", "second");
    CHECK_CODE("update", update(l, "d", "1", "{\"Prefix\":\"x/\"}"), MR_OK);
    CHECK_CODE("once", update(l, "d", "1", "{}"), MR_DELIVERY_STREAM_CHANGED);
    CHECK_CODE("bad", update(l, "d", "2", "{\"Prefix\":\"!{\"}"), MR_INVALID_ARGUMENT);
    int64_t created_us = mr_delivery_stream_describe(stream).created_us, now_us = end(l);

    l = begin(directory, now_us + MR_US_PER_SECOND, 0);
    mr_delivery_description is = mr_delivery_stream_describe(find(l, "d"));
    CHECK_INT("version", is.version, 2);
    CHECK_INT("created", is.created_us, created_us);
    CHECK_INT("updated", is.updated_us, now_us);
    CHECK_STR("config", cJSON_GetStringValue(cJSON_GetObjectItem(is.config, "Prefix")), "x/");
    mr_delivery_tag_page page;
    CHECK_OK("tags", mr_delivery_stream_tags(find(l, "d"), NULL, 50, &page, &err), &err);
    CHECK_INT("tags", page.count, 2);
    CHECK_STR("first", page.tags[0].key, "a");
    CHECK_TRUE("without a value", page.tags[0].value == NULL);
    CHECK_STR("second", page.tags[1].value, "2");
    mr_delivery_tag_page_deinit(&page);
    run_for(l, 61 * MR_US_PER_SECOND);
    check_objects(l, "the second alone, by the new prefix", "202;x/2;");
    CHECK_OK("every record once", mr_sim_audit(l->sim, &err), &err);
    (void)end(l);
    check_remove_dir(directory);
}

static void test_a_source_of_the_same_name_is_not_the_source(void **state)
{
    (void)state;
    mr_error err = {0};
    mr_stream *source;
    char *directory = check_temp_dir();
    const mr_stream_options options = {.name = "s", .shard_count = 1};
    life *l = begin(directory, 0, 0);
    CHECK_OK("source", mr_streams_create(mr_sim_streams(l->sim), &options, &source, &err), &err);
    (void)create(l, "d", "s");
    run_for(l, MR_US_PER_SECOND);
    CHECK_OK("delete", mr_streams_delete(mr_sim_streams(l->sim), "s", &err), &err);
    run_for(l, MR_US_PER_SECOND);
    CHECK_OK("again", mr_streams_create(mr_sim_streams(l->sim), &options, &source, &err), &err);
    int64_t now_us = end(l);

    l = begin(directory, now_us, 0);
    CHECK_TRUE("described", mr_delivery_stream_describe(find(l, "d")).source_arn != NULL);
    CHECK_TRUE("nothing runs", mr_delivery_stream_delivery(find(l, "d")) == NULL);
    CHECK_HAS("warned", l->warnings, "delivery stream d has nothing to read");
    CHECK_CODE("updated all the same", update(l, "d", "1", "{\"Prefix\":\"x/\"}"), MR_OK);
    CHECK_OK("deleted all the same", mr_delivery_stream_delete(find(l, "d"), &err), &err);
    (void)end(l);
    check_remove_dir(directory);
}

/* ---- killed before any write ---- */

#define COPIES_MAX 200

/* What a process that is killed before each write to its disk would leave. */
typedef struct copies {
    const char *directory;
    bool is_on;
    char *items[COPIES_MAX]; /* owned directories */
    size_t count;
} copies;

static void before_write(void *context, const char *doing, const char *path)
{
    copies *c = context;
    (void)doing, (void)path;
    if (!c->is_on) {
        return;
    }
    MR_ASSERT(c->count < COPIES_MAX);
    c->items[c->count] = check_temp_dir();
    char *command =
        mr_format("cp -a --sparse=always '%s/.' '%s/'", c->directory, c->items[c->count++]);
    CHECK_INT("cp", system(command), 0);
    mr_free(command);
}

#define BACKUP                                                                                     \
    "{\"Prefix\":\"x/\",\"S3BackupMode\":\"Enabled\",\"S3BackupUpdate\":{\"RoleARN\":"             \
    "\"arn:aws:iam::000000000000:role/r\",\"BucketARN\":\"arn:aws:s3:::bucket\",\"Prefix\":"       \
    "\"bak/\"}}"

typedef enum action { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_COUNT } action;

/* Does what is asked, unless it is done already. */
static void act(life *l, action what)
{
    mr_error err = {0};
    mr_delivery_stream *stream = mr_delivery_streams_find(l->all, "d");
    switch (what) {
    case ACTION_CREATE:
        if (stream == NULL) {
            (void)create(l, "d", NULL);
        }
        break;
    case ACTION_UPDATE:
        if (mr_delivery_stream_describe(stream).version == 1) {
            CHECK_CODE("update", update(l, "d", "1", BACKUP), MR_OK);
        }
        break;
    case ACTION_DELETE:
        if (stream != NULL) {
            CHECK_OK("delete", mr_delivery_stream_delete(stream, &err), &err);
        }
        (void)create(l, "d", NULL);
        break;
    case ACTION_COUNT:
        break;
    }
}

static void check_after_kill(char *directory, int64_t now_us, action what, const char *want)
{
    mr_error err = {0};
    life *l = begin(directory, now_us, 0);
    if (what == ACTION_UPDATE) { /* a backup that is not on yet begins behind this one */
        put(l, "d", "between");
        run_for(l, MR_US_PER_SECOND);
    }
    act(l, what);
    put(l, "d", "behind");
    run_for(l, 301 * MR_US_PER_SECOND);
    check_objects(l, "objects", want);
    CHECK_OK("every record once", mr_sim_audit(l->sim, &err), &err);
    (void)end(l);
    check_remove_dir(directory);
}

static void test_killed_before_any_write_a_change_is_done_or_not(void **state)
{
    (void)state;
    /* Deleted buffers are gone; what an update finds is delivered by it, "behind" backed up too. */
    static const char *const wants[ACTION_COUNT] = {"202;", "bak;x/2;", "202;"};
    for (action what = 0; what < ACTION_COUNT; what++) {
        char *directory = check_temp_dir();
        copies c = {.directory = directory};
        const mr_disk_watch watch = {.before = before_write, .context = &c};
        life *l = begin_watched(directory, 0, 0, &watch);
        if (what != ACTION_CREATE) {
            (void)create(l, "d", NULL);
            put(l, "d", "kept");
            run_for(l, MR_US_PER_SECOND);
        }
        c.is_on = true;
        act(l, what);
        c.is_on = false;
        int64_t now_us = end(l);
        check_remove_dir(directory);
        CHECK_TRUE("there were writes", c.count > 2);
        for (size_t i = 0; i < c.count; i++) {
            check_after_kill(c.items[i], now_us, what, wants[what]);
        }
    }
}

/* ---- templates ---- */

/* want: where the template differs; NULL: nowhere. */
static void check_ensure(life *l, const char *label, mr_delivery_stream **stream, const char *want)
{
    mr_error err = {0};
    char *difference = NULL;
    cJSON *config = mr_delivery_config_parse(CONFIG);
    mr_delivery_stream_options options = {.name = "d", .config = config};
    CHECK_OK(label, mr_delivery_streams_ensure(l->all, &options, &difference, stream, &err), &err);
    cJSON_Delete(config);
    CHECK_STR(label, difference, want);
    mr_free(difference);
}

static void test_a_template_makes_it_once_and_then_leaves_it(void **state)
{
    (void)state;
    mr_delivery_stream *stream;
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, 0);
    check_ensure(l, "made", &stream, NULL);
    check_ensure(l, "there", &stream, NULL);
    put(l, "d", "kept");
    CHECK_CODE("update", update(l, "d", "1", "{\"Prefix\":\"x/\"}"), MR_OK);
    check_ensure(l, "another", &stream, "Prefix is \"x/\", not absent");
    CHECK_INT("as it was", mr_delivery_stream_describe(stream).version, 2);
    (void)end(l);
    check_remove_dir(directory);
}

/* ---- what an earlier version left ---- */

static void test_one_without_settings_waits_for_its_template(void **state)
{
    (void)state;
    mr_error err = {0};
    mr_delivery_stream *stream;
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, 0);
    (void)create(l, "d", NULL);
    put(l, "d", "kept");
    run_for(l, MR_US_PER_SECOND);
    CHECK_OK("as version 2 had it", mr_db_exec(mr_sim_db(l->sim), BACK_TO_VERSION_2, &err), &err);
    int64_t now_us = end(l);

    l = begin(directory, now_us, 0);
    CHECK_HAS("warned", l->warnings,
              "delivery stream d was made by an earlier millrace, which kept no settings of it");
    check_status(l, "not opened", "d", "gone");
    check_ensure(l, "made", &stream, NULL);
    run_for(l, 61 * MR_US_PER_SECOND);
    check_objects(l, "it goes on", "202;");
    now_us = end(l);

    l = begin(directory, now_us, 0);
    CHECK_TRUE("and is known from now on", l->warnings == NULL);
    check_status(l, "opened", "d", "ACTIVE");
    (void)end(l);
    check_remove_dir(directory);
}

/* ---- listing, tags ---- */

static void check_page(life *l, const char *after, mr_delivery_type type, size_t most,
                       const char *want)
{
    mr_delivery_stream *page[8];
    bool more;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&text, "");
    size_t count = mr_delivery_streams_page(l->all, after, type, page, most, &more);
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(&text, "%s ", mr_delivery_stream_name(page[i]));
    }
    mr_strbuf_append_text(&text, more ? "..." : "");
    CHECK_STR(after == NULL ? "first page" : after, mr_strbuf_text(&text), want);
    mr_strbuf_deinit(&text);
}

static void test_they_are_listed_in_byte_order(void **state)
{
    (void)state;
    mr_error err = {0};
    mr_stream *source;
    char *directory = check_temp_dir();
    life *l = begin(directory, 0, 0);
    CHECK_OK("source",
             mr_streams_create(mr_sim_streams(l->sim),
                               &(mr_stream_options){.name = "s", .shard_count = 1}, &source, &err),
             &err);
    (void)create(l, "b", NULL);
    (void)create(l, "B", "s");
    (void)create(l, "a-1", NULL);
    check_page(l, NULL, MR_DELIVERY_ANY, 8, "B a-1 b ");
    check_page(l, NULL, MR_DELIVERY_ANY, 2, "B a-1 ...");
    check_page(l, "a", MR_DELIVERY_ANY, 1, "a-1 ...");
    check_page(l, "a-1", MR_DELIVERY_ANY, 1, "b ");
    check_page(l, "b", MR_DELIVERY_ANY, 1, "");
    check_page(l, NULL, MR_DELIVERY_KINESIS, 8, "B ");
    check_page(l, NULL, MR_DELIVERY_DIRECT_PUT, 1, "a-1 ...");
    check_page(l, NULL, MR_DELIVERY_OTHER, 8, "");
    (void)end(l);
    check_remove_dir(directory);
}

static void test_50_tags_and_not_one_more(void **state)
{
    (void)state;
    mr_error err = {0};
    char *directory = check_temp_dir(), name[8];
    life *l = begin(directory, 0, 0);
    mr_delivery_stream *stream = create(l, "d", NULL);
    for (int i = 0; i < MR_DELIVERY_TAGS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "k%02d", i);
        const mr_delivery_tag tag = {name, "v"};
        CHECK_OK(name, mr_delivery_stream_tag(stream, &tag, 1, &err), &err);
    }
    const mr_delivery_tag two[] = {{"k00", "w"}, {"k50", "v"}};
    CHECK_CODE("51", mr_delivery_stream_tag(stream, two, 2, &err), MR_LIMIT_EXCEEDED);
    CHECK_OK("another value", mr_delivery_stream_tag(stream, two, 1, &err), &err);
    const char *const keys[] = {"k01", "nobody"};
    CHECK_OK("untag", mr_delivery_stream_untag(stream, keys, 2, &err), &err);
    mr_delivery_tag_page page;
    CHECK_OK("page", mr_delivery_stream_tags(stream, NULL, 2, &page, &err), &err);
    CHECK_STR("overwritten", page.tags[0].value, "w");
    CHECK_STR("removed", page.tags[1].key, "k02");
    CHECK_TRUE("more", page.more);
    mr_delivery_tag_page_deinit(&page);
    CHECK_OK("page", mr_delivery_stream_tags(stream, "k48", 50, &page, &err), &err);
    CHECK_INT("the last", page.count, 1);
    CHECK_TRUE("no more", !page.more);
    mr_delivery_tag_page_deinit(&page);
    (void)end(l);
    check_remove_dir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_delay_nobody_sees_a_state),
        cmocka_unit_test(test_states_go_on_after_a_restart),
        cmocka_unit_test(test_settings_buffers_and_positions_survive_a_restart),
        cmocka_unit_test(test_a_source_of_the_same_name_is_not_the_source),
        cmocka_unit_test(test_killed_before_any_write_a_change_is_done_or_not),
        cmocka_unit_test(test_a_template_makes_it_once_and_then_leaves_it),
        cmocka_unit_test(test_one_without_settings_waits_for_its_template),
        cmocka_unit_test(test_they_are_listed_in_byte_order),
        cmocka_unit_test(test_50_tags_and_not_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
