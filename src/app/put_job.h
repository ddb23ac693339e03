/*
 * put_job.h - `millrace put`: the producer of `run`, on a stream that is somewhere else. Real time,
 * no state directory, no simulated service.
 */
#ifndef MR_SRC_APP_PUT_JOB_H
#define MR_SRC_APP_PUT_JOB_H

#include "sim/producer/producer.h"
#include "src/net/aws_settings.h"

typedef struct mr_put_job {
    const mr_aws_settings *settings;     /* borrowed, as is everything below */
    const char *stream;                  /* name or ARN */
    const char *file;                    /* "-": standard input */
    const mr_producer_options *producer; /* what mr_input_options_apply() fills */
    const char *rejects; /* path, without its ending, of the rows that are not put; NULL: not kept
                          * (src/producer/rejects_file.h) */
    uint64_t seed;
    bool show_progress;

    /* A row was rejected or given up. May be NULL. */
    void (*rejected)(void *context, const char *file, uint64_t line, const char *why);
    /* The connection broke; what was under way is tried again. May be NULL. */
    void (*lost)(void *context, const char *why);
    void *context;
} mr_put_job;

typedef struct mr_put_job_result {
    mr_producer_counts counts;
    int64_t elapsed_us;
    uint64_t lost;     /* answers that never came: their records may be there twice */
    uint64_t in_doubt; /* records of a request that was broken off: stored or not */
} mr_put_job_result;

/*
 * Puts every row. A signal (SIGINT, SIGTERM) ends it: nothing more is sent; an answer that is
 * waited for has two seconds more to come, so that mostly nothing is left in doubt.
 *
 * result: out; filled as far as it came, also on errors.
 * Errors: MR_INTERRUPTED; those of the input, of the client (kinesis_client.h) and of the producer.
 */
MR_NODISCARD mr_code mr_put_job_run(const mr_put_job *job, mr_put_job_result *result,
                                    mr_error *err);

#endif
