/* record_view_fuzz.c - any bytes as a record's data, and as the message of an aggregated record
 * whose MD5 is right: what is shown is JSON within its bound, says the right length, and gives the
 * bytes themselves where they are not cut. */
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "src/web/record_view.h"

#include <cjson/cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    MR_ASSERT(value != NULL);
    return value;
}

static void check_data(const cJSON *view, mr_bytes data)
{
    const bool cut = data.len > MR_RECORD_VIEW_BYTES_MAX;
    mr_strbuf decoded = mr_strbuf_make(MR_RECORD_VIEW_BYTES_MAX);
    const bool is_base64 =
        mr_base64_decode(&decoded, mr_bytes_of(member(view, "data")->valuestring));
    MR_ASSERT(is_base64);
    MR_ASSERT(member(view, "bytes")->valuedouble == (double)data.len);
    MR_ASSERT(cJSON_IsTrue(member(view, "truncated")) == cut);
    MR_ASSERT(cut ? decoded.len == MR_RECORD_VIEW_BYTES_MAX
                  : mr_bytes_equal(mr_strbuf_bytes(&decoded), data));
    mr_strbuf_deinit(&decoded);
}

static void show(mr_bytes data, bool decode)
{
    mr_strbuf out = mr_strbuf_make(MR_RECORD_VIEW_JSON_MAX);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_record_view_write_data(&json, data, decode);
    mr_json_object_end(&json);
    MR_ASSERT(!out.overflowed);
    cJSON *view = cJSON_ParseWithLength(out.at, out.len);
    MR_ASSERT(view != NULL);
    check_data(view, data);
    const bool is_aggregated = mr_record_kind_of(data) == MR_RECORD_AGGREGATED;
    MR_ASSERT(cJSON_IsArray(member(view, "sub_records")) == (decode && is_aggregated));
    MR_ASSERT(decode || cJSON_IsNull(member(view, "text")));
    cJSON_Delete(view);
    mr_strbuf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t digest[16];
    mr_strbuf carrier = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    show(mr_bytes_make(data, size), true);
    show(mr_bytes_make(data, size), false);

    mr_md5(data, size, digest);
    mr_strbuf_append(&carrier, "\xf3\x89\x9a\xc2", 4);
    mr_strbuf_append(&carrier, data, size);
    mr_strbuf_append(&carrier, digest, sizeof(digest));
    show(mr_strbuf_bytes(&carrier), true);
    mr_strbuf_deinit(&carrier);
    return 0;
}
