/*
 * curl_library.h - libcurl, loaded when it is needed.
 *
 * libcurl brings some thirty libraries with it (LDAP, SSH, Kerberos, ...). Linked, they would cost
 * every command 6 ms of its start, where the rest takes less than one; only `millrace put` speaks
 * to the network. So the program is built with its header and finds it by name, as the system's
 * linker would.
 */
#ifndef MR_SRC_NET_CURL_LIBRARY_H
#define MR_SRC_NET_CURL_LIBRARY_H

#include "sim/base/error.h"

#include <curl/curl.h>
#include <uv.h>

typedef struct mr_curl_library {
    uv_lib_t handle;
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *curl);
    CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
    void (*easy_cleanup)(CURL *curl);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
} mr_curl_library;

/* Errors: MR_UNSUPPORTED: it is not installed, or too old; the message names the package. */
MR_NODISCARD mr_code mr_curl_library_open(mr_curl_library *out, mr_error *err);
void mr_curl_library_close(mr_curl_library *library); /* a zeroed one is fine */

#endif
