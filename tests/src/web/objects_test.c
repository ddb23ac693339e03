/* Buckets over the API: folders and pages, previews of each kind, downloads, and keys that would
 * lead out of their bucket. */
#include "sim/store/compress.h"
#include "src/aws/uri.h"
#include "tests/src/web/web_help.h"

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

/* A file dropped into the bucket by hand is an object too. */
static void drop(const web_world *w, const char *key, mr_bytes bytes)
{
    mr_error err;
    char *path = mr_format("%s/s3/data/%s", w->api.directory, key);
    char *folder = mr_strndup(path, (size_t)(strrchr(path, '/') - path));
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    CHECK_OK(folder, fs->make_directories(fs, folder, &err), &err);
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, bytes, 0, &err), &err);
    fs->close(fs, file);
    mr_free(folder);
    mr_free(path);
}

static void init(web_world *w)
{
    mr_error err;
    web_world_init(w, NULL);
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->api.sim), "data", &err), &err);
}

static char *compact(const cJSON *object, const char *name)
{
    char *printed = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(object, name));
    char *text = mr_strdup(printed);
    cJSON_free(printed);
    return text;
}

static void check_member(const cJSON *object, const char *name, const char *expected)
{
    char *text = compact(object, name);
    CHECK_STR(name, text, expected);
    mr_free(text);
}

static void test_a_bucket_is_listed_as_folders_page_by_page(void **state)
{
    (void)state;
    web_world w;
    init(&w);
    static const char *const keys[] = {"a/1", "a/2", "a/b/3", "b/1", "c", "d/1"};
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        drop(&w, keys[i], mr_bytes_of("x"));
    }
    cJSON *page = web_ask_json(&w, "GET /_millrace/api/buckets/data/objects?limit=3", NULL, 200);
    check_member(page, "prefixes", "[\"a/\",\"b/\"]");
    CHECK_STR("an object",
              text_of(cJSON_GetArrayItem(cJSON_GetObjectItem(page, "objects"), 0), "key"), "c");
    CHECK_STR("the next page", text_of(page, "next"), "c");
    cJSON_Delete(page);
    page = web_ask_json(&w, "GET /_millrace/api/buckets/data/objects?limit=3&after=c", NULL, 200);
    check_member(page, "prefixes", "[\"d/\"]");
    check_member(page, "next", "null");
    cJSON_Delete(page);
    page =
        web_ask_json(&w, "GET /_millrace/api/buckets/data/objects?limit=1&after=a%2F", NULL, 200);
    check_member(page, "prefixes", "[\"b/\"]");
    cJSON_Delete(page);
    page = web_ask_json(&w, "GET /_millrace/api/buckets/data/objects?prefix=a/", NULL, 200);
    check_member(page, "prefixes", "[\"a/b/\"]");
    CHECK_INT("objects", cJSON_GetArraySize(cJSON_GetObjectItem(page, "objects")), 2);
    cJSON_Delete(page);
    page = web_ask_json(&w, "GET /_millrace/api/buckets/data/objects?delimiter=", NULL, 200);
    CHECK_INT("all of them", cJSON_GetArraySize(cJSON_GetObjectItem(page, "objects")), 6);
    cJSON_Delete(page);
    web_world_deinit(&w);
}

static mr_strbuf gzip(const char *text)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    mr_compressor_write(compressor, mr_bytes_of(text), &out);
    mr_compressor_finish(compressor, &out);
    mr_compressor_free(compressor);
    return out;
}

typedef struct preview_row {
    const char *key, *bytes, *kind, *member, *expected;
} preview_row;

static void test_a_preview_shows_what_it_is(void **state)
{
    (void)state;
    static const preview_row rows[] = {
        {"a", "{\"a\":1}\n{\"b\":\"}{\"}\n", "jsonl", "lines",
         "[\"{\\\"a\\\":1}\",\"{\\\"b\\\":\\\"}{\\\"}\"]"},
        {"b", "{\"a\":1}{\"a\":{\"b\":2}}", "jsonl", "lines",
         "[\"{\\\"a\\\":1}\",\"{\\\"a\\\":{\\\"b\\\":2}}\"]"},
        {"c.csv", "x,y\n1,\"a,b\"\n2,c", "csv", "columns", "[\"x\",\"y\"]"},
        {"c.csv", "x,y\n1,\"a,b\"\n2,c", "csv", "rows", "[[\"1\",\"a,b\"],[\"2\",\"c\"]]"},
        {"d.tsv", "x\ty\n1\t2\n", "csv", "rows", "[[\"1\",\"2\"]]"},
        {"e.csv", "", "csv", "rows", "[]"},
        {"f", "one|two\r\nthree\n", "text", "lines", "[\"one|two\",\"three\"]"},
        {"g", "\x01\x02\xFF", "binary", "hex", "\"0102ff\""}};
    web_world w;
    init(&w);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        drop(&w, rows[i].key, mr_bytes_of(rows[i].bytes));
        char *line = mr_format("GET /_millrace/api/buckets/data/preview?key=%s", rows[i].key);
        cJSON *preview = web_ask_json(&w, line, NULL, 200);
        CHECK_STR(rows[i].bytes, text_of(preview, "kind"), rows[i].kind);
        check_member(preview, rows[i].member, rows[i].expected);
        check_member(preview, "truncated", "false");
        cJSON_Delete(preview);
        mr_free(line);
    }
    web_world_deinit(&w);
}

