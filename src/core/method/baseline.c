#include "core/method/baseline.h"

#include "base/str.h"

#include <assert.h>
#include <string.h>

/* BR 3.2.2.9, "Phased Implementation Timeline". Oldest first. */
static const struct baseline_period periods[] = {
    {1741996800, "2025-03-15", 2, false}, {1757894400, "2025-09-15", 2, false},
    {1773532800, "2026-03-15", 3, true},  {1781481600, "2026-06-15", 4, true},
    {1797292800, "2026-12-15", 5, true},
};
#define PERIOD_COUNT (sizeof(periods) / sizeof(periods[0]))

/* Oldest first. Ballot SC-098v2 (2.2.8) moved CAA from section 3.2.2.8 to 4.2.2.1. */
static const struct {
    const char *from, *version;
} versions[] = {{"2026-03-31", "2.2.6"}, {"2026-06-12", "2.2.8"}};
static const char caa_moved_in[] = "2.2.8";

/* BR 4.2.1 and BR 6.3.2, as ballot SC-081v3 set them. Oldest first. */
static const struct baseline_reuse reuses[] = {
    {1599004800, "2020-09-02", 398, 398},
    {1773532800, "2026-03-15", 200, 200},
    {1805068800, "2027-03-15", 100, 100},
    {1868227200, "2029-03-15", 10, 47},
};
#define REUSE_COUNT (sizeof(reuses) / sizeof(reuses[0]))

const char *baseline_mode_str(enum baseline_mode mode)
{
    static const char *const names[] = {"enforce", "warn", "off"};
    return names[mode];
}

const struct baseline_period *baseline_at(int64_t time_s)
{
    const struct baseline_period *found = NULL;
    for (size_t i = 0; i < PERIOD_COUNT && periods[i].from_s <= time_s; i++)
        found = &periods[i];
    return found;
}

const struct baseline_period *baseline_next(int64_t time_s)
{
    for (size_t i = 0; i < PERIOD_COUNT; i++)
        if (periods[i].from_s > time_s)
            return &periods[i];
    return NULL;
}

size_t baseline_allowed_non_corroborations(size_t remotes)
{
    return remotes >= 6 ? 2 : remotes >= 2 ? 1 : 0;
}

const struct method_rule *baseline_method(enum dcv_method method)
{
    return &method_get(method)->rule;
}

const char *baseline_method_clause(enum dcv_method method, bool is_ip)
{
    const struct method_rule *rule = baseline_method(method);
    return is_ip && rule->ip_clause ? rule->ip_clause : rule->dns_clause;
}

static bool has_begun(const char *date, int64_t time_s)
{
    int64_t from_s;
    return date && (!baseline_parse_date(date, &from_s) || time_s >= from_s);
}

enum method_status baseline_method_status(enum dcv_method method, int64_t time_s)
{
    const struct method_rule *rule = baseline_method(method);
    if (has_begun(rule->must_not_from, time_s))
        return METHOD_MUST_NOT;
    return has_begun(rule->should_not_from, time_s) ? METHOD_SHOULD_NOT : METHOD_ALLOWED;
}

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

static bool parse_digits(const char *text, size_t count, int *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_digit(text[i]))
            return false;
        *number = *number * 10 + (text[i] - '0');
    }
    return true;
}

bool baseline_parse_date(const char *text, int64_t *time_s)
{
    int year, month, day;
    if (strlen(text) != strlen("2026-11-23") || text[4] != '-' || text[7] != '-' ||
        !parse_digits(text, 4, &year) || !parse_digits(text + 5, 2, &month) ||
        !parse_digits(text + 8, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    int64_t days = day - 1;
    for (int y = 1970; y < year; y++)
        days += is_leap_year(y) ? 366 : 365;
    for (int m = 1; m < month; m++)
        days += days_in_month(year, m);
    *time_s = days * 86400;
    return true;
}

const char *baseline_version_at(int64_t time_s)
{
    const char *version = versions[0].version;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (has_begun(versions[i].from, time_s))
            version = versions[i].version;
    return version;
}

/* One number of a version and what follows it; false if there is none, or too large a one. */
static bool take_number(const char **at, unsigned *number)
{
    const char *start = *at;
    *number = 0;
    for (; ascii_is_digit(**at) && *at - start < 4; ++*at)
        *number = *number * 10 + (unsigned)(**at - '0');
    return *at > start && !ascii_is_digit(**at);
}

static bool read_version(const char *version, unsigned numbers[3])
{
    for (size_t i = 0; i < 3; i++) {
        if (!take_number(&version, &numbers[i]) || *version != (i < 2 ? '.' : '\0'))
            return false;
        version += i < 2;
    }
    return true;
}

bool baseline_version_is_valid(const char *version)
{
    unsigned numbers[3];
    return read_version(version, numbers);
}

int baseline_version_compare(const char *a, const char *b)
{
    unsigned x[3] = {0}, y[3] = {0};
    bool are_valid = read_version(a, x) && read_version(b, y);
    assert(are_valid);
    for (size_t i = 0; i < 3; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

const char *baseline_caa_clause(const char *version)
{
    return baseline_version_compare(version, caa_moved_in) < 0 ? "3.2.2.8" : "4.2.2.1";
}

bool baseline_rfc8657_binds(int64_t time_s)
{
    return has_begun(BASELINE_RFC8657_FROM, time_s);
}

const struct baseline_reuse *baseline_reuse_at(int64_t time_s)
{
    const struct baseline_reuse *found = &reuses[0];
    for (size_t i = 0; i < REUSE_COUNT && reuses[i].from_s <= time_s; i++)
        found = &reuses[i];
    return found;
}

const struct baseline_reuse *baseline_reuse_next(int64_t time_s)
{
    for (size_t i = 0; i < REUSE_COUNT; i++)
        if (reuses[i].from_s > time_s)
            return &reuses[i];
    return NULL;
}

unsigned baseline_reuse_days(enum dcv_method method, int64_t time_s)
{
    unsigned days = baseline_reuse_at(time_s)->reuse_days,
             most = baseline_method(method)->reuse_days_max;
    return most && days > most ? most : days;
}
