/*
 * stream_tags.h - the tags of a data stream, or of one of its consumers: a small map from text to
 * text, kept in catalog.db.
 *
 * Keys have 1 to 128 characters and values up to 256, which the front door checks where it decodes
 * a request. Here is what AWS checks behind that: the characters, and that there are at most 50.
 * Tags may be set in any state.
 *
 * Characters: letters, digits, white space and _ . : / = + - @. As in kinesalite, Unicode letters
 * are taken to be U+00C0..U+1FFF, U+2C00..U+D7FF and all from U+10000 on, and no blank but the
 * space is one. The colon is not in AWS's message, but in its documentation, and in the tags that
 * CloudFormation sets.
 *
 * Source: kinesis.md, section 9; API Reference, "TagResource".
 */
#ifndef MR_SIM_STREAM_STREAM_TAGS_H
#define MR_SIM_STREAM_STREAM_TAGS_H

#include "sim/stream/stream.h"

#define MR_TAGS_MAX 50

typedef struct mr_tag {
    const char *key, *value;
} mr_tag;

/* Whether all of a key or value are characters that tags may have, the per cent sign included. */
bool mr_tag_text_is_right(const char *text);

/* What adding these to something without tags would answer: for a CreateStream or a
 * RegisterStreamConsumer with tags, which is refused before anything is made. stream: the name that
 * messages have. Errors: MR_INVALID_ARGUMENT, as below. */
MR_NODISCARD mr_code mr_tags_check(const mr_streams *streams, const char *stream,
                                   const mr_tag *tags, size_t count, mr_error *err);

/*
 * Adds tags, or gives those that are there new values: all or none.
 *
 * consumer: name of the consumer whose tags they are; NULL: the stream's own.
 * Errors:   MR_INVALID_ARGUMENT (characters; more than 50 afterwards: AWS's text says 10), those of
 *           the database.
 */
MR_NODISCARD mr_code mr_stream_add_tags(mr_stream *stream, const char *consumer, const mr_tag *tags,
                                        size_t count, mr_error *err);
/* Removes tags by their keys; keys that are not there are fine. Errors: as above. */
MR_NODISCARD mr_code mr_stream_remove_tags(mr_stream *stream, const char *consumer,
                                           const char *const *keys, size_t count, mr_error *err);

/* A page of tags in byte order of keys. */
typedef struct mr_tag_page {
    mr_tag *tags; /* owned, with their texts; mr_tag_page_deinit() */
    size_t count;
    bool more; /* there are tags behind these */
} mr_tag_page;

/*
 * after: the key that the page begins behind; NULL: none.
 * most:  at least 1.
 * out:   written on MR_OK alone; owned.
 * Errors: those of the database.
 */
MR_NODISCARD mr_code mr_stream_list_tags(mr_stream *stream, const char *consumer, const char *after,
                                         size_t most, mr_tag_page *out, mr_error *err);
void mr_tag_page_deinit(mr_tag_page *page); /* a zeroed one is fine */

#endif
