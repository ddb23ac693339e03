/*
 * sink.h - one output of a delivery stream (main, error or backup): buffers records, flushes them
 * as an object, puts it, tries again, and commits object and positions together.
 *
 * A sink has at most one open output, which takes records, and any number of sealed ones on their
 * way. Each output goes its own way (sink.c has the diagram); positions are sets of ranges, so the
 * order of commits does not matter. Bytes go to the upload as they come: memory does not grow with
 * the buffering hints.
 *
 * A sink with a spool is one of many (partitions.h): its records wait in the spool and become the
 * bytes of an upload when the output is sealed, so that an open output costs a block of memory, and
 * no file and no compressor.
 *
 * Behaviour: reference/firehose.md sections 4.1, 4.2, 4.4 and 4.5.
 */
#ifndef MR_SIM_FIREHOSE_SINK_H
#define MR_SIM_FIREHOSE_SINK_H

#include "sim/firehose/delivery.h"
#include "sim/firehose/prefix.h"
#include "sim/firehose/spool.h"

typedef struct mr_sink mr_sink;

/* Numbers of objects, from which their names are drawn. Sinks of one name share one. */
typedef struct mr_sink_ordinals {
    uint64_t next;      /* of the next output to open */
    uint64_t committed; /* as stored: no committed output has this one or a later one */
} mr_sink_ordinals;

/* Loads them from catalog.db. Errors: MR_DATABASE. */
MR_NODISCARD mr_code mr_sink_ordinals_load(mr_db *db, const char *delivery, const char *sink,
                                           mr_sink_ordinals *out, mr_error *err);

typedef enum mr_flush_reason {
    MR_FLUSH_SIZE,
    MR_FLUSH_INTERVAL,
    MR_FLUSH_DRAIN,
    MR_FLUSH_REASON_COUNT
} mr_flush_reason;

const char *mr_flush_reason_name(mr_flush_reason reason); /* "size", "interval", "drain" */

typedef struct mr_sink_options {
    const char *name;     /* static: "main", "error", "backup" */
    const char *delivery; /* this and all below: borrowed, outlives the sink */
    const char *version;  /* VersionId; read when an output is sealed */
    const char *bucket;
    const char *extension; /* of object keys: ".gz", "" */
    mr_compression compression;
    const char *error_type; /* "processing-failed"; NULL: good records */
    const mr_prefix *prefix;
    const mr_bytes *values;     /* of the prefix's partition keys; NULL: none */
    mr_sink_ordinals *ordinals; /* shared with other sinks of this name; NULL: its own */
    mr_spool *spool;            /* NULL: bytes go straight to the upload */
    uint64_t size_bytes;
    int64_t interval_us;
    bool append_delimiter;
    mr_stream *source;     /* its retention bounds the retries */
    mr_coverage *coverage; /* what a commit of this sink adds to */
    mr_clock *clock;
    mr_trace *trace;
    const mr_faults *faults; /* for a mistake of the sink's (mutation.h) */
    mr_db *db;
    mr_store *store;
    uint64_t seed;

    /* With a spool: how long refused puts are tried again. Then every record of the output is
     * handed to on_refused, which takes it over, with what the last put was refused for. */
    int64_t retry_us;
    void (*on_refused)(void *context, const mr_origin *origin, mr_bytes data,
                       const mr_error *refusal, uint32_t attempts);

    /* An object is there; may be NULL. */
    mr_object_written_fn on_object;
    void *on_object_context;
    /* An output is done with, committed or given up: positions have moved, there is room. */
    void (*on_settled)(void *context);
    /* The machine fails (disk, database): nothing is lost and nothing goes on. */
    void (*on_broken)(void *context, const mr_error *error);
    void *context;
} mr_sink_options;

/* Opens the sink. Errors: those of mr_sink_ordinals_load(), where no ordinals are given. */
MR_NODISCARD mr_code mr_sink_new(const mr_sink_options *options, mr_sink **out, mr_error *err);
void mr_sink_free(mr_sink *sink); /* outputs are dropped, not flushed; NULL is fine */
/*
 * Goes on with another destination: bucket, prefix, extension, compression, hints and delimiter of
 * `options`; all else stays as it was. What is sealed from now on goes there. An open output keeps
 * the compression, and with it the extension, that its first byte was written with; one that the
 * new hints would have flushed by now is flushed in the call. Sealed ones keep what they have.
 */
void mr_sink_reconfigure(mr_sink *sink, const mr_sink_options *options);

/* Adds one record. May flush (size). data: copied. */
void mr_sink_write(mr_sink *sink, const mr_origin *origin, mr_bytes data);
/* The same for a writer that formats in place: room for n bytes, then the record of the n bytes
 * that were used. Nothing else may be done with the sink in between. Not with a spool. */
char *mr_sink_reserve(mr_sink *sink, size_t n);
void mr_sink_used(mr_sink *sink, const mr_origin *origin, size_t n);
/* A record that leaves nothing (dropped): its place goes with the next commit. */
void mr_sink_cover(mr_sink *sink, const mr_origin *origin);

void mr_sink_flush(mr_sink *sink, mr_flush_reason reason); /* an empty sink stays as it is */
/* Nothing buffered, nothing on its way. */
bool mr_sink_is_idle(const mr_sink *sink);
/* Outputs of a sink on their way, above which the source waits. */
#define MR_DELIVERY_SEALED_MAX 4
/* Sealed outputs that are not committed yet. */
size_t mr_sink_waiting(const mr_sink *sink);

/* records_in = delivered + discarded + handed_on + buffered, at every instant. */
typedef struct mr_sink_counts {
    uint64_t records_in;
    uint64_t buffered;                   /* open and sealed */
    uint64_t delivered, delivered_bytes; /* before compression */
    uint64_t discarded;
    uint64_t handed_on; /* to on_refused */
    uint64_t objects;
    uint64_t flushes[MR_FLUSH_REASON_COUNT];
    uint64_t retries;
    uint64_t disordered; /* shards whose records did not rise inside one object */
    uint64_t oversized;  /* buffers that were flushed past their hint and one record */
} mr_sink_counts;
mr_sink_counts mr_sink_count(const mr_sink *sink);
void mr_sink_counts_add(mr_sink_counts *sum, const mr_sink_counts *counts);
mr_buffer_gauge mr_sink_gauge(const mr_sink *sink);
/* Sums and bounds. Errors: MR_CORRUPT, naming what does not hold. */
MR_NODISCARD mr_code mr_sink_check(const mr_sink *sink, mr_error *err);

#endif
