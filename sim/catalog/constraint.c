/* constraint.c - see constraint.h. */
#include "sim/catalog/constraint.h"

/* Below 0, 0 or above 0; *known is false when the type's order is not ours to judge. */
static int compare(const mr_hive_type *type, mr_bytes a, mr_bytes b, bool *known)
{
    if (mr_hive_is_text(type) || type->kind == MR_HIVE_DATE) {
        return mr_bytes_compare(a, b);
    }
    int64_t left = 0;
    int64_t right = 0;
    if (!mr_hive_is_integer(type) || !mr_bytes_to_int64(a, &left) ||
        !mr_bytes_to_int64(b, &right)) {
        *known = false;
        return 0;
    }
    return (left > right) - (left < right);
}

static bool is_listed(const mr_key_constraint *c, const mr_hive_type *type, mr_bytes value)
{
    for (size_t i = 0; i < c->value_count; i++) {
        bool known = true;
        if (compare(type, value, c->values[i], &known) == 0 || !known) {
            return true;
        }
    }
    return false;
}

bool mr_key_constraint_admits(const mr_key_constraint *c, const mr_hive_type *type, mr_bytes value)
{
    if (c == NULL) {
        return true;
    }
    if (c->is_listed && !is_listed(c, type, value)) {
        return false;
    }
    if (c->has_low) {
        bool known = true;
        int order = compare(type, value, c->low, &known);
        if (known && (order < 0 || (order == 0 && c->low_exclusive))) {
            return false;
        }
    }
    if (c->has_high) {
        bool known = true;
        int order = compare(type, value, c->high, &known);
        if (known && (order > 0 || (order == 0 && c->high_exclusive))) {
            return false;
        }
    }
    return true;
}
