/*
 * firehose_body_fuzz.c - a body in JSON, as the input of every operation of Firehose. What keeps
 * the rules of CreateDeliveryStream or UpdateDestination goes the whole way of a configuration: as
 * a tree, which is written and read again and must be the same, checked, merged, described, and
 * read as the options of a delivery stream.
 */
#include "sim/base/alloc.h"
#include "sim/firehose/delivery_config.h"
#include "src/api/firehose_shapes.h"
#include "src/aws/decode.h"
#include "src/aws/tree.h"
#include "src/aws/validate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was kept is what was given, in both encodings. */
static void check_tree(const mr_aws_shape *shape, const cJSON *tree, mr_aws_format format,
                       mr_arena *arena)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(format, &body);
    mr_aws_write_tree(&writer, tree);
    void *in = mr_arena_alloc(arena, shape->size);
    mr_aws_fault fault;
    mr_aws_decoded decoded =
        mr_aws_decode(format, shape, mr_strbuf_bytes(&body), arena, in, &fault);
    MR_ASSERT(decoded == MR_AWS_DECODED);
    cJSON *again = mr_aws_tree_of(shape, in);
    MR_ASSERT(again != NULL);
    MR_ASSERT(cJSON_Compare(tree, again, true));
    cJSON_Delete(again);
    mr_strbuf_deinit(&body);
}

static void try_config(const cJSON *config)
{
    mr_error err;
    char *text = mr_delivery_config_text(config);
    cJSON *again = mr_delivery_config_parse(text);
    MR_ASSERT(again != NULL);
    MR_ASSERT(cJSON_Compare(config, again, true));
    cJSON_Delete(again);
    mr_free(text);
    cJSON_Delete(mr_delivery_config_describe(config, false));
    cJSON_Delete(mr_delivery_config_describe(config, true));
    if (mr_delivery_config_check(config, &err) == MR_OK) {
        mr_delivery_options options = {.name = "fuzz"};
        mr_delivery_config_options(config, &options);
        mr_code code = mr_delivery_options_check(&options, &err);
        MR_ASSERT(code == MR_OK || code == MR_INVALID_ARGUMENT || code == MR_UNSUPPORTED);
    }
}

static void try_create(const mr_firehose_create_in *in, mr_arena *arena)
{
    const mr_aws_shape *shape =
        in->extended.has ? &mr_firehose_extended_configuration : &mr_firehose_s3_configuration;
    if (!in->extended.has && !in->s3.has) {
        return;
    }
    const void *given = in->extended.has ? (const void *)&in->extended : &in->s3;
    cJSON *tree = mr_aws_tree_of(shape, given);
    if (tree != NULL) { /* no NUL in it */
        check_tree(shape, tree, MR_AWS_JSON, arena);
        check_tree(shape, tree, MR_AWS_CBOR, arena);
        try_config(tree);
    }
    cJSON_Delete(tree);
}

static void try_update(const mr_firehose_update_in *in)
{
    static const char before[] =
        "{\"RoleARN\":\"arn:aws:iam::000000000000:role/r\",\"BucketARN\":\"arn:aws:s3:::b\","
        "\"S3BackupMode\":\"Enabled\",\"S3BackupConfiguration\":{\"RoleARN\":"
        "\"arn:aws:iam::000000000000:role/r\",\"BucketARN\":\"arn:aws:s3:::c\"}}";
    mr_error err;
    cJSON *merged = NULL;
    if (!in->extended.has) {
        return;
    }
    cJSON *config = mr_delivery_config_parse(before);
    cJSON *tree = mr_aws_tree_of(&mr_firehose_extended_update, &in->extended);
    if (tree != NULL && mr_delivery_config_merge(config, tree, &merged, &err) == MR_OK) {
        try_config(merged);
    }
    cJSON_Delete(merged);
    cJSON_Delete(tree);
    cJSON_Delete(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int i = 0; i < MR_FIREHOSE_OPERATION_COUNT; i++) {
        const mr_aws_shape *shape = mr_firehose_inputs[i].shape;
        mr_arena *arena = mr_arena_new();
        void *in = mr_arena_alloc(arena, shape->size);
        mr_aws_fault fault = {0};
        mr_aws_decoded decoded =
            mr_aws_decode(MR_AWS_JSON, shape, mr_bytes_make(data, size), arena, in, &fault);
        bool valid = decoded == MR_AWS_DECODED && mr_aws_validate(shape, in, arena, &fault);
        MR_ASSERT(valid || fault.type != NULL);
        MR_ASSERT(mr_bytes_is_utf8(fault.message));
        if (valid && i == MR_FIREHOSE_CREATE_DELIVERY_STREAM) {
            try_create(in, arena);
        } else if (valid && i == MR_FIREHOSE_UPDATE_DESTINATION) {
            try_update(in);
        }
        mr_arena_free(arena);
    }
    return 0;
}
