/*
 * sentiment.c - see sentiment.h.
 *
 * The text is read twice. The first reading finds what concerns all of it: capitals, "but", marks.
 * The second looks up each word and rates it, in a window of the three words before it and the two
 * behind. So nothing of the text is kept. The sums are made in the order of the words and each rule
 * is applied where the original applies it: floating point gives the same digits in no other order.
 * (The build forbids the compiler to contract a product and a sum, see sim/CMakeLists.txt.)
 */
#include "sim/text/sentiment.h"

#include "sim/text/sentiment_lexicon.h"
#include "sim/text/text_word.h"

#include <math.h>

/* The weights that the authors measured. */
#define BOOST           0.293 /* "very", and with the sign turned "hardly" */
#define CAPITALS        0.733
#define NEGATION        (-0.74)
#define EXCLAMATION     0.292 /* each of up to four */
#define QUESTION        0.18  /* each of two or three */
#define QUESTIONS_MANY  0.96
#define SPREAD          15.0 /* what brings a sum of ratings between -1 and 1 */
#define BEFORE_BUT      0.5
#define BEHIND_BUT      1.5
#define LABEL_THRESHOLD 0.05

#define WORDS_BEFORE 3
#define WORDS_BEHIND 2
#define NONE         SIZE_MAX

/* ---- words ---- */

typedef struct word {
    mr_bytes text; /* len 0: there is no such word */
    bool is_upper;
    const mr_sentiment_word *row;
} word;

static word word_next(mr_bytes *text)
{
    mr_text_word next = mr_text_word_next(text);
    return (word){.text = next.text, .is_upper = next.is_upper};
}

static bool word_is(const word *w, const char *text)
{
    return mr_bytes_is(w->text, text);
}

/* The same, whatever the word's case. The text must be one that the table has. */
static bool word_means(const word *w, const char *text)
{
    return w->row != NULL && strcmp(w->row->key, text) == 0;
}

static bool is_rated(const word *w)
{
    return w->row != NULL && w->row->tenths != 0;
}

static bool has_role(const word *w, unsigned roles)
{
    return w->row != NULL && (w->row->roles & roles) != 0;
}

static bool negates(const word *w)
{
    if (has_role(w, MR_WORD_NEGATES) && word_is(w, w->row->key)) {
        return true;
    }
    mr_bytes rest = w->text;
    for (size_t at = mr_bytes_find(rest, '\''); at < rest.len; at = mr_bytes_find(rest, '\'')) {
        if (at > 0 && at + 1 < rest.len && rest.at[at - 1] == 'n' && rest.at[at + 1] == 't') {
            return true;
        }
        rest = mr_bytes_make(rest.at + at + 1, rest.len - at - 1);
    }
    return false;
}

/* ---- the first reading: what concerns the whole text ---- */

typedef struct survey {
    bool has_both_cases; /* some words are in capitals, and some are not */
    size_t but;          /* the number of the word, counted from 0; NONE */
    double emphasis;     /* of the marks */
} survey;

static double emphasis_of(mr_bytes text)
{
    size_t exclamations = 0;
    size_t questions = 0;
    for (size_t i = 0; i < text.len; i++) {
        exclamations += text.at[i] == '!';
        questions += text.at[i] == '?';
    }
    double emphasis = (double)mr_min_size(exclamations, 4) * EXCLAMATION;
    if (questions > 3) {
        return emphasis + QUESTIONS_MANY;
    }
    return questions > 1 ? emphasis + (double)questions * QUESTION : emphasis;
}

static survey survey_of(mr_bytes text)
{
    survey s = {.emphasis = emphasis_of(text)};
    size_t count = 0;
    size_t upper = 0;
    size_t but = NONE;
    size_t but_upper = NONE;
    for (word w = word_next(&text); w.text.len > 0; w = word_next(&text)) {
        if (but == NONE && word_is(&w, "but")) {
            but = count;
        }
        if (but_upper == NONE && word_is(&w, "BUT")) {
            but_upper = count;
        }
        upper += w.is_upper;
        count++;
    }
    s.has_both_cases = upper > 0 && upper < count;
    s.but = but != NONE ? but : but_upper;
    return s;
}

/* ---- the second: a word's rating, by the words around it ---- */

