/*
 * projection_date.c - date keys of partition projection: their properties, and the list of times
 * from the range's beginning on, one step apart.
 *
 * Source: Athena User Guide, "Supported types for partition projection", Date type.
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/catalog/projection_private.h"

#define US_PER_DAY (86400 * MR_US_PER_SECOND)

/* Bounds far beyond any calendar that is in use keep the arithmetic from overflowing. */
#define INTERVAL_MAX 1000000
#define SEARCHED_MAX 100000 /* values looked at one by one for a text */
#define EARLIEST_US  (INT64_C(-62167219200) * MR_US_PER_SECOND) /* year 0 */
#define LATEST_US    (INT64_C(253402300800) * MR_US_PER_SECOND) /* year 10000 */

typedef struct unit_row {
    const char *name; /* a final S may be left out */
    mr_calendar_step step;
} unit_row;

static const unit_row units[] = {
    {"YEARS", {12, 0}},
    {"MONTHS", {1, 0}},
    {"WEEKS", {0, 7 * US_PER_DAY}},
    {"DAYS", {0, US_PER_DAY}},
    {"HOURS", {0, 3600 * MR_US_PER_SECOND}},
    {"MINUTES", {0, 60 * MR_US_PER_SECOND}},
    {"SECONDS", {0, MR_US_PER_SECOND}},
    {"MILLIS", {0, MR_US_PER_MS}},
};

static const unit_row *find_unit(mr_bytes word)
{
    for (size_t i = 0; i < MR_COUNT(units); i++) {
        mr_bytes plural = mr_bytes_of(units[i].name);
        mr_bytes singular = mr_bytes_make(plural.at, plural.len - 1);
        if (mr_bytes_equal_nocase(word, plural) || mr_bytes_equal_nocase(word, singular)) {
            return &units[i];
        }
    }
    return NULL;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* 31 January and one month is the last day of February. */
static int64_t add_months(int64_t time_us, int64_t months)
{
    mr_civil civil = mr_civil_of(time_us);
    int64_t month = (int64_t)civil.year * 12 + (civil.month - 1) + months;
    month = clamp(month, 0, INT64_C(9999) * 12 + 11);
    civil.year = (int)(month / 12);
    civil.month = (int)(month % 12) + 1;
    int next_year = civil.month == 12 ? civil.year + 1 : civil.year;
    int64_t days = mr_days_of_civil(next_year, civil.month % 12 + 1, 1) -
                   mr_days_of_civil(civil.year, civil.month, 1);
    civil.day = civil.day > days ? (int)days : civil.day;
    return mr_civil_to_us(&civil);
}

int64_t mr_calendar_add(int64_t time_us, mr_calendar_step step, int64_t times)
{
    if (step.months != 0) {
        int64_t most = INT64_C(20000) * 12 / (step.months < 0 ? -step.months : step.months) + 1;
        return add_months(time_us, step.months * clamp(times, -most, most));
    }
    if (step.us == 0) {
        return time_us;
    }
    int64_t most = (LATEST_US - EARLIEST_US) / (step.us < 0 ? -step.us : step.us) + 1;
    return clamp(time_us + step.us * clamp(times, -most, most), EARLIEST_US, LATEST_US);
}

/* ---- reading the properties ---- */

/* What follows NOW: "", "+1DAY", "- 3 YEARS". */
static bool read_offset(mr_bytes text, mr_calendar_step *out)
{
    text = mr_bytes_trim(text);
    if (text.len == 0) {
        return true;
    }
    bool back = text.at[0] == '-';
    if (!back && text.at[0] != '+') {
        return false;
    }
    text = mr_bytes_trim(mr_bytes_make(text.at + 1, text.len - 1));
    size_t digits = 0;
    while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9') {
        digits++;
    }
    int64_t count = 0;
    const unit_row *unit =
        find_unit(mr_bytes_trim(mr_bytes_make(text.at + digits, text.len - digits)));
    if (unit == NULL || digits == 0 || !mr_bytes_to_int64(mr_bytes_make(text.at, digits), &count) ||
        count > INTERVAL_MAX) {
        return false;
    }
    count = back ? -count : count;
    out->months = unit->step.months * count;
    out->us = unit->step.us * count;
    return true;
}

static bool read_bound(const mr_projected_key *key, mr_bytes text, mr_date_bound *out)
{
    text = mr_bytes_trim(text);
    if (text.len >= 3 &&
        mr_bytes_equal_nocase(mr_bytes_make(text.at, 3), MR_BYTES_LITERAL("NOW"))) {
        out->is_relative = true;
        return read_offset(mr_bytes_make(text.at + 3, text.len - 3), &out->offset);
    }
    return mr_date_pattern_parse(key->pattern, text, &out->at_us);
}

