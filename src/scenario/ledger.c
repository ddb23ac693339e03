/* ledger.c - see ledger.h. The books of records are the audit's; here are those of rows, of keys
 * and of time, which need the records themselves. */
#include "src/scenario/ledger.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/firehose/audit.h"
#include "src/scenario/latency.h"

#include <inttypes.h>

/* One bit for each row of an input. */
typedef struct row_set {
    uint64_t *bits;
    size_t words; /* allocated */
    uint64_t count;
} row_set;

typedef struct delivery_book {
    char *name;
    row_set *rows; /* by input: settled, by whatever outcome */
    row_set *out;  /* by input: in the main output */
    mr_latency *latency;
    int64_t slowest_us; /* when the record that waited longest was delivered */
    uint64_t stored_twice, reordered;
    int64_t twice_us, reordered_us; /* when the first such was delivered; 0: none */
    uint64_t unseen; /* settled, and gone from the ring before it could be looked at */
    mr_map *keys;    /* partition key -> its latest row so far, owned; NULL: not tracked */
} delivery_book;

struct mr_ledger {
    mr_ledger_options options;
    mr_audit *audit;
    mr_map *books; /* by name of the delivery stream */
};

mr_ledger *mr_ledger_new(const mr_ledger_options *options)
{
    mr_ledger *ledger = mr_calloc(1, sizeof(*ledger));
    ledger->options = *options;
    ledger->audit = mr_audit_new();
    ledger->books = mr_map_new();
    return ledger;
}

static void book_free(delivery_book *book, size_t inputs)
{
    for (size_t i = 0; i <= inputs; i++) {
        mr_free(book->rows[i].bits);
        mr_free(book->out[i].bits);
    }
    if (book->keys != NULL) {
        size_t count = mr_map_count(book->keys);
        void **all = mr_map_sorted(book->keys);
        for (size_t i = 0; i < count; i++) {
            mr_free(all[i]);
        }
        mr_free(all);
        mr_map_free(book->keys);
    }
    mr_latency_free(book->latency);
    mr_free(book->rows);
    mr_free(book->out);
    mr_free(book->name);
    mr_free(book);
}

void mr_ledger_free(mr_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    size_t count = mr_map_count(ledger->books);
    delivery_book **all = (delivery_book **)(void *)mr_map_sorted(ledger->books);
    for (size_t i = 0; i < count; i++) {
        book_free(all[i], ledger->options.input_count);
    }
    mr_free(all);
    mr_map_free(ledger->books);
    mr_audit_free(ledger->audit);
    mr_free(ledger);
}

static delivery_book *need_book(mr_ledger *ledger, const char *name)
{
    delivery_book *book = mr_map_get(ledger->books, mr_bytes_of(name));
    if (book == NULL) {
        size_t sets = ledger->options.input_count + 1;
        book = mr_calloc(1, sizeof(*book));
        book->name = mr_strdup(name);
        book->rows = mr_calloc(sets, sizeof(*book->rows));
        book->out = mr_calloc(sets, sizeof(*book->out));
        book->latency = mr_latency_new();
        book->keys = ledger->options.tracks_keys ? mr_map_new() : NULL;
        (void)mr_map_put(ledger->books, mr_bytes_of(name), book);
    }
    return book;
}

/* False when the row was in the set. */
static bool add_row(row_set *set, uint64_t row)
{
    size_t word = (size_t)(row / 64);
    if (word >= set->words) {
        size_t words = mr_max_size(2 * set->words, word + 1);
        set->bits = mr_reallocarray(set->bits, words, sizeof(*set->bits));
        memset(set->bits + set->words, 0, (words - set->words) * sizeof(*set->bits));
        set->words = words;
    }
    uint64_t bit = UINT64_C(1) << (row % 64);
    if ((set->bits[word] & bit) != 0) {
        return false;
    }
    set->bits[word] |= bit;
    set->count++;
    return true;
}

/* ---- looking at the records of a commit ---- */

typedef struct looking {
    mr_ledger *ledger;
    delivery_book *book;
    const mr_audit_commit *commit;
    bool is_main; /* in an object of the main output */
    uint64_t seen;
} looking;

/* The first one stays. */
static void note_time(int64_t *at_us, int64_t time_us)
{
    *at_us = *at_us == 0 ? time_us : *at_us;
}

