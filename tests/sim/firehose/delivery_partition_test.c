/* delivery_partition_test.c - dynamic partitioning and sub-records from outside: in which object
 * which record is, at which time, and what is in the error output. */
#include "tests/sim/firehose/delivery_world.h"

#include "sim/firehose/audit.h"
#include "sim/stream/kpl_record.h"

/* By customer, below "c=<customer>/"; errors below "err/". */
static mr_delivery_options partitioned(const char *source)
{
    mr_delivery_options options = world_delivery_options(source);
    options.destination.prefix = "c=!{partitionKeyFromQuery:c}/";
    options.destination.error_output_prefix = "err/!{firehose:error-output-type}/";
    options.dynamic_partitioning = true;
    options.partition_query = "{c:.customer}";
    options.partition_retry_us = -1;
    return options;
}

static void check_books(world *w, mr_delivery *d, uint64_t stored)
{
    mr_error err;
    mr_audit *audit = mr_audit_new();
    CHECK_OK("settle", mr_delivery_settle(d, &err), &err);
    CHECK_OK("read", mr_audit_read(audit, w->db, NULL, NULL, &err), &err);
    CHECK_OK("books", mr_audit_check(audit, d, &err), &err);
    mr_audit_counts counts = mr_audit_count(audit, d);
    CHECK_INT("stored", counts.stored, stored);
    CHECK_INT("again", counts.again + counts.backup_again, 0);
    mr_audit_free(audit);
}

static void put(world *w, const char *customer, int number)
{
    char text[128];
    (void)snprintf(text, sizeof(text), "{\"customer\":\"%s\",\"n\":%d}", customer, number);
    world_put(w, world_stream(w, "s", 1), "k", text);
}

/* The only object below a prefix. Its time is that of the event that has written it. */
static void check_object(world *w, const char *prefix, const char *want_body, int64_t want_us)
{
    found_objects *found = world_objects(w, "main", prefix);
    CHECK_INT(prefix, found->count, 1);
    CHECK_BYTES(prefix, mr_strbuf_bytes(&found->bodies), mr_bytes_of(want_body));
    for (size_t i = 0; i < w->note_count && want_us >= 0; i++) {
        if (w->notes[i].type == MR_EVENT_OBJECT_WRITTEN &&
            strcmp(w->notes[i].key, found->keys[0]) == 0) {
            CHECK_INT(prefix, w->notes[i].time_us / SECOND, want_us / SECOND);
        }
    }
    found_free(found);
}

static void test_each_evaluated_prefix_has_a_buffer_and_an_interval_of_its_own(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.destination.size_bytes = 64 * MR_MIB;
    options.destination.interval_us = 15 * MINUTE;
    mr_delivery *d = world_deliver(w, &options);
    put(w, "a", 1);
    world_run_for(w, 10 * MINUTE);
    put(w, "b", 2);
    put(w, "a", 3);
    world_run_for(w, 2 * SECOND);
    CHECK_INT("active", mr_delivery_count(d).partitions, 2);
    mr_buffer_gauge gauge;
    CHECK_INT("gauges", mr_delivery_gauges(d, &gauge, 1), 1);
    CHECK_INT("records of both", gauge.records, 3);
    world_run_to(w, WORLD_START_US + 16 * MINUTE);
    CHECK_INT("the other one", mr_delivery_count(d).partitions, 1);
    put(w, "a", 4); /* a new buffer */
    world_run_until_idle(w, d);
    CHECK_INT("gone", mr_delivery_count(d).partitions, 0);
    CHECK_INT("objects", mr_delivery_count(d).objects, 3);
    check_object(w, "c=b/", "{\"customer\":\"b\",\"n\":2}", WORLD_START_US + 25 * MINUTE);
    found_objects *found = world_objects(w, "main", "c=a/d-1-2025-01-01-00-");
    CHECK_INT("two of one partition", found->count, 2);
    CHECK_BYTES("in order", mr_strbuf_bytes(&found->bodies),
                mr_bytes_of("{\"customer\":\"a\",\"n\":1}{\"customer\":\"a\",\"n\":3}"
                            "{\"customer\":\"a\",\"n\":4}"));
    found_free(found);
    check_books(w, d, 4);
    world_close(w);
}

