/*
 * builtin_sentiment.c - JSON to JSON with the sentiment of one of its members.
 *
 * Members go from the record to the line as they stand, numbers with all their digits and strings
 * with their escapes: only blanks between tokens are left out, and U+FFFD takes the place of what
 * is not UTF-8. data/reviews/handler/score.py writes the same bytes.
 */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/lambda/builtin_internal.h"
#include "sim/lambda/json_reader.h"
#include "sim/text/sentiment.h"

#define REPLACED_SIZE 3 /* U+FFFD, for a single byte at worst */

static const char default_label[] = "sentiment";
static const char default_scores[] = "sentiment_scores";

/* ---- options ---- */

/* Names are compared with keys as they stand in the record, so they have nothing to be escaped. */
static mr_code check_name(const char *option, const char *name, mr_error *err)
{
    if (name == NULL || name[0] == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin sentiment needs %s, the name of a member", option);
    }
    if (mr_json_plain_run(mr_bytes_of(name), 0) < strlen(name)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin sentiment: %s \"%s\" is not of plain ASCII characters", option,
                            name);
    }
    return MR_OK;
}

static mr_code check_names(const mr_builtin *b, mr_error *err)
{
    const struct {
        const char *option, *name;
    } names[] = {{"Field", b->field}, {"Label", b->label}, {"Scores", b->scores}};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        mr_code code = check_name(names[i].option, names[i].name, err);
        if (code != MR_OK) {
            return code;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(names[i].name, names[j].name) == 0) {
                return mr_error_set(err, MR_INVALID_ARGUMENT,
                                    "builtin sentiment: %s and %s are both \"%s\"", names[j].option,
                                    names[i].option, names[i].name);
            }
        }
    }
    return MR_OK;
}

mr_code mr_builtin_sentiment_init(mr_builtin *b, const mr_builtin_options *options, mr_error *err)
{
    if (options->column_count > 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "builtin sentiment keeps all members: it has no Columns");
    }
    b->field = mr_strdup(options->field);
    b->label = mr_strdup(options->label == NULL ? default_label : options->label);
    b->scores = mr_strdup(options->scores == NULL ? default_scores : options->scores);
    b->partition_key = mr_strdup(options->partition_key);
    return check_names(b, err);
}

void mr_builtin_sentiment_deinit(mr_builtin *b)
{
    mr_free(b->field);
    mr_free(b->label);
    mr_free(b->scores);
    mr_free(b->partition_key);
}

/* ---- writing ---- */

/* Copies well-formed JSON without the blanks between its tokens. Returns the place behind. */
static char *put_compact(char *out, mr_bytes json)
{
    const char *at = json.at;
    const char *end = json.at + json.len;
    bool in_string = false;
    while (at < end) {
        if ((unsigned char)*at >= 0x80) {
            out = mr_builtin_put_utf8(out, &at, end);
            continue;
        }
        if (!in_string && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
            at++;
            continue;
        }
        if (in_string && *at == '\\') {
            *out++ = *at++; /* what is escaped is no quote that ends the string */
        } else if (*at == '"') {
            in_string = !in_string;
        }
        *out++ = *at++;
    }
    return out;
}

/* The members that are added, and the end of the line. */
static void append_members(const mr_builtin *b, const mr_sentiment *sentiment, mr_strbuf *out)
{
    mr_strbuf_append_char(out, ',');
    mr_json_append_string(out, mr_bytes_of(b->label));
    mr_strbuf_append_char(out, ':');
    mr_json_append_string(out, mr_bytes_of(sentiment->label));
    mr_strbuf_append_char(out, ',');
    mr_json_append_string(out, mr_bytes_of(b->scores));
    mr_strbuf_append_text(out, ":{\"compound\":");
    mr_json_append_double(out, sentiment->compound);
    mr_strbuf_append_text(out, ",\"positive\":");
    mr_json_append_double(out, sentiment->positive);
    mr_strbuf_append_text(out, ",\"negative\":");
    mr_json_append_double(out, sentiment->negative);
    mr_strbuf_append_text(out, ",\"neutral\":");
    mr_json_append_double(out, sentiment->neutral);
    mr_strbuf_append_text(out, "}}\n");
}

size_t mr_builtin_sentiment_bound(const mr_builtin *b, size_t len)
{
    static const char literals[] = ",\"\":\"negative\",\"\":{\"compound\":,\"positive\":,"
                                   "\"negative\":,\"neutral\":}}\n";
    return len * REPLACED_SIZE + sizeof(literals) + strlen(b->label) + strlen(b->scores) +
           4 * (size_t)MR_BUILTIN_SCALAR_SIZE;
}

/* ---- reading ---- */

/* Writes the record's members at *out, up to its closing brace, and moves it. Returns the value of
 * the field as it stands; len 0 when there is none. */
static mr_bytes copy_members(const mr_builtin *b, mr_json_reader *r, char **out)
{
    mr_bytes field = {NULL, 0};
    mr_bytes key;
    char mark = '{';
    (void)mr_json_reader_object(r);
    while (mr_json_reader_member(r, &key)) {
        (void)mr_json_reader_peek(r); /* over the blanks */
        const char *start = r->at;
        if (!mr_json_reader_skip(r)) {
            break;
        }
        if (mr_json_raw_is(key, b->label) || mr_json_raw_is(key, b->scores)) {
            continue;
        }
        mr_bytes value = mr_bytes_make(start, (size_t)(r->at - start));
        if (mr_json_raw_is(key, b->field)) {
            field = value;
        }
        *(*out)++ = mark;
        mark = ',';
        *out = put_compact(*out, mr_bytes_make(key.at - 1, key.len + 2)); /* with its quotes */
        *(*out)++ = ':';
        *out = put_compact(*out, value);
    }
    return field;
}

size_t mr_builtin_sentiment(mr_builtin *b, mr_bytes record, char *out, const char **why)
{
    mr_json_reader r = mr_json_reader_make(record);
    char *end = out;
    b->last_label = NULL;
    if (mr_json_reader_peek(&r) != MR_JSON_OBJECT) {
        *why = "the record is not a JSON object";
        return 0;
    }
    mr_bytes field = copy_members(b, &r, &end);
    if (!mr_json_reader_done(&r)) {
        *why = "the record is not one JSON object";
        return 0;
    }
    if (field.len == 0 || field.at[0] != '"') {
        *why = "the record has no string member of the name of Field";
        return 0;
    }
    mr_strbuf_reset(&b->scratch);
    mr_json_raw_decode(mr_bytes_make(field.at + 1, field.len - 2), &b->scratch);
    mr_sentiment sentiment = mr_sentiment_of(mr_strbuf_bytes(&b->scratch));
    b->last_label = sentiment.label;

    mr_strbuf_reset(&b->scratch);
    append_members(b, &sentiment, &b->scratch);
    memcpy(end, b->scratch.at, b->scratch.len);
    return (size_t)(end - out) + b->scratch.len;
}
