/* tls.c - see tls.h. */
#include "src/http/tls.h"

#include "sim/base/alloc.h"
#include "src/http/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <unistd.h>

struct mr_tls_context {
    SSL_CTX *ctx;
    BIO *pem; /* memory: the certificate */
};

struct mr_tls {
    SSL *ssl;
    BIO *in, *out; /* memory; the SSL owns them */
    bool over;     /* nothing more comes: the end, or a breach */
};

/* ---- what a listener shows ---- */

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned in_len, void *context)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1"; /* in our order */
    unsigned char *chosen;
    (void)ssl;
    (void)context;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301, 3.2: no_application_protocol */
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL says little about a file that is not there: this says it in our words. */
static mr_code check_readable(const char *path, mr_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return mr_error_os(err, errno, "reading %s", path);
    }
    close(fd);
    return MR_OK;
}

static mr_code openssl_error(mr_error *err, const char *what, const char *path)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    mr_code code = mr_error_set(err, MR_BAD_INPUT, "%s %s: %s", path, what,
                                reason == NULL ? "OpenSSL does not say why" : reason);
    ERR_clear_error();
    return code;
}

static int on_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1; /* nobody is asked on the terminal */
}

static mr_code use_files(SSL_CTX *ctx, const mr_http_tls *options, mr_error *err)
{
    const char *certificate = options->certificate_file, *key = options->key_file;
    if (certificate == NULL || key == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "TLS needs both files, the certificate and its key; %s is alone",
                            certificate == NULL ? key : certificate);
    }
    mr_code code = check_readable(certificate, err);
    if (code == MR_OK) {
        code = check_readable(key, err);
    }
    if (code != MR_OK) {
        return code;
    }
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(ctx, on_password);
    if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1) {
        return openssl_error(err, "holds no certificate as PEM", certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        return openssl_error(err, "holds no key as PEM that fits the certificate", key);
    }
    return MR_OK;
}

static mr_code use_made(SSL_CTX *ctx, const mr_http_tls *options, mr_error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    mr_code code =
        mr_certificate_make(options->names, options->name_count, &certificate, &key, err);
    if (code == MR_OK) {
        bool used =
            SSL_CTX_use_certificate(ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
        MR_ASSERT(used);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return code;
}

mr_code mr_tls_context_new(const mr_http_tls *options, mr_tls_context **out, mr_error *err)
{
    mr_tls_context *context = mr_calloc(1, sizeof(*context));
    context->ctx = SSL_CTX_new(TLS_server_method());
    context->pem = BIO_new(BIO_s_mem());
    MR_ASSERT(context->ctx != NULL);
    MR_ASSERT(context->pem != NULL);
    SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(context->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context->ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context->ctx, on_alpn, NULL);

    bool files = options->certificate_file != NULL || options->key_file != NULL;
    mr_code code =
        files ? use_files(context->ctx, options, err) : use_made(context->ctx, options, err);
    if (code != MR_OK) {
        mr_tls_context_free(context);
        return code;
    }
    PEM_write_bio_X509(context->pem, SSL_CTX_get0_certificate(context->ctx));
    *out = context;
    return MR_OK;
}

void mr_tls_context_free(mr_tls_context *context)
{
    if (context == NULL) {
        return;
    }
    SSL_CTX_free(context->ctx);
    BIO_free(context->pem);
    mr_free(context);
}

static mr_bytes bio_bytes(BIO *bio)
{
    char *at;
    long len = BIO_get_mem_data(bio, &at);
    return mr_bytes_make(at, (size_t)len);
}

mr_bytes mr_tls_context_certificate(const mr_tls_context *context)
{
    return bio_bytes(context->pem);
}

/* ---- a connection ---- */

mr_tls *mr_tls_new(mr_tls_context *context)
{
    mr_tls *tls = mr_calloc(1, sizeof(*tls));
    tls->ssl = SSL_new(context->ctx);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    MR_ASSERT(tls->ssl != NULL);
    MR_ASSERT(tls->in != NULL);
    MR_ASSERT(tls->out != NULL);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void mr_tls_free(mr_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    SSL_free(tls->ssl);
    mr_free(tls);
}

void mr_tls_feed(mr_tls *tls, mr_bytes ciphertext)
{
    MR_ASSERT(ciphertext.len <= INT32_MAX);
    int written = BIO_write(tls->in, ciphertext.at, (int)ciphertext.len);
    MR_ASSERT(written == (int)ciphertext.len);
}

long mr_tls_read(mr_tls *tls, char *at, size_t size)
{
    if (tls->over) {
        return -1;
    }
    size_t len = 0;
    ERR_clear_error();
    int ok = SSL_read_ex(tls->ssl, at, size, &len);
    if (ok == 1) {
        return (long)len;
    }
    if (SSL_get_error(tls->ssl, ok) == SSL_ERROR_WANT_READ) {
        return 0;
    }
    ERR_clear_error();
    tls->over = true;
    return -1;
}

void mr_tls_write(mr_tls *tls, mr_bytes plaintext)
{
    MR_ASSERT(mr_tls_is_ready(tls));
    size_t len = 0;
    ERR_clear_error();
    if (plaintext.len == 0 || SSL_write_ex(tls->ssl, plaintext.at, plaintext.len, &len) == 1) {
        return; /* all of it: memory takes everything */
    }
    ERR_clear_error(); /* after a breach: the next read tells */
    tls->over = true;
}

void mr_tls_close(mr_tls *tls)
{
    if (mr_tls_is_ready(tls)) {
        (void)SSL_shutdown(tls->ssl); /* 0: the client has not said so yet, which is fine */
        ERR_clear_error();
    }
}

mr_bytes mr_tls_pending(const mr_tls *tls)
{
    return bio_bytes(tls->out);
}

void mr_tls_sent(mr_tls *tls)
{
    (void)BIO_reset(tls->out);
}

bool mr_tls_is_ready(const mr_tls *tls)
{
    return SSL_is_init_finished(tls->ssl) == 1;
}

bool mr_tls_is_h2(const mr_tls *tls)
{
    const unsigned char *name = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(tls->ssl, &name, &len);
    return mr_bytes_equal(mr_bytes_make(name, len), MR_BYTES_LITERAL("h2"));
}
