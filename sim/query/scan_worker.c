/* scan_worker.c - reading objects: blocks to fields, predicates on them. See scan.h. */
#include "sim/query/scan.h"

#include "sim/base/alloc.h"
#include "sim/format/delimited_scan.h"
#include "sim/format/json_scan.h"
#include "sim/query/decode_nested.h"

#include <stdlib.h>

struct mr_scan_worker {
    const mr_scan *scan;
    mr_json_scan *json; /* one of the two */
    mr_delimited_scan *delimited;
    size_t *source_places; /* delimited: for each slot the field that the line scan gives */
    mr_field *slots;       /* delimited: fields by slot, struct fields cut out */
    size_t *wanted_of_slot;
    size_t *predicate_wanted; /* for each predicate the wanted column it asks about */

    mr_object_reader *reader;
    size_t object;
    size_t skip_lines; /* header lines still to come */
    uint64_t lost_before, lost_lines_before;

    mr_strbuf scratch;
    mr_row_sink_fn sink;
    void *sink_context;
    mr_code code; /* of a value that a predicate could not read */
    mr_error *err;
};

static bool is_json(const mr_scan *scan)
{
    return scan->table->rules.serde == MR_SERDE_OPENX_JSON ||
           scan->table->rules.serde == MR_SERDE_HIVE_JSON;
}

static const mr_query_column *slot_column(const mr_scan_worker *worker, size_t slot)
{
    return &worker->scan->table->columns[worker->scan->columns[worker->wanted_of_slot[slot]]];
}

static void make_json(mr_scan_worker *worker)
{
    const mr_scan *scan = worker->scan;
    const char **paths = mr_calloc(scan->slot_count + 1, sizeof(*paths));
    int *positions = mr_calloc(scan->slot_count + 1, sizeof(*positions));
    for (size_t i = 0; i < scan->slot_count; i++) {
        paths[i] = slot_column(worker, i)->json_path;
        positions[i] = (int)slot_column(worker, i)->place;
    }
    mr_json_scan_options options = {
        .paths = paths,
        .positions = positions,
        .path_count = scan->slot_count,
        .lenient = scan->table->rules.serde == MR_SERDE_OPENX_JSON,
        .ignore_malformed = scan->table->ignore_malformed,
        .level = mr_vector_best(),
    };
    worker->json = mr_json_scan_new(&options);
    mr_free(paths);
    mr_free(positions);
}

