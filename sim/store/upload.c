/*
 * upload.c - writing an object: pieces are filled by the world, hashed and written by the
 * upload's lane in order, and an attempt to put ends at its simulated time.
 *
 *   WRITING --put--> PUTTING --refused, disk--> FAILED --put--> PUTTING
 *                       |
 *                       +--MR_OK--> COMPLETE --commit.c--> RECORDED --> DONE
 *
 * The lane is handed a piece and gives it back by its state (release, acquire), so that the world
 * needs no callback for it: a piece that is written is used again when the next one is needed.
 */
#include "sim/base/alloc.h"
#include "sim/store/key_path.h"
#include "sim/store/store_private.h"

#define FREE_PIECES_MAX 64   /* kept for the next upload */
#define PATH_BYTES_MAX  4000 /* of the whole path: below Linux's 4096, a '%' included */

/* ---- pieces ---- */

static store_piece *piece_new(mr_upload *upload, size_t at_least)
{
    mr_store *store = upload->store;
    store_piece *piece = store->free_list;

    if (at_least <= MR_UPLOAD_PIECE && piece != NULL) {
        store->free_list = piece->next;
        store->free_count--;
    } else {
        size_t capacity = mr_max_size(at_least, MR_UPLOAD_PIECE);
        piece = mr_alloc(sizeof *piece + capacity);
        piece->capacity = capacity;
    }
    piece->next = NULL;
    piece->upload = upload;
    piece->len = 0;
    piece->offset = upload->bytes_before;
    atomic_init(&piece->state, PIECE_NEW);
    return piece;
}

static void piece_free(mr_store *store, store_piece *piece)
{
    if (piece == NULL) {
        return;
    }
    if (piece->capacity == MR_UPLOAD_PIECE && store->free_count < FREE_PIECES_MAX) {
        piece->next = store->free_list;
        store->free_list = piece;
        store->free_count++;
    } else {
        mr_free(piece);
    }
}

/* On the lane. A piece that comes again was hashed before. */
static void work_on_piece(void *context)
{
    store_piece *piece = context;
    mr_upload *upload = piece->upload;
    mr_file_system *fs = upload->store->fs;
    mr_bytes bytes = {piece->bytes, piece->len};
    piece_state state = PIECE_HASHED;

    if (atomic_load_explicit(&piece->state, memory_order_relaxed) == PIECE_NEW) {
        mr_digest_update(upload->md5, bytes.at, bytes.len);
    }
    if (upload->disk_error.code == MR_OK &&
        fs->write_at(fs, upload->file, bytes, piece->offset, &upload->disk_error) == MR_OK) {
        state = PIECE_WRITTEN;
    }
    atomic_store_explicit(&piece->state, (int)state, memory_order_release);
}

/* Takes back the pieces that are written. */
static void reap(mr_upload *upload)
{
    while (upload->oldest != NULL &&
           atomic_load_explicit(&upload->oldest->state, memory_order_acquire) == PIECE_WRITTEN) {
        store_piece *piece = upload->oldest;
        upload->oldest = piece->next;
        upload->newest = upload->oldest == NULL ? NULL : upload->newest;
        upload->queued_bytes -= piece->len;
        upload->store->queued_room -= piece->capacity;
        piece_free(upload->store, piece);
    }
}

/* The lane is idle, or has not begun. */
static void open_file(mr_upload *upload)
{
    mr_file_system *fs = upload->store->fs;

    if (upload->file != NULL || upload->disk_error.code != MR_OK) {
        return;
    }
    mr_open_mode mode = upload->has_file ? MR_OPEN_READWRITE : MR_OPEN_TRUNCATE;
    if (fs->open(fs, upload->temporary, mode, &upload->file, &upload->disk_error) != MR_OK) {
        upload->file = NULL;
        return;
    }
    upload->has_file = true;
    upload->store->files_open++;
}

void store_close_file(mr_upload *upload)
{
    if (upload->file != NULL) {
        upload->store->fs->close(upload->store->fs, upload->file);
        upload->file = NULL;
        upload->store->files_open--;
    }
}

/* Hands the piece being filled to the lane. */
static void submit_current(mr_upload *upload)
{
    mr_offloader *offloader = upload->store->offloader;
    store_piece *piece = upload->current;

    if (piece == NULL) {
        return;
    }
    piece->len = (size_t)(upload->window.at - piece->bytes);
    upload->window = (mr_upload_window){NULL, NULL};
    upload->current = NULL;
    if (piece->len == 0) {
        piece_free(upload->store, piece);
        return;
    }
    if (upload->bytes_before == 0) {
        open_file(upload); /* the first piece: the lane has not begun */
    }
    upload->bytes_before += piece->len;
    upload->queued_bytes += piece->len;
    upload->store->queued_room += piece->capacity;
    if (upload->newest == NULL) {
        upload->oldest = piece;
    } else {
        upload->newest->next = piece;
    }
    upload->newest = piece;
    offloader->submit(offloader, upload->lane, work_on_piece, NULL, piece);

    reap(upload);
    if (upload->queued_bytes > MR_UPLOAD_QUEUE || upload->store->queued_room > MR_STORE_QUEUE) {
        offloader->drain(offloader, upload->lane);
        reap(upload); /* what is still there the disk has refused */
    }
}

