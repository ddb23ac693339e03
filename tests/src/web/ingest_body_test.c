#include "src/web/ingest_body.h"
#include "tests/check.h"

static void test_data_are_stored_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *data, *key;
    } rows[] = {
        {"object", "{\"Data\": {\"b\": 1, \"a\" : [ 1.50, -0, 1E400 ]}, \"PartitionKey\": \"k\"}",
         "{\"b\":1,\"a\":[1.50,-0,1E400]}", "k"},
        {"string", "{\"Data\":\"a b\\u00e9\\/\",\"PartitionKey\":\"k\"}", "\"a b\\u00e9\\/\"", "k"},
        {"empty string", "{\"Data\":\"\",\"PartitionKey\":\"k\"}", "\"\"", "k"},
        {"blanks in strings stay", "{\"Data\":[ \" x \\\" y \" ],\"PartitionKey\":\"k\"}",
         "[\" x \\\" y \"]", "k"},
        {"number", "{\"Data\":12345678901234567890.10,\"PartitionKey\":\"k\"}",
         "12345678901234567890.10", "k"},
        {"true", "{\"Data\":true,\"PartitionKey\":\"k\"}", "true", "k"},
        {"null", "{\"Data\":null,\"PartitionKey\":\"k\"}", "null", "k"},
        {"members twice stay", "{\"Data\":{\"a\":1,\"a\":2},\"PartitionKey\":\"k\"}",
         "{\"a\":1,\"a\":2}", "k"},
        {"key a number", "{\"Data\":1,\"PartitionKey\":1.50}", "1", "1.50"},
        {"key in escapes", "{\"Data\":1,\"PartitionKey\":\"\\u00e9\\n\"}", "1", "\xc3\xa9\n"},
        {"names of the batch", "{\"data\":1,\"partition-key\":\"k\"}", "1", "k"},
        {"names in escapes", "{\"D\\u0061ta\":1,\"PartitionKey\":\"k\"}", "1", "k"},
        {"the last of equal names", "{\"Data\":1,\"Data\":2,\"PartitionKey\":\"k\"}", "2", "k"},
        {"others are read over", "{\"x\":{},\"Data\":1,\"PartitionKey\":\"k\",\"data2\":3}", "1",
         "k"},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_arena *arena = mr_arena_new();
        mr_gateway_record record;
        mr_error err = {0};
        CHECK_OK(rows[i].label,
                 mr_ingest_read_record(mr_bytes_of(rows[i].body), arena, &record, &err), &err);
        CHECK_BYTES(rows[i].label, record.data, mr_bytes_of(rows[i].data));
        CHECK_BYTES(rows[i].label, record.partition_key, mr_bytes_of(rows[i].key));
        mr_arena_free(arena);
    }
}

static void test_what_is_absent_is_at_null(void **state)
{
    (void)state;
    mr_arena *arena = mr_arena_new();
    mr_gateway_record record;
    mr_error err = {0};
    CHECK_OK("empty", mr_ingest_read_record(mr_bytes_of("{}"), arena, &record, &err), &err);
    assert_null(record.data.at);
    assert_null(record.partition_key.at);
    CHECK_OK("null key",
             mr_ingest_read_record(mr_bytes_of("{\"PartitionKey\":null}"), arena, &record, &err),
             &err);
    assert_null(record.partition_key.at);
    mr_arena_free(arena);
}

static void test_a_wrong_body_is_told_why(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *says;
        bool is_batch;
    } rows[] = {
        {"empty", "", "The body is empty", false},
        {"blank", " \n", "The body is empty", false},
        {"no UTF-8", "{\"Data\":\"\xff good\"}", "not UTF-8: see byte 9 of 17", false},
        {"a byte order mark", "\xef\xbb\xbf{}", "begins with a byte order mark", false},
        {"cut off", "{\"Data\":1", "not JSON", false},
        {"array", "[]", "The body is an array; it must be an object", false},
        {"key an object", "{\"PartitionKey\":{}}", "PartitionKey is an object", false},
        {"key a boolean", "{\"PartitionKey\":true}", "must be a string or a number", false},
        {"hash key a list", "{\"ExplicitHashKey\":[]}", "ExplicitHashKey is an array", false},
        {"no records", "{}", "\"records\" is missing", true},
        {"records no array", "{\"records\":{}}", "\"records\" is an object", true},
        {"a record no object", "{\"records\":[{},1]}", "Record 2 is a number", true},
        {"a record's key", "{\"Records\":[{\"partition-key\":[]}]}", "PartitionKey is an array",
         true},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_arena *arena = mr_arena_new();
        mr_gateway_record record, *records;
        size_t count;
        mr_error err = {0};
        const mr_bytes body = mr_bytes_of(rows[i].body);
        const mr_code code = rows[i].is_batch
                                 ? mr_ingest_read_records(body, arena, &records, &count, &err)
                                 : mr_ingest_read_record(body, arena, &record, &err);
        CHECK_CODE(rows[i].label, code, MR_BAD_INPUT);
        CHECK_HAS(rows[i].label, err.message, rows[i].says);
        mr_arena_free(arena);
    }
}

static void test_a_batch_keeps_its_order_and_has_an_end(void **state)
{
    (void)state;
    mr_arena *arena = mr_arena_new();
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"records\":[{\"data\":0,\"partition-key\":\"k\"}");
    for (int i = 1; i < 600; i++) {
        mr_strbuf_appendf(&body, ",{\"Data\":%d,\"PartitionKey\":\"k\"}", i);
    }
    mr_strbuf_append_text(&body, "]}");
    mr_gateway_record *records;
    size_t count;
    mr_error err = {0};
    CHECK_OK("batch", mr_ingest_read_records(mr_strbuf_bytes(&body), arena, &records, &count, &err),
             &err);
    CHECK_INT("more than Kinesis takes", (int)count, MR_INGEST_RECORDS_MAX);
    CHECK_BYTES("first", records[0].data, mr_bytes_of("0"));
    CHECK_BYTES("last", records[500].data, mr_bytes_of("500"));
    mr_strbuf_deinit(&body);
    mr_arena_free(arena);
}

static void test_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(ingest_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_are_stored_as_they_are_written),
        cmocka_unit_test(test_what_is_absent_is_at_null),
        cmocka_unit_test(test_a_wrong_body_is_told_why),
        cmocka_unit_test(test_a_batch_keeps_its_order_and_has_an_end),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
