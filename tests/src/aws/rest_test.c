/* rest_test.c - paths against patterns, and members from path, query, headers and body. */
#include "sim/base/alloc.h"
#include "src/aws/rest.h"
#include "tests/check.h"

static void test_a_path_is_met_by_its_pattern_alone(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool want;
    } rows[] = {
        {"/2015-03-31/functions", "/2015-03-31/functions", true},
        {"/2015-03-31/functions", "/2015-03-31/functions/", true},
        {"/2015-03-31/functions", "/2015-03-31/functions//", false},
        {"/2015-03-31/functions", "/2015-03-31/function", false},
        {"/2015-03-31/functions", "/2015-03-31/functionsx", false},
        {"/2015-03-31/functions", "/2015-03-31/functions/f", false},
        {"/2015-03-31/functions", "/2015-03-31", false},
        {"/2015-03-31/functions", "/", false},
        {"/2015-03-31/functions", "", false},
        {"/2015-03-31/functions", "2015-03-31/functions", false},
        {"/f/{Name}", "/f/a", true},
        {"/f/{Name}", "/f/arn:aws:lambda:us-east-1:000000000000:function:a", true},
        {"/f/{Name}", "/f/a%2Fb", true},
        {"/f/{Name}", "/f/a/", false},
        {"/f/{Name}", "/f/", false},
        {"/f/{Name}", "/f//", false},
        {"/f/{Name}", "/f", false},
        {"/f/{Name}", "/f/a/b", false},
        {"/f/{Name}/code", "/f/a/code", true},
        {"/f/{Name}/code", "/f/a/code/", true},
        {"/f/{Name}/code", "/f//code", false},
        {"/f/{Name}/code", "/f/a", false},
        {"/f/{Name}/code", "/f/a/codes", false},
        {"/f/{Name}/p/{Id}", "/f/a/p/b", true},
        {"/f/{Name}/p/{Id}", "/f/a/p/", false},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *label = mr_format("%s on %s", rows[i].pattern, rows[i].path);
        CHECK_INT(label, mr_rest_matches(rows[i].pattern, mr_bytes_of(rows[i].path)), rows[i].want);
        mr_free(label);
    }
}

/* ---- members ---- */

typedef struct call_in {
    bool has;
    mr_bytes name, marker, kind, text;
    mr_aws_number most, big;
    mr_aws_flag flag;
    mr_aws_list keys;
} call_in;

static const mr_aws_member key_item = {"member", MR_AWS_STRING, .shape = NULL};
static const mr_aws_member call_rows[] = {
    {"Name", MR_AWS_STRING, offsetof(call_in, name), .from = MR_AWS_FROM_PATH},
    {"Marker", MR_AWS_STRING, offsetof(call_in, marker), .from = MR_AWS_FROM_QUERY},
    {"Most", MR_AWS_INTEGER, offsetof(call_in, most), .from = MR_AWS_FROM_QUERY},
    {"Big", MR_AWS_LONG, offsetof(call_in, big), .from = MR_AWS_FROM_QUERY},
    {"Flag", MR_AWS_BOOLEAN, offsetof(call_in, flag), .from = MR_AWS_FROM_QUERY},
    {"Keys", MR_AWS_LIST, offsetof(call_in, keys), .element = &key_item, .from = MR_AWS_FROM_QUERY,
     .wire = "tagKeys"},
    {"Kind", MR_AWS_STRING, offsetof(call_in, kind), .from = MR_AWS_FROM_HEADER,
     .wire = "X-Amz-Kind"},
    {"Text", MR_AWS_STRING, offsetof(call_in, text), .from = MR_AWS_FROM_BODY},
};
static const mr_aws_shape call_shape = MR_AWS_SHAPE(call_in, call_rows);

static mr_bytes header_kind(const void *context, const char *name)
{
    CHECK_STR("the header that is asked for", name, "X-Amz-Kind");
    return mr_bytes_of(context);
}

static void show(mr_strbuf *out, const char *name, mr_bytes value)
{
    if (value.at != NULL) {
        mr_strbuf_appendf(out, " %s=%.*s", name, (int)value.len, value.at);
    }
}

static void show_call(mr_strbuf *out, const call_in *in)
{
    show(out, "Name", in->name);
    show(out, "Marker", in->marker);
    if (in->most.has) {
        mr_strbuf_appendf(out, " Most=%lld", (long long)in->most.value);
    }
    if (in->big.has) {
        mr_strbuf_appendf(out, " Big=%lld", (long long)in->big.value);
    }
    if (in->flag.has) {
        mr_strbuf_appendf(out, " Flag=%s", in->flag.value ? "true" : "false");
    }
    for (size_t i = 0; i < in->keys.count; i++) {
        show(out, "Key", ((const mr_bytes *)in->keys.items)[i]);
    }
    show(out, "Kind", in->kind);
    show(out, "Text", in->text);
}