/* ---- writing ---- */

mr_upload *mr_store_upload(mr_store *store)
{
    MR_ASSERT(store != NULL);

    mr_upload *upload = mr_calloc(1, sizeof *upload);
    upload->store = store;
    upload->temporary = mr_format("%s/%012llu", store->uploads_directory,
                                  (unsigned long long)++store->uploads_made);
    upload->temporary_name = strrchr(upload->temporary, '/') + 1;
    upload->lane = store->offloader->lane_new(store->offloader);
    upload->md5 = mr_digest_new_md5();
    store->uploads_open++;
    return upload;
}

char *mr_upload_reserve_slow(mr_upload *upload, size_t n)
{
    MR_ASSERT(upload->state == UPLOAD_WRITING);
    MR_ASSERT(n <= MR_UPLOAD_RESERVE_MAX);

    submit_current(upload);
    upload->current = piece_new(upload, n);
    upload->window.at = upload->current->bytes;
    upload->window.end = upload->current->bytes + upload->current->capacity;
    return upload->window.at;
}

void mr_upload_write_slow(mr_upload *upload, mr_bytes bytes)
{
    while (bytes.len > 0) {
        size_t room = (size_t)(upload->window.end - upload->window.at);
        if (room == 0) {
            (void)mr_upload_reserve_slow(upload, 1);
            continue;
        }
        size_t n = mr_min_size(room, bytes.len);
        memcpy(upload->window.at, bytes.at, n);
        upload->window.at += n;
        bytes = mr_bytes_make(bytes.at + n, bytes.len - n);
    }
}

uint64_t mr_upload_bytes(const mr_upload *upload)
{
    size_t filled =
        upload->current == NULL ? 0 : (size_t)(upload->window.at - upload->current->bytes);
    return upload->bytes_before + filled;
}

/* ---- putting ---- */

/* On the lane, after the last piece. */
static void work_on_seal(void *context)
{
    mr_upload *upload = context;
    mr_file_system *fs = upload->store->fs;
    uint8_t md5[32];

    if (!upload->sealed) {
        size_t size = mr_digest_finish(upload->md5, md5);
        mr_hex(md5, size, upload->etag);
        upload->sealed = true;
    }
    if (upload->disk_error.code == MR_OK && upload->store->durable) {
        (void)fs->sync(fs, upload->file, &upload->disk_error); /* the error is kept there */
    }
}

static void on_sealed(void *context)
{
    mr_upload *upload = context;
    if (upload->disk_error.code == MR_OK) {
        store_close_file(upload);
    }
    mr_completion_arrive(&upload->put);
}

/* The lane is idle: what the disk refused before is given to it again. */
static void submit_refused(mr_upload *upload)
{
    mr_offloader *offloader = upload->store->offloader;

    offloader->drain(offloader, upload->lane);
    reap(upload);
    upload->disk_error = (mr_error){.code = MR_OK};
    open_file(upload);
    for (store_piece *piece = upload->oldest; piece != NULL; piece = piece->next) {
        offloader->submit(offloader, upload->lane, work_on_piece, NULL, piece);
    }
}

static void on_put_over(void *context)
{
    mr_upload *upload = context;
    mr_error result = upload->put_result;

    if (result.code == MR_OK) {
        result = upload->disk_error;
        if (result.code != MR_OK) {
            mr_error_prefix(&result, "putting s3://%s/%s: ", upload->bucket, upload->key);
        }
    }
    upload->state = result.code == MR_OK ? UPLOAD_COMPLETE : UPLOAD_FAILED;
    upload->put_fn(upload->put_context, &result); /* may free the upload */
}

static void copy_meta(mr_upload *upload, const mr_object_meta *meta)
{
    mr_free(upload->bucket);
    mr_free(upload->key);
    mr_free(upload->content_type);
    mr_free(upload->content_encoding);
    mr_free(upload->path);
    upload->bucket = mr_strdup(meta->bucket);
    upload->key = mr_strdup(meta->key);
    upload->content_type =
        mr_strdup(meta->content_type == NULL ? "application/octet-stream" : meta->content_type);
    upload->content_encoding = mr_strdup(meta->content_encoding);
    upload->path = NULL;
}

static mr_code check_key(const mr_upload *upload, mr_error *err)
{
    size_t len = strlen(upload->key);

    if (len == 0 || len > MR_OBJECT_KEY_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "an object key of %zu bytes; S3 takes 1 to %d", len, MR_OBJECT_KEY_MAX);
    }
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_key_to_path(&path, mr_bytes_of(upload->key));
    len = strlen(upload->store->directory) + strlen(upload->bucket) + path.len + 2;
    mr_strbuf_deinit(&path);
    return len <= PATH_BYTES_MAX
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "the path of object key \"%.80s...\" has %zu bytes; the most is %d: "
                              "use a state directory with a shorter path",
                              upload->key, len, PATH_BYTES_MAX);
}

