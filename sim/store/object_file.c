/* object_file.c - which file is an object's, and how the way to it is made. */
#include "sim/base/alloc.h"
#include "sim/store/key_path.h"
#include "sim/store/store_private.h"

char *store_bucket_path(const mr_store *store, const char *bucket)
{
    if (mr_bucket_name_is_valid(bucket)) {
        return mr_format("%s/%s", store->directory, bucket);
    }
    /* No such bucket can be; but what asks for it must not get outside. */
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&path, store->directory);
    mr_strbuf_append_text(&path, "/%");
    if (bucket[0] != '\0') {
        mr_key_to_path(&path, mr_bytes_of(bucket));
    }
    return mr_strbuf_take(&path);
}

static char *spelled_path(const mr_store *store, const char *bucket, const char *key)
{
    char *folder = store_bucket_path(store, bucket);
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    mr_strbuf_append_text(&path, folder);
    mr_strbuf_append_char(&path, '/');
    mr_key_to_path(&path, mr_bytes_of(key[0] == '\0' ? "/" : key));
    mr_free(folder);
    return mr_strbuf_take(&path);
}

char *store_find_link(const mr_store *store, const char *bucket, const char *path)
{
    char *top = store_bucket_path(store, bucket);
    const size_t top_len = strlen(top);
    char *way = mr_strdup(path);
    bool found = false, more = true;
    mr_free(top);
    for (size_t at = top_len + 1; more && !found && at <= strlen(path); at++) {
        mr_file_info info;
        if (path[at] != '/' && path[at] != '\0') {
            continue;
        }
        way[at] = '\0';
        more = store->fs->stat(store->fs, way, &info, NULL) == MR_OK;
        found = more && info.is_link;
        if (!found) {
            way[at] = path[at];
        }
    }
    if (!found) {
        mr_free(way);
        way = NULL;
    }
    return way;
}

/* An object is a plain file of the bucket's own: what a link leads to may be anybody's, may lead
 * back into itself, and a pipe or a device may block whoever opens it. */
static bool is_file(const mr_store *store, const char *bucket, const char *path, mr_file_info *info)
{
    if (store->fs->stat(store->fs, path, info, NULL) != MR_OK || info->is_directory ||
        info->is_special) {
        return false;
    }
    char *link = store_find_link(store, bucket, path);
    mr_free(link);
    return link == NULL;
}

int store_key_of_path(mr_bytes path, mr_strbuf *key)
{
    size_t start = key->len;

    if (mr_path_to_key(key, path) && memchr(key->at + start, '\0', key->len - start) == NULL) {
        mr_strbuf spelled = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_key_to_path(&spelled, mr_bytes_make(key->at + start, key->len - start));
        bool beside = spelled.len != path.len;
        mr_strbuf_deinit(&spelled);
        return beside ? 1 : 0;
    }
    key->len = start;
    mr_strbuf_append_bytes(key, path);
    return 2;
}

/* Whether a key, read as a path, stays inside the bucket and is its own key. */
static bool is_own_path(const char *key)
{
    for (const char *at = key; *at != '\0';) {
        size_t len = strcspn(at, "/");
        mr_bytes name = {at, len};
        if (len == 0 || mr_bytes_is(name, ".") || mr_bytes_is(name, "..")) {
            return false;
        }
        at += len;
        if (*at == '/' && at[1] == '\0') {
            return false;
        }
        at += *at == '/' ? 1 : 0;
    }
    mr_strbuf again = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool own = store_key_of_path(mr_bytes_of(key), &again) == 2;
    mr_strbuf_deinit(&again);
    return own;
}

char *store_find_file(const mr_store *store, const char *bucket, const char *key,
                      mr_file_info *info)
{
    if (key[0] == '\0') {
        return NULL;
    }
    char *path = spelled_path(store, bucket, key);
    if (is_file(store, bucket, path, info)) {
        return path;
    }
    char *beside = mr_format("%s%%", path);
    mr_free(path);
    if (is_file(store, bucket, beside, info)) {
        return beside;
    }
    mr_free(beside);
    if (!is_own_path(key)) {
        return NULL;
    }
    char *folder = store_bucket_path(store, bucket);
    char *plain = mr_format("%s/%s", folder, key);
    mr_free(folder);
    if (is_file(store, bucket, plain, info)) {
        return plain;
    }
    mr_free(plain);
    return NULL;
}

char *mr_store_path(const mr_store *store, const char *bucket, const char *key)
{
    mr_file_info info;
    char *found = store_find_file(store, bucket, key, &info);
    return found != NULL ? found : spelled_path(store, bucket, key);
}

