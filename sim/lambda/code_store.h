/*
 * code_store.h - the code of functions on disk, by what it is: the zip as it was uploaded, and its
 * contents in a folder.
 *
 *   <directory>/<function>/<SHA-256 of the zip>.zip
 *   <directory>/<function>/<SHA-256 of the zip>/     the task root
 *   <directory>/<function>/.new/, .new.zip           being written; nobody reads them
 *
 * Both are written aside and renamed, so that what has its name is whole. What no version of a
 * function refers to is swept away; a process that was killed between writing and referring leaves
 * no more than that.
 */
#ifndef MR_SIM_LAMBDA_CODE_STORE_H
#define MR_SIM_LAMBDA_CODE_STORE_H

#include "sim/lambda/code_archive.h"

#define MR_CODE_HEX_SIZE 65 /* a SHA-256 in hex, and NUL */

typedef struct mr_code_store {
    mr_file_system *fs;    /* borrowed */
    const char *directory; /* borrowed */
    bool durable;          /* on disk before it counts */
} mr_code_store;

void mr_code_hex(mr_bytes zip, char hex[MR_CODE_HEX_SIZE]);

/*
 * Keeps a zip and unpacks it; one that is there already is not written again. What a failure leaves
 * is swept.
 *
 * hex:    out.
 * why:    out, as in mr_code_archive_unpack().
 * Errors: MR_BAD_INPUT, MR_TOO_LARGE; those of the disk.
 */
MR_NODISCARD mr_code mr_code_store_put(const mr_code_store *store, const char *function,
                                       mr_bytes zip, char hex[MR_CODE_HEX_SIZE],
                                       char why[MR_CODE_WHY_SIZE], mr_error *err);

/* Owned paths. */
char *mr_code_store_folder(const mr_code_store *store, const char *function, const char *hex);
char *mr_code_store_zip(const mr_code_store *store, const char *function, const char *hex);

/* Whether code of this function is still wanted. */
typedef bool (*mr_code_wanted_fn)(const void *context, const char *hex);

/*
 * Removes what a function has of code that is not wanted, and its folder when nothing is left.
 * What the store has not written (the inline code of a template) stays.
 *
 * Errors: those of the disk. A function that is not there is fine.
 */
MR_NODISCARD mr_code mr_code_store_sweep(const mr_code_store *store, const char *function,
                                         mr_code_wanted_fn wanted, const void *context,
                                         mr_error *err);

/* The names of all functions that have a folder, in byte order. Owned, and each text. A store that
 * has nothing is fine. Errors: those of the disk. */
MR_NODISCARD mr_code mr_code_store_list(const mr_code_store *store, char ***names, size_t *count,
                                        mr_error *err);

#endif
