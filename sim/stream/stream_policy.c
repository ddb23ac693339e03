/* stream_policy.c - see stream_policy.h. */
#include "sim/stream/stream_policy.h"

#include "sim/base/alloc.h"
#include "sim/stream/state.h"

static const char *owner(const char *consumer)
{
    return consumer == NULL ? "" : consumer;
}

/* NULL when none is set. Owned. */
static mr_code load_policy(mr_stream *stream, const char *consumer, char **policy, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT policy FROM stream_policies WHERE stream = ? AND consumer = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    *policy = code == MR_OK && row ? mr_strdup(mr_stmt_text(stmt, 0)) : NULL;
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_stream_put_policy(mr_stream *stream, const char *consumer, const char *policy,
                             mr_error *err)
{
    const size_t len = strlen(policy);
    if (len == 0 || len > MR_POLICY_BYTES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "a resource policy of %zu bytes for stream %s; it must have 1 to %zu",
                            len, stream->name, MR_POLICY_BYTES_MAX);
    }
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO stream_policies (stream, consumer, policy) VALUES (?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    mr_stmt_bind_text(stmt, 3, policy);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_stream_get_policy(mr_stream *stream, const char *consumer, char **policy, mr_error *err)
{
    mr_code code = load_policy(stream, consumer, policy, err);
    if (code == MR_OK && *policy == NULL) {
        *policy = mr_strdup("{}");
    }
    return code;
}

mr_code mr_stream_delete_policy(mr_stream *stream, const char *consumer, mr_error *err)
{
    char *policy;
    mr_code code = load_policy(stream, consumer, &policy, err);
    if (code != MR_OK) {
        return code;
    }
    if (policy == NULL) {
        return mr_error_set(err, MR_NOT_FOUND, "No resource policy found for %s %s.",
                            consumer == NULL ? "stream" : "consumer",
                            consumer == NULL ? stream->name : consumer);
    }
    mr_free(policy);
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM stream_policies WHERE stream = ? AND consumer = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, owner(consumer));
    return mr_stmt_run(db, stmt, err);
}