/* ---- the way to a new object ---- */

/* An object "a" is in the way of "a/b": it moves to "a%". *moved: whether one was. */
static mr_code clear_way(const mr_store *store, const char *bucket, char *folder, bool *moved,
                         mr_error *err)
{
    char *top = store_bucket_path(store, bucket);
    size_t top_len = strlen(top);
    mr_code code = MR_OK;

    mr_free(top);
    *moved = false;
    for (size_t i = top_len + 1; code == MR_OK; i++) {
        char end = folder[i];
        mr_file_info info;
        if (end != '/' && end != '\0') {
            continue;
        }
        folder[i] = '\0';
        if (is_file(store, bucket, folder, &info)) {
            char *beside = mr_format("%s%%", folder);
            code = store->fs->rename(store->fs, folder, beside, err);
            *moved = code == MR_OK;
            mr_free(beside);
        }
        folder[i] = end;
        if (end == '\0' || *moved) {
            break;
        }
    }
    return code;
}

/* What is written through a link would be no object: it is refused rather than lost. */
static mr_code refuse_link(const mr_store *store, const char *bucket, const char *folder,
                           mr_error *err)
{
    char *link = store_find_link(store, bucket, folder);
    if (link == NULL) {
        return MR_OK;
    }
    const mr_code code =
        mr_error_set(err, MR_IO,
                     "%s is a symbolic link, and no object is written through one; put a folder "
                     "there, or let the bucket's own folder be the link",
                     link);
    mr_free(link);
    return code;
}

static mr_code make_folders(const mr_store *store, const char *bucket, char *folder, mr_error *err)
{
    if (refuse_link(store, bucket, folder, err) != MR_OK) {
        return MR_IO;
    }
    mr_error first = {.code = MR_OK};
    mr_code code = store->fs->make_directories(store->fs, folder, &first);
    bool moved = false;

    if (code != MR_OK && strlen(folder) > strlen(store->directory) + 1 + strlen(bucket)) {
        code = clear_way(store, bucket, folder, &moved, err);
        if (code != MR_OK) {
            return code;
        }
        code = moved ? store->fs->make_directories(store->fs, folder, &first) : first.code;
    }
    if (code != MR_OK && err != NULL) {
        *err = first;
    }
    return code;
}

mr_code store_make_way(const mr_store *store, const char *bucket, const char *key, char **path,
                       mr_error *err)
{
    char *file = spelled_path(store, bucket, key);
    char *folder = mr_strndup(file, (size_t)(strrchr(file, '/') - file));
    mr_code code = make_folders(store, bucket, folder, err);
    mr_file_info info;

    mr_free(folder);
    if (code != MR_OK) {
        mr_free(file);
        return code;
    }
    if (store->fs->stat(store->fs, file, &info, NULL) == MR_OK && info.is_directory) {
        char *beside = mr_format("%s%%", file);
        mr_free(file);
        file = beside;
    }
    *path = file;
    return MR_OK;
}

/* ---- the rename ---- */

mr_code store_sync_folders(const mr_store *store, const char *path, mr_error *err)
{
    char *folder = mr_strdup(path);
    size_t top_len = strlen(store->directory);
    mr_code code = MR_OK;

    for (char *slash = strrchr(folder, '/');
         code == MR_OK && slash != NULL && (size_t)(slash - folder) >= top_len;
         slash = strrchr(folder, '/')) {
        *slash = '\0';
        code = store->fs->sync_directory(store->fs, folder, err);
    }
    mr_free(folder);
    return code;
}

/* The path of an object whose temporary file is gone, so it was renamed; NULL when it is not
 * there either: somebody removed it. */
static char *renamed_path(const mr_store *store, const char *bucket, const char *key)
{
    mr_file_info info;
    return store_find_file(store, bucket, key, &info);
}

mr_code store_finish_rename(const mr_store *store, const char *temporary, const char *bucket,
                            const char *key, bool *renamed, mr_error *err)
{
    mr_file_info info;
    char *path = NULL;
    mr_code code = store->fs->stat(store->fs, temporary, &info, err);

    *renamed = code == MR_OK;
    if (code == MR_OK) {
        code = store_make_way(store, bucket, key, &path, err);
        if (code == MR_OK) {
            code = store->fs->rename(store->fs, temporary, path, err);
        }
    } else if (code == MR_NOT_FOUND) {
        code = MR_OK;
        path = renamed_path(store, bucket, key);
    }
    if (code == MR_OK && path != NULL && store->durable) {
        code = store_sync_folders(store, path, err);
    }
    mr_free(path);
    return code;
}
