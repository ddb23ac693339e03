/* The files inside the program, and how they are handed out. What needs a console skips in a build
 * without one. */
#include "src/web/assets.h"
#include "tests/src/web/web_help.h"

#include <zlib.h>

static void test_gzip_is_sent_to_those_who_take_it(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool taken;
    } rows[] = {{"gzip, deflate, br", true},
                {"br;q=1.0, gzip;q=0.8", true},
                {"GZIP", true},
                {"*", true},
                {"", false},
                {"deflate", false},
                {"gzip;q=0", false},
                {"gzip; q=0.000, *", false},
                {"*;q=0", false},
                {"gzipped", false},
                {"gzip;q=0.5", true}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        CHECK_INT(rows[i].value, mr_asset_takes_gzip(mr_bytes_of(rows[i].value)), rows[i].taken);
    }
}

static void test_the_page_stands_at_every_view(void **state)
{
    (void)state;
    static const char *const lines[] = {"GET /_millrace/console", "GET /_millrace/console/pipeline",
                                        "GET /_millrace/console/objects/data/a/b?key=a%2Fb%2Fc.gz",
                                        "GET /_millrace/console/query?sql=SELECT+1"};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(lines); i++) {
        api_answer answer = web_ask(&w, lines[i], NULL, NULL);
        CHECK_INT(lines[i], answer.status, 200);
        assert_true(mr_bytes_is(api_header(&answer, "content-type"), "text/html; charset=utf-8"));
        char *page = mr_strndup(answer.body.at, answer.body.len);
        assert_non_null(strstr(page, "<div id=\"console\">"));
        if (mr_asset_count == 0) {
            assert_non_null(strstr(page, "This build has no console"));
            assert_null(strstr(page, "<script"));
        } else {
            assert_non_null(
                strstr(page, "<script type=\"module\" src=\"/_millrace/console/assets/"));
        }
        mr_free(page);
        api_answer_deinit(&answer);
    }
    char *word = web_ask_word(&w, "GET /_millrace/console", "Host: rebound.example\r\n", NULL);
    CHECK_STR("another name", word, "403 host-refused");
    mr_free(word);
    web_world_deinit(&w);
}

static void test_an_asset_is_sent_packed_or_not_and_once(void **state)
{
    (void)state;
    if (mr_asset_count == 0) {
        skip();
    }
    const mr_asset *asset = mr_asset_of_file("styles.css");
    assert_non_null(asset);
    char *line = mr_format("GET /_millrace/console/assets/%s", asset->name);
    web_world w;
    web_world_init(&w, NULL);

    api_answer packed = web_ask(&w, line, "Accept-Encoding: gzip\r\n", NULL);
    CHECK_INT("status", packed.status, 200);
    CHECK_INT("packed", packed.body.len, asset->packed_size);
    assert_true(mr_bytes_is(api_header(&packed, "content-encoding"), "gzip"));
    assert_true(mr_bytes_is(api_header(&packed, "content-type"), "text/css; charset=utf-8"));
    assert_true(
        mr_bytes_is(api_header(&packed, "cache-control"), "public, max-age=31536000, immutable"));

    api_answer plain = web_ask(&w, line, NULL, NULL);
    CHECK_INT("plain", plain.body.len, asset->size);
    CHECK_INT("no coding", api_header(&plain, "content-encoding").len, 0);
    assert_true(mr_bytes_starts_with(plain.body, mr_bytes_of(":root{")) ||
                memchr(plain.body.at, '{', plain.body.len) != NULL);

    const mr_bytes etag = api_header(&packed, "etag");
    char *headers = mr_format("Accept-Encoding: gzip\r\nIf-None-Match: \"x\", W/%.*s\r\n",
                              (int)etag.len, etag.at);
    api_answer again = web_ask(&w, line, headers, NULL);
    CHECK_INT("again", again.status, 304);
    CHECK_INT("nothing", again.body.len, 0);

    char *word = web_ask_word(&w, "GET /_millrace/console/assets/none.js", NULL, NULL);
    CHECK_STR("unknown", word, "404 not-found");
    mr_free(word);
    mr_free(headers);
    mr_free(line);
    api_answer_deinit(&again);
    api_answer_deinit(&plain);
    api_answer_deinit(&packed);
    web_world_deinit(&w);
}

static void test_every_asset_unpacks_to_its_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < mr_asset_count; i++) {
        const mr_asset *asset = &mr_assets[i];
        unsigned char *out = mr_alloc(asset->size + 1);
        z_stream stream = {.next_in = (unsigned char *)(uintptr_t)asset->packed,
                           .avail_in = (uInt)asset->packed_size,
                           .next_out = out,
                           .avail_out = (uInt)asset->size + 1};
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        CHECK_INT(asset->name, inflate(&stream, Z_FINISH), Z_STREAM_END);
        CHECK_INT(asset->name, stream.total_out, asset->size);
        inflateEnd(&stream);
        mr_free(out);
        assert_ptr_equal(mr_asset_find(mr_bytes_of(asset->name)), asset);
    }
}

static void test_a_file_is_found_under_its_hashed_name(void **state)
{
    (void)state;
    assert_null(mr_asset_of_file("absent.js"));
    assert_null(mr_asset_of_file("swagger.css")); /* not a part of a name */
    if (mr_asset_count == 0) {
        skip();
    }
    const mr_asset *asset = mr_asset_of_file("swagger-ui.css");
    CHECK_HAS("name", asset == NULL ? "" : asset->name, "swagger-ui-");
    MR_ASSERT(asset != NULL);
    CHECK_STR("type", asset->media_type, "text/css; charset=utf-8");
}

static void test_the_document_has_a_page(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer = web_ask(&w, "GET /_millrace/docs", NULL, NULL);
    CHECK_INT("status", answer.status, 200);
    char *page = mr_strndup(answer.body.at, answer.body.len);
    CHECK_HAS("its document", page, "/_millrace/openapi.json");
    if (mr_asset_count > 0) {
        CHECK_HAS("its style", page, mr_asset_of_file("swagger-ui.css")->name);
        CHECK_HAS("its script", page, mr_asset_of_file("docs.js")->name);
    }
    assert_true(mr_bytes_starts_with(api_header(&answer, "content-security-policy"),
                                     mr_bytes_of("default-src 'self'; img-src 'self' data:;")));
    mr_free(page);
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip_is_sent_to_those_who_take_it),
        cmocka_unit_test(test_the_page_stands_at_every_view),
        cmocka_unit_test(test_an_asset_is_sent_packed_or_not_and_once),
        cmocka_unit_test(test_every_asset_unpacks_to_its_size),
        cmocka_unit_test(test_a_file_is_found_under_its_hashed_name),
        cmocka_unit_test(test_the_document_has_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
