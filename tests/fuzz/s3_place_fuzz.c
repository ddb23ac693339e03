/*
 * s3_place_fuzz.c - any word as the place that `ls` and `cat` are given: it is its bucket and its
 * key again; what is listed there begins with the key; and the bytes that come are those of an
 * object that is listed under this very key, or none. Nothing outside the bucket is ever read.
 */
#include "src/app/state_dir.h"
#include "src/aws/uri.h"
#include "src/cli/object_source.h"
#include "src/cli/object_words.h"
#include "tests/fuzz/fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SCHEME "s3://"

/* ---- the state directory that is read ---- */

static char *the_folder;
static cli_object_source *the_source; /* from input to input: nothing changes it */

static void close_source(void)
{
    cli_object_source_close(the_source);
    fuzz_folder_remove(the_folder);
}

/* Every object holds its own key. */
static void fill(const char *folder)
{
    static const struct {
        const char *key, *path; /* as key_path.h spells it */
    } objects[] = {{"one.json", "one.json"},
                   {"dir/two.csv", "dir/two.csv"},
                   {"dir/a b?c", "dir/a b?c"},
                   {"/rooted", "%/rooted"},
                   {"dir", "dir%"},
                   {"..", "%2E%2E"},
                   {"dt=1/x%y", "dt=1/x%25y"},
                   {"\x01\xff", "%01%FF"}};
    mr_error err;
    char *bucket = mr_format("%s/s3/data", folder);
    mr_sim *sim = fuzz_world_open(folder, (mr_sim_options){.seed = 1});
    fuzz_must(mr_store_create_bucket(mr_sim_store(sim), "data", &err), &err);
    fuzz_must(mr_store_create_bucket(mr_sim_store(sim), "other", &err), &err);
    for (size_t i = 0; i < MR_COUNT(objects); i++) {
        fuzz_write_file(bucket, objects[i].path, mr_bytes_of(objects[i].key));
    }
    mr_sim_close(sim);
    mr_free(bucket);
}

static void open_source(void)
{
    if (the_source != NULL) {
        return;
    }
    mr_error err;
    mr_state_dir *dir = NULL;
    the_folder = fuzz_folder_make();
    const mr_state_options options = {
        .path = the_folder, .use = MR_STATE_RESUME, .made_by = "serve"};
    fuzz_must(mr_state_dir_open(&options, &dir, &err), &err);
    fill(the_folder);
    mr_state_dir_close(dir);
    const cli_control_words control = {.endpoint = NULL};
    fuzz_must(cli_object_source_open(the_folder, &control, &the_source, &err), &err);
    (void)atexit(close_source);
}

/* ---- a place ---- */

static void check_words(const char *text, const cli_s3_place *place)
{
    const bool has_slash = strchr(text + strlen(SCHEME), '/') != NULL;
    char *again = mr_format(SCHEME "%s%s%s", place->bucket, has_slash ? "/" : "", place->key);
    MR_ASSERT(strcmp(again, text) == 0);
    MR_ASSERT(mr_bucket_name_is_valid(place->bucket));
    MR_ASSERT(!has_slash || place->key == text + strlen(SCHEME) + strlen(place->bucket) + 1);
    mr_free(again);
}

/* A server is asked for the key in an address: it has to come back out of it, and end nothing. */
static void check_address(const char *key)
{
    mr_strbuf address = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf back = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_uri_encode(&address, mr_bytes_of(key), false);
    for (size_t i = 0; i < address.len; i++) {
        MR_ASSERT(address.at[i] > ' ' && address.at[i] < 0x7f);
        MR_ASSERT(strchr("?&#=+/\"<>\\", address.at[i]) == NULL);
    }
    mr_uri_decode(&back, mr_strbuf_bytes(&address), true);
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&back), mr_bytes_of(key)));
    mr_strbuf_deinit(&address);
    mr_strbuf_deinit(&back);
}

typedef struct listed {
    const char *prefix;
    bool has_key; /* an object whose key is the whole prefix */
} listed;

static bool on_object(void *context, const char *key, uint64_t bytes, int64_t modified_us)
{
    listed *l = context;
    (void)modified_us;
    MR_ASSERT(mr_bytes_starts_with(mr_bytes_of(key), mr_bytes_of(l->prefix)));
    MR_ASSERT(bytes == strlen(key));
    l->has_key |= strcmp(key, l->prefix) == 0;
    return true;
}

static bool on_bytes(void *context, mr_bytes piece)
{
    mr_strbuf_append_bytes(context, piece);
    return true;
}

static void check_read(const cli_s3_place *place, bool is_there)
{
    mr_error err = {.message = ""};
    mr_strbuf bytes = mr_strbuf_make(MR_KIB);
    const mr_code code =
        cli_object_source_read(the_source, place->bucket, place->key, on_bytes, &bytes, &err);
    MR_ASSERT((code == MR_OK) == is_there);
    MR_ASSERT(is_there || code == MR_OBJECT_NOT_FOUND || code == MR_BUCKET_NOT_FOUND);
    MR_ASSERT(is_there || err.message[0] != '\0');
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&bytes), mr_bytes_of(is_there ? place->key : "")));
    mr_strbuf_deinit(&bytes);
}

static void check_place(const cli_s3_place *place)
{
    mr_error err = {.message = ""};
    listed l = {.prefix = place->key};
    const bool is_bucket =
        strcmp(place->bucket, "data") == 0 || strcmp(place->bucket, "other") == 0;
    const mr_code code =
        cli_object_source_list(the_source, place->bucket, place->key, on_object, &l, &err);
    MR_ASSERT(code == (is_bucket ? MR_OK : MR_BUCKET_NOT_FOUND));
    MR_ASSERT(is_bucket || err.message[0] != '\0');
    if (place->key[0] != '\0') { /* `cat` says itself that this is a bucket */
        check_read(place, l.has_key);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_source();
    char *text = mr_bytes_dup(mr_bytes_make(data, size)); /* a word ends at its first NUL */
    mr_error err = {.message = ""};
    cli_s3_place place;
    if (cli_s3_place_parse(text, &place, &err) == MR_OK) {
        check_words(text, &place);
        check_address(place.key);
        check_place(&place);
        cli_s3_place_deinit(&place);
    } else {
        MR_ASSERT(err.code == MR_INVALID_ARGUMENT && err.message[0] != '\0');
        MR_ASSERT(place.bucket == NULL);
    }
    mr_free(text);
    return 0;
}
