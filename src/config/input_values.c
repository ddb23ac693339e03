/* input_values.c - see input_values.h. */
#include "src/config/input_values.h"

#define LIST_BYTES_MAX (1 * MR_MIB) /* no document is longer */

bool mr_input_target_find(const mr_plan *plan, mr_findings *findings, const mr_node *at,
                          const char *word, bool may_be_refused, mr_input_target *out)
{
    *out = (mr_input_target){.name = mr_plan_resolve(plan, MR_PLAN_STREAM, word)};
    if (out->name != NULL) {
        return true;
    }
    *out = (mr_input_target){mr_plan_resolve(plan, MR_PLAN_DELIVERY, word), true};
    for (size_t i = 0; out->name != NULL && i < plan->delivery_count; i++) {
        const mr_delivery_options *options = &plan->deliveries[i].options;
        if (strcmp(options->name, out->name) == 0 && options->source != NULL) {
            mr_findings_error(findings, at,
                              "This operation is not permitted on KinesisStreamAsSource delivery "
                              "stream type.; put the records on the stream %s",
                              options->source);
            return false;
        }
    }
    if (out->name != NULL || may_be_refused) {
        return out->name != NULL;
    }
    const mr_plan_noun takers[] = {MR_PLAN_STREAM, MR_PLAN_DELIVERY};
    size_t count;
    const char **words = mr_plan_words(plan, takers, MR_COUNT(takers), &count);
    mr_findings_error(findings, at, "the template has no stream %s, by logical id or name%s", word,
                      mr_findings_hint(findings, word, words, count));
    mr_free(words);
    return false;
}

/* A list as the option's comma-separated text, each piece quoted as in CSV. */
static const char *list_text(mr_arena *arena, const mr_node *list)
{
    mr_strbuf text = mr_strbuf_make(2 * LIST_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const mr_node *item = list->items[i];
        if (item->kind != MR_NODE_TEXT) {
            mr_strbuf_deinit(&text);
            return NULL;
        }
        mr_strbuf_append_text(&text, i == 0 ? "\"" : ",\"");
        for (const char *c = item->text; *c != '\0'; c++) {
            mr_strbuf_append_text(&text, *c == '"' ? "\"" : "");
            mr_strbuf_append_char(&text, *c);
        }
        mr_strbuf_append_char(&text, '"');
    }
    const char *copy = text.overflowed ? NULL : mr_arena_copy(arena, mr_strbuf_bytes(&text));
    mr_strbuf_deinit(&text);
    return copy;
}

bool mr_input_value_set(mr_input_options *options, mr_arena *arena, mr_findings *findings,
                        const char *name, const mr_node *value)
{
    const mr_input_option *option = mr_input_option_find(name);
    bool takes_list = option != NULL && strcmp(option->name, "columns") == 0;
    if (value->kind == MR_NODE_UNKNOWN) {
        return true;
    }
    const char *text = value->kind == MR_NODE_TEXT                 ? value->text
                       : value->kind == MR_NODE_LIST && takes_list ? list_text(arena, value)
                                                                   : NULL;
    mr_error err;
    if (text == NULL) {
        mr_findings_error(findings, value, "%s must be %s", name,
                          takes_list ? "a list of names" : "one value");
        return false;
    }
    if (mr_input_option_set(options, name, text, &err) != MR_OK) {
        mr_findings_error(findings, value, "%s", err.message);
        return false;
    }
    return true;
}
