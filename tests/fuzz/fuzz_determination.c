/*
 * The machine of one request under events of any kind, in any order, at any time. The bytes choose settings and
 * events. Whatever they are: a response that is valid has, in its last attempt, as many genuine passes as its quorum,
 * of members that were asked in that attempt, in two regions, and the primary's; no question is given out twice; no
 * question is awaited beyond the end; and ticks alone bring it to its end.
 */
#include "core/corroboration/determination.h"

#include "base/cursor.h"

#include <stdlib.h>

enum { PLACES = 6, QUESTIONS_MAX = 512, TICKS_MAX = 1000 };

#define PLACE(c, r, lat, lon)                                                                      \
    {                                                                                              \
        .code = c, .rir = r, .has_coordinates = true, .latitude = lat, .longitude = lon            \
    }
static const struct perspective_info places[PLACES] = {
    PLACE("a", RIR_ARIN, 39.96, -83.0),     PLACE("b", RIR_ARIN, 45.84, -119.7),
    PLACE("c", RIR_RIPE_NCC, 51.51, -0.13), PLACE("d", RIR_RIPE_NCC, 50.11, 8.68),
    PLACE("e", RIR_APNIC, 35.68, 139.69),   PLACE("f", RIR_LACNIC, -23.55, -46.63),
};

/* What the driver did, to hold against what the machine says. */
struct asked {
    struct determination_question question;
    size_t attempt;
    bool is_over, has_passed;
};

