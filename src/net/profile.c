/* profile.c - see profile.h. Two passes over config: the `services` section that a profile names
 * may stand before it. */
#include "src/net/profile.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/platform/platform.h"

#include <stddef.h>

#define BLANKS_FIRST(line) ((line).len > 0 && ((line).at[0] == ' ' || (line).at[0] == '\t'))

/* Where a setting is kept. */
static const struct {
    const char *key;
    size_t place;
} settings[] = {
    {"aws_access_key_id", offsetof(mr_profile, access_key)},
    {"aws_secret_access_key", offsetof(mr_profile, secret)},
    {"aws_session_token", offsetof(mr_profile, session_token)},
    {"region", offsetof(mr_profile, region)},
    {"ca_bundle", offsetof(mr_profile, ca_bundle)},
    {"endpoint_url", offsetof(mr_profile, endpoint_url)},
    {"services", offsetof(mr_profile, services)},
};

/* Settings with which credentials come from elsewhere. */
static const char *const elsewhere_keys[] = {
    "sso_session",       "sso_start_url",           "role_arn",      "credential_process",
    "credential_source", "web_identity_token_file", "login_session",
};

/* ---- one profile ---- */

void mr_profile_init(mr_profile *profile, const char *name)
{
    *profile = (mr_profile){.name = mr_strdup(name)};
}

void mr_profile_deinit(mr_profile *profile)
{
    for (size_t i = 0; i < MR_COUNT(settings); i++) {
        mr_free(*(char **)((char *)profile + settings[i].place));
    }
    mr_free(profile->kinesis_endpoint_url);
    mr_free(profile->elsewhere);
    mr_free(profile->name);
    *profile = (mr_profile){0};
}

static void replace(char **place, mr_bytes value)
{
    mr_free(*place);
    *place = value.len == 0 ? NULL : mr_bytes_dup(value);
}

static void take_setting(mr_profile *profile, mr_bytes key, mr_bytes value)
{
    for (size_t i = 0; i < MR_COUNT(settings); i++) {
        if (mr_bytes_equal_nocase(key, mr_bytes_of(settings[i].key))) {
            replace((char **)((char *)profile + settings[i].place), value);
            return;
        }
    }
    for (size_t i = 0; i < MR_COUNT(elsewhere_keys); i++) {
        if (profile->elsewhere == NULL &&
            mr_bytes_equal_nocase(key, mr_bytes_of(elsewhere_keys[i]))) {
            profile->elsewhere = mr_strdup(elsewhere_keys[i]);
        }
    }
}

/* ---- one file ---- */

typedef enum section { SECTION_OTHER, SECTION_PROFILE, SECTION_SERVICES } section;

/* What reading stands at. */
typedef struct reading {
    mr_profile *profile;
    mr_profile_file kind;
    bool services_pass; /* the second one, for the services section alone */
    section in;
    bool in_kinesis; /* below "kinesis =", where lines are indented */
} reading;

/* Takes the next line off the front of *text, without its end. */
static mr_bytes next_line(mr_bytes *text)
{
    size_t len = mr_bytes_find(*text, '\n');
    size_t taken = mr_min_size(len + 1, text->len);
    mr_bytes line = mr_bytes_make(text->at, len);
    *text = mr_bytes_make(text->at + taken, text->len - taken);
    return line;
}

/* "profile work", "profile \"my work\"": the name behind the word; len 0 when the word is another.
 */
static mr_bytes name_after(mr_bytes heading, const char *word)
{
    size_t len = strlen(word);
    if (!mr_bytes_starts_with(heading, mr_bytes_of(word)) || heading.len == len ||
        (heading.at[len] != ' ' && heading.at[len] != '\t')) {
        return (mr_bytes){NULL, 0};
    }
    mr_bytes name = mr_bytes_trim(mr_bytes_make(heading.at + len, heading.len - len));
    bool quoted = name.len >= 2 && (name.at[0] == '"' || name.at[0] == '\'') &&
                  name.at[name.len - 1] == name.at[0];
    return quoted ? mr_bytes_make(name.at + 1, name.len - 2) : name;
}

