/* Unit tests of service/metrics.c. */
#include "service/metrics.h"
#include "support/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const struct perspective_info places[] = {{.code = "us-east-2"}, {.code = "a\"b\\c\nd"}};

static void assert_has(struct metrics *metrics, const char *line)
{
    struct buf out = {0};
    metrics_format(metrics, &out);
    if (!strstr(buf_str(&out), line))
        fail_msg("no %s in\n%s", line, buf_str(&out));
    buf_clear(&out);
}

static void test_requests_are_counted_by_path_and_status(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    static const struct {
        const char *path;
        int status;
    } requests[] = {{"/mpic", 200}, {"/mpic", 200}, {"/mpic", 400},        {"/caa", 404},
                    {"/x", 404},    {"/", 404},     {"/openapi.json", 200}};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        metrics_add_request(metrics, requests[i].path, requests[i].status);
    assert_has(metrics, "\nmpic_requests_total{route=\"/mpic\",status=\"200\"} 2\n");
    assert_has(metrics, "\nmpic_requests_total{route=\"/mpic\",status=\"400\"} 1\n");
    assert_has(metrics, "\nmpic_requests_total{route=\"/caa\",status=\"404\"} 1\n");
    assert_has(metrics, "\nmpic_requests_total{route=\"other\",status=\"404\"} 2\n");
    assert_has(metrics, "\nmpic_requests_total{route=\"/openapi.json\",status=\"200\"} 1\n");
    metrics_free(metrics);
}

static void test_refusals_of_the_server_are_counted_by_status(void **state)
{
    (void)state;
    static const int statuses[] = {400, 408, 413, 414, 417, 431, 501, 503, 505};
    struct metrics *metrics = metrics_new(NULL, 0);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        char line[96];
        metrics_add_request(metrics, NULL, statuses[i]);
        snprintf(line, sizeof line, "\nmpic_requests_total{route=\"other\",status=\"%d\"} 1\n",
                 statuses[i]);
        assert_has(metrics, line);
    }
    metrics_add_drop(metrics, HTTPD_DROP_GAVE_WAY);
    assert_has(metrics, "\nmpic_connections_dropped_total{reason=\"gave_way\"} 1\n");
    assert_has(metrics, "\nmpic_connections_dropped_total{reason=\"no_room\"} 0\n");
    assert_has(metrics, "\nmpic_connections_dropped_total{reason=\"slow_reader\"} 0\n");
    metrics_free(metrics);
}

static void test_durations_are_sums_in_seconds(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    metrics_add_duration(metrics, "/dcv", 1500000);
    metrics_add_duration(metrics, "/dcv", 25);
    assert_has(metrics, "\nmpic_duration_seconds_sum{route=\"/dcv\"} 1.500025\n");
    assert_has(metrics, "\nmpic_duration_seconds_count{route=\"/dcv\"} 2\n");
    assert_has(metrics, "\nmpic_duration_seconds_sum{route=\"/mpic\"} 0.000000\n");
    metrics_free(metrics);
}

static void test_checks_are_counted_by_method_and_verdict(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    struct check_result result = {.check_type = CHECK_CAA, .verdict = VERDICT_FAIL};
    metrics_add_check(metrics, &result);
    result = (struct check_result){
        .check_type = CHECK_DCV, .method = DCV_DNS_ACCOUNT_01, .verdict = VERDICT_PASS};
    metrics_add_check(metrics, &result);
    assert_has(metrics, "\nmpic_checks_total{method=\"caa\",verdict=\"fail\"} 1\n");
    assert_has(metrics, "\nmpic_checks_total{method=\"caa\",verdict=\"pass\"} 0\n");
    assert_has(metrics, "\nmpic_checks_total{method=\"dns-account-01\",verdict=\"pass\"} 1\n");
    assert_has(metrics, "\nmpic_checks_total{method=\"acme-http-01\",verdict=\"unknown\"} 0\n");
    metrics_free(metrics);
}

static void test_health_counts_workers_by_state(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(places, 2);
    static const char unhealthy[] =
        "\nmpic_perspective_unhealthy_workers{perspective=\"us-east-2\"";
    char line[128];
    metrics_move_health(metrics, 0, HEALTH_HEALTHY, HEALTH_FAILING);
    metrics_move_health(metrics, 0, HEALTH_HEALTHY, HEALTH_FAILING);
    snprintf(line, sizeof line, "%s,state=\"failing\"} 2\n", unhealthy);
    assert_has(metrics, line);
    metrics_move_health(metrics, 0, HEALTH_FAILING, HEALTH_LEFT_OUT);
    snprintf(line, sizeof line, "%s,state=\"failing\"} 1\n", unhealthy);
    assert_has(metrics, line);
    snprintf(line, sizeof line, "%s,state=\"left_out\"} 1\n", unhealthy);
    assert_has(metrics, line);
    metrics_move_health(metrics, 0, HEALTH_LEFT_OUT, HEALTH_HEALTHY);
    snprintf(line, sizeof line, "%s,state=\"left_out\"} 0\n", unhealthy);
    assert_has(metrics, line);
    assert_has(metrics, "unhealthy_workers{perspective=\"a\\\"b\\\\c\\nd\",state=\"failing\"} 0\n");
    metrics_free(metrics);
}

