/*
 * The verdict of a check: what the world told us. It is data, never a C error. A verdict starts as
 * UNKNOWN, the zero value; only the last step of a method sets PASS, and only PASS corroborates.
 * Each `problem` belongs to exactly one verdict, so that "unknown" cannot become "yes" by a wrong
 * pair: check_result_problem() takes the problem and looks the verdict up.
 */
#pragma once

enum verdict {
    VERDICT_UNKNOWN = 0, /* no usable answer: timeout, SERVFAIL, bogus, … */
    VERDICT_FAIL, /* somebody answered, and the answer does not prove control or permission */
    VERDICT_PASS, /* completed, and control or permission is proven */
};

/* Why a verdict is not PASS. The names (problem_str()) are API: `details.problem` on the wire. */
enum problem {
    PROBLEM_NONE = 0, /* exactly for PASS */
    PROBLEM_PARAMETER,
    PROBLEM_NXDOMAIN,
    PROBLEM_NO_DATA,
    PROBLEM_DNS_TIMEOUT,
    PROBLEM_DNS_SERVFAIL,
    PROBLEM_DNS_REFUSED,
    PROBLEM_DNSSEC_BOGUS,
    PROBLEM_DNSSEC_INDETERMINATE, /* not examined, and the Primary Network Perspective must examine */
    PROBLEM_DNS_ALIAS,
    PROBLEM_DNS_MALFORMED,
    PROBLEM_DNS_FILTERED,
    PROBLEM_TLD_UNPROVEN, /* the TLD is said not to exist, without DNSSEC proof: nothing failed, but
                             nobody may be believed (BR 4.2.2, Internal Names) */
    PROBLEM_NO_MATCH,
    PROBLEM_CAA_NOT_PERMITTED,
    PROBLEM_CAA_CRITICAL,
    PROBLEM_NO_SUCH_TLD,
    PROBLEM_ADDRESS_REFUSED,
    PROBLEM_NO_ADDRESS,
    PROBLEM_CONNECT_FAILED,
    PROBLEM_CONNECT_TIMEOUT,
    PROBLEM_READ_TIMEOUT,
    PROBLEM_DISCONNECTED,
    PROBLEM_TLS_FAILED,
    PROBLEM_HTTP_PROTOCOL,
    PROBLEM_TOO_MANY_REDIRECTS,
    PROBLEM_REDIRECT_INVALID,
    PROBLEM_HTTP_STATUS,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_REGEX_LIMIT,
    /* TLS-ALPN (BR 3.2.2.4.20, RFC 8737 section 3): the name is the last part of the error key. */
    PROBLEM_PROTOCOL_NOT_NEGOTIATED,
    PROBLEM_UNREADABLE,
    PROBLEM_DUPLICATE_EXTENSION,
    PROBLEM_NOT_SELF_SIGNED,
    PROBLEM_EXTENSION_MISSING,
    PROBLEM_NO_SINGLE_SAN,
    PROBLEM_MALFORMED_EXTENSION,
    PROBLEM_SAN_NOT_DNSNAME,
    PROBLEM_SAN_TYPE_NOT_MATCH,
    PROBLEM_SAN_NOT_HOSTNAME,
    PROBLEM_NONCRITICAL_ALPN_EXTENSION,
    PROBLEM_DIGEST_MISMATCH,
    PROBLEM_REMOTE_CHECK, /* the coordinator got no usable answer from the perspective */
    PROBLEM_NOT_AWAITED,  /* the verdict was certain before the perspective answered */
    PROBLEM_DEADLINE,
    PROBLEM_INTERNAL,
    PROBLEM_COUNT
};

/*
 * What a problem means on the wire. Keys of `errors[].error_type` with their "mpic_error:" prefix;
 * NULL: `errors` has no entry for this problem, or it cannot arise in that type of check. One case
 * is the caller's: an unusable target of a CAA check is PROBLEM_PARAMETER under the key
 * "mpic_error:caa_checker:lookup", as Open MPIC reports it.
 */
struct problem_info {
    const char *name;
    enum verdict verdict;
    const char *caa_error_type; /* for a CAA check */
    const char *dcv_error_type; /* for a DCV check */
    const char *token;          /* first argument of the DCV lookup template; NULL: none */
};

const struct problem_info *problem_info(enum problem problem);
const char *problem_str(enum problem problem); /* "none" for PROBLEM_NONE: not for the wire */
/* PROBLEM_INTERNAL for NULL and for a name that is none of ours. */
enum problem problem_parse(const char *name);
const char *verdict_str(enum verdict verdict); /* "pass", "fail", "unknown" */
