/* All limits in one place, each with unit and reason. What the operator can change is in
 * config/config.h. */
#pragma once

#define LIMIT_NAME_OCTETS             253 /* RFC 1035 section 2.3.4, as text without final dot */
#define LIMIT_LABEL_OCTETS            63  /* RFC 1035 section 2.3.4 */
#define LIMIT_NAME_LABELS             127 /* follows from the two above */
#define LIMIT_RAW_NAME_BYTES          1024 /* as it came: 253 octets of A-labels are fewer in UTF-8 */
#define LIMIT_REPORTED_RECORDS        100         /* of an answer; all are decided on */
#define LIMIT_REPORTED_RECORD_BYTES   512         /* of each of them */
#define LIMIT_REPORTED_ALIAS_BYTES    (64 * 1024) /* names of aliases in the lookups of a check */
#define LIMIT_REPORTED_ADDRESSES      32  /* of a host, resolved and refused; all are decided on */
#define LIMIT_MESSAGE_OUTSIDE_BYTES   100 /* outside data in a message */
#define LIMIT_REASON_BYTES            240 /* a resolver's explanation in a message: as struct err's text */
#define LIMIT_PERSPECTIVES            256 /* configured: RFC-free choice, far above any deployment */
#define LIMIT_REMOTE_RESPONSE_BYTES   (512 * 1024) /* an answer of a perspective: 20 ms to read */
#define LIMIT_RESPONSE_BYTES          999999 /* of POST /mpic: under 1 MB, whatever perspectives send */
#define LIMIT_JSON_DEPTH              32     /* the contract's deepest body has 7 levels */
#define LIMIT_REQUEST_LIST            100 /* items of any list in a request: each record meets each */
#define LIMIT_METHOD_LABELS           16 /* in a request: they are of one method */
#define LIMIT_ANSWER_LIST             4700 /* of a list in an answer: a DNS message has no more records */
#define LIMIT_JSON_VALUES             8192 /* in one body: an object of jansson takes 350 bytes, 2 us */
#define LIMIT_REMOTE_STRING_BYTES     32768 /* of an answer: a certificate of 16 KiB in base64 */
#define LIMIT_ISSUES                  100   /* in one refusal */
#define LIMIT_ISSUE_INPUT_BYTES       1024  /* of the offending value in an issue */
#define LIMIT_URL_BYTES               2048  /* of the target of a redirect */
#define LIMIT_TOKEN_BYTES             512   /* RFC 8555 asks for 22 characters at least */
#define LIMIT_KEY_AUTHORIZATION_BYTES 1024  /* a token, a dot and a thumbprint */
#define LIMIT_HTTP_TOKEN_PATH_BYTES   1024  /* so that the first URL fits LIMIT_URL_BYTES */
#define LIMIT_HTTP_HEADERS            16    /* that a caller adds */
#define LIMIT_HTTP_HEADER_BYTES       4096  /* of all of them, names and values */
#define LIMIT_REGEX_BYTES             1024  /* of match_regex */
