/* aws_settings.c - see aws_settings.h. */
#include "src/net/aws_settings.h"

#include "sim/base/alloc.h"
#include "src/net/profile.h"

#include <stdlib.h>
#include <strings.h>

#define REGION_DEFAULT "us-east-1"

typedef struct finding {
    const mr_aws_wishes *wishes;
    mr_profile profile;
    mr_aws_settings *out;
} finding;

static const char *variable(const finding *f, const char *name)
{
    const mr_aws_wishes *wishes = f->wishes;
    const char *value =
        wishes->getenv == NULL ? getenv(name) : wishes->getenv(wishes->context, name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *first_of(const char *a, const char *b, const char *c, const char *d)
{
    return a != NULL ? a : b != NULL ? b : c != NULL ? c : d;
}

/* ---- the profile ---- */

static mr_code read_file(finding *f, mr_profile_file kind, const char *path_variable,
                         const char *below_home, mr_error *err)
{
    const char *path = variable(f, path_variable);
    if (path != NULL) {
        return mr_profile_read(&f->profile, kind, path, err);
    }
    const char *home = variable(f, "HOME");
    if (home == NULL) {
        return MR_OK;
    }
    char *usual = mr_format("%s/%s", home, below_home);
    mr_code code = mr_profile_read(&f->profile, kind, usual, err);
    mr_free(usual);
    return code;
}

static mr_code read_profile(finding *f, mr_error *err)
{
    const char *asked = first_of(f->wishes->profile, variable(f, "AWS_PROFILE"),
                                 variable(f, "AWS_DEFAULT_PROFILE"), NULL);
    mr_profile_init(&f->profile, asked == NULL ? "default" : asked);
    mr_code code = read_file(f, MR_PROFILE_CONFIG, "AWS_CONFIG_FILE", ".aws/config", err);
    if (code == MR_OK) {
        code = read_file(f, MR_PROFILE_CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE",
                         ".aws/credentials", err);
    }
    if (code == MR_OK && asked != NULL && !f->profile.found) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "profile %s is in neither AWS file (~/.aws/config, ~/.aws/credentials)",
                            asked);
    }
    return code;
}

/* ---- region and endpoint ---- */

static const char *configured_endpoint(const finding *f)
{
    const char *ignore = variable(f, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (ignore != NULL && strcasecmp(ignore, "true") == 0) {
        return NULL;
    }
    return first_of(variable(f, "AWS_ENDPOINT_URL_KINESIS"), variable(f, "AWS_ENDPOINT_URL"),
                    f->profile.kinesis_endpoint_url, f->profile.endpoint_url);
}

static mr_code find_place(finding *f, mr_error *err)
{
    const char *url = first_of(f->wishes->endpoint_url, configured_endpoint(f), NULL, NULL);
    const char *region = first_of(f->wishes->region, variable(f, "AWS_REGION"),
                                  variable(f, "AWS_DEFAULT_REGION"), f->profile.region);
    if (region == NULL && url == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "neither an endpoint nor a region is known: give --endpoint-url "
                            "http://localhost:4566 for millrace serve, or --region (AWS_REGION, a "
                            "profile) for AWS");
    }
    region = region == NULL ? REGION_DEFAULT : region;
    mr_code code = mr_endpoint_of_region("kinesis", region, &f->out->endpoint, err);
    if (code == MR_OK && url != NULL) {
        mr_endpoint_deinit(&f->out->endpoint); /* the region's name is checked in any case */
        code = mr_endpoint_parse(url, &f->out->endpoint, err);
    }
    f->out->region = mr_strdup(region);
    return code;
}

/* ---- credentials ---- */

static void take_credentials(finding *f, const char *key, const char *secret, const char *token,
                             char *from)
{
    f->out->access_key = mr_strdup(key);
    f->out->secret = mr_strdup(secret);
    f->out->session_token = mr_strdup(token);
    f->out->credentials_from = from;
}

static mr_code half_a_pair(const char *what, bool lacks_secret, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT, "%s: there is an access key%s, but no %s", what,
                        lacks_secret ? "" : "'s secret", lacks_secret ? "secret" : "key");
}

static mr_code no_credentials(const finding *f, mr_error *err)
{
    const mr_profile *profile = &f->profile;
    if (profile->elsewhere != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "profile %s has its credentials from %s, which millrace does not read: "
                            "`eval \"$(aws configure export-credentials --profile %s --format "
                            "env)\"` puts them into the environment (then leave out --profile)",
                            profile->name, profile->elsewhere, profile->name);
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "no credentials for %s: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                        "or name a --profile that has them%s",
                        f->out->endpoint.url, profile->found ? "" : " (`aws configure` makes one)");
}

static mr_code find_credentials(finding *f, mr_error *err)
{
    const char *key = variable(f, "AWS_ACCESS_KEY_ID");
    const char *secret = variable(f, "AWS_SECRET_ACCESS_KEY");
    if (f->wishes->profile == NULL && (key != NULL || secret != NULL)) {
        if (key == NULL || secret == NULL) {
            return half_a_pair("the environment", secret == NULL, err);
        }
        take_credentials(f, key, secret, variable(f, "AWS_SESSION_TOKEN"),
                         mr_strdup("the environment"));
        return MR_OK;
    }
    const mr_profile *profile = &f->profile;
    if (profile->access_key != NULL || profile->secret != NULL) {
        char *from = mr_format("profile %s", profile->name);
        if (profile->access_key == NULL || profile->secret == NULL) {
            mr_code code = half_a_pair(from, profile->secret == NULL, err);
            mr_free(from);
            return code;
        }
        take_credentials(f, profile->access_key, profile->secret, profile->session_token, from);
        return MR_OK;
    }
    if (!f->out->endpoint.loopback) {
        return no_credentials(f, err);
    }
    take_credentials(f, "test", "test", NULL, mr_strdup("nowhere"));
    f->out->test_credentials = true;
    return MR_OK;
}

mr_code mr_aws_settings_find(const mr_aws_wishes *wishes, mr_aws_settings *out, mr_error *err)
{
    *out = (mr_aws_settings){.region = NULL};
    finding f = {.wishes = wishes, .out = out};
    mr_code code = read_profile(&f, err);
    if (code == MR_OK) {
        code = find_place(&f, err);
    }
    if (code == MR_OK) {
        code = find_credentials(&f, err);
    }
    if (code == MR_OK) {
        out->ca_bundle = mr_strdup(
            first_of(wishes->ca_bundle, variable(&f, "AWS_CA_BUNDLE"), f.profile.ca_bundle, NULL));
    }
    mr_profile_deinit(&f.profile);
    return code;
}

void mr_aws_settings_deinit(mr_aws_settings *settings)
{
    mr_endpoint_deinit(&settings->endpoint);
    mr_free(settings->region);
    mr_free(settings->access_key);
    mr_free(settings->secret);
    mr_free(settings->session_token);
    mr_free(settings->ca_bundle);
    mr_free(settings->credentials_from);
    *settings = (mr_aws_settings){.region = NULL};
}
