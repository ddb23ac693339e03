/* object_words.c - see object_words.h. */
#include "src/cli/object_words.h"

#include "sim/base/alloc.h"
#include "sim/store/store.h"

#include <string.h>

#define SCHEME "s3://"

mr_code cli_s3_place_parse(const char *text, cli_s3_place *out, mr_error *err)
{
    *out = (cli_s3_place){.key = ""};
    if (strncmp(text, SCHEME, sizeof(SCHEME) - 1) != 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%.300s: give s3://BUCKET/KEY", text);
    }
    const char *bucket = text + sizeof(SCHEME) - 1;
    const size_t len = strcspn(bucket, "/");
    out->bucket = mr_strndup(bucket, len);
    out->key = bucket[len] == '\0' ? "" : bucket + len + 1;
    if (!mr_bucket_name_is_valid(out->bucket)) {
        cli_s3_place_deinit(out);
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%.300s: no bucket can have this name", text);
    }
    return MR_OK;
}

void cli_s3_place_deinit(cli_s3_place *place)
{
    mr_free(place->bucket);
    place->bucket = NULL;
}
