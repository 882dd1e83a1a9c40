/* What a configuration is read from: its text, and what its meaning depends on besides. */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/err.h"
#include "net/interfaces.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_source {
    const char *name; /* for messages */
    struct bytes text;
    const char *folder;  /* relative file names start here */
    bool is_open_to_all; /* everybody on the machine can read the file */
    bool is_dev;
    int64_t now_s; /* UTC: what the Baseline Requirements demand depends on the day */
    unsigned cpus; /* for `workers: 0` */
    /* Of libunbound, from config_load(). NULL: not judged, as for a plan, which may be made on
     * another machine. */
    const char *resolver_version;
    /* Of this machine's interfaces, as they are at start-up (later: service/own_addresses.h): never
     * contacted. */
    const struct address *own_addresses;
    size_t own_address_count;
};

/* The file at `path` on this machine, now. `path` must live as long as `out`. */
bool config_source_file(const char *path, struct arena *arena, struct config_source *out,
                        struct err *err) MUST_CHECK;

/* `--dev`: the built-in text with a fresh secret. `listen` NULL: 127.0.0.1:8000. */
bool config_source_dev(const char *listen, struct arena *arena, struct config_source *out,
                       struct err *err) MUST_CHECK;

/* `mpic probe` without a file: a perspective with the defaults. */
bool config_source_probe(struct arena *arena, struct config_source *out,
                         struct err *err) MUST_CHECK;