static void test_gzip_is_unpacked_and_lines_are_bounded(void **state)
{
    (void)state;
    web_world w;
    init(&w);
    mr_strbuf packed = gzip("a\nb\nc\n");
    mr_strbuf second = gzip("d\n");
    mr_strbuf_append_bytes(&packed, mr_strbuf_bytes(&second));
    drop(&w, "x.gz", mr_strbuf_bytes(&packed));
    cJSON *preview =
        web_ask_json(&w, "GET /_millrace/api/buckets/data/preview?key=x.gz&lines=3", NULL, 200);
    CHECK_STR("compression", text_of(preview, "compression"), "gzip");
    check_member(preview, "lines", "[\"a\",\"b\",\"c\"]");
    check_member(preview, "truncated", "true");
    cJSON_Delete(preview);
    preview = web_ask_json(&w, "GET /_millrace/api/buckets/data/preview?key=x.gz", NULL, 200);
    check_member(preview, "lines", "[\"a\",\"b\",\"c\",\"d\"]");
    check_member(preview, "truncated", "false");
    cJSON_Delete(preview);
    mr_strbuf_deinit(&packed);
    mr_strbuf_deinit(&second);
    web_world_deinit(&w);
}

static void test_an_object_is_described(void **state)
{
    (void)state;
    web_world w;
    init(&w);
    drop(&w, "by/hand.json", mr_bytes_of("{}"));
    cJSON *object =
        web_ask_json(&w, "GET /_millrace/api/buckets/data/object?key=by/hand.json", NULL, 200);
    check_member(object, "bytes", "2");
    check_member(object, "etag", "\"99914b932bd37a50b983c5e7c90ae93b\"");
    check_member(object, "content_type", "\"application/octet-stream\"");
    check_member(object, "content_encoding", "null");
    cJSON_Delete(object);
    web_world_deinit(&w);
}

static void test_a_download_is_the_object(void **state)
{
    (void)state;
    web_world w;
    init(&w);
    char *large = mr_alloc(3 * MR_MIB);
    for (size_t i = 0; i < 3 * MR_MIB; i++) {
        large[i] = (char)('a' + i % 23);
    }
    drop(&w, "dir/large.bin", mr_bytes_make(large, 3 * MR_MIB));
    api_answer answer =
        web_ask(&w, "GET /_millrace/api/buckets/data/download?key=dir/large.bin", NULL, NULL);
    CHECK_INT("status", answer.status, 200);
    assert_true(mr_bytes_equal(answer.body, mr_bytes_make(large, 3 * MR_MIB)));
    assert_true(mr_bytes_is(api_header(&answer, "content-disposition"),
                            "attachment; filename=\"large.bin\""));
    api_answer_deinit(&answer);
    mr_free(large);
    web_world_deinit(&w);
}

static void test_a_download_is_saved_under_its_name(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"plain-1.json", "attachment; filename=\"plain-1.json\""},
        {"a b.txt", "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%20b.txt"},
        {"\xc3\xa4\"x.gz", "attachment; filename=\"___x.gz\"; filename*=UTF-8''%C3%A4%22x.gz"}};
    web_world w;
    init(&w);
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        char *path = mr_format("dir/%s", names[i][0]);
        drop(&w, path, mr_bytes_of("x"));
        mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_text(&line, "GET /_millrace/api/buckets/data/download?key=dir/");
        mr_uri_encode(&line, mr_bytes_of(names[i][0]), false);
        api_answer answer = web_ask(&w, mr_strbuf_text(&line), NULL, NULL);
        CHECK_BYTES(names[i][0], api_header(&answer, "content-disposition"),
                    mr_bytes_of(names[i][1]));
        api_answer_deinit(&answer);
        mr_strbuf_deinit(&line);
        mr_free(path);
    }
    web_world_deinit(&w);
}

