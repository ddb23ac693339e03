/*
 * ingest_body.h - the bodies of PUT /{stage}/streams/{stream}/record and /records: records whose
 * data are JSON values, stored as their text.
 *
 * The text is the one that was sent, without the blanks between its tokens: numbers keep their
 * digits, strings their quotes and escapes, members their order, and one that comes twice stays.
 *
 * Source: API Gateway Developer Guide, "Create a REST API as an Amazon Kinesis proxy", whose
 * template of PutRecord has $util.base64Encode($input.json('$.Data')).
 */
#ifndef MR_SRC_WEB_INGEST_BODY_H
#define MR_SRC_WEB_INGEST_BODY_H

#include "sim/base/error.h"
#include "src/api/gateway.h"

#define MR_INGEST_RECORDS_MAX 501 /* one more than Kinesis takes, so that it says so */

/*
 * Reads {"Data": any, "PartitionKey": text or number}; "ExplicitHashKey" may be there, and each
 * name may be written as in the tutorial's batch ("data", "partition-key", "explicit-hash-key").
 * Other members are read over; of equal names the last one counts; null is absence.
 *
 * body:   borrowed for as long as record is used. arena: owns what is not in it.
 * Errors: MR_BAD_INPUT: it is not JSON, or a member has the wrong type.
 */
MR_NODISCARD mr_code mr_ingest_read_record(mr_bytes body, mr_arena *arena,
                                           mr_gateway_record *record, mr_error *err);

/*
 * Reads {"records": [...]}, or "Records", each as above.
 *
 * records: out, in the arena. count: out; what is behind MR_INGEST_RECORDS_MAX is not looked at.
 */
MR_NODISCARD mr_code mr_ingest_read_records(mr_bytes body, mr_arena *arena,
                                            mr_gateway_record **records, size_t *count,
                                            mr_error *err);

#endif
