/* recorder.c - see recorder.h. */
#include "src/producer/recorder.h"

#include <stdlib.h>

typedef struct recorded_target {
    mr_recorder *recorder;
    mr_producer_target target;
    char *name; /* the target's own may go before the recorder does */
} recorded_target;

struct mr_recorder {
    mr_file_system *fs;
    mr_file *file;
    mr_clock *clock;
    char *path;
    int64_t start_us;
    uint64_t offset; /* of the next line */
    mr_strbuf line;  /* under way; reused */
    uint64_t puts, records;
    mr_error failed; /* the first failure; code MR_OK: none */
    recorded_target **targets;
    size_t target_count, target_capacity;
};

/* ---- the template as the recording's folder sees it ---- */

/* From a folder to a file, both absolute and without links, the folder with a '/' at its end: the
 * file as it is when nothing but the root is above both. Owned. */
static char *path_between(const char *folder, const char *file)
{
    size_t common = 0; /* bytes up to and with the last '/' that both have */
    for (size_t i = 0; folder[i] != '\0' && folder[i] == file[i]; i++) {
        common = folder[i] == '/' ? i + 1 : common;
    }
    if (common <= 1) {
        return mr_strdup(file);
    }
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (const char *at = folder + common; *at != '\0'; at++) {
        if (*at == '/') {
            mr_strbuf_append_text(&path, "../");
        }
    }
    mr_strbuf_append_text(&path, file + common);
    return mr_strbuf_take(&path);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? mr_strdup(".") : mr_strndup(path, (size_t)(slash - path) + 1);
}

/* A path that cannot be resolved stays as it is. Owned. */
static char *template_seen_from(const char *recording, const char *template_file)
{
    char *folder = folder_of(recording);
    char *real_folder = realpath(folder, NULL); /* the C library's memory, as the next */
    char *real_template = realpath(template_file, NULL);
    char *seen = NULL;
    if (real_folder == NULL || real_template == NULL) {
        seen = mr_strdup(template_file);
    } else {
        char *open_folder = mr_format("%s/", real_folder);
        seen = path_between(open_folder, real_template);
        mr_free(open_folder);
    }
    free(real_template);
    free(real_folder);
    mr_free(folder);
    return seen;
}

/* ---- lines ---- */

/* Writes what is in `line`. A failure is kept: whoever comes later is told it too. */
static mr_code write_line(mr_recorder *recorder, mr_error *err)
{
    mr_bytes bytes = mr_strbuf_bytes(&recorder->line);
    if (recorder->failed.code == MR_OK) {
        (void)recorder->fs->write_at(recorder->fs, recorder->file, bytes, recorder->offset,
                                     &recorder->failed); /* kept in failed */
    }
    if (recorder->failed.code != MR_OK) {
        *err = recorder->failed;
        return recorder->failed.code;
    }
    recorder->offset += bytes.len;
    mr_strbuf_reset(&recorder->line);
    return MR_OK;
}

static int64_t since_start_us(const mr_recorder *recorder)
{
    int64_t span_us = mr_clock_now_us(recorder->clock) - recorder->start_us;
    return span_us > 0 ? span_us : 0; /* a clock that was set back */
}

static mr_code write_header(mr_recorder *recorder, const mr_recording_header *header, mr_error *err)
{
    mr_recording_header seen = *header;
    char *template_file = template_seen_from(recorder->path, header->template_file);
    seen.template_file = template_file;
    mr_recording_header_write(&seen, &recorder->line);
    mr_free(template_file);
    return write_line(recorder, err);
}

static mr_code put_recorded(void *context, const mr_record *records, size_t count,
                            mr_put_result *results, size_t *failed, mr_error *err)
{
    recorded_target *recorded = context;
    mr_recorder *recorder = recorded->recorder;
    mr_recording_put put = {.at_us = since_start_us(recorder),
                            .target = mr_bytes_of(recorded->name),
                            .records = records,
                            .count = count};
    mr_recording_put_write(&put, &recorder->line);
    mr_code code = write_line(recorder, err);
    if (code != MR_OK) {
        *failed = count;
        return code;
    }
    recorder->puts++;
    recorder->records += count;
    const mr_producer_target *target = &recorded->target;
    return target->put(target->context, records, count, results, failed, err);
}

/* ---- making and releasing ---- */

static void recorder_free(mr_recorder *recorder)
{
    recorder->fs->close(recorder->fs, recorder->file);
    for (size_t i = 0; i < recorder->target_count; i++) {
        mr_free(recorder->targets[i]->name);
        mr_free(recorder->targets[i]);
    }
    mr_free(recorder->targets);
    mr_strbuf_deinit(&recorder->line);
    mr_free(recorder->path);
    mr_free(recorder);
}

mr_code mr_recorder_open(const mr_recorder_options *options, mr_recorder **out, mr_error *err)
{
    mr_recorder *recorder = mr_calloc(1, sizeof(*recorder));
    recorder->fs = options->fs;
    recorder->clock = options->clock;
    recorder->path = mr_strdup(options->path);
    recorder->start_us = options->header->start_us;
    recorder->line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_code code =
        options->fs->open(options->fs, options->path, MR_OPEN_TRUNCATE, &recorder->file, err);
    if (code == MR_OK) {
        code = write_header(recorder, options->header, err);
    }
    if (code != MR_OK) {
        recorder_free(recorder);
        return code;
    }
    *out = recorder;
    return MR_OK;
}

mr_producer_target mr_recorder_wrap(mr_recorder *recorder, const mr_producer_target *target)
{
    recorded_target *recorded = mr_calloc(1, sizeof(*recorded));
    recorded->recorder = recorder;
    recorded->target = *target;
    recorded->name = mr_strdup(target->name);
    MR_GROW(recorder->targets, recorder->target_count, recorder->target_capacity);
    recorder->targets[recorder->target_count++] = recorded;

    mr_producer_target wrapped = *target;
    wrapped.put = put_recorded;
    wrapped.context = recorded;
    return wrapped;
}

uint64_t mr_recorder_puts(const mr_recorder *recorder)
{
    return recorder->puts;
}

mr_code mr_recorder_close(mr_recorder *recorder, mr_error *err)
{
    if (recorder == NULL) {
        return MR_OK;
    }
    mr_recording_end end = {
        .end_us = since_start_us(recorder), .puts = recorder->puts, .records = recorder->records};
    mr_recording_end_write(&end, &recorder->line);
    mr_code code = write_line(recorder, err);
    recorder_free(recorder);
    return code;
}
