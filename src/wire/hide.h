/* Takes values that no record may hold out of JSON of ours. Inside wire only. */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

#include <stddef.h>

/* What stands for a hidden value. */
#define HIDDEN_TEXT "[hidden]"
/* A shorter value is no secret, and would be found in anything. */
enum { HIDDEN_MIN_BYTES = 8 };

/*
 * Copies `json`, compact text of ours. In every string but the names of properties, each occurrence
 * of one of the `values` becomes HIDDEN_TEXT, also if the string escapes it; a `response_page`, which
 * is base64, becomes it as a whole if the page holds one. Values of fewer than HIDDEN_MIN_BYTES are
 * ignored.
 */
void hide_values(struct bytes json, const struct bytes *values, size_t count, struct buf *out);
