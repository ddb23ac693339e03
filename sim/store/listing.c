/* listing.c - reading the store: listings, heads, totals, the manifest. The files are walked, and
 * the database is asked what it knows of each. */
#include "sim/base/alloc.h"
#include "sim/store/key_path.h"
#include "sim/store/store_private.h"

#include <stdlib.h>

#define READ_BYTES MR_MIB

static mr_code no_bucket(const char *bucket, mr_error *err)
{
    return mr_error_set(err, MR_BUCKET_NOT_FOUND, "The specified bucket does not exist: %.100s",
                        bucket);
}

/* ---- what is known of a file ---- */

static mr_code hash_file(const mr_store *store, const char *path, char etag[33], mr_error *err)
{
    mr_file_system *fs = store->fs;
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_READ, &file, err);
    if (code != MR_OK) {
        return code;
    }
    mr_digest *md5 = mr_digest_new_md5();
    char *bytes = mr_alloc(READ_BYTES);
    uint64_t offset = 0;
    size_t got;
    do {
        got = 0;
        code = fs->read_at(fs, file, bytes, READ_BYTES, offset, &got, err);
        mr_digest_update(md5, bytes, got);
        offset += got;
    } while (code == MR_OK && got == READ_BYTES);

    uint8_t sum[32];
    size_t size = mr_digest_finish(md5, sum);
    mr_hex(sum, size, etag);
    mr_digest_free(md5);
    mr_free(bytes);
    fs->close(fs, file);
    return code;
}