/* In chunks, of which the last, an empty one, says that the download is whole. */
static void check_decoded(web_world *w, mr_bytes packed, const char *chunk, bool is_whole)
{
    drop(w, "x.gz", packed);
    api_answer answer = web_ask(w, "GET /_millrace/api/buckets/data/download?key=x.gz&decode=true",
                                "Connection: close\r\n", NULL);
    CHECK_HAS("download", mr_strbuf_text(&answer.text), chunk);
    CHECK_INT(chunk,
              mr_bytes_ends_with(mr_strbuf_bytes(&answer.text), mr_bytes_of("\r\n0\r\n\r\n")),
              is_whole);
    api_answer_deinit(&answer);
}

static void test_a_download_is_unpacked_up_to_the_zeros_behind_it(void **state)
{
    (void)state;
    static const char zeros[100 * 1024]; /* more than is read at a time */
    web_world w;
    init(&w);
    mr_strbuf packed = gzip("a\nb\n");
    mr_strbuf second = gzip("c\n");
    check_decoded(&w, mr_strbuf_bytes(&packed), "a\nb\n", true);
    check_decoded(&w, mr_bytes_make(packed.at, packed.len - 1), "a\nb\n", false);
    mr_strbuf_append_bytes(&packed, mr_strbuf_bytes(&second));
    check_decoded(&w, mr_strbuf_bytes(&packed), "c\n", true);
    mr_strbuf_append(&packed, zeros, sizeof(zeros));
    check_decoded(&w, mr_strbuf_bytes(&packed), "c\n", true);
    mr_strbuf_append_bytes(&packed, mr_strbuf_bytes(&second));
    check_decoded(&w, mr_strbuf_bytes(&packed), "a\nb\n", false);
    mr_strbuf_deinit(&packed);
    mr_strbuf_deinit(&second);
    web_world_deinit(&w);
}

typedef struct bad_row {
    const char *line, *expected;
} bad_row;

static void test_no_key_leads_out_of_its_bucket(void **state)
{
    (void)state;
    static const bad_row rows[] = {
        {"GET /_millrace/api/buckets/data/preview?key=../../catalog.db", "404 object-not-found"},
        {"GET /_millrace/api/buckets/data/preview?key=%2e%2e%2f%2e%2e%2fcatalog.db",
         "404 object-not-found"},
        {"GET /_millrace/api/buckets/data/download?key=../../catalog.db", "404 object-not-found"},
        {"GET /_millrace/api/buckets/%2e%2e/download?key=catalog.db", "404 bucket-not-found"},
        {"GET /_millrace/api/buckets/..%2f/objects", "404 bucket-not-found"},
        {"GET /_millrace/api/buckets/data/preview?key=a%00b", "400 invalid-argument"},
        {"GET /_millrace/api/buckets/data/preview", "400 invalid-argument"},
        {"GET /_millrace/api/buckets/data/preview?key=nothing", "404 object-not-found"},
        {"GET /_millrace/api/buckets/nothing/objects", "404 bucket-not-found"},
        {"GET /_millrace/api/buckets/data/objects?limit=1001", "400 invalid-argument"},
        {"GET /_millrace/api/buckets/data/preview?key=x&lines=0", "400 invalid-argument"}};
    web_world w;
    init(&w);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&w, rows[i].line, NULL, NULL);
        CHECK_STR(rows[i].line, word, rows[i].expected);
        mr_free(word);
    }
    char *long_key = mr_alloc(2001);
    memset(long_key, 'k', 2000);
    long_key[2000] = '\0';
    char *line = mr_format("GET /_millrace/api/buckets/data/object?key=%s", long_key);
    char *word = web_ask_word(&w, line, NULL, NULL);
    CHECK_STR("a long key", word, "400 invalid-argument");
    mr_free(word);
    mr_free(line);
    mr_free(long_key);
    web_world_deinit(&w);
}

static void test_any_bytes_have_a_preview_within_its_bounds(void **state)
{
    (void)state;
    CHECK_CORPUS(object_view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bucket_is_listed_as_folders_page_by_page),
        cmocka_unit_test(test_a_preview_shows_what_it_is),
        cmocka_unit_test(test_gzip_is_unpacked_and_lines_are_bounded),
        cmocka_unit_test(test_an_object_is_described),
        cmocka_unit_test(test_a_download_is_the_object),
        cmocka_unit_test(test_a_download_is_saved_under_its_name),
        cmocka_unit_test(test_a_download_is_unpacked_up_to_the_zeros_behind_it),
        cmocka_unit_test(test_no_key_leads_out_of_its_bucket),
        cmocka_unit_test(test_any_bytes_have_a_preview_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
