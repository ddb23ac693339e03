/*
 * key_path.h - object keys to file paths and back, one to one, never outside the bucket.
 *
 * A key's '/' are the path's, and most bytes stand for themselves: "dt=2025-01-01/a.csv" stays
 * readable. Of each segment, on disk
 *
 *   %                                   is %25
 *   control characters, bytes that are
 *   not UTF-8                           are %XX, upper-case hex
 *   "." and ".."                        are %2E and %2E%2E
 *   "" (a leading or a trailing '/',
 *   "//")                               is %
 *   one longer than 254 bytes           is cut: "<252 bytes>%-" is a folder in which it goes on
 *
 * and since a file and a folder cannot have one name, an object "a" beside objects "a/..." is the
 * file "a%". Which of the two it is depends on what else is there, so the choice is the store's.
 * Every '%' on disk begins one of these: two different keys never give one path.
 *
 * Listing in byte order of keys is the caller's: paths sort differently. On a file system that
 * ignores the case of letters, keys that differ by case alone fall together: keep the state
 * directory on one that does not.
 */
#ifndef MR_SIM_STORE_KEY_PATH_H
#define MR_SIM_STORE_KEY_PATH_H

#include "sim/base/strbuf.h"

/* Appends the relative path of a key (1..1024 bytes of any value). */
void mr_key_to_path(mr_strbuf *out, mr_bytes key);

/*
 * Appends the key of a relative path, also of one that ends in the '%' of a file beside a folder.
 * False, with nothing appended, when no key has this path: then the file was not made by the
 * store, and its path is its key as it stands.
 */
MR_NODISCARD bool mr_path_to_key(mr_strbuf *out, mr_bytes path);

#endif
