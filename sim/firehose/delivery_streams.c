/* delivery_streams.c - the set of delivery streams: creating, opening, finding and listing. See
 * delivery_stream.h. */
#include "sim/base/alloc.h"
#include "sim/firehose/delivery_stream_private.h"

#define SHOWN_MAX 128

mr_delivery_streams *mr_delivery_streams_new(const mr_delivery_streams_options *options)
{
    mr_delivery_streams *all = mr_calloc(1, sizeof(*all));
    all->options = *options;
    all->options.region = mr_strdup(options->region);
    all->options.account = mr_strdup(options->account);
    if (all->options.limit == 0) {
        all->options.limit = MR_DELIVERY_STREAM_LIMIT_AWS;
    }
    all->by_name = mr_map_new();
    return all;
}

void mr_delivery_streams_free(mr_delivery_streams *all)
{
    if (all == NULL) {
        return;
    }
    size_t count = mr_map_count(all->by_name);
    mr_delivery_stream **list = (mr_delivery_stream **)mr_map_sorted(all->by_name);
    for (size_t i = 0; i < count; i++) {
        mr_delivery_stream_free(list[i]);
    }
    mr_free(list);
    mr_map_free(all->by_name);
    mr_free((char *)all->options.region);
    mr_free((char *)all->options.account);
    mr_free(all);
}

void mr_delivery_streams_on_fatal(mr_delivery_streams *all, mr_fatal_fn fn, void *context)
{
    all->on_fatal = fn;
    all->on_fatal_context = context;
}

void mr_delivery_streams_set_state_delay(mr_delivery_streams *all, int64_t delay_us)
{
    all->options.state_delay_us = delay_us;
}

/* ---- finding ---- */

mr_delivery_stream *mr_delivery_streams_find(mr_delivery_streams *all, const char *name)
{
    return mr_map_get(all->by_name, mr_bytes_of(name));
}

mr_code mr_delivery_streams_require(mr_delivery_streams *all, mr_bytes name,
                                    mr_delivery_stream **out, mr_error *err)
{
    *out = mr_map_get(all->by_name, name);
    if (*out != NULL) {
        return MR_OK;
    }
    return mr_error_set(err, MR_DELIVERY_STREAM_NOT_FOUND,
                        "Firehose %.*s under account %s not found.",
                        (int)mr_min_size(name.len, SHOWN_MAX), name.at, all->options.account);
}

static bool is_of(const mr_delivery_stream *stream, mr_delivery_type type)
{
    switch (type) {
    case MR_DELIVERY_ANY:
        return true;
    case MR_DELIVERY_DIRECT_PUT:
        return stream->source == NULL;
    case MR_DELIVERY_KINESIS:
        return stream->source != NULL;
    case MR_DELIVERY_OTHER:
        break;
    }
    return false;
}

size_t mr_delivery_streams_page(mr_delivery_streams *all, const char *after, mr_delivery_type type,
                                mr_delivery_stream **out, size_t most, bool *more)
{
    size_t count = mr_map_count(all->by_name), written = 0;
    mr_delivery_stream **list = (mr_delivery_stream **)mr_map_sorted(all->by_name);
    *more = false;
    for (size_t i = 0; i < count && !*more; i++) {
        if (!is_of(list[i], type) || (after != NULL && strcmp(list[i]->name, after) <= 0)) {
            continue;
        }
        *more = written == most;
        if (!*more) {
            out[written++] = list[i];
        }
    }
    mr_free(list);
    return written;
}

/* ---- creating ---- */

static mr_code check_free(mr_delivery_streams *all, const char *name, mr_error *err)
{
    size_t count = mr_map_count(all->by_name);
    if (mr_delivery_streams_find(all, name) != NULL) {
        return mr_error_set(err, MR_DELIVERY_STREAM_EXISTS,
                            "Firehose %s under accountId %s already exists", name,
                            all->options.account);
    }
    if (count < all->options.limit) {
        return MR_OK;
    }
    mr_strbuf names = mr_strbuf_make(sizeof(err->message)); /* a message is cut there in any case */
    mr_delivery_stream **list = (mr_delivery_stream **)mr_map_sorted(all->by_name);
    for (size_t i = 0; i < count && !names.overflowed; i++) {
        mr_strbuf_appendf(&names, i == 0 ? "%s" : ", %s", list[i]->name);
    }
    mr_free(list);
    mr_code code = mr_error_set(err, MR_LIMIT_EXCEEDED,
                                "You have already consumed your firehose quota of %u hoses. "
                                "Firehose names: [%s]",
                                all->options.limit, mr_strbuf_text(&names));
    mr_strbuf_deinit(&names);
    return code;
}

