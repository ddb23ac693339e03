/*
 * health.h - /_millrace/health, and the same at /_localstack/health, where tools look for it.
 */
#ifndef MR_SRC_APP_HEALTH_H
#define MR_SRC_APP_HEALTH_H

#include "src/http/request.h"

#include <stdint.h>

typedef enum mr_health_status {
    MR_HEALTH_STARTING,
    MR_HEALTH_READY,
    MR_HEALTH_STOPPING
} mr_health_status;

typedef struct mr_health {
    mr_health_status status;
    int64_t up_us;
} mr_health;

/* Whether the path is one of ours: under /_millrace/ or /_localstack/. */
bool mr_health_owns(mr_bytes path);
/* Answers: 200 when ready, otherwise 503; 404 for another path of ours, 405 for another method. */
void mr_health_answer(const mr_health *health, mr_http_request *request);

#endif
