/*
 * schema.c - see schema.h. One place for every table, so that the file can be understood by
 * reading this one.
 *
 * Times are microseconds of virtual time since the epoch. Lists are JSON text. Tables have the
 * key that they are read by as primary key and no rowid, so a dump is in order by itself.
 */
#include "sim/db/schema.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"

/* Since version 2. What became of the records, commit by commit, in the order of commits: one row
 * for each shard and outcome; see firehose/commit_log.h. */
#define COMMITS_SQL                                                                                \
    "CREATE TABLE delivery_commits ("                                                              \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  delivery TEXT NOT NULL,"                                                                    \
    "  sink TEXT NOT NULL,"                                                                        \
    "  shard TEXT NOT NULL,"                                                                       \
    "  ranges TEXT NOT NULL,"                                                                      \
    "  records INTEGER NOT NULL,"                                                                  \
    "  bytes INTEGER NOT NULL,"                                                                    \
    "  bucket TEXT,"                                                                               \
    "  key TEXT,"                                                                                  \
    "  outcome TEXT NOT NULL,"                                                                     \
    "  time_us INTEGER NOT NULL"                                                                   \
    ") STRICT;"

/* Since version 2: what the control plane of data streams has set. A stream without a row in
 * stream_settings is ACTIVE, with every setting as at creation; see stream/stream_status.h. */
