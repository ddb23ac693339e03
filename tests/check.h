/*
 * check.h - thin over cmocka: labels for table rows, temporary directories, golden files.
 */
#ifndef MR_TESTS_CHECK_H
#define MR_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/bytes.h"
#include "sim/base/error.h"

/* Each prints the label and both values when it fails. */
#define CHECK_STR(label, got, want) check_str((label), (got), (want), __FILE__, __LINE__)
#define CHECK_INT(label, got, want)                                                                \
    check_int((label), (int64_t)(got), (int64_t)(want), __FILE__, __LINE__)
#define CHECK_BYTES(label, got, want) check_bytes((label), (got), (want), __FILE__, __LINE__)
#define CHECK_TRUE(label, condition)                                                               \
    check_true((label), (condition), #condition, __FILE__, __LINE__)
#define CHECK_OK(label, code, err)   check_ok((label), (code), (err), __FILE__, __LINE__)
#define CHECK_CODE(label, got, want) check_code((label), (got), (want), __FILE__, __LINE__)
/* The text holds this piece. */
#define CHECK_HAS(label, text, piece) check_has((label), (text), (piece), __FILE__, __LINE__)

void check_str(const char *label, const char *got, const char *want, const char *file, int line);
void check_int(const char *label, int64_t got, int64_t want, const char *file, int line);
void check_bytes(const char *label, mr_bytes got, mr_bytes want, const char *file, int line);
void check_true(const char *label, bool ok, const char *text, const char *file, int line);
void check_ok(const char *label, mr_code code, const mr_error *err, const char *file, int line);
void check_code(const char *label, mr_code got, mr_code want, const char *file, int line);
void check_has(const char *label, const char *text, const char *piece, const char *file, int line);

/* A fresh directory below the system's temporary one; owned path (mr_free). */
char *check_temp_dir(void);
void check_remove_dir(char *path); /* removes the tree and frees the path */
/* The folder of shared test data, or NULL: MILLRACE_SHARED, else ../shared beside the source
 * tree. Owned. A test that needs it skips with a reason. */
char *check_shared_data(const char *name);
/* Runs the fuzz target tests/fuzz/<name>_fuzz.c over every file of tests/fuzz/corpus/<name>/, which
 * must hold at least one. One per test program; the build finds this line and links the target. */
#define CHECK_CORPUS(name) check_corpus(#name)
void check_corpus(const char *name);

/* A text of count times this byte; owned (mr_free). */
char *check_repeat(char byte, size_t count);
/* The source tree's root (compiled in). */
const char *check_source_root(void);

#endif
