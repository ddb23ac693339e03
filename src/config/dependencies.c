/* dependencies.c - see dependencies.h. */
#include "src/config/dependencies.h"

#include "src/config/conditions.h"
#include "src/config/intrinsics.h"

typedef struct graph {
    mr_template *template;
    size_t count;
    bool *needs; /* [from * count + to]: from is created after to */
} graph;

static void add_edge(graph *g, size_t from, mr_bytes name)
{
    char id[256];
    if (name.len >= sizeof(id)) {
        return;
    }
    memcpy(id, name.at, name.len);
    id[name.len] = '\0';
    const mr_resource *to = mr_template_resource_find(g->template, id);
    if (to != NULL) {
        g->needs[from * g->count + (size_t)(to - g->template->resources)] = true;
    }
}

static void walk(graph *g, size_t from, const mr_node *node);

static void walk_sub(graph *g, size_t from, const mr_node *argument)
{
    const mr_node *text = argument, *own = NULL;
    if (argument->kind == MR_NODE_LIST && argument->count == 2) {
        text = argument->items[0];
        own = argument->items[1];
        walk(g, from, own);
    }
    if (text->kind != MR_NODE_TEXT) {
        return;
    }
    const char *at = text->text;
    mr_bytes before, name;
    bool literal;
    while (mr_sub_next(&at, &before, &name, &literal)) {
        if (literal || name.len > 255) {
            continue;
        }
        char whole[256];
        memcpy(whole, name.at, name.len);
        whole[name.len] = '\0';
        if (mr_node_get(own, whole) == NULL) {
            add_edge(g, from, name);
            add_edge(g, from, (mr_bytes){name.at, mr_bytes_find(name, '.')});
        }
    }
}

static void walk_call(graph *g, size_t from, const char *name, const mr_node *call)
{
    const mr_node *argument = call->items[0];
    bool is_list = argument->kind == MR_NODE_LIST;
    if (strcmp(name, "Ref") == 0 && argument->kind == MR_NODE_TEXT) {
        add_edge(g, from, mr_bytes_of(argument->text));
    } else if (strcmp(name, "Fn::GetAtt") == 0 && argument->kind == MR_NODE_TEXT) {
        mr_bytes text = mr_bytes_of(argument->text);
        size_t dot = mr_bytes_find(text, '.');
        if (dot < text.len) {
            add_edge(g, from, (mr_bytes){text.at, dot});
        }
    } else if (strcmp(name, "Fn::GetAtt") == 0 && is_list && argument->count == 2 &&
               argument->items[0]->kind == MR_NODE_TEXT) {
        add_edge(g, from, mr_bytes_of(argument->items[0]->text));
        walk(g, from, argument->items[1]);
    } else if (strcmp(name, "Fn::Sub") == 0) {
        walk_sub(g, from, argument);
    } else if (strcmp(name, "Fn::If") == 0 && is_list && argument->count == 3 &&
               argument->items[0]->kind == MR_NODE_TEXT) {
        /* A condition that is not there is found by evaluation, with its place. */
        const mr_condition *condition =
            mr_template_condition_find(g->template, argument->items[0]->text);
        if (condition != NULL && condition->truth != MR_TRUTH_BROKEN) {
            walk(g, from, argument->items[condition->truth == MR_TRUTH_YES ? 1 : 2]);
        }
    } else {
        walk(g, from, argument);
    }
}

static void walk(graph *g, size_t from, const mr_node *node)
{
    const char *name = mr_intrinsic_name(node);
    if (name != NULL) {
        walk_call(g, from, name, node);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        walk(g, from, node->items[i]);
    }
}

static void check_depends_on(mr_template *template, const mr_node *item)
{
    if (item->kind != MR_NODE_TEXT) {
        mr_findings_error(template->findings, item,
                          "Template format error: DependsOn must be a string or list of strings");
    } else if (mr_template_resource_find(template, item->text) == NULL) {
        const char *names[MR_TEMPLATE_RESOURCES_MAX * 2];
        size_t count = 0;
        for (; count < template->resource_count && count < MR_COUNT(names); count++) {
            names[count] = template->resources[count].logical_id;
        }
        mr_findings_error(template->findings, item,
                          "Template format error: Unresolved resource dependencies [%s] in the "
                          "Resources block of the template%s",
                          item->text,
                          mr_findings_hint(template->findings, item->text, names, count));
    }
}

