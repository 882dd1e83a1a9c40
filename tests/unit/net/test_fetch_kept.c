/*
 * net/fetch and the connections it keeps between two questions: whatever arrives on one while no
 * question is open ends it, before it can be taken for the next answer.
 */
#include "net/fetch.h"

#include "base/str.h"
#include "support/fetch_run.h"
#include "support/raw_tcp.h"
#include "support/unit.h"
#include "support/web_script.h"

#include <stdlib.h>
#include <string.h>

static struct fetch_run run;

static int setup(void **state)
{
    (void)state;
    fetch_run_init(&run);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fetch_run_clear(&run);
    return 0;
}

#define ANSWER(text) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" text

static const struct fetch_result *ask(const struct web_script *web, enum fetch_reuse reuse)
{
    const struct fetch_request request = {
        .method = "POST",
        .url = arena_printf(run.arena, "http://127.0.0.1:%u/caa", web_script_port(web)),
        .body = bytes_of("{}"),
        .body_max_bytes = 1000,
        .reuse = reuse,
    };
    return fetch_run(&run, &request, RAW_WAIT_MS);
}

static void stop_loop(void *arg)
{
    (void)arg;
    loop_stop(run.loop);
}

/* The loop turns, or the whole process is busy elsewhere. */
static void pass(unsigned ms, bool loop_turns)
{
    struct loop_timer timer = {0};
    if (!loop_turns) {
        raw_sleep_ms(ms);
        return;
    }
    loop_timer_start(run.loop, &timer, loop_now_ms(run.loop) + ms, stop_loop, NULL);
    loop_run(run.loop);
}

static void assert_answer(const struct fetch_result *result, const char *text, bool was_kept)
{
    assert_int_equal(result->status, PEER_OK);
    assert_int_equal(result->body.n, strlen(text));
    assert_memory_equal(result->body.p, text, strlen(text));
    assert_int_equal(result->was_kept, was_kept);
}

static void test_clean_connection_is_used_again(void **state)
{
    (void)state;
    static const struct web_step steps[] = {{WEB_READ_REQUEST}, {WEB_SEND, .text = ANSWER("one.")},
                                            {WEB_READ_REQUEST}, {WEB_SEND, .text = ANSWER("two.")},
                                            {WEB_READ_REQUEST}, {WEB_END}};
    struct web_script *web = web_script_start(steps);
    assert_answer(ask(web, FETCH_KEPT), "one.", false);
    uint64_t connection = run.result.connection;
    assert_true(connection != 0);
    pass(30, true);
    assert_answer(ask(web, FETCH_KEPT), "two.", true);
    assert_true(run.result.connection == connection);
    fetch_run_clear(&run); /* so that the server reads the end */
    free(web_script_stop(web));
    fetch_run_init(&run);
}