static void test_members_come_from_where_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *label, *path, *query, *header, *body, *want;
    } rows[] = {
        {"a label alone", "/f/a/x", "", NULL, "", " Name=a"},
        {"a label is decoded", "/f/a%3Ab%2fc+d/x", "", NULL, "", " Name=a:b/c+d"},
        {"a stray percent sign", "/f/a%3/x", "", NULL, "", " Name=a%3"},
        {"a parameter", "/f/a/x", "Marker=m&Other=o", NULL, "", " Name=a Marker=m"},
        {"a parameter is decoded", "/f/a/x", "Ma%72ker=a+b%20c", NULL, "", " Name=a Marker=a b c"},
        {"a parameter without a value", "/f/a/x", "Marker", NULL, "", " Name=a Marker="},
        {"of equal parameters the last", "/f/a/x", "Marker=1&Marker=2", NULL, "",
         " Name=a Marker=2"},
        {"names are told apart by case", "/f/a/x", "marker=1", NULL, "", " Name=a"},
        {"an integer", "/f/a/x", "Most=50", NULL, "", " Name=a Most=50"},
        {"an integer ends at the largest", "/f/a/x", "Most=99999999999", NULL, "",
         " Name=a Most=2147483647"},
        {"a long", "/f/a/x", "Big=-99999999999", NULL, "", " Name=a Big=-99999999999"},
        {"true", "/f/a/x", "Flag=true", NULL, "", " Name=a Flag=true"},
        {"false", "/f/a/x", "Flag=false", NULL, "", " Name=a Flag=false"},
        {"a list", "/f/a/x", "tagKeys=a&tagKeys=b%26", NULL, "", " Name=a Key=a Key=b&"},
        {"a header", "/f/a/x", "", "Event", "", " Name=a Kind=Event"},
        {"the body", "/f/a/x", "", NULL, "{\"Text\":\"t\"}", " Name=a Text=t"},
        {"the body does not speak for others", "/f/a/x", "", NULL,
         "{\"Name\":\"b\",\"Marker\":\"m\",\"Kind\":\"k\",\"Text\":\"t\"}", " Name=a Text=t"},
        {"a trailing slash", "/f/a/x/", "", NULL, "{}", " Name=a"},
        {"not an integer", "/f/a/x", "Most=5x", NULL, "",
         "SerializationException: '5x' can not be converted to an Integer"},
        {"an empty integer", "/f/a/x", "Most=", NULL, "",
         "SerializationException: '' can not be converted to an Integer"},
        {"not a long", "/f/a/x", "Big=1.5", NULL, "",
         "SerializationException: '1.5' can not be converted to an Long"},
        {"not a boolean", "/f/a/x", "Flag=yes", NULL, "",
         "SerializationException: 'yes' can not be converted to an Boolean"},
        {"a label that is not UTF-8", "/f/a%ff/x", "", NULL, "",
         "SerializationException: '(not UTF-8)' can not be converted to an String"},
        {"a body that is not JSON", "/f/a/x", "", NULL, "{",
         "SerializationException: Could not parse request body into json"},
        {"a body that is a list", "/f/a/x", "", NULL, "[]",
         "SerializationException: Could not parse request body into json"},
        {"a member of another type", "/f/a/x", "", NULL, "{\"Text\":true}",
         "SerializationException: class java.lang.Boolean can not be converted to an String"},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_arena *arena = mr_arena_new();
        const mr_rest_request request = {.path = mr_bytes_of(rows[i].path),
                                         .query = mr_bytes_of(rows[i].query),
                                         .body = mr_bytes_of(rows[i].body),
                                         .header = header_kind,
                                         .context = rows[i].header};
        call_in in;
        mr_aws_fault fault;
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        if (mr_rest_decode("/f/{Name}/x", &call_shape, &request, arena, &in, &fault) ==
            MR_AWS_DECODED) {
            CHECK_TRUE(rows[i].label, in.has);
            show_call(&got, &in);
        } else {
            mr_strbuf_appendf(&got, "%s: %.*s", fault.type, (int)fault.message.len,
                              fault.message.at);
        }
        CHECK_STR(rows[i].label, mr_strbuf_text(&got), rows[i].want);
        mr_strbuf_deinit(&got);
        mr_arena_free(arena);
    }
}

typedef struct payload_in {
    bool has;
    mr_bytes payload;
} payload_in;

static const mr_aws_member payload_rows[] = {
    {"Payload", MR_AWS_BLOB, offsetof(payload_in, payload), .from = MR_AWS_FROM_PAYLOAD},
};
static const mr_aws_shape payload_shape = MR_AWS_SHAPE(payload_in, payload_rows);

static void test_a_payload_is_the_body_as_it_is(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{", "{\"Payload\":1}", "\xff"};
    for (size_t i = 0; i < MR_COUNT(bodies); i++) {
        mr_arena *arena = mr_arena_new();
        const mr_rest_request request = {.path = MR_BYTES_LITERAL("/p"),
                                         .body = mr_bytes_of(bodies[i])};
        payload_in in;
        mr_aws_fault fault;
        CHECK_INT("decoded", mr_rest_decode("/p", &payload_shape, &request, arena, &in, &fault),
                  MR_AWS_DECODED);
        CHECK_TRUE("it is there", in.payload.at != NULL);
        CHECK_BYTES("the body", in.payload, mr_bytes_of(bodies[i]));
        mr_arena_free(arena);
    }
}

static void test_an_error_says_whose_it_is(void **state)
{
    (void)state;
    static const struct {
        mr_aws_fault fault;
        bool is_ours;
        const char *want;
    } rows[] = {
        {{"A", {"no \"x\"", 6}, false}, false, "{\"Type\":\"User\",\"message\":\"no \\\"x\\\"\"}"},
        {{"A", {"no", 2}, true}, false, "{\"Type\":\"User\",\"Message\":\"no\"}"},
        {{"A", {"no", 2}, true}, true, "{\"Type\":\"Service\",\"Message\":\"no\"}"},
        {{"A", {NULL, 0}, true}, false, "{\"Type\":\"User\"}"},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_rest_write_fault(&rows[i].fault, rows[i].is_ours, &got);
        CHECK_STR("body", mr_strbuf_text(&got), rows[i].want);
        mr_strbuf_deinit(&got);
    }
}

static void test_the_corpus_of_the_fuzzer_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_is_met_by_its_pattern_alone),
        cmocka_unit_test(test_members_come_from_where_the_table_says),
        cmocka_unit_test(test_a_payload_is_the_body_as_it_is),
        cmocka_unit_test(test_an_error_says_whose_it_is),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