/* The data stream that it reads; NULL: gone, or another one of the same name. */
static mr_stream *source_of(const mr_delivery_stream *stream)
{
    mr_stream *source = mr_streams_find(stream->all->options.streams, stream->source);
    return source != NULL && mr_stream_created_us(source) == stream->source_created_us ? source
                                                                                       : NULL;
}

static mr_code take_options(mr_delivery_stream *stream, const mr_delivery_stream_options *options,
                            mr_error *err)
{
    const mr_delivery_streams_options *world = &stream->all->options;
    mr_delivery_stream_set_source(stream, options->source, options->source_role);
    if (options->source != NULL) {
        mr_stream *source = mr_streams_find(world->streams, options->source);
        if (source == NULL) {
            return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %s under account %s not found.",
                                options->source, world->account);
        }
        stream->source_created_us = mr_stream_created_us(source);
    }
    stream->throughput_hint = options->throughput_hint;
    stream->config = cJSON_Duplicate(options->config, true);
    stream->created_us = mr_clock_wall_us(world->clock);
    if (options->key == MR_KEY_NONE) {
        return MR_OK;
    }
    stream->key = options->key;
    stream->key_arn = mr_strdup(options->key_arn);
    stream->encryption = MR_ENCRYPTION_ENABLED;
    return mr_delivery_stream_check_key(stream, options->key, options->key_arn, err);
}

/* The rows first: what a process leaves that is killed in between is opened by the next one. */
static mr_code open_new(mr_delivery_stream *stream, const mr_delivery_options *delivery,
                        const mr_delivery_stream_options *options, mr_error *err)
{
    mr_delivery_streams *all = stream->all;
    mr_error ignored;
    mr_delivery_stream_begin(stream);
    mr_code code = mr_delivery_stream_store(stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_tag(stream, options->tags, options->tag_count, err);
    }
    if (code == MR_OK) {
        code = mr_deliveries_create(all->options.deliveries, delivery, &stream->delivery, err);
    }
    if (code != MR_OK && mr_delivery_stream_forget(stream, &ignored) != MR_OK) {
        mr_trace_warn(all->options.trace, "%s", ignored.message);
    }
    return code;
}

mr_code mr_delivery_streams_create(mr_delivery_streams *all,
                                   const mr_delivery_stream_options *options,
                                   mr_delivery_stream **out, mr_error *err)
{
    mr_delivery_options delivery;
    mr_delivery_stream *stream = mr_delivery_stream_new(all, options->name);
    mr_code code = check_free(all, options->name, err);
    if (code == MR_OK) {
        code = take_options(stream, options, err);
    }
    if (code == MR_OK) {
        code = mr_delivery_stream_read_config(stream, stream->config, 1, &delivery, err);
    }
    if (code == MR_OK) {
        code = mr_delivery_tags_check(options->tags, options->tag_count, err);
    }
    if (code == MR_OK) {
        code = open_new(stream, &delivery, options, err);
    }
    if (code != MR_OK) {
        mr_delivery_stream_free(stream);
        return code;
    }
    (void)mr_map_put(all->by_name, mr_bytes_of(options->name), stream);
    *out = stream;
    return MR_OK;
}

/* ---- opening ---- */

