/*
 * The parts of config.c: each judges its section of the keys as written and fills its members of
 * struct config. A part that finds a mistake goes on; config_read() gives nothing out in the end.
 */
#pragma once

#include "config/config.h"
#include "config/rows.h"
#include "config/yaml.h"

#include <stdbool.h>

/* One configuration on its way from keys to struct config. */
struct config_reading {
    const struct config_source *source;
    struct mistakes *mistakes;
    struct arena *arena; /* of `mistakes` */
    const struct yaml_node *root;
    const struct config_keys *keys;
    struct config *config;
    struct check_settings *locals; /* config->locals, with room for every local entry */
};

/* A mistake or a warning at the line of `path`, or of what of it there is. */
void config_mistake(const struct config_reading *r, const char *path, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void config_warning(const struct config_reading *r, const char *path, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/*
 * What the Baseline Requirements forbid: a mistake with `coordinator.baseline: enforce`, a warning
 * otherwise.
 */
void config_breach(const struct config_reading *r, const char *path, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* True if the key stands in the file. */
bool config_has(const struct config_reading *r, const char *path);
/* Operator's text in a message. */
const char *config_shown(const struct config_reading *r, const char *text);
/* Reads a file that a key names; false and a mistake at `path` if that fails. */
struct file;
bool config_read_file(const struct config_reading *r, const char *path, const char *name,
                      struct file *out);
/* A code of a perspective: letters, digits, `.`, `_`, `-`, beginning with a letter or digit. */
void config_check_code(const struct config_reading *r, const char *path, const char *code);

void config_make_server(const struct config_reading *r);
void config_make_perspective(const struct config_reading *r);
/* The resolver's part of it; name servers in `allowed` may be asked wherever they are. */
void config_make_dns(const struct config_reading *r, const struct cidr *allowed,
                     size_t allowed_count);
/*
 * The version of libunbound against its floor: a resolver with holes that are known may be made to
 * see what is not there. Last, and no mistake where there are others: those can be mended in the file.
 * Where it is none, config->resolver_ruling says it, in the summary and in the log.
 */
void config_check_library(const struct config_reading *r);
/* After the perspective: local ones need its settings. */
void config_make_coordinator(const struct config_reading *r);
/* The entries of coordinator.perspectives. */
void config_make_remotes(const struct config_reading *r);
/*
 * The entries with what they lack taken from coordinator.perspectives_file. `known_codes` gets the
 * codes of that file.
 */
const struct keys_remote *config_complete_remotes(const struct config_reading *r,
                                                  struct strv *known_codes);
/* Counts, cohorts and the calendar of the Baseline Requirements, over the perspectives as made. */
void config_check_baseline(const struct config_reading *r);
