/* Streams, their records and their functions' logs through the web side. */
#include "sim/base/timefmt.h"
#include "sim/stream/stream.h"
#include "tests/src/web/web_help.h"

static mr_stream *make_stream(web_world *w, uint32_t shards)
{
    mr_error err = {0};
    mr_stream *stream = NULL;
    const mr_stream_options options = {.name = "ticks", .shard_count = shards};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w->api.sim), &options, &stream, &err),
             &err);
    return stream;
}

static void put(mr_stream *stream, const char *key, mr_bytes data)
{
    mr_error err = {0};
    mr_put_result result;
    size_t failed;
    const mr_record record = {.data = data, .partition_key = mr_bytes_of(key)};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_INT("stored", failed, 0);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_non_null(value);
    return value;
}

static int64_t number(const cJSON *object, const char *name)
{
    return (int64_t)member(object, name)->valuedouble;
}

static const char *text(const cJSON *object, const char *name)
{
    assert_true(cJSON_IsString(member(object, name)));
    return member(object, name)->valuestring;
}

#define STREAM  "/_millrace/api/streams/ticks"
#define RECORDS "GET " STREAM "/records?shard=0"

static void test_a_split_shows_parents_and_children(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_stream(&w, 2);
    cJSON *stream =
        web_ask_json(&w, "POST " STREAM "/split", "{\"shard\":\"shardId-000000000000\"}", 200);
    const cJSON *shards = member(stream, "shards");
    CHECK_INT("shards", cJSON_GetArraySize(shards), 4);
    const cJSON *parent = cJSON_GetArrayItem(shards, 0);
    const cJSON *child = cJSON_GetArrayItem(shards, 3);
    assert_true(cJSON_IsFalse(member(parent, "open")));
    assert_true(cJSON_IsNumber(member(parent, "closed_us")));
    CHECK_INT("children", cJSON_GetArraySize(member(parent, "children")), 2);
    CHECK_STR("child", cJSON_GetArrayItem(member(parent, "children"), 1)->valuestring,
              "shardId-000000000003");
    CHECK_STR("parent", member(child, "parents")->child->valuestring, "shardId-000000000000");
    CHECK_STR("middle", text(child, "hash_start"), "85070591730234615865843651857942052864");
    assert_true(member(child, "share")->valuedouble == 0.25);
    assert_true(cJSON_IsNull(member(child, "sequence_end")));
    cJSON_Delete(stream);

    stream = web_ask_json(&w, "POST " STREAM "/merge",
                          "{\"shards\":[\"shardId-000000000001\",\"shardId-000000000003\"]}", 200);
    shards = member(stream, "shards");
    CHECK_INT("after the merge", cJSON_GetArraySize(shards), 5);
    CHECK_INT("parents", cJSON_GetArraySize(member(cJSON_GetArrayItem(shards, 4), "parents")), 2);
    cJSON_Delete(stream);

    stream = web_ask_json(&w, "POST " STREAM "/reshard", "{\"to\":4}", 200);
    size_t open = 0;
    const cJSON *shard;
    cJSON_ArrayForEach(shard, member(stream, "shards"))
    {
        open += cJSON_IsTrue(member(shard, "open")) ? 1 : 0;
    }
    CHECK_INT("open", open, 4);
    cJSON_Delete(stream);
    web_world_deinit(&w);
}

static void test_a_key_is_led_to_its_shard(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_stream(&w, 2);
    cJSON *of = web_ask_json(&w, "GET " STREAM "/shard-of?key=a", NULL, 200);
    CHECK_STR("MD5 of a", text(of, "hash_hex"), "0cc175b9c0f1b6a831c399e269772661");
    CHECK_STR("decimal", text(of, "hash"), "16955237001963240173058271559858726497");
    CHECK_STR("shard", text(of, "shard"), "shardId-000000000000");
    cJSON_Delete(of);
    of = web_ask_json(
        &w, "GET " STREAM "/shard-of?explicit_hash_key=170141183460469231731687303715884105728",
        NULL, 200);
    CHECK_STR("shard", text(of, "shard"), "shardId-000000000001");
    assert_true(member(of, "share_before")->valuedouble == 0.5);
    assert_true(cJSON_IsNull(member(of, "key")));
    cJSON_Delete(of);
    web_world_deinit(&w);
}

typedef struct page_row {
    const char *query;
    int64_t first, count, next; /* next 0: null */
} page_row;

