/* value.c - see value.h. */
#include "src/config/value.h"

#include <math.h>
#include <stdlib.h>

bool mr_value_int(const mr_node *node, int64_t *out)
{
    return mr_node_is(node, MR_NODE_TEXT) && mr_bytes_to_int64(mr_bytes_of(node->text), out);
}

bool mr_value_double(const mr_node *node, double *out)
{
    if (!mr_node_is(node, MR_NODE_TEXT) || node->text[0] == '\0' ||
        strspn(node->text, "+-.0123456789eE") != strlen(node->text)) {
        return false; /* strtod would take blanks, hex, "nan" and "inf" */
    }
    char *end;
    double value = strtod(node->text, &end);
    if (*end != '\0' || end == node->text || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}

bool mr_value_bool(const mr_node *node, bool *out)
{
    if (!mr_node_is(node, MR_NODE_TEXT)) {
        return false;
    }
    mr_bytes text = mr_bytes_of(node->text);
    if (mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("true")) || mr_bytes_is(text, "1")) {
        *out = true;
        return true;
    }
    if (mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("false")) || mr_bytes_is(text, "0")) {
        *out = false;
        return true;
    }
    return false;
}

void mr_value_lower(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c + ('a' - 'A'));
        }
    }
}

int64_t mr_value_get_int(const mr_node *map, const char *key, int64_t otherwise)
{
    int64_t value;
    return mr_value_int(mr_node_get(map, key), &value) ? value : otherwise;
}

double mr_value_get_double(const mr_node *map, const char *key, double otherwise)
{
    double value;
    return mr_value_double(mr_node_get(map, key), &value) ? value : otherwise;
}

bool mr_value_get_bool(const mr_node *map, const char *key, bool otherwise)
{
    bool value;
    return mr_value_bool(mr_node_get(map, key), &value) ? value : otherwise;
}
