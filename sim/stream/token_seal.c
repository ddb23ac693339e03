/* token_seal.c - see token_seal.h. */
#include "sim/stream/token_seal.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/stream/state.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#define HEAD_BYTES       8
#define TAG_BYTES        16
#define BLOCK_BYTES      16
#define KEY_BYTES        32
#define NUMBER_BYTES     8
#define PLAIN_BYTES_MIN  128
#define PLAIN_BYTES_MAX  528 /* number, payload, mark, and up to a block of zeros */
#define SEALED_BYTES_MAX (HEAD_BYTES + TAG_BYTES + PLAIN_BYTES_MAX)

_Static_assert(NUMBER_BYTES + MR_TOKEN_PAYLOAD_MAX + 1 <= PLAIN_BYTES_MAX, "the largest fits");
_Static_assert(PLAIN_BYTES_MAX % BLOCK_BYTES == 0, "whole blocks");
_Static_assert((SEALED_BYTES_MAX + 2) / 3 * 4 < MR_TOKEN_SIZE, "its text fits");

static const uint8_t head[HEAD_BYTES] = {0, 0, 0, 0, 0, 0, 0, 1};

struct mr_token_seal {
    uint8_t tag_key[KEY_BYTES], cipher_key[KEY_BYTES];
    uint64_t closed; /* tokens so far */
};

/* ---- keys ---- */

static void digest_of(const char *label, const void *bytes, size_t len, uint8_t out[KEY_BYTES])
{
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, label, strlen(label) + 1);
    mr_digest_update(digest, bytes, len);
    (void)mr_digest_finish(digest, out);
    mr_digest_free(digest);
}

mr_token_seal *mr_token_seal_new(const uint8_t secret[MR_TOKEN_SECRET_BYTES])
{
    mr_token_seal *seal = mr_calloc(1, sizeof(*seal));
    digest_of("tag", secret, MR_TOKEN_SECRET_BYTES, seal->tag_key);
    digest_of("cipher", secret, MR_TOKEN_SECRET_BYTES, seal->cipher_key);
    return seal;
}

void mr_token_seal_free(mr_token_seal *seal)
{
    mr_free(seal);
}

/* ---- sealing ---- */

static void tag_of(const mr_token_seal *seal, const uint8_t *plain, size_t len,
                   uint8_t tag[TAG_BYTES])
{
    uint8_t full[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const unsigned char *made =
        HMAC(EVP_sha256(), seal->tag_key, KEY_BYTES, plain, len, full, &size);
    MR_ASSERT(made != NULL);
    MR_ASSERT(size >= TAG_BYTES);
    memcpy(tag, full, TAG_BYTES);
}

/* Enciphers, and deciphers again: both add the same stream. */
static void add_stream(const mr_token_seal *seal, const uint8_t tag[TAG_BYTES], const uint8_t *in,
                       size_t len, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    MR_ASSERT(context != NULL);
    int size = 0;
    int ok = EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), NULL, seal->cipher_key, tag);
    MR_ASSERT(ok == 1);
    ok = EVP_EncryptUpdate(context, out, &size, in, (int)len);
    MR_ASSERT(ok == 1);
    MR_ASSERT((size_t)size == len);
    EVP_CIPHER_CTX_free(context);
}

