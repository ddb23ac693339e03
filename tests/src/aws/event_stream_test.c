/* event_stream_test.c - messages of an event stream, byte by byte; read back by a decoder of our
 * own and, where there is one, by botocore's. */
#include "src/aws/event_stream.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "tests/check.h"
#include "tests/event_stream_decoder.h"

#include <stdio.h>
#include <stdlib.h>

/* The bytes below were put together by Python's struct and zlib; the first is the empty message of
 * the public test vectors. */
static void test_messages_are_these_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *label, *name, *value, *payload, *want_hex;
    } cases[] = {
        {"empty", NULL, NULL, "", "000000100000000005c248eb7d98c8ff"},
        {"one header", "a", "b", "{}", "0000001800000006dcd1a61f0161070001627b7df3d78873"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_event_stream_header header = {mr_bytes_of(cases[i].name), mr_bytes_of(cases[i].value)};
        mr_event_stream_append(&out, &header, cases[i].name == NULL ? 0 : 1,
                               mr_bytes_of(cases[i].payload));
        char hex[256];
        mr_hex((const uint8_t *)out.at, out.len, hex);
        CHECK_STR(cases[i].label, hex, cases[i].want_hex);
        mr_strbuf_deinit(&out);
    }
}

static void test_the_initial_response_is_these_bytes(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_event_stream_append_initial_response(&out, MR_EVENT_STREAM_JSON);
    char hex[256];
    mr_hex((const uint8_t *)out.at, out.len, hex);
    CHECK_STR(
        "JSON", hex,
        "0000007200000060ab820d9e"
        "0b3a6576656e742d74797065070010696e697469616c2d726573706f6e7365"
        "0d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e31"
        "0d3a6d6573736167652d747970650700056576656e74"
        "7b7dacae6b7d");
    mr_strbuf_deinit(&out);
}

/* A whole subscription in either form. */
static void write_stream(mr_strbuf *out, mr_event_stream_form form)
{
    mr_event_stream_append_initial_response(out, form);
    mr_event_stream_append_event(out, "SubscribeToShardEvent", form,
                                 MR_BYTES_LITERAL("{\"MillisBehindLatest\":0,\"Records\":[]}"));
    mr_event_stream_append_exception(out, "ResourceNotFoundException", form,
                                     MR_BYTES_LITERAL("{\"message\":\"gone\"}"));
}

static void check_message(const char *label, mr_bytes *stream, const char *want)
{
    decoded_message message;
    CHECK_TRUE(label, decode_message(stream, &message));
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < message.header_count; i++) {
        mr_strbuf_append_bytes(&text, message.headers[i].name);
        mr_strbuf_append_char(&text, '=');
        mr_strbuf_append_bytes(&text, message.headers[i].value);
        mr_strbuf_append_char(&text, ' ');
    }
    mr_strbuf_append_bytes(&text, message.payload);
    CHECK_STR(label, mr_strbuf_text(&text), want);
    mr_strbuf_deinit(&text);
}

static void test_a_subscription_reads_back(void **state)
{
    (void)state;
    static const struct {
        const char *label, *content_type, *empty;
        mr_event_stream_form form;
    } forms[] = {
        {"JSON", "application/x-amz-json-1.1", "{}", MR_EVENT_STREAM_JSON},
        {"CBOR", "application/x-amz-cbor-1.1", "\xA0", MR_EVENT_STREAM_CBOR},
    };
    static const struct {
        const char *type_header, *type, *message_type, *payload;
    } messages[] = {
        {":event-type", "initial-response", "event", NULL},
        {":event-type", "SubscribeToShardEvent", "event",
         "{\"MillisBehindLatest\":0,\"Records\":[]}"},
        {":exception-type", "ResourceNotFoundException", "exception", "{\"message\":\"gone\"}"},
    };
    for (size_t f = 0; f < MR_COUNT(forms); f++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        write_stream(&out, forms[f].form);
        mr_bytes rest = mr_strbuf_bytes(&out);
        for (size_t m = 0; m < MR_COUNT(messages); m++) {
            const char *payload = messages[m].payload;
            char *want =
                mr_format("%s=%s :content-type=%s :message-type=%s %s", messages[m].type_header,
                          messages[m].type, forms[f].content_type, messages[m].message_type,
                          payload == NULL ? forms[f].empty : payload);
            check_message(forms[f].label, &rest, want);
            mr_free(want);
        }
        CHECK_INT("nothing more", rest.len, 0);
        mr_strbuf_deinit(&out);
    }
}

