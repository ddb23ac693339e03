/* code_store.c - see code_store.h. */
#include "sim/lambda/code_store.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#define NEW_FOLDER ".new"
#define NEW_ZIP    ".new.zip"
#define ZIP_ENDING ".zip"

void mr_code_hex(mr_bytes zip, char hex[MR_CODE_HEX_SIZE])
{
    uint8_t sha[32];
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, zip.at, zip.len);
    (void)mr_digest_finish(digest, sha);
    mr_digest_free(digest);
    mr_hex(sha, sizeof(sha), hex);
}

/* A path below a function's folder. Owned. */
static char *path_of(const mr_code_store *store, const char *function, const char *name,
                     const char *ending)
{
    return mr_format("%s/%s/%s%s", store->directory, function, name, ending);
}

char *mr_code_store_folder(const mr_code_store *store, const char *function, const char *hex)
{
    return path_of(store, function, hex, "");
}

char *mr_code_store_zip(const mr_code_store *store, const char *function, const char *hex)
{
    return path_of(store, function, hex, ZIP_ENDING);
}

static bool is_there(const mr_code_store *store, const char *path)
{
    mr_file_info info;
    return store->fs->stat(store->fs, path, &info, NULL) == MR_OK;
}

/* ---- putting ---- */

static mr_code write_zip(const mr_code_store *store, const char *path, mr_bytes zip, mr_error *err)
{
    mr_file_system *fs = store->fs;
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_TRUNCATE, &file, err);
    if (code == MR_OK) {
        code = fs->write_at(fs, file, zip, 0, err);
    }
    if (code == MR_OK && store->durable) {
        code = fs->sync(fs, file, err);
    }
    fs->close(fs, file);
    return code;
}

/* Writes both aside. */
static mr_code write_new(const mr_code_store *store, const char *function, mr_bytes zip,
                         char why[MR_CODE_WHY_SIZE], mr_error *err)
{
    char *folder = path_of(store, function, NEW_FOLDER, "");
    char *zip_path = path_of(store, function, NEW_ZIP, "");
    mr_code code = mr_fs_remove_tree(store->fs, folder, err);
    if (code == MR_OK) {
        code = mr_code_archive_unpack(store->fs, zip, folder, store->durable, why, err);
    }
    if (code == MR_OK) {
        code = write_zip(store, zip_path, zip, err);
    }
    mr_free(folder);
    mr_free(zip_path);
    return code;
}

/* Gives what was written aside its names: the folder last, because it is what is looked for. */
static mr_code name_new(const mr_code_store *store, const char *function, const char *hex,
                        mr_error *err)
{
    mr_file_system *fs = store->fs;
    char *new_zip = path_of(store, function, NEW_ZIP, "");
    char *new_folder = path_of(store, function, NEW_FOLDER, "");
    char *zip = mr_code_store_zip(store, function, hex);
    char *folder = mr_code_store_folder(store, function, hex);
    char *own = mr_format("%s/%s", store->directory, function);
    mr_code code = fs->rename(fs, new_zip, zip, err);
    if (code == MR_OK) {
        code = fs->rename(fs, new_folder, folder, err);
    }
    if (code == MR_OK && store->durable) {
        code = fs->sync_directory(fs, own, err);
    }
    if (code == MR_OK && store->durable) {
        code = fs->sync_directory(fs, store->directory, err);
    }
    mr_free(new_zip);
    mr_free(new_folder);
    mr_free(zip);
    mr_free(folder);
    mr_free(own);
    return code;
}

mr_code mr_code_store_put(const mr_code_store *store, const char *function, mr_bytes zip,
                          char hex[MR_CODE_HEX_SIZE], char why[MR_CODE_WHY_SIZE], mr_error *err)
{
    why[0] = '\0';
    mr_code_hex(zip, hex);
    char *folder = mr_code_store_folder(store, function, hex);
    bool known = is_there(store, folder);
    mr_free(folder);
    if (known) {
        return MR_OK;
    }
    mr_code code = write_new(store, function, zip, why, err);
    return code == MR_OK ? name_new(store, function, hex, err) : code;
}

/* ---- sweeping ---- */

typedef struct names {
    char **items;
    size_t count, capacity;
} names;

static bool on_name(const char *name, const mr_file_info *info, void *context)
{
    (void)info;
    names *list = context;
    MR_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = mr_strdup(name);
    return true;
}

static bool on_folder(const char *name, const mr_file_info *info, void *context)
{
    /* A name of a function has no dot: ".runtime" is the runner's. */
    return !info->is_directory || name[0] == '.' || on_name(name, info, context);
}

static void names_deinit(names *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mr_free(list->items[i]);
    }
    mr_free(list->items);
}

/* Whether the store has written it; hex: out, of finished code, "" otherwise. */
static bool is_own(const char *name, char hex[MR_CODE_HEX_SIZE])
{
    mr_bytes text = mr_bytes_of(name);
    size_t digits = strspn(name, "0123456789abcdef");
    bool has_form = digits == MR_CODE_HEX_SIZE - 1 &&
                    (name[digits] == '\0' || strcmp(name + digits, ZIP_ENDING) == 0);
    hex[0] = '\0';
    if (has_form) {
        memcpy(hex, name, MR_CODE_HEX_SIZE - 1);
        hex[MR_CODE_HEX_SIZE - 1] = '\0';
    }
    return has_form || mr_bytes_is(text, NEW_FOLDER) || mr_bytes_is(text, NEW_ZIP);
}

mr_code mr_code_store_sweep(const mr_code_store *store, const char *function,
                            mr_code_wanted_fn wanted, const void *context, mr_error *err)
{
    mr_file_system *fs = store->fs;
    char *own = mr_format("%s/%s", store->directory, function);
    names list = {.items = NULL};
    size_t kept = 0;
    mr_code code = fs->list(fs, own, on_name, &list, err);
    bool absent = code == MR_NOT_FOUND;
    code = absent ? MR_OK : code;
    for (size_t i = 0; i < list.count && code == MR_OK; i++) {
        char hex[MR_CODE_HEX_SIZE];
        if (!is_own(list.items[i], hex) || (hex[0] != '\0' && wanted(context, hex))) {
            kept++;
            continue;
        }
        char *path = path_of(store, function, list.items[i], "");
        code = mr_fs_remove_tree(fs, path, err);
        mr_free(path);
    }
    if (code == MR_OK && kept == 0 && !absent) {
        code = fs->remove(fs, own, err);
    }
    names_deinit(&list);
    mr_free(own);
    return code;
}

mr_code mr_code_store_list(const mr_code_store *store, char ***out, size_t *count, mr_error *err)
{
    names list = {.items = NULL};
    mr_code code = store->fs->list(store->fs, store->directory, on_folder, &list, err);
    code = code == MR_NOT_FOUND ? MR_OK : code;
    if (code != MR_OK) {
        names_deinit(&list);
        return code;
    }
    *out = list.items;
    *count = list.count;
    return MR_OK;
}
