#include "core/method/validation_label.h"

#include <assert.h>

static_assert(DCV_METHOD_COUNT < 32, "a bit for each method");

static const struct validation_labels labels[DCV_METHOD_COUNT] = {
    [DCV_WEBSITE_CHANGE] = {NULL, "ca-tbr-18"},
    [DCV_DNS_CHANGE] = {NULL, "ca-tbr-7"},
    [DCV_DNS_PERSISTENT] = {"dns-persist-01", "ca-tbr-22"},
    [DCV_ACME_HTTP_01] = {"http-01", "ca-tbr-19"},
    [DCV_ACME_DNS_01] = {"dns-01", "ca-tbr-7"},
    [DCV_ACME_TLS_ALPN_01] = {"tls-alpn-01", "ca-tbr-20"},
    [DCV_CONTACT_EMAIL_TXT] = {NULL, "ca-tbr-14"},
    [DCV_CONTACT_PHONE_TXT] = {NULL, "ca-tbr-16"},
    [DCV_CONTACT_EMAIL_CAA] = {NULL, "ca-tbr-13"},
    [DCV_CONTACT_PHONE_CAA] = {NULL, "ca-tbr-17"},
    [DCV_IP_ADDRESS] = {NULL, "ca-tbr-8"},
    [DCV_DNS_ACCOUNT_01] = {"dns-account-01", "ca-tbr-21"},
};

struct validation_labels validation_labels_of(enum dcv_method method)
{
    assert((unsigned)method < DCV_METHOD_COUNT);
    return labels[method];
}

bool validation_labels_are_given(const struct caa_params *params)
{
    return params->validation_method_labels.present || params->validation_method;
}

static bool is_equal(struct bytes a, const char *b, bool ignore_case)
{
    if (!b)
        return false;
    return ignore_case ? bytes_eq_nocase(a, bytes_of(b)) : bytes_eq(a, bytes_of(b));
}

static bool is_of(struct bytes label, const struct validation_labels *of, bool ignore_case)
{
    return is_equal(label, of->acme, ignore_case) || is_equal(label, of->tbr, ignore_case);
}

/* The methods that have the label and one of ACME, as bits: a record may have 30,000 labels, so each is
 * looked up once, not once for each of the request's. */
static unsigned methods_of(struct bytes label, bool ignore_case)
{
    unsigned methods = 0;
    for (int method = DCV_NONE + 1; method < DCV_METHOD_COUNT; method++)
        if (labels[method].acme && is_of(label, &labels[method], ignore_case))
            methods |= 1U << method;
    return methods;
}

/* May a request under label `given` use what a record grants to another label of one of `methods`? */
static bool stands_for(const char *given, unsigned methods, bool ignore_case)
{
    for (int method = DCV_NONE + 1; methods && method < DCV_METHOD_COUNT; method++) {
        const struct validation_labels *of = &labels[method];
        /* BR 3.2.2.4.7 is any change to the DNS: whoever says no more than that may mean another one. */
        bool is_wider =
            method == DCV_ACME_DNS_01 && is_equal(bytes_of(given), of->tbr, ignore_case);
        if ((methods >> method & 1) && !is_wider && is_of(bytes_of(given), of, ignore_case))
            return true;
    }
    return false;
}

bool validation_label_grants(const struct caa_params *params, struct bytes label, bool ignore_case)
{
    enum dcv_method method;
    if (params->validation_method && dcv_method_parse(params->validation_method, &method))
        return is_of(label, &labels[method], ignore_case);
    const struct strv *given = &params->validation_method_labels;
    unsigned methods = methods_of(label, ignore_case);
    for (size_t i = 0; i < given->count; i++)
        if (is_equal(label, given->items[i], ignore_case) ||
            stands_for(given->items[i], methods, ignore_case))
            return true;
    return false;
}
