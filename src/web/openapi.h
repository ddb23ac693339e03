/*
 * openapi.h - the OpenAPI document, written from the tables that requests are checked by (route.h,
 * shape.h). What is added to a table is in the document; nothing else is.
 *
 * Order is that of the tables: the same program writes the same bytes.
 *
 * Source: OpenAPI Specification 3.1.0; its schemas are JSON Schema, draft 2020-12.
 */
#ifndef MR_SRC_WEB_OPENAPI_H
#define MR_SRC_WEB_OPENAPI_H

#include "sim/base/strbuf.h"
#include "src/web/route.h"

#define MR_OPENAPI_SHAPES_MAX 256

/* Appends the document of these groups; hidden rows are left out. */
void mr_web_openapi_write(const mr_web_group *const *groups, size_t count, mr_strbuf *out);

/* The shapes that the groups name, in the order of the document, each once; room for
 * MR_OPENAPI_SHAPES_MAX. Two with one name are an assertion. Returns: how many. */
size_t mr_web_openapi_shapes(const mr_web_group *const *groups, size_t count,
                             const mr_web_shape **out);

#endif
