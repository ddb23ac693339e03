/* compress.c - see compress.h. */
#include "sim/store/compress.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#include <libdeflate.h>
#include <snappy-c.h>
#define ZLIB_CONST /* what is compressed is only read */
#include <zlib.h>

/* ---- names ---- */

static const struct {
    const char *name, *extension, *encoding;
} formats[] = {
    [MR_COMPRESSION_NONE] = {"UNCOMPRESSED", "", NULL},
    [MR_COMPRESSION_GZIP] = {"GZIP", ".gz", "gzip"},
    [MR_COMPRESSION_ZIP] = {"ZIP", ".zip", "zip"},
    [MR_COMPRESSION_SNAPPY] = {"Snappy", ".snappy", "snappy-java"},
    [MR_COMPRESSION_HADOOP_SNAPPY] = {"HADOOP_SNAPPY", ".snappy", "hadoop-snappy"},
};

bool mr_compression_of(const char *name, mr_compression *out)
{
    for (size_t i = 0; i < MR_COUNT(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = (mr_compression)i;
            return true;
        }
    }
    return false;
}

const char *mr_compression_name(mr_compression compression)
{
    return formats[compression].name;
}

const char *mr_compression_extension(mr_compression compression)
{
    return formats[compression].extension;
}

const char *mr_compression_encoding(mr_compression compression)
{
    return formats[compression].encoding;
}

/* ---- writing ---- */

#define XERIAL_BLOCK 32768 /* bytes of input to a block: snappy-java's default */

/* Hadoop's compressor has a buffer of 256 KiB and leaves room in it for input that grows. */
#define HADOOP_BUFFER (256 * 1024)
#define HADOOP_BLOCK  (HADOOP_BUFFER - (HADOOP_BUFFER / 6 + 32))

#define OS_UNKNOWN 255 /* gzip's word for the operating system: the same bytes everywhere */

/* A body that has grown so long is given the room of the longest, instead of being moved again. */
#define KEPT_SMALL MR_MIB

struct mr_compressor {
    mr_compression compression;
    bool finished;

    mr_strbuf kept;   /* gzip and ZIP: the body so far, until it streams */
    bool streams;     /* the body is longer than MR_COMPRESS_WHOLE_MAX */
    z_stream deflate; /* when it streams */
    gz_header header; /* gzip; read by zlib until the header is written */

    char *entry_name; /* ZIP; owned */
    uint32_t crc;
    uint64_t bytes_in, bytes_out;

    mr_strbuf block; /* snappy: input that does not fill a block yet */
    char *packed;    /* snappy: owned, room for any block */
    size_t block_size;
    bool started;
};

static void put_be32(mr_strbuf *out, size_t value)
{
    const uint32_t v = (uint32_t)value;
    const uint8_t bytes[] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    mr_strbuf_append(out, bytes, sizeof bytes);
}

static void put_le16(mr_strbuf *out, size_t value)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8)};
    mr_strbuf_append(out, bytes, sizeof bytes);
}

static void put_le32(mr_strbuf *out, uint64_t value)
{
    put_le16(out, value & 0xFFFF);
    put_le16(out, value >> 16 & 0xFFFF);
}

mr_compressor *mr_compressor_new(mr_compression compression, const char *entry_name)
{
    MR_ASSERT(compression != MR_COMPRESSION_ZIP || entry_name != NULL);

    mr_compressor *made = mr_calloc(1, sizeof *made);
    made->compression = compression;
    switch (compression) {
    case MR_COMPRESSION_NONE:
        break;
    case MR_COMPRESSION_GZIP:
        made->kept = mr_strbuf_make(MR_COMPRESS_WHOLE_MAX);
        break;
    case MR_COMPRESSION_ZIP:
        made->kept = mr_strbuf_make(MR_COMPRESS_WHOLE_MAX);
        made->entry_name = mr_strdup(entry_name);
        MR_ASSERT(strlen(entry_name) <= UINT16_MAX);
        break;
    case MR_COMPRESSION_SNAPPY:
    case MR_COMPRESSION_HADOOP_SNAPPY:
        made->block_size =
            compression == MR_COMPRESSION_SNAPPY ? XERIAL_BLOCK : (size_t)HADOOP_BLOCK;
        made->block = mr_strbuf_make(made->block_size);
        made->packed = mr_alloc(snappy_max_compressed_length(made->block_size));
        break;
    }
    return made;
}

