/*
 * object_list.h - the objects below a location, as a query reads them: in byte order of their
 * keys, without those whose name, or a folder's on the way, begins with '_' or '.'.
 */
#ifndef MR_SIM_QUERY_OBJECT_LIST_H
#define MR_SIM_QUERY_OBJECT_LIST_H

#include "sim/base/fs.h"

typedef struct mr_query_object {
    char *path; /* of the file; owned */
    char *name; /* "s3://bucket/key"; owned */
    uint64_t size_bytes;
    size_t partition; /* the caller's number */
} mr_query_object;

typedef struct mr_object_list {
    mr_query_object *items;
    size_t count, capacity;
} mr_object_list;

/*
 * Adds the objects below location ("s3://bucket/prefix/"). A location that does not exist has no
 * objects. Errors: MR_INVALID_ARGUMENT for a location of another form, those of the disk.
 */
MR_NODISCARD mr_code mr_object_list_add(mr_object_list *list, mr_file_system *fs,
                                        const char *store_path, const char *location,
                                        size_t partition, mr_error *err);
void mr_object_list_deinit(mr_object_list *list);

#endif
