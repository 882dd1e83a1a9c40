/*
 * POST /observe: requests, what one perspective saw, and what a coordinator makes of it. Names are in
 * the style of the other requests. An observation has no property by which it could be taken for a
 * check_response or for the response of POST /mpic, and it says that it is no validation.
 */
#pragma once

#include "core/corroboration/observe.h"
#include "wire/wire.h"

#include <stdbool.h>

/* False: `issues` has at least one item. Rules across properties are observe_check_request()'s. */
bool wire_decode_observe_request(struct bytes body, struct arena *arena,
                                 struct observe_request *out,
                                 struct wire_issues *issues) MUST_CHECK;
/* Only the properties that are set. */
void wire_encode_observe_request(const struct observe_request *request, struct buf *out);

/* What a perspective answers. */
void wire_encode_observed(const struct observed *seen, struct buf *out);
/* What was asked, of whom, and how the answer is bound to it. */
struct wire_observe_expectation {
    const struct observe_question *question;
    const char *perspective_code;         /* NULL: any */
    const struct answer_binding *binding; /* NULL: the question bore none */
};
/*
 * An answer from outside. False with the reason if it is none to what was asked: no observation
 * ("is_validation": false), of another name, type or URL, of another perspective, to another question
 * (core/corroboration/binding.h), over LIMIT_REMOTE_RESPONSE_BYTES, or one that contradicts itself
 * (observed_is_sound()).
 */
bool wire_decode_observed(struct bytes body, const struct wire_observe_expectation *expected,
                          struct arena *arena, struct observed *out, struct err *err) MUST_CHECK;

/* What a coordinator answers. */
void wire_encode_observe_response(const struct observe_response *response, struct buf *out);
/* For the command `mpic`: observations, primary and agreement (without its groups) of such an answer. */
bool wire_decode_observe_response(struct bytes body, struct arena *arena,
                                  struct observe_response *out, struct err *err) MUST_CHECK;
