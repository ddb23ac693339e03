/* filter_test.c - which records a pattern fits, and which patterns are none. */
#include "sim/mapping/filter.h"
#include "tests/check.h"

static void test_a_pattern_fits_or_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *data;
        bool want;
    } cases[] = {
        {"{\"data\":{\"a\":[\"x\"]}}", "{\"a\":\"x\"}", true},
        {"{\"data\":{\"a\":[\"x\"]}}", "{\"a\":\"y\"}", false},
        {"{\"data\":{\"a\":[\"x\"]}}", "{\"b\":\"x\"}", false},
        {"{\"data\":{\"a\":[\"x\"]}}", "x", false},
        {"{\"data\":{\"a\":[\"x\"]}}", "{\"a\":\"x\"} and more", false},
        {"{\"data\":{\"a\":[\"x\"]}}", " {\"a\":\"x\"}\n", true},
        {"{\"data\":{\"a\":[\"x\",\"y\"]}}", "{\"a\":\"y\"}", true},
        {"{\"data\":{\"a\":[1]}}", "{\"a\":1.0}", true},
        {"{\"data\":{\"a\":[1]}}", "{\"a\":\"1\"}", false},
        {"{\"data\":{\"a\":[null]}}", "{\"a\":null}", true},
        {"{\"data\":{\"a\":[null]}}", "{}", false},
        {"{\"data\":{\"a\":[true]}}", "{\"a\":true}", true},
        {"{\"data\":{\"a\":[true]}}", "{\"a\":false}", false},
        {"{\"data\":{\"a\":[\"\"]}}", "{\"a\":\"\"}", true},
        {"{\"data\":{\"a\":[\"x\"],\"b\":[2]}}", "{\"a\":\"x\",\"b\":2}", true},
        {"{\"data\":{\"a\":[\"x\"],\"b\":[2]}}", "{\"a\":\"x\",\"b\":3}", false},
        {"{\"data\":{\"a\":{\"b\":[\"x\"]}}}", "{\"a\":{\"b\":\"x\"}}", true},
        {"{\"data\":{\"a\":{\"b\":[\"x\"]}}}", "{\"a\":\"x\"}", false},
        {"{\"data\":{\"a\":{\"b\":[\"x\"]}}}", "{\"a\":[{\"b\":\"y\"},{\"b\":\"x\"}]}", true},
        {"{\"data\":{\"a\":[\"x\"]}}", "{\"a\":[\"y\",\"x\"]}", true},
        {"{\"data\":{\"a\":[{\"prefix\":\"us-\"}]}}", "{\"a\":\"us-east-1\"}", true},
        {"{\"data\":{\"a\":[{\"prefix\":\"us-\"}]}}", "{\"a\":\"eu-us-\"}", false},
        {"{\"data\":{\"a\":[{\"suffix\":\".png\"}]}}", "{\"a\":\"x.png\"}", true},
        {"{\"data\":{\"a\":[{\"suffix\":\".png\"}]}}", "{\"a\":\"x.jpg\"}", false},
        {"{\"data\":{\"a\":[{\"equals-ignore-case\":\"aLiCe\"}]}}", "{\"a\":\"ALICE\"}", true},
        {"{\"data\":{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}}", "{\"a\":\"z\"}", true},
        {"{\"data\":{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}}", "{\"a\":\"y\"}", false},
        {"{\"data\":{\"a\":[{\"anything-but\":\"x\"}]}}", "{}", false},
        {"{\"data\":{\"a\":[{\"anything-but\":{\"prefix\":\"x\"}}]}}", "{\"a\":\"xy\"}", false},
        {"{\"data\":{\"a\":[{\"anything-but\":{\"prefix\":\"x\"}}]}}", "{\"a\":\"y\"}", true},
        {"{\"data\":{\"a\":[{\"numeric\":[\"=\",100]}]}}", "{\"a\":100.0}", true},
        {"{\"data\":{\"a\":[{\"numeric\":[\">\",10,\"<=\",20]}]}}", "{\"a\":20}", true},
        {"{\"data\":{\"a\":[{\"numeric\":[\">\",10,\"<=\",20]}]}}", "{\"a\":10}", false},
        {"{\"data\":{\"a\":[{\"numeric\":[\">=\",10]}]}}", "{\"a\":10}", true},
        {"{\"data\":{\"a\":[{\"numeric\":[\"<\",10]}]}}", "{\"a\":\"9\"}", false},
        {"{\"data\":{\"a\":[{\"exists\":true}]}}", "{\"a\":0}", true},
        {"{\"data\":{\"a\":[{\"exists\":true}]}}", "{\"b\":0}", false},
        {"{\"data\":{\"a\":[{\"exists\":false}]}}", "{\"b\":0}", true},
        {"{\"data\":{\"a\":[{\"exists\":false}]}}", "{\"a\":0}", false},
        {"{\"data\":{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}}", "{\"a\":0,\"b\":2}", true},
        {"{\"data\":{\"$or\":[{\"a\":[1]},{\"b\":[2]}]}}", "{\"a\":0,\"b\":1}", false},
        {"{\"partitionKey\":[\"k\"]}", "no JSON", true},
        {"{\"partitionKey\":[\"q\"]}", "{}", false},
        {"{\"partitionKey\":[\"k\"],\"data\":{\"a\":[1]}}", "{\"a\":2}", false},
        {"{\"$or\":[{\"partitionKey\":[\"k\"]},{\"data\":{\"a\":[1]}}]}", "{\"a\":2}", true},
        {"{\"sequenceNumber\":[\"49\"]}", "", true},
        {"{\"approximateArrivalTimestamp\":[{\"numeric\":[\">\",1735689599.5]}]}", "", true},
        {"{\"kinesisSchemaVersion\":[\"1.0\"]}", "", true},
    };
    const mr_record_view record = {.arrival_us = INT64_C(1735689600000000),
                                   .partition_key = {"k", 1}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        mr_filter *filter = NULL;
        mr_record_view with_data = record;
        with_data.data = mr_bytes_of(cases[i].data);
        CHECK_OK(cases[i].pattern, mr_filter_new(&cases[i].pattern, 1, &filter, &err), &err);
        if (mr_filter_fits(filter, "49", &with_data) != cases[i].want) {
            print_error("%s on %s\n", cases[i].pattern, cases[i].data);
            fail();
        }
        mr_filter_free(filter);
    }
}

