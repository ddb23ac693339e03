/* resources_s3.c - AWS::S3::Bucket. See builder.h. Source: S3 User Guide, "Bucket naming rules". */
#include "src/config/builder.h"

static const char *name_problem(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t len = strlen(name);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') {
            return "Bucket name should not contain uppercase characters";
        }
    }
    if (len < 3 || len > 63) {
        return "Bucket name should be between 3 and 63 characters long";
    }
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len) {
        return "Bucket name should contain only lowercase letters, numbers, periods (.), and "
               "dashes (-)";
    }
    if (strchr(letters, name[0]) == NULL || strchr(letters, name[len - 1]) == NULL) {
        return "Bucket name should begin and end with a letter or a number";
    }
    if (strstr(name, "..") != NULL) {
        return "Bucket name should not contain two adjacent periods";
    }
    if (strspn(name, "0123456789.") == len) {
        return "Bucket name must not be formatted as an IP Address";
    }
    return NULL;
}

void mr_build_bucket(mr_plan_builder *builder, const mr_resource *resource)
{
    const char *problem = name_problem(resource->name);
    if (problem != NULL) {
        mr_findings_error(builder->template->findings, mr_build_at(resource, "BucketName"),
                          "%s: %s", problem, resource->name);
    } else if (mr_build_claim_name(builder, resource, NULL, "$N already exists")) {
        mr_build_add_bucket(builder, resource->logical_id, mr_node_line(resource->node),
                            resource->name);
    }
}
