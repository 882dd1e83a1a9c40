#include "core/names/punycode.h"

#include "base/str.h"

/* RFC 3492 section 5. */
enum {
    BASE = 36,
    T_MIN = 1,
    T_MAX = 26,
    SKEW = 38,
    DAMP = 700,
    INITIAL_BIAS = 72,
    INITIAL_N = 0x80,
    LAST_POINT = 0x10FFFF,
};

/* RFC 3492 section 6.1. */
static uint32_t adapt(uint32_t delta, uint32_t points, bool is_first)
{
    uint32_t k = 0;
    delta = is_first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    return k <= bias + T_MIN ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
}

/* The value of a digit, or BASE. */
static uint32_t digit_value(char c)
{
    if (ascii_is_digit(c))
        return (uint32_t)(c - '0') + 26;
    return ascii_is_alnum(c) ? (uint32_t)(ascii_lower(c) - 'a') : BASE;
}

static char digit_of(uint32_t value)
{
    return (char)(value < 26 ? 'a' + value : '0' + (value - 26));
}

/* One variable-length integer (RFC 3492 section 3.3), added to `*i`. Returns the characters read,
 * or 0. */
static size_t read_delta(const char *text, size_t length, uint32_t bias, uint32_t *i)
{
    uint64_t value = *i, weight = 1;
    uint32_t k = BASE;
    for (size_t at = 0; at < length; at++, k += BASE) {
        uint32_t digit = digit_value(text[at]);
        uint32_t t = threshold(k, bias);
        if (digit == BASE)
            return 0;
        value += digit * weight;
        if (value > UINT32_MAX)
            return 0;
        if (digit < t) {
            *i = (uint32_t)value;
            return at + 1;
        }
        weight *= BASE - t;
        if (weight > UINT32_MAX)
            return 0;
    }
    return 0;
}

static bool is_scalar_value(uint64_t point)
{
    return point <= LAST_POINT && !(point >= 0xD800 && point <= 0xDFFF);
}

static void insert(uint32_t *points, size_t count, size_t at, uint32_t point)
{
    for (size_t j = count; j > at; j--)
        points[j] = points[j - 1];
    points[at] = point;
}

/* The literal part: all before the last hyphen, if anything is. False if it is not ASCII or too
 * long. `*at` is where the digits begin. */
static bool decode_basic(const char *text, size_t length, uint32_t *points, size_t max, size_t *at)
{
    size_t basic = length;
    while (basic > 0 && text[basic - 1] != '-')
        basic--;
    *at = basic > 1 ? basic : 0;
    for (size_t i = 0; i + 1 < *at; i++) {
        if (i == max || (unsigned char)text[i] >= INITIAL_N)
            return false;
        points[i] = (unsigned char)text[i];
    }
    return true;
}

/* RFC 3492 section 6.2. */
bool punycode_decode(const char *text, size_t length, uint32_t *points, size_t max, size_t *count)
{
    uint64_t n = INITIAL_N;
    uint32_t i = 0, bias = INITIAL_BIAS;
    size_t at;
    if (!decode_basic(text, length, points, max, &at))
        return false;
    size_t written = at > 0 ? at - 1 : 0;
    for (bool is_first = true; at < length; is_first = false) {
        uint32_t before = i;
        size_t used = read_delta(text + at, length - at, bias, &i);
        uint32_t total = (uint32_t)written + 1;
        n += i / total;
        if (!used || written == max || !is_scalar_value(n))
            return false;
        bias = adapt(i - before, total, is_first);
        i %= total;
        insert(points, written++, i++, (uint32_t)n);
        at += used;
    }
    *count = written;
    return true;
}

/* Text that is being written; `at` may run past `max`, then it did not fit. */
struct output {
    char *text;
    size_t at, max;
};

static void put(struct output *out, char c)
{
    if (out->at < out->max)
        out->text[out->at] = c;
    out->at++;
}

static void put_delta(struct output *out, uint32_t delta, uint32_t bias)
{
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (delta < t)
            break;
        put(out, digit_of(t + (delta - t) % (BASE - t)));
        delta = (delta - t) / (BASE - t);
    }
    put(out, digit_of(delta));
}

static uint32_t next_point(const uint32_t *points, size_t count, uint32_t n)
{
    uint32_t next = UINT32_MAX;
    for (size_t i = 0; i < count; i++)
        if (points[i] >= n && points[i] < next)
            next = points[i];
    return next;
}

/* RFC 3492 section 6.3. A delta is at most LAST_POINT * (count + 1): PUNYCODE_POINTS_MAX lets none
 * overflow. */
bool punycode_encode(const uint32_t *points, size_t count, char *text, size_t max)
{
    struct output out = {text, 0, max};
    if (count > PUNYCODE_POINTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (points[i] < INITIAL_N)
            put(&out, (char)points[i]);
    size_t basic = out.at, done = out.at;
    if (basic > 0)
        put(&out, '-');
    uint32_t n = INITIAL_N, bias = INITIAL_BIAS;
    uint32_t delta = 0;
    while (done < count) {
        uint32_t next = next_point(points, count, n);
        delta += (next - n) * ((uint32_t)done + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            delta += points[i] < n;
            if (points[i] != n)
                continue;
            put_delta(&out, delta, bias);
            bias = adapt(delta, (uint32_t)done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        n++;
    }
    put(&out, '\0');
    return out.at <= out.max;
}
