/*
 * transform_answer.c - see transform_answer.h.
 *
 * One pass over the bytes, which reads and checks. When it comes to a mistake, every record fails
 * for that reason, whatever stood before it: what has been read is dropped.
 */
#include "sim/lambda/transform_answer.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/hash.h"
#include "sim/lambda/json_reader.h"

static const char missing_id[] = "Lambda.MissingRecordId";
static const char missing_id_text[] =
    "One or more record Ids were not returned. Ensure that the Lambda function returns all "
    "received record Ids.";
static const char duplicated_id[] = "Lambda.DuplicatedRecordId";
static const char duplicated_id_text[] =
    "Multiple records were returned with the same record Id. Ensure that the Lambda function "
    "returns a unique record Id for each record.";
static const char invalid_format[] = "Lambda.InvalidReturnFormat";
static const char no_data_text[] =
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and "
    "processing result is Ok.";
/* Firehose's own texts for these two are not known. */
static const char bad_result_text[] =
    "The result field must be one of Ok, Dropped and ProcessingFailed.";
static const char bad_data_text[] = "The data field must be a base64 encoded string.";
static const char not_json[] = "Lambda.JsonProcessingException";
static const char not_json_text[] =
    "There was an error parsing returned records from the Lambda function. Ensure that the "
    "response is valid JSON.";

/* ---- ids ---- */

/*
 * Functions answer in the order of what they were asked, nearly always: then the id is the one that
 * follows the last. For the others there is a fixed open-addressing table, made when the first of
 * them comes, so that an answer costs one look-up a record at most.
 */
typedef struct id_table {
    const mr_bytes *ids; /* borrowed */
    size_t count;
    size_t next;     /* the place behind the one found last */
    uint32_t *slots; /* 1-based place in ids; 0: free. Owned; NULL: not made yet */
    size_t mask;
} id_table;

/* The slot of this id, or the free slot where it would go. */
static size_t id_slot(const id_table *table, mr_bytes id)
{
    size_t slot = (size_t)mr_hash64(id.at, id.len) & table->mask;
    while (table->slots[slot] != 0 && !mr_bytes_equal(table->ids[table->slots[slot] - 1], id)) {
        slot = (slot + 1) & table->mask;
    }
    return slot;
}

static void fill_slots(id_table *table)
{
    size_t size = 16;
    while (size < table->count * 2) {
        size *= 2;
    }
    table->slots = mr_calloc(size, sizeof(uint32_t));
    table->mask = size - 1;
    for (size_t i = 0; i < table->count; i++) {
        size_t slot = id_slot(table, table->ids[i]);
        MR_ASSERT(table->slots[slot] == 0); /* ids are ours, and unique in a batch */
        table->slots[slot] = (uint32_t)(i + 1);
    }
}

/* The place of an id among those sent. False: it was never sent. */
static bool find_id(id_table *table, mr_bytes id, size_t *place)
{
    if (MR_UNLIKELY(table->next >= table->count || !mr_bytes_equal(table->ids[table->next], id))) {
        if (table->slots == NULL) {
            fill_slots(table);
        }
        uint32_t found = table->slots[id_slot(table, id)];
        if (found == 0) {
            return false;
        }
        table->next = found - 1;
    }
    *place = table->next++;
    return true;
}

/* ---- one entry of `records` ---- */

/* The members of an entry that count, still raw; at is NULL where there is none. Of a member
 * given twice the last counts, as in the parser that AWS uses. */
typedef struct entry {
    mr_bytes id, result, data;
    mr_bytes metadata; /* the whole value, where it is an object */
    bool data_is_text; /* data is there and is a string */
    bool data_is_null; /* data is absent or null */
} entry;

/* Reads a string member; a value of another kind leaves at NULL. */
static mr_bytes read_text(mr_json_reader *r)
{
    mr_bytes raw = {NULL, 0};
    if (mr_json_reader_peek(r) == MR_JSON_STRING) {
        (void)mr_json_reader_string(r, &raw);
    } else {
        (void)mr_json_reader_skip(r);
    }
    return raw;
}

