/* The pages for readers without scripts: each view over a socket, with the world's facts, and with
 * names that would be markup. */
#include "src/web/page.h"
#include "tests/src/web/web_help.h"

#define HOSTILE "<script>alert(1)</script>&\""

static char *page(web_world *w, const char *view)
{
    char *line = mr_format("GET /_millrace/console/%s", view);
    api_answer answer = web_ask(w, line, NULL, NULL);
    CHECK_INT(line, answer.status, 200);
    char *text = mr_strndup(answer.body.at, answer.body.len);
    api_answer_deinit(&answer);
    mr_free(line);
    return text;
}

static void check_page(web_world *w, const char *view, const char *const *pieces)
{
    char *text = page(w, view);
    for (; *pieces != NULL; pieces++) {
        CHECK_HAS(view, text, *pieces);
    }
    CHECK_TRUE(view, strstr(text, "<script>alert") == NULL);
    CHECK_HAS(view, text, "<nav aria-label=\"Views\">");
    mr_free(text);
}

#define CHECK_PAGE(w, view, ...) check_page(w, view, (const char *const[]){__VA_ARGS__, NULL})

static void make_things(web_world *w)
{
    mr_error err;
    mr_sim *sim = w->api.sim;
    mr_stream *stream = NULL;
    const mr_stream_options options = {.name = "clicks", .shard_count = 2};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(sim), &options, &stream, &err), &err);
    const mr_record record = {.partition_key = mr_bytes_of(HOSTILE), .data = mr_bytes_of(HOSTILE)};
    mr_put_result result;
    size_t failed;
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(sim), "data", &err), &err);
    CHECK_OK("database", mr_catalog_create_database(mr_sim_catalog(sim), "shop", NULL, &err), &err);
    mr_trace_emit(mr_sim_trace(sim), &(mr_event){.type = MR_EVENT_WARNING, .message = HOSTILE});
    const mr_fault_rule rule = {
        .kind = MR_FAULT_STORE_REFUSED, .target = HOSTILE, .until_us = INT64_MAX};
    CHECK_OK("fault", mr_faults_add(mr_sim_faults(sim), &rule, &err), &err);
}

static void drop(const web_world *w, const char *key, const char *bytes)
{
    mr_error err;
    char *folder = mr_format("%s/s3/data/dir", w->api.directory);
    char *path = mr_format("%s/%s", folder, key);
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    CHECK_OK(folder, fs->make_directories(fs, folder, &err), &err);
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, mr_bytes_of(bytes), 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
    mr_free(folder);
}

