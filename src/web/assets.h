/*
 * assets.h - the files of the console that travel inside the program, compressed.
 *
 * The table is made by console/build.mjs; a build without the console has cmake/console_none.c in
 * its place, with no file. A name has a hash of the content in it, so an answer may be kept for
 * good.
 */
#ifndef MR_SRC_WEB_ASSETS_H
#define MR_SRC_WEB_ASSETS_H

#include "sim/base/bytes.h"
#include "src/http/request.h"

typedef struct mr_asset {
    const char *name;            /* "console-5ED08757.js" */
    const char *media_type;      /* "text/javascript; charset=utf-8" */
    const unsigned char *packed; /* gzip */
    size_t packed_size;
    size_t size; /* unpacked */
} mr_asset;

extern const mr_asset mr_assets[];
extern const size_t mr_asset_count; /* 0: this build has no console */

/* The console's page is the head, what stands in its root element, and the tail. */
extern const char mr_console_head[];
extern const char mr_console_tail[];

/* The asset of this name; NULL: none. */
const mr_asset *mr_asset_find(mr_bytes name);
/* The asset that a file of the bundle has become: "swagger-ui.css" is found as
 * "swagger-ui-5ED08757.css". NULL: none. */
const mr_asset *mr_asset_of_file(const char *file);
/* Answers with it: compressed to who takes gzip, otherwise unpacked; 304 to who has it. */
void mr_asset_answer(const mr_asset *asset, mr_http_request *request);

/* Whether a value of Accept-Encoding takes gzip (RFC 9110, 12.5.3). */
bool mr_asset_takes_gzip(mr_bytes accept_encoding);

#endif
