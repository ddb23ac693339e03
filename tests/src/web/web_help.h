/*
 * web_help.h - the web side behind a real listener on a loopback socket, over a world in virtual
 * time: for the tests of src/web. A request is given as its lines, and its whole answer comes back.
 */
#ifndef MR_TESTS_SRC_WEB_WEB_HELP_H
#define MR_TESTS_SRC_WEB_WEB_HELP_H

#include "src/web/web.h"
#include "tests/src/api/api_help.h"

#include <cjson/cJSON.h>

typedef struct web_world {
    api_world api; /* its world, loop and client; mr_api answers what is not under /_millrace/ */
    mr_time_control *time;
    mr_web *web;
} web_world;

static inline void web_on_request(void *context, mr_http_request *request)
{
    web_world *w = context;
    if (mr_web_owns(request)) {
        mr_web_handle(w->web, request);
    } else {
        mr_api_handle(w->api.api, request);
    }
}

/* plan: NULL: none. */
static inline void web_world_init(web_world *w, const mr_plan *plan)
{
    mr_error err = {0};
    api_world *api = &w->api;
    signal(SIGPIPE, SIG_IGN);
    *w = (web_world){.api = {.directory = check_temp_dir(), .fd = -1}};
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = mr_offload_inline(),
                              .directory = api->directory};
    CHECK_OK("world", mr_sim_open(&options, &api->sim, NULL, &err), &err);
    api->api = mr_api_new(&(mr_api_options){.sim = api->sim});
    uv_loop_init(&api->loop);
    w->time = mr_time_control_new(&(mr_time_control_options){.sim = api->sim, .loop = &api->loop});
    w->web = mr_web_new(&(mr_web_options){.sim = api->sim,
                                          .loop = &api->loop,
                                          .state_directory = api->directory,
                                          .plan = plan,
                                          .time = w->time,
                                          .host = "127.0.0.1"});
    mr_web_set_phase(w->web, MR_WEB_READY);
    const mr_http_options http = {.loop = &api->loop, .handler = web_on_request, .context = w};
    CHECK_OK("listener", mr_http_server_start(&http, &api->server, &err), &err);
}

static inline void web_world_deinit(web_world *w)
{
    mr_time_control_free(w->time);
    mr_web_free(w->web);
    api_world_deinit(&w->api);
}

/* line: "GET /_millrace/health". headers: each ended by CRLF; NULL: none but Host, which is
 * "localhost" where headers name none. body: JSON; NULL: none. */
static inline api_answer web_ask(web_world *w, const char *line, const char *headers,
                                 const char *body)
{
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&request, "%s HTTP/1.1\r\n", line);
    if (headers == NULL || strstr(headers, "Host:") == NULL) {
        mr_strbuf_append_text(&request, "Host: localhost\r\n");
    }
    mr_strbuf_append_text(&request, headers == NULL ? "" : headers);
    if (body != NULL && (headers == NULL || strstr(headers, "Content-Type:") == NULL)) {
        mr_strbuf_append_text(&request, "Content-Type: application/json\r\n");
    }
    if (body != NULL) {
        mr_strbuf_appendf(&request, "Content-Length: %zu\r\n", strlen(body));
    }
    mr_strbuf_appendf(&request, "\r\n%s", body == NULL ? "" : body);
    api_answer answer = api_exchange(&w->api, mr_strbuf_bytes(&request));
    mr_strbuf_deinit(&request);
    return answer;
}

/* The same for an answer in JSON. status: what it must be. Returns: owned (cJSON_Delete). */
static inline cJSON *web_ask_json(web_world *w, const char *line, const char *body, int status)
{
    api_answer answer = web_ask(w, line, NULL, body);
    CHECK_INT(line, answer.status, status);
    cJSON *json = cJSON_ParseWithLength(answer.body.at, answer.body.len);
    assert_non_null(json);
    api_answer_deinit(&answer);
    return json;
}

/* The status and the error's word of an answer, "404 not-found"; "200" when it has none. Owned. */
static inline char *web_ask_word(web_world *w, const char *line, const char *headers,
                                 const char *body)
{
    api_answer answer = web_ask(w, line, headers, body);
    cJSON *json = cJSON_ParseWithLength(answer.body.at, answer.body.len);
    const cJSON *word = cJSON_GetObjectItemCaseSensitive(json, "error");
    char *text = cJSON_IsString(word) ? mr_format("%d %s", answer.status, word->valuestring)
                                      : mr_format("%d", answer.status);
    cJSON_Delete(json);
    api_answer_deinit(&answer);
    return text;
}

#endif
