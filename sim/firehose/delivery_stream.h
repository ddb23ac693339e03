/*
 * delivery_stream.h - what the control plane knows of a delivery stream: its status, version,
 * configuration, tags and encryption. The records go through delivery.h, which this opens, changes
 * and removes.
 *
 *   CREATING --delay--> ACTIVE --delete--> DELETING --delay--> gone
 *
 *   encryption:  DISABLED --start--> ENABLING --delay--> ENABLED --stop--> DISABLING --delay-->
 *
 * The delay is an option of the world. When it is 0 the call itself does everything and nobody sees
 * a state on the way. All of it is in catalog.db, written before a call returns, so that a restart
 * goes on: mr_delivery_streams_open() opens what is stored, and ends what was due by then. An
 * update takes no time; the stream stays ACTIVE.
 *
 * A delivery stream begins to read when it is created. While it is CREATING or DELETING, puts do
 * not find it. When it is deleted its buffers are discarded in the call, not at the end of
 * DELETING.
 *
 * One whose source stream was deleted is described as before and has nothing to deliver any more,
 * also when another stream is made under the source's name.
 *
 * Messages are AWS's own words where it has some, so that a front door can hand them on.
 *
 * Behaviour: reference/firehose.md, section 2.
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_STREAM_H
#define MR_SIM_FIREHOSE_DELIVERY_STREAM_H

#include "sim/firehose/delivery_config.h"

#define MR_DELIVERY_STREAM_LIMIT_AWS 5000 /* of an account, by today's API Reference */
#define MR_DESTINATION_ID            "destinationId-000000000001"

typedef struct mr_delivery_streams mr_delivery_streams; /* all of the world */
typedef struct mr_delivery_stream mr_delivery_stream;

typedef struct mr_delivery_streams_options {
    mr_clock *clock; /* all borrowed, all outlive the delivery streams */
    mr_trace *trace;
    mr_db *db;
    mr_streams *streams;
    mr_deliveries *deliveries;
    const char *region, *account; /* copied */
    int64_t state_delay_us;
    uint32_t limit; /* delivery streams of the account; 0: MR_DELIVERY_STREAM_LIMIT_AWS */
} mr_delivery_streams_options;

mr_delivery_streams *mr_delivery_streams_new(const mr_delivery_streams_options *options);
void mr_delivery_streams_free(mr_delivery_streams *all); /* before the deliveries; NULL is fine */
/* fn: told when a state that ends by itself cannot: the disk or catalog.db fails. */
void mr_delivery_streams_on_fatal(mr_delivery_streams *all, mr_fatal_fn fn, void *context);
/* For what comes; as mr_streams_set_state_delay(). */
void mr_delivery_streams_set_state_delay(mr_delivery_streams *all, int64_t delay_us);

/* Opens every delivery stream that catalog.db describes and that is not there yet. What cannot go
 * on (its source is gone, or an earlier millrace kept no settings) is named in a warning.
 * Errors: those of the disk and the database; MR_CORRUPT. */
MR_NODISCARD mr_code mr_delivery_streams_open(mr_delivery_streams *all, mr_error *err);

typedef enum mr_delivery_key { MR_KEY_NONE, MR_KEY_AWS_OWNED, MR_KEY_CUSTOMER } mr_delivery_key;

const char *mr_delivery_key_name(mr_delivery_key key); /* "AWS_OWNED_CMK"; static */
/* False when there is none so called. */
MR_NODISCARD bool mr_delivery_key_of(mr_bytes name, mr_delivery_key *out);

typedef struct mr_delivery_tag {
    const char *key;
    const char *value; /* NULL: none was given */
} mr_delivery_tag;

typedef struct mr_delivery_stream_options {
    const char *name;
    const char *source;      /* data stream; NULL: DirectPut */
    const char *source_role; /* ARN; NULL without a source */
    int32_t throughput_hint; /* of DirectPut, in MB; 0: none */
    const cJSON *config;     /* borrowed for the call */
    mr_delivery_key key;     /* of the encryption; MR_KEY_NONE: not encrypted */
    const char *key_arn;     /* of MR_KEY_CUSTOMER */
    const mr_delivery_tag *tags;
    size_t tag_count;
} mr_delivery_stream_options;

