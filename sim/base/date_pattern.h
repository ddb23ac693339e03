/*
 * date_pattern.h - Java DateTimeFormatter patterns, both ways: "yyyy/MM/dd/HH", "M/d/yy H:mm".
 *
 * One implementation serves Firehose's !{timestamp:...}, partition projection's date format and
 * the builtin transform's Format. Text is English as of Locale.US, where weeks begin on Sunday
 * and 1 January is always in week 1 (letters Y, w, W, e, c).
 *
 * Letters: G u y Y Q q M L w W d D F E e c a h K k H m s S A n N, the offsets X x Z O, quoted
 * literals ('' is one quote) and optional parts in [ ]. The letters B g p v V z of Java, which
 * need names of zones or of parts of the day, are MR_UNSUPPORTED.
 *
 * Behaviour: java.time.format.DateTimeFormatter and DateTimeFormatterBuilder of the Java SE API.
 */
#ifndef MR_SIM_BASE_DATE_PATTERN_H
#define MR_SIM_BASE_DATE_PATTERN_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

#define MR_DATE_PATTERN_MAX 1024 /* bytes */

typedef struct mr_date_pattern mr_date_pattern;

/* The finest field of a pattern, for projection's default interval. */
typedef enum mr_date_unit {
    MR_DATE_YEAR,
    MR_DATE_MONTH,
    MR_DATE_DAY,
    MR_DATE_HOUR,
    MR_DATE_MINUTE,
    MR_DATE_SECOND,
    MR_DATE_FRACTION
} mr_date_unit;

/*
 * Errors: MR_INVALID_ARGUMENT, MR_UNSUPPORTED (a letter of Java that is not known here),
 * MR_TOO_LARGE (past MR_DATE_PATTERN_MAX); each names the letter and its place.
 */
MR_NODISCARD mr_code mr_date_pattern_new(const char *pattern, mr_date_pattern **out, mr_error *err);
void mr_date_pattern_free(mr_date_pattern *pattern); /* NULL is fine */

void mr_date_pattern_format(const mr_date_pattern *pattern, int64_t time_us, mr_strbuf *out);

/* The same in a zone: offset_us is added to UTC, and is what X, x, Z and O print. */
void mr_date_pattern_format_at(const mr_date_pattern *pattern, int64_t time_us, int64_t offset_us,
                               mr_strbuf *out);

/*
 * Reads all of text. False when it does not match or is no date (month 13, 30 February). Two
 * year digits mean 2000..2099, as in Java. Fields that the pattern lacks are 1 January, 00:00.
 * Allocates nothing.
 *
 * Differs: Java takes 30 February for 28 February. It refuses an h without an a, which here is
 * before noon, and a Y without a w, which here is the year.
 */
MR_NODISCARD bool mr_date_pattern_parse(const mr_date_pattern *pattern, mr_bytes text,
                                        int64_t *time_us);
mr_date_unit mr_date_pattern_unit(const mr_date_pattern *pattern);

#endif