static entry read_entry(mr_json_reader *r)
{
    entry e = {.data_is_null = true};
    mr_bytes key;
    if (!mr_json_reader_object(r)) {
        return e;
    }
    while (mr_json_reader_member(r, &key)) {
        if (mr_json_raw_is(key, "recordId")) {
            e.id = read_text(r);
        } else if (mr_json_raw_is(key, "result")) {
            e.result = read_text(r);
        } else if (mr_json_raw_is(key, "data")) {
            e.data_is_null = mr_json_reader_peek(r) == MR_JSON_NULL;
            e.data = read_text(r);
            e.data_is_text = e.data.at != NULL;
        } else if (mr_json_raw_is(key, "metadata") && mr_json_reader_peek(r) == MR_JSON_OBJECT) {
            const char *begin = r->at;
            (void)mr_json_reader_skip(r);
            e.metadata = mr_bytes_make(begin, (size_t)(r->at - begin));
        } else {
            (void)mr_json_reader_skip(r);
        }
    }
    return e;
}

static void record_fails(mr_record_answer *record, const char *code, const char *message)
{
    *record = (mr_record_answer){
        .verdict = MR_VERDICT_FAILED, .error_code = code, .error_message = message};
}

/* Decodes raw (JSON escapes, as some languages write "\/") and then base64 onto out->data. */
static bool append_data(mr_transform_answer *out, mr_bytes raw, mr_strbuf *scratch)
{
    if (raw.len > 0 && memchr(raw.at, '\\', raw.len) != NULL) {
        mr_strbuf_reset(scratch);
        mr_json_raw_decode(raw, scratch);
        raw = mr_strbuf_bytes(scratch);
    }
    return mr_base64_decode(&out->data, raw);
}

static size_t append_decoded(mr_strbuf *text, mr_bytes raw)
{
    size_t before = text->len;
    mr_json_raw_decode(raw, text);
    return text->len - before;
}

/* The members of a partitionKeys object. */
static void read_keys(mr_json_reader *r, mr_transform_answer *out, mr_record_answer *record)
{
    mr_bytes name;
    record->keys_at = out->keys_count; /* a second object replaces the first */
    record->keys_count = 0;
    if (mr_json_reader_peek(r) != MR_JSON_OBJECT || !mr_json_reader_object(r)) {
        (void)mr_json_reader_skip(r);
        return;
    }
    while (mr_json_reader_member(r, &name)) {
        mr_bytes value = read_text(r);
        if (record->keys_count == MR_ANSWER_KEYS_MAX) {
            continue;
        }
        mr_answer_key key = {.name_at = out->key_text.len};
        key.name_len = append_decoded(&out->key_text, name);
        key.value_at = out->key_text.len;
        key.value_len = value.at == NULL ? 0 : append_decoded(&out->key_text, value);
        MR_GROW(out->keys, out->keys_count, out->keys_capacity);
        out->keys[out->keys_count++] = key;
        record->keys_count++;
    }
}

static void read_metadata(mr_bytes metadata, mr_transform_answer *out, mr_record_answer *record)
{
    mr_json_reader r = mr_json_reader_make(metadata);
    mr_bytes key;
    if (metadata.at == NULL || !mr_json_reader_object(&r)) {
        return;
    }
    while (mr_json_reader_member(&r, &key)) {
        if (mr_json_raw_is(key, "partitionKeys")) {
            read_keys(&r, out, record);
        } else {
            (void)mr_json_reader_skip(&r);
        }
    }
}

static void judge(mr_transform_answer *out, mr_record_answer *record, const entry *e,
                  mr_strbuf *scratch)
{
    if (e->result.at != NULL && mr_json_raw_is(e->result, "Dropped")) {
        *record = (mr_record_answer){.verdict = MR_VERDICT_DROPPED};
    } else if (e->result.at != NULL && mr_json_raw_is(e->result, "ProcessingFailed")) {
        record_fails(record, "Lambda.ProcessingFailedStatus",
                     "ProcessingFailed status set for record");
    } else if (e->result.at == NULL || !mr_json_raw_is(e->result, "Ok")) {
        record_fails(record, invalid_format, bad_result_text);
    } else if (e->data_is_null) {
        record_fails(record, invalid_format, no_data_text);
    } else {
        size_t data_at = out->data.len;
        if (!e->data_is_text || !append_data(out, e->data, scratch)) {
            record_fails(record, invalid_format, bad_data_text);
            return;
        }
        *record = (mr_record_answer){
            .verdict = MR_VERDICT_OK, .data_at = data_at, .data_len = out->data.len - data_at};
        read_metadata(e->metadata, out, record);
    }
}

