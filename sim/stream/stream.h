/*
 * stream.h - a data stream: shards over the 128-bit hash-key space.
 *
 * A record's shard is the open one whose range holds the MD5 of its partition key, or its
 * ExplicitHashKey. Each shard keeps its records in a ring (ring.h) and its limits in token
 * buckets on the world's clock. Streams and shards are described in catalog.db and found again
 * at opening.
 *
 * Beside it, a header for each noun of the control plane: stream_status.h, stream_settings.h,
 * stream_tags.h, stream_policy.h, shard_list.h, shard_iterator.h, page_token.h, consumer.h and
 * subscription.h. Where a check of AWS's has words of its own, the message is those words to the
 * letter (the final full stop included), so that a front door can hand it on.
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

#define MR_SHARD_ID_SIZE 21    /* "shardId-000000000000" and NUL */
#define MR_SHARDS_MAX    20000 /* of one stream, open and closed: AWS's limit of an account */

typedef struct mr_streams_options {
    mr_clock *clock; /* all borrowed, all outlive the streams */
    mr_trace *trace;
    mr_faults *faults;
    mr_file_system *fs;
    mr_db *db;
    const char *directory;     /* "<state>/streams"; copied */
    bool limits;               /* --limits aws: the token buckets are in force */
    uint64_t stream_bytes_max; /* --stream-bytes: cap of one stream's disk; 0: 8 GiB */
    size_t segment_bytes_first, segment_bytes_max; /* as in ring.h; 0: its defaults */
    bool durable; /* a put answers when the disk has it: survives power loss, not only a kill */

    /* What the control plane needs; zero changes nothing for who does without. */
    uint64_t seed;                /* tokens are sealed with a key made of it (token_seal.h) */
    const char *region, *account; /* in ARNs and messages; NULL: us-east-1, 000000000000. Copied */
    int64_t state_delay_us;       /* how long CREATING, UPDATING and DELETING last; 0: no time at
                                     all, in the call itself (stream_status.h) */
    uint32_t shard_limit;         /* open shards of the account; 0: MR_SHARDS_MAX */
    uint32_t on_demand_limit;     /* on-demand streams of the account; 0: any number */
    uint32_t creating_limit;      /* streams in CREATING at once; 0: any number */
} mr_streams_options;

/* AWS's own limits, for a front door to set. Source: Developer Guide, "Quotas and limits"; API
 * Reference, "CreateStream". */
#define MR_ON_DEMAND_LIMIT_AWS 50
#define MR_CREATING_LIMIT_AWS  5

/* Opens the streams that catalog.db describes, each ring recovered. */
MR_NODISCARD mr_code mr_streams_open(const mr_streams_options *options, mr_streams **out,
                                     mr_error *err);
void mr_streams_close(mr_streams *streams); /* after every reader is freed; NULL is fine */
/* fn: told when a state that ends by itself cannot: the disk or catalog.db fails. Without one the
 * event log is warned. */
void mr_streams_on_fatal(mr_streams *streams, mr_fatal_fn fn, void *context);

/* For what comes: states that have begun end when they were going to. A template's streams are
 * made without a delay, so that a server is ready with them. */
void mr_streams_set_state_delay(mr_streams *streams, int64_t delay_us);

typedef struct mr_stream_options {
    const char *name;
    uint32_t shard_count;    /* 1..MR_SHARDS_MAX */
    int64_t retention_us;    /* 0: 24 hours */
    uint32_t record_kib_max; /* MaxRecordSizeInKiB, 1024..10240; 0: 1024 */
    bool on_demand; /* 4 MiB/s and 4,000 records/s in, 8 MiB/s out for the stream, instead of the
                       limits per shard */
    bool internal;  /* source ring of a DirectPut delivery stream: no limits, not listed; its name
                       may hold any bytes, its records need no partition key. Its states take no
                       time, and it counts for no limit of the account */
    uint32_t warm_mibps; /* WarmThroughputMiBps; 0: none asked for */
} mr_stream_options;

/*
 * Creates a stream: ACTIVE at once, or after state_delay_us of CREATING. Its shards begin at the
 * call, because their sequence numbers do.
 *
 * Errors: MR_STREAM_EXISTS, MR_INVALID_ARGUMENT, MR_LIMIT_EXCEEDED (shard_limit, on_demand_limit,
 *         creating_limit), those of the disk and the database.
 */
MR_NODISCARD mr_code mr_streams_create(mr_streams *streams, const mr_stream_options *options,
                                       mr_stream **out, mr_error *err);
