/*
 * scenario.c - see scenario.h: the way from a file to a scenario, in order: nodes, the recording,
 * the settings, the template's plan, then inputs, faults and expectations, which name its
 * resources.
 */
#include "src/scenario/scenario.h"

#include "sim/base/fs.h"
#include "sim/sim.h"
#include "src/config/document.h"
#include "src/config/json_reader.h"
#include "src/platform/platform.h"
#include "src/scenario/scenario_reader.h"

#define STREAM_BYTES_MIN (4 * (uint64_t)MR_MIB)

/* What both a scenario and the first line of a recording say, the scenario's own in the end. */
typedef struct settings {
    const char *template_file; /* resolved; NULL: not said */
    const mr_node *template_at;
    const mr_plan_parameter *parameters;
    size_t parameter_count;
    const char *region;
    const char *limits_on, *limits_off; /* how `limits` is spelled here */
} settings;

/* ---- the tree ---- */

/* A short tag such as !Sub x has become {"Fn::Sub": x}. */
static bool is_function(const mr_node *node)
{
    if (node->kind != MR_NODE_MAP || node->count != 1) {
        return false;
    }
    const char *key = node->keys[0];
    bool is_parameter = node->key != NULL && strcmp(node->key, "parameters") == 0;
    return strncmp(key, "Fn::", 4) == 0 ||
           (!is_parameter && (strcmp(key, "Ref") == 0 || strcmp(key, "Condition") == 0));
}

static void check_tree(mr_scenario_reader *reader, mr_node *node)
{
    if (is_function(node)) {
        mr_findings_error(reader->findings, node,
                          "CloudFormation's functions mean nothing in a scenario: write the value");
        node->kind = MR_NODE_UNKNOWN;
        return;
    }
    if (node->kind == MR_NODE_MAP) {
        mr_document_check_repeats(reader->findings, node, MR_FINDING_ERROR, "remove one");
    }
    for (size_t i = 0; i < node->count; i++) {
        check_tree(reader, node->items[i]);
    }
}

/* ---- settings ---- */

static bool read_start(mr_scenario_reader *reader, const mr_node *node, int64_t *out)
{
    const char *text;
    if (!mr_scenario_text(reader, node, "start", &text)) {
        return false;
    }
    int64_t start_us;
    if (!mr_sim_start_parse(mr_bytes_of(text), &start_us)) {
        mr_findings_error(reader->findings, node,
                          "start: '%s' is no time such as 2025-01-01T00:00:00Z (from 1970 to 2399)",
                          text);
        return false;
    }
    *out = start_us;
    return true;
}

static void read_limits(mr_scenario_reader *reader, const mr_node *node, const settings *set)
{
    const char *text;
    if (!mr_scenario_text(reader, node, "limits", &text)) {
        return;
    }
    reader->scenario->limits = strcmp(text, set->limits_on) == 0;
    if (!reader->scenario->limits && strcmp(text, set->limits_off) != 0) {
        mr_findings_error(reader->findings, node, "limits: '%s' is not %s or %s", text,
                          set->limits_on, set->limits_off);
    }
}

static void read_parameters(mr_scenario_reader *reader, const mr_node *map, settings *set)
{
    if (map->kind != MR_NODE_MAP) {
        if (map->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, map,
                              "parameters is a map such as {Language: node}");
        }
        return;
    }
    mr_plan_parameter *parameters = NULL;
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const mr_node *value = map->items[i];
        if (value->kind == MR_NODE_TEXT) {
            MR_ARENA_PUSH(reader->arena, parameters, count,
                          ((mr_plan_parameter){map->keys[i], value->text}));
        } else if (value->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, value, "parameters: %s must be one value",
                              map->keys[i]);
        }
    }
    set->parameters = parameters;
    set->parameter_count = count;
}

