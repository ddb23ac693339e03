/*
 * golden.h - a folder of golden files: what objects are expected to be, byte for byte, kept beside
 * a scenario and written by `test --update`.
 *
 * A file `.millrace-golden` in it lists what an update wrote, one name a line. An update touches no
 * file that is neither listed there nor to be written: a folder with anything else in it is
 * refused. Names are paths below the folder, with '/'.
 */
#ifndef MR_SRC_SCENARIO_GOLDEN_H
#define MR_SRC_SCENARIO_GOLDEN_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#define MR_GOLDEN_LIST      ".millrace-golden"
#define MR_GOLDEN_BYTES_MAX (256 * MR_MIB) /* of one file */

typedef struct mr_golden_file {
    char *name; /* owned */
    char *path; /* where its bytes are; owned */
} mr_golden_file;

/* Zeroed is empty. */
typedef struct mr_golden_files {
    mr_golden_file *items;
    size_t count, capacity;
} mr_golden_files;

void mr_golden_files_deinit(mr_golden_files *files);
/* Takes both texts over. */
void mr_golden_files_add(mr_golden_files *files, char *name, char *path);
void mr_golden_files_sort(mr_golden_files *files); /* in byte order of names */

/* The files of the folder, sorted, without the list itself. files: empty before.
 * Errors: MR_NOT_FOUND (no such folder), those of the disk. */
MR_NODISCARD mr_code mr_golden_read(const char *directory, mr_golden_files *files, mr_error *err);

/*
 * Makes the folder's files copies of these: writes them, and removes what an earlier update wrote
 * and is no longer among them. One that was interrupted is finished by the next.
 *
 * Errors: MR_ALREADY_EXISTS: it holds a file that no update wrote, and nothing was touched;
 *         MR_TOO_LARGE, those of the disk.
 */
MR_NODISCARD mr_code mr_golden_update(const char *directory, const mr_golden_files *files,
                                      mr_error *err);

#endif
