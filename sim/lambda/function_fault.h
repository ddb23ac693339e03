/*
 * function_fault.h - what a fault does to the answer of a transformation function.
 */
#ifndef MR_SIM_LAMBDA_FUNCTION_FAULT_H
#define MR_SIM_LAMBDA_FUNCTION_FAULT_H

#include "sim/base/strbuf.h"
#include "sim/fault/fault.h"

/* The most that altering adds to a payload of `len` bytes. */
static inline size_t mr_function_fault_bound(size_t len)
{
    return len * 2 + 64;
}

/*
 * Appends to out the payload as the fault leaves it:
 *
 *   LAMBDA_GARBLED       something that is not JSON
 *   LAMBDA_IDS_MISSING   without the first entry of "records"
 *   LAMBDA_IDS_REPEATED  with the first entry of "records" twice
 *
 * Other kinds, and payloads without such an entry, are copied.
 */
void mr_function_fault_alter(mr_fault_kind kind, mr_bytes payload, mr_strbuf *out);

#endif
