/*
 * state.h - the structs behind stream.h, for the files of sim/stream alone.
 *
 *   streams.c  the set of streams and their rows in catalog.db
 *   stream.c   putting: routing, limits, the answer per record
 *   shard.c    one shard: its ring, its names and numbers
 *   reshard.c  split and merge
 *   reader.c   reading and waking
 *   recycle.c  retention, the cap on disk, rows already stored
 *   consumer.c, subscription.c  enhanced fan-out
 *   stream_status.c  CREATING, UPDATING, DELETING, and what ends them
 *   stream_settings.c, stream_tags.c, stream_policy.c  what can be set
 *   commitment.c  what is set of the account
 *   shard_list.c, shard_iterator.c, page_token.c  what is shown, and the tokens for going on
 */
#ifndef MR_SIM_STREAM_STATE_H
#define MR_SIM_STREAM_STATE_H

#include "sim/base/map.h"
#include "sim/stream/consumer.h"
#include "sim/stream/ring.h"
#include "sim/stream/stream.h"
#include "sim/stream/stream_status.h"
#include "sim/stream/subscription.h"
#include "sim/stream/throttle.h"
#include "sim/stream/token_seal.h"

#define MR_STREAM_BYTES_MAX_DEFAULT (8 * (uint64_t)MR_GIB)

struct mr_streams {
    mr_streams_options options; /* directory is ours */
    mr_map *by_name;            /* mr_stream */
    mr_stream *deleted;         /* streams gone whose readers are not; a list */
    bool forgets_some;          /* MR_MUTATION_ACK_BEFORE_STORE: every record asks, so read once */
    mr_token_seal *seal;        /* NULL until the first token */
    mr_fatal_fn on_fatal;
    void *on_fatal_context;
};

/* A link of a ring of links: unlinking needs no list. */
typedef struct mr_link {
    struct mr_link *prev, *next; /* itself when alone */
} mr_link;

struct mr_reader {
    mr_shard *shard;
    mr_ring_cursor *cursor;
    uint64_t at;            /* the number it waits for or reads next */
    uint64_t batch_first;   /* where the last batch began: what a READ_DUPLICATE fault repeats */
    uint64_t hold;          /* UINT64_MAX: holds nothing */
    mr_reader *prev, *next; /* of the shard's readers */

    mr_link wake; /* in the shard's `parked` while wake_fn is set */
    mr_timer_fn wake_fn;
    void *wake_context;
};

struct mr_shard {
    mr_stream *stream;
    char *fault_target;           /* "stream/shardId-000000000000"; owned */
    mr_u128 hash_start, hash_end; /* inclusive */
    int64_t created_us;
    int64_t closed_us; /* 0 while open */
    const mr_shard *parents[2];
    int parents_count;
    uint32_t index; /* also its place in stream->shards */
    char id[MR_SHARD_ID_SIZE];
    bool open;
    bool touched; /* by the put under way */

    mr_ring *ring;
    mr_bucket write_records, write_bytes, reads, read_bytes;
    mr_rate *put_rate, *throttled_rate, *read_rate;

    mr_reader *readers; /* all of them; a list */
    mr_link parked;     /* those to be woken, in the order they asked */

    /* Of the put under way. */
    mr_shard *touched_next;
    uint64_t batch_records, batch_bytes, batch_refused, batch_refused_bytes;
};

/* A partition key seen before and where it went. One cache line. */
#define MR_ROUTE_KEY_BYTES 55
typedef struct mr_route {
    mr_shard *shard; /* NULL: free */
    uint8_t key_len;
    char key[MR_ROUTE_KEY_BYTES];
} mr_route;

typedef struct mr_shard_listener {
    mr_shard_fn fn;
    void *context;
} mr_shard_listener;

/* Of one consumer at one shard: what outlives a subscription. */
typedef struct mr_fan_out {
    uint32_t shard_index;
    int64_t subscribed_us;         /* the last successful call */
    mr_bucket bytes;               /* 2 MiB/s, whoever is subscribed */
    mr_subscription *subscription; /* NULL: nobody is. Borrowed */
} mr_fan_out;

struct mr_consumer {
    mr_stream *stream;
    char *name; /* owned */
    char *arn;  /* owned */
    int64_t created_us;
    mr_status status;
    int64_t status_due_us;
    mr_timer status_timer;

    mr_fan_out **fan_outs; /* in order of first use; owned, and never moved */
    size_t fan_outs_count, fan_outs_capacity;
};

