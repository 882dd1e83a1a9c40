#include "support/library_world.h"

#include <stdio.h>

#define PLACE(c, r, lat, lon)                                                                      \
    {                                                                                              \
        .size = sizeof(struct mpic_perspective), .code = c, .rir = r, .has_coordinates = 1,        \
        .latitude = lat, .longitude = lon                                                          \
    }
static const struct mpic_perspective places[LIBRARY_PLACES] = {
    PLACE("us-east-2", "ARIN", 39.96, -83.0),        PLACE("us-west-2", "ARIN", 45.84, -119.7),
    PLACE("eu-west-2", "RIPE NCC", 51.51, -0.13),    PLACE("eu-central-1", "RIPE NCC", 50.11, 8.68),
    PLACE("ap-northeast-1", "APNIC", 35.68, 139.69), PLACE("sa-east-1", "LACNIC", -23.55, -46.63),
};
static const struct mpic_perspective *const all[LIBRARY_PLACES] = {
    &places[0], &places[1], &places[2], &places[3], &places[4], &places[5]};

struct mpic_settings library_settings(void)
{
    static const char secret[] = "a secret for tests";
    return (struct mpic_settings){
        .size = sizeof(struct mpic_settings),
        .perspectives = all,
        .perspective_count = LIBRARY_PLACES,
        .secret = secret,
        .secret_length = sizeof secret - 1,
        .default_perspective_count = LIBRARY_PLACES,
        .perspective_timeout_ms = 1000,
        .request_timeout_ms = 2500,
    };
}

struct mpic_time library_time(uint64_t ms)
{
    return (struct mpic_time){ms,
                              INT64_C(1795435200) * 1000000000 + (int64_t)(ms % 1000000) * 1000000};
}

struct mpic_run_settings library_run_settings(void)
{
    static const char entropy[] = "32 bytes, that a test may foresee";
    return (struct mpic_run_settings){
        .size = sizeof(struct mpic_run_settings),
        .now = library_time(0),
        .entropy = entropy,
        .entropy_length = sizeof entropy - 1,
    };
}

void library_answer(char body[LIBRARY_BODY_BYTES], const struct mpic_question *question,
                    enum library_verdict verdict)
{
    static const char *const verdicts[] = {
        [LIBRARY_PASS] = "\"check_completed\":true,\"check_passed\":true",
        [LIBRARY_FAIL] = "\"check_completed\":true,\"check_passed\":false",
        [LIBRARY_UNKNOWN] = "\"check_completed\":false,\"check_passed\":false"};
    char binding[256] = "null";
    if (mpic_question_nonce(question))
        snprintf(binding, sizeof binding, "{\"nonce\":\"%s\",\"request_sha256\":\"%s\"}",
                 mpic_question_nonce(question), mpic_question_request_sha256(question));
    snprintf(body, LIBRARY_BODY_BYTES,
             "{%s,\"check_type\":\"caa\",\"errors\":null,\"timestamp_ns\":1795435200000000000,"
             "\"perspective_code\":\"%s\",\"binding\":%s,\"details\":{\"caa_record_present\":false,"
             "\"found_at\":null,\"records_seen\":null}}",
             verdicts[verdict], mpic_question_perspective(question), binding);
}
