/* replay.c - see replay.h. */
#include "src/producer/replay.h"

#include "sim/producer/progress.h"
#include "sim/producer/stored_rows.h"
#include "src/producer/input_source.h"
#include "src/producer/recording_file.h"

typedef struct replay_target {
    char *name;
    uint32_t input;
    mr_replay_target resolved;
    mr_stored_rows stored;
    mr_producer_counts counts;
} replay_target;

struct mr_replay {
    mr_replay_options options; /* its path is the copy below */
    mr_replay_handlers handlers;
    char *path;
    mr_recording_file *file;
    mr_timer timer;
    int64_t start_us;
    replay_target *targets;
    size_t target_count, target_capacity;

    /* The put that waits for its time: what is not stored already of the recorded one, whose bytes
     * stay until the file is read on. */
    size_t target;
    mr_record records[MR_PUT_RECORDS_MAX];
    mr_put_result results[MR_PUT_RECORDS_MAX];
    size_t count; /* 0: none waits */
};

/* ---- making and releasing ---- */

static void on_timer(void *context);

mr_code mr_replay_open(const mr_replay_options *options, const mr_replay_handlers *handlers,
                       mr_replay **out, mr_error *err)
{
    MR_ASSERT(handlers->resolve != NULL);
    MR_ASSERT(handlers->ended != NULL);
    mr_recording_file *file = NULL;
    mr_code code = mr_recording_file_open(options->fs, options->path, &file, err);
    if (code != MR_OK) {
        return code;
    }
    mr_replay *replay = mr_calloc(1, sizeof(*replay));
    replay->options = *options;
    replay->handlers = *handlers;
    replay->path = mr_strdup(options->path);
    replay->file = file;
    mr_timer_init(&replay->timer, options->clock, on_timer, replay);
    *out = replay;
    return MR_OK;
}

void mr_replay_free(mr_replay *replay)
{
    if (replay == NULL) {
        return;
    }
    mr_timer_cancel(&replay->timer);
    mr_recording_file_close(replay->file);
    for (size_t i = 0; i < replay->target_count; i++) {
        mr_free(replay->targets[i].name);
        mr_free(replay->targets[i].resolved.stored_rows);
    }
    mr_free(replay->targets);
    mr_free(replay->path);
    mr_free(replay);
}

/* ---- progress and the end ---- */

/* Every row of the target so far is settled: stored, or refused for good. */
static mr_code save_progress(mr_replay *replay, const replay_target *target, bool complete,
                             mr_error *err)
{
    if (replay->options.db == NULL) {
        return MR_OK;
    }
    progress_row row = {.input = target->input,
                        .stream = target->name,
                        .file = mr_input_last_name(replay->path),
                        .rows = target->counts.rows,
                        .complete = complete};
    return progress_save(replay->options.db, &row, err);
}

static void tell(mr_replay *replay, const replay_target *target, mr_event_type type,
                 const mr_error *error)
{
    mr_trace_emit(replay->options.trace,
                  &(mr_event){.type = type,
                              .stream = target->name,
                              .id = mr_input_last_name(replay->path),
                              .number = target->input,
                              .records = target->counts.records,
                              .bytes = target->counts.bytes,
                              .failed = target->counts.throttled + target->counts.given_up,
                              .message = error == NULL ? NULL : error->message});
}

static void end(mr_replay *replay, const mr_error *error)
{
    mr_error failed = {0};
    for (size_t i = 0; i < replay->target_count && error == NULL; i++) {
        if (save_progress(replay, &replay->targets[i], true, &failed) != MR_OK) {
            error = &failed;
        }
    }
    for (size_t i = 0; i < replay->target_count; i++) {
        tell(replay, &replay->targets[i], MR_EVENT_INPUT_ENDED, error);
    }
    if (error == NULL && mr_recording_file_is_cut(replay->file)) {
        mr_trace_warn(replay->options.trace,
                      "%s has no last line: its run was killed, and what it received after line "
                      "%llu is not in it",
                      mr_input_last_name(replay->path),
                      (unsigned long long)mr_recording_file_line(replay->file) - 1);
    }
    replay->handlers.ended(replay->handlers.context, error);
}

/* Where in the recording something went wrong. */
static void prefix_place(const mr_replay *replay, mr_error *err)
{
    mr_error_prefix(err, "%s:%llu: ", replay->path,
                    (unsigned long long)mr_recording_file_line(replay->file));
}

/* ---- targets ---- */

/* The rows that an earlier life of this replay saw refused are settled too. */
static mr_code find_settled_rows(mr_replay *replay, replay_target *target, mr_error *err)
{
    uint64_t rows = 0;
    bool complete = false;
    if (replay->options.db != NULL) {
        mr_code code =
            mr_producer_progress(replay->options.db, target->input, &rows, &complete, err);
        if (code != MR_OK) {
            return code;
        }
    }
    const mr_replay_target *resolved = &target->resolved;
    target->stored =
        (mr_stored_rows){.through = rows > resolved->skip_rows ? rows : resolved->skip_rows,
                         .rows = resolved->stored_rows,
                         .count = resolved->stored_count};
    return MR_OK;
}

