/* scenario_inputs.c - `inputs`: which files are put on which streams, and how fast. */
#include "src/scenario/scenario_reader.h"

#include "sim/base/fs.h"
#include "src/config/document.h"
#include "src/config/input_values.h"
#include "src/platform/platform.h"

static bool is_own_key(const char *key)
{
    return strcmp(key, "stream") == 0 || strcmp(key, "file") == 0;
}

/* As mr_scenario_map(), but that options may also be spelled as in a template: BatchRecords. */
static bool check_keys(mr_scenario_reader *reader, const mr_node *map)
{
    const mr_scenario_level *level = mr_scenario_level_of(MR_LEVEL_INPUT);
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        if (!is_own_key(map->keys[i]) && mr_input_option_find(map->keys[i]) == NULL) {
            mr_document_unknown_key(reader->findings, map->items[i], map->keys[i], level->keys,
                                    level->key_count);
            ok = false;
        }
    }
    return ok;
}

static const char *find_file(mr_scenario_reader *reader, const mr_node *node)
{
    const char *path = mr_document_path(reader->arena, reader->folder, node->text);
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    if (strcmp(node->text, "-") == 0) {
        mr_findings_error(reader->findings, node,
                          "file: a scenario reads no standard input; name a file");
        return NULL;
    }
    if (fs->stat(fs, path, &info, NULL) != MR_OK || info.is_directory) {
        mr_findings_error(reader->findings, node, "file: there is no file %s", path);
        return NULL;
    }
    if (info.is_special) {
        mr_findings_error(reader->findings, node,
                          "file: %s is a pipe or a device; a scenario may be run many times, so "
                          "name a file",
                          path);
        return NULL;
    }
    return path;
}

/* "partition-key: district" is the column district. */
static const mr_node *complete_key(mr_scenario_reader *reader, const mr_node *value)
{
    if (value->kind != MR_NODE_TEXT || value->text[0] == '\0' || strchr(value->text, ':') != NULL ||
        strcmp(value->text, "round-robin") == 0 || strcmp(value->text, "random") == 0) {
        return value;
    }
    const char *text = mr_arena_format(reader->arena, "column:%s", value->text);
    return mr_node_new_text(reader->arena, mr_bytes_of(text), value->line);
}

static bool set_options(mr_scenario_reader *reader, const mr_node *map, mr_input_options *options)
{
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        const mr_input_option *option = mr_input_option_find(map->keys[i]);
        const mr_node *value = map->items[i];
        if (is_own_key(map->keys[i])) {
            continue;
        }
        if (strcmp(option->name, "partition-key") == 0) {
            value = complete_key(reader, value);
        }
        ok =
            mr_input_value_set(options, reader->arena, reader->findings, map->keys[i], value) && ok;
    }
    return ok;
}

static mr_input_options *new_options(mr_scenario_memory *memory)
{
    mr_input_options *options = mr_calloc(1, sizeof(*options));
    mr_input_options_init(options);
    MR_GROW(memory->input_options, memory->input_options_count, memory->input_options_capacity);
    memory->input_options[memory->input_options_count++] = options;
    return options;
}

static bool find_target(mr_scenario_reader *reader, const mr_node *map, const char *stream,
                        const char **out)
{
    mr_input_target target;
    if (reader->plan == NULL ||
        !mr_input_target_find(reader->plan, reader->findings, mr_node_get(map, "stream"), stream,
                              !reader->plan_is_whole, &target)) {
        return false;
    }
    *out = target.name;
    return true;
}

static bool read_input(mr_scenario_reader *reader, const mr_node *map, mr_plan_input *input)
{
    if (map->kind != MR_NODE_MAP) {
        return mr_scenario_map(reader, map, MR_LEVEL_INPUT, "an input");
    }
    input->line = map->line;
    bool ok = check_keys(reader, map);
    const char *stream = mr_document_need_text(reader->findings, map, "stream");
    const char *file = mr_document_need_text(reader->findings, map, "file");
    input->file = file == NULL ? NULL : find_file(reader, mr_node_get(map, "file"));
    ok = stream != NULL && find_target(reader, map, stream, &input->stream) && ok;
    if (!ok || input->file == NULL) {
        return false;
    }
    mr_input_options *options = new_options(reader->memory);
    mr_error err;
    if (!set_options(reader, map, options)) {
        return false;
    }
    if (mr_input_options_apply(options, input->file, &input->options, &err) != MR_OK) {
        mr_findings_error(reader->findings, map, "%s", err.message);
        return false;
    }
    return true;
}

void mr_scenario_read_inputs(mr_scenario_reader *reader, const mr_node *list)
{
    mr_plan_input *inputs = NULL;
    size_t count = 0;
    reader->inputs_are_whole = list->kind == MR_NODE_LIST;
    if (list->kind != MR_NODE_LIST && list->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(reader->findings, list, "inputs is a list of maps with stream and file");
    }
    for (size_t i = 0; reader->inputs_are_whole && i < list->count; i++) {
        mr_plan_input input = {0};
        MR_ARENA_GROW(reader->arena, inputs, count);
        if (read_input(reader, list->items[i], &input)) {
            inputs[count++] = input;
        }
    }
    reader->inputs_are_whole = list->kind == MR_NODE_LIST && count == list->count;
    reader->scenario->inputs = inputs;
    reader->scenario->input_count = count;
}
