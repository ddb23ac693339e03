/* position.c - see position.h. */
#include "sim/mapping/position.h"

mr_position mr_position_at(size_t lanes, uint64_t number)
{
    MR_ASSERT(lanes >= 1 && lanes <= MR_MAPPING_LANES_MAX);
    mr_position position = {.lanes = lanes};
    for (size_t i = 0; i < lanes; i++) {
        position.done[i] = number;
    }
    return position;
}

uint64_t mr_position_low(const mr_position *position)
{
    uint64_t low = UINT64_MAX;
    for (size_t i = 0; i < position->lanes; i++) {
        low = position->done[i] < low ? position->done[i] : low;
    }
    return low;
}

/* "105 110 112" */
static bool parse(mr_bytes text, mr_position *out)
{
    out->lanes = 0;
    while (out->lanes < MR_MAPPING_LANES_MAX) {
        size_t blank = mr_bytes_find(text, ' ');
        if (!mr_bytes_to_uint64(mr_bytes_make(text.at, blank), &out->done[out->lanes])) {
            return false;
        }
        out->lanes++;
        if (blank == text.len) {
            return true;
        }
        text = mr_bytes_make(text.at + blank + 1, text.len - blank - 1);
    }
    return false;
}

mr_code mr_position_read(mr_db *db, const char *mapping, const char *shard, size_t lanes,
                         mr_position *out, bool *found, mr_error *err)
{
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT positions FROM mapping_positions WHERE mapping = ? AND shard = ?");
    mr_stmt_bind_text(stmt, 1, mapping);
    mr_stmt_bind_text(stmt, 2, shard);
    *found = false;
    mr_code code = mr_stmt_step(db, stmt, found, err);
    if (code == MR_OK && *found && !parse(mr_bytes_of(mr_stmt_text(stmt, 0)), out)) {
        code = mr_error_set(err, MR_CORRUPT,
                            "catalog.db: the position of event source mapping %s in %s is "
                            "\"%.100s\"",
                            mapping, shard, mr_stmt_text(stmt, 0));
    }
    mr_stmt_done(stmt);
    if (code == MR_OK && *found && out->lanes != lanes) {
        *out = mr_position_at(lanes, mr_position_low(out));
    }
    return code;
}

mr_code mr_position_write(mr_db *db, const char *mapping, const char *shard,
                          const mr_position *position, mr_error *err)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < position->lanes; i++) {
        if (i > 0) {
            mr_strbuf_append_char(&text, ' ');
        }
        mr_strbuf_append_uint64(&text, position->done[i]);
    }
    mr_stmt *stmt =
        mr_db_stmt(db, "INSERT INTO mapping_positions(mapping, shard, positions) VALUES(?1, ?2, ?3)"
                       " ON CONFLICT(mapping, shard) DO UPDATE SET positions = excluded.positions");
    mr_stmt_bind_text(stmt, 1, mapping);
    mr_stmt_bind_text(stmt, 2, shard);
    mr_stmt_bind_text(stmt, 3, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_positions_delete(mr_db *db, const char *mapping, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM mapping_positions WHERE mapping = ?");
    mr_stmt_bind_text(stmt, 1, mapping);
    return mr_stmt_run(db, stmt, err);
}