static void test_corroborations_are_counted_with_the_results_of_all_attempts(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(places, 2);
    struct perspective_result first[] = {{.code = "us-east-2"}, {.code = places[1].code}};
    struct perspective_result second[] = {{.code = "us-east-2"}, {.code = "of nobody"}};
    first[0].result.verdict = VERDICT_FAIL;
    second[0].result.verdict = VERDICT_PASS;
    const struct attempt attempts[] = {{first, 2}, {second, 2}};
    const struct mpic_request request = {
        .check = {.check_type = CHECK_DCV, .dcv.method = DCV_ACME_DNS_01}};
    const struct mpic_response response = {
        .request = &request, .is_valid = true, .attempts = attempts, .attempt_count = 2};
    metrics_add_corroboration(metrics, &response);
    assert_has(metrics, "\nmpic_corroborations_total{method=\"acme-dns-01\",valid=\"true\"} 1\n");
    assert_has(metrics, "\nmpic_corroborations_total{method=\"acme-dns-01\",valid=\"false\"} 0\n");
    assert_has(metrics, "\nmpic_corroborations_total{method=\"caa\",valid=\"true\"} 0\n");
    assert_has(metrics, "{perspective=\"us-east-2\",verdict=\"unknown\"} 0\n");
    assert_has(metrics, "{perspective=\"us-east-2\",verdict=\"fail\"} 1\n");
    assert_has(metrics, "{perspective=\"us-east-2\",verdict=\"pass\"} 1\n");
    assert_has(metrics, "{perspective=\"a\\\"b\\\\c\\nd\",verdict=\"unknown\"} 1\n");
    metrics_free(metrics);
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_for_a_while(void *metrics)
{
    for (int i = 0; i < ROUNDS; i++)
        metrics_add_request(metrics, "/mpic", 200);
    return NULL;
}

static void test_threads_lose_no_count(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_for_a_while, metrics), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_has(metrics, "{route=\"/mpic\",status=\"200\"} 80000\n");
    metrics_free(metrics);
}

/* Every line is a comment or NAME{LABELS} NUMBER, and each name was announced with its type. */
static void test_text_has_the_form_of_the_format(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(places, 1);
    metrics_add_request(metrics, "/mpic", 200);
    struct buf out = {0};
    metrics_format(metrics, &out);
    assert_int_equal(strlen(buf_str(&out)), out.n); /* buf_str() ends it with a NUL */
    char type[100] = "";
    size_t lines = 0;
    for (char *rest = (char *)out.p, *line; (line = strtok_r(rest, "\n", &rest)); lines++) {
        if (line[0] == '#') {
            if (sscanf(line, "# TYPE %99s", type) != 1)
                assert_memory_equal(line, "# HELP mpic_", 12);
            continue;
        }
        assert_memory_equal(line, type, strlen(type));
        const char *number = strrchr(line, ' '); /* a label may hold blanks */
        assert_non_null(number);
        assert_int_equal(strspn(number + 1, "0123456789."), strlen(number + 1));
    }
    assert_true(lines > 80);
    buf_clear(&out);
    metrics_free(metrics);
}

static void test_longest_turn_and_long_ones_are_shown(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    assert_true(metrics_add_turn(metrics, 1500));
    assert_false(metrics_add_turn(metrics, 1500));
    assert_has(metrics, "\nmpic_loop_stall_seconds_max 0.001500\n");
    assert_has(metrics, "\nmpic_loop_stalls_total 0\n");
    assert_true(metrics_add_turn(metrics, 2020001));
    assert_false(metrics_add_turn(metrics, 20001));
    assert_has(metrics, "\nmpic_loop_stall_seconds_max 2.020001\n");
    assert_has(metrics, "\nmpic_loop_stalls_total 2\n");
    metrics_free(metrics);
}

static void test_resolver_below_its_floor_is_told(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    struct buf out = {0};
    metrics_format(metrics, &out);
    assert_null(strstr(buf_str(&out), "mpic_library_below_floor"));
    for (int is_below = 0; is_below < 2; is_below++) {
        char line[120];
        buf_clear(&out);
        metrics_set_resolver(metrics, "1.2.3", is_below);
        metrics_format(metrics, &out);
        snprintf(line, sizeof line,
                 "mpic_library_below_floor{library=\"libunbound\",version=\"1.2.3\","
                 "minimum=\"1.25.2\"} %d\n",
                 is_below);
        assert_non_null(strstr(buf_str(&out), line));
    }
    buf_clear(&out);
    metrics_free(metrics);
}

static void test_questions_of_resolvers_are_told(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new(NULL, 0);
    struct dns_counters *dns = metrics_dns(metrics);
    dns->under_way = 9;
    dns->given_up = 4;
    dns->waiting = 2;
    dns->replaced = 1;
    assert_has(metrics, "\nmpic_dns_questions{state=\"awaited\"} 5\n");
    assert_has(metrics, "\nmpic_dns_questions{state=\"given_up\"} 4\n");
    assert_has(metrics, "\nmpic_dns_questions{state=\"waiting\"} 2\n");
    assert_has(metrics, "\nmpic_dns_resolvers_replaced_total 1\n");
    assert_has(metrics, "\nmpic_log_lines_lost_total 0\n");
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions_of_resolvers_are_told),
        cmocka_unit_test(test_requests_are_counted_by_path_and_status),
        cmocka_unit_test(test_refusals_of_the_server_are_counted_by_status),
        cmocka_unit_test(test_durations_are_sums_in_seconds),
        cmocka_unit_test(test_checks_are_counted_by_method_and_verdict),
        cmocka_unit_test(test_health_counts_workers_by_state),
        cmocka_unit_test(test_corroborations_are_counted_with_the_results_of_all_attempts),
        cmocka_unit_test(test_threads_lose_no_count),
        cmocka_unit_test(test_text_has_the_form_of_the_format),
        cmocka_unit_test(test_longest_turn_and_long_ones_are_shown),
        cmocka_unit_test(test_resolver_below_its_floor_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
