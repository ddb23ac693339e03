/* glob.c - see glob.h. */
#include "sim/base/glob.h"

bool mr_glob_matches(const char *glob, const char *text)
{
    const char *star = NULL; /* the last one seen, and where it began to match */
    const char *from = NULL;
    while (*text != '\0') {
        if (*glob == '*') {
            star = glob++;
            from = text;
        } else if (*glob == *text) {
            glob++;
            text++;
        } else if (star != NULL) {
            glob = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*glob == '*') {
        glob++;
    }
    return *glob == '\0';
}
