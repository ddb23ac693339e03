/* curl_library.c - see curl_library.h. */
#include "src/net/curl_library.h"

#include "sim/base/base.h"

#include <stddef.h>
#include <string.h>

#ifdef __APPLE__
#define LIBRARY_NAME "libcurl.4.dylib"
#else
#define LIBRARY_NAME "libcurl.so.4"
#endif

/* Each symbol, and where its address goes. */
static const struct {
    const char *name;
    size_t place;
} symbols[] = {
    {"curl_global_init", offsetof(mr_curl_library, global_init)},
    {"curl_global_cleanup", offsetof(mr_curl_library, global_cleanup)},
    {"curl_easy_init", offsetof(mr_curl_library, easy_init)},
    {"curl_easy_setopt", offsetof(mr_curl_library, easy_setopt)},
    {"curl_easy_perform", offsetof(mr_curl_library, easy_perform)},
    {"curl_easy_getinfo", offsetof(mr_curl_library, easy_getinfo)},
    {"curl_easy_cleanup", offsetof(mr_curl_library, easy_cleanup)},
    {"curl_easy_strerror", offsetof(mr_curl_library, easy_strerror)},
    {"curl_slist_append", offsetof(mr_curl_library, slist_append)},
    {"curl_slist_free_all", offsetof(mr_curl_library, slist_free_all)},
};

static mr_code find_symbols(mr_curl_library *library)
{
    for (size_t i = 0; i < MR_COUNT(symbols); i++) {
        void *address = NULL;
        if (uv_dlsym(&library->handle, symbols[i].name, &address) != 0) {
            return MR_UNSUPPORTED;
        }
        memcpy((char *)library + symbols[i].place, &address, sizeof(address));
    }
    return MR_OK;
}

mr_code mr_curl_library_open(mr_curl_library *out, mr_error *err)
{
    *out = (mr_curl_library){.global_init = NULL};
    bool opened = uv_dlopen(LIBRARY_NAME, &out->handle) == 0;
    if (!opened || find_symbols(out) != MR_OK || out->global_init(CURL_GLOBAL_DEFAULT) != 0) {
        mr_code code = mr_error_set(err, MR_UNSUPPORTED,
                                    "libcurl cannot be loaded (%s): install it (Debian package "
                                    "libcurl4)",
                                    opened ? "too old" : uv_dlerror(&out->handle));
        uv_dlclose(&out->handle);
        *out = (mr_curl_library){.global_init = NULL};
        return code;
    }
    return MR_OK;
}

void mr_curl_library_close(mr_curl_library *library)
{
    if (library->global_cleanup == NULL) {
        return;
    }
    library->global_cleanup(); /* it stays loaded: what it brought along may run at exit */
    *library = (mr_curl_library){.global_init = NULL};
}
