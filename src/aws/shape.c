/* shape.c - see shape.h. */
#include "src/aws/shape.h"

size_t mr_aws_member_size(const mr_aws_member *member)
{
    static const size_t sizes[MR_AWS_TYPE_COUNT] = {
        [MR_AWS_STRING] = sizeof(mr_bytes),       [MR_AWS_BLOB] = sizeof(mr_bytes),
        [MR_AWS_INTEGER] = sizeof(mr_aws_number), [MR_AWS_LONG] = sizeof(mr_aws_number),
        [MR_AWS_BOOLEAN] = sizeof(mr_aws_flag),   [MR_AWS_TIMESTAMP] = sizeof(mr_aws_number),
        [MR_AWS_LIST] = sizeof(mr_aws_list),      [MR_AWS_MAP] = sizeof(mr_aws_map),
    };
    return member->type == MR_AWS_STRUCTURE ? member->shape->size : sizes[member->type];
}

bool mr_aws_is_present(mr_aws_type type, const void *value)
{
    if (value == NULL) {
        return false;
    }
    switch (type) {
    case MR_AWS_STRING:
    case MR_AWS_BLOB:
        return ((const mr_bytes *)value)->at != NULL;
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
    case MR_AWS_TIMESTAMP:
        return ((const mr_aws_number *)value)->has;
    case MR_AWS_BOOLEAN:
        return ((const mr_aws_flag *)value)->has;
    case MR_AWS_LIST:
        return ((const mr_aws_list *)value)->has;
    case MR_AWS_MAP:
        return ((const mr_aws_map *)value)->has;
    case MR_AWS_STRUCTURE:
        return *(const bool *)value;
    case MR_AWS_TYPE_COUNT:
        break;
    }
    MR_ASSERT(false);
    return false;
}
