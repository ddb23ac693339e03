/*
 * stream_policy.h - the resource policy of a data stream, or of one of its consumers: a JSON text
 * that is kept and shown. Differs: nobody is refused by it, because millrace knows no principals.
 *
 * Source: API Reference, "PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy".
 */
#ifndef MR_SIM_STREAM_STREAM_POLICY_H
#define MR_SIM_STREAM_STREAM_POLICY_H

#include "sim/stream/stream.h"

#define MR_POLICY_BYTES_MAX (20 * MR_KIB)

/* consumer: name of the consumer whose policy it is; NULL: the stream's own. Whether the text is
 * JSON is for the caller to say. Errors: MR_INVALID_ARGUMENT (empty, or past 20 KiB), those of the
 * database. */
MR_NODISCARD mr_code mr_stream_put_policy(mr_stream *stream, const char *consumer,
                                          const char *policy, mr_error *err);
/* *policy: out; owned (mr_free); "{}" when none is set. Errors: those of the database. */
MR_NODISCARD mr_code mr_stream_get_policy(mr_stream *stream, const char *consumer, char **policy,
                                          mr_error *err);
/* Errors: MR_NOT_FOUND when none is set, those of the database. */
MR_NODISCARD mr_code mr_stream_delete_policy(mr_stream *stream, const char *consumer,
                                             mr_error *err);

#endif
