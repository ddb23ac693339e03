/*
 * guard.c - who may ask, so that no web page elsewhere can read or drive a local millrace.
 *
 * A page can make a browser send requests here in two ways. Under our own address it is
 * "cross-site": the browser says so in Origin and Sec-Fetch-Site, which no page can change. And a
 * name that the page's owner points at 127.0.0.1 (DNS rebinding) makes it same-origin: then Host is
 * that name, which is none of ours. Programs send neither header, and reach us by address or by a
 * name that --host or --allow-host gave.
 */
#include "src/web/web_private.h"

#include <string.h>

const mr_web_failure mr_web_host_refused = {
    "host-refused", 403, "The Host header is a name that this server was not told to answer to."};
const mr_web_failure mr_web_origin_refused = {
    "origin-refused", 403, "The request comes from a web page that is not this server's own."};

/* "[::1]:4566" is "[::1]", "localhost:4566" is "localhost". */
static mr_bytes without_port(mr_bytes authority)
{
    if (authority.len > 0 && authority.at[0] == '[') {
        size_t end = mr_bytes_find(authority, ']');
        return end < authority.len ? mr_bytes_make(authority.at, end + 1) : authority;
    }
    return mr_bytes_make(authority.at, mr_bytes_find(authority, ':'));
}

static bool is_name(mr_bytes host, const char *name)
{
    return mr_bytes_equal_nocase(host, mr_bytes_of(name));
}

static bool is_suffix_nocase(mr_bytes host, const char *suffix)
{
    size_t n = strlen(suffix);
    return host.len > n &&
           mr_bytes_equal_nocase(mr_bytes_make(host.at + host.len - n, n), mr_bytes_of(suffix));
}

/* An address is no name that somebody else could point here. */
static bool is_address(mr_bytes host)
{
    if (host.len > 0 && host.at[0] == '[') {
        return true;
    }
    size_t dots = 0;
    for (size_t i = 0; i < host.len; i++) {
        const char c = (char)host.at[i];
        dots += c == '.';
        if (c != '.' && (c < '0' || c > '9')) {
            return false;
        }
    }
    return dots == 3;
}

static bool is_own_host(const mr_web *web, mr_bytes authority)
{
    const mr_bytes host = without_port(authority);
    /* ".localhost" is this machine by RFC 6761; the other name is LocalStack's, of 127.0.0.1. */
    if (is_address(host) || is_name(host, "localhost") || is_suffix_nocase(host, ".localhost") ||
        is_name(host, "localhost.localstack.cloud") ||
        is_suffix_nocase(host, ".localhost.localstack.cloud") || is_name(host, web->host)) {
        return true;
    }
    for (char **other = web->other_hosts; *other != NULL; other++) {
        if (is_name(host, *other)) {
            return true;
        }
    }
    return false;
}

/* "http://localhost:4566", when that is the address that was asked. */
static bool is_own_origin(const mr_http_request *request, mr_bytes origin)
{
    const char *scheme = mr_http_scheme(request);
    const size_t n = strlen(scheme);
    const mr_bytes authority = mr_http_authority(request);
    return origin.len == n + 3 + authority.len && memcmp(origin.at, scheme, n) == 0 &&
           memcmp(origin.at + n, "://", 3) == 0 &&
           mr_bytes_equal_nocase(mr_bytes_make(origin.at + n + 3, authority.len), authority);
}

static bool is_from_own_page(const mr_http_request *request)
{
    const mr_bytes site = mr_http_header(request, "sec-fetch-site");
    if (site.len > 0 && !mr_bytes_is(site, "same-origin") && !mr_bytes_is(site, "none")) {
        return false;
    }
    const mr_bytes origin = mr_http_header(request, "origin");
    return origin.at == NULL || is_own_origin(request, origin);
}

bool mr_web_guard_pass(const mr_web *web, const mr_web_route *route, mr_http_request *request)
{
    const mr_bytes authority = mr_http_authority(request);
    if (route->guard != MR_WEB_OPEN && authority.len == 0) {
        mr_web_fail(request, &mr_web_host_refused,
                    "the Host header is missing, or empty; send the name by which this server is "
                    "reached, such as localhost");
        return false;
    }
    if (route->guard != MR_WEB_OPEN && !is_own_host(web, authority)) {
        mr_web_fail(request, &mr_web_host_refused,
                    "this server does not answer to the name %.*s here, so that no web page "
                    "elsewhere can; start it with --allow-host %.*s if the name is right",
                    (int)mr_min_size(authority.len, 128), authority.at,
                    (int)mr_min_size(without_port(authority).len, 128), authority.at);
        return false;
    }
    if (route->guard == MR_WEB_OWN_ORIGIN && !is_from_own_page(request)) {
        mr_web_fail(request, &mr_web_origin_refused,
                    "a web page of another origin may not change anything here; use the console, "
                    "or a program");
        return false;
    }
    return true;
}