static int by_place(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* The line scan gives each top-level column once, in the order of places. */
static void make_delimited(mr_scan_worker *worker)
{
    const mr_scan *scan = worker->scan;
    const mr_decode_rules *rules = &scan->table->rules;
    size_t *places = mr_calloc(scan->slot_count + 1, sizeof(*places));
    size_t count = 0;
    for (size_t i = 0; i < scan->slot_count; i++) {
        places[i] = slot_column(worker, i)->place;
    }
    qsort(places, scan->slot_count, sizeof(*places), by_place);
    for (size_t i = 0; i < scan->slot_count; i++) {
        if (count == 0 || places[count - 1] != places[i]) {
            places[count++] = places[i];
        }
    }
    mr_delimited_options options = {
        .open_csv = rules->serde == MR_SERDE_OPEN_CSV,
        .separator = rules->separators[0],
        .quote = rules->quote,
        .escape = rules->escape,
        .null_text = rules->null_text,
        .columns = places,
        .column_count = count,
    };
    worker->delimited = mr_delimited_scan_new(&options);
    worker->source_places = mr_calloc(scan->slot_count + 1, sizeof(*worker->source_places));
    worker->slots = mr_calloc(scan->slot_count + 1, sizeof(*worker->slots));
    for (size_t i = 0; i < scan->slot_count; i++) {
        size_t place = slot_column(worker, i)->place;
        size_t *found = bsearch(&place, places, count, sizeof(*places), by_place);
        worker->source_places[i] = (size_t)(found - places);
    }
    mr_free(places);
}

mr_scan_worker *mr_scan_worker_new(const mr_scan *scan)
{
    mr_scan_worker *worker = mr_calloc(1, sizeof(*worker));
    worker->scan = scan;
    worker->scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    worker->wanted_of_slot = mr_calloc(scan->slot_count + 1, sizeof(*worker->wanted_of_slot));
    for (size_t i = 0; i < scan->column_count; i++) {
        if (scan->slots[i] != SIZE_MAX) {
            worker->wanted_of_slot[scan->slots[i]] = i;
        }
    }
    worker->predicate_wanted =
        mr_calloc(scan->predicate_count + 1, sizeof(*worker->predicate_wanted));
    for (size_t i = 0; i < scan->predicate_count; i++) {
        size_t wanted = 0;
        while (scan->columns[wanted] != scan->predicates[i].column) {
            wanted++;
            MR_ASSERT(wanted < scan->column_count);
        }
        worker->predicate_wanted[i] = wanted;
    }
    if (is_json(scan)) {
        make_json(worker);
    } else {
        make_delimited(worker);
    }
    return worker;
}

void mr_scan_worker_free(mr_scan_worker *worker)
{
    if (worker == NULL) {
        return;
    }
    mr_object_reader_free(worker->reader);
    mr_json_scan_free(worker->json);
    mr_delimited_scan_free(worker->delimited);
    mr_free(worker->source_places);
    mr_free(worker->slots);
    mr_free(worker->wanted_of_slot);
    mr_free(worker->predicate_wanted);
    mr_strbuf_deinit(&worker->scratch);
    mr_free(worker);
}

void mr_scan_worker_begin(mr_scan_worker *worker, size_t object, mr_file *file, uint64_t begin,
                          uint64_t end)
{
    mr_object_reader_free(worker->reader);
    mr_object_range range = {
        .fs = worker->scan->fs,
        .file = file,
        .name = worker->scan->objects.items[object].name,
        .begin = begin,
        .end = end,
    };
    worker->reader = mr_object_reader_new(&range);
    worker->object = object;
    worker->skip_lines = begin == 0 ? worker->scan->table->skip_header_lines : 0;
    if (worker->json != NULL) {
        worker->lost_before = mr_json_scan_lost(worker->json, &worker->lost_lines_before);
    }
}

uint64_t mr_scan_worker_lost(const mr_scan_worker *worker, uint64_t *lines)
{
    *lines = 0;
    if (worker->json == NULL) {
        return 0;
    }
    uint64_t lost = mr_json_scan_lost(worker->json, lines);
    *lines -= worker->lost_lines_before;
    return lost - worker->lost_before;
}

/* ---- values ---- */

mr_code mr_scan_value(const mr_scan *scan, size_t object, size_t wanted, const mr_field *fields,
                      mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    size_t slot = scan->slots[wanted];
    if (slot == SIZE_MAX) {
        *out = mr_scan_constant(scan, object, wanted);
        return MR_OK;
    }
    mr_decode_column column = mr_query_decode_column(scan->table, scan->columns[wanted]);
    mr_code code = mr_decode(&scan->table->rules, &column, fields[slot], scratch, out, err);
    if (code != MR_OK) {
        mr_strbuf where = mr_strbuf_make(2 * MR_KIB);
        mr_strbuf_appendf(&where, "%s (in %s)", err == NULL ? "" : err->message,
                          scan->objects.items[object].name);
        (void)mr_error_set(err, code, "%s", mr_strbuf_text(&where));
        mr_strbuf_deinit(&where);
    }
    return code;
}

/* ---- rows ---- */

static bool row_passes(mr_scan_worker *worker, const mr_field *fields)
{
    const mr_scan *scan = worker->scan;
    for (size_t i = 0; i < scan->predicate_count; i++) {
        mr_datum value;
        worker->code = mr_scan_value(scan, worker->object, worker->predicate_wanted[i], fields,
                                     &worker->scratch, &value, worker->err);
        if (worker->code != MR_OK || !mr_predicate_holds(&scan->predicates[i], &value)) {
            return false;
        }
    }
    return true;
}

static bool on_fields(void *context, const mr_field *fields)
{
    mr_scan_worker *worker = context;
    if (row_passes(worker, fields)) {
        return worker->sink(worker->sink_context, fields);
    }
    return worker->code == MR_OK;
}

/* Brings the line's fields into the order of slots; struct fields are cut out of their column. */
static bool on_delimited(void *context, const mr_field *fields)
{
    mr_scan_worker *worker = context;
    const mr_scan *scan = worker->scan;
    for (size_t i = 0; i < scan->slot_count; i++) {
        const mr_query_column *column = slot_column(worker, i);
        mr_field field = fields[worker->source_places[i]];
        for (size_t depth = 0; depth < column->field_count; depth++) {
            field = mr_lazy_struct_field(&scan->table->rules, field, column->fields[depth],
                                         (unsigned)depth + 1);
        }
        worker->slots[i] = field;
    }
    return on_fields(worker, worker->slots);
}

/* Takes header lines off the block. */
static mr_bytes without_header(mr_scan_worker *worker, const mr_block *block)
{
    const char *p = block->at;
    const char *end = block->at + block->len;
    while (worker->skip_lines > 0 && p < end) {
        const char *stop;
        p = mr_line_after(p, end, &stop);
        worker->skip_lines--;
    }
    return mr_bytes_make(p, (size_t)(end - p));
}

mr_code mr_scan_worker_next(mr_scan_worker *worker, mr_block *block, mr_row_sink_fn sink,
                            void *context, bool *more, mr_error *err)
{
    *more = false;
    mr_code code = mr_object_reader_next(worker->reader, block, err);
    if (code != MR_OK || block->len == 0) {
        return code;
    }
    mr_bytes rows = without_header(worker, block);
    worker->sink = sink;
    worker->sink_context = context;
    worker->code = MR_OK;
    worker->err = err;
    bool stopped = false;
    if (worker->json != NULL) {
        uint64_t offset = block->offset + (uint64_t)(rows.at - block->at);
        /* With nothing to ask of a row, the sink itself takes it. */
        bool plain = worker->scan->predicate_count == 0;
        code = mr_json_scan_block(
            worker->json, rows, worker->scan->objects.items[worker->object].name, offset,
            plain ? sink : on_fields, plain ? context : worker, &stopped, err);
    } else {
        stopped = !mr_delimited_scan_block(worker->delimited, rows, 0, on_delimited, worker);
    }
    if (code == MR_OK) {
        code = worker->code;
    }
    *more = code == MR_OK && !stopped;
    return code;
}
