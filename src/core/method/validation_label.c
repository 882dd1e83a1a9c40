#include "core/method/validation_label.h"

#include <assert.h>

static_assert(DCV_METHOD_COUNT < 32, "a bit for each method");

struct validation_labels validation_labels_of(enum dcv_method method)
{
    return method_get(method)->labels;
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

/* The rows that have the label and one of ACME, as bits: a record may have 30,000 labels, so each is
 * looked up once, not once for each of the request's. */
static unsigned rows_with(struct bytes label, bool ignore_case)
{
    unsigned found = 0;
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].labels.acme && is_of(label, &rows[i].labels, ignore_case))
            found |= 1U << i;
    return found;
}

/* Of several methods, such as BR 3.2.2.4.7, which is any change to the DNS: whoever says no more than that may
 * mean another one. */
static bool is_of_several(const char *label, bool ignore_case)
{
    size_t count, having = 0;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; i < count; i++)
        having += is_of(bytes_of(label), &rows[i].labels, ignore_case);
    return having > 1;
}

/* May a request under label `given` use what a record grants to another label of one of the rows? */
static bool stands_for(const char *given, unsigned found, bool ignore_case)
{
    size_t count;
    const struct method *rows = method_rows(&count);
    for (size_t i = 0; found && i < count; i++)
        if ((found >> i & 1) && is_of(bytes_of(given), &rows[i].labels, ignore_case) &&
            !is_of_several(given, ignore_case))
            return true;
    return false;
}

bool validation_label_grants(const struct caa_params *params, struct bytes label, bool ignore_case)
{
    enum dcv_method method;
    if (params->validation_method && dcv_method_parse(params->validation_method, &method))
        return is_of(label, &method_get(method)->labels, ignore_case);
    const struct strv *given = &params->validation_method_labels;
    unsigned found = rows_with(label, ignore_case);
    for (size_t i = 0; i < given->count; i++)
        if (is_equal(label, given->items[i], ignore_case) ||
            stands_for(given->items[i], found, ignore_case))
            return true;
    return false;
}
