/*
 * scenario_reader.h - a scenario being read, and what the files of scenario.h share:
 *
 *   scenario.c          text -> nodes; the settings, the recording, the template's plan
 *   scenario_inputs.c   `inputs`
 *   scenario_faults.c   `faults`
 *   scenario_expects.c  `expect`
 *   scenario_lesson.c   `lesson`
 *   scenario_values.c   the levels and their keys; values with their units; names of the plan
 *   scenario_pattern.c  regular expressions
 *   scenario_words.c    the world's own faults, word by word
 *   scenario_write.c    faults -> text
 *
 * Every function that reads says what is wrong in the findings and returns false; a value that has
 * been refused before (MR_NODE_UNKNOWN) is refused in silence.
 */
#ifndef MR_SRC_SCENARIO_SCENARIO_READER_H
#define MR_SRC_SCENARIO_SCENARIO_READER_H

#include "sim/producer/input_options.h"
#include "src/config/findings.h"
#include "src/scenario/scenario.h"

#define MR_EXACT_DOUBLE_END     (UINT64_C(1) << 53) /* whole numbers below it are exact as double */
#define MR_SCENARIO_TIME_MAX_US (INT64_C(36525) * 86400 * 1000000) /* 100 years */

/* What mr_scenario.memory is. */
typedef struct mr_scenario_memory {
    mr_arena *arena;
    mr_plan *plan;                    /* owned; also one with errors */
    mr_input_options **input_options; /* owned: the inputs point into them */
    size_t input_options_count, input_options_capacity;
    size_t own_count; /* the findings of the scenario's own file, which come first */
} mr_scenario_memory;

typedef struct mr_scenario_reader {
    mr_scenario *scenario;
    mr_scenario_memory *memory;
    mr_arena *arena;
    mr_findings *findings;
    const char *folder;    /* of the scenario */
    const mr_plan *plan;   /* also one with errors; NULL: there is none */
    bool plan_is_whole;    /* what is not in it is not in the template either */
    bool inputs_are_whole; /* the same of scenario->inputs */
} mr_scenario_reader;

void mr_scenario_read_inputs(mr_scenario_reader *reader, const mr_node *list);
void mr_scenario_read_faults(mr_scenario_reader *reader, const mr_node *list);
void mr_scenario_read_expects(mr_scenario_reader *reader, const mr_node *list);
void mr_scenario_read_lesson(mr_scenario_reader *reader, const mr_node *map);
/* The keys type and where: which events are meant. */
bool mr_scenario_read_event(mr_scenario_reader *reader, const mr_node *map, mr_expect_events *out);

/* ---- levels ---- */

/* The levels that mr_scenario_levels() lists, in its order. */
typedef enum mr_scenario_level_id {
    MR_LEVEL_SCENARIO,
    MR_LEVEL_INPUT,
    MR_LEVEL_FAULT,
    MR_LEVEL_SHARD,
    MR_LEVEL_ANSWER_LOST,
    MR_LEVEL_POISON,
    MR_LEVEL_LAMBDA,
    MR_LEVEL_STORE,
    MR_LEVEL_SPLIT,
    MR_LEVEL_MERGE,
    MR_LEVEL_RESHARD,
    MR_LEVEL_CLOCK,
    MR_LEVEL_BURST,
    MR_LEVEL_PAUSE,
    MR_LEVEL_EXPECT,
    MR_LEVEL_OBJECTS,
    MR_LEVEL_LATENCY,
    MR_LEVEL_BUFFERS,
    MR_LEVEL_EVENTS,
    MR_LEVEL_ERRORS,
    MR_LEVEL_SAME_AS,
    MR_LEVEL_TEST,
    MR_LEVEL_LESSON,
    MR_LEVEL_LESSON_STEP,
    MR_LEVEL_LESSON_EVENT,
    MR_LEVEL_LESSON_UNLESS,
    MR_LEVEL_COUNT
} mr_scenario_level_id;

const mr_scenario_level *mr_scenario_level_of(mr_scenario_level_id id);
/* Whether the node is a map with the keys of this level alone. name: what it is the value of. */
bool mr_scenario_map(mr_scenario_reader *reader, const mr_node *node, mr_scenario_level_id id,
                     const char *name);

