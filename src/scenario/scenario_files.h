/*
 * scenario_files.h - which scenarios are meant: files as they are named, folders with everything
 * below them that is a scenario.
 */
#ifndef MR_SRC_SCENARIO_SCENARIO_FILES_H
#define MR_SRC_SCENARIO_SCENARIO_FILES_H

#include "src/scenario/scenario.h"

typedef struct mr_scenario_files {
    char **paths; /* owned, as the array */
    size_t count, capacity;
} mr_scenario_files;

/*
 * Adds a file, or the scenarios below a folder (*.yaml, *.yml and *.json, which may be templates
 * and data too) in byte order of their paths. What is there already is not added again.
 *
 * files:  zeroed before the first call; release with mr_scenario_files_deinit(), also on errors.
 * Errors: MR_NOT_FOUND (no such file, or a folder without any), MR_TOO_LARGE (folders too deep),
 *         those of reading folders.
 */
MR_NODISCARD mr_code mr_scenario_files_add(mr_scenario_files *files, const char *path,
                                           mr_error *err);
void mr_scenario_files_deinit(mr_scenario_files *files);

/* The file's name without folder and ending: what a scenario is called that does not say. Borrowed
 * from file. */
mr_bytes mr_scenario_file_stem(const char *file);

#endif
