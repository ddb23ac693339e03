/* store.c - opening the store, what a killed process left, and buckets. */
#include "sim/base/alloc.h"
#include "sim/store/store_private.h"

#define UPLOADS_FOLDER ".uploads"

/* ---- bucket names ---- */

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool looks_like_ipv4(const char *name)
{
    size_t numbers = 0;

    for (;;) {
        size_t digits = strspn(name, "0123456789");
        if (digits < 1 || digits > 3) {
            return false;
        }
        numbers++;
        name += digits;
        if (*name == '\0') {
            return numbers == 4;
        }
        if (*name++ != '.') {
            return false;
        }
    }
}

/* Source: S3 User Guide, "General purpose bucket naming rules", by reference/s3.md section 2. */
bool mr_bucket_name_is_valid(const char *bucket)
{
    static const char *const starts[] = {"xn--", "sthree-"};
    static const char *const ends[] = {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};
    size_t len = strlen(bucket);
    mr_bytes name = {bucket, len};

    if (len < 3 || len > 63 || !is_lower_or_digit(bucket[0]) ||
        !is_lower_or_digit(bucket[len - 1]) || strstr(bucket, "..") != NULL ||
        strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len ||
        looks_like_ipv4(bucket)) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(starts); i++) {
        if (mr_bytes_starts_with(name, mr_bytes_of(starts[i]))) {
            return false;
        }
    }
    for (size_t i = 0; i < MR_COUNT(ends); i++) {
        if (mr_bytes_ends_with(name, mr_bytes_of(ends[i]))) {
            return false;
        }
    }
    return true;
}

/* ---- recovery ---- */

typedef struct intent {
    char *temporary_name, *bucket, *key; /* owned */
} intent;

typedef struct intents {
    intent *items;
    size_t count, capacity;
} intents;

static void intents_free(intents *found)
{
    for (size_t i = 0; i < found->count; i++) {
        mr_free(found->items[i].temporary_name);
        mr_free(found->items[i].bucket);
        mr_free(found->items[i].key);
    }
    mr_free(found->items);
}

