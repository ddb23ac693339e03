/*
 * lambda_help.h - Lambda over the wire, for tests: requests in JSON, and a function's zip. What
 * runs a function is made by hand, so that no process has to start.
 */
#ifndef MR_TESTS_SRC_API_LAMBDA_HELP_H
#define MR_TESTS_SRC_API_LAMBDA_HELP_H

#include "sim/base/base64.h"
#include "sim/base/timefmt.h"
#include "tests/sim/lambda/zip_help.h"
#include "tests/src/api/api_help.h"

#include <cJSON.h>
#include <stdio.h>

#define FUNCTIONS "/2015-03-31/functions"
#define ARN       "arn:aws:lambda:us-east-1:000000000000:function:"
#define ROLE      "arn:aws:iam::000000000000:role/r"

/* ---- a runner that answers at once with what it is told ---- */

typedef struct canned_runner {
    mr_runner runner;
    mr_clock *clock;
    mr_outcome outcome;  /* of the next invocations */
    char directory[256]; /* of the last one */
    char request_id[64];
    char payload[256];
    char client_context[256];
    char arn[256];
    size_t invoked, discarded;
    bool hold;          /* do not answer */
    mr_outcome_fn done; /* of one that is held */
    void *context;
    mr_timer timer;
} canned_runner;

static inline void canned_answer(void *context)
{
    canned_runner *r = context;
    mr_outcome_fn done = r->done;
    r->done = NULL;
    done(r->context, &r->outcome);
}

static inline void canned_invoke(mr_runner *runner, const mr_invocation *invocation,
                                 mr_outcome_fn done, void *context)
{
    canned_runner *r = (canned_runner *)runner;
    const char *client = invocation->client_context;
    (void)snprintf(r->directory, sizeof(r->directory), "%s", invocation->code->directory);
    (void)snprintf(r->request_id, sizeof(r->request_id), "%s", invocation->request_id);
    (void)snprintf(r->payload, sizeof(r->payload), "%.*s", (int)invocation->payload.len,
                   invocation->payload.at);
    (void)snprintf(r->client_context, sizeof(r->client_context), "%s",
                   client == NULL ? "" : client);
    (void)snprintf(r->arn, sizeof(r->arn), "%s", invocation->invoked_arn);
    r->invoked++;
    MR_ASSERT(r->done == NULL);
    r->done = done;
    r->context = context;
    if (!r->hold) {
        mr_timer_init(&r->timer, r->clock, canned_answer, r);
        mr_timer_set(&r->timer, mr_clock_now_us(r->clock));
    }
}

static inline void canned_discard(mr_runner *runner, const mr_function_code *code,
                                  uint32_t environment)
{
    (void)code;
    (void)environment;
    ((canned_runner *)runner)->discarded++;
}

typedef struct lambda_world {
    api_world api;
    canned_runner canned;
} lambda_world;

static inline void lambda_world_init(lambda_world *w, mr_sim_options options)
{
    *w = (lambda_world){.canned = {.runner = {canned_invoke, canned_discard},
                                   .outcome = {.payload = MR_BYTES_LITERAL("{\"a\":1}")}}};
    options.runner = &w->canned.runner;
    api_world_init(&w->api, options, (mr_api_options){0});
    w->canned.clock = mr_sim_clock(w->api.sim);
}

static inline void lambda_world_deinit(lambda_world *w)
{
    api_world_deinit(&w->api);
}

/* ---- requests ---- */

static inline api_answer lambda_ask(lambda_world *w, const char *line, const char *body)
{
    return api_ask(&w->api, line, NULL, "application/json", NULL, mr_bytes_of(body));
}

/* Asks, wants this status, and gives the whole body. Owned. */
static inline char *lambda_want(lambda_world *w, const char *line, const char *body, int status)
{
    api_answer answer = lambda_ask(w, line, body);
    if (answer.status != status) {
        print_error("%s: %s\n", line, mr_strbuf_text(&answer.text));
    }
    CHECK_INT(line, answer.status, status);
    char *text = mr_bytes_dup(answer.body);
    api_answer_deinit(&answer);
    return text;
}

/* The same, and takes a member of the answer out: a path parted by dots; strings bare, the rest as
 * JSON; "-" when there is none. Owned. */
static inline char *lambda_member(const char *body, const char *path)
{
    cJSON *root = cJSON_Parse(body);
    const cJSON *at = root;
    char *rest = mr_strdup(path);
    for (char *part = strtok(rest, "."); part != NULL && at != NULL; part = strtok(NULL, ".")) {
        at = cJSON_IsArray(at) ? cJSON_GetArrayItem(at, atoi(part))
                               : cJSON_GetObjectItemCaseSensitive(at, part);
    }
    char *printed = at == NULL || cJSON_IsString(at) ? NULL : cJSON_PrintUnformatted(at);
    char *out = mr_strdup(at == NULL ? "-" : cJSON_IsString(at) ? at->valuestring : printed);
    cJSON_free(printed);
    mr_free(rest);
    cJSON_Delete(root);
    return out;
}

static inline void lambda_check_member(const char *body, const char *path, const char *want)
{
    char *got = lambda_member(body, path);
    CHECK_STR(path, got, want);
    mr_free(got);
}

/* The base64 of a zip of one file. Owned. */
static inline char *lambda_zip(const char *text)
{
    const zip_row row = {"m.py", text, 0100644};
    mr_strbuf zip = zip_of(&row, 1);
    mr_strbuf base64 = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_base64_encode(&base64, mr_strbuf_bytes(&zip));
    mr_strbuf_deinit(&zip);
    return mr_strbuf_take(&base64);
}

/* more: further members, each with a comma in front. Owned. */
static inline char *lambda_create_body(const char *name, const char *text, const char *more)
{
    char *zip = lambda_zip(text);
    char *body = mr_format("{\"FunctionName\":\"%s\",\"Runtime\":\"python3.12\",\"Role\":\"" ROLE
                           "\",\"Handler\":\"m.f\",\"Code\":{\"ZipFile\":\"%s\"}%s}",
                           name, zip, more);
    mr_free(zip);
    return body;
}

static inline void lambda_create(lambda_world *w, const char *name, const char *more)
{
    char *body = lambda_create_body(name, "one", more);
    mr_free(lambda_want(w, "POST " FUNCTIONS, body, 201));
    mr_free(body);
}

/* Turns the loop and the world by turns until the connection has its answer. */
static inline api_answer lambda_exchange(lambda_world *w, const char *line, const char *headers,
                                         const char *body)
{
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *all = mr_format("%s%s", AUTHORIZATION, headers);
    api_request(&request, line, NULL, NULL, all, mr_bytes_of(body));
    mr_free(all);
    mr_bytes to_send = mr_strbuf_bytes(&request);
    if (w->api.fd < 0) {
        w->api.fd = api_connect(&w->api);
    }
    api_answer answer = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    for (int i = 0; !api_answer_read(&answer); i++) {
        MR_ASSERT(i < TURNS_MAX);
        (void)api_turn(&w->api, w->api.fd, &to_send, &answer.text);
        mr_step step;
        do {
            step = mr_sim_step(w->api.sim, NULL);
        } while (step == MR_STEP_RAN);
    }
    mr_strbuf_deinit(&request);
    return answer;
}

#endif
