/*
 * profile.h - a profile of AWS's shared files: ~/.aws/config and ~/.aws/credentials.
 *
 *     [profile work]               "[work]" in credentials; "[default]" in both
 *     region = eu-west-1
 *     services = local
 *     [services local]
 *     kinesis =
 *       endpoint_url = http://localhost:4566
 *
 * Only what a producer needs is kept. What says that credentials come from elsewhere (SSO, a role,
 * a process) is noticed, so that it can be refused by name instead of being passed over.
 *
 * Behaviour: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
 */
#ifndef MR_SRC_NET_PROFILE_H
#define MR_SRC_NET_PROFILE_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#define MR_PROFILE_FILE_BYTES_MAX (1 * MR_MIB)

typedef struct mr_profile {
    char *name; /* owned, as are all; NULL: not there */
    bool found; /* in either file */
    char *access_key, *secret, *session_token;
    char *region, *ca_bundle;
    char *endpoint_url;         /* of all services */
    char *kinesis_endpoint_url; /* of the section that `services` names; it wins */
    char *services;
    char *elsewhere; /* the first setting that says so: "sso_session" */
} mr_profile;

void mr_profile_init(mr_profile *profile, const char *name);
void mr_profile_deinit(mr_profile *profile); /* a zeroed one is fine */

typedef enum mr_profile_file { MR_PROFILE_CONFIG, MR_PROFILE_CREDENTIALS } mr_profile_file;

/*
 * Takes the profile's settings from a file's text; they replace those of a file read before, so
 * config comes first.
 *
 * name:   the file's, for messages.
 * Errors: MR_BAD_INPUT, naming file and line: a section without its bracket, a line that is no
 *         setting.
 */
MR_NODISCARD mr_code mr_profile_parse(mr_profile *profile, mr_profile_file kind, const char *name,
                                      mr_bytes text, mr_error *err);

/* The same from the disk. A file that is not there is empty. Errors: those of parsing and of the
 * disk; MR_TOO_LARGE. */
MR_NODISCARD mr_code mr_profile_read(mr_profile *profile, mr_profile_file kind, const char *path,
                                     mr_error *err);

#endif
