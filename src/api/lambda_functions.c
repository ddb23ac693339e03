/* lambda_functions.c - CreateFunction, GetFunction, their updates and DeleteFunction. See
 * lambda_private.h. */
#include "sim/lambda/lambda_tags.h"
#include "src/api/lambda_private.h"

/* ---- settings ---- */

/* What AWS has and millrace does not: said once, where the operator looks. */
static void warn_of_ignored(const mr_api_call *call, const char *name,
                            const mr_lambda_settings_in *in)
{
    const char *what = in->vpc.subnet_ids.count > 0 || in->vpc.security_group_ids.count > 0
                           ? "VpcConfig"
                       : in->kms_key_arn.len > 0      ? "KMSKeyArn"
                       : in->dead_letter.text.len > 0 ? "DeadLetterConfig"
                                                      : NULL;
    if (what != NULL) {
        mr_trace_warn_about(mr_sim_trace(call->sim), &(mr_event){.function = name},
                            "%s of function %s has no effect here", what, name);
    }
}

static void set_text(const mr_api_call *call, mr_configuration *c, mr_setting setting,
                     mr_bytes text)
{
    if (text.at != NULL) {
        mr_configuration_set(c, setting, mr_lambda_text(call, text));
    }
}

static void set_number(int64_t *to, mr_aws_number number)
{
    *to = number.has ? number.value : *to;
}

static void set_environment(const mr_api_call *call, mr_configuration *c,
                            const mr_lambda_environment_in *in)
{
    if (!in->has) {
        return;
    }
    mr_configuration_clear_variables(c);
    for (size_t i = 0; i < in->variables.count; i++) {
        const mr_aws_entry *entry = &in->variables.entries[i];
        mr_configuration_add_variable(c, mr_lambda_text(call, entry->key),
                                      mr_lambda_text(call, entry->value));
    }
}

static mr_code set_all(const mr_api_call *call, mr_configuration *c,
                       const mr_lambda_settings_in *in, mr_error *err)
{
    if (in->layers.count > 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Layers are not unpacked here; put what is in them into the "
                            "function's own zip");
    }
    const struct {
        mr_setting setting;
        mr_bytes text;
    } texts[] = {
        {MR_SETTING_RUNTIME, in->runtime},
        {MR_SETTING_ROLE, in->role},
        {MR_SETTING_HANDLER, in->handler},
        {MR_SETTING_DESCRIPTION, in->description},
        {MR_SETTING_TRACING_MODE, in->tracing.text},
        {MR_SETTING_SNAP_START, in->snap_start.text},
        {MR_SETTING_LOG_FORMAT, in->logging.format},
        {MR_SETTING_LOG_GROUP, in->logging.group},
        {MR_SETTING_APPLICATION_LOG_LEVEL, in->logging.application_level},
        {MR_SETTING_SYSTEM_LOG_LEVEL, in->logging.system_level},
    };
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        set_text(call, c, texts[i].setting, texts[i].text);
    }
    if (in->dead_letter.text.at != NULL) { /* an empty one takes it away */
        const char *arn = mr_lambda_text(call, in->dead_letter.text);
        mr_configuration_set(c, MR_SETTING_DEAD_LETTER_ARN, arn[0] == '\0' ? NULL : arn);
    }
    set_number(&c->timeout_s, in->timeout);
    set_number(&c->memory_mib, in->memory_size);
    set_number(&c->storage_mib, in->storage.size);
    set_environment(call, c, &in->environment);
    return MR_OK;
}

static const char *architecture_of(const mr_api_call *call, const mr_aws_list *list)
{
    return list->count > 0 ? mr_lambda_text(call, ((const mr_bytes *)list->items)[0]) : NULL;
}

/* A text with a NUL in it would be cut short where it is kept. */
static mr_code require_plain(const mr_lambda_settings_in *in, mr_error *err)
{
    const mr_aws_map *variables = &in->environment.variables;
    bool found = false;
    for (size_t i = 0; i < variables->count && !found; i++) {
        const mr_bytes value = variables->entries[i].value;
        found = value.len > 0 && memchr(value.at, '\0', value.len) != NULL;
    }
    found = found || (in->description.len > 0 &&
                      memchr(in->description.at, '\0', in->description.len) != NULL);
    return found ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                "a description or a variable has a NUL character in it")
                 : MR_OK;
}

/* ---- operations ---- */

static mr_code create(mr_api_call *call, const mr_lambda_create_function_in *in,
                      const mr_lambda_name *name, mr_configuration *c, mr_error *err)
{
    mr_strbuf owned = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_lambda_tag *tags = mr_arena_alloc(call->arena, (in->tags.count + 1) * sizeof(*tags));
    for (size_t i = 0; i < in->tags.count; i++) {
        tags[i] = (mr_lambda_tag){mr_lambda_text(call, in->tags.entries[i].key),
                                  mr_lambda_text(call, in->tags.entries[i].value)};
    }
    mr_lambda_create_options options = {.name = name->name,
                                        .configuration = c,
                                        .tags = tags,
                                        .tag_count = in->tags.count,
                                        .publish = in->publish.value};
    mr_lambda_version *version = NULL;
    mr_code code = mr_lambda_read_zip(call, &in->code, &owned, &options.zip, err);
    if (code == MR_OK) {
        code = mr_lambda_create(mr_sim_lambda(call->sim), &options, &version, err);
    }
    if (code == MR_OK) {
        warn_of_ignored(call, name->name, &in->settings);
        mr_lambda_write_version(call, version);
    }
    mr_strbuf_deinit(&owned);
    return code;
}