static mr_code add_target(mr_replay *replay, mr_bytes name, mr_error *err)
{
    MR_GROW(replay->targets, replay->target_count, replay->target_capacity);
    replay_target *target = &replay->targets[replay->target_count];
    *target =
        (replay_target){.name = mr_bytes_dup(name), .input = (uint32_t)replay->target_count + 1};
    mr_code code = replay->handlers.resolve(replay->handlers.context, target->name, target->input,
                                            &target->resolved, err);
    if (code == MR_OK) {
        code = find_settled_rows(replay, target, err);
    }
    if (code != MR_OK) {
        mr_free(target->resolved.stored_rows);
        mr_free(target->name);
        return code;
    }
    replay->target_count++;
    tell(replay, target, MR_EVENT_INPUT_STARTED, NULL);
    return MR_OK;
}

/* place: out. */
static mr_code find_target(mr_replay *replay, mr_bytes name, size_t *place, mr_error *err)
{
    for (*place = 0; *place < replay->target_count; (*place)++) {
        if (mr_bytes_is(name, replay->targets[*place].name)) {
            return MR_OK;
        }
    }
    return add_target(replay, name, err);
}

/* ---- reading ---- */

/* Numbers the records of a put and keeps those that are not stored already. */
static void number_records(mr_replay *replay, const mr_recording_put *put)
{
    replay_target *target = &replay->targets[replay->target];
    replay->count = 0;
    for (size_t i = 0; i < put->count; i++) {
        uint64_t row = ++target->counts.rows;
        if (mr_stored_rows_has(&target->stored, row)) {
            target->counts.skipped++;
            continue;
        }
        mr_record *record = &replay->records[replay->count++];
        *record = put->records[i];
        record->input = target->input;
        record->row = row;
    }
}

/* Reads up to the next put that is not stored already and waits for its time, or ends. */
static void read_on(mr_replay *replay)
{
    const mr_recording_put *put = NULL;
    mr_error err = {0};
    do {
        if (mr_recording_file_next(replay->file, &put, &err) != MR_OK) {
            end(replay, &err);
            return;
        }
        if (put == NULL) {
            end(replay, NULL);
            return;
        }
        if (find_target(replay, put->target, &replay->target, &err) != MR_OK) {
            prefix_place(replay, &err);
            end(replay, &err);
            return;
        }
        number_records(replay, put);
    } while (replay->count == 0);
    mr_timer_set(&replay->timer, replay->start_us + put->at_us);
}

/* ---- putting ---- */

/* Counts the answers. True when every record is stored. */
static bool count_answers(mr_replay *replay)
{
    mr_producer_counts *counts = &replay->targets[replay->target].counts;
    size_t stored = 0;
    counts->batches++;
    for (size_t i = 0; i < replay->count; i++) {
        mr_code code = replay->results[i].code;
        if (code == MR_OK) {
            stored++;
            counts->bytes += replay->records[i].data.len;
        } else if (code == MR_THROTTLED) {
            counts->throttled++;
        } else {
            counts->given_up++;
        }
    }
    counts->records += stored;
    return stored == replay->count;
}

/* A lost answer changes nothing: what is stored, the results say. */
static mr_code put(mr_replay *replay, mr_error *err)
{
    replay_target *target = &replay->targets[replay->target];
    const mr_producer_target *to = &target->resolved.to;
    size_t failed = 0;
    mr_code code =
        to->put(to->context, replay->records, replay->count, replay->results, &failed, err);
    if (code != MR_OK && !mr_put_lost_its_answer(code, err)) {
        prefix_place(replay, err);
        return code;
    }
    return count_answers(replay) ? MR_OK : save_progress(replay, target, false, err);
}

static void on_timer(void *context)
{
    mr_replay *replay = context;
    mr_error err = {0};
    if (replay->count > 0 && put(replay, &err) != MR_OK) {
        end(replay, &err);
        return;
    }
    read_on(replay);
}

/* ---- verbs and questions ---- */

void mr_replay_start(mr_replay *replay)
{
    int64_t now_us = mr_clock_now_us(replay->options.clock);
    replay->start_us = replay->options.start_us != 0 ? replay->options.start_us : now_us;
    mr_timer_set(&replay->timer, now_us);
}

const mr_recording_header *mr_replay_header(const mr_replay *replay)
{
    return mr_recording_file_header(replay->file);
}

size_t mr_replay_target_count(const mr_replay *replay)
{
    return replay->target_count;
}

const char *mr_replay_target_name(const mr_replay *replay, size_t place)
{
    MR_ASSERT(place < replay->target_count);
    return replay->targets[place].name;
}

mr_producer_counts mr_replay_count(const mr_replay *replay, size_t place)
{
    MR_ASSERT(place < replay->target_count);
    return replay->targets[place].counts;
}