typedef struct window {
    word words[WORDS_BEFORE + 1 + WORDS_BEHIND];
    size_t index; /* of the word in the middle */
    bool has_both_cases;
} window;

static const word *word_at(const window *w, int offset)
{
    return &w->words[WORDS_BEFORE + offset];
}

/* How much this word changes a rating that stands behind it. */
static double boost_of(const window *w, const word *before, double rating)
{
    if (!has_role(before, MR_WORD_BOOSTS | MR_WORD_DAMPENS)) {
        return 0;
    }
    double boost = has_role(before, MR_WORD_BOOSTS) ? BOOST : -BOOST;
    if (rating < 0) {
        boost = -boost;
    }
    if (w->has_both_cases && before->is_upper) {
        boost += rating > 0 ? CAPITALS : -CAPITALS;
    }
    return boost;
}

static bool is_so_or_this(const word *w)
{
    return word_is(w, "so") || word_is(w, "this");
}

/* Negation at this distance; "never so good" praises. */
static double negated(const window *w, int distance, double rating)
{
    const word *before = word_at(w, -distance);
    bool is_never = word_is(before, "never");
    if (distance == 2 && is_never && is_so_or_this(word_at(w, -1))) {
        return rating * 1.5;
    }
    if (distance == 3 &&
        (is_so_or_this(word_at(w, -1)) || (is_never && is_so_or_this(word_at(w, -2))))) {
        return rating * 1.25;
    }
    return negates(before) ? rating * NEGATION : rating;
}

/* Whether the words from this offset on are these, up to the first NULL. */
static bool words_are(const window *w, int offset, const char *const texts[3], int count)
{
    for (int i = 0; i < count; i++) {
        if (texts[i] == NULL || !word_is(word_at(w, offset + i), texts[i])) {
            return false;
        }
    }
    return count == 3 || texts[count] == NULL;
}

/* Sets *rating to that of the idiom of so many words at this offset. False when there is none. */
static bool idiom_at(const window *w, int offset, int count, double *rating)
{
    static const struct {
        const char *words[3];
        double rating;
    } idioms[] = {
        {{"the", "shit", NULL}, 3},     {{"the", "bomb", NULL}, 3},
        {{"bad", "ass", NULL}, 1.5},    {{"yeah", "right", NULL}, -2},
        {{"cut", "the", "mustard"}, 2}, {{"kiss", "of", "death"}, -1.5},
        {{"hand", "to", "mouth"}, -2},
    };
    for (size_t i = 0; i < MR_COUNT(idioms); i++) {
        if (words_are(w, offset, idioms[i].words, count)) {
            *rating = idioms[i].rating;
            return true;
        }
    }
    return false;
}

static bool dampens_as_pair(const window *w, int offset)
{
    static const char *const pairs[][3] = {
        {"just", "enough", NULL}, {"kind", "of", NULL}, {"sort", "of", NULL}};
    for (size_t i = 0; i < MR_COUNT(pairs); i++) {
        if (words_are(w, offset, pairs[i], 2)) {
            return true;
        }
    }
    return false;
}

/* What idioms around a word, which has three before it, make of its rating. */
static double by_idioms(const window *w, double rating)
{
    static const struct {
        int offset, count;
    } places[] = {{-1, 2}, {-2, 3}, {-2, 2}, {-3, 3}, {-3, 2}};

    for (size_t i = 0; i < MR_COUNT(places); i++) {
        if (idiom_at(w, places[i].offset, places[i].count, &rating)) {
            break;
        }
    }
    (void)idiom_at(w, 0, 2, &rating);
    (void)idiom_at(w, 0, 3, &rating);
    if (dampens_as_pair(w, -3) || dampens_as_pair(w, -2)) {
        rating -= BOOST;
    }
    return rating;
}

/* "least" negates, but not in "at least" and "very least". */
static bool is_least(const window *w)
{
    const word *second = word_at(w, -2);
    return word_means(word_at(w, -1), "least") && !word_means(second, "at") &&
           !word_means(second, "very");
}

