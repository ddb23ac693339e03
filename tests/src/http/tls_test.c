/* tls_test.c - TLS on bytes and through the listener, with OpenSSL as the client. */
#include "tests/src/http/http_help.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const mr_http_tls made = {.names = NULL};

/* ---- a client on bytes ---- */

typedef struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
} client;

/* alpn: as on the wire; NULL: none. trusted: PEM; the client checks the name. */
static client client_make(const char *alpn, mr_bytes trusted, const char *name)
{
    client c = {.ctx = SSL_CTX_new(TLS_client_method())};
    if (trusted.len > 0) {
        BIO *pem = BIO_new_mem_buf(trusted.at, (int)trusted.len);
        X509 *certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
        assert_non_null(certificate);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(c.ctx), certificate);
        X509_free(certificate);
        BIO_free(pem);
        SSL_CTX_set_verify(c.ctx, SSL_VERIFY_PEER, NULL);
    }
    c.ssl = SSL_new(c.ctx);
    c.in = BIO_new(BIO_s_mem());
    c.out = BIO_new(BIO_s_mem());
    SSL_set_bio(c.ssl, c.in, c.out);
    if (name != NULL && name[0] >= '0' && name[0] <= ':') {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c.ssl), name);
    } else if (name != NULL) {
        SSL_set1_host(c.ssl, name);
    }
    if (alpn != NULL) {
        SSL_set_alpn_protos(c.ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    }
    SSL_set_connect_state(c.ssl);
    return c;
}

static void client_free(client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    ERR_clear_error();
}

/* Moves ciphertext both ways until nothing moves; plaintext that came is added to `server_got`
 * and `client_got`. False: the server's side is over. */
static bool shuttle(mr_tls *tls, client *c, size_t step, mr_strbuf *server_got,
                    mr_strbuf *client_got)
{
    bool open = true;
    for (bool moved = true; moved;) {
        char buffer[4096], plain[4096];
        moved = false;
        size_t len = 0;
        while (SSL_read_ex(c->ssl, plain, sizeof(plain), &len) == 1) {
            mr_strbuf_append(client_got, plain, len);
        }
        int n = BIO_read(c->out, buffer, (int)mr_min_size(step, sizeof(buffer)));
        if (n > 0) {
            mr_tls_feed(tls, mr_bytes_make(buffer, (size_t)n));
            moved = true;
        }
        long got;
        while ((got = mr_tls_read(tls, plain, sizeof(plain))) > 0) {
            mr_strbuf_append(server_got, plain, (size_t)got);
        }
        open = open && got == 0;
        mr_bytes pending = mr_tls_pending(tls);
        if (pending.len > 0) {
            BIO_write(c->in, pending.at, (int)pending.len);
            mr_tls_sent(tls);
            moved = true;
        }
    }
    return open;
}

static mr_tls_context *context_new(const mr_http_tls *options)
{
    mr_error err;
    mr_tls_context *context = NULL;
    CHECK_OK("context", mr_tls_context_new(options, &context, &err), &err);
    return context;
}

/* ---- tests: bytes ---- */

static void test_bytes_pass_both_ways_however_they_are_cut(void **state)
{
    (void)state;
    static const size_t steps[] = {4096, 1, 7, 100};
    mr_tls_context *context = context_new(&made);
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        mr_tls *tls = mr_tls_new(context);
        client c = client_make(NULL, mr_tls_context_certificate(context), "localhost");
        mr_strbuf up = mr_strbuf_make(MR_STRBUF_UNLIMITED), down = up;
        assert_true(shuttle(tls, &c, steps[i], &up, &down));
        CHECK_TRUE("ready", mr_tls_is_ready(tls));
        size_t written = 0;
        SSL_write_ex(c.ssl, "hello", 5, &written);
        mr_tls_write(tls, mr_bytes_of("welcome"));
        assert_true(shuttle(tls, &c, steps[i], &up, &down));
        CHECK_STR("up", mr_strbuf_text(&up), "hello");
        CHECK_STR("down", mr_strbuf_text(&down), "welcome");
        mr_tls_close(tls);
        SSL_shutdown(c.ssl);
        CHECK_TRUE("the end is seen", !shuttle(tls, &c, steps[i], &up, &down));
        CHECK_INT("by the client, too", SSL_get_shutdown(c.ssl) & SSL_RECEIVED_SHUTDOWN,
                  SSL_RECEIVED_SHUTDOWN);
        mr_strbuf_deinit(&up);
        mr_strbuf_deinit(&down);
        client_free(&c);
        mr_tls_free(tls);
    }
    mr_tls_context_free(context);
}

