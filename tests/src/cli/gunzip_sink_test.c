/* gunzip_sink_test.c - pieces of any size in, the unpacked bytes out. */
#include "src/cli/gunzip_sink.h"

#include "sim/store/compress.h"
#include "tests/check.h"

typedef struct taken {
    mr_strbuf bytes;
    size_t most; /* then it has enough */
} taken;

static bool take(void *context, mr_bytes piece)
{
    taken *t = context;
    mr_strbuf_append_bytes(&t->bytes, piece);
    return t->bytes.len < t->most;
}

static void append_gzip(mr_strbuf *out, const char *text)
{
    mr_compressor *compressor = mr_compressor_new(MR_COMPRESSION_GZIP, NULL);
    mr_compressor_write(compressor, mr_bytes_of(text), out);
    mr_compressor_finish(compressor, out);
    mr_compressor_free(compressor);
}

static mr_code pass(mr_bytes bytes, size_t step, taken *t)
{
    cli_gunzip_sink *sink = cli_gunzip_sink_new(take, t);
    bool more = true;
    for (size_t at = 0; at < bytes.len && more; at += step) {
        const size_t len = bytes.len - at < step ? bytes.len - at : step;
        more = cli_gunzip_sink_write(sink, mr_bytes_make(bytes.at + at, len));
    }
    mr_error err;
    const mr_code code = cli_gunzip_sink_finish(sink, &err);
    cli_gunzip_sink_free(sink);
    return code;
}

static void test_members_come_out_unpacked_and_other_bytes_as_they_are(void **state)
{
    (void)state;
    mr_strbuf members = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&members, "one\n");
    append_gzip(&members, "two\n");
    const struct {
        const char *label;
        mr_bytes in;
        const char *want;
    } cases[] = {
        {"two members", mr_strbuf_bytes(&members), "one\ntwo\n"},
        {"plain", mr_bytes_of("plain text"), "plain text"},
        {"one byte", mr_bytes_of("x"), "x"},
        {"the first byte of gzip alone", mr_bytes_of("\x1f"), "\x1f"},
        {"nothing", mr_bytes_of(""), ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (size_t step = 1; step <= cases[i].in.len + 1; step++) {
            taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
            CHECK_CODE(cases[i].label, pass(cases[i].in, step, &t), MR_OK);
            CHECK_STR(cases[i].label, mr_strbuf_text(&t.bytes), cases[i].want);
            mr_strbuf_deinit(&t.bytes);
        }
    }
    mr_strbuf_deinit(&members);
}

static void test_what_is_broken_or_cut_off_is_said(void **state)
{
    (void)state;
    mr_strbuf member = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&member, "one and two and three\n");
    for (size_t len = 2; len < member.len; len++) {
        taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
        CHECK_CODE("cut off", pass(mr_bytes_make(member.at, len), 7, &t), MR_BAD_INPUT);
        mr_strbuf_deinit(&t.bytes);
    }
    member.at[member.len - 8] ^= 1; /* of its checksum */
    taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
    CHECK_CODE("checksum", pass(mr_strbuf_bytes(&member), 7, &t), MR_BAD_INPUT);
    mr_strbuf_deinit(&t.bytes);
    mr_strbuf_deinit(&member);
}

/* Found with the fuzz target: what was unpacked in the same call as the broken place was lost. */
static void test_what_comes_before_a_broken_place_comes_out_wherever_the_bytes_are_cut(void **state)
{
    (void)state;
    mr_strbuf members = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&members, "one\n");
    append_gzip(&members, "two\n");
    members.at[members.len - 8] ^= 1; /* of the second checksum */
    for (size_t step = 1; step <= members.len; step++) {
        taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
        CHECK_CODE("checksum", pass(mr_strbuf_bytes(&members), step, &t), MR_BAD_INPUT);
        CHECK_STR("checksum", mr_strbuf_text(&t.bytes), "one\ntwo\n");
        mr_strbuf_deinit(&t.bytes);
    }
    mr_strbuf_deinit(&members);
}

static void test_zeros_behind_the_last_member_are_skipped(void **state)
{
    (void)state;
    static const char zeros[12];
    mr_strbuf members = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&members, "one\n");
    mr_strbuf_append(&members, zeros, sizeof(zeros));
    for (size_t step = 1; step <= members.len; step++) {
        taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
        CHECK_CODE("zeros", pass(mr_strbuf_bytes(&members), step, &t), MR_OK);
        CHECK_STR("zeros", mr_strbuf_text(&t.bytes), "one\n");
        mr_strbuf_deinit(&t.bytes);
    }
    append_gzip(&members, "two\n");
    for (size_t step = 1; step <= members.len; step++) {
        taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
        CHECK_CODE("more behind them", pass(mr_strbuf_bytes(&members), step, &t), MR_BAD_INPUT);
        mr_strbuf_deinit(&t.bytes);
    }
    mr_strbuf_deinit(&members);
}

static void test_an_empty_piece_changes_nothing(void **state)
{
    (void)state;
    taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = SIZE_MAX};
    mr_error err;
    cli_gunzip_sink *sink = cli_gunzip_sink_new(take, &t);
    CHECK_TRUE("at the front", cli_gunzip_sink_write(sink, (mr_bytes){NULL, 0}));
    CHECK_TRUE("a byte", cli_gunzip_sink_write(sink, mr_bytes_of("\x1f")));
    CHECK_TRUE("between", cli_gunzip_sink_write(sink, (mr_bytes){NULL, 0}));
    CHECK_TRUE("bytes", cli_gunzip_sink_write(sink, mr_bytes_of("x")));
    CHECK_OK("the end", cli_gunzip_sink_finish(sink, &err), &err);
    CHECK_STR("all of it", mr_strbuf_text(&t.bytes), "\x1fx");
    cli_gunzip_sink_free(sink);
    mr_strbuf_deinit(&t.bytes);
}

static void test_any_bytes_come_out_the_same_wherever_they_are_cut(void **state)
{
    (void)state;
    CHECK_CORPUS(gunzip_sink);
}

static void test_who_has_enough_ends_it(void **state)
{
    (void)state;
    mr_strbuf members = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_gzip(&members, "one\n");
    append_gzip(&members, "two\n");
    taken t = {.bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED), .most = 4};
    CHECK_CODE("enough", pass(mr_strbuf_bytes(&members), members.len, &t), MR_OK);
    CHECK_STR("enough", mr_strbuf_text(&t.bytes), "one\n");
    mr_strbuf_deinit(&t.bytes);
    mr_strbuf_deinit(&members);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_come_out_unpacked_and_other_bytes_as_they_are),
        cmocka_unit_test(test_what_is_broken_or_cut_off_is_said),
        cmocka_unit_test(
            test_what_comes_before_a_broken_place_comes_out_wherever_the_bytes_are_cut),
        cmocka_unit_test(test_zeros_behind_the_last_member_are_skipped),
        cmocka_unit_test(test_an_empty_piece_changes_nothing),
        cmocka_unit_test(test_who_has_enough_ends_it),
        cmocka_unit_test(test_any_bytes_come_out_the_same_wherever_they_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
