/* projection_expand.c - the partitions that a projection stands for; see projection.h. */
#include "sim/base/alloc.h"
#include "sim/catalog/projection_private.h"

#include <inttypes.h>
#include <stdlib.h>

/* How many values of one key may be looked at where no constraint bounds them beforehand. */
#define CANDIDATES_MAX 1000000

typedef struct value_list {
    char **values; /* owned, as each of them */
    size_t count, capacity;
} value_list;

static void add_value(value_list *list, mr_bytes value)
{
    MR_GROW(list->values, list->count, list->capacity);
    list->values[list->count++] = mr_bytes_dup(value);
}

static void free_values(value_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mr_free(list->values[i]);
    }
    mr_free(list->values);
}

static bool is_last(const value_list *list, mr_bytes value)
{
    return list->count > 0 && mr_bytes_is(value, list->values[list->count - 1]);
}

/* ---- integer and date keys: numbered values ---- */

/* The values of a key at a time, numbered from 0. An integer key may have 2^64 of them, so it is
 * the last number that is kept, not the count. */
typedef struct numbered {
    const mr_projected_key *key;
    bool is_empty;
    uint64_t last;
    mr_date_list dates; /* date keys */
    mr_strbuf text;     /* of the value last asked for */
} numbered;

static numbered number_values(const mr_projected_key *key, int64_t now_us)
{
    numbered n = {.key = key, .text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    if (key->kind == MR_PROJECTED_DATE) {
        n.dates = mr_date_list_make(key, now_us);
        n.is_empty = n.dates.count == 0;
        n.last = n.is_empty ? 0 : (uint64_t)n.dates.count - 1;
    } else {
        n.last = ((uint64_t)key->high - (uint64_t)key->low) / (uint64_t)key->interval;
    }
    return n;
}

/* Borrowed until the next value is asked for. */
static mr_bytes value_text(numbered *n, uint64_t index)
{
    if (n->key->kind == MR_PROJECTED_DATE) {
        mr_date_list_text(&n->dates, (int64_t)index, &n->text);
    } else {
        uint64_t value = (uint64_t)n->key->low + index * (uint64_t)n->key->interval;
        mr_strbuf_reset(&n->text);
        mr_strbuf_appendf(&n->text, "%0*" PRId64, n->key->digits, (int64_t)value);
    }
    return mr_strbuf_bytes(&n->text);
}

/* The number of the value that equals text by the key's type. False when there is none. */
static bool find_value(numbered *n, mr_bytes text, uint64_t *index)
{
    const mr_projected_key *key = n->key;
    if (key->kind == MR_PROJECTED_DATE) {
        int64_t found = mr_date_list_index(&n->dates, text, &n->text);
        *index = (uint64_t)found;
        return found >= 0;
    }
    int64_t value = 0;
    if (!mr_bytes_to_int64(text, &value) || value < key->low || value > key->high) {
        return false;
    }
    uint64_t offset = (uint64_t)value - (uint64_t)key->low;
    *index = offset / (uint64_t)key->interval;
    return offset % (uint64_t)key->interval == 0 &&
           (mr_hive_is_integer(key->type) || mr_bytes_equal(value_text(n, *index), text));
}

static int by_number(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* = and IN: only the listed values are looked at. */
static void take_listed(numbered *n, const mr_key_constraint *c, value_list *out)
{
    uint64_t *found = mr_calloc(c->value_count, sizeof(*found));
    size_t count = 0;
    for (size_t i = 0; i < c->value_count; i++) {
        if (find_value(n, c->values[i], &found[count])) {
            count++;
        }
    }
    if (count > 0) {
        qsort(found, count, sizeof(*found), by_number);
    }
    for (size_t i = 0; i < count; i++) {
        mr_bytes text = value_text(n, found[i]);
        if (mr_key_constraint_admits(c, n->key->type, text) && !is_last(out, text)) {
            add_value(out, text);
        }
    }
    mr_free(found);
}

/* A part of the values, both ends inclusive. */
typedef struct span {
    uint64_t first, last;
    bool is_empty;
} span;

/* Leaves out the texts below low and above high; the texts are in order. */
static void narrow_dates(numbered *n, const mr_key_constraint *c, span *s)
{
    if (c->has_low) {
        int64_t first = mr_date_list_find(&n->dates, c->low, &n->text);
        s->first = (uint64_t)first;
        s->is_empty = first == n->dates.count;
    }
    if (c->has_high) {
        mr_strbuf past = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_bytes(&past, c->high);
        mr_strbuf_append_char(&past, '\0'); /* the least text above high */
        int64_t end = mr_date_list_find(&n->dates, mr_strbuf_bytes(&past), &n->text);
        mr_strbuf_deinit(&past);
        s->last = end == 0 ? 0 : (uint64_t)end - 1;
        s->is_empty = s->is_empty || end == 0;
    }
}

static void narrow_integers(const numbered *n, const mr_key_constraint *c, span *s)
{
    const mr_projected_key *key = n->key;
    int64_t bound = 0;
    if (c->has_low && mr_bytes_to_int64(c->low, &bound) && bound > key->low) {
        s->first = ((uint64_t)bound - (uint64_t)key->low) / (uint64_t)key->interval;
        s->is_empty = bound > key->high;
    }
    if (c->has_high && mr_bytes_to_int64(c->high, &bound) && bound < key->high) {
        s->last = ((uint64_t)bound - (uint64_t)key->low) / (uint64_t)key->interval;
        s->is_empty = s->is_empty || bound < key->low;
    }
}

/* What the bounds leave, where their order is that of the values; the rest is sorted out one by
 * one. */
static span narrow(numbered *n, const mr_key_constraint *c)
{
    const mr_projected_key *key = n->key;
    span s = {0, n->last, n->is_empty};
    bool by_text = mr_hive_is_text(key->type) || key->type->kind == MR_HIVE_DATE;
    if (c == NULL || s.is_empty) {
        return s;
    }
    if (key->kind == MR_PROJECTED_DATE && key->text_is_ordered && by_text) {
        narrow_dates(n, c, &s);
    } else if (key->kind == MR_PROJECTED_INTEGER && mr_hive_is_integer(key->type)) {
        narrow_integers(n, c, &s);
    }
    s.is_empty = s.is_empty || s.first > s.last;
    return s;
}

static mr_code take_range(numbered *n, const mr_table *table, const mr_key_constraint *c,
                          value_list *out, mr_error *err)
{
    span s = narrow(n, c);
    if (s.is_empty) {
        return MR_OK;
    }
    if (s.last - s.first >= CANDIDATES_MAX) {
        return mr_error_set(err, MR_TOO_LARGE,
                            "table %s: partition key %s has more than %d projected values: "
                            "constrain it in WHERE, or narrow projection.%s.range",
                            table->name, n->key->name, CANDIDATES_MAX, n->key->name);
    }
    for (uint64_t i = 0; i <= s.last - s.first; i++) {
        mr_bytes text = value_text(n, s.first + i);
        if (mr_key_constraint_admits(c, n->key->type, text) && !is_last(out, text)) {
            add_value(out, text);
        }
    }
    return MR_OK;
}

static mr_code take_numbered(const mr_projected_key *key, const mr_table *table, int64_t now_us,
                             const mr_key_constraint *c, value_list *out, mr_error *err)
{
    mr_code code = MR_OK;
    numbered n = number_values(key, now_us);
    if (c != NULL && c->is_listed) {
        take_listed(&n, c, out);
    } else {
        code = take_range(&n, table, c, out, err);
    }
    mr_strbuf_deinit(&n.text);
    return code;
}

/* ---- enum and injected keys ---- */

static void take_enum(const mr_projected_key *key, const mr_key_constraint *c, value_list *out)
{
    for (size_t i = 0; i < key->value_count; i++) {
        mr_bytes value = mr_bytes_of(key->values[i]);
        if (mr_key_constraint_admits(c, key->type, value)) {
            add_value(out, value);
        }
    }
}

static int by_bytes(const void *left, const void *right)
{
    return mr_bytes_compare(*(const mr_bytes *)left, *(const mr_bytes *)right);
}

static mr_code take_injected(const mr_projected_key *key, const mr_table *table,
                             const mr_key_constraint *c, value_list *out, mr_error *err)
{
    if (c == NULL || !c->is_listed) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "CONSTRAINT_VIOLATION: For the injected projected partition column %s "
                            "of table %s, the WHERE clause must contain only static equality "
                            "conditions, and at least one such condition must be present",
                            key->name, table->name);
    }
    mr_bytes *sorted = mr_calloc(c->value_count, sizeof(*sorted));
    for (size_t i = 0; i < c->value_count; i++) {
        sorted[i] = c->values[i];
    }
    if (c->value_count > 0) {
        qsort(sorted, c->value_count, sizeof(*sorted), by_bytes);
    }
    for (size_t i = 0; i < c->value_count; i++) {
        if (mr_key_constraint_admits(c, key->type, sorted[i]) && !is_last(out, sorted[i])) {
            add_value(out, sorted[i]);
        }
    }
    mr_free(sorted);
    return MR_OK;
}

