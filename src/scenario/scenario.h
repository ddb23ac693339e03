/*
 * scenario.h - a scenario, read: a template, its inputs, what goes wrong and when, and what is
 * expected at the end. `millrace test` runs it (scenario_run.h).
 *
 * One YAML (or JSON) file. Paths in it are relative to its folder; streams, delivery streams,
 * functions and buckets are named by logical id or by name, and stand here by name. Every
 * duration counts from the start of the scenario, in microseconds of simulated time.
 *
 * data/schemas/scenario.schema.json says the same to editors; a test holds the two together.
 */
#ifndef MR_SRC_SCENARIO_SCENARIO_H
#define MR_SRC_SCENARIO_SCENARIO_H

#include "sim/fault/fault.h"
#include "src/config/plan.h"

#define MR_SCENARIO_BYTES_MAX (1 * MR_MIB)

/* ---- what goes wrong ---- */

typedef enum mr_scenario_fault_kind {
    MR_SCENARIO_RULE,       /* the world's own: `rule` */
    MR_SCENARIO_SPLIT,      /* the shard in the middle of its range; at `at_us` */
    MR_SCENARIO_MERGE,      /* `shard` and `other_shard`, which must be adjacent; at `at_us` */
    MR_SCENARIO_RESHARD,    /* to `shard_count` open shards, as UpdateShardCount; at `at_us` */
    MR_SCENARIO_JUMP,       /* the clock by `jump_us`, forward or backward; at `at_us` */
    MR_SCENARIO_KILL,       /* the process, at `at_us`; it is started again at the same time */
    MR_SCENARIO_KILL_FLUSH, /* the same at flushes of a buffer, as first, every, most ... choose */
    MR_SCENARIO_KILL_WRITE, /* the same before writes, syncs and renames on its disk; with in_turn
                               the scenario is repeated, killed before the 1st, the 2nd, ... */
    MR_SCENARIO_RATE,       /* `input` puts `rate` rows a second from `at_us` on, for `for_us` */
    MR_SCENARIO_PAUSE,      /* `input` puts nothing from `at_us` on, for `for_us` */
    MR_SCENARIO_FAULT_KIND_COUNT
} mr_scenario_fault_kind;

typedef struct mr_scenario_fault {
    mr_scenario_fault_kind kind;
    int line; /* of the scenario; 0: made by chaos */

    int64_t at_us;      /* from then on; 0: from the start */
    int64_t for_us;     /* so long; 0: to the end */
    uint64_t first;     /* as in mr_fault_rule: from the first-th time on (0 is 1), */
    uint64_t every;     /*   at every n-th, */
    uint64_t most;      /*   so often at most, */
    double probability; /* by chance: 0 is always */

    /* MR_SCENARIO_RULE: kind, target, delay and text of a rule (those above are not in it). */
    mr_fault_kind rule_kind;
    const char *target; /* as mr_fault_rule has it: a glob; NULL: every target */
    int64_t delay_us;
    const char *text; /* of a poison record; the error type of a failing function; NULL */

    const char *stream;          /* SPLIT, MERGE, RESHARD: the data stream's name */
    uint32_t shard, other_shard; /* shard numbers: shardId-000000000003 is 3 */
    uint32_t shard_count;
    int64_t jump_us; /* below 0: backward */
    bool in_turn;
    size_t input; /* RATE, PAUSE: place in `inputs` */
    double rate;  /* 0: as fast as the stream takes them */
} mr_scenario_fault;

/* ---- what is expected ---- */

/* A test of a number: each bound that is given must hold. {0} holds always. */
typedef struct mr_number_test {
    bool has_equals, has_least, has_most;
    double equals, least, most;
} mr_number_test;

typedef enum mr_expect_kind {
    MR_EXPECT_SQL,
    MR_EXPECT_OBJECTS,
    MR_EXPECT_LATENCY,
    MR_EXPECT_BUFFERS,
    MR_EXPECT_EVENTS,
    MR_EXPECT_LOST,
    MR_EXPECT_DUPLICATED,
    MR_EXPECT_REORDERED,
    MR_EXPECT_ERRORS,
    MR_EXPECT_SAME_AS,
    MR_EXPECT_KIND_COUNT
} mr_expect_kind;

/* sql: one of equals/between/at-least/at-most (one value), rows, empty or matches. */
typedef enum mr_sql_test {
    MR_SQL_VALUE, /* one row of one column: `number`, or the text `equals_text` */
    MR_SQL_ROWS,  /* exactly these rows in this order */
    MR_SQL_EMPTY, /* no row */
    MR_SQL_NOT_EMPTY,
    MR_SQL_MATCHES /* one row of one column, matched by a POSIX extended regular expression */
} mr_sql_test;

typedef struct mr_expect_sql {
    const char *sql, *database; /* database: NULL: the only one */
    mr_sql_test test;
    mr_number_test number;    /* VALUE, when equals_text is NULL */
    const char *equals_text;  /* VALUE; compared as text */
    bool equals_null;         /* VALUE: SQL's NULL is expected */
    const char *const *cells; /* ROWS: row_count x column_count, NULL: SQL's NULL */
    size_t row_count, column_count;
    const char *pattern; /* MATCHES */
} mr_expect_sql;

typedef struct mr_expect_objects {
    const char *bucket;                   /* its name; NULL: every bucket */
    const char *prefix;                   /* NULL: every key */
    mr_number_test count, bytes, largest; /* largest: bytes of the largest object */
    const char *pattern;                  /* every key must match; NULL: any */
} mr_expect_objects;

/* Put to delivered, per record of main sinks: bounds in microseconds. */
typedef struct mr_expect_latency {
    const char *delivery; /* NULL: all */
    mr_number_test p50, p99, max;
} mr_expect_latency;

