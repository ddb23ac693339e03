/*
 * text_word.h - the words of a text as VADER takes them: what stands between blanks, without
 * certain marks at one end, if two characters are left. A single character is not a word.
 *
 * Characters and blanks are JavaScript's: a character beyond the basic plane counts as two, a byte
 * that is not UTF-8 as one. Marks come off in one piece, one of . ! ? , ; : - ' " !! !!! ?? ??? ?!?
 * !?!
 * ?!?! !?!? and only when the word has no other mark: "don't!" and "(good)" stay as they are.
 */
#ifndef MR_SIM_TEXT_TEXT_WORD_H
#define MR_SIM_TEXT_TEXT_WORD_H

#include "sim/base/bytes.h"

typedef struct mr_text_word {
    mr_bytes text; /* borrowed from the text; len 0: there are no more */
    bool is_upper; /* it has capitals and no small letters, of those in ASCII */
} mr_text_word;

/* Takes the next word, and what is before it, from the front of *text: any bytes. */
mr_text_word mr_text_word_next(mr_bytes *text);

#endif
