/*
 * tail_reader.c - see tail_reader.h. Of every shard that has something, a page lies here; the
 * record that arrived first of their heads is the next.
 *
 * A look at the stream says at one moment how far each shard goes, and nothing behind that is read
 * before the next look. So what one look gives arrived before all that later ones give.
 */
#include "src/cli/tail_reader.h"

#include "sim/base/alloc.h"
#include "src/aws/uri.h"
#include "src/cli/json_slice.h"

#include <math.h>
#include <string.h>

#define PAGE_RECORDS 500

typedef struct tail_shard {
    char *id;           /* owned */
    double next;        /* the number of the next record that is not on its page */
    double until;       /* the number of the last that the look showed */
    cJSON *page;        /* owned; NULL: none is here */
    const cJSON *head;  /* its next record; NULL: it is used up */
    char *text;         /* the page as it came; owned */
    mr_json_walk texts; /* of its records: stands before that of head */
} tail_shard;

struct cli_tail_reader {
    mr_control_client *client;
    char *stream; /* percent-encoded; owned */
    tail_shard *shards;
    size_t count, capacity;
};

/* ---- members of answers ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static const char *text(const cJSON *object, const char *name)
{
    const cJSON *value = member(object, name);
    return cJSON_IsString(value) ? value->valuestring : "";
}

/* ---- making and releasing ---- */

cli_tail_reader *cli_tail_reader_new(mr_control_client *client, const char *stream)
{
    mr_strbuf encoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_uri_encode(&encoded, mr_bytes_of(stream), false);
    cli_tail_reader *reader = mr_calloc(1, sizeof(*reader));
    reader->client = client;
    reader->stream = mr_strbuf_take(&encoded);
    return reader;
}

void cli_tail_reader_free(cli_tail_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    for (size_t i = 0; i < reader->count; i++) {
        cJSON_Delete(reader->shards[i].page);
        mr_free(reader->shards[i].text);
        mr_free(reader->shards[i].id);
    }
    mr_free(reader->shards);
    mr_free(reader->stream);
    mr_free(reader);
}

static void add_shard(cli_tail_reader *reader, const cJSON *told, double next)
{
    MR_GROW(reader->shards, reader->count, reader->capacity);
    reader->shards[reader->count++] = (tail_shard){
        .id = mr_strdup(text(told, "id")), .next = next, .until = number(told, "last")};
}

static tail_shard *find_shard(const cli_tail_reader *reader, const char *id)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (strcmp(reader->shards[i].id, id) == 0) {
            return &reader->shards[i];
        }
    }
    return NULL;
}

/* stream: out; owned; NULL on an error. */
static mr_code ask_stream(const cli_tail_reader *reader, cJSON **stream, mr_error *err)
{
    char *path = mr_format("/_millrace/api/streams/%s", reader->stream);
    mr_code code = mr_control_client_ask(reader->client, "GET", path, NULL, stream, err);
    mr_free(path);
    return code;
}

mr_code cli_tail_reader_open(cli_tail_reader *reader, bool from_first, uint64_t newest,
                             mr_error *err)
{
    cJSON *stream = NULL;
    mr_code code = ask_stream(reader, &stream, err);
    const cJSON *shard;
    cJSON_ArrayForEach(shard, member(stream, "shards"))
    {
        const double first = number(shard, "first");
        const double late = number(shard, "last") + 1 - (double)newest;
        add_shard(reader, shard, from_first || late < first ? first : late);
    }
    cJSON_Delete(stream);
    return code;
}

mr_code cli_tail_reader_look(cli_tail_reader *reader, mr_error *err)
{
    cJSON *stream = NULL;
    mr_code code = ask_stream(reader, &stream, err);
    const cJSON *told;
    cJSON_ArrayForEach(told, member(stream, "shards"))
    {
        tail_shard *shard = find_shard(reader, text(told, "id"));
        if (shard == NULL) {
            add_shard(reader, told, 1);
        } else {
            shard->until = number(told, "last");
        }
    }
    cJSON_Delete(stream);
    return code;
}

/* ---- pages ---- */

static mr_code load_page(cli_tail_reader *reader, tail_shard *shard, mr_error *err)
{
    char *path =
        mr_format("/_millrace/api/streams/%s/records?shard=%s&from=%.0f&limit=%.0f", reader->stream,
                  shard->id, shard->next, fmin(shard->until - shard->next + 1, PAGE_RECORDS));
    cJSON_Delete(shard->page);
    mr_free(shard->text);
    shard->page = NULL;
    shard->text = NULL;
    shard->head = NULL;
    mr_code code = mr_control_client_ask(reader->client, "GET", path, NULL, &shard->page, err);
    mr_free(path);
    if (code != MR_OK) {
        return code;
    }
    const cJSON *next = member(shard->page, "next");
    const cJSON *records = member(shard->page, "records");
    shard->head = records == NULL ? NULL : records->child;
    shard->text = mr_bytes_dup(mr_control_client_answer(reader->client));
    shard->texts = cli_json_elements(mr_bytes_of(shard->text), "records");
    shard->next = cJSON_IsNumber(next) ? next->valuedouble : shard->until + 1;
    return MR_OK;
}

/* The shard whose head arrived first, each that may have one asked; NULL: there is no more. */
static mr_code find_next(cli_tail_reader *reader, tail_shard **next, mr_error *err)
{
    *next = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        tail_shard *shard = &reader->shards[i];
        while (shard->head == NULL && shard->next <= shard->until) { /* records may be gone */
            mr_code code = load_page(reader, shard, err);
            if (code != MR_OK) {
                return code;
            }
        }
        if (shard->head != NULL && (*next == NULL || number(shard->head, "arrival_us") <
                                                         number((*next)->head, "arrival_us"))) {
            *next = shard;
        }
    }
    return MR_OK;
}

mr_code cli_tail_reader_read(cli_tail_reader *reader, cli_tail_fn fn, void *context, mr_error *err)
{
    for (;;) {
        tail_shard *next;
        mr_code code = find_next(reader, &next, err);
        if (code != MR_OK || next == NULL) {
            return code;
        }
        const cJSON *record = next->head;
        next->head = record->next;
        if (!mr_json_walk_next(&next->texts) || next->texts.value.kind != MR_FIELD_OBJECT ||
            record->child == NULL) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "what answers at %s is no millrace: a record is no object",
                                mr_control_client_url(reader->client));
        }
        if (!fn(context, next->id, record, mr_field_bytes(next->texts.value))) {
            return MR_OK;
        }
    }
}
