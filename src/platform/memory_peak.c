/* memory_peak.c - how much memory a process has used; see platform.h. Linux tells in /proc. */
#include "src/platform/platform.h"

#include <stdio.h>

uint64_t mr_platform_memory_peak(int process)
{
    char path[64], line[256];
    unsigned long long kib = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    while (kib == 0 && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "VmHWM: %llu kB", &kib) != 1) {
            kib = 0;
        }
    }
    (void)fclose(file);
    return kib * MR_KIB;
}
