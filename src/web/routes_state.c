/* routes_state.c - the world as it stands, and how it is wired. */
#include "src/web/state_view.h"
#include "src/web/web_private.h"

static void get_state(mr_web_call *call)
{
    mr_trace_roll_rates(mr_sim_trace(call->web->sim));
    mr_strbuf body = mr_strbuf_make(MR_STATE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_state_write(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void get_topology(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(MR_STATE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_topology_write(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/state",
     .tag = "State",
     .summary = "The world as it stands",
     .about = "Counters and gauges alone, cheap enough to be asked for often. Pages that look on "
              "get the same from /_millrace/api/live.",
     .guard = MR_WEB_OWN_HOST,
     .answer = &mr_state_shape,
     .handle = get_state},
    {.method = "GET",
     .path = "/_millrace/api/topology",
     .tag = "State",
     .summary = "What feeds what",
     .guard = MR_WEB_OWN_HOST,
     .answer = &mr_topology_shape,
     .handle = get_topology}};

const mr_web_group mr_web_state_routes = {routes, MR_COUNT(routes)};
