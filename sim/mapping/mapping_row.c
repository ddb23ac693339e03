/* mapping_row.c - the row of a mapping in catalog.db. See mapping_private.h. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/mapping/mapping_private.h"
#include "sim/mapping/position.h"

#include <cjson/cJSON.h>

static const char *const state_names[MR_MAPPING_STATE_COUNT] = {
    [MR_MAPPING_CREATING] = "Creating", [MR_MAPPING_ENABLING] = "Enabling",
    [MR_MAPPING_ENABLED] = "Enabled",   [MR_MAPPING_DISABLING] = "Disabling",
    [MR_MAPPING_DISABLED] = "Disabled", [MR_MAPPING_UPDATING] = "Updating",
    [MR_MAPPING_DELETING] = "Deleting",
};

const char *mr_mapping_state_name(mr_mapping_state state)
{
    return state_names[state];
}

static void write_filters(const mr_mapping_settings *settings, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_array_begin(&json);
    for (size_t i = 0; i < settings->filter_count; i++) {
        mr_json_text(&json, settings->filters[i]);
    }
    mr_json_array_end(&json);
}

mr_code mr_mapping_store(const mr_mapping *mapping, mr_error *err)
{
    mr_db *db = mapping->owner->options.db;
    const mr_mapping_settings *s = &mapping->settings;
    mr_strbuf filters = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    write_filters(s, &filters);
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO event_source_mappings (uuid, function_arn, source_arn, role,"
            " enabled, starting, starting_us, batch_size, window_s, lanes, retries_max, age_max_s,"
            " bisect, reports_items, failure_arn, filters, state, due_us, state_reason,"
            " last_result, modified_us)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, mapping->uuid);
    mr_stmt_bind_text(stmt, 2, s->function);
    mr_stmt_bind_text(stmt, 3, s->source_arn);
    mr_stmt_bind_text(stmt, 4, s->role);
    mr_stmt_bind_int(stmt, 5, s->enabled);
    mr_stmt_bind_text(stmt, 6, mr_mapping_starting_name(s->starting));
    if (s->starting == MR_ITERATOR_AT_TIMESTAMP) {
        mr_stmt_bind_int(stmt, 7, s->starting_us);
    }
    mr_stmt_bind_int(stmt, 8, s->batch_size);
    mr_stmt_bind_int(stmt, 9, s->window_s);
    mr_stmt_bind_int(stmt, 10, s->lanes);
    mr_stmt_bind_int(stmt, 11, s->retries_max);
    mr_stmt_bind_int(stmt, 12, s->age_max_s);
    mr_stmt_bind_int(stmt, 13, s->bisect);
    mr_stmt_bind_int(stmt, 14, s->reports_items);
    mr_stmt_bind_text(stmt, 15, s->failure_arn);
    mr_stmt_bind_text(stmt, 16, mr_strbuf_text(&filters));
    mr_stmt_bind_text(stmt, 17, mr_mapping_state_name(mapping->state));
    if (mapping->due_us != 0) {
        mr_stmt_bind_int(stmt, 18, mapping->due_us);
    }
    mr_stmt_bind_text(stmt, 19, mapping->state_reason);
    mr_stmt_bind_text(stmt, 20, mapping->last_result);
    mr_stmt_bind_int(stmt, 21, mapping->modified_us);
    mr_strbuf_deinit(&filters);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_mapping_store_result(const mr_mapping *mapping, mr_error *err)
{
    mr_db *db = mapping->owner->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "UPDATE event_source_mappings SET last_result = ? WHERE uuid = ?");
    mr_stmt_bind_text(stmt, 1, mapping->last_result);
    mr_stmt_bind_text(stmt, 2, mapping->uuid);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_mapping_delete_rows(const mr_mapping *mapping, mr_error *err)
{
    mr_db *db = mapping->owner->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM event_source_mappings WHERE uuid = ?");
    mr_stmt_bind_text(stmt, 1, mapping->uuid);
    code = mr_stmt_run(db, stmt, err);
    if (code == MR_OK) {
        code = mr_positions_delete(db, mapping->uuid, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

/* ---- reading ---- */