/*
 * Removes the stream, its rings, its rows and its consumers: at once, or after state_delay_us of
 * DELETING; one that is DELETING already stays so, and one that is UPDATING never ends its change.
 * When it goes, readers that are left are woken; what they read then is MR_STREAM_NOT_FOUND, and
 * their shard lives until the last of them is freed.
 *
 * Errors: MR_STREAM_NOT_FOUND, those of the disk and the database. (That consumers are in the way
 *         is for the caller to ask: mr_stream_require_no_consumers().)
 */
MR_NODISCARD mr_code mr_streams_delete(mr_streams *streams, const char *name, mr_error *err);
mr_stream *mr_streams_find(mr_streams *streams, const char *name); /* NULL when absent; borrowed */
/* The same for a client's word: MR_STREAM_NOT_FOUND in AWS's words, also for an internal stream.
 * name need not end in NUL. */
MR_NODISCARD mr_code mr_streams_require(mr_streams *streams, mr_bytes name, mr_stream **out,
                                        mr_error *err);
/* In byte order of names, internal ones left out, in whatever state they are. *count: out. Owned
 * array (mr_free). */
mr_stream **mr_streams_list(mr_streams *streams, size_t *count);
/*
 * A page of that list: what ListStreams shows.
 *
 * after: the page begins behind this name, whether there is such a stream or not; NULL: at the
 *        first.
 * out:   room for `most`, of which the returned number is written; borrowed.
 * more:  out; there are streams behind these.
 */
size_t mr_streams_page(mr_streams *streams, const char *after, mr_stream **out, size_t most,
                       bool *more);
const char *mr_streams_region(const mr_streams *streams);
const char *mr_streams_account(const mr_streams *streams);
/* What DescribeLimits shows. Internal streams count for nothing. */
typedef struct mr_account_limits {
    uint32_t shard_limit, open_shards;           /* the latter also of streams that are CREATING */
    uint32_t on_demand_limit, on_demand_streams; /* limit 0: none */
} mr_account_limits;
mr_account_limits mr_streams_limits(mr_streams *streams);
/* Drops expired segments of every stream and applies the cap. Called by the world's timer. */
MR_NODISCARD mr_code mr_streams_recycle(mr_streams *streams, mr_error *err);

const char *mr_stream_name(const mr_stream *stream);
const char *mr_stream_arn(const mr_stream *stream);
int64_t mr_stream_created_us(const mr_stream *stream);
int64_t mr_stream_retention_us(const mr_stream *stream);
uint32_t mr_stream_record_kib_max(const mr_stream *stream);
/* How long ago the last record of the last read arrived, in microseconds; 0 when that read came to
 * the tip, or nobody has read. Source: Developer Guide, "GetRecords.IteratorAgeMilliseconds". */
int64_t mr_stream_behind_us(const mr_stream *stream);

/* ---- writing ---- */

/* Where one record of a batch went. */
typedef struct mr_put_result {
    mr_code code; /* MR_OK, MR_THROTTLED, MR_INTERNAL_FAILURE */
    mr_shard *shard;
    uint64_t number; /* on MR_OK, with: */
    int64_t arrival_us;
} mr_put_result;

/*
 * Puts a batch in order; each record is taken or refused by itself, and MR_OK is the answer
 * though every one was refused.
 *
 * results: count entries, all filled by the call.
 * failed:  out; how many entries were not stored.
 * Errors:  before anything is stored, for the whole batch: MR_STREAM_NOT_FOUND (the stream is
 *          CREATING or DELETING), MR_RECORD_TOO_LARGE (past MaxRecordSizeInKiB, key included),
 *          MR_INVALID_ARGUMENT (no partition key, or one past 1024 bytes). On the way:
 *          MR_DISK_FULL, MR_IO, MR_DATABASE; the entries before are in place, the failing one and
 *          those behind it carry the code. (A durable put whose sync fails is like a lost
 *          acknowledgement: stored, but not answered for.)
 * Limits:  1,000 records/s and 1 MiB/s per shard, partition keys included. At stream_bytes_max
 *          with nothing that may be recycled: MR_THROTTLED.
 * Faults:  STREAM_PUT is asked per record that the limits let through, STREAM_ACK once at the end;
 *          that makes the call return MR_IO ("connection reset") with everything stored. A poisoned
 *          record is limited, counted and told by the size with which it was sent.
 * Source:  API Reference, "PutRecords".
 */
MR_NODISCARD mr_code mr_stream_put(mr_stream *stream, const mr_record *records, size_t count,
                                   mr_put_result *results, size_t *failed, mr_error *err);

/* ---- shards ---- */

size_t mr_stream_shard_count(const mr_stream *stream); /* open and closed, by index */
mr_shard *mr_stream_shard(mr_stream *stream, size_t place);
mr_shard *mr_stream_shard_of_id(mr_stream *stream, const char *id); /* canonical id; NULL if none */
/*
 * Reads a shard id as requests may spell it: the digits behind the first '-', or all of it.
 * "shardId-0", "0" and "x-00000" are all shard 0. False when they are no digits or past 2^31 - 1.
 * Source: kinesis.md, section 5.
 */
