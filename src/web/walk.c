/* walk.c - see walk.h. */
#include "src/web/walk.h"

#include <string.h>

#define PAGE 64

void mr_walk_deliveries(mr_sim *sim, void (*fn)(void *context, mr_delivery_stream *stream),
                        void *context)
{
    mr_delivery_streams *all = mr_sim_delivery_streams(sim);
    mr_delivery_stream *page[PAGE];
    const char *after = NULL;
    bool more = true;
    while (more) {
        const size_t count =
            mr_delivery_streams_page(all, after, MR_DELIVERY_ANY, page, PAGE, &more);
        for (size_t i = 0; i < count; i++) {
            fn(context, page[i]);
        }
        after = count == 0 ? after : mr_delivery_stream_name(page[count - 1]);
    }
}

const char *mr_function_short_name(const char *name_or_arn)
{
    const char *mark = name_or_arn == NULL ? NULL : strstr(name_or_arn, ":function:");
    return mark == NULL ? name_or_arn : mark + strlen(":function:");
}

const char *mr_stream_short_name(const char *arn)
{
    const char *slash = arn == NULL ? NULL : strchr(arn, '/');
    return slash == NULL ? NULL : slash + 1;
}
