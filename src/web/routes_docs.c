/* routes_docs.c - the API's description: /_millrace/openapi.json, and a page to read and try it. */
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

/* Swagger UI draws its arrows from data: addresses in its style sheet; nothing else is loosened. */
#define DOCS_POLICY                                                                                \
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "          \
    "form-action 'self'"

#define PAGE_BYTES_MAX (8 * (size_t)MR_KIB)

static void write_docs(mr_strbuf *page)
{
    const mr_asset *style = mr_asset_of_file("swagger-ui.css");
    const mr_asset *bundle = mr_asset_of_file("swagger-ui-bundle.js");
    const mr_asset *script = mr_asset_of_file("docs.js");
    const mr_asset *icon = mr_asset_of_file("icon.svg");
    mr_strbuf_append_text(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
                                "<meta charset=\"utf-8\">\n"
                                "<meta name=\"viewport\" content=\"width=device-width, "
                                "initial-scale=1\">\n"
                                "<title>API of millrace</title>\n");
    if (style == NULL || bundle == NULL || script == NULL || icon == NULL) {
        mr_strbuf_append_text(
            page, "</head>\n<body>\n<h1>API of millrace</h1>\n"
                  "<p>This build has no reader for it: build with npm and node 18 or later. The "
                  "document is at <a href=\"/_millrace/openapi.json\">/_millrace/openapi.json</a>."
                  "</p>\n</body>\n</html>\n");
        return;
    }
    mr_strbuf_appendf(page,
                      "<link rel=\"icon\" href=\"/_millrace/console/assets/%s\">\n"
                      "<link rel=\"stylesheet\" href=\"/_millrace/console/assets/%s\">\n"
                      "<script defer src=\"/_millrace/console/assets/%s\"></script>\n"
                      "<script type=\"module\" src=\"/_millrace/console/assets/%s\"></script>\n"
                      "</head>\n<body>\n<div id=\"docs\">\n"
                      "<p>The document is at <a href=\"/_millrace/openapi.json\">"
                      "/_millrace/openapi.json</a>.</p>\n"
                      "</div>\n</body>\n</html>\n",
                      icon->name, style->name, bundle->name, script->name);
}

static void get_docs(mr_web_call *call)
{
    const mr_http_header_field policy = {"Content-Security-Policy", DOCS_POLICY};
    mr_strbuf page = mr_strbuf_make(PAGE_BYTES_MAX);
    write_docs(&page);
    mr_web_send(call->request, 200, "text/html; charset=utf-8", &policy, 1, mr_strbuf_bytes(&page));
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
                                       .summary = "This document as a page",
                                       .guard = MR_WEB_OWN_HOST,
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_docs}};

const mr_web_group mr_web_docs_routes = {routes, MR_COUNT(routes)};
