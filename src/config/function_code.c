/*
 * function_code.c - where a function's code is: inline, a folder or a zip beside the template, or
 * what the CDK put there. See builder.h. Source: reference/cloudformation.md section 6.
 */
#include "sim/base/fs.h"
#include "src/config/builder.h"
#include "src/config/json_reader.h"
#include "src/platform/platform.h"

typedef enum path_kind { PATH_ABSENT, PATH_FILE, PATH_FOLDER } path_kind;

static path_kind look_at(const char *path)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    if (fs->stat(fs, path, &info, NULL) != MR_OK) {
        return PATH_ABSENT;
    }
    return info.is_directory ? PATH_FOLDER : PATH_FILE;
}

static mr_code_place problem(const mr_node *at, const char *text, const char *remedy)
{
    return (mr_code_place){.problem = text, .remedy = remedy, .at = at};
}

/* A path as written; `at` names it in findings. */
static mr_code_place place_of(const mr_template *template, const mr_node *at, const char *path)
{
    const char *full = mr_template_path(template, path);
    switch (look_at(full)) {
    case PATH_FOLDER:
        return (mr_code_place){.directory = full, .at = at};
    case PATH_FILE:
        if (mr_bytes_ends_with(mr_bytes_of(full), MR_BYTES_LITERAL(".zip"))) {
            return (mr_code_place){.archive = full, .at = at};
        }
        return problem(at,
                       mr_arena_format(template->arena,
                                       "%s is a file, and code is a folder or a zip here", full),
                       "give its folder, or a file that ends in .zip");
    case PATH_ABSENT:
        break;
    }
    return problem(at, mr_arena_format(template->arena, "there is no folder %s", full),
                   "put the code there, or give Metadata.Millrace.Builtin to run a native "
                   "equivalent");
}

/* ---- assets of the CDK ---- */

static mr_node *read_json_file(const mr_template *template, const char *path)
{
    char *text;
    size_t len;
    int line;
    mr_node *root = NULL;
    if (mr_fs_read_file(mr_platform_fs(), path, MR_TEMPLATE_BYTES_MAX, &text, &len, NULL) !=
        MR_OK) {
        return NULL;
    }
    if (!mr_bytes_is_utf8((mr_bytes){text, len}) ||
        mr_json_read(template->arena, (mr_bytes){text, len}, &root, &line, NULL) != MR_OK) {
        root = NULL;
    }
    mr_free(text);
    return root;
}

/* "Stack.assets.json" beside "Stack.template.json". */
static const char *assets_path(const mr_template *template)
{
    static const char ending[] = ".template.json";
    size_t len = strlen(template->file);
    if (len <= sizeof(ending) - 1 ||
        strcmp(template->file + len - (sizeof(ending) - 1), ending) != 0) {
        return NULL;
    }
    return mr_arena_format(template->arena, "%.*s.assets.json", (int)(len - (sizeof(ending) - 1)),
                           template->file);
}

static bool has_object_key(const mr_node *asset, const char *key)
{
    const mr_node *destinations = mr_node_get(asset, "destinations");
    for (size_t i = 0; mr_node_is(destinations, MR_NODE_MAP) && i < destinations->count; i++) {
        const char *object_key = mr_node_get_text(destinations->items[i], "objectKey");
        if (object_key != NULL && strcmp(object_key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* The path of the asset whose object key this is; NULL when the CDK's list does not know it. */
static const char *asset_path(const mr_template *template, const char *key)
{
    const char *list_path = assets_path(template);
    const mr_node *list = list_path == NULL ? NULL : read_json_file(template, list_path);
    const mr_node *files = mr_node_get(list, "files");
    for (size_t i = 0; mr_node_is(files, MR_NODE_MAP) && i < files->count; i++) {
        if (has_object_key(files->items[i], key)) {
            return mr_node_get_text(mr_node_get(files->items[i], "source"), "path");
        }
    }
    return NULL;
}

/* "aws:asset:path" in the resource's Metadata, which `cdk synth` writes. */
static const char *metadata_path(const mr_resource *resource)
{
    return mr_node_get_text(mr_node_get(resource->node, "Metadata"), "aws:asset:path");
}

static mr_code_place find_object(const mr_template *template, const mr_resource *resource,
                                 const mr_node *at, const char *key)
{
    const char *path = asset_path(template, key);
    if (path == NULL) {
        path = metadata_path(resource);
    }
    if (path != NULL) {
        return place_of(template, at, path);
    }
    const char *slash = strrchr(key, '/');
    mr_bytes name = mr_bytes_of(slash == NULL ? key : slash + 1);
    if (mr_bytes_ends_with(name, MR_BYTES_LITERAL(".zip"))) {
        name.len -= 4;
    }
    const char *folder = mr_arena_format(template->arena, "asset.%.*s", (int)name.len, name.at);
    if (look_at(mr_template_path(template, folder)) == PATH_FOLDER) {
        return place_of(template, at, folder);
    }
    /* The object may lie beside the template under its own name, as the last part of its key. */
    const char *file = slash == NULL ? key : slash + 1;
    if (look_at(mr_template_path(template, file)) == PATH_FILE) {
        return place_of(template, at, file);
    }
    return problem(
        at,
        mr_arena_format(template->arena, "the code is the object %s of a bucket, which is not here",
                        key),
        "give Code (or CodeUri) the path of its folder, or Metadata.Millrace.Builtin to run a "
        "native equivalent");
}

/* ---- Code, CodeUri, InlineCode ---- */

static mr_code_place find_text(const mr_template *template, const mr_resource *resource,
                               const mr_node *at, const char *path)
{
    if (strncmp(path, "s3://", 5) == 0) {
        const char *slash = strchr(path + 5, '/');
        return find_object(template, resource, at, slash == NULL ? path : slash + 1);
    }
    return place_of(template, at, path);
}

mr_code_place mr_function_code_find(const mr_template *template, const mr_resource *resource)
{
    const mr_node *properties = resource->properties;
    const mr_node *inline_code = mr_node_get(properties, "InlineCode");
    const mr_node *code = mr_node_get(properties, "Code");
    code = code != NULL ? code : mr_node_get(properties, "CodeUri");
    if (inline_code == NULL) {
        inline_code = mr_node_get(code, "ZipFile");
    }
    if (mr_node_is(inline_code, MR_NODE_TEXT)) {
        return (mr_code_place){.inline_code = inline_code->text, .at = inline_code};
    }
    if (mr_node_is(code, MR_NODE_TEXT)) {
        return find_text(template, resource, code, code->text);
    }
    const char *key = mr_node_get_text(code, "S3Key");
    key = key != NULL ? key : mr_node_get_text(code, "Key");
    if (key != NULL) {
        return find_object(template, resource, code, key);
    }
    const char *asset = metadata_path(resource);
    if (asset != NULL) {
        return place_of(template, resource->properties, asset);
    }
    return (mr_code_place){
        .problem = "there is no code",
        .remedy = "give ZipFile (InlineCode) or the path of a folder",
        .at = code != NULL ? code : properties,
    };
}
