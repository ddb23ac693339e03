/*
 * firehose_life_test.c - the life of a delivery stream as a client lives it, over a socket and in
 * virtual time: every answer as it is written, objects on disk, and what a batch says when some of
 * its records are not taken.
 */
#include "tests/src/api/api_help.h"
#include "tests/src/api/cbor_json.h"

#include "sim/base/timefmt.h"

#include <cJSON.h>

#define ROLE  "'RoleARN':'arn:aws:iam::000000000000:role/r'"
#define PLACE ROLE ",'BucketARN':'arn:aws:s3:::landing'"
#define NAMED "'DeliveryStreamName':'d'"

static void begin(api_world *w, mr_sim_options options)
{
    mr_error err = {0};
    api_world_init(w, options, (mr_api_options){0});
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->sim), "landing", &err), &err);
}

/* ' as ". Owned. */
static char *quoted(const char *text)
{
    char *copy = mr_strdup(text);
    for (char *p = copy; *p != '\0'; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return copy;
}

static api_answer ask(api_world *w, const char *operation, const char *body)
{
    char *target = mr_format("Firehose_20150804.%s", operation), *text = quoted(body);
    api_answer answer = api_ask(w, "POST /", target, JSON, NULL, mr_bytes_of(text));
    mr_free(target);
    mr_free(text);
    return answer;
}

/* The answer to the letter, ' for ". */
static void check(api_world *w, const char *operation, const char *body, const char *want)
{
    char *text = quoted(want);
    api_answer answer = ask(w, operation, body);
    CHECK_BYTES(operation, answer.body, mr_bytes_of(text));
    CHECK_INT(operation, answer.status, 200);
    api_answer_deinit(&answer);
    mr_free(text);
}

static cJSON *ask_tree(api_world *w, const char *operation, const char *body)
{
    api_answer answer = ask(w, operation, body);
    CHECK_INT(operation, answer.status, 200);
    cJSON *tree = cJSON_ParseWithLength(answer.body.at, answer.body.len);
    CHECK_TRUE(operation, tree != NULL);
    api_answer_deinit(&answer);
    return tree;
}

/* ---- the whole life ---- */

#define DEFAULTS(prefix)                                                                           \
    "{" PLACE prefix ",'BufferingHints':{'SizeInMBs':1,'IntervalInSeconds':60},"                   \
    "'CompressionFormat':'UNCOMPRESSED','EncryptionConfiguration':{'NoEncryptionConfig':"          \
    "'NoEncryption'},'CloudWatchLoggingOptions':{'Enabled':false}"
#define DESCRIBED(status, encryption, version, times, prefix)                                      \
    "{'DeliveryStreamDescription':{" NAMED ",'DeliveryStreamARN':'arn:aws:firehose:us-east-1:"     \
    "000000000000:deliverystream/d','DeliveryStreamStatus':'" status                               \
    "','DeliveryStreamEncryptionConfiguration':{" encryption                                       \
    "},'DeliveryStreamType':'DirectPut','VersionId':'" version "'," times                          \
    ",'Source':{'DirectPutSourceDescription':{'ThroughputHintInMBs':7}},'Destinations':[{"         \
    "'DestinationId':'destinationId-000000000001','S3DestinationDescription':" DEFAULTS(           \
        prefix) "},'ExtendedS3DestinationDescription':" DEFAULTS(prefix) ",'S3BackupMode':'"       \
                                                                         "Disabled','"             \
                                                                         "CustomTimeZone':'UTC'}}" \
                                                                         "],'HasMoreDestinations'" \
                                                                         ":false}}"

static const char create_body[] =
    "{" NAMED ",'DirectPutSourceConfiguration':{'ThroughputHintInMBs':7},"
    "'ExtendedS3DestinationConfiguration':{" PLACE
    ",'BufferingHints':{'SizeInMBs':1,'IntervalInSeconds':60}},"
    "'Tags':[{'Key':'b','Value':'2'},{'Key':'a'}]}";

static void test_every_answer_of_a_life(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){.stream_state_delay_us = 500000});
    check(&w, "CreateDeliveryStream", create_body,
          "{'DeliveryStreamARN':'arn:aws:firehose:us-east-1:000000000000:deliverystream/d'}");
    check(&w, "DescribeDeliveryStream", "{" NAMED "}",
          DESCRIBED("CREATING", "'Status':'DISABLED'", "1", "'CreateTimestamp':1735689600", ""));
    api_advance(&w, 500000);
    check(&w, "DescribeDeliveryStream", "{" NAMED "}",
          DESCRIBED("ACTIVE", "'Status':'DISABLED'", "1", "'CreateTimestamp':1735689600", ""));
    check(&w, "UpdateDestination",
          "{" NAMED ",'CurrentDeliveryStreamVersionId':'1','DestinationId':"
          "'destinationId-000000000001','S3DestinationUpdate':{'Prefix':'p/'}}",
          "{}");
    check(&w, "StartDeliveryStreamEncryption", "{" NAMED "}", "{}");
    check(&w, "DescribeDeliveryStream", "{" NAMED "}",
          DESCRIBED("ACTIVE", "'Status':'ENABLING','KeyType':'AWS_OWNED_CMK'", "2",
                    "'CreateTimestamp':1735689600,'LastUpdateTimestamp':1735689600.5",
                    ",'Prefix':'p/'"));
    api_advance(&w, 500000);
    check(&w, "DescribeDeliveryStream",
          "{" NAMED ",'ExclusiveStartDestinationId':'destinationId-000000000001'}",
          "{'DeliveryStreamDescription':{" NAMED
          ",'DeliveryStreamARN':'arn:aws:firehose:us-east-1:000000000000:deliverystream/d',"
          "'DeliveryStreamStatus':'ACTIVE','DeliveryStreamEncryptionConfiguration':{'Status':"
          "'ENABLED','KeyType':'AWS_OWNED_CMK'},'DeliveryStreamType':'DirectPut','VersionId':'2',"
          "'CreateTimestamp':1735689600,'LastUpdateTimestamp':1735689600.5,'Source':{"
          "'DirectPutSourceDescription':{'ThroughputHintInMBs':7}},'Destinations':[],"
          "'HasMoreDestinations':false}}");
    check(&w, "ListTagsForDeliveryStream", "{" NAMED "}",
          "{'Tags':[{'Key':'a'},{'Key':'b','Value':'2'}],'HasMoreTags':false}");
    check(&w, "TagDeliveryStream", "{" NAMED ",'Tags':[{'Key':'a','Value':'1'}]}", "{}");
    check(&w, "UntagDeliveryStream", "{" NAMED ",'TagKeys':['b','c']}", "{}");
    check(&w, "ListTagsForDeliveryStream", "{" NAMED ",'Limit':1}",
          "{'Tags':[{'Key':'a','Value':'1'}],'HasMoreTags':false}");
    check(&w, "ListDeliveryStreams", "{}",
          "{'DeliveryStreamNames':['d'],'HasMoreDeliveryStreams':false}");
    check(&w, "ListDeliveryStreams", "{'DeliveryStreamType':'KinesisStreamAsSource'}",
          "{'DeliveryStreamNames':[],'HasMoreDeliveryStreams':false}");
    check(&w, "StopDeliveryStreamEncryption", "{" NAMED "}", "{}");
    check(&w, "DeleteDeliveryStream", "{" NAMED ",'AllowForceDelete':true}", "{}");
    check(&w, "DescribeDeliveryStream", "{" NAMED "}",
          DESCRIBED("DELETING", "'Status':'DISABLING','KeyType':'AWS_OWNED_CMK'", "2",
                    "'CreateTimestamp':1735689600,'LastUpdateTimestamp':1735689600.5",
                    ",'Prefix':'p/'"));
    api_advance(&w, 500000);
    check(&w, "ListDeliveryStreams", "{}",
          "{'DeliveryStreamNames':[],'HasMoreDeliveryStreams':false}");
    api_world_deinit(&w);
}

