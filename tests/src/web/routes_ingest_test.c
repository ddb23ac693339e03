/* Records from plain HTTP reach their shard as JSON text, and what is refused is told in AWS's
 * form. */
#include "tests/src/web/web_help.h"

typedef struct stored {
    mr_strbuf lines; /* "key=data\n" of each record, in the order of the shard */
} stored;

static void on_record(void *context, const mr_record_view *record)
{
    stored *s = context;
    mr_strbuf_append_bytes(&s->lines, record->partition_key);
    mr_strbuf_append_char(&s->lines, '=');
    mr_strbuf_append_bytes(&s->lines, record->data);
    mr_strbuf_append_char(&s->lines, '\n');
}

static void check_stored(web_world *w, const char *expected)
{
    mr_error err = {0};
    stored s = {mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_stream *stream = mr_streams_find(mr_sim_streams(w->api.sim), "in");
    mr_shard *shard = mr_stream_shard(stream, 0);
    mr_reader *reader = mr_reader_new(shard, mr_shard_first(shard));
    const mr_read_limits limits = {.records_max = 1000, .bytes_max = 10 * MR_MIB};
    mr_read_result result;
    CHECK_OK("read", mr_reader_read(reader, &limits, on_record, &s, &result, &err), &err);
    mr_reader_free(reader);
    CHECK_STR("stored", mr_strbuf_text(&s.lines), expected);
    mr_strbuf_deinit(&s.lines);
}

static void world_init(web_world *w)
{
    mr_error err = {0};
    web_world_init(w, NULL);
    const mr_stream_options options = {.name = "in", .shard_count = 1};
    mr_stream *stream;
    mr_streams_set_state_delay(mr_sim_streams(w->api.sim), 0);
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w->api.sim), &options, &stream, &err),
             &err);
}

static void test_a_record_is_stored_as_its_json_text(void **state)
{
    (void)state;
    web_world w;
    world_init(&w);
    cJSON *json =
        web_ask_json(&w, "PUT /prod/streams/in/record",
                     "{\"Data\": {\"a\": [1.50, \"b c\"]}, \"PartitionKey\": \"k\"}", 200);
    CHECK_STR("shard", cJSON_GetObjectItem(json, "ShardId")->valuestring, "shardId-000000000000");
    assert_true(strlen(cJSON_GetObjectItem(json, "SequenceNumber")->valuestring) > 50);
    cJSON_Delete(json);
    json = web_ask_json(&w, "PUT /any/streams/%69n/record",
                        "{\"Data\":\"text\",\"PartitionKey\":7}", 200);
    cJSON_Delete(json);
    check_stored(&w, "k={\"a\":[1.50,\"b c\"]}\n7=\"text\"\n");
    web_world_deinit(&w);
}

static void test_a_batch_is_stored_in_its_order(void **state)
{
    (void)state;
    web_world w;
    world_init(&w);
    cJSON *json = web_ask_json(&w, "PUT /prod/streams/in/records",
                               "{\"records\": [{\"data\": 1, \"partition-key\": \"a\"}, "
                               "{\"data\": null, \"partition-key\": \"b\"}]}",
                               200);
    CHECK_INT("failed", cJSON_GetObjectItem(json, "FailedRecordCount")->valueint, 0);
    const cJSON *records = cJSON_GetObjectItem(json, "Records");
    CHECK_INT("results", cJSON_GetArraySize(records), 2);
    assert_non_null(cJSON_GetObjectItem(cJSON_GetArrayItem(records, 1), "SequenceNumber"));
    cJSON_Delete(json);
    json = web_ask_json(&w, "PUT /prod/streams/in/records",
                        "{\"Records\":[{\"Data\":\"x\",\"PartitionKey\":\"c\"}]}", 200);
    cJSON_Delete(json);
    check_stored(&w, "a=1\nb=null\nc=\"x\"\n");
    web_world_deinit(&w);
}

static void check_refused(web_world *w, const char *line, const char *body, const char *type,
                          const char *says)
{
    cJSON *json = web_ask_json(w, line, body, 400);
    CHECK_STR(line, cJSON_GetObjectItem(json, "__type")->valuestring, type);
    CHECK_HAS(line, cJSON_GetObjectItem(json, "message")->valuestring, says);
    cJSON_Delete(json);
}

