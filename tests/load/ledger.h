/*
 * ledger.h - what producers were told is stored, and whether it is there: each record once, where
 * it was said to be, and each producer's records in order within a shard.
 *
 * A producer numbers its records from 0 and has one put under way at a time, so that its order is
 * the order of its numbers.
 */
#ifndef MR_TESTS_LOAD_LEDGER_H
#define MR_TESTS_LOAD_LEDGER_H

#include "sim/base/strbuf.h"

typedef struct ledger ledger;

ledger *ledger_new(size_t producers);
void ledger_free(ledger *ledger); /* NULL is fine */

/* The producer's next record (its number is how many there were) is in this shard: below 127. */
void ledger_acknowledge(ledger *ledger, size_t producer, size_t shard);
uint64_t ledger_count(const ledger *ledger); /* of all */
/* A record has been read back. NULL, or what is wrong with it: static text. */
const char *ledger_read(ledger *ledger, size_t producer, uint64_t number, size_t shard);
/* The first record that has not been read back. False: every one was. */
bool ledger_missing(const ledger *ledger, size_t *producer, uint64_t *number);

/* ---- the order in which one reader meets the records of a shard ---- */

typedef struct reading_order reading_order;

reading_order *reading_order_new(size_t producers);
void reading_order_free(reading_order *order); /* NULL is fine */
/* False: a later record of this producer has been met before. */
bool reading_order_meet(reading_order *order, size_t producer, uint64_t number);

#endif
