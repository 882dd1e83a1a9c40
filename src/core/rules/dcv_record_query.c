/* Which question a DNS method asks. */
#include "base/str.h"
#include "core/names/uri.h"
#include "core/rules/caa_value.h"
#include "core/rules/contact.h"
#include "core/rules/dcv_record.h"
#include "crypto/digest.h"
#include "dns/rdata.h"

#include <string.h>

/* draft-ietf-acme-dns-account-label: "_" and the base32 of the first 10 bytes of the account URL's
 * SHA-256, before the name of dns-01. */
static const char *account_prefix(const char *account_uri, const char *prefix, struct arena *arena)
{
    enum { LABEL_BYTES = 10 };
    uint8_t digest[SHA256_BYTES];
    sha256(bytes_of(account_uri), digest);
    return arena_printf(arena, "_%s.%s", base32_format(arena, (struct bytes){digest, LABEL_BYTES}),
                        prefix);
}

const char *dcv_record_prefix(const struct dcv_params *params, const struct target *target,
                              struct arena *arena)
{
    const struct record_rule *rule = &method_get(params->method)->record;
    if (rule->has_account_label)
        return account_prefix(params->account_uri, rule->prefix, arena);
    return target_is_ip(target) && rule->ip_prefix ? rule->ip_prefix : rule->prefix;
}

bool dcv_key_digest_is_valid(const char *text)
{
    enum { DIGEST_CHARACTERS = 43 };
    if (!text || strlen(text) != DIGEST_CHARACTERS)
        return false;
    for (const char *c = text; *c; c++)
        if (!ascii_is_alnum(*c) && *c != '-' && *c != '_')
            return false;
    return true;
}

bool dcv_contact_is_valid(enum dcv_method method, const char *value)
{
    bool is_phone = method_get(method)->record.expects == EXPECTS_PHONE;
    return is_phone ? contact_phone_is_valid(bytes_of(value))
                    : contact_email_is_valid(bytes_of(value));
}

bool dcv_expected_address(const struct dcv_params *params, struct address *address)
{
    struct target expected;
    struct err err;
    int family = params->dns_record_type == DCV_RECORD_A ? 4 : 6;
    if (!params->challenge_value || !target_parse(params->challenge_value, &expected, &err) ||
        !target_is_ip(&expected) || expected.address.family != family)
        return false;
    *address = expected.address;
    return true;
}

struct dcv_address_ruling dcv_record_rule_on_address(const struct dcv_params *params,
                                                     const struct target *target,
                                                     const struct address_policy *policy,
                                                     struct arena *arena)
{
    struct dcv_address_ruling ruling = {0};
    struct address address = target->address;
    bool is_expected = method_get(params->method)->record.expects == EXPECTS_ADDRESS &&
                       dcv_expected_address(params, &address);
    if (!is_expected && !target_is_ip(target))
        return ruling;
    const struct special_block *block = address_refused(policy, &address);
    if (!block) {
        ruling.is_exempted = address_is_exempted(policy, &address);
        return ruling;
    }
    char text[ADDRESS_TEXT_MAX];
    ruling.refusal =
        arena_printf(arena, "The address %s cannot be validated: it lies in %s (%s, %s)",
                     address_format(&address, text), block->cidr, block->source, block->name);
    return ruling;
}

/* Which targets the BR have the method for; RFC 8738 section 7 for acme-dns-01. */
static bool check_target(const struct method *method, const struct target *target, struct err *err)
{
    if (method->kind != METHOD_RECORD)
        return err_set(err, ERR_RANGE, "it is no method that looks at DNS records");
    switch (method_fit(method, target)) {
    case METHOD_NOT_FOR_ADDRESSES:
        return err_set(err, ERR_RANGE, "the method is not for IP addresses");
    case METHOD_NOT_FOR_WILDCARDS:
        return err_set(err, ERR_RANGE, "the method is not for wildcards");
    case METHOD_FOR_REVERSE_ONLY:
        return err_set(err, ERR_RANGE, "the method is for IP addresses and their reverse names");
    case METHOD_FITS:
        break;
    }
    return true;
}

/* The caller's prefix in lower case, as all names that are asked; "" for none. */
static bool read_own_prefix(const struct dcv_params *params, struct arena *arena,
                            const char **prefix, struct err *err)
{
    const struct record_rule *rule = &method_get(params->method)->record;
    const char *own = rule->takes_label ? params->dns_name_prefix : NULL;
    *prefix = "";
    if (!own || !own[0])
        return true;
    /* BR 3.2.2.4.7 (2): one "Domain Label that begins with an underscore character". */
    if (!name_is_underscore_label(own))
        return err_set(err, ERR_RANGE, "it is not one label that begins with an underscore");
    char *copy = arena_strdup(arena, own);
    for (char *c = copy; *c; c++)
        *c = ascii_lower(*c);
    *prefix = copy;
    return true;
}

static uint16_t type_code(const struct method *method, const struct dcv_params *params)
{
    if (!method_has_choice_of_type(method))
        return dcv_record_type_code(method->record.types[0]);
    uint16_t code = dcv_record_type_code(params->dns_record_type);
    return code ? code : DNS_TXT;
}

bool dcv_record_query(const struct dcv_params *params, const struct target *target,
                      struct arena *arena, struct dcv_query *out, struct err *err)
{
    const struct method *method = method_get(params->method);
    char reverse[REVERSE_NAME_MAX];
    const char *own_prefix;
    if (!check_target(method, target, err) || !read_own_prefix(params, arena, &own_prefix, err))
        return false;
    if (method->record.has_account_label && !uri_is_absolute(bytes_of(params->account_uri)))
        return err_set(err, ERR_RANGE, "account_uri is no URI");
    const char *fixed = dcv_record_prefix(params, target, arena);
    const char *prefix = fixed ? fixed : own_prefix;
    const char *base =
        target_is_ip(target) ? address_reverse_name(&target->address, reverse) : target->canonical;
    const char *name = arena_printf(arena, "%s%s%s", prefix, prefix[0] ? "." : "", base);
    if (strlen(name) > LIMIT_NAME_OCTETS)
        return err_set(err, ERR_LIMIT, "the name with its prefix %s is longer than %d octets",
                       prefix, LIMIT_NAME_OCTETS);
    *out = (struct dcv_query){
        .name = name,
        .type = type_code(method, params),
        .climbs = method->record.climbs,
    };
    return true;
}
