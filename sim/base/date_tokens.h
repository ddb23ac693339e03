/*
 * date_tokens.h - what a date pattern is compiled to; shared by date_pattern.c, which
 * compiles, date_format.c and date_parse.c. Nobody else includes it.
 */
#ifndef MR_SIM_BASE_DATE_TOKENS_H
#define MR_SIM_BASE_DATE_TOKENS_H

#include "sim/base/date_pattern.h"

/* What a number stands for. */
typedef enum date_field {
    DATE_YEAR,          /* u */
    DATE_YEAR_OF_ERA,   /* y */
    DATE_WEEK_YEAR,     /* Y */
    DATE_QUARTER,       /* Q q */
    DATE_MONTH,         /* M L */
    DATE_WEEK,          /* w */
    DATE_WEEK_OF_MONTH, /* W */
    DATE_DAY,           /* d */
    DATE_DAY_OF_YEAR,   /* D */
    DATE_ALIGNED_DAY,   /* F */
    DATE_WEEKDAY,       /* e c E: 1 = Sunday .. 7 = Saturday */
    DATE_HOUR,          /* H: 0-23 */
    DATE_CLOCK_HOUR,    /* k: 1-24 */
    DATE_HALF_HOUR,     /* K: 0-11 */
    DATE_HALF_CLOCK,    /* h: 1-12 */
    DATE_AM_PM,         /* a: 0 or 1 */
    DATE_MINUTE,        /* m */
    DATE_SECOND,        /* s */
    DATE_NANO,          /* n S: of the second */
    DATE_MILLI_OF_DAY,  /* A */
    DATE_NANO_OF_DAY,   /* N */
    DATE_ERA,           /* G: 0 is BC, 1 is AD */
    DATE_OFFSET,        /* X x Z O, in seconds */
    DATE_FIELD_COUNT
} date_field;

typedef enum date_token_kind {
    DATE_TOKEN_LITERAL,
    DATE_TOKEN_NUMBER,
    DATE_TOKEN_TWO_DIGIT_YEAR,
    DATE_TOKEN_FRACTION, /* digits of the second's fraction, `min` of them */
    DATE_TOKEN_TEXT,     /* a name: one of `names` */
    DATE_TOKEN_OFFSET,
    DATE_TOKEN_OPTIONAL_BEGIN,
    DATE_TOKEN_OPTIONAL_END
} date_token_kind;

typedef struct date_names {
    const char *const *text; /* of value `first`, first + 1, ... */
    uint8_t count;
    uint8_t first;
} date_names;

/* How an offset is written. */
typedef enum date_offset_style {
    DATE_OFFSET_HOURS,           /* +01, +0130 */
    DATE_OFFSET_PLAIN,           /* +0100 */
    DATE_OFFSET_COLON,           /* +01:00 */
    DATE_OFFSET_PLAIN_SECONDS,   /* +0100, +010030 */
    DATE_OFFSET_COLON_SECONDS,   /* +01:00, +01:00:30 */
    DATE_OFFSET_LOCALIZED_SHORT, /* GMT+1 */
    DATE_OFFSET_LOCALIZED_FULL   /* GMT+01:00 */
} date_offset_style;

typedef struct date_token {
    uint8_t kind;
    uint8_t field;
    uint8_t min, max;     /* digits */
    uint8_t reserve;      /* digits of the fixed-width numbers that follow with nothing between */
    uint8_t offset_style; /* DATE_TOKEN_OFFSET */
    bool zero_is_z;       /* DATE_TOKEN_OFFSET: zero is "Z" */
    bool exceeds_pad;     /* a number past its minimum of digits begins with '+' */
    uint16_t at, len;     /* DATE_TOKEN_LITERAL: in the pattern's literals */
    uint16_t match;       /* DATE_TOKEN_OPTIONAL_BEGIN: the place of its end */
    date_names names;     /* DATE_TOKEN_TEXT */
} date_token;

struct mr_date_pattern {
    uint16_t count;
    mr_date_unit unit;
    char *literals; /* owned */
    date_token tokens[];
};

#endif
