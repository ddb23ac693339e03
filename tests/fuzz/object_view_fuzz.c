/* object_view_fuzz.c - any bytes as the beginning of an object of any name: the preview is JSON
 * within its bounds. The first byte chooses the name. */
#include "src/web/object_view.h"

#include <cjson/cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"a", "a.csv", "a.tsv", "a.csv.gz"};
    if (size == 0 || size - 1 > MR_PREVIEW_READ_MAX) {
        return 0;
    }
    const mr_object_preview_options options = {.key = keys[data[0] % MR_COUNT(keys)],
                                               .bytes = mr_bytes_make(data + 1, size - 1),
                                               .is_whole = (data[0] & 8) != 0,
                                               .lines_max = 20};
    mr_strbuf out = mr_strbuf_make(16 * MR_MIB);
    mr_json json = mr_json_make(&out);
    mr_object_preview(&options, &json);
    MR_ASSERT(!out.overflowed);
    cJSON *preview = cJSON_ParseWithLength(out.at, out.len);
    MR_ASSERT(preview != NULL);
    const cJSON *lines = cJSON_GetObjectItemCaseSensitive(preview, "lines");
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(preview, "rows");
    MR_ASSERT(cJSON_GetArraySize(lines) <= 20);
    MR_ASSERT(cJSON_GetArraySize(rows) <= 20);
    cJSON_Delete(preview);
    mr_strbuf_deinit(&out);
    return 0;
}
