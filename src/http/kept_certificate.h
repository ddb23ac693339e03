/*
 * kept_certificate.h - a certificate of our own making in two files, so that a client that trusts
 * it once goes on trusting it after a restart.
 */
#ifndef MR_SRC_HTTP_KEPT_CERTIFICATE_H
#define MR_SRC_HTTP_KEPT_CERTIFICATE_H

#include "sim/base/error.h"

/*
 * Sees to it that the files hold a certificate (certificate.h) and its key, as PEM. What is there
 * stays, if it is a pair, names all of the names and is good for a month at least; anything else is
 * replaced by a new one. Nobody but its owner may read the key's file (mode 0600).
 *
 * made:   out; whether it is new, so that clients have to be told.
 * Errors: MR_INVALID_ARGUMENT (a name), MR_NOT_FOUND (no such directory), MR_PERMISSION,
 *         MR_DISK_FULL, MR_IO.
 */
MR_NODISCARD mr_code mr_certificate_keep(const char *certificate_file, const char *key_file,
                                         const char *const *names, size_t name_count, bool *made,
                                         mr_error *err);

#endif
