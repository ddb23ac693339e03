/*
 * page.h - the console's views for readers without scripts: the same facts, in the same addresses,
 * as plain HTML that can only be read.
 *
 * A page is made of the very JSON that the API answers with, by tables of columns: what a view
 * shows and what the API says cannot differ. It stands in the console's root element, where the
 * script puts its own view when it runs.
 */
#ifndef MR_SRC_WEB_PAGE_H
#define MR_SRC_WEB_PAGE_H

#include "src/web/web.h"

#define MR_PAGE_ROWS_MAX  200 /* of one table; more are counted */
#define MR_PAGE_BYTES_MAX (8 * MR_MIB)

/*
 * Appends the page of a view.
 *
 * view:  what follows "/_millrace/console/", percent-encoded: "shards/clicks"; "" is the pipeline.
 * query: percent-encoded, without its '?'.
 */
void mr_page_render(mr_web *web, mr_bytes view, mr_bytes query, mr_strbuf *out);

#endif
