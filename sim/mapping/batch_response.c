/* batch_response.c - see batch_response.h. */
#include "sim/mapping/batch_response.h"

#include "sim/lambda/json_reader.h"

#define IDENTIFIER_BYTES_MAX 128 /* more than any sequence number */

typedef struct response {
    mr_batch_find_fn find;
    void *context;
    size_t lowest;
    bool has_failures; /* an entry was read */
    bool is_bad;       /* an entry that names no record of the batch, or is none */
} response;

static void read_identifier(response *r, mr_json_reader *reader)
{
    mr_bytes raw;
    size_t place = 0;
    if (mr_json_reader_peek(reader) != MR_JSON_STRING) {
        r->is_bad = true;
        (void)mr_json_reader_skip(reader);
        return;
    }
    if (!mr_json_reader_string(reader, &raw)) {
        return;
    }
    mr_strbuf text = mr_strbuf_make(IDENTIFIER_BYTES_MAX);
    mr_json_raw_decode(raw, &text);
    if (text.overflowed || text.len == 0 || !r->find(r->context, mr_strbuf_bytes(&text), &place)) {
        r->is_bad = true;
    } else if (!r->has_failures || place < r->lowest) {
        r->lowest = place;
    }
    r->has_failures = true;
    mr_strbuf_deinit(&text);
}

static void read_entry(response *r, mr_json_reader *reader)
{
    mr_bytes key;
    bool has_identifier = false;
    if (mr_json_reader_peek(reader) != MR_JSON_OBJECT) {
        r->is_bad = true;
        (void)mr_json_reader_skip(reader);
        return;
    }
    (void)mr_json_reader_object(reader);
    while (mr_json_reader_member(reader, &key)) {
        if (mr_json_raw_is(key, "itemIdentifier")) {
            has_identifier = true;
            read_identifier(r, reader);
        } else {
            (void)mr_json_reader_skip(reader);
        }
    }
    r->is_bad = r->is_bad || !has_identifier;
}

static void read_failures(response *r, mr_json_reader *reader)
{
    switch (mr_json_reader_peek(reader)) {
    case MR_JSON_ARRAY:
        (void)mr_json_reader_array(reader);
        while (mr_json_reader_element(reader)) {
            read_entry(r, reader);
        }
        break;
    case MR_JSON_NULL:
        (void)mr_json_reader_skip(reader);
        break;
    default:
        r->is_bad = true;
        (void)mr_json_reader_skip(reader);
        break;
    }
}

/* The answer as a whole: an object, or one of the other kinds when they are empty. */
static void read_top(response *r, mr_json_reader *reader)
{
    mr_bytes key;
    switch (mr_json_reader_peek(reader)) {
    case MR_JSON_OBJECT:
        (void)mr_json_reader_object(reader);
        while (mr_json_reader_member(reader, &key)) {
            if (mr_json_raw_is(key, "batchItemFailures")) {
                read_failures(r, reader);
            } else {
                (void)mr_json_reader_skip(reader);
            }
        }
        break;
    case MR_JSON_ARRAY:
        (void)mr_json_reader_array(reader);
        while (mr_json_reader_element(reader)) {
            r->is_bad = true;
            (void)mr_json_reader_skip(reader);
        }
        break;
    case MR_JSON_STRING:
        r->is_bad = mr_json_reader_string(reader, &key) && key.len > 0;
        break;
    case MR_JSON_NULL:
        (void)mr_json_reader_skip(reader);
        break;
    default:
        r->is_bad = true;
        break;
    }
}

mr_batch_verdict mr_batch_response_read(mr_bytes payload, mr_batch_find_fn find, void *context,
                                        size_t *lowest)
{
    response r = {.find = find, .context = context};
    if (mr_bytes_trim(payload).len == 0) { /* a custom runtime that answers with nothing */
        return MR_BATCH_DONE;
    }
    mr_json_reader reader = mr_json_reader_make(payload);
    read_top(&r, &reader);
    if (r.is_bad || !mr_json_reader_done(&reader)) {
        return MR_BATCH_FAILED;
    }
    *lowest = r.lowest;
    return r.has_failures ? MR_BATCH_PARTIAL : MR_BATCH_DONE;
}
