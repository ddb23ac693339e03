/* intrinsics_text.c - the functions that make texts: Sub, Join, Split, Base64, ToJsonString and
 * Cidr. See intrinsics.h. */
#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "src/config/intrinsics.h"
#include "src/config/value.h"

/* The text built so far as a node; releases the buffer. */
static mr_node *finish(mr_evaluator *ev, const mr_node *call, mr_strbuf *out)
{
    mr_node *node =
        out->overflowed
            ? mr_evaluated_refused(ev, call, "the text that this makes is longer than 1 MiB")
            : mr_evaluated_text(ev, call, mr_strbuf_bytes(out));
    mr_strbuf_deinit(out);
    return node;
}

/* ---- Fn::Sub ---- */

bool mr_sub_next(const char **at, mr_bytes *before, mr_bytes *name, bool *literal)
{
    const char *open = strstr(*at, "${");
    const char *close = open == NULL ? NULL : strchr(open, '}');
    if (close == NULL) {
        return false;
    }
    *before = (mr_bytes){*at, (size_t)(open - *at)};
    *literal = open[2] == '!';
    const char *from = open + (*literal ? 3 : 2);
    *name = (mr_bytes){from, (size_t)(close - from)};
    *at = close + 1;
    return true;
}

static bool is_sub_name(mr_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '.' && c != ':') {
            return false;
        }
    }
    return name.len > 0;
}

/* ${name}: of the function's own map, then as Ref, or as GetAtt with a dot in it. */
static const mr_node *sub_value(mr_evaluator *ev, const mr_node *call, const mr_node *own,
                                const char *name)
{
    const mr_node *value = mr_node_get(own, name);
    if (value != NULL) {
        return mr_evaluate_node(ev, value);
    }
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || dot[1] == '\0' ||
        mr_template_resource_find(ev->template, name) != NULL) { /* SAM's Function.Version */
        return mr_reference_ref(ev, call, name);
    }
    mr_bytes id = {name, (size_t)(dot - name)};
    return mr_reference_attribute(ev, call, mr_arena_copy(ev->template->arena, id), dot + 1);
}

/* Appends what ${name} stands for. False when it is not known, which has been said. */
static bool sub_append(mr_evaluator *ev, const mr_node *call, const mr_node *own, mr_bytes name,
                       mr_strbuf *out)
{
    if (!is_sub_name(name)) {
        mr_findings_error(ev->template->findings, call,
                          "Template error: variable names in Fn::Sub syntax must contain only "
                          "alphanumeric characters, underscores, periods, and colons; write "
                          "${!%.*s} for a literal ${%.*s}",
                          (int)mr_min_size(name.len, 60), name.at, (int)mr_min_size(name.len, 60),
                          name.at);
        return false;
    }
    const char *text = mr_arena_copy(ev->template->arena, name);
    const mr_node *value = sub_value(ev, call, own, text);
    if (value != NULL && value->kind == MR_NODE_TEXT) {
        mr_strbuf_append_text(out, value->text);
        return true;
    }
    if (value == NULL || value->kind != MR_NODE_UNKNOWN) {
        mr_findings_error(ev->template->findings, call,
                          "Template error: ${%s} of Fn::Sub is no text; join a list with Fn::Join "
                          "first",
                          text);
    }
    return false;
}

mr_node *mr_intrinsic_sub(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const mr_node *text = argument, *own = NULL;
    if (argument->kind == MR_NODE_LIST && argument->count == 2) {
        text = argument->items[0];
        own = argument->items[1];
    }
    if (text->kind != MR_NODE_TEXT || (own != NULL && own->kind != MR_NODE_MAP)) {
        return mr_evaluated_refused(
            ev, call,
            "Template error: One or more Fn::Sub intrinsic functions don't specify "
            "expected arguments. Specify a string as first argument, and an optional "
            "second argument to specify a mapping of values to replace in the string");
    }
    mr_strbuf out = mr_strbuf_make(MR_TEMPLATE_BYTES_MAX);
    const char *at = text->text;
    mr_bytes before, name;
    bool literal, known = true;
    while (mr_sub_next(&at, &before, &name, &literal)) {
        mr_strbuf_append_bytes(&out, before);
        if (literal) {
            mr_strbuf_append_text(&out, "${");
            mr_strbuf_append_bytes(&out, name);
            mr_strbuf_append_char(&out, '}');
        } else {
            known = sub_append(ev, call, own, name, &out) && known;
        }
    }
    mr_strbuf_append_text(&out, at);
    if (!known) {
        mr_strbuf_deinit(&out);
        return mr_evaluated_unknown(ev, call);
    }
    return finish(ev, call, &out);
}