/* A record that follows, in the order of delivery, a later one of its key. */
static void follow_key(delivery_book *book, const mr_record_view *record, int64_t time_us)
{
    uint64_t *latest = mr_map_get(book->keys, record->partition_key);
    if (latest == NULL) {
        latest = mr_alloc(sizeof(*latest));
        *latest = record->row;
        (void)mr_map_put(book->keys, record->partition_key, latest);
    } else if (record->row < *latest) {
        book->reordered++;
        note_time(&book->reordered_us, time_us);
    } else {
        *latest = record->row;
    }
}

static void on_record(void *context, const mr_record_view *record)
{
    looking *l = context;
    delivery_book *book = l->book;
    bool has_row = record->row > 0 && record->input <= l->ledger->options.input_count;

    l->seen++;
    if (has_row) {
        (void)add_row(&book->rows[record->input], record->row);
    }
    if (!l->is_main) {
        return;
    }
    if (has_row && !add_row(&book->out[record->input], record->row)) {
        book->stored_twice++;
        note_time(&book->twice_us, l->commit->time_us);
    }
    if (has_row && book->keys != NULL) {
        follow_key(book, record, l->commit->time_us);
    }
    if (mr_latency_add(book->latency, l->commit->time_us - record->arrival_us)) {
        book->slowest_us = l->commit->time_us;
    }
}

static mr_code find_shard(mr_sim *sim, const mr_audit_commit *commit, mr_shard **out, mr_error *err)
{
    mr_delivery *delivery = mr_deliveries_find(mr_sim_deliveries(sim), commit->delivery);
    *out = delivery == NULL ? NULL
                            : mr_stream_shard_of_id(mr_delivery_source(delivery), commit->shard);
    return *out != NULL
               ? MR_OK
               : mr_error_set(err, MR_CORRUPT,
                              "a commit of delivery stream %s names %s, which is not there",
                              commit->delivery, commit->shard);
}

static mr_code check_object(mr_sim *sim, const mr_audit_commit *commit, mr_error *err)
{
    mr_object object;
    if (commit->key == NULL) {
        return MR_OK;
    }
    mr_code code = mr_store_head(mr_sim_store(sim), commit->bucket, commit->key, &object, err);
    if (code == MR_OBJECT_NOT_FOUND || (code == MR_OK && object.size_bytes == 0)) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s has committed records %" PRIu64
                            " and more of %s as delivered in s3://%s/%s, which is %s",
                            commit->delivery, commit->ranges->items[0].begin.number, commit->shard,
                            commit->bucket, commit->key, code == MR_OK ? "empty" : "not there");
    }
    return code;
}

static mr_code check_numbers(const mr_shard *shard, const mr_audit_commit *commit, mr_error *err)
{
    uint64_t last = mr_shard_last(shard);
    for (size_t i = 0; i < commit->ranges->count; i++) {
        const mr_place end = commit->ranges->items[i].end;
        if (end.number + (end.sub > 0 ? 1 : 0) > last + 1) {
            return mr_error_set(
                err, MR_CORRUPT,
                "delivery stream %s has committed record %" PRIu64 " of %s, whose last is %" PRIu64,
                commit->delivery, end.number - (end.sub > 0 ? 0 : 1), commit->shard, last);
        }
    }
    return MR_OK;
}

typedef struct reading {
    mr_ledger *ledger;
    mr_sim *sim;
} reading;

static mr_code on_commit(void *context, const mr_audit_commit *commit, mr_error *err)
{
    reading *r = context;
    mr_shard *shard;
    mr_code code = find_shard(r->sim, commit, &shard, err);
    if (code == MR_OK) {
        code = check_object(r->sim, commit, err);
    }
    if (code == MR_OK) {
        code = check_numbers(shard, commit, err);
    }
    if (code != MR_OK || strcmp(commit->sink, "backup") == 0 ||
        commit->outcome == MR_COMMIT_EXPIRED || commit->outcome == MR_COMMIT_BEFORE) {
        return code;
    }
    looking l = {.ledger = r->ledger,
                 .book = need_book(r->ledger, commit->delivery),
                 .commit = commit,
                 .is_main =
                     strcmp(commit->sink, "main") == 0 && commit->outcome == MR_COMMIT_DELIVERED};
    for (size_t i = 0; i < commit->fresh->count && code == MR_OK; i++) {
        /* An aggregated record is looked at where its last sub-record is: see
         * mr_ranges_records(). */
        const mr_range *range = &commit->fresh->items[i];
        if (range->begin.number < range->end.number) {
            code = mr_shard_visit(shard, range->begin.number, range->end.number - 1, on_record, &l,
                                  err);
        }
    }
    l.book->unseen += mr_ranges_records(commit->fresh) - l.seen;
    if (commit->again > 0) {
        note_time(&l.book->twice_us, commit->time_us);
    }
    return code;
}

