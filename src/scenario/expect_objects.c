/* expect_objects.c - how many objects there are, how large, and how they are called. */
#include "sim/base/alloc.h"
#include "src/scenario/expect.h"

typedef struct found {
    uint64_t count, bytes, largest;
    const regex_t *pattern; /* NULL: any key will do */
    char *odd_one;          /* "bucket/key": the first that does not match; owned, NULL: none */
    int64_t odd_us;         /* when it was put */
} found;

static void on_object(void *context, const char *bucket, const mr_object *object)
{
    found *f = context;
    f->count++;
    f->bytes += object->size_bytes;
    f->largest = object->size_bytes > f->largest ? object->size_bytes : f->largest;
    if (f->pattern != NULL && f->odd_one == NULL &&
        regexec(f->pattern, object->key, 0, NULL, 0) != 0) {
        f->odd_one = mr_format("%s/%s", bucket, object->key);
        f->odd_us = object->modified_us;
    }
}

static void judge_found(const mr_judging *judging, const mr_expect *expect, const found *f)
{
    const mr_expect_objects *objects = &expect->as.objects;
    const expect_number numbers[] = {
        {.name = "count", .test = &objects->count, .value = (double)f->count},
        {.name = "bytes", .test = &objects->bytes, .value = (double)f->bytes},
        {.name = "largest", .test = &objects->largest, .value = (double)f->largest},
    };
    for (size_t i = 0; i < MR_COUNT(numbers); i++) {
        expect_holds(judging, expect, &numbers[i]);
    }
    if (f->odd_one != NULL) {
        char *expected = mr_format("keys that match %s", objects->pattern);
        expect_failed_at(judging, expect, expected, f->odd_one, f->odd_us);
        mr_free(expected);
    }
}

mr_code expect_objects(const mr_judging *judging, const mr_expect *expect, mr_error *err)
{
    const mr_expect_objects *objects = &expect->as.objects;
    regex_t pattern;
    found f = {0};
    if (objects->pattern != NULL) {
        if (!expect_pattern(judging, expect, objects->pattern, &pattern)) {
            return MR_OK;
        }
        f.pattern = &pattern;
    }
    mr_code code =
        expect_each_object(judging, objects->bucket, objects->prefix, on_object, &f, err);
    if (code == MR_OK) {
        judge_found(judging, expect, &f);
    }
    if (f.pattern != NULL) {
        regfree(&pattern);
    }
    mr_free(f.odd_one);
    return code;
}
