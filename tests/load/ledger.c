/* ledger.c - see ledger.h: a byte for each record, its shard, and a bit that it has been read. */
#include "tests/load/ledger.h"

#include "sim/base/alloc.h"

#define WAS_READ 0x80

struct ledger {
    size_t producers;
    uint64_t count;
    mr_strbuf records[];
};

ledger *ledger_new(size_t producers)
{
    ledger *l = mr_calloc(1, sizeof(*l) + producers * sizeof(l->records[0]));
    l->producers = producers;
    for (size_t i = 0; i < producers; i++) {
        l->records[i] = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    }
    return l;
}

void ledger_free(ledger *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->producers; i++) {
        mr_strbuf_deinit(&l->records[i]);
    }
    mr_free(l);
}

void ledger_acknowledge(ledger *l, size_t producer, size_t shard)
{
    MR_ASSERT(producer < l->producers);
    MR_ASSERT(shard < WAS_READ);
    mr_strbuf_append_char(&l->records[producer], (char)shard);
    l->count++;
}

uint64_t ledger_count(const ledger *l)
{
    return l->count;
}

const char *ledger_read(ledger *l, size_t producer, uint64_t number, size_t shard)
{
    if (producer >= l->producers || number >= l->records[producer].len) {
        return "nobody was told that it is stored";
    }
    unsigned char *record = (unsigned char *)&l->records[producer].at[number];
    if ((*record & WAS_READ) != 0) {
        return "it is there twice";
    }
    if (*record != shard) {
        return "it is not in the shard that was told";
    }
    *record |= WAS_READ;
    return NULL;
}

bool ledger_missing(const ledger *l, size_t *producer, uint64_t *number)
{
    for (size_t i = 0; i < l->producers; i++) {
        for (size_t k = 0; k < l->records[i].len; k++) {
            if (((unsigned char)l->records[i].at[k] & WAS_READ) == 0) {
                *producer = i;
                *number = k;
                return true;
            }
        }
    }
    return false;
}

/* ---- order ---- */

struct reading_order {
    size_t producers;
    uint64_t next[]; /* the least number that may come */
};

reading_order *reading_order_new(size_t producers)
{
    reading_order *o = mr_calloc(1, sizeof(*o) + producers * sizeof(o->next[0]));
    o->producers = producers;
    return o;
}

void reading_order_free(reading_order *o)
{
    mr_free(o);
}

bool reading_order_meet(reading_order *o, size_t producer, uint64_t number)
{
    if (producer >= o->producers || number < o->next[producer]) {
        return false;
    }
    o->next[producer] = number + 1;
    return true;
}
