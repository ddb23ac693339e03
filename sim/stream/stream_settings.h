/*
 * stream_settings.h - what can be set on a data stream after it was made: retention, capacity mode,
 * record size, encryption, enhanced monitoring, warm throughput. (Tags and the resource policy are
 * in stream_tags.h and stream_policy.h.)
 *
 * Every setting is in catalog.db before its call returns. Mode, encryption and warm throughput are
 * changes that go through UPDATING (stream_status.h): they are set when it ends. The others are set
 * at once. All of them want an ACTIVE stream (MR_STREAM_NOT_ACTIVE) and can fail with the errors of
 * the database, with nothing changed.
 *
 * Encryption is a label: records lie on disk as they are, and no key is asked of anybody.
 *
 * Source: kinesis.md, section 9; API Reference, the operations named.
 */
#ifndef MR_SIM_STREAM_STREAM_SETTINGS_H
#define MR_SIM_STREAM_STREAM_SETTINGS_H

#include "sim/stream/stream.h"

/* ---- retention ---- */

#define MR_RETENTION_HOURS_MIN 24
#define MR_RETENTION_HOURS_MAX 8760

/* IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod; the present period is accepted
 * by both. What has expired by a shorter one is hidden at once. Errors: MR_INVALID_ARGUMENT (out of
 * the bounds, or the wrong way). */
MR_NODISCARD mr_code mr_stream_increase_retention(mr_stream *stream, uint32_t hours, mr_error *err);
MR_NODISCARD mr_code mr_stream_decrease_retention(mr_stream *stream, uint32_t hours, mr_error *err);

/* ---- capacity ---- */

/* UpdateStreamMode. The present mode is accepted and changes nothing. Errors: MR_LIMIT_EXCEEDED
 * (the third switch in 24 hours, or too many on-demand streams in the account). */
MR_NODISCARD mr_code mr_stream_update_mode(mr_stream *stream, bool on_demand, mr_error *err);
bool mr_stream_is_on_demand(const mr_stream *stream);

/* UpdateMaxRecordSize: holds for the next put. Errors: MR_INVALID_ARGUMENT (not 1024..10240). */
MR_NODISCARD mr_code mr_stream_update_record_kib_max(mr_stream *stream, uint32_t kib,
                                                     mr_error *err);

#define MR_WARM_MIBPS_MAX 10240 /* 10 GiB/s of one stream */

/* UpdateStreamWarmThroughput. Differs: it is shown, and the limits stay as they are. Errors:
 * MR_INVALID_ARGUMENT (the stream is not on-demand, the account has no commitment, see
 * commitment.h), MR_LIMIT_EXCEEDED. */
MR_NODISCARD mr_code mr_stream_update_warm_throughput(mr_stream *stream, uint32_t mibps,
                                                      mr_error *err);
/* UpdateStreamMode to ON_DEMAND with warm throughput: in one change. Of a stream that is on-demand
 * already it is the update above. mibps: above 0. Errors: those of both. */
MR_NODISCARD mr_code mr_stream_warm_up(mr_stream *stream, uint32_t mibps, mr_error *err);
typedef struct mr_warm_throughput {
    uint32_t target_mibps, current_mibps; /* equal but while it is UPDATING; 0: never set */
} mr_warm_throughput;
mr_warm_throughput mr_stream_warm_throughput(const mr_stream *stream);

/* ---- encryption ---- */

#define MR_ENCRYPTION_KEY_SIZE 2049 /* KeyId: 1..2048 bytes, and NUL */

/* StartStreamEncryption with a KMS key: a UUID, an ARN or "alias/...". Errors: MR_INVALID_ARGUMENT
 * (a key of no or too many bytes), MR_LIMIT_EXCEEDED (the 26th start in 24 hours). */
MR_NODISCARD mr_code mr_stream_start_encryption(mr_stream *stream, const char *key_id,
                                                mr_error *err);
/* StopStreamEncryption. A stream that is not encrypted is fine. */
MR_NODISCARD mr_code mr_stream_stop_encryption(mr_stream *stream, mr_error *err);
/* The KeyId; NULL: EncryptionType is NONE. Borrowed until the next change. */
const char *mr_stream_encryption_key(const mr_stream *stream);

/* ---- enhanced monitoring ---- */

/* ShardLevelMetrics, a bit each; a set of them is their sum. */
typedef enum mr_shard_metric {
    MR_METRIC_INCOMING_BYTES = 1,
    MR_METRIC_INCOMING_RECORDS = 2,
    MR_METRIC_OUTGOING_BYTES = 4,
    MR_METRIC_OUTGOING_RECORDS = 8,
    MR_METRIC_WRITE_THROTTLED = 16, /* WriteProvisionedThroughputExceeded */
    MR_METRIC_READ_THROTTLED = 32,  /* ReadProvisionedThroughputExceeded */
    MR_METRIC_ITERATOR_AGE = 64     /* IteratorAgeMilliseconds */
} mr_shard_metric;

#define MR_SHARD_METRICS_COUNT 7
#define MR_SHARD_METRICS_ALL   127u

/* The place-th of the seven, in AWS's order: "IncomingBytes". Its bit is 1 << place. Static. */
const char *mr_shard_metric_name(size_t place);
/* The bit of a name, all seven for "ALL", 0 when there is none so called. */
uint32_t mr_shard_metrics_of_name(mr_bytes name);

/* Adds a set to what is monitored, or takes it away. before, after: out; the sets
 * (CurrentShardLevelMetrics and DesiredShardLevelMetrics). */
MR_NODISCARD mr_code mr_stream_enable_metrics(mr_stream *stream, uint32_t metrics, uint32_t *before,
                                              uint32_t *after, mr_error *err);
MR_NODISCARD mr_code mr_stream_disable_metrics(mr_stream *stream, uint32_t metrics,
                                               uint32_t *before, uint32_t *after, mr_error *err);
uint32_t mr_stream_metrics(const mr_stream *stream);

#endif
