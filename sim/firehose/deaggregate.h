/*
 * deaggregate.h - the RecordDeAggregation processor: one record that holds several, taken apart.
 *
 * A producer may put many events in one record: JSON objects one after another, or texts with a
 * delimiter between. With this processor each of them goes on as a record of its own: to the
 * function, to the partition keys, to the object. What cannot be taken apart goes on whole, as one
 * record, so the loop is the same for all:
 *
 *     mr_deaggregator_open(deaggregator, data);
 *     while (mr_deaggregator_next(deaggregator, &sub_record)) { ... }
 *
 * The user records of the Kinesis Producer Library are another matter and come first, without any
 * setting: sim/stream/kpl_record.h. The limit of 500 counts in each of them anew.
 *
 * JSON: sub-records are objects, with nothing or blanks (spaces, tabs, line ends) between, before
 * and after them; the blanks are no part of any. The bytes of an object stay as they are. An array,
 * a bare value, a comma, an object that is torn: the whole record goes on as it is, the good
 * objects before the bad place included. Then the partition keys of a query fail on it, and it is
 * in the error output with all its bytes.
 *
 * DELIMITED: sub-records are what lies between delimiters, which are found from the left, do not
 * overlap, and are no part of any. Where nothing lies between (at the ends, between two in a row)
 * there is no sub-record.
 *
 * Behaviour: reference/firehose.md sections 5 and 7; Firehose Developer Guide, "Apply dynamic
 * partitioning to aggregated data"; API Reference, "PutRecord" (past 500 the function gets the
 * whole record). Not documented, and chosen here: that empty sub-records are none, that a bad place
 * spoils the record and not the rest of it, and that an object may go over several lines (the guide
 * asks producers for one line, or one a line).
 */
#ifndef MR_SIM_FIREHOSE_DEAGGREGATE_H
#define MR_SIM_FIREHOSE_DEAGGREGATE_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#define MR_SUB_RECORDS_MAX         500
#define MR_PARAMETER_VALUE_LEN_MAX 5120 /* of a processor's parameter, in the service model */
#define MR_DELIMITER_BYTES_MAX     3840 /* what so many characters of Base64 stand for */

/* ---- the parameters ---- */

typedef enum mr_sub_record_type { MR_SUB_RECORD_JSON, MR_SUB_RECORD_DELIMITED } mr_sub_record_type;

/* The parameters of the processor, checked. A plain value: copy it freely. */
typedef struct mr_deaggregation {
    mr_sub_record_type type;
    bool delimiter_ignored; /* JSON with a Delimiter, which says nothing: worth a warning */
    size_t delimiter_len;   /* 1 or more with DELIMITED, 0 with JSON */
    char delimiter[MR_DELIMITER_BYTES_MAX];
} mr_deaggregation;

/*
 * Checks the parameters SubRecordType and Delimiter as they are in a configuration; the Delimiter
 * is Base64. Knows nothing else of the configuration: that dynamic partitioning must be on is for
 * the caller to check.
 *
 * sub_record_type, delimiter: NULL when absent. Borrowed for the call.
 * out:    written on MR_OK alone; may be NULL.
 * Errors: MR_INVALID_ARGUMENT. "SubRecordType has to be one of JSON, DELIMITED" and "Delimiter
 *         should be present for DELIMITED" are Firehose's words; those for a Delimiter that is not
 *         Base64 or is too long are ours.
 */
MR_NODISCARD mr_code mr_deaggregation_parse(const char *sub_record_type, const char *delimiter,
                                            mr_deaggregation *out, mr_error *err);

/* ---- taking apart ---- */

typedef enum mr_deaggregate_verdict {
    MR_DEAGGREGATED,            /* one sub-record or more, 500 at most */
    MR_DEAGGREGATE_EMPTY,       /* nothing, blanks or delimiters alone: goes on whole */
    MR_DEAGGREGATE_NOT_OBJECTS, /* not JSON objects and nothing else: goes on whole */
    MR_DEAGGREGATE_TOO_MANY     /* more than 500: goes on whole */
} mr_deaggregate_verdict;

/* Static: "sub-records", "empty", "not objects", "too many". */
const char *mr_deaggregate_verdict_name(mr_deaggregate_verdict verdict);

typedef struct mr_deaggregator mr_deaggregator;

mr_deaggregator *mr_deaggregator_new(const mr_deaggregation *deaggregation); /* copied */
void mr_deaggregator_free(mr_deaggregator *deaggregator);                    /* NULL is fine */

/*
 * Takes a record apart; allocates nothing, in time linear in the record.
 *
 * data:    borrowed as long as its sub-records are.
 * Returns: what became of it. For all but MR_DEAGGREGATED there is one sub-record: data, whole.
 */
mr_deaggregate_verdict mr_deaggregator_open(mr_deaggregator *deaggregator, mr_bytes data);

/* The next sub-record, in their order; borrowed from data. False when there are no more. */
bool mr_deaggregator_next(mr_deaggregator *deaggregator, mr_bytes *sub_record);

size_t mr_deaggregator_left(const mr_deaggregator *deaggregator); /* that are still to come */

#endif
