/* millrace_metadata.c - see millrace_metadata.h. */
#include "src/config/millrace_metadata.h"

#include "sim/base/fs.h"
#include "src/config/document.h"
#include "src/config/input_values.h"
#include "src/config/intrinsics.h"
#include "src/config/value.h"
#include "src/platform/platform.h"

static const char *const template_keys[] = {"Inputs", "Queries"};
static const char *const function_keys[] = {"Builtin"};
static const char *const builtin_keys[] = {
    "Kind", "Delimiter", "Trim", "Columns", "Field", "Label", "Scores", "PartitionKey",
};
static const char *const column_keys[] = {"Name", "Type", "From", "Part", "Format"};
/* Stream, File, and the producer's options as templates spell them (input_options.h). */
static const char *const input_keys[] = {
    "Stream",       "File",    "BatchRecords", "BatchBytes", "Rate",
    "PartitionKey", "Encode",  "Columns",      "LoadTime",   "Delimiter",
    "NoHeader",     "Retries", "Strict",       "Rows",       "Repeat",
};

static const mr_metadata_level levels[] = {
    {"template", template_keys, MR_COUNT(template_keys)},
    {"input", input_keys, MR_COUNT(input_keys)},
    {"function", function_keys, MR_COUNT(function_keys)},
    {"builtin", builtin_keys, MR_COUNT(builtin_keys)},
    {"column", column_keys, MR_COUNT(column_keys)},
};

const mr_metadata_level *mr_metadata_levels(size_t *count)
{
    *count = MR_COUNT(levels);
    return levels;
}

/* ---- shapes ---- */

static bool refuse(const mr_template *template, const mr_node *at, const char *message)
{
    mr_findings_error(template->findings, at, "%s", message);
    return false;
}

/* The evaluated Millrace map of a Metadata section; NULL when there is none, or not a sound one. */
static mr_node *millrace_of(const mr_template *template, const mr_node *owner)
{
    mr_template *mutable_template = (mr_template *)(uintptr_t) template;
    const mr_node *metadata = mr_node_get(owner, "Metadata");
    const mr_node *node = mr_node_get(metadata, "Millrace");
    for (size_t i = 0; node == NULL && mr_node_is(metadata, MR_NODE_MAP) && i < metadata->count;
         i++) {
        if (mr_bytes_equal_nocase(mr_bytes_of(metadata->keys[i]), MR_BYTES_LITERAL("millrace"))) {
            (void)refuse(template, metadata->items[i], "this key is spelled Millrace");
        }
    }
    if (node == NULL || node->kind == MR_NODE_NULL) {
        return NULL;
    }
    mr_node *value = mr_evaluate(mutable_template, MR_SCOPE_RESOURCES, node);
    if (!mr_node_is(value, MR_NODE_MAP)) {
        if (!mr_node_is(value, MR_NODE_UNKNOWN)) {
            (void)refuse(template, node, "Millrace must be a map");
        }
        return NULL;
    }
    return value;
}

/* ---- Inputs ---- */

static bool set_options(const mr_template *template, const mr_node *map, mr_input_options *options)
{
    bool ok = true;
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->keys[i];
        if (strcmp(key, "Stream") != 0 && strcmp(key, "File") != 0) {
            ok = mr_input_value_set(options, template->arena, template->findings, key,
                                    map->items[i]) &&
                 ok;
        }
    }
    return ok;
}

/* Whether the input's stream can take records. */
static bool check_target(mr_plan_builder *builder, const mr_node *at, const char *stream)
{
    const mr_template *template = builder->template;
    const mr_resource *resource = mr_template_resource_find(template, stream);
    /* One that is there, with errors of its own. */
    bool is_refused =
        resource != NULL && (resource->refused || resource->state == MR_RESOURCE_BROKEN);
    mr_input_target target;
    return mr_input_target_find(builder->plan, template->findings, at, stream, is_refused, &target);
}

static void check_file(const mr_template *template, const mr_node *at, const char *path)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info = {0};
    bool is_needed = template->inputs == MR_PLAN_INPUTS_NEEDED;
    if (strcmp(path, "-") == 0) {
        if (is_needed) {
            (void)refuse(template, at, "standard input is read once; name a file");
        }
    } else if (template->inputs != MR_PLAN_INPUTS_UNUSED &&
               fs->stat(fs, path, &info, NULL) != MR_OK) {
        if (is_needed) {
            mr_findings_error(template->findings, at, "there is no file %s", path);
        } else {
            mr_findings_warn(template->findings, at,
                             "there is no file %s; it must be there when the pipeline runs, unless "
                             "--input replaces it",
                             path);
        }
    } else if (is_needed && info.is_special) {
        mr_findings_error(template->findings, at, "%s is a pipe or a device; name a file", path);
    }
}

