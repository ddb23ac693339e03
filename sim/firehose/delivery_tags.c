/* delivery_tags.c - the tags of a delivery stream, in catalog.db: see delivery_stream.h. */
#include "sim/base/alloc.h"
#include "sim/firehose/delivery_stream_private.h"
#include "sim/stream/stream_tags.h"

/* ---- characters ---- */

static mr_code bad_text(size_t number, const char *member, const char *pattern, mr_error *err)
{
    return mr_error_set(err, MR_BAD_INPUT,
                        "1 validation error detected: Value at 'tags.%zu.member.%s' failed to "
                        "satisfy constraint: Member must satisfy regular expression pattern: %s",
                        number, member, pattern);
}

mr_code mr_delivery_tags_check(const mr_delivery_tag *tags, size_t count, mr_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!mr_tag_text_is_right(tags[i].key) || strncmp(tags[i].key, "aws:", 4) == 0) {
            return bad_text(i + 1, "key", "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$", err);
        }
        if (tags[i].value != NULL && !mr_tag_text_is_right(tags[i].value)) {
            return bad_text(i + 1, "value", "^[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$", err);
        }
    }
    return MR_OK;
}

/* ---- setting and removing ---- */

static mr_code put_tag(mr_delivery_stream *stream, const mr_delivery_tag *tag, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO delivery_tags (delivery, key, value) VALUES (?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, tag->key);
    mr_stmt_bind_text(stmt, 3, tag->value);
    return mr_stmt_run(db, stmt, err);
}

static mr_code require_few(mr_delivery_stream *stream, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT count(*) FROM delivery_tags WHERE delivery = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    int64_t count = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    return code != MR_OK || count <= MR_DELIVERY_TAGS_MAX
               ? code
               : mr_error_set(err, MR_LIMIT_EXCEEDED,
                              "Firehose %s would have %lld tags; the limit is %d", stream->name,
                              (long long)count, MR_DELIVERY_TAGS_MAX);
}

static mr_code end_transaction(mr_db *db, mr_code code, mr_error *err)
{
    if (code == MR_OK) {
        return mr_db_commit(db, err);
    }
    mr_db_rollback(db);
    return code;
}

mr_code mr_delivery_stream_tag(mr_delivery_stream *stream, const mr_delivery_tag *tags,
                               size_t count, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    if (count == 0) {
        return MR_OK;
    }
    mr_code code = mr_delivery_tags_check(tags, count, err);
    if (code == MR_OK) {
        code = mr_db_begin(db, err);
    }
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = put_tag(stream, &tags[i], err);
    }
    if (code == MR_OK) {
        code = require_few(stream, err);
    }
    return end_transaction(db, code, err);
}

static mr_code remove_tag(mr_delivery_stream *stream, const char *key, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM delivery_tags WHERE delivery = ? AND key = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, key);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_delivery_stream_untag(mr_delivery_stream *stream, const char *const *keys, size_t count,
                                 mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = remove_tag(stream, keys[i], err);
    }
    return end_transaction(db, code, err);
}

/* ---- listing ---- */

mr_code mr_delivery_stream_tags(mr_delivery_stream *stream, const char *after, size_t most,
                                mr_delivery_tag_page *out, mr_error *err)
{
    MR_ASSERT(most > 0);
    MR_ASSERT(most <= MR_DELIVERY_TAGS_MAX);
    mr_db *db = stream->all->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT key, value FROM delivery_tags WHERE delivery = ?"
                                   " AND key > ? ORDER BY key");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, after == NULL ? "" : after); /* no key is empty */
    mr_delivery_tag_page page = {.count = 0};
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        if (page.count == most) {
            page.more = true;
            break;
        }
        page.tags[page.count++] = (mr_delivery_tag){.key = mr_strdup(mr_stmt_text(stmt, 0)),
                                                    .value = mr_strdup(mr_stmt_text(stmt, 1))};
    }
    mr_stmt_done(stmt);
    if (code != MR_OK) {
        mr_delivery_tag_page_deinit(&page);
        return code;
    }
    *out = page;
    return MR_OK;
}

void mr_delivery_tag_page_deinit(mr_delivery_tag_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        mr_free((char *)page->tags[i].key);
        mr_free((char *)page->tags[i].value);
    }
    page->count = 0;
}
