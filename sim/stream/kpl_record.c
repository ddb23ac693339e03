/*
 * kpl_record.c - see kpl_record.h.
 *
 * The tables of keys may stand behind the user records that use them, so a carrier is read twice:
 * mr_kpl_reader_open() checks everything and notes where the keys are; mr_kpl_reader_next() reads
 * one user record more, and can rely on what was checked.
 *
 *     message AggregatedRecord            message Record                          message Tag
 *     1 repeated string partition keys    1 required uint64 partition key index   1 required string
 *     2 repeated string hash keys         2 optional uint64 hash key index        2 optional string
 *     3 repeated Record                   3 required bytes data
 *                                         4 repeated Tag
 *
 * A known number with another wire type is an unknown field, and of a field that may be there once
 * the last one counts: as the parsers of protocol buffers have it.
 */
#include "sim/stream/kpl_record.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/map.h"
#include "sim/base/protobuf.h"
#include "sim/stream/sequence.h"

#define DIGEST_BYTES 16

enum { AGGREGATED_PARTITION_KEY = 1, AGGREGATED_HASH_KEY = 2, AGGREGATED_RECORD = 3 };
enum { RECORD_PARTITION_KEY = 1, RECORD_HASH_KEY = 2, RECORD_DATA = 3, RECORD_TAG = 4 };
enum { TAG_KEY = 1 };

static const mr_bytes magic = {"\xf3\x89\x9a\xc2", 4};

/* Where the keys are in the message. 32 bits each: a table of empty keys must not outgrow the
 * record by much. */
typedef struct key_place {
    uint32_t at, len;
} key_place;

typedef struct key_table {
    key_place *items;
    size_t count, capacity;
} key_table;

struct mr_kpl_reader {
    mr_bytes message;
    key_table partition_keys, hash_keys;
    mr_wire_reader at;        /* between two fields of the message */
    mr_kpl_user_record plain; /* what next() gives of a record that is no carrier */
    bool aggregated;
    uint32_t count, given; /* user records */
};

const char *mr_kpl_verdict_name(mr_kpl_verdict verdict)
{
    static const char *const names[] = {"aggregated", "plain", "bad digest", "bad message",
                                        "bad index"};
    return names[verdict];
}

mr_kpl_reader *mr_kpl_reader_new(void)
{
    return mr_calloc(1, sizeof(mr_kpl_reader));
}

void mr_kpl_reader_free(mr_kpl_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    mr_free(reader->partition_keys.items);
    mr_free(reader->hash_keys.items);
    mr_free(reader);
}

/* ---- one user record ---- */

/* A user record whose keys are not looked up yet. */
typedef struct indexed_record {
    bool has_partition_key, has_hash_key, has_data;
    uint64_t partition_key, hash_key; /* indexes */
    mr_bytes data;
} indexed_record;

static bool is_tag(mr_bytes message)
{
    mr_wire_reader reader = mr_wire_reader_make(message);
    mr_wire_field field;
    bool has_key = false;
    while (mr_wire_reader_next(&reader, &field)) {
        has_key = has_key || (field.number == TAG_KEY && field.type == MR_WIRE_BYTES);
    }
    return !reader.failed && has_key;
}

/* False when it is torn or lacks what is required. */
static bool read_record(mr_bytes message, indexed_record *out)
{
    mr_wire_reader reader = mr_wire_reader_make(message);
    mr_wire_field field;
    *out = (indexed_record){0};
    while (mr_wire_reader_next(&reader, &field)) {
        if (field.type == MR_WIRE_VARINT && field.number == RECORD_PARTITION_KEY) {
            out->has_partition_key = true;
            out->partition_key = field.value;
        } else if (field.type == MR_WIRE_VARINT && field.number == RECORD_HASH_KEY) {
            out->has_hash_key = true;
            out->hash_key = field.value;
        } else if (field.type == MR_WIRE_BYTES && field.number == RECORD_DATA) {
            out->has_data = true;
            out->data = field.bytes;
        } else if (field.type == MR_WIRE_BYTES && field.number == RECORD_TAG) {
            if (!is_tag(field.bytes)) {
                return false;
            }
        }
    }
    return !reader.failed && out->has_partition_key && out->has_data;
}

/* ---- the carrier ---- */

static void note_key(mr_kpl_reader *reader, key_table *table, mr_bytes key)
{
    MR_GROW(table->items, table->count, table->capacity);
    table->items[table->count++] =
        (key_place){(uint32_t)(key.at - reader->message.at), (uint32_t)key.len};
}

static mr_bytes key_at(const mr_kpl_reader *reader, const key_table *table, uint64_t index)
{
    MR_ASSERT(index < table->count);
    const key_place *place = &table->items[index];
    return mr_bytes_make(reader->message.at + place->at, place->len);
}

