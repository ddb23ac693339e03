/* delivery_stream_rows.c - delivery streams in catalog.db: their settings, and what is counted for
 * the day. See delivery_stream_private.h. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/delivery_stream_private.h"

#define DAY_US (INT64_C(24) * 3600 * MR_US_PER_SECOND)

/* ---- names, in AWS's words ---- */

static const char *const status_names[MR_DELIVERY_STATUS_COUNT] = {
    [MR_DELIVERY_ACTIVE] = "ACTIVE",
    [MR_DELIVERY_CREATING] = "CREATING",
    [MR_DELIVERY_DELETING] = "DELETING",
};

static const char *const encryption_names[MR_ENCRYPTION_STATUS_COUNT] = {
    [MR_ENCRYPTION_DISABLED] = "DISABLED",
    [MR_ENCRYPTION_ENABLING] = "ENABLING",
    [MR_ENCRYPTION_ENABLED] = "ENABLED",
    [MR_ENCRYPTION_DISABLING] = "DISABLING",
};

static const char *const key_names[] = {
    [MR_KEY_NONE] = NULL,
    [MR_KEY_AWS_OWNED] = "AWS_OWNED_CMK",
    [MR_KEY_CUSTOMER] = "CUSTOMER_MANAGED_CMK",
};

const char *mr_delivery_status_name(mr_delivery_status status)
{
    return status_names[status];
}

const char *mr_encryption_status_name(mr_encryption_status status)
{
    return encryption_names[status];
}

const char *mr_delivery_key_name(mr_delivery_key key)
{
    return key_names[key];
}

/* False when there is none so called; place is then left alone. */
static bool place_of(const char *const *names, size_t count, mr_bytes name, size_t *place)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] != NULL && mr_bytes_is(name, names[i])) {
            *place = i;
            return true;
        }
    }
    return false;
}

bool mr_delivery_key_of(mr_bytes name, mr_delivery_key *out)
{
    size_t place;
    bool found = place_of(key_names, MR_COUNT(key_names), name, &place);
    *out = found ? (mr_delivery_key)place : MR_KEY_NONE;
    return found;
}

/* ---- the settings ---- */

static void bind_if(mr_stmt *stmt, int place, int64_t value)
{
    if (value != 0) { /* otherwise it stays NULL */
        mr_stmt_bind_int(stmt, place, value);
    }
}

mr_code mr_delivery_stream_store(const mr_delivery_stream *stream, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    char *config = mr_delivery_config_text(stream->config);
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO delivery_settings (name, source, source_created_us,"
            " source_role, throughput_hint, config, version, created_us, updated_us, status,"
            " due_us, encryption, encryption_due_us, key_type, key_arn)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, stream->source);
    bind_if(stmt, 3, stream->source_created_us);
    mr_stmt_bind_text(stmt, 4, stream->source_role);
    bind_if(stmt, 5, stream->throughput_hint);
    mr_stmt_bind_text(stmt, 6, config);
    mr_stmt_bind_int(stmt, 7, (int64_t)stream->version);
    mr_stmt_bind_int(stmt, 8, stream->created_us);
    bind_if(stmt, 9, stream->updated_us);
    mr_stmt_bind_text(stmt, 10, status_names[stream->status]);
    bind_if(stmt, 11, stream->due_us);
    mr_stmt_bind_text(stmt, 12, encryption_names[stream->encryption]);
    bind_if(stmt, 13, stream->encryption_due_us);
    mr_stmt_bind_text(stmt, 14, key_names[stream->key]);
    mr_stmt_bind_text(stmt, 15, stream->key_arn);
    mr_code code = mr_stmt_run(db, stmt, err);
    mr_free(config);
    return code;
}

/* False when the row is not one of ours. */
static bool load_row(mr_delivery_stream *stream, mr_stmt *stmt)
{
    size_t status = 0, encryption = 0;
    mr_delivery_stream_set_source(stream, mr_stmt_text(stmt, 0), mr_stmt_text(stmt, 2));
    stream->source_created_us = mr_stmt_int(stmt, 1);
    stream->throughput_hint = (int32_t)mr_stmt_int(stmt, 3);
    stream->config = mr_delivery_config_parse(mr_stmt_text(stmt, 4));
    stream->version = (uint64_t)mr_stmt_int(stmt, 5);
    stream->created_us = mr_stmt_int(stmt, 6);
    stream->updated_us = mr_stmt_int(stmt, 7);
    bool ok = place_of(status_names, MR_DELIVERY_STATUS_COUNT, mr_bytes_of(mr_stmt_text(stmt, 8)),
                       &status) &&
              place_of(encryption_names, MR_ENCRYPTION_STATUS_COUNT,
                       mr_bytes_of(mr_stmt_text(stmt, 10)), &encryption);
    stream->status = (mr_delivery_status)status;
    stream->due_us = mr_stmt_int(stmt, 9);
    stream->encryption = (mr_encryption_status)encryption;
    stream->encryption_due_us = mr_stmt_int(stmt, 11);
    const char *key = mr_stmt_text(stmt, 12);
    ok = ok && (key == NULL || mr_delivery_key_of(mr_bytes_of(key), &stream->key));
    stream->key_arn = mr_strdup(mr_stmt_text(stmt, 13));
    return ok && stream->config != NULL && stream->version > 0;
}

mr_code mr_delivery_stream_load(mr_delivery_streams *all, const char *name,
                                mr_delivery_stream **out, mr_error *err)
{
    mr_db *db = all->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "SELECT source, source_created_us, source_role, throughput_hint, config, version,"
            " created_us, updated_us, status, due_us, encryption, encryption_due_us, key_type,"
            " key_arn FROM delivery_settings WHERE name = ?");
    mr_stmt_bind_text(stmt, 1, name);
    bool row = false;
    *out = NULL;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code == MR_OK && row) {
        *out = mr_delivery_stream_new(all, name);
        if (!load_row(*out, stmt)) {
            mr_delivery_stream_free(*out);
            *out = NULL;
            code = mr_error_set(err, MR_CORRUPT,
                                "catalog.db: the settings of delivery stream %s cannot be read; "
                                "put the file back from a copy, or remove the state directory to "
                                "begin anew",
                                name);
        }
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_delivery_stream_forget(const mr_delivery_stream *stream, mr_error *err)
{
    static const char *const statements[] = {
        "DELETE FROM delivery_settings WHERE name = ?",
        "DELETE FROM delivery_tags WHERE delivery = ?",
        "DELETE FROM delivery_actions WHERE delivery = ?",
    };
    return mr_db_run_all(stream->all->options.db, statements, MR_COUNT(statements), stream->name,
                         err);
}

/* ---- what is counted for the day ---- */

mr_code mr_delivery_stream_note_action(const mr_delivery_stream *stream, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    const int64_t now_us = mr_clock_now_us(stream->all->options.clock);
    mr_stmt *stmt =
        mr_db_stmt(db, "DELETE FROM delivery_actions WHERE delivery = ? AND time_us <= ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, now_us - DAY_US);
    mr_code code = mr_stmt_run(db, stmt, err);
    if (code != MR_OK) {
        return code;
    }
    stmt = mr_db_stmt(db, "INSERT INTO delivery_actions (delivery, time_us) VALUES (?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, now_us);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_delivery_stream_count_actions(const mr_delivery_stream *stream, int64_t *count,
                                         mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT count(*) FROM delivery_actions WHERE delivery = ? AND time_us > ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, mr_clock_now_us(stream->all->options.clock) - DAY_US);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    *count = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    return code;
}
