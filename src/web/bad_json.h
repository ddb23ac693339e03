/*
 * bad_json.h - why a body that was to be JSON is none, in words: empty, with a byte order mark, not
 * UTF-8, or not JSON.
 */
#ifndef MR_SRC_WEB_BAD_JSON_H
#define MR_SRC_WEB_BAD_JSON_H

#include "sim/base/strbuf.h"

/*
 * Appends "body is not JSON: see byte 3 of 9", or what else is wrong.
 *
 * place: the byte at which a parser saw it. A byte before it that is no UTF-8 is the reason, though
 *        parsers see it at the end of its string alone.
 */
void mr_bad_json_say(mr_strbuf *out, mr_bytes body, size_t place);

#endif