static void walk_depends_on(graph *g, size_t from, const mr_node *node)
{
    if (node == NULL || node->kind == MR_NODE_NULL) {
        return;
    }
    size_t count = node->kind == MR_NODE_LIST ? node->count : 1;
    for (size_t i = 0; i < count; i++) {
        const mr_node *item = node->kind == MR_NODE_LIST ? node->items[i] : node;
        check_depends_on(g->template, item);
        if (item->kind == MR_NODE_TEXT) {
            add_edge(g, from, mr_bytes_of(item->text));
        }
    }
}

static void find_edges(graph *g)
{
    size_t made_by = 0;
    for (size_t i = 0; i < g->count; i++) {
        const mr_resource *resource = &g->template->resources[i];
        if (resource->implied) {
            g->needs[i * g->count + made_by] = true; /* what SAM makes follows its function */
            continue;
        }
        made_by = i;
        if (resource->state != MR_RESOURCE_WAITING) {
            continue;
        }
        if (resource->source != NULL) {
            walk(g, i, resource->source);
        }
        walk_depends_on(g, i, mr_node_get(resource->node, "DependsOn"));
    }
}

/* Whether everything that a waiting resource needs has its place in the order. */
static bool is_free(const graph *g, const bool *placed, size_t i)
{
    for (size_t to = 0; to < g->count; to++) {
        if (g->needs[i * g->count + to] && !placed[to] &&
            g->template->resources[to].state == MR_RESOURCE_WAITING) {
            return false;
        }
    }
    return true;
}

/* The next resource on the way around a cycle: the first one needed that has no place. */
static size_t next_on_cycle(const graph *g, const bool *placed, size_t i)
{
    for (size_t to = 0; to < g->count; to++) {
        if (g->needs[i * g->count + to] && !placed[to] &&
            g->template->resources[to].state == MR_RESOURCE_WAITING) {
            return to;
        }
    }
    MR_ASSERT(false);
    return i;
}

/* Names one cycle among the resources without a place. Following needs from any of them must
 * come back, because each of them has one that is not placed. */
static void report_cycle(const graph *g, const bool *placed, size_t start)
{
    for (size_t i = 0; i < g->count; i++) {
        start = next_on_cycle(g, placed, start); /* now surely on a cycle */
    }
    size_t first = start; /* the one that comes first in the template begins the list */
    for (size_t i = next_on_cycle(g, placed, start); i != start; i = next_on_cycle(g, placed, i)) {
        first = i < first ? i : first;
    }
    mr_strbuf names = mr_strbuf_make(1000);
    size_t i = first;
    do {
        mr_strbuf_appendf(&names, "%s%s", names.len == 0 ? "" : ", ",
                          g->template->resources[i].logical_id);
        i = next_on_cycle(g, placed, i);
    } while (i != first);
    const mr_resource *resource = &g->template->resources[first];
    mr_findings_error(g->template->findings, resource->node,
                      "Circular dependency between resources: [%s%s]; take one of the "
                      "references or DependsOn out of the circle: a name that is written out "
                      "needs no reference",
                      mr_strbuf_text(&names), names.overflowed ? ", ..." : "");
    mr_strbuf_deinit(&names);
}

static void place_all(graph *g, bool *placed)
{
    mr_template *template = g->template;
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < g->count; i++) {
            if (!placed[i] && template->resources[i].state == MR_RESOURCE_WAITING &&
                is_free(g, placed, i)) {
                placed[i] = true;
                template->order[template->order_count++] = i;
                moved = true;
            }
        }
    }
}

void mr_dependencies_order(mr_template *template)
{
    size_t count = template->resource_count;
    graph g = {.template = template, .count = count};
    g.needs = mr_calloc(count * count + 1, sizeof(*g.needs));
    bool *placed = mr_calloc(count + 1, sizeof(*placed));
    template->order = mr_arena_alloc(template->arena, count * sizeof(*template->order));
    find_edges(&g);
    place_all(&g, placed);
    bool reported = false;
    for (size_t i = 0; i < count; i++) {
        if (!placed[i] && template->resources[i].state == MR_RESOURCE_WAITING) {
            if (!reported) {
                report_cycle(&g, placed, i);
                reported = true;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!placed[i] && template->resources[i].state == MR_RESOURCE_WAITING) {
            template->resources[i].state = MR_RESOURCE_BROKEN;
        }
    }
    mr_free(placed);
    mr_free(g.needs);
}
