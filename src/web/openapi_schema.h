/* openapi_schema.h - shapes and parameters as JSON Schema: see openapi.h. */
#ifndef MR_SRC_WEB_OPENAPI_SCHEMA_H
#define MR_SRC_WEB_OPENAPI_SCHEMA_H

#include "sim/base/json.h"
#include "src/web/route.h"

/* {"$ref": ...} to the shape among the components. */
void mr_openapi_ref(mr_json *json, const mr_web_shape *shape);
/* The shape itself, among the components. */
void mr_openapi_shape(mr_json *json, const mr_web_shape *shape);
/* A whole member of "parameters". */
void mr_openapi_parameter(mr_json *json, const mr_web_parameter *parameter);

#endif
