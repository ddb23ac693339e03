/*
 * endpoint.h - where an AWS service is: an http or https URL, taken apart as signing needs it.
 */
#ifndef MR_SRC_NET_ENDPOINT_H
#define MR_SRC_NET_ENDPOINT_H

#include "sim/base/error.h"

typedef struct mr_endpoint {
    char *url;     /* owned, as are the texts: "http://127.0.0.1:4566/" */
    char *host;    /* as in the header Host: "127.0.0.1:4566"; the scheme's own port is left out */
    char *path;    /* "/" at least */
    bool loopback; /* this machine: localhost, 127.0.0.0/8, ::1 */
} mr_endpoint;

/* Errors: MR_INVALID_ARGUMENT: not such a URL, or one with a query, a fragment or a password. */
MR_NODISCARD mr_code mr_endpoint_parse(const char *url, mr_endpoint *out, mr_error *err);

/* The service's address at AWS: https://kinesis.<region>.amazonaws.com. Errors:
 * MR_INVALID_ARGUMENT: a region that could not be one (it becomes part of a host's name). */
MR_NODISCARD mr_code mr_endpoint_of_region(const char *service, const char *region,
                                           mr_endpoint *out, mr_error *err);

void mr_endpoint_deinit(mr_endpoint *endpoint); /* a zeroed one is fine */

#endif
