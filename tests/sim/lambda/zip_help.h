/*
 * zip_help.h - zips for tests, written by libzip from a table of entries.
 */
#ifndef MR_TESTS_SIM_LAMBDA_ZIP_HELP_H
#define MR_TESTS_SIM_LAMBDA_ZIP_HELP_H

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"

#include <zip.h>

typedef struct zip_row {
    const char *name, *data;
    unsigned mode; /* Unix's, with the type; 0: made on another system */
} zip_row;

/* libzip refuses two entries of one name, so the second is written as another and renamed in the
 * bytes: "#" at the end of a name stands for "the same again". */
static inline void zip_help_rename(mr_strbuf *zip, const char *from, const char *to)
{
    size_t len = strlen(from);
    MR_ASSERT(strlen(to) == len);
    for (size_t i = 0; i + len <= zip->len; i++) {
        if (memcmp(zip->at + i, from, len) == 0) {
            memcpy(zip->at + i, to, len);
        }
    }
}

static inline mr_strbuf zip_of(const zip_row *rows, size_t count)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
    MR_ASSERT(zip != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(rows[i].name);
        zip_int64_t at =
            len > 0 && rows[i].name[len - 1] == '/'
                ? zip_dir_add(zip, rows[i].name, 0)
                : zip_file_add(zip, rows[i].name,
                               zip_source_buffer(zip, rows[i].data, strlen(rows[i].data), 0), 0);
        MR_ASSERT(at >= 0);
        (void)zip_file_set_dostime(zip, (zip_uint64_t)at, 0, 33, 0);
        (void)zip_file_set_external_attributes(zip, (zip_uint64_t)at, 0,
                                               rows[i].mode == 0 ? ZIP_OPSYS_DOS : ZIP_OPSYS_UNIX,
                                               (zip_uint32_t)rows[i].mode << 16);
    }
    int failed = zip_close(zip);
    MR_ASSERT(failed == 0);
    if (count > 0) { /* libzip writes no empty zip */
        zip_stat_t stat;
        failed = zip_source_open(source) != 0 || zip_source_stat(source, &stat) != 0;
        MR_ASSERT(!failed);
        char *room = mr_strbuf_reserve(&out, (size_t)stat.size);
        zip_int64_t got = zip_source_read(source, room, stat.size);
        MR_ASSERT(got == (zip_int64_t)stat.size);
        mr_strbuf_commit(&out, (size_t)got);
        (void)zip_source_close(source);
    }
    zip_source_free(source);
    zip_error_fini(&error);
    return out;
}

#endif