MR_NODISCARD bool mr_shard_index_parse(mr_bytes id, uint32_t *index);
/* The shard that such an id names. Errors: MR_SHARD_NOT_FOUND ("Could not find shard ..."). */
MR_NODISCARD mr_code mr_stream_require_shard(mr_stream *stream, mr_bytes id, mr_shard **out,
                                             mr_error *err);
/* The open shards in order of hash key. *count: out. Borrowed until a split or merge. */
mr_shard *const *mr_stream_open_shards(const mr_stream *stream, size_t *count);

mr_stream *mr_shard_stream(const mr_shard *shard);
uint32_t mr_shard_index(const mr_shard *shard);
const char *mr_shard_id(const mr_shard *shard);
void mr_shard_range(const mr_shard *shard, mr_u128 *start, mr_u128 *end); /* both inclusive */
bool mr_shard_is_open(const mr_shard *shard);
int mr_shard_parents(const mr_shard *shard, const mr_shard *parents[2]); /* how many: 0, 1, 2 */
/* As sequence numbers hold it: 2 s before its stream was created; a child's, 1 s after the split
 * or merge. */
int64_t mr_shard_created_us(const mr_shard *shard);
int64_t mr_shard_closed_us(const mr_shard *shard); /* 0 while it is open */
uint64_t mr_shard_first(const mr_shard *shard); /* oldest record within retention; last+1 if none */
uint64_t mr_shard_last(const mr_shard *shard);
void mr_shard_sequence(const mr_shard *shard, uint64_t number, int64_t arrival_us,
                       char out[MR_SEQUENCE_SIZE]);
/* StartingSequenceNumber, and EndingSequenceNumber of a closed shard. */
void mr_shard_sequence_start(const mr_shard *shard, char out[MR_SEQUENCE_SIZE]);
void mr_shard_sequence_end(const mr_shard *shard, char out[MR_SEQUENCE_SIZE]);

/*
 * Split, merge and a new shard count are changes of an ACTIVE stream: with a state_delay_us they
 * are checked and written down in the call, the stream is UPDATING for so long, and at its end the
 * parents close and the children appear. That is when AWS shows children, and what its clients are
 * used to: they list shards once the stream is ACTIVE again.
 */

/* Splits at new_start: the parent closes, two children open. Errors: MR_STREAM_NOT_ACTIVE,
 * MR_SHARD_CLOSED, MR_LIMIT_EXCEEDED (one more shard than shard_limit), MR_INVALID_ARGUMENT (key
 * not inside: start+1 < key < end). */
MR_NODISCARD mr_code mr_stream_split(mr_stream *stream, mr_shard *shard, mr_u128 new_start,
                                     mr_error *err);
/* The same with a key as a request has it, in decimal digits. One past the last hash key is refused
 * like every other that is not inside. */
MR_NODISCARD mr_code mr_stream_split_at(mr_stream *stream, mr_shard *shard, mr_bytes new_start,
                                        mr_error *err);
/* Merges two adjacent open shards, the lower first. Errors: MR_STREAM_NOT_ACTIVE, MR_SHARD_CLOSED,
 * MR_SHARDS_NOT_ADJACENT. */
MR_NODISCARD mr_code mr_stream_merge(mr_stream *stream, mr_shard *low, mr_shard *high,
                                     mr_error *err);
/*
 * Splits and merges until the stream has so many open shards of equal ranges; a division that is
 * uneven by one hash key counts as equal.
 *
 * target: 1..MR_SHARDS_MAX. What AWS limits (twice as many at most, half as few) is asked of
 *         mr_stream_check_shard_count().
 * Errors: those of split and merge; what was done before stands.
 * Source: API Reference, "UpdateShardCount": uniform scaling.
 */
MR_NODISCARD mr_code mr_stream_update_shard_count(mr_stream *stream, uint32_t target,
                                                  mr_error *err);
/*
 * Whether AWS would take that number now: asked by a front door before the update, which it then
 * counts for the day.
 *
 * Errors: MR_STREAM_NOT_ACTIVE, MR_INVALID_ARGUMENT (an on-demand stream), MR_LIMIT_EXCEEDED (past
 *         shard_limit, more than twice or less than half of the open shards, the eleventh time
 *         in 24 hours), those of the database.
 * Source: API Reference, "UpdateShardCount". The words for the limit, the double and the half are
 *         those of kinesalite's suite; those for an on-demand stream and for the day are ours.
 */
MR_NODISCARD mr_code mr_stream_check_shard_count(mr_stream *stream, uint32_t target, mr_error *err);
MR_NODISCARD mr_code mr_stream_count_scaling(mr_stream *stream, mr_error *err);
/* Called with every new shard (after a split or merge, before readers of the parents are woken),
 * until removed. fn neither splits, merges nor changes who is called. */