static void put_number(uint8_t out[NUMBER_BYTES], uint64_t value)
{
    for (size_t i = 0; i < NUMBER_BYTES; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

void mr_token_seal_close(mr_token_seal *seal, mr_bytes payload, char out[MR_TOKEN_SIZE])
{
    MR_ASSERT(payload.len > 0);
    MR_ASSERT(payload.len <= MR_TOKEN_PAYLOAD_MAX);
    uint8_t plain[PLAIN_BYTES_MAX] = {0};
    put_number(plain, ++seal->closed);
    memcpy(plain + NUMBER_BYTES, payload.at, payload.len);
    plain[NUMBER_BYTES + payload.len] = 0x80;
    size_t len = NUMBER_BYTES + payload.len + 1;
    len = (len + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    len = mr_max_size(len, PLAIN_BYTES_MIN);

    uint8_t sealed[SEALED_BYTES_MAX];
    memcpy(sealed, head, HEAD_BYTES);
    tag_of(seal, plain, len, sealed + HEAD_BYTES);
    add_stream(seal, sealed + HEAD_BYTES, plain, len, sealed + HEAD_BYTES + TAG_BYTES);

    mr_strbuf text = mr_strbuf_make(MR_TOKEN_SIZE - 1);
    mr_base64_encode(&text, mr_bytes_make(sealed, HEAD_BYTES + TAG_BYTES + len));
    MR_ASSERT(!text.overflowed);
    memcpy(out, text.at, text.len + 1);
    mr_strbuf_deinit(&text);
}

/* The payload within a plain text that checks. */
static mr_bytes payload_of(const uint8_t *plain, size_t len)
{
    while (plain[len - 1] == 0) {
        len--;
    }
    MR_ASSERT(plain[len - 1] == 0x80);
    MR_ASSERT(len > NUMBER_BYTES + 1);
    return mr_bytes_make(plain + NUMBER_BYTES, len - 1 - NUMBER_BYTES);
}

static bool open_sealed(const mr_token_seal *seal, mr_bytes sealed, mr_strbuf *payload)
{
    if (sealed.len < HEAD_BYTES + TAG_BYTES + PLAIN_BYTES_MIN || sealed.len > SEALED_BYTES_MAX ||
        (sealed.len - HEAD_BYTES) % BLOCK_BYTES != 0 || memcmp(sealed.at, head, HEAD_BYTES) != 0) {
        return false;
    }
    const uint8_t *tag = (const uint8_t *)sealed.at + HEAD_BYTES;
    const size_t len = sealed.len - HEAD_BYTES - TAG_BYTES;
    uint8_t plain[PLAIN_BYTES_MAX], wanted[TAG_BYTES];
    add_stream(seal, tag, tag + TAG_BYTES, len, plain);
    tag_of(seal, plain, len, wanted);
    if (CRYPTO_memcmp(tag, wanted, TAG_BYTES) != 0) {
        return false;
    }
    mr_strbuf_append_bytes(payload, payload_of(plain, len));
    return true;
}

bool mr_token_seal_open(const mr_token_seal *seal, mr_bytes text, mr_strbuf *payload)
{
    if (text.len >= MR_TOKEN_SIZE) {
        return false;
    }
    mr_strbuf sealed = mr_strbuf_make(MR_TOKEN_SIZE);
    bool ok =
        mr_base64_decode(&sealed, text) && open_sealed(seal, mr_strbuf_bytes(&sealed), payload);
    mr_strbuf_deinit(&sealed);
    return ok;
}

/* ---- fields ---- */

void mr_token_put_int(mr_strbuf *payload, int64_t value)
{
    uint8_t bytes[NUMBER_BYTES];
    put_number(bytes, (uint64_t)value);
    mr_strbuf_append(payload, bytes, sizeof(bytes));
}

void mr_token_put_text(mr_strbuf *payload, mr_bytes text)
{
    MR_ASSERT(text.len <= UINT8_MAX);
    mr_strbuf_append_char(payload, (char)(uint8_t)text.len);
    mr_strbuf_append_bytes(payload, text);
}

static mr_bytes take(mr_token_fields *fields, size_t len)
{
    if (fields->broken || fields->rest.len < len) {
        fields->broken = true;
        return (mr_bytes){NULL, 0};
    }
    mr_bytes taken = mr_bytes_make(fields->rest.at, len);
    fields->rest = mr_bytes_make(fields->rest.at + len, fields->rest.len - len);
    return taken;
}

int64_t mr_token_take_int(mr_token_fields *fields)
{
    mr_bytes bytes = take(fields, NUMBER_BYTES);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        value = value << 8 | (uint8_t)bytes.at[i];
    }
    return (int64_t)value;
}

mr_bytes mr_token_take_text(mr_token_fields *fields)
{
    mr_bytes len = take(fields, 1);
    return len.len == 0 ? len : take(fields, (uint8_t)len.at[0]);
}

bool mr_token_fields_end(const mr_token_fields *fields)
{
    return !fields->broken && fields->rest.len == 0;
}

/* ---- the seal of a world ---- */

/* What catalog.db has; empty when it has none yet. */
static mr_code load_secret(mr_streams *streams, mr_strbuf *text, mr_error *err)
{
    mr_db *db = streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT value FROM meta WHERE name = 'token_secret'");
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code == MR_OK && row) {
        mr_strbuf_append_text(text, mr_stmt_text(stmt, 0));
    }
    mr_stmt_done(stmt);
    return code;
}

static mr_code make_secret(mr_streams *streams, mr_strbuf *text, mr_error *err)
{
    uint8_t digest[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1], seed[24];
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)streams->options.seed);
    digest_of("secret", seed, strlen(seed), digest);
    mr_hex(digest, sizeof(digest), hex);
    mr_strbuf_append_text(text, hex);

    mr_db *db = streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO meta (name, value) VALUES ('token_secret', ?)");
    mr_stmt_bind_text(stmt, 1, hex);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_streams_seal(mr_streams *streams, mr_token_seal **out, mr_error *err)
{
    mr_code code = MR_OK;
    if (streams->seal == NULL) {
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        code = load_secret(streams, &text, err);
        if (code == MR_OK && text.len == 0) {
            code = make_secret(streams, &text, err);
        }
        if (code == MR_OK) {
            uint8_t secret[MR_TOKEN_SECRET_BYTES];
            digest_of("seal", text.at, text.len, secret);
            streams->seal = mr_token_seal_new(secret);
        }
        mr_strbuf_deinit(&text);
    }
    *out = streams->seal;
    return code;
}
