/*
 * expect_errors.c - the records of the error outputs, by their errorCode.
 *
 * Which objects are error output, their keys do not tell for certain (an ErrorOutputPrefix may be
 * anything); the commits in catalog.db do. An object has a commit for each shard of its records.
 */
#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "src/scenario/expect.h"

#include <cJSON.h>
#include <inttypes.h>

/* A buffer of 128 MiB, the largest hint, and the record that filled it. */
#define OBJECT_BYTES_MAX (160 * MR_MIB)
#define CODES_MAX        20 /* that are told apart in a report */

typedef struct code_count {
    char *code; /* owned */
    uint64_t records;
} code_count;

typedef struct errors {
    const char *asked; /* errorCode; NULL: any */
    uint64_t asked_count, all_count;
    code_count codes[CODES_MAX];
    size_t code_count;
    int64_t asked_us; /* when the first object with one that was asked for was delivered; 0: none */
    char *odd_line; /* "bucket/key, line 3": the first that is no error record; owned, NULL: none */
} errors;

static void count_code(errors *found, const char *code)
{
    found->all_count++;
    found->asked_count += found->asked == NULL || strcmp(found->asked, code) == 0 ? 1 : 0;
    size_t i = 0;
    while (i < found->code_count && strcmp(found->codes[i].code, code) != 0) {
        i++;
    }
    if (i == CODES_MAX) {
        return;
    }
    if (i == found->code_count) {
        found->codes[found->code_count++] = (code_count){.code = mr_strdup(code)};
    }
    found->codes[i].records++;
}

/* False: the line is no error record. */
static bool count_line(errors *found, mr_bytes line)
{
    cJSON *json = cJSON_ParseWithLength(line.at, line.len);
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "errorCode"));
    if (code != NULL) {
        count_code(found, code);
    }
    cJSON_Delete(json);
    return code != NULL;
}

static void count_object(errors *found, const char *name, mr_bytes body)
{
    for (uint64_t line = 1; body.len > 0; line++) {
        size_t len = mr_bytes_find(body, '\n');
        if (!count_line(found, mr_bytes_make(body.at, len)) && found->odd_line == NULL) {
            found->odd_line = mr_format("%s, line %" PRIu64, name, line);
        }
        size_t used = mr_min_size(len + 1, body.len);
        body = mr_bytes_make(body.at + used, body.len - used);
    }
}

/* One whose commit gave up has no object. */
static mr_code read_object(const mr_judging *judging, errors *found, const char *bucket,
                           const char *key, mr_error *err)
{
    char *path = mr_store_path(mr_sim_store(judging->sim), bucket, key);
    char *body = NULL;
    size_t len = 0;
    mr_code code = mr_fs_read_file(mr_platform_fs(), path, OBJECT_BYTES_MAX, &body, &len, err);
    if (code == MR_OK) {
        char *name = mr_format("%s/%s", bucket, key);
        count_object(found, name, mr_bytes_make(body, len));
        mr_free(name);
        mr_free(body);
    }
    mr_free(path);
    return code == MR_NOT_FOUND ? MR_OK : code;
}

static mr_code read_objects(const mr_judging *judging, const char *delivery, errors *found,
                            mr_error *err)
{
    mr_db *db = mr_sim_db(judging->sim);
    mr_stmt *stmt = mr_db_stmt(db, "SELECT bucket, key, min(time_us) FROM delivery_commits"
                                   " WHERE sink = 'error' AND bucket <> '' AND key <> ''"
                                   " AND (?1 IS NULL OR delivery = ?1) GROUP BY bucket, key"
                                   " ORDER BY min(time_us), bucket, key");
    mr_stmt_bind_text(stmt, 1, delivery);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    while (code == MR_OK && row) {
        uint64_t before = found->asked_count;
        code = read_object(judging, found, mr_stmt_text(stmt, 0), mr_stmt_text(stmt, 1), err);
        if (before == 0 && found->asked_count > 0) {
            found->asked_us = mr_stmt_int(stmt, 2);
        }
        if (code == MR_OK) {
            code = mr_stmt_step(db, stmt, &row, err);
        }
    }
    mr_stmt_done(stmt);
    return code;
}

/* " (of 12: Lambda.FunctionTimedOut 10, Lambda.MissingRecordId 2)". Owned. */
static char *by_code(const errors *found)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (found->code_count > 0) {
        mr_strbuf_appendf(&out, " (of %" PRIu64, found->all_count);
        for (size_t i = 0; i < found->code_count; i++) {
            mr_strbuf_appendf(&out, "%s %s %" PRIu64, i == 0 ? ":" : ",", found->codes[i].code,
                              found->codes[i].records);
        }
        mr_strbuf_append_char(&out, ')');
    }
    return mr_strbuf_take(&out);
}

mr_code expect_errors(const mr_judging *judging, const mr_expect *expect, mr_error *err)
{
    const mr_expect_errors *asked = &expect->as.errors;
    errors found = {.asked = asked->code};
    mr_code code = read_objects(judging, asked->delivery, &found, err);
    if (code == MR_OK) {
        char *remark = by_code(&found);
        expect_holds(judging, expect,
                     &(expect_number){.test = &asked->count,
                                      .value = (double)found.asked_count,
                                      .at_us = found.asked_us,
                                      .remark = remark});
        mr_free(remark);
        if (found.odd_line != NULL) {
            expect_failed(judging, expect, "error records, one JSON object a line", found.odd_line);
        }
    }
    for (size_t i = 0; i < found.code_count; i++) {
        mr_free(found.codes[i].code);
    }
    mr_free(found.odd_line);
    return code;
}
