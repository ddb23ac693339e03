/*
 * check_report.h - what `millrace check` prints of a plan: resource by resource what will run, then
 * what is ignored here, then what AWS would refuse, and a last line that sums it up.
 */
#ifndef MR_SRC_CONFIG_CHECK_REPORT_H
#define MR_SRC_CONFIG_CHECK_REPORT_H

#include "sim/base/json.h"
#include "src/config/plan.h"

/* Text for a person. */
void mr_check_report_text(const mr_plan *plan, mr_strbuf *out);
/* One JSON object and a line end: {"format":1,"file":..,"runs":{..},"warnings":[..],..}. */
void mr_check_report_json(const mr_plan *plan, mr_strbuf *out);

/* ---- shared by the two forms ---- */

/* Where an object of a destination would go at 2025-01-01T00:00:00Z: a good one, or (error) one of
 * failed records; a partition key stands there by its name, "<customer>". "" when its prefix is
 * refused. destination: one of the two in options. error_type: NULL or "processing-failed". */
void mr_check_report_key(const mr_delivery_options *options, const mr_s3_destination *destination,
                         const char *error_type, mr_strbuf *out);
/* The size hint that holds, in MiB. */
uint64_t mr_check_report_size_mib(const mr_delivery_options *options,
                                  const mr_s3_destination *destination);
/* How a function's code runs: "builtin delimited-to-json", "python3.12 app.handler". */
void mr_check_report_code(const mr_plan_function *function, mr_strbuf *out);
/* The function of the plan that a delivery stream invokes; NULL: none. */
const mr_plan_function *mr_check_report_function(const mr_plan *plan, const char *name_or_arn);
/* How a table's partitions are known: "projection", "folders", or NULL for a table without. */
const char *mr_check_report_partitions(const mr_table *table);
/* "column:district", "round-robin" ...; "delimited:|". */
void mr_check_report_partition_key(const mr_producer_options *options, mr_strbuf *out);
void mr_check_report_encode(const mr_producer_options *options, mr_strbuf *out);

/* ---- shared with the report of a scenario ---- */

/* A text without blanks around it, each of its lines two blanks to the right. */
void mr_check_report_lines(const char *text, mr_strbuf *out);
/* One input: a heading and its rows; an object. */
void mr_check_report_input(const mr_plan_input *input, mr_strbuf *out);
void mr_check_report_input_json(const mr_plan_input *input, mr_json *json);

#endif
