/* certificate.c - see certificate.h. */
#include "src/http/certificate.h"

#include "sim/base/strbuf.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define NAME_MAX_BYTES 253                /* of a DNS name */
#define AGE_SECONDS    (10L * 24 * 3600)  /* valid since: clocks differ */
#define LIFE_SECONDS   (825L * 24 * 3600) /* what Apple's clients accept at most */

static bool is_address(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* Letters, digits, hyphens and dots, behind at most one "*.": nothing that the list of names
 * could take for its own punctuation. */
static bool is_dns_name(const char *name)
{
    size_t len = strlen(name);
    if (len > 2 && name[0] == '*' && name[1] == '.') {
        name += 2;
        len -= 2;
    }
    if (len == 0 || len > NAME_MAX_BYTES) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool ok = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
                  (name[i] >= '0' && name[i] <= '9') || name[i] == '-' || name[i] == '.';
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* The names as OpenSSL's configuration writes them: "DNS:localhost,IP:127.0.0.1". */
static mr_code list_names(const char *const *names, size_t count, mr_strbuf *out, mr_error *err)
{
    if (count > MR_CERTIFICATE_NAMES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "a certificate for %zu names; the most is %d",
                            count, MR_CERTIFICATE_NAMES_MAX);
    }
    mr_strbuf_append_text(out, "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1");
    for (size_t i = 0; i < count; i++) {
        bool address = is_address(names[i]);
        if (!address && !is_dns_name(names[i])) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "a certificate for \"%s\": that is no name of a host", names[i]);
        }
        mr_strbuf_appendf(out, ",%s:%s", address ? "IP" : "DNS", names[i]);
    }
    return MR_OK;
}

static bool add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension != NULL && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *names)
{
    unsigned char serial[16];
    bool ok = RAND_bytes(serial, sizeof(serial)) == 1;
    serial[0] &= 0x7f; /* positive */
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    X509_NAME *name = X509_get_subject_name(x);
    ok = ok && number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL &&
         X509_set_version(x, X509_VERSION_3) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x), -AGE_SECONDS) != NULL &&
         X509_gmtime_adj(X509_getm_notAfter(x), LIFE_SECONDS - AGE_SECONDS) != NULL &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"millrace", -1,
                                    -1, 0) == 1 &&
         X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
         add_extension(x, NID_basic_constraints, "critical,CA:TRUE") &&
         add_extension(x, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
         add_extension(x, NID_ext_key_usage, "serverAuth") &&
         add_extension(x, NID_subject_key_identifier, "hash") &&
         add_extension(x, NID_subject_alt_name, names) && X509_sign(x, key, EVP_sha256()) > 0;
    BN_free(number);
    return ok;
}

mr_code mr_certificate_make(const char *const *names, size_t name_count, X509 **certificate,
                            EVP_PKEY **key, mr_error *err)
{
    mr_strbuf list = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_code code = list_names(names, name_count, &list, err);
    if (code == MR_OK) {
        *key = EVP_EC_gen("P-256");
        *certificate = X509_new();
        /* With sound names only OpenSSL's own failures are left, which are the machine's. */
        bool made =
            *key != NULL && *certificate != NULL && fill(*certificate, *key, mr_strbuf_text(&list));
        MR_ASSERT(made);
    }
    mr_strbuf_deinit(&list);
    return code;
}
