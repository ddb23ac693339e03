/* web_private.h - what the files of src/web share: the object, and the tables that web.c joins. */
#ifndef MR_SRC_WEB_WEB_PRIVATE_H
#define MR_SRC_WEB_WEB_PRIVATE_H

#include "src/web/web.h"

struct mr_web {
    mr_sim *sim;
    uv_loop_t *loop;
    char *state_directory; /* owned, as are the texts below */
    char *host;
    char **other_hosts; /* ended by NULL */
    char *region;
    const mr_plan *plan;   /* NULL: no template */
    mr_pipeline *pipeline; /* NULL: no template, or not yet */
    mr_web_phase phase;
    int64_t began_us; /* monotonic */
};

/* ---- guard.c ---- */

/* Whether the request may pass; otherwise it has been answered. */
bool mr_web_guard_pass(const mr_web *web, const mr_web_route *route, mr_http_request *request);

/* ---- router.c ---- */

void mr_web_route_request(mr_web *web, mr_http_request *request);

/* ---- the tables: one of each routes_*.c ---- */

extern const mr_web_group mr_web_health_routes;
extern const mr_web_group mr_web_sentiment_routes;
extern const mr_web_group mr_web_ingest_routes;
extern const mr_web_group mr_web_home_routes;
extern const mr_web_group mr_web_docs_routes;

#endif
