/* routes_metrics.c - /_millrace/metrics, for Prometheus. */
#include "src/web/metrics.h"
#include "src/web/web_private.h"

static void get_metrics(mr_web_call *call)
{
    mr_trace_roll_rates(mr_sim_trace(call->web->sim));
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* as large as the world has things */
    mr_metrics_write(call->web, &body);
    mr_web_send(call->request, 200, MR_METRICS_TYPE, NULL, 0, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/metrics",
     .tag = "Operations",
     .summary = "The world in numbers, for Prometheus",
     .about = "CloudWatch's metrics with their meanings; docs/operations.md lists them. Anybody "
              "may ask.",
     .guard = MR_WEB_OPEN,
     .any_query = true,
     .answer_type = "text/plain",
     .handle = get_metrics}};

const mr_web_group mr_web_metrics_routes = {routes, MR_COUNT(routes)};
