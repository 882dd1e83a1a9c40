#include "base/log.h"

#include "base/buf.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Set once by prog/ before any thread starts; read by all. */
static struct {
    _Atomic int level;
    enum log_format format;
    int fd;
} log_state = {.level = LOG_INFO, .format = LOG_FORMAT_TEXT, .fd = STDERR_FILENO};

enum { VALUE_MAX_BYTES = 512 }; /* a log line stays readable whatever somebody sends */

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_setup(enum log_level level, enum log_format format, int fd)
{
    log_state.format = format;
    log_state.fd = fd;
    log_state.level = (int)level;
}

bool log_is_on(enum log_level level)
{
    return (int)level <= log_state.level;
}

/* A JSON string; bytes that are not printable ASCII become \u00XX, so that the line is valid
 * whatever came in. */
static void append_json(struct buf *line, const char *value)
{
    size_t n = strnlen(value, VALUE_MAX_BYTES);
    /* UTF-8 stays readable; anything else is shown byte by byte. */
    bool utf8 = bytes_is_utf8((struct bytes){(const uint8_t *)value, n});
    buf_append(line, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else if (c < 0x20 || c == 0x7F || (c > 0x7E && !utf8))
            buf_printf(line, "\\u%04x", c);
        else
            buf_append(line, &value[i], 1);
    }
    buf_append(line, "\"", 1);
}

static bool needs_quotes(const char *value)
{
    if (!*value)
        return true;
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7E || *p == '"' || *p == '=' ||
            *p == '\\')
            return true;
    return strlen(value) > VALUE_MAX_BYTES;
}

static void append_time(struct buf *line)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    buf_printf(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900, utc.tm_mon + 1,
               utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields)
{
    if (!log_is_on(level))
        return;
    int saved_errno = errno;
    bool json = log_state.format == LOG_FORMAT_JSON;
    struct buf line = {0};
    if (json)
        buf_append(&line, "{\"time\":\"", 9);
    append_time(&line);
    if (json) {
        buf_printf(&line, "\",\"level\":\"%s\",\"event\":", level_names[level]);
        append_json(&line, event);
    } else {
        buf_printf(&line, " %-5s %s", level_names[level], event);
    }
    for (const struct log_field *f = fields; f && f->key; f++) {
        if (!f->value)
            continue;
        if (json) {
            buf_printf(&line, ",\"%s\":", f->key);
            append_json(&line, f->value);
        } else if (needs_quotes(f->value)) {
            buf_printf(&line, " %s=", f->key);
            append_json(&line, f->value);
        } else {
            buf_printf(&line, " %s=%s", f->key, f->value);
        }
    }
    buf_printf(&line, json ? "}\n" : "\n");
    /* One write, so that lines of several threads do not mix. Nobody to tell if it fails. */
    ssize_t written = write(log_state.fd, line.p, line.n);
    (void)written;
    buf_clear(&line);
    errno = saved_errno;
}