static void test_the_largest_sizes_fit(void **state)
{
    (void)state;
    char *bytes = mr_calloc(1, MR_EVENT_STREAM_PAYLOAD_MAX);
    memset(bytes, 'x', MR_EVENT_STREAM_PAYLOAD_MAX);
    mr_event_stream_header header = {mr_bytes_make(bytes, MR_EVENT_STREAM_NAME_MAX),
                                     mr_bytes_make(bytes, MR_EVENT_STREAM_VALUE_MAX)};
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_event_stream_append(&out, &header, 1, mr_bytes_make(bytes, MR_EVENT_STREAM_PAYLOAD_MAX));
    mr_bytes rest = mr_strbuf_bytes(&out);
    decoded_message message;
    CHECK_TRUE("read back", decode_message(&rest, &message));
    CHECK_INT("name", message.headers[0].name.len, MR_EVENT_STREAM_NAME_MAX);
    CHECK_INT("value", message.headers[0].value.len, MR_EVENT_STREAM_VALUE_MAX);
    CHECK_INT("payload", message.payload.len, MR_EVENT_STREAM_PAYLOAD_MAX);
    mr_strbuf_deinit(&out);
    mr_free(bytes);
}

static void test_a_full_buffer_takes_all_or_nothing(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(130);
    mr_event_stream_append_initial_response(&out, MR_EVENT_STREAM_JSON); /* 114 bytes */
    mr_event_stream_append(&out, NULL, 0, MR_BYTES_LITERAL("x"));        /* 17 */
    CHECK_TRUE("it says so", out.overflowed);
    CHECK_INT("the first message alone", out.len, 114);
    mr_strbuf_deinit(&out);
}

static void test_botocore_reads_a_subscription(void **state)
{
    (void)state;
    if (system("python3 -c 'import botocore.eventstream' 2>/dev/null") != 0) {
        print_message("no botocore here\n");
        skip();
    }
    char *dir = check_temp_dir();
    char *path = mr_format("%s/stream", dir);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    write_stream(&out, MR_EVENT_STREAM_JSON);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(out.at, 1, out.len, file), out.len);
    assert_int_equal(fclose(file), 0);

    char *command =
        mr_format("python3 -c '"
                  "from botocore.eventstream import EventStreamBuffer as B; import sys\n"
                  "b = B(); b.add_data(open(sys.argv[1], \"rb\").read())\n"
                  "m = list(b)\n"
                  "assert [e.headers[\":message-type\"] for e in m] == "
                  "[\"event\", \"event\", \"exception\"], m\n"
                  "assert m[0].headers[\":event-type\"] == \"initial-response\", m\n"
                  "assert m[1].payload.startswith(b\"{\\\"Millis\"), m\n"
                  "assert m[2].to_response_dict()[\"status_code\"] == 400, m\n"
                  "' %s",
                  path);
    CHECK_INT("botocore", system(command), 0);
    mr_free(command);
    mr_free(path);
    mr_strbuf_deinit(&out);
    check_remove_dir(dir);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(event_stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_are_these_bytes),
        cmocka_unit_test(test_the_initial_response_is_these_bytes),
        cmocka_unit_test(test_a_subscription_reads_back),
        cmocka_unit_test(test_the_largest_sizes_fit),
        cmocka_unit_test(test_a_full_buffer_takes_all_or_nothing),
        cmocka_unit_test(test_botocore_reads_a_subscription),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