typedef void (*mr_shard_fn)(void *context, mr_shard *shard);
void mr_stream_on_shard(mr_stream *stream, mr_shard_fn fn, void *context);
void mr_stream_off_shard(mr_stream *stream, mr_shard_fn fn, void *context);

/* ---- going on after a stop ---- */

/* Called with a row that is stored; false ends the scan. */
typedef bool (*mr_stored_row_fn)(void *context, uint64_t row);

/*
 * Which rows of an input the stream has: what `run --resume` need not put again.
 *
 * through: out; every row up to this one counts as stored (rows whose segments are recycled are
 *          only known as "up to"); 0: none.
 * fn:      called with the rows of all kept records of the input, shard by shard in the order they
 *          were put; a row stored twice comes twice, one below *through may come.
 * Errors:  those of the disk and the database.
 */
MR_NODISCARD mr_code mr_stream_stored_rows(mr_stream *stream, uint32_t input, uint64_t *through,
                                           mr_stored_row_fn fn, void *context, mr_error *err);

/* ---- reading: a reader is a consumer's place in one shard ---- */

typedef struct mr_reader mr_reader;

typedef enum mr_iterator_type {
    MR_ITERATOR_TRIM_HORIZON,
    MR_ITERATOR_LATEST,
    MR_ITERATOR_AT_TIMESTAMP,         /* value: microseconds */
    MR_ITERATOR_AT_SEQUENCE_NUMBER,   /* value: the record's number */
    MR_ITERATOR_AFTER_SEQUENCE_NUMBER /* value: the record's number */
} mr_iterator_type;

/* The number at which an iterator of this type begins now: first..last+1 of the shard. */
uint64_t mr_shard_position(mr_shard *shard, mr_iterator_type type, int64_t value);

mr_reader *mr_reader_new(mr_shard *shard, uint64_t number);
void mr_reader_free(mr_reader *reader); /* NULL is fine; free before the shard */

typedef struct mr_read_limits {
    size_t records_max; /* 10000 for GetRecords */
    size_t bytes_max;   /* 10 MiB for GetRecords; the record that passes it is not returned,
                           unless it is the first */
} mr_read_limits;

typedef struct mr_read_result {
    size_t records;
    uint64_t bytes;    /* data and partition keys */
    int64_t behind_us; /* MillisBehindLatest, in us: age of the last record when more follow */
    uint64_t expired;  /* numbers jumped over: retention, the cap or damage took the records */
    bool full;         /* stopped at a limit: more records are there */
    bool ended;        /* the shard is closed and everything was read */
    int64_t delay_us;  /* a READ_SLOW fault: deliver so much later */
} mr_read_result;

/* Called per record in order; the view is borrowed for the call. */
typedef void (*mr_record_fn)(void *context, const mr_record_view *record);

/*
 * One GetRecords: hands over records from the reader's place on and moves it.
 *
 * Errors: MR_THROTTLED (5 reads/s, 2 MiB/s per shard; nothing was read), MR_STREAM_NOT_FOUND (it
 *         was deleted), those of the disk (what was handed over before is in *result, and the
 *         reader is behind it).
 * Faults: STREAM_READ is asked once, but not on internal streams.
 * Source: API Reference, "GetRecords".
 */
MR_NODISCARD mr_code mr_reader_read(mr_reader *reader, const mr_read_limits *limits,
                                    mr_record_fn fn, void *context, mr_read_result *result,
                                    mr_error *err);
uint64_t mr_reader_at(const mr_reader *reader);
mr_shard *mr_reader_shard(const mr_reader *reader);
bool mr_reader_at_tip(const mr_reader *reader);
/* Calls fn once: in the next put on the shard, or when the shard is closed or its stream deleted;
 * then it must be set again. Several are called in the order in which they were set. For a reader
 * at the tip. NULL clears. fn may read, and free its reader. */
void mr_reader_wake(mr_reader *reader, mr_timer_fn fn, void *context);
/* Hands over the kept records numbered first..last, in order, to somebody who looks on: no limit
 * is asked, no fault strikes, no event tells of it. Numbers that are gone are passed over.
 * Errors: those of the disk. */
MR_NODISCARD mr_code mr_shard_visit(mr_shard *shard, uint64_t first, uint64_t last, mr_record_fn fn,
                                    void *context, mr_error *err);
/*
 * Holds the records from `number` on: segments with records from the lowest hold of a shard's
 * readers on are not recycled by the cap (they are at the end of retention). A reader that never
 * held holds nothing; UINT64_MAX lets go.
 */
void mr_reader_hold(mr_reader *reader, uint64_t number);

#endif
