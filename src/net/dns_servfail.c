#include "net/dns_servfail.h"

#include "base/str.h"
#include "dns/name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ZONE_MAX_BYTES = 100 /* in a message */ };

/* As libunbound writes them, by number. */
static const char *const rcode_names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                          "NOTIMPL", "REFUSED", "YXDOMAIN", "YXRRSET",
                                          "NXRRSET", "NOTAUTH", "NOTZONE"};
enum { RCODES = sizeof rcode_names / sizeof *rcode_names };

static bool take(const char **text, const char *phrase)
{
    size_t n = strlen(phrase);
    if (strncmp(*text, phrase, n) != 0 || ((*text)[n] != ' ' && (*text)[n] != '\0'))
        return false;
    *text += n;
    *text += **text == ' ';
    return true;
}

static const char *take_word(struct arena *arena, const char **text)
{
    size_t n = strcspn(*text, " ");
    const char *word = arena_strndup(arena, *text, n);
    *text += n;
    *text += **text == ' ';
    return word;
}

/* "from 192.0.2.1 port 53" (1.17), "from 192.0.2.1" (1.26): the last server that answered. */
static void skip_server(struct arena *arena, const char **text)
{
    if (!take(text, "from"))
        return;
    take_word(arena, text);
    if (take(text, "port"))
        take_word(arena, text);
}

/* "got SERVFAIL" */
static bool take_rcode(struct arena *arena, const char **text, int *rcode)
{
    if (!take(text, "got"))
        return false;
    const char *word = take_word(arena, text);
    for (int i = 1; i < RCODES; i++)
        if (str_eq(word, rcode_names[i]))
            *rcode = i;
    return *rcode > 0;
}

static enum dns_cause read_cause(struct arena *arena, const char **text, int *rcode)
{
    bool is_malformed = take(text, "upstream response failed scrub");
    is_malformed = take(text, "could not parse upstream response") || is_malformed;
    if (is_malformed) { /* what another server said changes nothing about it */
        if (!take(text, "nodata answer"))
            take_rcode(arena, text, rcode);
        return DNS_CAUSE_MALFORMED;
    }
    if (take(text, "upstream server timeout"))
        return DNS_CAUSE_SILENT;
    if (take(text, "nodata answer"))
        return DNS_CAUSE_LAME;
    if (take_rcode(arena, text, rcode))
        return DNS_CAUSE_RCODE;
    if (!take(text, "no server to query"))
        return DNS_CAUSE_NONE;
    if (take(text, "nameserver addresses not usable"))
        return DNS_CAUSE_UNUSABLE;
    if (!take(text, "no addresses for nameservers"))
        return DNS_CAUSE_NONE;
    take(text, "have no nameserver names");
    return DNS_CAUSE_NO_ADDRESS;
}

static const char *read_zone(struct arena *arena, const char **text)
{
    struct dns_name name;
    struct err err;
    if (!take(text, "at zone"))
        return NULL;
    const char *word = take_word(arena, text);
    return dns_name_parse(word, &name, &err) ? dns_name_str(arena, &name) : NULL;
}

struct dns_servfail dns_servfail_read(struct arena *arena, const char *text)
{
    struct dns_servfail nothing = {.cause = DNS_CAUSE_NONE};
    struct dns_servfail servfail = nothing;
    if (str_eq(text, "0x20 failed, then got different replies in fallback"))
        return (struct dns_servfail){.cause = DNS_CAUSE_UNEQUAL};
    if (str_eq(text, "SERVFAIL in cache"))
        return (struct dns_servfail){.cause = DNS_CAUSE_REMEMBERED};
    if (!take(&text, "all servers for this domain failed,") &&
        !take(&text, "all the configured stub or forward servers failed,"))
        return nothing;
    servfail.zone = read_zone(arena, &text);
    skip_server(arena, &text);
    servfail.cause = read_cause(arena, &text, &servfail.rcode);
    return servfail.zone && *text == '\0' ? servfail : nothing;
}

static const char *type_text(uint16_t type, char number[16])
{
    const char *name = dns_type_name(type);
    if (name)
        return name;
    snprintf(number, 16, "TYPE%u", type);
    return number;
}

const char *dns_servfail_find(const char *line, const char *name, uint16_t type)
{
    char number[16];
    const char *at = strstr(line, "SERVFAIL <");
    if (!at)
        return NULL;
    at += strlen("SERVFAIL <");
    size_t n = strlen(name);
    /* The root is "." there as here; bytes that are not printed as they are never fit. */
    if (strncasecmp(at, name, n) != 0)
        return NULL;
    at += n;
    if (!str_eq(name, ".") && *at++ != '.')
        return NULL;
    if (*at++ != ' ' || !take(&at, type_text(type, number)) || !str_starts_with(at, "IN>: "))
        return NULL;
    return at + strlen("IN>: ");
}

const char *dns_servfail_describe(struct arena *arena, const struct dns_servfail *servfail)
{
    const char *zone =
        servfail->zone ? arena_printf(arena, "the zone %s",
                                      str_report(arena, bytes_of(servfail->zone), ZONE_MAX_BYTES))
                       : "the zone";
    switch (servfail->cause) {
    case DNS_CAUSE_SILENT:
        return arena_printf(arena, "no name server of %s answered", zone);
    case DNS_CAUSE_RCODE:
        return arena_printf(arena, "a name server of %s answered %s", zone,
                            rcode_names[servfail->rcode]);
    case DNS_CAUSE_LAME:
        return arena_printf(
            arena, "the name servers of %s answer as if it were not theirs, or without content",
            zone);
    case DNS_CAUSE_NO_ADDRESS:
        return arena_printf(arena, "no address of a name server of %s could be found", zone);
    case DNS_CAUSE_UNEQUAL:
        return "the name servers do not repeat the name in the case in which it was asked (0x20), "
               "and give answers that differ";
    case DNS_CAUSE_UNUSABLE:
        return arena_printf(
            arena, "no name server of %s has an address to which this perspective sends", zone);
    case DNS_CAUSE_MALFORMED:
        return arena_printf(arena, "a name server of %s gave an answer that is malformed", zone);
    case DNS_CAUSE_REMEMBERED:
        return "the lookup failed a moment ago, and was not repeated";
    case DNS_CAUSE_FORWARDER:
    case DNS_CAUSE_NONE:
        break;
    }
    return "the name servers gave no usable answer";
}
