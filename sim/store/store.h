/*
 * store.h - the object store: buckets are directories, objects are plain files at the path that
 * their key spells (key_path.h escapes what no path can spell).
 *
 * A put is a temporary file, then one transaction that records the object and the intent to
 * rename it, the rename, and the clearing of the intent. A restart finishes renames and removes
 * temporary files that no intent names. ETag, content type and encoding are in catalog.db and are
 * rebuilt when absent, so a file dropped into a bucket by hand is an object too.
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

/* Opens the store and finishes what a killed process left: *renamed intents finished, *removed
 * temporary files dropped (both may be NULL). */
MR_NODISCARD mr_code mr_store_open(const mr_store_options *options, mr_store **out,
                                   uint64_t *renamed, uint64_t *removed, mr_error *err);
void mr_store_close(mr_store *store); /* uploads under way must be freed before; NULL is fine */

/* ---- buckets ---- */

/* Errors: MR_ALREADY_EXISTS, MR_INVALID_ARGUMENT (S3's naming rules). */
MR_NODISCARD mr_code mr_store_create_bucket(mr_store *store, const char *bucket, mr_error *err);
bool mr_store_has_bucket(mr_store *store, const char *bucket);

/* ---- putting ---- */

/* A new object being written; its key is chosen later. Nothing is visible before commit. */
mr_upload *mr_store_upload(mr_store *store);
/* Copies the bytes in; whole pieces are hashed and written on another core. A disk that fails
 * shows in mr_upload_put(). */
void mr_upload_write(mr_upload *upload, mr_bytes bytes);
/* For writers that format in place: room for n bytes (n <= 1 MiB + 64 KiB... see
 * MR_UPLOAD_RESERVE_MAX), then commit what was used. Never NULL. */
#define MR_UPLOAD_RESERVE_MAX (16 * MR_MIB)
char *mr_upload_reserve(mr_upload *upload, size_t n);
void mr_upload_used(mr_upload *upload, size_t n);
uint64_t mr_upload_bytes(const mr_upload *upload);

typedef struct mr_object_meta {
    const char *bucket, *key;
    const char *content_type;     /* NULL: application/octet-stream */
    const char *content_encoding; /* NULL: none */
} mr_object_meta;

/* The attempt is over: MR_OK: complete in its temporary file, to be committed; otherwise why not. */
typedef void (*mr_upload_put_fn)(void *context, const mr_error *result);

/*
 * One attempt to put the object; fn is called exactly once, at the simulated end of the put (a
 * few milliseconds plus its size over a modelled bandwidth). May be called again after a failure.
 * meta is copied. Results: MR_OK, MR_BUCKET_NOT_FOUND, MR_STORE_REFUSED, MR_DISK_FULL, MR_IO.
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
 * Emits MR_EVENT_OBJECT_WRITTEN. Only after a put that ended with MR_OK.
 *
 * in_transaction: may be NULL.
 * object:         out, may be NULL; key borrowed from the upload.
 */
MR_NODISCARD mr_code mr_upload_commit(mr_upload *upload, mr_commit_fn in_transaction,
                                      void *context, mr_object *object, mr_error *err);
/* Releases the upload; one that was not committed leaves nothing behind (waits for its lane).
 * NULL is fine. */
void mr_upload_free(mr_upload *upload);

/* ---- reading ---- */

/* Returning false ends the listing. */
typedef bool (*mr_object_fn)(void *context, const mr_object *object);

/* Objects whose key begins with prefix, in byte order of keys. Does not compute missing ETags.
 * Errors: MR_BUCKET_NOT_FOUND, those of the disk. */
MR_NODISCARD mr_code mr_store_list(mr_store *store, const char *bucket, const char *prefix,
                                   mr_object_fn fn, void *context, mr_error *err);
/* etag is computed when it was absent. key in *out is the caller's. */
MR_NODISCARD mr_code mr_store_head(mr_store *store, const char *bucket, const char *key,
                                   mr_object *out, mr_error *err);
/* The path of the object's file. Owned by the caller. */
char *mr_store_path(const mr_store *store, const char *bucket, const char *key);

/* "bucket<TAB>key<TAB>size<TAB>etag\n" for every object, buckets and keys in byte order: the
 * manifest of the run digest. */
MR_NODISCARD mr_code mr_store_manifest(mr_store *store, mr_strbuf *out, mr_error *err);
/* Objects and bytes of a bucket. */
MR_NODISCARD mr_code mr_store_totals(mr_store *store, const char *bucket, uint64_t *objects,
                                     uint64_t *bytes, mr_error *err);
/* Names in byte order; owned array of owned names, ended by NULL. */
char **mr_store_buckets(mr_store *store);

#endif
