/* memory_use.c - see memory_use.h. Linux tells it in /proc; elsewhere MemorySize is not enforced.
 */
#include "src/runner/memory_use.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t mr_memory_peak_kib(int pid)
{
    static const char name[] = "\nVmHWM:";
    char path[64], text[4096]; /* the line stands in the first kilobyte */
    (void)snprintf(path, sizeof(path), "/proc/%d/status", pid);

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[size < 0 ? 0 : size] = '\0';
    const char *line = strstr(text, name);
    return line == NULL ? 0 : strtoull(line + strlen(name), NULL, 10);
}
