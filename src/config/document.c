/* document.c - see document.h. */
#include "src/config/document.h"

#include "sim/base/map.h"
#include "src/config/json_reader.h"
#include "src/config/yaml_reader.h"

#define KEY_LIST_BYTES_MAX 1000

static mr_code read_text(mr_arena *arena, mr_bytes text, mr_node **out, int *line, mr_error *err)
{
    if (mr_bytes_starts_with(text, MR_BYTES_LITERAL("\xef\xbb\xbf"))) {
        text.at += 3;
        text.len -= 3;
    }
    mr_bytes trimmed = mr_bytes_trim(text);
    if (trimmed.len == 0 || trimmed.at[0] != '{') {
        return mr_yaml_read(arena, text, out, line, err);
    }
    return mr_json_read(arena, text, out, line, err);
}

mr_node *mr_document_read(mr_arena *arena, mr_findings *findings, mr_bytes text,
                          const mr_document_options *options)
{
    int line = 1;
    mr_node *root = NULL;
    mr_error err;
    if (!mr_bytes_is_utf8(text)) {
        mr_findings_add(
            findings, MR_FINDING_ERROR, 0, NULL,
            mr_arena_format(arena, "this is no text in UTF-8: %s is YAML or JSON", options->what));
        return NULL;
    }
    if (read_text(arena, text, &root, &line, &err) != MR_OK) {
        mr_findings_add(findings, MR_FINDING_ERROR, line, NULL,
                        mr_arena_format(arena, "%s%s",
                                        err.code == MR_BAD_INPUT ? options->malformed : "",
                                        err.message));
        return NULL;
    }
    return root;
}

const char *mr_document_folder(mr_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (slash == NULL) {
        return ".";
    }
    return slash == file ? "/" : mr_arena_copy(arena, (mr_bytes){file, (size_t)(slash - file)});
}

const char *mr_document_path(mr_arena *arena, const char *folder, const char *path)
{
    if (path[0] == '/' || strcmp(folder, ".") == 0) {
        return path;
    }
    return mr_arena_format(arena, "%s/%s", folder, path);
}

void mr_document_unknown_key(mr_findings *findings, const mr_node *at, const char *key,
                             const char *const *keys, size_t count)
{
    const char *hint = mr_findings_hint(findings, key, keys, count);
    if (hint[0] != '\0') {
        mr_findings_error(findings, at, "there is no key %s here%s", key, hint);
        return;
    }
    mr_strbuf list = mr_strbuf_make(KEY_LIST_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(&list, "%s%s", i == 0 ? "" : ", ", keys[i]);
    }
    mr_findings_error(findings, at, "there is no key %s here; the keys are %s", key,
                      mr_strbuf_text(&list));
    mr_strbuf_deinit(&list);
}

bool mr_document_check_keys(mr_findings *findings, const mr_node *map, const char *const *keys,
                            size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        bool known = false;
        for (size_t k = 0; k < count; k++) {
            known = known || strcmp(map->keys[i], keys[k]) == 0;
        }
        if (!known) {
            mr_document_unknown_key(findings, map->items[i], map->keys[i], keys, count);
            ok = false;
        }
    }
    return ok;
}

void mr_document_check_repeats(mr_findings *findings, const mr_node *map, mr_finding_kind kind,
                               const char *remedy)
{
    mr_map *seen = mr_map_new();
    for (size_t i = 0; i < map->count; i++) {
        const mr_node *item = map->items[i];
        const mr_node *first = mr_map_put(seen, mr_bytes_of(map->keys[i]), map->items[i]);
        if (first == NULL) {
            continue;
        }
        if (kind == MR_FINDING_ERROR) {
            mr_findings_error(findings, item, "the key %s is given twice (first at line %d); %s",
                              map->keys[i], mr_node_line(first), remedy);
        } else {
            mr_findings_warn(findings, item, "the key %s is given twice (first at line %d); %s",
                             map->keys[i], mr_node_line(first), remedy);
        }
    }
    mr_map_free(seen);
}

const char *mr_document_need_text(mr_findings *findings, const mr_node *map, const char *key)
{
    const mr_node *node = mr_node_get(map, key);
    if (mr_node_is(node, MR_NODE_TEXT) && node->text[0] != '\0') {
        return node->text;
    }
    if (!mr_node_is(node, MR_NODE_UNKNOWN)) {
        mr_findings_error(findings, node == NULL ? map : node, "%s must be given, as text", key);
    }
    return NULL;
}
