/* scenario_files.c - see scenario_files.h. */
#include "src/scenario/scenario_files.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "src/scenario/scenario.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32 /* a folder deeper than that is a loop of links */

typedef struct walk {
    mr_scenario_files *files;
    const char *folder;
    int depth;
    mr_code code;
    mr_error *err;
} walk;

static bool is_there(const mr_scenario_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->paths[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static void add(mr_scenario_files *files, const char *path)
{
    if (!is_there(files, path)) {
        MR_GROW(files->paths, files->count, files->capacity);
        files->paths[files->count++] = mr_strdup(path);
    }
}

static bool may_be_one(const char *name)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    for (size_t i = 0; i < MR_COUNT(endings); i++) {
        if (mr_bytes_ends_with(mr_bytes_of(name), mr_bytes_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether a line begins with one of the keys that every scenario has one of. This finds those too
 * whose text is broken further on. */
static bool has_key_line(const char *text)
{
    static const char *const keys[] = {"template:", "replay:"};
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        for (size_t i = 0; i < MR_COUNT(keys); i++) {
            if (strncmp(line, keys[i], strlen(keys[i])) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A scenario names its template or its recording at its top level, which neither a template nor
 * data does. */
static bool is_one(const char *path)
{
    char *text = NULL;
    size_t len = 0;
    if (mr_fs_read_file(mr_platform_fs(), path, MR_SCENARIO_BYTES_MAX, &text, &len, NULL) !=
        MR_OK) {
        return false;
    }
    bool found = has_key_line(text) || mr_scenario_is_one((mr_bytes){text, len});
    mr_free(text);
    return found;
}

static mr_code add_folder(mr_scenario_files *files, const char *folder, int depth, mr_error *err);

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    walk *w = context;
    char *path = mr_format("%s/%s", w->folder, name);
    if (info->is_directory) {
        w->code = add_folder(w->files, path, w->depth + 1, w->err);
    } else if (!info->is_special && may_be_one(name) && is_one(path)) {
        add(w->files, path);
    }
    mr_free(path);
    return w->code == MR_OK;
}

static mr_code add_folder(mr_scenario_files *files, const char *folder, int depth, mr_error *err)
{
    if (depth > DEPTH_MAX) {
        return mr_error_set(err, MR_TOO_LARGE, "%s: folders in folders, more than %d deep", folder,
                            DEPTH_MAX);
    }
    mr_file_system *fs = mr_platform_fs();
    walk w = {.files = files, .folder = folder, .depth = depth, .err = err};
    mr_code code = fs->list(fs, folder, on_entry, &w, err);
    return code == MR_OK ? w.code : code;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "data/scenarios/" is "data/scenarios"; owned. */
static char *without_slashes(const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    return mr_strndup(path, len);
}

static mr_code add_scenarios_below(mr_scenario_files *files, const char *path, mr_error *err)
{
    mr_scenario_files found = {0};
    char *folder = without_slashes(path);
    mr_code code = add_folder(&found, folder, 0, err);
    mr_free(folder);
    if (code == MR_OK && found.count == 0) {
        code = mr_error_set(err, MR_NOT_FOUND,
                            "%s: no scenario in this folder: a YAML or JSON file with template: "
                            "or replay: at its top",
                            path);
    }
    if (code == MR_OK) {
        qsort(found.paths, found.count, sizeof(*found.paths), by_bytes);
        for (size_t i = 0; i < found.count; i++) {
            add(files, found.paths[i]);
        }
    }
    mr_scenario_files_deinit(&found);
    return code;
}

mr_code mr_scenario_files_add(mr_scenario_files *files, const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    mr_code code = fs->stat(fs, path, &info, err);
    if (code == MR_NOT_FOUND) {
        return mr_error_set(err, code, "%s: there is no such file or folder", path);
    }
    if (code != MR_OK) {
        return code;
    }
    if (info.is_directory) {
        return add_scenarios_below(files, path, err);
    }
    if (info.is_special) {
        return mr_error_set(err, MR_BAD_INPUT, "%s is a pipe or a device; name a file", path);
    }
    add(files, path);
    return MR_OK;
}

void mr_scenario_files_deinit(mr_scenario_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        mr_free(files->paths[i]);
    }
    mr_free(files->paths);
    *files = (mr_scenario_files){0};
}

mr_bytes mr_scenario_file_stem(const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;
    const char *dot = strrchr(name, '.');
    return mr_bytes_make(name, dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name));
}
