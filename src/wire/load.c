#include "wire/load.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * A first look at the text, before anything is allocated for its values: how deep and how many they
 * are, whether a string holds U+0000, and numbers that jansson would refuse the whole body for.
 * Wrong JSON may be miscounted: jansson refuses it later.
 */
struct scan {
    struct bytes body;
    size_t at;
    size_t depth, values;
    bool has_nul;
    uint8_t *copy; /* of the body, once a number in it had to change */
};

/* To the end of the string whose first byte is the next one. */
static void skip_string(struct scan *scan)
{
    const struct bytes body = scan->body;
    for (; scan->at < body.n && body.p[scan->at] != '"'; scan->at++) {
        if (body.p[scan->at] != '\\')
            continue;
        scan->at++;
        if (body.n - scan->at >= 5 && memcmp(body.p + scan->at, "u0000", 5) == 0)
            scan->has_nul = true;
    }
}

static size_t count_digits(struct bytes text, size_t from)
{
    size_t n = 0;
    while (from + n < text.n && ascii_is_digit((char)text.p[from + n]))
        n++;
    return n;
}

/* The parts of a number (RFC 8259 section 6): how many bytes each has. */
struct number {
    size_t sign, integer, fraction, exponent_mark, exponent;
    bool exponent_is_negative;
};

static size_t number_length(const struct number *number)
{
    return number->sign + number->integer + number->fraction + number->exponent_mark +
           number->exponent;
}

static struct number split_number(struct bytes text)
{
    struct number number = {.sign = text.n > 0 && text.p[0] == '-'};
    number.integer = count_digits(text, number.sign);
    size_t at = number.sign + number.integer;
    size_t digits = at < text.n && text.p[at] == '.' ? count_digits(text, at + 1) : 0;
    number.fraction = digits ? digits + 1 : 0;
    at += number.fraction;
    if (at >= text.n || ascii_lower((char)text.p[at]) != 'e')
        return number;
    size_t mark = at + 1 < text.n && (text.p[at + 1] == '-' || text.p[at + 1] == '+') ? 2 : 1;
    number.exponent = count_digits(text, at + mark);
    number.exponent_mark = number.exponent ? mark : 0;
    number.exponent_is_negative = number.exponent && text.p[at + mark - 1] == '-';
    return number;
}

enum {
    INTEGER_DIGITS_MAX = 19, /* of INT64_MAX */
    MAGNITUDE_MAX = 308,     /* a double reaches 1.79e308: what is 1e308 or more is out of range */
};

static bool is_integer_out_of_range(struct bytes digits, bool is_negative)
{
    const char *limit = is_negative ? "9223372036854775808" : "9223372036854775807";
    return digits.n > INTEGER_DIGITS_MAX ||
           (digits.n == INTEGER_DIGITS_MAX && memcmp(digits.p, limit, digits.n) > 0);
}

/* The exponent's value; so far beyond any body's number of digits that it decides alone, at most. */
static int64_t exponent_of(struct bytes text, const struct number *number)
{
    int64_t value = 0;
    const uint8_t *p = text.p + number_length(number) - number->exponent;
    for (size_t i = 0; i < number->exponent && value < INT64_MAX / 100; i++)
        value = value * 10 + (p[i] - '0');
    return number->exponent_is_negative ? -value : value;
}

/* Its first digit that is not 0 stands for 10^n with n of MAGNITUDE_MAX or more. */
static bool is_real_out_of_range(struct bytes text, const struct number *number)
{
    const uint8_t *digits = text.p + number->sign;
    size_t zeros = 0;
    if (digits[0] == '0')
        while (zeros + 1 < number->fraction && digits[2 + zeros] == '0')
            zeros++;
    bool is_fraction = digits[0] == '0';
    if (is_fraction && zeros + 1 >= number->fraction)
        return false; /* 0, whatever the exponent */
    int64_t magnitude = is_fraction ? -(int64_t)zeros - 1 : (int64_t)number->integer - 1;
    return magnitude + exponent_of(text, number) >= MAGNITUDE_MAX;
}

static void put_tamed(uint8_t *to, size_t length)
{
    static const char tame[] = "1e308";
    assert(length >= sizeof tame - 1); /* the shortest number out of range: 1e308 itself */
    memset(to, ' ', length);
    memcpy(to, tame, sizeof tame - 1);
}

/* A number out of range becomes 1e308, which no property takes, and blanks, so that positions stay.
 * In a property that nobody knows it is ignored like any other. */
static void tame_number(struct scan *scan)
{
    const struct bytes text = {scan->body.p + scan->at, scan->body.n - scan->at};
    const struct number number = split_number(text);
    const size_t length = number_length(&number);
    if (number.integer == 0)
        return;
    const struct bytes digits = {text.p + number.sign, number.integer};
    bool is_json = number.integer == 1 || digits.p[0] != '0';
    bool is_integer = number.fraction == 0 && number.exponent == 0;
    if (is_json && (is_integer ? is_integer_out_of_range(digits, number.sign)
                               : is_real_out_of_range(text, &number))) {
        if (!scan->copy)
            scan->copy = memcpy(xmalloc(scan->body.n), scan->body.p, scan->body.n);
        put_tamed(scan->copy + scan->at + number.sign, length - number.sign);
    }
    scan->at += length - 1;
}

/* False with `err` set beyond the limits. */
static bool scan_body(struct scan *scan, size_t max_values, struct load_error *err)
{
    for (; scan->at < scan->body.n; scan->at++) {
        uint8_t c = scan->body.p[scan->at];
        if (c == '"') {
            scan->at++;
            skip_string(scan);
        } else if (c == '{' || c == '[') {
            scan->depth++;
            scan->values++;
        } else if ((c == '}' || c == ']') && scan->depth > 0) {
            scan->depth--;
        } else if (c == ',') {
            scan->values++;
        } else if (c == '-' || ascii_is_digit((char)c)) {
            tame_number(scan);
        }
        if (scan->depth > LIMIT_JSON_DEPTH || scan->values > max_values) {
            err->text = scan->depth > LIMIT_JSON_DEPTH ? "Nested too deeply" : "Too many values";
            err->position = scan->at;
            return false;
        }
    }
    return true;
}

static const char *describe(enum json_error_code code)
{
    switch ((int)code) {
    case json_error_invalid_utf8:
        return "Not UTF-8";
    case json_error_premature_end_of_input:
        return "Unexpected end of data";
    case json_error_end_of_input_expected:
        return "Extra data";
    case json_error_duplicate_key:
        return "Property given twice";
    case json_error_null_byte_in_key:
        return "U+0000 in a property name";
    default:
        return "Invalid syntax";
    }
}

struct json_t *load_json(struct bytes body, size_t max_values, struct load_error *err)
{
    struct scan scan = {.body = body};
    json_t *json = NULL;
    if (scan_body(&scan, max_values, err)) {
        json_error_t error = {0};
        const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
        const uint8_t *text = scan.copy ? scan.copy : body.p;
        json = json_loadb(body.n ? (const char *)text : "", body.n, flags, &error);
        if (!json) {
            err->text = describe(json_error_code(&error));
            err->position = error.position > 0 ? (size_t)error.position : 0;
        }
    }
    err->has_nul = scan.has_nul;
    free(scan.copy);
    return json;
}
