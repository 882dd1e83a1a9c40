/* check_response as jansson's values, for the answers that are nested in a response, and the tables of
 * its evidence. Inside wire. */
#pragma once

#include "wire/schema.h"
#include "wire/wire.h"

#include <stdbool.h>

struct json_t;

/* As wire_decode_check_result(), once it is JSON. */
bool result_read(struct json_t *json, const struct wire_expectation *expected, struct arena *arena,
                 struct check_result *out, struct err *err) MUST_CHECK;

/*
 * wire_encode_check_result() in up to `max` bytes: where that is too few, with less of its lists and strings,
 * and "evidence_truncated". Verdict and problem are always told, and of the records those that decide.
 * RESULT_LEAST_BYTES is enough for any; SIZE_MAX: all of it.
 */
void result_write_within(const struct check_request *request, const struct check_result *result,
                         size_t max, struct buf *out);
enum { RESULT_LEAST_BYTES = 3072 };

/* What observations have in common with it. */
extern const struct field_kind
    KIND_PROBLEM; /* enum problem; a name that is none of ours is passed over */
extern const struct schema EXTENDED_ERRORS; /* of struct dns_extended_error */
extern const struct schema LOOKUPS;         /* of struct lookup_report */
extern const struct schema REDIRECTS;       /* of struct redirect_report */
extern const struct schema BINDING;         /* of struct answer_binding */
extern const struct schema HOPS;            /* of struct http_hop */
