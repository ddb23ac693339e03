/*
 * store.h - the object store: buckets are directories, objects are plain files at the path that
 * their key spells (key_path.h escapes what no path can spell).
 *
 *   <directory>/<bucket>/<path of the key>
 *   <directory>/.uploads/<number>          temporary files; no bucket's name begins with a dot
 *
 * A put is a temporary file, then one transaction that records the object and the intent to
 * rename it, the rename, and the clearing of the intent. A restart finishes renames and removes
 * temporary files that no intent names. ETag, time, content type and encoding are in catalog.db,
 * but the files are the truth: one that has no row there, or another size than its row, was
 * dropped or changed by hand, and its ETag is computed when it is asked for. (A change by hand
 * that keeps the size shows in what is read, not in the ETag: file times are wall time, and none
 * of that is in the database.)
 */
#ifndef MR_SIM_STORE_STORE_H
#define MR_SIM_STORE_STORE_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/base/offload.h"
#include "sim/base/strbuf.h"
#include "sim/db/db.h"
#include "sim/fault/fault.h"
#include "sim/trace/trace.h"

typedef struct mr_store mr_store;
typedef struct mr_upload mr_upload;

#define MR_OBJECT_KEY_MAX 1024 /* bytes, as on S3 */

typedef struct mr_store_options {
    mr_clock *clock; /* all borrowed, all outlive the store */
    mr_trace *trace;
    mr_faults *faults;
    mr_file_system *fs;
    mr_offloader *offloader;
    mr_db *db;
    const char *directory; /* "<state>/s3"; copied */
    bool durable;          /* sync files and directories before an object counts as put */
} mr_store_options;

/*
 * Opens the store and finishes what a killed process left: *renamed intents finished, *removed
 * temporary files dropped (both may be NULL).
 *
 * Errors: those of the disk and the database; MR_CORRUPT: an intent that no put made.
 */
MR_NODISCARD mr_code mr_store_open(const mr_store_options *options, mr_store **out,
                                   uint64_t *renamed, uint64_t *removed, mr_error *err);
/*
 * A store to read from alone, also while another process puts objects there: nothing is made,
 * finished or removed. Only what is below "reading" may be asked of it, and mr_store_has_bucket().
 *
 * fs, db: borrowed, outlive the store; the db may be read-only. directory: copied.
 */
mr_store *mr_store_open_to_read(mr_file_system *fs, mr_db *db, const char *directory);
void mr_store_close(mr_store *store); /* uploads under way must be freed before; NULL is fine */

/* ---- buckets ---- */

/* Whether S3 takes such a bucket name: 3 to 63 of a-z, 0-9, '.', '-' and more rules. A name that
 * it takes is a safe directory name. */
bool mr_bucket_name_is_valid(const char *bucket);

/* Errors: MR_ALREADY_EXISTS, MR_INVALID_ARGUMENT (S3's naming rules), those of the disk. */
MR_NODISCARD mr_code mr_store_create_bucket(mr_store *store, const char *bucket, mr_error *err);
bool mr_store_has_bucket(mr_store *store, const char *bucket);

/* ---- putting ---- */

/*
 * A new object being written; its key is chosen later. Nothing is visible before commit.
 *
 * Memory: one piece of MR_UPLOAD_PIECE bytes being filled and MR_UPLOAD_QUEUE bytes on their way
 * to the disk, of all uploads of the store together MR_STORE_QUEUE; a writer that is faster than
 * the disk waits. Only while the disk refuses pieces are they kept, for another attempt.
 *
 * Files: an upload has its file open from its first whole piece until it is complete; while
 * MR_STORE_FILES others have theirs, only until the attempt to put has begun.
 *
 * Returns: owned; release with mr_upload_free().
 */
mr_upload *mr_store_upload(mr_store *store);

#define MR_UPLOAD_PIECE       (256 * MR_KIB)
#define MR_UPLOAD_QUEUE       (4 * MR_MIB)
#define MR_UPLOAD_RESERVE_MAX (16 * MR_MIB)
#define MR_STORE_QUEUE        (32 * MR_MIB)
#define MR_STORE_FILES        64

/* What the inline functions below see of an upload: the free bytes of the piece being filled.
 * Nobody else touches it. */
typedef struct mr_upload_window {
    char *at, *end;
} mr_upload_window;

void mr_upload_write_slow(mr_upload *upload, mr_bytes bytes);
char *mr_upload_reserve_slow(mr_upload *upload, size_t n);

/* Copies the bytes in; whole pieces are hashed and written on another core. A disk that fails
 * shows in mr_upload_put(). Not after the first mr_upload_put(). */
static inline void mr_upload_write(mr_upload *upload, mr_bytes bytes)
{
    mr_upload_window *window = (mr_upload_window *)(void *)upload; /* its first member */
    if (MR_LIKELY((size_t)(window->end - window->at) > bytes.len)) {
        if (bytes.len > 0) {
            memcpy(window->at, bytes.at, bytes.len);
        }
        window->at += bytes.len;
        return;
    }
    mr_upload_write_slow(upload, bytes);
}

/* For writers that format in place: room for n bytes, at most MR_UPLOAD_RESERVE_MAX, then
 * mr_upload_used() with what was written of them. Never NULL. */
static inline char *mr_upload_reserve(mr_upload *upload, size_t n)
{
    const mr_upload_window *window = (const mr_upload_window *)(const void *)upload;
    if (MR_LIKELY((size_t)(window->end - window->at) > n)) {
        return window->at;
    }
    return mr_upload_reserve_slow(upload, n);
}

