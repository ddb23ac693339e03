/* routes_objects.c - what the buckets hold: to list, to look into, to take away. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/web/object_download.h"
#include "src/web/object_view.h"
#include "src/web/web_private.h"

#include <string.h>

#define BODY_BYTES_MAX (16 * (size_t)MR_MIB)

/* ---- buckets ---- */

static void get_buckets(mr_web_call *call)
{
    char **buckets = mr_store_buckets(mr_sim_store(call->web->sim));
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_key(&json, "buckets");
    mr_json_array_begin(&json);
    for (size_t i = 0; buckets[i] != NULL; i++) {
        const mr_bucket_counts counts = mr_live_bucket(call->web->counts, buckets[i]);
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "name", buckets[i]);
        mr_json_key(&json, "objects");
        mr_json_uint(&json, counts.objects);
        mr_json_key(&json, "bytes");
        mr_json_uint(&json, counts.bytes);
        mr_json_object_end(&json);
        mr_free(buckets[i]);
    }
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
    mr_free(buckets);
}

/* ---- a listing ---- */

/* Objects and common prefixes as they come, in byte order. */
typedef struct listing {
    mr_bytes prefix, delimiter;
    const char *after; /* an object's key, or a common prefix with all below it; NULL: none */
    size_t limit, count;
    mr_strbuf prefixes, objects; /* JSON, without the brackets */
    char *last;                  /* item listed; owned */
    bool last_is_prefix, more;
} listing;

static size_t find_in(mr_bytes text, mr_bytes piece)
{
    if (text.at == NULL || piece.len == 0) {
        return text.len;
    }
    const char *at = memmem(text.at, text.len, piece.at, piece.len);
    return at == NULL ? text.len : (size_t)(at - text.at);
}

/* How much of the key is a common prefix, delimiter and all; 0: it is listed itself. */
static size_t common_length(const listing *l, mr_bytes key)
{
    const mr_bytes rest = mr_bytes_make(key.at + l->prefix.len, key.len - l->prefix.len);
    const size_t at = find_in(rest, l->delimiter);
    return at == rest.len ? 0 : l->prefix.len + at + l->delimiter.len;
}

static bool is_listed_already(const listing *l, mr_bytes key)
{
    const mr_bytes last = mr_bytes_of(l->last == NULL ? "" : l->last);
    return l->last_is_prefix && mr_bytes_starts_with(key, last);
}

/* Behind `after`, and not below it where it is a common prefix. */
static bool is_behind(const listing *l, mr_bytes key)
{
    if (l->after == NULL) {
        return true;
    }
    const mr_bytes after = mr_bytes_of(l->after);
    const bool is_below = l->delimiter.len > 0 && mr_bytes_ends_with(after, l->delimiter) &&
                          mr_bytes_starts_with(key, after);
    return !is_below && mr_bytes_compare(key, after) > 0;
}

static void append_object(listing *l, const mr_object *object)
{
    mr_strbuf_append_text(&l->objects, l->objects.len == 0 ? "" : ",");
    mr_json json = mr_json_make(&l->objects);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "key", object->key);
    mr_json_key(&json, "bytes");
    mr_json_uint(&json, object->size_bytes);
    mr_json_field_int(&json, "modified_us", object->modified_us);
    mr_json_field_string(&json, "etag", object->etag);
    mr_json_object_end(&json);
}

static bool on_object(void *context, const mr_object *object)
{
    listing *l = context;
    const mr_bytes key = mr_bytes_of(object->key);
    if (!is_behind(l, key) || is_listed_already(l, key)) {
        return true;
    }
    if (l->count == l->limit) {
        l->more = true;
        return false;
    }
    l->count++;
    const size_t common = common_length(l, key);
    mr_free(l->last);
    l->last = mr_strndup(key.at, common == 0 ? key.len : common);
    l->last_is_prefix = common > 0;
    if (common == 0) {
        append_object(l, object);
    } else {
        mr_strbuf_append_text(&l->prefixes, l->prefixes.len == 0 ? "" : ",");
        mr_json_append_string(&l->prefixes, mr_bytes_of(l->last));
    }
    return true;
}

static void write_listing(const listing *l, mr_strbuf *out)
{
    mr_strbuf_append_text(out, "{\"prefixes\":[");
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&l->prefixes));
    mr_strbuf_append_text(out, "],\"objects\":[");
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&l->objects));
    mr_strbuf_append_text(out, "],\"next\":");
    if (l->more) {
        mr_json_append_string(out, mr_bytes_of(l->last));
    } else {
        mr_strbuf_append_text(out, "null");
    }
    mr_strbuf_append_char(out, '}');
}

