/* lambda_tags.c - see lambda_tags.h. */
#include "sim/lambda/lambda_tags.h"

#include "sim/lambda/lambda_private.h"

static mr_code put_tag(const mr_lambda_function *function, const mr_lambda_tag *tag, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO function_tags(function, key, value) VALUES(?1, ?2, ?3)");
    mr_stmt_bind_text(stmt, 1, function->name);
    mr_stmt_bind_text(stmt, 2, tag->key);
    mr_stmt_bind_text(stmt, 3, tag->value);
    return mr_stmt_run(db, stmt, err);
}

static mr_code require_few(const mr_lambda_function *function, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT count(*) FROM function_tags WHERE function = ?1");
    bool row = false;
    mr_stmt_bind_text(stmt, 1, function->name);
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    int64_t count = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    if (code == MR_OK && count > MR_LAMBDA_TAGS_MAX) {
        code = mr_error_set(err, MR_INVALID_ARGUMENT, "Number of tags exceeds resource tag limit.");
    }
    return code;
}

mr_code mr_lambda_add_tags(mr_lambda_function *function, const mr_lambda_tag *tags, size_t count,
                           mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = put_tag(function, &tags[i], err);
    }
    if (code == MR_OK) {
        code = require_few(function, err);
    }
    return mr_lambda_end_transaction(db, code, err);
}

mr_code mr_lambda_remove_tags(mr_lambda_function *function, const char *const *keys, size_t count,
                              mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        mr_stmt *stmt =
            mr_db_stmt(db, "DELETE FROM function_tags WHERE function = ?1 AND key = ?2");
        mr_stmt_bind_text(stmt, 1, function->name);
        mr_stmt_bind_text(stmt, 2, keys[i]);
        code = mr_stmt_run(db, stmt, err);
    }
    return mr_lambda_end_transaction(db, code, err);
}

mr_code mr_lambda_each_tag(mr_lambda_function *function, mr_lambda_tag_fn fn, void *context,
                           mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT key, value FROM function_tags WHERE function = ?1 ORDER BY key");
    bool row = false;
    mr_code code;
    mr_stmt_bind_text(stmt, 1, function->name);
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        fn(context, &(mr_lambda_tag){mr_stmt_text(stmt, 0), mr_stmt_text(stmt, 1)});
    }
    mr_stmt_done(stmt);
    return code;
}