static void test_one_of_several_patterns_is_enough(void **state)
{
    (void)state;
    static const char *const patterns[] = {"{\"data\":{\"a\":[1]}}", "{\"data\":{\"b\":[1]}}"};
    mr_error err;
    mr_filter *filter = NULL;
    mr_record_view record = {.data = mr_bytes_of("{\"b\":1}"), .partition_key = {"k", 1}};
    CHECK_OK("two", mr_filter_new(patterns, 2, &filter, &err), &err);
    CHECK_TRUE("fits", mr_filter_fits(filter, "1", &record));
    mr_filter_free(filter);
    CHECK_OK("none", mr_filter_new(NULL, 0, &filter, &err), &err);
    CHECK_TRUE("is no filter", filter == NULL);
}

static void test_what_is_no_pattern_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        mr_code want;
        const char *why;
    } cases[] = {
        {"", MR_INVALID_ARGUMENT, "Invalid filter pattern definition."},
        {"[]", MR_INVALID_ARGUMENT, "must be a JSON object"},
        {"{}", MR_INVALID_ARGUMENT, "an empty object"},
        {"{\"data\":{}}", MR_INVALID_ARGUMENT, "an empty object"},
        {"{\"data\":[\"x\"]}", MR_INVALID_ARGUMENT, "the pattern of data must be JSON"},
        {"{\"data\":{\"a\":\"x\"}}", MR_INVALID_ARGUMENT, "a value that is in no list: a"},
        {"{\"data\":{\"a\":[]}}", MR_INVALID_ARGUMENT, "an empty list: a"},
        {"{\"data\":{\"a\":[[1]]}}", MR_INVALID_ARGUMENT, "a list in a list"},
        {"{\"data\":{\"a\":[{}]}}", MR_INVALID_ARGUMENT, "one member"},
        {"{\"data\":{\"a\":[{\"prefix\":1}]}}", MR_INVALID_ARGUMENT, "the value of: prefix"},
        {"{\"data\":{\"a\":[{\"exists\":\"yes\"}]}}", MR_INVALID_ARGUMENT, "exists"},
        {"{\"data\":{\"a\":[{\"numeric\":[\">\"]}]}}", MR_INVALID_ARGUMENT, "numeric"},
        {"{\"data\":{\"a\":[{\"numeric\":[\"~\",1]}]}}", MR_INVALID_ARGUMENT, "numeric"},
        {"{\"data\":{\"a\":[{\"numeric\":[\">\",1,\"<\"]}]}}", MR_INVALID_ARGUMENT, "numeric"},
        {"{\"data\":{\"a\":[{\"anything-but\":[]}]}}", MR_INVALID_ARGUMENT, "anything-but"},
        {"{\"data\":{\"a\":[{\"anything-but\":{\"suffix\":1}}]}}", MR_INVALID_ARGUMENT, "anything"},
        {"{\"data\":{\"$or\":[{\"a\":[1]}]}}", MR_INVALID_ARGUMENT, "$or"},
        {"{\"data\":{\"a\":[1]}} x", MR_INVALID_ARGUMENT, "JSON object"},
        {"{\"data\":{\"a\":[{\"cidr\":\"10.0.0.0/8\"}]}}", MR_UNSUPPORTED, "the operator cidr"},
        {"{\"body\":{\"a\":[1]}}", MR_UNSUPPORTED, "has no body"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        mr_filter *filter = NULL;
        CHECK_CODE(cases[i].pattern, mr_filter_new(&cases[i].pattern, 1, &filter, &err),
                   cases[i].want);
        CHECK_HAS(cases[i].pattern, err.message, cases[i].why);
        CHECK_TRUE("nothing is made", filter == NULL);
    }
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pattern_fits_or_does_not),
        cmocka_unit_test(test_one_of_several_patterns_is_enough),
        cmocka_unit_test(test_what_is_no_pattern_is_refused),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
