#include "src/web/openapi.h"
#include "tests/src/web/web_help.h"

/* ---- a table of its own, with everything that a table can say ---- */

static const char *const kinds[] = {"a", "b", NULL};
static const mr_web_field inner_fields[] = {{.name = "n", .type = MR_WEB_INTEGER}};
static const mr_web_shape inner = MR_WEB_SHAPE("Inner", "Inside.", inner_fields);
static const mr_web_field thing_fields[] = {
    {.name = "any", .type = MR_WEB_ANY},
    {.name = "kind", .type = MR_WEB_STRING, .words = kinds, .nullable = true, .example = "\"a\""},
    {.name = "part", .type = MR_WEB_NUMBER, .least = 0, .most = 0.5, .optional = true},
    {.name = "one", .type = MR_WEB_OBJECT, .shape = &inner, .nullable = true},
    {.name = "many", .type = MR_WEB_ARRAY, .item = MR_WEB_OBJECT, .shape = &inner},
    {.name = "texts", .type = MR_WEB_ARRAY, .item = MR_WEB_STRING, .about = "Some \"texts\"."}};
static const mr_web_shape thing = MR_WEB_SHAPE("Thing", "A thing.", thing_fields);
static const mr_web_shape open_thing = {.name = "Open", .open = true};
static const mr_web_failure first = {"first", 409, "The first."};
static const mr_web_failure second = {"second", 409, "The second."};
static const mr_web_failure *const own[] = {&first, &second, &mr_web_invalid, NULL};
static const mr_web_parameter parameters[] = {
    {.name = "key", .in_path = true, .type = MR_WEB_STRING, .about = "A key.", .example = "a/b"},
    {.name = "limit", .type = MR_WEB_INTEGER, .least = 1, .most = 9, .fallback = "5"},
    {.name = "kind", .type = MR_WEB_STRING, .words = kinds, .required = true}};
static const mr_web_route rows[] = {{.method = "GET",
                                     .path = "/_millrace/api/things/{key+}",
                                     .tag = "Things",
                                     .summary = "One",
                                     .guard = MR_WEB_OWN_HOST,
                                     .parameters = parameters,
                                     .parameter_count = MR_COUNT(parameters),
                                     .answer = &thing,
                                     .failures = own},
                                    {.method = "POST",
                                     .path = "/_millrace/api/things",
                                     .tag = "Things",
                                     .summary = "Make",
                                     .guard = MR_WEB_OWN_ORIGIN,
                                     .status = 201,
                                     .body = &thing,
                                     .answer = &open_thing},
                                    {.method = "DELETE",
                                     .path = "/_millrace/api/things/{key+}",
                                     .tag = "Things",
                                     .summary = "Away",
                                     .status = 204,
                                     .parameters = parameters,
                                     .parameter_count = 1},
                                    {.method = "GET",
                                     .path = "/_millrace/secret",
                                     .tag = "Hidden",
                                     .summary = "Not shown",
                                     .hidden = true}};
static const mr_web_group group = {rows, MR_COUNT(rows)};

/* The document of that table. Owned. */
static cJSON *document(void)
{
    const mr_web_group *const groups[] = {&group};
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_web_openapi_write(groups, 1, &text);
    cJSON *json = cJSON_ParseWithLength(text.at, text.len);
    assert_non_null(json);
    mr_strbuf_deinit(&text);
    return json;
}

/* A value by its path, "a|b|0", as text. Owned. */
static char *text_at(const cJSON *json, const char *path)
{
    char *copy = mr_strdup(path), *save = NULL;
    for (char *part = strtok_r(copy, "|", &save); part != NULL; part = strtok_r(NULL, "|", &save)) {
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(part))
                                   : cJSON_GetObjectItemCaseSensitive(json, part);
    }
    mr_free(copy);
    char *printed = json == NULL ? NULL : cJSON_PrintUnformatted(json);
    char *text = mr_strdup(printed == NULL ? "absent" : printed);
    cJSON_free(printed);
    return text;
}