static void read_input(mr_plan_builder *builder, const mr_node *map)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    if (map->kind == MR_NODE_UNKNOWN) {
        return;
    }
    if (map->kind != MR_NODE_MAP) {
        (void)refuse(template, map, "an input is a map with Stream and File");
        return;
    }
    bool ok = mr_document_check_keys(template->findings, map, input_keys, MR_COUNT(input_keys));
    const char *stream = mr_document_need_text(template->findings, map, "Stream");
    const char *file = mr_document_need_text(template->findings, map, "File");
    if (!ok || stream == NULL || file == NULL ||
        !check_target(builder, mr_node_get(map, "Stream"), stream)) {
        return;
    }
    mr_input_options *options = mr_calloc(1, sizeof(*options));
    mr_input_options_init(options);
    MR_GROW(builder->input_options, builder->input_options_count, builder->input_options_capacity);
    builder->input_options[builder->input_options_count++] = options;
    mr_plan_input input = {
        .line = map->line,
        .stream = stream,
        .file = strcmp(file, "-") == 0 ? file : mr_template_path(template, file),
    };
    check_file(template, mr_node_get(map, "File"), input.file);
    mr_error err;
    if (!set_options(template, map, options)) {
        return;
    }
    if (mr_input_options_apply(options, input.file, &input.options, &err) != MR_OK) {
        (void)refuse(template, map, err.message);
        return;
    }
    MR_ARENA_GROW(template->arena, plan->inputs, plan->input_count);
    plan->inputs[plan->input_count++] = input;
}

/* ---- Queries ---- */

static void read_queries(mr_plan_builder *builder, const mr_node *map)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    if (map->kind != MR_NODE_MAP) {
        if (map->kind != MR_NODE_UNKNOWN) {
            (void)refuse(template, map, "Queries is a map of names to SQL");
        }
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        const mr_node *sql = map->items[i];
        if (sql->kind != MR_NODE_TEXT || mr_bytes_trim(mr_bytes_of(sql->text)).len == 0) {
            if (sql->kind != MR_NODE_UNKNOWN) {
                (void)refuse(template, sql, "a query is SQL, as text");
            }
            continue;
        }
        MR_ARENA_GROW(template->arena, plan->queries, plan->query_count);
        plan->queries[plan->query_count++] =
            (mr_plan_query){.name = map->keys[i], .sql = sql->text, .line = map->key_lines[i]};
    }
}

void mr_metadata_read(mr_plan_builder *builder)
{
    const mr_template *template = builder->template;
    const mr_node *millrace = millrace_of(template, template->root);
    if (millrace == NULL) {
        return;
    }
    (void)mr_document_check_keys(template->findings, millrace, template_keys,
                                 MR_COUNT(template_keys));
    const mr_node *inputs = mr_node_get(millrace, "Inputs");
    if (mr_node_is(inputs, MR_NODE_LIST)) {
        for (size_t i = 0; i < inputs->count; i++) {
            read_input(builder, inputs->items[i]);
        }
    } else if (inputs != NULL && inputs->kind != MR_NODE_UNKNOWN) {
        (void)refuse(template, inputs, "Inputs is a list of maps with Stream and File");
    }
    const mr_node *queries = mr_node_get(millrace, "Queries");
    if (queries != NULL) {
        read_queries(builder, queries);
    }
}

void mr_metadata_check_resource(mr_plan_builder *builder, const mr_resource *resource)
{
    const mr_node *millrace = mr_node_find(resource->node, "Metadata.Millrace");
    if (millrace != NULL && millrace->kind != MR_NODE_NULL && !resource->implied) {
        mr_findings_error(builder->template->findings, millrace,
                          "Millrace metadata of a resource is for functions (Builtin); Inputs and "
                          "Queries stand at the top of the template");
    }
}

/* ---- Builtin ---- */

static bool read_from(const mr_template *template, const mr_node *node, mr_builtin_column *column)
{
    size_t count = node->kind == MR_NODE_LIST ? node->count : 1;
    uint32_t *from = mr_arena_alloc(template->arena, count * sizeof(*from));
    for (size_t i = 0; i < count; i++) {
        const mr_node *item = node->kind == MR_NODE_LIST ? node->items[i] : node;
        int64_t number;
        if (!mr_value_int(item, &number) || number < 1 || number > 100000) {
            return refuse(template, node,
                          "From is the number of a field, counted from 1, or a list of them");
        }
        from[i] = (uint32_t)number;
    }
    column->from = from;
    column->from_count = count;
    return true;
}

static bool read_column(const mr_template *template, const mr_node *map, mr_builtin_column *column)
{
    if (map->kind != MR_NODE_MAP) {
        return refuse(template, map, "a column is a map with Name, Type and From");
    }
    bool ok = mr_document_check_keys(template->findings, map, column_keys, MR_COUNT(column_keys));
    column->name = mr_document_need_text(template->findings, map, "Name");
    column->type = mr_node_get_text(map, "Type");
    column->part = mr_node_get_text(map, "Part");
    column->format = mr_node_get_text(map, "Format");
    const mr_node *from = mr_node_get(map, "From");
    return ok && column->name != NULL && (from == NULL || read_from(template, from, column));
}

