/* main.c - the program's entry: everything is in src/cli. */
#include "src/cli/cli.h"

int main(int argc, char **argv)
{
    return mr_cli_main(argc, argv);
}
