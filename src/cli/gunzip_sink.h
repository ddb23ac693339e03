/*
 * gunzip_sink.h - bytes that come in pieces, unpacked on their way if they are gzip: no more than
 * a piece is in memory. What does not begin as gzip does passes as it is.
 *
 * What comes out does not depend on where the pieces were cut. Zeros behind the last member are
 * skipped, as by mr_gunzip().
 */
#ifndef MR_SRC_CLI_GUNZIP_SINK_H
#define MR_SRC_CLI_GUNZIP_SINK_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef struct cli_gunzip_sink cli_gunzip_sink;

/* False: enough. */
typedef bool (*cli_sink_fn)(void *context, mr_bytes piece);

cli_gunzip_sink *cli_gunzip_sink_new(cli_sink_fn fn, void *context);
void cli_gunzip_sink_free(cli_gunzip_sink *sink); /* NULL is fine */

/* False: no more is wanted, because fn said so or the bytes are broken; what comes before the
 * broken place has been handed on. An empty piece is fine. */
bool cli_gunzip_sink_write(cli_gunzip_sink *sink, mr_bytes piece);
/* At the end of the bytes. Errors: MR_BAD_INPUT: they are broken, or end too early. */
MR_NODISCARD mr_code cli_gunzip_sink_finish(cli_gunzip_sink *sink, mr_error *err);

#endif
