#include "service/audit.h"
#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/mpic-audit-XXXXXX";
static char path[64], moved[64];

static int setup(void **state)
{
    (void)state;
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/audit.jsonl", folder);
    snprintf(moved, sizeof moved, "%s/audit.old", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    unlink(moved);
    rmdir(folder);
    return 0;
}

static size_t read_file(const char *name, char *text, size_t size)
{
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    fclose(file);
    return n;
}

static bool write_record(struct audit *audit, const char *response, struct err *err)
{
    const struct audit_record record = {.time_ns = 1795455658929713032,
                                        .client = "127.0.0.1",
                                        .duration_us = 1500,
                                        .response = bytes_of(response)};
    return audit_write(audit, &record, err);
}

static void test_record_is_one_line_of_json_appended(void **state)
{
    (void)state;
    struct err err;
    char text[2000];
    for (int i = 0; i < 2; i++) {
        struct audit *audit = audit_open(path, &err);
        assert_non_null(audit);
        assert_true(write_record(audit, "{\"is_valid\":true}", &err));
        audit_close(audit);
    }
    read_file(path, text, sizeof text);
    static const char line[] =
        "{\"audit_version\":1,\"timestamp_ns\":1795455658929713032,\"mpic_version\":\"" MPIC_VERSION
        "\",\"client\":\"127.0.0.1\",\"duration_us\":1500,\"response\":{\"is_valid\":true}}\n";
    assert_int_equal(strlen(text), 2 * (sizeof line - 1));
    assert_memory_equal(text, line, sizeof line - 1);
    assert_memory_equal(text + sizeof line - 1, line, sizeof line - 1);
}

static void test_file_is_not_open_to_all(void **state)
{
    (void)state;
    struct err err;
    struct stat info;
    struct audit *audit = audit_open(path, &err);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & S_IRWXO, 0);
    audit_close(audit);
}

static void test_reopen_follows_a_moved_file(void **state)
{
    (void)state;
    struct err err;
    char text[2000];
    struct audit *audit = audit_open(path, &err);
    assert_true(write_record(audit, "{\"first\":1}", &err));
    assert_int_equal(rename(path, moved), 0);
    assert_true(audit_reopen(audit, &err));
    assert_true(write_record(audit, "{\"second\":2}", &err));
    audit_close(audit);
    read_file(moved, text, sizeof text);
    assert_non_null(strstr(text, "first"));
    assert_null(strstr(text, "second"));
    read_file(path, text, sizeof text);
    assert_non_null(strstr(text, "second"));
}

static void test_reopen_that_fails_keeps_the_old_file(void **state)
{
    (void)state;
    struct err err;
    char text[2000];
    struct audit *audit = audit_open(path, &err);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* a folder cannot be written to */
    assert_false(audit_reopen(audit, &err));
    assert_true(write_record(audit, "{\"kept\":1}", &err));
    audit_close(audit);
    assert_int_equal(rmdir(path), 0);
    assert_true(read_file(moved, text, sizeof text) > 0);
    assert_non_null(strstr(text, "kept"));
}

static void test_open_and_write_failures_are_told(void **state)
{
    (void)state;
    struct err err;
    assert_null(audit_open("/nonexistent/folder/audit.jsonl", &err));
    assert_non_null(strstr(err.text, "/nonexistent/folder/audit.jsonl"));
    struct audit *audit = audit_open("/dev/full", &err);
    assert_non_null(audit);
    assert_false(write_record(audit, "{}", &err));
    assert_non_null(strstr(err.text, "No space left"));
    audit_close(audit);
}

/* How many lines of the file are whole records; `lines`: all that are not empty. */
static size_t count_records(const char *name, size_t *lines)
{
    char text[4000];
    size_t whole = 0;
    *lines = 0;
    read_file(name, text, sizeof text);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        (*lines)++;
        whole += strncmp(line, "{\"audit_version\":1,", 19) == 0 && strstr(line, "}}") &&
                 !strstr(strstr(line, "}}"), "{");
    }
    return whole;
}

/* As on a full disk: only part of what is written fits. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Writes a record that is torn, with one before it. */
static struct audit *tear(void)
{
    struct err err;
    struct stat file;
    struct audit *audit = audit_open(path, &err);
    assert_non_null(audit);
    assert_true(write_record(audit, "{\"first\":{}}", &err));
    assert_int_equal(stat(path, &file), 0);
    limit_files((rlim_t)file.st_size + 20);
    assert_false(write_record(audit, "{\"torn\":{}}", &err));
    assert_non_null(strstr(err.text, "no space left"));
    assert_false(write_record(audit, "{\"lost\":{}}", &err));
    limit_files(RLIM_INFINITY);
    return audit;
}

static void test_record_after_a_torn_one_is_whole(void **state)
{
    (void)state;
    struct err err;
    size_t lines;
    struct audit *audit = tear();
    assert_true(write_record(audit, "{\"second\":{}}", &err));
    assert_true(write_record(audit, "{\"third\":{}}", &err));
    audit_close(audit);
    assert_int_equal(count_records(path, &lines), 3);
    assert_int_equal(lines, 4);
}

static void test_torn_record_of_an_earlier_process_harms_no_other(void **state)
{
    (void)state;
    struct err err;
    size_t lines;
    audit_close(tear());
    struct audit *audit = audit_open(path, &err);
    assert_true(write_record(audit, "{\"second\":{}}", &err));
    audit_close(audit);
    assert_int_equal(count_records(path, &lines), 2);
    assert_int_equal(lines, 3);
}

static void test_torn_record_of_a_file_moved_away_leaves_no_trace_in_the_new_one(void **state)
{
    (void)state;
    struct err err;
    char text[2000];
    struct audit *audit = tear();
    assert_int_equal(rename(path, moved), 0);
    assert_true(audit_reopen(audit, &err));
    assert_true(write_record(audit, "{\"second\":{}}", &err));
    audit_close(audit);
    read_file(path, text, sizeof text);
    assert_memory_equal(text, "{\"audit_version\"", 16);
}

/* Opening a pipe waits for its reader, and writing to it for its room, unless told not to. */
static void test_pipe_that_nobody_reads_is_no_audit_file(void **state)
{
    (void)state;
    struct err err;
    static char big[70000];
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(audit_open(path, &err));
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    struct audit *audit = audit_open(path, &err);
    assert_non_null(audit);
    memset(big, '0', sizeof big - 1);
    assert_false(write_record(audit, big, &err) && write_record(audit, big, &err));
    audit_close(audit);
    close(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_record_is_one_line_of_json_appended),
        TEST(test_file_is_not_open_to_all),
        TEST(test_reopen_follows_a_moved_file),
        TEST(test_reopen_that_fails_keeps_the_old_file),
        TEST(test_open_and_write_failures_are_told),
        TEST(test_record_after_a_torn_one_is_whole),
        TEST(test_torn_record_of_an_earlier_process_harms_no_other),
        TEST(test_torn_record_of_a_file_moved_away_leaves_no_trace_in_the_new_one),
        TEST(test_pipe_that_nobody_reads_is_no_audit_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
