/* kept_certificate.c - see kept_certificate.h. The key is written before its certificate: a process
 * that dies between them leaves two that do not fit, and they are made anew. */
#include "src/http/kept_certificate.h"

#include "sim/base/alloc.h"
#include "src/http/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD_FOR_SECONDS (30L * 24 * 3600)

typedef struct pair {
    X509 *certificate;
    EVP_PKEY *key;
} pair;

static void pair_deinit(pair *p)
{
    X509_free(p->certificate);
    EVP_PKEY_free(p->key);
}

/* ---- what is there ---- */

static int on_password(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1; /* ours has none, and nobody is asked on the terminal */
}

/* NULL members for what is not there or is none. */
static pair load(const char *certificate_file, const char *key_file)
{
    pair found = {NULL, NULL};
    BIO *certificate = BIO_new_file(certificate_file, "r");
    BIO *key = BIO_new_file(key_file, "r");
    if (certificate != NULL) {
        found.certificate = PEM_read_bio_X509(certificate, NULL, on_password, NULL);
    }
    if (key != NULL) {
        found.key = PEM_read_bio_PrivateKey(key, NULL, on_password, NULL);
    }
    BIO_free(certificate);
    BIO_free(key);
    ERR_clear_error();
    return found;
}

/* A wildcard is there when it fits some name below it. */
static bool has_name(X509 *certificate, const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1) {
        return X509_check_ip_asc(certificate, name, 0) == 1;
    }
    char *some = strncmp(name, "*.", 2) == 0 ? mr_format("some%s", name + 1) : mr_strdup(name);
    const bool has = X509_check_host(certificate, some, 0, 0, NULL) == 1;
    mr_free(some);
    return has;
}

static bool is_good(const pair *p, const char *const *names, size_t name_count)
{
    time_t soonest = time(NULL) + GOOD_FOR_SECONDS;
    bool good = p->certificate != NULL && p->key != NULL &&
                X509_check_private_key(p->certificate, p->key) == 1 &&
                X509_cmp_time(X509_get0_notAfter(p->certificate), &soonest) > 0 &&
                X509_cmp_current_time(X509_get0_notBefore(p->certificate)) < 0 &&
                has_name(p->certificate, "localhost") && has_name(p->certificate, "127.0.0.1");
    for (size_t i = 0; good && i < name_count; i++) {
        good = has_name(p->certificate, names[i]);
    }
    ERR_clear_error();
    return good;
}

/* ---- writing ---- */

static mr_code write_all(int fd, const char *path, mr_bytes bytes, mr_error *err)
{
    while (bytes.len > 0) {
        const ssize_t written = write(fd, bytes.at, bytes.len);
        if (written < 0 && errno != EINTR) {
            return mr_error_os(err, errno, "writing %s", path);
        }
        const size_t done = written > 0 ? (size_t)written : 0;
        bytes = mr_bytes_make(bytes.at + done, bytes.len - done);
    }
    return MR_OK;
}

/* Under another name first: whoever reads the file meanwhile gets a whole one, and one that was
 * readable to others is not written into. */
static mr_code write_file(const char *path, mode_t mode, BIO *pem, mr_error *err)
{
    char *at;
    const long len = BIO_get_mem_data(pem, &at);
    char *fresh = mr_format("%s.new", path);
    (void)unlink(fresh);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    mr_code code = fd < 0 ? mr_error_os(err, errno, "making %s", fresh)
                          : write_all(fd, fresh, mr_bytes_make(at, (size_t)len), err);
    if (fd >= 0 && close(fd) != 0 && code == MR_OK) {
        code = mr_error_os(err, errno, "writing %s", fresh);
    }
    if (code == MR_OK && rename(fresh, path) != 0) {
        code = mr_error_os(err, errno, "renaming %s", fresh);
    }
    mr_free(fresh);
    return code;
}

static mr_code store(const char *certificate_file, const char *key_file, const pair *p,
                     mr_error *err)
{
    BIO *certificate = BIO_new(BIO_s_mem());
    BIO *key = BIO_new(BIO_s_mem());
    const bool written = PEM_write_bio_X509(certificate, p->certificate) == 1 &&
                         PEM_write_bio_PrivateKey(key, p->key, NULL, NULL, 0, NULL, NULL) == 1;
    MR_ASSERT(written); /* into memory */
    mr_code code = write_file(key_file, 0600, key, err);
    if (code == MR_OK) {
        code = write_file(certificate_file, 0644, certificate, err);
    }
    BIO_free(certificate);
    BIO_free(key);
    return code;
}

mr_code mr_certificate_keep(const char *certificate_file, const char *key_file,
                            const char *const *names, size_t name_count, bool *made, mr_error *err)
{
    pair p = load(certificate_file, key_file);
    mr_code code = MR_OK;
    *made = !is_good(&p, names, name_count);
    if (*made) {
        pair_deinit(&p);
        p = (pair){NULL, NULL};
        code = mr_certificate_make(names, name_count, &p.certificate, &p.key, err);
        if (code == MR_OK) {
            code = store(certificate_file, key_file, &p, err);
        }
    }
    pair_deinit(&p);
    return code;
}
