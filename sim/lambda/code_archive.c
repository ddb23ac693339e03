/* code_archive.c - see code_archive.h. libzip reads the format; what its names and modes may do is
 * decided here. */
#include "sim/lambda/code_archive.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"

#include <stdio.h>
#include <zip.h>

#define CHUNK_BYTES     (64 * MR_KIB)
#define COMPONENT_MAX   255
#define LINK_TARGET_MAX 1024

/* Unix's modes, as a zip has them on every machine. */
#define MODE_TYPE     0170000U
#define MODE_LINK     0120000U
#define MODE_FILE     0100000U
#define MODE_FOLDER   0040000U
#define MODE_EXECUTES 0000100U /* its owner */

#define DOS_TIME 0
#define DOS_DATE ((1 << 5) | 1) /* 1980-01-01 */

/* ---- unpacking ---- */

typedef struct unpacking {
    mr_file_system *fs;
    const char *folder;
    bool durable;
    zip_t *zip;
    mr_map *kinds; /* by path: one of the three below */
    uint64_t bytes;
    char *why;
    mr_error *err;
} unpacking;

/* What a path is; the map wants pointers. */
static char kind_folder, kind_file, kind_link;

static mr_code refuse(const unpacking *u, const char *name, const char *why)
{
    (void)snprintf(u->why, MR_CODE_WHY_SIZE, "%.100s%s%s", name, name[0] == '\0' ? "" : ": ", why);
    return mr_error_set(u->err, MR_BAD_INPUT,
                        "Could not unzip uploaded file. Please check your file, then try to upload "
                        "again.");
}

static mr_code refuse_size(const unpacking *u)
{
    return mr_error_set(u->err, MR_TOO_LARGE, "Unzipped size must be smaller than %d bytes",
                        MR_CODE_BYTES_MAX);
}

/* What is wrong with a name; NULL: nothing. clean: out, the name without "." and the slash at its
 * end, "" when nothing is left. */
static const char *clean_name(const char *name, mr_strbuf *clean)
{
    size_t depth = 0;
    if (name[0] == '/') {
        return "the name is absolute";
    }
    if (strlen(name) > MR_CODE_NAME_MAX) {
        return "the name is too long";
    }
    for (mr_bytes rest = mr_bytes_of(name); rest.len > 0;) {
        size_t len = mr_bytes_find(rest, '/');
        mr_bytes part = mr_bytes_make(rest.at, len);
        size_t taken = mr_min_size(len + 1, rest.len);
        rest = mr_bytes_make(rest.at + taken, rest.len - taken);
        if (part.len == 0 || mr_bytes_is(part, "..")) {
            return "the name leads out of its folder";
        }
        if (part.len > COMPONENT_MAX || ++depth > MR_CODE_DEPTH_MAX) {
            return "the name is too long";
        }
        if (!mr_bytes_is(part, ".")) {
            mr_strbuf_append_text(clean, clean->len == 0 ? "" : "/");
            mr_strbuf_append_bytes(clean, part);
        }
    }
    return NULL;
}

static char *full_path(const unpacking *u, const char *name)
{
    return mr_format("%s/%s", u->folder, name);
}

/* Makes one folder whose parents are there. */
static mr_code make_folder(unpacking *u, mr_bytes name)
{
    char *text = mr_bytes_dup(name);
    char *path = full_path(u, text);
    mr_code code = u->fs->make_directories(u->fs, path, u->err);
    (void)mr_map_put(u->kinds, name, &kind_folder);
    mr_free(path);
    mr_free(text);
    return code;
}

