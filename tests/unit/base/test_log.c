#include "base/buf.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What was written to the log since log_setup(). */
struct sink {
    int fds[2];
    char text[8192];
};

static struct sink *sink_open(struct sink *sink, enum log_level level, enum log_format format)
{
    memset(sink, 0, sizeof *sink);
    assert_int_equal(pipe(sink->fds), 0);
    log_setup(level, format, sink->fds[1]);
    return sink;
}

/* Reads all and gives the log back to standard error. */
static const char *sink_read(struct sink *sink)
{
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(sink->fds[1]);
    ssize_t n = read(sink->fds[0], sink->text, sizeof sink->text - 1);
    assert_true(n >= 0);
    close(sink->fds[0]);
    sink->text[n] = '\0';
    return sink->text;
}

/* The line after its time, which has one form and a plausible value. */
static const char *after_time(const char *line, const char *before)
{
    assert_memory_equal(line, before, strlen(before));
    line += strlen(before);
    const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    for (size_t i = 0; i < sizeof form - 1; i++)
        assert_true(form[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == form[i]);
    char year[8];
    time_t now = time(NULL);
    struct tm utc;
    strftime(year, sizeof year, "%Y", gmtime_r(&now, &utc));
    assert_memory_equal(line, year, 4);
    return line + sizeof form - 1;
}

static void test_log_text_line_has_time_level_event_and_fields(void **state)
{
    (void)state;
    struct sink sink;
    sink_open(&sink, LOG_INFO, LOG_FORMAT_TEXT);
    LOG(LOG_WARN, "check done", {"target", "www.example"}, {"absent", NULL}, {"ms", "12"});
    assert_string_equal(after_time(sink_read(&sink), ""),
                        " warn  check done target=www.example ms=12\n");
}

static void test_log_text_without_fields(void **state)
{
    (void)state;
    struct sink sink;
    sink_open(&sink, LOG_ERROR, LOG_FORMAT_TEXT);
    log_event(LOG_ERROR, "stopped", NULL);
    assert_string_equal(after_time(sink_read(&sink), ""), " error stopped\n");
}

static void test_log_json_line_is_one_object(void **state)
{
    (void)state;
    struct sink sink;
    sink_open(&sink, LOG_DEBUG, LOG_FORMAT_JSON);
    LOG(LOG_DEBUG, "a \"step\"", {"from", "START"}, {"absent", NULL}, {"to", ""});
    assert_string_equal(after_time(sink_read(&sink), "{\"time\":\""),
                        "\",\"level\":\"debug\",\"event\":\"a \\\"step\\\"\",\"from\":\"START\","
                        "\"to\":\"\"}\n");
}

/* How one outside value looks in both formats. */
static const struct {
    const char *value;
    const char *text;
    const char *json;
    const char *why;
} value_cases[] = {
    {"plain/1.2:3", "plain/1.2:3", "\"plain/1.2:3\"", "nothing to escape"},
    {"", "\"\"", "\"\"", "an empty value is visible"},
    {"two words", "\"two words\"", "\"two words\"", "a blank ends a value"},
    {"a=b", "\"a=b\"", "\"a=b\"", "= would look like a key"},
    {"q\"q", "\"q\\\"q\"", "\"q\\\"q\"", "quote"},
    {"b\\b", "\"b\\\\b\"", "\"b\\\\b\"", "backslash"},
    {"x\ny=1", "\"x\\u000ay=1\"", "\"x\\u000ay=1\"", "no second line can be forged"},
    {"\x1B[31m", "\"\\u001b[31m\"", "\"\\u001b[31m\"", "no terminal commands"},
    {"\x7F", "\"\\u007f\"", "\"\\u007f\"", "DEL"},
    {"\xC3\xA4", "\"\xC3\xA4\"", "\"\xC3\xA4\"", "UTF-8 stays readable"},
    {"\xC2\x9B"
     "31m",
     "\"\\u00c2\\u009b31m\"", "\"\\u00c2\\u009b31m\"", "the one-character terminal command"},
    {"\xE4", "\"\\u00e4\"", "\"\\u00e4\"", "Latin-1 is shown byte by byte"},
};

static void test_log_outside_values_are_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++) {
        struct sink sink;
        char expected[200];
        sink_open(&sink, LOG_INFO, LOG_FORMAT_TEXT);
        LOG(LOG_INFO, "e", {"k", value_cases[i].value});
        snprintf(expected, sizeof expected, " info  e k=%s\n", value_cases[i].text);
        if (strcmp(after_time(sink_read(&sink), ""), expected) != 0)
            fail_msg("text, %s: %s", value_cases[i].why, sink.text);
        sink_open(&sink, LOG_INFO, LOG_FORMAT_JSON);
        LOG(LOG_INFO, "e", {"k", value_cases[i].value});
        snprintf(expected, sizeof expected, "\",\"level\":\"info\",\"event\":\"e\",\"k\":%s}\n",
                 value_cases[i].json);
        if (strcmp(after_time(sink_read(&sink), "{\"time\":\""), expected) != 0)
            fail_msg("json, %s: %s", value_cases[i].why, sink.text);
    }
}

