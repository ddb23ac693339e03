/* segment.c - see segment.h. */
#include "src/web/segment.h"

#include "src/aws/uri.h"

#define MARK '~'

static bool needs_mark(mr_bytes name)
{
    return name.len == 0 || name.at[0] == MARK || mr_bytes_is(name, ".") || mr_bytes_is(name, "..");
}

void mr_segment_encode(mr_strbuf *out, mr_bytes name)
{
    if (needs_mark(name)) {
        mr_strbuf_append_char(out, MARK);
    }
    mr_uri_encode(out, name, false);
}

void mr_segment_decode(mr_strbuf *out, mr_bytes segment)
{
    mr_strbuf name = mr_strbuf_make(segment.len + 1);
    mr_uri_decode(&name, segment, false);
    mr_bytes bytes = mr_strbuf_bytes(&name);
    if (bytes.len > 0 && bytes.at[0] == MARK) {
        const mr_bytes rest = mr_bytes_make(bytes.at + 1, bytes.len - 1);
        bytes = needs_mark(rest) ? rest : bytes;
    }
    mr_strbuf_append(out, bytes.at, bytes.len);
    mr_strbuf_deinit(&name);
}

static void each_piece(mr_strbuf *out, mr_bytes rest, void (*append)(mr_strbuf *, mr_bytes))
{
    while (rest.len > 0) {
        const size_t end = mr_bytes_find(rest, '/');
        append(out, mr_bytes_make(rest.at, end));
        if (end < rest.len) {
            mr_strbuf_append_char(out, '/');
        }
        const size_t skip = mr_min_size(end + 1, rest.len);
        rest = mr_bytes_make(rest.at + skip, rest.len - skip);
    }
}

void mr_segments_encode(mr_strbuf *out, mr_bytes names)
{
    each_piece(out, names, mr_segment_encode);
}

void mr_segments_decode(mr_strbuf *out, mr_bytes path)
{
    each_piece(out, path, mr_segment_decode);
}
