/* check_response as jansson's values, for the answers that are nested in a response. Inside wire.
 */
#pragma once

#include "wire/wire.h"

#include <stdbool.h>

struct json_t;

/* As wire_decode_check_result(), once it is JSON. */
bool result_read(struct json_t *json, const struct wire_expectation *expected, struct arena *arena,
                 struct check_result *out, struct err *err) MUST_CHECK;
