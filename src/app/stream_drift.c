/* stream_drift.c - see stream_drift.h. */
#include "src/app/stream_drift.h"

#include "sim/base/strbuf.h"
#include "sim/base/timefmt.h"
#include "sim/stream/stream_settings.h"

#include <inttypes.h>

#define HOUR_US (INT64_C(3600) * MR_US_PER_SECOND)

/* "ShardCount is 4 (the template says 2)". */
static void append_number(mr_strbuf *out, const char *property, int64_t is, int64_t said)
{
    if (is != said) {
        mr_strbuf_appendf(out, "%s%s is %" PRId64 " (the template says %" PRId64 ")",
                          out->len > 0 ? ", " : "", property, is, said);
    }
}

static const char *mode_name(bool on_demand)
{
    return on_demand ? "ON_DEMAND" : "PROVISIONED";
}

static void append_differences(mr_strbuf *out, const mr_stream *stream,
                               const mr_stream_options *said)
{
    const bool on_demand = mr_stream_is_on_demand(stream);
    size_t shards;
    (void)mr_stream_open_shards(stream, &shards);
    if (on_demand != said->on_demand) {
        mr_strbuf_appendf(out, "StreamMode is %s (the template says %s)", mode_name(on_demand),
                          mode_name(said->on_demand));
    } else if (!on_demand) {
        append_number(out, "ShardCount", (int64_t)shards, said->shard_count);
    }
    append_number(out, "RetentionPeriodHours", mr_stream_retention_us(stream) / HOUR_US,
                  said->retention_us / HOUR_US);
    append_number(out, "MaxRecordSizeInKiB", mr_stream_record_kib_max(stream),
                  said->record_kib_max);
}

void mr_stream_drift_tell(mr_streams *streams, const mr_plan *plan, mr_drift_fn fn, void *context)
{
    for (size_t i = 0; i < plan->stream_count; i++) {
        const mr_plan_stream *said = &plan->streams[i];
        const mr_stream *stream = mr_streams_find(streams, said->options.name);
        mr_strbuf differences = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        if (stream != NULL) {
            append_differences(&differences, stream, &said->options);
        }
        if (differences.len > 0) {
            mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
            mr_strbuf_appendf(&text,
                              "%s:%d: stream %s is kept as it is: %s. Change it by the API, or "
                              "start anew with --replace",
                              plan->file, said->line, said->options.name,
                              mr_strbuf_text(&differences));
            fn(context, said->options.name, mr_strbuf_text(&text));
            mr_strbuf_deinit(&text);
        }
        mr_strbuf_deinit(&differences);
    }
}
