/* html.h - text into HTML. */
#ifndef MR_SRC_WEB_HTML_H
#define MR_SRC_WEB_HTML_H

#include "sim/base/strbuf.h"

/* Appends text so that it means itself, between tags and in quoted attributes. What is not UTF-8,
 * and control characters that HTML does not have, become U+FFFD. */
void mr_html_text(mr_strbuf *out, mr_bytes text);

#endif
