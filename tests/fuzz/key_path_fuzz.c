/* key_path_fuzz.c - any bytes as a key give a safe path that gives the key again; any bytes as a
 * path give a key that gives the path, or none. */
#include "sim/store/key_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Relative, inside, and each name one that a file system takes. */
static void check_safe(mr_bytes path)
{
    MR_ASSERT(path.len > 0);
    MR_ASSERT(memchr(path.at, '\0', path.len) == NULL);
    MR_ASSERT(mr_bytes_is_utf8(path));
    while (path.len > 0) {
        size_t len = mr_bytes_find(path, '/');
        mr_bytes name = {path.at, len};
        MR_ASSERT(len > 0 && len <= 254);
        MR_ASSERT(!mr_bytes_is(name, ".") && !mr_bytes_is(name, ".."));
        MR_ASSERT(len + 1 != path.len); /* no '/' at the end */
        size_t used = len == path.len ? len : len + 1;
        path = mr_bytes_make(path.at + used, path.len - used);
    }
}

static void check_as_key(mr_bytes key)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf back = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    mr_key_to_path(&path, key);
    check_safe(mr_strbuf_bytes(&path));
    MR_ASSERT(mr_path_to_key(&back, mr_strbuf_bytes(&path)));
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&back), key));

    mr_strbuf_append_char(&path, '%'); /* beside a folder */
    mr_strbuf_reset(&back);
    MR_ASSERT(mr_path_to_key(&back, mr_strbuf_bytes(&path)));
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&back), key));
    mr_strbuf_deinit(&path);
    mr_strbuf_deinit(&back);
}

static void check_as_path(mr_bytes path)
{
    mr_strbuf key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf back = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    if (mr_path_to_key(&key, path)) {
        mr_key_to_path(&back, mr_strbuf_bytes(&key));
        MR_ASSERT(mr_bytes_starts_with(path, mr_strbuf_bytes(&back)));
        MR_ASSERT(path.len == back.len || (path.len == back.len + 1 && path.at[back.len] == '%'));
    } else {
        MR_ASSERT(key.len == 0);
    }
    mr_strbuf_deinit(&key);
    mr_strbuf_deinit(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes bytes = mr_bytes_make(data, size);
    if (size > 0) {
        check_as_key(bytes);
        check_as_path(bytes);
    }
    return 0;
}
