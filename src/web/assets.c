/* assets.c - see assets.h. */
#include "src/web/assets.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/web/route.h"

#include <string.h>
#include <zlib.h>

#define ETAG_SIZE_MAX 160
#define GZIP_WINDOW   (15 + 16) /* zlib: the largest window, in a gzip frame */

const mr_asset *mr_asset_find(mr_bytes name)
{
    for (size_t i = 0; i < mr_asset_count; i++) {
        if (mr_bytes_is(name, mr_assets[i].name)) {
            return &mr_assets[i];
        }
    }
    return NULL;
}

/* Whether `name` is `file` with "-<hash>" before its last dot. */
static bool is_hashed(const char *name, const char *file)
{
    const char *dot = strrchr(file, '.');
    const char *name_dot = strrchr(name, '.');
    MR_ASSERT(dot != NULL);
    const size_t stem = (size_t)(dot - file);
    return name_dot != NULL && strcmp(name_dot, dot) == 0 && strncmp(name, file, stem) == 0 &&
           name[stem] == '-' && strrchr(name, '-') == name + stem;
}

const mr_asset *mr_asset_of_file(const char *file)
{
    for (size_t i = 0; i < mr_asset_count; i++) {
        if (is_hashed(mr_assets[i].name, file)) {
            return &mr_assets[i];
        }
    }
    return NULL;
}

/* ---- content coding ---- */

/* Takes what stands before the next `end` off, without blanks around it. */
static mr_bytes take_until(mr_bytes *rest, char end)
{
    const size_t n = mr_bytes_find(*rest, end);
    const mr_bytes part = mr_bytes_trim(mr_bytes_make(rest->at, n));
    const size_t skip = mr_min_size(n + 1, rest->len);
    *rest = mr_bytes_make(rest->at + skip, rest->len - skip);
    return part;
}

/* "q=0", "q=0.0", "q=0.000": not at all. */
static bool is_nought(mr_bytes weight)
{
    if (!mr_bytes_starts_with(weight, mr_bytes_of("q=0")) &&
        !mr_bytes_starts_with(weight, mr_bytes_of("Q=0"))) {
        return false;
    }
    for (size_t i = 3; i < weight.len; i++) {
        if (weight.at[i] != '.' && weight.at[i] != '0') {
            return false;
        }
    }
    return true;
}

bool mr_asset_takes_gzip(mr_bytes accept_encoding)
{
    bool takes_any = false;
    while (accept_encoding.len > 0) {
        mr_bytes item = take_until(&accept_encoding, ',');
        const mr_bytes coding = take_until(&item, ';');
        const bool is_taken = !is_nought(mr_bytes_trim(item));
        if (mr_bytes_equal_nocase(coding, mr_bytes_of("gzip"))) {
            return is_taken;
        }
        takes_any = takes_any || (mr_bytes_is(coding, "*") && is_taken);
    }
    return takes_any;
}

/* Owned; asset->size bytes. Our own bytes: that they are sound is asserted. */
static unsigned char *unpack(const mr_asset *asset)
{
    unsigned char *out = mr_alloc(asset->size + 1);
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)asset->packed,
                       .avail_in = (uInt)asset->packed_size,
                       .next_out = out,
                       .avail_out = (uInt)asset->size + 1};
    int status = inflateInit2(&stream, GZIP_WINDOW);
    MR_ASSERT(status == Z_OK);
    status = inflate(&stream, Z_FINISH);
    MR_ASSERT(status == Z_STREAM_END);
    MR_ASSERT(stream.total_out == asset->size);
    inflateEnd(&stream);
    return out;
}

/* ---- the answer ---- */

/* Whether If-None-Match names the tag, strong or weak, or anything. */
static bool has_it(mr_bytes if_none_match, const char *etag)
{
    while (if_none_match.len > 0) {
        mr_bytes tag = take_until(&if_none_match, ',');
        if (mr_bytes_starts_with(tag, mr_bytes_of("W/"))) {
            tag = mr_bytes_make(tag.at + 2, tag.len - 2);
        }
        if (mr_bytes_is(tag, etag) || mr_bytes_is(tag, "*")) {
            return true;
        }
    }
    return false;
}

void mr_asset_answer(const mr_asset *asset, mr_http_request *request)
{
    const bool is_packed = mr_asset_takes_gzip(mr_http_header(request, "accept-encoding"));
    mr_strbuf etag = mr_strbuf_make(ETAG_SIZE_MAX);
    /* Each form is a representation of its own (RFC 9110, 8.8.3.3). */
    mr_strbuf_appendf(&etag, "\"%s%s\"", asset->name, is_packed ? "-gzip" : "");
    const mr_http_header_field headers[] = {
        {"Cache-Control", "public, max-age=31536000, immutable"},
        {"ETag", mr_strbuf_text(&etag)},
        {"Vary", "Accept-Encoding"},
        {"Content-Encoding", "gzip"}}; /* the last: sent where it is so */
    const size_t count = is_packed ? MR_COUNT(headers) : MR_COUNT(headers) - 1;
    if (has_it(mr_http_header(request, "if-none-match"), mr_strbuf_text(&etag))) {
        mr_web_send(request, 304, asset->media_type, headers, MR_COUNT(headers) - 1,
                    mr_bytes_make(NULL, 0));
    } else if (is_packed) {
        mr_web_send(request, 200, asset->media_type, headers, count,
                    mr_bytes_make((const char *)asset->packed, asset->packed_size));
    } else {
        unsigned char *bytes = unpack(asset);
        mr_web_send(request, 200, asset->media_type, headers, count,
                    mr_bytes_make((const char *)bytes, asset->size));
        mr_free(bytes);
    }
    mr_strbuf_deinit(&etag);
}
