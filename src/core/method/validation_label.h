/*
 * The labels by which CAA records name validation methods: RFC 8657 section 4 has ACME's, BR
 * 4.2.2.1.2 adds "ca-tbr-N" for the method of BR 3.2.2.4.N. Pure data and its comparison.
 */
#pragma once

#include "base/bytes.h"
#include "core/method/check.h"

#include <stdbool.h>

struct validation_labels validation_labels_of(enum dcv_method method);

/* True if the request says by which method control is validated, be it a method without label. */
bool validation_labels_are_given(const struct caa_params *params);

/*
 * True if `label`, of a `validationmethods` parameter, grants permission to the method of the request:
 * it is one of its labels, or stands for the same mechanism as one ("http-01" and "ca-tbr-19"). A
 * record that grants "ca-tbr-7" grants "dns-01", which is a kind of it; but "ca-tbr-7" is wider than
 * "dns-01" and does not satisfy a record that grants only that. Without the label of a method, and
 * where the request names none, nothing grants.
 */
bool validation_label_grants(const struct caa_params *params, struct bytes label, bool ignore_case);