/* The rating of the word in the middle, which is a rated one. */
static double rate(const window *w)
{
    static const double nearness[WORDS_BEFORE + 1] = {0, 1.0, 0.95, 0.9};
    const word *middle = word_at(w, 0);
    double rating = middle->row->tenths / 10.0;
    if (middle->is_upper && w->has_both_cases) {
        rating += rating > 0 ? CAPITALS : -CAPITALS;
    }
    for (int distance = 1; distance <= WORDS_BEFORE && (size_t)distance <= w->index; distance++) {
        const word *before = word_at(w, -distance);
        if (is_rated(before)) {
            continue;
        }
        rating += boost_of(w, before, rating) * nearness[distance];
        rating = negated(w, distance, rating);
        if (distance == WORDS_BEFORE) {
            rating = by_idioms(w, rating);
        }
    }
    return is_least(w) ? rating * NEGATION : rating;
}

static double rate_any(const window *w)
{
    const word *middle = word_at(w, 0);
    bool is_kind_of = word_means(middle, "kind") && word_means(word_at(w, 1), "of");
    if (!is_rated(middle) || is_kind_of || has_role(middle, MR_WORD_BOOSTS | MR_WORD_DAMPENS)) {
        return 0;
    }
    return rate(w);
}

static void advance(window *w, mr_bytes *text)
{
    memmove(&w->words[0], &w->words[1], sizeof(w->words) - sizeof(w->words[0]));
    word *last = &w->words[MR_COUNT(w->words) - 1];
    *last = word_next(text);
    last->row = mr_sentiment_word_find(last->text);
}

/* ---- scores ---- */

typedef struct sums {
    double all;
    double positive, negative; /* a rated word counts one more, to weigh as much as a neutral one */
    size_t neutral;
    size_t count;
} sums;

static sums sum_up(mr_bytes text, const survey *whole)
{
    sums s = {0};
    window w = {.has_both_cases = whole->has_both_cases};
    for (int i = 0; i < WORDS_BEHIND + 1; i++) {
        advance(&w, &text);
    }
    while (word_at(&w, 0)->text.len > 0) {
        double rating = rate_any(&w);
        if (whole->but != NONE && w.index != whole->but) {
            rating *= w.index < whole->but ? BEFORE_BUT : BEHIND_BUT;
        }
        s.all += rating;
        if (rating > 0) {
            s.positive += rating + 1;
        } else if (rating < 0) {
            s.negative += rating - 1;
        } else {
            s.neutral++;
        }
        s.count++;
        advance(&w, &text);
        w.index++;
    }
    return s;
}

/*
 * The multiple of 1/scale that is nearest to the exact value, of two the one farther from 0, as
 * Number.prototype.toFixed() rounds. A product is off by a bit where it matters; fma() says on
 * which side of the middle between two multiples the exact one lies.
 */
static double rounded(double value, double scale)
{
    double size = fabs(value);
    double steps = floor(size * scale + 0.5);
    if (fma(size, 2 * scale, -(2 * steps - 1)) < 0) {
        steps -= 1;
    } else if (fma(size, 2 * scale, -(2 * steps + 1)) >= 0) {
        steps += 1;
    }
    return steps == 0 ? 0 : copysign(steps / scale, value);
}

static const char *label_of(double compound)
{
    if (compound >= LABEL_THRESHOLD) {
        return "positive";
    }
    return compound <= -LABEL_THRESHOLD ? "negative" : "neutral";
}

mr_sentiment mr_sentiment_of(mr_bytes text)
{
    survey whole = survey_of(text);
    sums s = sum_up(text, &whole);
    if (s.count == 0) {
        return (mr_sentiment){.label = label_of(0)};
    }
    if (s.all != 0) {
        s.all += s.all > 0 ? whole.emphasis : -whole.emphasis;
    }
    double negative = fabs(s.negative);
    if (s.positive > negative) {
        s.positive += whole.emphasis;
    } else if (s.positive < negative) {
        negative += whole.emphasis;
    }
    double total = s.positive + negative + (double)s.neutral;
    mr_sentiment out = {
        .compound = rounded(s.all / sqrt(s.all * s.all + SPREAD), 10000),
        .positive = rounded(s.positive / total, 1000),
        .negative = rounded(negative / total, 1000),
        .neutral = rounded((double)s.neutral / total, 1000),
    };
    out.label = label_of(out.compound);
    return out;
}
