/* crimes_columns.h - the builtin of data/crimes/template.yaml, for tests and benchmarks. */
#ifndef MR_TESTS_CRIMES_COLUMNS_H
#define MR_TESTS_CRIMES_COLUMNS_H

#include "sim/lambda/builtin.h"

/* The columns are borrowed from constants. */
static inline mr_builtin_options crimes_builtin_options(void)
{
    static const uint32_t f[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const char format[] = "M/d/yy H:mm";
    static const mr_builtin_column columns[] = {
        {"crime_time", "string", &f[0], 1, NULL, NULL},
        {"address", "string", &f[1], 1, NULL, NULL},
        {"district", "int", &f[2], 1, NULL, NULL},
        {"beat", "string", &f[3], 1, NULL, NULL},
        {"grid", "int", &f[4], 1, NULL, NULL},
        {"description", "string", &f[5], 1, NULL, NULL},
        {"ucr_ncic_code", "int", &f[6], 1, NULL, NULL},
        {"location", "struct<lat:double,lon:double>", &f[7], 2, NULL, NULL},
        {"loaded_at", "string", &f[9], 1, NULL, NULL},
        {"crime_year", "string", &f[0], 1, "year", format},
        {"crime_month", "string", &f[0], 1, "month", format},
        {"crime_day", "string", &f[0], 1, "day", format},
    };
    return (mr_builtin_options){.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                .delimiter = '|',
                                .trim = true,
                                .columns = columns,
                                .column_count = MR_COUNT(columns)};
}

#endif
