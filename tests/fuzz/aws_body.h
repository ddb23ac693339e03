/*
 * aws_body.h - for the two fuzz targets of the codec: reads a body as the input of every operation
 * of Kinesis. What keeps the rules of PutRecords is written anew, in both encodings, and must read
 * the same.
 */
#ifndef MR_TESTS_FUZZ_AWS_BODY_H
#define MR_TESTS_FUZZ_AWS_BODY_H

#include "src/api/kinesis_shapes.h"
#include "src/aws/decode.h"
#include "src/aws/validate.h"
#include "src/aws/write.h"

static inline void aws_body_field(mr_aws_writer *writer, const char *name, mr_bytes text)
{
    if (text.at != NULL) {
        mr_aws_field_string(writer, name, text);
    }
}

static inline void aws_body_write(const mr_kinesis_put_records_in *in, mr_aws_writer *writer)
{
    const mr_kinesis_put_records_entry *entries = in->records.items;
    mr_aws_object_open(writer);
    aws_body_field(writer, "StreamName", in->stream.name);
    aws_body_field(writer, "StreamARN", in->stream.arn);
    mr_aws_key(writer, "Records");
    mr_aws_array_open(writer);
    for (size_t i = 0; i < in->records.count; i++) {
        mr_aws_object_open(writer);
        mr_aws_field_blob(writer, "Data", entries[i].data);
        aws_body_field(writer, "PartitionKey", entries[i].partition_key);
        aws_body_field(writer, "ExplicitHashKey", entries[i].explicit_hash_key);
        mr_aws_object_close(writer);
    }
    mr_aws_array_close(writer);
    mr_aws_object_close(writer);
}

static inline void aws_body_same(const mr_kinesis_put_records_in *a,
                                 const mr_kinesis_put_records_in *b)
{
    const mr_kinesis_put_records_entry *left = a->records.items, *right = b->records.items;
    MR_ASSERT(mr_bytes_equal(a->stream.name, b->stream.name));
    MR_ASSERT(mr_bytes_equal(a->stream.arn, b->stream.arn));
    MR_ASSERT(a->records.count == b->records.count);
    for (size_t i = 0; i < a->records.count; i++) {
        MR_ASSERT(mr_bytes_equal(left[i].data, right[i].data));
        MR_ASSERT(mr_bytes_equal(left[i].partition_key, right[i].partition_key));
        MR_ASSERT(mr_bytes_equal(left[i].explicit_hash_key, right[i].explicit_hash_key));
    }
}

static inline void aws_body_again(const mr_kinesis_put_records_in *in, mr_aws_format format,
                                  mr_arena *arena)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(format, &body);
    aws_body_write(in, &writer);
    mr_kinesis_put_records_in again;
    mr_aws_fault fault;
    mr_aws_decoded decoded = mr_aws_decode(format, mr_kinesis_inputs[MR_KINESIS_PUT_RECORDS].shape,
                                           mr_strbuf_bytes(&body), arena, &again, &fault);
    MR_ASSERT(decoded == MR_AWS_DECODED);
    aws_body_same(in, &again);
    mr_strbuf_deinit(&body);
}

static inline void aws_body_try_all(mr_aws_format format, mr_bytes body)
{
    bool is_object = false;
    for (int i = 0; i < MR_KINESIS_OPERATION_COUNT; i++) {
        const mr_aws_shape *shape = mr_kinesis_inputs[i].shape;
        mr_arena *arena = mr_arena_new();
        void *in = mr_arena_alloc(arena, shape->size);
        mr_aws_fault fault = {0};
        mr_aws_decoded decoded = mr_aws_decode(format, shape, body, arena, in, &fault);
        /* Whether a body is one does not depend on what is looked for in it. */
        MR_ASSERT(i == 0 || is_object == (decoded != MR_AWS_BAD_BODY));
        is_object = decoded != MR_AWS_BAD_BODY;
        bool valid = decoded == MR_AWS_DECODED && mr_aws_validate(shape, in, arena, &fault);
        MR_ASSERT(valid || fault.type != NULL);
        MR_ASSERT(mr_bytes_is_utf8(fault.message));
        if (valid && i == MR_KINESIS_PUT_RECORDS) {
            aws_body_again(in, MR_AWS_JSON, arena);
            aws_body_again(in, MR_AWS_CBOR, arena);
        }
        mr_arena_free(arena);
    }
}

#endif