static bool state_of_name(const char *name, mr_mapping_state *out)
{
    for (size_t i = 0; i < MR_MAPPING_STATE_COUNT; i++) {
        if (strcmp(state_names[i], name) == 0) {
            *out = (mr_mapping_state)i;
            return true;
        }
    }
    return false;
}

/* The patterns of a row: texts of the tree, in an array that is the caller's. */
static const char **read_filters(const cJSON *list, size_t *count)
{
    const cJSON *item;
    const char **filters = mr_calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*filters));
    *count = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item)) {
            filters[(*count)++] = item->valuestring;
        }
    }
    return filters;
}

static mr_mapping *make_of_row(mr_mappings *mappings, mr_stmt *stmt, mr_iterator_type starting)
{
    cJSON *list = cJSON_Parse(mr_stmt_text(stmt, 15));
    mr_mapping_settings settings = {
        .function = mr_stmt_text(stmt, 1),
        .source_arn = mr_stmt_text(stmt, 2),
        .role = mr_stmt_text(stmt, 3),
        .enabled = mr_stmt_int(stmt, 4) != 0,
        .starting = starting,
        .starting_us = mr_stmt_int(stmt, 6),
        .batch_size = mr_stmt_int(stmt, 7),
        .window_s = mr_stmt_int(stmt, 8),
        .lanes = mr_stmt_int(stmt, 9),
        .retries_max = mr_stmt_int(stmt, 10),
        .age_max_s = mr_stmt_int(stmt, 11),
        .bisect = mr_stmt_int(stmt, 12) != 0,
        .reports_items = mr_stmt_int(stmt, 13) != 0,
        .failure_arn = mr_stmt_text(stmt, 14),
    };
    const char **filters = read_filters(list, &settings.filter_count);
    settings.filters = filters;
    mr_mapping *mapping = mr_mapping_make(mappings, mr_stmt_text(stmt, 0), &settings);
    mr_free((void *)filters);
    cJSON_Delete(list);
    return mapping;
}

static mr_code read_row(mr_mappings *mappings, mr_stmt *stmt, mr_mapping **out, mr_error *err)
{
    mr_iterator_type starting;
    mr_mapping_state state;
    if (!mr_mapping_starting_of(mr_stmt_text(stmt, 5), &starting) ||
        !state_of_name(mr_stmt_text(stmt, 16), &state)) {
        return mr_error_set(err, MR_CORRUPT,
                            "catalog.db: event source mapping %.100s has the state \"%.40s\" and "
                            "the starting position \"%.40s\"",
                            mr_stmt_text(stmt, 0), mr_stmt_text(stmt, 16), mr_stmt_text(stmt, 5));
    }
    mr_mapping *mapping = make_of_row(mappings, stmt, starting);
    mapping->state = state;
    mapping->due_us = mr_stmt_int(stmt, 17);
    mr_free(mapping->state_reason);
    mapping->state_reason = mr_strdup(mr_stmt_text(stmt, 18));
    mr_free(mapping->last_result);
    mapping->last_result = mr_strdup(mr_stmt_text(stmt, 19));
    mapping->modified_us = mr_stmt_int(stmt, 20);
    mr_code code = mr_mapping_settings_check(&mapping->settings, err);
    if (code != MR_OK) {
        mr_error why = *err;
        mr_error_set(err, MR_CORRUPT, "catalog.db: event source mapping %s: %s", mapping->uuid,
                     why.message);
        mr_mapping_free(mapping);
        return MR_CORRUPT;
    }
    *out = mapping;
    return MR_OK;
}

mr_code mr_mapping_load_rows(mr_mappings *mappings, mr_mapping_row_fn fn, void *context,
                             mr_error *err)
{
    mr_db *db = mappings->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "SELECT uuid, function_arn, source_arn, role, enabled, starting, starting_us,"
            " batch_size, window_s, lanes, retries_max, age_max_s, bisect, reports_items,"
            " failure_arn, filters, state, due_us, state_reason, last_result, modified_us"
            " FROM event_source_mappings ORDER BY uuid");
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_mapping *mapping = NULL;
        code = read_row(mappings, stmt, &mapping, err);
        if (code != MR_OK) {
            break;
        }
        fn(context, mapping);
    }
    mr_stmt_done(stmt);
    return code;
}
