/* What `--check-config` says of a configuration that can be used. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

#include <stdint.h>

/* For people: roles, listener, resolver, perspectives, cohorts, and what the Baseline Requirements
 * demand on the day `now_s` and from which days on. No secrets. */
void config_summary(const struct config *config, int64_t now_s, struct buf *out);
