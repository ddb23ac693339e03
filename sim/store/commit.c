/* commit.c - a complete upload becomes an object: one transaction, one rename. */
#include "sim/base/alloc.h"
#include "sim/store/store_private.h"

static mr_code record_object(mr_upload *upload, mr_error *err)
{
    mr_db *db = upload->store->db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT OR REPLACE INTO objects (bucket, key, size_bytes, etag, "
                                   "modified_us, content_type, content_encoding) "
                                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    mr_stmt_bind_text(stmt, 1, upload->bucket);
    mr_stmt_bind_text(stmt, 2, upload->key);
    mr_stmt_bind_int(stmt, 3, (int64_t)upload->bytes_before);
    mr_stmt_bind_text(stmt, 4, upload->etag);
    mr_stmt_bind_int(stmt, 5, mr_clock_wall_us(upload->store->clock));
    mr_stmt_bind_text(stmt, 6, upload->content_type);
    mr_stmt_bind_text(stmt, 7, upload->content_encoding);
    return mr_stmt_run(db, stmt, err);
}

static mr_code record_intent(mr_upload *upload, mr_error *err)
{
    mr_db *db = upload->store->db;
    mr_stmt *stmt =
        mr_db_stmt(db, "INSERT INTO put_intents (temporary, bucket, key) VALUES (?1, ?2, ?3)");
    mr_stmt_bind_text(stmt, 1, upload->temporary_name);
    mr_stmt_bind_text(stmt, 2, upload->bucket);
    mr_stmt_bind_text(stmt, 3, upload->key);
    return mr_stmt_run(db, stmt, err);
}

/* The transaction. Before it everything that may fail in the folders is done. */
static mr_code record(mr_upload *upload, mr_commit_fn in_transaction, void *context, mr_error *err)
{
    mr_store *store = upload->store;

    mr_free(upload->path);
    upload->path = NULL;
    mr_code code = store_make_way(store, upload->bucket, upload->key, &upload->path, err);
    if (code == MR_OK && store->durable) {
        code = store->fs->sync_directory(store->fs, store->uploads_directory, err);
    }
    if (code == MR_OK) {
        code = mr_db_begin(store->db, err);
    }
    if (code != MR_OK) {
        return code;
    }
    code = record_object(upload, err);
    if (code == MR_OK) {
        code = record_intent(upload, err);
    }
    if (code == MR_OK && in_transaction != NULL) {
        code = in_transaction(context, store->db, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(store->db);
        return code;
    }
    code = mr_db_commit(store->db, err);
    if (code == MR_OK) {
        upload->state = UPLOAD_RECORDED;
    }
    return code;
}

static mr_code move_into_place(mr_upload *upload, mr_error *err)
{
    mr_store *store = upload->store;
    bool renamed;

    if (upload->path == NULL ||
        store->fs->rename(store->fs, upload->temporary, upload->path, NULL) != MR_OK) {
        /* The folders have changed since, or an earlier call has come this far. */
        return store_finish_rename(store, upload->temporary, upload->bucket, upload->key, &renamed,
                                   err);
    }
    return store->durable ? store_sync_folders(store, upload->path, err) : MR_OK;
}

static void emit_written(const mr_upload *upload)
{
    mr_event event = {.type = MR_EVENT_OBJECT_WRITTEN,
                      .bucket = upload->bucket,
                      .key = upload->key,
                      .bytes = upload->bytes_before,
                      .id = upload->etag};
    mr_trace_emit(upload->store->trace, &event);
}

mr_code mr_upload_commit(mr_upload *upload, mr_commit_fn in_transaction, void *context,
                         mr_object *object, mr_error *err)
{
    mr_store *store = upload->store;
    MR_ASSERT(upload->state == UPLOAD_COMPLETE || upload->state == UPLOAD_RECORDED);
    /* Inside a transaction of the caller the rename could come before the commit. */
    MR_ASSERT(sqlite3_get_autocommit(mr_db_handle(store->db)) != 0);

    store_close_file(upload);
    mr_code code = MR_OK;
    if (upload->state == UPLOAD_COMPLETE) {
        code = record(upload, in_transaction, context, err);
    }
    if (code == MR_OK) {
        code = move_into_place(upload, err);
    }
    if (code == MR_OK) {
        code = store_clear_intent(store, upload->temporary_name, err);
    }
    if (code != MR_OK) {
        return code;
    }
    upload->state = UPLOAD_DONE;
    if (object != NULL) {
        *object = (mr_object){.key = upload->key,
                              .size_bytes = upload->bytes_before,
                              .modified_us = mr_clock_wall_us(store->clock)};
        memcpy(object->etag, upload->etag, sizeof object->etag);
    }
    emit_written(upload);
    return MR_OK;
}

bool mr_upload_is_recorded(const mr_upload *upload)
{
    return upload->state >= UPLOAD_RECORDED;
}
