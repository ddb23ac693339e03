/* lambda_policy.c - see lambda_policy.h. */
#include "sim/lambda/lambda_policy.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/lambda/lambda_private.h"

static const char *owner(const char *qualifier)
{
    return strcmp(qualifier, "$LATEST") == 0 ? "" : qualifier;
}

/* Appends the ARN that a policy of this qualifier is of. */
static char *resource_of(const mr_lambda_function *function, const char *qualifier)
{
    const char *of = owner(qualifier);
    return mr_format("%s%s%s", function->arn, of[0] == '\0' ? "" : ":", of);
}

/* ---- statements ---- */

static bool is_account(const char *principal)
{
    return strlen(principal) == 12 && strspn(principal, "0123456789") == 12;
}

static void write_principal(mr_json *json, const char *principal)
{
    mr_json_key(json, "Principal");
    if (strcmp(principal, "*") == 0) {
        mr_json_text(json, principal);
        return;
    }
    bool is_service = strchr(principal, '.') != NULL && strncmp(principal, "arn:", 4) != 0;
    char *root = mr_format("arn:aws:iam::%s:root", principal);
    mr_json_object_begin(json);
    mr_json_field_string(json, is_service ? "Service" : "AWS",
                         is_account(principal) ? root : principal);
    mr_json_object_end(json);
    mr_free(root);
}

static void write_condition(mr_json *json, const char *test, const char *key, const char *value)
{
    if (value != NULL) {
        mr_json_key(json, test);
        mr_json_object_begin(json);
        mr_json_field_string(json, key, value);
        mr_json_object_end(json);
    }
}

/* StringEquals has a member for each of its keys. */
static void write_equals(mr_json *json, const mr_lambda_permission *p)
{
    const char *const pairs[][2] = {{"AWS:SourceAccount", p->source_account},
                                    {"lambda:EventSourceToken", p->token},
                                    {"aws:PrincipalOrgID", p->organization},
                                    {"lambda:FunctionUrlAuthType", p->url_auth}};
    bool has_any = false;
    for (size_t i = 0; i < MR_COUNT(pairs); i++) {
        if (pairs[i][1] == NULL) {
            continue;
        }
        if (!has_any) {
            mr_json_key(json, "StringEquals");
            mr_json_object_begin(json);
            has_any = true;
        }
        mr_json_field_string(json, pairs[i][0], pairs[i][1]);
    }
    if (has_any) {
        mr_json_object_end(json);
    }
}

static void write_statement(const char *resource, const mr_lambda_permission *p, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "Sid", p->statement_id);
    mr_json_field_string(&json, "Effect", "Allow");
    write_principal(&json, p->principal);
    mr_json_field_string(&json, "Action", p->action);
    mr_json_field_string(&json, "Resource", resource);
    if (p->source_arn != NULL || p->source_account != NULL || p->token != NULL ||
        p->organization != NULL || p->url_auth != NULL) {
        mr_json_key(&json, "Condition");
        mr_json_object_begin(&json);
        write_equals(&json, p);
        write_condition(&json, "ArnLike", "AWS:SourceArn", p->source_arn);
        mr_json_object_end(&json);
    }
    mr_json_object_end(&json);
}

/* ---- rows ---- */

static void bind_owner(mr_stmt *stmt, const mr_lambda_function *function, const char *qualifier)
{
    mr_stmt_bind_text(stmt, 1, function->name);
    mr_stmt_bind_text(stmt, 2, owner(qualifier));
}

/* The bytes of all statements, and whether one has this id. */
static mr_code look(const mr_lambda_function *function, const char *qualifier, const char *id,
                    int64_t *bytes, bool *found, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT total(length(statement)), total(sid = ?3)"
                                   " FROM function_permissions WHERE function = ?1 AND"
                                   " qualifier = ?2");
    bool row = false;
    bind_owner(stmt, function, qualifier);
    mr_stmt_bind_text(stmt, 3, id);
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    *bytes = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    *found = code == MR_OK && row && mr_stmt_int(stmt, 1) > 0;
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_lambda_add_permission(mr_lambda_function *function, const char *qualifier,
                                 const mr_lambda_permission *permission, mr_strbuf *statement,
                                 mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    int64_t bytes;
    bool found;
    mr_code code = look(function, qualifier, permission->statement_id, &bytes, &found, err);
    if (code == MR_OK && found) {
        code = mr_error_set(err, MR_FUNCTION_EXISTS,
                            "The statement id (%s) provided already exists. Please provide a new "
                            "statement id, or remove the existing statement.",
                            permission->statement_id);
    }
    if (code != MR_OK) {
        return code;
    }
    char *resource = resource_of(function, qualifier);
    write_statement(resource, permission, statement);
    mr_free(resource);
    if ((size_t)bytes + statement->len > MR_LAMBDA_POLICY_BYTES_MAX) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "The final policy size (%zu) is bigger than the "
                            "limit (%d).",
                            (size_t)bytes + statement->len, MR_LAMBDA_POLICY_BYTES_MAX);
    }
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO function_permissions(function, qualifier, sid,"
                                   " statement) VALUES(?1, ?2, ?3, ?4)");
    bind_owner(stmt, function, qualifier);
    mr_stmt_bind_text(stmt, 3, permission->statement_id);
    mr_stmt_bind_text(stmt, 4, mr_strbuf_text(statement));
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_lambda_remove_permission(mr_lambda_function *function, const char *qualifier,
                                    const char *statement_id, mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    int64_t bytes;
    bool found;
    mr_code code = look(function, qualifier, statement_id, &bytes, &found, err);
    if (code == MR_OK && !found) {
        code = mr_error_set(err, MR_NOT_FOUND, "Statement %s is not found in resource policy.",
                            statement_id);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM function_permissions WHERE function = ?1 AND"
                                   " qualifier = ?2 AND sid = ?3");
    bind_owner(stmt, function, qualifier);
    mr_stmt_bind_text(stmt, 3, statement_id);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_lambda_policy(mr_lambda_function *function, const char *qualifier, mr_strbuf *out,
                         mr_error *err)
{
    mr_db *db = function->lambda->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT statement FROM function_permissions WHERE"
                                   " function = ?1 AND qualifier = ?2 ORDER BY id");
    bool row = false, has_any = false;
    mr_code code;
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "Version", "2012-10-17");
    mr_json_field_string(&json, "Id", "default");
    mr_json_key(&json, "Statement");
    mr_json_array_begin(&json);
    bind_owner(stmt, function, qualifier);
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_json_raw(&json, mr_bytes_of(mr_stmt_text(stmt, 0)));
        has_any = true;
    }
    mr_stmt_done(stmt);
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    if (code == MR_OK && !has_any) {
        code = mr_error_set(err, MR_NOT_FOUND, "The resource you requested does not exist.");
    }
    return code;
}
