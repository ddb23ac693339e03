/*
 * decode_nested.h - arrays, maps and structs as Athena prints them: [1, 2], {a=1}, {lat=38.5}.
 */
#ifndef MR_SIM_QUERY_DECODE_NESTED_H
#define MR_SIM_QUERY_DECODE_NESTED_H

#include "sim/query/decode.h"
#include "sim/query/sql_type.h"

/* Appends the text of a nested value. is_null: out, the field means NULL. */
MR_NODISCARD mr_code mr_decode_nested(const mr_decode_rules *rules, const mr_decode_column *column,
                                      mr_field field, mr_strbuf *out, bool *is_null, mr_error *err);

/* Appends well-formed JSON without the blanks between its tokens. */
void mr_json_compact(mr_bytes json, mr_strbuf *out);

/* LazySimple: the field of a struct inside its text; MISSING when there is none. */
mr_field mr_lazy_struct_field(const mr_decode_rules *rules, mr_field value, size_t place,
                              unsigned level);

mr_sql_type mr_sql_type_of_hive(const mr_hive_type *type);
const char *mr_sql_type_name_of_hive(const mr_hive_type *type); /* static */

#endif