static void test_ten_names_make_a_page(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){0});
    for (int i = 0; i < 11; i++) {
        char *body =
            mr_format("{'DeliveryStreamName':'d%02d','S3DestinationConfiguration':{" PLACE "}}", i);
        cJSON_Delete(ask_tree(&w, "CreateDeliveryStream", body));
        mr_free(body);
    }
    check(&w, "ListDeliveryStreams", "{}",
          "{'DeliveryStreamNames':['d00','d01','d02','d03','d04','d05','d06','d07','d08','d09'],"
          "'HasMoreDeliveryStreams':true}");
    check(&w, "ListDeliveryStreams", "{'ExclusiveStartDeliveryStreamName':'d09'}",
          "{'DeliveryStreamNames':['d10'],'HasMoreDeliveryStreams':false}");
    check(&w, "ListDeliveryStreams", "{'ExclusiveStartDeliveryStreamName':'d0','Limit':1}",
          "{'DeliveryStreamNames':['d00'],'HasMoreDeliveryStreams':true}");
    api_world_deinit(&w);
}

/* ---- records ---- */

#define THREE "{" NAMED ",'Records':[{'Data':'YQ=='},{'Data':'Yg=='},{'Data':'Yw=='}]}"

static void make(api_world *w, mr_sim_options options)
{
    begin(w, options);
    cJSON_Delete(ask_tree(w, "CreateDeliveryStream", create_body));
}

