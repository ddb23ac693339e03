/*
 * uri.h - percent-encoding as AWS signs it, and back.
 *
 * Bytes go in and bytes come out: what they spell is not looked at. Behaviour: IAM User Guide,
 * "Create a signed AWS API request", UriEncode().
 */
#ifndef MR_SRC_AWS_URI_H
#define MR_SRC_AWS_URI_H

#include "sim/base/strbuf.h"

/* Appends bytes with all but A-Z a-z 0-9 - . _ ~ as %XX, upper case. keep_slash: '/' stays, too. */
void mr_uri_encode(mr_strbuf *out, mr_bytes bytes, bool keep_slash);

/* Appends bytes with %XX (either case) as the byte it stands for; a '%' without two hex digits
 * behind it stands for itself. plus_is_blank: '+' is a blank, as in a query. Never longer than
 * bytes. */
void mr_uri_decode(mr_strbuf *out, mr_bytes bytes, bool plus_is_blank);

/* One parameter of a query; views into it, still encoded. */
typedef struct mr_uri_parameter {
    mr_bytes name;
    mr_bytes value; /* without "=": at NULL */
} mr_uri_parameter;

/* Takes the next parameter off the front of *query; empty ones ("a&&b") are passed over. False at
 * the end. */
bool mr_uri_next_parameter(mr_bytes *query, mr_uri_parameter *out);

#endif
