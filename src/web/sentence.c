/* sentence.c - see sentence.h. */
#include "src/web/sentence.h"

#include "sim/format/json_text.h"
#include "src/aws/decode.h"
#include "src/web/bad_json.h"

#define SHAPE       "{\"sentence\": \"Write it here.\"}"
#define SHOWN_BYTES 64

static const mr_web_failure empty_payload = {"empty-payload", 400, "The body is empty."};
static const mr_web_failure not_json = {"not-json", 400,
                                        "The body is not JSON; the message has the byte."};
static const mr_web_failure key_not_string = {
    "key-not-string", 400, "A key is not a string in double quotes, as in {1: \"x\"}."};
static const mr_web_failure not_an_object = {"not-an-object", 400,
                                             "The body is JSON, but no object."};
static const mr_web_failure no_element = {"no-element", 400, "The object is empty."};
static const mr_web_failure many_elements = {
    "more-than-one-element", 400,
    "The object has more than one element, the same one twice included."};
static const mr_web_failure wrong_key = {"wrong-key", 400,
                                         "The object's one key is not \"sentence\"."};
static const mr_web_failure not_a_string = {"sentence-not-string", 400,
                                            "The sentence is no string."};
static const mr_web_failure empty_sentence = {"sentence-empty", 400,
                                              "The sentence is empty, or blank."};
static const mr_web_failure no_letter = {"no-english-letter", 400,
                                         "The sentence has no letter from A to Z."};
static const mr_web_failure too_long = {"sentence-too-long", 413,
                                        "The sentence has more than 5,000 bytes of UTF-8."};

const mr_web_failure *const mr_sentence_failures[] = {&empty_payload,
                                                      &not_json,
                                                      &key_not_string,
                                                      &not_an_object,
                                                      &no_element,
                                                      &many_elements,
                                                      &wrong_key,
                                                      &not_a_string,
                                                      &empty_sentence,
                                                      &no_letter,
                                                      &too_long,
                                                      &mr_web_media_type_refused,
                                                      NULL};

/* ---- a key that is none ---- */

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '$' || c == '-' || c == '\'';
}

/* Behind a value, or a bare word, that stands where a key must; p when there is neither. */
static const char *after_other_key(const char *p, const char *end)
{
    mr_field field;
    const char *after = mr_json_value_after(p, end, &field);
    if (after != NULL) {
        return after;
    }
    while (p < end && is_word_byte(*p)) {
        p++;
    }
    return p;
}

/* Behind the member at p and the comma that follows it; NULL when it is the last, or no member. */
static const char *after_member(const char *p, const char *end)
{
    bool escaped;
    mr_field field;
    p = mr_json_string_after(p + 1, end, &escaped);
    p = p == NULL ? end : mr_json_skip_blanks(p, end);
    if (p == end || *p != ':') {
        return NULL;
    }
    p = mr_json_skip_blanks(p + 1, end);
    p = p == end ? NULL : mr_json_value_after(p, end, &field);
    p = p == NULL ? end : mr_json_skip_blanks(p, end);
    return p == end || *p != ',' ? NULL : mr_json_skip_blanks(p + 1, end);
}

/* Whether it is an object but for a key that is not in double quotes. offset: out, where that is.
 */
static bool has_other_key(mr_bytes text, size_t *offset)
{
    const char *end = text.at + text.len;
    const char *p = mr_json_skip_blanks(text.at, end);
    if (p == end || *p != '{') {
        return false;
    }
    p = mr_json_skip_blanks(p + 1, end);
    while (p != NULL && p < end && *p == '"') {
        p = after_member(p, end);
    }
    if (p == NULL || p == end) {
        return false;
    }
    const char *after = after_other_key(p, end);
    *offset = (size_t)(p - text.at);
    return after > p && (after = mr_json_skip_blanks(after, end)) < end && *after == ':';
}

/* ---- the sentence ---- */

static bool has_english_letter(mr_bytes text)
{
    MR_ASSERT(text.at != NULL);
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
            return true;
        }
    }
    return false;
}

