/*
 * aws_settings.h - which endpoint, region and credentials a client of ours uses, found where every
 * AWS tool looks for them.
 *
 *     endpoint     --endpoint-url, AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, the profile (its
 *                  services section first), or else AWS's own for the region. With
 *                  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true only --endpoint-url counts.
 *     region       --region, AWS_REGION, AWS_DEFAULT_REGION, the profile; with an endpoint given,
 *                  us-east-1
 *     credentials  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, unless --profile
 *                  is given; the profile; for an endpoint on this machine, test/test
 *     profile      --profile, AWS_PROFILE, AWS_DEFAULT_PROFILE, default; in AWS_CONFIG_FILE
 *                  (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials)
 *     CA bundle    --ca-bundle, AWS_CA_BUNDLE, the profile
 *
 * An empty variable counts as none. The environment is read through a function, so that tests bring
 * their own.
 *
 * Behaviour: AWS SDKs and Tools Reference Guide, "Configuration settings precedence".
 * Differs: no SSO, roles, credential processes or instance metadata: they are refused by name.
 */
#ifndef MR_SRC_NET_AWS_SETTINGS_H
#define MR_SRC_NET_AWS_SETTINGS_H

#include "src/net/endpoint.h"

/* As getenv(3). */
typedef const char *(*mr_getenv_fn)(void *context, const char *name);

/* What was said on the command line; NULL: nothing. */
typedef struct mr_aws_wishes {
    const char *endpoint_url, *region, *profile, *ca_bundle;
    mr_getenv_fn getenv; /* NULL: the process's own */
    void *context;
} mr_aws_wishes;

typedef struct mr_aws_settings {
    mr_endpoint endpoint;
    char *region; /* owned, as are the texts */
    char *access_key, *secret;
    char *session_token;    /* NULL: none */
    char *ca_bundle;        /* NULL: the system's */
    char *credentials_from; /* for messages: "the environment", "profile work" */
    bool test_credentials;  /* none were found, and none are needed */
} mr_aws_settings;

/*
 * Errors: MR_INVALID_ARGUMENT: what is missing or will not do, and how to mend it; a profile that
 *         was asked for and is in neither file. Those of the files (profile.h).
 */
MR_NODISCARD mr_code mr_aws_settings_find(const mr_aws_wishes *wishes, mr_aws_settings *out,
                                          mr_error *err);
void mr_aws_settings_deinit(mr_aws_settings *settings); /* a zeroed one is fine */

#endif