static mr_code read_range(const mr_table *table, mr_projected_key *key, const char *format,
                          mr_error *err)
{
    const char *text = mr_projection_property(table, key->name, "range");
    mr_bytes range = mr_bytes_of(text);
    size_t comma = mr_bytes_find(range, ',');
    if (comma == range.len || !read_bound(key, mr_bytes_make(range.at, comma), &key->from) ||
        !read_bound(key, mr_bytes_make(range.at + comma + 1, range.len - comma - 1), &key->until)) {
        return mr_projection_wrong(err, table, key->name, "range",
                                   "is \"%s\"; give two dates of the form %s, or NOW, "
                                   "NOW-3YEARS, NOW+1DAY, with a comma between",
                                   text == NULL ? "" : text, format);
    }
    if (!key->from.is_relative && !key->until.is_relative && key->from.at_us > key->until.at_us) {
        return mr_projection_wrong(err, table, key->name, "range",
                                   "is \"%s\": it ends before it begins", text);
    }
    return MR_OK;
}

static mr_code read_step(const mr_table *table, mr_projected_key *key, mr_error *err)
{
    const char *unit_text = mr_projection_property(table, key->name, "interval.unit");
    const char *interval_text = mr_projection_property(table, key->name, "interval");
    mr_date_unit finest = mr_date_pattern_unit(key->pattern);
    const char *unit_name = unit_text;
    int64_t interval = 1;

    if (unit_name == NULL && finest == MR_DATE_DAY) {
        unit_name = "DAYS";
    } else if (unit_name == NULL && finest == MR_DATE_MONTH) {
        unit_name = "MONTHS";
    } else if (unit_name == NULL) {
        return mr_projection_wrong(err, table, key->name, "interval.unit",
                                   "is missing; it may be left out only where the format ends "
                                   "with the day or the month");
    }
    const unit_row *unit = find_unit(mr_bytes_trim(mr_bytes_of(unit_name)));
    if (unit == NULL) {
        return mr_projection_wrong(err, table, key->name, "interval.unit",
                                   "is \"%s\"; give YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES, "
                                   "SECONDS or MILLIS",
                                   unit_name);
    }
    if (interval_text != NULL &&
        (!mr_bytes_to_int64(mr_bytes_trim(mr_bytes_of(interval_text)), &interval) || interval < 1 ||
         interval > INTERVAL_MAX)) {
        return mr_projection_wrong(err, table, key->name, "interval",
                                   "is \"%s\"; give a whole number from 1 to %d", interval_text,
                                   INTERVAL_MAX);
    }
    key->step.months = unit->step.months * interval;
    key->step.us = unit->step.us * interval;
    return MR_OK;
}

/*
 * True when the order of the texts is the order of the times: fields of fixed width from the
 * year down, each once, such as yyyy/MM/dd/HH or yyyyMMdd.
 */
static bool is_text_ordered(const char *pattern)
{
    static const char order[] = "yMdHms";
    size_t next = 0; /* the field that may come */
    bool quoted = false;
    for (const char *at = pattern; *at != '\0';) {
        char c = *at;
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        size_t width = 1;
        while (at[width] == c && is_letter) {
            width++;
        }
        at += width;
        if (c == '\'') {
            quoted = !quoted;
        } else if (!quoted && (c == '[' || c == ']')) {
            return false;
        } else if (!quoted && is_letter) {
            bool is_year = c == 'y' || c == 'u';
            if (next == sizeof(order) - 1 || (c != order[next] && !(is_year && next == 0)) ||
                width != (is_year ? 4 : 2)) {
                return false;
            }
            next++;
        }
    }
    return next > 0;
}

/* False for one such as MM/dd or yyyy/MM/dd/hh, which Java could not read back as a date. */
static bool tells_times_apart(const mr_date_pattern *pattern)
{
    static const int64_t lengths_us[] = {
        [MR_DATE_YEAR] = 366 * US_PER_DAY,
        [MR_DATE_MONTH] = 31 * US_PER_DAY,
        [MR_DATE_DAY] = US_PER_DAY,
        [MR_DATE_HOUR] = 3600 * MR_US_PER_SECOND,
        [MR_DATE_MINUTE] = 60 * MR_US_PER_SECOND,
        [MR_DATE_SECOND] = MR_US_PER_SECOND,
        [MR_DATE_FRACTION] = MR_US_PER_SECOND,
    };
    const int64_t sample_us = INT64_C(1732384059987654); /* 2024-11-23T17:47:39.987654Z */
    int64_t read_us = 0;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_date_pattern_format(pattern, sample_us, &text);
    bool ok = mr_date_pattern_parse(pattern, mr_strbuf_bytes(&text), &read_us) &&
              read_us <= sample_us &&
              sample_us - read_us < lengths_us[mr_date_pattern_unit(pattern)];
    mr_strbuf_deinit(&text);
    return ok;
}

