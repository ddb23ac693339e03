/* control_words.c - see control_words.h. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"

#include <stdio.h>
#include <string.h>

mr_code cli_control_take(cli_control_words *words, const cli_item *item, bool *taken, mr_error *err)
{
    *taken = true;
    switch (item->id) {
    case CLI_CONTROL_ENDPOINT:
        words->endpoint = item->value;
        return MR_OK;
    case CLI_CONTROL_CA:
        words->ca_bundle = item->value;
        return MR_OK;
    case CLI_CONTROL_OUTPUT:
        words->is_json = strcmp(item->value, "json") == 0;
        return words->is_json || strcmp(item->value, "text") == 0
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT, "--output %s: give text or json",
                                  item->value);
    default:
        *taken = false;
        return MR_OK;
    }
}

mr_code cli_control_take_only(void *context, const cli_item *item, mr_error *err)
{
    cli_control_command *command = context;
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    MR_ASSERT(code != MR_OK || taken);
    return code;
}

mr_code cli_control_open(const cli_control_words *words, bool (*stop)(void *context),
                         void *stop_context, mr_control_client **out, mr_error *err)
{
    const mr_control_options options = {.endpoint_url = words->endpoint,
                                        .ca_bundle = words->ca_bundle,
                                        .user_agent = "millrace/" MILLRACE_VERSION,
                                        .stop = stop,
                                        .stop_context = stop_context};
    return mr_control_client_new(&options, out, err);
}

void cli_control_tell_end(const mr_control_client *client)
{
    (void)fprintf(stderr, "millrace: the server at %s has ended\n", mr_control_client_url(client));
}

/* ---- Ctrl-C ---- */

static void on_stop(void *context)
{
    cli_stop_watch *watch = context;
    watch->has_stopped = true;
}

void cli_stop_watch_begin(cli_stop_watch *watch)
{
    *watch = (cli_stop_watch){.has_stopped = false};
    const int rc = uv_loop_init(&watch->loop);
    MR_ASSERT(rc == 0);
    const int timer_rc = uv_timer_init(&watch->loop, &watch->look);
    MR_ASSERT(timer_rc == 0);
    mr_stop_signals_watch(&watch->signals, &watch->loop, 0, on_stop, watch);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    uv_close(handle, NULL);
}

void cli_stop_watch_end(cli_stop_watch *watch)
{
    uv_walk(&watch->loop, close_handle, NULL);
    (void)uv_run(&watch->loop, UV_RUN_DEFAULT);
    const int rc = uv_loop_close(&watch->loop);
    MR_ASSERT(rc == 0);
}

static void on_look(uv_timer_t *timer)
{
    (void)timer; /* having the loop polled is all it is for */
}

void cli_stop_watch_rest(cli_stop_watch *watch, uint64_t ms)
{
    uv_update_time(&watch->loop);
    uv_timer_start(&watch->look, on_look, ms, 0);
    (void)uv_run(&watch->loop, UV_RUN_ONCE);
}

bool cli_stop_watch_asks(void *context)
{
    cli_stop_watch *watch = context;
    uv_timer_start(&watch->look, on_look, 0, 0);
    (void)uv_run(&watch->loop, UV_RUN_NOWAIT);
    return watch->has_stopped;
}

/* ---- answers ---- */

void cli_control_answer_deinit(cli_control_answer *answer)
{
    cJSON_Delete(answer->json);
    mr_free(answer->text);
    *answer = (cli_control_answer){.json = NULL};
}

mr_code cli_control_ask(mr_control_client *client, const char *method, const char *path,
                        const char *body, cli_control_answer *answer, mr_error *err)
{
    *answer = (cli_control_answer){.json = NULL};
    const mr_code code = mr_control_client_ask(client, method, path, body, &answer->json, err);
    if (code == MR_OK) {
        answer->text = mr_bytes_dup(mr_control_client_answer(client));
    }
    return code;
}

void cli_control_print_json(mr_bytes text)
{
    (void)fwrite(text.at, 1, text.len, stdout);
    (void)putchar('\n');
}

const char *cli_control_text(const cJSON *object, const char *name, const char *fallback)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? value->valuestring : fallback;
}

double cli_control_number(const cJSON *object, const char *name, double fallback)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : fallback;
}

bool cli_control_flag(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}