/* Fills object from its file, and from its row when that fits the file. */
static mr_code describe(mr_store *store, const char *bucket, const char *key,
                        const mr_file_info *info, mr_object *object, mr_error *err)
{
    *object =
        (mr_object){.key = key, .size_bytes = info->size_bytes, .modified_us = info->modified_us};

    mr_stmt *stmt = mr_db_stmt(store->db, "SELECT size_bytes, etag, modified_us FROM objects "
                                          "WHERE bucket = ?1 AND key = ?2");
    mr_stmt_bind_text(stmt, 1, bucket);
    mr_stmt_bind_text(stmt, 2, key);
    bool row = false;
    mr_code code = mr_stmt_step(store->db, stmt, &row, err);
    if (code == MR_OK && row && (uint64_t)mr_stmt_int(stmt, 0) == info->size_bytes &&
        strlen(mr_stmt_text(stmt, 1)) < sizeof object->etag) {
        memcpy(object->etag, mr_stmt_text(stmt, 1), strlen(mr_stmt_text(stmt, 1)) + 1);
        object->modified_us = mr_stmt_int(stmt, 2);
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_store_head(mr_store *store, const char *bucket, const char *key, mr_object *out,
                      mr_error *err)
{
    MR_ASSERT(store != NULL && bucket != NULL && key != NULL && out != NULL);

    if (!mr_store_has_bucket(store, bucket)) {
        return no_bucket(bucket, err);
    }
    mr_file_info info;
    char *path = store_find_file(store, bucket, key, &info);
    if (path == NULL) {
        return mr_error_set(err, MR_OBJECT_NOT_FOUND,
                            "The specified key does not exist: s3://%s/%.300s", bucket, key);
    }
    mr_code code = describe(store, bucket, key, &info, out, err);
    if (code == MR_OK && out->etag[0] == '\0') {
        code = hash_file(store, path, out->etag, err);
    }
    mr_free(path);
    return code;
}

mr_code mr_store_content(mr_store *store, const char *bucket, const char *key, char **type,
                         char **encoding, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(store->db, "SELECT content_type, content_encoding FROM objects "
                                          "WHERE bucket = ?1 AND key = ?2");
    mr_stmt_bind_text(stmt, 1, bucket);
    mr_stmt_bind_text(stmt, 2, key);
    bool row = false;
    const mr_code code = mr_stmt_step(store->db, stmt, &row, err);
    const char *has_type = code == MR_OK && row ? mr_stmt_text(stmt, 0) : NULL;
    *type = mr_strdup(has_type == NULL ? "application/octet-stream" : has_type);
    *encoding = mr_strdup(code == MR_OK && row ? mr_stmt_text(stmt, 1) : NULL);
    mr_stmt_done(stmt);
    return code;
}

/* ---- walking ---- */

typedef struct entry {
    size_t key_at; /* in the walk's keys */
    size_t key_len;
    int rank; /* of store_key_of_path(): which file of a key is meant when there are two */
    mr_file_info info;
    const char *key; /* set when all keys are there */
} entry;

typedef struct walk {
    mr_store *store;
    const char *bucket;
    const char *top; /* its path */
    mr_bytes prefix;
    mr_strbuf keys; /* each with a NUL after it */
    entry *entries;
    size_t count, capacity;
} walk;

typedef struct child {
    char *name; /* owned */
    mr_file_info info;
} child;

typedef struct children {
    child *items;
    size_t count, capacity;
} children;

/* What no object can be is passed over: see is_file() in object_file.c. */
static bool collect_child(const char *name, const mr_file_info *info, void *context)
{
    children *found = context;
    if (info->is_link || info->is_special) {
        return true;
    }
    MR_GROW(found->items, found->count, found->capacity);
    found->items[found->count++] = (child){mr_strdup(name), *info};
    return true;
}

static void add_file(walk *w, mr_bytes path, const mr_file_info *info)
{
    size_t start = w->keys.len;
    int rank = store_key_of_path(path, &w->keys);
    size_t len = w->keys.len - start;

    if (!mr_bytes_starts_with(mr_bytes_make(w->keys.at + start, len), w->prefix)) {
        w->keys.len = start;
        w->keys.at[start] = '\0';
        return;
    }
    mr_strbuf_append_char(&w->keys, '\0');
    MR_GROW(w->entries, w->count, w->capacity);
    w->entries[w->count++] = (entry){.key_at = start, .key_len = len, .rank = rank, .info = *info};
}

/* Whether keys below the folder `name` can begin with what the prefix has after the folders that
 * were entered. A name that is not one segment of a key by itself is looked into. */
static bool may_hold_prefix(const char *name, mr_bytes rest)
{
    mr_strbuf segment = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool may = true;

    if (store_key_of_path(mr_bytes_of(name), &segment) == 0) {
        mr_strbuf_append_char(&segment, '/');
        size_t len = mr_min_size(segment.len, rest.len);
        may = len == 0 || memcmp(segment.at, rest.at, len) == 0;
    }
    mr_strbuf_deinit(&segment);
    return may;
}

/* Collects the files below the folder at `path` (relative; "": the bucket). rest: what the names
 * in it must begin with; asked of this level alone, the ones below are checked by their keys. */
static mr_code walk_folder(walk *w, mr_strbuf *path, mr_bytes rest, mr_error *err)
{
    mr_file_system *fs = w->store->fs;
    children found = {NULL, 0, 0};
    size_t len = path->len;
    char *folder = len == 0 ? mr_strdup(w->top) : mr_format("%s/%s", w->top, path->at);
    mr_code code = fs->list(fs, folder, collect_child, &found, err);

    mr_free(folder);
    for (size_t i = 0; i < found.count; i++) {
        const child *at = &found.items[i];
        bool wanted = code == MR_OK && (!at->info.is_directory || may_hold_prefix(at->name, rest));
        if (wanted) {
            mr_strbuf_append_text(path, len == 0 ? "" : "/");
            mr_strbuf_append_text(path, at->name);
            if (at->info.is_directory) {
                code = walk_folder(w, path, (mr_bytes){NULL, 0}, err);
            } else {
                add_file(w, mr_strbuf_bytes(path), &at->info);
            }
            path->len = len;
            path->at[len] = '\0';
        }
        mr_free(at->name);
    }
    mr_free(found.items);
    return code;
}

static mr_code walk_from(walk *w, mr_bytes folder, mr_bytes rest, mr_error *err)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_bytes(&path, folder);
    char *whole = mr_format("%s/%s", w->top, mr_strbuf_text(&path));
    mr_file_info info;
    mr_code code = MR_OK;

    char *link = store_find_link(w->store, w->bucket, whole);
    if (link == NULL && w->store->fs->stat(w->store->fs, whole, &info, NULL) == MR_OK &&
        info.is_directory) {
        code = walk_folder(w, &path, rest, err);
    }
    mr_free(link);
    mr_free(whole);
    mr_strbuf_deinit(&path);
    return code;
}

/* Whether the path is one that leads down from the bucket, name by name. */
static bool leads_down(mr_bytes path)
{
    while (path.len > 0) {
        size_t len = mr_bytes_find(path, '/');
        mr_bytes name = {path.at, len};
        bool ends_in_slash = len + 1 == path.len;
        if (len == 0 || ends_in_slash || mr_bytes_is(name, ".") || mr_bytes_is(name, "..")) {
            return false;
        }
        size_t used = mr_min_size(len + 1, path.len);
        path = mr_bytes_make(path.at + used, path.len - used);
    }
    return true;
}

/* Enters the folders that the prefix names in full, as a key spells them and as they stand. */
static mr_code walk_prefix(walk *w, mr_error *err)
{
    size_t folders = w->prefix.len;

    while (folders > 0 && w->prefix.at[folders - 1] != '/') {
        folders--;
    }
    mr_bytes rest = {w->prefix.at + folders, w->prefix.len - folders};
    if (folders == 0) {
        return walk_from(w, (mr_bytes){NULL, 0}, rest, err);
    }
    mr_bytes plain = {w->prefix.at, folders - 1};
    mr_strbuf spelled = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (plain.len == 0) {
        mr_strbuf_append_char(&spelled, '%'); /* the empty segment before a leading '/' */
    } else {
        mr_key_to_path(&spelled, plain);
    }
    mr_code code = walk_from(w, mr_strbuf_bytes(&spelled), rest, err);
    if (code == MR_OK && plain.len > 0 && leads_down(plain) &&
        !mr_bytes_equal(plain, mr_strbuf_bytes(&spelled))) {
        code = walk_from(w, plain, rest, err);
    }
    mr_strbuf_deinit(&spelled);
    return code;
}

static int by_key(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;
    int order =
        mr_bytes_compare(mr_bytes_make(a->key, a->key_len), mr_bytes_make(b->key, b->key_len));
    return order != 0 ? order : a->rank - b->rank;
}

/* Sorts, and of two files with one key keeps the one that a head finds first. */
static void settle(walk *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->count; i++) {
        w->entries[i].key = w->keys.at + w->entries[i].key_at;
    }
    if (w->count > 1) {
        qsort(w->entries, w->count, sizeof *w->entries, by_key);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (kept == 0 || strcmp(w->entries[kept - 1].key, w->entries[i].key) != 0) {
            w->entries[kept++] = w->entries[i];
        }
    }
    w->count = kept;
}