void mr_compressor_free(mr_compressor *compressor)
{
    if (compressor == NULL) {
        return;
    }
    if (compressor->streams) {
        (void)deflateEnd(&compressor->deflate); /* says so when data was left: fine here */
    }
    mr_strbuf_deinit(&compressor->kept);
    mr_strbuf_deinit(&compressor->block);
    mr_free(compressor->packed);
    mr_free(compressor->entry_name);
    mr_free(compressor);
}

/* ---- deflate: gzip and the entry of a ZIP ---- */

/* zlib's own level 6 is also Java's default, so sizes are near those of AWS. Of libdeflate's
 * levels, 4 comes nearest to those sizes (crime reports as rows and as JSON: within 2 %, at two and
 * a half times the speed or better). gzip's header calls neither the fastest nor the slowest. */
#define STREAM_LEVEL 6
#define WHOLE_LEVEL  4

static void stream_begin(mr_compressor *c)
{
    bool gzip = c->compression == MR_COMPRESSION_GZIP;

    int status = deflateInit2(&c->deflate, STREAM_LEVEL, Z_DEFLATED, gzip ? 15 + 16 : -15, 8,
                              Z_DEFAULT_STRATEGY);
    MR_ASSERT(status == Z_OK);
    c->streams = true;
    if (gzip) {
        c->header.os = OS_UNKNOWN;
        status = deflateSetHeader(&c->deflate, &c->header);
        MR_ASSERT(status == Z_OK);
    }
}

static void stream_write(mr_compressor *c, mr_bytes in, int flush, mr_strbuf *out)
{
    size_t start = out->len;
    int status;

    do {
        size_t piece = mr_min_size(in.len, UINT32_MAX / 2);
        bool last = piece == in.len;
        c->deflate.next_in = (const Bytef *)in.at;
        c->deflate.avail_in = (uInt)piece;
        do {
            char *room = mr_strbuf_reserve(out, 64 * MR_KIB);
            if (room == NULL) {
                return; /* past out's limit: its flag says so */
            }
            c->deflate.next_out = (Bytef *)room;
            c->deflate.avail_out = 64 * MR_KIB;
            status = deflate(&c->deflate, last ? flush : Z_NO_FLUSH);
            MR_ASSERT(status != Z_STREAM_ERROR);
            mr_strbuf_commit(out, 64 * MR_KIB - c->deflate.avail_out);
        } while (c->deflate.avail_out == 0);
        MR_ASSERT(c->deflate.avail_in == 0);
        in = mr_bytes_make(in.at + piece, in.len - piece);
    } while (in.len > 0);
    MR_ASSERT(flush != Z_FINISH || status == Z_STREAM_END);
    c->bytes_out += out->len - start;
}

/* Compresses what was kept, as the whole body. libdeflate's own gzip header has no time and
 * OS_UNKNOWN. Its compressor lives for the call alone: making one takes microseconds. */
static void whole_write(mr_compressor *c, mr_strbuf *out)
{
    bool gzip = c->compression == MR_COMPRESSION_GZIP;
    const char *at = mr_strbuf_text(&c->kept);
    size_t len = c->kept.len;

    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(WHOLE_LEVEL);
    MR_ASSERT(packer != NULL);
    size_t most = gzip ? libdeflate_gzip_compress_bound(packer, len)
                       : libdeflate_deflate_compress_bound(packer, len);
    char *room = mr_strbuf_reserve(out, most);
    if (room != NULL) { /* else past out's limit: its flag says so */
        size_t packed = gzip ? libdeflate_gzip_compress(packer, at, len, room, most)
                             : libdeflate_deflate_compress(packer, at, len, room, most);
        MR_ASSERT(packed > 0);
        mr_strbuf_commit(out, packed);
        c->bytes_out += packed;
    }
    libdeflate_free_compressor(packer);
}