/* A member of the n-th entry; NULL: it has none. */
static const char *member(const cJSON *tree, int n, const char *name)
{
    const cJSON *entry = cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "RequestResponses"), n);
    return cJSON_GetStringValue(cJSON_GetObjectItem(entry, name));
}

static bool read_bodies(void *context, const mr_object *object)
{
    mr_strbuf *sizes = context;
    mr_strbuf_appendf(sizes, "%llu;", (unsigned long long)object->size_bytes);
    return true;
}

static void check_sizes(api_world *w, const char *label, const char *want)
{
    mr_error err = {0};
    mr_strbuf sizes = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&sizes, "");
    CHECK_OK(label, mr_store_list(mr_sim_store(w->sim), "landing", "", read_bodies, &sizes, &err),
             &err);
    CHECK_STR(label, mr_strbuf_text(&sizes), want);
    mr_strbuf_deinit(&sizes);
}

static void add_fault(api_world *w, mr_fault_rule rule)
{
    mr_error err = {0};
    rule.until_us = INT64_MAX;
    CHECK_OK("rule", mr_faults_add(mr_sim_faults(w->sim), &rule, &err), &err);
}

static void test_one_bad_entry_does_not_stop_the_others(void **state)
{
    (void)state;
    api_world w;
    make(&w, (mr_sim_options){0});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_SHARD_THROTTLED, .first = 2, .most = 1});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_PUT_FAILED, .first = 3, .most = 1});
    cJSON *tree = ask_tree(&w, "PutRecordBatch", THREE);
    CHECK_INT("failed", cJSON_GetObjectItem(tree, "FailedPutCount")->valueint, 2);
    CHECK_TRUE("encrypted", cJSON_IsFalse(cJSON_GetObjectItem(tree, "Encrypted")));
    CHECK_TRUE("a", member(tree, 0, "RecordId") != NULL && member(tree, 0, "ErrorCode") == NULL);
    CHECK_TRUE("b", member(tree, 1, "RecordId") == NULL);
    CHECK_STR("b", member(tree, 1, "ErrorCode"), "ServiceUnavailableException");
    CHECK_STR("b", member(tree, 1, "ErrorMessage"), "Slow down.");
    CHECK_STR("c", member(tree, 2, "ErrorCode"), "InternalFailure");
    CHECK_STR("c", member(tree, 2, "ErrorMessage"), "Internal Service Failure");
    cJSON_Delete(tree);
    api_advance(&w, INT64_C(61000000));
    check_sizes(&w, "the first alone", "1;");
    api_world_deinit(&w);
}

