/*
 * filter.h - FilterCriteria: event patterns that say which records a mapping is to send.
 *
 * A record is sent when one of the patterns fits it. A pattern is a JSON object over the record's
 * metadata (partitionKey, sequenceNumber, kinesisSchemaVersion, approximateArrivalTimestamp) and,
 * under "data", over the record's data as JSON; data that is no JSON fits no pattern that has a
 * "data".
 *
 *   {"data": {"order": {"type": ["buy", {"prefix": "s"}], "price": [{"numeric": [">", 10]}]}}}
 *
 * All members of an object must fit, one entry of a list, one object of an "$or". A value that is
 * an array fits when one of its elements does. Entries: a string, number, true, false or null;
 * prefix, suffix, equals-ignore-case, anything-but (a value, a list of them, or a prefix or
 * suffix), numeric, exists.
 *
 * Source: Lambda Developer Guide, "Control which events Lambda sends to your function" and "Using
 * event filtering with a Kinesis event source". Differs: a member that no Kinesis record has is
 * refused; AWS takes it, and nothing ever fits.
 */
#ifndef MR_SIM_MAPPING_FILTER_H
#define MR_SIM_MAPPING_FILTER_H

#include "sim/base/error.h"
#include "sim/stream/record.h"

typedef struct mr_filter mr_filter;

/*
 * Reads patterns.
 *
 * out:    owned by the caller; NULL when there is no pattern.
 * Errors: MR_INVALID_ARGUMENT ("Invalid filter pattern definition."), MR_UNSUPPORTED naming what
 *         is not known here.
 */
MR_NODISCARD mr_code mr_filter_new(const char *const *patterns, size_t count, mr_filter **out,
                                   mr_error *err);
void mr_filter_free(mr_filter *filter); /* NULL is fine */

/* Whether one of the patterns fits. sequence: of the record; both borrowed. */
bool mr_filter_fits(const mr_filter *filter, const char *sequence, const mr_record_view *record);

#endif
