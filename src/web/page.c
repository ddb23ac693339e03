/* page.c - see page.h. A view is a row: its name, its title, and what writes it (page_views.h). */
#include "src/web/page.h"

#include "sim/base/alloc.h"
#include "src/aws/uri.h"
#include "src/web/page_views.h"
#include "src/web/segment.h"

typedef struct view {
    const char *name, *title;
    void (*render)(mr_web *web, const mr_page_wish *wish, mr_strbuf *out);
} view;

/* In the order of the navigation; the first is shown where none is named. */
static const view views[] = {
    {"pipeline", "Pipeline", mr_page_pipeline},    {"shards", "Shards", mr_page_shards},
    {"records", "Records", mr_page_records},       {"delivery", "Delivery", mr_page_delivery},
    {"transform", "Transform", mr_page_transform}, {"objects", "Objects", mr_page_objects},
    {"catalog", "Catalog", mr_page_catalog},       {"query", "Query", mr_page_query},
    {"events", "Events", mr_page_events},          {"time", "Time", mr_page_time},
    {"faults", "Faults", mr_page_faults},          {"lessons", "Lessons", mr_page_lessons}};

/* ---- the address ---- */

static char *decoded(mr_bytes raw)
{
    mr_strbuf out = mr_strbuf_make(raw.len + 1);
    mr_uri_decode(&out, raw, true);
    return mr_strbuf_take(&out);
}

static char *decoded_names(mr_bytes raw)
{
    mr_strbuf out = mr_strbuf_make(raw.len + 1);
    mr_segments_decode(&out, raw);
    return mr_strbuf_take(&out);
}

/* Where a parameter of the query goes; NULL: no page asks for it. */
static char **parameter_of(mr_page_wish *wish, mr_bytes name)
{
    return mr_bytes_is(name, "key")        ? &wish->key
           : mr_bytes_is(name, "from")     ? &wish->from
           : mr_bytes_is(name, "type")     ? &wish->type
           : mr_bytes_is(name, "sequence") ? &wish->sequence
           : mr_bytes_is(name, "id")       ? &wish->id
                                           : NULL;
}

/* "shards/clicks": the view's name is taken off; the last segment that fits takes the rest. */
static mr_bytes take_wish(mr_bytes path, mr_bytes query_text, mr_page_wish *out)
{
    *out = (mr_page_wish){.key = NULL};
    const size_t end = mr_bytes_find(path, '/');
    const mr_bytes name = mr_bytes_make(path.at, end);
    const bool is_objects = mr_bytes_is(name, "objects");
    mr_bytes rest = path;
    size_t skip = mr_min_size(end + 1, rest.len);
    for (size_t i = 0; i < MR_PAGE_SEGMENTS_MAX; i++) {
        rest = mr_bytes_make(rest.at + skip, rest.len - skip);
        if (rest.len == 0) {
            break;
        }
        const bool is_last = is_objects && i == 1;
        const size_t length = is_last ? rest.len : mr_bytes_find(rest, '/');
        out->segments[i] = decoded_names(mr_bytes_make(rest.at, length));
        skip = mr_min_size(length + 1, rest.len);
    }
    mr_uri_parameter parameter;
    while (mr_uri_next_parameter(&query_text, &parameter)) {
        char **to = parameter_of(out, parameter.name);
        if (to != NULL && *to == NULL) {
            *to = decoded(parameter.value);
        }
    }
    return name;
}

static void wish_deinit(mr_page_wish *wish)
{
    for (size_t i = 0; i < MR_PAGE_SEGMENTS_MAX; i++) {
        mr_free(wish->segments[i]);
    }
    mr_free(wish->key);
    mr_free(wish->from);
    mr_free(wish->type);
    mr_free(wish->sequence);
    mr_free(wish->id);
}

/* here: the view that is shown; NULL: none of them. */
static void append_nav(mr_strbuf *out, const view *here)
{
    mr_strbuf_append_text(out, "<nav aria-label=\"Views\"><ul>\n");
    for (size_t i = 0; i < MR_COUNT(views); i++) {
        mr_strbuf_append_text(out, "<li>");
        mr_page_link(out, views[i].name, NULL, views[i].title, &views[i] == here);
        mr_strbuf_append_text(out, "</li>\n");
    }
    mr_strbuf_append_text(out, "</ul></nav>\n<main>\n");
}

void mr_page_render(mr_web *web, mr_bytes path, mr_bytes query_text, mr_strbuf *out)
{
    mr_page_wish wish;
    const mr_bytes name = take_wish(path, query_text, &wish);
    const view *chosen = name.len == 0 ? &views[0] : NULL;
    for (size_t i = 0; i < MR_COUNT(views) && chosen == NULL; i++) {
        chosen = mr_bytes_is(name, views[i].name) ? &views[i] : NULL;
    }
    append_nav(out, chosen);
    if (chosen != NULL) {
        chosen->render(web, &wish, out);
    } else {
        mr_page_heading(out, "There is no such view", NULL);
    }
    mr_strbuf_append_text(out, "</main>\n");
    wish_deinit(&wish);
}
