#include "unit/config/config_case.h"

#include "config/summary.h"

static const char *summary_of(const struct config *config, const char *date, struct buf *out)
{
    int64_t now_s;
    assert_true(baseline_parse_date(date, &now_s));
    config_summary(config, now_s, out);
    return buf_str(out);
}

static void test_summary_of_perspective_shows_its_resolver(void **state)
{
    (void)state;
    struct buf text = {0};
    struct reading r =
        read_text("server: {workers: 1}\nlog: {format: text}\n" PERSPECTIVE_3 "  dns:\n"
                  "    trust_anchors: [\". IN DS 20326 8 2 E06D44B8\"]\n"
                  "    stub_zones: [{name: lab.example, addresses: [127.0.0.1@53]}]\n"
                  "    insecure_zones: [old.example]\n"
                  "    case_exempt_zones: [odd.example]\n");
    assert_non_null(r.config);
    assert_string_equal(
        summary_of(r.config, "2026-11-23", &text),
        "configuration  f.yaml can be used\n"
        "listens on     127.0.0.1:8000, with 1 worker\n"
        "limits         4096 connections, 2048 requests in flight, 65536 bytes a body\n"
        "logs           text, level info, to standard error\n"
        "/caa and /dcv  as perspective eu-west-2, limit 12000 ms\n"
        "issuer domains ca.example\n"
        "resolver       asks from the root on, limit 3500 ms\n"
        "               trust anchors of /usr/share/dns/root.key\n"
        "               1 trust anchor of its own\n"
        "               asks for lab.example at 1 address of its own\n"
        "               does not validate below old.example\n"
        "               does not mix upper and lower case below odd.example\n");
    buf_clear(&text);
    clear(&r);
}

static void test_summary_of_coordinator_shows_cohorts_and_calendar(void **state)
{
    (void)state;
    struct buf text = {0};
    struct reading r = read_text(COORDINATOR_8 "  default_perspective_count: 4\n");
    assert_non_null(r.config);
    const char *shown = summary_of(r.config, "2026-11-23", &text);
    assert_non_null(strstr(shown, "/mpic          asks 4 of 5 perspectives by default, limit 14000 "
                                  "ms, at most 3 attempts\n"));
    assert_non_null(strstr(shown, "perspectives   us-east-2        ARIN      39.96, -83.00    "
                                  "https://us-east-2.example/caa\n"));
    assert_non_null(strstr(shown, "               of 4: 1, the default size\n"));
    assert_non_null(strstr(shown, "               of 5: 1\n"));
    assert_null(strstr(shown, "of 6:"));
    assert_non_null(strstr(shown,
                           "requirements   BR 2.2.8, enforced\n"
                           "               today, 2026-11-23: at least 4 remote perspectives: 4 by "
                           "default complies\n"
                           "               from 2026-12-15 on: at least 5: does not comply\n"
                           "               a validation may be reused for 200 days (BR 4.2.1)\n"
                           "               from 2027-03-15 on: must not be relied on"));
    assert_non_null(
        strstr(shown, "               from 2029-03-15 on: a validation may be reused for 10 days"));
    assert_null(strstr(shown, "0123456789abcdef")); /* secrets stay where they are */
    buf_clear(&text);
    assert_non_null(strstr(summary_of(r.config, "2026-12-15", &text),
                           "today, 2026-12-15: at least 5 remote perspectives: 4 by default does "
                           "not comply\n"));
    buf_clear(&text);
    clear(&r);
}

static void test_summary_says_what_is_in_this_process_and_what_is_unknown(void **state)
{
    (void)state;
    struct buf text = {0};
    struct reading r = read_text(
        COORDINATOR_8
        "    - {code: a, rir: ARIN, local: true}\n"
        "    - {code: b, rir: ARIN, too_close_codes: [a], binding: none, url: \"http://[::1]\"}\n"
        "  primary: {code: home}\n"
        "perspective: {code: a, caa_domains: [a.example], dns: {forward_to: "
        "[192.0.2.1]}}\n");
    assert_non_null(r.config);
    const char *shown = summary_of(r.config, "2025-01-01", &text);
    assert_non_null(strstr(shown, "a                ARIN      unknown          in this process\n"));
    assert_non_null(strstr(
        shown,
        "b                ARIN      by codes         http://[::1]/caa, answers not bound\n"));
    assert_non_null(strstr(shown, "primary        makes the check itself, too, as home\n"));
    assert_non_null(strstr(shown, "resolver       forwards to 1 server, limit 3500 ms\n"));
    assert_null(strstr(shown, "today,")); /* nothing is demanded yet */
    buf_clear(&text);
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary_of_perspective_shows_its_resolver),
        cmocka_unit_test(test_summary_of_coordinator_shows_cohorts_and_calendar),
        cmocka_unit_test(test_summary_says_what_is_in_this_process_and_what_is_unknown),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
