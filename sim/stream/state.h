/*
 * state.h - the structs behind stream.h, for the files of sim/stream alone.
 *
 *   streams.c  the set of streams and their rows in catalog.db
 *   stream.c   putting: routing, limits, the answer per record
 *   shard.c    one shard: its ring, its names and numbers
 *   reshard.c  split and merge
 *   reader.c   reading and waking
 *   recycle.c  retention, the cap on disk, rows already stored
 */
#ifndef MR_SIM_STREAM_STATE_H
#define MR_SIM_STREAM_STATE_H

#include "sim/base/map.h"
#include "sim/stream/ring.h"
#include "sim/stream/stream.h"
#include "sim/stream/throttle.h"

#define MR_STREAM_BYTES_MAX_DEFAULT (8 * (uint64_t)MR_GIB)

struct mr_streams {
    mr_streams_options options; /* directory is ours */
    mr_map *by_name;            /* mr_stream */
    mr_stream *deleted;         /* streams gone whose readers are not; a list */
    bool forgets_some;          /* MR_MUTATION_ACK_BEFORE_STORE: every record asks, so read once */
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

struct mr_stream {
    mr_streams *streams;
    char *name;      /* owned */
    char *directory; /* owned */
    int64_t created_us;
    int64_t retention_us;
    uint32_t record_kib_max;
    bool on_demand;
    bool internal;
    bool limited; /* the token buckets are in force */
    bool deleted;
    size_t readers_count;
    mr_stream *deleted_next;

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
};

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

/* ---- stream.c ---- */

/* Frees the stream and its shards; none of them has readers. */
void mr_stream_free(mr_stream *stream);

/* ---- reader.c ---- */

/* One reader fewer: a deleted stream is freed with its last one. */
void mr_stream_let_go(mr_stream *stream);
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
