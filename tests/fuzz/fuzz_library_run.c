/*
 * libmpic by its public functions: a run under answers, failures and ticks of any kind, in any order, whose bodies may
 * be those of other questions, changed in a byte, or no JSON at all. Whatever comes: it is valid only with as many
 * genuine passes as the quorum demands, and there is a response in the end.
 */
#include "support/library_world.h"

#include <stdlib.h>
#include <string.h>

enum { QUESTIONS_MAX = 256, TICKS_MAX = 1000 };

static const char one_attempt[] = "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\"}";
static const char three_attempts[] =
    "{\"check_type\":\"caa\",\"domain_or_ip_target\":\"a.example\",\"orchestration_parameters\":"
    "{\"max_attempts\":3}}";

struct driver {
    struct mpic_run *run;
    const struct mpic_question *questions[QUESTIONS_MAX];
    bool has_passed[QUESTIONS_MAX];
    size_t count;
    struct mpic_time now;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void take_questions(struct driver *driver)
{
    const struct mpic_question *question;
    while (driver->count < QUESTIONS_MAX && (question = mpic_run_next_question(driver->run)))
        driver->questions[driver->count++] = question;
}

/* The answer to `from`, changed in a byte if `change` is not 0, handed in as that to `to`. */
static void answer(struct driver *driver, size_t to, size_t from, uint8_t change)
{
    char body[LIBRARY_BODY_BYTES];
    if (driver->count == 0)
        return;
    to %= driver->count;
    from %= driver->count;
    library_answer(body, driver->questions[from], LIBRARY_PASS);
    body[change % strlen(body)] ^= (char)(change >> 4);
    enum mpic_taken taken = mpic_run_take_answer(
        driver->run, mpic_question_id(driver->questions[to]), 200, body, strlen(body), driver->now);
    require(taken != MPIC_NOT_TAKEN);
    if (taken == MPIC_TAKEN) {
        require(to == from); /* no change of one byte makes it the answer to another question */
        require(!mpic_question_fault(driver->questions[to]) && !driver->has_passed[to]);
        driver->has_passed[to] = true;
    }
    if (taken == MPIC_TAKEN_FAULTY)
        require(mpic_question_fault(driver->questions[to]) != NULL);
}

static size_t run_event(struct driver *driver, const uint8_t *data, size_t size)
{
    uint8_t event = data[0], a = data[1], b = data[2];
    const struct mpic_question *question =
        driver->count ? driver->questions[a % driver->count] : NULL;
    size_t raw = 0;
    switch (event & 7) {
    case 0:
        driver->now.ms += (uint64_t)a << (b & 7);
        mpic_run_tick(driver->run, driver->now);
        break;
    case 1:
        driver->now = library_time(a);
        mpic_run_tick(driver->run, driver->now);
        break;
    case 2:
        take_questions(driver);
        break;
    case 3:
        while (mpic_run_next_abandoned(driver->run))
            ;
        break;
    case 4:
        raw = b < size - 3 ? b : size - 3;
        mpic_run_take_answer(driver->run, mpic_question_id(question), event * 3, data + 3, raw,
                             driver->now);
        break;
    case 5:
        mpic_run_take_failure(driver->run, mpic_question_id(question), "failed", driver->now);
        break;
    default:
        answer(driver, a, b, event & 8 ? event : 0);
        if (event & 1)
            answer(driver, a, a, 0);
    }
    return 3 + raw;
}

static void finish(struct driver *driver)
{
    size_t passes = 0;
    for (size_t i = 0; i < TICKS_MAX && mpic_run_state(driver->run) == MPIC_RUN_ASKING; i++) {
        driver->now.ms = mpic_run_deadline_ms(driver->run);
        mpic_run_tick(driver->run, driver->now);
    }
    require(mpic_run_state(driver->run) == MPIC_RUN_ANSWERED);
    require(mpic_run_response(driver->run, NULL) && mpic_run_record(driver->run, NULL));
    /* One attempt asks LIBRARY_PLACES; the questions of the last one come last. */
    size_t first = driver->count > LIBRARY_PLACES ? driver->count - LIBRARY_PLACES : 0;
    for (size_t i = first; i < driver->count; i++)
        passes += driver->has_passed[i];
    require(!mpic_run_is_valid(driver->run) || passes >= mpic_quorum_required(LIBRARY_PLACES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mpic_settings settings = library_settings();
    struct mpic_run_settings run_settings = library_run_settings();
    const char *json = size && data[0] & 1 ? three_attempts : one_attempt;
    settings.returns_early = size && data[0] & 2;
    struct mpic_coordinator *coordinator = mpic_coordinator_new(&settings, NULL);
    struct mpic_request *request = mpic_request_from_json(json, strlen(json), NULL);
    struct driver driver = {.run = mpic_run_start(coordinator, request, &run_settings, NULL)};
    for (size_t at = 1; at + 3 <= size;)
        at += run_event(&driver, data + at, size - at);
    take_questions(&driver);
    finish(&driver);
    mpic_run_free(driver.run);
    mpic_request_free(request);
    mpic_coordinator_free(coordinator);
    return 0;
}
