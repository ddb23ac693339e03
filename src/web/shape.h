/*
 * shape.h - the members of a JSON object that goes in or comes out under /_millrace/, as a table.
 *
 * One table has two readers: request bodies are checked by it (mr_web_shape_check()), and the
 * OpenAPI document is written from it. So what is documented is what is done.
 */
#ifndef MR_SRC_WEB_SHAPE_H
#define MR_SRC_WEB_SHAPE_H

#include "sim/base/error.h"

#include <cjson/cJSON.h>

typedef enum mr_web_type {
    MR_WEB_ANY, /* any JSON value */
    MR_WEB_STRING,
    MR_WEB_INTEGER,
    MR_WEB_NUMBER,
    MR_WEB_BOOLEAN,
    MR_WEB_OBJECT, /* of `shape`; NULL: with any members */
    MR_WEB_ARRAY   /* of `item`, objects of `shape` */
} mr_web_type;

typedef struct mr_web_shape mr_web_shape;

typedef struct mr_web_field {
    const char *name;
    mr_web_type type;
    mr_web_type item;          /* of MR_WEB_ARRAY */
    const mr_web_shape *shape; /* of MR_WEB_OBJECT, and of arrays of them */
    bool optional;             /* it may be absent */
    bool nullable;             /* it may be null */
    double least, most;        /* of numbers, both inclusive; both 0: no bounds */
    size_t length_max;         /* of a string, in bytes; 0: no bound but the body's */
    const char *const *words;  /* of a string: all that it may be, ended by NULL; NULL: any */
    const char *called;        /* in messages that a command line shows, too; NULL: its name */
    const char *about;         /* one sentence, with the unit; for the document */
    const char *example;       /* a JSON value; NULL: none */
} mr_web_field;

struct mr_web_shape {
    const char *name; /* "Clock"; of one shape alone, it names it in the document */
    const char *about;
    const mr_web_field *fields;
    size_t count;
    bool open; /* members that are not in the table are let through */
};

#define MR_WEB_SHAPE(title, text, table)                                                           \
    {                                                                                              \
        .name = (title), .about = (text), .fields = (table), .count = MR_COUNT(table)              \
    }

/*
 * Whether `value` is an object of this shape.
 *
 * Errors: MR_INVALID_ARGUMENT, which names the member by its path ("inputs[2].rate"), says what it
 *         must be, and, for one that is not in the table, the nearest that is.
 */
MR_NODISCARD mr_code mr_web_shape_check(const mr_web_shape *shape, const cJSON *value,
                                        mr_error *err);

#define MR_WEB_NUMBER_SIZE 32
/* A number for a message: whole ones whole, 1000000 and not 1e+06. */
void mr_web_number_format(double number, char out[MR_WEB_NUMBER_SIZE]);

const char *mr_web_type_name(mr_web_type type); /* "string", as JSON Schema has it; ANY: NULL */

#endif
