/* routes_console.c - the console's page, the same for every view, and its files.
 *
 * The page's script reads the view from the address, and draws it. What stands in the root element
 * until then is for readers without scripts (page.h). */
#include "sim/base/strbuf.h"
#include "src/web/assets.h"
#include "src/web/page.h"
#include "src/web/web_private.h"

#define PAGE_BYTES_MAX (MR_PAGE_BYTES_MAX + 64 * (size_t)MR_KIB)

static const char no_console[] =
    "<p>This build has no console, only pages to read. To have it, install npm and node 18 or "
    "later "
    "(<code>scripts/setup</code> does), and build again: <code>scripts/build release</code>.</p>\n";

static const char too_long[] =
    "<main>\n<h1>Too much for a page</h1>\n<p>What was asked for is longer than a page may be. The "
    "<a href=\"/_millrace/docs\">API</a> gives it in parts.</p>\n</main>\n";

/* What follows "/_millrace/console". */
static mr_bytes view_of(const mr_http_request *request)
{
    const mr_bytes path = mr_http_path(request);
    const size_t skip = mr_min_size(sizeof("/_millrace/console/") - 1, path.len);
    return mr_bytes_make(path.at + skip, path.len - skip);
}

static void get_page(mr_web_call *call)
{
    mr_strbuf page = mr_strbuf_make(PAGE_BYTES_MAX);
    mr_strbuf_append_text(&page, mr_console_head);
    mr_strbuf_append_text(&page, mr_asset_count == 0 ? no_console : "");
    mr_page_render(call->web, view_of(call->request), mr_http_query(call->request), &page);
    if (page.overflowed) {
        mr_strbuf_reset(&page);
        mr_strbuf_append_text(&page, mr_console_head);
        mr_strbuf_append_text(&page, too_long);
    }
    mr_strbuf_append_text(&page, mr_console_tail);
    mr_web_send(call->request, 200, "text/html; charset=utf-8", NULL, 0, mr_strbuf_bytes(&page));
    mr_strbuf_deinit(&page);
}

static void get_asset(mr_web_call *call)
{
    const char *name = mr_web_text(call, "file");
    const mr_asset *asset = mr_asset_find(mr_bytes_of(name));
    if (asset == NULL) {
        mr_web_fail(call->request, &mr_web_not_found,
                    "the console of this build has no file %.100s; load the page again", name);
        return;
    }
    mr_asset_answer(asset, call->request);
}

static const mr_web_parameter file_parameter[] = {
    {.name = "file", .in_path = true, .type = MR_WEB_STRING, .about = "A file of the bundle."}};
static const mr_web_parameter view_parameter[] = {{.name = "view",
                                                   .in_path = true,
                                                   .type = MR_WEB_STRING,
                                                   .length_max = 4096,
                                                   .about = "A view, and what of it."}};

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/_millrace/console/assets/{file}",
                                       .tag = "Pages",
                                       .summary = "A file of the console",
                                       .guard = MR_WEB_OWN_HOST,
                                       .parameters = file_parameter,
                                       .parameter_count = MR_COUNT(file_parameter),
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_asset},
                                      {.method = "GET",
                                       .path = "/_millrace/console",
                                       .tag = "Pages",
                                       .summary = "The console",
                                       .guard = MR_WEB_OWN_HOST,
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_page},
                                      {.method = "GET",
                                       .path = "/_millrace/console/{view+}",
                                       .tag = "Pages",
                                       .summary = "A view of the console",
                                       .guard = MR_WEB_OWN_HOST,
                                       .parameters = view_parameter,
                                       .parameter_count = MR_COUNT(view_parameter),
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_page}};

const mr_web_group mr_web_console_routes = {routes, MR_COUNT(routes)};
