/*
 * fault.h - what an operation answers when it does not do what was asked: a type and a message.
 */
#ifndef MR_SRC_AWS_FAULT_H
#define MR_SRC_AWS_FAULT_H

#include "sim/base/bytes.h"

typedef struct mr_aws_fault {
    const char *type;    /* "ValidationException"; static */
    mr_bytes message;    /* borrowed; `at` NULL: the answer has no message at all */
    bool capital;        /* the message's member is "Message", as in type errors */
} mr_aws_fault;

#endif
