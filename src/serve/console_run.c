/* console_run.c - see console_run.h: the front of serve.c, held by the run of src/app/run.c. */
#include "src/serve/console_run.h"

typedef struct holding {
    const mr_console_run_options *options;
    mr_front *front;
} holding;

static mr_code on_begin(uv_loop_t *loop, const char *state_directory, const char **url,
                        mr_error *err, void *context)
{
    holding *h = context;
    const mr_run_options *run = &h->options->run;
    mr_front_options options = {.loop = loop,
                                .state_directory = state_directory,
                                .plan = run->plan,
                                .host = h->options->host,
                                .port = h->options->port,
                                .region = run->region,
                                .account = run->account,
                                .access = MR_ACCESS_NONE,
                                .warn = run->warn,
                                .context = run->warn_context};
    mr_code code = mr_front_listen(&options, &h->front, err);
    if (code == MR_OK) {
        *url = mr_front_url(h->front);
    }
    return code;
}

static void on_opened(mr_sim *sim, void *context)
{
    holding *h = context;
    mr_front_open(h->front, sim);
}

static void on_ready(mr_pipeline *pipeline, void *context)
{
    holding *h = context;
    mr_front_set_pipeline(h->front, pipeline);
    mr_front_ready(h->front);
    h->options->ready(h->options->context, mr_front_url(h->front));
}

static void on_stop(void *context)
{
    holding *h = context;
    mr_front_stop(h->front);
}

static void on_close(void *context)
{
    holding *h = context;
    mr_front_close(h->front);
}

mr_code mr_console_run(const mr_console_run_options *options, bool summary_json,
                       mr_run_result *result, mr_error *err)
{
    holding h = {.options = options};
    const mr_run_holder holder = {.begin = on_begin,
                                  .opened = on_opened,
                                  .ready = on_ready,
                                  .stop = on_stop,
                                  .close = on_close,
                                  .context = &h};
    mr_run_options run = options->run;
    run.holder = &holder;
    mr_code code = mr_run(&run, summary_json, result, err);
    mr_front_free(h.front);
    return code;
}
