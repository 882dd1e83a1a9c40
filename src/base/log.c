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

/*
 * A JSON string. UTF-8 without control characters stays readable; in anything else, each byte that
 * is not printable ASCII becomes \u00XX. So the line is valid, and harmless on a terminal, whatever
 * came in.
 */
static void append_json(struct buf *line, const char *value)
{
    struct bytes whole = {(const uint8_t *)value, strnlen(value, VALUE_MAX_BYTES + 1)};
    struct bytes shown = {whole.p, bytes_utf8_cut(whole, VALUE_MAX_BYTES)};
    bool readable = bytes_is_utf8(shown) && !bytes_has_control(shown);
    buf_append(line, "\"", 1);
    for (size_t i = 0; i < shown.n; i++) {
        uint8_t c = shown.p[i];
        if (c == '"' || c == '\\')
            buf_printf(line, "\\%c", c);
        else if (c < 0x20 || (c > 0x7E && !readable))
            buf_printf(line, "\\u%04x", c);
        else
            buf_append(line, &c, 1);
    }
    if (shown.n < whole.n)
        buf_append(line, "...", 3);
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
