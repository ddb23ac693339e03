#include "src/producer/rejects_file.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

#include <errno.h>
#include <stdio.h>

struct mr_rejects_file {
    char *path;
    bool append;
    FILE *rows, *reasons; /* NULL until the first row */
    mr_error failed;      /* the first failure; code MR_OK: none */
};

mr_rejects_file *mr_rejects_file_new(const char *path, bool append)
{
    mr_rejects_file *file = mr_calloc(1, sizeof(*file));
    file->path = mr_strdup(path);
    file->append = append;
    return file;
}

static FILE *open_one(mr_rejects_file *file, const char *ending)
{
    char *path = mr_format("%s%s", file->path, ending);
    FILE *opened = fopen(path, file->append ? "ab" : "wb");
    if (opened == NULL) {
        mr_error_os(&file->failed, errno, "cannot write %s", path);
    }
    mr_free(path);
    return opened;
}

static void make_directory(mr_rejects_file *file)
{
    const char *slash = strrchr(file->path, '/');
    if (slash == NULL) {
        return;
    }
    mr_file_system *fs = mr_platform_fs();
    char *directory = mr_strndup(file->path, (size_t)(slash - file->path));
    (void)fs->make_directories(fs, directory, &file->failed); /* kept in failed */
    mr_free(directory);
}

static void open_both(mr_rejects_file *file)
{
    make_directory(file);
    if (file->failed.code == MR_OK) {
        file->rows = open_one(file, ".csv");
    }
    if (file->failed.code == MR_OK) {
        file->reasons = open_one(file, ".reasons");
    }
}

void mr_rejects_file_add(mr_rejects_file *file, const char *name, uint64_t line, mr_bytes raw,
                         const char *why)
{
    if (file->failed.code == MR_OK && file->rows == NULL) {
        open_both(file);
    }
    if (file->failed.code != MR_OK) {
        return;
    }
    /* Flushed at once: a killed run has told of every row that it passed over. */
    bool fine = (raw.len == 0 || fwrite(raw.at, raw.len, 1, file->rows) == 1) &&
                fputc('\n', file->rows) != EOF && fflush(file->rows) == 0 &&
                fprintf(file->reasons, "%s:%llu: %s\n", name, (unsigned long long)line, why) > 0 &&
                fflush(file->reasons) == 0;
    if (!fine) {
        mr_error_os(&file->failed, errno, "cannot write the rejected rows to %s.csv", file->path);
    }
}

mr_code mr_rejects_file_close(mr_rejects_file *file, mr_error *err)
{
    if (file == NULL) {
        return MR_OK;
    }
    if (file->rows != NULL) {
        fclose(file->rows); /* flushed already: nothing is left to fail */
    }
    if (file->reasons != NULL) {
        fclose(file->reasons);
    }
    mr_code code = file->failed.code;
    if (code != MR_OK && err != NULL) {
        *err = file->failed;
    }
    mr_free(file->path);
    mr_free(file);
    return code;
}
