/* db_private.h - what db.c and stmt.c share; for nobody else. */
#ifndef MR_SIM_DB_DB_PRIVATE_H
#define MR_SIM_DB_DB_PRIVATE_H

#include "sim/base/map.h"
#include "sim/db/db.h"
#include "sim/db/vfs.h"
#include "sim/time/rng.h"

struct mr_db {
    sqlite3 *handle;
    mr_db_vfs *vfs;  /* owned */
    mr_clock *clock; /* borrowed */
    char *path;      /* owned */
    bool read_only;
    mr_prng prng;       /* of SQL's random() */
    mr_map *statements; /* text to sqlite3_stmt, owned */
    int prepare_result; /* why the last mr_db_stmt() gave NULL */
    int depth;          /* of nested transactions */
    bool doomed;        /* a nested one was rolled back */
};

/* result: what a sqlite3_ call of this handle returned just now. Returns its code. */
mr_code mr_db_fail(const mr_db *db, int result, const char *doing, mr_error *err);

#endif
