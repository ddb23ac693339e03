/* golden.c - see golden.h. */
#include "src/scenario/golden.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"

#include <stdlib.h>

void mr_golden_files_deinit(mr_golden_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        mr_free(files->items[i].name);
        mr_free(files->items[i].path);
    }
    mr_free(files->items);
    *files = (mr_golden_files){0};
}

void mr_golden_files_add(mr_golden_files *files, char *name, char *path)
{
    MR_GROW(files->items, files->count, files->capacity);
    files->items[files->count++] = (mr_golden_file){name, path};
}

static int by_name(const void *left, const void *right)
{
    const mr_golden_file *a = left;
    const mr_golden_file *b = right;
    return strcmp(a->name, b->name);
}

void mr_golden_files_sort(mr_golden_files *files)
{
    if (files->count > 1) {
        qsort(files->items, files->count, sizeof(*files->items), by_name);
    }
}

/* ---- reading ---- */

typedef struct folder {
    const char *directory; /* of the whole */
    const char *name;      /* of this one below it; "": the whole */
    mr_golden_files *files;
    mr_golden_files inner; /* folders in this one: `path` is not used */
} folder;

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    folder *f = context;
    bool is_top = f->name[0] == '\0';
    if (is_top && strcmp(name, MR_GOLDEN_LIST) == 0) {
        return true;
    }
    char *whole = is_top ? mr_strdup(name) : mr_format("%s/%s", f->name, name);
    if (info->is_directory) {
        mr_golden_files_add(&f->inner, whole, NULL);
    } else {
        mr_golden_files_add(f->files, whole, mr_format("%s/%s", f->directory, whole));
    }
    return true;
}

/* Goes no deeper than a path can be long. */
static mr_code read_folder(const char *directory, const char *name, mr_golden_files *files,
                           mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    folder f = {.directory = directory, .name = name, .files = files};
    char *path = mr_format("%s/%s", directory, name);
    mr_code code = fs->list(fs, path, on_entry, &f, err);
    for (size_t i = 0; code == MR_OK && i < f.inner.count; i++) {
        code = read_folder(directory, f.inner.items[i].name, files, err);
    }
    mr_golden_files_deinit(&f.inner);
    mr_free(path);
    return code;
}

mr_code mr_golden_read(const char *directory, mr_golden_files *files, mr_error *err)
{
    mr_code code = read_folder(directory, "", files, err);
    mr_golden_files_sort(files);
    return code;
}

/* ---- updating ---- */

typedef struct update {
    const char *directory;
    const mr_golden_files *files; /* as they are to be */
    mr_golden_files present;      /* as they are */
    mr_map *ours;                 /* names that are listed or to be written; each its own value */
    mr_map *wanted;               /* names that are to be written */
} update;

static char *list_path(const char *directory)
{
    return mr_format("%s/%s", directory, MR_GOLDEN_LIST);
}

static void map_name(mr_map *map, mr_bytes name)
{
    if (mr_map_get(map, name) == NULL) {
        (void)mr_map_put(map, name, mr_bytes_dup(name));
    }
}

static void free_names(mr_map *map)
{
    void **names = mr_map_sorted(map);
    for (size_t i = 0; i < mr_map_count(map); i++) {
        mr_free(names[i]);
    }
    mr_free(names);
    mr_map_free(map);
}

static void map_lines(mr_map *map, mr_bytes text)
{
    while (text.len > 0) {
        size_t len = mr_bytes_find(text, '\n');
        map_name(map, mr_bytes_make(text.at, len));
        size_t used = mr_min_size(len + 1, text.len);
        text = mr_bytes_make(text.at + used, text.len - used);
    }
}

/* What an earlier update wrote; nothing without a list. */
static mr_code read_list(update *u, mr_error *err)
{
    char *path = list_path(u->directory);
    char *text = NULL;
    size_t len = 0;
    mr_code code = mr_fs_read_file(mr_platform_fs(), path, MR_GOLDEN_BYTES_MAX, &text, &len, err);
    if (code == MR_OK) {
        map_lines(u->ours, mr_bytes_make(text, len));
        mr_free(text);
    }
    mr_free(path);
    return code == MR_NOT_FOUND ? MR_OK : code;
}

