/*
 * metrics.h - the world in numbers, as Prometheus reads them: CloudWatch's metrics with their
 * meanings, under names of Prometheus's kind, and the process's own.
 *
 * Counters count from the opening of the world. docs/operations.md lists them; a test holds it and
 * the Grafana dashboard to what is written here.
 *
 * Source: Prometheus text format 0.0.4; for meanings, the developer guides' lists of CloudWatch
 * metrics of Kinesis Data Streams, Amazon Data Firehose and Lambda.
 */
#ifndef MR_SRC_WEB_METRICS_H
#define MR_SRC_WEB_METRICS_H

#include "src/web/web.h"

#define MR_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void mr_metrics_write(const mr_web *web, mr_strbuf *out);

#endif
