/* latency.c - see latency.h. Counts stand in pages of 4,096 milliseconds, made as they are met. */
#include "src/scenario/latency.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#define PAGE_MS 4096
/* 100 years of milliseconds: what a clock that leaps may make of a wait. */
#define MS_MAX INT64_C(3155760000000)

typedef struct page {
    int64_t number; /* its first millisecond over PAGE_MS */
    uint64_t counts[PAGE_MS];
} page;

struct mr_latency {
    page **pages; /* by rising number */
    size_t count, capacity;
    page *last; /* the one that was met last: mostly it is the next too */
    uint64_t total;
    int64_t max_us;
};

mr_latency *mr_latency_new(void)
{
    mr_latency *latency = mr_calloc(1, sizeof(*latency));
    latency->max_us = -1;
    return latency;
}

void mr_latency_free(mr_latency *latency)
{
    if (latency == NULL) {
        return;
    }
    for (size_t i = 0; i < latency->count; i++) {
        mr_free(latency->pages[i]);
    }
    mr_free(latency->pages);
    mr_free(latency);
}

static page *page_of(mr_latency *latency, int64_t number)
{
    if (latency->last != NULL && latency->last->number == number) {
        return latency->last;
    }
    size_t low = 0, high = latency->count; /* the first page that is not below */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (latency->pages[middle]->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == latency->count || latency->pages[low]->number != number) {
        MR_GROW(latency->pages, latency->count, latency->capacity);
        memmove(&latency->pages[low + 1], &latency->pages[low],
                (latency->count - low) * sizeof(latency->pages[0]));
        latency->pages[low] = mr_calloc(1, sizeof(page));
        latency->pages[low]->number = number;
        latency->count++;
    }
    latency->last = latency->pages[low];
    return latency->last;
}

bool mr_latency_add(mr_latency *latency, int64_t us)
{
    us = us < 0 ? 0 : us;
    int64_t ms = (us + MR_US_PER_MS - 1) / MR_US_PER_MS;
    ms = ms < MS_MAX ? ms : MS_MAX;
    page_of(latency, ms / PAGE_MS)->counts[ms % PAGE_MS]++;
    latency->total++;
    if (us <= latency->max_us) {
        return false;
    }
    latency->max_us = us;
    return true;
}

void mr_latency_join(mr_latency *into, const mr_latency *from)
{
    for (size_t i = 0; i < from->count; i++) {
        page *p = page_of(into, from->pages[i]->number);
        for (size_t ms = 0; ms < PAGE_MS; ms++) {
            p->counts[ms] += from->pages[i]->counts[ms];
        }
    }
    into->total += from->total;
    into->max_us = into->max_us > from->max_us ? into->max_us : from->max_us;
}

int64_t mr_latency_us(const mr_latency *latency, unsigned per_mille)
{
    MR_ASSERT(per_mille >= 1 && per_mille <= 1000);
    if (latency->total == 0 || per_mille == 1000) {
        return latency->max_us;
    }
    uint64_t rank = (latency->total * per_mille + 999) / 1000; /* of one, it is the first */
    for (size_t i = 0; i < latency->count; i++) {
        const page *p = latency->pages[i];
        for (int64_t ms = 0; ms < PAGE_MS; ms++) {
            if (p->counts[ms] >= rank) {
                int64_t us = (p->number * PAGE_MS + ms) * MR_US_PER_MS;
                return us < latency->max_us ? us : latency->max_us; /* rounding passes it */
            }
            rank -= p->counts[ms];
        }
    }
    return latency->max_us;
}

int64_t mr_latency_max_us(const mr_latency *latency)
{
    return latency->max_us;
}