static mr_code check_present(const update *u, mr_error *err)
{
    for (size_t i = 0; i < u->present.count; i++) {
        const char *name = u->present.items[i].name;
        if (mr_map_get(u->ours, mr_bytes_of(name)) == NULL) {
            return mr_error_set(err, MR_ALREADY_EXISTS,
                                "%s holds %s, which no update wrote: move it away, or name "
                                "another folder",
                                u->directory, name);
        }
    }
    return MR_OK;
}

static mr_code write_file(const char *path, mr_bytes bytes, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    char *folder_path = mr_strndup(path, (size_t)(strrchr(path, '/') - path));
    mr_file *file = NULL;
    mr_code code = fs->make_directories(fs, folder_path, err);
    if (code == MR_OK) {
        code = fs->open(fs, path, MR_OPEN_TRUNCATE, &file, err);
    }
    if (code == MR_OK) {
        code = fs->write_at(fs, file, bytes, 0, err);
    }
    fs->close(fs, file);
    mr_free(folder_path);
    return code;
}

static mr_code write_list(const char *directory, const mr_map *names, mr_error *err)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    void **sorted = mr_map_sorted(names);
    for (size_t i = 0; i < mr_map_count(names); i++) {
        mr_strbuf_append_text(&text, sorted[i]);
        mr_strbuf_append_char(&text, '\n');
    }
    char *path = list_path(directory);
    mr_code code = write_file(path, mr_strbuf_bytes(&text), err);
    mr_free(path);
    mr_free(sorted);
    mr_strbuf_deinit(&text);
    return code;
}

/* Removes the file, and the folders that are empty without it. */
static mr_code remove_file(const char *directory, const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_code code = fs->remove(fs, path, err);
    char *parent = mr_strdup(path);
    bool is_empty = code == MR_OK;
    while (is_empty) {
        *strrchr(parent, '/') = '\0';
        is_empty = strcmp(parent, directory) != 0 && fs->remove(fs, parent, NULL) == MR_OK;
    }
    mr_free(parent);
    return code;
}

static mr_code remove_stale(const update *u, mr_error *err)
{
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < u->present.count; i++) {
        const mr_golden_file *file = &u->present.items[i];
        if (mr_map_get(u->wanted, mr_bytes_of(file->name)) == NULL) {
            code = remove_file(u->directory, file->path, err);
        }
    }
    return code;
}

static mr_code copy_file(const update *u, const mr_golden_file *file, mr_error *err)
{
    char *bytes = NULL;
    size_t len = 0;
    mr_code code =
        mr_fs_read_file(mr_platform_fs(), file->path, MR_GOLDEN_BYTES_MAX, &bytes, &len, err);
    if (code == MR_OK) {
        char *to = mr_format("%s/%s", u->directory, file->name);
        code = write_file(to, mr_bytes_make(bytes, len), err);
        mr_free(to);
        mr_free(bytes);
    }
    return code;
}

static mr_code read_present(update *u, mr_error *err)
{
    mr_code code = mr_golden_read(u->directory, &u->present, err);
    if (code == MR_NOT_FOUND) { /* to be made */
        return MR_OK;
    }
    return code == MR_OK ? read_list(u, err) : code;
}

/* The list names everything of both updates for as long as files of both may be there. */
static mr_code replace_files(const update *u, mr_error *err)
{
    mr_code code = write_list(u->directory, u->ours, err);
    if (code == MR_OK) {
        code = remove_stale(u, err);
    }
    for (size_t i = 0; code == MR_OK && i < u->files->count; i++) {
        code = copy_file(u, &u->files->items[i], err);
    }
    return code == MR_OK ? write_list(u->directory, u->wanted, err) : code;
}

mr_code mr_golden_update(const char *directory, const mr_golden_files *files, mr_error *err)
{
    update u = {
        .directory = directory, .files = files, .ours = mr_map_new(), .wanted = mr_map_new()};
    for (size_t i = 0; i < files->count; i++) {
        map_name(u.ours, mr_bytes_of(files->items[i].name));
        map_name(u.wanted, mr_bytes_of(files->items[i].name));
    }
    mr_code code = read_present(&u, err);
    if (code == MR_OK) {
        code = check_present(&u, err);
    }
    if (code == MR_OK) {
        code = replace_files(&u, err);
    }
    mr_golden_files_deinit(&u.present);
    free_names(u.ours);
    free_names(u.wanted);
    return code;
}