static void deflate_write(mr_compressor *c, mr_bytes in, mr_strbuf *out)
{
    if (!c->streams) {
        if (in.len <= MR_COMPRESS_WHOLE_MAX - c->kept.len) {
            if (c->kept.len >= KEPT_SMALL) {
                (void)mr_strbuf_reserve(&c->kept, MR_COMPRESS_WHOLE_MAX - c->kept.len);
            }
            mr_strbuf_append_bytes(&c->kept, in);
            return;
        }
        stream_begin(c);
        stream_write(c, mr_strbuf_bytes(&c->kept), Z_NO_FLUSH, out);
        mr_strbuf_deinit(&c->kept);
    }
    stream_write(c, in, Z_NO_FLUSH, out);
}

static void deflate_finish(mr_compressor *c, mr_strbuf *out)
{
    if (c->streams) {
        stream_write(c, mr_bytes_make("", 0), Z_FINISH, out);
    } else {
        whole_write(c, out);
        mr_strbuf_deinit(&c->kept);
    }
}

/* ---- ZIP: one entry, its sizes after its body, as Java's ZipOutputStream writes it ---- */

#define ZIP_VERSION         20
#define ZIP_SIZES_FOLLOW    8      /* general purpose flag: a data descriptor */
#define ZIP_DEFLATED        8      /* method */
#define ZIP_1980_01_01      0x0021 /* the oldest date there is; the time is 00:00 */
#define ZIP_LOCAL_SIZE      30
#define ZIP_CENTRAL_SIZE    46
#define ZIP_DESCRIPTOR_SIZE 16

/* The fields that a local header and the central directory have in common. */
static void zip_common(const mr_compressor *c, bool sizes, mr_strbuf *out)
{
    put_le16(out, ZIP_VERSION);
    put_le16(out, ZIP_SIZES_FOLLOW);
    put_le16(out, ZIP_DEFLATED);
    put_le16(out, 0);
    put_le16(out, ZIP_1980_01_01);
    put_le32(out, sizes ? c->crc : 0);
    put_le32(out, sizes ? c->bytes_out : 0);
    put_le32(out, sizes ? c->bytes_in : 0);
    put_le16(out, strlen(c->entry_name));
    put_le16(out, 0); /* no extra field */
}

static void zip_begin(mr_compressor *c, mr_strbuf *out)
{
    mr_strbuf_append_text(out, "PK\003\004");
    zip_common(c, false, out);
    mr_strbuf_append_text(out, c->entry_name);
}

static void zip_end(mr_compressor *c, mr_strbuf *out)
{
    size_t name_len = strlen(c->entry_name);
    uint64_t directory_at = ZIP_LOCAL_SIZE + name_len + c->bytes_out + ZIP_DESCRIPTOR_SIZE;

    /* Past this it would be ZIP64; a delivery buffer is at most 128 MiB. */
    MR_ASSERT(c->bytes_in <= UINT32_MAX && directory_at <= UINT32_MAX);
    mr_strbuf_append_text(out, "PK\007\010");
    put_le32(out, c->crc);
    put_le32(out, c->bytes_out);
    put_le32(out, c->bytes_in);

    mr_strbuf_append_text(out, "PK\001\002");
    put_le16(out, ZIP_VERSION);
    zip_common(c, true, out);
    put_le16(out, 0); /* no comment */
    put_le16(out, 0); /* disk */
    put_le16(out, 0); /* attributes, inside and outside */
    put_le32(out, 0);
    put_le32(out, 0); /* the local header is at the start */
    mr_strbuf_append_text(out, c->entry_name);

    mr_strbuf_append_text(out, "PK\005\006");
    put_le16(out, 0);
    put_le16(out, 0);
    put_le16(out, 1); /* entries on this disk, and in all */
    put_le16(out, 1);
    put_le32(out, ZIP_CENTRAL_SIZE + name_len);
    put_le32(out, directory_at);
    put_le16(out, 0);
}