/* Notes the keys, counts and checks the user records. */
static mr_kpl_verdict index_message(mr_kpl_reader *reader)
{
    /* The tables that the user records ask for have at least so many keys. */
    uint64_t partition_key_max = 0, hash_key_max = 0;
    bool has_hash_key = false;
    mr_wire_reader fields = mr_wire_reader_make(reader->message);
    mr_wire_field field;

    while (mr_wire_reader_next(&fields, &field)) {
        if (field.type != MR_WIRE_BYTES) {
            continue;
        }
        if (field.number == AGGREGATED_PARTITION_KEY) {
            note_key(reader, &reader->partition_keys, field.bytes);
        } else if (field.number == AGGREGATED_HASH_KEY) {
            note_key(reader, &reader->hash_keys, field.bytes);
        } else if (field.number == AGGREGATED_RECORD) {
            indexed_record record;
            if (!read_record(field.bytes, &record)) {
                return MR_KPL_BAD_MESSAGE;
            }
            partition_key_max =
                partition_key_max > record.partition_key ? partition_key_max : record.partition_key;
            hash_key_max = hash_key_max > record.hash_key ? hash_key_max : record.hash_key;
            has_hash_key = has_hash_key || record.has_hash_key;
            reader->count++;
        }
    }
    if (fields.failed) {
        return MR_KPL_BAD_MESSAGE;
    }
    if ((reader->count > 0 && partition_key_max >= reader->partition_keys.count) ||
        (has_hash_key && hash_key_max >= reader->hash_keys.count)) {
        return MR_KPL_BAD_INDEX;
    }
    return MR_KPL_AGGREGATED;
}

static mr_kpl_verdict open_carrier(mr_kpl_reader *reader, mr_bytes data)
{
    uint8_t digest[DIGEST_BYTES];
    if (!mr_bytes_starts_with(data, magic) || data.len <= magic.len + DIGEST_BYTES ||
        data.len > UINT32_MAX) { /* no record is as long as that; places have 32 bits */
        return MR_KPL_PLAIN;
    }
    mr_bytes message = mr_bytes_make(data.at + magic.len, data.len - magic.len - DIGEST_BYTES);
    mr_md5(message.at, message.len, digest);
    if (memcmp(digest, message.at + message.len, DIGEST_BYTES) != 0) {
        return MR_KPL_BAD_DIGEST;
    }
    reader->message = message;
    reader->partition_keys.count = 0;
    reader->hash_keys.count = 0;
    reader->count = 0;
    return index_message(reader);
}

mr_kpl_verdict mr_kpl_reader_open(mr_kpl_reader *reader, const mr_record_view *record)
{
    mr_kpl_verdict verdict = open_carrier(reader, record->data);
    reader->aggregated = verdict == MR_KPL_AGGREGATED;
    reader->given = 0;
    if (reader->aggregated) {
        reader->at = mr_wire_reader_make(reader->message);
    } else {
        reader->count = 1;
        reader->plain =
            (mr_kpl_user_record){.data = record->data, .partition_key = record->partition_key};
    }
    return verdict;
}

static void next_of_carrier(mr_kpl_reader *reader, mr_kpl_user_record *out)
{
    mr_wire_field field;
    indexed_record record;
    bool ok;
    do {
        ok = mr_wire_reader_next(&reader->at, &field);
        MR_ASSERT(ok); /* there are so many: they were counted */
    } while (field.type != MR_WIRE_BYTES || field.number != AGGREGATED_RECORD);
    ok = read_record(field.bytes, &record);
    MR_ASSERT(ok);

    *out = (mr_kpl_user_record){
        .data = record.data,
        .partition_key = key_at(reader, &reader->partition_keys, record.partition_key),
        .has_explicit_hash_key = record.has_hash_key,
        .sub = reader->given,
    };
    if (record.has_hash_key) {
        out->explicit_hash_key = key_at(reader, &reader->hash_keys, record.hash_key);
    }
}

bool mr_kpl_reader_next(mr_kpl_reader *reader, mr_kpl_user_record *out)
{
    if (reader->given == reader->count) {
        return false;
    }
    if (reader->aggregated) {
        next_of_carrier(reader, out);
    } else {
        *out = reader->plain;
    }
    reader->given++;
    return true;
}

size_t mr_kpl_reader_left(const mr_kpl_reader *reader)
{
    return reader->count - reader->given;
}

/* ---- writing ---- */

/* The fields of one table, and each key's place in it. */
typedef struct key_writer {
    mr_strbuf fields;
    mr_map *index; /* key to its place, counted from 1: a map has no NULL */
} key_writer;

struct mr_kpl_writer {
    size_t bytes_max;
    key_writer partition_keys, hash_keys;
    mr_strbuf records;
    size_t count;
};

