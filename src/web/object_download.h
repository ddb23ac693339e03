/*
 * object_download.h - an object's bytes as an answer, piece by piece as the client takes them: no
 * more than a few pieces are in memory, however large the object is.
 */
#ifndef MR_SRC_WEB_OBJECT_DOWNLOAD_H
#define MR_SRC_WEB_OBJECT_DOWNLOAD_H

#include "sim/base/fs.h"
#include "src/http/request.h"

/*
 * Takes over the request, and answers it.
 *
 * path:   of the object's file. name: what the browser calls it.
 * decode: gzip is unpacked on the way; an object that is none passes as it is.
 * Errors: those of opening the file; the request is then still the caller's. A file that fails
 *         later breaks the answer off, so that the client notices.
 */
MR_NODISCARD mr_code mr_object_download(mr_file_system *fs, mr_http_request *request,
                                        const char *path, const char *name, uint64_t size,
                                        bool decode, mr_error *err);

#endif
