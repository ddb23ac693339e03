/* metadata_query.c - see metadata_query.h: libjq, and nothing of libjq outside of this file. */
#include "sim/firehose/metadata_query.h"

#include "sim/base/alloc.h"
#include "sim/lambda/json_reader.h"

#include <jq.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of an answer's text: a file of text can hold it, and it must go into an error record. */
#define MESSAGE_MAX 1024

struct mr_metadata_query {
    jq_state *jq;
    mr_query_keys keys;
    mr_strbuf text;                 /* the values of the last run, one after another */
    size_t ends[MR_QUERY_KEYS_MAX]; /* of each value in it */
    char message[MESSAGE_MAX];
};

const char mr_partition_key_missing[] = "partitionKeys values must not be null or empty";

const char mr_partition_key_nul[] = "partitionKeys values must not hold a NUL character";

/* As AWS was seen to say it of a record that is not JSON. */
static const char not_json[] = "Non JSON record provided";

/* ---- compiling ---- */

/*
 * The functions of dates in jq 1.6 end the process on a number that is no date, and lose memory on
 * what is no date at all: both are errors here before they see them, as in later versions. (The
 * inner names are bound to jq's own functions, which come later.)
 */
static const char prelude[] =
    "def mr_is_date: type == \"array\" and length == 8 and all(type == \"number\");"
    "def mr_is_time: type == \"number\" and . > -60000000000000 and . < 60000000000000;"
    "def mr_strftime(f): strftime(f);"
    "def strftime(f): if mr_is_time or mr_is_date then mr_strftime(f)"
    " elif type == \"number\" then error(\"strftime/1: the number is no date\")"
    " else error(\"strftime/1 requires parsed datetime inputs\") end;"
    "def mr_gmtime: gmtime;"
    "def gmtime: if mr_is_time then mr_gmtime else error(\"gmtime() requires a number\") end;"
    "def mr_mktime: mktime;"
    "def mktime: if mr_is_date then mr_mktime"
    " else error(\"mktime requires parsed datetime inputs\") end;"
    "def mr_fromdate: fromdateiso8601;"
    "def fromdateiso8601: if type == \"string\" then mr_fromdate"
    " else error(\"strptime/1 requires string inputs and arguments\") end;"
    "def fromdate: fromdateiso8601;"
    "def todate: strftime(\"%Y-%m-%dT%H:%M:%SZ\");";

static void on_message(void *context, jv message)
{
    mr_error *err = context;
    jv text = jq_format_error(message);
    /* The first one names the mistake; the rest is jq's summing up. */
    if (err->code == MR_OK) {
        mr_error_set(err, MR_INVALID_ARGUMENT, "MetadataExtractionQuery: %.300s",
                     jv_string_value(text));
    }
    jv_free(text);
}

/*
 * jq puts the definitions of ~/.jq in front of every program: with them, a word of the query could
 * mean another thing on another machine, and be bounded by nothing. There is no setting against it,
 * but without a home it finds none. (Nothing else of a compilation reads the environment, and
 * nothing else runs meanwhile that would miss it: offloaded work knows no environment.)
 */
static int compile_without_home(jq_state *jq, const char *query)
{
    const char *home = getenv("HOME");
    char *kept = home == NULL ? NULL : mr_strdup(home);
    (void)unsetenv("HOME");
    int ok = jq_compile(jq, query);
    if (kept != NULL) {
        (void)setenv("HOME", kept, 1);
        mr_free(kept);
    }
    return ok;
}

mr_code mr_metadata_query_new(const char *query, mr_metadata_query **out, mr_error *err)
{
    mr_metadata_query *made = mr_calloc(1, sizeof(*made));
    mr_error said = {.code = MR_OK};
    mr_code code = mr_query_guard(query, &made->keys, err);
    if (code == MR_OK) {
        made->jq = jq_init();
        MR_ASSERT(made->jq != NULL);
        jq_set_error_cb(made->jq, on_message, &said);
        char *program = mr_format("%s\n%s", prelude, query);
        bool compiled = compile_without_home(made->jq, program) != 0;
        mr_free(program);
        jq_set_error_cb(made->jq, NULL, NULL);
        if (!compiled) {
            code = mr_error_set(err, MR_INVALID_ARGUMENT, "%s",
                                said.code != MR_OK ? said.message
                                                   : "MetadataExtractionQuery is no jq program");
        }
    }
    if (code != MR_OK) {
        mr_metadata_query_free(made);
        return code;
    }
    made->text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    *out = made;
    return MR_OK;
}

