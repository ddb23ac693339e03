/*
 * sentiment_lexicon.h - the words that sentiment.c knows: VADER's lexicon, and the words that
 * boost, dampen and negate. A table that scripts/sentiment-lexicon writes, found by hash.
 */
#ifndef MR_SIM_TEXT_SENTIMENT_LEXICON_H
#define MR_SIM_TEXT_SENTIMENT_LEXICON_H

#include "sim/base/bytes.h"

#define MR_SENTIMENT_WORD_MAX 19 /* bytes of the longest word */

typedef enum mr_sentiment_role {
    MR_WORD_BOOSTS = 1,
    MR_WORD_DAMPENS = 2,
    MR_WORD_NEGATES = 4, /* only when it is written in lower case */
} mr_sentiment_role;

typedef struct mr_sentiment_word {
    char key[MR_SENTIMENT_WORD_MAX + 1]; /* in lower case */
    uint8_t len;
    int8_t tenths; /* the mean rating, -39 to 34; 0: the word is not rated */
    uint8_t roles; /* of mr_sentiment_role */
} mr_sentiment_word;

/* The row of this word, whatever its case; NULL when the table does not have it. text: any bytes.
 */
const mr_sentiment_word *mr_sentiment_word_find(mr_bytes text);

#endif
