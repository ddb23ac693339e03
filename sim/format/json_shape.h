/*
 * json_shape.h - the shape of a JSON line: fixed bytes and the holes between them.
 *
 * Lines of one source have the same members in the same order with the same blanks, so a line
 * that was read once tells where the values of the next one are:
 *
 *     {"address":"   hole   ","district":   hole   ,"location":{"lat":   hole   }}\n
 *
 * Matching compares the fixed bytes and finds the end of each value, a vector at a time; it reads
 * every byte of the line and accepts only well-formed JSON. What does not match is no error: it
 * goes to the careful reader (json_line.h). AVX2, SSE2 and plain C give identical answers.
 */
#ifndef MR_SIM_FORMAT_JSON_SHAPE_H
#define MR_SIM_FORMAT_JSON_SHAPE_H

#include "sim/format/json_line.h"

typedef struct mr_json_step {
    uint32_t literal; /* place of the fixed bytes before the hole */
    uint16_t literal_len;
    int16_t slot;             /* -1: the value is only checked */
    const mr_json_node *node; /* more than one slot depends on the value; else NULL */
} mr_json_step;

typedef struct mr_json_shape {
    char *literals;      /* owned; each padded so that a vector can be loaded */
    mr_json_step *steps; /* owned */
    size_t step_count;
    uint32_t tail; /* the fixed bytes after the last hole, its line feed included */
    uint16_t tail_len;
} mr_json_shape;

/* Learns the shape of a line that was parsed with has_shape and ended at line->after.
 * line_feed: how it ended, "\n" or "\r\n". False when it has none (a literal above 64 KiB). */
MR_NODISCARD bool mr_json_shape_learn(mr_json_shape *shape, const mr_json_line *line,
                                      const char *begin, const char *line_feed);
void mr_json_shape_deinit(mr_json_shape *shape);

/*
 * Matches the line at p. p must be inside a block with its padding; end: the block's end.
 *
 * Returns the place after the line feed, or NULL when the line has another shape; fields may
 * then have been written. On success the slots of the shape are filled and no others.
 */
typedef const char *(*mr_json_match_fn)(const mr_json_shape *shape, const char *p, const char *end,
                                        mr_field *fields);

typedef enum mr_vector_level { MR_VECTOR_NONE, MR_VECTOR_SSE2, MR_VECTOR_AVX2 } mr_vector_level;

mr_vector_level mr_vector_best(void); /* of this processor */
/* The matcher for a level that is at most mr_vector_best(). */
mr_json_match_fn mr_json_matcher(mr_vector_level level);

#endif