typedef struct mr_expect_buffers {
    const char *delivery, *sink;          /* NULL: all of them */
    mr_number_test size, interval, drain; /* how many flushes had this reason */
    mr_number_test largest;               /* bytes of the largest flush */
    mr_number_test longest;               /* microseconds that the longest flush had been filled */
} mr_expect_buffers;

typedef struct mr_event_member {
    const char *name, *value; /* as the event log spells them; a number in decimal */
} mr_event_member;

typedef struct mr_expect_events {
    mr_event_type type;
    const mr_event_member *where; /* every one must be equal; a value may hold '*' */
    size_t where_count;
    mr_number_test count; /* of events; of a rate ("shard.throttled"), of its records */
} mr_expect_events;

/* Records of the error outputs. */
typedef struct mr_expect_errors {
    const char *delivery; /* NULL: all */
    const char *code;     /* errorCode, such as Lambda.FunctionTimedOut; NULL: any */
    mr_number_test count;
} mr_expect_errors;

/* The objects are those of a folder, byte for byte; `--update` writes it. */
typedef struct mr_expect_same_as {
    const char *directory; /* resolved */
    const char *bucket;    /* its name; NULL: every bucket, each in a folder of its name */
    const char *prefix;    /* NULL: every key */
} mr_expect_same_as;

typedef struct mr_expect {
    mr_expect_kind kind;
    int line;
    const char *text; /* as it is reported: "lost", "sql: SELECT ..." */
    union {
        mr_expect_sql sql;
        mr_expect_objects objects;
        mr_expect_latency latency;
        mr_expect_buffers buffers;
        mr_expect_events events;
        mr_number_test records; /* LOST, DUPLICATED, REORDERED */
        mr_expect_errors errors;
        mr_expect_same_as same_as;
    } as;
} mr_expect;

/* ---- what is to be learned ---- */

typedef struct mr_lesson_step {
    const char *say; /* what to bring about */
    int line;
    mr_expect_events event; /* count.least of them, 1 at least, since the last step was done, */
    bool has_unless;
    mr_expect_events unless; /* and counted anew from each of these */
} mr_lesson_step;

typedef struct mr_lesson {
    const char *title, *prose, *goal, *hint; /* plain text; an empty line parts paragraphs */
    int line;
    uint64_t pace; /* simulated seconds for each real one, while it is taken; 0: as it is */
    const mr_lesson_step *steps; /* in their order */
    size_t step_count;
} mr_lesson;

/* ---- the scenario ---- */

typedef struct mr_scenario {
    const char *file;
    const char *name;        /* `name`, else the file's name without folder and ending */
    const char *description; /* what to see; NULL */
    mr_plan *plan;           /* of `template`; owned; without errors */
    const char *replay;      /* a recording whose records are put instead of inputs; NULL */
    uint64_t seed;
    int64_t start_us;
    bool limits;   /* of the service, in force */
    bool use_code; /* the functions' code, not their Builtin */
    bool drain;
    uint64_t stream_bytes_max; /* 0: the default */

    const mr_plan_input *inputs; /* the scenario's own, else the template's */
    size_t input_count;
    const mr_scenario_fault *faults; /* in the order of the file */
    size_t fault_count;
    const mr_expect *expects;
    size_t expect_count;
    const mr_lesson *lesson; /* what it teaches (lesson.h); its steps are expected too. NULL */

    mr_finding *findings; /* its own in order of lines, then the errors of its template */
    size_t finding_count;
    size_t error_count;

    void *memory; /* what everything above points into; private to scenario.c */
} mr_scenario;

/*
 * Reads and checks a scenario and its template. SQL is only looked at when it is run.
 *
 * out:    a scenario, also when its findings hold errors (plan may then be NULL): the caller looks
 *         at error_count. NULL only when the file cannot be read. Release with mr_scenario_free().
 * Errors: MR_NOT_FOUND, MR_IO, MR_TOO_LARGE.
 */
MR_NODISCARD mr_code mr_scenario_load(const char *file, mr_scenario **out, mr_error *err);
/* The same from text; file names it. Never NULL. */
mr_scenario *mr_scenario_from_text(const char *file, mr_bytes text);
/* A scenario without a file of its own: a recording (`test --replay FILE`) with its template, no
 * faults, and nothing expected but what always is. As mr_scenario_load(). */
MR_NODISCARD mr_code mr_scenario_of_recording(const char *file, mr_scenario **out, mr_error *err);
void mr_scenario_free(mr_scenario *scenario); /* NULL is fine */

/* Adds an error that shows only when the scenario is tried, such as SQL that does not parse. */
void mr_scenario_add_error(mr_scenario *scenario, int line, const char *message);

/* Whether a file's text is a scenario and not a template: a map with a template or a replay, and
 * without Resources. */
bool mr_scenario_is_one(mr_bytes text);

/* "file:line: message", as it is printed. Owned. */
char *mr_scenario_finding_text(const mr_scenario *scenario, const mr_finding *finding);

/* A fault as a line of a scenario's `faults`, in flow style: "{at: 30s, for: 1m, lambda:
 * {function: Decode, error: Unhandled}}". What chaos chose is printed so. */
void mr_scenario_fault_write(const mr_scenario *scenario, const mr_scenario_fault *fault,
                             mr_strbuf *out);

/* One level of the file and the keys that it takes, for the schema's test and for help. */
typedef struct mr_scenario_level {
    const char *name; /* "scenario", "input", "fault", "lambda", "expect.objects" ... */
    const char *const *keys;
    size_t key_count;
} mr_scenario_level;
const mr_scenario_level *mr_scenario_levels(size_t *count);

#endif
