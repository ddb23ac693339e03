/* profile_fuzz.c - any bytes as AWS's shared files: read without harm, the same twice. */
#include "src/net/profile.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mr_code read_both(mr_profile *profile, mr_bytes text)
{
    mr_error err = {0};
    mr_profile_init(profile, "work");
    mr_code code = mr_profile_parse(profile, MR_PROFILE_CONFIG, "config", text, &err);
    if (code == MR_OK) {
        code = mr_profile_parse(profile, MR_PROFILE_CREDENTIALS, "credentials", text, &err);
    }
    MR_ASSERT((code == MR_OK) == (err.message[0] == '\0'));
    return code;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_profile first;
    mr_profile second;
    mr_bytes text = mr_bytes_make(data, size);
    MR_ASSERT(read_both(&first, text) == read_both(&second, text));
    MR_ASSERT(first.found == second.found);
    MR_ASSERT(same(first.secret, second.secret));
    MR_ASSERT(same(first.kinesis_endpoint_url, second.kinesis_endpoint_url));
    MR_ASSERT(first.found || first.region == NULL);
    mr_profile_deinit(&first);
    mr_profile_deinit(&second);
    return 0;
}
