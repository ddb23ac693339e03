/* runtime_name.c - see runtime_name.h. Source: reference/lambda.md sections 3 and 5. */
#include "sim/lambda/runtime_name.h"

/* Name and digits: "python3.12" is "python3." and digits; "nodejs22.x" is "nodejs", digits, ".x".
 */
static const struct {
    const char *start, *end;
    mr_runtime_family family;
} runtimes[] = {
    {"python3.", "", MR_RUNTIME_FAMILY_PYTHON},    {"nodejs", ".x", MR_RUNTIME_FAMILY_NODE},
    {"provided.al", "", MR_RUNTIME_FAMILY_CUSTOM}, {"java", "", MR_RUNTIME_FAMILY_OTHER},
    {"java8.al", "", MR_RUNTIME_FAMILY_OTHER},     {"dotnet", "", MR_RUNTIME_FAMILY_OTHER},
    {"dotnetcore3.", "", MR_RUNTIME_FAMILY_OTHER}, {"ruby2.", "", MR_RUNTIME_FAMILY_OTHER},
    {"ruby3.", "", MR_RUNTIME_FAMILY_OTHER},       {"ruby4.", "", MR_RUNTIME_FAMILY_OTHER},
    {"go", ".x", MR_RUNTIME_FAMILY_OTHER},
};

mr_runtime_family mr_runtime_family_of(const char *runtime)
{
    mr_bytes text = mr_bytes_of(runtime);
    for (size_t i = 0; i < MR_COUNT(runtimes); i++) {
        mr_bytes start = mr_bytes_of(runtimes[i].start), end = mr_bytes_of(runtimes[i].end);
        if (!mr_bytes_starts_with(text, start) || !mr_bytes_ends_with(text, end) ||
            text.len <= start.len + end.len) {
            continue;
        }
        size_t digits = strspn(runtime + start.len, "0123456789");
        if (digits == text.len - start.len - end.len && digits <= 4) {
            return runtimes[i].family;
        }
    }
    return strcmp(runtime, "provided") == 0 ? MR_RUNTIME_FAMILY_CUSTOM : MR_RUNTIME_FAMILY_UNKNOWN;
}
