/*
 * events_file.h - the event log as JSON lines in a file (--events FILE), or on standard error
 * (--verbose).
 */
#ifndef MR_SRC_APP_EVENTS_FILE_H
#define MR_SRC_APP_EVENTS_FILE_H

#include "sim/base/error.h"
#include "sim/trace/trace.h"

typedef struct mr_events_file mr_events_file;

/* path: made or emptied; "-" is standard error. Errors: those of the file. */
MR_NODISCARD mr_code mr_events_file_open(const char *path, mr_events_file **out, mr_error *err);
/* To be given to mr_trace_listen() with the file as its context. */
void mr_events_file_write(void *context, const mr_event *event, int64_t time_us, mr_bytes line);
/* Errors: MR_DISK_FULL, MR_IO of any write since the opening. Frees; NULL is fine. */
MR_NODISCARD mr_code mr_events_file_close(mr_events_file *file, mr_error *err);

#endif
