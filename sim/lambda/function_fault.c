/* function_fault.c - see function_fault.h. */
#include "sim/lambda/function_fault.h"

#include "sim/lambda/json_reader.h"

/* Where the first entry of "records" stands in the payload. */
typedef struct entry_span {
    bool found;
    const char *start, *end;
    const char *next; /* where the second entry starts, or end when there is none */
} entry_span;

static entry_span first_entry(mr_json_reader *r)
{
    entry_span span = {false, NULL, NULL, NULL};
    if (mr_json_reader_peek(r) != MR_JSON_ARRAY || !mr_json_reader_array(r) ||
        !mr_json_reader_element(r)) {
        return span;
    }
    span.start = r->at;
    if (!mr_json_reader_skip(r)) {
        return span;
    }
    span.end = r->at;
    span.next = mr_json_reader_element(r) ? r->at : span.end;
    span.found = !r->failed;
    return span;
}

static entry_span find_entry(mr_bytes payload)
{
    mr_json_reader r = mr_json_reader_make(payload);
    mr_bytes key;
    if (mr_json_reader_peek(&r) == MR_JSON_OBJECT && mr_json_reader_object(&r)) {
        while (mr_json_reader_member(&r, &key)) {
            if (mr_json_raw_is(key, "records")) {
                return first_entry(&r);
            }
            (void)mr_json_reader_skip(&r);
        }
    }
    return (entry_span){false, NULL, NULL, NULL};
}

static void append_span(mr_strbuf *out, const char *from, const char *until)
{
    mr_strbuf_append(out, from, (size_t)(until - from));
}

void mr_function_fault_alter(mr_fault_kind kind, mr_bytes payload, mr_strbuf *out)
{
    if (kind == MR_FAULT_LAMBDA_GARBLED) {
        mr_strbuf_append_text(out, "<garbled>");
        mr_strbuf_append(out, payload.at, payload.len / 2);
        return;
    }
    entry_span span = {false, NULL, NULL, NULL};
    if (kind == MR_FAULT_LAMBDA_IDS_MISSING || kind == MR_FAULT_LAMBDA_IDS_REPEATED) {
        span = find_entry(payload);
    }
    if (!span.found) {
        mr_strbuf_append_bytes(out, payload);
        return;
    }
    const char *end = payload.at + payload.len;
    append_span(out, payload.at, span.start);
    if (kind == MR_FAULT_LAMBDA_IDS_MISSING) {
        append_span(out, span.next, end);
    } else {
        append_span(out, span.start, span.end);
        mr_strbuf_append_char(out, ',');
        append_span(out, span.start, end);
    }
}