/* Makes the folders up to (not with) the last part of name, and with it when `whole`. */
static mr_code make_folders(unpacking *u, const char *name, bool whole)
{
    size_t len = strlen(name);
    for (size_t i = 1; i <= len; i++) {
        if (name[i] != '/' && !(whole && i == len)) {
            continue;
        }
        mr_bytes parent = mr_bytes_make(name, i);
        const void *kind = mr_map_get(u->kinds, parent);
        mr_code code = MR_OK;
        if (kind == NULL) {
            code = make_folder(u, parent);
        } else if (kind != &kind_folder) {
            code = refuse(u, name, "its folder is a file or a link");
        }
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

/* Reads on; *got: 0 at the end. */
static mr_code read_entry(unpacking *u, zip_file_t *entry, const char *name, char *into,
                          size_t room, size_t *got)
{
    zip_int64_t n = zip_fread(entry, into, room);
    if (n < 0) {
        return refuse(u, name, "its data is damaged");
    }
    *got = (size_t)n;
    u->bytes += (uint64_t)n;
    return u->bytes > MR_CODE_BYTES_MAX ? refuse_size(u) : MR_OK;
}

static mr_code copy_entry(unpacking *u, zip_file_t *entry, const char *name, mr_file *file)
{
    char *chunk = mr_alloc(CHUNK_BYTES);
    uint64_t offset = 0;
    size_t got = 0;
    mr_code code;
    do {
        code = read_entry(u, entry, name, chunk, CHUNK_BYTES, &got);
        if (code == MR_OK && got > 0) {
            code = u->fs->write_at(u->fs, file, mr_bytes_make(chunk, got), offset, u->err);
            offset += got;
        }
    } while (code == MR_OK && got > 0);
    mr_free(chunk);
    return code;
}

static mr_code write_file(unpacking *u, zip_file_t *entry, const char *name, bool executable)
{
    char *path = full_path(u, name);
    mr_file *file = NULL;
    mr_code code = u->fs->open(u->fs, path, MR_OPEN_EXCLUSIVE, &file, u->err);
    if (code == MR_ALREADY_EXISTS) { /* a disk that takes two names for one */
        code = refuse(u, name, "the name comes twice");
    }
    if (code == MR_OK) {
        code = copy_entry(u, entry, name, file);
    }
    if (code == MR_OK && u->durable) {
        code = u->fs->sync(u->fs, file, u->err);
    }
    u->fs->close(u->fs, file);
    if (code == MR_OK && executable) {
        code = u->fs->make_executable(u->fs, path, u->err);
    }
    mr_free(path);
    return code;
}

/*
 * Whether a link stays in the folder: some "../" at the beginning, no more than it lies deep, and
 * names behind them. Its own folder is no link (make_folders), and every link it may lead through
 * keeps the same rule, so what it names is inside wherever that is.
 */
static bool stays_inside(const char *name, const char *target)
{
    size_t depth = 0;
    bool named = false;
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        depth++;
    }
    if (target[0] == '/' || target[0] == '\0') {
        return false;
    }
    for (mr_bytes rest = mr_bytes_of(target); rest.len > 0;) {
        size_t len = mr_bytes_find(rest, '/');
        mr_bytes part = mr_bytes_make(rest.at, len);
        size_t taken = mr_min_size(len + 1, rest.len);
        rest = mr_bytes_make(rest.at + taken, rest.len - taken);
        bool up = mr_bytes_is(part, "..");
        if (up && (named || depth == 0)) {
            return false;
        }
        depth -= up ? 1 : 0;
        named = named || !(up || part.len == 0 || mr_bytes_is(part, "."));
    }
    return true;
}

static mr_code write_link(unpacking *u, zip_file_t *entry, const char *name)
{
    char target[LINK_TARGET_MAX + 1];
    size_t len = 0, got = 0;
    mr_code code;
    do {
        code = read_entry(u, entry, name, target + len, sizeof(target) - len, &got);
        len += got;
    } while (code == MR_OK && got > 0 && len < sizeof(target));
    if (code != MR_OK) {
        return code;
    }
    if (len > LINK_TARGET_MAX || memchr(target, '\0', len) != NULL) {
        return refuse(u, name, "the link is not one");
    }
    target[len] = '\0';
    if (!stays_inside(name, target)) {
        return refuse(u, name, "the link leads out of the folder");
    }
    char *path = full_path(u, name);
    code = u->fs->make_link(u->fs, target, path, u->err);
    if (code == MR_ALREADY_EXISTS) {
        code = refuse(u, name, "the name comes twice");
    }
    mr_free(path);
    return code;
}

/* Unix's mode of an entry; 0 when its maker was not on Unix. */
static unsigned mode_of(zip_t *zip, zip_uint64_t index)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(zip, index, 0, &system, &attributes) != 0 ||
        (system != ZIP_OPSYS_UNIX && system != ZIP_OPSYS_OS_X)) {
        return 0;
    }
    return attributes >> 16;
}