static void test_what_is_refused_has_awss_form(void **state)
{
    (void)state;
    static const char one[] = "PUT /prod/streams/in/record",
                      many[] = "PUT /prod/streams/in/records";
    static const struct {
        const char *line, *body, *type, *says;
    } rows[] = {
        {one, "nonsense", "SerializationException", "not JSON: see byte 0"},
        {one, "", "SerializationException", "The body is empty"},
        {one, "{\"Data\":1,\"PartitionKey\":[]}", "SerializationException", "an array"},
        {one, "{\"PartitionKey\":\"k\"}", "ValidationException",
         "Value null at 'data' failed to satisfy constraint: Member must not be null"},
        {one, "{\"Data\":1}", "ValidationException", "Value null at 'partitionKey'"},
        {one, "{\"Data\":1,\"PartitionKey\":\"\"}", "ValidationException",
         "Member must have length greater than or equal to 1"},
        {one,
         "{\"Data\":1,\"PartitionKey\":\"k\",\"ExplicitHashKey\":"
         "340282366920938463463374607431768211456}",
         "InvalidArgumentException", "Invalid ExplicitHashKey"},
        {many, "{\"records\":[]}", "ValidationException",
         "Member must have length greater than or equal to 1"},
        {many, "{\"records\":[{\"data\":1,\"partition-key\":\"k\"},{\"data\":1}]}",
         "ValidationException", "Value null at 'records.2.member.partitionKey'"},
        {"PUT /prod/streams/out/record", "{\"Data\":1,\"PartitionKey\":\"k\"}",
         "ResourceNotFoundException", "Stream out under account 000000000000 not found."},
        {"PUT /prod/streams/a%20b/record", "{\"Data\":1,\"PartitionKey\":\"k\"}",
         "ValidationException", "Value 'a b' at 'streamName'"},
    };
    web_world w;
    world_init(&w);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        check_refused(&w, rows[i].line, rows[i].body, rows[i].type, rows[i].says);
    }
    check_stored(&w, ""); /* of a batch with one bad record, too, nothing is stored */
    web_world_deinit(&w);
}

/* count records of so many bytes of data. Owned. */
static char *batch_of(int count, size_t bytes)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"records\":[");
    for (int i = 0; i < count; i++) {
        mr_strbuf_appendf(&body, "%s{\"data\":\"", i == 0 ? "" : ",");
        char *room = mr_strbuf_reserve(&body, bytes);
        memset(room, 'x', bytes - 2);
        mr_strbuf_commit(&body, bytes - 2);
        mr_strbuf_append_text(&body, "\",\"partition-key\":\"k\"}");
    }
    mr_strbuf_append_text(&body, "]}");
    return mr_strbuf_take(&body);
}

static void test_awss_limits_hold(void **state)
{
    (void)state;
    static const char many[] = "PUT /prod/streams/in/records";
    web_world w;
    world_init(&w);
    char *body = batch_of(500, 10);
    cJSON_Delete(web_ask_json(&w, many, body, 200));
    mr_free(body);
    body = batch_of(501, 10);
    check_refused(&w, many, body, "ValidationException",
                  "Member must have length less than or equal to 500");
    mr_free(body);
    body = batch_of(1, MR_MIB); /* with its key above the stream's limit */
    check_refused(&w, many, body, "ValidationException",
                  "Member must have length less than or equal to 1048576");
    mr_free(body);
    body = batch_of(11, MR_MIB - 100);
    check_refused(&w, many, body, "InvalidArgumentException", "10 MB limit");
    mr_free(body);
    web_world_deinit(&w);
}

static void test_objects_of_a_bucket_are_not_taken_for_records(void **state)
{
    (void)state;
    static const char s3[] = "Authorization: AWS4-HMAC-SHA256 "
                             "Credential=AKID/20250101/us-east-1/s3/aws4_request, "
                             "SignedHeaders=host, Signature=abcd\r\n";
    static const struct {
        const char *line, *headers;
        bool is_ours;
    } rows[] = {{"PUT /prod/streams/in/record", NULL, true},
                {"PUT /prod/streams/in/records", "Authorization: Bearer token\r\n", true},
                {"PUT /prod/streams/in/record", s3, false},
                {"PUT /prod/streams/in/record?X-Amz-Credential=A%2F20250101%2Fus-east-1%2Fs3%2F"
                 "aws4_request",
                 NULL, false},
                {"GET /prod/streams/in/record", NULL, false},
                {"POST /prod/streams/in/record", NULL, true}, /* to be told that it is PUT */
                {"POST /prod/streams/in/record", s3, false},
                {"PUT /prod/streams/in/record/x", NULL, false},
                {"PUT /prod/streams/in/record/", NULL, false},
                {"PUT /prod/streams/in", NULL, false},
                {"PUT /streams/in/record", NULL, false},
                {"PUT //streams/in/record", NULL, false}};
    web_world w;
    world_init(&w);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        api_answer answer = web_ask(&w, rows[i].line, rows[i].headers, "{}");
        CHECK_INT(rows[i].line, api_header(&answer, "content-security-policy").at != NULL,
                  rows[i].is_ours);
        api_answer_deinit(&answer);
    }
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_is_stored_as_its_json_text),
        cmocka_unit_test(test_a_batch_is_stored_in_its_order),
        cmocka_unit_test(test_what_is_refused_has_awss_form),
        cmocka_unit_test(test_awss_limits_hold),
        cmocka_unit_test(test_objects_of_a_bucket_are_not_taken_for_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
