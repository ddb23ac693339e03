/*
 * timefmt.h - civil time from microseconds since the epoch, UTC, without libc's global zone.
 */
#ifndef MR_SIM_BASE_TIMEFMT_H
#define MR_SIM_BASE_TIMEFMT_H

#include "sim/base/strbuf.h"

#define MR_US_PER_MS     INT64_C(1000)
#define MR_US_PER_SECOND INT64_C(1000000)

typedef struct mr_civil {
    int year;   /* proleptic Gregorian; may be negative */
    int month;  /* 1..12 */
    int day;    /* 1..31 */
    int hour;   /* 0..23 */
    int minute; /* 0..59 */
    int second; /* 0..59 */
    int microsecond;
    int weekday; /* 1 = Monday .. 7 = Sunday, as ISO 8601 */
    int yearday; /* 1..366 */
} mr_civil;

mr_civil mr_civil_of(int64_t time_us);
int64_t mr_civil_to_us(const mr_civil *civil); /* weekday and yearday are not read */

/* Days since 1970-01-01 of a civil date, and back. */
int64_t mr_days_of_civil(int year, int month, int day);

/* "2025-01-01T00:00:00.000000Z" (27 characters and NUL). */
#define MR_ISO_SIZE 28
void mr_iso_format(int64_t time_us, char out[MR_ISO_SIZE]);

/* Reads "2025-01-01", "2025-01-01T00:00:00[.ffffff][Z|+hh:mm]" or a blank for the T.
 * No zone means UTC. False on anything else. */
MR_NODISCARD bool mr_iso_parse(mr_bytes text, int64_t *time_us);

/* Reads a duration such as "90s", "5m", "2h", "1d", "250ms" or "10us", or several parts of falling
 * units: "1m30s". */
MR_NODISCARD bool mr_duration_parse(mr_bytes text, int64_t *out_us);
/* Appends a duration (0 or more) so that it reads back the same: "1m30s", "250ms", "0s". */
void mr_duration_write(mr_strbuf *out, int64_t us);

#endif
