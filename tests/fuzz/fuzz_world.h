/*
 * fuzz_world.h - a world in virtual time for a fuzz target that needs one: in a folder of its own,
 * which is in memory where the machine has such a place. What cannot be made ends the process.
 */
#ifndef MR_TESTS_FUZZ_FUZZ_WORLD_H
#define MR_TESTS_FUZZ_FUZZ_WORLD_H

#include "sim/base/alloc.h"
#include "sim/sim.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void fuzz_must(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        (void)fprintf(stderr, "fuzz: %s\n", err->message);
        abort();
    }
}

/* A fresh folder; owned. */
static inline char *fuzz_folder_make(void)
{
    const char *base = getenv("TMPDIR");
    base = base != NULL ? base : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *folder = mr_format("%s/millrace-fuzz-XXXXXX", base);
    MR_ASSERT(mkdtemp(folder) != NULL);
    return folder;
}

/* Removes the tree and frees its name. */
static inline void fuzz_folder_remove(char *folder)
{
    mr_error err;
    fuzz_must(mr_fs_remove_tree(mr_platform_fs(), folder, &err), &err);
    mr_free(folder);
}

/* name: below the folder; the folders in it are made. */
static inline void fuzz_write_file(const char *folder, const char *name, mr_bytes bytes)
{
    mr_error err;
    mr_file *file = NULL;
    mr_file_system *fs = mr_platform_fs();
    char *path = mr_format("%s/%s", folder, name);
    char *parent = mr_strndup(path, (size_t)(strrchr(path, '/') - path));
    fuzz_must(fs->make_directories(fs, parent, &err), &err);
    fuzz_must(fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    fuzz_must(fs->write_at(fs, file, bytes, 0, &err), &err);
    fs->close(fs, file);
    mr_free(parent);
    mr_free(path);
}

/* options: what differs from the defaults. folder: borrowed for the call. */
static inline mr_sim *fuzz_world_open(const char *folder, mr_sim_options options)
{
    mr_error err;
    mr_sim *sim = NULL;
    options.clock = (mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT};
    options.seed = 1;
    options.fs = mr_platform_fs();
    options.offloader = mr_offload_inline();
    options.directory = folder;
    fuzz_must(mr_sim_open(&options, &sim, NULL, &err), &err);
    return sim;
}

#endif
