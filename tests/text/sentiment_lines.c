/* sentiment_lines.c - scores texts for integration/sentiment_oracle_test.py: texts on standard
 * input, a NUL behind each; a line for each on standard output: compound, positive, negative,
 * neutral, label. */
#include "sim/base/strbuf.h"
#include "sim/text/sentiment.h"

#include <stdio.h>

#define INPUT_MAX (256 * MR_MIB)

int main(void)
{
    mr_strbuf input = mr_strbuf_make(INPUT_MAX);
    char piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof(piece), stdin)) > 0) {
        mr_strbuf_append(&input, piece, got);
    }
    if (ferror(stdin) || input.overflowed) {
        (void)fprintf(stderr, "sentiment_lines: standard input cannot be read\n");
        return 1;
    }
    for (size_t at = 0; at < input.len;) {
        mr_bytes rest = mr_bytes_make(input.at + at, input.len - at);
        mr_bytes text = mr_bytes_make(rest.at, mr_bytes_find(rest, '\0'));
        mr_sentiment s = mr_sentiment_of(text);
        (void)printf("%.17g %.17g %.17g %.17g %s\n", s.compound, s.positive, s.negative, s.neutral,
                     s.label);
        at += text.len + 1;
    }
    mr_strbuf_deinit(&input);
    return fflush(stdout) == 0 ? 0 : 1;
}
