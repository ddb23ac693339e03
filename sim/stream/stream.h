/*
 * stream.h - a data stream: shards over the 128-bit hash-key space.
 *
 * A record's shard is the open one whose range holds the MD5 of its partition key, or its
 * ExplicitHashKey. Each shard keeps its records in a ring (ring.h) and its limits in token
 * buckets on the world's clock. Streams and shards are described in catalog.db and found again
 * at opening.
 *
 * Behaviour: Kinesis Data Streams Developer Guide and API Reference, through
 * reference/kinesis.md.
 */
#ifndef MR_SIM_STREAM_STREAM_H
#define MR_SIM_STREAM_STREAM_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/db/db.h"
#include "sim/fault/fault.h"
#include "sim/stream/record.h"
#include "sim/stream/sequence.h"
#include "sim/trace/trace.h"

typedef struct mr_streams mr_streams; /* all data streams of the world */
typedef struct mr_stream mr_stream;
typedef struct mr_shard mr_shard;

#define MR_SHARD_ID_SIZE 21 /* "shardId-000000000000" and NUL */

typedef struct mr_streams_options {
    mr_clock *clock; /* all borrowed, all outlive the streams */
    mr_trace *trace;
    mr_faults *faults;
    mr_file_system *fs;
    mr_db *db;
    const char *directory; /* "<state>/streams"; copied */
    bool limits;           /* --limits aws: the token buckets are in force */
    uint64_t stream_bytes_max; /* --stream-bytes: cap of one stream's disk; 0: 8 GiB */
    size_t segment_bytes_first, segment_bytes_max; /* as in ring.h; 0: its defaults */
} mr_streams_options;

/* Opens the streams that catalog.db describes, each ring recovered. */
MR_NODISCARD mr_code mr_streams_open(const mr_streams_options *options, mr_streams **out,
                                     mr_error *err);
void mr_streams_close(mr_streams *streams); /* NULL is fine */

typedef struct mr_stream_options {
    const char *name;
    uint32_t shard_count;      /* >= 1 */
    int64_t retention_us;      /* 0: 24 hours */
    uint32_t record_kib_max;   /* MaxRecordSizeInKiB, 1024..10240; 0: 1024 */
    bool on_demand;            /* 4 MB/s in and 8 MB/s out for the stream instead of per shard limits */
    bool internal;             /* source ring of a DirectPut delivery stream: no limits, not listed */
} mr_stream_options;

/* Creates an ACTIVE stream. Errors: MR_STREAM_EXISTS, MR_INVALID_ARGUMENT, those of the disk. */
MR_NODISCARD mr_code mr_streams_create(mr_streams *streams, const mr_stream_options *options,
                                       mr_stream **out, mr_error *err);
/* Removes the stream, its rings and its rows. */
MR_NODISCARD mr_code mr_streams_delete(mr_streams *streams, const char *name, mr_error *err);
mr_stream *mr_streams_find(mr_streams *streams, const char *name); /* NULL when absent; borrowed */
/* In byte order of names, internal ones left out. *count: out. Owned array (mr_free). */
mr_stream **mr_streams_list(mr_streams *streams, size_t *count);
/* Drops expired segments of every stream and applies the cap. Called by the world's timer. */
MR_NODISCARD mr_code mr_streams_recycle(mr_streams *streams, mr_error *err);

const char *mr_stream_name(const mr_stream *stream);
int64_t mr_stream_created_us(const mr_stream *stream);
int64_t mr_stream_retention_us(const mr_stream *stream);
uint32_t mr_stream_record_kib_max(const mr_stream *stream);

/* ---- writing ---- */

/* Where one record of a batch went. */
typedef struct mr_put_result {
    mr_code code; /* MR_OK, MR_THROTTLED, MR_INTERNAL_FAILURE */
    mr_shard *shard;
    uint64_t number; /* on MR_OK */
} mr_put_result;

/*
 * Puts a batch in order; each record is taken or refused by itself. Request-wide faults (a
 * record too large, MR_DISK_FULL) fail the call with the results before them in place and
 * *stored telling how many entries were looked at.
 *
 * results: count entries, filled by the call.
 * failed:  out; how many entries were refused.
 * Source:  API Reference, "PutRecords". Limits: 1,000 records/s and 1 MiB/s per shard, partition
 *          keys included. Faults asked: STREAM_PUT per record, STREAM_ACK once at the end, which
 *          makes the call return MR_IO ("connection reset") with everything stored.
 */
MR_NODISCARD mr_code mr_stream_put(mr_stream *stream, const mr_record *records, size_t count,
                                   mr_put_result *results, size_t *failed, mr_error *err);

/* ---- shards ---- */

