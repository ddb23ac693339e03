/* web_private.h - what the files of src/web share: the object, and the tables that web.c joins. */
#ifndef MR_SRC_WEB_WEB_PRIVATE_H
#define MR_SRC_WEB_WEB_PRIVATE_H

#include "sim/base/json.h"
#include "src/web/event_feed.h"
#include "src/web/function_log.h"
#include "src/web/lessons.h"
#include "src/web/live_counts.h"
#include "src/web/live_stream.h"
#include "src/web/query_desk.h"
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
    mr_lessons *lessons;   /* NULL: nobody has asked for them yet */
    mr_time_control *time;
    mr_web_phase phase;
    int64_t began_us; /* monotonic */
    uint64_t touched; /* grows with what the event log does not tell: pauses, rates */
    mr_event_feed *feed;
    mr_live_counts *counts;
    mr_live_streams *live;
    mr_query_desk *queries;
    mr_function_log *function_log;
};

/* ---- web.c ---- */

/* The same number, the same State but for the time. */
uint64_t mr_web_changes(const mr_web *web);

/* ---- guard.c ---- */

/* Whether the request may pass; otherwise it has been answered. */
bool mr_web_guard_pass(const mr_web *web, const mr_web_route *route, mr_http_request *request);

/* ---- router.c ---- */

void mr_web_route_request(mr_web *web, mr_http_request *request);

/* ---- what the API's answers and the pages without scripts are both made of ---- */

/* Each writes the object that its GET answers with. */
void mr_web_write_lessons(mr_json *json, mr_web *web);
void mr_web_write_faults(mr_json *json, const mr_web *web);
void mr_web_write_catalog(mr_json *json, const mr_web *web);
void mr_web_write_queries(mr_json *json, const mr_web *web);
/* The newest ones of these types (as in mr_feed_filter), at most 1,000. */
void mr_web_write_newest_events(mr_json *json, const mr_web *web, uint64_t types, size_t most);

typedef struct mr_web_listing {
    const char *bucket, *prefix, *delimiter; /* the latter two: "" for none */
    const char *after;                       /* NULL: from the beginning */
    size_t limit;
} mr_web_listing;
/* Errors: those of mr_store_list(). */
MR_NODISCARD mr_code mr_web_write_objects(const mr_web *web, const mr_web_listing *wanted,
                                          mr_strbuf *out, mr_error *err);
/* Size, time, ETag and kind. Errors: those of mr_store_head() and of the database. */
MR_NODISCARD mr_code mr_web_write_object(const mr_web *web, const char *bucket, const char *key,
                                         mr_json *json, mr_error *err);
/* A query with its result. False: there is none of this number, or it is not remembered. */
MR_NODISCARD bool mr_web_write_query(mr_json *json, const mr_web *web, uint64_t id);
/* The number of the record with this sequence number. Errors: MR_INVALID_ARGUMENT: it is none, or
 * of another shard. */
MR_NODISCARD mr_code mr_web_record_number(const mr_shard *shard, const char *sequence,
                                          uint64_t *number, mr_error *err);
/* Errors: those of mr_store_head() and of the disk. */
MR_NODISCARD mr_code mr_web_write_preview(const mr_web *web, const char *bucket, const char *key,
                                          size_t lines, mr_json *json, mr_error *err);

/* ---- the tables: one of each routes_*.c ---- */

extern const mr_web_group mr_web_health_routes;
extern const mr_web_group mr_web_metrics_routes;
extern const mr_web_group mr_web_stream_routes;
extern const mr_web_group mr_web_record_routes;
extern const mr_web_group mr_web_function_routes;
extern const mr_web_group mr_web_input_routes;
extern const mr_web_group mr_web_state_routes;
extern const mr_web_group mr_web_event_routes;
extern const mr_web_group mr_web_object_routes;
extern const mr_web_group mr_web_catalog_routes;
extern const mr_web_group mr_web_query_routes;
extern const mr_web_group mr_web_clock_routes;
extern const mr_web_group mr_web_fault_routes;
extern const mr_web_group mr_web_lesson_routes;
extern const mr_web_group mr_web_sentiment_routes;
extern const mr_web_group mr_web_ingest_routes;
extern const mr_web_group mr_web_home_routes;
extern const mr_web_group mr_web_docs_routes;
extern const mr_web_group mr_web_console_routes;

#endif
