/* deliveries.c - the registry of delivery streams: see delivery.h. */
#include "sim/base/alloc.h"
#include "sim/firehose/delivery_private.h"

mr_deliveries *mr_deliveries_new(const mr_deliveries_options *options)
{
    mr_deliveries *deliveries = mr_calloc(1, sizeof(*deliveries));
    deliveries->options = *options;
    deliveries->options.region = mr_strdup(options->region);
    deliveries->options.account = mr_strdup(options->account);
    deliveries->by_name = mr_map_new();
    return deliveries;
}

void mr_deliveries_free(mr_deliveries *deliveries)
{
    if (deliveries == NULL) {
        return;
    }
    size_t count;
    mr_delivery **all = mr_deliveries_list(deliveries, &count);
    for (size_t i = 0; i < count; i++) {
        mr_delivery_free(all[i]);
    }
    mr_free(all);
    mr_map_free(deliveries->by_name);
    mr_free((char *)deliveries->options.region);
    mr_free((char *)deliveries->options.account);
    mr_free(deliveries);
}

void mr_deliveries_on_object(mr_deliveries *deliveries, mr_object_written_fn fn, void *context)
{
    deliveries->on_object = fn;
    deliveries->on_object_context = context;
}

void mr_deliveries_on_fatal(mr_deliveries *deliveries, mr_fatal_fn fn, void *context)
{
    deliveries->on_fatal = fn;
    deliveries->on_fatal_context = context;
}

mr_code mr_deliveries_create(mr_deliveries *deliveries, const mr_delivery_options *options,
                             mr_delivery **out, mr_error *err)
{
    mr_code code = mr_delivery_options_check(options, err);
    if (code != MR_OK) {
        return code;
    }
    if (mr_deliveries_find(deliveries, options->name) != NULL) {
        return mr_error_set(err, MR_DELIVERY_STREAM_EXISTS,
                            "Firehose %s under accountId %s already exists", options->name,
                            deliveries->options.account);
    }
    code = mr_delivery_open(deliveries, options, out, err);
    if (code != MR_OK) {
        return code;
    }
    (void)mr_map_put(deliveries->by_name, mr_bytes_of(options->name), *out);
    return MR_OK;
}

static mr_code forget_rows(mr_deliveries *deliveries, const char *name, mr_error *err)
{
    /* delivery_sinks stays: the names of objects are drawn by the numbers in it, and a delivery
     * stream that is made anew must not draw those of the objects that are there. */
    static const char *const statements[] = {
        "DELETE FROM delivery_streams WHERE name = ?",
        "DELETE FROM delivery_positions WHERE delivery = ?",
        "DELETE FROM delivery_commits WHERE delivery = ?",
    };
    return mr_db_run_all(deliveries->options.db, statements, MR_COUNT(statements), name, err);
}

mr_code mr_deliveries_remove(mr_deliveries *deliveries, const char *name, mr_error *err)
{
    mr_delivery_free(mr_map_remove(deliveries->by_name, mr_bytes_of(name)));
    char *ring = mr_delivery_ring_name(name);
    mr_code code = MR_OK;
    if (mr_streams_find(deliveries->options.streams, ring) != NULL) {
        code = mr_streams_delete(deliveries->options.streams, ring, err);
    }
    mr_free(ring);
    return code == MR_OK ? forget_rows(deliveries, name, err) : code;
}

mr_delivery *mr_deliveries_find(mr_deliveries *deliveries, const char *name)
{
    return mr_map_get(deliveries->by_name, mr_bytes_of(name));
}

mr_delivery **mr_deliveries_list(mr_deliveries *deliveries, size_t *count)
{
    *count = mr_map_count(deliveries->by_name);
    return (mr_delivery **)mr_map_sorted(deliveries->by_name);
}
