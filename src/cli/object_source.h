/*
 * object_source.h - buckets and objects, for commands that show them: read from a state directory,
 * whether or not a server holds it, or asked of a running server.
 */
#ifndef MR_SRC_CLI_OBJECT_SOURCE_H
#define MR_SRC_CLI_OBJECT_SOURCE_H

#include "src/cli/control_words.h"

typedef struct cli_object_source cli_object_source;

/*
 * state: the directory that --state names; NULL: it is not said. A server is asked when one is
 * named, and the directory is not; without either, the default directory is read.
 *
 * Errors: MR_INVALID_ARGUMENT: both are named; those of mr_state_dir_check(), of the database, and
 *         of cli_control_open().
 */
MR_NODISCARD mr_code cli_object_source_open(const char *state, const cli_control_words *control,
                                            cli_object_source **out, mr_error *err);
void cli_object_source_close(cli_object_source *source); /* NULL is fine */

/* Texts are borrowed for the call. Returning false ends it. */
typedef bool (*cli_bucket_fn)(void *context, const char *bucket);
typedef bool (*cli_object_fn)(void *context, const char *key, uint64_t bytes, int64_t modified_us);

/* In byte order of names. Errors: those of the server. */
MR_NODISCARD mr_code cli_object_source_buckets(cli_object_source *source, cli_bucket_fn fn,
                                               void *context, mr_error *err);
/* The objects whose key begins with prefix, in byte order of keys. Errors: MR_BUCKET_NOT_FOUND or
 * MR_NOT_FOUND, those of the disk and of the server. */
MR_NODISCARD mr_code cli_object_source_list(cli_object_source *source, const char *bucket,
                                            const char *prefix, cli_object_fn fn, void *context,
                                            mr_error *err);
/* An object's bytes, piece by piece. Errors: as above, MR_OBJECT_NOT_FOUND. */
MR_NODISCARD mr_code cli_object_source_read(cli_object_source *source, const char *bucket,
                                            const char *key, mr_control_piece_fn fn, void *context,
                                            mr_error *err);

#endif