/* folder: what paths are relative to. */
static void read_settings(mr_scenario_reader *reader, const mr_node *root, const char *folder,
                          settings *set)
{
    mr_scenario *scenario = reader->scenario;
    const mr_node *template = mr_node_get(root, "template");
    const mr_node *seed = mr_node_get(root, "seed"), *start = mr_node_get(root, "start");
    const mr_node *limits = mr_node_get(root, "limits");
    const mr_node *no_builtin = mr_node_get(root, "no-builtin");
    const mr_node *parameters = mr_node_get(root, "parameters");
    const char *file;
    if (template != NULL && mr_scenario_text(reader, template, "template", &file)) {
        set->template_file = mr_document_path(reader->arena, folder, file);
        set->template_at = template;
    }
    if (parameters != NULL) {
        read_parameters(reader, parameters, set);
    }
    (void)mr_scenario_optional_text(reader, root, "region", &set->region);
    if (seed != NULL) {
        (void)mr_scenario_count(reader, seed, "seed", 0, UINT64_MAX, &scenario->seed);
    }
    if (start != NULL) {
        (void)read_start(reader, start, &scenario->start_us);
    }
    if (limits != NULL) {
        read_limits(reader, limits, set);
    }
    if (no_builtin != NULL) {
        (void)mr_scenario_bool(reader, no_builtin, "no-builtin", &scenario->use_code);
    }
}

static void read_own_settings(mr_scenario_reader *reader, const mr_node *root)
{
    mr_scenario *scenario = reader->scenario;
    const mr_node *drain = mr_node_get(root, "drain");
    const mr_node *bytes = mr_node_get(root, "stream-bytes");
    (void)mr_scenario_optional_text(reader, root, "name", &scenario->name);
    (void)mr_scenario_optional_text(reader, root, "description", &scenario->description);
    if (drain != NULL) {
        (void)mr_scenario_bool(reader, drain, "drain", &scenario->drain);
    }
    if (bytes != NULL) {
        (void)mr_scenario_count(reader, bytes, "stream-bytes", STREAM_BYTES_MIN, UINT64_MAX,
                                &scenario->stream_bytes_max);
    }
}

/* ---- the recording ---- */

/* Refuses what would block, or never end. */
static mr_code need_file(const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    if (fs->stat(fs, path, &info, NULL) == MR_OK && info.is_special) {
        return mr_error_set(err, MR_BAD_INPUT, "%s is a pipe or a device; name a file", path);
    }
    return MR_OK; /* what is not there is told by whoever opens it */
}

/* The first line of a file, in the arena, without its line end. */
static mr_code read_first_line(mr_arena *arena, const char *path, mr_bytes *out, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_code code = need_file(path, err);
    if (code == MR_OK) {
        code = fs->open(fs, path, MR_OPEN_READ, &file, err);
    }
    if (code != MR_OK) {
        return code;
    }
    char *text = mr_alloc(MR_SCENARIO_BYTES_MAX);
    size_t got = 0;
    code = fs->read_at(fs, file, text, MR_SCENARIO_BYTES_MAX, 0, &got, err);
    size_t len = code == MR_OK ? mr_bytes_find((mr_bytes){text, got}, '\n') : 0;
    if (code == MR_OK && len == MR_SCENARIO_BYTES_MAX) {
        code = mr_error_set(err, MR_TOO_LARGE, "%s: its first line is longer than 1 MiB", path);
    }
    *out = (mr_bytes){mr_arena_copy(arena, (mr_bytes){text, len}), len};
    mr_free(text);
    fs->close(fs, file);
    return code;
}

/* The object that a recording begins with; NULL, with an error, when it is none. */
static const mr_node *read_header(mr_scenario_reader *reader, mr_bytes text)
{
    static const char what[] =
        "this is no recording: its first line is not {\"millrace\":\"recording\",...}";
    mr_node *header = NULL;
    int line;
    mr_error err;
    if (!mr_bytes_is_utf8(text) ||
        mr_json_read(reader->arena, text, &header, &line, &err) != MR_OK) {
        mr_findings_add(reader->findings, MR_FINDING_ERROR, 1, NULL, what);
        return NULL;
    }
    const char *millrace = mr_node_get_text(header, "millrace");
    const char *format = mr_node_get_text(header, "format");
    if (millrace == NULL || strcmp(millrace, "recording") != 0) {
        mr_findings_add(reader->findings, MR_FINDING_ERROR, 1, NULL, what);
        return NULL;
    }
    if (format == NULL || strcmp(format, "1") != 0) {
        mr_findings_error(reader->findings, header,
                          "this is a recording of format %s; this millrace reads format 1",
                          format == NULL ? "unknown" : format);
        return NULL;
    }
    return header;
}

