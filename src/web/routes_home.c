/* routes_home.c - the page at /: a sentence in, its sentiment out, and the way to everything else.
 * A form and a whole page for an answer: it needs no script. */
#include "sim/text/sentiment.h"
#include "src/aws/uri.h"
#include "src/web/assets.h"
#include "src/web/html.h"
#include "src/web/sentence.h"
#include "src/web/web_private.h"

#define BODY_BYTES_MAX (64 * (size_t)MR_KIB)

/* ---- the page ---- */

/* What the form was sent with; zeroed: it was not. */
typedef struct home {
    mr_bytes sentence;
    const char *problem; /* NULL: the sentence is scored */
    bool is_answer;
} home;

static const char page_start[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>millrace</title>\n"
    "<link rel=\"icon\" href=\"/favicon.ico\">\n"
    "<link rel=\"stylesheet\" href=\"/_millrace/home.css\">\n"
    "</head>\n"
    "<body>\n"
    "<header>\n"
    "<h1>millrace</h1>\n"
    "<p>An AWS streaming pipeline on this machine.</p>\n"
    "<nav aria-label=\"Parts\">\n"
    "<ul>\n"
    "<li><a href=\"/_millrace/console\">Console</a></li>\n"
    "<li><a href=\"/_millrace/docs\">API</a></li>\n"
    "<li><a href=\"/_millrace/health\">Health</a></li>\n"
    "</ul>\n"
    "</nav>\n"
    "</header>\n"
    "<main>\n"
    "<h2>Sentiment of a sentence</h2>\n"
    "<form method=\"post\" action=\"/\">\n"
    "<label for=\"sentence\">A sentence in English</label>\n"
    "<textarea id=\"sentence\" name=\"sentence\" rows=\"3\" maxlength=\"5000\" required";

static const char page_end[] = "<section aria-labelledby=\"program\">\n"
                               "<h2 id=\"program\">From a program</h2>\n"
                               "<pre><code>curl -d '{\"sentence\": \"What a wonderful day!\"}' ";

static void write_score(mr_strbuf *out, const char *name, double value, int decimals)
{
    mr_strbuf_appendf(out, "<div><dt>%s</dt><dd>%.*f</dd></div>\n", name, decimals, value);
}

static void write_result(mr_strbuf *out, const home *h)
{
    mr_strbuf_append_text(out, "<section aria-labelledby=\"result\">\n");
    if (h->problem != NULL) {
        mr_strbuf_append_text(out, "<h2 id=\"result\">That cannot be rated</h2>\n"
                                   "<p id=\"problem\" role=\"alert\">");
        mr_html_text(out, mr_bytes_of(h->problem));
        mr_strbuf_append_text(out, ".</p>\n</section>\n");
        return;
    }
    const mr_sentiment s = mr_sentiment_of(h->sentence);
    mr_strbuf_appendf(out,
                      "<h2 id=\"result\">This is <strong class=\"%s\">%s</strong></h2>\n"
                      "<blockquote>",
                      s.label, s.label);
    mr_html_text(out, h->sentence);
    mr_strbuf_append_text(out, "</blockquote>\n<dl>\n");
    write_score(out, "compound", s.compound, 4);
    write_score(out, "positive", s.positive, 3);
    write_score(out, "negative", s.negative, 3);
    write_score(out, "neutral", s.neutral, 3);
    mr_strbuf_append_text(out, "</dl>\n</section>\n");
}

static void send_page(mr_http_request *request, int status, const home *h)
{
    mr_strbuf page = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* the sentence has its bound */
    mr_strbuf_append_text(&page, page_start);
    if (h->problem != NULL) {
        mr_strbuf_append_text(&page, " aria-invalid=\"true\" aria-describedby=\"problem\"");
    }
    mr_strbuf_append_text(&page, ">\n"); /* the first line feed in a textarea does not count */
    mr_html_text(&page, h->sentence);
    mr_strbuf_append_text(&page, "</textarea>\n<button>Rate it</button>\n</form>\n");
    if (h->is_answer) {
        write_result(&page, h);
    }
    mr_strbuf_append_text(&page, page_end);
    mr_strbuf_append_text(&page, mr_http_scheme(request));
    mr_strbuf_append_text(&page, "://");
    mr_html_text(&page, mr_http_authority(request));
    mr_strbuf_append_text(&page, "/curl</code></pre>\n</section>\n</main>\n</body>\n</html>\n");
    mr_web_send(request, status, "text/html; charset=utf-8", NULL, 0, mr_strbuf_bytes(&page));
    mr_strbuf_deinit(&page);
}

/* ---- the form ---- */

static void get_home(mr_web_call *call)
{
    send_page(call->request, 200, &(home){.is_answer = false});
}

/* The field "sentence" of a form's body, the first where it comes more than once. */
static void read_form(mr_bytes body, mr_strbuf *sentence)
{
    mr_uri_parameter parameter;
    while (mr_uri_next_parameter(&body, &parameter)) {
        if (mr_bytes_is(parameter.name, "sentence")) {
            mr_uri_decode(sentence, parameter.value, true);
            return;
        }
    }
}

static void post_home(mr_web_call *call)
{
    const mr_bytes body = mr_http_body(call->request);
    mr_strbuf sentence = mr_strbuf_make(body.len + 1);
    mr_strbuf message = mr_strbuf_make(1024);
    read_form(body, &sentence);
    home h = {.sentence = mr_strbuf_bytes(&sentence), .is_answer = true};
    const mr_web_failure *failure = mr_sentence_check(h.sentence, &message);
    if (failure != NULL) {
        h.problem = mr_strbuf_text(&message);
    }
    send_page(call->request, failure == NULL ? 200 : failure->status, &h);
    mr_strbuf_deinit(&message);
    mr_strbuf_deinit(&sentence);
}

/* ---- the style ---- */

static const char style[] =
    ":root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }\n"
    "body { margin: 0 auto; max-width: 44rem; padding: 1.5rem; }\n"
    "h1 { margin: 0; }\n"
    "header p { margin: 0; }\n"
    "nav ul { display: flex; flex-wrap: wrap; gap: 1.5rem; list-style: none; padding: 0; }\n"
    "label { display: block; margin-bottom: .25rem; }\n"
    "textarea { box-sizing: border-box; font: inherit; padding: .5rem; width: 100%; }\n"
    "button { font: inherit; margin-top: .5rem; padding: .4rem 1.2rem; }\n"
    "a:focus-visible, button:focus-visible, textarea:focus-visible\n"
    "{ outline: 3px solid Highlight; outline-offset: 2px; }\n"
    "section { margin-top: 2rem; }\n"
    "blockquote { border-left: 4px solid; margin: 0; overflow-wrap: anywhere;\n"
    "  padding-left: 1rem; white-space: pre-wrap; }\n"
    "dl { display: flex; flex-wrap: wrap; gap: 2rem; }\n"
    "dt { font-size: .9rem; }\n"
    "dd { font-variant-numeric: tabular-nums; font-weight: 600; margin: 0; }\n"
    "pre { border: 1px solid; overflow-wrap: anywhere; padding: .75rem; white-space: pre-wrap; }\n"
    ".positive { color: #04692c; }\n"
    ".negative { color: #a3161f; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  .positive { color: #62d98c; }\n"
    "  .negative { color: #ff8a90; }\n"
    "}\n";

static void get_style(mr_web_call *call)
{
    const mr_http_header_field caching = {"Cache-Control", "max-age=3600"};
    mr_web_send(call->request, 200, "text/css; charset=utf-8", &caching, 1, mr_bytes_of(style));
}

/* Also where no page says where it is: browsers ask for it by themselves. */
static void get_icon(mr_web_call *call)
{
    const mr_asset *icon = mr_asset_of_file("icon.svg");
    if (icon == NULL) {
        mr_web_fail(call->request, &mr_web_not_found, "this build has no console, and no icon");
    } else {
        mr_asset_answer(icon, call->request);
    }
}

static void send_on(mr_web_call *call, const char *to)
{
    const mr_http_header_field location = {"Location", to};
    mr_web_send(call->request, 302, "text/plain; charset=utf-8", &location, 1, mr_bytes_of(to));
}

static void go_to_console(mr_web_call *call)
{
    send_on(call, "/_millrace/console");
}

static void go_to_docs(mr_web_call *call)
{
    send_on(call, "/_millrace/docs");
}

/* ---- the rows ---- */

#define WAY(from, words, to)                                                                       \
    {                                                                                              \
        .method = "GET", .path = (from), .tag = "Pages", .summary = (words),                       \
        .guard = MR_WEB_OWN_HOST, .status = 302, .hidden = true, .any_query = true, .handle = (to) \
    }

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/",
                                       .tag = "Pages",
                                       .summary = "The home page",
                                       .guard = MR_WEB_OPEN,
                                       .answer_type = "text/html",
                                       .hidden = true,
                                       .handle = get_home},
                                      {.method = "POST",
                                       .path = "/",
                                       .tag = "Pages",
                                       .summary = "The home page with a sentence's sentiment",
                                       .guard = MR_WEB_OPEN,
                                       .body_bytes_max = BODY_BYTES_MAX,
                                       .body_type = "application/x-www-form-urlencoded",
                                       .answer_type = "text/html",
                                       .hidden = true,
                                       .handle = post_home},
                                      {.method = "GET",
                                       .path = "/_millrace/home.css",
                                       .tag = "Pages",
                                       .summary = "The home page's style",
                                       .guard = MR_WEB_OPEN,
                                       .answer_type = "text/css",
                                       .hidden = true,
                                       .handle = get_style},
                                      {.method = "GET",
                                       .path = "/favicon.ico",
                                       .tag = "Pages",
                                       .summary = "The icon",
                                       .guard = MR_WEB_OPEN,
                                       .answer_type = "image/svg+xml",
                                       .hidden = true,
                                       .any_query = true,
                                       .handle = get_icon},
                                      WAY("/_millrace", "To the console", go_to_console),
                                      WAY("/_millrace/", "To the console", go_to_console),
                                      WAY("/_millrace/docs/", "To the document", go_to_docs)};

const mr_web_group mr_web_home_routes = {routes, MR_COUNT(routes)};
