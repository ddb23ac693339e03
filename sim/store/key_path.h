/*
 * key_path.h - object keys to file paths and back, one to one, never outside the bucket.
 *
 * A key's '/' are the path's. What no path can spell is escaped as '%' and two upper-case hex
 * digits: '%' itself where it would read as an escape, NUL and control characters, empty segments
 * ("//", a leading or a trailing '/'), "." and "..", segments longer than 255 bytes (cut into pieces by an
 * escape mark), a segment that would be both a file and a folder. Two different keys never give one path.
 * Listing in byte order of keys is the caller's: escaped names sort differently.
 */
#ifndef MR_SIM_STORE_KEY_PATH_H
#define MR_SIM_STORE_KEY_PATH_H

#include "sim/base/strbuf.h"

/* Appends the relative path of a key (1..1024 bytes of any value). */
void mr_key_to_path(mr_strbuf *out, mr_bytes key);

/* Appends the key of a relative path. False when no key has this path (then the file is not an
 * object that mr_key_to_path() would have made, and its path is its key as it stands). */
MR_NODISCARD bool mr_path_to_key(mr_strbuf *out, mr_bytes path);

#endif
