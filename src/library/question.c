#include "base/str.h"
#include "crypto/hmac.h"
#include "library/run.h"
#include "wire/exchange.h"

#include <string.h>

/* --- whom to ask ----------------------------------------------------------------------------- */

/* Fresh and unforeseeable as the caller's random bytes: each question of a run has one of its own. */
static const char *make_nonce(const struct mpic_run *run, size_t number)
{
    uint8_t mac[SHA256_BYTES];
    const char *text = arena_printf(run->arena, "mpic question %zu", number);
    hmac_sha256(run->entropy, bytes_of(text), mac);
    return binding_nonce(run->arena, mac);
}

static void add_header(struct mpic_question *question, const char *name, const char *value)
{
    question->headers[question->header_count++] = (struct question_header){name, value};
}

static bool is_unbound(const struct mpic_run *run, const struct determination_question *asked)
{
    const struct coordinator_settings *settings = &run->coordinator->settings;
    return asked->perspective == SIZE_MAX ? settings->primary.is_unbound
                                          : settings->perspectives[asked->perspective].is_unbound;
}

const struct mpic_question *mpic_run_next_question(struct mpic_run *run)
{
    struct determination_question asked;
    if (!run || !determination_next_question(run->determination, &asked))
        return NULL;
    struct mpic_question *made = arena_alloc(run->arena, sizeof *made);
    *made = (struct mpic_question){
        .next = run->questions,
        .run = run,
        .number = asked.number,
        .code = asked.code,
        .is_primary = asked.perspective == SIZE_MAX,
        .deadline_ms = asked.deadline_ms,
    };
    add_header(made, "Content-Type", "application/json");
    add_header(made, "Accept", "application/json");
    add_header(made, WIRE_TIMEOUT_HEADER,
               arena_printf(run->arena, "%llu",
                            (unsigned long long)wire_timeout_ms(run->now_ms, asked.deadline_ms)));
    if (!is_unbound(run, &asked)) {
        made->asked =
            (struct answer_binding){true, make_nonce(run, asked.number), run->body_sha256};
        add_header(made, BINDING_NONCE_HEADER, made->asked.nonce);
    }
    run->questions = made;
    return made;
}

/* Of those that were taken; NULL for any other number. */
static struct mpic_question *find(const struct mpic_run *run, uint64_t id)
{
    struct mpic_question *question = run->questions;
    while (question && question->number != id)
        question = question->next;
    return question;
}

const struct mpic_question *mpic_run_next_abandoned(struct mpic_run *run)
{
    size_t number;
    return run && determination_next_abandoned(run->determination, &number) ? find(run, number)
                                                                            : NULL;
}

uint64_t mpic_question_id(const struct mpic_question *question)
{
    return question ? question->number : UINT64_MAX;
}

const char *mpic_question_perspective(const struct mpic_question *question)
{
    return question ? question->code : NULL;
}

int mpic_question_is_primary(const struct mpic_question *question)
{
    return question && question->is_primary;
}

const char *mpic_question_path(const struct mpic_question *question)
{
    if (!question)
        return NULL;
    return wire_check_path(determination_check(question->run->determination)->check_type);
}

const char *mpic_question_body(const struct mpic_question *question, size_t *length)
{
    return text_of(question ? question->run->body : (struct bytes){0}, length);
}

int mpic_question_header(const struct mpic_question *question, size_t index, const char **name,
                         const char **value)
{
    if (!question || index >= question->header_count || !name || !value)
        return 0;
    *name = question->headers[index].name;
    *value = question->headers[index].value;
    return 1;
}

const char *mpic_question_nonce(const struct mpic_question *question)
{
    return question ? question->asked.nonce : NULL;
}

const char *mpic_question_request_sha256(const struct mpic_question *question)
{
    return question ? question->asked.request_sha256 : NULL;
}

uint64_t mpic_question_deadline_ms(const struct mpic_question *question)
{
    return question ? question->deadline_ms : 0;
}

const char *mpic_question_fault(const struct mpic_question *question)
{
    if (!question)
        return NULL;
    const struct attempt_member *member =
        determination_member(question->run->determination, question->number);
    return question->unusable ? question->unusable : member->fault;
}

/* --- what comes ------------------------------------------------------------------------------ */

static void see_time(struct mpic_run *run, struct mpic_time now)
{
    if (now.ms > run->now_ms)
        run->now_ms = now.ms;
}

/* NULL: nobody awaits it. */
static struct mpic_question *awaited(const struct mpic_run *run, uint64_t id)
{
    struct mpic_question *question = find(run, id);
    return question && determination_awaits(run->determination, question->number) ? question : NULL;
}

static enum mpic_taken take_failure(struct mpic_run *run, struct mpic_question *question,
                                    const char *text, struct mpic_time now)
{
    question->unusable = text;
    determination_take_failure(run->determination, question->number, text, moment_of(now));
    run_note_end(run);
    return MPIC_TAKEN_FAULTY;
}

enum mpic_taken mpic_run_take_answer(struct mpic_run *run, uint64_t id, int http_status,
                                     const void *body, size_t length, struct mpic_time now)
{
    if (!run || (!body && length > 0))
        return MPIC_NOT_TAKEN;
    struct mpic_question *question = awaited(run, id);
    if (!question)
        return MPIC_NOT_AWAITED;
    see_time(run, now);
    const struct wire_expectation expected = {
        .request = determination_check(run->determination),
        .perspective_code = question->code,
        .binding = question->asked.present ? &question->asked : NULL,
    };
    const struct wire_reply reply = {http_status, {body, length}, length > MPIC_ANSWER_MAX_BYTES};
    struct check_result *result = arena_alloc(run->arena, sizeof *result);
    struct wire_reading reading = wire_read_check_reply(&reply, &expected, run->arena, result);
    if (reading.kind != WIRE_ANSWERED)
        return take_failure(run, question, reading.text, now);
    determination_take_result(run->determination, question->number, result, moment_of(now));
    run_note_end(run);
    return mpic_question_fault(question) ? MPIC_TAKEN_FAULTY : MPIC_TAKEN;
}

enum { FAILURE_TEXT_MAX_BYTES = 240 };

enum mpic_taken mpic_run_take_failure(struct mpic_run *run, uint64_t id, const char *text,
                                      struct mpic_time now)
{
    if (!run || !text)
        return MPIC_NOT_TAKEN;
    struct mpic_question *question = awaited(run, id);
    if (!question)
        return MPIC_NOT_AWAITED;
    see_time(run, now);
    return take_failure(run, question,
                        str_report(run->arena, bytes_of(text), FAILURE_TEXT_MAX_BYTES), now);
}

void mpic_run_tick(struct mpic_run *run, struct mpic_time now)
{
    if (!run)
        return;
    see_time(run, now);
    determination_tick(run->determination, moment_of(now));
    run_note_end(run);
}

uint64_t mpic_run_deadline_ms(const struct mpic_run *run)
{
    return run ? determination_deadline_ms(run->determination) : UINT64_MAX;
}