static mr_code take_values(const mr_projected_key *key, const mr_table *table, int64_t now_us,
                           const mr_key_constraint *c, value_list *out, mr_error *err)
{
    switch (key->kind) {
    case MR_PROJECTED_ENUM:
        take_enum(key, c, out);
        return MR_OK;
    case MR_PROJECTED_INJECTED:
        return take_injected(key, table, c, out, err);
    default:
        return take_numbered(key, table, now_us, c, out, err);
    }
}

/* ---- locations ---- */

/* What Hive does not leave in a folder's name (FileUtils.escapePathName). */
static bool is_escaped_by_hive(unsigned char c)
{
    return c < 0x20 || c == 0x7f || strchr("\"#%'*/:=?\\{[]^", c) != NULL;
}

static void append_hive_folder(mr_strbuf *out, const char *key, const char *value)
{
    mr_strbuf_append_text(out, key);
    mr_strbuf_append_char(out, '=');
    mr_strbuf_append_text(out, *value == '\0' ? "__HIVE_DEFAULT_PARTITION__" : "");
    for (const char *at = value; *at != '\0'; at++) {
        if (is_escaped_by_hive((unsigned char)*at)) {
            mr_strbuf_appendf(out, "%%%02X", (unsigned)(unsigned char)*at);
        } else {
            mr_strbuf_append_char(out, *at);
        }
    }
    mr_strbuf_append_char(out, '/');
}

