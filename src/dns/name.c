#include "dns/name.h"

#include "base/str.h"

#include <string.h>

/* One octet of a label, as it stands in text at *text, which moves behind it. */
static bool parse_octet(const char **text, uint8_t *octet)
{
    const char *p = *text;
    if (*p != '\\') {
        *octet = (uint8_t)*p;
        *text = p + 1;
        return true;
    }
    if (!ascii_is_digit(p[1])) {
        *octet = (uint8_t)p[1];
        *text = p + 2;
        return p[1] != '\0';
    }
    if (!ascii_is_digit(p[2]) || !ascii_is_digit(p[3]))
        return false;
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    *octet = (uint8_t)value;
    *text = p + 4;
    return value <= UINT8_MAX;
}

static bool parse_label(const char **text, struct dns_name *name, struct err *err)
{
    size_t length_at = name->size++;
    size_t length = 0;
    for (; **text && **text != '.'; length++) {
        uint8_t octet = 0;
        if (!parse_octet(text, &octet))
            return err_set(err, ERR_PARSE, "a broken escape in a domain name");
        if (length == DNS_LABEL_MAX)
            return err_set(err, ERR_PARSE, "a label of over 63 octets in a domain name");
        /* One octet must be left for the root label. */
        if (name->size >= DNS_NAME_WIRE_MAX - 1)
            return err_set(err, ERR_PARSE, "a domain name of over 255 octets");
        name->wire[name->size++] = octet;
    }
    if (length == 0)
        return err_set(err, ERR_PARSE, "an empty label in a domain name");
    name->wire[length_at] = (uint8_t)length;
    return true;
}

bool dns_name_parse(const char *text, struct dns_name *name, struct err *err)
{
    name->size = 0;
    if (str_eq(text, "."))
        text++;
    else if (!*text)
        return err_set(err, ERR_PARSE, "an empty domain name");
    while (*text) {
        if (!parse_label(&text, name, err))
            return false;
        if (*text == '.')
            text++;
    }
    name->wire[name->size++] = 0;
    return true;
}

/* Reads labels from `at` up to the root or a pointer; returns where the pointer leads, or SIZE_MAX
 * for the end. */
static size_t read_labels(struct cursor *at, struct dns_name *name)
{
    for (;;) {
        uint8_t length = cursor_u8(at);
        if ((length & 0xc0) == 0xc0)
            return (size_t)(length & 0x3f) << 8 | cursor_u8(at);
        /* The other two label types are not in use (RFC 6891 section 5). */
        if (length > DNS_LABEL_MAX || name->size + 1 + length > DNS_NAME_WIRE_MAX)
            cursor_fail(at);
        struct bytes label = cursor_take(at, length);
        if (!cursor_ok(at))
            return SIZE_MAX;
        name->wire[name->size++] = length;
        if (length == 0)
            return SIZE_MAX;
        memcpy(name->wire + name->size, label.p, length);
        name->size += length;
    }
}

void dns_name_read(struct cursor *packet, struct dns_name *name)
{
    name->size = 0;
    size_t start = packet->at;
    size_t target = read_labels(packet, name);
    struct cursor jumped = *packet;
    while (cursor_ok(&jumped) && target != SIZE_MAX) {
        if (target >= start)
            cursor_fail(&jumped);
        start = target;
        cursor_seek(&jumped, target);
        target = read_labels(&jumped, name);
    }
    /* After a label that does not fit, the size may be short of the root label: nobody must use the
     * name. */
    if (!cursor_ok(&jumped))
        cursor_fail(packet);
}

static bool is_plain(uint8_t octet)
{
    return ascii_is_alnum((char)octet) || octet == '-' || octet == '_';
}

/* One octet of a label at `text`; returns where the next one goes. */
static char *put_octet(char *text, uint8_t octet)
{
    if (is_plain(octet)) {
        *text++ = (char)octet;
        return text;
    }
    *text++ = '\\';
    *text++ = (char)('0' + octet / 100);
    *text++ = (char)('0' + octet / 10 % 10);
    *text++ = (char)('0' + octet % 10);
    return text;
}

char *dns_name_str_verbatim(struct arena *arena, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX + 2];
    char *end = text;
    for (size_t at = 0; name->wire[at]; at += 1 + name->wire[at]) {
        for (size_t i = 1; i <= name->wire[at]; i++)
            end = put_octet(end, name->wire[at + i]);
        *end++ = '.';
    }
    return end == text ? arena_strdup(arena, ".")
                       : arena_strndup(arena, text, (size_t)(end - text));
}

char *dns_name_str(struct arena *arena, const struct dns_name *name)
{
    char *text = dns_name_str_verbatim(arena, name);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        text[i] = ascii_lower(text[i]);
    if (n > 1)
        text[n - 1] = '\0'; /* the final dot */
    return text;
}

bool dns_name_is_within(const char *name, const char *zone)
{
    if (str_eq(zone, ".") || str_eq(name, zone))
        return true;
    size_t name_length = strlen(name);
    size_t zone_length = strlen(zone);
    return name_length > zone_length && str_ends_with(name, zone) &&
           name[name_length - zone_length - 1] == '.';
}
