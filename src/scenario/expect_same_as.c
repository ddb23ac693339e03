/*
 * expect_same_as.c - the objects are those of a golden folder, byte for byte; or become them.
 *
 * The names of objects are a pure function of the template, the inputs and the seed, the random
 * part included, so files can be compared by name.
 */
#include "sim/base/alloc.h"
#include "sim/store/key_path.h"
#include "src/platform/platform.h"
#include "src/scenario/expect.h"
#include "src/scenario/golden.h"

#include <inttypes.h>

#define NAMES_SHOWN_MAX 10
#define LINE_SHOWN_MAX  200 /* bytes */

/* ---- the objects as files ---- */

typedef struct objects {
    mr_store *store;
    bool has_one_bucket; /* else each is in a folder of its name */
    mr_golden_files files;
} objects;

static void on_object(void *context, const char *bucket, const mr_object *object)
{
    objects *o = context;
    mr_strbuf name = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (!o->has_one_bucket) {
        mr_strbuf_appendf(&name, "%s/", bucket);
    }
    mr_key_to_path(&name, mr_bytes_of(object->key));
    mr_golden_files_add(&o->files, mr_strbuf_take(&name),
                        mr_store_path(o->store, bucket, object->key));
}

/* ---- one file against the other ---- */

static mr_code read_file(const char *path, char **out, size_t *len, mr_error *err)
{
    return mr_fs_read_file(mr_platform_fs(), path, MR_GOLDEN_BYTES_MAX, out, len, err);
}

static bool is_text(mr_bytes bytes)
{
    return mr_bytes_find(bytes, '\0') == bytes.len && mr_bytes_is_utf8(bytes);
}

static void append_line_at(mr_strbuf *out, mr_bytes text, size_t line_start)
{
    if (line_start == text.len) {
        mr_strbuf_append_text(out, "the end");
        return;
    }
    mr_bytes rest = mr_bytes_make(text.at + line_start, text.len - line_start);
    size_t len = mr_bytes_find(rest, '\n');
    mr_strbuf_append(out, rest.at, mr_min_size(len, LINE_SHOWN_MAX));
    mr_strbuf_append_text(out, len > LINE_SHOWN_MAX ? "..." : "");
}

/* Appends where two files that are not equal differ first. */
static void append_difference(mr_strbuf *out, mr_bytes got, mr_bytes want)
{
    size_t at = 0, line_start = 0;
    uint64_t line = 1;
    while (at < got.len && at < want.len && got.at[at] == want.at[at]) {
        at++;
        if (got.at[at - 1] == '\n') {
            line++;
            line_start = at;
        }
    }
    if (!is_text(got) || !is_text(want)) {
        mr_strbuf_appendf(out, " differs at byte %zu (of %zu; the golden file has %zu)", at + 1,
                          got.len, want.len);
        return;
    }
    mr_strbuf_appendf(out, " differs in line %" PRIu64 "\n  got       ", line);
    append_line_at(out, got, line_start);
    mr_strbuf_append_text(out, "\n  expected  ");
    append_line_at(out, want, line_start);
}

/* ---- one list against the other ---- */

typedef struct comparison {
    uint64_t missing, extra, different;
    mr_strbuf report; /* a line or more for each of the first few */
} comparison;

static bool is_shown(const comparison *c)
{
    return c->missing + c->extra + c->different <= NAMES_SHOWN_MAX;
}

static void add_name(comparison *c, uint64_t *count, const char *what, const char *name)
{
    ++*count;
    if (is_shown(c)) {
        mr_strbuf_appendf(&c->report, "\n%s%s", name, what);
    }
}

static mr_code compare_files(comparison *c, const mr_golden_file *got, const mr_golden_file *want,
                             mr_error *err)
{
    char *got_at = NULL, *want_at = NULL;
    size_t got_len = 0, want_len = 0;
    mr_code code = read_file(got->path, &got_at, &got_len, err);
    if (code == MR_OK) {
        code = read_file(want->path, &want_at, &want_len, err);
    }
    mr_bytes got_bytes = mr_bytes_make(got_at, got_len);
    mr_bytes want_bytes = mr_bytes_make(want_at, want_len);
    if (code == MR_OK && !mr_bytes_equal(got_bytes, want_bytes)) {
        add_name(c, &c->different, "", got->name);
        if (is_shown(c)) {
            append_difference(&c->report, got_bytes, want_bytes);
        }
    }
    mr_free(got_at);
    mr_free(want_at);
    return code;
}

