/* projection_private.h - what the files of projection share; for nobody else. */
#ifndef MR_SIM_CATALOG_PROJECTION_PRIVATE_H
#define MR_SIM_CATALOG_PROJECTION_PRIVATE_H

#include "sim/base/date_pattern.h"
#include "sim/base/strbuf.h"
#include "sim/catalog/projection.h"

typedef enum mr_projected_kind {
    MR_PROJECTED_ENUM,
    MR_PROJECTED_INTEGER,
    MR_PROJECTED_DATE,
    MR_PROJECTED_INJECTED
} mr_projected_kind;

/* A span of the calendar: months and years are of no fixed length. */
typedef struct mr_calendar_step {
    int64_t months; /* one of the two is 0 */
    int64_t us;
} mr_calendar_step;

/* One end of a date range: a fixed time, or NOW and a step from it. */
typedef struct mr_date_bound {
    bool is_relative;
    int64_t at_us;
    mr_calendar_step offset;
} mr_date_bound;

typedef struct mr_projected_key {
    const char *name; /* borrowed from the table */
    mr_hive_type *type;
    mr_projected_kind kind;
    char **values; /* enum; owned, as the list of them */
    size_t value_count;
    int64_t low, high, interval; /* integer; both ends inclusive */
    int digits;                  /* integer: zeros up to this width */
    mr_date_pattern *pattern;    /* date */
    bool text_is_ordered;        /* date: later times are greater texts */
    mr_date_bound from, until;
    mr_calendar_step step;
} mr_projected_key;

struct mr_projection {
    const mr_table *table; /* borrowed */
    mr_projected_key *keys;
    size_t key_count;
    char *location_template; /* owned; NULL: Hive's layout below the table's location */
};

/* projection_date.c: reads range, format, interval and interval.unit of a date key. */
MR_NODISCARD mr_code mr_projected_date_read(const mr_table *table, mr_projected_key *key,
                                            mr_error *err);
int64_t mr_calendar_add(int64_t time_us, mr_calendar_step step, int64_t times);

/* The values of a date key at one time, as a numbered list. */
typedef struct mr_date_list {
    const mr_projected_key *key;
    int64_t start_us;
    int64_t count;
} mr_date_list;

mr_date_list mr_date_list_make(const mr_projected_key *key, int64_t now_us);
void mr_date_list_text(const mr_date_list *list, int64_t index, mr_strbuf *out); /* replaces */
/* The first index whose text is not below bound; only where text_is_ordered. */
int64_t mr_date_list_find(const mr_date_list *list, mr_bytes bound, mr_strbuf *scratch);
/* The index of this very text, or -1. */
int64_t mr_date_list_index(const mr_date_list *list, mr_bytes text, mr_strbuf *scratch);

/* The table's property projection.<key>.<name>; NULL if absent. */
const char *mr_projection_property(const mr_table *table, const char *key, const char *name);
/* "table t: projection.dt.range ..." */
MR_PRINTF(5, 6)
mr_code mr_projection_wrong(mr_error *err, const mr_table *table, const char *key, const char *name,
                            const char *format, ...);

#endif
