/*
 * One request on its way to its response: a machine that is told what happened and when, and says what to do.
 *
 *   run = mpic_run_start(...)
 *   until mpic_run_state(run) != MPIC_RUN_ASKING:
 *     while (q = mpic_run_next_abandoned(run)) forget q;
 *     while (q = mpic_run_next_question(run)) send it: POST, its path, headers and body, to its perspective;
 *     wait until an answer comes, or mpic_run_deadline_ms(run);
 *     mpic_run_take_answer(...), mpic_run_take_failure(...) or mpic_run_tick(...)
 *   mpic_run_response(run)
 *
 * Events may come in any order, late or twice: an answer that nobody awaits changes nothing.
 */
#ifndef MPIC_RUN_H
#define MPIC_RUN_H

#include <mpic/coordinator.h>
#include <mpic/error.h>
#include <mpic/request.h>
#include <mpic/version.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* When something happened, by the caller's clocks. */
struct mpic_time {
    uint64_t
        ms; /* monotonic, as CLOCK_MONOTONIC; where its zero is does not matter. Backwards, it stands still. */
    int64_t wall_ns; /* since 1970-01-01 UTC, as CLOCK_REALTIME */
};

#define MPIC_ENTROPY_MIN_BYTES 32

struct mpic_run_settings {
    size_t size; /* sizeof(struct mpic_run_settings) */
    struct mpic_time now;
    /*
     * Random bytes that are used for this run only, from getrandom(2) or the like: the nonces of its questions are made
     * of them. Bytes that somebody can foretell let him answer in the place of a perspective whose connection he
     * controls.
     */
    const void *entropy;
    size_t entropy_length; /* at least MPIC_ENTROPY_MIN_BYTES */
    /* Codes of perspectives that keep failing: cohorts are made of the others, where they have one of the asked size.
     * Not for a request that names a cohort by its number. */
    const char *const *left_out;
    size_t left_out_count;
};

struct mpic_run;

/* Coordinator and request outlive the run; the settings are copied. NULL with `error` (MPIC_ERROR_MISUSE) only if
 * this call is wrong: a request that breaks a rule makes a run that is over. */
MPIC_API struct mpic_run *mpic_run_start(const struct mpic_coordinator *coordinator,
                                         const struct mpic_request *request,
                                         const struct mpic_run_settings *settings,
                                         struct mpic_error **error);
/* At any time; its questions and answers go with it. */
MPIC_API void mpic_run_free(struct mpic_run *run);

/* --- whom to ask ----------------------------------------------------------------------------- */

/* Lives as long as its run. */
struct mpic_question;

/* The next one that has not been taken; NULL: there is none for now. All are to be asked at once. */
MPIC_API const struct mpic_question *mpic_run_next_question(struct mpic_run *run);
/* The next one that was taken and needs no answer any more; NULL: there is none. */
MPIC_API const struct mpic_question *mpic_run_next_abandoned(struct mpic_run *run);

/* Unlike that of any other question of the run. */
MPIC_API uint64_t mpic_question_id(const struct mpic_question *question);
/* The code of the perspective to ask. */
MPIC_API const char *mpic_question_perspective(const struct mpic_question *question);
/* 1 if that is the Primary Network Perspective, else 0. */
MPIC_API int mpic_question_is_primary(const struct mpic_question *question);
/* "/caa" or "/dcv": to be put behind the URL of the perspective. */
MPIC_API const char *mpic_question_path(const struct mpic_question *question);
/* JSON; `length` may be NULL. It is to be sent as it is: the answer names its digest. */
MPIC_API const char *mpic_question_body(const struct mpic_question *question, size_t *length);
/* Header fields to send, from 0 on; 0 where there is none, else 1. The nonce and the time limit are among them. */
MPIC_API int mpic_question_header(const struct mpic_question *question, size_t index,
                                  const char **name, const char **value);
/* What the answer must name; NULL for a perspective that is unbound. */
MPIC_API const char *mpic_question_nonce(const struct mpic_question *question);
MPIC_API const char *mpic_question_request_sha256(const struct mpic_question *question);
/* Of struct mpic_time: the answer is given up then. */
MPIC_API uint64_t mpic_question_deadline_ms(const struct mpic_question *question);
/* Why what came is no answer, or its yes was not believed, for people; NULL: nothing has come, or it was good. */
MPIC_API const char *mpic_question_fault(const struct mpic_question *question);

/* --- what comes ------------------------------------------------------------------------------ */

enum mpic_taken {
    MPIC_TAKEN = 0,        /* as the answer of that perspective */
    MPIC_TAKEN_FAULTY = 1, /* as its failure to answer: mpic_question_fault() */
    MPIC_NOT_AWAITED = 2,  /* nothing changed: never asked, answered, given up, or all is over */
    MPIC_NOT_TAKEN = 3     /* nothing changed: NULL where there must be something */
};

/* The whole body of an answer to question `id`, with its HTTP status; or as much of it as was read, which must be more
 * than MPIC_ANSWER_MAX_BYTES. `body` may be NULL if `length` is 0. */
#define MPIC_ANSWER_MAX_BYTES 524288
MPIC_API enum mpic_taken mpic_run_take_answer(struct mpic_run *run, uint64_t id, int http_status,
                                              const void *body, size_t length,
                                              struct mpic_time now);
/* There is none. `text` says why, for people, and without internal addresses: whoever sent the request reads it. */
MPIC_API enum mpic_taken mpic_run_take_failure(struct mpic_run *run, uint64_t id, const char *text,
                                               struct mpic_time now);
/* Gives up whose time is over. Nothing else does: an answer that is handed in before counts. */
MPIC_API void mpic_run_tick(struct mpic_run *run, struct mpic_time now);
/* When mpic_run_tick() will have something to do; UINT64_MAX: it is over. */
MPIC_API uint64_t mpic_run_deadline_ms(const struct mpic_run *run);

/* --- what came of it --------------------------------------------------------------------------- */

enum mpic_run_state {
    MPIC_RUN_ASKING = 0,
    MPIC_RUN_ANSWERED = 1, /* HTTP status 200: the verdict is in the response */
    MPIC_RUN_REFUSED =
        2, /* 400: the request breaks a rule, or asks for a cohort that there is not */
    MPIC_RUN_IMPOSSIBLE = 3 /* 500: the perspectives make no cohort of the default size */
};

MPIC_API enum mpic_run_state mpic_run_state(const struct mpic_run *run);
/* 0 while it is asking. */
MPIC_API int mpic_run_http_status(const struct mpic_run *run);
/* 1 only if it is over and enough perspectives corroborate, by all rules; else 0. */
MPIC_API int mpic_run_is_valid(const struct mpic_run *run);
/* The body that mpicd answers POST /mpic with, as JSON of under 1 MB; NULL while it is asking. `length` may be NULL. */
MPIC_API const char *mpic_run_response(const struct mpic_run *run, size_t *length);
/* The same for records that are kept (BR 5.4.1): all evidence, and no secrets. NULL unless it is
 * MPIC_RUN_ANSWERED. */
MPIC_API const char *mpic_run_record(struct mpic_run *run, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