static void test_a_throttled_record_is_told_to_slow_down(void **state)
{
    (void)state;
    api_world w;
    make(&w, (mr_sim_options){0});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_SHARD_THROTTLED, .most = 1});
    api_answer answer = ask(&w, "PutRecord", "{" NAMED ",'Record':{'Data':'YQ=='}}");
    CHECK_INT("status", answer.status, 503);
    CHECK_BYTES("body", answer.body,
                MR_BYTES_LITERAL("{\"__type\":\"ServiceUnavailableException\",\"message\":"
                                 "\"Slow down.\"}"));
    api_answer_deinit(&answer);
    api_world_deinit(&w);
}

static void test_a_lost_acknowledgement_breaks_the_connection(void **state)
{
    (void)state;
    api_world w;
    make(&w, (mr_sim_options){0});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_ACK_LOST, .most = 1});
    api_answer answer = ask(&w, "PutRecordBatch", THREE);
    CHECK_INT("no answer", answer.status, 0);
    api_answer_deinit(&answer);
    api_advance(&w, INT64_C(61000000));
    check_sizes(&w, "and all of it delivered", "3;");
    api_world_deinit(&w);
}

static void test_the_limits_of_direct_put(void **state)
{
    (void)state;
    api_world w;
    make(&w, (mr_sim_options){.limits = true});
    for (int i = 0; i < 2000; i++) {
        cJSON_Delete(ask_tree(&w, "PutRecord", "{" NAMED ",'Record':{'Data':'YQ=='}}"));
    }
    cJSON *tree = ask_tree(&w, "PutRecordBatch", THREE);
    CHECK_INT("2,000 calls in a second", cJSON_GetObjectItem(tree, "FailedPutCount")->valueint, 3);
    cJSON_Delete(tree);
    api_advance(&w, INT64_C(1000000));
    tree = ask_tree(&w, "PutRecordBatch", THREE);
    CHECK_INT("the next second", cJSON_GetObjectItem(tree, "FailedPutCount")->valueint, 0);
    cJSON_Delete(tree);
    api_world_deinit(&w);
}

static void test_it_is_said_in_cbor_too(void **state)
{
    (void)state;
    api_world w;
    make(&w, (mr_sim_options){0});
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    cJSON *in = cJSON_Parse("{\"DeliveryStreamName\":\"d\"}");
    cbor_of_json(&body, in);
    api_answer answer = api_ask(&w, "POST /", "Firehose_20150804.DescribeDeliveryStream", CBOR,
                                NULL, mr_strbuf_bytes(&body));
    cJSON *got = json_of_cbor(answer.body);
    cJSON *want = ask_tree(&w, "DescribeDeliveryStream", "{" NAMED "}");
    const char *const path[] = {"DeliveryStreamDescription", "Destinations"};
    const cJSON *a = got, *b = want;
    for (size_t i = 0; i < MR_COUNT(path); i++) {
        a = cJSON_GetObjectItem(a, path[i]);
        b = cJSON_GetObjectItem(b, path[i]);
    }
    CHECK_TRUE("the same", a != NULL && cJSON_Compare(a, b, true));
    cJSON_Delete(in);
    cJSON_Delete(got);
    cJSON_Delete(want);
    api_answer_deinit(&answer);
    mr_strbuf_deinit(&body);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer_of_a_life),
        cmocka_unit_test(test_ten_names_make_a_page),
        cmocka_unit_test(test_one_bad_entry_does_not_stop_the_others),
        cmocka_unit_test(test_a_throttled_record_is_told_to_slow_down),
        cmocka_unit_test(test_a_lost_acknowledgement_breaks_the_connection),
        cmocka_unit_test(test_the_limits_of_direct_put),
        cmocka_unit_test(test_it_is_said_in_cbor_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