size_t mr_stream_shard_count(const mr_stream *stream); /* open and closed, by index */
mr_shard *mr_stream_shard(mr_stream *stream, size_t place);
mr_shard *mr_stream_shard_of_id(mr_stream *stream, const char *id); /* canonical id; NULL if none */

uint32_t mr_shard_index(const mr_shard *shard);
const char *mr_shard_id(const mr_shard *shard);
void mr_shard_range(const mr_shard *shard, mr_u128 *start, mr_u128 *end); /* both inclusive */
bool mr_shard_is_open(const mr_shard *shard);
int mr_shard_parents(const mr_shard *shard, const mr_shard *parents[2]); /* how many: 0, 1, 2 */
int64_t mr_shard_created_us(const mr_shard *shard);
uint64_t mr_shard_first(const mr_shard *shard); /* oldest record within retention; last+1 if none */
uint64_t mr_shard_last(const mr_shard *shard);
void mr_shard_sequence(const mr_shard *shard, uint64_t number, int64_t arrival_us,
                       char out[MR_SEQUENCE_SIZE]);

/* Splits at new_start: the parent closes, two children open. Errors: MR_SHARD_CLOSED,
 * MR_INVALID_ARGUMENT (key not inside: start+1 < key < end). */
MR_NODISCARD mr_code mr_stream_split(mr_stream *stream, mr_shard *shard, mr_u128 new_start,
                                     mr_error *err);
/* Merges two adjacent open shards, the lower first. Errors: MR_SHARD_CLOSED, MR_SHARDS_NOT_ADJACENT. */
MR_NODISCARD mr_code mr_stream_merge(mr_stream *stream, mr_shard *low, mr_shard *high,
                                     mr_error *err);
/* Called with every new shard (after a split or merge), until removed. */
typedef void (*mr_shard_fn)(void *context, mr_shard *shard);
void mr_stream_on_shard(mr_stream *stream, mr_shard_fn fn, void *context);
void mr_stream_off_shard(mr_stream *stream, mr_shard_fn fn, void *context);

/* ---- reading: a reader is a consumer's place in one shard ---- */

typedef struct mr_reader mr_reader;

typedef enum mr_iterator_type {
    MR_ITERATOR_TRIM_HORIZON,
    MR_ITERATOR_LATEST,
    MR_ITERATOR_AT_TIMESTAMP,         /* value: microseconds */
    MR_ITERATOR_AT_SEQUENCE_NUMBER,   /* value: the record's number */
    MR_ITERATOR_AFTER_SEQUENCE_NUMBER /* value: the record's number */
} mr_iterator_type;

/* The number at which an iterator of this type begins now. */
uint64_t mr_shard_position(mr_shard *shard, mr_iterator_type type, int64_t value);

mr_reader *mr_reader_new(mr_shard *shard, uint64_t number);
void mr_reader_free(mr_reader *reader); /* NULL is fine; free before the shard */

typedef struct mr_read_limits {
    size_t records_max; /* 10000 for GetRecords */
    size_t bytes_max;   /* 10 MiB for GetRecords; the record that passes it is not returned */
} mr_read_limits;

typedef struct mr_read_result {
    size_t records;
    uint64_t bytes;       /* data and partition keys */
    int64_t behind_us;    /* MillisBehindLatest, in us: age of the last record when more follow */
    uint64_t expired;     /* records jumped over because retention or the cap took them */
    bool full;            /* stopped at a limit: more records are there */
    bool ended;           /* the shard is closed and everything was read */
    int64_t delay_us;     /* a READ_SLOW fault: deliver so much later */
} mr_read_result;

/* Called per record in order; the view is borrowed for the call. */
typedef void (*mr_record_fn)(void *context, const mr_record_view *record);

/*
 * One GetRecords: hands over records from the reader's place on and moves it.
 *
 * Errors: MR_THROTTLED (5 reads/s, 2 MiB/s per shard; nothing was read), those of the disk.
 * Source: API Reference, "GetRecords".
 */
MR_NODISCARD mr_code mr_reader_read(mr_reader *reader, const mr_read_limits *limits,
                                    mr_record_fn fn, void *context, mr_read_result *result,
                                    mr_error *err);
uint64_t mr_reader_at(const mr_reader *reader);
mr_shard *mr_reader_shard(const mr_reader *reader);
bool mr_reader_at_tip(const mr_reader *reader);
/* Calls fn once, in the put that makes a record readable (or closes the shard) while the reader
 * is at the tip; then it must be set again. NULL clears. */
void mr_reader_wake(mr_reader *reader, mr_timer_fn fn, void *context);
/* Records below `number` may be recycled as far as this reader goes. Segments that hold records
 * from the lowest hold on of all readers with a hold are never recycled by the cap. */
void mr_reader_hold(mr_reader *reader, uint64_t number);

#endif
