/* ingest_body_fuzz.c - any body is refused with a reason, or gives records whose data are JSON
 * without blanks between tokens: read again, they are the same. */
#include "src/web/ingest_body.h"

#include "src/aws/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const mr_gateway_record *record, mr_arena *arena)
{
    if (record->data.at == NULL) {
        return;
    }
    size_t place;
    MR_ASSERT(mr_aws_is_json(record->data, &place));
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Data\" : ");
    mr_strbuf_append_bytes(&body, record->data);
    mr_strbuf_append_text(&body, " }");
    mr_gateway_record again;
    mr_error err;
    const mr_code code = mr_ingest_read_record(mr_strbuf_bytes(&body), arena, &again, &err);
    MR_ASSERT(code == MR_OK || code == MR_BAD_INPUT); /* one level deeper may be too deep */
    MR_ASSERT(code != MR_OK || mr_bytes_equal(again.data, record->data));
    mr_strbuf_deinit(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_arena *arena = mr_arena_new();
    const mr_bytes body = mr_bytes_make(data, size);
    mr_gateway_record record, *records;
    size_t count;
    mr_error err = {0};
    if (mr_ingest_read_record(body, arena, &record, &err) == MR_OK) {
        check_record(&record, arena);
    } else {
        MR_ASSERT(err.code == MR_BAD_INPUT && err.message[0] != '\0');
    }
    if (mr_ingest_read_records(body, arena, &records, &count, &err) == MR_OK) {
        MR_ASSERT(count <= MR_INGEST_RECORDS_MAX);
        for (size_t i = 0; i < count; i++) {
            check_record(&records[i], arena);
        }
    } else {
        MR_ASSERT(err.code == MR_BAD_INPUT && err.message[0] != '\0');
    }
    mr_arena_free(arena);
    return 0;
}