static void test_each_view_shows_its_facts(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_things(&w);
    drop(&w, "one.json", "{\"a\":\"<b>\"}\n");
    drop(&w, "two.csv", "a,b\n\"<script>alert\",2\n");
    CHECK_PAGE(&w, "", "<h1>Pipeline</h1>", "<caption>Data streams</caption>", "clicks");
    CHECK_PAGE(&w, "pipeline", "There is no function yet.");
    CHECK_PAGE(&w, "shards/clicks", "<h1>Shards: clicks</h1>", "shardId-000000000001",
               "/_millrace/console/records/clicks/shardId-000000000000");
    CHECK_PAGE(&w, "shards/nothing", "There is no data stream nothing here.");
    char *first = page(&w, "records/clicks/shardId-000000000000");
    char *second = page(&w, "records/clicks/shardId-000000000001");
    const char *with = strstr(first, "&lt;script&gt;") != NULL ? first : second;
    CHECK_HAS("a record", with, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;");
    mr_free(first);
    mr_free(second);
    CHECK_PAGE(&w, "records/clicks/shardId-000000000009", "Could not find shard");
    CHECK_PAGE(&w, "records", "Choose a stream, and one of its shards.");
    CHECK_PAGE(&w, "delivery", "There is no delivery stream yet.");
    CHECK_PAGE(&w, "transform/f", "There is no function f here.");
    CHECK_PAGE(&w, "objects", "<caption>Buckets</caption>", "/_millrace/console/objects/data");
    CHECK_PAGE(&w, "objects/data", "objects/data/dir/");
    CHECK_PAGE(&w, "objects/data/dir/", "dir/one.json", "?key=dir%2Fone.json");
    CHECK_PAGE(&w, "objects/data/dir/?key=dir%2Fone.json", "{&quot;a&quot;:&quot;&lt;b&gt;&quot;}");
    CHECK_PAGE(&w, "objects/data/dir/?key=dir/two.csv", "<th scope=\"col\">a</th>",
               "<td>&lt;script&gt;alert</td><td>2</td>");
    CHECK_PAGE(&w, "objects/nothing", "nothing");
    CHECK_PAGE(&w, "catalog", "shop", "The database has no table.");
    CHECK_PAGE(&w, "query", "The template has none.", "None yet.");
    CHECK_PAGE(&w, "events", "&lt;script&gt;alert(1)", "warning");
    CHECK_PAGE(&w, "time", "virtual", "2025-01-01T00:00:00");
    CHECK_PAGE(&w, "faults", "store-refused", "&lt;script&gt;alert(1)", "Kinds of faults");
    CHECK_PAGE(&w, "lessons", "There are none here.", "millrace serve data/crimes/template.yaml");
    CHECK_PAGE(&w, "nowhere/%3Cscript%3Ealert(1)", "There is no such view");
    web_world_deinit(&w);
}

static void test_names_that_a_browser_takes_for_steps_have_addresses(void **state)
{
    (void)state;
    web_world w;
    mr_error err;
    web_world_init(&w, NULL);
    static const char *const names[] = {".", ".."};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        mr_stream *stream = NULL;
        const mr_stream_options options = {.name = names[i], .shard_count = 1};
        CHECK_OK(names[i], mr_streams_create(mr_sim_streams(w.api.sim), &options, &stream, &err),
                 &err);
    }
    CHECK_PAGE(&w, "shards", "console/shards/~.\">.</a>", "console/shards/~..\">..</a>");
    CHECK_PAGE(&w, "shards/~..", "<h1>Shards: ..</h1>", "records/~../shardId-000000000000\"");
    CHECK_PAGE(&w, "records/~./shardId-000000000000", "<h1>Records: .</h1>",
               "No record is kept from there on.", "records/~./shardId-000000000000?from=1\"");
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w.api.sim), "data", &err), &err);
    CHECK_PAGE(&w, "objects/data/~/~../", "There is no object at this place.");
    char *word = web_ask_word(&w, "GET /_millrace/api/streams/~..", NULL, NULL);
    CHECK_STR("the API", word, "200");
    mr_free(word);
    word = web_ask_word(&w, "GET /_millrace/api/streams/~nothing", NULL, NULL);
    CHECK_HAS("another", word, "404");
    mr_free(word);
    web_world_deinit(&w);
}

static void test_the_view_that_is_shown_is_marked(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    CHECK_PAGE(&w, "", "console/pipeline\" aria-current=\"page\"");
    char *text = page(&w, "faults");
    CHECK_HAS("its own", text, "console/faults\" aria-current=\"page\"");
    CHECK_HAS("another", text, "console/pipeline\">");
    mr_free(text);
    web_world_deinit(&w);
}

/* 30 records on one shard: more than a page has. */
static void put_thirty(web_world *w, char sequence[MR_SEQUENCE_SIZE])
{
    mr_error err;
    mr_stream *stream = NULL;
    const mr_stream_options options = {.name = "clicks", .shard_count = 1};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w->api.sim), &options, &stream, &err),
             &err);
    for (int i = 1; i <= 30; i++) {
        char *data = mr_format("record-%02d", i);
        const mr_record record = {.partition_key = mr_bytes_of("k"), .data = mr_bytes_of(data)};
        mr_put_result result;
        size_t failed;
        CHECK_OK(data, mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
        if (i == 3) {
            mr_shard_sequence(result.shard, result.number, result.arrival_us, sequence);
        }
        mr_free(data);
    }
}

