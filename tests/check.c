/* check.c - see check.h. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void fail_at(const char *file, int line)
{
    _fail(file, line);
}

void check_str(const char *label, const char *got, const char *want, const char *file, int line)
{
    if (got == NULL || want == NULL ? got == want : strcmp(got, want) == 0) {
        return;
    }
    print_error("%s: got \"%s\", want \"%s\"\n", label, got == NULL ? "(null)" : got,
                want == NULL ? "(null)" : want);
    fail_at(file, line);
}

void check_int(const char *label, int64_t got, int64_t want, const char *file, int line)
{
    if (got != want) {
        print_error("%s: got %lld, want %lld\n", label, (long long)got, (long long)want);
        fail_at(file, line);
    }
}

void check_bytes(const char *label, mr_bytes got, mr_bytes want, const char *file, int line)
{
    if (mr_bytes_equal(got, want)) {
        return;
    }
    size_t same = 0;
    while (same < got.len && same < want.len && got.at[same] == want.at[same]) {
        same++;
    }
    print_error("%s: %zu bytes, want %zu; they differ from byte %zu on\n  got  \"%.*s\"\n  want "
                "\"%.*s\"\n",
                label, got.len, want.len, same, (int)mr_min_size(got.len - same, 80),
                got.at == NULL ? "" : got.at + same, (int)mr_min_size(want.len - same, 80),
                want.at == NULL ? "" : want.at + same);
    fail_at(file, line);
}

void check_true(const char *label, bool ok, const char *text, const char *file, int line)
{
    if (!ok) {
        print_error("%s: %s does not hold\n", label, text);
        fail_at(file, line);
    }
}

void check_ok(const char *label, mr_code code, const mr_error *err, const char *file, int line)
{
    if (code != MR_OK) {
        print_error("%s: %s: %s\n", label, mr_code_name(code), err == NULL ? "" : err->message);
        fail_at(file, line);
    }
}

void check_code(const char *label, mr_code got, mr_code want, const char *file, int line)
{
    if (got != want) {
        print_error("%s: got %s, want %s\n", label, mr_code_name(got), mr_code_name(want));
        fail_at(file, line);
    }
}

void check_has(const char *label, const char *text, const char *piece, const char *file, int line)
{
    if (text == NULL || strstr(text, piece) == NULL) {
        print_error("%s: \"%s\" does not hold \"%s\"\n", label, text == NULL ? "(null)" : text,
                    piece);
        fail_at(file, line);
    }
}

char *check_temp_dir(void)
{
    const char *base = getenv("TMPDIR");
    char *path = mr_format("%s/millrace-test-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(path) == NULL) {
        print_error("mkdtemp %s failed\n", path);
        fail_at(__FILE__, __LINE__);
    }
    return path;
}

void check_remove_dir(char *path)
{
    mr_error err;
    if (path != NULL && mr_fs_remove_tree(mr_platform_fs(), path, &err) != MR_OK) {
        print_error("removing %s: %s\n", path, err.message);
    }
    mr_free(path);
}

char *check_repeat(char byte, size_t count)
{
    char *text = mr_alloc(count + 1);
    memset(text, byte, count);
    text[count] = '\0';
    return text;
}

const char *check_source_root(void)
{
    return MILLRACE_SOURCE_ROOT;
}

char *check_shared_data(const char *name)
{
    const char *shared = getenv("MILLRACE_SHARED");
    char *path = shared != NULL ? mr_format("%s/data/%s", shared, name)
                                : mr_format("%s/../shared/data/%s", MILLRACE_SOURCE_ROOT, name);
    if (access(path, R_OK) != 0) {
        mr_free(path);
        return NULL;
    }
    return path;
}

/* Weak: only test programs that ask for a corpus are linked with a fuzz target. */
__attribute__((weak)) int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define CORPUS_FILE_MAX (4 * MR_MIB)

void check_corpus(const char *name)
{
    assert_true(LLVMFuzzerTestOneInput != NULL);
    char *folder = mr_format("%s/tests/fuzz/corpus/%s", MILLRACE_SOURCE_ROOT, name);
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        print_error("%s cannot be read\n", folder);
        fail_at(__FILE__, __LINE__);
    }
    int count = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        char *path = mr_format("%s/%s", folder, entry->d_name);
        char *bytes = NULL;
        size_t len = 0;
        mr_error err;
        if (entry->d_name[0] != '.' &&
            mr_fs_read_file(mr_platform_fs(), path, CORPUS_FILE_MAX, &bytes, &len, &err) == MR_OK) {
            (void)LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
            count++;
        }
        mr_free(bytes);
        mr_free(path);
    }
    closedir(listing);
    mr_free(folder);
    assert_true(count > 0);
}
