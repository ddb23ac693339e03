/* aggregate.c - running a scan into groups, a wave of segments at a time. See aggregate.h. */
#include "sim/query/aggregate.h"

#include "sim/base/alloc.h"
#include "sim/query/groups.h"

#include <stdatomic.h>

/* The same on every machine: results may depend on where sums are split. */
#define SEGMENT_BYTES (8 * MR_MIB)
/* Segments under way at once, each with its own open file. */
#define WAVE_SEGMENTS 64
#define WORKERS_MAX   64

typedef struct segment {
    size_t object;
    uint64_t begin, end;
    mr_file *file;
    mr_groups *groups;
    uint64_t lost, lost_lines;
    mr_code code;
    mr_error err;
} segment;

typedef struct wave {
    const mr_scan *scan;
    const size_t *keys;
    size_t key_count;
    const mr_aggregate_call *calls;
    size_t call_count;
    segment segments[WAVE_SEGMENTS];
    size_t count;
    atomic_size_t next; /* segments are taken in order, so those before a failed one are done */
    atomic_bool failed;
    size_t lost_object; /* the object whose lost records are being added up over segments */
    uint64_t lost, lost_lines;
} wave;

typedef struct agg_worker {
    wave *wave;
    mr_scan_worker *scan_worker;
    mr_block block;
    mr_lane *lane;
    segment *segment; /* being read */
    size_t group;     /* of the row */
    mr_strbuf key, scratch;
} agg_worker;

void mr_query_exec_lost(mr_query_exec *exec, const char *object, uint64_t lost, uint64_t lines)
{
    if (lost == 0 || exec->warning == NULL) {
        return;
    }
    char *message = mr_format(
        "%s: %llu record%s lost: %llu line%s more than one JSON object, and Athena reads only the "
        "first of a line. End each record with a line feed: AppendDelimiterToRecord in the "
        "delivery stream's ProcessingConfiguration, or \"\\n\" after each record in the Lambda",
        object, (unsigned long long)lost, lost == 1 ? " is" : "s are", (unsigned long long)lines,
        lines == 1 ? " holds" : "s hold");
    exec->warning(exec->warning_context, message);
    mr_free(message);
}

/* ---- rows ---- */

static bool on_row(void *context, const mr_field *fields)
{
    agg_worker *worker = context;
    wave *w = worker->wave;
    segment *s = worker->segment;
    size_t group = 0;
    mr_datum value;
    if (w->key_count > 0) {
        mr_strbuf_reset(&worker->key);
        for (size_t i = 0; i < w->key_count; i++) {
            s->code = mr_scan_value(w->scan, s->object, w->keys[i], fields, &worker->scratch,
                                    &value, &s->err);
            if (s->code != MR_OK) {
                return false;
            }
            mr_group_key_append(&worker->key, &value);
        }
        group = mr_groups_find(s->groups, mr_strbuf_bytes(&worker->key));
    }
    for (size_t i = 0; i < w->call_count; i++) {
        if (w->calls[i].fn != MR_AGGREGATE_COUNT_ROWS) {
            s->code = mr_scan_value(w->scan, s->object, w->calls[i].wanted, fields,
                                    &worker->scratch, &value, &s->err);
            if (s->code != MR_OK) {
                return false;
            }
        }
        mr_groups_add(s->groups, group, i, &value);
    }
    return true;
}

static void read_segment(agg_worker *worker, segment *s)
{
    worker->segment = s;
    mr_scan_worker_begin(worker->scan_worker, s->object, s->file, s->begin, s->end);
    bool more = true;
    mr_code code = MR_OK;
    while (more && code == MR_OK) {
        code = mr_scan_worker_next(worker->scan_worker, &worker->block, on_row, worker, &more,
                                   &s->err);
        if (code == MR_OK) {
            code = s->code; /* of a row's value */
        }
    }
    s->code = code;
    s->lost = mr_scan_worker_lost(worker->scan_worker, &s->lost_lines);
}

static void work(void *context)
{
    agg_worker *worker = context;
    wave *w = worker->wave;
    while (!atomic_load(&w->failed)) {
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->count) {
            break;
        }
        read_segment(worker, &w->segments[i]);
        if (w->segments[i].code != MR_OK) {
            atomic_store(&w->failed, true);
        }
    }
}

/* ---- waves ---- */

/* Where the next segment begins; a compressed object is one, and so is one whose header lines
 * might reach past a segment. */
typedef struct feed {
    size_t object;
    uint64_t offset;
} feed;

static bool splittable(const mr_scan *scan, size_t object)
{
    return scan->table->skip_header_lines <= 1 &&
           mr_object_encoding_of(scan->objects.items[object].name) == MR_OBJECT_PLAIN;
}

