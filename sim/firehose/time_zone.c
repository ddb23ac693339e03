/*
 * time_zone.c - the zones that CustomTimeZone takes, and their offsets.
 *
 * Nothing of the system's tz database is read: a run answers the same on any machine. A zone is
 * the rule that holds from the table's year on (time_zone_table.h), for all instants; where a
 * government changed the rule before (the United States in 2007, Russia in 2014), earlier times
 * follow the later rule.
 *
 * Names are those of the tz database that have the form that Firehose takes (letters, '/' and
 * '_', not three letters), without the ones that replaced an older name: Firehose was seen to take
 * Asia/Calcutta and to refuse Asia/Kolkata.
 *
 * Differs: Africa/Casablanca and Africa/El_Aaiun, whose summer time pauses in Ramadan, follow no
 * rule and are refused.
 */
#include "sim/base/timefmt.h"
#include "sim/firehose/prefix.h"

#include <stdlib.h>

/* A day of the year by the week: the `week`-th `weekday` (0 = Sunday) of a month, the last when
 * week is 5, and a time of that day in seconds, which may be negative or past 24 hours. */
typedef struct zone_change {
    int8_t month, week, weekday;
    int32_t second;
} zone_change;

/* Offsets in seconds east of UTC. The changes are in local time, as it is until then. */
typedef struct zone_rule {
    int32_t standard_s, saving_s; /* equal: never changes */
    zone_change to_saving, to_standard;
} zone_rule;

typedef struct zone_name {
    const char *name;
    uint8_t rule;
} zone_name;

#include "sim/firehose/time_zone_table.h"

/* When the change comes in this year, in seconds since the epoch, as local clocks say it. */
static int64_t local_change_s(const zone_change *change, int year)
{
    int64_t first = mr_days_of_civil(year, change->month, 1);
    int64_t first_weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t day = (change->weekday - first_weekday + 7) % 7 + (int64_t)(change->week - 1) * 7;
    int64_t days_in_month = (change->month == 12 ? mr_days_of_civil(year + 1, 1, 1)
                                                 : mr_days_of_civil(year, change->month + 1, 1)) -
                            first;

    if (day >= days_in_month) { /* week 5 is the last, which may be the fourth */
        day -= 7;
    }
    return (first + day) * 86400 + change->second;
}

static int32_t offset_at(const zone_rule *rule, int64_t time_us)
{
    if (rule->standard_s == rule->saving_s) {
        return rule->standard_s;
    }
    int64_t time_s = time_us / MR_US_PER_SECOND - (time_us % MR_US_PER_SECOND < 0 ? 1 : 0);
    mr_civil local = mr_civil_of((time_s + rule->standard_s) * MR_US_PER_SECOND);
    int64_t begins_s = local_change_s(&rule->to_saving, local.year) - rule->standard_s;
    int64_t ends_s = local_change_s(&rule->to_standard, local.year) - rule->saving_s;

    /* South of the equator the saving goes over the new year. */
    bool saving = begins_s < ends_s ? time_s >= begins_s && time_s < ends_s
                                    : time_s >= begins_s || time_s < ends_s;
    return saving ? rule->saving_s : rule->standard_s;
}

static int by_name(const void *key, const void *entry)
{
    return strcmp(key, ((const zone_name *)entry)->name);
}

bool mr_time_zone_offset(const char *zone, int64_t time_us, int64_t *offset_us)
{
    const zone_name *found =
        bsearch(zone, zone_names, MR_COUNT(zone_names), sizeof zone_names[0], by_name);
    if (found == NULL) {
        return false;
    }
    *offset_us = offset_at(&zone_rules[found->rule], time_us) * MR_US_PER_SECOND;
    return true;
}
