/*
 * format_value.h - values as Athena prints them in VarCharValue and in result files.
 */
#ifndef MR_SIM_QUERY_FORMAT_VALUE_H
#define MR_SIM_QUERY_FORMAT_VALUE_H

#include "sim/base/strbuf.h"
#include "sim/query/datum.h"
#include "sim/query/sql_type.h"

/* As Java's Double.toString: 1.0, 0.1, 1.0E7, 1.0E-4, NaN, -Infinity. */
void mr_append_double(mr_strbuf *out, double value);
/* As Float.toString. */
void mr_append_real(mr_strbuf *out, double value);
/* Exactly `scale` digits after the point. */
void mr_append_decimal(mr_strbuf *out, double value, int scale);
/* A value of a type; not for NULL. */
void mr_append_value(mr_strbuf *out, mr_sql_type type, const mr_datum *value);

#endif
