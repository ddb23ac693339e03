/* clock_view.c - see clock_view.h. */
#include "src/web/clock_view.h"

#include "sim/base/timefmt.h"
#include "src/web/web_private.h"

static const char *const modes[] = {"real", "paced", "virtual", NULL};

static const char *mode_of(mr_clock_mode mode)
{
    return mode == MR_CLOCK_REAL ? modes[0] : mode == MR_CLOCK_PACED ? modes[1] : modes[2];
}

static void time_or_null(mr_json *json, const char *key, int64_t time_us)
{
    mr_json_key(json, key);
    if (time_us == INT64_MAX) {
        mr_json_null(json);
    } else {
        mr_json_int(json, time_us);
    }
}

/* Of every delivery stream's buffers, the earliest; INT64_MAX: all are empty. */
static int64_t next_flush_us(mr_sim *sim)
{
    int64_t next_us = INT64_MAX;
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    for (size_t i = 0; i < count; i++) {
        mr_buffer_gauge gauges[4];
        const size_t n = mr_delivery_gauges(deliveries[i], gauges, MR_COUNT(gauges));
        for (size_t k = 0; k < n; k++) {
            if (gauges[k].due_us != 0) {
                next_us = gauges[k].due_us < next_us ? gauges[k].due_us : next_us;
            }
        }
    }
    mr_free(deliveries);
    return next_us;
}

void mr_clock_view_members(mr_json *json, const mr_web *web)
{
    mr_clock *clock = mr_sim_clock(web->sim);
    const int64_t jumped_us = mr_clock_jumped_us(clock);
    const int64_t wall_us = mr_clock_wall_us(clock);
    const int64_t due_us = mr_clock_next_due_us(clock);
    const int64_t flush_us = next_flush_us(web->sim);
    char text[MR_ISO_SIZE];
    mr_iso_format(wall_us, text);
    mr_json_field_int(json, "now_us", wall_us);
    mr_json_field_string(json, "now", text);
    mr_json_field_string(json, "mode", mode_of(mr_clock_mode_of(clock)));
    mr_json_key(json, "speed");
    mr_json_double(json, mr_clock_speed(clock)); /* as fast as it can: null */
    mr_json_field_bool(json, "paused", mr_clock_is_paused(clock));
    mr_json_field_bool(json, "advancing", mr_clock_is_advancing(clock));
    mr_json_field_int(json, "start_us", web->start_us);
    time_or_null(json, "next_due_us", due_us == INT64_MAX ? due_us : due_us + jumped_us);
    time_or_null(json, "next_flush_us", flush_us == INT64_MAX ? flush_us : flush_us + jumped_us);
    mr_json_field_bool(json, "idle", mr_sim_is_idle(web->sim));
}

void mr_clock_view_write(mr_json *json, const mr_web *web)
{
    mr_json_object_begin(json);
    mr_clock_view_members(json, web);
    mr_json_object_end(json);
}

#define US " in microseconds of the world's time of day"

static const mr_web_field fields[] = {
    {.name = "now_us", .type = MR_WEB_INTEGER, .about = "The time now," US "."},
    {.name = "now", .type = MR_WEB_STRING, .about = "The same as RFC 3339 has it."},
    {.name = "mode",
     .type = MR_WEB_STRING,
     .words = modes,
     .about = "Whose pace it keeps: the machine's, `speed` times that, or none."},
    {.name = "speed",
     .type = MR_WEB_NUMBER,
     .nullable = true,
     .about = "Simulated seconds for each real one; null: as fast as it can."},
    {.name = "paused", .type = MR_WEB_BOOLEAN, .about = "Time stands until it is resumed."},
    {.name = "advancing", .type = MR_WEB_BOOLEAN, .about = "An advance is under way."},
    {.name = "start_us", .type = MR_WEB_INTEGER, .about = "When this world was opened," US "."},
    {.name = "next_due_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "When the next thing happens by itself," US "; null: nothing will."},
    {.name = "next_flush_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "When the next buffer's interval ends," US "; null: all are empty."},
    {.name = "idle",
     .type = MR_WEB_BOOLEAN,
     .about = "Everything that was put is delivered and sent to its functions."}};
const mr_web_shape mr_clock_shape = MR_WEB_SHAPE("Clock", "How the world's time stands.", fields);
