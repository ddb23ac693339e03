/* state_dir.c - see state_dir.h. The marker is written before anything else, so that a directory
 * that a killed run left half made is still known as ours. */
#include "src/app/state_dir.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/platform/platform.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MARKER_NAME      "millrace.json"
#define LOCK_NAME        "lock"
#define MARKER_BYTES_MAX 4096

struct mr_state_dir {
    char *path;
    int lock_fd;
};

typedef struct marker {
    bool present;
    int format;
    char made_by[16];
} marker;

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    (void)info;
    bool *has_others = context; /* besides the marker and the lock */
    if (strcmp(name, MARKER_NAME) != 0 && strcmp(name, LOCK_NAME) != 0) {
        *has_others = true;
    }
    return true;
}

static mr_code parse_marker(const char *path, const char *text, marker *out, mr_error *err)
{
    cJSON *json = cJSON_Parse(text);
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(json, "format");
    const cJSON *made_by = cJSON_GetObjectItemCaseSensitive(json, "made-by");
    mr_code code = MR_OK;
    if (!cJSON_IsNumber(format) || !cJSON_IsString(made_by)) {
        code = mr_error_set(err, MR_CORRUPT,
                            "%s/%s is not a state directory's marker; remove the directory by hand "
                            "if it is yours to remove",
                            path, MARKER_NAME);
    } else if (format->valueint > MR_STATE_FORMAT) {
        code = mr_error_set(err, MR_NEWER_VERSION,
                            "state directory %s has format %d, this millrace knows up to %d; use "
                            "the newer millrace that made it, or another --state",
                            path, format->valueint, MR_STATE_FORMAT);
    } else {
        out->present = true;
        out->format = format->valueint;
        (void)snprintf(out->made_by, sizeof(out->made_by), "%s", made_by->valuestring);
    }
    cJSON_Delete(json);
    return code;
}

static mr_code read_marker(const char *path, marker *out, mr_error *err)
{
    *out = (marker){0};
    char *name = mr_format("%s/%s", path, MARKER_NAME);
    char *text = NULL;
    size_t len = 0;
    mr_code code = mr_fs_read_file(mr_platform_fs(), name, MARKER_BYTES_MAX, &text, &len, err);
    if (code == MR_NOT_FOUND) {
        code = MR_OK; /* absent: the caller decides what that means */
    } else if (code == MR_OK) {
        code = parse_marker(path, text, out, err);
    }
    mr_free(text);
    mr_free(name);
    return code;
}

static mr_code write_marker(const char *path, const char *made_by, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_strbuf text = mr_strbuf_make(MARKER_BYTES_MAX);
    mr_json json = mr_json_make(&text);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "format", MR_STATE_FORMAT);
    mr_json_field_string(&json, "made-by", made_by);
    mr_json_object_end(&json);
    mr_strbuf_append_char(&text, '\n');

    char *name = mr_format("%s/%s", path, MARKER_NAME);
    mr_file *file = NULL;
    mr_code code = fs->open(fs, name, MR_OPEN_TRUNCATE, &file, err);
    if (code == MR_OK) {
        code = fs->write_at(fs, file, mr_strbuf_bytes(&text), 0, err);
        fs->close(fs, file);
    }
    mr_free(name);
    mr_strbuf_deinit(&text);
    return code;
}

static mr_code take_lock(mr_state_dir *dir, mr_error *err)
{
    char *name = mr_format("%s/%s", dir->path, LOCK_NAME);
    dir->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    mr_code code = MR_OK;
    if (dir->lock_fd < 0) {
        code = mr_error_os(err, errno, "opening %s", name);
    } else if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        code = errno == EWOULDBLOCK
                   ? mr_error_set(err, MR_LOCKED,
                                  "state directory %s is in use by another millrace; wait for it, "
                                  "or name another with --state",
                                  dir->path)
                   : mr_error_os(err, errno, "locking %s", name);
    }
    mr_free(name);
    return code;
}

typedef struct clearing {
    const char *path;
    mr_code code;
    mr_error *err;
} clearing;