/* Takes the settings of the recording at `path`. What is wrong with it is said at the scenario's
 * own place for it (at), or (NULL) in the recording.
 * False when it is none. */
static bool read_recording(mr_scenario_reader *reader, const char *path, const mr_node *at,
                           settings *set)
{
    mr_findings *own = reader->findings;
    mr_findings *found = mr_findings_new(reader->arena);
    const mr_node *header = NULL;
    mr_bytes line;
    mr_error err;
    reader->findings = at == NULL ? own : found;
    reader->scenario->replay = path;
    if (read_first_line(reader->arena, path, &line, &err) != MR_OK) {
        mr_findings_error(own, at, "replay: %s", err.message);
    } else {
        header = read_header(reader, line);
        if (header != NULL) {
            set->limits_on = "true";
            set->limits_off = "false";
            read_settings(reader, header, mr_document_folder(reader->arena, path), set);
            set->template_at = at == NULL ? header : at;
        }
    }
    size_t count, errors;
    const mr_finding *findings = mr_findings_take(found, &count, &errors);
    for (size_t i = 0; i < count; i++) {
        mr_findings_error(own, at, "replay: %s: %s", path, findings[i].message);
    }
    mr_findings_free(found);
    reader->findings = own;
    return header != NULL;
}

/* ---- the template ---- */

/* The template's errors stand in its own findings, and are told with those of the scenario. */
static void load_plan(mr_scenario_reader *reader, const settings *set, mr_plan_inputs inputs)
{
    const mr_plan_options options = {
        .file = set->template_file,
        .region = set->region,
        .parameters = set->parameters,
        .parameter_count = set->parameter_count,
        .inputs = inputs,
    };
    mr_error err;
    if (need_file(set->template_file, &err) != MR_OK ||
        mr_plan_load(&options, &reader->memory->plan, &err) != MR_OK) {
        mr_findings_error(reader->findings, set->template_at, "template: %s", err.message);
        return;
    }
    reader->plan = reader->memory->plan;
    reader->plan_is_whole = reader->plan->error_count == 0;
    reader->scenario->plan = reader->plan_is_whole ? reader->memory->plan : NULL;
}

static void use_inputs_of_template(mr_scenario_reader *reader)
{
    reader->inputs_are_whole = reader->plan_is_whole;
    if (reader->plan != NULL) {
        reader->scenario->inputs = reader->plan->inputs;
        reader->scenario->input_count = reader->plan->input_count;
    }
}

/* ---- all of it ---- */

/* Latency is the difference of two times of day, so it has no meaning when the clock leaps. */
static void refuse_latency_over_jumps(mr_scenario_reader *reader)
{
    const mr_scenario *scenario = reader->scenario;
    bool jumps = false;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        jumps = jumps || scenario->faults[i].kind == MR_SCENARIO_JUMP;
    }
    for (size_t i = 0; jumps && i < scenario->expect_count; i++) {
        if (scenario->expects[i].kind == MR_EXPECT_LATENCY) {
            mr_findings_add(reader->findings, MR_FINDING_ERROR, scenario->expects[i].line, NULL,
                            "latency cannot be measured where the clock jumps: it is the "
                            "difference of two times of day; move one of them to a scenario of "
                            "its own");
        }
    }
}