static void test_a_partition_flushes_by_its_own_size(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.destination.size_bytes = 64 * MR_MIB;
    options.destination.interval_us = 900 * SECOND;
    options.destination.compression = MR_COMPRESSION_GZIP;
    options.append_delimiter = true;
    mr_delivery *d = world_deliver(w, &options);
    char *text = mr_alloc(900000);
    for (int i = 0; i < 80; i++) {
        int len = snprintf(text, 900000, "{\"customer\":\"big\",\"n\":%d,\"x\":\"", i);
        memset(text + len, 'x', 890000);
        memcpy(text + len + 890000, "\"}", 3);
        world_put(w, stream, "k", text);
        put(w, "small", i);
        world_run_for(w, 2 * SECOND);
    }
    mr_free(text);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("by size", counts.flush_size, 1);
    CHECK_INT("none by interval yet", counts.flush_interval, 0);
    world_run_until_idle(w, d);
    CHECK_INT("objects", mr_delivery_count(d).objects, 3);
    found_objects *found = world_objects(w, "main", "c=big/");
    CHECK_INT("two", found->count, 2);
    mr_strbuf plain = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    CHECK_OK("gunzip", mr_gunzip(mr_strbuf_bytes(&found->bodies), &plain, &err), &err);
    size_t lines = 0;
    for (size_t i = 0; i < plain.len; i++) {
        lines += plain.at[i] == '\n';
    }
    CHECK_INT("each record once", lines, 80);
    CHECK_HAS("extension", found->keys[0], ".gz");
    mr_strbuf_deinit(&plain);
    found_free(found);
    world_close(w);
}

static void test_a_record_without_a_key_is_in_the_error_output_with_the_reason(void **state)
{
    static const struct {
        const char *record, *reason;
    } cases[] = {
        {"{\"customer\":null}", "partitionKeys values must not be null or empty"},
        {"{\"customer\":\"\"}", "partitionKeys values must not be null or empty"},
        {"not json", "Non JSON record provided"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_open(&(world_options){.seed = 1});
        mr_stream *stream = world_stream(w, "s", 1);
        mr_delivery_options options = partitioned("s");
        mr_delivery *d = world_deliver(w, &options);
        world_put(w, stream, "k", cases[i].record);
        put(w, "a", 1);
        world_run_until_idle(w, d);
        check_object(w, "c=a/", "{\"customer\":\"a\",\"n\":1}", -1);
        found_objects *found = world_objects(w, "main", "err/processing-failed/");
        cJSON *json = cJSON_ParseWithLength(found->bodies.at, found->bodies.len);
        CHECK_STR("code", cJSON_GetStringValue(cJSON_GetObjectItem(json, "errorCode")),
                  "DynamicPartitioning.MetadataExtractionFailed");
        CHECK_STR("message", cJSON_GetStringValue(cJSON_GetObjectItem(json, "errorMessage")),
                  cases[i].reason);
        CHECK_INT("attempts", cJSON_GetObjectItem(json, "attemptsMade")->valueint, 1);
        CHECK_TRUE("no function", !cJSON_HasObjectItem(json, "lambdaARN"));
        mr_strbuf raw = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_TRUE("raw", mr_base64_decode(&raw, mr_bytes_of(cJSON_GetStringValue(
                                                     cJSON_GetObjectItem(json, "rawData")))));
        CHECK_BYTES("raw", mr_strbuf_bytes(&raw), mr_bytes_of(cases[i].record));
        mr_strbuf_deinit(&raw);
        cJSON_Delete(json);
        found_free(found);
        CHECK_INT("failed", mr_delivery_count(d).failed, 1);
        check_books(w, d, 2);
        world_close(w);
    }
}

static void test_past_the_most_partitions_records_go_to_the_error_output(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.partitions_max = 3;
    mr_delivery *d = world_deliver(w, &options);
    for (int i = 0; i < 5; i++) {
        char customer[8];
        (void)snprintf(customer, sizeof(customer), "c%d", i);
        put(w, customer, i);
    }
    put(w, "c0", 9); /* one that is there takes more */
    world_run_for(w, 2 * SECOND);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("active", counts.partitions, 3);
    CHECK_INT("exceeded", counts.partitions_exceeded, 2);
    CHECK_INT("said once", world_note_count(w, MR_EVENT_WARNING, ""), 1);
    world_run_until_idle(w, d);
    found_objects *found = world_objects(w, "main", "err/");
    CHECK_HAS("code", mr_strbuf_text(&found->bodies),
              "\"errorCode\":\"DynamicPartitioning.ActivePartitionLimitExceeded\"");
    found_free(found);
    put(w, "c4", 4); /* the others are gone */
    world_run_until_idle(w, d);
    check_object(w, "c=c4/", "{\"customer\":\"c4\",\"n\":4}", -1);
    check_books(w, d, 7);
    world_close(w);
}

static void test_values_that_make_one_prefix_are_one_partition(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.destination.prefix =
        "!{partitionKeyFromQuery:a}!{partitionKeyFromQuery:b}/!{timestamp:HH}/";
    options.partition_query = "{a:.a,b:.b}";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "{\"a\":\"x\",\"b\":\"yz\"}");
    world_put(w, stream, "k", "{\"a\":\"xy\",\"b\":\"z\"}");
    world_put(w, stream, "k", "{\"a\":1,\"b\":true}");
    world_run_until_idle(w, d);
    check_object(w, "xyz/00/", "{\"a\":\"x\",\"b\":\"yz\"}{\"a\":\"xy\",\"b\":\"z\"}", -1);
    check_object(w, "1true/00/", "{\"a\":1,\"b\":true}", -1);
    world_close(w);
}