static mr_code write_leaf(unpacking *u, zip_uint64_t index, const char *name, unsigned mode)
{
    bool is_link = (mode & MODE_TYPE) == MODE_LINK;
    if (mr_map_get(u->kinds, mr_bytes_of(name)) != NULL) {
        return refuse(u, name, "the name comes twice");
    }
    (void)mr_map_put(u->kinds, mr_bytes_of(name), is_link ? &kind_link : &kind_file);
    zip_file_t *entry = zip_fopen_index(u->zip, index, 0);
    if (entry == NULL) {
        return refuse(u, name, "it cannot be read");
    }
    mr_code code = is_link ? write_link(u, entry, name)
                           : write_file(u, entry, name, (mode & MODE_EXECUTES) != 0);
    (void)zip_fclose(entry);
    return code;
}

static mr_code unpack_entry(unpacking *u, zip_uint64_t index)
{
    const char *given = zip_get_name(u->zip, index, 0);
    if (given == NULL || given[0] == '\0') {
        return refuse(u, "", "an entry has no name");
    }
    mr_strbuf name = mr_strbuf_make(MR_CODE_NAME_MAX);
    const char *wrong = clean_name(given, &name);
    unsigned mode = mode_of(u->zip, index);
    unsigned type = mode & MODE_TYPE;
    bool is_folder = given[strlen(given) - 1] == '/' || type == MODE_FOLDER;
    mr_code code = MR_OK;
    if (wrong == NULL && !is_folder && type != 0 && type != MODE_FILE && type != MODE_LINK) {
        wrong = "it is a device or a pipe";
    }
    if (wrong == NULL && !is_folder && name.len == 0) {
        wrong = "it has no name";
    }
    if (wrong != NULL) {
        code = refuse(u, given, wrong);
    } else if (name.len > 0) {
        code = make_folders(u, mr_strbuf_text(&name), is_folder);
        if (code == MR_OK && !is_folder) {
            code = write_leaf(u, index, mr_strbuf_text(&name), mode);
        }
    }
    mr_strbuf_deinit(&name);
    return code;
}

/* What the zip says of its sizes is enough to refuse it before anything is written. */
static mr_code check_sizes(unpacking *u, zip_uint64_t entries)
{
    uint64_t sum = 0;
    if (entries == 0) {
        return refuse(u, "", "it is empty");
    }
    if (entries > MR_CODE_ENTRIES_MAX) {
        return refuse(u, "", "it has too many entries");
    }
    for (zip_uint64_t i = 0; i < entries; i++) {
        zip_stat_t stat;
        zip_stat_init(&stat);
        bool has_size = zip_stat_index(u->zip, i, 0, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE);
        if (has_size && stat.size > MR_CODE_BYTES_MAX - sum) {
            return refuse_size(u);
        }
        sum += has_size ? stat.size : 0;
    }
    return MR_OK;
}

