/* What a record's bytes are taken for, and what is shown of them. */
#include "src/web/record_view.h"

#include "sim/base/alloc.h"
#include "sim/store/compress.h"
#include "sim/stream/kpl_record.h"
#include "tests/check.h"

#include <cjson/cJSON.h>

static cJSON *show(mr_bytes data, bool decode)
{
    mr_strbuf out = mr_strbuf_make(MR_RECORD_VIEW_JSON_MAX);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_record_view_write_data(&json, data, decode);
    mr_json_object_end(&json);
    assert_false(out.overflowed);
    cJSON *view = cJSON_ParseWithLength(out.at, out.len);
    assert_non_null(view);
    mr_strbuf_deinit(&out);
    return view;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

typedef struct row {
    const char *label;
    mr_bytes data;
    const char *kind, *text, *json;
} row;

static void test_bytes_are_taken_for_what_they_are(void **state)
{
    (void)state;
    static const row rows[] = {
        {"object", MR_BYTES_LITERAL(" {\"a\":[1,2]}\n"), "json", " {\"a\":[1,2]}\n",
         "{\"a\":[1,2]}"},
        {"array", MR_BYTES_LITERAL("[]"), "json", "[]", "[]"},
        {"scalar", MR_BYTES_LITERAL("42"), "text", "42", "null"},
        {"not whole", MR_BYTES_LITERAL("{\"a\":"), "text", "{\"a\":", "null"},
        {"two values", MR_BYTES_LITERAL("{}{}"), "text", "{}{}", "null"},
        {"number that JSON lacks", MR_BYTES_LITERAL("[01]"), "text", "[01]", "null"},
        {"text", MR_BYTES_LITERAL("Stra\xc3\x9f\x65\t3\r\n"), "text", "Stra\xc3\x9f\x65\t3\r\n",
         "null"},
        {"not UTF-8", MR_BYTES_LITERAL("Stra\xdf\x65"), "binary", "(none)", "null"},
        {"control character", MR_BYTES_LITERAL("a\x01"), "binary", "(none)", "null"},
        {"torn gzip", MR_BYTES_LITERAL("\x1f\x8b\x08torn"), "binary", "(none)", "null"},
        {"nothing", MR_BYTES_LITERAL(""), "text", "", "null"},
        {"brackets in a string", MR_BYTES_LITERAL("{\"a\":\"\\\"[[[\"}"), "json",
         "{\"a\":\"\\\"[[[\"}", "{\"a\":\"\\\"[[[\"}"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        cJSON *view = show(rows[i].data, true);
        char *json = cJSON_PrintUnformatted(member(view, "json"));
        CHECK_STR(rows[i].label, text_of(view, "kind"), rows[i].kind);
        CHECK_STR(rows[i].label, text_of(view, "text"), rows[i].text);
        CHECK_STR(rows[i].label, json, rows[i].json);
        cJSON_free(json);
        cJSON_Delete(view);
    }
}

static void test_without_decoding_the_kind_is_all_that_is_said(void **state)
{
    (void)state;
    cJSON *view = show(mr_bytes_of("{\"a\":1}"), false);
    CHECK_STR("kind", text_of(view, "kind"), "json");
    CHECK_STR("data", text_of(view, "data"), "eyJhIjoxfQ==");
    assert_true(cJSON_IsNull(member(view, "text")));
    assert_true(cJSON_IsNull(member(view, "json")));
    cJSON_Delete(view);
}

static void test_gzip_is_shown_expanded(void **state)
{
    (void)state;
    mr_strbuf zip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    mr_compressor_write(compressor, mr_bytes_of("{\"owner\":\"111\"}"), &zip);
    mr_compressor_finish(compressor, &zip);
    mr_compressor_free(compressor);
    cJSON *view = show(mr_strbuf_bytes(&zip), true);
    CHECK_STR("kind", text_of(view, "kind"), "gzip");
    CHECK_STR("text", text_of(view, "text"), "{\"owner\":\"111\"}");
    CHECK_STR("json", text_of(member(view, "json"), "owner"), "111");
    cJSON_Delete(view);
    mr_strbuf_deinit(&zip);
}

static void test_a_bomb_is_not_expanded_past_the_limit(void **state)
{
    (void)state;
    mr_strbuf zip = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    char *zeros = mr_calloc(4, (size_t)MR_MIB);
    mr_compressor_write(compressor, mr_bytes_make(zeros, 4 * (size_t)MR_MIB), &zip);
    mr_compressor_finish(compressor, &zip);
    mr_compressor_free(compressor);
    mr_free(zeros);
    cJSON *view = show(mr_strbuf_bytes(&zip), true);
    CHECK_STR("kind", text_of(view, "kind"), "gzip");
    assert_true(cJSON_IsNull(member(view, "text")));
    cJSON_Delete(view);
    mr_strbuf_deinit(&zip);
}

static void test_long_data_are_cut_at_whole_characters(void **state)
{
    (void)state;
    const size_t len = MR_RECORD_VIEW_BYTES_MAX + 1;
    char *text = mr_calloc(len + 1, 1);
    memset(text, 'a', len);
    memcpy(text + len - 2, "\xc3\xa9", 2); /* its second byte is the first past the bound */
    cJSON *view = show(mr_bytes_make(text, len), true);
    CHECK_INT("bytes", (int64_t)member(view, "bytes")->valuedouble, (int64_t)len);
    assert_true(cJSON_IsTrue(member(view, "truncated")));
    CHECK_INT("text", strlen(text_of(view, "text")), MR_RECORD_VIEW_BYTES_MAX - 1);
    cJSON_Delete(view);
    mr_free(text);
}

static void test_an_aggregated_record_shows_its_user_records(void **state)
{
    (void)state;
    mr_strbuf carrier = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_STRBUF_UNLIMITED);
    const size_t count = MR_RECORD_VIEW_SUBS_MAX + 3;
    for (size_t i = 0; i < count; i++) {
        const mr_record record = {.data = mr_bytes_of("one"), .partition_key = mr_bytes_of("key")};
        assert_true(mr_kpl_writer_add(writer, &record));
    }
    mr_kpl_writer_take(writer, &carrier);
    mr_kpl_writer_free(writer);
    cJSON *view = show(mr_strbuf_bytes(&carrier), true);
    const cJSON *subs = member(view, "sub_records");
    CHECK_STR("kind", text_of(view, "kind"), "aggregated");
    CHECK_INT("shown", cJSON_GetArraySize(subs), MR_RECORD_VIEW_SUBS_MAX);
    CHECK_INT("there", (int)member(view, "sub_record_count")->valuedouble, (int)count);
    CHECK_STR("key", text_of(subs->child, "partition_key"), "key");
    CHECK_STR("text", text_of(subs->child, "text"), "one");
    CHECK_STR("data", text_of(subs->child, "data"), "b25l");
    cJSON_Delete(view);
    mr_strbuf_deinit(&carrier);
}

static void test_deep_json_is_text(void **state)
{
    (void)state;
    char text[2 * (MR_RECORD_VIEW_DEPTH_MAX + 1)];
    memset(text, '[', sizeof(text) / 2);
    memset(text + sizeof(text) / 2, ']', sizeof(text) / 2);
    assert_int_equal(mr_record_kind_of(mr_bytes_make(text, sizeof(text))), MR_RECORD_TEXT);
    assert_int_equal(mr_record_kind_of(mr_bytes_make(text + 1, sizeof(text) - 2)), MR_RECORD_JSON);
}

static void test_any_bytes_are_shown_within_bounds(void **state)
{
    (void)state;
    CHECK_CORPUS(record_view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_taken_for_what_they_are),
        cmocka_unit_test(test_without_decoding_the_kind_is_all_that_is_said),
        cmocka_unit_test(test_gzip_is_shown_expanded),
        cmocka_unit_test(test_a_bomb_is_not_expanded_past_the_limit),
        cmocka_unit_test(test_long_data_are_cut_at_whole_characters),
        cmocka_unit_test(test_an_aggregated_record_shows_its_user_records),
        cmocka_unit_test(test_deep_json_is_text),
        cmocka_unit_test(test_any_bytes_are_shown_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
