/* What the files of a run share. Private to them. */
#pragma once

#include "core/corroboration/binding.h"
#include "core/corroboration/determination.h"
#include "library/library.h"

enum { QUESTION_HEADERS_MAX = 4 };

struct question_header {
    const char *name, *value;
};

struct mpic_question {
    struct mpic_question *next; /* the one that was taken before it */
    const struct mpic_run *run;
    size_t number;
    const char *code;
    bool is_primary;
    uint64_t deadline_ms;
    struct answer_binding asked; /* absent: it goes to one that is unbound */
    struct question_header headers[QUESTION_HEADERS_MAX];
    size_t header_count;
    const char *unusable; /* why what came is no answer */
};

struct mpic_run {
    struct arena *arena; /* of all that belongs to it */
    const struct mpic_coordinator *coordinator;
    struct determination *determination;
    uint64_t now_ms;
    struct bytes entropy;
    struct bytes body; /* of every question */
    const char *body_sha256;
    struct mpic_question *questions; /* that were taken, the last one first */
    struct bytes response, record;
};

struct moment moment_of(struct mpic_time time);
/* After each event: makes the response once all is over. */
void run_note_end(struct mpic_run *run);
