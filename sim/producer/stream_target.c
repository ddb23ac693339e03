/* stream_target.c - a data stream as the place where batches go. */
#include "sim/producer/producer.h"

static mr_code put_on_stream(void *context, const mr_record *records, size_t count,
                             mr_put_result *results, size_t *failed, mr_error *err)
{
    return mr_stream_put(context, records, count, results, failed, err);
}

mr_producer_target mr_producer_to_stream(mr_stream *stream)
{
    size_t most = (size_t)mr_stream_record_kib_max(stream) * MR_KIB;
    return (mr_producer_target){.put = put_on_stream,
                                .context = stream,
                                .name = mr_stream_name(stream),
                                .data_bytes_max = most,
                                .record_bytes_max = most};
}
