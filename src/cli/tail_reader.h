/*
 * tail_reader.h - the records of a stream of a running server, of all shards together in order of
 * arrival, asked for over the control client: for `millrace tail`.
 */
#ifndef MR_SRC_CLI_TAIL_READER_H
#define MR_SRC_CLI_TAIL_READER_H

#include "src/net/control_client.h"

typedef struct cli_tail_reader cli_tail_reader;

/* client: borrowed, outlives the reader. stream: copied. */
cli_tail_reader *cli_tail_reader_new(mr_control_client *client, const char *stream);
void cli_tail_reader_free(cli_tail_reader *reader); /* NULL is fine */

/*
 * Finds the stream's shards, and begins with the oldest record kept of each, or so that at least
 * the newest `newest` of the stream come.
 *
 * Errors: those of the client; MR_NOT_FOUND: there is no such stream.
 */
MR_NODISCARD mr_code cli_tail_reader_open(cli_tail_reader *reader, bool from_first, uint64_t newest,
                                          mr_error *err);

/* A record, with the id of its shard, read and as its text came; borrowed for the call. False:
 * enough. */
typedef bool (*cli_tail_fn)(void *context, const char *shard, const cJSON *record, mr_bytes text);

/* Hands over what there was when it was opened, or looked last, and was not handed over yet: oldest
 * arrival first, of equal ones that of the shard that was found first. Errors: those of the client;
 * MR_INVALID_ARGUMENT: the answer is none of millrace's. */
MR_NODISCARD mr_code cli_tail_reader_read(cli_tail_reader *reader, cli_tail_fn fn, void *context,
                                          mr_error *err);

/* Looks which shards have more, new shards among them: the next read hands over what there is now.
 * Errors: those of the client; MR_NOT_FOUND: the stream is not there any more. */
MR_NODISCARD mr_code cli_tail_reader_look(cli_tail_reader *reader, mr_error *err);

#endif
