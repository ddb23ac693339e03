/* openapi_schema.c - see openapi_schema.h. */
#include "src/web/openapi_schema.h"

#include "src/aws/decode.h"

#include <string.h>

#define PARAMETER_LENGTH_MAX 1024 /* the router's own, where a row has none */

void mr_openapi_ref(mr_json *json, const mr_web_shape *shape)
{
    mr_strbuf ref = mr_strbuf_make(256);
    mr_strbuf_appendf(&ref, "#/components/schemas/%s", shape->name);
    mr_json_object_begin(json);
    mr_json_field_string(json, "$ref", mr_strbuf_text(&ref));
    mr_json_object_end(json);
    mr_strbuf_deinit(&ref);
}

/* ---- pieces ---- */

static void write_bounds(mr_json *json, double least, double most)
{
    if (least != 0 || most != 0) {
        mr_json_key(json, "minimum");
        mr_json_double(json, least);
        mr_json_key(json, "maximum");
        mr_json_double(json, most);
    }
}

static void write_words(mr_json *json, const char *const *words, bool nullable)
{
    mr_json_key(json, "enum");
    mr_json_array_begin(json);
    for (; *words != NULL; words++) {
        mr_json_text(json, *words);
    }
    if (nullable) {
        mr_json_null(json);
    }
    mr_json_array_end(json);
}

static void write_type(mr_json *json, mr_web_type type, bool nullable)
{
    const char *name = mr_web_type_name(type);
    if (name == NULL) {
        return;
    }
    mr_json_key(json, "type");
    if (!nullable) {
        mr_json_text(json, name);
        return;
    }
    mr_json_array_begin(json);
    mr_json_text(json, name);
    mr_json_text(json, "null");
    mr_json_array_end(json);
}

/* ---- members ---- */

static void write_items(mr_json *json, const mr_web_field *field)
{
    mr_json_key(json, "items");
    if (field->item == MR_WEB_OBJECT && field->shape != NULL) {
        mr_openapi_ref(json, field->shape);
        return;
    }
    mr_json_object_begin(json);
    write_type(json, field->item, false);
    mr_json_object_end(json);
}

/* The reference alone, or null beside it. */
static void write_object(mr_json *json, const mr_web_field *field)
{
    mr_json_key(json, "anyOf");
    mr_json_array_begin(json);
    mr_openapi_ref(json, field->shape);
    if (field->nullable) {
        mr_json_object_begin(json);
        mr_json_field_string(json, "type", "null");
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_field(mr_json *json, const mr_web_field *field)
{
    mr_json_object_begin(json);
    if (field->type == MR_WEB_OBJECT && field->shape != NULL) {
        write_object(json, field);
    } else {
        write_type(json, field->type, field->nullable);
    }
    if (field->type == MR_WEB_ARRAY) {
        write_items(json, field);
    }
    write_bounds(json, field->least, field->most);
    if (field->length_max > 0) {
        mr_json_field_int(json, "maxLength", (int64_t)field->length_max);
    }
    if (field->words != NULL) {
        write_words(json, field->words, field->nullable);
    }
    if (field->about != NULL) {
        mr_json_field_string(json, "description", field->about);
    }
    if (field->example != NULL) {
        mr_json_key(json, "examples");
        mr_json_array_begin(json);
        mr_json_raw(json, mr_bytes_of(field->example));
        mr_json_array_end(json);
    }
    mr_json_object_end(json);
}

static bool has_required(const mr_web_shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (!shape->fields[i].optional) {
            return true;
        }
    }
    return false;
}

void mr_openapi_shape(mr_json *json, const mr_web_shape *shape)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "type", "object");
    if (shape->about != NULL) {
        mr_json_field_string(json, "description", shape->about);
    }
    mr_json_key(json, "properties");
    mr_json_object_begin(json);
    for (size_t i = 0; i < shape->count; i++) {
        mr_json_key(json, shape->fields[i].name);
        write_field(json, &shape->fields[i]);
    }
    mr_json_object_end(json);
    if (has_required(shape)) {
        mr_json_key(json, "required");
        mr_json_array_begin(json);
        for (size_t i = 0; i < shape->count; i++) {
            if (!shape->fields[i].optional) {
                mr_json_text(json, shape->fields[i].name);
            }
        }
        mr_json_array_end(json);
    }
    if (!shape->open) {
        mr_json_field_bool(json, "additionalProperties", false);
    }
    mr_json_object_end(json);
}

/* ---- parameters ---- */

/* A row has the value as its text: "25", "true", "first", or "\"first\"". */
static void write_value(mr_json *json, mr_web_type type, const char *text)
{
    size_t place;
    const bool is_raw = type == MR_WEB_STRING ? text[0] == '"' : true;
    if (is_raw && mr_aws_is_json(mr_bytes_of(text), &place)) {
        mr_json_raw(json, mr_bytes_of(text));
    } else {
        mr_json_text(json, text);
    }
}

void mr_openapi_parameter(mr_json *json, const mr_web_parameter *parameter)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", parameter->name);
    mr_json_field_string(json, "in", parameter->in_path ? "path" : "query");
    mr_json_field_bool(json, "required", parameter->in_path || parameter->required);
    if (parameter->about != NULL) {
        mr_json_field_string(json, "description", parameter->about);
    }
    mr_json_key(json, "schema");
    mr_json_object_begin(json);
    write_type(json, parameter->type, false);
    write_bounds(json, parameter->least, parameter->most);
    if (parameter->words != NULL) {
        write_words(json, parameter->words, false);
    } else if (parameter->type == MR_WEB_STRING) {
        mr_json_field_int(json, "maxLength",
                          parameter->length_max > 0 ? (int64_t)parameter->length_max
                                                    : PARAMETER_LENGTH_MAX);
    }
    if (parameter->fallback != NULL) {
        mr_json_key(json, "default");
        write_value(json, parameter->type, parameter->fallback);
    }
    mr_json_object_end(json);
    if (parameter->example != NULL) {
        mr_json_key(json, "example");
        write_value(json, parameter->type, parameter->example);
    }
    mr_json_object_end(json);
}
