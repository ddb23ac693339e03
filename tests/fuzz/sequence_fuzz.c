/* sequence_fuzz.c - sequence numbers and hash keys of any text: what is read of version 2 can be
 * written and read again, and a hash key is written as it was read. */
#include "sim/stream/sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    mr_sequence read, again;
    int version;
    if (mr_sequence_parse(text, &read, &version) && version == 2) {
        char digits[MR_SEQUENCE_SIZE];
        mr_sequence_format(&read, digits);
        bool ok = mr_sequence_parse(mr_bytes_of(digits), &again, &version);
        MR_ASSERT(ok);
        MR_ASSERT(version == 2);
        MR_ASSERT(again.shard_created_s == read.shard_created_s);
        MR_ASSERT(again.shard_index == read.shard_index);
        MR_ASSERT(again.counter == read.counter);
        MR_ASSERT(again.record_s == read.record_s);
    }

    mr_u128 key;
    if (mr_hash_key_parse(text, &key)) {
        char digits[MR_HASH_KEY_SIZE];
        mr_hash_key_format(key, digits);
        MR_ASSERT(mr_bytes_equal(mr_bytes_of(digits), text));
    }
    return 0;
}
