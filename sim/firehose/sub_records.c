/* sub_records.c - see sub_records.h. */
#include "sim/firehose/sub_records.h"

#include "sim/base/alloc.h"

#define CARRIER_FIRST_BYTE 0xf3 /* of its magic number */

struct mr_sub_records {
    mr_kpl_reader *carriers;       /* NULL: not taken apart */
    mr_deaggregator *deaggregator; /* NULL: no such processor */
    mr_record_view record;         /* that is open */
    mr_bytes partition_key;        /* of the user record that the deaggregator has */
    bool is_taken;                 /* without carriers: the record itself was given on */
    uint32_t next;
};

mr_sub_records *mr_sub_records_new(bool has_carriers, const mr_deaggregation *deaggregation)
{
    mr_sub_records *subs = mr_calloc(1, sizeof(*subs));
    subs->carriers = has_carriers ? mr_kpl_reader_new() : NULL;
    subs->deaggregator = deaggregation == NULL ? NULL : mr_deaggregator_new(deaggregation);
    return subs;
}

void mr_sub_records_free(mr_sub_records *subs)
{
    if (subs == NULL) {
        return;
    }
    mr_kpl_reader_free(subs->carriers);
    mr_deaggregator_free(subs->deaggregator);
    mr_free(subs);
}

bool mr_sub_records_are_one(const mr_sub_records *subs, const mr_record_view *record)
{
    if (subs->deaggregator != NULL) {
        return false;
    }
    return subs->carriers == NULL || record->data.len == 0 ||
           (unsigned char)record->data.at[0] != CARRIER_FIRST_BYTE;
}

/* ---- user records ---- */

static bool next_user_record(mr_sub_records *subs, mr_bytes *data)
{
    mr_kpl_user_record user;
    if (subs->carriers == NULL) {
        bool is_there = !subs->is_taken;
        subs->is_taken = true;
        *data = subs->record.data;
        subs->partition_key = subs->record.partition_key;
        return is_there;
    }
    if (!mr_kpl_reader_next(subs->carriers, &user)) {
        return false;
    }
    *data = user.data;
    subs->partition_key = user.partition_key;
    return true;
}

static bool has_user_record(const mr_sub_records *subs)
{
    return subs->carriers == NULL ? !subs->is_taken : mr_kpl_reader_left(subs->carriers) > 0;
}

/* ---- sub-records ---- */

void mr_sub_records_open(mr_sub_records *subs, const mr_record_view *record)
{
    mr_bytes data;
    subs->record = *record;
    subs->is_taken = false;
    subs->next = 0;
    if (subs->carriers != NULL) {
        (void)mr_kpl_reader_open(subs->carriers, record);
    }
    if (subs->deaggregator != NULL && next_user_record(subs, &data)) {
        (void)mr_deaggregator_open(subs->deaggregator, data);
    }
}

/* Data of the next one, the deaggregator being opened on the next user record when it is empty: so
 * it has something left as long as there is anything. */
static bool next_data(mr_sub_records *subs, mr_bytes *data)
{
    mr_bytes user;
    if (subs->deaggregator == NULL) {
        return next_user_record(subs, data);
    }
    while (mr_deaggregator_left(subs->deaggregator) == 0) {
        if (!next_user_record(subs, &user)) {
            return false;
        }
        (void)mr_deaggregator_open(subs->deaggregator, user);
    }
    return mr_deaggregator_next(subs->deaggregator, data);
}

static bool is_at_end(const mr_sub_records *subs)
{
    return !has_user_record(subs) &&
           (subs->deaggregator == NULL || mr_deaggregator_left(subs->deaggregator) == 0);
}

bool mr_sub_records_next(mr_sub_records *subs, mr_record_view *sub, mr_range *place)
{
    mr_bytes data;
    if (!next_data(subs, &data)) {
        return false;
    }
    *sub = subs->record;
    sub->data = data;
    sub->partition_key = subs->partition_key;
    *place = mr_range_of_sub(subs->record.number, subs->next++, is_at_end(subs));
    return true;
}
