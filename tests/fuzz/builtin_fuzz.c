/* builtin_fuzz.c - a record of any bytes through each builtin: the answer stays within its bound
 * and is one line, what the JSON builtin has written it reads again unchanged, and what sentiment
 * has written is JSON that it reads again unchanged too. */
#include "sim/lambda/builtin.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the line, owned; len 0 when the record does not fit. */
static char *apply(const mr_builtin_options *options, mr_bytes record, size_t *len)
{
    mr_builtin *builtin = NULL;
    const char *why = NULL;
    mr_code code = mr_builtin_new(options, &builtin, NULL);
    MR_ASSERT(code == MR_OK);
    size_t bound = mr_builtin_bound(builtin, record.len);
    char *out = mr_alloc(bound);
    *len = mr_builtin_apply(builtin, record, out, &why);
    MR_ASSERT(*len <= bound);
    if (*len == 0) {
        MR_ASSERT(why != NULL);
    } else {
        MR_ASSERT(memchr(out, '\n', *len) == out + *len - 1);
    }
    mr_builtin_free(builtin);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t f[] = {1, 2, 3, 4};
    static const mr_builtin_column columns[] = {
        {"s", "string", &f[0], 1, NULL, NULL},
        {"p", "struct<a:int,b:double>", &f[1], 2, NULL, NULL},
        {"y", "string", &f[3], 1, "year", "M/d/yy H:mm"},
        {"t", "timestamp", &f[3], 1, NULL, "M/d/yy H:mm"},
    };
    const mr_builtin_options delimited = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                          .delimiter = '|',
                                          .trim = true,
                                          .columns = columns,
                                          .column_count = MR_COUNT(columns)};
    const mr_builtin_options json = {.kind = MR_BUILTIN_JSON};
    mr_bytes record = mr_bytes_make(data, size);
    size_t len, again_len;

    char *line = apply(&delimited, record, &len);
    if (len > 0) {
        char *again = apply(&json, mr_bytes_make(line, len), &again_len);
        MR_ASSERT(mr_bytes_equal(mr_bytes_make(line, len), mr_bytes_make(again, again_len)));
        mr_free(again);
    }
    mr_free(line);

    line = apply(&json, record, &len);
    if (len > 0) {
        char *again = apply(&json, mr_bytes_make(line, len), &again_len);
        MR_ASSERT(mr_bytes_equal(mr_bytes_make(line, len), mr_bytes_make(again, again_len)));
        mr_free(again);
    }
    mr_free(line);

    const mr_builtin_options sentiment = {.kind = MR_BUILTIN_SENTIMENT, .field = "text"};
    line = apply(&sentiment, record, &len);
    if (len > 0) {
        char *again = apply(&sentiment, mr_bytes_make(line, len), &again_len);
        MR_ASSERT(mr_bytes_equal(mr_bytes_make(line, len), mr_bytes_make(again, again_len)));
        mr_free(again);
    }
    mr_free(line);
    return 0;
}
