/* base.c - see base.h. */
#include "sim/base/base.h"

#include <stdio.h>
#include <stdlib.h>

void mr_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "millrace: %s:%d: must hold: %s\n", file, line, condition);
    abort();
}