static void test_alpn_chooses(void **state)
{
    (void)state;
    static const struct {
        const char *label, *offered;
        bool ready, h2;
    } cases[] = {
        {"both", "\x08http/1.1\x02h2", true, true}, {"h2", "\x02h2", true, true},
        {"HTTP/1.1", "\x08http/1.1", true, false},  {"nothing said", NULL, true, false},
        {"neither", "\x06spdy/3", false, false},
    };
    mr_tls_context *context = context_new(&made);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_tls *tls = mr_tls_new(context);
        client c = client_make(cases[i].offered, (mr_bytes){NULL, 0}, NULL);
        mr_strbuf up = mr_strbuf_make(MR_STRBUF_UNLIMITED), down = up;
        bool open = shuttle(tls, &c, 4096, &up, &down);
        CHECK_INT(cases[i].label, open && mr_tls_is_ready(tls), cases[i].ready);
        CHECK_INT(cases[i].label, mr_tls_is_h2(tls), cases[i].h2);
        client_free(&c);
        mr_tls_free(tls);
    }
    mr_tls_context_free(context);
}

static void test_garbage_is_a_breach(void **state)
{
    (void)state;
    mr_tls_context *context = context_new(&made);
    mr_tls *tls = mr_tls_new(context);
    char plain[16];
    mr_tls_feed(tls, MR_BYTES_LITERAL("\x16\x03\x01\x00\x05hello and more"));
    CHECK_TRUE("breach", mr_tls_read(tls, plain, sizeof(plain)) < 0);
    CHECK_TRUE("with an alert", mr_tls_pending(tls).len > 0);
    CHECK_TRUE("for ever", mr_tls_read(tls, plain, sizeof(plain)) < 0);
    mr_tls_free(tls);
    mr_tls_context_free(context);
}

/* ---- tests: certificates ---- */

static void test_the_made_certificate_is_for_its_names_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"*.localhost.localstack.cloud", "10.1.2.3", "millrace"};
    static const struct {
        const char *name;
        bool trusted;
    } cases[] = {
        {"localhost", true},
        {"127.0.0.1", true},
        {"::1", true},
        {"s3.localhost.localstack.cloud", true},
        {"10.1.2.3", true},
        {"millrace", true},
        {"localhost.localstack.cloud", false},
        {"example.org", false},
        {"10.1.2.4", false},
    };
    mr_tls_context *context =
        context_new(&(mr_http_tls){.names = names, .name_count = MR_COUNT(names)});
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_tls *tls = mr_tls_new(context);
        client c = client_make(NULL, mr_tls_context_certificate(context), cases[i].name);
        mr_strbuf up = mr_strbuf_make(MR_STRBUF_UNLIMITED), down = up;
        (void)shuttle(tls, &c, 4096, &up, &down);
        CHECK_INT(cases[i].name, SSL_is_init_finished(c.ssl), cases[i].trusted);
        client_free(&c);
        mr_tls_free(tls);
    }
    mr_tls_context_free(context);
}

static void write_file(const char *path, mr_bytes bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.at, 1, bytes.len, file), bytes.len);
    fclose(file);
}

/* A key as PEM, of its own. */
static void write_key(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    EVP_PKEY_free(key);
}

