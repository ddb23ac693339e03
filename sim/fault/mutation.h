/*
 * mutation.h - deliberate mistakes, one at a time, for the tests of the tests: each is a bug that
 * somebody could write, and some scenario has to see it.
 *
 * A world is mutated through its options, by test programs alone; nothing on the command line or
 * in a template reaches this. The faults (fault.h) carry the choice to the places that make it.
 */
#ifndef MR_SIM_FAULT_MUTATION_H
#define MR_SIM_FAULT_MUTATION_H

typedef enum mr_mutation { MR_MUTATION_NONE, MR_MUTATION_COUNT } mr_mutation;

#endif
