/* projection_fuzz.c - lines of "name=value" are the properties of a table with the partition key
 * k; the first line is its type. Whatever they are, a projection is read and expanded, within its
 * bounds, and what a listed value finds is what the whole list holds. */
#include "sim/base/alloc.h"
#include "sim/catalog/projection.h"

#include <stdlib.h>

#define PARAMETERS_MAX 16
#define NOW_US         INT64_C(1735689600000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the next line off; owned by the caller. */
static char *take_line(mr_bytes *rest)
{
    size_t end = mr_bytes_find(*rest, '\n');
    char *line = mr_bytes_dup(mr_bytes_make(rest->at, end));
    size_t skip = end < rest->len ? end + 1 : end;
    *rest = mr_bytes_make(rest->at + skip, rest->len - skip);
    return line;
}

static void check_listed(const mr_projection *projection, const mr_partition *all, size_t count)
{
    if (count == 0) {
        return;
    }
    mr_bytes value = mr_bytes_of(all[count / 2].values[0]);
    mr_key_constraint c = {.is_listed = true, .values = &value, .value_count = 1};
    mr_partition *one = NULL;
    size_t found = 0;
    if (mr_projection_expand(projection, NOW_US, &c, &one, &found, NULL) != MR_OK || found == 0) {
        abort();
    }
    mr_partitions_free(one, found);
}

static void try_table(const mr_table *table)
{
    mr_projection *projection = NULL;
    mr_partition *partitions = NULL;
    size_t count = 0;
    if (mr_projection_new(table, &projection, NULL) != MR_OK) {
        return;
    }
    if (mr_projection_expand(projection, NOW_US, NULL, &partitions, &count, NULL) == MR_OK) {
        check_listed(projection, partitions, count);
        mr_partitions_free(partitions, count);
    }
    mr_key_constraint c = {.has_low = true,
                           .low = MR_BYTES_LITERAL("2024/01/01"),
                           .has_high = true,
                           .high = MR_BYTES_LITERAL("5")};
    if (mr_projection_expand(projection, NOW_US, &c, &partitions, &count, NULL) == MR_OK) {
        mr_partitions_free(partitions, count);
    }
    mr_projection_free(projection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes rest = mr_bytes_make(data, size);
    char name[] = "k";
    char location[] = "s3://b/";
    char *lines[PARAMETERS_MAX];
    mr_parameter parameters[PARAMETERS_MAX];
    mr_column key = {name, take_line(&rest), NULL};
    mr_table table = {.name = name,
                      .location = location,
                      .partition_keys = &key,
                      .partition_key_count = 1,
                      .parameters = parameters};
    while (rest.len > 0 && table.parameter_count < PARAMETERS_MAX) {
        char *line = take_line(&rest);
        char *equals = strchr(line, '=');
        lines[table.parameter_count] = line;
        parameters[table.parameter_count].name = line;
        parameters[table.parameter_count].value = equals == NULL ? line : equals + 1;
        if (equals != NULL) {
            *equals = '\0';
        }
        table.parameter_count++;
    }
    try_table(&table);
    for (size_t i = 0; i < table.parameter_count; i++) {
        mr_free(lines[i]);
    }
    mr_free(key.type);
    return 0;
}
