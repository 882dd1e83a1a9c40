/* For the adapters in net/ only: the libevent base under a loop. */
#pragma once

struct event_base;
struct loop;

struct event_base *loop_event_base(struct loop *loop);
