/* sql_ast.c - see sql_ast.h. */
#include "sim/query/sql_ast.h"

#include "sim/base/alloc.h"

#define ARENA_BLOCK_BYTES (16 * MR_KIB)

struct mr_sql_arena_block {
    mr_sql_arena_block *next;
    size_t used, size;
    max_align_t memory[];
};

void *mr_sql_arena_alloc(mr_sql_arena *arena, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    mr_sql_arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t room = mr_max_size(size, ARENA_BLOCK_BYTES);
        block = mr_alloc(sizeof(*block) + room);
        *block = (mr_sql_arena_block){.next = arena->blocks, .size = room};
        arena->blocks = block;
    }
    void *memory = (char *)block->memory + block->used;
    block->used += size;
    memset(memory, 0, size);
    return memory;
}

char *mr_sql_arena_text(mr_sql_arena *arena, mr_bytes text)
{
    char *copy = mr_sql_arena_alloc(arena, text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.at, text.len);
    }
    return copy;
}

void mr_sql_arena_free(mr_sql_arena *arena)
{
    while (arena->blocks != NULL) {
        mr_sql_arena_block *next = arena->blocks->next;
        mr_free(arena->blocks);
        arena->blocks = next;
    }
}

void mr_sql_arena_push(mr_sql_arena *arena, void *array_of_pointers, size_t *count, void *pointer)
{
    /* Arrays have room for a power of two; one that is full moves to a larger one. */
    void **array;
    memcpy(&array, array_of_pointers, sizeof(array));
    bool full = *count == 0 || (*count >= 4 && (*count & (*count - 1)) == 0);
    if (full) {
        size_t room = *count == 0 ? 4 : *count * 2;
        void **larger = mr_sql_arena_alloc(arena, room * sizeof(*larger));
        if (*count > 0) {
            memcpy(larger, array, *count * sizeof(*larger));
        }
        array = larger;
        memcpy(array_of_pointers, &array, sizeof(array));
    }
    array[(*count)++] = pointer;
}

const char *mr_sql_type_name(mr_sql_kind kind)
{
    static const char *const names[] = {
        [MR_SQL_UNKNOWN] = "unknown", [MR_SQL_BOOLEAN] = "boolean",
        [MR_SQL_TINYINT] = "tinyint", [MR_SQL_SMALLINT] = "smallint",
        [MR_SQL_INTEGER] = "integer", [MR_SQL_BIGINT] = "bigint",
        [MR_SQL_REAL] = "real",       [MR_SQL_DOUBLE] = "double",
        [MR_SQL_DECIMAL] = "decimal", [MR_SQL_VARCHAR] = "varchar",
        [MR_SQL_CHAR] = "char",       [MR_SQL_VARBINARY] = "varbinary",
        [MR_SQL_DATE] = "date",       [MR_SQL_TIMESTAMP] = "timestamp(3)",
        [MR_SQL_ARRAY] = "array",     [MR_SQL_MAP] = "map",
        [MR_SQL_ROW] = "row",
    };
    return names[kind];
}