void mr_metadata_query_free(mr_metadata_query *query)
{
    if (query == NULL) {
        return;
    }
    if (query->jq != NULL) {
        jq_teardown(&query->jq);
    }
    mr_query_keys_deinit(&query->keys);
    mr_strbuf_deinit(&query->text);
    mr_free(query);
}

const mr_query_keys *mr_metadata_query_keys(const mr_metadata_query *query)
{
    return &query->keys;
}

/* ---- running ---- */

/* Appends the value of a key as text. value: consumed. */
static const char *append_value(mr_metadata_query *query, jv value)
{
    size_t before = query->text.len;
    const char *why = NULL;
    switch (jv_get_kind(value)) {
    case JV_KIND_NUMBER: /* as jq's tostring has it */
        if (isnan(jv_number_value(value))) {
            why = mr_partition_key_missing; /* it would be "null" */
            break;
        }
        value = jv_dump_string(value, 0);
        mr_strbuf_append(&query->text, jv_string_value(value),
                         (size_t)jv_string_length_bytes(jv_copy(value)));
        break;
    case JV_KIND_STRING:
        mr_strbuf_append(&query->text, jv_string_value(value),
                         (size_t)jv_string_length_bytes(jv_copy(value)));
        break;
    case JV_KIND_TRUE:
        mr_strbuf_append_text(&query->text, "true");
        break;
    case JV_KIND_FALSE:
        mr_strbuf_append_text(&query->text, "false");
        break;
    case JV_KIND_ARRAY:
    case JV_KIND_OBJECT: /* the words are ours */
        why = "partitionKeys values must be strings, numbers or booleans";
        break;
    case JV_KIND_NULL:
    case JV_KIND_INVALID:
        why = mr_partition_key_missing;
        break;
    }
    jv_free(value);
    size_t len = query->text.len - before;
    if (why == NULL && len == 0) {
        why = mr_partition_key_missing;
    } else if (why == NULL && memchr(query->text.at + before, '\0', len) != NULL) {
        why = mr_partition_key_nul;
    }
    return why;
}

/* result: an object; consumed. */
static const char *read_keys(mr_metadata_query *query, jv result, mr_bytes *values)
{
    const char *why = NULL;
    mr_strbuf_reset(&query->text);
    for (size_t i = 0; i < query->keys.count && why == NULL; i++) {
        why = append_value(query, jv_object_get(jv_copy(result), jv_string(query->keys.names[i])));
        query->ends[i] = query->text.len;
    }
    jv_free(result);
    for (size_t i = 0; i < query->keys.count && why == NULL; i++) {
        size_t begin = i == 0 ? 0 : query->ends[i - 1];
        values[i] = mr_bytes_make(query->text.at + begin, query->ends[i] - begin);
    }
    return why;
}

/* error: what jq has given instead of a value; consumed. */
static const char *describe(mr_metadata_query *query, jv error)
{
    jv text = jv_invalid_get_msg(error);
    if (jv_get_kind(text) == JV_KIND_STRING) {
        (void)snprintf(query->message, sizeof(query->message), "%s", jv_string_value(text));
    } else {
        (void)snprintf(query->message, sizeof(query->message), "%s", mr_partition_key_missing);
    }
    jv_free(text);
    return query->message;
}

/* One value of JSON and no more. jq's parser would say so too, but takes more than JSON, and loses
 * memory on some of what it does not take. */
static bool is_json(mr_bytes record)
{
    mr_json_reader reader = mr_json_reader_make(record);
    return mr_json_reader_skip(&reader) && mr_json_reader_done(&reader);
}

const char *mr_metadata_query_run(mr_metadata_query *query, mr_bytes record, mr_bytes *values)
{
    if (record.len > INT_MAX || !is_json(record)) {
        return not_json;
    }
    jv input = jv_parse_sized(record.at, (int)record.len);
    if (!jv_is_valid(input)) {
        jv_free(input);
        return not_json;
    }
    jq_start(query->jq, input, 0);
    jv result = jq_next(query->jq);
    const char *why;
    if (!jv_is_valid(result)) {
        why = describe(query, result);
    } else if (jv_get_kind(result) != JV_KIND_OBJECT) {
        jv_free(result);
        why = mr_partition_key_missing;
    } else {
        why = read_keys(query, result, values);
    }
    return why;
}
