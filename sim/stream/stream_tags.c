/* stream_tags.c - see stream_tags.h. */
#include "sim/stream/stream_tags.h"

#include "sim/base/alloc.h"
#include "sim/stream/state.h"

/* ---- characters ---- */

/* The next code point of well-formed UTF-8, whose end is NUL. */
static uint32_t next_code_point(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    const size_t len = at[0] < 0x80 ? 1 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    uint32_t point = len == 1 ? at[0] : at[0] & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        point = point << 6 | (at[i] & 0x3FU);
    }
    *text += len;
    return point;
}

static bool is_tag_character(uint32_t point)
{
    if (point < 0x80) {
        return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
               (point >= '0' && point <= '9') ||
               (point != 0 && strchr("_.:/=+-%@ ", (int)point) != NULL);
    }
    return (point >= 0xC0 && point <= 0x1FFF) || (point >= 0x2C00 && point <= 0xD7FF) ||
           point >= 0x10000;
}

bool mr_tag_text_is_right(const char *text)
{
    if (!mr_bytes_is_utf8(mr_bytes_of(text))) {
        return false;
    }
    while (*text != '\0') {
        if (!is_tag_character(next_code_point(&text))) {
            return false;
        }
    }
    return true;
}

/* '%' is among the characters that the first check names, and the second one refuses it. */
static mr_code check_texts(const mr_streams *streams, const char *stream, const char *const *texts,
                           size_t count, const char *doing, mr_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!mr_tag_text_is_right(texts[i])) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "Some tags contain invalid characters. Valid characters: Unicode "
                                "letters, digits, white space, _ . / = + - %% @.");
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strchr(texts[i], '%') != NULL) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "Failed to %s stream %s under account %s because some tags "
                                "contained illegal characters. The allowed characters are Unicode "
                                "letters, white-spaces, '_',',','/','=','+','-','@'.",
                                doing, stream, mr_streams_account(streams));
        }
    }
    return MR_OK;
}

static mr_code check_characters(const mr_streams *streams, const char *stream, const mr_tag *tags,
                                size_t count, mr_error *err)
{
    const char **texts = mr_calloc(count * 2, sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        texts[2 * i] = tags[i].key;
        texts[2 * i + 1] = tags[i].value;
    }
    mr_code code = check_texts(streams, stream, texts, count * 2, "add tags to", err);
    mr_free(texts);
    return code;
}

/* AWS's text says 10. */
static mr_code check_count(const mr_streams *streams, const char *stream, uint64_t count,
                           mr_error *err)
{
    if (count <= MR_TAGS_MAX) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "Failed to add tags to stream %s under account %s because a given stream "
                        "cannot have more than 10 tags associated with it.",
                        stream, mr_streams_account(streams));
}

mr_code mr_tags_check(const mr_streams *streams, const char *stream, const mr_tag *tags,
                      size_t count, mr_error *err)
{
    mr_code code = check_characters(streams, stream, tags, count, err);
    return code == MR_OK ? check_count(streams, stream, count, err) : code;
}

/* ---- changing ---- */

static const char *owner(const char *consumer)
{
    return consumer == NULL ? "" : consumer;
}

static mr_code put_tag(mr_stream *stream, const char *consumer, const mr_tag *tag, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT OR REPLACE INTO stream_tags (stream, consumer, key,"
                                   " value) VALUES (?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    mr_stmt_bind_text(stmt, 3, tag->key);
    mr_stmt_bind_text(stmt, 4, tag->value);
    return mr_stmt_run(db, stmt, err);
}

static mr_code require_few(mr_stream *stream, const char *consumer, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT count(*) FROM stream_tags WHERE stream = ? AND consumer = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    const int64_t count = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    return code == MR_OK ? check_count(stream->streams, stream->name, (uint64_t)count, err) : code;
}

static mr_code end_transaction(mr_db *db, mr_code code, mr_error *err)
{
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

mr_code mr_stream_add_tags(mr_stream *stream, const char *consumer, const mr_tag *tags,
                           size_t count, mr_error *err)
{
    mr_code code = check_characters(stream->streams, stream->name, tags, count, err);
    if (code != MR_OK) {
        return code;
    }
    mr_db *db = stream->streams->options.db;
    code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = put_tag(stream, consumer, &tags[i], err);
    }
    if (code == MR_OK) {
        code = require_few(stream, consumer, err);
    }
    return end_transaction(db, code, err);
}

static mr_code remove_tag(mr_stream *stream, const char *consumer, const char *key, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "DELETE FROM stream_tags WHERE stream = ? AND consumer = ? AND key = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    mr_stmt_bind_text(stmt, 3, key);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_stream_remove_tags(mr_stream *stream, const char *consumer, const char *const *keys,
                              size_t count, mr_error *err)
{
    mr_code code = check_texts(stream->streams, stream->name, keys, count, "remove tags from", err);
    if (code != MR_OK) {
        return code;
    }
    mr_db *db = stream->streams->options.db;
    code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = remove_tag(stream, consumer, keys[i], err);
    }
    return end_transaction(db, code, err);
}

/* ---- listing ---- */

mr_code mr_stream_list_tags(mr_stream *stream, const char *consumer, const char *after, size_t most,
                            mr_tag_page *out, mr_error *err)
{
    MR_ASSERT(most > 0);
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT key, value FROM stream_tags WHERE stream = ?"
                                   " AND consumer = ? AND key > ? ORDER BY key");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    mr_stmt_bind_text(stmt, 3, after == NULL ? "" : after); /* no key is empty */
    mr_tag_page page = {.tags = NULL};
    size_t capacity = 0;
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        if (page.count == most) {
            page.more = true;
            break;
        }
        MR_GROW(page.tags, page.count, capacity);
        page.tags[page.count++] = (mr_tag){.key = mr_strdup(mr_stmt_text(stmt, 0)),
                                           .value = mr_strdup(mr_stmt_text(stmt, 1))};
    }
    mr_stmt_done(stmt);
    if (code != MR_OK) {
        mr_tag_page_deinit(&page);
        return code;
    }
    *out = page;
    return MR_OK;
}

void mr_tag_page_deinit(mr_tag_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        mr_free((char *)page->tags[i].key);
        mr_free((char *)page->tags[i].value);
    }
    mr_free(page->tags);
    *page = (mr_tag_page){.tags = NULL};
}
