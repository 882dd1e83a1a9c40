/* The names of enum values on the wire, for the tables. */
#pragma once

#include "wire/schema.h"

extern const struct enum_names CHECK_TYPES;
extern const struct enum_names CERTIFICATE_TYPES;
extern const struct enum_names DCV_METHODS; /* without DCV_NONE */
extern const struct enum_names RECORD_TYPES;
extern const struct enum_names URL_SCHEMES;
extern const struct enum_names WILDCARD_POLICIES;
extern const struct enum_names DNSSEC_STATUSES; /* without DNSSEC_NONE */
