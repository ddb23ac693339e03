/* kpl_record_fuzz.c - any bytes as a record, and as the message of an aggregated record whose MD5
 * is right: what the reader gives lies inside the record, and what it gives of an aggregated one is
 * the same after it was aggregated again. */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/stream/kpl_record.h"
#include "sim/stream/sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(mr_bytes view, mr_bytes whole)
{
    return view.len == 0 || (view.at >= whole.at && view.at + view.len <= whole.at + whole.len);
}

/* A user record as it is put; false when its hash key is none that a writer writes. */
static bool to_put(const mr_kpl_user_record *user, mr_record *out)
{
    char digits[MR_HASH_KEY_SIZE];
    *out = (mr_record){.data = user->data,
                       .partition_key = user->partition_key,
                       .has_explicit_hash = user->has_explicit_hash_key};
    if (!user->has_explicit_hash_key) {
        return true;
    }
    if (!mr_hash_key_parse(user->explicit_hash_key, &out->explicit_hash)) {
        return false;
    }
    mr_hash_key_format(out->explicit_hash, digits);
    return mr_bytes_is(user->explicit_hash_key, digits);
}

static void aggregate_again(mr_kpl_reader *reader, const mr_record_view *record)
{
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_STRBUF_UNLIMITED);
    mr_kpl_reader *second = mr_kpl_reader_new();
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_kpl_user_record user, again;
    mr_record put;
    bool all = true;

    while (mr_kpl_reader_next(reader, &user) && all) {
        all = to_put(&user, &put) && mr_kpl_writer_add(writer, &put);
    }
    if (all && mr_kpl_writer_count(writer) > 0) {
        mr_kpl_writer_take(writer, &out);
        mr_record_view view = {.data = mr_strbuf_bytes(&out)};
        mr_kpl_verdict verdict = mr_kpl_reader_open(second, &view);
        MR_ASSERT(verdict == MR_KPL_AGGREGATED);
        (void)mr_kpl_reader_open(reader, record);
        MR_ASSERT(mr_kpl_reader_left(reader) == mr_kpl_reader_left(second));
        while (mr_kpl_reader_next(reader, &user)) {
            bool more = mr_kpl_reader_next(second, &again);
            MR_ASSERT(more);
            MR_ASSERT(user.sub == again.sub);
            MR_ASSERT(mr_bytes_equal(user.data, again.data));
            MR_ASSERT(mr_bytes_equal(user.partition_key, again.partition_key));
            MR_ASSERT(user.has_explicit_hash_key == again.has_explicit_hash_key);
            MR_ASSERT(mr_bytes_equal(user.explicit_hash_key, again.explicit_hash_key));
        }
    }
    mr_kpl_writer_free(writer);
    mr_kpl_reader_free(second);
    mr_strbuf_deinit(&out);
}

static void read_record(mr_bytes bytes)
{
    mr_kpl_reader *reader = mr_kpl_reader_new();
    mr_record_view record = {.data = bytes, .partition_key = MR_BYTES_LITERAL("own")};
    mr_kpl_user_record user;
    mr_kpl_verdict verdict = mr_kpl_reader_open(reader, &record);
    size_t count = mr_kpl_reader_left(reader);
    uint32_t sub = 0;

    while (mr_kpl_reader_next(reader, &user)) {
        MR_ASSERT(user.sub == sub);
        sub++;
        MR_ASSERT(mr_kpl_reader_left(reader) == count - sub);
        MR_ASSERT(is_inside(user.data, bytes));
        if (verdict == MR_KPL_AGGREGATED) {
            MR_ASSERT(is_inside(user.partition_key, bytes));
            MR_ASSERT(is_inside(user.explicit_hash_key, bytes));
        } else {
            MR_ASSERT(count == 1);
            MR_ASSERT(mr_bytes_equal(user.data, bytes));
            MR_ASSERT(mr_bytes_equal(user.partition_key, record.partition_key));
        }
    }
    MR_ASSERT(sub == count);
    if (verdict == MR_KPL_AGGREGATED) {
        (void)mr_kpl_reader_open(reader, &record);
        aggregate_again(reader, &record);
    }
    mr_kpl_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t digest[16];
    mr_strbuf carrier = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    read_record(mr_bytes_make(data, size));

    mr_md5(data, size, digest);
    mr_strbuf_append(&carrier, "\xf3\x89\x9a\xc2", 4);
    mr_strbuf_append(&carrier, data, size);
    mr_strbuf_append(&carrier, digest, sizeof(digest));
    read_record(mr_strbuf_bytes(&carrier));
    mr_strbuf_deinit(&carrier);
    return 0;
}
