/*
 * plain_text.h - text from outside as a part of a line that a terminal only shows: for results that
 * are a line each.
 */
#ifndef MR_SRC_CLI_PLAIN_TEXT_H
#define MR_SRC_CLI_PLAIN_TEXT_H

#include "sim/base/strbuf.h"

/*
 * Appends text with control characters (of ASCII, and U+0080 to U+009F) and bytes that are no UTF-8
 * as escapes: \n, \r, \t, or \xNN for each byte. A backslash becomes two, so that what was there
 * can be told.
 */
void cli_append_plain(mr_strbuf *out, mr_bytes text);

#endif
