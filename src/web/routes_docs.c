/* routes_docs.c - the API's description, /_millrace/openapi.json, and a page that reads it and
 * tries requests: /_millrace/docs, by Swagger UI, whose files are among the console's. */
#include "src/web/assets.h"
#include "src/web/openapi.h"
#include "src/web/web_private.h"

static void get_openapi(mr_web_call *call)
{
    size_t count;
    const mr_web_group *const *groups = mr_web_groups(&count);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* the tables are ours */
    mr_web_openapi_write(groups, count, &body);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* ---- the page ---- */

#define PAGE_BYTES_MAX (8 * (size_t)MR_KIB)

/* Swagger UI's style sheet has its icons as data: images, and its script writes style attributes
 * into what it builds. No script but our own runs all the same. */
static const mr_http_header_field page_policy = {
    "Content-Security-Policy",
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors "
    "'none'; base-uri 'none'; form-action 'self'"};

static const char no_page[] =
    "<h1>This build has no API page</h1>\n<p>The API is whole, and <a "
    "href=\"/_millrace/openapi.json\">its description</a> can be read by any tool for OpenAPI "
    "3.1.</p>\n<p>To have the page, install npm and node 18 or later (<code>scripts/setup</code> "
    "does), and build again.</p>\n";

static void append_script(mr_strbuf *page, const mr_asset *asset)
{
    mr_strbuf_appendf(page, "<script src=\"/_millrace/console/assets/%s\"></script>\n",
                      asset->name);
}

static void get_page(mr_web_call *call)
{
    const mr_asset *style = mr_asset_of_file("swagger-ui.css");
    const mr_asset *library = mr_asset_of_file("swagger-ui-bundle.js");
    const mr_asset *script = mr_asset_of_file("swagger_page.js");
    mr_strbuf page = mr_strbuf_make(PAGE_BYTES_MAX);
    mr_strbuf_append_text(&page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta "
                                 "charset=\"utf-8\">\n<meta name=\"viewport\" "
                                 "content=\"width=device-width, initial-scale=1\">\n"
                                 "<title>The API of millrace</title>\n");
    if (style != NULL && library != NULL && script != NULL) {
        mr_strbuf_appendf(&page,
                          "<link rel=\"stylesheet\" href=\"/_millrace/console/assets/%s\">\n"
                          "</head>\n<body>\n<main id=\"docs\"><p>This page needs JavaScript; the "
                          "same is in <a href=\"/_millrace/openapi.json\">the document</a>.</p>"
                          "</main>\n",
                          style->name);
        append_script(&page, library);
        append_script(&page, script);
    } else {
        mr_strbuf_appendf(&page, "</head>\n<body>\n<main>%s</main>\n", no_page);
    }
    mr_strbuf_append_text(&page, "</body>\n</html>\n");
    mr_web_send(call->request, 200, "text/html; charset=utf-8", &page_policy, 1,
                mr_strbuf_bytes(&page));
    mr_strbuf_deinit(&page);
}

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/_millrace/openapi.json",
                                       .tag = "Operations",
                                       .summary = "This document",
                                       .about =
                                           "OpenAPI 3.1, written from the tables that requests "
                                           "are checked by.",
                                       .guard = MR_WEB_OPEN,
                                       .any_query = true,
                                       .handle = get_openapi},
                                      {.method = "GET",
                                       .path = "/_millrace/docs",
                                       .tag = "Operations",
                                       .summary = "The API's page",
                                       .guard = MR_WEB_OWN_HOST,
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_page}};

const mr_web_group mr_web_docs_routes = {routes, MR_COUNT(routes)};
