#include "library/run.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(MPIC_ANSWER_MAX_BYTES == LIMIT_REMOTE_RESPONSE_BYTES, "the public limit is ours");

struct moment moment_of(struct mpic_time time)
{
    return (struct moment){time.ms, time.wall_ns};
}

/* --- the beginning --------------------------------------------------------------------------- */

static bool check_call(const struct mpic_run_settings *settings, struct mpic_error **error)
{
    if (!settings->entropy || settings->entropy_length < MPIC_ENTROPY_MIN_BYTES)
        return error_set(error, MPIC_ERROR_MISUSE, "entropy has fewer than %d bytes",
                         MPIC_ENTROPY_MIN_BYTES);
    if (!settings->left_out && settings->left_out_count > 0)
        return error_set(error, MPIC_ERROR_MISUSE, "left_out is NULL, and has items");
    return true;
}

/* The pool without those that are left out; NULL with `error` for a code that there is not. */
static struct cohort_pool *new_pool(const struct mpic_coordinator *coordinator,
                                    const struct mpic_run_settings *settings,
                                    struct mpic_error **error)
{
    const struct coordinator_settings *given = &coordinator->settings;
    bool left_out[LIMIT_PERSPECTIVES] = {false};
    for (size_t i = 0; i < settings->left_out_count; i++) {
        size_t index =
            settings->left_out[i] ? coordinator_find(coordinator, settings->left_out[i]) : SIZE_MAX;
        if (index == SIZE_MAX) {
            error_set(error, MPIC_ERROR_MISUSE, "left_out[%zu] is the code of no perspective", i);
            return NULL;
        }
        left_out[index] = true;
    }
    return cohort_pool_new_without(given->perspectives, given->perspective_count, given->secret,
                                   left_out);
}

static struct bytes encode_question(struct arena *arena, const struct check_request *check)
{
    struct buf body = {0};
    wire_encode_check_request(check, &body);
    return bytes_take(arena, &body);
}

static struct mpic_run *make(const struct mpic_coordinator *coordinator,
                             const struct mpic_request *request,
                             const struct mpic_run_settings *settings,
                             const struct cohort_pool *healthy)
{
    struct mpic_run *run = xcalloc(1, sizeof *run);
    run->arena = arena_new();
    run->coordinator = coordinator;
    run->now_ms = settings->now.ms;
    run->entropy =
        arena_bytes(run->arena, (struct bytes){settings->entropy, settings->entropy_length});
    run->body = encode_question(run->arena, &request->check);
    run->body_sha256 = binding_digest(run->arena, run->body);
    const struct determination_setup setup = {
        .settings = &coordinator->settings,
        .pools = {coordinator->pool, healthy},
        .request = request,
        .arena = run->arena,
    };
    run->determination = determination_start(&setup, moment_of(settings->now));
    run_note_end(run);
    return run;
}

struct mpic_run *mpic_run_start(const struct mpic_coordinator *coordinator,
                                const struct mpic_request *request,
                                const struct mpic_run_settings *settings, struct mpic_error **error)
{
    struct mpic_run_settings given;
    struct cohort_pool *healthy = NULL;
    if (!coordinator || !request || !fields_take(&given, sizeof given, settings)) {
        error_set(error, MPIC_ERROR_MISUSE,
                  "coordinator, request or settings is NULL, or has a size that is not known");
        return NULL;
    }
    if (!check_call(&given, error))
        return NULL;
    if (given.left_out_count > 0 && !(healthy = new_pool(coordinator, &given, error)))
        return NULL;
    struct mpic_run *run = make(coordinator, request, &given, healthy);
    cohort_pool_free(healthy);
    return run;
}

void mpic_run_free(struct mpic_run *run)
{
    if (!run)
        return;
    arena_free(run->arena);
    free(run);
}

/* --- what came of it --------------------------------------------------------------------------- */

static void encode_refusal(const struct rule_issues *rules, struct buf *out)
{
    struct wire_issues issues = {0};
    wire_issues_add_rules(&issues, rules);
    wire_encode_issues(&issues, out);
    wire_issues_clear(&issues);
}

void run_note_end(struct mpic_run *run)
{
    const struct mpic_outcome *outcome = determination_outcome(run->determination);
    struct buf response = {0};
    if (!outcome || run->response.p)
        return;
    switch (outcome->kind) {
    case MPIC_RAN:
        wire_encode_mpic_response(outcome->response, &response);
        break;
    case MPIC_REFUSED:
        encode_refusal(outcome->issues, &response);
        break;
    case MPIC_NO_COHORT:
    case MPIC_BUSY: /* of drivers that compile expressions aside: never of ours */
        wire_encode_error(outcome->error_text, &response);
        break;
    }
    run->response = bytes_take(run->arena, &response);
}

enum mpic_run_state mpic_run_state(const struct mpic_run *run)
{
    static const enum mpic_run_state states[] = {[MPIC_RAN] = MPIC_RUN_ANSWERED,
                                                 [MPIC_REFUSED] = MPIC_RUN_REFUSED,
                                                 [MPIC_NO_COHORT] = MPIC_RUN_IMPOSSIBLE,
                                                 [MPIC_BUSY] = MPIC_RUN_IMPOSSIBLE};
    const struct mpic_outcome *outcome = run ? determination_outcome(run->determination) : NULL;
    return outcome ? states[outcome->kind] : MPIC_RUN_ASKING;
}

int mpic_run_http_status(const struct mpic_run *run)
{
    static const int statuses[] = {[MPIC_RUN_ASKING] = 0,
                                   [MPIC_RUN_ANSWERED] = 200,
                                   [MPIC_RUN_REFUSED] = 400,
                                   [MPIC_RUN_IMPOSSIBLE] = 500};
    return statuses[mpic_run_state(run)];
}

int mpic_run_is_valid(const struct mpic_run *run)
{
    return mpic_run_state(run) == MPIC_RUN_ANSWERED &&
           determination_outcome(run->determination)->response->is_valid;
}

const char *mpic_run_response(const struct mpic_run *run, size_t *length)
{
    return text_of(run ? run->response : (struct bytes){0}, length);
}

const char *mpic_run_record(struct mpic_run *run, size_t *length)
{
    if (mpic_run_state(run) != MPIC_RUN_ANSWERED)
        return text_of((struct bytes){0}, length);
    if (!run->record.p) {
        struct buf record = {0};
        wire_encode_mpic_record(determination_outcome(run->determination)->response, run->arena,
                                &record);
        run->record = bytes_take(run->arena, &record);
    }
    return text_of(run->record, length);
}
