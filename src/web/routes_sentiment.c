/* routes_sentiment.c - the sentiment of one sentence: POST /_millrace/sentiment, and POST /curl,
 * which is the same and also takes the media type that `curl -d` sends by itself. */
#include "sim/base/json.h"
#include "sim/text/sentiment.h"
#include "src/web/sentence.h"
#include "src/web/web_private.h"

#define BODY_BYTES_MAX (64 * (size_t)MR_KIB)

static void send_sentiment(mr_http_request *request, mr_bytes sentence)
{
    const mr_sentiment sentiment = mr_sentiment_of(sentence);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* the sentence has its bound */
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_bytes(&json, "sentence", sentence);
    mr_json_field_string(&json, "label", sentiment.label);
    mr_json_key(&json, "compound");
    mr_json_double(&json, sentiment.compound);
    mr_json_key(&json, "positive");
    mr_json_double(&json, sentiment.positive);
    mr_json_key(&json, "negative");
    mr_json_double(&json, sentiment.negative);
    mr_json_key(&json, "neutral");
    mr_json_double(&json, sentiment.neutral);
    mr_json_object_end(&json);
    mr_web_send_json(request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void answer(mr_http_request *request)
{
    const mr_bytes body = mr_http_body(request);
    mr_strbuf sentence = mr_strbuf_make(body.len + 1);
    mr_strbuf message = mr_strbuf_make(1024);
    const mr_web_failure *failure = mr_sentence_read(body, &sentence, &message);
    if (failure == NULL) {
        send_sentiment(request, mr_strbuf_bytes(&sentence));
    } else {
        mr_web_fail(request, failure, "%s", mr_strbuf_text(&message));
    }
    mr_strbuf_deinit(&message);
    mr_strbuf_deinit(&sentence);
}

static bool has_media_type(const mr_http_request *request, const char *wanted)
{
    const mr_bytes type = mr_http_header(request, "content-type");
    const mr_bytes name = mr_bytes_trim(mr_bytes_make(type.at, mr_bytes_find(type, ';')));
    return mr_bytes_equal_nocase(name, mr_bytes_of(wanted));
}

/* A body that is not there has no media type: that it is missing is what is wrong. */
static bool is_empty(const mr_http_request *request)
{
    return mr_bytes_trim(mr_http_body(request)).len == 0;
}

static void post_sentiment(mr_web_call *call)
{
    if (is_empty(call->request) || has_media_type(call->request, "application/json")) {
        answer(call->request);
        return;
    }
    mr_web_fail(call->request, &mr_web_media_type_refused,
                "this takes a JSON object: send Content-Type: application/json");
}

static void post_curl(mr_web_call *call)
{
    if (is_empty(call->request) || has_media_type(call->request, "application/json") ||
        has_media_type(call->request, "application/x-www-form-urlencoded")) {
        answer(call->request);
        return;
    }
    mr_web_fail(call->request, &mr_web_media_type_refused,
                "this takes a JSON object: send Content-Type: application/json (or what curl -d "
                "sends by itself)");
}

/* ---- the rows ---- */

static const mr_web_field sentence_fields[] = {{.name = "sentence",
                                                .type = MR_WEB_STRING,
                                                .length_max = MR_SENTENCE_BYTES_MAX,
                                                .about = "English text, with a letter from A to Z.",
                                                .example = "\"What a wonderful day!\""}};
static const mr_web_shape sentence_shape =
    MR_WEB_SHAPE("Sentence", "One sentence, and no other element.", sentence_fields);

static const char *const labels[] = {"positive", "negative", "neutral", NULL};

static const mr_web_field sentiment_fields[] = {
    {.name = "sentence", .type = MR_WEB_STRING, .about = "What was sent."},
    {.name = "label",
     .type = MR_WEB_STRING,
     .words = labels,
     .about = "Positive from a compound of 0.05 on, negative from -0.05 down."},
    {.name = "compound",
     .type = MR_WEB_NUMBER,
     .least = -1,
     .most = 1,
     .about = "The sum of all ratings, brought to between -1 and 1; four decimals."},
    {.name = "positive",
     .type = MR_WEB_NUMBER,
     .least = 0,
     .most = 1,
     .about = "The part of the sentence that is positive; three decimals."},
    {.name = "negative",
     .type = MR_WEB_NUMBER,
     .least = 0,
     .most = 1,
     .about = "The part that is negative."},
    {.name = "neutral", .type = MR_WEB_NUMBER, .least = 0, .most = 1, .about = "The rest."}};
static const mr_web_shape sentiment_shape =
    MR_WEB_SHAPE("Sentiment", "How positive or negative a sentence is.", sentiment_fields);

static const mr_web_route routes[] = {
    {.method = "POST",
     .path = "/_millrace/sentiment",
     .tag = "Sentiment",
     .summary = "How positive or negative a sentence is",
     .about = "By VADER's lexicon and rules; nothing is stored. Anybody may ask.",
     .guard = MR_WEB_OPEN,
     .body_bytes_max = BODY_BYTES_MAX,
     .body_type = "application/json",
     .told = &sentence_shape,
     .answer = &sentiment_shape,
     .failures = mr_sentence_failures,
     .handle = post_sentiment},
    {.method = "POST",
     .path = "/curl",
     .tag = "Sentiment",
     .summary = "The same, at a short address for curl",
     .about = "Takes application/x-www-form-urlencoded too, which is what curl -d sends by itself; "
              "the body is the same JSON.",
     .guard = MR_WEB_OPEN,
     .body_bytes_max = BODY_BYTES_MAX,
     .body_type = "application/json",
     .told = &sentence_shape,
     .answer = &sentiment_shape,
     .failures = mr_sentence_failures,
     .handle = post_curl}};

const mr_web_group mr_web_sentiment_routes = {routes, MR_COUNT(routes)};
