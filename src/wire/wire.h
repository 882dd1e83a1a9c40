/*
 * JSON to structs and back: the public API (POST /mpic), the internal one (POST /caa, /dcv) and
 * what both answer. The only place that knows property names. Decoding coerces and complains as
 * Open MPIC's reference does; encoding is compact, raw UTF-8, properties in the reference's order,
 * ours after them.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "core/corroboration/mpic.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Why a body is refused: already the JSON items of `validation_issues`, because an issue of the
 * model kind (wrong JSON type, missing property) quotes the offending input. Issues of the rule
 * kind come from core. Both kinds have the keys of both: type, loc, msg, and issue_type, message.
 * Zero-initialise.
 */
struct wire_issues {
    struct buf items; /* comma-separated JSON objects */
    size_t count;
    size_t max_count; /* further ones are dropped; 0: LIMIT_ISSUES */
};
void wire_issues_clear(struct wire_issues *issues);
void wire_issues_add_rules(struct wire_issues *issues, const struct rule_issues *rules);
/* One issue of the model kind for a problem of the body as a whole: wrong content type, no body. */
void wire_issues_add_body(struct wire_issues *issues, const char *type, const char *message);
/* {"error":"request-validation-failed","validation_issues":[…]} */
void wire_encode_issues(const struct wire_issues *issues, struct buf *out);
/* {"error":"<text>"} */
void wire_encode_error(const char *text, struct buf *out);

/*
 * POST /mpic. False: `issues` has at least one item. Strings of `out` live in the arena. Which of
 * the two types is asked for follows from check_type, or without it from the presence of
 * dcv_check_parameters.
 */
bool wire_decode_mpic_request(struct bytes body, struct arena *arena, struct mpic_request *out,
                              struct wire_issues *issues) MUST_CHECK;
/* POST /caa or /dcv. */
bool wire_decode_check_request(struct bytes body, enum check_type type, struct arena *arena,
                               struct check_request *out, struct wire_issues *issues) MUST_CHECK;
/* What the coordinator sends: all properties of Open MPIC, nulls included; ours only where they are
 * set. */
void wire_encode_check_request(const struct check_request *request, struct buf *out);
void wire_encode_mpic_request(const struct mpic_request *request, struct buf *out);
/* Parameters of `method` with all defaults: what an empty request object of that method means. */
void wire_init_dcv_params(struct dcv_params *params, enum dcv_method method);
/* For a request whose caller named no dns_name_prefix: the default that follows from the target.
 * Below the reverse name of an address the record of dns-persistent has a name of its own
 * (BR 3.2.2.5.8). */
void wire_choose_dcv_prefix(struct check_request *request);

/* A perspective's answer. `perspective_code`, if there is one, stands beside `details`. */
void wire_encode_check_result(const struct check_result *result, struct buf *out);
/* What was asked, and of whom. */
struct wire_expectation {
    const struct check_request *request;
    const char *perspective_code; /* NULL: an answer may name any perspective */
    const struct answer_binding
        *binding; /* NULL: the question bore none, and the result gets none */
};
/*
 * An answer from outside, ours or the reference's. False with the reason if it is no answer to what
 * was asked: not a check_response, of another type or method, from another perspective, over
 * LIMIT_REMOTE_RESPONSE_BYTES, or one that contradicts itself (passed without completed, with a
 * problem, or with errors although no lookup failure was to be accepted). Both booleans must be
 * JSON true or false; what the question bore must come back (core/corroboration/binding.h). Unknown properties are ignored; long lists and strings of evidence are cut.
 * The result may have no problem although it is no PASS, and no perspective code.
 */
bool wire_decode_check_result(struct bytes body, const struct wire_expectation *expected,
                              struct arena *arena, struct check_result *out,
                              struct err *err) MUST_CHECK;

/*
 * Up to LIMIT_RESPONSE_BYTES, whatever perspectives sent: where that is too few, the longest
 * check_responses tell less, and "evidence_truncated" (result_write_within()); with thousands of results
 * the oldest attempts are left out, and "previous_attempts_left_out" says how many. The verdict is the
 * same, and every perspective of the last attempt has its own. The echo of the request is the caller's.
 */
void wire_encode_mpic_response(const struct mpic_response *response, struct buf *out);
/*
 * The same without that limit, for records that are kept: without the values of the caller's http_headers, tokens and
 * key authorizations, wherever they stand, "[hidden]" in their place. The evidence is all there but
 * for a page that holds one of them.
 */
void wire_encode_mpic_record(const struct mpic_response *response, struct arena *arena,
                             struct buf *out);

/* For the command `mpic`: the parts of a response, ours or the reference's, that it shows. All zero
 * when decoding fails. */
struct wire_mpic_view {
    bool is_valid, mpic_completed;
    struct opt_int perspective_count, quorum_count, attempt_count;
    const struct perspective_result *perspectives;
    size_t count;
    struct opt_int corroborating, required;
    struct strv rirs;
    const struct compliance_finding *findings;
    size_t finding_count;
    const char *reason; /* NULL: the coordinator sums nothing up */
};
bool wire_decode_mpic_response(struct bytes body, const struct mpic_request *request,
                               struct arena *arena, struct wire_mpic_view *out,
                               struct err *err) MUST_CHECK;
/* "message" of each validation issue, or "error": what a refusal says, one line each. */
const char *wire_describe_refusal(struct bytes body, struct arena *arena);
