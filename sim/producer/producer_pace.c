/*
 * producer_pace.c - when rows arrive and batches leave, and what a change of the rate or a pause
 * does to rows that have been read but have not arrived.
 *
 * The schedule is a line: row base_rows arrives at base_us, and row n (n - base_rows) / rate
 * seconds later. A change of the rate bends it at the present moment, between two rows as a rule,
 * so base_rows has a fraction: what had passed of the wait for the next row is not lost. A pause
 * moves the line to the right by its length.
 */
#include "sim/producer/producer_private.h"

#include <math.h>

#define WAIT_MOST_US 1e17 /* three thousand years: further away than anyone waits */

int64_t producer_now_us(const mr_producer *p)
{
    return p->paused ? p->paused_us : mr_clock_now_us(p->options.clock);
}

int64_t producer_arrival_of(const mr_producer *p, uint64_t n)
{
    int64_t now_us = producer_now_us(p);
    if (p->options.rate == 0) {
        return now_us;
    }
    double after_us = ((double)n - p->base_rows) * 1e6 / p->options.rate;
    if (after_us > WAIT_MOST_US) {
        after_us = WAIT_MOST_US;
    }
    int64_t arrival_us = p->base_us + (int64_t)after_us;
    return arrival_us > now_us ? arrival_us : now_us;
}

void producer_wait_until(mr_producer *p, int64_t due_us)
{
    if (p->paused) {
        p->waits = true;
        p->held_due_us = due_us;
    } else {
        mr_timer_set(&p->timer, due_us);
    }
}

void producer_wait_for_batch(mr_producer *p)
{
    MR_ASSERT(p->state == PRODUCER_READY);
    const batch *b = &p->batch;
    producer_wait_until(p,
                        p->options.rate > 0 ? b->entries[b->count - 1].arrival_us : p->next_put_us);
}

void producer_stop_waiting(mr_producer *p)
{
    mr_timer_cancel(&p->timer);
    p->waits = false;
}

/* ---- rows that have been read and have not arrived ---- */

/* Gives the entries that had not arrived at since_us the arrival that the schedule has for them
 * now, and the load time of that. */
static void follow_schedule(mr_producer *p, int64_t since_us)
{
    batch *b = &p->batch;
    size_t count = b->count + (b->has_next ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        batch_entry *entry = &b->entries[i];
        if (entry->arrival_us <= since_us) {
            continue;
        }
        entry->arrival_us = producer_arrival_of(p, entry->ordinal);
        mr_encoder_set_load_time(p->encoder, b->bytes.at + entry->at + entry->key_len,
                                 entry->data_len,
                                 entry->arrival_us + mr_clock_jumped_us(p->options.clock));
    }
}

/* ---- the rate ---- */

void mr_producer_set_rate(mr_producer *p, double rate)
{
    MR_ASSERT(isfinite(rate));
    MR_ASSERT(rate >= 0);
    if (rate == p->options.rate) {
        return;
    }
    const int64_t now_us = producer_now_us(p);
    p->base_rows = p->options.rate == 0
                       ? (double)p->arrived
                       : p->base_rows + (double)(now_us - p->base_us) * p->options.rate / 1e6;
    p->base_us = now_us;
    p->options.rate = rate;
    follow_schedule(p, now_us);
    if (p->state == PRODUCER_READY) {
        producer_wait_for_batch(p);
    }
}

double mr_producer_rate(const mr_producer *p)
{
    return p->options.rate;
}

/* ---- pauses ---- */

void mr_producer_pause(mr_producer *p)
{
    if (p->paused) {
        return;
    }
    p->paused_us = mr_clock_now_us(p->options.clock);
    p->paused = true;
    if (mr_timer_is_set(&p->timer)) {
        producer_wait_until(p, p->timer.due_us);
        mr_timer_cancel(&p->timer);
    }
}

void mr_producer_resume(mr_producer *p)
{
    if (!p->paused) {
        return;
    }
    const int64_t shift_us = mr_clock_now_us(p->options.clock) - p->paused_us;
    p->base_us += shift_us;
    p->next_put_us += shift_us;
    p->paused = false;
    follow_schedule(p, p->paused_us);
    if (p->waits) {
        p->waits = false;
        mr_timer_set(&p->timer, p->held_due_us + shift_us);
    }
}

bool mr_producer_is_paused(const mr_producer *p)
{
    return p->paused;
}