/* The addresses are the console's, which may be opened without scripts. */
static void test_records_begin_where_the_console_would(void **state)
{
    (void)state;
    web_world w;
    char sequence[MR_SEQUENCE_SIZE];
    web_world_init(&w, NULL);
    put_thirty(&w, sequence);
#define SHARD "records/clicks/shardId-000000000000"
    static const struct {
        const char *query, *has, *has_not;
    } cases[] = {
        {"", "record-30", "record-05"},
        {"?from=last", "record-06", "record-05"},
        {"?from=first", "record-01", "record-26"},
        {"?from=10", "record-30", "record-09"},
        {"?from=at&sequence=", "record-03", "record-02"},
        {"?from=soon", "it may be first, last, or a record&#39;s number", "record-01"},
        {"?sequence=seventeen", "sequence is no sequence number", "record-01"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const bool is_at = strstr(cases[i].query, "sequence=") != NULL && i == 4;
        char *view = mr_format(SHARD "%s%s", cases[i].query, is_at ? sequence : "");
        char *text = page(&w, view);
        CHECK_HAS(view, text, cases[i].has);
        CHECK_TRUE(view, strstr(text, cases[i].has_not) == NULL);
        mr_free(text);
        mr_free(view);
    }
    CHECK_PAGE(&w, "shards/clicks", "<caption>Hash keys</caption>",
               "<td>340282366920938463463374607431768211455</td>", "<td>provisioned</td>");
    web_world_deinit(&w);
}

static void test_a_query_is_shown_with_its_result(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    cJSON_Delete(web_ask_json(&w, "POST /_millrace/api/queries",
                              "{\"sql\": \"SELECT 1 AS a, '<b>' AS b\"}", 202));
    cJSON_Delete(web_ask_json(&w, "GET /_millrace/api/queries/1?wait=true", NULL, 200));
    cJSON_Delete(web_ask_json(&w, "POST /_millrace/api/queries",
                              "{\"sql\": \"SELECT * FROM nowhere.nothing\"}", 202));
    cJSON_Delete(web_ask_json(&w, "GET /_millrace/api/queries/2?wait=true", NULL, 200));
    CHECK_PAGE(&w, "query?id=1", "<caption>Result</caption>", "<th scope=\"col\">b</th>",
               "<td>&lt;b&gt;</td>", "<td>succeeded</td>");
    CHECK_PAGE(&w, "query?id=2", "<td>failed</td>", "nowhere");
    CHECK_PAGE(&w, "query?id=999", "There is no query 999 here.");
    CHECK_PAGE(&w, "query?id=x", "There is no query x here.");
    web_world_deinit(&w);
}

static void test_an_object_is_shown_with_its_facts(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_things(&w);
    drop(&w, "a b.csv", "x,y\n1,<b>\n");
    CHECK_PAGE(&w, "objects/data?key=dir%2Fa%20b.csv", "<caption>The object</caption>",
               "application/octet-stream",
               "<a href=\"/_millrace/api/buckets/data/download?key=dir%2Fa%20b.csv\">",
               "<caption>The first rows</caption>", "<td>&lt;b&gt;</td>");
    char *text = page(&w, "objects/data?key=dir%2Fa%20b.csv");
    CHECK_TRUE("no untrue word", strstr(text, "There is no object at this place.") == NULL);
    mr_free(text);
    CHECK_PAGE(&w, "objects/data?key=gone", "The specified key does not exist");
    CHECK_PAGE(&w, "objects/data/nothing/", "There is no object at this place.");
    web_world_deinit(&w);
}

static void test_events_are_chosen_by_their_type(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_things(&w);
    CHECK_PAGE(&w, "events?type=stream.created", "<td>stream.created</td>");
    char *text = page(&w, "events?type=stream.created");
    CHECK_TRUE("no other", strstr(text, "<td>warning</td>") == NULL);
    mr_free(text);
    CHECK_PAGE(&w, "events?type=warning,stream.created", "<td>warning</td>",
               "<td>stream.created</td>");
    CHECK_PAGE(&w, "events?type=buffer.flushed", "Nothing of it has happened yet.");
    CHECK_PAGE(&w, "events?type=stream.create", "stream.created"); /* what is nearest */
    web_world_deinit(&w);
}

/* Tables whose comments are all that an answer can hold, and more. */
static void make_wordy_tables(web_world *w, size_t count)
{
    mr_error err;
    mr_catalog *catalog = mr_sim_catalog(w->api.sim);
    char *comment = check_repeat('c', MR_MIB);
    mr_column column = {.name = "a", .type = "string", .comment = comment};
    CHECK_OK("database", mr_catalog_create_database(catalog, "shop", NULL, &err), &err);
    for (size_t i = 0; i < count; i++) {
        char *name = mr_format("t%zu", i);
        const mr_table table = {.database = "shop",
                                .name = name,
                                .columns = &column,
                                .column_count = 1,
                                .location = "s3://data/t/"};
        CHECK_OK(name, mr_catalog_create_table(catalog, &table, &err), &err);
        mr_free(name);
    }
    mr_free(comment);
}

static void test_more_than_an_answer_can_hold_is_told_so(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    make_wordy_tables(&w, 17);
    char *word = web_ask_word(&w, "GET /_millrace/api/catalog", NULL, NULL);
    CHECK_STR("the answer", word, "507 answer-too-large");
    mr_free(word);
    CHECK_PAGE(&w, "catalog", "<caption>shop</caption>", "t16"); /* of which a page shows less */
    web_world_deinit(&w);

    web_world_init(&w, NULL);
    make_wordy_tables(&w, 33);
    CHECK_PAGE(&w, "catalog", "<h1>Catalog</h1>", "There is more here than a page can hold.");
    char *text = page(&w, "catalog");
    CHECK_TRUE("no untrue word", strstr(text, "There is no database yet") == NULL);
    mr_free(text);
    web_world_deinit(&w);
}

static void test_long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    web_world w;
    mr_error err;
    web_world_init(&w, NULL);
    mr_stream *stream = NULL;
    const mr_stream_options options = {.name = "clicks", .shard_count = 1};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w.api.sim), &options, &stream, &err), &err);
    char *letters = check_repeat('x', 4095);
    char *data = mr_format("%s\xc3\xa9 and more", letters); /* the limit is within the letter */
    const mr_record record = {.partition_key = mr_bytes_of("k"), .data = mr_bytes_of(data)};
    mr_put_result result;
    size_t failed;
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_PAGE(&w, "records/clicks/shardId-000000000000", "xx&hellip; (4106 bytes in all)");
    mr_free(data);
    mr_free(letters);
    web_world_deinit(&w);
}