static void test_log_long_value_is_cut_on_a_character_border(void **state)
{
    (void)state;
    char value[2000];
    memset(value, 'a', 511);
    for (size_t i = 511; i + 2 < sizeof value; i += 2)
        memcpy(value + i, "\xC3\xA4", 3);
    struct sink sink;
    sink_open(&sink, LOG_INFO, LOG_FORMAT_TEXT);
    LOG(LOG_INFO, "e", {"k", value});
    const char *line = after_time(sink_read(&sink), "");
    assert_int_equal(strlen(line), strlen(" info  e k=\"") + 511 + strlen("...\"\n"));
    assert_string_equal(line + strlen(line) - 6, "a...\"\n");
    assert_true(bytes_is_utf8(bytes_of(line)));
}

static void test_log_long_plain_value_is_cut_too(void **state)
{
    (void)state;
    char value[514];
    memset(value, 'a', sizeof value);
    value[513] = '\0';
    struct sink sink;
    sink_open(&sink, LOG_INFO, LOG_FORMAT_TEXT);
    LOG(LOG_INFO, "e", {"k", value});
    LOG(LOG_INFO, "e", {"k", value + 1});
    const char *line = after_time(sink_read(&sink), "");
    size_t first = strcspn(line, "\n");
    assert_int_equal(first, strlen(" info  e k=\"") + 512 + strlen("...\""));
    const char *second = after_time(line + first + 1, "");
    assert_int_equal(strlen(second), strlen(" info  e k=\n") + 512); /* just fits: unquoted */
}

static void test_log_level_decides_what_is_written(void **state)
{
    (void)state;
    struct sink sink;
    sink_open(&sink, LOG_WARN, LOG_FORMAT_TEXT);
    assert_true(log_is_on(LOG_ERROR));
    assert_true(log_is_on(LOG_WARN));
    assert_false(log_is_on(LOG_INFO));
    assert_false(log_is_on(LOG_DEBUG));
    int evaluated = 0;
    LOG(LOG_INFO, "quiet", {"k", (evaluated++, "v")});
    log_event(LOG_INFO, "quiet", NULL);
    assert_int_equal(evaluated, 0);
    assert_string_equal(sink_read(&sink), "");
}

static void test_log_errno_survives_a_failing_write(void **state)
{
    (void)state;
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, -1);
    errno = ENOTTY;
    log_event(LOG_INFO, "nobody hears this", NULL);
    assert_int_equal(errno, ENOTTY);
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
}

/* --- the writer: nobody reads, and nobody waits ------------------------------------------------ */

/* A log into something that takes little and that nobody reads; the last event of a log is told at its end. */
static void log_into(int fd, unsigned lines)
{
    struct err err;
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, fd);
    assert_true(log_writer_start(&err));
    char number[12];
    for (unsigned i = 0; i < lines; i++) {
        snprintf(number, sizeof number, "%u", i);
        LOG(LOG_INFO, "full", {"line", number});
    }
}

