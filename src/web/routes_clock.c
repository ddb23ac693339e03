/* routes_clock.c - the world's time, looked at and driven: /_millrace/api/clock. Driving is
 * src/app/time_control.h; an answer to an advance is given when it has ended. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/web/clock_view.h"
#include "src/web/web_private.h"

#include <string.h>

#define BODY_BYTES_MAX (4 * (size_t)MR_KIB)

/* Who waits for the end of an advance. */
typedef struct waiting {
    mr_web *web;
    mr_http_request *request; /* NULL: the client has gone; the advance goes on */
} waiting;

static void send_clock(mr_web *web, mr_http_request *request, const char *outcome)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_clock_view_members(&json, web);
    if (outcome != NULL) {
        mr_json_field_string(&json, "outcome", outcome);
    }
    mr_json_object_end(&json);
    mr_web_send_json(request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void get_clock(mr_web_call *call)
{
    send_clock(call->web, call->request, NULL);
}

static void on_client_gone(void *context)
{
    waiting *w = context;
    w->request = NULL;
}

static void on_advanced(void *context, mr_advance_end end)
{
    waiting *w = context;
    w->web->touched++;
    if (w->request != NULL) {
        mr_http_set_context(w->request, NULL, NULL);
        send_clock(w->web, w->request, mr_advance_end_name(end));
    }
    mr_free(w);
}

/* What the state of things does not allow is a conflict, whatever else is a bad value. */
static void fail(mr_web_call *call, mr_code code, const mr_error *err)
{
    bool is_state = code == MR_ALREADY_EXISTS || code == MR_UNSUPPORTED;
    mr_web_fail(call->request, is_state ? &mr_web_conflict : &mr_web_invalid, "%s", err->message);
}

/* begun: what beginning the advance said. */
static void wait_or_fail(mr_web_call *call, waiting *w, mr_code begun, const mr_error *err)
{
    if (begun != MR_OK) {
        mr_free(w);
        fail(call, begun, err);
        return;
    }
    w->request = call->request;
    mr_http_set_context(call->request, w, on_client_gone);
    call->web->touched++;
}

static waiting *waiting_new(mr_web_call *call)
{
    waiting *w = mr_calloc(1, sizeof(*w));
    w->web = call->web;
    return w;
}

#define DURATIONS "such as 5m or 1h30m"

/* A 0 needs no unit. What is wrong with it is not how it is written. */
static bool read_duration(const char *text, int64_t *out_us)
{
    *out_us = 0;
    return strcmp(text, "0") == 0 || mr_duration_parse(mr_bytes_of(text), out_us);
}

static void advance(mr_web_call *call)
{
    const char *by = mr_web_body_text(call, "by", NULL);
    int64_t by_us;
    if (by == NULL) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "by is missing: how far is time to be advanced, " DURATIONS "?");
        return;
    }
    if (!read_duration(by, &by_us)) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "an advance of \"%.64s\" is no duration; give numbers with their units (d, h, "
                    "m, s, ms, us), " DURATIONS,
                    by);
        return;
    }
    if (by_us == 0) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "an advance of %.64s is none: give more than 0, " DURATIONS
                    ", and at most 366 days",
                    by);
        return;
    }
    mr_error err;
    waiting *w = waiting_new(call);
    mr_code code = mr_time_control_advance_by(call->web->time, by_us, on_advanced, w, &err);
    wait_or_fail(call, w, code, &err);
}

static const char *const goals[] = {[MR_ADVANCE_TO_FLUSH] = "flush",
                                    [MR_ADVANCE_TO_EVENT] = "event",
                                    [MR_ADVANCE_TO_IDLE] = "idle",
                                    NULL};

static void advance_to(mr_web_call *call, mr_advance_goal goal)
{
    mr_error err;
    waiting *w = waiting_new(call);
    mr_code code = mr_time_control_advance_to(call->web->time, goal, on_advanced, w, &err);
    wait_or_fail(call, w, code, &err);
}

