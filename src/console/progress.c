/* progress.c - see progress.h. Every line is cut to the terminal's width, so that moving the
 * cursor up by the number of lines lands where the display began. */
#include "src/console/progress.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/console/figures.h"
#include "src/console/terminal.h"

#include <stdio.h>
#include <unistd.h>

#define SHARDS_SHOWN     8
#define GAUGES_MAX       16
#define BAR_CELLS        20
#define SCREEN_BYTES_MAX (64 * MR_KIB)

struct mr_progress {
    mr_progress_options options;
    bool colour;
    int lines_drawn; /* of the gauges that stand on the screen */
};

mr_progress *mr_progress_new(const mr_progress_options *options)
{
    if (!isatty(STDERR_FILENO)) {
        return NULL;
    }
    mr_progress *progress = mr_calloc(1, sizeof(*progress));
    progress->options = *options;
    progress->colour = mr_terminal_may_colour(STDERR_FILENO);
    return progress;
}

/* "1.5 MiB" */
static void append_size(mr_strbuf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < MR_COUNT(units)) {
        value /= 1024;
        unit++;
    }
    mr_strbuf_appendf(out, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* Ends a line, cut to the width. `from` is where it begins in out. Counts bytes, which for our
 * own ASCII are columns; the colour codes of a full line are counted too, which only cuts early. */
static void end_line(mr_strbuf *out, size_t from, int columns)
{
    size_t most = from + (size_t)columns - 1;
    if (out->len > most) {
        out->len = most;
        out->at[most] = '\0';
    }
    mr_strbuf_append_char(out, '\n');
}

static void append_bar(mr_strbuf *out, double share, bool colour)
{
    mr_strbuf_append_text(out, colour ? (share >= 0.9 ? "[\x1b[33m" : "[\x1b[32m") : "[");
    mr_figure_cells(out, share, BAR_CELLS);
    mr_strbuf_append_text(out, colour ? "\x1b[0m]" : "]");
}

static void append_stream(mr_strbuf *out, mr_stream *stream, int columns)
{
    size_t count = mr_stream_shard_count(stream);
    uint64_t most = 1;
    for (size_t i = 0; i < count; i++) {
        uint64_t last = mr_shard_last(mr_stream_shard(stream, i));
        most = last > most ? last : most;
    }
    size_t from = out->len;
    mr_strbuf_appendf(out, "stream   %s", mr_stream_name(stream));
    end_line(out, from, columns);
    for (size_t i = 0; i < count && i < SHARDS_SHOWN; i++) {
        mr_shard *shard = mr_stream_shard(stream, i);
        from = out->len;
        mr_strbuf_appendf(out, "  shard %-3u ", (unsigned)mr_shard_index(shard));
        append_bar(out, (double)mr_shard_last(shard) / (double)most, false);
        mr_strbuf_appendf(out, " %llu records%s", (unsigned long long)mr_shard_last(shard),
                          mr_shard_is_open(shard) ? "" : " (closed)");
        end_line(out, from, columns);
    }
    if (count > SHARDS_SHOWN) {
        mr_strbuf_appendf(out, "  and %zu shards more\n", count - SHARDS_SHOWN);
    }
}

static void append_gauge(mr_strbuf *out, const mr_buffer_gauge *gauge, int64_t now_us, int columns,
                         bool colour)
{
    size_t from = out->len;
    mr_strbuf_appendf(out, "  %-7s ", gauge->sink);
    double share = gauge->bytes_max == 0 ? 0 : (double)gauge->bytes / (double)gauge->bytes_max;
    append_bar(out, share, colour);
    mr_strbuf_append_char(out, ' ');
    append_size(out, gauge->bytes);
    mr_strbuf_append_text(out, " of ");
    append_size(out, gauge->bytes_max);
    if (gauge->due_us > 0) {
        int64_t left_us = gauge->due_us > now_us ? gauge->due_us - now_us : 0;
        mr_strbuf_appendf(out, ", flush in %lld s",
                          (long long)((left_us + MR_US_PER_SECOND - 1) / MR_US_PER_SECOND));
    }
    end_line(out, from, columns);
}

static void append_delivery(mr_strbuf *out, mr_delivery *delivery, int64_t now_us, int columns,
                            bool colour)
{
    mr_delivery_counts counts = mr_delivery_count(delivery);
    size_t from = out->len;
    mr_strbuf_appendf(out,
                      "delivery %s: read %llu, delivered %llu in %llu objects, failed %llu, "
                      "backed up %llu",
                      mr_delivery_name(delivery), (unsigned long long)counts.read,
                      (unsigned long long)counts.delivered, (unsigned long long)counts.objects,
                      (unsigned long long)counts.failed, (unsigned long long)counts.backed_up);
    end_line(out, from, columns);
    mr_buffer_gauge gauges[GAUGES_MAX];
    size_t count = mr_delivery_gauges(delivery, gauges, GAUGES_MAX);
    for (size_t i = 0; i < count; i++) {
        append_gauge(out, &gauges[i], now_us, columns, colour);
    }
}

void mr_progress_gauges(mr_sim *sim, const mr_progress_input *input, int64_t start_us, double speed,
                        int columns, bool colour, mr_strbuf *out)
{
    const mr_clock *clock = mr_sim_clock(sim);
    int64_t now_us = mr_clock_now_us(clock);
    char iso[MR_ISO_SIZE];
    mr_iso_format(mr_clock_wall_us(clock), iso);

    size_t from = out->len;
    mr_strbuf_appendf(out, "time     %.19sZ  +", iso);
    mr_figure_clock(out, now_us - start_us);
    mr_strbuf_append_text(out, "  (");
    mr_json_append_double(out, speed);
    mr_strbuf_append_text(out, "x)");
    end_line(out, from, columns);
    from = out->len;
    mr_strbuf_appendf(out, "input    %llu rows, %llu put, %llu throttled, %llu rejected",
                      (unsigned long long)input->rows, (unsigned long long)input->records,
                      (unsigned long long)input->throttled, (unsigned long long)input->rejected);
    end_line(out, from, columns);

    size_t count;
    mr_stream **streams = mr_streams_list(mr_sim_streams(sim), &count);
    for (size_t i = 0; i < count; i++) {
        append_stream(out, streams[i], columns);
    }
    mr_free(streams);
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    for (size_t i = 0; i < count; i++) {
        append_delivery(out, deliveries[i], now_us, columns, colour);
    }
    mr_free(deliveries);
}

static void append_line(const mr_progress *progress, const mr_progress_input *input, mr_strbuf *out)
{
    mr_sim *sim = progress->options.sim;
    uint64_t objects = mr_trace_count(mr_sim_trace(sim), MR_EVENT_OBJECT_WRITTEN);
    mr_strbuf_appendf(out, "%llu rows  %llu put  %llu throttled  %llu objects  +",
                      (unsigned long long)input->rows, (unsigned long long)input->records,
                      (unsigned long long)input->throttled, (unsigned long long)objects);
    mr_figure_clock(out, mr_clock_now_us(mr_sim_clock(sim)) - progress->options.start_us);
}

static int count_lines(const mr_strbuf *text)
{
    int lines = 0;
    for (size_t i = 0; i < text->len; i++) {
        lines += text->at[i] == '\n';
    }
    return lines;
}

void mr_progress_draw(mr_progress *progress, const mr_progress_input *input)
{
    if (progress == NULL) {
        return;
    }
    mr_strbuf screen = mr_strbuf_make(SCREEN_BYTES_MAX);
    if (progress->options.gauges) {
        mr_strbuf text = mr_strbuf_make(SCREEN_BYTES_MAX);
        mr_progress_gauges(progress->options.sim, input, progress->options.start_us,
                           progress->options.speed, mr_terminal_columns(STDERR_FILENO),
                           progress->colour, &text);
        if (progress->lines_drawn > 0) { /* up to where it began, and everything below away */
            mr_strbuf_appendf(&screen, "\x1b[%dA\x1b[J", progress->lines_drawn);
        }
        mr_strbuf_append_text(&screen, mr_strbuf_text(&text));
        progress->lines_drawn = count_lines(&text);
        mr_strbuf_deinit(&text);
    } else {
        mr_strbuf_append_text(&screen, "\r\x1b[K");
        append_line(progress, input, &screen);
    }
    (void)fwrite(mr_strbuf_text(&screen), 1, screen.len, stderr);
    (void)fflush(stderr);
    mr_strbuf_deinit(&screen);
}

void mr_progress_free(mr_progress *progress)
{
    if (progress == NULL) {
        return;
    }
    if (!progress->options.gauges) {
        (void)fputs("\r\x1b[K", stderr);
        (void)fflush(stderr);
    }
    mr_free(progress);
}