static void test_an_evaluated_prefix_has_a_longest_length(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    mr_delivery *d = world_deliver(w, &options);
    char customer[600];
    memset(customer, 'x', sizeof(customer));
    mr_stream *stream = world_stream(w, "s", 1);
    for (size_t len = 509; len <= 510; len++) { /* with "c=" and "/": 512 and 513 */
        char text[700];
        (void)snprintf(text, sizeof(text), "{\"customer\":\"%.*s\"}", (int)len, customer);
        world_put(w, stream, "k", text);
    }
    world_run_until_idle(w, d);
    CHECK_INT("delivered", mr_delivery_count(d).delivered, 1);
    CHECK_INT("failed", mr_delivery_count(d).error_delivered, 1);
    world_close(w);
}

static void test_refused_puts_are_tried_for_the_retry_duration_alone(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.destination.interval_us = 60 * SECOND;
    options.destination.size_bytes = 64 * MR_MIB;
    options.partition_retry_us = 100 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){
                       .kind = MR_FAULT_STORE_REFUSED, .probability = 1, .target = "main/c=a/*"});
    put(w, "a", 1);
    put(w, "a", 2);
    put(w, "b", 3);
    world_run_for(w, 62 * SECOND);
    CHECK_INT("the other is delivered", mr_delivery_count(d).delivered, 1);
    CHECK_INT("waiting", mr_delivery_count(d).partitions, 1);
    world_run_to(w, WORLD_START_US + 161 * SECOND);
    CHECK_INT("no longer", mr_delivery_count(d).partitions, 0);
    CHECK_INT("failed", mr_delivery_count(d).failed, 2);
    world_run_until_idle(w, d);
    found_objects *found = world_objects(w, "main", "err/");
    CHECK_HAS("code", mr_strbuf_text(&found->bodies), "\"errorCode\":\"S3.SlowDown\"");
    CHECK_HAS("first", mr_strbuf_text(&found->bodies),
              "\"rawData\":\"eyJjdXN0b21lciI6ImEiLCJuIjoxfQ==\"");
    CHECK_HAS("second", mr_strbuf_text(&found->bodies),
              "\"rawData\":\"eyJjdXN0b21lciI6ImEiLCJuIjoyfQ==\"");
    found_free(found);
    CHECK_INT("nothing is given up", mr_delivery_count(d).discarded, 0);
    check_books(w, d, 3);
    world_close(w);
}

