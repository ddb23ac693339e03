/*
 * sentiment.h - how positive or negative an English text is: the VADER method.
 *
 * Words are looked up in a lexicon of rated words (sentiment_lexicon.h). The three words before a
 * rated one may boost it ("very"), dampen it ("hardly"), negate it ("not", "least", "n't") or make
 * an idiom of it; capitals among small letters, exclamation and question marks add emphasis; what
 * stands behind "but" counts more than what stands before it.
 *
 * Source: Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
 * Social Media Text", ICWSM-14. Scores are those of the npm package vader-sentiment 1.1.3, bit for
 * bit; a test compares them. Where that package and the Python original (vaderSentiment 3.3)
 * differ, this follows the package:
 *   - emoji are not described in words, so they count as words without a rating;
 *   - marks come off a word only as one of ". ! ? , ; : - ' " !! !!! ?? ??? ?!? !?! ?!?! !?!?", at
 * one end of it, and only if that leaves two characters: "good..." and "(good)" are not in the
 * lexicon;
 *   - negation, "but" and idioms are known in small letters (and "BUT"), "n't" too;
 *   - "just enough", "kind of" and "sort of" dampen, three words before a rated one at most; "no"
 * is rated but does not negate; there are seven idioms; "heart" and "flawed" have no rating;
 *   - a character beyond the basic plane counts as two, blanks are those of JavaScript.
 */
#ifndef MR_SIM_TEXT_SENTIMENT_H
#define MR_SIM_TEXT_SENTIMENT_H

#include "sim/base/bytes.h"

typedef struct mr_sentiment {
    double compound; /* -1 to 1, rounded to four decimals; 0 for a text without words */
    double
        positive; /* the parts of the text, 0 to 1, rounded to three decimals; their sum is 1, or */
    double negative; /* as near as rounding lets it, and 0 for a text without words */
    double neutral;
    const char *label; /* "positive" from 0.05 on, "negative" from -0.05 down, "neutral"; static */
} mr_sentiment;

/* The sentiment of a text of any bytes; what is not UTF-8 reads as U+FFFD. Allocates nothing; takes
 * time in proportion to the text. text: borrowed for the call. */
mr_sentiment mr_sentiment_of(mr_bytes text);

#endif
