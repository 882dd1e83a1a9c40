/*
 * What is asked of the process over HTTP, and what is answered: one table of paths. A request gets an
 * arena; decoding, the check or the corroboration, and the answer live in it.
 */
#pragma once

#include "config/config.h"
#include "coordinator/coordinator.h"
#include "net/httpd.h"
#include "perspective/perspective.h"
#include "service/metrics.h"

struct audit;
struct routes;

struct routes_settings {
    const struct config *config;
    struct loop *loop;
    struct metrics *metrics;         /* of the process */
    struct coordinator *coordinator; /* NULL: /mpic is not served */
    struct audit *audit;             /* NULL: no records are kept */
    struct perspective *perspective; /* NULL: /caa and /dcv are not served */
};

/* `settings` is copied; what it points to outlives the routes. */
struct routes *routes_new(const struct routes_settings *settings);
/* Cancels what is running: its requests are answered by httpd_free(). */
void routes_free(struct routes *routes);

/* The handler for httpd_new(), and what goes with it; `arg` is the routes. */
void routes_handle(struct httpd_request *request, void *arg);
/* /healthz and /metrics: they are answered whatever else is refused. */
bool routes_is_vital(const struct httpd_request *request, void *arg);
void routes_on_refusal(int status, void *arg);
void routes_on_drop(enum httpd_drop why, void *arg);
