/* error.c - see error.h. */
#include "sim/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[MR_CODE_COUNT] = {
    [MR_OK] = "MR_OK",
    [MR_INVALID_ARGUMENT] = "MR_INVALID_ARGUMENT",
    [MR_BAD_INPUT] = "MR_BAD_INPUT",
    [MR_TOO_LARGE] = "MR_TOO_LARGE",
    [MR_NOT_FOUND] = "MR_NOT_FOUND",
    [MR_ALREADY_EXISTS] = "MR_ALREADY_EXISTS",
    [MR_UNSUPPORTED] = "MR_UNSUPPORTED",
    [MR_INTERRUPTED] = "MR_INTERRUPTED",
    [MR_IO] = "MR_IO",
    [MR_DISK_FULL] = "MR_DISK_FULL",
    [MR_PERMISSION] = "MR_PERMISSION",
    [MR_LOCKED] = "MR_LOCKED",
    [MR_CORRUPT] = "MR_CORRUPT",
    [MR_NEWER_VERSION] = "MR_NEWER_VERSION",
    [MR_DATABASE] = "MR_DATABASE",
    [MR_STREAM_NOT_FOUND] = "MR_STREAM_NOT_FOUND",
    [MR_STREAM_EXISTS] = "MR_STREAM_EXISTS",
    [MR_STREAM_NOT_ACTIVE] = "MR_STREAM_NOT_ACTIVE",
    [MR_SHARD_NOT_FOUND] = "MR_SHARD_NOT_FOUND",
    [MR_SHARD_CLOSED] = "MR_SHARD_CLOSED",
    [MR_SHARDS_NOT_ADJACENT] = "MR_SHARDS_NOT_ADJACENT",
    [MR_RECORD_TOO_LARGE] = "MR_RECORD_TOO_LARGE",
    [MR_THROTTLED] = "MR_THROTTLED",
    [MR_ITERATOR_EXPIRED] = "MR_ITERATOR_EXPIRED",
    [MR_ITERATOR_INVALID] = "MR_ITERATOR_INVALID",
    [MR_INTERNAL_FAILURE] = "MR_INTERNAL_FAILURE",
    [MR_LIMIT_EXCEEDED] = "MR_LIMIT_EXCEEDED",
    [MR_TOKEN_EXPIRED] = "MR_TOKEN_EXPIRED",
    [MR_STREAM_HAS_CONSUMERS] = "MR_STREAM_HAS_CONSUMERS",
    [MR_CONSUMER_NOT_FOUND] = "MR_CONSUMER_NOT_FOUND",
    [MR_CONSUMER_EXISTS] = "MR_CONSUMER_EXISTS",
    [MR_CONSUMER_NOT_ACTIVE] = "MR_CONSUMER_NOT_ACTIVE",
    [MR_SUBSCRIPTION_IN_USE] = "MR_SUBSCRIPTION_IN_USE",
    [MR_FUNCTION_NOT_FOUND] = "MR_FUNCTION_NOT_FOUND",
    [MR_FUNCTION_EXISTS] = "MR_FUNCTION_EXISTS",
    [MR_FUNCTION_BUSY] = "MR_FUNCTION_BUSY",
    [MR_REVISION_STALE] = "MR_REVISION_STALE",
    [MR_PAYLOAD_INVALID] = "MR_PAYLOAD_INVALID",
    [MR_PAYLOAD_TOO_LARGE] = "MR_PAYLOAD_TOO_LARGE",
    [MR_RUNTIME_MISSING] = "MR_RUNTIME_MISSING",
    [MR_FUNCTION_ERROR] = "MR_FUNCTION_ERROR",
    [MR_FUNCTION_TIMED_OUT] = "MR_FUNCTION_TIMED_OUT",
    [MR_FUNCTION_THROTTLED] = "MR_FUNCTION_THROTTLED",
    [MR_MAPPING_NOT_FOUND] = "MR_MAPPING_NOT_FOUND",
    [MR_MAPPING_EXISTS] = "MR_MAPPING_EXISTS",
    [MR_MAPPING_IN_USE] = "MR_MAPPING_IN_USE",
    [MR_BUCKET_NOT_FOUND] = "MR_BUCKET_NOT_FOUND",
    [MR_OBJECT_NOT_FOUND] = "MR_OBJECT_NOT_FOUND",
    [MR_STORE_REFUSED] = "MR_STORE_REFUSED",
    [MR_DELIVERY_STREAM_NOT_FOUND] = "MR_DELIVERY_STREAM_NOT_FOUND",
    [MR_DELIVERY_STREAM_EXISTS] = "MR_DELIVERY_STREAM_EXISTS",
    [MR_DELIVERY_STREAM_NOT_ACTIVE] = "MR_DELIVERY_STREAM_NOT_ACTIVE",
    [MR_DELIVERY_STREAM_CHANGED] = "MR_DELIVERY_STREAM_CHANGED",
    [MR_DATABASE_NOT_FOUND] = "MR_DATABASE_NOT_FOUND",
    [MR_TABLE_NOT_FOUND] = "MR_TABLE_NOT_FOUND",
    [MR_COLUMN_NOT_FOUND] = "MR_COLUMN_NOT_FOUND",
    [MR_QUERY_SYNTAX] = "MR_QUERY_SYNTAX",
    [MR_QUERY_FAILED] = "MR_QUERY_FAILED",
};

static MR_PRINTF(4, 0) void fill(mr_error *err, mr_code code, int os_error, const char *format,
                                 va_list args)
{
    err->code = code;
    err->os_error = os_error;
    /* The analyser loses sight of a va_list that another function has started. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int len = vsnprintf(err->message, sizeof(err->message), format, args);
    MR_ASSERT(len >= 0);
}

mr_code mr_error_set(mr_error *err, mr_code code, const char *format, ...)
{
    MR_ASSERT(code != MR_OK);

    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, 0, format, args);
        va_end(args);
    }
    return code;
}

static mr_code code_of_errno(int os_error)
{
    switch (os_error) {
    case ENOENT:
        return MR_NOT_FOUND;
    case EEXIST:
        return MR_ALREADY_EXISTS;
    case ENOSPC:
    case EDQUOT:
        return MR_DISK_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return MR_PERMISSION;
    default:
        return MR_IO;
    }
}

mr_code mr_error_os(mr_error *err, int os_error, const char *format, ...)
{
    mr_code code = code_of_errno(os_error);
    if (err == NULL) {
        return code;
    }
    va_list args;
    va_start(args, format);
    fill(err, code, os_error, format, args);
    va_end(args);

    char text[128];
    if (strerror_r(os_error, text, sizeof(text)) != 0) {
        (void)snprintf(text, sizeof(text), "error %d", os_error);
    }
    size_t len = strlen(err->message);
    (void)snprintf(err->message + len, sizeof(err->message) - len, ": %s", text);
    return code;
}

void mr_error_prefix(mr_error *err, const char *format, ...)
{
    if (err == NULL) {
        return;
    }
    char old[sizeof(err->message)];
    memcpy(old, err->message, sizeof(old));

    va_list args;
    va_start(args, format);
    fill(err, err->code, err->os_error, format, args);
    va_end(args);
    size_t len = strlen(err->message);
    (void)snprintf(err->message + len, sizeof(err->message) - len, "%s", old);
}

const char *mr_code_name(mr_code code)
{
    MR_ASSERT(code >= 0 && code < MR_CODE_COUNT);
    MR_ASSERT(code_names[code] != NULL);
    return code_names[code];
}
