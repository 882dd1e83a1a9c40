/*
 * POST /mpic/draft-00: the interface of the IETF draft "MPIC Service" (draft-westerbaan-alldispatch-mpic),
 * in terms of ours. A request of the draft is one or two of our MPIC requests, its parts; its answer
 * is what their responses say together. Types are strict: nothing is coerced, null is no value.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "core/corroboration/mpic.h"

#include <stdbool.h>
#include <stddef.h>

enum { DRAFT_PARTS_MAX = 2 };

struct draft_request {
    struct mpic_request parts[DRAFT_PARTS_MAX]; /* of the same target; a CAA check comes last */
    size_t part_count;
    bool retrieves; /* the records of the CAA check are asked for, not its judgement */
};

/*
 *   caa        a CAA check: retrieves the records or, with caa_domains (ours), judges them, too
 *   http-acme  acme-http-01, and a CAA check unless caa_check is false or the target is an address
 *   dns        dns-change of the whole record, and a CAA check unless caa is false
 * False with what is wrong. Strings of `out` live in the arena.
 */
bool wire_decode_draft_request(struct bytes body, struct arena *arena, struct draft_request *out,
                               struct err *err) MUST_CHECK;

/* The responses to the parts of a request, in their order; all of them. */
struct draft_answer {
    const struct mpic_response *parts[DRAFT_PARTS_MAX];
    size_t part_count;
    bool retrieves; /* as of the request */
};

/* {"success":…,"perspectives":{…},"caa":{…},"error":"…"} */
void wire_encode_draft_answer(const struct draft_answer *answer, struct arena *arena,
                              struct buf *out);
/* {"success":false,"error":"<text>"} */
void wire_encode_draft_error(const char *text, struct buf *out);
/* The same with the messages of all issues. */
void wire_encode_draft_refusal(const struct rule_issues *issues, struct buf *out);