static mr_code sync_folders(unpacking *u)
{
    /* The map gives values, not keys; syncing is for the tree's entries, so walk the zip again. */
    mr_code code = u->fs->sync_directory(u->fs, u->folder, u->err);
    zip_int64_t entries = zip_get_num_entries(u->zip, 0);
    mr_map *done = mr_map_new();
    for (zip_int64_t i = 0; i < entries && code == MR_OK; i++) {
        mr_strbuf name = mr_strbuf_make(MR_CODE_NAME_MAX);
        (void)clean_name(zip_get_name(u->zip, (zip_uint64_t)i, 0), &name);
        for (size_t at = 1; at <= name.len && code == MR_OK; at++) {
            mr_bytes parent = mr_bytes_make(name.at, at);
            bool is_end = at == name.len || name.at[at] == '/';
            if (!is_end || mr_map_get(u->kinds, parent) != &kind_folder ||
                mr_map_put(done, parent, &kind_folder) != NULL) {
                continue;
            }
            char *text = mr_bytes_dup(parent);
            char *path = full_path(u, text);
            code = u->fs->sync_directory(u->fs, path, u->err);
            mr_free(path);
            mr_free(text);
        }
        mr_strbuf_deinit(&name);
    }
    mr_map_free(done);
    return code;
}

static mr_code unpack_all(unpacking *u)
{
    zip_int64_t entries = zip_get_num_entries(u->zip, 0);
    mr_code code = check_sizes(u, entries < 0 ? 0 : (zip_uint64_t)entries);
    if (code == MR_OK) {
        code = u->fs->make_directories(u->fs, u->folder, u->err);
    }
    for (zip_int64_t i = 0; i < entries && code == MR_OK; i++) {
        code = unpack_entry(u, (zip_uint64_t)i);
    }
    return code == MR_OK && u->durable ? sync_folders(u) : code;
}

mr_code mr_code_archive_unpack(mr_file_system *fs, mr_bytes zip, const char *folder, bool durable,
                               char why[MR_CODE_WHY_SIZE], mr_error *err)
{
    unpacking u = {.fs = fs, .folder = folder, .durable = durable, .why = why, .err = err};
    why[0] = '\0';
    zip_error_t zip_error;
    zip_error_init(&zip_error);
    zip_source_t *source = zip_source_buffer_create(zip.at, zip.len, 0, &zip_error);
    MR_ASSERT(source != NULL); /* it allocates, and no more */
    u.zip = zip_open_from_source(source, ZIP_RDONLY, &zip_error);
    mr_code code;
    if (u.zip == NULL) {
        code = refuse(&u, "", zip_error_strerror(&zip_error));
        zip_source_free(source);
    } else {
        u.kinds = mr_map_new();
        code = unpack_all(&u);
        mr_map_free(u.kinds);
        zip_discard(u.zip); /* frees the source */
    }
    zip_error_fini(&zip_error);
    return code;
}

/* ---- packing ---- */

typedef struct packing {
    mr_file_system *fs;
    zip_t *zip;
    char **contents; /* borrowed by libzip until it has written */
    size_t count, capacity;
    uint64_t bytes;
    mr_code code; /* of the first that failed */
    mr_error *err;
} packing;

/* The folder that is listed. */
typedef struct level {
    packing *p;
    const char *path; /* of the folder */
    const char *name; /* in the zip, with a slash at its end; "" for the whole */
    size_t depth;
} level;

static mr_code too_large(packing *p)
{
    return mr_error_set(p->err, MR_TOO_LARGE,
                        "the folder has more than %d bytes or %d files, which no function's code "
                        "may have",
                        MR_CODE_BYTES_MAX, MR_CODE_ENTRIES_MAX);
}

