/*
 * spool.c - see spool.h.
 *
 * A record is a header and its bytes, and may go over the end of a block into the next one.
 */
#include "sim/firehose/spool.h"

#include "sim/base/alloc.h"

#define FIRST_BYTES (4 * MR_KIB) /* of a block in memory: many partitions stay small */

typedef struct header {
    mr_origin origin;
    uint64_t len;
} header;

/* A full block of MR_SPOOL_BLOCK bytes. */
typedef struct block {
    char *held;    /* owned; NULL: in the file */
    uint64_t slot; /* in the file: at slot x MR_SPOOL_BLOCK */
} block;

struct mr_spool {
    mr_file_system *fs;
    char *path;
    mr_file *file;   /* NULL: not made yet */
    uint64_t slots;  /* that the file has */
    uint64_t *freed; /* slots that hold nothing, to be used again */
    size_t freed_count, freed_capacity;
    uint64_t held;
    size_t buffers;
    mr_strbuf window; /* of the reading under way */
};

struct mr_spool_buffer {
    mr_spool *spool;
    block *blocks;
    size_t count, capacity;
    char *tail; /* the block being filled; NULL: nothing yet */
    size_t tail_len, tail_capacity;
};

mr_spool *mr_spool_new(mr_store *store, const char *name)
{
    mr_spool *spool = mr_calloc(1, sizeof(*spool));
    spool->fs = mr_store_fs(store);
    spool->path = mr_store_temporary_path(store, name);
    spool->window = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return spool;
}

void mr_spool_free(mr_spool *spool)
{
    if (spool == NULL) {
        return;
    }
    MR_ASSERT(spool->buffers == 0);
    if (spool->file != NULL) {
        mr_error ignored; /* the next start removes it */
        spool->fs->close(spool->fs, spool->file);
        (void)spool->fs->remove(spool->fs, spool->path, &ignored);
    }
    mr_strbuf_deinit(&spool->window);
    mr_free(spool->freed);
    mr_free(spool->path);
    mr_free(spool);
}

uint64_t mr_spool_held(const mr_spool *spool)
{
    return spool->held;
}

uint64_t mr_spool_file_bytes(const mr_spool *spool)
{
    return spool->slots * MR_SPOOL_BLOCK;
}

mr_spool_buffer *mr_spool_buffer_new(mr_spool *spool)
{
    mr_spool_buffer *buffer = mr_calloc(1, sizeof(*buffer));
    buffer->spool = spool;
    spool->buffers++;
    return buffer;
}

static void free_slot(mr_spool *spool, uint64_t slot)
{
    MR_GROW(spool->freed, spool->freed_count, spool->freed_capacity);
    spool->freed[spool->freed_count++] = slot;
}

void mr_spool_buffer_free(mr_spool_buffer *buffer)
{
    if (buffer == NULL) {
        return;
    }
    mr_spool *spool = buffer->spool;
    for (size_t i = 0; i < buffer->count; i++) {
        if (buffer->blocks[i].held != NULL) {
            spool->held -= MR_SPOOL_BLOCK;
            mr_free(buffer->blocks[i].held);
        } else {
            free_slot(spool, buffer->blocks[i].slot);
        }
    }
    spool->buffers--;
    mr_free(buffer->blocks);
    mr_free(buffer->tail);
    mr_free(buffer);
}

/* ---- adding ---- */

/* False when the disk does not take it. */
static bool write_block(mr_spool *spool, const char *bytes, uint64_t *slot)
{
    mr_error ignored; /* the block stays in memory, and the put of its object will say why */
    if (spool->file == NULL && spool->fs->open(spool->fs, spool->path, MR_OPEN_TRUNCATE,
                                               &spool->file, &ignored) != MR_OK) {
        spool->file = NULL;
        return false;
    }
    bool is_new = spool->freed_count == 0;
    *slot = is_new ? spool->slots : spool->freed[spool->freed_count - 1];
    if (spool->fs->write_at(spool->fs, spool->file, mr_bytes_make(bytes, MR_SPOOL_BLOCK),
                            *slot * MR_SPOOL_BLOCK, &ignored) != MR_OK) {
        return false;
    }
    spool->slots += is_new ? 1 : 0;
    spool->freed_count -= is_new ? 0 : 1;
    return true;
}

