/* routes_docs.c - the API's description: /_millrace/openapi.json. */
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

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/_millrace/openapi.json",
                                       .tag = "Operations",
                                       .summary = "This document",
                                       .about =
                                           "OpenAPI 3.1, written from the tables that requests "
                                           "are checked by.",
                                       .guard = MR_WEB_OPEN,
                                       .any_query = true,
                                       .handle = get_openapi}};

const mr_web_group mr_web_docs_routes = {routes, MR_COUNT(routes)};