/*
 * Creates a delivery stream: ACTIVE at once, or after the delay.
 *
 * Errors: MR_DELIVERY_STREAM_EXISTS, MR_LIMIT_EXCEEDED, MR_INVALID_ARGUMENT, MR_UNSUPPORTED,
 *         MR_STREAM_NOT_FOUND (the source), those of mr_delivery_stream_tag(), of the disk and the
 *         database.
 */
MR_NODISCARD mr_code mr_delivery_streams_create(mr_delivery_streams *all,
                                                const mr_delivery_stream_options *options,
                                                mr_delivery_stream **out, mr_error *err);
/*
 * The delivery stream of a template: the one that is there stays as it is, opened if need be, and
 * *difference says where the template wants it otherwise (owned: mr_free(); NULL: nowhere);
 * otherwise it is created. Errors: as above, and then *difference is NULL.
 */
MR_NODISCARD mr_code mr_delivery_streams_ensure(mr_delivery_streams *all,
                                                const mr_delivery_stream_options *options,
                                                char **difference, mr_delivery_stream **out,
                                                mr_error *err);

mr_delivery_stream *mr_delivery_streams_find(mr_delivery_streams *all, const char *name);
/* The same for a client's word: MR_DELIVERY_STREAM_NOT_FOUND in AWS's words. */
MR_NODISCARD mr_code mr_delivery_streams_require(mr_delivery_streams *all, mr_bytes name,
                                                 mr_delivery_stream **out, mr_error *err);

typedef enum mr_delivery_type {
    MR_DELIVERY_ANY,
    MR_DELIVERY_DIRECT_PUT,
    MR_DELIVERY_KINESIS,
    MR_DELIVERY_OTHER /* a source that no delivery stream has here: MSK, a database */
} mr_delivery_type;

/*
 * A page of them in byte order of names, in whatever state they are.
 *
 * after: the page begins behind this name, whether there is such a one or not; NULL: at the first.
 * out:   room for `most`, of which the returned number is written; borrowed.
 * more:  out; there are others behind these.
 */
size_t mr_delivery_streams_page(mr_delivery_streams *all, const char *after, mr_delivery_type type,
                                mr_delivery_stream **out, size_t most, bool *more);

/* ---- one of them ---- */

typedef enum mr_delivery_status {
    MR_DELIVERY_ACTIVE,
    MR_DELIVERY_CREATING,
    MR_DELIVERY_DELETING,
    MR_DELIVERY_STATUS_COUNT
} mr_delivery_status;

typedef enum mr_encryption_status {
    MR_ENCRYPTION_DISABLED,
    MR_ENCRYPTION_ENABLING,
    MR_ENCRYPTION_ENABLED,
    MR_ENCRYPTION_DISABLING,
    MR_ENCRYPTION_STATUS_COUNT
} mr_encryption_status;

/* What describes it. Texts are borrowed until the next change. */
typedef struct mr_delivery_description {
    const char *name, *arn;
    mr_delivery_status status;
    uint64_t version;
    int64_t created_us, updated_us;       /* updated_us 0: never */
    const char *source_arn, *source_role; /* NULL: DirectPut */
    int32_t throughput_hint;              /* 0: none */
    mr_encryption_status encryption;
    mr_delivery_key key;
    const char *key_arn; /* NULL: none */
    const cJSON *config;
} mr_delivery_description;

mr_delivery_description mr_delivery_stream_describe(const mr_delivery_stream *stream);
const char *mr_delivery_stream_name(const mr_delivery_stream *stream);
const char *mr_delivery_status_name(mr_delivery_status status);         /* "ACTIVE"; static */
const char *mr_encryption_status_name(mr_encryption_status status);     /* "ENABLED"; static */
bool mr_delivery_stream_is_encrypted(const mr_delivery_stream *stream); /* what puts report */
/* What its records go through; NULL: it is DELETING, or its source is gone. Borrowed. */
mr_delivery *mr_delivery_stream_delivery(const mr_delivery_stream *stream);