static void *read_to_end(void *arg)
{
    int fd = *(int *)arg;
    struct buf *all = malloc(sizeof *all);
    *all = (struct buf){0};
    char part[65536];
    ssize_t n;
    while ((n = read(fd, part, sizeof part)) > 0)
        buf_append(all, part, (size_t)n);
    return all;
}

static unsigned long number_after(const char *text, const char *before)
{
    const char *at = strstr(text, before);
    assert_non_null(at);
    return strtoul(at + strlen(before), NULL, 10);
}

/* All lines are there in their order, but for those that are told to be lost, and each is whole. */
static void assert_complete(struct buf *all, unsigned lines)
{
    unsigned long next = 0;
    for (char *line = strtok((char *)(uintptr_t)buf_str(all), "\n"); line;
         line = strtok(NULL, "\n")) {
        if (strstr(line, "log lines lost count=")) {
            next += number_after(line, "count=");
        } else if (strstr(line, "full line=")) {
            assert_int_equal(number_after(line, "line="), next);
            next++;
        } else {
            assert_non_null(strstr(line, " info  read again"));
        }
    }
    assert_int_equal(next, lines);
}

/* As soon as there is room again; `lost` so far. Returns how many more were. */
static unsigned log_until_kept(uint64_t lost)
{
    for (unsigned more = 0;; more++) {
        LOG(LOG_INFO, "read again", {"after", "a while"});
        if (log_writer_lost() == lost + more)
            return more;
    }
}

static void check_writer(const int fds[2])
{
    enum { LINES = 60000 };
    pthread_t reader;
    void *all;
    uint64_t before = log_writer_lost();
    log_into(fds[1], LINES);
    uint64_t lost = log_writer_lost() - before;
    assert_true(lost > 0 && lost < LINES);
    pthread_create(&reader, NULL, read_to_end, (void *)(uintptr_t)&fds[0]);
    unsigned more = log_until_kept(before + lost);
    log_writer_stop(10000);
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(fds[1]);
    pthread_join(reader, &all);
    close(fds[0]);
    assert_complete(all, LINES + more);
    buf_clear(all);
    free(all);
}

static void test_log_pipe_that_nobody_reads_holds_up_nobody(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    check_writer(fds);
}

static void test_log_socket_that_nobody_reads_holds_up_nobody(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    check_writer(fds);
}

static void test_log_stop_does_not_wait_for_a_reader_for_ever(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    log_into(fds[1], 3000);
    log_writer_stop(50);
    close(fds[0]); /* now the thread comes back */
    log_writer_stop(10000);
    log_setup(LOG_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    close(fds[1]);
}

static void test_log_line_is_written_at_once_where_it_can_be(void **state)
{
    (void)state;
    struct sink sink;
    struct err err;
    char text[200] = "";
    sink_open(&sink, LOG_INFO, LOG_FORMAT_TEXT);
    assert_true(log_writer_start(&err));
    LOG(LOG_INFO, "there", {"k", "v"});
    assert_int_equal(fcntl(sink.fds[0], F_SETFL, O_NONBLOCK), 0);
    assert_true(read(sink.fds[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "there k=v\n"));
    log_writer_stop(10000);
    sink_read(&sink);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_text_line_has_time_level_event_and_fields),
        cmocka_unit_test(test_log_text_without_fields),
        cmocka_unit_test(test_log_json_line_is_one_object),
        cmocka_unit_test(test_log_outside_values_are_escaped),
        cmocka_unit_test(test_log_long_value_is_cut_on_a_character_border),
        cmocka_unit_test(test_log_long_plain_value_is_cut_too),
        cmocka_unit_test(test_log_level_decides_what_is_written),
        cmocka_unit_test(test_log_errno_survives_a_failing_write),
        cmocka_unit_test(test_log_pipe_that_nobody_reads_holds_up_nobody),
        cmocka_unit_test(test_log_socket_that_nobody_reads_holds_up_nobody),
        cmocka_unit_test(test_log_stop_does_not_wait_for_a_reader_for_ever),
        cmocka_unit_test(test_log_line_is_written_at_once_where_it_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
