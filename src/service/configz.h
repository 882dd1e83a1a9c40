/* What GET /configz shows of a configuration: no secret, no URL. */
#pragma once

#include "base/buf.h"
#include "config/config.h"

void configz_encode(const struct config *config, struct buf *out);
