/* protobuf_test.c - the wire format: what reads, what is refused, and that what was written reads.
 */
#include "tests/check.h"

#include "sim/base/protobuf.h"

/* "1:varint=5 2:bytes=[abc] 3:fixed32=7", and " failed" where it failed. */
static void describe(mr_bytes message, mr_strbuf *out)
{
    mr_wire_reader reader = mr_wire_reader_make(message);
    mr_wire_field field;
    while (mr_wire_reader_next(&reader, &field)) {
        mr_strbuf_appendf(out, "%s%u:", out->len > 0 ? " " : "", field.number);
        switch (field.type) {
        case MR_WIRE_VARINT:
            mr_strbuf_appendf(out, "varint=%llu", (unsigned long long)field.value);
            break;
        case MR_WIRE_FIXED64:
            mr_strbuf_appendf(out, "fixed64=%llu", (unsigned long long)field.value);
            break;
        case MR_WIRE_FIXED32:
            mr_strbuf_appendf(out, "fixed32=%llu", (unsigned long long)field.value);
            break;
        case MR_WIRE_BYTES:
            mr_strbuf_append_text(out, "bytes=[");
            mr_strbuf_append_bytes(out, field.bytes);
            mr_strbuf_append_text(out, "]");
            break;
        }
    }
    if (reader.failed) {
        mr_strbuf_append_text(out, out->len > 0 ? " failed" : "failed");
        CHECK_TRUE("stays failed", !mr_wire_reader_next(&reader, &field));
    }
}

#define B(text) MR_BYTES_LITERAL(text)

static void test_every_shape_of_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes message;
        const char *want;
    } cases[] = {
        {"nothing", B(""), ""},
        {"a varint of one byte", B("\x08\x05"), "1:varint=5"},
        {"a varint of two bytes", B("\x08\x96\x01"), "1:varint=150"},
        {"the widest varint", B("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
         "1:varint=18446744073709551615"},
        {"zero, spelled long", B("\x08\x80\x80\x00"), "1:varint=0"},
        {"a varint past 64 bits", B("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "failed"},
        {"a varint of eleven bytes", B("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
         "failed"},
        {"a varint that is torn", B("\x08\x96"), "failed"},
        {"a tag alone", B("\x08"), "failed"},
        {"a tag that is torn", B("\x88"), "failed"},
        {"bytes",
         B("\x12\x03"
           "abc"),
         "2:bytes=[abc]"},
        {"no bytes", B("\x12\x00"), "2:bytes=[]"},
        {"bytes one short",
         B("\x12\x03"
           "ab"),
         "failed"},
        {"a length of 2^64 - 1",
         B("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
           "ab"),
         "failed"},
        {"a length that is torn", B("\x12\x80"), "failed"},
        {"32 bits", B("\x1d\x07\x00\x00\x80"), "3:fixed32=2147483655"},
        {"32 bits, one byte short", B("\x1d\x07\x00\x00"), "failed"},
        {"64 bits", B("\x19\x01\x00\x00\x00\x00\x00\x00\x80"), "3:fixed64=9223372036854775809"},
        {"64 bits, one byte short", B("\x19\x01\x00\x00\x00\x00\x00\x00"), "failed"},
        {"the beginning of a group", B("\x0b\x0c"), "failed"},
        {"the end of a group", B("\x0c"), "failed"},
        {"wire type 6", B("\x0e\x00"), "failed"},
        {"wire type 7", B("\x0f\x00"), "failed"},
        {"field number 0", B("\x00\x00"), "failed"},
        {"the highest field number", B("\xf8\xff\xff\xff\x0f\x01"), "536870911:varint=1"},
        {"a field number above it", B("\x80\x80\x80\x80\x10\x01"), "failed"},
        {"several, the last one torn",
         B("\x08\x01\x12\x01"
           "a\x08"),
         "1:varint=1 2:bytes=[a] failed"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        describe(cases[i].message, &got);
        CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&got);
    }
}

static void test_what_is_written_reads_and_has_the_size_that_was_told(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 15, 16, 2047, 2048, 536870911};
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    static const char text[300] = "some bytes";

    for (size_t n = 0; n < MR_COUNT(numbers); n++) {
        for (size_t v = 0; v < MR_COUNT(values); v++) {
            mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
            mr_bytes bytes = mr_bytes_make(text, (size_t)(values[v] % sizeof(text)));
            mr_wire_field field;

            mr_wire_append_varint(&out, numbers[n], values[v]);
            size_t first = out.len;
            CHECK_INT("size of a varint", first, mr_wire_varint_size(numbers[n], values[v]));
            mr_wire_append_bytes(&out, numbers[n], bytes);
            CHECK_INT("size of bytes", out.len - first, mr_wire_bytes_size(numbers[n], bytes.len));

            mr_wire_reader reader = mr_wire_reader_make(mr_strbuf_bytes(&out));
            CHECK_TRUE("first", mr_wire_reader_next(&reader, &field));
            CHECK_INT("number", field.number, numbers[n]);
            CHECK_INT("type", field.type, MR_WIRE_VARINT);
            CHECK_TRUE("value", field.value == values[v]);
            CHECK_TRUE("second", mr_wire_reader_next(&reader, &field));
            CHECK_INT("type", field.type, MR_WIRE_BYTES);
            CHECK_BYTES("bytes", field.bytes, bytes);
            CHECK_TRUE("end", !mr_wire_reader_next(&reader, &field));
            CHECK_TRUE("and not a failure", !reader.failed);
            mr_strbuf_deinit(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape_of_a_field),
        cmocka_unit_test(test_what_is_written_reads_and_has_the_size_that_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
