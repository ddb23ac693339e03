/*
 * token_seal.h - what hands state to a client and trusts it on its way back: shard iterators and
 * NextTokens. Private to sim/stream.
 *
 * A sealed token is base64 of
 *
 *   8    00 00 00 00 00 00 00 01, as AWS's shard iterators begin
 *   16   tag: HMAC-SHA256 over the plain text, its first half
 *   16k  the plain text, AES-256-CTR with the tag as its counter block
 *
 *   plain text: 8 a number that rises | the payload | 80, then zeros up to 16k and at least 128
 *
 * The tag is both what authenticates and what makes each cipher stream another one (as in SIV): no
 * chance is needed, so that the same steps give the same tokens, and two tokens are never equal
 * within one world.
 *
 * The secret is made of the world's seed and kept in catalog.db (meta, "token_secret"), so that a
 * restart takes old tokens, with another seed too. It keeps tokens from being made up by accident
 * or by a curious test, not from who can read the state directory.
 */
#ifndef MR_SIM_STREAM_TOKEN_SEAL_H
#define MR_SIM_STREAM_TOKEN_SEAL_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

#define MR_TOKEN_SECRET_BYTES 32
#define MR_TOKEN_PAYLOAD_MAX  512
#define MR_TOKEN_SIZE         745 /* of the text of a payload of that size, and NUL */

typedef struct mr_token_seal mr_token_seal;

mr_token_seal *mr_token_seal_new(const uint8_t secret[MR_TOKEN_SECRET_BYTES]);
void mr_token_seal_free(mr_token_seal *seal); /* NULL is fine */

/* payload: 1..MR_TOKEN_PAYLOAD_MAX bytes. out: the text, which ends in NUL. */
void mr_token_seal_close(mr_token_seal *seal, mr_bytes payload, char out[MR_TOKEN_SIZE]);
/* Appends the payload. False, with nothing appended, when this seal did not close the text. */
MR_NODISCARD bool mr_token_seal_open(const mr_token_seal *seal, mr_bytes text, mr_strbuf *payload);

/* ---- fields of a payload, big-endian ---- */

void mr_token_put_int(mr_strbuf *payload, int64_t value);
void mr_token_put_text(mr_strbuf *payload, mr_bytes text); /* at most 255 bytes */

/* Reads fields one after the other. Past the end everything is 0 or empty, and `broken`. */
typedef struct mr_token_fields {
    mr_bytes rest;
    bool broken;
} mr_token_fields;

int64_t mr_token_take_int(mr_token_fields *fields);
mr_bytes mr_token_take_text(mr_token_fields *fields); /* borrowed from the payload */
/* The fields were all there, and nothing is behind them. */
bool mr_token_fields_end(const mr_token_fields *fields);

#endif