/* What a stream that is UPDATING becomes at its end. */
typedef enum mr_change_kind {
    MR_CHANGE_NONE,
    MR_CHANGE_SPLIT,           /* number: shard; text: the new starting hash key */
    MR_CHANGE_MERGE,           /* number, other: the lower and the higher shard */
    MR_CHANGE_SHARD_COUNT,     /* number: of open shards */
    MR_CHANGE_MODE,            /* number: 1 for on-demand; other: MiB/s to warm up to, or 0 */
    MR_CHANGE_ENCRYPTION,      /* text: key id; NULL: none */
    MR_CHANGE_WARM_THROUGHPUT, /* number: MiB/s */
    MR_CHANGE_COUNT
} mr_change_kind;

typedef struct mr_stream_change {
    mr_change_kind kind;
    uint32_t number, other;
    const char *text; /* owned where it is the stream's own change, else borrowed */
} mr_stream_change;

struct mr_stream {
    mr_streams *streams;
    char *name;      /* owned */
    char *directory; /* owned */
    char *arn;       /* owned */
    int64_t created_us;
    int64_t retention_us;
    uint32_t record_kib_max;
    bool on_demand;
    bool internal;
    bool limited; /* the token buckets are in force */
    bool deleted;
    size_t readers_count;
    mr_stream *deleted_next;
    int64_t behind_us; /* of the last read of any of its shards */

    mr_shard **shards; /* by index; owned */
    size_t shards_count, shards_capacity;
    mr_shard **open; /* in order of hash key */
    size_t open_count, open_capacity;
    mr_route *routes; /* MR_ROUTES_COUNT of them; NULL until the first put and after a reshard */
    mr_bucket write_records, write_bytes, read_bytes; /* on demand */

    mr_shard *touched; /* shards of the put under way, in order of first touch */
    mr_shard **touched_end;
    mr_shard_listener *listeners;
    size_t listeners_count, listeners_capacity;

    /* The row of stream_settings. */
    mr_status status;
    int64_t status_due_us; /* when it ends; 0 while ACTIVE */
    mr_timer status_timer;
    mr_stream_change change; /* while UPDATING */
    uint32_t metrics;        /* bits of mr_shard_metric */
    char *encryption_key;    /* owned; NULL: not encrypted */
    uint32_t warm_mibps;

    mr_map *consumers; /* mr_consumer by name; owned */
};

/* ---- streams.c ---- */

/* MR_STREAM_NOT_FOUND in AWS's words. */
mr_code mr_stream_not_found(const mr_streams *streams, mr_bytes name, mr_error *err);

/* Removes the stream in catalog.db, on disk and, once nobody reads it, in memory. */
MR_NODISCARD mr_code mr_stream_delete_now(mr_stream *stream, mr_error *err);
/* Tells whoever asked by mr_streams_on_fatal(). */
void mr_streams_fail(mr_streams *streams, const mr_error *err);
/* Errors: MR_LIMIT_EXCEEDED when `added` more open shards are more than the account may have. */
MR_NODISCARD mr_code mr_streams_require_shards(mr_streams *streams, uint32_t added, mr_error *err);
/* Errors: MR_LIMIT_EXCEEDED when the account may not have another on-demand stream. */
MR_NODISCARD mr_code mr_streams_require_on_demand(mr_streams *streams, mr_error *err);

/* ---- stream_status.c ---- */

mr_status mr_status_of_name(const char *name);             /* ACTIVE when there is none so called */
int64_t mr_stream_state_delay_us(const mr_stream *stream); /* 0 for an internal one */
/* A stream that is being made: CREATING, when states take time. Before its row is written. */
void mr_stream_begin_creating(mr_stream *stream);
/* For a stream whose states take time. Errors: those of the database. */
MR_NODISCARD mr_code mr_stream_begin_deleting(mr_stream *stream, mr_error *err);
/* Does a change that was checked, or begins UPDATING, which ends with it. The stream is ACTIVE.
 * change: borrowed. Errors: those of the change and the database. */
MR_NODISCARD mr_code mr_stream_begin_change(mr_stream *stream, const mr_stream_change *change,
                                            mr_error *err);
void mr_stream_on_status_due(void *context); /* of a stream's status_timer */
/* Goes on with a state that the last world left. May free the stream. */
MR_NODISCARD mr_code mr_stream_resume_status(mr_stream *stream, mr_error *err);
/* Writes and reads the row of stream_settings. */
MR_NODISCARD mr_code mr_stream_store_settings(const mr_stream *stream, mr_error *err);
MR_NODISCARD mr_code mr_stream_load_settings(mr_stream *stream, mr_error *err);

/* ---- reshard.c and stream_settings.c: the changes themselves ---- */

