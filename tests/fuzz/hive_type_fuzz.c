/* hive_type_fuzz.c - a type that reads is written as text that reads as the same type. */
#include "sim/catalog/hive_type.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_hive_type *type = NULL;
    mr_hive_type *again = NULL;
    if (mr_hive_type_parse(mr_bytes_make(data, size), &type, NULL) != MR_OK) {
        return 0;
    }
    mr_strbuf first = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf second = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_hive_type_format(type, &first);
    if (mr_hive_type_parse(mr_strbuf_bytes(&first), &again, NULL) != MR_OK) {
        abort();
    }
    mr_hive_type_format(again, &second);
    if (!mr_bytes_equal(mr_strbuf_bytes(&first), mr_strbuf_bytes(&second))) {
        abort();
    }
    mr_hive_type_format_trino(type, &second);
    mr_strbuf_deinit(&first);
    mr_strbuf_deinit(&second);
    mr_hive_type_free(type);
    mr_hive_type_free(again);
    return 0;
}