/* What S3, or a disk, says instead of taking the object. MR_OK: the fault is no refusal. */
static mr_code fault_answer(const mr_upload *upload, mr_fault_kind kind, mr_error *err)
{
    static const struct {
        mr_fault_kind kind;
        mr_code code;
        const char *words;
    } answers[] = {
        {MR_FAULT_STORE_REFUSED, MR_STORE_REFUSED, "503 SlowDown, Please reduce your request rate"},
        {MR_FAULT_STORE_FAILED, MR_INTERNAL_FAILURE,
         "500 InternalError, We encountered an internal error. Please try again"},
        {MR_FAULT_STORE_FULL, MR_DISK_FULL, "no space left on device"},
    };
    for (size_t i = 0; i < MR_COUNT(answers); i++) {
        if (answers[i].kind == kind) {
            return mr_error_set(err, answers[i].code, "putting s3://%s/%s: %s (injected fault)",
                                upload->bucket, upload->key, answers[i].words);
        }
    }
    return MR_OK;
}

/* What stops this attempt before it begins. *delay_us: how much later it ends. */
static mr_code refusal(mr_upload *upload, int64_t *delay_us, mr_error *err)
{
    mr_store *store = upload->store;
    char *target = mr_format("%s/%s", upload->bucket, upload->key);
    mr_fault fault =
        mr_faults_ask(store->faults, MR_POINT_STORE_PUT, target, mr_clock_now_us(store->clock));
    mr_free(target);

    *delay_us = fault.kind == MR_FAULT_STORE_SLOW ? fault.delay_us : 0;
    mr_code code = fault_answer(upload, fault.kind, err);
    if (code != MR_OK) {
        return code;
    }
    if (!mr_store_has_bucket(store, upload->bucket)) {
        return mr_error_set(err, MR_BUCKET_NOT_FOUND, "The specified bucket does not exist: %s",
                            upload->bucket);
    }
    return check_key(upload, err);
}

void mr_upload_put(mr_upload *upload, const mr_object_meta *meta, mr_upload_put_fn fn,
                   void *context)
{
    MR_ASSERT(upload->state == UPLOAD_WRITING || upload->state == UPLOAD_FAILED);
    MR_ASSERT(meta->bucket != NULL && meta->key != NULL && fn != NULL);

    mr_store *store = upload->store;
    int64_t now_us = mr_clock_now_us(store->clock);
    int64_t delay_us;

    copy_meta(upload, meta);
    upload->put_fn = fn;
    upload->put_context = context;
    upload->put_result = (mr_error){.code = MR_OK};
    mr_completion_init(&upload->put, store->clock, on_put_over, upload);

    submit_current(upload);
    bool refused = refusal(upload, &delay_us, &upload->put_result) != MR_OK;
    bool again = upload->state == UPLOAD_FAILED;
    upload->state = UPLOAD_PUTTING;
    if (refused) {
        mr_completion_begin(&upload->put, now_us + MR_PUT_BASE_US);
        mr_completion_arrive(&upload->put);
        if (store->files_open > MR_STORE_FILES) {
            store->offloader->drain(store->offloader, upload->lane);
            reap(upload);
            store_close_file(upload);
        }
        return;
    }
    /* The bytes are on their way to the disk already; in the world they travel now. */
    int64_t travel_us = (int64_t)upload->bytes_before * INT64_C(1000000) / MR_PUT_BYTES_PER_SECOND;
    mr_completion_begin(&upload->put, now_us + MR_PUT_BASE_US + travel_us + delay_us);
    if (again) {
        submit_refused(upload);
    } else if (upload->bytes_before == 0) {
        open_file(upload); /* an empty object: no piece has opened it */
    }
    store->offloader->submit(store->offloader, upload->lane, work_on_seal, on_sealed, upload);
    if (store->files_open > MR_STORE_FILES) {
        store->offloader->drain(store->offloader, upload->lane); /* which closes the file */
        reap(upload);
    }
}

void mr_upload_free(mr_upload *upload)
{
    if (upload == NULL) {
        return;
    }
    mr_store *store = upload->store;
    mr_file_system *fs = store->fs;

    store->offloader->drain(store->offloader, upload->lane);
    if (upload->state == UPLOAD_PUTTING) {
        mr_completion_cancel(&upload->put);
    }
    store->offloader->lane_free(store->offloader, upload->lane);
    while (upload->oldest != NULL) {
        store_piece *piece = upload->oldest;
        upload->oldest = piece->next;
        store->queued_room -= piece->capacity;
        piece_free(store, piece);
    }
    piece_free(store, upload->current);
    store_close_file(upload);
    mr_error err;
    if (upload->has_file && upload->state < UPLOAD_RECORDED &&
        fs->remove(fs, upload->temporary, &err) != MR_OK) {
        /* The next start removes it. */
        mr_trace_warn(store->trace, "%s", err.message);
    }
    store->uploads_open--;
    mr_digest_free(upload->md5);
    mr_free(upload->temporary);
    mr_free(upload->bucket);
    mr_free(upload->key);
    mr_free(upload->content_type);
    mr_free(upload->content_encoding);
    mr_free(upload->path);
    mr_free(upload);
}
