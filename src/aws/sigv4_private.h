/*
 * sigv4_private.h - what sigv4_read.c (what a request says of itself), sigv4_canonical.c (the texts
 * that are signed) and sigv4.c (verifying and signing) share.
 */
#ifndef MR_SRC_AWS_SIGV4_PRIVATE_H
#define MR_SRC_AWS_SIGV4_PRIVATE_H

#include "src/aws/sigv4.h"

#define SIGV4_TERMINATOR "aws4_request"

/* The first header of this name, without blanks around it; none: at NULL. */
mr_bytes sigv4_header(const mr_sigv4_request *request, const char *name);

/* Takes the next name off the front of a list such as "host;x-amz-date". False at the end. */
bool sigv4_next_name(mr_bytes *names, mr_bytes *out);
void sigv4_append_lower(mr_strbuf *out, mr_bytes name);

/* The request's time as it is signed. False when it has no form that AWS knows. */
bool sigv4_time_text(mr_bytes time, char out[MR_SIGV4_DATE_SIZE]);
/* The same as microseconds since the epoch. text: as sigv4_time_text() wrote it. */
int64_t sigv4_time_us(const char text[MR_SIGV4_DATE_SIZE]);

void sigv4_sha256_hex(mr_bytes bytes, char out[MR_SIGV4_HEX_SIZE]);

/* The last line of the canonical request: a header's value, a constant, or in `hash`, which it
 * fills with the body's hash. */
mr_bytes sigv4_payload_line(const mr_sigv4_request *request, const mr_sigv4_auth *auth, bool s3,
                            char hash[MR_SIGV4_HEX_SIZE]);

#endif
