/* The response of POST /mpic inside wire. */
#pragma once

#include "base/buf.h"
#include "core/corroboration/mpic.h"

/* wire_encode_mpic_response() without its limit: for records, whose secrets could not be found in a cut
 * string. */
void response_write_whole(const struct mpic_response *response, struct buf *out);