static void test_all_that_a_table_says_is_in_the_document(void **state)
{
    (void)state;
#define ONE   "paths|/_millrace/api/things/{key}|get|"
#define MAKE  "paths|/_millrace/api/things|post|"
#define THING "components|schemas|Thing|"
    static const struct {
        const char *path, *expected;
    } expected[] = {
        {"openapi", "\"3.1.0\""},
        {"tags", "[{\"name\":\"Things\"}]"},
        {ONE "operationId", "\"get_things_by_key\""},
        {ONE "parameters|0", "{\"name\":\"key\",\"in\":\"path\",\"required\":true,\"description\":"
                             "\"A key.\",\"schema\":{\"type\":\"string\",\"maxLength\":1024},"
                             "\"example\":\"a/b\"}"},
        {ONE "parameters|1", "{\"name\":\"limit\",\"in\":\"query\",\"required\":false,\"schema\":{"
                             "\"type\":\"integer\",\"minimum\":1,\"maximum\":9,\"default\":5}}"},
        {ONE "parameters|2|schema", "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}"},
        {ONE "parameters|2|required", "true"},
        {ONE "responses|200|description", "\"A thing.\""},
        {ONE "responses|200|content|application/json|schema",
         "{\"$ref\":\"#/components/schemas/Thing\"}"},
        {ONE "responses|409|description", "\"`first`: The first.\\n\\n`second`: The second.\""},
        {ONE "responses|409|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"first\",\"second\"]"},
        /* its own and the router's are one */
        {ONE "responses|400|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"invalid-argument\"]"},
        {ONE "responses|403|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"host-refused\"]"},
        {ONE "responses|405|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"method-not-allowed\"]"},
        {ONE "responses|415", "absent"},
        {ONE "requestBody", "absent"},
        {"paths|/_millrace/api/things/{key}|delete|responses|204|content", "absent"},
        {"paths|/_millrace/api/things/{key}|delete|responses|403", "absent"},
        {MAKE "requestBody|required", "true"},
        {MAKE "requestBody|content|application/json|schema",
         "{\"$ref\":\"#/components/schemas/Thing\"}"},
        {MAKE "responses|201|description", "\"It is done.\""},
        {MAKE "responses|400|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"invalid-argument\",\"not-json\"]"},
        {MAKE "responses|403|content|application/json|schema|allOf|1|properties|error|enum",
         "[\"host-refused\",\"origin-refused\"]"},
        {MAKE "responses|413|description", "\"`body-too-large`: The body is longer than the row's "
                                           "limit.\""},
        {MAKE "responses|415|content|application/json|schema|allOf|0",
         "{\"$ref\":\"#/components/schemas/Error\"}"},
        {THING "properties|any", "{}"},
        {THING "properties|kind", "{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",\"b\",null],"
                                  "\"examples\":[\"a\"]}"},
        {THING "properties|part", "{\"type\":\"number\",\"minimum\":0,\"maximum\":0.5}"},
        {THING "properties|one",
         "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Inner\"},{\"type\":\"null\"}]}"},
        {THING "properties|many",
         "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Inner\"}}"},
        {THING "properties|texts", "{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
                                   "\"description\":\"Some \\\"texts\\\".\"}"},
        {THING "required", "[\"any\",\"kind\",\"one\",\"many\",\"texts\"]"},
        {THING "additionalProperties", "false"},
        {"components|schemas|Open", "{\"type\":\"object\",\"properties\":{}}"},
        {"components|schemas|Inner|description", "\"Inside.\""},
        {"paths|/_millrace/secret", "absent"}};
    cJSON *json = document();
    for (size_t i = 0; i < MR_COUNT(expected); i++) {
        char *text = text_at(json, expected[i].path);
        CHECK_STR(expected[i].path, text, expected[i].expected);
        mr_free(text);
    }
    cJSON_Delete(json);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of the real tables: what OpenAPI asks for and no other test sees. */
static void test_operations_have_names_of_their_own(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    cJSON *json = web_ask_json(&w, "GET /_millrace/openapi.json", NULL, 200);
    const char *ids[512];
    size_t count = 0;
    const cJSON *path, *operation;
    cJSON_ArrayForEach(path, cJSON_GetObjectItem(json, "paths"))
    {
        cJSON_ArrayForEach(operation, path)
        {
            assert_true(count < MR_COUNT(ids));
            ids[count++] = cJSON_GetObjectItem(operation, "operationId")->valuestring;
        }
    }
    assert_true(count >= 7);
    qsort(ids, count, sizeof(ids[0]), by_text);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(ids[i - 1], ids[i]);
    }
    cJSON_Delete(json);
    web_world_deinit(&w);
}

static void test_the_document_is_the_same_each_time(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer a = web_ask(&w, "GET /_millrace/openapi.json", NULL, NULL);
    api_answer b = web_ask(&w, "GET /_millrace/openapi.json", NULL, NULL);
    CHECK_BYTES("document", a.body, b.body);
    api_answer_deinit(&a);
    api_answer_deinit(&b);
    web_world_deinit(&w);
}

/* A client has to know every word that the sentiment of a sentence can be refused with. */
static void test_the_failures_of_a_sentence_are_all_listed(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "empty-payload", "more-than-one-element", "wrong-key",          "not-json",
        "not-an-object", "sentence-not-string",   "key-not-string",     "no-english-letter",
        "no-element",    "sentence-too-long",     "method-not-allowed", "media-type-refused",
        "body-too-large"};
    web_world w;
    web_world_init(&w, NULL);
    cJSON *json = web_ask_json(&w, "GET /_millrace/openapi.json", NULL, 200);
    char *responses = text_at(json, "paths|/_millrace/sentiment|post|responses");
    for (size_t i = 0; i < MR_COUNT(codes); i++) {
        char *quoted = mr_format("\"%s\"", codes[i]);
        CHECK_HAS(codes[i], responses, quoted);
        mr_free(quoted);
    }
    mr_free(responses);
    cJSON_Delete(json);
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_a_table_says_is_in_the_document),
        cmocka_unit_test(test_operations_have_names_of_their_own),
        cmocka_unit_test(test_the_document_is_the_same_each_time),
        cmocka_unit_test(test_the_failures_of_a_sentence_are_all_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
