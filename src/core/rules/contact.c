#include "core/rules/contact.h"

#include "base/str.h"

#include <string.h>

enum { PHONE_DIGITS_MAX = 15 };

/* RFC 5322 section 3.2.3, and UTF8-non-ascii of RFC 6532 section 3.2 (the whole is UTF-8). */
static bool is_atext(uint8_t c)
{
    return c >= 0x80 || ascii_is_alnum((char)c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* dot-atom-text: how many bytes of it are at the start of `b`; 0 if it ends with a dot. */
static size_t dot_atom_length(struct bytes b)
{
    size_t at = 0;
    bool is_inside = false; /* an atom has begun, and no dot after it */
    while (at < b.n && (is_atext(b.p[at]) || (b.p[at] == '.' && is_inside))) {
        is_inside = b.p[at] != '.';
        at++;
    }
    return is_inside ? at : 0;
}

/* quoted-string without folding (RFC 5322 section 3.2.4): its length with quotes; 0 if it is none.
 */
static size_t quoted_length(struct bytes b)
{
    size_t at = 1;
    for (; at < b.n && b.p[at] != '"'; at++) {
        if (b.p[at] == '\\')
            at++;
        if (at == b.n || b.p[at] < 0x20 || b.p[at] == 0x7F)
            return 0;
    }
    return at < b.n ? at + 1 : 0;
}

/* domain-literal without folding (RFC 5322 section 3.4.1). */
static bool is_domain_literal(struct bytes b)
{
    if (b.n < 3 || b.p[0] != '[' || b.p[b.n - 1] != ']')
        return false;
    for (size_t i = 1; i < b.n - 1; i++)
        if (b.p[i] < 0x21 || b.p[i] == 0x7F || strchr("[]\\", b.p[i]))
            return false;
    return true;
}

bool contact_email_is_valid(struct bytes value)
{
    if (!value.n || !bytes_is_utf8(value))
        return false;
    size_t local = value.p[0] == '"' ? quoted_length(value) : dot_atom_length(value);
    if (!local || local == value.n || value.p[local] != '@')
        return false;
    struct bytes domain = {value.p + local + 1, value.n - local - 1};
    return domain.n && (dot_atom_length(domain) == domain.n || is_domain_literal(domain));
}

bool contact_phone_is_valid(struct bytes value)
{
    size_t digits = 0;
    if (value.n < 2 || value.p[0] != '+' || value.p[value.n - 1] == ' ')
        return false;
    for (size_t i = 1; i < value.n; i++) {
        char c = (char)value.p[i];
        if (digits == 0 && c == '0')
            return false;
        if (ascii_is_digit(c))
            digits++;
        else if (!c || !strchr("-.() ", c))
            return false;
    }
    return digits > 0 && digits <= PHONE_DIGITS_MAX;
}