/* As mr_delivery_put(). Errors: also MR_DELIVERY_STREAM_NOT_FOUND, unless it is ACTIVE. */
MR_NODISCARD mr_code mr_delivery_stream_put(mr_delivery_stream *stream, const mr_record *records,
                                            size_t count, mr_put_result *results, size_t *failed,
                                            mr_error *err);

/* An opaque text that no other record of the delivery stream has. result: of a put, MR_OK. */
#define MR_RECORD_TOKEN_SIZE (MR_SEQUENCE_SIZE + 16)
void mr_delivery_stream_record_token(const mr_delivery_stream *stream, const mr_put_result *result,
                                     char out[MR_RECORD_TOKEN_SIZE]);

typedef struct mr_destination_update {
    mr_bytes version;        /* CurrentDeliveryStreamVersionId */
    mr_bytes destination_id; /* DestinationId */
    const cJSON *update;     /* members of ExtendedS3DestinationUpdate; borrowed for the call */
} mr_destination_update;

/*
 * Changes the destination in place, see mr_delivery_update(); the version goes up by one.
 *
 * Errors: MR_DELIVERY_STREAM_CHANGED (another version), MR_DELIVERY_STREAM_NOT_ACTIVE,
 *         MR_INVALID_ARGUMENT, MR_UNSUPPORTED, those of the database: nothing was changed.
 */
MR_NODISCARD mr_code mr_delivery_stream_update(mr_delivery_stream *stream,
                                               const mr_destination_update *update, mr_error *err);

/* Removes it and what it has buffered; one that is DELETING stays so. stream is gone behind the
 * call when there is no delay. Errors: MR_DELIVERY_STREAM_NOT_ACTIVE (it is CREATING), those of the
 * disk and the database. */
MR_NODISCARD mr_code mr_delivery_stream_delete(mr_delivery_stream *stream, mr_error *err);

/* Errors: MR_INVALID_ARGUMENT (it has a source; a key without its ARN, or one too many),
 * MR_DELIVERY_STREAM_NOT_ACTIVE, MR_LIMIT_EXCEEDED (25 starts and stops in 24 hours), those of the
 * database. */
MR_NODISCARD mr_code mr_delivery_stream_start_encryption(mr_delivery_stream *stream,
                                                         mr_delivery_key key, const char *key_arn,
                                                         mr_error *err);
MR_NODISCARD mr_code mr_delivery_stream_stop_encryption(mr_delivery_stream *stream, mr_error *err);

/* ---- tags: delivery_tags.c ---- */

#define MR_DELIVERY_TAGS_MAX 50

/* Whether AWS takes these characters. Errors: MR_BAD_INPUT, naming the first that it does not. */
MR_NODISCARD mr_code mr_delivery_tags_check(const mr_delivery_tag *tags, size_t count,
                                            mr_error *err);
/* Adds tags, or gives those that are there new values: all or none. Errors: MR_BAD_INPUT (a key or
 * value with characters that AWS does not take), MR_LIMIT_EXCEEDED (more than 50 afterwards), those
 * of the database. */
MR_NODISCARD mr_code mr_delivery_stream_tag(mr_delivery_stream *stream, const mr_delivery_tag *tags,
                                            size_t count, mr_error *err);
/* Keys that are not there are fine. Errors: those of the database. */
MR_NODISCARD mr_code mr_delivery_stream_untag(mr_delivery_stream *stream, const char *const *keys,
                                              size_t count, mr_error *err);

/* A page of tags in byte order of keys. */
typedef struct mr_delivery_tag_page {
    mr_delivery_tag tags[MR_DELIVERY_TAGS_MAX]; /* texts owned; mr_delivery_tag_page_deinit() */
    size_t count;
    bool more;
} mr_delivery_tag_page;

/* after: the key that the page begins behind; NULL: none. most: 1..MR_DELIVERY_TAGS_MAX. out:
 * written on MR_OK alone. Errors: those of the database. */
MR_NODISCARD mr_code mr_delivery_stream_tags(mr_delivery_stream *stream, const char *after,
                                             size_t most, mr_delivery_tag_page *out, mr_error *err);
void mr_delivery_tag_page_deinit(mr_delivery_tag_page *page);

#endif