/* ---- the whole answer ---- */

static void fail_all(mr_transform_answer *out, const char *code, const char *message)
{
    for (size_t i = 0; i < out->count; i++) {
        record_fails(&out->records[i], code, message);
    }
}

/* Reads the array of entries; what is left unanswered stays a missing id. */
static void read_records(mr_json_reader *r, id_table *table, mr_transform_answer *out,
                         mr_strbuf *scratch)
{
    /* A second "records" member replaces the first. */
    mr_strbuf_reset(&out->data);
    fail_all(out, missing_id, missing_id_text);

    if (mr_json_reader_peek(r) != MR_JSON_ARRAY || !mr_json_reader_array(r)) {
        (void)mr_json_reader_skip(r);
        return;
    }
    while (mr_json_reader_element(r)) {
        if (mr_json_reader_peek(r) != MR_JSON_OBJECT) {
            (void)mr_json_reader_skip(r);
            continue;
        }
        entry e = read_entry(r);
        if (r->failed || e.id.at == NULL) {
            continue;
        }
        if (memchr(e.id.at, '\\', e.id.len) != NULL) {
            mr_strbuf_reset(scratch);
            mr_json_raw_decode(e.id, scratch);
            e.id = mr_strbuf_bytes(scratch);
        }
        size_t place;
        if (!find_id(table, e.id, &place)) {
            continue;
        }
        mr_record_answer *record = &out->records[place];
        if (record->error_code != missing_id) {
            record_fails(record, duplicated_id, duplicated_id_text);
        } else {
            judge(out, record, &e, scratch);
        }
    }
}

/* Reads the whole payload. False: it is no JSON. */
static bool read_payload(mr_bytes payload, id_table *table, mr_transform_answer *out)
{
    mr_json_reader r = mr_json_reader_make(payload);
    if (mr_json_reader_peek(&r) != MR_JSON_OBJECT) {
        return mr_json_reader_skip(&r) && mr_json_reader_done(&r);
    }
    mr_strbuf scratch = mr_strbuf_make(payload.len);
    mr_bytes key;
    (void)mr_json_reader_object(&r);
    while (mr_json_reader_member(&r, &key)) {
        if (mr_json_raw_is(key, "records")) {
            read_records(&r, table, out, &scratch);
        } else {
            (void)mr_json_reader_skip(&r);
        }
    }
    mr_strbuf_deinit(&scratch);
    return mr_json_reader_done(&r);
}

void mr_transform_answer_read(mr_bytes payload, const mr_bytes *ids, size_t count,
                              mr_transform_answer *out)
{
    MR_ASSERT(count < UINT32_MAX / 4);

    /* What is decoded is never longer than what it was decoded from. */
    *out = (mr_transform_answer){.data = mr_strbuf_make(payload.len),
                                 .key_text = mr_strbuf_make(payload.len),
                                 .records = mr_calloc(count, sizeof(mr_record_answer)),
                                 .count = count};
    (void)mr_strbuf_reserve(&out->data, mr_base64_decoded_size_max(payload.len));
    fail_all(out, missing_id, missing_id_text);
    id_table table = {.ids = ids, .count = count};
    if (!read_payload(payload, &table, out)) {
        mr_strbuf_reset(&out->data);
        fail_all(out, not_json, not_json_text);
    }
    mr_free(table.slots);
}

mr_bytes mr_transform_answer_key(const mr_transform_answer *answer, size_t place, mr_bytes name)
{
    const mr_record_answer *record = &answer->records[place];
    const char *text = mr_strbuf_text(&answer->key_text);
    for (size_t i = record->keys_count; i > 0; i--) {
        const mr_answer_key *key = &answer->keys[record->keys_at + i - 1];
        if (mr_bytes_equal(mr_bytes_make(text + key->name_at, key->name_len), name)) {
            return mr_bytes_make(text + key->value_at, key->value_len);
        }
    }
    return (mr_bytes){NULL, 0};
}

void mr_transform_answer_deinit(mr_transform_answer *answer)
{
    mr_strbuf_deinit(&answer->key_text);
    mr_free(answer->keys);
    mr_strbuf_deinit(&answer->data);
    mr_free(answer->records);
    *answer = (mr_transform_answer){.count = 0};
}