static void read_root(mr_scenario_reader *reader, const mr_node *root)
{
    const mr_node *replay = mr_node_get(root, "replay"), *inputs = mr_node_get(root, "inputs");
    const mr_node *faults = mr_node_get(root, "faults"), *expect = mr_node_get(root, "expect");
    const mr_node *lesson = mr_node_get(root, "lesson");
    const char *recording;
    settings set = {0};
    bool is_refused = replay != NULL; /* a recording that cannot be read may name the template */
    /* One misspelt key hides no other mistake. */
    (void)mr_scenario_map(reader, root, MR_LEVEL_SCENARIO, "a scenario");
    read_own_settings(reader, root);
    if (replay != NULL && mr_scenario_text(reader, replay, "replay", &recording)) {
        is_refused = !read_recording(
            reader, mr_document_path(reader->arena, reader->folder, recording), replay, &set);
    }
    set.limits_on = "aws";
    set.limits_off = "off";
    read_settings(reader, root, reader->folder, &set);
    if (replay != NULL && inputs != NULL) {
        mr_findings_error(reader->findings, inputs,
                          "inputs and replay: a replay puts the records of its recording");
    }
    if (set.template_file != NULL) {
        load_plan(reader, &set,
                  inputs == NULL && replay == NULL ? MR_PLAN_INPUTS_NEEDED : MR_PLAN_INPUTS_UNUSED);
    } else if (mr_node_get(root, "template") == NULL && !is_refused) {
        mr_findings_error(reader->findings, root, "template must be given: the path of a template");
    }
    if (inputs != NULL) {
        mr_scenario_read_inputs(reader, inputs);
    } else if (replay == NULL) {
        use_inputs_of_template(reader);
    }
    if (faults != NULL) {
        mr_scenario_read_faults(reader, faults);
    }
    if (expect != NULL) {
        mr_scenario_read_expects(reader, expect);
    }
    if (lesson != NULL) {
        mr_scenario_read_lesson(reader, lesson);
    }
    refuse_latency_over_jumps(reader);
}

/* "crimes" of "data/crimes.yaml". */
static const char *name_of(mr_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash == NULL ? file : slash + 1;
    const char *dot = strrchr(name, '.');
    size_t len = dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
    return mr_arena_copy(arena, (mr_bytes){name, len});
}

static mr_scenario_reader begin(const char *file)
{
    mr_scenario *scenario = mr_calloc(1, sizeof(*scenario));
    mr_scenario_memory *memory = mr_calloc(1, sizeof(*memory));
    memory->arena = mr_arena_new();
    scenario->memory = memory;
    scenario->file = mr_arena_text(memory->arena, file);
    scenario->name = name_of(memory->arena, file);
    scenario->seed = MR_SIM_SEED_DEFAULT;
    scenario->start_us = MR_SIM_START_DEFAULT;
    scenario->limits = true;
    return (mr_scenario_reader){
        .scenario = scenario,
        .memory = memory,
        .arena = memory->arena,
        .findings = mr_findings_new(memory->arena),
        .folder = mr_document_folder(memory->arena, file),
    };
}

/* The scenario's own findings, then the errors of its template: its warnings are for those who
 * check the template. */
static mr_scenario *finish(mr_scenario_reader *reader)
{
    mr_scenario *scenario = reader->scenario;
    const mr_plan *plan = reader->memory->plan;
    size_t count;
    const mr_finding *own = mr_findings_take(reader->findings, &count, &scenario->error_count);
    for (size_t i = 0; i < count; i++) {
        MR_ARENA_PUSH(reader->arena, scenario->findings, scenario->finding_count, own[i]);
    }
    reader->memory->own_count = count;
    for (size_t i = 0; plan != NULL && i < plan->finding_count; i++) {
        if (plan->findings[i].kind == MR_FINDING_ERROR) {
            MR_ARENA_PUSH(reader->arena, scenario->findings, scenario->finding_count,
                          plan->findings[i]);
        }
    }
    scenario->error_count += plan == NULL ? 0 : plan->error_count;
    mr_findings_free(reader->findings);
    return scenario;
}

