/* record_view.c - see record_view.h. */
#include "src/web/record_view.h"

#include "sim/base/base64.h"
#include "sim/format/json_text.h"
#include "sim/store/compress.h"
#include "sim/stream/kpl_record.h"

#define EXPANDED_BYTES_MAX      ((size_t)MR_MIB)
#define PARTITION_KEY_BYTES_MAX 1024

const char *mr_record_kind_name(mr_record_kind kind)
{
    static const char *const names[] = {[MR_RECORD_JSON] = "json",
                                        [MR_RECORD_TEXT] = "text",
                                        [MR_RECORD_GZIP] = "gzip",
                                        [MR_RECORD_BINARY] = "binary",
                                        [MR_RECORD_AGGREGATED] = "aggregated"};
    return names[kind];
}

/* ---- what the bytes are ---- */

static bool is_text(mr_bytes data)
{
    for (size_t i = 0; i < data.len; i++) {
        const unsigned char c = (unsigned char)data.at[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
            return false;
        }
    }
    return mr_bytes_is_utf8(data);
}

/* Of text that may be JSON: brackets in strings are none. */
static bool is_shallow(mr_bytes text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len && depth <= MR_RECORD_VIEW_DEPTH_MAX; i++) {
        const char c = text.at[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return depth <= MR_RECORD_VIEW_DEPTH_MAX;
}

/* The object or array that the text is, without the blanks around it; at NULL: it is none. */
static mr_bytes json_of(mr_bytes text)
{
    const mr_bytes none = {NULL, 0};
    if (text.len == 0) {
        return none;
    }
    const char *end = text.at + text.len;
    const char *begin = mr_json_skip_blanks(text.at, end);
    if (begin == end || (*begin != '{' && *begin != '[') || !is_shallow(text)) {
        return none;
    }
    mr_field field;
    const char *after = mr_json_value_after(begin, end, &field);
    if (after == NULL || mr_json_skip_blanks(after, end) != end) {
        return none;
    }
    return mr_bytes_make(begin, (size_t)(after - begin));
}

/* MR_OK: out has what it expands to; MR_TOO_LARGE: gzip, but of more than is looked at. */
static mr_code expand(mr_bytes data, mr_strbuf *out)
{
    mr_error err;
    return mr_bytes_starts_with(data, mr_bytes_of("\x1f\x8b\x08")) ? mr_gunzip(data, out, &err)
                                                                   : MR_BAD_INPUT;
}

static mr_record_kind kind_of_text(mr_bytes data)
{
    if (!is_text(data)) {
        return MR_RECORD_BINARY;
    }
    return json_of(data).at != NULL ? MR_RECORD_JSON : MR_RECORD_TEXT;
}

mr_record_kind mr_record_kind_of(mr_bytes data)
{
    const mr_record_view record = {.data = data};
    mr_kpl_reader *reader = mr_kpl_reader_new();
    const mr_kpl_verdict verdict = mr_kpl_reader_open(reader, &record);
    mr_kpl_reader_free(reader);
    if (verdict == MR_KPL_AGGREGATED) {
        return MR_RECORD_AGGREGATED;
    }
    mr_strbuf expanded = mr_strbuf_make(EXPANDED_BYTES_MAX);
    const mr_code code = expand(data, &expanded);
    mr_strbuf_deinit(&expanded);
    return code == MR_OK || code == MR_TOO_LARGE ? MR_RECORD_GZIP : kind_of_text(data);
}

/* ---- writing ---- */

/* The first bytes of a text, at most so many, whole characters. */
static mr_bytes cut_text(mr_bytes text, size_t most)
{
    if (text.len <= most) {
        return text;
    }
    size_t len = most;
    while (len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80) {
        len--;
    }
    return mr_bytes_make(text.at, len);
}

static void write_base64(mr_json *json, const char *key, mr_bytes data)
{
    mr_strbuf encoded = mr_strbuf_make(mr_base64_encoded_size(data.len));
    mr_base64_encode(&encoded, data);
    mr_json_field_bytes(json, key, mr_strbuf_bytes(&encoded));
    mr_strbuf_deinit(&encoded);
}

/* NULL: the bytes are no text. */
static void write_text(mr_json *json, mr_bytes data, size_t most)
{
    mr_json_key(json, "text");
    if (is_text(data)) {
        mr_json_string(json, cut_text(data, most));
    } else {
        mr_json_null(json);
    }
}

static void write_text_and_json(mr_json *json, mr_bytes data)
{
    write_text(json, data, MR_RECORD_VIEW_BYTES_MAX);
    const mr_bytes value = is_text(data) ? json_of(data) : (mr_bytes){NULL, 0};
    mr_json_key(json, "json");
    if (value.at != NULL && value.len <= MR_RECORD_VIEW_BYTES_MAX) {
        mr_json_raw(json, value);
    } else {
        mr_json_null(json);
    }
}

static void write_nulls(mr_json *json)
{
    static const char *const keys[] = {"text", "json"};
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        mr_json_key(json, keys[i]);
        mr_json_null(json);
    }
}

