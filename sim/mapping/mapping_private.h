/*
 * mapping_private.h - the inside of a mapping, shared by mappings.c (the set of them, creating),
 * mapping.c (states and polling) and mapping_row.c (its row in catalog.db).
 */
#ifndef MR_SIM_MAPPING_MAPPING_PRIVATE_H
#define MR_SIM_MAPPING_MAPPING_PRIVATE_H

#include "sim/base/map.h"
#include "sim/mapping/mapping_settings.h"
#include "sim/mapping/poller.h"

typedef enum mr_mapping_state {
    MR_MAPPING_CREATING,
    MR_MAPPING_ENABLING,
    MR_MAPPING_ENABLED,
    MR_MAPPING_DISABLING,
    MR_MAPPING_DISABLED,
    MR_MAPPING_UPDATING,
    MR_MAPPING_DELETING,
    MR_MAPPING_STATE_COUNT
} mr_mapping_state;

struct mr_mappings {
    mr_mappings_options options; /* region and account are owned */
    mr_map *by_uuid;
    mr_fatal_fn on_fatal;
    void *on_fatal_context;
};

struct mr_mapping {
    mr_mappings *owner;
    mr_mapping_settings settings; /* owned; function is the full ARN, role is never NULL */
    char *uuid, *arn;
    mr_mapping_state state;
    int64_t due_us; /* when the state ends; 0: it does not */
    mr_timer timer;
    char *state_reason, *last_result; /* owned */
    int64_t modified_us;

    char *function_name, *stream_arn;
    char *consumer;           /* name; NULL: the stream itself */
    mr_poller *poller;        /* NULL: nothing is polled */
    bool restarts;            /* the poller stops because settings have changed */
    mr_mapping_counts counts; /* of pollers that are gone */
};

/* ---- mapping_row.c ---- */

const char *mr_mapping_state_name(mr_mapping_state state);
MR_NODISCARD mr_code mr_mapping_store(const mr_mapping *mapping, mr_error *err);
MR_NODISCARD mr_code mr_mapping_store_result(const mr_mapping *mapping, mr_error *err);
/* With its positions. */
MR_NODISCARD mr_code mr_mapping_delete_rows(const mr_mapping *mapping, mr_error *err);
/* Calls fn with each stored mapping, in byte order of UUIDs; what it is given is fn's. */
typedef void (*mr_mapping_row_fn)(void *context, mr_mapping *mapping);
MR_NODISCARD mr_code mr_mapping_load_rows(mr_mappings *mappings, mr_mapping_row_fn fn,
                                          void *context, mr_error *err);

/* ---- mapping.c ---- */

/* One that does nothing yet. settings: copied, with a full ARN. */
mr_mapping *mr_mapping_make(mr_mappings *owner, const char *uuid,
                            const mr_mapping_settings *settings);
void mr_mapping_free(mr_mapping *mapping); /* NULL is fine */
/* The stream that it reads. Errors: MR_INVALID_ARGUMENT ("Stream not found: ..."). */
MR_NODISCARD mr_code mr_mapping_find_stream(const mr_mapping *mapping, mr_stream **out,
                                            mr_error *err);
/* Takes function and source of the settings apart: after these have changed. */
void mr_mapping_settle(mr_mapping *mapping);
/* Begins a state, which is over at once when states take no time. Neither stored nor acted on. */
void mr_mapping_enter(mr_mapping *mapping, mr_mapping_state state, const char *reason);
/* Polls, or stops to, as its state says. Errors: those of mr_poller_new(); a source that is not
 * there is none. */
MR_NODISCARD mr_code mr_mapping_act(mr_mapping *mapping, mr_error *err);
/* Goes on with what the last world left. */
MR_NODISCARD mr_code mr_mapping_resume(mr_mapping *mapping, mr_error *err);

/* ---- mappings.c ---- */

void mr_mappings_fail(mr_mappings *mappings, const mr_error *err);
/* Takes it out of the set and frees it. */
void mr_mappings_forget(mr_mappings *mappings, mr_mapping *mapping);

#endif
