/*
 * code_archive.h - a function's code as a zip: unpacked into a folder, and a folder packed.
 *
 * A zip comes from outside, so nothing in it is believed: a name that is absolute, has "..", comes
 * twice or lies below a file, a link that leads out of the folder or through another link, a
 * device, an encrypted entry, a checksum that is wrong, more entries or bytes than are allowed all
 * make it a bad one. Bytes are counted as they come out, whatever the zip says of its sizes. Two
 * names that the disk takes for one are a bad zip on such a disk.
 *
 * Of Unix's modes a file keeps whether its owner may execute it. Times are not kept.
 *
 * Behaviour: reference/lambda.md section 5; Lambda Developer Guide, "Quotas".
 */
#ifndef MR_SIM_LAMBDA_CODE_ARCHIVE_H
#define MR_SIM_LAMBDA_CODE_ARCHIVE_H

#include "sim/base/fs.h"
#include "sim/base/strbuf.h"

#define MR_CODE_BYTES_MAX   262144000 /* unzipped */
#define MR_CODE_ENTRIES_MAX 100000
#define MR_CODE_NAME_MAX    1024 /* bytes of a path in a zip */
#define MR_CODE_DEPTH_MAX   64   /* folders below each other */

#define MR_CODE_WHY_SIZE 200

/*
 * Unpacks a zip.
 *
 * folder:  made when it is absent; a failure leaves what was written so far.
 * durable: what is written is on disk when the call returns.
 * why:     out, when the zip is bad: what is wrong with it, for a person. "" otherwise.
 * Errors:  MR_BAD_INPUT and MR_TOO_LARGE in AWS's words; those of the disk.
 */
MR_NODISCARD mr_code mr_code_archive_unpack(mr_file_system *fs, mr_bytes zip, const char *folder,
                                            bool durable, char why[MR_CODE_WHY_SIZE],
                                            mr_error *err);

/*
 * Packs a folder: entries in byte order, not compressed, without times, so that the same files are
 * the same bytes on every machine. A link to a file is that file; one to a folder is left out.
 *
 * out:    appended to.
 * Errors: MR_TOO_LARGE (past MR_CODE_BYTES_MAX or MR_CODE_ENTRIES_MAX); those of the disk.
 */
MR_NODISCARD mr_code mr_code_archive_pack(mr_file_system *fs, const char *folder, mr_strbuf *out,
                                          mr_error *err);

#endif
