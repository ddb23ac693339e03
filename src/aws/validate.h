/*
 * validate.h - whether a decoded input keeps the constraints of its table, and what AWS says if
 * not.
 *
 *   2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member
 * must have length greater than or equal to 1; Value null at 'records.1.member.data' failed to ...
 *
 * Faults are named in the order of the table, at most ten. Of one string: pattern, values,
 * shortest, longest. The limits of today decide whether the input is right; see shape.h for "then".
 *
 * Elements of a list, keys and values of a map are judged together and shown with the whole list or
 * map; a null among them, and what is wrong inside a structure, is named by its own path.
 *
 * Behaviour: kinesis.md (the fact sheet) section 4. Java's class names are part of it.
 */
#ifndef MR_SRC_AWS_VALIDATE_H
#define MR_SRC_AWS_VALIDATE_H

#include "sim/base/arena.h"
#include "src/aws/shape.h"
#include "src/aws/wire.h"

#define MR_AWS_VIOLATIONS_MAX 10

/* True when input is right; otherwise fault is filled, its message owned by the arena. */
MR_NODISCARD bool mr_aws_validate(const mr_aws_shape *shape, const void *input, mr_arena *arena,
                                  mr_aws_fault *fault);

/*
 * The same answer for one value that no table can judge, such as data above a stream's own limit.
 *
 * path, value, constraint: "records.2.member.data", as AWS shows it (NULL: null), "Member must
 * ...".
 */
mr_aws_fault mr_aws_violation(mr_arena *arena, const char *path, const char *value,
                              const char *constraint);

/* How AWS shows a blob of so many bytes; owned by the arena. */
const char *mr_aws_shown_blob(mr_arena *arena, size_t len);

#endif
