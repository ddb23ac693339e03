/* clock_view.c - see clock_view.h. */
#include "src/web/clock_view.h"

#include "sim/base/timefmt.h"
#include "src/web/web_private.h"

static const char *const modes[] = {"real", "paced", "virtual", NULL};

static void time_or_null(mr_json *json, const char *key, int64_t time_us)
{
    mr_json_key(json, key);
    if (time_us == INT64_MAX) {
        mr_json_null(json);
    } else {
        mr_json_int(json, time_us);
    }
}

void mr_clock_view_members(mr_json *json, const mr_web *web)
{
    const mr_time_state state = mr_time_control_describe(web->time);
    char text[MR_ISO_SIZE];
    mr_iso_format(state.wall_us, text);
    mr_json_field_int(json, "now_us", state.wall_us);
    mr_json_field_string(json, "now", text);
    mr_json_field_string(json, "mode", state.mode);
    mr_json_key(json, "speed");
    mr_json_double(json, state.speed); /* as fast as it can: null */
    mr_json_field_bool(json, "paused", state.paused);
    mr_json_field_bool(json, "advancing", state.advancing);
    mr_json_field_int(json, "start_us", state.start_us);
    time_or_null(json, "next_due_us", state.next_due_us);
    time_or_null(json, "next_flush_us", state.next_flush_us);
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
     .about = "Everything that was put is delivered and sent to its functions."},
    {.name = "outcome",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "Of an answer to POST: done, or how the advance has ended."}};
const mr_web_shape mr_clock_shape = MR_WEB_SHAPE("Clock", "How the world's time stands.", fields);
