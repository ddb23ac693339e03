/* json_slice.c - see json_slice.h. */
#include "src/cli/json_slice.h"

/* Of a value that begins in text, after blanks; what is none is an empty array. */
static mr_field field_of(mr_bytes text)
{
    static const mr_field nothing = {.at = "[]", .len = 2, .kind = MR_FIELD_ARRAY};
    if (text.len == 0) {
        return nothing;
    }
    const char *end = text.at + text.len;
    const char *begin = mr_json_skip_blanks(text.at, end);
    mr_field field;
    return begin < end && mr_json_value_after(begin, end, &field) != NULL ? field : nothing;
}

/* A string's field is without its quotes. */
static mr_bytes whole_of(mr_field value)
{
    const bool is_string = value.kind == MR_FIELD_TEXT || value.kind == MR_FIELD_ESCAPED;
    return is_string ? mr_bytes_make(value.at - 1, (size_t)value.len + 2)
                     : mr_bytes_make(value.at, value.len);
}

mr_bytes cli_json_member(mr_bytes object, const char *name)
{
    const mr_field field = field_of(object);
    if (field.kind == MR_FIELD_OBJECT) {
        mr_json_walk walk = mr_json_walk_begin(field);
        while (mr_json_walk_next(&walk)) {
            if (mr_bytes_equal(walk.key, mr_bytes_of(name))) {
                return whole_of(walk.value);
            }
        }
    }
    return MR_BYTES_LITERAL("");
}

uint64_t cli_json_uint(mr_bytes object, const char *name, uint64_t fallback)
{
    uint64_t number;
    return mr_bytes_to_uint64(cli_json_member(object, name), &number) ? number : fallback;
}

mr_json_walk cli_json_elements(mr_bytes object, const char *name)
{
    const mr_field field = field_of(cli_json_member(object, name));
    return mr_json_walk_begin(field.kind == MR_FIELD_ARRAY ? field
                                                           : field_of(MR_BYTES_LITERAL("")));
}