static void test_records_are_found_by_number_and_place(void **state)
{
    (void)state;
    static const page_row rows[] = {
        {"", 1, 10, 0},
        {"&limit=4", 1, 4, 5},
        {"&from=first&limit=4", 1, 4, 5},
        {"&from=last&limit=4", 7, 4, 0},
        {"&from=last&limit=400", 1, 10, 0},
        {"&from=5&limit=3", 5, 3, 8},
        {"&from=8&limit=3", 8, 3, 0},
        {"&from=11", 0, 0, 0},
        {"&from=99", 0, 0, 0},
        {"&from=0&limit=1", 1, 1, 2},
        {"&from=at&at_us=0&limit=1", 1, 1, 2},
    };
    web_world w;
    web_world_init(&w, NULL);
    mr_stream *stream = make_stream(&w, 1);
    for (int i = 0; i < 10; i++) {
        put(stream, "key", mr_bytes_of("{\"i\":1}"));
    }
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *line = mr_format("%s%s", RECORDS, rows[i].query);
        cJSON *page = web_ask_json(&w, line, NULL, 200);
        const cJSON *records = member(page, "records");
        const cJSON *next = member(page, "next");
        CHECK_INT(line, cJSON_GetArraySize(records), rows[i].count);
        CHECK_INT(line, rows[i].count == 0 ? 0 : number(records->child, "number"), rows[i].first);
        CHECK_INT(line, cJSON_IsNull(next) ? 0 : (int64_t)next->valuedouble, rows[i].next);
        CHECK_INT(line, number(page, "last"), 10);
        cJSON_Delete(page);
        mr_free(line);
    }
    web_world_deinit(&w);
}

static void test_records_are_found_by_sequence_and_time(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    mr_stream *stream = make_stream(&w, 1);
    for (int i = 0; i < 3; i++) {
        put(stream, "key", mr_bytes_of("x"));
        api_advance(&w.api, 1000000);
    }
    cJSON *all = web_ask_json(&w, RECORDS, NULL, 200);
    const cJSON *third = cJSON_GetArrayItem(member(all, "records"), 2);
    char *by_sequence = mr_format("%s&from=at&sequence=%s", RECORDS, text(third, "sequence"));
    char *by_time =
        mr_format("%s&from=at&at_us=%lld", RECORDS, (long long)number(third, "arrival_us"));
    const char *lines[] = {by_sequence, by_time};
    for (size_t i = 0; i < MR_COUNT(lines); i++) {
        cJSON *page = web_ask_json(&w, lines[i], NULL, 200);
        const cJSON *records = member(page, "records");
        CHECK_INT(lines[i], cJSON_GetArraySize(records), 1);
        CHECK_INT(lines[i], number(records->child, "number"), 3);
        cJSON_Delete(page);
    }
    mr_free(by_sequence);
    mr_free(by_time);
    cJSON_Delete(all);
    web_world_deinit(&w);
}

static void count_reads(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)time_us, (void)line;
    *(int *)context += event->type == MR_EVENT_READ;
}

/* The shard allows five reads a second; looking is none. */
static void test_looking_disturbs_nobody(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    int reads = 0;
    mr_stream *stream = make_stream(&w, 1);
    put(stream, "key", mr_bytes_of("x"));
    mr_trace_listen(mr_sim_trace(w.api.sim), count_reads, &reads, false);
    for (int i = 0; i < 20; i++) {
        cJSON_Delete(web_ask_json(&w, RECORDS, NULL, 200));
    }
    mr_trace_flush_rates(mr_sim_trace(w.api.sim));
    CHECK_INT("reads", reads, 0);
    mr_trace_unlisten(mr_sim_trace(w.api.sim), count_reads, &reads);
    web_world_deinit(&w);
}

static void test_large_records_make_short_pages(void **state)
{
    (void)state;
    enum { COUNT = 60 };
    web_world w;
    web_world_init(&w, NULL);
    mr_stream *stream = make_stream(&w, 1);
    const size_t len = 200000;
    char *data = mr_calloc(len, 1);
    memset(data, '"', len);
    for (int i = 0; i < COUNT; i++) {
        put(stream, "key", mr_bytes_make(data, len));
    }
    mr_free(data);
    int64_t from = 1;
    int64_t seen = 0;
    int pages = 0;
    while (from != 0) {
        char *line = mr_format("%s&limit=500&from=%lld", RECORDS, (long long)from);
        cJSON *page = web_ask_json(&w, line, NULL, 200);
        const cJSON *next = member(page, "next");
        seen += cJSON_GetArraySize(member(page, "records"));
        CHECK_INT("truncated", cJSON_IsTrue(member(member(page, "records")->child, "truncated")),
                  1);
        from = cJSON_IsNull(next) ? 0 : (int64_t)next->valuedouble;
        pages++;
        cJSON_Delete(page);
        mr_free(line);
    }
    CHECK_INT("all are seen", seen, COUNT);
    assert_true(pages > 1);
    web_world_deinit(&w);
}