static void until(mr_web_call *call)
{
    const char *to = mr_web_body_text(call, "to", NULL);
    if (to == NULL) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "to is missing: until what, flush, event or idle?");
        return;
    }
    mr_advance_goal goal =
        MR_ADVANCE_TO_FLUSH; /* the shape has seen to it that it is one of them */
    while (goal < MR_ADVANCE_TO_IDLE && strcmp(goals[goal], to) != 0) {
        goal++;
    }
    advance_to(call, goal);
}

static void step(mr_web_call *call)
{
    advance_to(call, MR_ADVANCE_TO_EVENT);
}

static void done(mr_web_call *call)
{
    call->web->touched++;
    send_clock(call->web, call->request, "done");
}

static void answer_done(mr_web_call *call, mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        fail(call, code, err);
    } else {
        done(call);
    }
}

static void pause_clock(mr_web_call *call)
{
    mr_error err;
    answer_done(call, mr_time_control_pause(call->web->time, &err), &err);
}

static void resume(mr_web_call *call)
{
    mr_error err;
    answer_done(call, mr_time_control_resume(call->web->time, &err), &err);
}

static void set_rate(mr_web_call *call)
{
    mr_error err;
    double rate = mr_web_body_number(call, "rate", 0);
    if (rate == 0) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "rate is missing: how many simulated seconds go by in a real one?");
        return;
    }
    answer_done(call, mr_time_control_rate(call->web->time, rate, &err), &err);
}

static void stop(mr_web_call *call)
{
    mr_time_control_stop(call->web->time);
    done(call);
}

static const char *const action_words[] = {"pause", "resume", "rate", "advance",
                                           "step",  "until",  "stop", NULL};
static void (*const actions[])(mr_web_call *call) = {pause_clock, resume, set_rate, advance,
                                                     step,        until,  stop};

static void post_clock(mr_web_call *call)
{
    const char *action = mr_web_body_text(call, "action", NULL);
    size_t place = 0;
    while (strcmp(action_words[place], action) != 0) { /* it is one of them, by the shape */
        place++;
    }
    actions[place](call);
}

static const mr_web_field drive_fields[] = {
    {.name = "action",
     .type = MR_WEB_STRING,
     .words = action_words,
     .about = "What to do; step is until the next event.",
     .example = "\"advance\""},
    {.name = "rate",
     .type = MR_WEB_NUMBER,
     .optional = true,
     .least = MR_TIME_RATE_MIN,
     .most = MR_TIME_RATE_MAX,
     .about = "Of rate: simulated seconds for each real one.",
     .example = "60"},
    {.name = "by",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = 64,
     .about = "Of advance: a duration, at most 366 days.",
     .example = "\"5m\""},
    {.name = "to",
     .type = MR_WEB_STRING,
     .optional = true,
     .words = goals,
     .called = "the goal of until",
     .about = "Of until: the next flush of a delivery stream's buffer, the next event, or until "
              "everything is delivered.",
     .example = "\"flush\""}};
static const mr_web_shape drive_shape =
    MR_WEB_SHAPE("ClockAction", "What to do with the world's time.", drive_fields);

static const mr_web_failure *const failures[] = {&mr_web_invalid, &mr_web_conflict, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/clock",
     .tag = "Clock",
     .summary = "How the world's time stands",
     .guard = MR_WEB_OWN_HOST,
     .answer = &mr_clock_shape,
     .handle = get_clock},
    {.method = "POST",
     .path = "/_millrace/api/clock",
     .tag = "Clock",
     .summary = "Drive the world's time",
     .about =
         "Pauses, resumes, changes the rate, or lets time run ahead, in which all happens that "
         "would have happened by waiting. An advance is answered when it has ended, with how "
         "in `outcome`: reached, flushed, event, idle (nothing is left that could happen) or "
         "stopped; the other actions at once, with done. One advance is under way at a time. "
         "A client that goes does not end its advance; stop does.",
     .guard = MR_WEB_OWN_ORIGIN,
     .body = &drive_shape,
     .answer = &mr_clock_shape,
     .failures = failures,
     .handle = post_clock}};

const mr_web_group mr_web_clock_routes = {routes, MR_COUNT(routes)};