/* What the records go through; none when the source is gone. */
static mr_code open_delivery(mr_delivery_stream *stream, mr_error *err)
{
    const mr_delivery_streams_options *world = &stream->all->options;
    mr_delivery_options options;
    if (stream->source != NULL && source_of(stream) == NULL) {
        mr_trace_warn_about(
            world->trace, &(mr_event){.delivery = stream->name, .stream = stream->source},
            "delivery stream %s has nothing to read: its source, data stream %s, was "
            "deleted; delete the delivery stream, and create it anew on the stream that "
            "it is to read",
            stream->name, stream->source);
        return MR_OK;
    }
    mr_code code =
        mr_delivery_stream_read_config(stream, stream->config, stream->version, &options, err);
    if (code == MR_OK) {
        code = mr_deliveries_create(world->deliveries, &options, &stream->delivery, err);
    }
    if (code != MR_OK) {
        mr_error_prefix(err, "delivery stream %s of the state directory: ", stream->name);
    }
    return code;
}

/* Goes on with one that is stored. *out: NULL when there is none, or none any more. */
static mr_code open_stored(mr_delivery_streams *all, const char *name, mr_delivery_stream **out,
                           mr_error *err)
{
    mr_delivery_stream *stream;
    bool gone;
    *out = NULL;
    mr_code code = mr_delivery_stream_load(all, name, &stream, err);
    if (code != MR_OK || stream == NULL) {
        return code;
    }
    (void)mr_map_put(all->by_name, mr_bytes_of(name), stream);
    code = stream->status == MR_DELIVERY_DELETING
               ? mr_deliveries_remove(all->options.deliveries, name, err)
               : open_delivery(stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_resume(stream, &gone, err);
        *out = code == MR_OK && !gone ? stream : NULL;
    }
    return code;
}

typedef struct names {
    char **items;
    size_t count, capacity;
} names;

static mr_code read_names(mr_delivery_streams *all, const char *sql, names *out, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(all->options.db, sql);
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(all->options.db, stmt, &row, err)) == MR_OK && row) {
        MR_GROW(out->items, out->count, out->capacity);
        out->items[out->count++] = mr_strdup(mr_stmt_text(stmt, 0));
    }
    mr_stmt_done(stmt);
    return code;
}

static void names_deinit(names *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mr_free(list->items[i]);
    }
    mr_free(list->items);
}

static mr_code warn_of_unsettled(mr_delivery_streams *all, mr_error *err)
{
    names list = {0};
    mr_code code = read_names(all,
                              "SELECT name FROM delivery_streams WHERE name NOT IN"
                              " (SELECT name FROM delivery_settings) ORDER BY name",
                              &list, err);
    for (size_t i = 0; i < list.count && code == MR_OK; i++) {
        mr_trace_warn_about(
            all->options.trace, &(mr_event){.delivery = list.items[i]},
            "delivery stream %s was made by an earlier millrace, which kept no settings "
            "of it: start once with its template to go on with it",
            list.items[i]);
    }
    names_deinit(&list);
    return code;
}

mr_code mr_delivery_streams_open(mr_delivery_streams *all, mr_error *err)
{
    names list = {0};
    mr_delivery_stream *opened;
    mr_code code = read_names(all, "SELECT name FROM delivery_settings ORDER BY name", &list, err);
    for (size_t i = 0; i < list.count && code == MR_OK; i++) {
        if (mr_delivery_streams_find(all, list.items[i]) == NULL) {
            code = open_stored(all, list.items[i], &opened, err);
        }
    }
    names_deinit(&list);
    return code == MR_OK ? warn_of_unsettled(all, err) : code;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *other_source(const char *kept, const char *wanted)
{
    return mr_format("its source is %s, not %s", kept == NULL ? "direct puts" : kept,
                     wanted == NULL ? "direct puts" : wanted);
}

mr_code mr_delivery_streams_ensure(mr_delivery_streams *all,
                                   const mr_delivery_stream_options *options, char **difference,
                                   mr_delivery_stream **out, mr_error *err)
{
    mr_code code = MR_OK;
    *difference = NULL;
    *out = mr_delivery_streams_find(all, options->name);
    if (*out == NULL) {
        code = open_stored(all, options->name, out, err);
    }
    if (code != MR_OK) {
        return code;
    }
    if (*out == NULL) {
        return mr_delivery_streams_create(all, options, out, err);
    }
    *difference = is_same((*out)->source, options->source)
                      ? mr_delivery_config_difference((*out)->config, options->config)
                      : other_source((*out)->source, options->source);
    return MR_OK;
}