static mr_code pack_file(packing *p, const char *path, const char *name, bool executable)
{
    char *content = NULL;
    size_t len = 0;
    mr_code code = mr_fs_read_file(p->fs, path, MR_CODE_BYTES_MAX, &content, &len, p->err);
    if (code != MR_OK) {
        return code;
    }
    MR_GROW(p->contents, p->count, p->capacity);
    p->contents[p->count++] = content;
    p->bytes += len;
    if (p->bytes > MR_CODE_BYTES_MAX || p->count > MR_CODE_ENTRIES_MAX) {
        return too_large(p);
    }
    zip_source_t *source = zip_source_buffer(p->zip, content, len, 0);
    MR_ASSERT(source != NULL);
    zip_int64_t index = zip_file_add(p->zip, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return mr_error_set(p->err, MR_BAD_INPUT, "%s cannot be in a zip: %s", path,
                            zip_strerror(p->zip));
    }
    const zip_uint64_t at = (zip_uint64_t)index;
    const zip_uint32_t mode = MODE_FILE | (executable ? 0755 : 0644);
    int failed = zip_set_file_compression(p->zip, at, ZIP_CM_STORE, 0) != 0 ||
                 zip_file_set_dostime(p->zip, at, DOS_TIME, DOS_DATE, 0) != 0 ||
                 zip_file_set_external_attributes(p->zip, at, 0, ZIP_OPSYS_UNIX, mode << 16) != 0;
    MR_ASSERT(!failed);
    return MR_OK;
}

static void pack_folder(packing *p, const char *path, const char *name, size_t depth);

static bool on_entry(const char *entry, const mr_file_info *info, void *context)
{
    const level *l = context;
    packing *p = l->p;
    char *path = mr_format("%s/%s", l->path, entry);
    if (info->is_directory && !info->is_link) {
        char *name = mr_format("%s%s/", l->name, entry);
        pack_folder(p, path, name, l->depth + 1);
        mr_free(name);
    } else if (!info->is_directory && !info->is_special) {
        char *name = mr_format("%s%s", l->name, entry);
        p->code = pack_file(p, path, name, info->is_executable);
        mr_free(name);
    }
    mr_free(path);
    return p->code == MR_OK;
}

static void pack_folder(packing *p, const char *path, const char *name, size_t depth)
{
    level l = {p, path, name, depth};
    if (depth > MR_CODE_DEPTH_MAX) {
        p->code = too_large(p);
        return;
    }
    mr_code code = p->fs->list(p->fs, path, on_entry, &l, p->err);
    p->code = p->code == MR_OK ? code : p->code;
}

/* Takes the bytes of the zip that has been written to source. */
static void take_bytes(zip_source_t *source, mr_strbuf *out)
{
    zip_stat_t stat;
    zip_stat_init(&stat);
    int failed = zip_source_open(source) != 0 || zip_source_stat(source, &stat) != 0;
    MR_ASSERT(!failed); /* it is in memory */
    char *room = mr_strbuf_reserve(out, (size_t)stat.size);
    if (room != NULL) {
        zip_int64_t got = zip_source_read(source, room, stat.size);
        MR_ASSERT(got == (zip_int64_t)stat.size);
        mr_strbuf_commit(out, (size_t)got);
    }
    (void)zip_source_close(source);
}

mr_code mr_code_archive_pack(mr_file_system *fs, const char *folder, mr_strbuf *out, mr_error *err)
{
    packing p = {.fs = fs, .err = err};
    zip_error_t zip_error;
    zip_error_init(&zip_error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &zip_error);
    MR_ASSERT(source != NULL);
    zip_source_keep(source); /* beyond the archive */
    p.zip = zip_open_from_source(source, ZIP_TRUNCATE, &zip_error);
    MR_ASSERT(p.zip != NULL);
    pack_folder(&p, folder, "", 0);
    if (p.code == MR_OK && p.count == 0) {
        p.code = mr_error_set(err, MR_NOT_FOUND, "there are no files in %s", folder);
    }
    if (p.code != MR_OK) {
        zip_discard(p.zip);
    } else {
        int failed = zip_close(p.zip);
        MR_ASSERT(failed == 0);
        take_bytes(source, out);
    }
    zip_source_free(source);
    zip_error_fini(&zip_error);
    for (size_t i = 0; i < p.count; i++) {
        mr_free(p.contents[i]);
    }
    mr_free(p.contents);
    return p.code;
}
