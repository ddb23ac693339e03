/* lambda_write.c - FunctionConfiguration as Lambda shows it. See lambda_private.h. */
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/runtime_name.h"
#include "src/api/lambda_private.h"

#include <stdio.h>

/* "2025-11-24T23:11:20.000+0000" */
static void write_modified(mr_aws_writer *out, int64_t us)
{
    char iso[MR_ISO_SIZE], text[64];
    mr_iso_format(us, iso);
    (void)snprintf(text, sizeof(text), "%.23s+0000", iso);
    mr_aws_field_text(out, "LastModified", text);
}

static void write_optional(mr_aws_writer *out, const char *key, const char *text)
{
    if (text != NULL) {
        mr_aws_field_text(out, key, text);
    }
}

/* An object of one text. */
static void write_wrapped(mr_aws_writer *out, const char *key, const char *inner, const char *text)
{
    mr_aws_key(out, key);
    mr_aws_object_open(out);
    mr_aws_field_text(out, inner, text);
    mr_aws_object_close(out);
}

static void write_environment(mr_aws_writer *out, const mr_configuration *c)
{
    if (!c->has_variables) {
        return;
    }
    mr_aws_key(out, "Environment");
    mr_aws_object_open(out);
    mr_aws_key(out, "Variables");
    mr_aws_object_open(out);
    for (size_t i = 0; i < c->variable_count; i++) {
        mr_aws_field_text(out, c->variables[i].name, c->variables[i].value);
    }
    mr_aws_object_close(out);
    mr_aws_object_close(out);
}

static void write_logging(mr_aws_writer *out, const mr_configuration *c)
{
    mr_aws_key(out, "LoggingConfig");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "LogFormat", c->texts[MR_SETTING_LOG_FORMAT]);
    write_optional(out, "ApplicationLogLevel", c->texts[MR_SETTING_APPLICATION_LOG_LEVEL]);
    write_optional(out, "SystemLogLevel", c->texts[MR_SETTING_SYSTEM_LOG_LEVEL]);
    mr_aws_field_text(out, "LogGroup", c->texts[MR_SETTING_LOG_GROUP]);
    mr_aws_object_close(out);
}

static void write_settings(mr_aws_writer *out, const mr_configuration *c)
{
    mr_aws_field_text(out, "Description", c->texts[MR_SETTING_DESCRIPTION]);
    mr_aws_field_integer(out, "Timeout", c->timeout_s);
    mr_aws_field_integer(out, "MemorySize", c->memory_mib);
    write_environment(out, c);
    write_wrapped(out, "TracingConfig", "Mode", c->texts[MR_SETTING_TRACING_MODE]);
    if (c->texts[MR_SETTING_DEAD_LETTER_ARN] != NULL) {
        write_wrapped(out, "DeadLetterConfig", "TargetArn", c->texts[MR_SETTING_DEAD_LETTER_ARN]);
    }
    mr_aws_field_text(out, "PackageType", "Zip");
    mr_aws_key(out, "Architectures");
    mr_aws_array_open(out);
    mr_aws_string(out, mr_bytes_of(c->texts[MR_SETTING_ARCHITECTURE]));
    mr_aws_array_close(out);
    mr_aws_key(out, "EphemeralStorage");
    mr_aws_object_open(out);
    mr_aws_field_integer(out, "Size", c->storage_mib);
    mr_aws_object_close(out);
    mr_aws_key(out, "SnapStart");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "ApplyOn", c->texts[MR_SETTING_SNAP_START]);
    mr_aws_field_text(out, "OptimizationStatus", "Off");
    mr_aws_object_close(out);
    write_logging(out, c);
}

/* AWS's runtimes have versions of their own; here the name stands for one. */
static void write_runtime_version(mr_aws_writer *out, const mr_lambda_view *view)
{
    const char *runtime = view->configuration->texts[MR_SETTING_RUNTIME];
    mr_runtime_family family = mr_runtime_family_of(runtime == NULL ? "" : runtime);
    if (family == MR_RUNTIME_FAMILY_CUSTOM || family == MR_RUNTIME_FAMILY_UNKNOWN) {
        return;
    }
    uint8_t bytes[32];
    char hex[65], arn[160];
    mr_bytes region = mr_bytes_of(view->arn + sizeof("arn:aws:lambda:") - 1);
    region.len = mr_bytes_find(region, ':');
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, runtime, strlen(runtime));
    (void)mr_digest_finish(digest, bytes);
    mr_digest_free(digest);
    mr_hex(bytes, sizeof(bytes), hex);
    (void)snprintf(arn, sizeof(arn), "arn:aws:lambda:%.*s::runtime:%s", (int)region.len, region.at,
                   hex);
    write_wrapped(out, "RuntimeVersionConfig", "RuntimeVersionArn", arn);
}

static void write_state(mr_aws_writer *out, const mr_lambda_view *view)
{
    mr_aws_field_text(out, "State", view->is_pending ? "Pending" : "Active");
    if (view->is_pending) {
        mr_aws_field_text(out, "StateReason", "The function is being created.");
        mr_aws_field_text(out, "StateReasonCode", "Creating");
        return;
    }
    mr_aws_field_text(out, "LastUpdateStatus", view->is_updating ? "InProgress" : "Successful");
    if (view->is_updating) {
        mr_aws_field_text(out, "LastUpdateStatusReason", "The function is being created.");
        mr_aws_field_text(out, "LastUpdateStatusReasonCode", "Creating");
    }
}

void mr_lambda_write_configuration(mr_aws_writer *out, const mr_lambda_view *view, bool full)
{
    const mr_configuration *c = view->configuration;
    mr_aws_field_text(out, "FunctionName", view->name);
    mr_aws_field_text(out, "FunctionArn", view->arn);
    write_optional(out, "Runtime", c->texts[MR_SETTING_RUNTIME]);
    write_optional(out, "Role", c->texts[MR_SETTING_ROLE]);
    write_optional(out, "Handler", c->texts[MR_SETTING_HANDLER]);
    mr_aws_field_integer(out, "CodeSize", view->code_bytes);
    mr_aws_field_text(out, "CodeSha256", view->code_sha256);
    write_modified(out, view->modified_us);
    mr_aws_field_text(out, "Version", view->number);
    mr_aws_field_text(out, "RevisionId", view->revision);
    write_settings(out, c);
    if (full) {
        write_runtime_version(out, view);
        write_state(out, view);
    }
}

void mr_lambda_write_version(mr_api_call *call, mr_lambda_version *version)
{
    const mr_lambda_view view = mr_lambda_version_view(version);
    mr_aws_object_open(call->out);
    mr_lambda_write_configuration(call->out, &view, true);
    mr_aws_object_close(call->out);
}
