/* endpoint.c - see endpoint.h. The grammar of URLs is http-parser's. */
#include "src/net/endpoint.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"

#include <http_parser.h>

#define URL_BYTES_MAX    2048
#define REGION_BYTES_MAX 63

static mr_bytes part_of(const struct http_parser_url *parsed, const char *url, unsigned field)
{
    return (parsed->field_set & 1u << field) == 0
               ? (mr_bytes){NULL, 0}
               : mr_bytes_make(url + parsed->field_data[field].off, parsed->field_data[field].len);
}

/* 127.0.0.0/8 as an address, not as the beginning of somebody's name. */
static bool is_loopback_address(mr_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9')) {
            return false;
        }
    }
    return mr_bytes_starts_with(host, MR_BYTES_LITERAL("127."));
}

static bool is_loopback(mr_bytes host)
{
    return mr_bytes_equal_nocase(host, MR_BYTES_LITERAL("localhost")) ||
           mr_bytes_ends_with(host, MR_BYTES_LITERAL(".localhost")) || mr_bytes_is(host, "::1") ||
           is_loopback_address(host);
}

static mr_code refuse(const char *url, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "endpoint %s: give a URL such as http://localhost:4566", url);
}

mr_code mr_endpoint_parse(const char *url, mr_endpoint *out, mr_error *err)
{
    *out = (mr_endpoint){0};
    struct http_parser_url parsed;
    http_parser_url_init(&parsed);
    size_t len = strlen(url);
    if (len > URL_BYTES_MAX || http_parser_parse_url(url, len, 0, &parsed) != 0) {
        return refuse(url, err);
    }
    mr_bytes schema = part_of(&parsed, url, UF_SCHEMA);
    mr_bytes host = part_of(&parsed, url, UF_HOST);
    mr_bytes path = part_of(&parsed, url, UF_PATH);
    bool tls = mr_bytes_equal_nocase(schema, MR_BYTES_LITERAL("https"));
    bool plain = mr_bytes_equal_nocase(schema, MR_BYTES_LITERAL("http"));
    unsigned more = 1u << UF_QUERY | 1u << UF_FRAGMENT | 1u << UF_USERINFO;
    if ((!tls && !plain) || host.len == 0 || (parsed.field_set & more) != 0) {
        return refuse(url, err);
    }

    unsigned port = (parsed.field_set & 1u << UF_PORT) == 0 ? 0 : parsed.port;
    bool is_v6 = mr_bytes_find(host, ':') < host.len;
    mr_strbuf name = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&name, is_v6 ? "[%.*s]" : "%.*s", (int)host.len, host.at);
    if (port != 0 && port != (tls ? 443u : 80u)) {
        mr_strbuf_appendf(&name, ":%u", port);
    }
    out->host = mr_strbuf_take(&name);
    out->path = path.len == 0 ? mr_strdup("/") : mr_bytes_dup(path);
    out->url = mr_format("%s://%s%s", tls ? "https" : "http", out->host, out->path);
    out->loopback = is_loopback(host);
    return MR_OK;
}

mr_code mr_endpoint_of_region(const char *service, const char *region, mr_endpoint *out,
                              mr_error *err)
{
    *out = (mr_endpoint){0};
    size_t len = strlen(region);
    bool fine = len > 0 && len <= REGION_BYTES_MAX &&
                strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == len && region[0] != '-';
    if (!fine) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "region %s: give the name of one, such as us-east-1", region);
    }
    bool is_china = strncmp(region, "cn-", 3) == 0;
    char *url = mr_format("https://%s.%s.amazonaws.com%s/", service, region, is_china ? ".cn" : "");
    mr_code code = mr_endpoint_parse(url, out, err);
    mr_free(url);
    return code;
}

void mr_endpoint_deinit(mr_endpoint *endpoint)
{
    mr_free(endpoint->url);
    mr_free(endpoint->host);
    mr_free(endpoint->path);
    *endpoint = (mr_endpoint){0};
}
