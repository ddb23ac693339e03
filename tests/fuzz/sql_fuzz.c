/*
 * sql_fuzz.c - any text is parsed, resolved against a small catalog, pushed and written, or
 * refused with a message.
 */
#include "sim/base/alloc.h"
#include "sim/query/push.h"
#include "sim/query/resolver.h"
#include "sim/query/sql_write.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *word(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static mr_catalog *catalog_new(mr_clock *clock, mr_db **db)
{
    mr_error err;
    mr_column columns[] = {
        {.name = word("a"), .type = word("int")},
        {.name = word("s"), .type = word("string")},
        {.name = word("loc"), .type = word("struct<lat:double,in:struct<z:array<int>>>")},
        {.name = word("b"), .type = word("boolean")},
        {.name = word("ts"), .type = word("timestamp")},
    };
    mr_column key = {.name = word("dt"), .type = word("date")};
    mr_table table = {.database = word("db"),
                      .name = word("t"),
                      .columns = columns,
                      .column_count = MR_COUNT(columns),
                      .partition_keys = &key,
                      .partition_key_count = 1,
                      .location = word("s3://b/t/"),
                      .serde = word("org.openx.data.jsonserde.JsonSerDe")};
    if (mr_db_open(&(mr_db_options){.path = ":memory:", .clock = clock}, db, &err) != MR_OK) {
        abort();
    }
    mr_catalog *catalog = mr_catalog_new(*db, NULL);
    if (mr_catalog_create_database(catalog, "db", NULL, &err) != MR_OK ||
        mr_catalog_create_table(catalog, &table, &err) != MR_OK) {
        abort();
    }
    return catalog;
}

static void through(mr_catalog *catalog, mr_sql_statement *statement)
{
    mr_error err = {0};
    mr_statement_run run = {0};
    mr_resolve_options options = {.catalog = catalog};
    mr_code code = mr_sql_resolve(statement, &options, &run, &err);
    if (code == MR_OK) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_sql_push(statement->query, &run);
        mr_sql_write(statement->query, &run, &out);
        if (!mr_bytes_starts_with(mr_strbuf_bytes(&out), MR_BYTES_LITERAL("SELECT")) &&
            !mr_bytes_starts_with(mr_strbuf_bytes(&out), MR_BYTES_LITERAL("WITH"))) {
            abort();
        }
        mr_strbuf_deinit(&out);
    } else if (err.message[0] == '\0') {
        abort();
    }
    mr_statement_run_deinit(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Made once for all inputs: only this process reads it. */
    static mr_clock *clock;
    static mr_db *db;
    static mr_catalog *catalog;
    if (catalog == NULL) {
        clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL});
        catalog = catalog_new(clock, &db);
    }
    mr_error err = {0};
    mr_sql_statement *statement;
    if (mr_sql_parse(mr_bytes_make(data, size), &statement, &err) == MR_OK) {
        through(catalog, statement);
        mr_sql_free(statement);
    } else if (err.message[0] == '\0') {
        abort();
    }
    return 0;
}