/* settle: catalog.db is told of the stream's settings, its status among them, in the transaction
 * of the change. */
MR_NODISCARD mr_code mr_stream_split_now(mr_stream *stream, const mr_stream_change *change,
                                         bool settle, mr_error *err);
MR_NODISCARD mr_code mr_stream_merge_now(mr_stream *stream, const mr_stream_change *change,
                                         bool settle, mr_error *err);
/* May be done again after a kill in its middle. */
MR_NODISCARD mr_code mr_stream_scale_now(mr_stream *stream, uint32_t target, mr_error *err);
MR_NODISCARD mr_code mr_stream_set_mode_now(mr_stream *stream, const mr_stream_change *change,
                                            bool settle, mr_error *err);

/* ---- token_seal.c ---- */

/* The seal of all tokens of this world; made at the first use. Borrowed. Errors: those of the
 * database. */
MR_NODISCARD mr_code mr_streams_seal(mr_streams *streams, mr_token_seal **out, mr_error *err);

/* ---- consumer.c ---- */

MR_NODISCARD mr_code mr_stream_load_consumers(mr_stream *stream, mr_error *err);
/* Goes on with the states that the last world left. */
MR_NODISCARD mr_code mr_stream_resume_consumers(mr_stream *stream, mr_error *err);
/* The stream goes: its consumers serve nobody from here on. */
void mr_stream_stop_consumers(mr_stream *stream);
void mr_stream_free_consumers(mr_stream *stream);
/* The consumer's fan-out at a shard, made at its first use. */
mr_fan_out *mr_consumer_fan_out(mr_consumer *consumer, const mr_shard *shard);

/* ---- subscription.c ---- */

/* The subscription's consumer or stream goes: it ends, and knows neither from here on. */
void mr_subscription_cut(mr_subscription *subscription);

/* ---- shard.c ---- */

typedef struct mr_shard_plan {
    uint32_t index;
    mr_u128 hash_start, hash_end;
    int64_t created_us;
    int64_t closed_us; /* 0: open */
    const mr_shard *parents[2];
    int parents_count;
    bool fresh; /* a new shard: what an earlier one left in its directory is removed */
} mr_shard_plan;

MR_NODISCARD mr_code mr_shard_make(mr_stream *stream, const mr_shard_plan *plan, mr_shard **out,
                                   mr_error *err);
void mr_shard_free(mr_shard *shard); /* NULL is fine */
/* Takes the shard into the stream, which owns it from then on. Its index is the next. */
void mr_stream_add_shard(mr_stream *stream, mr_shard *shard);
/* Sets the row of open shards anew, and forgets the routes. */
void mr_stream_sort_open(mr_stream *stream);
/* Writes the row of a new shard. */
MR_NODISCARD mr_code mr_shard_store(const mr_shard *shard, mr_error *err);
void mr_shard_announce(const mr_shard *shard); /* MR_EVENT_SHARD_CREATED */
/* As mr_shard_sequence(), but for number 0 too: the place before the first record. */
void mr_shard_format_sequence(const mr_shard *shard, uint64_t number, int64_t time_us,
                              char out[MR_SEQUENCE_SIZE]);

/* ---- stream.c ---- */

/* Frees the stream and its shards; none of them has readers. */
void mr_stream_free(mr_stream *stream);

/* ---- reader.c ---- */

/* One reader fewer: a deleted stream is freed with its last one. */
void mr_stream_let_go(mr_stream *stream);
/* What mr_reader_read() does behind the limits and faults, which it neither asks nor spends. */
MR_NODISCARD mr_code mr_reader_fetch(mr_reader *reader, const mr_read_limits *limits,
                                     mr_record_fn fn, void *context, mr_read_result *result,
                                     mr_error *err);
/* Calls everyone who is parked at the shard. */
void mr_shard_wake(mr_shard *shard);

/* ---- recycle.c ---- */

/*
 * Sees to it that the stream may take `growth` more bytes of disk for the shard: drops what has
 * expired, then at the cap what every holder has passed.
 *
 * Errors: MR_THROTTLED (the cap is reached and a segment is not read yet), those of the disk and
 *         the database.
 */
MR_NODISCARD mr_code mr_stream_make_room(mr_shard *shard, uint64_t growth, int64_t wall_us,
                                         mr_error *err);

static inline void mr_link_init(mr_link *link)
{
    link->prev = link;
    link->next = link;
}

static inline void mr_link_remove(mr_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    mr_link_init(link);
}

/* Puts link at the end of the ring of links that begins behind head. */
static inline void mr_link_append(mr_link *head, mr_link *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

#endif
