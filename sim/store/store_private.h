/*
 * store_private.h - what the files of the store share: store.c (opening, buckets, recovery),
 * object_file.c (which file is an object's), upload.c (writing), commit.c (making visible) and
 * listing.c. Nobody else includes it.
 */
#ifndef MR_SIM_STORE_STORE_PRIVATE_H
#define MR_SIM_STORE_STORE_PRIVATE_H

#include "sim/base/hash.h"
#include "sim/store/store.h"

#include <stdatomic.h>

typedef struct store_piece store_piece;

struct mr_store {
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_file_system *fs;
    mr_offloader *offloader;
    mr_db *db;
    char *directory;         /* owned */
    char *uploads_directory; /* owned */
    bool durable;
    uint64_t uploads_made;  /* numbers the temporary files */
    size_t uploads_open;    /* not yet freed */
    size_t files_open;      /* of uploads */
    size_t queued_room;     /* of pieces given to lanes and not known to be written, all uploads' */
    store_piece *free_list; /* pieces of MR_UPLOAD_PIECE, to be used again */
    size_t free_count;
};

/* ---- upload.c, commit.c ---- */

/* What has happened to a piece. The lane writes it, the world reads it. */
typedef enum piece_state {
    PIECE_NEW,
    PIECE_HASHED, /* but not on disk: the disk refused it, or one before it */
    PIECE_WRITTEN
} piece_state;

struct store_piece {
    store_piece *next;
    mr_upload *upload;
    size_t len, capacity;
    uint64_t offset; /* in the file */
    atomic_int state;
    char bytes[];
};

typedef enum upload_state {
    UPLOAD_WRITING,
    UPLOAD_PUTTING,
    UPLOAD_FAILED,   /* the last attempt */
    UPLOAD_COMPLETE, /* to be committed */
    UPLOAD_RECORDED, /* in the database, with an intent */
    UPLOAD_DONE
} upload_state;

struct mr_upload {
    mr_upload_window window; /* first: store.h's inline functions see this much */
    mr_store *store;
    upload_state state;
    char *temporary;            /* owned path */
    const char *temporary_name; /* its last part */
    mr_lane *lane;

    store_piece *current;         /* being filled; NULL: none */
    uint64_t bytes_before;        /* of the pieces before it */
    store_piece *oldest, *newest; /* given to the lane and not known to be written, in order */
    size_t queued_bytes;          /* of those */

    /* The lane's, except while it is idle. */
    mr_file *file; /* opened and closed by the world, while the lane is idle */
    bool has_file; /* on the disk, whether it is open or not */
    mr_digest *md5;
    mr_error disk_error; /* the first since the last attempt; MR_OK: none */
    bool sealed;         /* hashed to the end */
    char etag[33];

    char *bucket, *key, *content_type, *content_encoding; /* owned; since the last put */
    char *path; /* owned; where the commit renames it to; NULL: not known yet */
    mr_completion put;
    mr_error put_result;
    mr_upload_put_fn put_fn;
    void *put_context;
};

void store_close_file(mr_upload *upload); /* of an idle lane; one that is closed is fine */

/* ---- object_file.c ---- */

char *store_bucket_path(const mr_store *store, const char *bucket); /* owned */

/*
 * The file that holds an object: the path that its key spells, or that with a '%' where a folder
 * has the name, or for a file dropped by hand the key as it stands.
 *
 * Returns: owned path, *info filled; NULL when there is none.
 */
char *store_find_file(const mr_store *store, const char *bucket, const char *key,
                      mr_file_info *info);

/* The first symbolic link on the way from the bucket's folder, which may be one itself, down to
 * path, or at its end. Returns: its path, owned; NULL: there is none. */
char *store_find_link(const mr_store *store, const char *bucket, const char *path);

/*
 * Where a put of this key goes: makes the folders, moves files that stand where a folder must be.
 * path: out, owned.
 */
MR_NODISCARD mr_code store_make_way(const mr_store *store, const char *bucket, const char *key,
                                    char **path, mr_error *err);

/* The key of a file, from its path in the bucket: 0 when it is at the path that the key spells,
 * 1 beside a folder of that name, 2 when its path is its key as it stands. */
int store_key_of_path(mr_bytes path, mr_strbuf *key);

/* Syncs the folders of a file up to the store's own: any of them may be new. */
MR_NODISCARD mr_code store_sync_folders(const mr_store *store, const char *path, mr_error *err);

/* Renames a temporary file to its object, unless that was done already (*renamed: false), and
 * with `durable` syncs the folders. */
MR_NODISCARD mr_code store_finish_rename(const mr_store *store, const char *temporary,
                                         const char *bucket, const char *key, bool *renamed,
                                         mr_error *err);
MR_NODISCARD mr_code store_clear_intent(mr_store *store, const char *temporary_name, mr_error *err);

#endif