/* ---- Fn::Join, Fn::Split ---- */

mr_node *mr_intrinsic_join(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] =
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and "
        "(2) a list of strings to be joined or a function that returns a list of strings (such as "
        "Fn::GetAZs) to be joined";
    if (argument->kind != MR_NODE_LIST || argument->count != 2 ||
        argument->items[0]->kind != MR_NODE_TEXT) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const char *delimiter = argument->items[0]->text;
    const mr_node *list = mr_evaluate_to_list(ev, call, argument->items[1], complaint);
    if (list == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    mr_strbuf out = mr_strbuf_make(MR_TEMPLATE_BYTES_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const mr_node *item = list->items[i];
        if (item->kind != MR_NODE_TEXT) {
            mr_strbuf_deinit(&out);
            return item->kind == MR_NODE_UNKNOWN ? mr_evaluated_unknown(ev, call)
                                                 : mr_evaluated_refused(ev, call, complaint);
        }
        mr_strbuf_append_text(&out, i == 0 ? "" : delimiter);
        mr_strbuf_append_text(&out, item->text);
    }
    return finish(ev, call, &out);
}

mr_node *mr_intrinsic_split(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] =
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter "
        "and (2) a string to be split or a function that returns a string to be split";
    if (argument->kind != MR_NODE_LIST || argument->count != 2 ||
        argument->items[0]->kind != MR_NODE_TEXT || argument->items[0]->text[0] == '\0') {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const char *delimiter = argument->items[0]->text;
    const char *text = mr_evaluate_to_text(ev, call, argument->items[1], complaint);
    if (text == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    mr_node *list = mr_node_new(ev->template->arena, MR_NODE_LIST, call->line);
    for (;;) {
        const char *found = strstr(text, delimiter);
        mr_bytes piece = {text, found == NULL ? strlen(text) : (size_t)(found - text)};
        mr_node_add(ev->template->arena, list, mr_evaluated_text(ev, call, piece));
        if (found == NULL || ev->template->evaluated_too_much) {
            return list;
        }
        text = found + strlen(delimiter);
    }
}

/* ---- Fn::Base64, Fn::ToJsonString ---- */

mr_node *mr_intrinsic_base64(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const char *text = mr_evaluate_to_text(
        ev, call, argument,
        "Template error: every Fn::Base64 object must have a String-typed value");
    if (text == NULL) {
        return mr_evaluated_unknown(ev, call);
    }
    mr_strbuf out = mr_strbuf_make(2 * MR_TEMPLATE_BYTES_MAX);
    mr_base64_encode(&out, mr_bytes_of(text));
    return finish(ev, call, &out);
}

static bool is_bare_json(const mr_node *node)
{
    double number;
    return node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0 ||
                           (mr_value_double(node, &number) &&
                            (node->text[0] != '0' || node->text[1] == '\0' ||
                             strchr(".eE", node->text[1]) != NULL) &&
                            node->text[0] != '+' && node->text[0] != '.'));
}

/* False when a value inside is not known. */
static bool append_json(mr_strbuf *out, const mr_node *node)
{
    switch (node->kind) {
    case MR_NODE_TEXT:
        if (is_bare_json(node)) {
            mr_strbuf_append_text(out, node->text);
        } else {
            mr_json_append_string(out, mr_bytes_of(node->text));
        }
        return true;
    case MR_NODE_LIST:
    case MR_NODE_MAP:
        break;
    case MR_NODE_NULL:
    case MR_NODE_UNKNOWN:
        return false;
    }
    bool is_map = node->kind == MR_NODE_MAP, known = true;
    mr_strbuf_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : ",");
        if (is_map) {
            mr_json_append_string(out, mr_bytes_of(node->keys[i]));
            mr_strbuf_append_char(out, ':');
        }
        known = append_json(out, node->items[i]) && known;
    }
    mr_strbuf_append_char(out, is_map ? '}' : ']');
    return known;
}

