/* known_names.c - see known_names.h. */
#include "src/cli/known_names.h"

#include "sim/base/glob.h"

#include <string.h>

static const char *text(const cJSON *object, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return value == NULL ? "" : value;
}

static const cJSON *nodes_of(const cJSON *topology)
{
    return cJSON_GetObjectItemCaseSensitive(topology, "nodes");
}

const char *cli_known_stream(const cJSON *topology, const char *logical_id)
{
    const cJSON *node;
    cJSON_ArrayForEach(node, nodes_of(topology))
    {
        if (strcmp(text(node, "kind"), "stream") == 0 &&
            strcmp(text(node, "logical_id"), logical_id) == 0) {
            return strcmp(text(node, "name"), logical_id) == 0 ? NULL : text(node, "name");
        }
    }
    return NULL;
}

/* Whether the glob matches some text that begins with the folder, a slash, and has more. */
static bool matches_below(const char *glob, const char *folder)
{
    for (; *folder != '\0'; folder++, glob++) {
        if (*glob != *folder) {
            return *glob == '*'; /* which stands for whatever comes */
        }
    }
    return *glob == '*' || (*glob == '/' && glob[1] != '\0');
}

bool cli_known_target(const cJSON *topology, const char *kind, const char *target)
{
    static const struct {
        const char *kind, *node;
        bool (*matches)(const char *glob, const char *name);
    } rows[] = {{"shard", "stream", matches_below},
                {"stream", "stream", mr_glob_matches},
                {"function", "function", mr_glob_matches},
                {"object", "bucket", matches_below}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        if (strcmp(rows[i].kind, kind) != 0) {
            continue;
        }
        const cJSON *node;
        cJSON_ArrayForEach(node, nodes_of(topology))
        {
            if (strcmp(text(node, "kind"), rows[i].node) == 0 &&
                rows[i].matches(target, text(node, "name"))) {
                return true;
            }
        }
        return strcmp(target, "*") == 0; /* whatever will be there */
    }
    return true;
}

void cli_known_stream_hint(mr_control_client *client, const char *stream, mr_error *err)
{
    cJSON *topology = NULL;
    mr_error asking; /* err is what is to be said when this does not help */
    if (mr_control_client_ask(client, "GET", "/_millrace/api/topology", NULL, &topology, &asking) ==
        MR_OK) {
        const char *name = cli_known_stream(topology, stream);
        if (name != NULL) {
            (void)mr_error_set(err, err->code, "there is no stream %s; the template's %s is %s",
                               stream, stream, name);
        }
    }
    cJSON_Delete(topology);
}