mr_code mr_web_write_objects(const mr_web *web, const mr_web_listing *wanted, mr_strbuf *out,
                             mr_error *err)
{
    listing l = {.prefix = mr_bytes_of(wanted->prefix),
                 .delimiter = mr_bytes_of(wanted->delimiter),
                 .after = wanted->after,
                 .limit = wanted->limit,
                 .prefixes = mr_strbuf_make(BODY_BYTES_MAX / 2),
                 .objects = mr_strbuf_make(BODY_BYTES_MAX / 2)};
    const mr_code code =
        mr_store_list(mr_sim_store(web->sim), wanted->bucket, wanted->prefix, on_object, &l, err);
    if (code == MR_OK) {
        write_listing(&l, out);
    }
    mr_free(l.last);
    mr_strbuf_deinit(&l.prefixes);
    mr_strbuf_deinit(&l.objects);
    return code;
}

static void get_objects(mr_web_call *call)
{
    const mr_web_listing wanted = {.bucket = mr_web_text(call, "bucket"),
                                   .prefix = mr_web_text(call, "prefix"),
                                   .delimiter = mr_web_text(call, "delimiter"),
                                   .after = mr_web_text(call, "after"),
                                   .limit = (size_t)mr_web_integer(call, "limit")};
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_error err;
    const mr_code code = mr_web_write_objects(call->web, &wanted, &body, &err);
    if (code == MR_OK) {
        mr_web_send_json(call->request, 200, &body);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
    mr_strbuf_deinit(&body);
}

/* ---- one object ---- */

/* The object of the parameters; false: it is not there, and that has been said. */
static bool find_object(mr_web_call *call, mr_object *out)
{
    mr_error err;
    const mr_code code = mr_store_head(mr_sim_store(call->web->sim), mr_web_text(call, "bucket"),
                                       mr_web_text(call, "key"), out, &err);
    if (code != MR_OK) {
        mr_web_fail_code(call->request, code, &err);
    }
    return code == MR_OK;
}

static void write_object(mr_json *json, const char *bucket, const mr_object *object,
                         const char *type, const char *encoding)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "bucket", bucket);
    mr_json_field_string(json, "key", object->key);
    mr_json_key(json, "bytes");
    mr_json_uint(json, object->size_bytes);
    mr_json_field_int(json, "modified_us", object->modified_us);
    mr_json_field_string(json, "etag", object->etag);
    mr_json_field_string(json, "content_type", type);
    mr_json_field_string(json, "content_encoding", encoding);
    mr_json_object_end(json);
}

mr_code mr_web_write_object(const mr_web *web, const char *bucket, const char *key, mr_json *json,
                            mr_error *err)
{
    mr_store *store = mr_sim_store(web->sim);
    mr_object object;
    char *type = NULL, *encoding = NULL;
    mr_code code = mr_store_head(store, bucket, key, &object, err);
    if (code == MR_OK) {
        code = mr_store_content(store, bucket, key, &type, &encoding, err);
    }
    if (code == MR_OK) {
        write_object(json, bucket, &object, type, encoding);
    }
    mr_free(type);
    mr_free(encoding);
    return code;
}

static void get_object(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_error err;
    const mr_code code = mr_web_write_object(call->web, mr_web_text(call, "bucket"),
                                             mr_web_text(call, "key"), &json, &err);
    if (code == MR_OK) {
        mr_web_send_json(call->request, 200, &body);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
    mr_strbuf_deinit(&body);
}

static mr_code read_beginning(mr_store *store, const char *bucket, const char *key, char *into,
                              size_t *got, mr_error *err)
{
    mr_file_system *fs = mr_store_fs(store);
    char *path = mr_store_path(store, bucket, key);
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_READ, &file, err);
    if (code == MR_OK) {
        code = fs->read_at(fs, file, into, MR_PREVIEW_READ_MAX, 0, got, err);
        fs->close(fs, file);
    }
    mr_free(path);
    return code;
}

mr_code mr_web_write_preview(const mr_web *web, const char *bucket, const char *key, size_t lines,
                             mr_json *json, mr_error *err)
{
    mr_store *store = mr_sim_store(web->sim);
    mr_object object;
    mr_code code = mr_store_head(store, bucket, key, &object, err);
    if (code != MR_OK) {
        return code;
    }
    char *beginning = mr_alloc(MR_PREVIEW_READ_MAX);
    size_t got = 0;
    code = read_beginning(store, bucket, key, beginning, &got, err);
    if (code == MR_OK) {
        const mr_object_preview_options options = {.key = key,
                                                   .bytes = mr_bytes_make(beginning, got),
                                                   .is_whole = got == object.size_bytes,
                                                   .lines_max = lines};
        mr_object_preview(&options, json);
    }
    mr_free(beginning);
    return code;
}