mr_node *mr_intrinsic_to_json(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    const mr_node *value = mr_evaluate_node(ev, argument);
    if (value == NULL || (value->kind != MR_NODE_MAP && value->kind != MR_NODE_LIST)) {
        return mr_node_is(value, MR_NODE_UNKNOWN)
                   ? mr_evaluated_unknown(ev, call)
                   : mr_evaluated_refused(
                         ev, call,
                         "Template error: Fn::ToJsonString requires an object or a "
                         "list");
    }
    mr_strbuf out = mr_strbuf_make(MR_TEMPLATE_BYTES_MAX);
    if (!append_json(&out, value)) {
        mr_strbuf_deinit(&out);
        return mr_evaluated_unknown(ev, call);
    }
    return finish(ev, call, &out);
}

/* ---- Fn::Cidr ---- */

/* "10.0.0.0/16" */
static bool read_block(const char *text, uint32_t *address, unsigned *bits)
{
    mr_bytes rest = mr_bytes_of(text);
    *address = 0;
    for (int i = 0; i < 5; i++) {
        size_t end = mr_bytes_find(rest, i < 3 ? '.' : '/');
        uint64_t number;
        mr_bytes piece = {rest.at, i == 4 ? rest.len : end};
        if (!mr_bytes_to_uint64(piece, &number) || number > (i < 4 ? 255 : 32)) {
            return false;
        }
        if (i == 4) {
            *bits = (unsigned)number;
            return true;
        }
        if (end == rest.len) {
            return false;
        }
        *address = *address << 8 | (uint32_t)number;
        rest = (mr_bytes){rest.at + end + 1, rest.len - end - 1};
    }
    return false;
}

mr_node *mr_intrinsic_cidr(mr_evaluator *ev, const mr_node *call, const mr_node *argument)
{
    static const char complaint[] = "Template error: every Fn::Cidr object requires an IPv4 block, "
                                    "a count of 1 to 256 and the number of subnet bits, which must "
                                    "fit";
    if (argument->kind != MR_NODE_LIST || argument->count < 2 || argument->count > 3) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    const char *block = mr_evaluate_to_text(ev, call, argument->items[0], complaint);
    if (block == NULL || ev->scope == MR_SCOPE_UNMODELLED) {
        return mr_evaluated_unknown(ev, call); /* a VPC's own block is not known here */
    }
    const mr_node *count_node = mr_evaluate_node(ev, argument->items[1]);
    const mr_node *bits_node =
        argument->count == 3 ? mr_evaluate_node(ev, argument->items[2]) : NULL;
    uint32_t address;
    unsigned mask;
    int64_t count, bits = 8;
    if (!read_block(block, &address, &mask) || !mr_value_int(count_node, &count) || count < 1 ||
        count > 256 || (bits_node != NULL && !mr_value_int(bits_node, &bits)) || bits < 1 ||
        bits > 31 || (unsigned)(32 - bits) < mask ||
        (32 - bits - mask < 9 && count > (int64_t)1 << (32 - bits - mask))) {
        return mr_evaluated_refused(ev, call, complaint);
    }
    mr_node *list = mr_node_new(ev->template->arena, MR_NODE_LIST, call->line);
    for (uint32_t i = 0; i < (uint32_t)count; i++) {
        uint32_t base = address + (i << bits);
        const char *text =
            mr_arena_format(ev->template->arena, "%u.%u.%u.%u/%u", base >> 24, base >> 16 & 255,
                            base >> 8 & 255, base & 255, (unsigned)(32 - bits));
        mr_node_add(ev->template->arena, list, mr_evaluated_text(ev, call, mr_bytes_of(text)));
    }
    return list;
}
