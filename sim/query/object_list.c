/* object_list.c - see object_list.h. */
#include "sim/query/object_list.h"

#include "sim/base/alloc.h"
#include "sim/store/key_path.h"

#include <stdlib.h>

typedef struct walk {
    mr_object_list *list;
    mr_file_system *fs;
    const char *bucket;
    size_t bucket_path_len; /* "<store>/<bucket>/" in front of every path */
    size_t partition;
    char **folders; /* still to be listed */
    size_t folder_count, folder_capacity;
    const char *folder; /* being listed */
} walk;

static bool hidden(const char *name)
{
    return name[0] == '_' || name[0] == '.';
}

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    walk *w = context;
    if (hidden(name)) {
        return true;
    }
    char *path = mr_format("%s/%s", w->folder, name);
    if (info->is_directory) {
        MR_GROW(w->folders, w->folder_count, w->folder_capacity);
        w->folders[w->folder_count++] = path;
        return true;
    }
    mr_bytes relative = mr_bytes_of(path + w->bucket_path_len);
    mr_strbuf key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (!mr_path_to_key(&key, relative)) {
        mr_strbuf_reset(&key); /* dropped there by hand: its path is its key */
        mr_strbuf_append_bytes(&key, relative);
    }
    MR_GROW(w->list->items, w->list->count, w->list->capacity);
    w->list->items[w->list->count++] =
        (mr_query_object){.path = path,
                          .name = mr_format("s3://%s/%s", w->bucket, mr_strbuf_text(&key)),
                          .size_bytes = info->size_bytes,
                          .partition = w->partition};
    mr_strbuf_deinit(&key);
    return true;
}

static int by_name(const void *a, const void *b)
{
    const mr_query_object *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static mr_code walk_folders(walk *w, mr_error *err)
{
    mr_code code = MR_OK;
    while (w->folder_count > 0) {
        char *folder = w->folders[--w->folder_count];
        w->folder = folder;
        if (code == MR_OK) {
            code = w->fs->list(w->fs, folder, on_entry, w, err);
        }
        mr_free(folder);
    }
    return code;
}

mr_code mr_object_list_add(mr_object_list *list, mr_file_system *fs, const char *store_path,
                           const char *location, size_t partition, mr_error *err)
{
    static const char scheme[] = "s3://";
    mr_bytes rest = mr_bytes_of(location == NULL ? "" : location);
    if (!mr_bytes_starts_with(rest, mr_bytes_of(scheme)) || rest.len == strlen(scheme)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "location \"%s\" is not of the form s3://bucket/prefix/", rest.at);
    }
    rest = mr_bytes_make(rest.at + strlen(scheme), rest.len - strlen(scheme));
    size_t slash = mr_bytes_find(rest, '/');
    char *bucket = mr_strndup(rest.at, slash);
    mr_bytes prefix = slash == rest.len ? mr_bytes_make("", 0)
                                        : mr_bytes_make(rest.at + slash + 1, rest.len - slash - 1);
    while (prefix.len > 0 && prefix.at[prefix.len - 1] == '/') {
        prefix.len--;
    }
    mr_strbuf folder = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&folder, "%s/%s", store_path, bucket);
    walk w = {.list = list,
              .fs = fs,
              .bucket = bucket,
              .bucket_path_len = folder.len + 1,
              .partition = partition};
    if (prefix.len > 0) {
        mr_strbuf_append_char(&folder, '/');
        mr_key_to_path(&folder, prefix);
    }
    size_t first = list->count;
    mr_file_info info;
    mr_code code = fs->stat(fs, mr_strbuf_text(&folder), &info, err);
    if (code == MR_NOT_FOUND) {
        code = MR_OK;
    } else if (code == MR_OK && info.is_directory) {
        MR_GROW(w.folders, w.folder_count, w.folder_capacity);
        w.folders[w.folder_count++] = mr_strbuf_take(&folder);
        code = walk_folders(&w, err);
    }
    if (list->count > first) {
        qsort(list->items + first, list->count - first, sizeof(*list->items), by_name);
    }
    mr_strbuf_deinit(&folder);
    mr_free(w.folders);
    mr_free(bucket);
    return code;
}

void mr_object_list_deinit(mr_object_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mr_free(list->items[i].path);
        mr_free(list->items[i].name);
    }
    mr_free(list->items);
    *list = (mr_object_list){0};
}
