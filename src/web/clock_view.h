/* clock_view.h - the world's time as the API shows it: the object Clock. */
#ifndef MR_SRC_WEB_CLOCK_VIEW_H
#define MR_SRC_WEB_CLOCK_VIEW_H

#include "sim/base/json.h"
#include "src/web/web.h"

/* Writes the object Clock's members into an object that is open. */
void mr_clock_view_members(mr_json *json, const mr_web *web);
/* Writes the object Clock. */
void mr_clock_view_write(mr_json *json, const mr_web *web);

extern const mr_web_shape mr_clock_shape;

#endif
