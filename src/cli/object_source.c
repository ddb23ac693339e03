/* object_source.c - see object_source.h. */
#include "src/cli/object_source.h"

#include "sim/base/alloc.h"
#include "sim/store/store.h"
#include "src/app/state_dir.h"
#include "src/aws/uri.h"
#include "src/platform/platform.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES MR_MIB

struct cli_object_source {
    mr_control_client *client; /* NULL: the directory is read */
    mr_clock *clock;           /* that a db asks for; it stands still */
    mr_db *db;
    mr_store *store;
};

/* ---- opening ---- */

static mr_code open_directory(cli_object_source *source, const char *state, mr_error *err)
{
    mr_code code = mr_state_dir_check(state, err);
    if (code != MR_OK) {
        return code;
    }
    char *catalog = mr_format("%s/catalog.db", state);
    char *objects = mr_format("%s/s3", state);
    source->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL});
    const mr_db_options options = {.path = catalog, .clock = source->clock, .read_only = true};
    code = mr_db_open(&options, &source->db, err);
    if (code == MR_OK) {
        source->store = mr_store_open_to_read(mr_platform_fs(), source->db, objects);
    }
    mr_free(objects);
    mr_free(catalog);
    return code;
}

mr_code cli_object_source_open(const char *state, const cli_control_words *control,
                               cli_object_source **out, mr_error *err)
{
    if (state != NULL && control->endpoint != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--state reads a directory, --endpoint-url asks a server: give one");
    }
    const char *variable = getenv("AWS_ENDPOINT_URL");
    const bool has_server = control->endpoint != NULL || (variable != NULL && variable[0] != '\0');
    cli_object_source *source = mr_calloc(1, sizeof(*source));
    const mr_code code =
        state == NULL && has_server
            ? cli_control_open(control, NULL, NULL, &source->client, err)
            : open_directory(source, state == NULL ? MR_STATE_DIR_DEFAULT : state, err);
    if (code != MR_OK) {
        cli_object_source_close(source);
        return code;
    }
    *out = source;
    return MR_OK;
}

void cli_object_source_close(cli_object_source *source)
{
    if (source == NULL) {
        return;
    }
    mr_store_close(source->store);
    mr_db_close(source->db);
    mr_clock_free(source->clock);
    mr_control_client_free(source->client);
    mr_free(source);
}

/* ---- buckets ---- */

static mr_code ask_buckets(cli_object_source *source, cli_bucket_fn fn, void *context,
                           mr_error *err)
{
    cJSON *answer = NULL;
    const mr_code code =
        mr_control_client_ask(source->client, "GET", "/_millrace/api/buckets", NULL, &answer, err);
    const cJSON *bucket;
    cJSON_ArrayForEach(bucket, cJSON_GetObjectItemCaseSensitive(answer, "buckets"))
    {
        if (!fn(context, cli_control_text(bucket, "name", "?"))) {
            break;
        }
    }
    cJSON_Delete(answer);
    return code;
}

mr_code cli_object_source_buckets(cli_object_source *source, cli_bucket_fn fn, void *context,
                                  mr_error *err)
{
    if (source->client != NULL) {
        return ask_buckets(source, fn, context, err);
    }
    char **buckets = mr_store_buckets(source->store);
    bool more = true;
    for (size_t i = 0; buckets[i] != NULL; i++) {
        more = more && fn(context, buckets[i]);
        mr_free(buckets[i]);
    }
    mr_free(buckets);
    return MR_OK;
}

/* ---- objects ---- */

static void append_parameter(mr_strbuf *path, const char *name, const char *value)
{
    mr_strbuf_append_text(path, name);
    mr_uri_encode(path, mr_bytes_of(value), false);
}

static void begin_path(mr_strbuf *path, const char *bucket, const char *what)
{
    append_parameter(path, "/_millrace/api/buckets/", bucket);
    mr_strbuf_append_text(path, what);
}

/* *next: what the next page begins behind; owned; NULL: there is none, or no more is wanted. */
static void hand_on_page(const cJSON *answer, cli_object_fn fn, void *context, char **next)
{
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(answer, "next");
    const cJSON *object;
    bool more = true;
    cJSON_ArrayForEach(object, cJSON_GetObjectItemCaseSensitive(answer, "objects"))
    {
        more = more && fn(context, cli_control_text(object, "key", "?"),
                          (uint64_t)cli_control_number(object, "bytes", 0),
                          (int64_t)cli_control_number(object, "modified_us", 0));
    }
    *next = more && cJSON_IsString(after) ? mr_strdup(after->valuestring) : NULL;
}

static mr_code ask_objects(cli_object_source *source, const char *bucket, const char *prefix,
                           cli_object_fn fn, void *context, mr_error *err)
{
    char *after = NULL;
    mr_code code;
    do {
        mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        begin_path(&path, bucket, "/objects?limit=1000&delimiter=");
        append_parameter(&path, "&prefix=", prefix);
        if (after != NULL) {
            append_parameter(&path, "&after=", after);
        }
        mr_free(after);
        after = NULL;
        cJSON *answer = NULL;
        code =
            mr_control_client_ask(source->client, "GET", mr_strbuf_text(&path), NULL, &answer, err);
        if (code == MR_OK) {
            hand_on_page(answer, fn, context, &after);
        }
        cJSON_Delete(answer);
        mr_strbuf_deinit(&path);
    } while (after != NULL);
    return code;
}

typedef struct listing {
    cli_object_fn fn;
    void *context;
} listing;

static bool on_object(void *context, const mr_object *object)
{
    const listing *l = context;
    return l->fn(l->context, object->key, object->size_bytes, object->modified_us);
}

mr_code cli_object_source_list(cli_object_source *source, const char *bucket, const char *prefix,
                               cli_object_fn fn, void *context, mr_error *err)
{
    if (source->client != NULL) {
        return ask_objects(source, bucket, prefix, fn, context, err);
    }
    listing l = {.fn = fn, .context = context};
    return mr_store_list(source->store, bucket, prefix, on_object, &l, err);
}

/* ---- bytes ---- */

static mr_code ask_bytes(cli_object_source *source, const char *bucket, const char *key,
                         mr_control_piece_fn fn, void *context, mr_error *err)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    begin_path(&path, bucket, "/download");
    append_parameter(&path, "?key=", key);
    const mr_code code =
        mr_control_client_read(source->client, mr_strbuf_text(&path), fn, context, err);
    mr_strbuf_deinit(&path);
    return code;
}

static mr_code read_file(const char *path, mr_control_piece_fn fn, void *context, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_READ, &file, err);
    if (code != MR_OK) {
        return code;
    }
    char *piece = mr_alloc(PIECE_BYTES);
    uint64_t at = 0;
    size_t got;
    do {
        got = 0;
        code = fs->read_at(fs, file, piece, PIECE_BYTES, at, &got, err);
        at += got;
    } while (code == MR_OK && got > 0 && fn(context, mr_bytes_make(piece, got)));
    mr_free(piece);
    fs->close(fs, file);
    return code;
}

mr_code cli_object_source_read(cli_object_source *source, const char *bucket, const char *key,
                               mr_control_piece_fn fn, void *context, mr_error *err)
{
    if (source->client != NULL) {
        return ask_bytes(source, bucket, key, fn, context, err);
    }
    mr_object object;
    mr_code code = mr_store_head(source->store, bucket, key, &object, err);
    if (code == MR_OK) {
        char *path = mr_store_path(source->store, bucket, key);
        code = read_file(path, fn, context, err);
        mr_free(path);
    }
    return code;
}
