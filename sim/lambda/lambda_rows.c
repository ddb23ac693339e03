/* lambda_rows.c - functions in catalog.db; the tables are in db/schema.c. See lambda_private.h. */
#include "sim/base/alloc.h"
#include "sim/lambda/lambda_private.h"

mr_code mr_lambda_end_transaction(mr_db *db, mr_code code, mr_error *err)
{
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

/* ---- writing ---- */

mr_code mr_lambda_store_function(const mr_lambda_function *function, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT OR REPLACE INTO functions(name, next_version,"
                                   " published_revision, reserved, template)"
                                   " VALUES(?1, ?2, ?3, ?4, ?5)");
    mr_stmt_bind_text(stmt, 1, function->name);
    mr_stmt_bind_int(stmt, 2, function->next_version);
    mr_stmt_bind_text(stmt, 3, function->published_revision);
    if (function->reserved >= 0) {
        mr_stmt_bind_int(stmt, 4, function->reserved);
    }
    mr_stmt_bind_text(stmt, 5, function->template_digest);
    return mr_stmt_run(db, stmt, err);
}

static mr_code erase_variables(const mr_lambda_version *version, mr_error *err)
{
    mr_db *db = version->function->lambda->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "DELETE FROM function_variables WHERE function = ?1 AND version = ?2");
    mr_stmt_bind_text(stmt, 1, version->function->name);
    mr_stmt_bind_int(stmt, 2, version->number);
    return mr_stmt_run(db, stmt, err);
}

static mr_code store_variables(const mr_lambda_version *version, mr_error *err)
{
    mr_db *db = version->function->lambda->options.db;
    const mr_configuration *c = &version->configuration;
    mr_code code = erase_variables(version, err);
    for (size_t i = 0; i < c->variable_count && code == MR_OK; i++) {
        mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO function_variables(function, version, place,"
                                       " name, value) VALUES(?1, ?2, ?3, ?4, ?5)");
        mr_stmt_bind_text(stmt, 1, version->function->name);
        mr_stmt_bind_int(stmt, 2, version->number);
        mr_stmt_bind_int(stmt, 3, (int64_t)i);
        mr_stmt_bind_text(stmt, 4, c->variables[i].name);
        mr_stmt_bind_text(stmt, 5, c->variables[i].value);
        code = mr_stmt_run(db, stmt, err);
    }
    return code;
}

/* The texts stand in the order of mr_setting. */
#define COLUMNS                                                                                    \
    "runtime, handler, role, description, architecture, tracing_mode, snap_start, log_format,"     \
    " log_group, application_log_level, system_log_level, dead_letter_arn, timeout_s, memory_mib," \
    " storage_mib, has_variables, code, code_bytes, folder, revision, modified_us, active_us,"     \
    " updated_us"

mr_code mr_lambda_store_version(const mr_lambda_version *version, mr_error *err)
{
    mr_db *db = version->function->lambda->options.db;
    const mr_configuration *c = &version->configuration;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT OR REPLACE INTO function_versions(function,"
                                   " version, " COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                                   " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    int place = 1;
    mr_stmt_bind_text(stmt, place++, version->function->name);
    mr_stmt_bind_int(stmt, place++, version->number);
    for (int i = 0; i < MR_SETTING_COUNT; i++) {
        mr_stmt_bind_text(stmt, place++, c->texts[i]);
    }
    mr_stmt_bind_int(stmt, place++, c->timeout_s);
    mr_stmt_bind_int(stmt, place++, c->memory_mib);
    mr_stmt_bind_int(stmt, place++, c->storage_mib);
    mr_stmt_bind_int(stmt, place++, c->has_variables);
    mr_stmt_bind_text(stmt, place++, version->code[0] == '\0' ? NULL : version->code);
    mr_stmt_bind_int(stmt, place++, version->code_bytes);
    mr_stmt_bind_text(stmt, place++, version->folder);
    mr_stmt_bind_text(stmt, place++, version->revision);
    mr_stmt_bind_int(stmt, place++, version->modified_us);
    mr_stmt_bind_int(stmt, place++, version->active_us);
    mr_stmt_bind_int(stmt, place, version->updated_us);
    mr_code code = mr_stmt_run(db, stmt, err);
    return code == MR_OK ? store_variables(version, err) : code;
}

mr_code mr_lambda_erase_version(const mr_lambda_version *version, mr_error *err)
{
    mr_db *db = version->function->lambda->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "DELETE FROM function_versions WHERE function = ?1 AND version = ?2");
    mr_stmt_bind_text(stmt, 1, version->function->name);
    mr_stmt_bind_int(stmt, 2, version->number);
    mr_code code = mr_stmt_run(db, stmt, err);
    return code == MR_OK ? erase_variables(version, err) : code;
}

mr_code mr_lambda_erase_function(const mr_lambda_function *function, mr_error *err)
{
    static const char *const deletions[] = {
        "DELETE FROM functions WHERE name = ?1",
        "DELETE FROM function_versions WHERE function = ?1",
        "DELETE FROM function_variables WHERE function = ?1",
        "DELETE FROM function_tags WHERE function = ?1",
        "DELETE FROM function_permissions WHERE function = ?1",
        "DELETE FROM function_events WHERE function = ?1",
    };
    return mr_db_run_all(function->lambda->options.db, deletions, MR_COUNT(deletions),
                         function->name, err);
}