static bool read_columns(const mr_template *template, const mr_node *list,
                         mr_builtin_options *options)
{
    if (list == NULL) {
        return true;
    }
    if (list->kind != MR_NODE_LIST) {
        return refuse(template, list, "Columns is a list of maps with Name, Type and From");
    }
    mr_builtin_column *columns = mr_arena_alloc(template->arena, list->count * sizeof(*columns));
    bool ok = true;
    for (size_t i = 0; i < list->count; i++) {
        ok = read_column(template, list->items[i], &columns[i]) && ok;
    }
    options->columns = columns;
    options->column_count = list->count;
    return ok;
}

static bool read_kind(const mr_template *template, const mr_node *map, mr_builtin_options *options)
{
    static const mr_builtin_kind kinds[] = {MR_BUILTIN_DELIMITED_TO_JSON, MR_BUILTIN_JSON,
                                            MR_BUILTIN_SENTIMENT};
    const char *names[MR_COUNT(kinds)];
    const char *kind = mr_document_need_text(template->findings, map, "Kind");
    if (kind == NULL) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(kinds); i++) {
        names[i] = mr_builtin_kind_name(kinds[i]);
        if (strcmp(kind, names[i]) == 0) {
            options->kind = kinds[i];
            return true;
        }
    }
    mr_findings_error(template->findings, mr_node_get(map, "Kind"),
                      "there is no builtin %s; it is delimited-to-json, json or sentiment%s", kind,
                      mr_findings_hint(template->findings, kind, names, MR_COUNT(names)));
    return false;
}

/* Reads a key of the sentiment kind; *out stays NULL where it is absent. */
static bool read_name(const mr_template *template, const mr_node *map, const char *key,
                      const mr_builtin_options *options, const char **out)
{
    const mr_node *node = mr_node_get(map, key);
    if (node == NULL) {
        return true;
    }
    if (options->kind != MR_BUILTIN_SENTIMENT) {
        mr_findings_error(template->findings, node, "%s goes with sentiment, not with %s", key,
                          mr_builtin_kind_name(options->kind));
        return false;
    }
    if (node->kind != MR_NODE_TEXT || node->text[0] == '\0') {
        mr_findings_error(template->findings, node, "%s is a name, as text", key);
        return false;
    }
    *out = node->text;
    return true;
}

static bool read_sentiment(const mr_template *template, const mr_node *map,
                           mr_builtin_options *options)
{
    static const char *const others[] = {"Delimiter", "Trim", "Columns"};
    bool ok = read_name(template, map, "Field", options, &options->field);
    ok = read_name(template, map, "Label", options, &options->label) && ok;
    ok = read_name(template, map, "Scores", options, &options->scores) && ok;
    ok = read_name(template, map, "PartitionKey", options, &options->partition_key) && ok;
    for (size_t i = 0; options->kind == MR_BUILTIN_SENTIMENT && i < MR_COUNT(others); i++) {
        const mr_node *node = mr_node_get(map, others[i]);
        if (node != NULL) {
            mr_findings_error(template->findings, node, "%s does not go with sentiment", others[i]);
            ok = false;
        }
    }
    return ok;
}

static bool read_builtin(const mr_template *template, const mr_node *map,
                         mr_builtin_options *options)
{
    if (map->kind != MR_NODE_MAP) {
        return map->kind == MR_NODE_UNKNOWN ? false
                                            : refuse(template, map, "Builtin is a map with Kind");
    }
    bool ok = mr_document_check_keys(template->findings, map, builtin_keys, MR_COUNT(builtin_keys));
    if (!read_kind(template, map, options)) {
        return false;
    }
    ok = read_sentiment(template, map, options) && ok;
    options->delimiter = '|';
    const mr_node *delimiter = mr_node_get(map, "Delimiter");
    if (delimiter != NULL &&
        (delimiter->kind != MR_NODE_TEXT ||
         !mr_delimiter_parse(mr_bytes_of(delimiter->text), &options->delimiter))) {
        ok = refuse(template, delimiter, "Delimiter is one character, or tab");
    }
    const mr_node *trim = mr_node_get(map, "Trim");
    if (trim != NULL && !mr_value_bool(trim, &options->trim)) {
        ok = refuse(template, trim, "Trim is true or false");
    }
    return read_columns(template, mr_node_get(map, "Columns"), options) && ok;
}

const mr_builtin_options *mr_metadata_builtin(mr_plan_builder *builder, const mr_resource *resource,
                                              bool *refused)
{
    const mr_template *template = builder->template;
    *refused = false;
    const mr_node *millrace = millrace_of(template, resource->node);
    if (millrace == NULL) {
        return NULL;
    }
    *refused = !mr_document_check_keys(template->findings, millrace, function_keys,
                                       MR_COUNT(function_keys));
    const mr_node *map = mr_node_get(millrace, "Builtin");
    if (map == NULL || *refused) {
        return NULL;
    }
    mr_builtin_options *options = mr_arena_alloc(template->arena, sizeof(*options));
    if (!read_builtin(template, map, options)) {
        *refused = true;
        return NULL;
    }
    mr_builtin *builtin = NULL;
    mr_error err;
    if (mr_builtin_new(options, &builtin, &err) != MR_OK) {
        *refused = true;
        (void)refuse(template, map, err.message);
        return NULL;
    }
    mr_builtin_free(builtin);
    return options;
}
