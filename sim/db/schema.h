/*
 * schema.h - the tables of catalog.db and their version.
 *
 * The version is kept in the file's user_version, and application_id says that the file is
 * millrace's at all.
 */
#ifndef MR_SIM_DB_SCHEMA_H
#define MR_SIM_DB_SCHEMA_H

#include "sim/db/db.h"

#define MR_DB_APPLICATION_ID 0x4d4c5243 /* "MLRC" */

/* Checks that the file is ours and not newer; *is_empty: it has no table yet.
 * Errors: MR_NEWER_VERSION, MR_CORRUPT, those of the file. */
MR_NODISCARD mr_code mr_db_schema_check(mr_db *db, bool *is_empty, mr_error *err);
/* Makes every table, in one transaction. */
MR_NODISCARD mr_code mr_db_schema_make(mr_db *db, mr_error *err);
/* Brings a file of an older version to this one, in one transaction; one of this version is left as
 * it is. */
MR_NODISCARD mr_code mr_db_schema_upgrade(mr_db *db, mr_error *err);

#endif