static inline void mr_upload_used(mr_upload *upload, size_t n)
{
    mr_upload_window *window = (mr_upload_window *)(void *)upload;
    MR_ASSERT((size_t)(window->end - window->at) >= n);
    window->at += n;
}

uint64_t mr_upload_bytes(const mr_upload *upload); /* written so far */

typedef struct mr_object_meta {
    const char *bucket, *key;
    const char *content_type;     /* NULL: application/octet-stream */
    const char *content_encoding; /* NULL: none */
} mr_object_meta;

/* The model of S3: how long a put takes in simulated time. */
#define MR_PUT_BASE_US          INT64_C(20000) /* an answer, also a refusal */
#define MR_PUT_BYTES_PER_SECOND INT64_C(100000000)

/* The attempt is over: MR_OK: complete in its temporary file, to be committed; otherwise why not.
 */
typedef void (*mr_upload_put_fn)(void *context, const mr_error *result);

/*
 * One attempt to put the object; fn is called exactly once, at the simulated end of the put:
 * MR_PUT_BASE_US, plus the size over MR_PUT_BYTES_PER_SECOND unless it is refused. fn may commit
 * or free the upload, or put it again. The fault point MR_POINT_STORE_PUT is asked once an attempt.
 *
 * meta is copied; another attempt may name another key.
 * Results: MR_OK; MR_BUCKET_NOT_FOUND; MR_STORE_REFUSED (503), MR_INTERNAL_FAILURE (500), both to
 * be tried again; MR_DISK_FULL, MR_IO and their kin: what the disk refused is kept, and another
 * attempt writes it again; MR_INVALID_ARGUMENT (no such key can be: empty, or past
 * MR_OBJECT_KEY_MAX).
 */
void mr_upload_put(mr_upload *upload, const mr_object_meta *meta, mr_upload_put_fn fn,
                   void *context);

typedef struct mr_object {
    const char *key; /* borrowed for the call that hands it out */
    uint64_t size_bytes;
    int64_t modified_us; /* virtual time of the put; for a file dropped by hand its file time */
    char etag[33];       /* MD5 in hex; "" when not known yet */
} mr_object;

/* SQL to run inside the commit's transaction. */
typedef mr_code (*mr_commit_fn)(void *context, mr_db *db, mr_error *err);

/*
 * Makes the object visible: transaction {object, intent, in_transaction()}, rename, clear intent.
 * Emits MR_EVENT_OBJECT_WRITTEN (bucket, key, bytes; id: the ETag). Only after a put that ended
 * with MR_OK, and outside any transaction of the caller.
 *
 * in_transaction: may be NULL.
 * object:         out, may be NULL; key borrowed from the upload.
 * Errors: those of the disk, the database and in_transaction(). After one the commit may be
 *         called again, and does what is left: in_transaction() is never run again once its
 *         transaction stands (mr_upload_is_recorded()). Then also a restart finishes the rename.
 */
MR_NODISCARD mr_code mr_upload_commit(mr_upload *upload, mr_commit_fn in_transaction, void *context,
                                      mr_object *object, mr_error *err);

/* The transaction of mr_upload_commit() stands: the object is put, whatever happens now. */
bool mr_upload_is_recorded(const mr_upload *upload);

/* Releases the upload; one that was not committed leaves nothing behind (waits for its lane).
 * NULL is fine. */
void mr_upload_free(mr_upload *upload);

/* ---- reading ---- */

/* Returning false ends the listing. */
typedef bool (*mr_object_fn)(void *context, const mr_object *object);

/* Objects whose key begins with prefix, in byte order of keys. Does not compute missing ETags.
 * Errors: MR_BUCKET_NOT_FOUND, those of the disk and the database. */
MR_NODISCARD mr_code mr_store_list(mr_store *store, const char *bucket, const char *prefix,
                                   mr_object_fn fn, void *context, mr_error *err);
/* etag is computed when it was absent. key in *out is the caller's.
 * Errors: MR_BUCKET_NOT_FOUND, MR_OBJECT_NOT_FOUND, those of the disk and the database. */
MR_NODISCARD mr_code mr_store_head(mr_store *store, const char *bucket, const char *key,
                                   mr_object *out, mr_error *err);
/* What it was put with. Owned texts (mr_free); *encoding: NULL for none. An object that was dropped
 * by hand is application/octet-stream. Errors: those of the database. */
MR_NODISCARD mr_code mr_store_content(mr_store *store, const char *bucket, const char *key,
                                      char **type, char **encoding, mr_error *err);
/* For other temporary files beside those of uploads: the file system, and the path of a file that
 * the next start removes (owned by the caller). name: no number, and without '/'. */
mr_file_system *mr_store_fs(mr_store *store);
char *mr_store_temporary_path(const mr_store *store, const char *name);

/* The path of the object's file, or where it would be. Owned by the caller. */
char *mr_store_path(const mr_store *store, const char *bucket, const char *key);

/* "bucket<TAB>key<TAB>size<TAB>etag\n" for every object, buckets and keys in byte order: the
 * manifest of the run digest. Control characters and '%' of a key are %XX. */
MR_NODISCARD mr_code mr_store_manifest(mr_store *store, mr_strbuf *out, mr_error *err);
/* Objects and bytes of a bucket. */
MR_NODISCARD mr_code mr_store_totals(mr_store *store, const char *bucket, uint64_t *objects,
                                     uint64_t *bytes, mr_error *err);
/* Names in byte order; owned array of owned names, ended by NULL. */
char **mr_store_buckets(mr_store *store);

#endif
