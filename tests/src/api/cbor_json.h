/*
 * cbor_json.h - a test's JSON in CBOR and back, so that one conversation is held in both. Written
 * from RFC 8949 alone. Members called Data are blobs, which JSON has in base64; those whose name
 * ends in Timestamp are times, which CBOR has as tag 1 with an integer of milliseconds.
 */
#ifndef MR_TESTS_SRC_API_CBOR_JSON_H
#define MR_TESTS_SRC_API_CBOR_JSON_H

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/strbuf.h"

#include <cJSON.h>

/* ---- JSON to CBOR ---- */

static inline void cbor_head(mr_strbuf *out, unsigned major, uint64_t value)
{
    const int shifts[] = {56, 48, 40, 32, 24, 16, 8, 0};
    mr_strbuf_append_char(out, (char)(uint8_t)(major << 5 | 27)); /* always 8 bytes: allowed */
    for (size_t i = 0; i < 8; i++) {
        mr_strbuf_append_char(out, (char)(uint8_t)(value >> shifts[i]));
    }
}

static inline void cbor_bytes(mr_strbuf *out, unsigned major, mr_bytes bytes)
{
    cbor_head(out, major, bytes.len);
    mr_strbuf_append_bytes(out, bytes);
}

static inline bool cbor_is_time(const char *name)
{
    return name != NULL && mr_bytes_ends_with(mr_bytes_of(name), MR_BYTES_LITERAL("Timestamp"));
}

static inline void cbor_of_json(mr_strbuf *out, const cJSON *json)
{
    if (cJSON_IsObject(json) || cJSON_IsArray(json)) {
        const cJSON *child;
        mr_strbuf_append_char(out, cJSON_IsObject(json) ? (char)0xbf : (char)0x9f);
        cJSON_ArrayForEach(child, json)
        {
            if (cJSON_IsObject(json)) {
                cbor_bytes(out, 3, mr_bytes_of(child->string));
            }
            cbor_of_json(out, child);
        }
        mr_strbuf_append_char(out, (char)0xff);
    } else if (cJSON_IsString(json) && json->string != NULL && strcmp(json->string, "Data") == 0) {
        mr_strbuf blob = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        MR_ASSERT(mr_base64_decode(&blob, mr_bytes_of(json->valuestring)));
        cbor_bytes(out, 2, mr_strbuf_bytes(&blob));
        mr_strbuf_deinit(&blob);
    } else if (cJSON_IsString(json)) {
        cbor_bytes(out, 3, mr_bytes_of(json->valuestring));
    } else if (cJSON_IsBool(json)) {
        mr_strbuf_append_char(out, cJSON_IsTrue(json) ? (char)0xf5 : (char)0xf4);
    } else if (cbor_is_time(json->string)) {
        mr_strbuf_append_char(out, (char)0xc1);
        cbor_head(out, 0, (uint64_t)(json->valuedouble * 1000 + 0.5));
    } else {
        MR_ASSERT(cJSON_IsNumber(json) && json->valuedouble >= 0);
        cbor_head(out, 0, (uint64_t)json->valuedouble);
    }
}

/* ---- CBOR to JSON: what src/aws/write.h may write, and no more ---- */

typedef struct cbor_in {
    const uint8_t *at, *end;
} cbor_in;

static inline uint64_t cbor_number(cbor_in *in, unsigned info)
{
    if (info < 24) {
        return info;
    }
    MR_ASSERT(info <= 27);
    uint64_t value = 0;
    for (size_t i = (size_t)1 << (info - 24); i > 0; i--) {
        MR_ASSERT(in->at < in->end);
        value = value << 8 | *in->at++;
    }
    return value;
}

static inline char *cbor_text(cbor_in *in, unsigned info)
{
    const size_t len = (size_t)cbor_number(in, info);
    MR_ASSERT(len <= (size_t)(in->end - in->at));
    char *text = mr_strndup((const char *)in->at, len);
    in->at += len;
    return text;
}

static inline cJSON *cbor_blob(cbor_in *in, unsigned info)
{
    const size_t len = (size_t)cbor_number(in, info);
    MR_ASSERT(len <= (size_t)(in->end - in->at));
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_base64_encode(&text, mr_bytes_make(in->at, len));
    in->at += len;
    cJSON *json = cJSON_CreateString(mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return json;
}

static inline bool cbor_at_break(cbor_in *in)
{
    MR_ASSERT(in->at < in->end);
    if (*in->at != 0xff) {
        return false;
    }
    in->at++;
    return true;
}

static inline cJSON *cbor_read(cbor_in *in)
{
    MR_ASSERT(in->at < in->end);
    const unsigned major = *in->at >> 5, info = *in->at & 31;
    in->at++;
    cJSON *json;
    switch (major) {
    case 0:
        return cJSON_CreateNumber((double)cbor_number(in, info));
    case 2:
        return cbor_blob(in, info);
    case 3: {
        char *text = cbor_text(in, info);
        json = cJSON_CreateString(text);
        mr_free(text);
        return json;
    }
    case 4:
        MR_ASSERT(info == 31);
        json = cJSON_CreateArray();
        while (!cbor_at_break(in)) {
            cJSON_AddItemToArray(json, cbor_read(in));
        }
        return json;
    case 5:
        MR_ASSERT(info == 31 || info == 0); /* 0: the initial response of an event stream */
        json = cJSON_CreateObject();
        while (info == 31 && !cbor_at_break(in)) {
            cJSON *key = cbor_read(in);
            cJSON_AddItemToObject(json, key->valuestring, cbor_read(in));
            cJSON_Delete(key);
        }
        return json;
    case 6: /* a time: tag 1 and an integer of milliseconds */
        MR_ASSERT(info == 1 && *in->at >> 5 == 0);
        json = cbor_read(in);
        cJSON_SetNumberValue(json, json->valuedouble / 1000);
        return json;
    default:
        MR_ASSERT(major == 7 && (info == 20 || info == 21));
        return cJSON_CreateBool(info == 21);
    }
}

/* Owned by the caller. The whole of bytes is one value. */
static inline cJSON *json_of_cbor(mr_bytes bytes)
{
    cbor_in in = {(const uint8_t *)bytes.at, (const uint8_t *)bytes.at + bytes.len};
    cJSON *json = cbor_read(&in);
    MR_ASSERT(in.at == in.end);
    return json;
}

#endif