static mr_code read_intents(mr_store *store, intents *found, mr_error *err)
{
    mr_stmt *stmt =
        mr_db_stmt(store->db, "SELECT temporary, bucket, key FROM put_intents ORDER BY temporary");
    bool row = false;
    mr_code code = mr_stmt_step(store->db, stmt, &row, err);

    while (code == MR_OK && row) {
        MR_GROW(found->items, found->count, found->capacity);
        found->items[found->count++] =
            (intent){mr_strdup(mr_stmt_text(stmt, 0)), mr_strdup(mr_stmt_text(stmt, 1)),
                     mr_strdup(mr_stmt_text(stmt, 2))};
        code = mr_stmt_step(store->db, stmt, &row, err);
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code store_clear_intent(mr_store *store, const char *temporary_name, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(store->db, "DELETE FROM put_intents WHERE temporary = ?1");
    mr_stmt_bind_text(stmt, 1, temporary_name);
    return mr_stmt_run(store->db, stmt, err);
}

static mr_code finish_intent(mr_store *store, const intent *found, uint64_t *renamed, mr_error *err)
{
    /* It is our own writing, but it becomes a path: a damaged row must not reach outside. */
    if (strchr(found->temporary_name, '/') != NULL || found->temporary_name[0] == '.' ||
        found->key[0] == '\0' || !mr_bucket_name_is_valid(found->bucket)) {
        return mr_error_set(err, MR_CORRUPT,
                            "%s: put_intents holds \"%.80s\" for s3://%.80s/%.80s, which no put "
                            "has written",
                            mr_db_path(store->db), found->temporary_name, found->bucket,
                            found->key);
    }
    char *temporary = mr_format("%s/%s", store->uploads_directory, found->temporary_name);
    bool was_renamed = false;
    mr_code code = MR_OK;
    if (!mr_faults_mutates(store->faults, MR_MUTATION_INTENT_FORGOTTEN)) {
        code = store_finish_rename(store, temporary, found->bucket, found->key, &was_renamed, err);
    }
    mr_free(temporary);
    if (code == MR_OK) {
        *renamed += was_renamed ? 1 : 0;
        code = store_clear_intent(store, found->temporary_name, err);
    }
    return code;
}

static mr_code finish_intents(mr_store *store, uint64_t *renamed, mr_error *err)
{
    intents found = {NULL, 0, 0};
    mr_code code = read_intents(store, &found, err);

    for (size_t i = 0; code == MR_OK && i < found.count; i++) {
        code = finish_intent(store, &found.items[i], renamed, err);
    }
    intents_free(&found);
    return code;
}

typedef struct names {
    char **items; /* owned, each of them owned */
    size_t count, capacity;
} names;

static void names_free(names *found)
{
    for (size_t i = 0; i < found->count; i++) {
        mr_free(found->items[i]);
    }
    mr_free(found->items);
}

static bool collect_name(const char *name, const mr_file_info *info, void *context)
{
    names *found = context;
    (void)info;
    MR_GROW(found->items, found->count, found->capacity);
    found->items[found->count++] = mr_strdup(name);
    return true;
}

/* After the intents: what is left belongs to uploads that were never committed. */
static mr_code remove_orphans(mr_store *store, uint64_t *removed, mr_error *err)
{
    names found = {NULL, 0, 0};
    mr_code code = store->fs->list(store->fs, store->uploads_directory, collect_name, &found, err);

    for (size_t i = 0; code == MR_OK && i < found.count; i++) {
        char *path = mr_format("%s/%s", store->uploads_directory, found.items[i]);
        code = store->fs->remove(store->fs, path, err);
        *removed += code == MR_OK ? 1 : 0;
        mr_free(path);
    }
    names_free(&found);
    return code;
}

mr_code mr_store_open(const mr_store_options *options, mr_store **out, uint64_t *renamed,
                      uint64_t *removed, mr_error *err)
{
    MR_ASSERT(options != NULL && out != NULL);
    MR_ASSERT(options->clock != NULL && options->fs != NULL && options->db != NULL);
    MR_ASSERT(options->offloader != NULL && options->directory != NULL);

    mr_store *store = mr_calloc(1, sizeof *store);
    uint64_t renamed_count = 0;
    uint64_t removed_count = 0;

    store->clock = options->clock;
    store->trace = options->trace;
    store->faults = options->faults;
    store->fs = options->fs;
    store->offloader = options->offloader;
    store->db = options->db;
    store->durable = options->durable;
    store->directory = mr_strdup(options->directory);
    store->uploads_directory = mr_format("%s/" UPLOADS_FOLDER, options->directory);

    mr_code code = store->fs->make_directories(store->fs, store->uploads_directory, err);
    if (code == MR_OK) {
        code = finish_intents(store, &renamed_count, err);
    }
    if (code == MR_OK) {
        code = remove_orphans(store, &removed_count, err);
    }
    if (code != MR_OK) {
        mr_error_prefix(err, "opening the object store: ");
        mr_store_close(store);
        return code;
    }
    if (renamed != NULL) {
        *renamed = renamed_count;
    }
    if (removed != NULL) {
        *removed = removed_count;
    }
    *out = store;
    return MR_OK;
}

mr_store *mr_store_open_to_read(mr_file_system *fs, mr_db *db, const char *directory)
{
    MR_ASSERT(fs != NULL && db != NULL && directory != NULL);

    mr_store *store = mr_calloc(1, sizeof *store);
    store->fs = fs;
    store->db = db;
    store->directory = mr_strdup(directory);
    store->uploads_directory = mr_format("%s/" UPLOADS_FOLDER, directory);
    return store;
}

void mr_store_close(mr_store *store)
{
    if (store == NULL) {
        return;
    }
    MR_ASSERT(store->uploads_open == 0);
    while (store->free_list != NULL) {
        store_piece *piece = store->free_list;
        store->free_list = piece->next;
        mr_free(piece);
    }
    mr_free(store->directory);
    mr_free(store->uploads_directory);
    mr_free(store);
}

/* ---- other temporary files ---- */

mr_file_system *mr_store_fs(mr_store *store)
{
    return store->fs;
}

char *mr_store_temporary_path(const mr_store *store, const char *name)
{
    return mr_format("%s/%s", store->uploads_directory, name);
}

/* ---- buckets ---- */

bool mr_store_has_bucket(mr_store *store, const char *bucket)
{
    if (!mr_bucket_name_is_valid(bucket)) {
        return false;
    }
    char *path = store_bucket_path(store, bucket);
    mr_file_info info;
    bool has = store->fs->stat(store->fs, path, &info, NULL) == MR_OK && info.is_directory;
    mr_free(path);
    return has;
}

mr_code mr_store_create_bucket(mr_store *store, const char *bucket, mr_error *err)
{
    if (!mr_bucket_name_is_valid(bucket)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "The specified bucket is not valid: \"%.100s\" (3 to 63 of a-z, 0-9, "
                            "'.' and '-', the first and the last a letter or a digit)",
                            bucket);
    }
    if (mr_store_has_bucket(store, bucket)) {
        return mr_error_set(err, MR_ALREADY_EXISTS, "bucket %s exists already", bucket);
    }
    char *path = store_bucket_path(store, bucket);
    mr_code code = store->fs->make_directories(store->fs, path, err);
    if (code == MR_OK && store->durable) {
        code = store->fs->sync_directory(store->fs, store->directory, err);
    }
    mr_free(path);
    return code;
}

static bool collect_bucket(const char *name, const mr_file_info *info, void *context)
{
    return info->is_directory && mr_bucket_name_is_valid(name) ? collect_name(name, info, context)
                                                               : true;
}

char **mr_store_buckets(mr_store *store)
{
    names found = {NULL, 0, 0};
    mr_error err;

    /* The directory was made at open; one that cannot be read now has no buckets to show. */
    if (store->fs->list(store->fs, store->directory, collect_bucket, &found, &err) != MR_OK) {
        mr_trace_warn(store->trace, "%s", err.message);
    }
    MR_GROW(found.items, found.count, found.capacity);
    found.items[found.count] = NULL;
    return found.items;
}
