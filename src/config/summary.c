#include "config/summary.h"

#include "config/compliance_watch.h"
#include "core/corroboration/calendar.h"
#include "core/method/baseline.h"

#include <stdarg.h>
#include <time.h>

enum { MAX_SIZE_SHOWN = 12 /* of cohorts; nobody asks more perspectives for one name */ };

static void line(struct buf *out, const char *title, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void line(struct buf *out, const char *title, const char *fmt, ...)
{
    struct arena *arena = arena_new();
    va_list ap;
    va_start(ap, fmt);
    buf_printf(out, "%-14s %s\n", title, arena_vprintf(arena, fmt, ap));
    va_end(ap);
    arena_free(arena);
}

static void put_server(const struct config *config, struct buf *out)
{
    static const char *const levels[] = {
        [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
    line(out, "listens on", "%s, with %u worker%s", config->listen, config->workers,
         config->workers == 1 ? "" : "s");
    if (config->base_path)
        line(out, "", "all paths below %s, and /healthz", config->base_path);
    line(out, "limits", "%zu connections, %zu requests in flight, %zu bytes a body",
         config->max_connections, config->max_in_flight, config->max_body_bytes);
    line(out, "logs", "%s, level %s, to standard error",
         config->log_format == LOG_FORMAT_JSON ? "JSON" : "text", levels[config->log_level]);
}

static void put_resolver(const struct dns_settings *dns, const struct library_ruling *ruling,
                         struct buf *out)
{
    if (dns->forward_count)
        line(out, "resolver", "forwards to %zu server%s, limit %u ms", dns->forward_count,
             dns->forward_count == 1 ? "" : "s", dns->timeout_ms);
    else
        line(out, "resolver", "asks from the root on, limit %u ms", dns->timeout_ms);
    if (ruling->text)
        line(out, "", "%s", ruling->text);
    if (dns->fresh_cache)
        line(out, "", "each check begins with an empty cache");
    if (dns->trust_anchor_file)
        line(out, "", "trust anchors of %s", dns->trust_anchor_file);
    if (dns->trust_anchor_count)
        line(out, "", "%zu trust anchor%s of its own", dns->trust_anchor_count,
             dns->trust_anchor_count == 1 ? "" : "s");
    for (size_t i = 0; i < dns->stub_count; i++)
        line(out, "", "asks for %s at %zu address%s of its own", dns->stub_zones[i].name,
             dns->stub_zones[i].address_count, dns->stub_zones[i].address_count == 1 ? "" : "es");
    for (size_t i = 0; i < dns->insecure_count; i++)
        line(out, "", "does not validate below %s", dns->insecure_zones[i]);
    for (size_t i = 0; i < dns->case_exempt_count; i++)
        line(out, "", "does not mix upper and lower case below %s", dns->case_exempt_zones[i]);
}

static void put_perspective(const struct config *config, struct buf *out)
{
    const struct check_settings *check = &config->locals[0];
    line(out, "/caa and /dcv", "as perspective %s, limit %u ms", check->perspective_code,
         config->check_timeout_ms);
    for (size_t i = 0; i < check->caa_domains.count; i++)
        line(out, i ? "" : "issuer domains", "%s", check->caa_domains.items[i]);
    put_resolver(&config->dns, &config->resolver_ruling, out);
}

static const char *place_of(const struct perspective_info *info, struct arena *arena)
{
    if (info->has_coordinates)
        return arena_printf(arena, "%.2f, %.2f", info->latitude, info->longitude);
    return info->too_close_codes.count ? "by codes" : "unknown";
}

static void put_remotes(const struct config *config, struct arena *arena, struct buf *out)
{
    for (size_t i = 0; i < config->coordinator.perspective_count; i++) {
        const struct perspective_info *info = &config->coordinator.perspectives[i];
        const struct config_way *way = &config->ways[i];
        line(out, i ? "" : "perspectives", "%-16s %-9s %-16s %s%s", info->code, rir_str(info->rir),
             place_of(info, arena),
             way->local == CONFIG_NO_LOCAL ? way->http.caa_url : "in this process",
             info->is_unbound ? ", answers not bound" : "");
    }
}

static void put_cohorts(const struct coordinator_settings *settings, struct arena *arena,
                        struct buf *out)
{
    for (size_t size = 2; size <= settings->perspective_count && size <= MAX_SIZE_SHOWN; size++) {
        const struct cohort_range range = compliance_cohorts(settings, size, arena);
        const char *count = range.least == range.most
                                ? arena_printf(arena, "%zu", range.least)
                                : arena_printf(arena, "%zu to %zu", range.least, range.most);
        line(out, size == 2 ? "cohorts" : "", "of %zu: %s%s", size, count,
             size == settings->default_perspective_count ? ", the default size" : "");
    }
}

static const char *date_text(int64_t time_s, struct arena *arena)
{
    time_t time = (time_t)time_s;
    struct tm utc;
    gmtime_r(&time, &utc);
    return arena_printf(arena, "%04d-%02d-%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

static const char *holds(bool complies)
{
    return complies ? "complies" : "does not comply";
}

/* BR 3.2.2.9: what is in force today, and every later step of the phased timeline. */
static void put_calendar(const struct coordinator_settings *settings, int64_t now_s,
                         struct arena *arena, struct buf *out)
{
    static const char *const modes[] = {[BASELINE_ENFORCE] = "enforced",
                                        [BASELINE_WARN] = "warned about",
                                        [BASELINE_OFF] = "not looked at"};
    size_t count = settings->default_perspective_count;
    const struct baseline_period *now = baseline_at(now_s);
    line(out, "requirements", "BR %s, %s",
         settings->br_version ? settings->br_version : baseline_version_at(now_s),
         modes[settings->baseline]);
    if (now)
        line(out, "", "today, %s: at least %zu remote perspectives: %zu by default %s",
             date_text(now_s, arena), now->min_remotes, count, holds(count >= now->min_remotes));
    for (const struct baseline_period *next = baseline_next(now_s); next;
         next = baseline_next(next->from_s))
        line(out, "", "from %s on: at least %zu: %s", next->from_text, next->min_remotes,
             holds(count >= next->min_remotes));
    const struct baseline_reuse *reuse = baseline_reuse_at(now_s);
    line(out, "", "a validation may be reused for %u days (BR 4.2.1)", reuse->reuse_days);
    size_t change_count;
    const struct calendar_change *changes = calendar_changes(now_s, arena, &change_count);
    for (size_t i = 0; i < change_count; i++)
        if (!changes[i].is_period)
            line(out, "", "from %s on: %s", changes[i].from_text, changes[i].text);
}

static void put_coordinator(const struct config *config, int64_t now_s, struct buf *out)
{
    struct arena *arena = arena_new();
    const struct coordinator_settings *settings = &config->coordinator;
    line(out, "/mpic",
         "asks %zu of %zu perspectives by default, limit %u ms, at most %zu attempt%s",
         settings->default_perspective_count, settings->perspective_count,
         settings->perspective_timeout_ms, settings->absolute_max_attempts,
         settings->absolute_max_attempts == 1 ? "" : "s");
    if (settings->has_primary)
        line(out, "primary", "makes the check itself, too, as %s", settings->primary.code);
    put_remotes(config, arena, out);
    put_cohorts(settings, arena, out);
    put_calendar(settings, now_s, arena, out);
    arena_free(arena);
}

void config_summary(const struct config *config, int64_t now_s, struct buf *out)
{
    line(out, "configuration", "%s can be used", config->file);
    put_server(config, out);
    if (config->serves_checks)
        put_perspective(config, out);
    if (config->serves_mpic)
        put_coordinator(config, now_s, out);
}