const mr_web_failure *mr_sentence_check(mr_bytes text, mr_strbuf *message)
{
    if (text.len > MR_SENTENCE_BYTES_MAX) {
        mr_strbuf_appendf(message,
                          "the sentence has %zu bytes; the most is %d: send a long text in parts",
                          text.len, MR_SENTENCE_BYTES_MAX);
        return &too_long;
    }
    if (mr_bytes_trim(text).len == 0) {
        mr_strbuf_append_text(message, "the sentence is empty; write one in English");
        return &empty_sentence;
    }
    if (!has_english_letter(text)) {
        mr_strbuf_append_text(message,
                              "the sentence has no letter from A to Z, so there is no word "
                              "to rate; write one in English");
        return &no_letter;
    }
    return NULL;
}

static const mr_web_failure *read_value(mr_field value, mr_strbuf *sentence, mr_strbuf *message)
{
    const mr_bytes raw = mr_field_bytes(value);
    if (value.kind != MR_FIELD_TEXT && value.kind != MR_FIELD_ESCAPED) {
        mr_strbuf_appendf(message, "the sentence is %.*s; put it in double quotes, as in " SHAPE,
                          (int)mr_min_size(raw.len, SHOWN_BYTES), raw.at);
        return &not_a_string;
    }
    if (value.kind == MR_FIELD_TEXT) {
        mr_strbuf_append_bytes(sentence, raw);
    } else {
        mr_json_unescape(raw, sentence);
    }
    return mr_sentence_check(mr_strbuf_bytes(sentence), message);
}

/* ---- the object ---- */

static bool is_sentence(const mr_json_walk *walk)
{
    mr_strbuf key = mr_strbuf_make(walk->key.len + 1);
    mr_json_unescape(walk->key, &key);
    const bool is_it = mr_bytes_is(mr_strbuf_bytes(&key), "sentence");
    mr_strbuf_deinit(&key);
    return is_it;
}

static const mr_web_failure *read_object(mr_field object, mr_strbuf *sentence, mr_strbuf *message)
{
    size_t count = 0;
    mr_bytes key = {NULL, 0};
    mr_field value = {.kind = MR_FIELD_MISSING};
    bool is_named = false;
    for (mr_json_walk walk = mr_json_walk_begin(object); mr_json_walk_next(&walk); count++) {
        key = walk.key;
        value = walk.value;
        is_named = is_sentence(&walk);
    }
    if (count == 0) {
        mr_strbuf_append_text(message, "the object has no element; send " SHAPE);
        return &no_element;
    }
    if (count > 1) {
        mr_strbuf_appendf(message,
                          "the object has %zu elements; send one sentence at a time, as in " SHAPE,
                          count);
        return &many_elements;
    }
    if (!is_named) {
        mr_strbuf_appendf(message, "the key is \"%.*s\"; it must be \"sentence\", as in " SHAPE,
                          (int)mr_min_size(key.len, SHOWN_BYTES), key.at);
        return &wrong_key;
    }
    return read_value(value, sentence, message);
}

static const mr_web_failure *read_bad_json(mr_bytes body, size_t offset, mr_strbuf *message)
{
    size_t key_offset;
    if (has_other_key(body, &key_offset)) {
        mr_strbuf_appendf(
            message, "the key at byte %zu is not a string; put it in double quotes, as in " SHAPE,
            key_offset);
        return &key_not_string;
    }
    mr_strbuf_append_text(message, "the ");
    mr_bad_json_say(message, body, offset);
    mr_strbuf_append_text(message, "; send " SHAPE);
    return &not_json;
}

const mr_web_failure *mr_sentence_read(mr_bytes body, mr_strbuf *sentence, mr_strbuf *message)
{
    if (mr_bytes_trim(body).len == 0) {
        mr_strbuf_append_text(message, "the body is empty; send " SHAPE);
        return &empty_payload;
    }
    size_t offset = 0;
    if (!mr_aws_is_json(body, &offset)) {
        return read_bad_json(body, offset, message);
    }
    const char *end = body.at + body.len;
    const char *p = mr_json_skip_blanks(body.at, end);
    mr_field value;
    const char *after = mr_json_value_after(p, end, &value);
    MR_ASSERT(after != NULL); /* it is JSON */
    if (value.kind != MR_FIELD_OBJECT) {
        mr_strbuf_append_text(message, "the body is JSON, but no object; send " SHAPE);
        return &not_an_object;
    }
    return read_object(value, sentence, message);
}