static void test_a_function_gives_keys_and_the_query_sees_what_it_made(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    world_function(w, "f", false);
    options.function = "f";
    options.destination.prefix = "f=!{partitionKeyFromLambda:first}/";
    options.partition_query = NULL;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "abc");
    world_put(w, stream, "k", "nokey");
    world_put(w, stream, "k", "axy");
    world_put(w, stream, "k", "drop");
    world_put(w, stream, "k", "bad");
    world_put(w, stream, "k", "fail");
    world_run_until_idle(w, d);
    check_object(w, "f=a/", "<abc><axy>", -1);
    check_object(w, "f=b/", "<bad>", -1);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("dropped", counts.dropped, 1);
    CHECK_INT("failed", counts.failed, 2);
    found_objects *found = world_objects(w, "main", "err/");
    CHECK_HAS("raw is what was sent to the function", mr_strbuf_text(&found->bodies),
              "{\"rawData\":\"bm9rZXk=\",\"errorCode\":"
              "\"DynamicPartitioning.MetadataExtractionFailed\",\"errorMessage\":"
              "\"partitionKeys values must not be null or empty\"");
    CHECK_HAS("the function's own", mr_strbuf_text(&found->bodies),
              "\"errorCode\":\"Lambda.ProcessingFailedStatus\"");
    found_free(found);
    check_books(w, d, 6);
    world_close(w);
}

static void test_a_builtin_makes_records_for_the_query(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    world_function(w, "f", true);
    options.function = "f";
    options.partition_query = "{c:.name}";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "ann|1");
    world_put(w, stream, "k", "bob|2");
    world_put(w, stream, "k", "ann|x"); /* the builtin fails it */
    world_run_until_idle(w, d);
    check_object(w, "c=ann/", "{\"name\":\"ann\",\"value\":1}\n", -1);
    check_object(w, "c=bob/", "{\"name\":\"bob\",\"value\":2}\n", -1);
    CHECK_INT("failed", mr_delivery_count(d).failed, 1);
    check_books(w, d, 3);
    world_close(w);
}

static void test_an_update_delivers_what_is_open_and_goes_on_with_other_keys(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    mr_delivery *d = world_deliver(w, &options);
    mr_error err;
    put(w, "a", 1);
    world_run_for(w, 2 * SECOND);
    options.destination.prefix = "n=!{partitionKeyFromQuery:n}/";
    options.partition_query = "{n:.n}";
    options.version = 2;
    CHECK_OK("update", mr_delivery_update(d, &options, &err), &err);
    put(w, "a", 7);
    world_run_until_idle(w, d);
    check_object(w, "c=a/", "{\"customer\":\"a\",\"n\":1}", WORLD_START_US + SECOND + SECOND);
    check_object(w, "n=7/d-2-", "{\"customer\":\"a\",\"n\":7}", -1);
    check_books(w, d, 2);
    world_close(w);
}

static void test_names_do_not_repeat_after_a_restart_and_are_the_same_each_time(void **state)
{
    (void)state;
    char *first[2] = {NULL, NULL};
    for (int turn = 0; turn < 2; turn++) {
        world *w = world_open(&(world_options){.seed = 1});
        (void)world_stream(w, "s", 1);
        mr_delivery_options options = partitioned("s");
        mr_delivery *d = world_deliver(w, &options);
        put(w, "a", 1);
        put(w, "b", 2);
        world_run_until_idle(w, d);
        put(w, "a", 3); /* not delivered when the process ends */
        world_run_for(w, 2 * SECOND);
        int64_t now_us = world_now(w);
        char *directory = world_close_keep(w);
        w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
        d = world_deliver(w, &options);
        put(w, "b", 4);
        world_run_until_idle(w, d);
        found_objects *found = world_objects(w, "main", "c=");
        CHECK_INT("objects", found->count, 4);
        mr_strbuf names = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        for (size_t i = 0; i < found->count; i++) {
            const char *uuid = found->keys[i] + strlen(found->keys[i]) - 36;
            CHECK_TRUE("a new name", strstr(mr_strbuf_text(&names), uuid) == NULL);
            mr_strbuf_appendf(&names, "%s %s\n", found->keys[i], uuid);
        }
        first[turn] = mr_strbuf_take(&names);
        found_free(found);
        world_close(w);
    }
    CHECK_STR("again", first[1], first[0]);
    mr_free(first[0]);
    mr_free(first[1]);
}