mr_code mr_projected_date_read(const mr_table *table, mr_projected_key *key, mr_error *err)
{
    const char *format = mr_projection_property(table, key->name, "format");
    if (format == NULL) {
        return mr_projection_wrong(err, table, key->name, "format",
                                   "is missing; give one such as yyyy/MM/dd");
    }
    mr_code code = mr_date_pattern_new(format, &key->pattern, err);
    if (code != MR_OK) {
        mr_error_prefix(err, "table %s: projection.%s.format: ", table->name, key->name);
        return code;
    }
    if (!tells_times_apart(key->pattern)) {
        return mr_projection_wrong(err, table, key->name, "format",
                                   "is \"%s\"; it must hold every field from the year down, so "
                                   "that each date has its own text",
                                   format);
    }
    key->text_is_ordered = is_text_ordered(format);
    code = read_range(table, key, format, err);
    return code == MR_OK ? read_step(table, key, err) : code;
}

/* ---- the list of values ---- */

static int64_t bound_at(const mr_date_bound *bound, int64_t now_us)
{
    return bound->is_relative ? mr_calendar_add(now_us, bound->offset, 1) : bound->at_us;
}

/* How many whole steps fit between the two times, plus one; 0 when until is before start. */
static int64_t count_steps(int64_t start_us, int64_t until_us, mr_calendar_step step)
{
    if (until_us < start_us) {
        return 0;
    }
    if (step.months == 0) {
        return (until_us - start_us) / step.us + 1;
    }
    mr_civil start = mr_civil_of(start_us);
    mr_civil until = mr_civil_of(until_us);
    int64_t months = (int64_t)(until.year - start.year) * 12 + (until.month - start.month);
    int64_t steps = months / step.months;
    if (mr_calendar_add(start_us, step, steps) > until_us) {
        steps--; /* the last month is not full */
    }
    return steps + 1;
}

mr_date_list mr_date_list_make(const mr_projected_key *key, int64_t now_us)
{
    mr_date_list list = {.key = key, .start_us = bound_at(&key->from, now_us)};
    int64_t until_us = bound_at(&key->until, now_us);

    /* Begins where the first value's own text begins: NOW-3DAYS at noon is that whole day. */
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    int64_t floor_us = 0;
    mr_date_pattern_format(key->pattern, list.start_us, &text);
    if (mr_date_pattern_parse(key->pattern, mr_strbuf_bytes(&text), &floor_us) &&
        floor_us <= list.start_us) {
        list.start_us = floor_us;
    }
    mr_strbuf_deinit(&text);
    list.count = count_steps(list.start_us, until_us, key->step);
    return list;
}

void mr_date_list_text(const mr_date_list *list, int64_t index, mr_strbuf *out)
{
    mr_strbuf_reset(out);
    mr_date_pattern_format(list->key->pattern,
                           mr_calendar_add(list->start_us, list->key->step, index), out);
}

int64_t mr_date_list_find(const mr_date_list *list, mr_bytes bound, mr_strbuf *scratch)
{
    int64_t low = 0;
    int64_t high = list->count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        mr_date_list_text(list, middle, scratch);
        if (mr_bytes_compare(mr_strbuf_bytes(scratch), bound) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first of indices from..last whose text this is, or -1. */
static int64_t look_for(const mr_date_list *list, int64_t from, int64_t last, mr_bytes text,
                        mr_strbuf *scratch)
{
    for (int64_t i = from < 0 ? 0 : from; i <= last && i < list->count; i++) {
        mr_date_list_text(list, i, scratch);
        if (mr_bytes_equal(mr_strbuf_bytes(scratch), text)) {
            return i;
        }
    }
    return -1;
}

int64_t mr_date_list_index(const mr_date_list *list, mr_bytes text, mr_strbuf *scratch)
{
    int64_t time_us = 0;
    if (!mr_date_pattern_parse(list->key->pattern, text, &time_us)) {
        return -1;
    }
    /* The text may stand for a time between two steps: the step behind it has the same text. */
    int64_t index = count_steps(list->start_us, time_us, list->key->step) - 1;
    int64_t found = look_for(list, index, index + 1, text, scratch);
    if (found < 0 && !list->key->text_is_ordered) {
        /* It may read back as another time: yy is always of this century. */
        found = look_for(list, 0, SEARCHED_MAX, text, scratch);
    }
    return found;
}
