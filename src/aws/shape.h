/*
 * shape.h - what an operation takes, as tables: each member's name on the wire, its place in a C
 * struct, and what AWS demands of it.
 *
 * decode.h fills the struct of a request by its table, validate.h checks it by the same table. One
 * struct per operation, one row per member:
 *
 *   typedef struct put_in {
 *       bool has;
 *       mr_bytes stream_name;
 *       mr_aws_number limit;
 *   } put_in;
 *
 *   static const mr_aws_member put_members[] = {
 *       {"StreamName", MR_AWS_STRING, offsetof(put_in, stream_name),
 *        .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 128), .pattern = "[a-z]+"},
 *       {"Limit", MR_AWS_INTEGER, offsetof(put_in, limit), .range = MR_AWS_RANGE(1, 10000)},
 *   };
 *   static const mr_aws_shape put_shape = MR_AWS_SHAPE(put_in, put_members);
 *
 * The rows stand in the order in which AWS names what is wrong. A member of a REST operation may
 * stand outside the body: `.from` says where (rest.h).
 *
 * Two standards. AWS has widened some limits since its answers were last written down by an
 * independent suite. A request that is right by today's limits is accepted; one that is wrong is
 * told so in the words of then, `range_then` included.
 */
#ifndef MR_SRC_AWS_SHAPE_H
#define MR_SRC_AWS_SHAPE_H

#include "sim/base/bytes.h"

/* What a member is on the wire, and the C value that its place holds. A zeroed place is an absent
 * member, and so is a member that was null. */
typedef enum mr_aws_type {
    MR_AWS_STRING,    /* mr_bytes: valid UTF-8; absent when `at` is NULL */
    MR_AWS_BLOB,      /* mr_bytes: decoded; absent when `at` is NULL */
    MR_AWS_INTEGER,   /* mr_aws_number: 32 bits */
    MR_AWS_LONG,      /* mr_aws_number: 64 bits */
    MR_AWS_BOOLEAN,   /* mr_aws_flag */
    MR_AWS_TIMESTAMP, /* mr_aws_number: milliseconds since 1970 */
    MR_AWS_LIST,      /* mr_aws_list of C values */
    MR_AWS_MAP,       /* mr_aws_map: strings to strings, the only kind that is needed here */
    MR_AWS_STRUCTURE, /* a struct, in place, whose first member is a bool: it is there */
    MR_AWS_TYPE_COUNT
} mr_aws_type;

typedef struct mr_aws_number {
    int64_t value;
    bool has;
} mr_aws_number;

typedef struct mr_aws_flag {
    bool value, has;
} mr_aws_flag;

/* A list or map may be longer than what is kept of it: the rest is counted. What validate.h has
 * accepted is kept whole, because no limit in a table is above this. */
#define MR_AWS_ITEMS_MAX 10000 /* decode.h bounds the sum */

typedef struct mr_aws_list {
    void *items; /* min(count, MR_AWS_ITEMS_MAX) values of the element's type, in the arena */
    size_t count;
    bool has;
} mr_aws_list;

typedef struct mr_aws_entry {
    mr_bytes key, value;
} mr_aws_entry;

typedef struct mr_aws_map {
    mr_aws_entry *entries; /* in the order of the body, in the arena; of equal keys the last */
    size_t count;
    bool has;
} mr_aws_map;

typedef enum mr_aws_presence {
    MR_AWS_OPTIONAL,
    MR_AWS_REQUIRED,
    MR_AWS_REQUIRED_UNLESS, /* the string at the offset `other` is there */
    MR_AWS_REQUIRED_THEN,   /* optional today: named as missing beside other faults */
} mr_aws_presence;

/* Of a number its value; of a string its Unicode characters; of a blob its bytes; of a list or map
 * its entries. Both ends are allowed. */
typedef struct mr_aws_range {
    bool set;
    int64_t min, max;
} mr_aws_range;

#define MR_AWS_NO_MAX INT64_MAX
#define MR_AWS_RANGE(least, most)                                                                  \
    {                                                                                              \
        true, (least), (most)                                                                      \
    }
#define MR_AWS_AT_LEAST(least)                                                                     \
    {                                                                                              \
        true, (least), MR_AWS_NO_MAX                                                               \
    }

/* Where a member stands in a request; those of JSON 1.1 and CBOR are all in the body. */
typedef enum mr_aws_from {
    MR_AWS_FROM_BODY,
    MR_AWS_FROM_PATH,    /* the label {wire} of the operation's path */
    MR_AWS_FROM_QUERY,   /* the parameter `wire`; a list: each of that name */
    MR_AWS_FROM_HEADER,  /* the header `wire` */
    MR_AWS_FROM_PAYLOAD, /* a blob: the body as it is, which is then no JSON */
} mr_aws_from;

typedef struct mr_aws_shape mr_aws_shape;
typedef struct mr_aws_member mr_aws_member;

struct mr_aws_member {
    const char *name; /* as on the wire; "member" for an element */
    mr_aws_type type;
    size_t offset; /* in the struct; 0 for an element */
    mr_aws_presence presence;
    size_t other;
    mr_aws_range range;
    mr_aws_range range_then;      /* as range; not set: was the same */
    const char *pattern;          /* for all of a string, sim/base/pattern.h; NULL: any */
    const char *const *values;    /* of a string, NULL after the last; NULL: any */
    const mr_aws_shape *shape;    /* of a structure */
    const mr_aws_member *element; /* of a list; of a map's values */
    const mr_aws_member *key;     /* of a map */
    mr_aws_from from;             /* of the whole input's members */
    const char *wire;             /* its name there; NULL: name */
};

struct mr_aws_shape {
    const mr_aws_member *members;
    size_t member_count;
    size_t size; /* of the struct */
    /* Of an operation's input: a message names the place of a value, and does not show it. */
    bool hides_values;
    /* How an error shows a structure that stands in a list: Java's class name and hash. */
    const char *java_name;
};

#define MR_AWS_SHAPE(structure, rows)                                                              \
    {                                                                                              \
        .members = (rows), .member_count = MR_COUNT(rows), .size = sizeof(structure)               \
    }

/* An operation and what it takes: the rows of a service's table of inputs. */
typedef struct mr_aws_input {
    const char *name; /* of the operation, "PutRecord" */
    const mr_aws_shape *shape;
} mr_aws_input;

/* The bytes of a value of this member's type. */
size_t mr_aws_member_size(const mr_aws_member *member);

/* Whether the member's C value is there; NULL is not. */
bool mr_aws_is_present(mr_aws_type type, const void *value);

#endif