/* The tail is full: it goes to the file, or stays as it is. */
static void put_tail_away(mr_spool_buffer *buffer)
{
    block full = {.held = NULL};
    if (!write_block(buffer->spool, buffer->tail, &full.slot)) {
        full.held = buffer->tail;
        buffer->spool->held += MR_SPOOL_BLOCK;
        buffer->tail = NULL;
        buffer->tail_capacity = 0;
    }
    buffer->tail_len = 0;
    MR_GROW(buffer->blocks, buffer->count, buffer->capacity);
    buffer->blocks[buffer->count++] = full;
}

static void add_bytes(mr_spool_buffer *buffer, mr_bytes bytes)
{
    while (bytes.len > 0) {
        if (buffer->tail_len == buffer->tail_capacity) {
            size_t capacity = mr_max_size(FIRST_BYTES, 4 * buffer->tail_capacity);
            buffer->tail = mr_realloc(buffer->tail, capacity);
            buffer->tail_capacity = capacity;
        }
        size_t n = mr_min_size(bytes.len, buffer->tail_capacity - buffer->tail_len);
        memcpy(buffer->tail + buffer->tail_len, bytes.at, n);
        buffer->tail_len += n;
        bytes = mr_bytes_make(bytes.at + n, bytes.len - n);
        if (buffer->tail_len == MR_SPOOL_BLOCK) {
            put_tail_away(buffer);
        }
    }
}

void mr_spool_add(mr_spool_buffer *buffer, const mr_origin *origin, mr_bytes data)
{
    _Static_assert(MR_SPOOL_BLOCK == 16 * FIRST_BYTES, "a block in memory grows to a whole one");

    header h;
    memset(&h, 0, sizeof(h)); /* its padding goes to the file too */
    h.origin = *origin;
    h.len = data.len;
    add_bytes(buffer, mr_bytes_make((const char *)&h, sizeof(h)));
    add_bytes(buffer, data);
}

/* ---- reading back ---- */

static mr_code read_block(mr_spool *spool, const block *b, mr_error *err)
{
    if (b->held != NULL) {
        mr_strbuf_append(&spool->window, b->held, MR_SPOOL_BLOCK);
        return MR_OK;
    }
    size_t got = 0;
    char *room = mr_strbuf_reserve(&spool->window, MR_SPOOL_BLOCK);
    mr_code code = spool->fs->read_at(spool->fs, spool->file, room, MR_SPOOL_BLOCK,
                                      b->slot * MR_SPOOL_BLOCK, &got, err);
    if (code != MR_OK) {
        return code;
    }
    if (got != MR_SPOOL_BLOCK) {
        return mr_error_set(err, MR_CORRUPT, "%s has been cut short", spool->path);
    }
    mr_strbuf_commit(&spool->window, got);
    return MR_OK;
}

/* Hands out the whole records that stand at the window's begin, and takes them out of it. */
static void hand_out(mr_spool *spool, mr_spool_fn fn, void *context)
{
    mr_strbuf *window = &spool->window;
    size_t at = 0;
    while (window->len - at >= sizeof(header)) {
        header h;
        memcpy(&h, window->at + at, sizeof(h));
        if (window->len - at - sizeof(h) < h.len) {
            break;
        }
        fn(context, &h.origin, mr_bytes_make(window->at + at + sizeof(h), (size_t)h.len));
        at += sizeof(h) + (size_t)h.len;
    }
    if (at > 0) {
        memmove(window->at, window->at + at, window->len - at);
        window->len -= at;
    }
}

mr_code mr_spool_each(mr_spool_buffer *buffer, mr_spool_fn fn, void *context, mr_error *err)
{
    mr_spool *spool = buffer->spool;
    mr_code code = MR_OK;
    mr_strbuf_reset(&spool->window);
    for (size_t i = 0; i < buffer->count && code == MR_OK; i++) {
        code = read_block(spool, &buffer->blocks[i], err);
        hand_out(spool, fn, context);
    }
    if (code == MR_OK) {
        mr_strbuf_append(&spool->window, buffer->tail, buffer->tail_len);
        hand_out(spool, fn, context);
        if (spool->window.len > 0) {
            code = mr_error_set(err, MR_CORRUPT, "%s ends inside a record", spool->path);
        }
    }
    mr_strbuf_deinit(&spool->window); /* one large record would stay for ever */
    spool->window = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return code;
}
