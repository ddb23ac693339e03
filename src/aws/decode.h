/*
 * decode.h - the body of a request, JSON or CBOR, into the C struct of its operation: one pass, no
 * tree in between.
 *
 * JSON is RFC 8259, read strictly; members may come in any order, of equal names the last one
 * counts, unknown members are read over and null is absence. Integers are rounded down and end at
 * the largest of their type. Timestamps are seconds, perhaps with decimals. Blobs are base64.
 *
 * CBOR is RFC 8949 with lengths given or not, the same names and types: blobs are byte strings, and
 * an integer timestamp counts milliseconds, with or without its tag. A floating-point one counts
 * seconds, as the RFC has it, up to 1e11 (the year 5138); above that it can only mean milliseconds.
 * Other tags are read over.
 *
 * A body that is not well formed to its last byte is that alone, whatever types it has on the way.
 * UTF-8 is checked, and a length that the body cannot hold is not believed. A body that nests
 * deeper than 64, or whose lists and maps would keep more than 200,000 items, counts as not well
 * formed.
 *
 * Behaviour: kinesis.md (the fact sheet) sections 1, 2 and 4.
 */
#ifndef MR_SRC_AWS_DECODE_H
#define MR_SRC_AWS_DECODE_H

#include "sim/base/arena.h"
#include "src/aws/shape.h"
#include "src/aws/wire.h"

#define MR_AWS_NESTING_MAX 64
#define MR_AWS_KEPT_MAX    200000 /* items of all lists and maps of a body together */

typedef enum mr_aws_decoded {
    MR_AWS_DECODED,
    MR_AWS_BAD_BODY, /* not an object: SerializationException without a message */
    MR_AWS_BAD_TYPE, /* the first member of another type: SerializationException, "Message" */
} mr_aws_decoded;

/*
 * Fills the struct of an operation from a body.
 *
 * shape:  the operation's; one without members only asks whether the body is an object.
 * body:   borrowed for as long as input is used: strings point into it where they can.
 * arena:  owns what cannot: unescaped strings, blobs, lists, maps, the message.
 * input:  out, shape->size bytes; zeroed first.
 * fault:  out, unless MR_AWS_DECODED.
 */
MR_NODISCARD mr_aws_decoded mr_aws_decode(mr_aws_format format, const mr_aws_shape *shape,
                                          mr_bytes body, mr_arena *arena, void *input,
                                          mr_aws_fault *fault);

/*
 * Whether a text is one JSON value, of any kind, as strictly as above and no deeper.
 *
 * place: out, when it is not: the byte at which that was seen.
 */
bool mr_aws_is_json(mr_bytes text, size_t *place);

#endif
