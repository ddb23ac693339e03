/* sentiment_fuzz.c - the sentiment of any bytes: scores within their bounds, parts that make a
 * whole, and the label that goes with the compound. */
#include "sim/text/sentiment.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(double part)
{
    MR_ASSERT(part >= 0 && part <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_sentiment s = mr_sentiment_of(mr_bytes_make(data, size));
    MR_ASSERT(s.compound >= -1 && s.compound <= 1);
    check_part(s.positive);
    check_part(s.negative);
    check_part(s.neutral);
    double whole = s.positive + s.negative + s.neutral;
    MR_ASSERT(whole == 0 || fabs(whole - 1) < 0.0021);
    MR_ASSERT(whole > 0 || s.compound == 0);
    MR_ASSERT(strcmp(s.label, "positive") == 0 ? s.compound >= 0.05 : s.compound < 0.05);
    MR_ASSERT(strcmp(s.label, "negative") == 0 ? s.compound <= -0.05 : s.compound > -0.05);
    return 0;
}
