/* cli.c - see cli.h: the table of commands, and the help. */
#include "src/cli/cli.h"

#include "sim/base/bytes.h"
#include "sim/base/nearest.h"
#include "src/cli/common.h"
#include "src/platform/platform.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int count, char **words);
    const char *usage, *help;
} command;

static const command commands[] = {
    {"run", cli_run, "run TEMPLATE [--input STREAM=FILE]... [--query SQL]",
     "run a pipeline from the first row to the last object"},
    {"serve", cli_serve, "serve [TEMPLATE] [--port N]",
     "the AWS endpoint for your own SDK, until it is stopped"},
    {"put", cli_put, "put STREAM FILE [--endpoint-url URL]",
     "put a file's rows on a stream, of millrace or of AWS"},
    {"tail", cli_tail, "tail STREAM [--follow]",
     "show the records of a running server's stream, and those that come"},
    {"query", cli_query, "query SQL", "run Athena SQL over a state directory"},
    {"test", cli_test, "test SCENARIO... [--seeds N] [--chaos]",
     "run scenarios: inputs, faults, and what must be so at the end"},
    {"check", cli_check, "check TEMPLATE|SCENARIO [--strict]",
     "say what would run, what is ignored, what AWS would refuse"},
    {"status", cli_status, "status [--wait ready|idle]", "say how a running server is"},
    {"clock", cli_clock, "clock show|pause|resume|rate N|advance TIME|step|until flush|event|idle",
     "look at the time of a running server, and drive it"},
    {"fault", cli_fault, "fault list|add SPEC|clear [ID]",
     "what goes wrong in a running server: list it, add to it, take it back"},
    {"events", cli_events, "events [--follow] [--type TYPES]",
     "what has happened in a running server, and what happens"},
    {"ls", cli_ls, "ls [s3://BUCKET[/PREFIX]]", "the buckets, or the objects of one"},
    {"cat", cli_cat, "cat s3://BUCKET/KEY [--decode]", "an object's bytes"},
    {"env", cli_env, "env [--tls] [--shell sh|fish|powershell]",
     "variables by which AWS tools find a server of this machine, for a shell"},
    {"version", cli_version, "version", "print the version"},
};

static void print_help(FILE *file)
{
    (void)fputs("millrace - an AWS streaming pipeline on your own machine\n\n", file);
    for (size_t i = 0; i < MR_COUNT(commands); i++) {
        (void)fprintf(file, "  millrace %s\n      %s\n", commands[i].usage, commands[i].help);
    }
    (void)fputs("\n`millrace COMMAND --help` lists a command's options.\n", file);
}

static int unknown_command(const char *word)
{
    const char *names[MR_COUNT(commands)];
    for (size_t i = 0; i < MR_COUNT(commands); i++) {
        names[i] = commands[i].name;
    }
    const char *nearest = mr_nearest(mr_bytes_of(word), names, MR_COUNT(names));
    (void)fprintf(stderr, "millrace: no command %s; ", word);
    if (nearest != NULL) {
        (void)fprintf(stderr, "did you mean %s?\n", nearest);
    } else {
        (void)fputs("`millrace help` lists them\n", stderr);
    }
    return CLI_EXIT_USAGE;
}

int mr_cli_main(int argc, char **argv)
{
    mr_platform_keep_memory();
    /* A reader that goes away (| head) is an error of the write, not a signal. */
    (void)signal(SIGPIPE, SIG_IGN);

    const char *word = argc > 1 ? argv[1] : NULL;
    if (word == NULL) {
        print_help(stderr);
        return CLI_EXIT_USAGE;
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help(stdout);
        return CLI_EXIT_DONE;
    }
    if (strcmp(word, "--version") == 0) {
        word = "version";
    }
    for (size_t i = 0; i < MR_COUNT(commands); i++) {
        if (strcmp(word, commands[i].name) == 0) {
            return commands[i].run(argc - 2, argv + 2);
        }
    }
    return unknown_command(word);
}
