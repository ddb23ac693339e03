/* yaml_fuzz.c - any bytes as YAML: a tree within its bounds, or an error with its line. */
#include "src/config/yaml_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    if (!mr_bytes_is_utf8(text)) { /* the reader's caller has checked that */
        return 0;
    }
    mr_arena *arena = mr_arena_new();
    mr_node *root = NULL;
    mr_error err = {0};
    int line = 0;
    if (mr_yaml_read(arena, text, &root, &line, &err) == MR_OK) {
        MR_ASSERT(root->weight <= MR_NODE_COUNT_MAX);
        MR_ASSERT(root->height <= 2 * MR_NODE_DEPTH_MAX); /* short tags add maps of their own */
    } else {
        MR_ASSERT(err.message[0] != '\0');
    }
    MR_ASSERT(line >= 1);
    mr_arena_free(arena);
    return 0;
}