static void get_preview(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_error err;
    const mr_code code =
        mr_web_write_preview(call->web, mr_web_text(call, "bucket"), mr_web_text(call, "key"),
                             (size_t)mr_web_integer(call, "lines"), &json, &err);
    if (code == MR_OK) {
        mr_web_send_json(call->request, 200, &body);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
    mr_strbuf_deinit(&body);
}

/* What the browser saves it as: the key's last part. */
static const char *file_name(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash == NULL || slash[1] == '\0' ? key : slash + 1;
}

static void get_download(mr_web_call *call)
{
    mr_object object;
    if (!find_object(call, &object)) {
        return;
    }
    mr_store *store = mr_sim_store(call->web->sim);
    char *path = mr_store_path(store, mr_web_text(call, "bucket"), object.key);
    mr_error err;
    const mr_code code =
        mr_object_download(mr_store_fs(store), call->request, path, file_name(object.key),
                           object.size_bytes, mr_web_flag(call, "decode"), &err);
    if (code != MR_OK) {
        mr_web_fail_code(call->request, code, &err);
    }
    mr_free(path);
}

/* ---- the tables ---- */

#define BUCKET_PARAMETER                                                                           \
    {                                                                                              \
        .name = "bucket", .in_path = true, .type = MR_WEB_STRING, .about = "The bucket's name.",   \
        .example = "\"crime-data\""                                                                \
    }
#define KEY_PARAMETER                                                                              \
    {                                                                                              \
        .name = "key", .required = true, .type = MR_WEB_STRING, .about = "The object's key.",      \
        .example = "\"crimes/dt=2025-01-01/1\""                                                    \
    }

static const mr_web_parameter list_parameters[] = {
    BUCKET_PARAMETER,
    {.name = "prefix", .type = MR_WEB_STRING, .fallback = "", .about = "Of the keys."},
    {.name = "delimiter",
     .type = MR_WEB_STRING,
     .length_max = 16,
     .fallback = "/",
     .about = "Keys that have it behind the prefix are folded into common prefixes; empty: none."},
    {.name = "after", .type = MR_WEB_STRING, .about = "`next` of the page before."},
    {.name = "limit",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = 1000,
     .fallback = "200",
     .about = "At most so many objects and common prefixes."}};
static const mr_web_parameter object_parameters[] = {BUCKET_PARAMETER, KEY_PARAMETER};
static const mr_web_parameter preview_parameters[] = {BUCKET_PARAMETER,
                                                      KEY_PARAMETER,
                                                      {.name = "lines",
                                                       .type = MR_WEB_INTEGER,
                                                       .least = 1,
                                                       .most = MR_PREVIEW_LINES_MAX,
                                                       .fallback = "100",
                                                       .about = "At most so many."}};
static const mr_web_parameter download_parameters[] = {
    BUCKET_PARAMETER,
    KEY_PARAMETER,
    {.name = "decode",
     .type = MR_WEB_BOOLEAN,
     .fallback = "false",
     .about = "Whether gzip is unpacked on the way."}};

static const mr_web_field bucket_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "Of the bucket."},
    {.name = "objects", .type = MR_WEB_INTEGER, .about = "How many it holds."},
    {.name = "bytes", .type = MR_WEB_INTEGER, .about = "Their size."}};
static const mr_web_shape bucket_shape = MR_WEB_SHAPE("Bucket", "A bucket.", bucket_fields);
static const mr_web_field buckets_fields[] = {{.name = "buckets",
                                               .type = MR_WEB_ARRAY,
                                               .item = MR_WEB_OBJECT,
                                               .shape = &bucket_shape,
                                               .about = "In byte order of names."}};
static const mr_web_shape buckets_shape = MR_WEB_SHAPE("Buckets", "All buckets.", buckets_fields);

#define OBJECT_FIELDS                                                                              \
    {.name = "key", .type = MR_WEB_STRING, .about = "Its key."},                                   \
        {.name = "bytes", .type = MR_WEB_INTEGER, .about = "Its size as it lies there."},          \
        {.name = "modified_us",                                                                    \
         .type = MR_WEB_INTEGER,                                                                   \
         .about = "When it was put, in microseconds of the world's time of day."},                 \
    {                                                                                              \
        .name = "etag", .type = MR_WEB_STRING,                                                     \
        .about = "MD5 in hex; empty in a listing where nobody has asked for it yet."               \
    }

