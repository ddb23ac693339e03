#include "src/producer/input.h"

#include "sim/base/alloc.h"
#include "src/producer/rejects_file.h"

/* Firehose API Reference, "Record": up to 1,000 KiB of data; partition keys are not kept. */
#define DIRECT_PUT_DATA_MAX (1000 * MR_KIB)

struct mr_input {
    char *name;
    mr_producer *producer;
    mr_input_source *source;
    mr_rejects_file *rejects; /* NULL: not kept */
    bool done;
    uint32_t passes, pass; /* how often the file is read, and which of them it is */
    mr_input_rejected_fn rejected;
    mr_input_ended_fn ended;
    void *context;
};

/* ---- where batches go ---- */

static mr_code put_on_delivery(void *context, const mr_record *records, size_t count,
                               mr_put_result *results, size_t *failed, mr_error *err)
{
    return mr_delivery_put(context, records, count, results, failed, err);
}

mr_producer_target mr_producer_to_delivery(mr_delivery *delivery)
{
    return (mr_producer_target){.put = put_on_delivery,
                                .context = delivery,
                                .name = mr_delivery_name(delivery),
                                .data_bytes_max = DIRECT_PUT_DATA_MAX,
                                .record_bytes_max = SIZE_MAX};
}

/* ---- between the source and the producer ---- */

static void on_bytes(void *context, mr_bytes bytes)
{
    mr_input *input = context;
    mr_producer_feed(input->producer, bytes);
}

static void on_end(void *context)
{
    mr_input *input = context;
    mr_producer_end(input->producer);
}

static void on_fail(void *context, const mr_error *error)
{
    mr_input *input = context;
    mr_producer_fail(input->producer, error);
}

static void on_want(void *context)
{
    mr_input *input = context;
    mr_input_source_next(
        input->source,
        &(mr_input_receiver){.bytes = on_bytes, .end = on_end, .fail = on_fail, .context = input});
}

static mr_code on_again(void *context, mr_error *err)
{
    mr_input *input = context;
    input->pass++;
    return mr_input_source_rewind(input->source, err);
}

static void on_rejected(void *context, uint64_t line, mr_bytes raw, const char *why)
{
    mr_input *input = context;
    if (input->rejects != NULL) {
        mr_rejects_file_add(input->rejects, input->name, line, raw, why);
    }
    if (input->rejected != NULL) {
        input->rejected(input->context, input, line, raw, why);
    }
}

static void on_ended(void *context, const mr_error *error)
{
    mr_input *input = context;
    mr_error failed = {0};
    mr_code code = mr_rejects_file_close(input->rejects, &failed);
    input->rejects = NULL;
    input->done = true;
    input->ended(input->context, input, error != NULL ? error : code != MR_OK ? &failed : NULL);
}

/* ---- making and releasing ---- */

static mr_producer_target target_of(const mr_input_settings *settings)
{
    if (settings->target != NULL) {
        return *settings->target;
    }
    return settings->stream != NULL ? mr_producer_to_stream(settings->stream)
                                    : mr_producer_to_delivery(settings->delivery);
}

static mr_code open_parts(mr_input *input, const mr_input_settings *settings, mr_error *err)
{
    mr_input_source_options from = {.path = settings->file,
                                    .loop = settings->loop,
                                    .spool = settings->spool,
                                    .is_spooled = settings->is_spooled,
                                    .empty_is_fine = settings->producer.format.no_header,
                                    .is_repeated = settings->producer.repeat > 1};
    mr_code code = mr_input_source_open(&from, &input->source, err);
    if (code != MR_OK) {
        return code;
    }
    const char *name = settings->producer.name;
    input->name =
        mr_strdup(name != NULL ? name : mr_input_last_name(mr_input_source_name(input->source)));

    mr_producer_options options = settings->producer;
    options.name = input->name;
    options.target = target_of(settings);
    if (settings->recorder != NULL) {
        options.target = mr_recorder_wrap(settings->recorder, &options.target);
    }
    mr_producer_handlers handlers = {.want = on_want,
                                     .again = on_again,
                                     .rejected = on_rejected,
                                     .ended = on_ended,
                                     .context = input};
    return mr_producer_new(&options, &handlers, &input->producer, err);
}

mr_code mr_input_open(const mr_input_settings *settings, mr_input **out, mr_error *err)
{
    MR_ASSERT((settings->stream != NULL) + (settings->delivery != NULL) +
                  (settings->target != NULL) ==
              1);
    MR_ASSERT(settings->ended != NULL);

    mr_input *input = mr_calloc(1, sizeof(*input));
    input->passes = settings->producer.repeat > 1 ? settings->producer.repeat : 1;
    input->rejected = settings->rejected;
    input->ended = settings->ended;
    input->context = settings->context;
    mr_code code = open_parts(input, settings, err);
    if (code != MR_OK) {
        mr_input_free(input);
        return code;
    }
    if (settings->rejects != NULL) {
        input->rejects = mr_rejects_file_new(settings->rejects, settings->resume);
    }
    *out = input;
    return MR_OK;
}

void mr_input_free(mr_input *input)
{
    if (input == NULL) {
        return;
    }
    mr_producer_free(input->producer);
    mr_input_source_close(input->source);
    (void)mr_rejects_file_close(input->rejects, NULL); /* an input that is broken off */
    mr_free(input->name);
    mr_free(input);
}

void mr_input_start(mr_input *input)
{
    mr_producer_start(input->producer);
}

void mr_input_set_rate(mr_input *input, double rate)
{
    mr_producer_set_rate(input->producer, rate);
}

double mr_input_rate(const mr_input *input)
{
    return mr_producer_rate(input->producer);
}

void mr_input_pause(mr_input *input)
{
    mr_producer_pause(input->producer);
}

void mr_input_resume(mr_input *input)
{
    mr_producer_resume(input->producer);
}

bool mr_input_is_paused(const mr_input *input)
{
    return mr_producer_is_paused(input->producer);
}

mr_producer_counts mr_input_count(const mr_input *input)
{
    return mr_producer_count(input->producer);
}

bool mr_input_is_done(const mr_input *input)
{
    return input->done;
}

double mr_input_share_read(const mr_input *input)
{
    double share = mr_input_source_share_read(input->source);
    return share < 0 ? share : (input->pass + share) / input->passes;
}

const char *mr_input_name(const mr_input *input)
{
    return input->name;
}
