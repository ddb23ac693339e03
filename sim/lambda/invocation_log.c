/* invocation_log.c - see invocation_log.h. */
#include "sim/lambda/invocation_log.h"

#include "sim/base/timefmt.h"

static double ms_of(int64_t us)
{
    return (double)us / (double)MR_US_PER_MS;
}

/* "2025-01-01T00:00:03.000Z" */
static void append_time(mr_strbuf *out, int64_t us)
{
    char iso[MR_ISO_SIZE];
    mr_iso_format(us, iso);
    mr_strbuf_append(out, iso, sizeof("2025-01-01T00:00:00.000") - 1);
    mr_strbuf_append_char(out, 'Z');
}

void mr_invocation_log_write(const mr_answer *answer, const mr_invocation_log_options *options,
                             mr_strbuf *out)
{
    const char *id = options->request_id;
    mr_strbuf_appendf(out, "START RequestId: %s Version: %s\n", id, options->version);
    mr_strbuf_append_bytes(out, answer->log);
    if (answer->log.len > 0 && answer->log.at[answer->log.len - 1] != '\n') {
        mr_strbuf_append_char(out, '\n');
    }
    if (answer->kind == MR_OUTCOME_TIMED_OUT) {
        append_time(out, options->ended_us);
        mr_strbuf_appendf(out, " %s Task timed out after %.2f seconds\n", id,
                          (double)options->timeout_us / (double)MR_US_PER_SECOND);
    }
    int64_t billed_ms = (answer->duration_us + MR_US_PER_MS - 1) / MR_US_PER_MS;
    mr_strbuf_appendf(out, "END RequestId: %s\n", id);
    mr_strbuf_appendf(out,
                      "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %lld ms\t"
                      "Memory Size: %lld MB\t",
                      id, ms_of(answer->duration_us), (long long)(billed_ms < 1 ? 1 : billed_ms),
                      (long long)options->memory_mib);
    if (answer->memory_peak_bytes > 0) {
        mr_strbuf_appendf(out, "Max Memory Used: %llu MB\t",
                          (unsigned long long)((answer->memory_peak_bytes + MR_MIB - 1) / MR_MIB));
    }
    if (answer->init_us > 0) {
        mr_strbuf_appendf(out, "Init Duration: %.2f ms\t", ms_of(answer->init_us));
    }
    mr_strbuf_append_char(out, '\n');
}