static void test_long_lists_are_cut_and_counted(void **state)
{
    (void)state;
    web_world w;
    mr_error err;
    web_world_init(&w, NULL);
    for (int i = 0; i < MR_PAGE_ROWS_MAX + 5; i++) {
        char *name = mr_format("stream-%03d", i);
        mr_stream *stream = NULL;
        const mr_stream_options options = {.name = name, .shard_count = 1};
        CHECK_OK(name, mr_streams_create(mr_sim_streams(w.api.sim), &options, &stream, &err), &err);
        mr_free(name);
    }
    CHECK_PAGE(&w, "shards", "stream-199", "The first 200 of 205 are shown.");
    char *text = page(&w, "shards");
    CHECK_TRUE("no more of them", strstr(text, "stream-200") == NULL);
    mr_free(text);
    web_world_deinit(&w);
}

static void test_any_address_gives_a_page_without_its_markup(void **state)
{
    (void)state;
    CHECK_CORPUS(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_view_shows_its_facts),
        cmocka_unit_test(test_names_that_a_browser_takes_for_steps_have_addresses),
        cmocka_unit_test(test_the_view_that_is_shown_is_marked),
        cmocka_unit_test(test_records_begin_where_the_console_would),
        cmocka_unit_test(test_a_query_is_shown_with_its_result),
        cmocka_unit_test(test_an_object_is_shown_with_its_facts),
        cmocka_unit_test(test_events_are_chosen_by_their_type),
        cmocka_unit_test(test_more_than_an_answer_can_hold_is_told_so),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
        cmocka_unit_test(test_long_lists_are_cut_and_counted),
        cmocka_unit_test(test_any_address_gives_a_page_without_its_markup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
