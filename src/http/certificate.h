/*
 * certificate.h - a certificate made in memory, for a listener that was given none: a P-256 key,
 * signed by itself, for localhost, *.localhost, 127.0.0.1, ::1 and further names. It is its own
 * authority, so a client trusts it by this one file (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS). Clients
 * that use OpenSSL take no wildcard right below the top: for them *.localhost is no name.
 */
#ifndef MR_SRC_HTTP_CERTIFICATE_H
#define MR_SRC_HTTP_CERTIFICATE_H

#include "sim/base/error.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define MR_CERTIFICATE_NAMES_MAX 64

/*
 * names:            DNS names ("*.localhost.localstack.cloud") and IP addresses.
 * certificate, key: out; owned by the caller (X509_free, EVP_PKEY_free).
 * Errors:           MR_INVALID_ARGUMENT (a name that is none, too many).
 */
MR_NODISCARD mr_code mr_certificate_make(const char *const *names, size_t name_count,
                                         X509 **certificate, EVP_PKEY **key, mr_error *err);

#endif