static void test_a_full_disk_loses_nothing_of_the_partitions(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1, .real_time = true});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    mr_delivery *d = world_deliver(w, &options);
    char *text = mr_alloc(200100);
    int len = snprintf(text, 200000, "{\"customer\":\"a\",\"x\":\"");
    memset(text + len, 'x', 150000); /* more than a block */
    memcpy(text + len + 150000, "\"}", 3);
    world_put(w, stream, "k", text);
    w->disk.is_full = true;
    while (world_now(w) < WORLD_START_US + 10 * MINUTE) {
        CHECK_TRUE("something is set", world_step(w));
    }
    CHECK_TRUE("tried", mr_delivery_count(d).put_retries > 3);
    w->disk.is_full = false;
    world_run_until_idle(w, d);
    check_object(w, "c=a/", text, -1);
    CHECK_INT("not handed on", mr_delivery_count(d).failed, 0);
    mr_free(text);
    world_close(w);
}

/* ---- sub-records ---- */

static void put_carrier(mr_stream *stream, const char *const *texts, size_t count)
{
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    mr_strbuf carrier = mr_strbuf_make(MR_MIB);
    mr_error err;
    mr_put_result result;
    size_t failed;
    for (size_t i = 0; i < count; i++) {
        mr_record user = {.data = mr_bytes_of(texts[i]), .partition_key = mr_bytes_of("user")};
        CHECK_TRUE("added", mr_kpl_writer_add(writer, &user));
    }
    mr_kpl_writer_take(writer, &carrier);
    mr_record record = {.data = mr_strbuf_bytes(&carrier), .partition_key = mr_bytes_of("k")};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    mr_strbuf_deinit(&carrier);
    mr_kpl_writer_free(writer);
}

static void test_carriers_are_taken_apart_without_any_setting(void **state)
{
    static const char *const texts[] = {"one ", "two ", "three "};
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.append_delimiter = true;
    options.backup_enabled = true;
    mr_delivery *d = world_deliver(w, &options);
    put_carrier(stream, texts, 3);
    world_put(w, stream, "k", "plain ");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "one \ntwo \nthree \nplain \n");
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("read", counts.read, 2);
    CHECK_INT("taken", counts.taken, 4);
    CHECK_INT("delivered", counts.delivered, 4);
    CHECK_INT("the backup has records as they came", counts.backed_up, 2);
    found_objects *found = world_objects(w, "backup", "");
    CHECK_BYTES("magic", mr_bytes_make(found->bodies.at, 4), mr_bytes_of("\xf3\x89\x9a\xc2"));
    found_free(found);
    check_books(w, d, 2);
    world_close(w);
}

static void test_a_function_sees_the_place_of_each_sub_record(void **state)
{
    static const char *const texts[] = {"one", "drop", "three"};
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    world_function(w, "f", false);
    mr_delivery *d = world_deliver(w, &options);
    put_carrier(stream, texts, 3);
    world_run_until_idle(w, d);
    cJSON *event = cJSON_Parse(mr_strbuf_text(&w->events));
    cJSON *records = cJSON_GetObjectItem(event, "records");
    CHECK_INT("records", cJSON_GetArraySize(records), 3);
    for (int i = 0; i < 3; i++) {
        cJSON *record = cJSON_GetArrayItem(records, i);
        cJSON *metadata = cJSON_GetObjectItem(record, "kinesisRecordMetadata");
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(record, "recordId"));
        char want[8];
        (void)snprintf(want, sizeof(want), "%06d", i);
        CHECK_INT("sub", cJSON_GetObjectItem(metadata, "subsequenceNumber")->valueint, i);
        CHECK_STR("id", id + strlen(id) - 6, want);
        CHECK_STR("key", cJSON_GetStringValue(cJSON_GetObjectItem(metadata, "partitionKey")),
                  "user");
    }
    cJSON_Delete(event);
    check_bodies(w, "main", "", "<one><three>");
    CHECK_INT("dropped", mr_delivery_count(d).dropped, 1);
    check_books(w, d, 1);
    world_close(w);
}

