/* recording_file.c - see recording_file.h. */
#include "src/producer/recording_file.h"

#define PIECE_BYTES (256 * MR_KIB) /* asked of the disk at once */

struct mr_recording_file {
    mr_file_system *fs;
    mr_file *file;
    char *path;
    uint64_t offset; /* of the next piece */
    bool is_read;    /* the disk has no more */

    mr_strbuf pieces; /* what was read and is not yet past */
    size_t past;      /* bytes at the front that are */
    uint64_t line_number;
    bool is_torn; /* the line has no line end: it is the last, and may be a piece of one */

    mr_arena *arena; /* the header's texts */
    mr_recording_header header;
    mr_recording_line *line;
    uint64_t puts, records; /* read so far */
    bool has_end, has_ended;
};

/* ---- lines ---- */

static mr_code read_piece(mr_recording_file *file, mr_error *err)
{
    mr_strbuf *pieces = &file->pieces;
    if (file->past > 0) {
        memmove(pieces->at, pieces->at + file->past, pieces->len - file->past);
        pieces->len -= file->past;
        file->past = 0;
    }
    char *room = mr_strbuf_reserve(pieces, PIECE_BYTES);
    MR_ASSERT(room != NULL); /* next_line() lets no line grow so far */
    size_t got = 0;
    mr_code code =
        file->fs->read_at(file->fs, file->file, room, PIECE_BYTES, file->offset, &got, err);
    if (code != MR_OK) {
        return code;
    }
    mr_strbuf_commit(pieces, got);
    file->offset += got;
    file->is_read = got < PIECE_BYTES;
    return MR_OK;
}

/* found: out, false at the end of the file. line: out, without its line end; borrowed until the
 * next call. */
static mr_code next_line(mr_recording_file *file, mr_bytes *line, bool *found, mr_error *err)
{
    size_t searched = 0; /* bytes from `past` on that hold no line end */
    file->line_number++;
    for (;;) {
        mr_bytes rest = mr_bytes_make(file->pieces.at + file->past, file->pieces.len - file->past);
        size_t end =
            searched + mr_bytes_find(mr_bytes_make(rest.at + searched, rest.len - searched), '\n');
        if (end < rest.len || file->is_read) {
            *found = rest.len > 0;
            *line = mr_bytes_make(rest.at, end);
            file->is_torn = end == rest.len;
            file->past += mr_min_size(end + 1, rest.len);
            return MR_OK;
        }
        searched = rest.len;
        if (searched > MR_RECORDING_LINE_BYTES_MAX) {
            return mr_error_set(err, MR_TOO_LARGE, "a line of more than %zu bytes",
                                MR_RECORDING_LINE_BYTES_MAX);
        }
        mr_code code = read_piece(file, err);
        if (code != MR_OK) {
            return code;
        }
    }
}

/* ---- the header ---- */

static mr_code read_header(mr_recording_file *file, mr_error *err)
{
    mr_bytes line;
    bool found = false;
    mr_code code = next_line(file, &line, &found, err);
    if (code == MR_OK && !found) {
        code = mr_error_set(err, MR_BAD_INPUT, "the file is empty");
    }
    return code == MR_OK ? mr_recording_header_read(line, file->arena, &file->header, err) : code;
}

/* Says where, and ends the reading. */
static mr_code fail(mr_recording_file *file, mr_code code, mr_error *err)
{
    file->has_ended = true;
    mr_error_prefix(err, "%s:%llu: ", file->path, (unsigned long long)file->line_number);
    return code;
}

mr_code mr_recording_file_open(mr_file_system *fs, const char *path, mr_recording_file **out,
                               mr_error *err)
{
    mr_recording_file *file = mr_calloc(1, sizeof(*file));
    file->fs = fs;
    file->path = mr_strdup(path);
    file->pieces = mr_strbuf_make(MR_RECORDING_LINE_BYTES_MAX + 2 * PIECE_BYTES);
    (void)mr_strbuf_reserve(&file->pieces, PIECE_BYTES); /* so that it has a place from now on */
    file->arena = mr_arena_new();
    file->line = mr_recording_line_new();
    mr_code code = fs->open(fs, path, MR_OPEN_READ, &file->file, err);
    if (code == MR_OK) {
        code = read_header(file, err);
        if (code != MR_OK) {
            (void)fail(file, code, err);
        }
    }
    if (code != MR_OK) {
        mr_recording_file_close(file);
        return code;
    }
    *out = file;
    return MR_OK;
}

void mr_recording_file_close(mr_recording_file *file)
{
    if (file == NULL) {
        return;
    }
    file->fs->close(file->fs, file->file);
    mr_recording_line_free(file->line);
    mr_arena_free(file->arena);
    mr_strbuf_deinit(&file->pieces);
    mr_free(file->path);
    mr_free(file);
}

const mr_recording_header *mr_recording_file_header(const mr_recording_file *file)
{
    return &file->header;
}

/* ---- puts ---- */

static mr_code check_end(mr_recording_file *file, const mr_recording_end *end, mr_error *err)
{
    file->has_end = true;
    if (end->puts == file->puts && end->records == file->records) {
        return MR_OK;
    }
    return mr_error_set(err, MR_BAD_INPUT,
                        "the last line counts %llu puts of %llu records; before it are %llu of "
                        "%llu: lines are missing",
                        (unsigned long long)end->puts, (unsigned long long)end->records,
                        (unsigned long long)file->puts, (unsigned long long)file->records);
}

static mr_code next_put(mr_recording_file *file, const mr_recording_put **put, mr_error *err)
{
    mr_bytes text;
    bool found = false;
    mr_code code = next_line(file, &text, &found, err);
    if (code != MR_OK || !found) {
        file->has_ended = true;
        return code;
    }
    if (file->has_end) {
        return mr_error_set(err, MR_BAD_INPUT, "a line behind the last");
    }
    code = mr_recording_line_read(file->line, text, err);
    if (code != MR_OK) {
        if (!file->is_torn) {
            return code;
        }
        file->has_ended = true; /* what a killed run was writing */
        return MR_OK;
    }
    const mr_recording_end *end = mr_recording_line_end(file->line);
    if (end != NULL) {
        code = check_end(file, end, err);
        return code == MR_OK ? next_put(file, put, err) : code;
    }
    *put = mr_recording_line_put(file->line);
    file->puts++;
    file->records += (*put)->count;
    return MR_OK;
}

mr_code mr_recording_file_next(mr_recording_file *file, const mr_recording_put **put, mr_error *err)
{
    *put = NULL;
    if (file->has_ended) {
        return MR_OK;
    }
    mr_code code = next_put(file, put, err);
    return code == MR_OK ? MR_OK : fail(file, code, err);
}

uint64_t mr_recording_file_line(const mr_recording_file *file)
{
    return file->line_number;
}

bool mr_recording_file_is_cut(const mr_recording_file *file)
{
    return file->has_ended && !file->has_end;
}
