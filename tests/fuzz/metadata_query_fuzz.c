/* metadata_query_fuzz.c - a query and records, one a line: a query that is taken gives each record
 * its keys or a reason, the same twice, and nothing of it goes on for ever. */
#include "sim/base/alloc.h"
#include "sim/firehose/metadata_query.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_twice(mr_metadata_query *query, mr_bytes record)
{
    mr_bytes values[MR_QUERY_KEYS_MAX];
    mr_strbuf first = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    size_t count = mr_metadata_query_keys(query)->count;
    for (int turn = 0; turn < 2; turn++) {
        mr_strbuf now = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        const char *why = mr_metadata_query_run(query, record, values);
        mr_strbuf_append_text(&now, why == NULL ? "" : why);
        for (size_t i = 0; why == NULL && i < count; i++) {
            MR_ASSERT(values[i].len > 0 && memchr(values[i].at, '\0', values[i].len) == NULL);
            mr_strbuf_append_bytes(&now, values[i]);
            mr_strbuf_append_char(&now, '\0');
        }
        if (turn == 0) {
            mr_strbuf_append_bytes(&first, mr_strbuf_bytes(&now));
        } else {
            MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&first), mr_strbuf_bytes(&now)));
        }
        mr_strbuf_deinit(&now);
    }
    mr_strbuf_deinit(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    size_t end = mr_bytes_find(text, '\n');
    char *program = mr_bytes_dup(mr_bytes_make(text.at, end));
    mr_metadata_query *query = NULL;
    mr_query_keys keys = {.count = 0};
    mr_error err;
    if (mr_query_guard(program, &keys, &err) == MR_OK) { /* without the 15 ms of jq's own library */
        mr_query_keys_deinit(&keys);
        if (mr_metadata_query_new(program, &query, &err) == MR_OK) {
            MR_ASSERT(mr_metadata_query_keys(query)->count > 0);
            while (end < text.len) {
                text = mr_bytes_make(text.at + end + 1, text.len - end - 1);
                end = mr_bytes_find(text, '\n');
                run_twice(query, mr_bytes_make(text.at, end));
            }
        }
    }
    mr_metadata_query_free(query);
    mr_free(program);
    return 0;
}
