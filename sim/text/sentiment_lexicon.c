/*
 * sentiment_lexicon.c - see sentiment_lexicon.h. The hash is FNV-1a over the word in lower case.
 * The table never changes and is less than half full, so a word that is not there is known to be
 * missing after a few steps, whatever the input.
 */
#include "sim/text/sentiment_lexicon.h"

#include "sim/text/sentiment_table.h"

/*
 * The word in lower case; 0 when no word of the table can be meant. All words are ASCII, and one
 * character beyond ASCII has an ASCII letter as its lower case: U+212A, the kelvin sign.
 */
static size_t fold(mr_bytes text, unsigned char key[MR_SENTIMENT_WORD_MAX])
{
    size_t len = 0;
    size_t at = 0;
    while (at < text.len) {
        unsigned char c = (unsigned char)text.at[at];
        if (len == MR_SENTIMENT_WORD_MAX) {
            return 0;
        }
        if (c < 0x80) {
            key[len++] = c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
            at++;
        } else if (text.len - at >= 3 && memcmp(text.at + at, "\xe2\x84\xaa", 3) == 0) {
            key[len++] = 'k';
            at += 3;
        } else {
            return 0;
        }
    }
    return len;
}

const mr_sentiment_word *mr_sentiment_word_find(mr_bytes text)
{
    unsigned char key[MR_SENTIMENT_WORD_MAX];
    size_t len = fold(text, key);
    if (len == 0) {
        return NULL;
    }
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ key[i]) * 16777619U;
    }
    for (size_t at = hash % MR_WORD_SLOTS; slots[at] != 0; at = (at + 1) % MR_WORD_SLOTS) {
        const mr_sentiment_word *word = &words[slots[at] - 1];
        if (word->len == len && memcmp(word->key, key, len) == 0) {
            return word;
        }
    }
    return NULL;
}
