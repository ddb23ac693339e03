/* sentiment_test.c - rows whose scores are known. Each is what vader-sentiment 1.1.3 gives;
 * tests/integration/sentiment_oracle_test.py compares many thousand more with the package itself.
 */
#include "sim/text/sentiment.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "tests/check.h"

#include <stdio.h>

typedef struct row {
    const char *text;
    const char *want; /* compound positive negative neutral label */
} row;

static void check_text(const char *label, mr_bytes text, const char *want)
{
    mr_sentiment s = mr_sentiment_of(text);
    char got[128];
    (void)snprintf(got, sizeof(got), "%g %g %g %g %s", s.compound, s.positive, s.negative,
                   s.neutral, s.label);
    CHECK_STR(label, got, want);
}

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_text(rows[i].text, mr_bytes_of(rows[i].text), rows[i].want);
    }
}

static void test_words_are_rated_by_the_lexicon(void **state)
{
    (void)state;
    static const row rows[] = {
        {"good", "0.4404 1 0 0 positive"},
        {"Good", "0.4404 1 0 0 positive"},
        {"bad", "-0.5423 0 1 0 negative"},
        {"table", "0 0 0 1 neutral"},
        {"The food was good", "0.4404 0.492 0 0.508 positive"},
        {"good bad", "-0.1531 0.453 0.547 0 negative"},
        {"", "0 0 0 0 neutral"},
        {"a b c", "0 0 0 0 neutral"},
        {" \t\n", "0 0 0 0 neutral"},
        {"okay fine", "0.4019 1 0 0 positive"},
        {""
         "\xe2"
         "\x84"
         "\xaa"
         "ind words",
         "0.5267 0.773 0 0.227 positive"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_marks_come_off_in_few_ways(void **state)
{
    (void)state;
    static const row rows[] = {
        {"good!", "0.4926 1 0 0 positive"},   {"\"good", "0.4404 1 0 0 positive"},
        {"good?!?", "0.5502 1 0 0 positive"}, {"good...", "0 0 0 1 neutral"},
        {"(good)", "0 0 0 1 neutral"},        {"!good!", "0 0 0 1 neutral"},
        {"don't!", "0 0 0 1 neutral"},        {":) hi", "0.4588 0.75 0 0.25 positive"},
        {"good :)", "0.7096 1 0 0 positive"}, {"XD lol", "0.8091 1 0 0 positive"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_boosters_and_dampeners_count_less_from_afar(void **state)
{
    (void)state;
    static const row rows[] = {
        {"very good", "0.4927 0.762 0 0.238 positive"},
        {"very quite good", "0.5379 0.634 0 0.366 positive"},
        {"very the good", "0.4902 0.614 0 0.386 positive"},
        {"very the old good", "0.4877 0.513 0 0.487 positive"},
        {"hardly good", "0.3832 0.723 0 0.277 positive"},
        {"VERY good stuff", "0.6028 0.663 0 0.337 positive"},
        {"very bad", "-0.5849 0 0.791 0.209 negative"},
        {"kind of good", "0.4404 0.592 0 0.408 positive"},
        {"it was kind of good", "0.3832 0.395 0 0.605 positive"},
        {"he is sort of good", "0.3832 0.395 0 0.605 positive"},
        {"we had just enough good", "0.3832 0.395 0 0.605 positive"},
        {"so bad", "-0.5849 0 0.791 0.209 negative"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_negation_turns_a_rating(void **state)
{
    (void)state;
    static const row rows[] = {
        {"not good", "-0.3412 0 0.706 0.294 negative"},
        {"Not good", "0.4404 0.744 0 0.256 positive"},
        {"not very good", "-0.3865 0 0.567 0.433 negative"},
        {"not the good", "-0.3412 0 0.546 0.454 negative"},
        {"not the old good", "-0.3412 0 0.445 0.555 negative"},
        {"not the very old good", "0.4902 0.443 0 0.557 positive"},
        {"isn't good", "-0.3412 0 0.706 0.294 negative"},
        {"ISN'T good", "0.4404 0.744 0 0.256 positive"},
        {"couldn't've good", "-0.3412 0 0.706 0.294 negative"},
        {"never so good", "0.6474 0.682 0 0.318 positive"},
        {"never this good", "0.5927 0.658 0 0.342 positive"},
        {"never was so good", "0.5777 0.555 0 0.445 positive"},
        {"it was never so good", "0.7279 0.561 0 0.439 positive"},
        {"without good", "-0.3412 0 0.706 0.294 negative"},
        {"least good", "-0.3412 0 0.706 0.294 negative"},
        {"at least good", "0.4404 0.592 0 0.408 positive"},
        {"very least good", "0.4902 0.614 0 0.386 positive"},
        {"the least good", "-0.3412 0 0.546 0.454 negative"},
        {"no good", "0.1779 0.569 0.431 0 positive"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_capitals_stand_out_among_small_letters(void **state)
{
    (void)state;
    static const row rows[] = {
        {"GOOD", "0.4404 1 0 0 positive"},
        {"GOOD food", "0.5622 0.784 0 0.216 positive"},
        {"good FOOD", "0.4404 0.744 0 0.256 positive"},
        {"BAD food", "-0.6408 0 0.809 0.191 negative"},
        {"GOOD FOOD", "0.4404 0.744 0 0.256 positive"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_what_stands_behind_but_counts_more(void **state)
{
    (void)state;
    static const row rows[] = {
        {"good but bad", "-0.5859 0.253 0.617 0.13 negative"},
        {"good BUT bad", "-0.5859 0.253 0.617 0.13 negative"},
        {"good But bad", "-0.1531 0.392 0.473 0.135 negative"},
        {"good but, bad", "-0.5859 0.253 0.617 0.13 negative"},
        {"bad but good but bad", "-0.4854 0.3 0.545 0.156 negative"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_marks_add_emphasis(void **state)
{
    (void)state;
    static const row rows[] = {
        {"good!!", "0.5399 1 0 0 positive"},
        {"good!!!!", "0 0 0 1 neutral"},
        {"good !!!!!!!!", "0.6209 0.803 0 0.197 positive"},
        {"bad!!!", "-0.6571 0 1 0 negative"},
        {"good ?", "0.4404 1 0 0 positive"},
        {"good ??", "0.504 0.765 0 0.235 positive"},
        {"good ???", "0.533 0.775 0 0.225 positive"},
        {"good ????", "0.594 0.794 0 0.206 positive"},
        {"table !!!", "0 0 0 1 neutral"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_idioms_have_ratings_of_their_own(void **state)
{
    (void)state;
    static const row rows[] = {
        {"this is the very shit", "-0.5984 0 0.493 0.507 negative"},
        {"I say yeah right", "0.296 0.524 0 0.476 positive"},
        {"that was a bad ass movie", "-0.25 0.278 0.389 0.333 negative"},
        {"the food was the bomb", "0.6124 0.5 0 0.5 positive"},
        {"he will surely cut the mustard", "0.7096 0.596 0 0.404 positive"},
        {"it was the kiss of death", "-0.6124 0 0.556 0.444 negative"},
        {"we live from hand to mouth", "-0.4588 0 0.375 0.625 negative"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_emoji_are_words_without_a_rating(void **state)
{
    (void)state;
    static const row rows[] = {
        {"good "
         "\xf0"
         "\x9f"
         "\x98"
         "\x80"
         "",
         "0.4404 0.744 0 0.256 positive"},
        {"good "
         "\xe2"
         "\x9d"
         "\xa4"
         "",
         "0.4404 1 0 0 positive"},
        {""
         "\xf0"
         "\x9f"
         "\x98"
         "\xa1"
         " "
         "\xf0"
         "\x9f"
         "\x98"
         "\xa1"
         "",
         "0 0 0 1 neutral"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_bytes_that_are_not_utf8_read_as_the_replacement_character(void **state)
{
    (void)state;
    static const char *const bad[] = {"good \xff\xfe food", "good \xe2\x82\xf0\x9f food"};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        check_text("two characters are a word", mr_bytes_of(bad[i]),
                   "0.4404 0.592 0 0.408 positive");
    }
    check_text("one is none", MR_BYTES_LITERAL("good \xff food"), "0.4404 0.744 0 0.256 positive");
    check_text("a NUL is a character", mr_bytes_make("good\0 food", 10), "0 0 0 1 neutral");
    check_text("it does not end the text", mr_bytes_make("\0\0 good", 7),
               "0.4404 0.744 0 0.256 positive");
}

static void test_a_tie_is_rounded_away_from_zero(void **state)
{
    (void)state;
    /* 2 of 1.9 + 0.5 + 4: 0.3125 exactly, which printf() would round to 0.312 */
    check_text("toFixed", MR_BYTES_LITERAL("good zealous table table"),
               "0.5267 0.688 0 0.313 positive");
}

static void test_the_time_is_in_proportion_to_the_text(void **state)
{
    (void)state;
    /* Long words, quotes and marks: what a search that starts over would take hours for. */
    static const struct {
        const char *label, *piece, *want;
    } texts[] = {
        {"one long word", "n''", "0 0 0 1 neutral"},
        {"marks", "!", "0 0 0 1 neutral"},
        {"rated words", "good ", "1 1 0 0 positive"},
        {"negations", "not ", "0 0 0 1 neutral"},
    };
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        while (text.len < 4 * MR_MIB) {
            mr_strbuf_append_text(&text, texts[i].piece);
        }
        check_text(texts[i].label, mr_strbuf_bytes(&text), texts[i].want);
        mr_strbuf_deinit(&text);
    }
}

static void test_the_corpus_keeps_within_its_bounds(void **state)
{
    (void)state;
    CHECK_CORPUS(sentiment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_rated_by_the_lexicon),
        cmocka_unit_test(test_marks_come_off_in_few_ways),
        cmocka_unit_test(test_boosters_and_dampeners_count_less_from_afar),
        cmocka_unit_test(test_negation_turns_a_rating),
        cmocka_unit_test(test_capitals_stand_out_among_small_letters),
        cmocka_unit_test(test_what_stands_behind_but_counts_more),
        cmocka_unit_test(test_marks_add_emphasis),
        cmocka_unit_test(test_idioms_have_ratings_of_their_own),
        cmocka_unit_test(test_emoji_are_words_without_a_rating),
        cmocka_unit_test(test_bytes_that_are_not_utf8_read_as_the_replacement_character),
        cmocka_unit_test(test_a_tie_is_rounded_away_from_zero),
        cmocka_unit_test(test_the_time_is_in_proportion_to_the_text),
        cmocka_unit_test(test_the_corpus_keeps_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
