/*
 * expect.h - what the files that judge one kind of expectation each have in common; private to
 * them. expectations.c picks the file by the kind.
 *
 * A judge returns an error only when the machine fails; what does not hold, or cannot be asked, is
 * a failure of its expectation.
 */
#ifndef MR_SRC_SCENARIO_EXPECT_H
#define MR_SRC_SCENARIO_EXPECT_H

#include "src/scenario/expectations.h"

#include <regex.h>

MR_NODISCARD mr_code expect_sql(const mr_judging *judging, const mr_expect *expect, mr_error *err);
MR_NODISCARD mr_code expect_objects(const mr_judging *judging, const mr_expect *expect,
                                    mr_error *err);
MR_NODISCARD mr_code expect_errors(const mr_judging *judging, const mr_expect *expect,
                                   mr_error *err);
MR_NODISCARD mr_code expect_same_as(const mr_judging *judging, const mr_expect *expect,
                                    mr_error *err);

/* Adds a failure of this expectation. */
void expect_failed(const mr_judging *judging, const mr_expect *expect, const char *expected,
                   const char *got);
/* The same with the events around this time; 0: none. */
void expect_failed_at(const mr_judging *judging, const mr_expect *expect, const char *expected,
                      const char *got, int64_t at_us);

/* One number that an expectation tests. */
typedef struct expect_number {
    const char *name; /* which of several: "largest"; NULL: the only one */
    const mr_number_test *test;
    double value;
    bool is_duration;
    int64_t at_us;      /* the events around this time go with a failure; 0: none do */
    const char *remark; /* goes behind what was got; NULL */
} expect_number;
/* Adds a failure unless the number passes. */
void expect_holds(const mr_judging *judging, const mr_expect *expect, const expect_number *number);

/* Compiles a POSIX extended regular expression; one that does not compile is a failure of the
 * expectation, and false. Release with regfree(). */
MR_NODISCARD bool expect_pattern(const mr_judging *judging, const mr_expect *expect,
                                 const char *pattern, regex_t *out);

/* Every object of a bucket (NULL: of all) whose key begins with prefix (NULL: every key). A bucket
 * that is not there has none. */
typedef void (*expect_object_fn)(void *context, const char *bucket, const mr_object *object);
MR_NODISCARD mr_code expect_each_object(const mr_judging *judging, const char *bucket,
                                        const char *prefix, expect_object_fn fn, void *context,
                                        mr_error *err);

#endif
