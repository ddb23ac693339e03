/* cli.c - see cli.h. */
#include "src/cli/cli.h"

#include <stdio.h>
#include <string.h>

#define EXIT_STATUS_USAGE 2

int mr_cli_main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        printf("millrace %s\n", MILLRACE_VERSION);
        return 0;
    }
    fprintf(stderr, "usage: millrace version\n");
    return EXIT_STATUS_USAGE;
}