static bool is_our_profile(const reading *r, mr_bytes heading)
{
    mr_bytes name = heading;
    if (r->kind == MR_PROFILE_CONFIG && !mr_bytes_is(heading, "default")) {
        name = name_after(heading, "profile");
    }
    return name.len > 0 && mr_bytes_is(name, r->profile->name);
}

static bool is_our_services(const reading *r, mr_bytes heading)
{
    mr_bytes name = name_after(heading, "services");
    return r->kind == MR_PROFILE_CONFIG && name.len > 0 && r->profile->services != NULL &&
           mr_bytes_is(name, r->profile->services);
}

static bool take_heading(reading *r, mr_bytes line)
{
    size_t end = mr_bytes_find(line, ']');
    if (end == line.len) {
        return false;
    }
    mr_bytes heading = mr_bytes_trim(mr_bytes_make(line.at + 1, end - 1));
    r->in_kinesis = false;
    r->in = SECTION_OTHER;
    if (r->services_pass) {
        r->in = is_our_services(r, heading) ? SECTION_SERVICES : SECTION_OTHER;
    } else if (is_our_profile(r, heading)) {
        r->in = SECTION_PROFILE;
        r->profile->found = true;
    }
    return true;
}

/* "key = value" at the margin, or indented below another key. */
static bool take_line(reading *r, mr_bytes line)
{
    bool indented = BLANKS_FIRST(line);
    mr_bytes text = mr_bytes_trim(line);
    if (text.len == 0 || text.at[0] == '#' || text.at[0] == ';') {
        return true;
    }
    if (text.at[0] == '[' && !indented) {
        return take_heading(r, text);
    }
    size_t equals = mr_bytes_find(text, '=');
    if (equals == text.len || equals == 0) {
        return indented; /* a value that goes on: none of ours does */
    }
    mr_bytes key = mr_bytes_trim(mr_bytes_make(text.at, equals));
    mr_bytes value = mr_bytes_trim(mr_bytes_make(text.at + equals + 1, text.len - equals - 1));
    if (indented) {
        bool ours = r->in == SECTION_SERVICES && r->in_kinesis;
        if (ours && mr_bytes_equal_nocase(key, MR_BYTES_LITERAL("endpoint_url"))) {
            replace(&r->profile->kinesis_endpoint_url, value);
        }
        return true;
    }
    r->in_kinesis = mr_bytes_equal_nocase(key, MR_BYTES_LITERAL("kinesis"));
    if (r->in == SECTION_PROFILE) {
        take_setting(r->profile, key, value);
    }
    return true;
}

static mr_code parse_pass(mr_profile *profile, mr_profile_file kind, bool services_pass,
                          const char *name, mr_bytes text, mr_error *err)
{
    reading r = {.profile = profile, .kind = kind, .services_pass = services_pass};
    for (unsigned line = 1; text.len > 0; line++) {
        if (!take_line(&r, next_line(&text))) {
            return mr_error_set(err, MR_BAD_INPUT, "%s:%u: expected [section] or name = value",
                                name, line);
        }
    }
    return MR_OK;
}

mr_code mr_profile_parse(mr_profile *profile, mr_profile_file kind, const char *name, mr_bytes text,
                         mr_error *err)
{
    mr_code code = parse_pass(profile, kind, false, name, text, err);
    if (code == MR_OK && profile->services != NULL) {
        code = parse_pass(profile, kind, true, name, text, err);
    }
    return code;
}

mr_code mr_profile_read(mr_profile *profile, mr_profile_file kind, const char *path, mr_error *err)
{
    char *text = NULL;
    size_t len = 0;
    mr_error read_err;
    mr_code code =
        mr_fs_read_file(mr_platform_fs(), path, MR_PROFILE_FILE_BYTES_MAX, &text, &len, &read_err);
    if (code == MR_NOT_FOUND) {
        return MR_OK;
    }
    if (code != MR_OK) {
        if (err != NULL) {
            *err = read_err;
        }
        return code;
    }
    code = mr_profile_parse(profile, kind, path, mr_bytes_make(text, len), err);
    mr_free(text);
    return code;
}
