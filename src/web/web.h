/*
 * web.h - the web side of a running world: the JSON API under /_millrace/, its event stream, the
 * console's pages, and the few services beside it. `serve` and `run --console` have one each.
 *
 * Everything is a row of a table (route.h). Nothing here is called from other threads.
 */
#ifndef MR_SRC_WEB_WEB_H
#define MR_SRC_WEB_WEB_H

#include "sim/sim.h"
#include "src/app/pipeline.h"
#include "src/app/time_control.h"
#include "src/web/route.h"

#include <uv.h>

typedef enum mr_web_phase { MR_WEB_STARTING, MR_WEB_READY, MR_WEB_STOPPING } mr_web_phase;

typedef struct mr_web_options {
    mr_sim *sim; /* all borrowed, all outlive the web */
    uv_loop_t *loop;
    const char *state_directory;
    const mr_plan *plan; /* NULL: no template */
    const char *host;    /* that the listener was told; a name by which it may be asked */
    const char *const *other_hosts; /* more such names (--allow-host), ended by NULL; NULL: none */
    const char *region;             /* NULL: the default of sim.h */
    mr_time_control *time;          /* what clients drive the world's time by */
} mr_web_options;

mr_web *mr_web_new(const mr_web_options *options);
/* Ends what still answers. Before the listener has stopped, while requests can be told; NULL is
 * fine. */
void mr_web_free(mr_web *web);
/* What comes after it was made, as soon as it is there. */
void mr_web_set_pipeline(mr_web *web, mr_pipeline *pipeline);
void mr_web_set_phase(mr_web *web, mr_web_phase phase);

/* Whether this request is for here, by its method, path and headers; otherwise it is AWS's. */
bool mr_web_owns(const mr_http_request *request);
/* Answers now or later. */
void mr_web_handle(mr_web *web, mr_http_request *request);
/* Ends every answer that stays open (event streams), so that the listener can come to its end. */
void mr_web_end_streams(mr_web *web);

/* The tables, for the document: in the order of the document. */
const mr_web_group *const *mr_web_groups(size_t *count);

#endif
