/* `mpic observe`: its arguments, what it shows, and its exit status. */
#include "client/observe.h"
#include "client/post.h"
#include "support/unit.h"

#include "base/str.h"

#include <string.h>

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Splits at blanks. */
static bool parse(const char *line, struct observe_options *out, struct err *err)
{
    char *words[12];
    int count = 0;
    for (char *word = strtok(arena_strdup(arena, line), " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    return observe_options_parse(count, words, out, err);
}

static void test_arguments_become_a_request(void **state)
{
    (void)state;
    struct observe_options options;
    struct err err;
    assert_true(parse("TXT example.com --dns-name-prefix _x --cohort=2 --json --timeout 5",
                      &options, &err));
    assert_int_equal(options.request.type, OBSERVE_TXT);
    assert_string_equal(options.request.target, "example.com");
    assert_string_equal(options.request.dns_name_prefix, "_x");
    assert_int_equal(options.request.orchestration.cohort_for_single_attempt.value, 2);
    assert_true(options.request.has_orchestration);
    assert_true(options.wants_json);
    assert_int_equal(options.timeout_s, 5);
    assert_true(parse("--body-max-bytes 7 https://example.com/x", &options, &err));
    assert_string_equal(options.request.url, "https://example.com/x");
    assert_int_equal(options.request.body_max_bytes.value, 7);
    assert_int_equal(options.timeout_s, 60);
    assert_true(parse("CAA example.com --caa-search", &options, &err));
    assert_true(options.request.caa_search);
    assert_true(parse("TXT --help", &options, &err));
    assert_true(options.wants_help);
}

static void test_wrong_arguments_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"", "missing"},
        {"TXT", "missing"},
        {"example.com", "missing"},
        {"txt example.com", "unknown type \"txt\""},
        {"PTR example.com", "unknown type \"PTR\""},
        {"TXT a.example b.example", "\"b.example\" is too many"},
        {"TXT a.example --quorum-count 2", "unknown option --quorum-count"},
        {"TXT a.example -x", "unknown option -x"},
        {"TXT a.example --json=1", "takes no value"},
        {"TXT a.example --cohort", "needs a value"},
        {"TXT a.example --cohort x", "cannot be \"x\": it takes a whole number"},
        {"TXT a.example --timeout 0", "cannot be \"0\": it takes seconds, from 1 to 3600"},
        {"TXT a.example --timeout -1", "cannot be \"-1\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct observe_options options;
        struct err err;
        if (parse(rows[i].line, &options, &err) || !strstr(err.text, rows[i].part))
            fail_msg("\"%s\": %s", rows[i].line, err.text);
    }
}

/* '1' and '2' are records, '?' could not tell. */
static struct observe_response response_of(const char *letters, char primary)
{
    static const char *const codes[] = {"a", "b", "c", "d"};
    static const struct observed_record one = {"x.example", 60, "one\033[31m"},
                                        two = {"x.example", 60, "two"};
    size_t count = strlen(letters);
    struct observed *seen = arena_array(arena, count + 1, sizeof *seen);
    for (size_t i = 0; i <= count; i++) {
        char letter = i < count ? letters[i] : primary;
        seen[i] = (struct observed){.perspective_code = i < count ? codes[i] : "home",
                                    .outcome = OBSERVE_PRESENT,
                                    .dnssec = DNSSEC_SECURE,
                                    .has_dns = true};
        seen[i].dns = (struct observed_dns){.records = letter == '1' ? &one : &two,
                                            .record_count = 1,
                                            .records_sha256 = letter == '1' ? "1" : "2"};
        if (letter == '?')
            observe_set_problem(&seen[i], PROBLEM_DNS_TIMEOUT, "nobody answered");
    }
    const struct observed *home = primary ? &seen[count] : NULL;
    return (struct observe_response){.seen = seen,
                                     .count = count,
                                     .primary = home,
                                     .agreement = observe_agree(seen, count, home, arena)};
}

static void test_exit_status_tells_whether_most_see_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *letters;
        char primary;
        int status;
    } rows[] = {
        {"111", 0, EXIT_CORROBORATED}, {"112", 0, EXIT_CORROBORATED},
        {"1122", 0, EXIT_NOT},         {"11??", 0, EXIT_NOT},
        {"???", 0, EXIT_UNKNOWN},      {"111", '1', EXIT_CORROBORATED},
        {"111", '2', EXIT_NOT},        {"112", '2', EXIT_NOT},
        {"111", '?', EXIT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct observe_response response = response_of(rows[i].letters, rows[i].primary);
        assert_int_equal(exit_status_of_observations(&response), rows[i].status);
    }
}

static void test_people_see_who_saw_what(void **state)
{
    (void)state;
    const struct observe_request request = {
        .target = "x.example", .type = OBSERVE_TXT, .dns_name_prefix = "_p"};
    struct observe_response response = response_of("112?", '1');
    struct buf out = {0};
    show_observations(&request, &response, arena, &out);
    const char *text = buf_str(&out);
    assert_true(str_starts_with(text, "TXT of _p.x.example: 2 of 4 see the same as the primary\n"));
    assert_non_null(strstr(text, "  c                    present, DNSSEC secure (differs)\n"
                                 "    two (TTL 60)\n"));
    assert_non_null(strstr(text, "unknown, DNSSEC secure (differs)\n    nobody answered\n"));
    assert_non_null(strstr(text, "(primary)"));
    assert_true(str_ends_with(text, "This is an observation, no validation.\n"));
    assert_null(strchr(text, '\033'));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_arguments_become_a_request),
        TEST(test_wrong_arguments_are_told),
        TEST(test_exit_status_tells_whether_most_see_the_same),
        TEST(test_people_see_who_saw_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
