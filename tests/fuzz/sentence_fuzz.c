/* sentence_fuzz.c - any body is one right sentence, with a letter in it, or has a failure of the
 * list and a message. */
#include "src/web/sentence.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_listed(const mr_web_failure *failure)
{
    for (const mr_web_failure *const *at = mr_sentence_failures; *at != NULL; at++) {
        if (*at == failure) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mr_bytes body = mr_bytes_make(data, size);
    mr_strbuf sentence = mr_strbuf_make(size + 1);
    mr_strbuf message = mr_strbuf_make(1024);
    const mr_web_failure *failure = mr_sentence_read(body, &sentence, &message);
    MR_ASSERT(!message.overflowed);
    if (failure == NULL) {
        MR_ASSERT(sentence.len > 0 && !sentence.overflowed && message.len == 0);
        MR_ASSERT(mr_bytes_is_utf8(mr_strbuf_bytes(&sentence)));
        MR_ASSERT(mr_sentence_check(mr_strbuf_bytes(&sentence), &message) == NULL);
    } else {
        MR_ASSERT(is_listed(failure) && message.len > 0);
    }
    mr_strbuf_deinit(&message);
    mr_strbuf_deinit(&sentence);
    return 0;
}
