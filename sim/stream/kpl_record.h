/*
 * kpl_record.h - the aggregated record of the Kinesis Producer Library: many user records in the
 * data of one record of a stream, its carrier.
 *
 *     F3 89 9A C2 | AggregatedRecord, a protocol buffer of at least one byte | its MD5, 16 bytes
 *
 * A stream stores carriers as they are and hands them out as they are; who de-aggregates is the
 * consumer (the KCL, or a delivery stream that reads a data stream). The reader gives the user
 * records one by one, as views into the carrier. A record that is no carrier, or does not check as
 * one, is an ordinary record: the reader then gives that record itself, once. So the loop is the
 * same for all:
 *
 *     mr_kpl_reader_open(reader, record);
 *     while (mr_kpl_reader_next(reader, &user_record)) { ... }
 *
 * It is all or nothing: a carrier is checked to its end before the first user record is given.
 *
 * Behaviour: reference/kinesis.md section 14 (the aggregation format of the producer library).
 * Differs: where an index points past its table, the KCL keeps the user records before it and logs
 * the others away; here the carrier is an ordinary record, since nothing may be lost. The KCL also
 * drops user records whose hash key lies outside the shard; what a delivery stream does with them
 * is not known, and here they stay.
 */
#ifndef MR_SIM_STREAM_KPL_RECORD_H
#define MR_SIM_STREAM_KPL_RECORD_H

#include "sim/base/strbuf.h"
#include "sim/stream/record.h"

/* ---- reading ---- */

typedef enum mr_kpl_verdict {
    MR_KPL_AGGREGATED,  /* a carrier; it may hold no user record at all */
    MR_KPL_PLAIN,       /* other first bytes, or too short for a message and its digest */
    MR_KPL_BAD_DIGEST,  /* begins as a carrier, and the MD5 is another: plain */
    MR_KPL_BAD_MESSAGE, /* the MD5 is right and the message is none, or lacks something: plain */
    MR_KPL_BAD_INDEX    /* a user record names a key that its table does not have: plain */
} mr_kpl_verdict;

/* Static: "aggregated", "plain", "bad digest", "bad message", "bad index". */
const char *mr_kpl_verdict_name(mr_kpl_verdict verdict);

/* Views are borrowed from the record that was opened. */
typedef struct mr_kpl_user_record {
    mr_bytes data;
    mr_bytes partition_key; /* of a plain record: the record's own */
    bool has_explicit_hash_key;
    mr_bytes explicit_hash_key; /* as it was sent: decimal digits, not checked; else none */
    uint32_t sub;               /* sub-sequence number: its place in the carrier, from 0 */
} mr_kpl_user_record;

typedef struct mr_kpl_reader mr_kpl_reader;

/* A reader keeps the memory of its key tables, for carrier after carrier. */
mr_kpl_reader *mr_kpl_reader_new(void);
void mr_kpl_reader_free(mr_kpl_reader *reader); /* NULL is fine */

/*
 * Reads a record to its end. Fields that the format does not know are passed over; tags are
 * checked and not kept.
 *
 * record:  borrowed until the next open, or as long as the reader and its views are used.
 * Returns: what it is. For all but MR_KPL_AGGREGATED there is one user record, the record itself.
 */
mr_kpl_verdict mr_kpl_reader_open(mr_kpl_reader *reader, const mr_record_view *record);

/* The next user record, in the order of the carrier. False when there are no more. */
bool mr_kpl_reader_next(mr_kpl_reader *reader, mr_kpl_user_record *out);

size_t mr_kpl_reader_left(const mr_kpl_reader *reader); /* user records that are still to come */

/* ---- writing ---- */

typedef struct mr_kpl_writer mr_kpl_writer;

/* A writer with no user record. bytes_max: of the aggregated record, all of it. */
mr_kpl_writer *mr_kpl_writer_new(size_t bytes_max);
void mr_kpl_writer_free(mr_kpl_writer *writer); /* NULL is fine */

/* Adds a user record: data, partition key, explicit hash key where it has one. record: copied.
 * False, with nothing changed, when the aggregated record would be longer than bytes_max. */
MR_NODISCARD bool mr_kpl_writer_add(mr_kpl_writer *writer, const mr_record *record);

size_t mr_kpl_writer_count(const mr_kpl_writer *writer);
size_t mr_kpl_writer_bytes(const mr_kpl_writer *writer); /* of the aggregated record as it is now */

/* Appends the aggregated record to out, which must have room for it, and empties the writer. There
 * must be a user record: an empty message is none to the KCL. */
void mr_kpl_writer_take(mr_kpl_writer *writer, mr_strbuf *out);

#endif
