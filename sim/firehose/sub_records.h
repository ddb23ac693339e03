/*
 * sub_records.h - what a record of the source is taken apart into before anything else is done with
 * it: the user records of a producer library's carrier, and of each of these the sub-records of
 * the RecordDeAggregation processor.
 *
 * Every sub-record has a place of its own (coverage.h), counted through both steps: the record's
 * number and 0, 1, 2, ...; the last one ends where the next record begins. The same record gives
 * the same places each time, as long as the settings are the same.
 *
 * Behaviour: reference/firehose.md section 3, "Order of processing".
 */
#ifndef MR_SIM_FIREHOSE_SUB_RECORDS_H
#define MR_SIM_FIREHOSE_SUB_RECORDS_H

#include "sim/firehose/coverage.h"
#include "sim/firehose/deaggregate.h"
#include "sim/stream/kpl_record.h"

typedef struct mr_sub_records mr_sub_records;

/* has_carriers: the source is a data stream, whose carriers are taken apart. deaggregation: NULL:
 * there is no such processor; copied. */
mr_sub_records *mr_sub_records_new(bool has_carriers, const mr_deaggregation *deaggregation);
void mr_sub_records_free(mr_sub_records *subs); /* NULL is fine */

/* Whether a record is surely one sub-record, itself: by its first byte, without opening it. */
bool mr_sub_records_are_one(const mr_sub_records *subs, const mr_record_view *record);

/* record: borrowed until the next open, or as long as its sub-records are used. */
void mr_sub_records_open(mr_sub_records *subs, const mr_record_view *record);
/* The next one, in their order: the record's view with data and partition key of the sub-record,
 * and its place. False when there are no more; a carrier may hold none at all. */
bool mr_sub_records_next(mr_sub_records *subs, mr_record_view *sub, mr_range *place);

#endif