static void test_records_are_put_by_hand(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_stream(&w, 2);
    cJSON *receipts =
        web_ask_json(&w, "POST " STREAM "/put",
                     "{\"records\":[{\"partition_key\":\"a\",\"data\":{\"price\":12.5}},"
                     "{\"partition_key\":\"a\",\"data\":\"plain\"},"
                     "{\"partition_key\":\"a\",\"explicit_hash_key\":"
                     "\"170141183460469231731687303715884105728\","
                     "\"data\":[1]}]}",
                     200);
    CHECK_INT("failed", number(receipts, "failed"), 0);
    const cJSON *records = member(receipts, "records");
    CHECK_STR("shard", text(cJSON_GetArrayItem(records, 0), "shard"), "shardId-000000000000");
    CHECK_STR("shard", text(cJSON_GetArrayItem(records, 2), "shard"), "shardId-000000000001");
    cJSON *page = web_ask_json(&w, RECORDS, NULL, 200);
    const cJSON *stored = member(page, "records");
    CHECK_STR("sequence", text(cJSON_GetArrayItem(records, 0), "sequence"),
              text(cJSON_GetArrayItem(stored, 0), "sequence"));
    CHECK_STR("JSON", text(cJSON_GetArrayItem(stored, 0), "text"), "{\"price\":12.5}");
    CHECK_STR("text", text(cJSON_GetArrayItem(stored, 1), "text"), "plain");
    cJSON_Delete(page);
    cJSON_Delete(receipts);
    web_world_deinit(&w);
}

typedef struct refusal_row {
    const char *line, *headers, *body, *expected;
} refusal_row;

static void test_what_cannot_be_is_refused_in_words(void **state)
{
    (void)state;
    static const char elsewhere[] = "Origin: http://elsewhere.example\r\n";
    static const refusal_row rows[] = {
        {"GET /_millrace/api/streams/tocks", NULL, NULL, "404 stream-not-found"},
        {"GET " STREAM "/records?shard=7", NULL, NULL, "404 shard-not-found"},
        {"GET " STREAM "/records", NULL, NULL, "400 invalid-argument"},
        {RECORDS "&from=soon", NULL, NULL, "400 invalid-argument"},
        {RECORDS "&from=at", NULL, NULL, "400 invalid-argument"},
        {RECORDS "&from=at&sequence=7", NULL, NULL, "400 invalid-argument"},
        {RECORDS "&limit=501", NULL, NULL, "400 invalid-argument"},
        {"GET " STREAM "/shard-of", NULL, NULL, "400 invalid-argument"},
        {"GET " STREAM "/shard-of?explicit_hash_key=x", NULL, NULL, "400 invalid-argument"},
        {"POST " STREAM "/split", NULL, "{\"shard\":\"0\",\"at\":\"1\"}", "400 invalid-argument"},
        {"POST " STREAM "/split", NULL, "{}", "400 invalid-argument"},
        {"POST " STREAM "/split", elsewhere, "{\"shard\":\"0\"}", "403 origin-refused"},
        {"POST " STREAM "/merge", NULL, "{\"shards\":[\"0\"]}", "400 invalid-argument"},
        {"POST " STREAM "/merge", NULL, "{\"shards\":[\"0\",\"2\"]}", "400 shards-not-adjacent"},
        {"POST " STREAM "/reshard", NULL, "{\"to\":7}", "429 limit-exceeded"},
        {"POST " STREAM "/reshard", NULL, "{\"to\":0}", "400 invalid-argument"},
        {"POST " STREAM "/put", NULL, "{\"records\":[]}", "400 invalid-argument"},
        {"POST " STREAM "/put", NULL, "{\"records\":[{\"partition_key\":\"\",\"data\":1}]}",
         "400 invalid-argument"},
        {"POST " STREAM "/put", elsewhere, "{\"records\":[]}", "403 origin-refused"},
        {"GET /_millrace/api/functions/none/log", NULL, NULL, "404 function-not-found"},
    };
    web_world w;
    web_world_init(&w, NULL);
    make_stream(&w, 3);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&w, rows[i].line, rows[i].headers, rows[i].body);
        CHECK_STR(rows[i].line, word, rows[i].expected);
        mr_free(word);
    }
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_split_shows_parents_and_children),
        cmocka_unit_test(test_a_key_is_led_to_its_shard),
        cmocka_unit_test(test_records_are_found_by_number_and_place),
        cmocka_unit_test(test_records_are_found_by_sequence_and_time),
        cmocka_unit_test(test_looking_disturbs_nobody),
        cmocka_unit_test(test_large_records_make_short_pages),
        cmocka_unit_test(test_records_are_put_by_hand),
        cmocka_unit_test(test_what_cannot_be_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
