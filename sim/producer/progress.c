#include "sim/producer/progress.h"

#include "sim/producer/producer.h"

mr_code progress_save(mr_db *db, const progress_row *row, mr_error *err)
{
    mr_stmt *stmt =
        mr_db_stmt(db, "INSERT INTO producer_progress (input, stream, file, rows, complete)"
                       " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (input) DO UPDATE SET"
                       " stream = excluded.stream, file = excluded.file, rows = excluded.rows,"
                       " complete = excluded.complete");
    mr_stmt_bind_int(stmt, 1, row->input);
    mr_stmt_bind_text(stmt, 2, row->stream);
    mr_stmt_bind_text(stmt, 3, row->file);
    mr_stmt_bind_int(stmt, 4, (int64_t)row->rows);
    mr_stmt_bind_int(stmt, 5, row->complete ? 1 : 0);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_producer_progress(mr_db *db, uint32_t input, uint64_t *rows, bool *complete,
                             mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(db, "SELECT rows, complete FROM producer_progress WHERE input = ?1");
    mr_stmt_bind_int(stmt, 1, input);
    bool found = false;
    mr_code code = mr_stmt_step(db, stmt, &found, err);
    if (code != MR_OK) {
        return code;
    }
    *rows = found ? (uint64_t)mr_stmt_int(stmt, 0) : 0;
    *complete = found && mr_stmt_int(stmt, 1) != 0;
    mr_stmt_done(stmt);
    return MR_OK;
}

mr_code mr_producer_last_input(mr_db *db, uint32_t *input, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(db, "SELECT coalesce(max(input), 0) FROM producer_progress");
    bool found = false;
    mr_code code = mr_stmt_step(db, stmt, &found, err);
    if (code != MR_OK) {
        return code;
    }
    *input = found ? (uint32_t)mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    return MR_OK;
}
