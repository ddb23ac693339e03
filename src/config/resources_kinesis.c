/* resources_kinesis.c - AWS::Kinesis::Stream. See builder.h. Source: Kinesis Data Streams API
 * Reference, "CreateStream", through reference/kinesis.md section 9. */
#include "src/config/builder.h"
#include "src/config/value.h"

#define ON_DEMAND_SHARDS 4

void mr_build_stream(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    const mr_node *properties = resource->properties;
    if (!mr_build_is_word(resource->name, mr_build_name_characters, 1, 128)) {
        mr_findings_error(template->findings, mr_build_at(resource, "Name"),
                          "1 validation error detected: Value '%s' at 'streamName' failed to "
                          "satisfy constraint: Member must satisfy regular expression pattern: "
                          "[a-zA-Z0-9_.-]+, with 1 to 128 characters",
                          resource->name);
        return;
    }
    const char *mode = mr_node_get_text(mr_node_get(properties, "StreamModeDetails"), "StreamMode");
    bool on_demand = mode != NULL && strcmp(mode, "ON_DEMAND") == 0;
    const mr_node *count = mr_node_get(properties, "ShardCount");
    if (on_demand && count != NULL) {
        mr_findings_error(template->findings, count,
                          "ShardCount must not be given with the stream mode ON_DEMAND: remove it");
        return;
    }
    if (mode != NULL && !on_demand && count == NULL) {
        mr_findings_error(template->findings, mr_build_at(resource, "StreamModeDetails"),
                          "ShardCount is required with the stream mode PROVISIONED");
        return;
    }
    if (!mr_build_claim_name(builder, resource, NULL,
                             "Stream $N under account $A already exists.")) {
        return;
    }
    MR_ARENA_GROW(template->arena, plan->streams, plan->stream_count);
    plan->streams[plan->stream_count++] = (mr_plan_stream){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .options =
            {
                .name = resource->name,
                .shard_count =
                    (uint32_t)mr_value_get_int(properties, "ShardCount", ON_DEMAND_SHARDS),
                .retention_us =
                    mr_value_get_int(properties, "RetentionPeriodHours", 24) * INT64_C(3600000000),
                .record_kib_max =
                    (uint32_t)mr_value_get_int(properties, "MaxRecordSizeInKiB", 1024),
                .on_demand = on_demand,
            },
    };
}
