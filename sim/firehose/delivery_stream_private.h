/*
 * delivery_stream_private.h - the inside of a delivery stream's control plane, shared by
 * delivery_streams.c (the set of them), delivery_stream.c (what changes one),
 * delivery_stream_rows.c (catalog.db) and delivery_tags.c.
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_STREAM_PRIVATE_H
#define MR_SIM_FIREHOSE_DELIVERY_STREAM_PRIVATE_H

#include "sim/base/map.h"
#include "sim/firehose/delivery_stream.h"

struct mr_delivery_streams {
    mr_delivery_streams_options options; /* region and account are owned */
    mr_map *by_name;
    mr_fatal_fn on_fatal;
    void *on_fatal_context;
};

/* When a state ends by itself, by mr_clock_now_us(); 0: it does not. */
struct mr_delivery_stream {
    mr_delivery_streams *all;
    char *name, *arn;
    char *source, *source_arn, *source_role; /* NULL: DirectPut */
    int64_t source_created_us;
    int32_t throughput_hint;
    cJSON *config;
    uint64_t version;
    int64_t created_us, updated_us;
    mr_delivery_status status;
    int64_t due_us;
    mr_timer timer;
    mr_encryption_status encryption;
    int64_t encryption_due_us;
    mr_timer encryption_timer;
    mr_delivery_key key;
    char *key_arn;
    mr_delivery *delivery; /* NULL: DELETING, or its source is gone */
};

/* ---- delivery_stream.c ---- */

mr_delivery_stream *mr_delivery_stream_new(mr_delivery_streams *all, const char *name);
void mr_delivery_stream_free(mr_delivery_stream *stream); /* its delivery stays; NULL is fine */
void mr_delivery_stream_set_source(mr_delivery_stream *stream, const char *source,
                                   const char *role);
/* Whether this configuration would run, and what it comes to; options are borrowed from it. */
MR_NODISCARD mr_code mr_delivery_stream_read_config(const mr_delivery_stream *stream,
                                                    const cJSON *config, uint64_t version,
                                                    mr_delivery_options *options, mr_error *err);
MR_NODISCARD mr_code mr_delivery_stream_check_key(const mr_delivery_stream *stream,
                                                  mr_delivery_key key, const char *key_arn,
                                                  mr_error *err);
/* Enters CREATING when that takes time; nothing is stored. */
void mr_delivery_stream_begin(mr_delivery_stream *stream);
/* Sets the timers of a stream that was stored, and ends what is over. *gone: out; it was DELETING,
 * and is no more. */
MR_NODISCARD mr_code mr_delivery_stream_resume(mr_delivery_stream *stream, bool *gone,
                                               mr_error *err);

/* ---- delivery_stream_rows.c ---- */

MR_NODISCARD mr_code mr_delivery_stream_store(const mr_delivery_stream *stream, mr_error *err);
/* *out: NULL when there is no such row. Errors: also MR_CORRUPT. */
MR_NODISCARD mr_code mr_delivery_stream_load(mr_delivery_streams *all, const char *name,
                                             mr_delivery_stream **out, mr_error *err);
/* Removes every row that the control plane has of it. */
MR_NODISCARD mr_code mr_delivery_stream_forget(const mr_delivery_stream *stream, mr_error *err);
/* A start or stop of the encryption, counted for the day; those of earlier days are forgotten.
 * *count: out; of the last 24 hours. */
MR_NODISCARD mr_code mr_delivery_stream_note_action(const mr_delivery_stream *stream,
                                                    mr_error *err);
MR_NODISCARD mr_code mr_delivery_stream_count_actions(const mr_delivery_stream *stream,
                                                      int64_t *count, mr_error *err);

#endif