struct driver {
    struct determination *d;
    struct coordinator_settings settings;
    struct mpic_request request;
    struct arena *arena;
    struct asked asked[QUESTIONS_MAX];
    size_t count;
    struct moment now;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct coordinator_settings settings_of(struct cursor *data)
{
    uint8_t bits = cursor_u8(data);
    return (struct coordinator_settings){
        .perspectives = places,
        .perspective_count = PLACES,
        .default_perspective_count = 2 + cursor_u8(data) % (PLACES - 1),
        .absolute_max_attempts = 1 + cursor_u8(data) % 5,
        .perspective_timeout_ms = cursor_u8(data),
        .request_timeout_ms = cursor_u16(data) % 1024,
        .baseline = (enum baseline_mode)(bits % 3),
        .returns_early = bits & 4,
        .return_early_grace_ms = cursor_u8(data) % 64,
        .has_primary = bits & 8,
        .primary = {.code = "primary"},
    };
}

static struct mpic_request request_of(struct cursor *data)
{
    struct mpic_request request = {.check = {.check_type = CHECK_CAA, .target = "a.example"}};
    struct opt_int *of[] = {
        &request.orchestration.perspective_count, &request.orchestration.quorum_count,
        &request.orchestration.max_attempts, &request.orchestration.cohort_for_single_attempt};
    uint8_t bits = cursor_u8(data);
    for (size_t i = 0; i < 4; i++)
        if (bits & 1 << i)
            *of[i] = OPT_INT(cursor_u8(data) % 8);
    if (bits == 0xff)
        request.check.target = "no name";
    return request;
}

static void take_questions(struct driver *driver)
{
    struct determination_question question;
    while (driver->count < QUESTIONS_MAX && determination_next_question(driver->d, &question)) {
        for (size_t i = 0; i < driver->count; i++)
            require(driver->asked[i].question.number != question.number);
        driver->asked[driver->count++] =
            (struct asked){question, determination_attempt_count(driver->d), false, false};
    }
}

static void take_abandoned(struct driver *driver)
{
    size_t number, i;
    while (determination_next_abandoned(driver->d, &number)) {
        for (i = 0; i < driver->count && driver->asked[i].question.number != number; i++)
            ;
        require(i < driver->count && !driver->asked[i].is_over);
        driver->asked[i].is_over = true;
    }
}

static void answer(struct driver *driver, uint8_t kind, size_t number)
{
    struct check_result result;
    struct asked *asked = NULL;
    for (size_t i = 0; i < driver->count; i++)
        if (driver->asked[i].question.number == number)
            asked = &driver->asked[i];
    bool is_awaited = determination_awaits(driver->d, number);
    require(!is_awaited || (asked && !asked->is_over));
    check_result_init(&result, &driver->request.check);
    result.details.caa.caa_record_present = OPT_BOOL(false);
    bool is_pass = kind % 4 == 0;
    if (is_pass)
        check_result_pass(&result, "no records");
    else
        check_result_problem(&result,
                             kind % 4 == 1 ? PROBLEM_CAA_NOT_PERMITTED : PROBLEM_DNS_SERVFAIL, "x");
    bool is_taken = kind % 4 == 3
                        ? determination_take_failure(driver->d, number, "x", driver->now)
                        : determination_take_result(driver->d, number, &result, driver->now);
    require(is_taken == is_awaited);
    if (is_taken) {
        asked->is_over = true;
        asked->has_passed = is_pass;
    }
}

static void run_event(struct driver *driver, struct cursor *data)
{
    uint8_t event = cursor_u8(data), value = cursor_u8(data);
    driver->now.wall_ns += (int64_t)(int8_t)value * 1000000;
    switch (event & 7) {
    case 0:
        driver->now.ms += value;
        determination_tick(driver->d, driver->now);
        break;
    case 1:
        driver->now.ms -= value < driver->now.ms ? value : driver->now.ms;
        determination_tick(driver->d, driver->now);
        break;
    case 2:
        take_questions(driver);
        break;
    case 3:
        take_abandoned(driver);
        break;
    default:
        answer(driver, event >> 3, value);
    }
}

/* The promise, by what was really handed in. */
static void check_valid(const struct driver *driver, const struct mpic_response *response)
{
    size_t passes = 0, rirs = 0;
    bool primary_passed = !driver->settings.has_primary, seen[RIR_COUNT] = {false};
    for (size_t i = 0; i < driver->count; i++) {
        const struct asked *asked = &driver->asked[i];
        if (!asked->has_passed)
            continue;
        if (asked->question.perspective == SIZE_MAX) {
            primary_passed = true;
        } else if (asked->attempt == response->attempt_count) {
            enum rir rir = places[asked->question.perspective].rir;
            rirs += !seen[rir];
            seen[rir] = true;
            passes++;
        }
    }
    require(passes >= response->quorum_count &&
            passes >= quorum_default(response->perspective_count));
    require(primary_passed && (rirs >= 2 || response->perspective_count == 2));
}

static void finish(struct driver *driver)
{
    for (size_t i = 0; i < TICKS_MAX && !determination_outcome(driver->d); i++) {
        driver->now.ms = determination_deadline_ms(driver->d);
        determination_tick(driver->d, driver->now);
    }
    const struct mpic_outcome *outcome = determination_outcome(driver->d);
    require(outcome && determination_deadline_ms(driver->d) == UINT64_MAX);
    take_abandoned(driver);
    for (size_t i = 0; i < driver->count; i++)
        require(driver->asked[i].is_over &&
                !determination_awaits(driver->d, driver->asked[i].question.number));
    if (outcome->kind == MPIC_RAN && outcome->response->is_valid)
        check_valid(driver, outcome->response);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct cursor data = cursor_of((struct bytes){bytes, size});
    struct driver driver = {.settings = settings_of(&data),
                            .request = request_of(&data),
                            .arena = arena_new(),
                            .now = {cursor_u8(&data), INT64_C(1795435200) * 1000000000}};
    struct cohort_pool *pool = cohort_pool_new(places, PLACES, bytes_of("a secret"));
    const struct determination_setup setup = {.settings = &driver.settings,
                                              .pools = {pool, NULL},
                                              .request = &driver.request,
                                              .arena = driver.arena};
    driver.d = determination_start(&setup, driver.now);
    while (cursor_left(&data) > 1)
        run_event(&driver, &data);
    take_questions(&driver);
    finish(&driver);
    cohort_pool_free(pool);
    arena_free(driver.arena);
    return 0;
}
