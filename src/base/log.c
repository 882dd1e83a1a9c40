#include "base/log.h"

#include "base/buf.h"
#include "base/log_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Set once by prog/ before any thread starts, but for `lost`; read by all. */
static struct {
    _Atomic int level;
    enum log_format format;
    int fd;
    _Atomic uint64_t lost; /* lines, and no line has told so */
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

static void append_field(struct buf *line, const struct log_field *f)
{
    if (log_state.format == LOG_FORMAT_JSON) {
        buf_printf(line, ",\"%s\":", f->key);
        append_json(line, f->value);
    } else if (needs_quotes(f->value)) {
        buf_printf(line, " %s=", f->key);
        append_json(line, f->value);
    } else {
        buf_printf(line, " %s=%s", f->key, f->value);
    }
}

static void append_line(struct buf *line, enum log_level level, const char *event,
                        const struct log_field *fields)
{
    bool json = log_state.format == LOG_FORMAT_JSON;
    if (json)
        buf_append(line, "{\"time\":\"", 9);
    append_time(line);
    if (json) {
        buf_printf(line, "\",\"level\":\"%s\",\"event\":", level_names[level]);
        append_json(line, event);
    } else {
        buf_printf(line, " %-5s %s", level_names[level], event);
    }
    for (const struct log_field *f = fields; f && f->key; f++)
        if (f->value)
            append_field(line, f);
    buf_printf(line, json ? "}\n" : "\n");
}

/* Where lines are missing. */
static void append_lost(struct buf *line, uint64_t lost)
{
    char count[24];
    snprintf(count, sizeof count, "%" PRIu64, lost);
    append_line(line, LOG_ERROR, "log lines lost",
                (const struct log_field[]){{"count", count}, {0}});
}

void log_event(enum log_level level, const char *event, const struct log_field *fields)
{
    if (!log_is_on(level))
        return;
    int saved_errno = errno;
    struct buf line = {0};
    uint64_t lost = atomic_exchange(&log_state.lost, 0);
    if (lost > 0)
        append_lost(&line, lost);
    append_line(&line, level, event, fields);
    if (!log_writer_put(log_state.fd, buf_bytes(&line)))
        atomic_fetch_add(&log_state.lost, lost + 1);
    buf_clear(&line);
    errno = saved_errno;
}
