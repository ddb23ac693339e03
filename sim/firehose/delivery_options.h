/*
 * delivery_options.h - the settings of a delivery stream: checked in Firehose's own words, and
 * copied with their defaults filled in.
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_OPTIONS_H
#define MR_SIM_FIREHOSE_DELIVERY_OPTIONS_H

#include "sim/firehose/deaggregate.h"
#include "sim/firehose/delivery.h"

/*
 * Copies options that mr_delivery_options_check() takes. In the copy every text is owned, absent
 * prefixes and time zones stay NULL, and sizes, intervals, retries and extensions are what holds:
 * defaults are filled in, the extension is the one of object keys.
 */
mr_delivery_options mr_delivery_options_copy(const mr_delivery_options *options);
void mr_delivery_options_free(mr_delivery_options *copy);

/* How records are taken apart; the options ask for it. Errors: those of mr_deaggregation_parse().
 */
MR_NODISCARD mr_code mr_deaggregation_of(const mr_delivery_options *options, mr_deaggregation *out,
                                         mr_error *err);

#endif