static mr_code fill_wave(wave *w, feed *next, mr_query_exec *exec, mr_error *err)
{
    const mr_scan *scan = w->scan;
    w->count = 0;
    while (w->count < WAVE_SEGMENTS && next->object < scan->objects.count) {
        const mr_query_object *object = &scan->objects.items[next->object];
        uint64_t left = object->size_bytes - next->offset;
        bool whole = left <= SEGMENT_BYTES || !splittable(scan, next->object);
        segment *s = &w->segments[w->count];
        *s = (segment){.object = next->object,
                       .begin = next->offset,
                       .end = whole ? object->size_bytes : next->offset + SEGMENT_BYTES};
        mr_code code = scan->fs->open(scan->fs, object->path, MR_OPEN_READ, &s->file, err);
        if (code != MR_OK) {
            return code;
        }
        s->groups = mr_groups_new(w->key_count, w->calls, w->call_count);
        w->count++;
        if (s->begin == 0) {
            exec->objects_scanned++;
            exec->bytes_scanned += object->size_bytes;
        }
        next->offset = whole ? 0 : s->end;
        next->object += whole;
    }
    return MR_OK;
}

/* One warning an object, however many segments it has. */
static void tell_lost(wave *w, mr_query_exec *exec)
{
    if (w->lost > 0) {
        mr_query_exec_lost(exec, w->scan->objects.items[w->lost_object].name, w->lost,
                           w->lost_lines);
    }
    w->lost = 0;
    w->lost_lines = 0;
}

static mr_code join_wave(wave *w, mr_groups *total, mr_query_exec *exec, mr_error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        segment *s = &w->segments[i];
        if (s->code != MR_OK) {
            return mr_error_set(err, s->code, "%s", s->err.message);
        }
        mr_groups_join(total, s->groups);
        if (s->object != w->lost_object) {
            tell_lost(w, exec);
            w->lost_object = s->object;
        }
        w->lost += s->lost;
        w->lost_lines += s->lost_lines;
    }
    return MR_OK;
}

static void empty_wave(wave *w)
{
    for (size_t i = 0; i < w->count; i++) {
        mr_groups_free(w->segments[i].groups);
        w->scan->fs->close(w->scan->fs, w->segments[i].file);
    }
    w->count = 0;
    atomic_store(&w->next, 0);
    atomic_store(&w->failed, false);
}

static void run_wave(wave *w, agg_worker *workers, size_t worker_count, mr_query_exec *exec)
{
    size_t busy = mr_min_size(worker_count, mr_max_size(w->count, 1));
    for (size_t i = 1; i < busy; i++) {
        exec->offloader->submit(exec->offloader, workers[i].lane, work, NULL, &workers[i]);
    }
    work(&workers[0]);
    for (size_t i = 1; i < busy; i++) {
        exec->offloader->drain(exec->offloader, workers[i].lane);
    }
}

static agg_worker *workers_new(wave *w, size_t count, mr_query_exec *exec)
{
    agg_worker *workers = mr_calloc(count, sizeof(*workers));
    for (size_t i = 0; i < count; i++) {
        workers[i].wave = w;
        workers[i].scan_worker = mr_scan_worker_new(w->scan);
        workers[i].key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        workers[i].scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        if (i > 0) {
            workers[i].lane = exec->offloader->lane_new(exec->offloader);
        }
    }
    return workers;
}

static void workers_free(agg_worker *workers, size_t count, mr_query_exec *exec)
{
    for (size_t i = 0; i < count; i++) {
        mr_scan_worker_free(workers[i].scan_worker);
        mr_block_deinit(&workers[i].block);
        mr_strbuf_deinit(&workers[i].key);
        mr_strbuf_deinit(&workers[i].scratch);
        if (i > 0) {
            exec->offloader->lane_free(exec->offloader, workers[i].lane);
        }
    }
    mr_free(workers);
}

mr_code mr_aggregate_run(const mr_scan *scan, const size_t *keys, size_t key_count,
                         const mr_aggregate_call *calls, size_t call_count, mr_query_exec *exec,
                         mr_groups **out, mr_error *err)
{
    wave *w = mr_calloc(1, sizeof(*w));
    w->scan = scan;
    w->keys = keys;
    w->key_count = key_count;
    w->calls = calls;
    w->call_count = call_count;
    mr_groups *total = mr_groups_new(key_count, calls, call_count);
    size_t worker_count = 1;
    if (exec->offloader != NULL && exec->threads > 1) {
        worker_count = mr_min_size(exec->threads, WORKERS_MAX);
    }
    agg_worker *workers = workers_new(w, worker_count, exec);
    feed next = {0};
    mr_code code = MR_OK;
    while (code == MR_OK && next.object < scan->objects.count) {
        code = fill_wave(w, &next, exec, err);
        if (code == MR_OK) {
            run_wave(w, workers, worker_count, exec);
            code = join_wave(w, total, exec, err);
        }
        empty_wave(w);
    }
    tell_lost(w, exec);
    workers_free(workers, worker_count, exec);
    mr_free(w);
    if (code != MR_OK) {
        mr_groups_free(total);
        total = NULL;
    }
    *out = total;
    return code;
}
