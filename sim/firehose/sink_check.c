/* sink_check.c - what a sink holds, and the laws that hold for it. */
#include "sim/firehose/sink_private.h"

#include "sim/base/timefmt.h"

#include <inttypes.h>

/* ---- questions ---- */

bool mr_sink_is_idle(const mr_sink *sink)
{
    return is_empty(sink->open) && sink->sealed == NULL;
}

size_t mr_sink_waiting(const mr_sink *sink)
{
    return sink->waiting;
}

mr_sink_counts mr_sink_count(const mr_sink *sink)
{
    mr_sink_counts counts = sink->counts;
    counts.buffered = sink->open == NULL ? 0 : sink->open->records;
    for (const output *o = sink->sealed; o != NULL; o = o->next) {
        counts.buffered += o->records;
    }
    return counts;
}

void mr_sink_counts_add(mr_sink_counts *sum, const mr_sink_counts *counts)
{
    sum->records_in += counts->records_in;
    sum->buffered += counts->buffered;
    sum->delivered += counts->delivered;
    sum->delivered_bytes += counts->delivered_bytes;
    sum->discarded += counts->discarded;
    sum->handed_on += counts->handed_on;
    sum->objects += counts->objects;
    for (size_t i = 0; i < MR_FLUSH_REASON_COUNT; i++) {
        sum->flushes[i] += counts->flushes[i];
    }
    sum->retries += counts->retries;
    sum->disordered += counts->disordered;
    sum->oversized += counts->oversized;
}

mr_buffer_gauge mr_sink_gauge(const mr_sink *sink)
{
    mr_buffer_gauge gauge = {.sink = sink->options.name, .bytes_max = sink->options.size_bytes};
    if (!is_empty(sink->open)) {
        gauge.records = sink->open->records;
        gauge.bytes = sink->open->bytes;
        gauge.opened_us = sink->open->opened_us;
        gauge.due_us = sink->open->timer.due_us;
    }
    return gauge;
}

/* In real time a flush comes when the machine gets to it. */
static bool is_overdue(const mr_sink *sink)
{
    const mr_clock *clock = sink->options.clock;
    int64_t due_us = sink->open->opened_us + sink->options.interval_us;
    return !sink->is_broken && mr_clock_is_exact(clock, due_us) && mr_clock_now_us(clock) > due_us;
}

mr_code mr_sink_check(const mr_sink *sink, mr_error *err)
{
    const char *delivery = sink->options.delivery, *name = sink->options.name;
    mr_sink_counts counts = mr_sink_count(sink);
    size_t waiting = 0;

    if (counts.records_in !=
        counts.delivered + counts.discarded + counts.handed_on + counts.buffered) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %" PRIu64 " records came in, %" PRIu64
                            " delivered + %" PRIu64 " given up + %" PRIu64 " handed on + %" PRIu64
                            " buffered",
                            delivery, name, counts.records_in, counts.delivered, counts.discarded,
                            counts.handed_on, counts.buffered);
    }
    if (!is_empty(sink->open) && is_overdue(sink)) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: an open buffer has waited %" PRId64
                            " us, its interval is %" PRId64 " us",
                            delivery, name,
                            mr_clock_now_us(sink->options.clock) - sink->open->opened_us,
                            sink->options.interval_us);
    }
    if (sink->open != NULL && sink->open->bytes >= sink->options.size_bytes) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: an open buffer of %" PRIu64
                            " bytes is past its hint of %" PRIu64,
                            delivery, name, sink->open->bytes, sink->options.size_bytes);
    }
    for (const output *o = sink->sealed; o != NULL; o = o->next) {
        waiting++;
    }
    if (counts.oversized > 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %" PRIu64
                            " buffers were flushed past their hint of %" PRIu64
                            " bytes by more than one record",
                            delivery, name, counts.oversized, sink->options.size_bytes);
    }
    if (waiting != sink->waiting) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %zu sealed buffers, counted as %zu",
                            delivery, name, waiting, sink->waiting);
    }
    return MR_OK;
}
