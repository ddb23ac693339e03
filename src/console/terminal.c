/* terminal.c - see terminal.h. */
#include "src/console/terminal.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

bool mr_terminal_may_colour(int fd)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(fd) && (no_color == NULL || no_color[0] == '\0');
}
