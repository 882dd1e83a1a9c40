/*
 * The descriptors and timers of one context of libunbound, on our loop. For net/dns_resolver.c only.
 *
 * libunbound would take its turn whenever a descriptor is ready: with hundreds of questions under way
 * whose name servers answer at once, that is hundreds of callbacks on each turn of the loop, up to a
 * tenth of a millisecond each, before anybody else is served. So what is ready queues up here, in its
 * order, and libunbound is told for so long in a turn as DNS_EVENTS_MAX_US says.
 */
#pragma once

#include "net/loop.h"

enum { DNS_EVENTS_MAX_US = 2000 };

struct dns_events;
struct ub_event_base;

struct dns_events *dns_events_new(struct loop *loop);
/* After ub_ctx_delete(): libunbound has freed its events (assert). NULL is fine. */
void dns_events_free(struct dns_events *events);
/* For ub_ctx_create_ub_event(); lives as long as `events`. */
struct ub_event_base *dns_events_base(struct dns_events *events);
