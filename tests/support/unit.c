#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void unit_assert_dies(void (*fn)(void *arg), void *arg)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        fn(arg);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        fail_msg("it returned; it should have ended the process");
}

const char *unit_log_of(void (*run)(void), enum log_level level, struct arena *arena)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    log_setup(level, LOG_FORMAT_TEXT, fileno(file));
    run();
    log_setup(LOG_ERROR, LOG_FORMAT_TEXT, STDERR_FILENO);
    char text[8192];
    ssize_t n = pread(fileno(file), text, sizeof text, 0);
    assert_true(n >= 0 && n < (ssize_t)sizeof text);
    fclose(file);
    return arena_strndup(arena, text, (size_t)n);
}
