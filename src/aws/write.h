/*
 * write.h - the body of an answer: one set of calls that writes JSON 1.1 or CBOR.
 *
 *   mr_aws_writer writer = mr_aws_writer_make(MR_AWS_CBOR, &body);
 *   mr_aws_object_open(&writer);
 *   mr_aws_field_text(&writer, "ShardId", id);
 *   mr_aws_field_timestamp(&writer, "ApproximateArrivalTimestamp", arrival_ms);
 *   mr_aws_key(&writer, "ChildShards");
 *   mr_aws_array_open(&writer);
 *   ...
 *   mr_aws_array_close(&writer);
 *   mr_aws_object_close(&writer);
 *
 * A member that is absent is not written: there is no call for null. Misuse (an end without its
 * begin, a value where a key must be) is an assertion in both encodings. A body past the strbuf's
 * limit sets its flag, and the rest is dropped.
 *
 * JSON has blobs in base64 and timestamps in seconds with up to three decimals. CBOR has maps and
 * arrays of indefinite length, and timestamps as tag 1 with an integer of milliseconds, as Kinesis
 * does (never a float). Bytes in a string that are not UTF-8 become U+FFFD in both.
 */
#ifndef MR_SRC_AWS_WRITE_H
#define MR_SRC_AWS_WRITE_H

#include "sim/base/strbuf.h"
#include "src/aws/wire.h"

#define MR_AWS_WRITER_DEPTH_MAX 32

typedef struct mr_aws_writer {
    mr_strbuf *out; /* borrowed */
    mr_aws_format format;
    int depth;
    bool is_array[MR_AWS_WRITER_DEPTH_MAX + 1]; /* by depth, the whole at 0 */
    bool has_value[MR_AWS_WRITER_DEPTH_MAX + 1];
    bool after_key;
} mr_aws_writer;

mr_aws_writer mr_aws_writer_make(mr_aws_format format, mr_strbuf *out);

void mr_aws_object_open(mr_aws_writer *writer);
void mr_aws_object_close(mr_aws_writer *writer);
void mr_aws_array_open(mr_aws_writer *writer);
void mr_aws_array_close(mr_aws_writer *writer);

/* key: a member's name, here and below: ASCII in which JSON escapes nothing. */
void mr_aws_key(mr_aws_writer *writer, const char *key);
void mr_aws_string(mr_aws_writer *writer, mr_bytes value);
void mr_aws_blob(mr_aws_writer *writer, mr_bytes value);
void mr_aws_integer(mr_aws_writer *writer, int64_t value);
void mr_aws_double(mr_aws_writer *writer, double value); /* finite */
void mr_aws_boolean(mr_aws_writer *writer, bool value);
void mr_aws_timestamp(mr_aws_writer *writer, int64_t ms);

/* A key and its value. */
void mr_aws_field_string(mr_aws_writer *writer, const char *key, mr_bytes value);
void mr_aws_field_text(mr_aws_writer *writer, const char *key, const char *value);
void mr_aws_field_blob(mr_aws_writer *writer, const char *key, mr_bytes value);
void mr_aws_field_integer(mr_aws_writer *writer, const char *key, int64_t value);
void mr_aws_field_double(mr_aws_writer *writer, const char *key, double value);
void mr_aws_field_boolean(mr_aws_writer *writer, const char *key, bool value);
void mr_aws_field_timestamp(mr_aws_writer *writer, const char *key, int64_t ms);

/* The whole body of an error: {"__type": ..., "message": ...}. */
void mr_aws_write_fault(mr_aws_format format, const mr_aws_fault *fault, mr_strbuf *out);

#endif
