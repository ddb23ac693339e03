/* prefix_fuzz.c - a Prefix and an ErrorOutputPrefix, one a line, with and without dynamic
 * partitioning: what is taken gives keys of objects within their bounds, and partitions that are
 * told apart by their values. */
#include "sim/base/alloc.h"
#include "sim/firehose/prefix.h"

#include <string.h>

#define KEYS_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(const mr_prefix *prefix, bool has_values)
{
    static mr_bytes values[KEYS_MAX];
    size_t count;
    mr_prng prng = mr_prng_named(1, "prefix");
    (void)mr_prefix_keys(prefix, &count);
    MR_ASSERT(count < KEYS_MAX && (has_values || count == 0));
    for (size_t i = 0; i < count; i++) {
        values[i] = MR_BYTES_LITERAL("value");
    }
    mr_strbuf identity = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool fits = mr_prefix_partition(prefix, values, &identity);
    for (int error = 0; error < 2; error++) {
        mr_object_name name = {.delivery = "d",
                               .version = "1",
                               .time_us = INT64_C(1735689600000000),
                               .error_type = error == 1 ? "processing-failed" : NULL,
                               .extension = ".gz",
                               .values = has_values ? values : NULL};
        mr_strbuf key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_prefix_object_key(prefix, &name, &prng, &key);
        MR_ASSERT(!fits || key.len <= 512 + 128);
        mr_strbuf_deinit(&key);
    }
    mr_strbuf_deinit(&identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size > 4096 ? 4096 : size);
    size_t end = mr_bytes_find(text, '\n');
    char *good = mr_bytes_dup(mr_bytes_make(text.at, end));
    char *error =
        end < text.len ? mr_bytes_dup(mr_bytes_make(text.at + end + 1, text.len - end - 1)) : NULL;
    for (int partitions = 0; partitions < 2; partitions++) {
        mr_prefix_options options = {
            .prefix = good, .error_output_prefix = error, .has_partitions = partitions == 1};
        mr_prefix *prefix = NULL;
        mr_error err;
        if (mr_prefix_new(&options, &prefix, &err) == MR_OK) {
            evaluate(prefix, partitions == 1);
        }
        mr_prefix_free(prefix);
    }
    mr_free(good);
    mr_free(error);
    return 0;
}