static void key_writer_reset(key_writer *keys)
{
    mr_strbuf_reset(&keys->fields);
    mr_map_free(keys->index);
    keys->index = mr_map_new();
}

mr_kpl_writer *mr_kpl_writer_new(size_t bytes_max)
{
    mr_kpl_writer *writer = mr_calloc(1, sizeof(*writer));
    writer->bytes_max = bytes_max;
    writer->partition_keys.fields = mr_strbuf_make(bytes_max);
    writer->hash_keys.fields = mr_strbuf_make(bytes_max);
    writer->records = mr_strbuf_make(bytes_max);
    key_writer_reset(&writer->partition_keys);
    key_writer_reset(&writer->hash_keys);
    return writer;
}

void mr_kpl_writer_free(mr_kpl_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    mr_strbuf_deinit(&writer->partition_keys.fields);
    mr_strbuf_deinit(&writer->hash_keys.fields);
    mr_strbuf_deinit(&writer->records);
    mr_map_free(writer->partition_keys.index);
    mr_map_free(writer->hash_keys.index);
    mr_free(writer);
}

/* The place of a key: where it is, or the next. *added: bytes that a new one takes. */
static size_t key_index(const key_writer *keys, uint32_t number, mr_bytes key, size_t *added)
{
    uintptr_t place = (uintptr_t)mr_map_get(keys->index, key);
    *added = place == 0 ? mr_wire_bytes_size(number, key.len) : 0;
    return place == 0 ? mr_map_count(keys->index) : place - 1;
}

static void keep_key(key_writer *keys, uint32_t number, mr_bytes key, size_t index)
{
    if (index == mr_map_count(keys->index)) {
        mr_wire_append_bytes(&keys->fields, number, key);
        (void)mr_map_put(keys->index, key, (void *)(uintptr_t)(index + 1)); /* none was there */
    }
}

bool mr_kpl_writer_add(mr_kpl_writer *writer, const mr_record *record)
{
    char digits[MR_HASH_KEY_SIZE] = "";
    size_t key_bytes, hash_key_bytes = 0, hash_index = 0;
    size_t index = key_index(&writer->partition_keys, AGGREGATED_PARTITION_KEY,
                             record->partition_key, &key_bytes);
    size_t body = mr_wire_varint_size(RECORD_PARTITION_KEY, index) +
                  mr_wire_bytes_size(RECORD_DATA, record->data.len);
    if (record->has_explicit_hash) {
        mr_hash_key_format(record->explicit_hash, digits);
        hash_index = key_index(&writer->hash_keys, AGGREGATED_HASH_KEY, mr_bytes_of(digits),
                               &hash_key_bytes);
        body += mr_wire_varint_size(RECORD_HASH_KEY, hash_index);
    }
    if (mr_kpl_writer_bytes(writer) + key_bytes + hash_key_bytes +
            mr_wire_bytes_size(AGGREGATED_RECORD, body) >
        writer->bytes_max) {
        return false;
    }

    keep_key(&writer->partition_keys, AGGREGATED_PARTITION_KEY, record->partition_key, index);
    mr_wire_append_message(&writer->records, AGGREGATED_RECORD, body);
    mr_wire_append_varint(&writer->records, RECORD_PARTITION_KEY, index);
    if (record->has_explicit_hash) {
        keep_key(&writer->hash_keys, AGGREGATED_HASH_KEY, mr_bytes_of(digits), hash_index);
        mr_wire_append_varint(&writer->records, RECORD_HASH_KEY, hash_index);
    }
    mr_wire_append_bytes(&writer->records, RECORD_DATA, record->data);
    writer->count++;
    return true;
}

size_t mr_kpl_writer_count(const mr_kpl_writer *writer)
{
    return writer->count;
}

size_t mr_kpl_writer_bytes(const mr_kpl_writer *writer)
{
    return magic.len + writer->partition_keys.fields.len + writer->hash_keys.fields.len +
           writer->records.len + DIGEST_BYTES;
}

void mr_kpl_writer_take(mr_kpl_writer *writer, mr_strbuf *out)
{
    uint8_t digest[DIGEST_BYTES];
    MR_ASSERT(writer->count > 0);

    mr_strbuf_append_bytes(out, magic);
    size_t begin = out->len;
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&writer->partition_keys.fields));
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&writer->hash_keys.fields));
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&writer->records));
    MR_ASSERT(!out->overflowed);
    mr_md5(out->at + begin, out->len - begin, digest);
    mr_strbuf_append(out, digest, DIGEST_BYTES);
    MR_ASSERT(!out->overflowed);

    key_writer_reset(&writer->partition_keys);
    key_writer_reset(&writer->hash_keys);
    mr_strbuf_reset(&writer->records);
    writer->count = 0;
}