static void write_expanded(mr_json *json, mr_bytes data)
{
    mr_strbuf expanded = mr_strbuf_make(EXPANDED_BYTES_MAX);
    if (expand(data, &expanded) == MR_OK) {
        write_text_and_json(json, mr_strbuf_bytes(&expanded));
    } else {
        write_nulls(json); /* it expands past what is looked at */
    }
    mr_strbuf_deinit(&expanded);
}

/* left: how many bytes of data and keys may still be shown. */
static void write_sub(mr_json *json, const mr_kpl_user_record *sub, size_t *left)
{
    const mr_bytes key = cut_text(sub->partition_key, PARTITION_KEY_BYTES_MAX);
    const mr_bytes data = mr_bytes_make(sub->data.at, mr_min_size(sub->data.len, *left));
    mr_json_object_begin(json);
    mr_json_field_bytes(json, "partition_key", key);
    write_text(json, sub->data, *left);
    write_base64(json, "data", data);
    mr_json_field_int(json, "bytes", (int64_t)sub->data.len);
    mr_json_object_end(json);
    *left -= mr_min_size(data.len + key.len, *left);
}

static void write_subs(mr_json *json, mr_bytes data)
{
    const mr_record_view record = {.data = data};
    size_t left = MR_RECORD_VIEW_BYTES_MAX;
    mr_kpl_reader *reader = mr_kpl_reader_new();
    const mr_kpl_verdict verdict = mr_kpl_reader_open(reader, &record);
    MR_ASSERT(verdict == MR_KPL_AGGREGATED);
    const size_t count = mr_kpl_reader_left(reader);
    mr_kpl_user_record sub;
    mr_json_key(json, "sub_records");
    mr_json_array_begin(json);
    for (size_t i = 0; i < MR_RECORD_VIEW_SUBS_MAX && left > 0 && mr_kpl_reader_next(reader, &sub);
         i++) {
        write_sub(json, &sub, &left);
    }
    mr_json_array_end(json);
    mr_json_field_int(json, "sub_record_count", (int64_t)count);
    mr_kpl_reader_free(reader);
}

static void write_no_subs(mr_json *json)
{
    mr_json_key(json, "sub_records");
    mr_json_null(json);
    mr_json_field_int(json, "sub_record_count", 0);
}

void mr_record_view_write_data(mr_json *json, mr_bytes data, bool decode)
{
    const mr_bytes shown = mr_bytes_make(data.at, mr_min_size(data.len, MR_RECORD_VIEW_BYTES_MAX));
    const mr_record_kind kind = mr_record_kind_of(data);
    mr_json_field_int(json, "bytes", (int64_t)data.len);
    write_base64(json, "data", shown);
    mr_json_field_bool(json, "truncated", shown.len < data.len);
    mr_json_field_string(json, "kind", mr_record_kind_name(kind));
    if (decode && kind == MR_RECORD_GZIP) {
        write_expanded(json, data);
    } else if (decode && (kind == MR_RECORD_JSON || kind == MR_RECORD_TEXT)) {
        write_text_and_json(json, data);
    } else {
        write_nulls(json);
    }
    if (decode && kind == MR_RECORD_AGGREGATED) {
        write_subs(json, data);
    } else {
        write_no_subs(json);
    }
}

void mr_record_view_write(mr_json *json, const mr_shard *shard, const mr_record_view *record,
                          bool decode)
{
    char sequence[MR_SEQUENCE_SIZE];
    char hash[MR_HASH_KEY_SIZE];
    mr_shard_sequence(shard, record->number, record->arrival_us, sequence);
    mr_hash_key_format(mr_hash_key_of(record->partition_key), hash);
    mr_json_object_begin(json);
    mr_json_field_int(json, "number", (int64_t)record->number);
    mr_json_field_string(json, "sequence", sequence);
    mr_json_field_bytes(json, "partition_key", record->partition_key);
    mr_json_field_string(json, "hash", hash);
    mr_json_field_int(json, "arrival_us", record->arrival_us);
    mr_record_view_write_data(json, record->data, decode);
    mr_json_object_end(json);
}