mr_code mr_lambda_op_create_function(mr_api_call *call, mr_error *err)
{
    const mr_lambda_create_function_in *in = call->in;
    mr_lambda_name name;
    mr_code code = mr_lambda_name_read(call, in->function_name, (mr_bytes){NULL, 0}, &name, err);
    if (code != MR_OK) {
        return code;
    }
    if (mr_bytes_is(in->package_type, "Image")) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Container images do not run here; give the code as a zip");
    }
    mr_configuration c = mr_configuration_make(name.name);
    const char *architecture = architecture_of(call, &in->architectures);
    code = require_plain(&in->settings, err);
    if (code == MR_OK) {
        code = set_all(call, &c, &in->settings, err);
    }
    if (code == MR_OK && architecture != NULL) {
        mr_configuration_set(&c, MR_SETTING_ARCHITECTURE, architecture);
    }
    if (code == MR_OK) {
        code = create(call, in, &name, &c, err);
    }
    mr_configuration_deinit(&c);
    return code;
}

mr_code mr_lambda_op_update_code(mr_api_call *call, mr_error *err)
{
    const mr_lambda_update_code_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_lambda_version *version = NULL;
    mr_strbuf owned = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_lambda_code_options options = {.architecture = architecture_of(call, &in->architectures),
                                      .revision = mr_lambda_text(call, in->revision_id),
                                      .publish = in->publish.value,
                                      .dry_run = in->dry_run.value};
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code == MR_OK) {
        code = mr_lambda_read_zip(call, &in->code, &owned, &options.zip, err);
    }
    if (code == MR_OK) {
        code = mr_lambda_update_code(function, &options, &version, err);
    }
    if (code == MR_OK) {
        mr_lambda_write_version(call, version);
    }
    mr_strbuf_deinit(&owned);
    return code;
}

mr_code mr_lambda_op_update_configuration(mr_api_call *call, mr_error *err)
{
    const mr_lambda_update_configuration_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code == MR_OK) {
        code = require_plain(&in->settings, err);
    }
    if (code != MR_OK) {
        return code;
    }
    const mr_lambda_view view = mr_lambda_version_view(mr_lambda_latest(function));
    mr_configuration c = mr_configuration_copy(view.configuration);
    code = set_all(call, &c, &in->settings, err);
    if (code == MR_OK) {
        code = mr_lambda_update_configuration(function, &c, mr_lambda_text(call, in->revision_id),
                                              err);
    }
    if (code == MR_OK) {
        warn_of_ignored(call, mr_lambda_function_name(function), &in->settings);
        mr_lambda_write_version(call, mr_lambda_latest(function));
    }
    mr_configuration_deinit(&c);
    return code;
}

mr_code mr_lambda_op_get_configuration(mr_api_call *call, mr_error *err)
{
    mr_lambda_version *version = NULL;
    mr_code code = mr_lambda_find_version(call, call->in, &version, err);
    if (code == MR_OK) {
        mr_lambda_write_version(call, version);
    }
    return code;
}

typedef struct tag_writer {
    mr_aws_writer *out;
    size_t count;
} tag_writer;

static void on_tag(void *context, const mr_lambda_tag *tag)
{
    tag_writer *w = context;
    if (w->count++ == 0) {
        mr_aws_key(w->out, "Tags");
        mr_aws_object_open(w->out);
    }
    mr_aws_field_text(w->out, tag->key, tag->value);
}

mr_code mr_lambda_op_get_function(mr_api_call *call, mr_error *err)
{
    mr_lambda_version *version = NULL;
    mr_code code = mr_lambda_find_version(call, call->in, &version, err);
    if (code != MR_OK) {
        return code;
    }
    mr_lambda_function *function = mr_lambda_version_owner(version);
    const mr_lambda_view view = mr_lambda_version_view(version);
    mr_aws_writer *out = call->out;
    mr_aws_object_open(out);
    mr_aws_key(out, "Configuration");
    mr_aws_object_open(out);
    mr_lambda_write_configuration(out, &view, true);
    mr_aws_object_close(out);
    mr_aws_key(out, "Code");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "RepositoryType", "S3");
    mr_aws_field_text(out, "Location", mr_lambda_code_url(call, &view));
    mr_aws_object_close(out);
    tag_writer tags = {out, 0};
    code = mr_lambda_each_tag(function, on_tag, &tags, err);
    if (tags.count > 0) {
        mr_aws_object_close(out);
    }
    if (mr_lambda_reserved(function) >= 0) {
        mr_aws_key(out, "Concurrency");
        mr_aws_object_open(out);
        mr_aws_field_integer(out, "ReservedConcurrentExecutions", mr_lambda_reserved(function));
        mr_aws_object_close(out);
    }
    mr_aws_object_close(out);
    return code;
}

mr_code mr_lambda_op_delete_function(mr_api_call *call, mr_error *err)
{
    const mr_lambda_name_in *in = call->in;
    mr_lambda_version *version = NULL;
    mr_lambda_name name;
    mr_code code = mr_lambda_name_read(call, in->function_name, in->qualifier, &name, err);
    if (code == MR_OK) {
        code = mr_lambda_name_find(call, &name, false, &version, err);
    }
    if (code != MR_OK) {
        return code;
    }
    return name.qualifier != NULL ? mr_lambda_delete_version(version, err)
                                  : mr_lambda_delete(mr_lambda_version_owner(version), err);
}
