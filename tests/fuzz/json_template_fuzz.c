/* json_template_fuzz.c - any bytes as the JSON of a template: a tree within its bounds, or an error
 * with its line. */
#include "src/config/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_arena *arena = mr_arena_new();
    mr_node *root = NULL;
    mr_error err = {0};
    int line = 0;
    if (mr_json_read(arena, mr_bytes_make(data, size), &root, &line, &err) == MR_OK) {
        MR_ASSERT(root->height <= MR_NODE_DEPTH_MAX);
    } else {
        MR_ASSERT(err.message[0] != '\0');
    }
    MR_ASSERT(line >= 1);
    mr_arena_free(arena);
    return 0;
}
