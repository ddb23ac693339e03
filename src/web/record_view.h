/*
 * record_view.h - how a record is shown to people and their programs: what its bytes are (JSON,
 * text, gzip, an aggregated record of the producer library), and that as text. Everything is
 * bounded, whatever the bytes say.
 */
#ifndef MR_SRC_WEB_RECORD_VIEW_H
#define MR_SRC_WEB_RECORD_VIEW_H

#include "sim/base/json.h"
#include "sim/stream/stream.h"

/* The most bytes that are shown of a record's data, its text, or its user records together. */
#define MR_RECORD_VIEW_BYTES_MAX (64 * (size_t)MR_KIB)
/* The most user records that are shown of an aggregated record. */
#define MR_RECORD_VIEW_SUBS_MAX 100
/* JSON that is nested deeper is shown as text: readers would not follow it. */
#define MR_RECORD_VIEW_DEPTH_MAX 64
/* The most bytes that mr_record_view_write() writes for a record: its data in base64; its text,
 * where one byte can become two; its JSON; or its user records, each in base64 and as text, with
 * partition keys, where one byte can become six. */
#define MR_RECORD_VIEW_JSON_MAX                                                                    \
    (18 * MR_RECORD_VIEW_BYTES_MAX + (size_t)MR_RECORD_VIEW_SUBS_MAX * 256)

typedef enum mr_record_kind {
    MR_RECORD_JSON, /* an object or an array, strictly by RFC 8259 */
    MR_RECORD_TEXT, /* UTF-8 without control characters but tab, line feed, carriage return */
    MR_RECORD_GZIP, /* it expands without a fault, or past 1 MiB */
    MR_RECORD_BINARY,
    MR_RECORD_AGGREGATED /* it checks to its end (sim/stream/kpl_record.h) */
} mr_record_kind;

const char *mr_record_kind_name(mr_record_kind kind); /* "json". Static */
mr_record_kind mr_record_kind_of(mr_bytes data);

/*
 * Writes the members "bytes", "data" (base64), "truncated", "kind", "text", "json", "sub_records"
 * and "sub_record_count" of an object that is open. Of gzip, text and JSON are those of what it
 * expands to; they are null past 1 MiB.
 *
 * decode: false: text, JSON and user records are null.
 */
void mr_record_view_write_data(mr_json *json, mr_bytes data, bool decode);

/* Writes a record of a shard as an object. */
void mr_record_view_write(mr_json *json, const mr_shard *shard, const mr_record_view *record,
                          bool decode);

#endif
