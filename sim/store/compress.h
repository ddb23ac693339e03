/*
 * compress.h - the object body formats of Firehose: none, GZIP, ZIP, Snappy (the snappy-java
 * stream) and HADOOP_SNAPPY (Hadoop block framing).
 *
 * Output holds no time stamps and no host names, and does not show the pieces that it was fed in.
 * gzip has one member, ZIP one deflated entry of at most 4 GiB.
 *
 * GZIP and ZIP keep a body in memory while it is no longer than MR_COMPRESS_WHOLE_MAX. One that
 * ends by then is compressed whole (libdeflate, far faster), and all of it comes out at the end; a
 * longer one goes through a stream (zlib) from its first byte. So the length of the body alone
 * decides.
 *
 * Sources: RFC 1952; APPNOTE.TXT of PKWARE; SnappyOutputStream of snappy-java; Hadoop's
 * BlockCompressorStream; reference/firehose.md section 4.4.
 */
#ifndef MR_SIM_STORE_COMPRESS_H
#define MR_SIM_STORE_COMPRESS_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

typedef enum mr_compression {
    MR_COMPRESSION_NONE,
    MR_COMPRESSION_GZIP,
    MR_COMPRESSION_ZIP,
    MR_COMPRESSION_SNAPPY,
    MR_COMPRESSION_HADOOP_SNAPPY
} mr_compression;

/* "UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY" (case counts). False for others. */
bool mr_compression_of(const char *name, mr_compression *out);
const char *mr_compression_name(mr_compression compression);
const char *mr_compression_extension(mr_compression compression); /* ".gz", "" for none */
const char *mr_compression_encoding(mr_compression compression);  /* Content-Encoding; NULL */

/* The longest body that GZIP and ZIP compress whole, and the most input that they keep: a buffer of
 * Firehose's default hint, 5 MiB, with the record that filled it. */
#define MR_COMPRESS_WHOLE_MAX (6 * MR_MIB)

typedef struct mr_compressor mr_compressor;
/* entry_name: for ZIP, the name of its one entry (copied); NULL otherwise. */
mr_compressor *mr_compressor_new(mr_compression compression, const char *entry_name);
void mr_compressor_free(mr_compressor *compressor); /* NULL is fine */
/* Feeds bytes (copied, where they are kept); what comes out so far is appended to out. */
void mr_compressor_write(mr_compressor *compressor, mr_bytes in, mr_strbuf *out);
/* Writes what is left and the trailer. Once. A body compressed whole asks out for the room that it
 * would need if it did not compress. */
void mr_compressor_finish(mr_compressor *compressor, mr_strbuf *out);

/* Appends what a whole gzip body of any number of members expands to; zeros after the last are
 * passed over. Errors: MR_BAD_INPUT, MR_TOO_LARGE (past out's limit). */
MR_NODISCARD mr_code mr_gunzip(mr_bytes in, mr_strbuf *out, mr_error *err);

#endif
