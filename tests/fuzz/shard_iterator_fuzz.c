/*
 * shard_iterator_fuzz.c - any text as a token: it is refused, because the fuzzer cannot know a tag
 * of 128 bits. Any bytes as a payload: they come back from their token as they were, and reading
 * fields from them stays inside them.
 */
#include "sim/stream/token_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(mr_token_seal *seal, mr_bytes payload)
{
    char text[MR_TOKEN_SIZE];
    mr_strbuf opened = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_token_seal_close(seal, payload, text);
    bool ok = mr_token_seal_open(seal, mr_bytes_of(text), &opened);
    MR_ASSERT(ok);
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&opened), payload));
    mr_strbuf_deinit(&opened);
}

/* Reads it as the fields of a shard iterator; nothing is read past the end. */
static void read_fields(mr_bytes payload)
{
    mr_token_fields fields = {.rest = payload};
    for (int i = 0; i < 5; i++) {
        (void)mr_token_take_int(&fields);
    }
    mr_bytes name = mr_token_take_text(&fields);
    MR_ASSERT(name.len <= UINT8_MAX);
    MR_ASSERT(!mr_token_fields_end(&fields) || payload.len == 41 + name.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[MR_TOKEN_SECRET_BYTES] = {42};
    mr_token_seal *seal = mr_token_seal_new(secret);
    mr_bytes input = mr_bytes_make(data, size);
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    bool ok = mr_token_seal_open(seal, input, &payload);
    MR_ASSERT(!ok);
    MR_ASSERT(payload.len == 0);
    mr_strbuf_deinit(&payload);

    read_fields(input);
    if (size > 0 && size <= MR_TOKEN_PAYLOAD_MAX) {
        check_round_trip(seal, input);
    }
    mr_token_seal_free(seal);
    return 0;
}