#define STREAM_CONTROL_SQL                                                                         \
    "CREATE TABLE stream_settings ("                                                               \
    "  stream TEXT PRIMARY KEY,"                                                                   \
    "  status TEXT NOT NULL," /* as AWS spells it */                                               \
    "  due_us INTEGER,"       /* when the status ends, by mr_clock_now_us(); NULL: ACTIVE */       \
    "  change TEXT,"          /* what UPDATING ends with; NULL: nothing */                         \
    "  change_number INTEGER,"                                                                     \
    "  change_other INTEGER,"                                                                      \
    "  change_text TEXT,"                                                                          \
    "  metrics INTEGER NOT NULL," /* bits of enhanced monitoring */                                \
    "  encryption_key TEXT,"      /* NULL: not encrypted */                                        \
    "  warm_mibps INTEGER NOT NULL"                                                                \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE stream_consumers ("                                                              \
    "  stream TEXT NOT NULL,"                                                                      \
    "  name TEXT NOT NULL,"                                                                        \
    "  created_us INTEGER NOT NULL,"                                                               \
    "  status TEXT NOT NULL,"                                                                      \
    "  due_us INTEGER,"                                                                            \
    "  PRIMARY KEY (stream, name)"                                                                 \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE stream_tags ("                                                                   \
    "  stream TEXT NOT NULL,"                                                                      \
    "  consumer TEXT NOT NULL," /* '': of the stream itself */                                     \
    "  key TEXT NOT NULL,"                                                                         \
    "  value TEXT NOT NULL,"                                                                       \
    "  PRIMARY KEY (stream, consumer, key)"                                                        \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE stream_policies ("                                                               \
    "  stream TEXT NOT NULL,"                                                                      \
    "  consumer TEXT NOT NULL,"                                                                    \
    "  policy TEXT NOT NULL,"                                                                      \
    "  PRIMARY KEY (stream, consumer)"                                                             \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE stream_actions (" /* those that AWS allows so many times in 24 hours */          \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  stream TEXT NOT NULL,"                                                                      \
    "  action TEXT NOT NULL,"                                                                      \
    "  time_us INTEGER NOT NULL" /* by mr_clock_now_us() */                                        \
    ") STRICT;"

/* Since version 3: what the control plane of delivery streams has set; see
 * firehose/delivery_stream.h. One without a row was made by an earlier version, which kept no
 * settings. */
#define DELIVERY_CONTROL_SQL                                                                       \
    "CREATE TABLE delivery_settings ("                                                             \
    "  name TEXT PRIMARY KEY,"                                                                     \
    "  source TEXT,"               /* data stream; NULL: DirectPut */                              \
    "  source_created_us INTEGER," /* of that stream: another of the name is not the source */     \
    "  source_role TEXT,"                                                                          \
    "  throughput_hint INTEGER," /* ThroughputHintInMBs of DirectPut; NULL: none */                \
    "  config TEXT NOT NULL,"    /* JSON; see firehose/delivery_config.h */                        \
    "  version INTEGER NOT NULL,"                                                                  \
    "  created_us INTEGER NOT NULL,"                                                               \
    "  updated_us INTEGER,"       /* NULL: never */                                                \
    "  status TEXT NOT NULL,"     /* as AWS spells it */                                           \
    "  due_us INTEGER,"           /* when the status ends, by mr_clock_now_us(); NULL: never */    \
    "  encryption TEXT NOT NULL," /* as AWS spells it */                                           \
    "  encryption_due_us INTEGER,"                                                                 \
    "  key_type TEXT,"                                                                             \
    "  key_arn TEXT"                                                                               \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE delivery_tags ("                                                                 \
    "  delivery TEXT NOT NULL,"                                                                    \
    "  key TEXT NOT NULL,"                                                                         \
    "  value TEXT," /* NULL: none was given */                                                     \
    "  PRIMARY KEY (delivery, key)"                                                                \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE delivery_actions (" /* those that AWS allows so many times in 24 hours */        \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  delivery TEXT NOT NULL,"                                                                    \
    "  time_us INTEGER NOT NULL" /* by mr_clock_now_us() */                                        \
    ") STRICT;"

/* Since version 3: event source mappings, and where each of them is in each shard; see
 * mapping/mapping.h and mapping/position.h. */
#define MAPPINGS_SQL                                                                               \
    "CREATE TABLE event_source_mappings ("                                                         \
    "  uuid TEXT PRIMARY KEY,"                                                                     \
    "  function_arn TEXT NOT NULL,"                                                                \
    "  source_arn TEXT NOT NULL," /* of a data stream, or of a consumer */                         \
    "  role TEXT NOT NULL,"                                                                        \
    "  enabled INTEGER NOT NULL,"                                                                  \
    "  starting TEXT NOT NULL," /* as AWS spells it */                                             \
    "  starting_us INTEGER,"    /* of AT_TIMESTAMP */                                              \
    "  batch_size INTEGER NOT NULL,"                                                               \
    "  window_s INTEGER NOT NULL,"                                                                 \
    "  lanes INTEGER NOT NULL,"                                                                    \
    "  retries_max INTEGER NOT NULL," /* -1: any number */                                         \
    "  age_max_s INTEGER NOT NULL,"   /* -1: the stream's retention */                             \
    "  bisect INTEGER NOT NULL,"                                                                   \
    "  reports_items INTEGER NOT NULL,"                                                            \
    "  failure_arn TEXT,"                                                                          \
    "  filters TEXT NOT NULL," /* [pattern, ...] */                                                \
    "  state TEXT NOT NULL,"   /* as AWS spells it */                                              \
    "  due_us INTEGER,"        /* when it ends, by mr_clock_now_us(); NULL: it does not */         \
    "  state_reason TEXT NOT NULL,"                                                                \
    "  last_result TEXT NOT NULL,"                                                                 \
    "  modified_us INTEGER NOT NULL"                                                               \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE mapping_positions ("                                                             \
    "  mapping TEXT NOT NULL,"                                                                     \
    "  shard TEXT NOT NULL,"                                                                       \
    "  positions TEXT NOT NULL," /* one a lane, '105 110': below it all of the lane is done */     \
    "  PRIMARY KEY (mapping, shard)"                                                               \
    ") STRICT, WITHOUT ROWID;"

/* Since version 3: Lambda's control plane; see lambda/lambda_rows.c. Version 0 is $LATEST. */
#define FUNCTIONS_SQL                                                                              \
    "CREATE TABLE functions ("                                                                     \
    "  name TEXT PRIMARY KEY,"                                                                     \
    "  next_version INTEGER NOT NULL,"                                                             \
    "  published_revision TEXT," /* of $LATEST when the last version was published */              \
    "  reserved INTEGER,"        /* concurrency; NULL: none is */                                  \
    "  template TEXT"            /* digest of what a template last said; NULL: it is of none */    \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE function_versions ("                                                             \
    "  function TEXT NOT NULL,"                                                                    \
    "  version INTEGER NOT NULL,"                                                                  \
    "  runtime TEXT,"                                                                              \
    "  handler TEXT,"                                                                              \
    "  role TEXT,"                                                                                 \
    "  description TEXT,"                                                                          \
    "  architecture TEXT,"                                                                         \
    "  tracing_mode TEXT,"                                                                         \
    "  snap_start TEXT,"                                                                           \
    "  log_format TEXT,"                                                                           \
    "  log_group TEXT,"                                                                            \
    "  application_log_level TEXT,"                                                                \
    "  system_log_level TEXT,"                                                                     \
    "  dead_letter_arn TEXT,"                                                                      \
    "  timeout_s INTEGER NOT NULL,"                                                                \
    "  memory_mib INTEGER NOT NULL,"                                                               \
    "  storage_mib INTEGER NOT NULL,"                                                              \
    "  has_variables INTEGER NOT NULL,"                                                            \
    "  code TEXT," /* SHA-256 of the zip below functions/; NULL: it is in a folder */              \
    "  code_bytes INTEGER NOT NULL," /* of the zip */                                              \
    "  folder TEXT,"                 /* of the user; both NULL: there is no code here */           \
    "  revision TEXT NOT NULL,"                                                                    \
    "  modified_us INTEGER NOT NULL,"                                                              \
    "  active_us INTEGER NOT NULL,"  /* Pending until then, by mr_clock_now_us() */                \
    "  updated_us INTEGER NOT NULL," /* an update is in progress until then */                     \
    "  PRIMARY KEY (function, version)"                                                            \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE function_variables ("                                                            \
    "  function TEXT NOT NULL,"                                                                    \
    "  version INTEGER NOT NULL,"                                                                  \
    "  place INTEGER NOT NULL,"                                                                    \
    "  name TEXT NOT NULL,"                                                                        \
    "  value TEXT NOT NULL,"                                                                       \
    "  PRIMARY KEY (function, version, place)"                                                     \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE function_tags ("                                                                 \
    "  function TEXT NOT NULL,"                                                                    \
    "  key TEXT NOT NULL,"                                                                         \
    "  value TEXT NOT NULL,"                                                                       \
    "  PRIMARY KEY (function, key)"                                                                \
    ") STRICT, WITHOUT ROWID;"                                                                     \
    "CREATE TABLE function_permissions ("                                                          \
    "  id INTEGER PRIMARY KEY," /* the order in which they were added */                           \
    "  function TEXT NOT NULL,"                                                                    \
    "  qualifier TEXT NOT NULL," /* '' : of the function */                                        \
    "  sid TEXT NOT NULL,"                                                                         \
    "  statement TEXT NOT NULL," /* JSON */                                                        \
    "  UNIQUE (function, qualifier, sid)"                                                          \
    ") STRICT;"                                                                                    \
    "CREATE TABLE function_events (" /* asynchronous invocations; see lambda/event_queue.h */      \
    "  id INTEGER PRIMARY KEY,"                                                                    \
    "  function TEXT NOT NULL,"                                                                    \
    "  version INTEGER NOT NULL,"                                                                  \
    "  request_id TEXT NOT NULL,"                                                                  \
    "  invoked_arn TEXT NOT NULL,"                                                                 \
    "  client_context TEXT,"                                                                       \
    "  payload BLOB NOT NULL,"                                                                     \
    "  accepted_us INTEGER NOT NULL," /* by mr_clock_now_us() */                                   \
    "  due_us INTEGER NOT NULL,"                                                                   \
    "  failures INTEGER NOT NULL,"                                                                 \
    "  throttles INTEGER NOT NULL" /* in a row */                                                  \
    ") STRICT;"

static const char tables_sql[] =
    "CREATE TABLE meta (" /* facts of the state directory as a whole */
    "  name TEXT PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* ---- data streams ---- */

    "CREATE TABLE streams ("
    "  name TEXT PRIMARY KEY,"
    "  created_us INTEGER NOT NULL,"
    "  retention_us INTEGER NOT NULL,"
    "  record_kib_max INTEGER NOT NULL,"
    "  on_demand INTEGER NOT NULL,"
    "  internal INTEGER NOT NULL" /* the ring of a DirectPut delivery stream */
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE shards ("
    "  stream TEXT NOT NULL,"
    "  shard_index INTEGER NOT NULL,"
    "  hash_start TEXT NOT NULL," /* decimal, both ends inclusive */
    "  hash_end TEXT NOT NULL,"
    "  parent_index INTEGER,"
    "  adjacent_parent_index INTEGER,"
    "  created_us INTEGER NOT NULL,"
    "  closed_us INTEGER," /* NULL: open */
    "  PRIMARY KEY (stream, shard_index)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE recycled_rows (" /* rows of an input up to this one left with their segments */
    "  stream TEXT NOT NULL,"
    "  input INTEGER NOT NULL,"
    "  through_row INTEGER NOT NULL,"
    "  PRIMARY KEY (stream, input)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE producer_progress ("
    "  input INTEGER PRIMARY KEY,"
    "  stream TEXT NOT NULL,"
    "  file TEXT NOT NULL,"
    "  rows INTEGER NOT NULL," /* rows 1..rows are stored, rejected or given up */
    "  complete INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* ---- delivery streams ---- */

    "CREATE TABLE delivery_streams ("
    "  name TEXT PRIMARY KEY,"
    "  source TEXT," /* data stream; NULL: DirectPut */
    "  created_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE delivery_positions (" /* the records of a shard that are done with */
    "  delivery TEXT NOT NULL,"
    "  coverage TEXT NOT NULL," /* 'processed' or 'backup' */
    "  shard TEXT NOT NULL,"
    "  ranges TEXT NOT NULL," /* half open, rising: '0-105 110-112.3'; see firehose/coverage.h */
    "  PRIMARY KEY (delivery, coverage, shard)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE delivery_sinks ("
    "  delivery TEXT NOT NULL,"
    "  sink TEXT NOT NULL,"           /* 'main', 'error' or 'backup' */
    "  next_object INTEGER NOT NULL," /* number of its next object, from which names are drawn */
    "  PRIMARY KEY (delivery, sink)"
    ") STRICT, WITHOUT ROWID;"

    COMMITS_SQL STREAM_CONTROL_SQL DELIVERY_CONTROL_SQL MAPPINGS_SQL FUNCTIONS_SQL

    /* ---- object store ---- */

    "CREATE TABLE objects ("
    "  bucket TEXT NOT NULL,"
    "  key TEXT NOT NULL,"
    "  size_bytes INTEGER NOT NULL,"
    "  etag TEXT NOT NULL,"
    "  modified_us INTEGER NOT NULL,"
    "  content_type TEXT,"
    "  content_encoding TEXT,"
    "  PRIMARY KEY (bucket, key)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE put_intents (" /* committed objects whose rename is not known to be done */
    "  temporary TEXT PRIMARY KEY,"
    "  bucket TEXT NOT NULL,"
    "  key TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* ---- Glue ---- */

    "CREATE TABLE glue_databases ("
    "  name TEXT PRIMARY KEY,"
    "  description TEXT,"
    "  created_us INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE glue_tables ("
    "  database_name TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  table_type TEXT,"
    "  location TEXT,"
    "  input_format TEXT,"
    "  output_format TEXT,"
    "  serde TEXT,"
    "  compressed INTEGER NOT NULL,"
    "  columns TEXT NOT NULL,"          /* [[name, type, comment], ...] */
    "  partition_keys TEXT NOT NULL,"   /* the same */
    "  serde_parameters TEXT NOT NULL," /* [[name, value], ...] */
    "  parameters TEXT NOT NULL,"       /* the same */
    "  created_us INTEGER NOT NULL,"
    "  PRIMARY KEY (database_name, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE glue_partitions ("
    "  database_name TEXT NOT NULL,"
    "  table_name TEXT NOT NULL,"
    "  partition_values TEXT NOT NULL," /* [value, ...] */
    "  location TEXT NOT NULL,"
    "  created_us INTEGER NOT NULL,"
    "  PRIMARY KEY (database_name, table_name, partition_values)"
    ") STRICT, WITHOUT ROWID;"

    /* ---- Athena ---- */

    "CREATE TABLE query_executions ("
    "  number INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL,"
    "  sql TEXT NOT NULL,"
    "  database_name TEXT,"
    "  state TEXT NOT NULL," /* SUCCEEDED, FAILED, CANCELLED */
    "  reason TEXT,"
    "  submitted_us INTEGER NOT NULL,"
    "  rows INTEGER NOT NULL,"
    "  bytes_scanned INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;";

static mr_code read_int(mr_db *db, const char *sql, int64_t *out, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(db, sql);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    *out = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_db_schema_check(mr_db *db, bool *is_empty, mr_error *err)
{
    int64_t tables = 0;
    int64_t application = 0;
    int64_t version = 0;
    mr_code code = read_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (code == MR_OK) {
        code = read_int(db, "PRAGMA application_id", &application, err);
    }
    if (code == MR_OK) {
        code = read_int(db, "PRAGMA user_version", &version, err);
    }
    if (code != MR_OK) {
        return code;
    }
    *is_empty = tables == 0;
    if (*is_empty) {
        return MR_OK;
    }
    if (application != MR_DB_APPLICATION_ID) {
        return mr_error_set(err, MR_CORRUPT,
                            "%s is a SQLite file, but not one of millrace: name another state "
                            "directory with --state",
                            mr_db_path(db));
    }
    if (version > MR_DB_SCHEMA_VERSION) {
        return mr_error_set(err, MR_NEWER_VERSION,
                            "%s was made by a newer millrace (catalog version %lld; this one "
                            "knows up to %d): use that millrace, or name another state directory "
                            "with --state, or start anew with --replace",
                            mr_db_path(db), (long long)version, MR_DB_SCHEMA_VERSION);
    }
    return MR_OK;
}

/* What makes a file of each older version one of the next, from 1 on. */
static const char *const upgrades[MR_DB_SCHEMA_VERSION - 1] = {
    /* A file of version 1 has positions and no commits: what it had delivered becomes one of them.
     * Its data streams have no settings beyond those in `streams`, which is what no row says. */
    COMMITS_SQL STREAM_CONTROL_SQL
    "INSERT INTO delivery_commits"
    "(delivery, sink, shard, ranges, records, bytes, outcome, time_us)"
    " SELECT delivery, CASE coverage WHEN 'backup' THEN 'backup' ELSE 'main' END, shard,"
    " ranges, 0, 0, 'earlier', 0 FROM delivery_positions"
    " ORDER BY delivery, coverage, shard;",
    /* A file of version 2 has delivery streams without their settings and knows functions from its
     * template alone, which gives them again; it has no event source mappings. */
    DELIVERY_CONTROL_SQL MAPPINGS_SQL FUNCTIONS_SQL,
};

static mr_code run_in_transaction(mr_db *db, const char *tables, mr_error *err)
{
    char *sql = mr_format("%sPRAGMA application_id = %d; PRAGMA user_version = %d;", tables,
                          MR_DB_APPLICATION_ID, MR_DB_SCHEMA_VERSION);
    mr_code code = mr_db_begin(db, err);
    if (code == MR_OK) {
        code = mr_db_exec(db, sql, err);
        if (code == MR_OK) {
            code = mr_db_commit(db, err);
        } else {
            mr_db_rollback(db);
        }
    }
    mr_free(sql);
    return code;
}

mr_code mr_db_schema_make(mr_db *db, mr_error *err)
{
    return run_in_transaction(db, tables_sql, err);
}

mr_code mr_db_schema_upgrade(mr_db *db, mr_error *err)
{
    int64_t version = 0;
    mr_code code = read_int(db, "PRAGMA user_version", &version, err);
    if (code != MR_OK || version >= MR_DB_SCHEMA_VERSION) {
        return code;
    }
    mr_strbuf sql = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = version < 2 ? 0 : (size_t)version - 1; i < MR_COUNT(upgrades); i++) {
        mr_strbuf_append_text(&sql, upgrades[i]);
    }
    code = run_in_transaction(db, mr_strbuf_text(&sql), err);
    mr_strbuf_deinit(&sql);
    return code;
}