static void test_json_in_one_record_goes_to_several_partitions(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = partitioned(NULL);
    options.deaggregation = MR_DEAGGREGATE_JSON;
    options.append_delimiter = true;
    options.backup_enabled = true;
    mr_delivery *d = world_deliver(w, &options);
    const char *record = "{\"customer\":\"a\"}{\"customer\":\"b\"}\n{\"customer\":\"a\"}"
                         "{\"customer\":\"\"}";
    world_put_direct(d, &record, 1);
    world_run_until_idle(w, d);
    check_object(w, "c=a/", "{\"customer\":\"a\"}\n{\"customer\":\"a\"}\n", -1);
    check_object(w, "c=b/", "{\"customer\":\"b\"}\n", -1);
    check_bodies(w, "backup", "", record);
    CHECK_INT("failed", mr_delivery_count(d).error_delivered, 1);
    check_books(w, d, 1);
    world_close(w);
}

static void test_delimited_texts_are_records(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = partitioned(NULL);
    options.deaggregation = MR_DEAGGREGATE_DELIMITED;
    options.deaggregation_delimiter = "IyM=";
    mr_delivery *d = world_deliver(w, &options);
    const char *record = "{\"customer\":\"a\"}##{\"customer\":\"b\"}##";
    world_put_direct(d, &record, 1);
    world_run_until_idle(w, d);
    check_object(w, "c=a/", "{\"customer\":\"a\"}", -1);
    check_object(w, "c=b/", "{\"customer\":\"b\"}", -1);
    check_books(w, d, 1);
    world_close(w);
}

/* ---- many ---- */

static void test_five_hundred_partitions_with_large_buffers_take_little_memory(void **state)
{
    enum { PARTITIONS = 500, ROUNDS = 8, BYTES = 40000 };
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    (void)world_stream(w, "s", 1);
    mr_delivery_options options = partitioned("s");
    options.destination.compression = MR_COMPRESSION_GZIP;
    mr_delivery *d = world_deliver(w, &options);
    mr_stream *stream = world_stream(w, "s", 1);
    char *text = mr_alloc(BYTES + 100);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PARTITIONS; i++) {
            int len = snprintf(text, BYTES, "{\"customer\":\"%d\",\"x\":\"", i);
            memset(text + len, 'a' + round, BYTES);
            memcpy(text + len + BYTES, "\"}", 3);
            world_put(w, stream, "k", text);
        }
        world_run_for(w, 10 * SECOND);
    }
    mr_free(text);
    CHECK_INT("active", mr_delivery_count(d).partitions, PARTITIONS);
    world_run_until_idle(w, d);
    CHECK_INT("objects", mr_delivery_count(d).objects, PARTITIONS);
    CHECK_INT("delivered", mr_delivery_count(d).delivered, (uint64_t)PARTITIONS * ROUNDS);
    check_books(w, d, (uint64_t)PARTITIONS * ROUNDS);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_evaluated_prefix_has_a_buffer_and_an_interval_of_its_own),
        cmocka_unit_test(test_a_partition_flushes_by_its_own_size),
        cmocka_unit_test(test_a_record_without_a_key_is_in_the_error_output_with_the_reason),
        cmocka_unit_test(test_past_the_most_partitions_records_go_to_the_error_output),
        cmocka_unit_test(test_values_that_make_one_prefix_are_one_partition),
        cmocka_unit_test(test_an_evaluated_prefix_has_a_longest_length),
        cmocka_unit_test(test_refused_puts_are_tried_for_the_retry_duration_alone),
        cmocka_unit_test(test_a_function_gives_keys_and_the_query_sees_what_it_made),
        cmocka_unit_test(test_a_builtin_makes_records_for_the_query),
        cmocka_unit_test(test_an_update_delivers_what_is_open_and_goes_on_with_other_keys),
        cmocka_unit_test(test_names_do_not_repeat_after_a_restart_and_are_the_same_each_time),
        cmocka_unit_test(test_a_full_disk_loses_nothing_of_the_partitions),
        cmocka_unit_test(test_carriers_are_taken_apart_without_any_setting),
        cmocka_unit_test(test_a_function_sees_the_place_of_each_sub_record),
        cmocka_unit_test(test_json_in_one_record_goes_to_several_partitions),
        cmocka_unit_test(test_delimited_texts_are_records),
        cmocka_unit_test(test_five_hundred_partitions_with_large_buffers_take_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
