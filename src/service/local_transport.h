/* A perspective that runs in this process, as one more transport of the coordinator. */
#pragma once

#include "coordinator/transport.h"
#include "perspective/perspective.h"

/* `perspective` and `loop` must outlive the transport. */
struct transport *local_transport_new(struct loop *loop, struct perspective *perspective);