static void zip_write(mr_compressor *c, mr_bytes in, mr_strbuf *out)
{
    if (!c->started) {
        c->started = true;
        zip_begin(c, out);
    }
    c->crc = mr_crc32(c->crc, in.at, in.len);
    c->bytes_in += in.len;
    deflate_write(c, in, out);
}

/* ---- snappy ---- */

static void snappy_begin(const mr_compressor *c, mr_strbuf *out)
{
    if (c->compression == MR_COMPRESSION_SNAPPY) {
        mr_strbuf_append(out, "\x82SNAPPY\0", 8);
        put_be32(out, 1); /* version, and the oldest reader's */
        put_be32(out, 1);
    }
}

static void snappy_block(mr_compressor *c, mr_bytes block, mr_strbuf *out)
{
    size_t packed_len = snappy_max_compressed_length(c->block_size);
    snappy_status status = snappy_compress(block.at, block.len, c->packed, &packed_len);
    MR_ASSERT(status == SNAPPY_OK);
    if (c->compression == MR_COMPRESSION_HADOOP_SNAPPY) {
        put_be32(out, block.len);
    }
    put_be32(out, packed_len);
    mr_strbuf_append(out, c->packed, packed_len);
}

static void snappy_write(mr_compressor *c, mr_bytes in, mr_strbuf *out)
{
    if (!c->started) {
        c->started = true;
        snappy_begin(c, out);
    }
    while (in.len > 0) {
        /* A whole block goes straight from the caller's bytes. */
        if (c->block.len == 0 && in.len >= c->block_size) {
            snappy_block(c, mr_bytes_make(in.at, c->block_size), out);
            in = mr_bytes_make(in.at + c->block_size, in.len - c->block_size);
            continue;
        }
        size_t n = mr_min_size(in.len, c->block_size - c->block.len);
        mr_strbuf_append(&c->block, in.at, n);
        in = mr_bytes_make(in.at + n, in.len - n);
        if (c->block.len == c->block_size) {
            snappy_block(c, mr_strbuf_bytes(&c->block), out);
            mr_strbuf_reset(&c->block);
        }
    }
}

void mr_compressor_write(mr_compressor *compressor, mr_bytes in, mr_strbuf *out)
{
    MR_ASSERT(compressor != NULL && out != NULL);
    MR_ASSERT(!compressor->finished);

    switch (compressor->compression) {
    case MR_COMPRESSION_NONE:
        mr_strbuf_append_bytes(out, in);
        break;
    case MR_COMPRESSION_GZIP:
        deflate_write(compressor, in, out);
        break;
    case MR_COMPRESSION_ZIP:
        zip_write(compressor, in, out);
        break;
    case MR_COMPRESSION_SNAPPY:
    case MR_COMPRESSION_HADOOP_SNAPPY:
        snappy_write(compressor, in, out);
        break;
    }
}

void mr_compressor_finish(mr_compressor *compressor, mr_strbuf *out)
{
    static const mr_bytes nothing = {"", 0};

    mr_compressor_write(compressor, nothing, out); /* the header, if nothing was written */
    compressor->finished = true;
    switch (compressor->compression) {
    case MR_COMPRESSION_NONE:
        break;
    case MR_COMPRESSION_GZIP:
        deflate_finish(compressor, out);
        break;
    case MR_COMPRESSION_ZIP:
        deflate_finish(compressor, out);
        zip_end(compressor, out);
        break;
    case MR_COMPRESSION_SNAPPY:
    case MR_COMPRESSION_HADOOP_SNAPPY:
        if (compressor->block.len > 0) {
            snappy_block(compressor, mr_strbuf_bytes(&compressor->block), out);
        }
        break;
    }
}
