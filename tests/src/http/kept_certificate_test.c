/* kept_certificate_test.c - a certificate stays as long as it is good, and its key is nobody
 * else's. */
#include "src/http/kept_certificate.h"

#include "sim/base/alloc.h"
#include "src/http/certificate.h"
#include "tests/check.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"localhost.example", "*.localhost.example", "10.1.2.3"};

typedef struct place {
    char *directory, *certificate, *key;
} place;

static place place_make(void)
{
    char *directory = check_temp_dir();
    return (place){.directory = directory,
                   .certificate = mr_format("%s/certificate.pem", directory),
                   .key = mr_format("%s/certificate-key.pem", directory)};
}

static void place_free(place *p)
{
    check_remove_dir(p->directory);
    mr_free(p->certificate);
    mr_free(p->key);
}

static void check_kept(const char *label, const place *p, size_t name_count, bool want_made)
{
    bool made = false;
    mr_error err = {0};
    CHECK_OK(label, mr_certificate_keep(p->certificate, p->key, names, name_count, &made, &err),
             &err);
    CHECK_INT(label, made, want_made);
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void read_text(const char *path, char out[4096])
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, 4095, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

static void test_a_good_pair_stays_and_its_key_is_private(void **state)
{
    (void)state;
    place p = place_make();
    umask(0); /* whatever the user's is */
    check_kept("none is there", &p, MR_COUNT(names), true);
    CHECK_INT("the key", mode_of(p.key), 0600);
    CHECK_INT("the certificate", mode_of(p.certificate), 0644);
    char before[4096], after[4096];
    read_text(p.certificate, before);
    check_kept("the same", &p, MR_COUNT(names), false);
    check_kept("fewer names", &p, 1, false);
    read_text(p.certificate, after);
    CHECK_STR("untouched", after, before);
    place_free(&p);
}

static void test_what_is_not_good_is_made_anew(void **state)
{
    (void)state;
    place p = place_make();
    check_kept("with one name", &p, 1, true);
    check_kept("with a wildcard more", &p, 2, true);
    check_kept("with an address more", &p, 3, true);
    write_text(p.key, "no key\n");
    assert_int_equal(chmod(p.key, 0644), 0);
    check_kept("a key that is none", &p, 3, true);
    CHECK_INT("private again", mode_of(p.key), 0600);
    write_text(p.certificate, "");
    check_kept("an empty certificate", &p, 3, true);
    assert_int_equal(unlink(p.key), 0);
    check_kept("no key", &p, 3, true);

    place other = place_make();
    check_kept("another pair", &other, 3, true);
    assert_int_equal(rename(other.key, p.key), 0);
    check_kept("a key of another certificate", &p, 3, true);
    check_kept("and now it stays", &p, 3, false);
    place_free(&other);
    place_free(&p);
}

/* The pair with another end of its life. */
static void shorten(const place *p, long seconds)
{
    FILE *file = fopen(p->key, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    assert_int_equal(fclose(file), 0);
    file = fopen(p->certificate, "r");
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_int_equal(fclose(file), 0);
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), seconds));
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    file = fopen(p->certificate, "w");
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void test_one_that_ends_soon_is_made_anew(void **state)
{
    (void)state;
    const long day = 24L * 3600;
    place p = place_make();
    check_kept("first", &p, 3, true);
    shorten(&p, 31 * day);
    check_kept("good for a month", &p, 3, false);
    shorten(&p, 29 * day);
    check_kept("not for a month", &p, 3, true);
    place_free(&p);
}

static void test_a_directory_that_takes_no_file_is_named(void **state)
{
    (void)state;
    place p = place_make();
    mr_error err;
    bool made;
    char *key = mr_format("%s/none/key.pem", p.directory);
    CHECK_CODE("no directory", mr_certificate_keep(p.certificate, key, names, 3, &made, &err),
               MR_NOT_FOUND);
    CHECK_HAS("named", err.message, key);
    mr_free(key);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_pair_stays_and_its_key_is_private),
        cmocka_unit_test(test_what_is_not_good_is_made_anew),
        cmocka_unit_test(test_one_that_ends_soon_is_made_anew),
        cmocka_unit_test(test_a_directory_that_takes_no_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
