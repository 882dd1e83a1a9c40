/*
 * The configuration: one YAML file, read once at start-up into a struct that never changes
 * afterwards and that all workers share.
 *
 *   file -> yaml.c (a tree with lines) -> keys.c by the table of config_keys.c (values, defaults,
 *   unknown keys) -> config_check*.c (rules between keys, files, addresses, the Baseline
 *   Requirements) -> config_make.c (what the rooms below want to be given)
 *
 * No step stops at a mistake: all are in `mistakes`, each with file, line and mend. Keys, units and
 * defaults: docs/man/mpicd.yaml.5.
 */
#pragma once

#include "base/arena.h"
#include "base/log.h"
#include "check/check.h"
#include "config/mistakes.h"
#include "config/source.h"
#include "coordinator/coordinator.h"
#include "coordinator/transport_http.h"
#include "core/corroboration/library_floor.h"
#include "net/dns.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_NO_LOCAL SIZE_MAX

/* How the coordinator reaches a perspective. */
struct config_way {
    size_t local; /* index into config.locals, or CONFIG_NO_LOCAL: over HTTP */
    struct transport_http_settings http;
};

struct config {
    const char *file; /* as it was named on the command line; "--dev" without one */
    bool is_dev;
    const char *resolver_version; /* of libunbound; NULL: no resolver runs, or it was not judged */
    struct library_ruling resolver_ruling;

    const char *listen;
    const char *base_path;                 /* "/v1": before all paths but /healthz; NULL: none */
    unsigned workers;                      /* never 0 */
    size_t max_connections, max_in_flight; /* of the process */
    size_t max_body_bytes;
    unsigned idle_timeout_s;

    enum log_level log_level;
    enum log_format log_format;

    /*
     * The perspectives that run in this process; each has a resolver context of its own per worker.
     * If `serves_checks`, the first answers /caa and /dcv; the others exist for the coordinator
     * only. They differ in their code.
     */
    bool serves_checks;
    const struct check_settings *locals;
    size_t local_count;
    unsigned check_timeout_ms;
    struct dns_settings dns;
    const struct cidr *dns_exempt; /* from dns.never_ask: what the operator names */
    size_t dns_exempt_count;

    const char *audit_file; /* NULL: no audit records are kept */

    bool serves_mpic;
    struct coordinator_settings coordinator;
    const struct config_way *ways; /* one for each of coordinator.perspectives */
    size_t primary; /* index into locals, or CONFIG_NO_LOCAL: the caller performs that check */
    /* Warnings that would be mistakes with `baseline: enforce`, apart from the calendar's. */
    size_t breaches;
};

/*
 * The configuration in `file`, on this machine, today. NULL if there is any error in `mistakes`, a
 * file that cannot be read included; warnings alone do not hinder. All lives in the arena of
 * `mistakes`; `file` must live as long. `resolver_version`: of libunbound (core/corroboration/library_floor.h);
 * static; NULL: not judged.
 */
const struct config *config_load(const char *file, const char *resolver_version,
                                 struct mistakes *mistakes);
/* The built-in one of `--dev`, with a fresh secret. `listen` NULL: 127.0.0.1:8000. */
const struct config *config_load_dev(const char *listen, const char *resolver_version,
                                     struct mistakes *mistakes);
/* The built-in one of `mpic probe`: a perspective with the defaults. */
const struct config *config_load_probe(struct mistakes *mistakes);

/* The host names, not addresses, of the URLs of perspectives; in the arena. */
struct strv config_peer_hosts(const struct config *config, struct arena *arena);

/* dns.never_ask of a machine with these addresses; the array is the arena's. */
const struct cidr *config_never_ask(const struct config *config, const struct address *own,
                                    size_t own_count, struct arena *arena, size_t *count);

/*
 * What config_load() does with a source. Reads the files that the configuration names. `source` and
 * its text must live as long as the result.
 */
const struct config *config_read(const struct config_source *source, struct mistakes *mistakes);