static void test_what_cannot_be_shown_is_one_clear_error(void **state)
{
    (void)state;
    char *dir = check_temp_dir();
    char *certificate = mr_format("%s/certificate.pem", dir), *key = mr_format("%s/key.pem", dir),
         *garbage = mr_format("%s/garbage.pem", dir), *missing = mr_format("%s/none.pem", dir);
    mr_tls_context *context = context_new(&made);
    write_file(certificate, mr_tls_context_certificate(context));
    write_file(garbage, mr_bytes_of("no PEM"));
    write_key(key);
    mr_tls_context_free(context);
    static const char *const bad_name[] = {"a,DNS:b"}, *const long_name[] = {""};
    const struct {
        const char *label;
        mr_http_tls options;
        mr_code code;
        const char *says;
    } cases[] = {
        {"no key", {.certificate_file = certificate}, MR_INVALID_ARGUMENT, "is alone"},
        {"no certificate", {.key_file = key}, MR_INVALID_ARGUMENT, "is alone"},
        {"missing", {.certificate_file = missing, .key_file = key}, MR_NOT_FOUND, "none.pem"},
        {"garbage",
         {.certificate_file = garbage, .key_file = key},
         MR_BAD_INPUT,
         "garbage.pem holds no certificate"},
        {"no key in it",
         {.certificate_file = certificate, .key_file = garbage},
         MR_BAD_INPUT,
         "garbage.pem holds no key"},
        {"the key of another",
         {.certificate_file = certificate, .key_file = key},
         MR_BAD_INPUT,
         "key.pem holds no key as PEM that fits the certificate"},
        {"a name that is two",
         {.names = bad_name, .name_count = 1},
         MR_INVALID_ARGUMENT,
         "a,DNS:b"},
        {"no name",
         {.names = long_name, .name_count = 1},
         MR_INVALID_ARGUMENT,
         "no name of a host"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        mr_tls_context *none = NULL;
        CHECK_CODE(cases[i].label, mr_tls_context_new(&cases[i].options, &none, &err),
                   cases[i].code);
        CHECK_HAS(cases[i].label, err.message, cases[i].says);
        assert_null(none);
    }
    mr_free(certificate);
    mr_free(key);
    mr_free(garbage);
    mr_free(missing);
    check_remove_dir(dir);
}

/* ---- tests: through the listener ---- */

/* The client over a socket that shares the loop's thread: as exchange(), for plaintext. */
static char *exchange_tls(world *w, int fd, client *c, mr_bytes to_send, const char *piece)
{
    mr_strbuf cipher = mr_strbuf_make(MR_STRBUF_UNLIMITED), wire = cipher, got = cipher;
    mr_bytes wire_left = {NULL, 0};
    bool open = true;
    for (int i = 0; i < 20000; i++) {
        char plain[16384];
        size_t len = 0;
        BIO_write(c->in, mr_strbuf_text(&cipher), (int)cipher.len);
        mr_strbuf_reset(&cipher);
        while (SSL_read_ex(c->ssl, plain, sizeof(plain), &len) == 1) {
            mr_strbuf_append(&got, plain, len);
        }
        if (SSL_is_init_finished(c->ssl) && to_send.len > 0) {
            SSL_write_ex(c->ssl, to_send.at, to_send.len, &len);
            to_send = (mr_bytes){NULL, 0};
        }
        bool found = piece != NULL && got.len >= strlen(piece) &&
                     strstr(mr_strbuf_text(&got), piece) != NULL;
        if (!open || (found && to_send.len == 0 && wire_left.len == 0)) {
            break;
        }
        if (wire_left.len == 0) {
            char *at;
            long pending = BIO_get_mem_data(c->out, &at);
            mr_strbuf_reset(&wire);
            mr_strbuf_append(&wire, at, (size_t)pending);
            (void)BIO_reset(c->out);
            wire_left = mr_strbuf_bytes(&wire);
        }
        open = client_turn(w, fd, &wire_left, &cipher);
        MR_ASSERT(i < 19999);
    }
    mr_strbuf_deinit(&cipher);
    mr_strbuf_deinit(&wire);
    (void)mr_strbuf_reserve(&got, 1);
    return mr_strbuf_take(&got);
}

static void test_one_port_speaks_with_and_without_tls(void **state)
{
    (void)state;
    world w;
    world_init_with(&w, (mr_http_limits){0}, &made);
    int fd = client_open(&w);
    client c = client_make("\x08http/1.1", mr_http_server_certificate(w.server), "localhost");
    char *got = exchange_tls(&w, fd, &c, mr_bytes_of("GET /describe HTTP/1.1\r\nHost: h\r\n\r\n"),
                             "host=h");
    CHECK_HAS("https", got, "HTTP/1.1 https GET ?");
    mr_free(got);
    client_free(&c);
    close(fd);
    fd = client_open(&w);
    got = exchange(&w, fd, mr_bytes_of("GET /describe HTTP/1.1\r\nHost: h\r\n\r\n"), "host=h");
    CHECK_HAS("http", got, "HTTP/1.1 http GET ?");
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

static void test_http2_is_spoken_by_alpn_and_by_its_first_bytes(void **state)
{
    (void)state;
    static const char *const offers[] = {"\x02h2", NULL};
    static const char bytes[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                "\0\0\x09\x01\x05\0\0\0\x01\x82\x86\x04\x02/x\x41\x01h";
    for (size_t i = 0; i < MR_COUNT(offers); i++) {
        world w;
        world_init_with(&w, (mr_http_limits){.idle_ms = 50, .header_ms = 60000}, &made);
        int fd = client_open(&w);
        client c = client_make(offers[i], (mr_bytes){NULL, 0}, NULL);
        char *got = exchange_tls(&w, fd, &c, mr_bytes_make(bytes, sizeof(bytes) - 1), NULL);
        CHECK_STR("log", mr_strbuf_text(&w.log), "HTTP/2.0 GET /x 200 0 4\n");
        mr_free(got);
        client_free(&c);
        close(fd);
        world_deinit(&w);
    }
}

static void test_big_bodies_pass_through_tls(void **state)
{
    (void)state;
    world w;
    world_init_with(&w, (mr_http_limits){0}, &made);
    int fd = client_open(&w);
    client c = client_make(NULL, (mr_bytes){NULL, 0}, NULL);
    size_t len = 4 * MR_MIB;
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&request, "POST /b HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", len);
    memset(mr_strbuf_reserve(&request, len), 'x', len);
    mr_strbuf_commit(&request, len);
    char *got = exchange_tls(&w, fd, &c, mr_strbuf_bytes(&request), "/b|4194304");
    mr_free(got);
    got = exchange_tls(&w, fd, &c, mr_bytes_of("GET /pour HTTP/1.1\r\n\r\n"), "\r\n0\r\n\r\n");
    CHECK_INT("poured", w.pour.left, 0);
    CHECK_TRUE("bounded", w.pour.waiting_most <= POUR_BOUND + POUR_PIECE + 16);
    mr_free(got);
    mr_strbuf_deinit(&request);
    client_free(&c);
    close(fd);
    world_deinit(&w);
}

/* Requests that were read with others, and more than one connection may have under way. */
static void test_pipelined_requests_wait_inside_tls(void **state)
{
    (void)state;
    world w;
    world_init_with(&w, (mr_http_limits){0}, &made);
    int fd = client_open(&w);
    client c = client_make(NULL, (mr_bytes){NULL, 0}, NULL);
    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&many, "GET /now HTTP/1.1\r\n\r\nGET /hold HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 5000; i++) {
        mr_strbuf_append_text(&many, "GET /n HTTP/1.1\r\n\r\n");
    }
    mr_strbuf_append_text(&many, "GET /last HTTP/1.1\r\n\r\n");
    char *got = exchange_tls(&w, fd, &c, mr_strbuf_bytes(&many), "/now|0");
    mr_free(got);
    for (int i = 0; i < 20; i++) {
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    CHECK_INT("no more than the pipeline holds", w.request_count, 17);
    mr_http_answer(w.held[0], 200, NULL, 0, mr_bytes_of("held"));
    got = exchange_tls(&w, fd, &c, (mr_bytes){NULL, 0}, "/last|0");
    CHECK_INT("all", w.request_count, 5003);
    mr_free(got);
    mr_strbuf_deinit(&many);
    client_free(&c);
    close(fd);
    world_deinit(&w);
}

/* The end of TLS is the end of the client, though its socket stays; so is a breach. */
static void test_the_end_of_tls_closes_requests(void **state)
{
    (void)state;
    for (int breach = 0; breach < 2; breach++) {
        world w;
        world_init_with(&w, (mr_http_limits){0}, &made);
        int fd = client_open(&w);
        client c = client_make(NULL, (mr_bytes){NULL, 0}, NULL);
        char *got = exchange_tls(
            &w, fd, &c, mr_bytes_of("GET /a HTTP/1.1\r\n\r\nGET /hold HTTP/1.1\r\n\r\n"), "/a|0");
        mr_free(got);
        if (breach == 1) {
            BIO_write(c.out, "\x17\x03\x03\x00\x20no record that anybody made here", 37);
        } else {
            SSL_shutdown(c.ssl);
        }
        got = exchange_tls(&w, fd, &c, (mr_bytes){NULL, 0}, NULL);
        mr_free(got);
        CHECK_INT("closed", w.closed_count, 1);
        client_free(&c);
        close(fd);
        world_deinit(&w);
    }
}

static void test_handshakes_that_fail_or_stop_are_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes bytes;
    } cases[] = {
        {"garbage", MR_BYTES_LITERAL("\x16\x03\x01\x00\x05hello and more")},
        {"half a record", MR_BYTES_LITERAL("\x16\x03\x01\x02\x00\x01")},
        {"one byte", MR_BYTES_LITERAL("\x16")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init_with(&w, (mr_http_limits){.header_ms = 40}, &made);
        int fd = client_open(&w);
        char *got = exchange(&w, fd, cases[i].bytes, NULL);
        CHECK_TRUE(cases[i].label, got[0] == '\0' || got[0] == 0x15); /* an alert at most */
        mr_free(got);
        close(fd);
        until_no_connections(&w);
        CHECK_INT(cases[i].label, w.request_count, 0);
        world_deinit(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_pass_both_ways_however_they_are_cut),
        cmocka_unit_test(test_alpn_chooses),
        cmocka_unit_test(test_garbage_is_a_breach),
        cmocka_unit_test(test_the_made_certificate_is_for_its_names_alone),
        cmocka_unit_test(test_what_cannot_be_shown_is_one_clear_error),
        cmocka_unit_test(test_one_port_speaks_with_and_without_tls),
        cmocka_unit_test(test_http2_is_spoken_by_alpn_and_by_its_first_bytes),
        cmocka_unit_test(test_big_bodies_pass_through_tls),
        cmocka_unit_test(test_pipelined_requests_wait_inside_tls),
        cmocka_unit_test(test_the_end_of_tls_closes_requests),
        cmocka_unit_test(test_handshakes_that_fail_or_stop_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
