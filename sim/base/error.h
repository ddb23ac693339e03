/*
 * error.h - how a function says what went wrong.
 *
 * A function that can fail returns an mr_code and fills the caller's mr_error, its last
 * parameter. Codes are facts in the words of the services; the AWS exception name and the HTTP
 * status are chosen by the front doors (src/api), and the exit status by the commands.
 */
#ifndef MR_SIM_BASE_ERROR_H
#define MR_SIM_BASE_ERROR_H

#include "sim/base/base.h"

typedef enum mr_code {
    MR_OK = 0,

    /* anyone */
    MR_INVALID_ARGUMENT, /* a value out of its range or form */
    MR_BAD_INPUT,        /* bytes from outside that do not parse */
    MR_TOO_LARGE,        /* past a named limit */
    MR_NOT_FOUND,
    MR_ALREADY_EXISTS,
    MR_UNSUPPORTED, /* AWS has it, millrace does not */
    MR_INTERRUPTED,

    /* the machine */
    MR_IO,         /* os_error says which */
    MR_DISK_FULL,  /* ENOSPC, EDQUOT, or the fault of that name */
    MR_PERMISSION, /* EACCES, EPERM, EROFS */
    MR_LOCKED,     /* another process holds the state directory */
    MR_CORRUPT,    /* our own files do not check */
    MR_NEWER_VERSION,
    MR_DATABASE,

    /* data streams */
    MR_STREAM_NOT_FOUND,
    MR_STREAM_EXISTS,
    MR_STREAM_NOT_ACTIVE,
    MR_SHARD_NOT_FOUND,
    MR_SHARD_CLOSED,
    MR_SHARDS_NOT_ADJACENT,
    MR_RECORD_TOO_LARGE,
    MR_THROTTLED,
    MR_ITERATOR_EXPIRED,
    MR_ITERATOR_INVALID,
    MR_INTERNAL_FAILURE, /* a service's own: 500 of S3, "Internal Service Failure" of PutRecords */
    MR_LIMIT_EXCEEDED,   /* past what AWS allows an account, a stream or a day */
    MR_TOKEN_EXPIRED,    /* a NextToken past its 300 s */
    MR_STREAM_HAS_CONSUMERS,
    MR_CONSUMER_NOT_FOUND,
    MR_CONSUMER_EXISTS,
    MR_CONSUMER_NOT_ACTIVE,
    MR_SUBSCRIPTION_IN_USE, /* made less than 5 s ago for the same consumer and shard */

    /* functions */
    MR_FUNCTION_NOT_FOUND,
    MR_FUNCTION_EXISTS,
    MR_FUNCTION_BUSY,   /* Pending, or an update is in progress */
    MR_REVISION_STALE,  /* the RevisionId given is not the function's any more */
    MR_PAYLOAD_INVALID, /* of an invocation: not JSON */
    MR_PAYLOAD_TOO_LARGE,
    MR_RUNTIME_MISSING, /* nothing on this machine runs it */
    MR_FUNCTION_ERROR,
    MR_FUNCTION_TIMED_OUT,
    MR_FUNCTION_THROTTLED,

    /* event source mappings */
    MR_MAPPING_NOT_FOUND,
    MR_MAPPING_EXISTS,
    MR_MAPPING_IN_USE, /* it is on its way to another state */

    /* object store */
    MR_BUCKET_NOT_FOUND,
    MR_OBJECT_NOT_FOUND,
    MR_STORE_REFUSED, /* 503 SlowDown and its kin: try again */

    /* delivery streams */
    MR_DELIVERY_STREAM_NOT_FOUND,
    MR_DELIVERY_STREAM_EXISTS,
    MR_DELIVERY_STREAM_NOT_ACTIVE,
    MR_DELIVERY_STREAM_CHANGED, /* an update names a version that is no longer the current one */

    /* catalog and query */
    MR_DATABASE_NOT_FOUND,
    MR_TABLE_NOT_FOUND,
    MR_COLUMN_NOT_FOUND,
    MR_QUERY_SYNTAX,
    MR_QUERY_FAILED, /* HIVE_BAD_DATA, TYPE_MISMATCH and the like: the message leads with the name
                      */

    MR_CODE_COUNT
} mr_code;

typedef struct mr_error {
    mr_code code;      /* what happened, in the words of the services */
    int os_error;      /* errno or libuv code underneath; 0 when there is none */
    char message[512]; /* for a person: names the thing, no final full stop */
} mr_error;

/* Told once of what nobody can go on from: a disk or a database that fails where no caller waits.
 */
typedef void (*mr_fatal_fn)(void *context, const mr_error *error);

/* Fills err (NULL is fine: the caller wants the code alone) and returns code. A message past the
 * size of mr_error.message is cut. */
mr_code mr_error_set(mr_error *err, mr_code code, const char *format, ...) MR_PRINTF(3, 4);

/* The same with the code that stands for an errno value, which is kept in os_error. The
 * message gets ": " and the system's text for it. */
mr_code mr_error_os(mr_error *err, int os_error, const char *format, ...) MR_PRINTF(3, 4);

/* Puts text in front of the message: "reading x.csv: ". */
void mr_error_prefix(mr_error *err, const char *format, ...) MR_PRINTF(2, 3);

/* The code's own name, "MR_STREAM_NOT_FOUND". Static. */
const char *mr_code_name(mr_code code);

#endif