static const struct {
    const char *why;
    struct web_step steps[7];
} late[] = {
    {"a whole answer comes late",
     {{WEB_READ_REQUEST},
      {WEB_SEND, .text = ANSWER("yes.")},
      {WEB_WAIT, .count = 40},
      {WEB_SEND, .text = ANSWER("late")},
      {WEB_WAIT, .count = 200}}},
    {"the server tells that it is tired of waiting",
     {{WEB_READ_REQUEST},
      {WEB_SEND, .text = ANSWER("yes.")},
      {WEB_WAIT, .count = 40},
      {WEB_SEND, .text = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"}}},
    {"one byte comes late",
     {{WEB_READ_REQUEST},
      {WEB_SEND, .text = ANSWER("yes.")},
      {WEB_WAIT, .count = 40},
      {WEB_SEND, .text = "\n"},
      {WEB_WAIT, .count = 200}}},
    {"the body is longer than its length",
     {{WEB_READ_REQUEST}, {WEB_SEND, .text = ANSWER("yes.late")}, {WEB_WAIT, .count = 200}}},
    {"a second answer comes with the first",
     {{WEB_READ_REQUEST},
      {WEB_SEND, .text = ANSWER("yes.") ANSWER("late")},
      {WEB_WAIT, .count = 200}}},
    {"the server closes",
     {{WEB_READ_REQUEST}, {WEB_SEND, .text = ANSWER("yes.")}, {WEB_WAIT, .count = 40}}},
    {"the server resets",
     {{WEB_READ_REQUEST},
      {WEB_SEND, .text = ANSWER("yes.")},
      {WEB_WAIT, .count = 40},
      {WEB_RESET}}},
};

/* As transport_http does: libcurl may still try the connection, which then turns out unusable. */
static const struct fetch_result *ask_again(const struct web_script *web)
{
    const struct fetch_result *result = ask(web, FETCH_KEPT);
    if (result->status != PEER_DISCONNECTED)
        return result;
    assert_true(result->was_kept);
    assert_true(result->is_unanswered);
    return ask(web, FETCH_FRESH);
}

/* libcurl looks itself when it chooses a connection, in some versions and for some of these. */
static void test_whatever_arrives_between_two_questions_ends_the_connection(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        for (int loop_turns = 0; loop_turns < 2; loop_turns++) {
            print_message("# %s\n", late[i].why);
            struct web_script *web = web_script_start(late[i].steps);
            assert_answer(ask(web, FETCH_KEPT), "yes.", false);
            pass(100, loop_turns);
            assert_answer(ask_again(web), "yes.", false);
            free(web_script_stop(web));
        }
    }
}

/* The server sees the end at once, not when the next question comes. */
static void test_unclean_connection_is_closed_at_once(void **state)
{
    (void)state;
    static const struct web_step steps[] = {{WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("yes.")},
                                            {WEB_SEND, .text = ""},
                                            {WEB_WAIT, .count = 40},
                                            {WEB_SEND, .text = ANSWER("late")},
                                            {WEB_READ_REQUEST}, /* to the end of the connection */
                                            {WEB_END}};
    struct web_script *web = web_script_start(steps);
    assert_answer(ask(web, FETCH_KEPT), "yes.", false);
    pass(150, true);
    /* The one server is free again only if it has read that end. */
    assert_answer(ask(web, FETCH_FRESH), "yes.", false);
    pass(150, true);
    free(web_script_stop(web));
}

static void test_dropped_connection_is_not_used_again(void **state)
{
    (void)state;
    static const struct web_step steps[] = {{WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("yes.")},
                                            {WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("late")},
                                            {WEB_END}};
    struct web_script *web = web_script_start(steps);
    assert_answer(ask(web, FETCH_KEPT), "yes.", false);
    fetch_drop(run.fetch, run.result.connection);
    fetch_drop(run.fetch, run.result.connection + 1); /* none */
    assert_answer(ask_again(web), "yes.", false);
    fetch_drop(run.fetch, run.result.connection);
    free(web_script_stop(web));
}

static void test_question_alone_has_a_connection_of_its_own(void **state)
{
    (void)state;
    static const struct web_step steps[] = {{WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("yes.")},
                                            {WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("late")},
                                            {WEB_END}};
    struct web_script *web = web_script_start(steps);
    assert_answer(ask(web, FETCH_ALONE), "yes.", false);
    assert_answer(ask(web, FETCH_ALONE), "yes.", false);
    assert_answer(ask(web, FETCH_KEPT), "yes.", false);
    fetch_drop(run.fetch, run.result.connection); /* the server is single */
    char *recorded = web_script_stop(web);
    assert_non_null(strstr(recorded, "Connection: close"));
    free(recorded);
}

/* Chunk extensions, which libcurl reads past without telling anybody; 16 bytes at a time. */
#define CHUNKED_HEAD "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;"
#define PADDING      "0123456789abcdef"
#define ENDLESS                                                                                    \
    {                                                                                              \
        WEB_REPEAT, .text = PADDING, .count = 1u << 26                                             \
    }

static void assert_sends_too_much(const struct fetch_result *result)
{
    assert_int_equal(result->status, PEER_NOT_HTTP);
    assert_string_equal(result->error_text, "the server sends far more than an answer needs");
}

static void test_answer_without_end_is_given_up(void **state)
{
    (void)state;
    static const struct web_step at_once[] = {
        {WEB_READ_REQUEST}, {WEB_SEND, .text = CHUNKED_HEAD}, ENDLESS, {WEB_END}};
    static const struct web_step later[] = {{WEB_READ_REQUEST},
                                            {WEB_SEND, .text = ANSWER("one.")},
                                            {WEB_READ_REQUEST},
                                            {WEB_SEND, .text = CHUNKED_HEAD},
                                            ENDLESS,
                                            {WEB_END}};
    struct web_script *web = web_script_start(at_once);
    for (int reuse = FETCH_KEPT; reuse <= FETCH_ALONE; reuse++)
        assert_sends_too_much(ask(web, (enum fetch_reuse)reuse));
    free(web_script_stop(web));
    web = web_script_start(later);
    assert_answer(ask(web, FETCH_KEPT), "one.", false);
    assert_sends_too_much(ask(web, FETCH_KEPT));
    assert_true(run.result.was_kept);
    free(web_script_stop(web));
}

/* Each answer has its own measure: a connection may carry any number of them. */
static void test_answers_on_one_connection_are_measured_one_by_one(void **state)
{
    (void)state;
#define LARGE_ANSWER                                                                               \
    {WEB_READ_REQUEST}, {WEB_SEND, .text = CHUNKED_HEAD},                                          \
        {WEB_REPEAT, .text = PADDING, .count = 700 * 1024 / 16},                                   \
    {                                                                                              \
        WEB_SEND, .text = "\r\nyes.\r\n0\r\n\r\n"                                                  \
    }
    static const struct web_step steps[] = {
        LARGE_ANSWER, LARGE_ANSWER, LARGE_ANSWER, LARGE_ANSWER, {WEB_END}};
    struct web_script *web = web_script_start(steps);
    for (int i = 0; i < 4; i++)
        assert_answer(ask(web, FETCH_KEPT), "yes.", i > 0);
    free(web_script_stop(web));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_clean_connection_is_used_again),
        CASE(test_whatever_arrives_between_two_questions_ends_the_connection),
        CASE(test_unclean_connection_is_closed_at_once),
        CASE(test_dropped_connection_is_not_used_again),
        CASE(test_question_alone_has_a_connection_of_its_own),
        CASE(test_answer_without_end_is_given_up),
        CASE(test_answers_on_one_connection_are_measured_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