#define MR_SCENARIO_NO_WORD SIZE_MAX
/* Which one of these keys the map has. MR_SCENARIO_NO_WORD when it has none, or several: `none`
 * says why there must be one, `several` why there may not be two. */
size_t mr_scenario_one_of(mr_scenario_reader *reader, const mr_node *map, const char *const *keys,
                          size_t count, const char *none, const char *several);

/* ---- values; key: what they are called in messages ---- */

bool mr_scenario_bool(mr_scenario_reader *reader, const mr_node *node, const char *key, bool *out);
bool mr_scenario_count(mr_scenario_reader *reader, const mr_node *node, const char *key,
                       uint64_t least, uint64_t most, uint64_t *out);
/* From least_us (0 or 1) to a hundred years. */
bool mr_scenario_duration(mr_scenario_reader *reader, const mr_node *node, const char *key,
                          int64_t least_us, int64_t *out);
/* Some text. */
bool mr_scenario_text(mr_scenario_reader *reader, const mr_node *node, const char *key,
                      const char **out);
/* The same for a key that may be absent: then true, and *out is left alone. */
bool mr_scenario_optional_text(mr_scenario_reader *reader, const mr_node *map, const char *key,
                               const char **out);
/* A POSIX extended regular expression that compiles in moderate time and memory. */
bool mr_scenario_pattern(mr_scenario_reader *reader, const mr_node *node, const char *key,
                         const char **out);

/* ---- names of the plan ---- */

/* The name of what the map's key names, by name or logical id. NULL when the key is absent, which
 * is an error if is_needed. */
bool mr_scenario_name(mr_scenario_reader *reader, const mr_node *map, const char *key,
                      mr_plan_noun noun, bool is_needed, const char **out);
/* The key "stream": a data stream's name, or "firehose:NAME" of a DirectPut delivery stream, as
 * its own data stream is called. */
bool mr_scenario_stream(mr_scenario_reader *reader, const mr_node *map, const char **out);

/* ---- tests of numbers ---- */

typedef enum mr_scenario_unit {
    MR_UNIT_ANY,     /* any number */
    MR_UNIT_COUNT,   /* a whole one, from 0 on */
    MR_UNIT_BYTES,   /* the same, also 64KiB or 1MiB */
    MR_UNIT_DURATION /* 30s; in microseconds */
} mr_scenario_unit;

/* Whether a test asks for anything. */
bool mr_scenario_tests(const mr_number_test *test);
/* equals, at-least, at-most and between, as far as the map has them. */
bool mr_scenario_bounds(mr_scenario_reader *reader, const mr_node *map, mr_scenario_unit unit,
                        mr_number_test *out);
/* The value of a key: a number, which is equals (or at-most, when is_bound), or a map of bounds.
 * True and nothing when the key is absent. */
bool mr_scenario_test(mr_scenario_reader *reader, const mr_node *map, const char *key,
                      mr_scenario_unit unit, bool is_bound, mr_number_test *out);

/* ---- the world's own faults ---- */

typedef enum mr_rule_value {
    MR_RULE_WORD,     /* this word alone */
    MR_RULE_DURATION, /* the rule's delay */
    MR_RULE_TEXT,     /* the rule's text */
    MR_RULE_NOTHING   /* there is no key: the fault's word says it all */
} mr_rule_value;

/* One way to ask for a rule: what {key: value}. */
typedef struct mr_rule_word {
    const char *what, *key; /* "lambda", "error" */
    mr_rule_value value;
    const char *word, *other_word; /* MR_RULE_WORD: "503", also "SlowDown"; NULL: no other */
    const char *fault;             /* the name of its kind, "lambda-error" */
    const char *says;              /* in words; $ is the target, # the delay, % the text */
} mr_rule_word;

/* In the order in which they are explained. */
const mr_rule_word *mr_rule_word_table(size_t *count);
/* The one that makes such a rule; NULL when there is none. */
const mr_rule_word *mr_rule_word_of(mr_fault_kind kind);

/* What a rule's target is made of. */
typedef struct mr_rule_target {
    mr_bytes owner; /* the stream (also a DirectPut delivery stream), function or bucket; no bytes:
                       every one */
    mr_bytes part;  /* the shard's id, the key; no bytes: every one */
} mr_rule_target;
mr_rule_target mr_rule_target_of(const mr_scenario_fault *fault);

#endif
