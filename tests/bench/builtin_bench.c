/* builtin_bench.c - delimited-to-json over the columns of data/crimes, one core, no I/O.
 * Prints nanoseconds a record beside memcpy of the same bytes. */
#include "sim/lambda/builtin.h"

#include "sim/base/alloc.h"
#include "tests/crimes_columns.h"

#include <stdio.h>
#include <time.h>

#define ROWS   512
#define ROUNDS 4000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* other work on the machine does not count */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static mr_builtin *crimes(void)
{
    mr_builtin_options options = crimes_builtin_options();
    mr_builtin *builtin = NULL;
    mr_error err;
    if (mr_builtin_new(&options, &builtin, &err) != MR_OK) {
        fprintf(stderr, "%s\n", err.message);
        return NULL;
    }
    return builtin;
}

int main(void)
{
    mr_builtin *builtin = crimes();
    if (builtin == NULL) {
        return 1;
    }
    char *rows[ROWS];
    size_t in_bytes = 0;
    for (int i = 0; i < ROWS; i++) {
        rows[i] =
            mr_format("%d/%d/06 %d:%02d|%d OCCIDENTAL DR|%d|3C        |%d|10851(A)VC TAKE VEH "
                      "W/O OWNER|%d|38.%d|-121.%d|2025-01-01 00:00:00",
                      1 + i % 12, 1 + i % 28, i % 24, i % 60, i * 7, 1 + i % 6, 1000 + i, 2404 + i,
                      55042047 + i, 3914158 + i);
        in_bytes += strlen(rows[i]);
    }
    char out[8192];
    size_t out_bytes = 0;
    const char *why;
    double start = now_s();
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ROWS; i++) {
            out_bytes += mr_builtin_apply(builtin, mr_bytes_of(rows[i]), out, &why);
        }
    }
    double apply_s = now_s() - start;

    start = now_s();
    size_t copied = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ROWS; i++) {
            size_t len = strlen(rows[i]);
            memcpy(out, rows[i], len);
            __asm__ volatile("" : : "r"(out) : "memory"); /* the copy is wanted */
            copied += len;
        }
    }
    double copy_s = now_s() - start;

    double records = (double)ROWS * ROUNDS;
    printf("delimited-to-json  %7.1f ns/record  %6.2f M records/s  %4zu bytes in, %4zu out\n",
           apply_s / records * 1e9, records / apply_s / 1e6, in_bytes / ROWS,
           out_bytes / ROWS / ROUNDS);
    printf("memcpy of the same %7.1f ns/record  ratio %.1f\n", copy_s / records * 1e9,
           apply_s / copy_s);
    for (int i = 0; i < ROWS; i++) {
        mr_free(rows[i]);
    }
    mr_builtin_free(builtin);
    return copied == in_bytes * ROUNDS ? 0 : 1;
}
