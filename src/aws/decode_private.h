/*
 * decode_private.h - what the JSON and the CBOR reader share: where a value goes, and what is said
 * when it has the wrong type. They know the grammar, decode.c knows the table.
 *
 * A reader walks the body. For each value it holds the row that the value belongs to and the place
 * of the C value, or NULL for one that is only read over. After the first wrong type all rows are
 * NULL: the rest is read for its form.
 */
#ifndef MR_SRC_AWS_DECODE_PRIVATE_H
#define MR_SRC_AWS_DECODE_PRIVATE_H

#include "src/aws/decode.h"

typedef struct mr_aws_reader {
    const char *p, *end; /* what is left of the body */
    mr_arena *arena;
    unsigned depth; /* of the value at p, in lists and objects */
    size_t kept;    /* items of lists and maps */
    bool overfull;  /* there were more */
    bool refused;   /* a type was wrong; message says which */
    mr_bytes message;
} mr_aws_reader;

/* Where a value goes. */
typedef struct mr_aws_target {
    const mr_aws_member *member; /* NULL: nowhere */
    void *place;
} mr_aws_target;

/* Whole bodies. False: not well formed. */
MR_NODISCARD bool mr_aws_read_json(mr_aws_reader *reader, mr_aws_target target);
MR_NODISCARD bool mr_aws_read_cbor(mr_aws_reader *reader, mr_aws_target target);

/* ---- scalars: each is stored, or refused as what it is, or read over ---- */

void mr_aws_take_number(mr_aws_reader *reader, mr_aws_target target, int64_t value);
void mr_aws_take_boolean(mr_aws_reader *reader, mr_aws_target target, bool value);
/* In JSON a string is also how a blob comes. */
void mr_aws_take_string(mr_aws_reader *reader, mr_aws_target target, mr_bytes value, bool json);
void mr_aws_take_blob(mr_aws_reader *reader, mr_aws_target target, mr_bytes value);

static inline bool mr_aws_is_timestamp(mr_aws_target target)
{
    return target.member != NULL && target.member->type == MR_AWS_TIMESTAMP;
}

/* ---- objects: structures and maps ---- */

typedef struct mr_aws_object {
    const mr_aws_shape *shape; /* of a structure */
    void *structure;
    size_t next;                    /* the member that is looked at first */
    const mr_aws_member *map_value; /* of a map */
    mr_aws_map *map;
} mr_aws_object;

mr_aws_object mr_aws_object_begin(mr_aws_reader *reader, mr_aws_target target);
/* Where the value of this name goes; its place is zeroed. key is kept in a map. */
mr_aws_target mr_aws_object_member(mr_aws_reader *reader, mr_aws_object *object, mr_bytes key);
void mr_aws_object_end(mr_aws_reader *reader, mr_aws_object *object);

/* ---- lists ---- */

typedef struct mr_aws_items {
    const mr_aws_member *element; /* NULL: nowhere */
    mr_aws_list *list;
} mr_aws_items;

mr_aws_items mr_aws_list_begin(mr_aws_reader *reader, mr_aws_target target);
mr_aws_target mr_aws_list_item(mr_aws_reader *reader, mr_aws_items *items);

#endif
