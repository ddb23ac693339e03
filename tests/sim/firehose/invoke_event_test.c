/* invoke_event_test.c - the events sent to functions: their size is known before they are built,
 * and they are JSON whatever the records hold. (Their exact form is in delivery_test.c.) */
#include "tests/sim/firehose/delivery_world.h"

#include "sim/firehose/invoke_event.h"

static void fill(mr_prng *prng, char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (char)mr_prng_below(prng, 256);
    }
}

static void check_one_event(mr_prng *prng, const mr_shard *shard, bool is_direct)
{
    const mr_invoke_envelope envelope = {
        .source_arn = is_direct ? NULL : "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        .delivery_arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream/d",
        .region = "us-east-1",
    };
    mr_record_batch batch = mr_record_batch_make();
    mr_strbuf ids = mr_strbuf_make(MR_STRBUF_UNLIMITED),
              event = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    size_t want = mr_invoke_event_base_bytes(&envelope);
    size_t count = 1 + mr_prng_below(prng, 20);

    for (size_t i = 0; i < count; i++) {
        char data[300], key[200];
        uint32_t sub = i % 3 == 0 ? 0 : (uint32_t)mr_prng_below(prng, 2000000);
        mr_record_view view = {
            .number = i + 1,
            .arrival_us = WORLD_START_US + (int64_t)mr_prng_below(prng, 1000000000),
            .data = {data, mr_prng_below(prng, sizeof(data))},
            .partition_key = {key, mr_prng_below(prng, sizeof(key))},
        };
        fill(prng, data, view.data.len);
        fill(prng, key, view.partition_key.len);
        if (i % 2 == 0) { /* and plain ones, which take a shorter way */
            memset(key, 'k', view.partition_key.len);
        }
        want += mr_invoke_event_record_bytes(&envelope, &view, sub);
        mr_record_batch_add(&batch, &view, sub, false);
    }
    mr_invoke_event_ids(&ids, shard, &batch);
    CHECK_INT("ids", ids.len, count * MR_RECORD_ID_LEN);
    mr_invoke_event_build(&event, &envelope, "11111111-2222-4333-8444-555555555555", shard, &batch,
                          ids.at);
    CHECK_INT("size", event.len, want);
    cJSON *json = cJSON_ParseWithLength(event.at, event.len);
    CHECK_TRUE("is JSON", json != NULL);
    CHECK_INT("records", cJSON_GetArraySize(cJSON_GetObjectItem(json, "records")), count);
    for (size_t i = 0; i < count; i++) {
        cJSON *record = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "records"), (int)i);
        mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_TRUE("base64", mr_base64_decode(&data, mr_bytes_of(cJSON_GetStringValue(
                                                         cJSON_GetObjectItem(record, "data")))));
        CHECK_BYTES("data", mr_strbuf_bytes(&data),
                    mr_record_batch_data(&batch, &batch.entries[i]));
        CHECK_BYTES("id",
                    mr_bytes_of(cJSON_GetStringValue(cJSON_GetObjectItem(record, "recordId"))),
                    mr_bytes_make(ids.at + i * MR_RECORD_ID_LEN, MR_RECORD_ID_LEN));
        CHECK_INT("metadata", cJSON_HasObjectItem(record, "kinesisRecordMetadata"), !is_direct);
        mr_strbuf_deinit(&data);
    }
    cJSON_Delete(json);
    mr_record_batch_deinit(&batch);
    mr_strbuf_deinit(&ids);
    mr_strbuf_deinit(&event);
}

static void test_the_size_of_an_event_is_known_to_the_byte(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    const mr_shard *shard = mr_stream_shard(world_stream(w, "s", 1), 0);
    mr_prng prng = mr_prng_named(9, "events");
    for (int i = 0; i < 200; i++) {
        check_one_event(&prng, shard, i % 3 == 0);
    }
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_size_of_an_event_is_known_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