mr_scenario *mr_scenario_from_text(const char *file, mr_bytes text)
{
    mr_scenario_reader reader = begin(file);
    mr_node *root = mr_document_read(reader.arena, reader.findings, text,
                                     &(mr_document_options){"a scenario", ""});
    if (root != NULL && root->kind == MR_NODE_NULL) {
        mr_findings_add(reader.findings, MR_FINDING_ERROR, 0, NULL,
                        "the file is empty: a scenario has at least a template");
    } else if (mr_node_get(root, "Resources") != NULL && mr_node_get(root, "template") == NULL) {
        mr_findings_error(reader.findings, NULL,
                          "this is a CloudFormation template, not a scenario: `millrace run` runs "
                          "it, and a scenario names it as its template");
    } else if (root != NULL) {
        check_tree(&reader, root);
        if (root->kind == MR_NODE_MAP) {
            read_root(&reader, root);
        } else {
            (void)mr_scenario_map(&reader, root, MR_LEVEL_SCENARIO, "a scenario");
        }
    }
    return finish(&reader);
}

mr_code mr_scenario_load(const char *file, mr_scenario **out, mr_error *err)
{
    char *text;
    size_t len;
    *out = NULL;
    mr_code code = mr_fs_read_file(mr_platform_fs(), file, MR_SCENARIO_BYTES_MAX, &text, &len, err);
    if (code != MR_OK) {
        return code;
    }
    *out = mr_scenario_from_text(file, (mr_bytes){text, len});
    mr_free(text);
    return MR_OK;
}

mr_code mr_scenario_of_recording(const char *file, mr_scenario **out, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *opened = NULL;
    *out = NULL;
    mr_code code = need_file(file, err);
    if (code == MR_OK) {
        code = fs->open(fs, file, MR_OPEN_READ, &opened, err);
    }
    if (code != MR_OK) {
        return code;
    }
    fs->close(fs, opened);
    mr_scenario_reader reader = begin(file);
    settings set = {0};
    bool is_one = read_recording(&reader, reader.scenario->file, NULL, &set);
    if (set.template_file != NULL) {
        load_plan(&reader, &set, MR_PLAN_INPUTS_UNUSED);
    } else if (is_one) {
        mr_findings_add(reader.findings, MR_FINDING_ERROR, 1, NULL,
                        "template must be given: the path of a template");
    }
    *out = finish(&reader);
    return MR_OK;
}

void mr_scenario_free(mr_scenario *scenario)
{
    if (scenario == NULL) {
        return;
    }
    mr_scenario_memory *memory = scenario->memory;
    for (size_t i = 0; i < memory->input_options_count; i++) {
        mr_input_options_deinit(memory->input_options[i]);
        mr_free(memory->input_options[i]);
    }
    mr_free(memory->input_options);
    mr_plan_free(memory->plan);
    mr_arena_free(memory->arena);
    mr_free(memory);
    mr_free(scenario);
}

void mr_scenario_add_error(mr_scenario *scenario, int line, const char *message)
{
    mr_scenario_memory *memory = scenario->memory;
    MR_ARENA_GROW(memory->arena, scenario->findings, scenario->finding_count);
    size_t place = memory->own_count;
    while (place > 0 && scenario->findings[place - 1].line > line) {
        place--;
    }
    mr_finding *at = &scenario->findings[place];
    memmove(at + 1, at, (scenario->finding_count - place) * sizeof(*at));
    *at = (mr_finding){MR_FINDING_ERROR, line, "", mr_arena_text(memory->arena, message)};
    memory->own_count++;
    scenario->finding_count++;
    scenario->error_count++;
}

char *mr_scenario_finding_text(const mr_scenario *scenario, const mr_finding *finding)
{
    const mr_scenario_memory *memory = scenario->memory;
    if (finding >= scenario->findings + memory->own_count) {
        return mr_finding_text(memory->plan, finding);
    }
    if (finding->line == 0) {
        return mr_format("%s: %s", scenario->file, finding->message);
    }
    return mr_format("%s:%d: %s", scenario->file, finding->line, finding->message);
}

bool mr_scenario_is_one(mr_bytes text)
{
    mr_arena *arena = mr_arena_new();
    mr_findings *findings = mr_findings_new(arena);
    const mr_node *root =
        mr_document_read(arena, findings, text, &(mr_document_options){"a scenario", ""});
    bool is_one = mr_node_get(root, "Resources") == NULL &&
                  (mr_node_get(root, "template") != NULL || mr_node_get(root, "replay") != NULL);
    mr_findings_free(findings);
    mr_arena_free(arena);
    return is_one;
}