/* Both are sorted by name. */
static mr_code compare(comparison *c, const mr_golden_files *got, const mr_golden_files *want,
                       mr_error *err)
{
    mr_code code = MR_OK;
    size_t g = 0, w = 0;
    while (code == MR_OK && (g < got->count || w < want->count)) {
        int order = g == got->count    ? 1
                    : w == want->count ? -1
                                       : strcmp(got->items[g].name, want->items[w].name);
        if (order == 0) {
            code = compare_files(c, &got->items[g], &want->items[w], err);
        } else if (order < 0) {
            add_name(c, &c->extra, " is no golden file", got->items[g].name);
        } else {
            add_name(c, &c->missing, " is missing", want->items[w].name);
        }
        g += order <= 0 ? 1 : 0;
        w += order >= 0 ? 1 : 0;
    }
    return code;
}

static void report(const mr_judging *judging, const mr_expect *expect, const comparison *c,
                   size_t want_count)
{
    uint64_t odd = c->missing + c->extra + c->different;
    if (odd == 0) {
        return;
    }
    char *expected = mr_format("the files of %s: %zu", expect->as.same_as.directory, want_count);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&got, "%" PRIu64 " missing, %" PRIu64 " more, %" PRIu64 " that differ",
                      c->missing, c->extra, c->different);
    mr_strbuf_append_text(&got, mr_strbuf_text(&c->report));
    if (!is_shown(c)) {
        mr_strbuf_appendf(&got, "\nand %" PRIu64 " others", odd - NAMES_SHOWN_MAX);
    }
    expect_failed(judging, expect, expected, mr_strbuf_text(&got));
    mr_strbuf_deinit(&got);
    mr_free(expected);
}

static mr_code judge_objects(const mr_judging *judging, const mr_expect *expect,
                             const mr_golden_files *got, mr_error *err)
{
    const char *directory = expect->as.same_as.directory;
    mr_golden_files want = {0};
    comparison c = {.report = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_code code = mr_golden_read(directory, &want, err);
    if (code == MR_NOT_FOUND) {
        char *expected = mr_format("the files of %s", directory);
        expect_failed(judging, expect, expected, "there is no such folder: --update makes it");
        mr_free(expected);
        code = MR_OK;
    } else if (code == MR_OK) {
        code = compare(&c, got, &want, err);
        if (code == MR_OK) {
            report(judging, expect, &c, want.count);
        }
    }
    mr_strbuf_deinit(&c.report);
    mr_golden_files_deinit(&want);
    return code;
}

/* ---- both ways ---- */

static mr_code write_objects(const mr_judging *judging, const mr_expect *expect,
                             const mr_golden_files *files, mr_error *err)
{
    mr_code code = mr_golden_update(expect->as.same_as.directory, files, err);
    if (code == MR_ALREADY_EXISTS) {
        expect_failed(judging, expect, "a folder of golden files alone", err->message);
        code = MR_OK;
    }
    return code;
}

mr_code expect_same_as(const mr_judging *judging, const mr_expect *expect, mr_error *err)
{
    const mr_expect_same_as *same_as = &expect->as.same_as;
    objects found = {.store = mr_sim_store(judging->sim),
                     .has_one_bucket = same_as->bucket != NULL};
    mr_code code =
        expect_each_object(judging, same_as->bucket, same_as->prefix, on_object, &found, err);
    mr_golden_files_sort(&found.files);
    if (code == MR_OK) {
        code = judging->update ? write_objects(judging, expect, &found.files, err)
                               : judge_objects(judging, expect, &found.files, err);
    }
    mr_golden_files_deinit(&found.files);
    return code;
}
