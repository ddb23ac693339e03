/* front.c - see front.h. */
#include "src/serve/front.h"

#include "sim/base/alloc.h"
#include "src/api/api.h"
#include "src/app/time_control.h"
#include "src/http/kept_certificate.h"
#include "src/http/server.h"
#include "src/platform/platform.h"
#include "src/web/web.h"

#include <string.h>

#define CERTIFICATE_NAME "certificate.pem"
#define KEY_NAME         "certificate-key.pem"

/* The largest request is CreateFunction with a zip of 50 MB in base64. Up to twice that is read to
 * its end, so that the client reads why it is refused. */
#define BODY_BYTES_MAX    (68 * MR_MIB)
#define HELD_BYTES_MAX    (72 * MR_MIB)
#define SWALLOW_BYTES_MAX (136 * MR_MIB)

struct mr_front {
    mr_front_options options;
    mr_http_server *server; /* NULL: not yet, or closed */
    char *url;
    char *certificate_file; /* NULL: none of our own making */
    char *key_file;         /* the same */
    mr_sim *sim;            /* NULL: not open */
    mr_api *api;
    mr_time_control *time;
    mr_web *web;
};

/* ---- requests ---- */

static void on_request(void *context, mr_http_request *request)
{
    mr_front *front = context;
    if (mr_web_owns(request)) {
        mr_web_handle(front->web, request);
    } else {
        mr_api_handle(front->api, request);
    }
}

static void on_access(void *context, const mr_http_access *access)
{
    const mr_front *front = context;
    mr_access_log_write(front->options.access, mr_clock_wall_us(mr_sim_clock(front->sim)), access);
}

/* ---- the listener ---- */

static const char *host_address(const mr_front_options *options)
{
    return strcmp(options->host, "localhost") == 0 ? "127.0.0.1" : options->host;
}

/* What a client reaches it by: no host of its own can be named for a listener on all of them. */
static char *make_url(const mr_front *front)
{
    const char *host = front->options.host;
    const char *scheme = front->options.tls == NULL ? "http" : "https";
    unsigned port = mr_http_server_port(front->server);
    bool is_v6 = strchr(host, ':') != NULL;
    return mr_format(is_v6 ? "%s://[%s]:%u" : "%s://%s:%u", scheme, host, port);
}

/* Of our own making, and the one of the last start as long as it is good: clients trust a file. */
static mr_code make_certificate(mr_front *front, mr_error *err)
{
    const mr_front_options *options = &front->options;
    bool made;
    front->certificate_file = mr_format("%s/%s", options->state_directory, CERTIFICATE_NAME);
    front->key_file = mr_format("%s/%s", options->state_directory, KEY_NAME);
    return mr_certificate_keep(front->certificate_file, front->key_file, options->tls->names,
                               options->tls->name_count, &made, err);
}

static mr_code make_server(mr_front *front, mr_error *err)
{
    const mr_front_options *of = &front->options;
    const mr_http_tls own = {.certificate_file = front->certificate_file,
                             .key_file = front->key_file};
    mr_http_options options = {.loop = of->loop,
                               .host = host_address(of),
                               .port = of->port,
                               .tls = front->certificate_file != NULL ? &own : of->tls,
                               .limits = {.body_bytes_max = BODY_BYTES_MAX,
                                          .held_bytes_max = HELD_BYTES_MAX,
                                          .swallow_bytes_max = SWALLOW_BYTES_MAX},
                               .handler = on_request,
                               .access = of->access == MR_ACCESS_NONE ? NULL : on_access,
                               .context = front};
    mr_code code = mr_http_server_start(&options, &front->server, err);
    if (code == MR_OK) {
        front->url = make_url(front);
    } else if (err->os_error == UV_EADDRINUSE) {
        mr_error_set(err, MR_IO,
                     "%s port %u is taken, perhaps by another millrace; choose another with "
                     "--port (0: any)",
                     of->host, of->port);
    }
    return code;
}

mr_code mr_front_listen(const mr_front_options *options, mr_front **out, mr_error *err)
{
    mr_front *front = mr_calloc(1, sizeof(*front));
    front->options = *options;
    *out = front;
    mr_code code = MR_OK;
    if (options->tls != NULL && options->tls->certificate_file == NULL) {
        code = make_certificate(front, err);
    }
    return code == MR_OK ? make_server(front, err) : code;
}

const char *mr_front_url(const mr_front *front)
{
    return front->url;
}

const char *mr_front_certificate_file(const mr_front *front)
{
    return front->certificate_file;
}

/* ---- the world behind it ---- */

void mr_front_open(mr_front *front, mr_sim *sim)
{
    const mr_front_options *of = &front->options;
    front->sim = sim;
    front->api = mr_api_new(&(mr_api_options){.sim = sim,
                                              .region = of->region,
                                              .account = of->account,
                                              .auth = of->auth,
                                              .access_key = of->access_key,
                                              .secret = of->secret,
                                              .client_time = mr_platform_wall_time()});
    front->time = mr_time_control_new(&(mr_time_control_options){
        .sim = sim, .loop = of->loop, .warn = of->warn, .context = of->context});
    front->web = mr_web_new(&(mr_web_options){.sim = sim,
                                              .loop = of->loop,
                                              .state_directory = of->state_directory,
                                              .plan = of->plan,
                                              .host = of->host,
                                              .other_hosts = of->allow_hosts,
                                              .region = of->region,
                                              .time = front->time});
}

void mr_front_set_pipeline(mr_front *front, mr_pipeline *pipeline)
{
    mr_web_set_pipeline(front->web, pipeline);
}

void mr_front_ready(mr_front *front)
{
    mr_web_set_phase(front->web, MR_WEB_READY);
}

/* ---- the end ---- */

/* What is under way is to come to its end, which it would not in a world that is paused. */
static void let_time_pass(mr_front *front)
{
    mr_clock *clock = mr_sim_clock(front->sim);
    mr_time_control_stop(front->time);
    if (mr_clock_is_live(clock) && mr_clock_speed(clock) < 1) {
        mr_clock_pace(clock, 1);
    }
}

void mr_front_stop(mr_front *front)
{
    mr_web_set_phase(front->web, MR_WEB_STOPPING);
    let_time_pass(front);
    mr_web_end_streams(front->web);
    mr_api_end_streams(front->api);
}

void mr_front_drain(mr_front *front, void (*drained)(void *context), void *context)
{
    mr_http_server_drain(front->server, drained, context);
}

void mr_front_close(mr_front *front)
{
    if (front == NULL) {
        return;
    }
    if (front->server != NULL) {
        mr_http_server_stop(front->server);
        front->server = NULL;
    }
    mr_time_control_free(front->time); /* who waits for its end is told first */
    mr_web_free(front->web);
    mr_api_free(front->api);
    front->time = NULL;
    front->web = NULL;
    front->api = NULL;
}

void mr_front_free(mr_front *front)
{
    if (front == NULL) {
        return;
    }
    mr_free(front->certificate_file);
    mr_free(front->key_file);
    mr_free(front->url);
    mr_free(front);
}