mr_code mr_ledger_read(mr_ledger *ledger, mr_sim *sim, mr_error *err)
{
    reading r = {ledger, sim};
    return mr_audit_read(ledger->audit, mr_sim_db(sim), on_commit, &r, err);
}

/* ---- questions ---- */

static void add_counts(const mr_ledger *ledger, mr_delivery *delivery, mr_ledger_counts *sum)
{
    mr_audit_counts audit = mr_audit_count(ledger->audit, delivery);
    const delivery_book *book = mr_map_get(ledger->books, mr_bytes_of(mr_delivery_name(delivery)));
    sum->stored += audit.stored;
    sum->delivered += audit.delivered;
    sum->failed += audit.failed;
    sum->dropped += audit.dropped;
    sum->expired += audit.expired;
    sum->discarded += audit.discarded;
    sum->pending += audit.pending;
    sum->read_twice += audit.again;
    sum->backed_up += audit.backed_up;
    sum->backed_up_twice += audit.backup_again;
    sum->backup_pending += audit.backup_pending;
    sum->expired_too_early += mr_audit_expired_too_early(ledger->audit, delivery);
    if (book != NULL) {
        sum->stored_twice += book->stored_twice;
        sum->reordered += book->reordered;
        note_time(&sum->twice_us, book->twice_us);
        note_time(&sum->reordered_us, book->reordered_us);
    }
}

mr_ledger_counts mr_ledger_count(const mr_ledger *ledger, mr_sim *sim, const char *delivery)
{
    mr_ledger_counts sum = {0};
    size_t count;
    mr_delivery **all = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    for (size_t i = 0; i < count; i++) {
        if (delivery == NULL || strcmp(delivery, mr_delivery_name(all[i])) == 0) {
            add_counts(ledger, all[i], &sum);
        }
    }
    mr_free(all);
    return sum;
}

uint64_t mr_ledger_rows_missing(const mr_ledger *ledger, mr_sim *sim, const char *delivery,
                                uint32_t input, uint64_t stored)
{
    mr_delivery *found = mr_deliveries_find(mr_sim_deliveries(sim), delivery);
    const delivery_book *book = mr_map_get(ledger->books, mr_bytes_of(delivery));
    if (found == NULL || input > ledger->options.input_count) {
        return 0;
    }
    uint64_t settled = book == NULL ? 0 : book->rows[input].count;
    uint64_t gone = mr_audit_count(ledger->audit, found).expired;
    gone += book == NULL ? 0 : book->unseen;
    return stored > settled + gone ? stored - settled - gone : 0;
}

static const delivery_book *first_book(const mr_ledger *ledger, const char *delivery,
                                       mr_latency **sum, int64_t *slowest_us)
{
    size_t count = mr_map_count(ledger->books);
    delivery_book **all = (delivery_book **)(void *)mr_map_sorted(ledger->books);
    const delivery_book *worst = NULL;
    *sum = mr_latency_new();
    for (size_t i = 0; i < count; i++) {
        if (delivery == NULL || strcmp(delivery, all[i]->name) == 0) {
            mr_latency_join(*sum, all[i]->latency);
            if (worst == NULL ||
                mr_latency_max_us(all[i]->latency) > mr_latency_max_us(worst->latency)) {
                worst = all[i];
            }
        }
    }
    *slowest_us = worst == NULL ? -1 : worst->slowest_us;
    mr_free(all);
    return worst;
}

int64_t mr_ledger_latency_us(const mr_ledger *ledger, const char *delivery, unsigned per_mille)
{
    mr_latency *sum;
    int64_t slowest_us;
    (void)first_book(ledger, delivery, &sum, &slowest_us);
    int64_t latency_us = mr_latency_us(sum, per_mille);
    mr_latency_free(sum);
    return latency_us;
}

int64_t mr_ledger_slowest_us(const mr_ledger *ledger, const char *delivery)
{
    mr_latency *sum;
    int64_t slowest_us;
    (void)first_book(ledger, delivery, &sum, &slowest_us);
    mr_latency_free(sum);
    return slowest_us;
}
