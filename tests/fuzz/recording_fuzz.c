/* recording_fuzz.c - any line as one of a recording: what is read can be written and is then read
 * the same, and what was written so is not changed by going round once more. */
#include "src/producer/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_header(mr_bytes text)
{
    mr_arena *arena = mr_arena_new();
    mr_recording_header header, again;
    if (mr_recording_header_read(text, arena, &header, NULL) == MR_OK) {
        mr_strbuf written = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_recording_header_write(&header, &written);
        mr_code code = mr_recording_header_read(mr_strbuf_bytes(&written), arena, &again, NULL);
        MR_ASSERT(code == MR_OK);
        MR_ASSERT(again.start_us == header.start_us);
        MR_ASSERT(again.seed == header.seed);
        MR_ASSERT(again.parameter_count == header.parameter_count);
        mr_strbuf_deinit(&written);
    }
    mr_arena_free(arena);
}

/* Writes what the line holds. */
static void write_line(const mr_recording_line *line, mr_strbuf *out)
{
    const mr_recording_put *put = mr_recording_line_put(line);
    if (put != NULL) {
        MR_ASSERT(put->count >= 1 && put->count <= MR_PUT_RECORDS_MAX);
        MR_ASSERT(put->at_us >= 0 && put->at_us <= MR_RECORDING_SPAN_US_MAX);
        mr_recording_put_write(put, out);
    } else {
        mr_recording_end_write(mr_recording_line_end(line), out);
    }
}

static void check_line(mr_bytes text)
{
    mr_recording_line *line = mr_recording_line_new();
    if (mr_recording_line_read(line, text, NULL) == MR_OK) {
        mr_strbuf once = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf twice = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        write_line(line, &once);
        mr_code code = mr_recording_line_read(line, mr_strbuf_bytes(&once), NULL);
        MR_ASSERT(code == MR_OK);
        write_line(line, &twice);
        MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&once), mr_strbuf_bytes(&twice)));
        mr_strbuf_deinit(&twice);
        mr_strbuf_deinit(&once);
    }
    mr_recording_line_free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    check_header(text);
    check_line(text);
    return 0;
}
