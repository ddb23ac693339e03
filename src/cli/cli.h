/*
 * cli.h - the command line: finds the command, reads its options, runs it.
 */
#ifndef MR_SRC_CLI_CLI_H
#define MR_SRC_CLI_CLI_H

/* Exit status: 0 done, 1 an expectation or a query failed, 2 usage or bad input, 3 an invariant
 * broken or the machine, 130 interrupted. */
int mr_cli_main(int argc, char **argv);

#endif
