/*
 * hash.h - checksums and digests: CRC32C (ring records), MD5 (partition keys, ETags),
 * SHA-256 (run digest), and a fast non-cryptographic hash for tables.
 *
 * MD5 of short inputs is ours because OpenSSL's setup costs more than the work; long inputs and
 * SHA-256 are OpenSSL's.
 */
#ifndef MR_SIM_BASE_HASH_H
#define MR_SIM_BASE_HASH_H

#include "sim/base/base.h"
#include "sim/base/bytes.h"

uint32_t mr_crc32c(uint32_t crc, const void *bytes, size_t len); /* start with 0; can be chained */
/* The same without the processor's own instruction: what machines without it run. */
uint32_t mr_crc32c_portable(uint32_t crc, const void *bytes, size_t len);

/* CRC-32 as in zip and gzip. Start with 0; can be chained. */
uint32_t mr_crc32(uint32_t crc, const void *bytes, size_t len);

uint64_t mr_hash64(const void *bytes, size_t len); /* same on every machine; not for strangers */

/* MD5 in one go. out: 16 bytes. */
void mr_md5(const void *bytes, size_t len, uint8_t out[16]);

/* MD5 of several short texts side by side, in little more than the time that one takes. */
#define MR_MD5_LANES          8
#define MR_MD5_LANE_BYTES_MAX 55 /* of each text */
void mr_md5_lanes(const mr_bytes texts[MR_MD5_LANES], uint8_t out[MR_MD5_LANES][16]);

/* Digests in pieces. */
typedef struct mr_digest mr_digest;
mr_digest *mr_digest_new_md5(void);
mr_digest *mr_digest_new_sha256(void);
void mr_digest_update(mr_digest *digest, const void *bytes, size_t len);
/* Ends the digest. out: 16 bytes for MD5, 32 for SHA-256. Returns that size. Once only. */
size_t mr_digest_finish(mr_digest *digest, uint8_t out[32]);
void mr_digest_free(mr_digest *digest); /* NULL is fine */

/* Lower-case hex, NUL-ended: out has 2 * len + 1 bytes. */
void mr_hex(const uint8_t *bytes, size_t len, char *out);

#endif
