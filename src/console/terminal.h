/*
 * terminal.h - what may be shown where.
 */
#ifndef MR_SRC_CONSOLE_TERMINAL_H
#define MR_SRC_CONSOLE_TERMINAL_H

#include <stdbool.h>

/* Whether what is written there may be coloured: a terminal, and no NO_COLOR. */
bool mr_terminal_may_colour(int fd);
/* How wide it is; 80 when that cannot be told. */
int mr_terminal_columns(int fd);

#endif