/* ---- reading ---- */

static mr_code load_functions(mr_lambda *lambda, mr_error *err)
{
    mr_db *db = lambda->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT name, next_version, published_revision, reserved IS NULL, reserved,"
                       " template FROM functions ORDER BY name");
    bool row = false;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_lambda_function *f = mr_lambda_function_new(lambda, mr_stmt_text(stmt, 0));
        f->next_version = mr_stmt_int(stmt, 1);
        f->published_revision = mr_strdup(mr_stmt_text(stmt, 2));
        f->reserved = mr_stmt_int(stmt, 3) != 0 ? -1 : (int32_t)mr_stmt_int(stmt, 4);
        f->template_digest = mr_strdup(mr_stmt_text(stmt, 5));
        (void)mr_map_put(lambda->by_name, mr_bytes_of(f->name), f);
    }
    mr_stmt_done(stmt);
    return code;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t len = from == NULL ? 0 : mr_min_size(strlen(from), size - 1);
    if (len > 0) {
        memcpy(to, from, len);
    }
    to[len] = '\0';
}

static void read_version(mr_stmt *stmt, mr_lambda_version *v)
{
    mr_configuration *c = &v->configuration;
    int column = 2;
    for (int i = 0; i < MR_SETTING_COUNT; i++) {
        mr_configuration_set(c, (mr_setting)i, mr_stmt_text(stmt, column++));
    }
    c->timeout_s = mr_stmt_int(stmt, column++);
    c->memory_mib = mr_stmt_int(stmt, column++);
    c->storage_mib = mr_stmt_int(stmt, column++);
    c->has_variables = mr_stmt_int(stmt, column++) != 0;
    copy_text(v->code, sizeof(v->code), mr_stmt_text(stmt, column++));
    v->code_bytes = mr_stmt_int(stmt, column++);
    v->folder = mr_strdup(mr_stmt_text(stmt, column++));
    copy_text(v->revision, sizeof(v->revision), mr_stmt_text(stmt, column++));
    v->modified_us = mr_stmt_int(stmt, column++);
    v->active_us = mr_stmt_int(stmt, column++);
    v->updated_us = mr_stmt_int(stmt, column);
    v->has_sha256 = strlen(v->code) == MR_CODE_HEX_SIZE - 1;
    if (v->has_sha256) {
        mr_lambda_sha256_of_hex(v->code, v->code_sha256);
    }
}

static mr_code load_versions(mr_lambda *lambda, mr_error *err)
{
    mr_db *db = lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT function, version, " COLUMNS
                                   " FROM function_versions ORDER BY function, version");
    bool row = false;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_lambda_function *f = mr_lambda_find(lambda, mr_bytes_of(mr_stmt_text(stmt, 0)));
        if (f == NULL) {
            code = mr_error_set(err, MR_CORRUPT, "%s: a version of function %s, which is not there",
                                mr_db_path(db), mr_stmt_text(stmt, 0));
            break;
        }
        mr_lambda_version *v = mr_lambda_version_new(f, mr_stmt_int(stmt, 1), NULL);
        read_version(stmt, v);
        mr_lambda_function_add_version(f, v);
    }
    mr_stmt_done(stmt);
    return code;
}

static mr_lambda_version *version_numbered(mr_lambda_function *f, int64_t number)
{
    if (f == NULL || number == 0) {
        return f == NULL ? NULL : f->latest;
    }
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i]->number == number) {
            return f->versions[i];
        }
    }
    return NULL;
}

static mr_code load_variables(mr_lambda *lambda, mr_error *err)
{
    mr_db *db = lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT function, version, name, value FROM function_variables"
                                   " ORDER BY function, version, place");
    bool row = false;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_lambda_function *f = mr_lambda_find(lambda, mr_bytes_of(mr_stmt_text(stmt, 0)));
        mr_lambda_version *v = version_numbered(f, mr_stmt_int(stmt, 1));
        if (v != NULL) {
            mr_configuration_add_variable(&v->configuration, mr_stmt_text(stmt, 2),
                                          mr_stmt_text(stmt, 3));
        }
    }
    mr_stmt_done(stmt);
    return code;
}

static mr_code check_latest(mr_lambda *lambda, mr_error *err)
{
    size_t count;
    mr_code code = MR_OK;
    mr_lambda_function **all = mr_lambda_list(lambda, &count);
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        if (all[i]->latest == NULL) {
            code = mr_error_set(err, MR_CORRUPT, "%s: function %s has no $LATEST",
                                mr_db_path(lambda->options.db), all[i]->name);
        }
    }
    mr_free(all);
    return code;
}

mr_code mr_lambda_load(mr_lambda *lambda, mr_error *err)
{
    mr_code code = load_functions(lambda, err);
    if (code == MR_OK) {
        code = load_versions(lambda, err);
    }
    if (code == MR_OK) {
        code = load_variables(lambda, err);
    }
    return code == MR_OK ? check_latest(lambda, err) : code;
}
