/* delivery_config_difference.c - where two configurations differ, in words. See delivery_config.h.
 */
#include "sim/base/alloc.h"
#include "sim/firehose/delivery_config.h"

#include <string.h>

#define VALUE_SHOWN_MAX 80 /* bytes of it */

/* A value as it is written; what is long is cut. */
static void append_value(mr_strbuf *out, const cJSON *value)
{
    if (value == NULL) {
        mr_strbuf_append_text(out, "absent");
        return;
    }
    char *text = mr_delivery_config_text(value);
    const mr_bytes all = mr_bytes_of(text);
    mr_bytes shown = mr_bytes_make(all.at, mr_min_size(all.len, VALUE_SHOWN_MAX));
    while (shown.len < all.len && shown.len > 0 && ((uint8_t)all.at[shown.len] & 0xc0) == 0x80) {
        shown.len--;
    }
    mr_strbuf_append_bytes(out, shown);
    mr_strbuf_append_text(out, shown.len < all.len ? "..." : "");
    mr_free(text);
}

static bool find(mr_strbuf *out, const char *path, const cJSON *kept, const cJSON *wanted);

/* Of a member of one of both, or of both. */
static bool find_in_member(mr_strbuf *out, const char *path, const char *name, const cJSON *kept,
                           const cJSON *wanted)
{
    char *longer = path[0] == '\0' ? mr_strdup(name) : mr_format("%s.%s", path, name);
    const bool found = find(out, longer, cJSON_GetObjectItemCaseSensitive(kept, name),
                            cJSON_GetObjectItemCaseSensitive(wanted, name));
    mr_free(longer);
    return found;
}

/* Depth is that of configurations, which the front door has bounded. */
static bool find(mr_strbuf *out, const char *path, const cJSON *kept, const cJSON *wanted)
{
    if (kept != NULL && wanted != NULL && cJSON_Compare(kept, wanted, true)) {
        return false;
    }
    if (cJSON_IsObject(kept) && cJSON_IsObject(wanted)) {
        const cJSON *member;
        cJSON_ArrayForEach(member, wanted)
        {
            if (find_in_member(out, path, member->string, kept, wanted)) {
                return true;
            }
        }
        cJSON_ArrayForEach(member, kept)
        {
            if (cJSON_GetObjectItemCaseSensitive(wanted, member->string) == NULL) {
                return find_in_member(out, path, member->string, kept, wanted);
            }
        }
    }
    mr_strbuf_appendf(out, "%s is ", path);
    append_value(out, kept);
    mr_strbuf_append_text(out, ", not ");
    append_value(out, wanted);
    return true;
}

char *mr_delivery_config_difference(const cJSON *kept, const cJSON *wanted)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (!find(&out, "", kept, wanted)) {
        mr_strbuf_deinit(&out);
        return NULL;
    }
    return mr_strbuf_take(&out);
}
