/* sigv4_read.c - what a request says of itself: the Authorization header or the X-Amz-* parameters
 * of the query, taken apart. See sigv4.h. */
#include "src/aws/sigv4_private.h"

#include "src/aws/uri.h"

mr_bytes sigv4_header(const mr_sigv4_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (mr_bytes_equal_nocase(request->headers[i].name, mr_bytes_of(name))) {
            return mr_bytes_trim(request->headers[i].value);
        }
    }
    return (mr_bytes){NULL, 0};
}

/* ---- the credential ---- */

/* Trailing slashes do not count. The first part is the access key in any case; the scope is known
 * only when there are five. */
static void split_credential(mr_sigv4_auth *auth)
{
    mr_bytes rest = auth->credential;
    while (rest.len > 0 && rest.at[rest.len - 1] == '/') {
        rest.len--;
    }
    mr_bytes parts[5] = {{NULL, 0}};
    size_t count = 0;
    for (bool more = true; more; count++) {
        size_t len = mr_bytes_find(rest, '/');
        more = len < rest.len;
        if (count < MR_COUNT(parts)) {
            parts[count] = mr_bytes_make(rest.at, len);
        }
        rest = more ? mr_bytes_make(rest.at + len + 1, rest.len - len - 1) : (mr_bytes){NULL, 0};
    }
    auth->access_key = parts[0];
    if (count == MR_COUNT(parts)) {
        auth->date = parts[1];
        auth->region = parts[2];
        auth->service = parts[3];
        auth->terminator = parts[4];
    }
}

/* ---- the header ---- */

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t';
}

/* Takes the next word between commas and blanks; len 0 at the end. */
static mr_bytes next_word(mr_bytes *rest)
{
    while (rest->len > 0 && is_separator(rest->at[0])) {
        *rest = mr_bytes_make(rest->at + 1, rest->len - 1);
    }
    size_t len = 0;
    while (len < rest->len && !is_separator(rest->at[len])) {
        len++;
    }
    mr_bytes word = mr_bytes_make(rest->at, len);
    *rest = mr_bytes_make(rest->at + len, rest->len - len);
    return word;
}

/* "Name=value"; what follows a second '=' does not count, of two the last one does. */
static void take_header_parameter(mr_sigv4_auth *auth, mr_bytes word)
{
    size_t equals = mr_bytes_find(word, '=');
    if (equals == word.len) {
        return;
    }
    mr_bytes name = mr_bytes_make(word.at, equals);
    mr_bytes value = mr_bytes_make(word.at + equals + 1, word.len - equals - 1);
    value.len = mr_bytes_find(value, '=');
    if (mr_bytes_is(name, "Credential")) {
        auth->credential = value;
    } else if (mr_bytes_is(name, "Signature")) {
        auth->signature = value;
    } else if (mr_bytes_is(name, "SignedHeaders")) {
        auth->signed_headers = value;
    }
}

static mr_sigv4_outcome read_header(const mr_sigv4_request *request, mr_sigv4_auth *auth,
                                    mr_strbuf *message)
{
    mr_bytes rest = auth->authorization;
    auth->algorithm = next_word(&rest);
    for (mr_bytes word = next_word(&rest); word.len > 0; word = next_word(&rest)) {
        take_header_parameter(auth, word);
    }
    auth->time = sigv4_header(request, "x-amz-date");
    if (auth->time.len == 0) {
        auth->time = sigv4_header(request, "date");
    }
    auth->session_token = sigv4_header(request, "x-amz-security-token");

    const struct {
        mr_bytes value;
        const char *lacks;
    } needs[] = {
        {auth->credential, "Authorization header requires 'Credential' parameter. "},
        {auth->signature, "Authorization header requires 'Signature' parameter. "},
        {auth->signed_headers, "Authorization header requires 'SignedHeaders' parameter. "},
        {auth->time, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                     "'Date' header. "},
    };
    bool complete = true;
    for (size_t i = 0; i < MR_COUNT(needs); i++) {
        if (needs[i].value.len == 0) {
            mr_strbuf_append_text(message, needs[i].lacks);
            complete = false;
        }
    }
    if (!complete) {
        mr_strbuf_append_text(message, "Authorization=");
        mr_strbuf_append_bytes(message, auth->authorization);
    }
    return complete ? MR_SIGV4_OK : MR_SIGV4_INCOMPLETE;
}