static void close_folder(mr_strbuf *out)
{
    if (out->len > 0 && out->at[out->len - 1] != '/') {
        mr_strbuf_append_char(out, '/');
    }
}

/* The place of the key named between "${" and "}", or key_count. */
static size_t placeholder(const mr_projection *projection, const char *at, const char **end)
{
    const char *brace = strchr(at, '}');
    size_t i = 0;
    if (brace == NULL) {
        return projection->key_count;
    }
    *end = brace + 1;
    while (i < projection->key_count &&
           !mr_bytes_equal_nocase(mr_bytes_make(at, (size_t)(brace - at)),
                                  mr_bytes_of(projection->keys[i].name))) {
        i++;
    }
    return i;
}

static void append_template(const mr_projection *projection, char *const *values, mr_strbuf *out)
{
    for (const char *at = projection->location_template; *at != '\0';) {
        const char *end = NULL;
        size_t key = projection->key_count;
        if (at[0] == '$' && at[1] == '{') {
            key = placeholder(projection, at + 2, &end);
        }
        if (key < projection->key_count) {
            mr_strbuf_append_text(out, values[key]);
            at = end;
        } else {
            mr_strbuf_append_char(out, *at++);
        }
    }
}

/* Owned by the caller. */
static char *location_of(const mr_projection *projection, char *const *values)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (projection->location_template != NULL) {
        append_template(projection, values, &out);
    } else {
        mr_strbuf_append_text(&out, projection->table->location);
        close_folder(&out);
        for (size_t i = 0; i < projection->key_count; i++) {
            append_hive_folder(&out, projection->keys[i].name, values[i]);
        }
    }
    close_folder(&out);
    return mr_strbuf_take(&out);
}

/* ---- all combinations ---- */

/* The number-th combination, the last key's values changing fastest. */
static mr_partition combine(const mr_projection *projection, const value_list *lists, size_t number)
{
    mr_partition partition = {
        .values = mr_calloc(projection->key_count, sizeof(*partition.values)),
        .value_count = projection->key_count,
    };
    for (size_t i = projection->key_count; i > 0; i--) {
        const value_list *list = &lists[i - 1];
        partition.values[i - 1] = mr_strdup(list->values[number % list->count]);
        number /= list->count;
    }
    partition.location = location_of(projection, partition.values);
    return partition;
}

static bool has_empty(const value_list *lists, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (lists[i].count == 0) {
            return true;
        }
    }
    return false;
}

static mr_code combine_all(const mr_projection *projection, const value_list *lists,
                           mr_partition **out, size_t *count, mr_error *err)
{
    size_t total = has_empty(lists, projection->key_count) ? 0 : 1;
    for (size_t i = 0; total > 0 && i < projection->key_count; i++) {
        if (total > MR_PROJECTION_PARTITIONS_MAX / lists[i].count) {
            return mr_error_set(err, MR_TOO_LARGE,
                                "table %s: the query would read more than %d projected "
                                "partitions; constrain partition keys in WHERE, or narrow their "
                                "projection ranges",
                                projection->table->name, MR_PROJECTION_PARTITIONS_MAX);
        }
        total *= lists[i].count;
    }
    mr_partition *partitions = mr_calloc(total, sizeof(*partitions));
    for (size_t i = 0; i < total; i++) {
        partitions[i] = combine(projection, lists, i);
    }
    *out = partitions;
    *count = total;
    return MR_OK;
}

mr_code mr_projection_expand(const mr_projection *projection, int64_t now_us,
                             const mr_key_constraint *constraints, mr_partition **out,
                             size_t *count, mr_error *err)
{
    value_list *lists = mr_calloc(projection->key_count, sizeof(*lists));
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < projection->key_count; i++) {
        code = take_values(&projection->keys[i], projection->table, now_us,
                           constraints == NULL ? NULL : &constraints[i], &lists[i], err);
    }
    if (code == MR_OK) {
        code = combine_all(projection, lists, out, count, err);
    }
    for (size_t i = 0; i < projection->key_count; i++) {
        free_values(&lists[i]);
    }
    mr_free(lists);
    return code;
}
