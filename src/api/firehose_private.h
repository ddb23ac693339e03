/*
 * firehose_private.h - the handlers of Amazon Data Firehose, one for each operation, and what they
 * share. A handler takes its decoded input, calls sim, and writes the answer.
 *
 * Behaviour: reference/firehose.md, sections 1 to 3.
 */
#ifndef MR_SRC_API_FIREHOSE_PRIVATE_H
#define MR_SRC_API_FIREHOSE_PRIVATE_H

#include "src/api/api.h"
#include "src/api/firehose_shapes.h"

/* firehose_streams.c */
mr_code mr_firehose_create_delivery_stream(mr_api_call *call, mr_error *err);
mr_code mr_firehose_delete_delivery_stream(mr_api_call *call, mr_error *err);
mr_code mr_firehose_list_delivery_streams(mr_api_call *call, mr_error *err);
mr_code mr_firehose_update_destination(mr_api_call *call, mr_error *err);
/* firehose_describe.c */
mr_code mr_firehose_describe_delivery_stream(mr_api_call *call, mr_error *err);
/* firehose_settings.c */
mr_code mr_firehose_list_tags(mr_api_call *call, mr_error *err);
mr_code mr_firehose_start_encryption(mr_api_call *call, mr_error *err);
mr_code mr_firehose_stop_encryption(mr_api_call *call, mr_error *err);
mr_code mr_firehose_tag_delivery_stream(mr_api_call *call, mr_error *err);
mr_code mr_firehose_untag_delivery_stream(mr_api_call *call, mr_error *err);
/* firehose_records.c */
mr_code mr_firehose_put_record(mr_api_call *call, mr_error *err);
mr_code mr_firehose_put_record_batch(mr_api_call *call, mr_error *err);

/* ---- shared: firehose.c ---- */

/* The delivery stream that a request names. Errors: MR_DELIVERY_STREAM_NOT_FOUND. */
MR_NODISCARD mr_code mr_firehose_find(const mr_api_call *call, mr_bytes name,
                                      mr_delivery_stream **out, mr_error *err);
/* The text of a borrowed string with a NUL, in the arena; NULL when it is absent. */
const char *mr_firehose_text(const mr_api_call *call, mr_bytes text);
/* "{}", what operations without an output answer. */
void mr_firehose_write_nothing(mr_aws_writer *out);
/* A list of mr_firehose_tag as tags of sim, in the arena. Errors: MR_BAD_INPUT (a NUL in one). */
MR_NODISCARD mr_code mr_firehose_tags_of(const mr_api_call *call, const mr_aws_list *list,
                                         mr_delivery_tag **out, mr_error *err);

#endif
