#include "wire/names.h"

#include "core/method/check.h"

#include <assert.h>

/* KIND_ENUM reads and writes enums as ints. */
static_assert(sizeof(enum check_type) == sizeof(int), "enums are ints");
static_assert(sizeof(enum dcv_method) == sizeof(int), "enums are ints");
static_assert(sizeof(enum dnssec_status) == sizeof(int), "enums are ints");

static const char *check_type_name(int value)
{
    return check_type_str((enum check_type)value);
}

static const char *certificate_type_name(int value)
{
    return certificate_type_str((enum certificate_type)value);
}

static const char *method_name(int value)
{
    return dcv_method_str((enum dcv_method)value);
}

static const char *record_type_name(int value)
{
    return dcv_record_type_str((enum dcv_record_type)value);
}

static const char *url_scheme_name(int value)
{
    return url_scheme_str((enum url_scheme)value);
}

static const char *wildcard_policy_name(int value)
{
    return value == WILDCARD_REQUIRED ? "required" : "baseline";
}

static const char *dnssec_name(int value)
{
    return dnssec_str((enum dnssec_status)value);
}

const struct enum_names CHECK_TYPES = {check_type_name, CHECK_CAA, CHECK_DCV + 1, "CheckType"};
const struct enum_names CERTIFICATE_TYPES = {certificate_type_name, CERT_TLS_SERVER, CERT_MARK + 1,
                                             "CertificateType"};
const struct enum_names DCV_METHODS = {method_name, DCV_NONE + 1, DCV_METHOD_COUNT,
                                       "DcvValidationMethod"};
const struct enum_names RECORD_TYPES = {record_type_name, DCV_RECORD_A, DCV_RECORD_PTR + 1,
                                        "DnsRecordType"};
const struct enum_names URL_SCHEMES = {url_scheme_name, SCHEME_HTTP, SCHEME_HTTPS + 1, "UrlScheme"};
const struct enum_names WILDCARD_POLICIES = {wildcard_policy_name, WILDCARD_BASELINE,
                                             WILDCARD_REQUIRED + 1, "WildcardPolicy"};
const struct enum_names DNSSEC_STATUSES = {dnssec_name, DNSSEC_SECURE, DNSSEC_BOGUS + 1,
                                           "DnssecStatus"};