static bool on_clear(const char *name, const mr_file_info *info, void *context)
{
    (void)info;
    clearing *work = context;
    if (strcmp(name, LOCK_NAME) == 0 || strcmp(name, MARKER_NAME) == 0) {
        return true; /* held, and still ours */
    }
    char *entry = mr_format("%s/%s", work->path, name);
    work->code = mr_fs_remove_tree(mr_platform_fs(), entry, work->err);
    mr_free(entry);
    return work->code == MR_OK;
}

static mr_code clear(const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    clearing work = {path, MR_OK, err};
    mr_code code = fs->list(fs, path, on_clear, &work, err);
    return code == MR_OK ? work.code : code;
}

/* Whether what is there may be used as asked. *to_clear: it may, once it is cleared. */
static mr_code decide(const mr_state_options *options, const marker *found, bool has_others,
                      bool *to_clear, mr_error *err)
{
    *to_clear = false;
    if (!has_others) {
        return MR_OK;
    }
    if (!found->present) {
        return mr_error_set(err, MR_ALREADY_EXISTS,
                            "directory %s is not empty and was not made by millrace; name another "
                            "with --state",
                            options->path);
    }
    bool is_own = strcmp(found->made_by, options->made_by) == 0;
    if (options->use == MR_STATE_RESUME) {
        return is_own || !options->only_own
                   ? MR_OK
                   : mr_error_set(err, MR_ALREADY_EXISTS,
                                  "state directory %s was made by `millrace %s`; name another with "
                                  "--state, or clear this one with --replace",
                                  options->path, found->made_by);
    }
    bool may_replace = options->use == MR_STATE_REPLACE || (options->is_default && is_own);
    if (!may_replace) {
        return mr_error_set(
            err, MR_ALREADY_EXISTS,
            "state directory %s is not empty (made by `millrace %s`); --resume goes "
            "on with it, --replace clears it",
            options->path, found->made_by);
    }
    *to_clear = true;
    return MR_OK;
}

static mr_code open_in_place(mr_state_dir *dir, const mr_state_options *options, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    marker found;
    bool has_others = false;
    bool to_clear = false;
    mr_code code = fs->make_directories(fs, options->path, err);
    if (code == MR_OK) {
        code = read_marker(options->path, &found, err);
    }
    if (code == MR_OK) {
        code = fs->list(fs, options->path, on_entry, &has_others, err);
    }
    if (code == MR_OK) {
        code = decide(options, &found, has_others, &to_clear, err);
    }
    if (code == MR_OK) { /* only now: a refused directory keeps no lock file of ours */
        code = take_lock(dir, err);
    }
    if (code == MR_OK && to_clear) {
        code = clear(options->path, err);
    }
    if (code == MR_OK && (!has_others || to_clear)) {
        code = write_marker(options->path, options->made_by, err);
    }
    return code;
}

mr_code mr_state_dir_open(const mr_state_options *options, mr_state_dir **out, mr_error *err)
{
    mr_state_dir *dir = mr_calloc(1, sizeof(*dir));
    dir->lock_fd = -1;
    dir->path = mr_strdup(options->path);
    mr_code code = open_in_place(dir, options, err);
    if (code != MR_OK) {
        mr_state_dir_close(dir);
        return code;
    }
    *out = dir;
    return MR_OK;
}

void mr_state_dir_close(mr_state_dir *dir)
{
    if (dir == NULL) {
        return;
    }
    if (dir->lock_fd >= 0) {
        close(dir->lock_fd);
    }
    mr_free(dir->path);
    mr_free(dir);
}

const char *mr_state_dir_path(const mr_state_dir *dir)
{
    return dir->path;
}

mr_code mr_state_dir_check(const char *path, mr_error *err)
{
    marker found;
    mr_code code = read_marker(path, &found, err);
    if (code == MR_OK && !found.present) {
        code = mr_error_set(err, MR_NOT_FOUND,
                            "%s is not a state directory; `millrace run TEMPLATE` makes one, "
                            "--state names it",
                            path);
    }
    return code;
}
