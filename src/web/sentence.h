/*
 * sentence.h - reads {"sentence": "..."}, and nothing else: what POST /_millrace/sentiment takes.
 *
 * The body must be one JSON object with one member. A tree (cJSON) would let a key that comes twice
 * pass, and could not tell {1: "x"} from other bad JSON, so the text is walked as it stands. Every
 * way to be wrong has a failure of its own.
 */
#ifndef MR_SRC_WEB_SENTENCE_H
#define MR_SRC_WEB_SENTENCE_H

#include "sim/base/strbuf.h"
#include "src/web/route.h"

#define MR_SENTENCE_BYTES_MAX 5000

/* All that can be wrong, ended by NULL: for the rows that take a sentence. */
extern const mr_web_failure *const mr_sentence_failures[];

/*
 * Reads a body.
 *
 * sentence: out, an empty buffer with room for the whole body: what the sentence says, in UTF-8.
 * message:  when it is wrong: what is, and how to mend it; appended.
 * Returns:  NULL when the body is right; otherwise what is wrong.
 */
MR_NODISCARD const mr_web_failure *mr_sentence_read(mr_bytes body, mr_strbuf *sentence,
                                                    mr_strbuf *message);

/* Whether a text can be scored: it is not empty, not too long, and has an English letter. The same
 * answers; for a text that came in another way (the form). */
MR_NODISCARD const mr_web_failure *mr_sentence_check(mr_bytes text, mr_strbuf *message);

#endif