/* ---- the query ---- */

/* A parameter's text without its %XX, in auth->decoded, which has the room. */
static mr_bytes decode(mr_sigv4_auth *auth, mr_bytes encoded)
{
    size_t from = auth->decoded.len;
    mr_uri_decode(&auth->decoded, encoded, true);
    return mr_bytes_make(auth->decoded.at + from, auth->decoded.len - from);
}

/* The place for the value of this parameter; NULL: it is none of ours. */
static mr_bytes *place_of(mr_sigv4_auth *auth, mr_bytes name)
{
    const struct {
        const char *name;
        mr_bytes *place;
    } places[] = {
        {"X-Amz-Algorithm", &auth->algorithm},          {"X-Amz-Credential", &auth->credential},
        {"X-Amz-Signature", &auth->signature},          {"X-Amz-Date", &auth->time},
        {"X-Amz-SignedHeaders", &auth->signed_headers}, {"X-Amz-Expires", &auth->expires},
        {"X-Amz-Security-Token", &auth->session_token},
    };
    for (size_t i = 0; i < MR_COUNT(places); i++) {
        if (mr_bytes_is(name, places[i].name)) {
            return places[i].place;
        }
    }
    return NULL;
}

static void scan_query(const mr_sigv4_request *request, mr_sigv4_auth *auth)
{
    mr_bytes rest = request->query;
    mr_uri_parameter parameter;
    /* Decoded text is never longer: one reservation, and no view ever moves. */
    (void)mr_strbuf_reserve(&auth->decoded, request->query.len);
    while (mr_uri_next_parameter(&rest, &parameter)) {
        mr_bytes *place = place_of(auth, decode(auth, parameter.name));
        if (place != NULL && place->at == NULL) { /* of two the first counts */
            *place = decode(auth, parameter.value);
        }
    }
}

static mr_sigv4_outcome check_query(const mr_sigv4_auth *auth, mr_strbuf *message)
{
    const struct {
        mr_bytes value;
        const char *name;
    } needs[] = {
        {auth->algorithm, "X-Amz-Algorithm"}, {auth->credential, "X-Amz-Credential"},
        {auth->signature, "X-Amz-Signature"}, {auth->signed_headers, "X-Amz-SignedHeaders"},
        {auth->time, "X-Amz-Date"},
    };
    bool complete = true;
    for (size_t i = 0; i < MR_COUNT(needs); i++) {
        if (needs[i].value.len == 0) {
            mr_strbuf_appendf(message, "AWS query-string parameters must include '%s'. ",
                              needs[i].name);
            complete = false;
        }
    }
    if (!complete) {
        mr_strbuf_append_text(message, "Re-examine the query-string parameters.");
    }
    return complete ? MR_SIGV4_OK : MR_SIGV4_INCOMPLETE;
}

/* ---- both ---- */

mr_sigv4_outcome mr_sigv4_read(const mr_sigv4_request *request, mr_sigv4_auth *out,
                               mr_strbuf *message)
{
    *out = (mr_sigv4_auth){.decoded = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_bytes authorization = sigv4_header(request, "authorization");
    scan_query(request, out);
    bool in_query = out->algorithm.at != NULL;

    mr_sigv4_outcome outcome;
    if (authorization.len > 0 && in_query) {
        mr_strbuf_append_text(message, "Found both 'X-Amz-Algorithm' as a query-string param and "
                                       "'Authorization' as HTTP header.");
        outcome = MR_SIGV4_TWICE;
    } else if (in_query) {
        out->presigned = true;
        outcome = check_query(out, message);
    } else if (authorization.len > 0) {
        /* Other X-Amz-* parameters count for nothing. */
        *out = (mr_sigv4_auth){.decoded = out->decoded, .authorization = authorization};
        outcome = read_header(request, out, message);
    } else {
        mr_strbuf_append_text(message, "Missing Authentication Token");
        outcome = MR_SIGV4_MISSING;
    }
    split_credential(out);
    return outcome;
}

void mr_sigv4_auth_deinit(mr_sigv4_auth *auth)
{
    mr_strbuf_deinit(&auth->decoded);
}