static void walk_free(walk *w)
{
    mr_strbuf_deinit(&w->keys);
    mr_free(w->entries);
}

static mr_code collect(mr_store *store, const char *bucket, const char *prefix, walk *w,
                       mr_error *err)
{
    *w = (walk){.store = store,
                .bucket = bucket,
                .prefix = mr_bytes_of(prefix),
                .keys = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    if (!mr_store_has_bucket(store, bucket)) {
        return no_bucket(bucket, err);
    }
    char *top = store_bucket_path(store, bucket);
    w->top = top;
    mr_code code = walk_prefix(w, err);
    mr_free(top);
    w->top = NULL;
    if (code == MR_OK) {
        settle(w);
    }
    return code;
}

/* ---- answers ---- */

mr_code mr_store_list(mr_store *store, const char *bucket, const char *prefix, mr_object_fn fn,
                      void *context, mr_error *err)
{
    MR_ASSERT(store != NULL && bucket != NULL && fn != NULL);

    walk w;
    mr_code code = collect(store, bucket, prefix, &w, err);
    for (size_t i = 0; code == MR_OK && i < w.count; i++) {
        mr_object object;
        code = describe(store, bucket, w.entries[i].key, &w.entries[i].info, &object, err);
        if (code == MR_OK && !fn(context, &object)) {
            break;
        }
    }
    walk_free(&w);
    return code;
}

mr_code mr_store_totals(mr_store *store, const char *bucket, uint64_t *objects, uint64_t *bytes,
                        mr_error *err)
{
    walk w;
    mr_code code = collect(store, bucket, "", &w, err);

    *objects = 0;
    *bytes = 0;
    for (size_t i = 0; code == MR_OK && i < w.count; i++) {
        *objects += 1;
        *bytes += w.entries[i].info.size_bytes;
    }
    walk_free(&w);
    return code;
}

static void append_escaped(mr_strbuf *out, const char *key)
{
    for (const char *at = key; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte < 0x20 || byte == 0x7F || byte == '%') {
            mr_strbuf_appendf(out, "%%%02X", byte);
        } else {
            mr_strbuf_append_char(out, *at);
        }
    }
}

typedef struct manifest {
    mr_store *store;
    const char *bucket;
    mr_strbuf *out;
    mr_code code;
    mr_error *err;
} manifest;

static bool append_object(void *context, const mr_object *object)
{
    manifest *m = context;
    mr_object known = *object;

    if (known.etag[0] == '\0') {
        m->code = mr_store_head(m->store, m->bucket, object->key, &known, m->err);
    }
    mr_strbuf_append_text(m->out, m->bucket);
    mr_strbuf_append_char(m->out, '\t');
    append_escaped(m->out, object->key);
    mr_strbuf_appendf(m->out, "\t%llu\t%s\n", (unsigned long long)object->size_bytes, known.etag);
    return m->code == MR_OK;
}

mr_code mr_store_manifest(mr_store *store, mr_strbuf *out, mr_error *err)
{
    char **buckets = mr_store_buckets(store);
    manifest m = {.store = store, .out = out, .code = MR_OK, .err = err};

    for (size_t i = 0; buckets[i] != NULL; i++) {
        m.bucket = buckets[i];
        if (m.code == MR_OK) {
            mr_code code = mr_store_list(store, m.bucket, "", append_object, &m, err);
            m.code = m.code == MR_OK ? code : m.code;
        }
        mr_free(buckets[i]);
    }
    mr_free(buckets);
    return m.code;
}