static const mr_web_field listed_fields[] = {OBJECT_FIELDS};
static const mr_web_shape listed_shape =
    MR_WEB_SHAPE("ListedObject", "An object in a listing.", listed_fields);
static const mr_web_field objects_fields[] = {
    {.name = "prefixes",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "Common prefixes, up to the delimiter."},
    {.name = "objects",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &listed_shape,
     .about = "In byte order of keys."},
    {.name = "next",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "What `after` is for the next page; null: there is none."}};
static const mr_web_shape objects_shape =
    MR_WEB_SHAPE("Objects", "A page of a bucket.", objects_fields);

static const mr_web_field object_fields[] = {
    {.name = "bucket", .type = MR_WEB_STRING, .about = "Where it is."},
    OBJECT_FIELDS,
    {.name = "content_type", .type = MR_WEB_STRING, .about = "As it was put."},
    {.name = "content_encoding",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "As it was put, such as gzip; null: none."}};
static const mr_web_shape object_shape = MR_WEB_SHAPE("Object", "An object.", object_fields);

static const char *const kinds[] = {"jsonl", "csv", "text", "binary", NULL};
static const char *const compressions[] = {"none", "gzip", NULL};
static const mr_web_field preview_fields[] = {
    {.name = "kind", .type = MR_WEB_STRING, .words = kinds, .about = "What it looks like."},
    {.name = "compression",
     .type = MR_WEB_STRING,
     .words = compressions,
     .about = "What was unpacked for the preview."},
    {.name = "lines",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .nullable = true,
     .about = "Of jsonl and text."},
    {.name = "columns",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .nullable = true,
     .about = "Of csv: its first line."},
    {.name = "rows",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_ARRAY,
     .nullable = true,
     .about = "Of csv: the lines behind it, each an array of texts."},
    {.name = "hex",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "Of binary: its first bytes, two digits each."},
    {.name = "truncated", .type = MR_WEB_BOOLEAN, .about = "There is more of it."}};
static const mr_web_shape preview_shape =
    MR_WEB_SHAPE("Preview", "The beginning of an object.", preview_fields);

static const mr_web_failure bucket_not_found = {"bucket-not-found", 404,
                                                "There is no such bucket."};
static const mr_web_failure object_not_found = {"object-not-found", 404,
                                                "The bucket has no object of this key."};
static const mr_web_failure *const list_failures[] = {&bucket_not_found, NULL};
static const mr_web_failure *const object_failures[] = {&bucket_not_found, &object_not_found, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/buckets",
     .tag = "Objects",
     .summary = "All buckets",
     .guard = MR_WEB_OWN_HOST,
     .answer = &buckets_shape,
     .handle = get_buckets},
    {.method = "GET",
     .path = "/_millrace/api/buckets/{bucket}/objects",
     .tag = "Objects",
     .summary = "A page of a bucket, as a folder",
     .guard = MR_WEB_OWN_HOST,
     .parameters = list_parameters,
     .parameter_count = MR_COUNT(list_parameters),
     .answer = &objects_shape,
     .failures = list_failures,
     .handle = get_objects},
    {.method = "GET",
     .path = "/_millrace/api/buckets/{bucket}/object",
     .tag = "Objects",
     .summary = "What is known of an object",
     .guard = MR_WEB_OWN_HOST,
     .parameters = object_parameters,
     .parameter_count = MR_COUNT(object_parameters),
     .answer = &object_shape,
     .failures = object_failures,
     .handle = get_object},
    {.method = "GET",
     .path = "/_millrace/api/buckets/{bucket}/preview",
     .tag = "Objects",
     .summary = "The beginning of an object, for people",
     .about = "Of at most 64 KiB of it, unpacked to at most 1 MiB.",
     .guard = MR_WEB_OWN_HOST,
     .parameters = preview_parameters,
     .parameter_count = MR_COUNT(preview_parameters),
     .answer = &preview_shape,
     .failures = object_failures,
     .handle = get_preview},
    {.method = "GET",
     .path = "/_millrace/api/buckets/{bucket}/download",
     .tag = "Objects",
     .summary = "An object's bytes",
     .guard = MR_WEB_OWN_HOST,
     .parameters = download_parameters,
     .parameter_count = MR_COUNT(download_parameters),
     .answer_type = "application/octet-stream",
     .failures = object_failures,
     .handle = get_download}};

const mr_web_group mr_web_object_routes = {routes, MR_COUNT(routes)};
